package volcontrol

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// Instrument stands for all equities.
const Instrument = "SPX"

// others lists the markets of risk parity beside equities: of each kind the first that the State holds.
// Funds stand for futures on Treasuries and on commodities.
var others = [classes - 1][]string{{"IEF", "TLT"}, {"DBC", "GLD"}}

const (
	// breakDays is a pause between two bars that is longer than any closure of the New York exchange
	// since 1950; nothing before it is used.
	breakDays = 12
	// jump is a change of log price in a session that no such market has seen since 1990; a split that
	// was not adjusted for is one.
	jump = 0.45
	// quiet is how many sessions without any change of price make a series flat.
	quiet = 20
	// staleDays is how old the last close may be before it is no use.
	staleDays = 7
	// reachBack bounds the history that is read: ten years, against which exposures are ranked.
	reachBack = 10 * year
)

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}

// history is the closes of one market.
type history struct {
	id     string
	origin market.Origin
	date   []calendar.Date
	close  []float64
}

// daily reads the closes of a market. Prices that cannot be are an absence: a position computed from
// them would be wrong without looking so.
func daily(s *market.State, id string) (*history, error) {
	b, err := s.Daily(id)
	if err != nil {
		return nil, err
	}
	h := &history{id: id, origin: b.Origin}
	for i := max(0, b.Len()-reachBack); i < b.Len(); i++ {
		d, c := b.Date(i), b.Close[i]
		if !(c > 0) || math.IsInf(c, 0) {
			return nil, absent("bad_price", evidence.Args{"instrument": id, "date": d.String(), "price": c})
		}
		if n := len(h.date); n > 0 {
			ratio := c / h.close[n-1]
			switch gap := d - h.date[n-1]; {
			case gap <= 0:
				return nil, absent("duplicate_date", evidence.Args{"instrument": id, "date": d.String()})
			case gap > breakDays:
				h.date, h.close = nil, nil
			case math.Abs(math.Log(ratio)) > jump:
				return nil, absent("price_jump", evidence.Args{"instrument": id, "date": d.String(), "ratio": ratio})
			}
		}
		h.date, h.close = append(h.date, d), append(h.close, c)
	}
	n := len(h.close)
	if n > quiet {
		flat := true
		for _, c := range h.close[n-quiet:] {
			flat = flat && c == h.close[n-quiet-1]
		}
		if flat {
			return nil, absent("no_volatility", evidence.Args{"instrument": id, "sessions": quiet})
		}
	}
	if n > 0 {
		if last, ok := lastSession(s); ok && last-h.date[n-1] > staleDays {
			return nil, absent("stale_prices", evidence.Args{"instrument": id, "last": h.date[n-1].String(), "session": last.String()})
		}
	}
	return h, nil
}

// lastSession is the last session that has closed.
func lastSession(s *market.State) (calendar.Date, bool) {
	x, err := calendar.NYSE().LastClosed(s.At())
	return x.Date, err == nil
}

// panel is the closes of a fund's markets on the days that all of them have.
type panel struct {
	ids     []string
	date    []calendar.Date
	close   [][]float64 // by market, then day
	grade   evidence.Grade
	caveats []evidence.Code
}

// panelOf reads the markets of a fund. Equities must be there; another market that cannot be used is
// left out with a caveat.
func panelOf(s *market.State, name string) (*panel, error) {
	first, err := daily(s, Instrument)
	if err != nil {
		return nil, err
	}
	all := []*history{first}
	p := &panel{}
	if name == Parity {
		for _, class := range others {
			h, left := choose(s, class)
			p.caveats = append(p.caveats, left...)
			if h != nil {
				all = append(all, h)
			}
		}
		if len(all) < classes {
			p.caveats = append(p.caveats, evidence.Code{Code: "fewer_classes", Args: evidence.Args{"classes": len(all), "of": classes}})
		}
	}
	p.grade = evidence.Modelled
	for _, h := range all {
		p.ids = append(p.ids, h.id)
		p.close = append(p.close, nil)
		p.grade = evidence.Weakest(p.grade, h.origin.Grade)
		p.caveats = append(p.caveats, h.origin.Caveats...)
	}
	p.join(all)
	n := len(p.date)
	if last, ok := lastSession(s); ok && n > 0 && p.date[n-1] < last {
		p.caveats = append(p.caveats, evidence.Code{Code: "stale_prices", Args: evidence.Args{
			"instrument": Instrument, "last": p.date[n-1].String(), "session": last.String(),
		}})
	}
	return p, nil
}

// choose reads the first usable market of a class, and says which ones had to be left out.
func choose(s *market.State, class []string) (*history, []evidence.Code) {
	var left []evidence.Code
	for _, id := range class {
		h, err := daily(s, id)
		if err == nil && len(h.date) > 0 {
			return h, left
		}
		var why *evidence.Absent
		if errors.As(err, &why) && why.Code != "no_bars" {
			left = append(left, evidence.Code{Code: "market_left_out", Args: evidence.Args{"instrument": id, "reason": why.Code}})
		}
	}
	return nil, left
}

// join keeps the days that all markets have.
func (p *panel) join(all []*history) {
	at := make([]int, len(all))
	for _, d := range all[0].date {
		every := true
		for i, h := range all {
			for at[i] < len(h.date) && h.date[at[i]] < d {
				at[i]++
			}
			every = every && at[i] < len(h.date) && h.date[at[i]] == d
		}
		if !every {
			continue
		}
		p.date = append(p.date, d)
		for i, h := range all {
			p.close[i] = append(p.close[i], h.close[at[i]])
		}
	}
}

// shared is panelOf, kept in the memo: it does not depend on the assumptions.
func shared(m *flow.Memo, s *market.State, name string) (*panel, error) {
	digest := s.Digest()
	return flow.Once(m, fmt.Sprintf("volcontrol/%s/%s", name, hex.EncodeToString(digest[:])), func() (*panel, error) { return panelOf(s, name) })
}

// shot is a fund after the last close that is known, with assets of 1 and that close as the unit of
// each price: what it holds is its exposure.
type shot struct {
	ids     []string
	date    calendar.Date
	close   []float64 // points, by market; Missing where only derived state is known
	rows    []float64 // one lane
	past    []float64 // exposure to equities at each close
	since   calendar.Date
	from    string // bars or derived_state
	grade   evidence.Grade
	caveats []evidence.Code
}

func (s *shot) view() view { return view{rows: s.rows, stride: 1, n: len(s.ids)} }

// path is what a fund wanted at each close of a panel. It does not depend on the size of the fund nor on
// how it trades, so that draws of those share it.
type path struct {
	want [][classes]float64 // by day; the first day wants nothing
	rows []float64          // variances and covariances after the last close
}

func (f *rules) path(p *panel) *path {
	w := &path{want: make([][classes]float64, len(p.date)), rows: make([]float64, width(len(p.ids)))}
	v := view{rows: w.rows, stride: 1, n: len(p.ids)}
	var seen [classes]bool
	var r [classes]float64
	for i := range p.ids {
		seen[i] = true
	}
	for k := 1; k < len(p.date); k++ {
		for i, c := range p.close {
			r[i] = math.Log(c[k] / c[k-1])
		}
		// A plain mean while there are few returns, so that the first one does not weigh for months.
		v.learn(&r, &seen, max(1-f.short, 1/float64(k)), max(1-f.long, 1/float64(k)))
		f.exposures(v, &w.want[k])
	}
	return w
}

// sharedPath is path, kept in the memo.
func (f *rules) sharedPath(m *flow.Memo, s *market.State, p *panel) (*path, error) {
	digest := s.Digest()
	key := fmt.Sprintf("volcontrol/path/%s/%s", f.name, hex.EncodeToString(digest[:]))
	for _, x := range []float64{f.short, f.long, f.target, f.cap, f.floor} {
		key += fmt.Sprintf("/%x", x)
	}
	return flow.Once(m, key, func() (*path, error) { return f.path(p), nil })
}

// run lets a fund live through a panel along its path.
func (f *rules) run(p *panel, w *path) (*shot, error) {
	n := len(p.date)
	if n < f.needs() {
		return nil, absent("short_history", evidence.Args{"needs": f.needs(), "has": n})
	}
	s := &shot{ids: p.ids, date: p.date[n-1], rows: append([]float64(nil), w.rows...), from: "bars", grade: p.grade, caveats: p.caveats}
	v := s.view()
	for i := range p.ids {
		if !(*v.leg(i, legLong) > 0) {
			return nil, absent("no_volatility", evidence.Args{"instrument": p.ids[i], "sessions": n})
		}
		*v.leg(i, legMark) = p.close[i][0]
	}
	*v.at(rowAssets) = 1
	s.past = make([]float64, 0, n)
	side := 0.0
	var price [classes]float64
	for k := 1; k < n; k++ {
		for i := range p.ids {
			price[i] = p.close[i][k]
		}
		v.work(&price)
		f.decide(v, &w.want[k])
		if k < f.needs()-1 {
			continue
		}
		s.past = append(s.past, *v.leg(0, legUnits)*price[0] / *v.at(rowAssets))
		if now := sign(*v.leg(0, legOrder)); now != side || s.since == 0 {
			side, s.since = now, p.date[k]
		}
	}
	assets := *v.at(rowAssets)
	if !(assets > 0) {
		return nil, absent("assets_lost", evidence.Args{"fund": f.name})
	}
	*v.at(rowAssets) = 1
	for i := range p.ids {
		mark := v.leg(i, legMark)
		s.close = append(s.close, *mark)
		*v.leg(i, legUnits) *= *mark / assets
		*v.leg(i, legOrder) *= *mark / assets
		*mark = 1
	}
	return s, nil
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// load returns a fund as of the State's instant: from bars, else from the derived state of a pack.
func (f *rules) load(m *flow.Memo, s *market.State) (*shot, error) {
	p, err := shared(m, s, f.name)
	if err == nil {
		var w *path
		if w, err = f.sharedPath(m, s, p); err != nil {
			return nil, err
		}
		var x *shot
		if x, err = f.run(p, w); err == nil {
			return x, nil
		}
	}
	x, why := f.fromDerived(s)
	var none *evidence.Absent
	if errors.As(why, &none) && none.Code == "no_series" {
		return nil, err
	}
	return x, why
}
