package stabiliser

import (
	"errors"
	"math"
	"slices"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Instrument stands for all US equities.
const Instrument = "SPX"

// bonds are the funds that stand for what pension funds hold beside equities: the first that the State
// has is taken.
var bonds = []string{"IEF", "TLT"}

// Periods of rebalancing.
const (
	Month   = "month"
	Quarter = "quarter"
)

// group is the pension funds that rebalance at the end of one kind of period.
type group struct {
	period string
	assets float64 // dollars
	weight float64 // of equities
	window int     // sessions before the end of the period over which they trade
}

func readGroups(a assumption.Set) [2]group {
	assets, weight := a.Value("stabiliser.pension_assets"), a.Value("stabiliser.pension_equity_weight")
	window := int(a.Value("stabiliser.pension_window"))
	return [2]group{
		{Month, assets * a.Value("stabiliser.pension_monthly_share"), weight, window},
		{Quarter, assets * a.Value("stabiliser.pension_quarterly_share"), weight, window},
	}
}

// end is the last session of the period that a date lies in.
func (g *group) end(d calendar.Date) (calendar.Date, error) {
	year, month, _ := d.YMD()
	next := calendar.DateOf(year, month+1, 1)
	if g.period == Quarter {
		next = quarterEnd(d, 0) + 1
	}
	s, err := calendar.NYSE().Prev(next)
	return s.Date, err
}

// left is how many sessions of the window remain, that of the date included; 0 outside the window.
func (g *group) left(d calendar.Date) (int, error) {
	end, err := g.end(d)
	if err != nil {
		return 0, err
	}
	n, err := calendar.NYSE().Count(d, max(end, d))
	if err != nil || end < d || n > g.window {
		return 0, err
	}
	return n, nil
}

// rebalance is what is traded in equities at a close, in dollars: the gap to the weight, spread over the
// sessions that remain. The bonds are sold for it.
//
//	w·(e + b) − e
//
// which from weights that were right is A·w·(1 − w)·(r_b − r_e): what equities gained on bonds is sold.
func (g *group) rebalance(equities, held float64, left int) float64 {
	return (g.weight*(equities+held) - equities) / float64(left)
}

// since is a group after the last close: what has become of assets of 1 since the last period ended.
type since struct {
	from        calendar.Date // session at whose close the weights were right
	date        calendar.Date // last session
	equities    float64       // now
	bonds       float64
	done        float64 // equities bought since From
	gainEquity  float64 // return since From
	gainBond    float64
	bond        string // instrument; "" where the State has none
	bondClose   float64
	equityClose float64
	grade       evidence.Grade
	caveats     []evidence.Code
}

// closes are the closes of an instrument by session, from its daily bars, else from published figures.
type closes struct {
	date  []calendar.Date
	price []float64
	grade evidence.Grade
	notes []evidence.Code
}

// jump is a change of log price in a session that neither equities nor bonds have seen since 1990; a split
// that was not adjusted for is one.
const jump = 0.45

// closesOf reads the closes since a session. Prices that cannot be are an absence: a drift computed from
// them would be wrong without looking so.
func closesOf(s *market.State, id string, from calendar.Date) (closes, error) {
	var c closes
	if b, err := s.Daily(id); err == nil {
		c.grade, c.notes = b.Origin.Grade, b.Origin.Caveats
		for i := range b.Len() {
			d, price := b.Date(i), b.Close[i]
			if d < from {
				continue
			}
			if !(price > 0) || math.IsInf(price, 0) {
				return c, absent("bad_price", evidence.Args{"instrument": id, "date": d.String(), "price": price})
			}
			if n := len(c.price); n > 0 && math.Abs(math.Log(price/c.price[n-1])) > jump {
				return c, absent("price_jump", evidence.Args{"instrument": id, "date": d.String(), "ratio": price / c.price[n-1]})
			}
			c.date, c.price = append(c.date, d), append(c.price, price)
		}
		return c, nil
	}
	c.grade = s.FactsOrigin().Grade
	for _, f := range s.Facts(id + "_close") { // in order of the time they speak of
		d := f.Date()
		if d < from || !(f.Value > 0) || len(c.date) > 0 && c.date[len(c.date)-1] == d {
			continue
		}
		c.date, c.price = append(c.date, d), append(c.price, f.Value)
	}
	return c, nil
}

// at is the latest close up to a date.
func (c *closes) at(d calendar.Date) (float64, bool) {
	k := sort.Search(len(c.date), func(i int) bool { return c.date[i] > d })
	if k == 0 {
		return 0, false
	}
	return c.price[k-1], true
}

// follow lives through the sessions since the last period ended. It is absent where the close at which
// that happened is not known, or none since.
func (g *group) follow(s *market.State) (*since, error) {
	last, err := calendar.NYSE().LastClosed(s.At())
	if err != nil {
		return nil, err
	}
	from, err := g.end(last.Date)
	if err != nil {
		return nil, err
	}
	if from > last.Date {
		// The period still runs: it began after the session that ended the one before.
		year, month, _ := last.Date.YMD()
		first := calendar.DateOf(year, month, 1)
		if g.period == Quarter {
			first = quarterEnd(last.Date, -1) + 1
		}
		before, err := calendar.NYSE().Prev(first)
		if err != nil {
			return nil, err
		}
		from = before.Date
	}
	equity, err := closesOf(s, Instrument, from)
	if err != nil {
		return nil, err
	}
	if len(equity.date) == 0 || equity.date[0] != from {
		return nil, absent("no_close_of_session", evidence.Args{"instrument": Instrument, "session": from.String()})
	}
	x := &since{from: from, date: from, equities: g.weight, bonds: 1 - g.weight, grade: evidence.Weakest(evidence.Modelled, equity.grade), caveats: slices.Clone(equity.notes)}
	var bond closes
	for _, id := range bonds {
		bond, err = closesOf(s, id, from)
		var none *evidence.Absent
		if errors.As(err, &none) {
			x.caveats = append(x.caveats, evidence.Code{Code: "market_left_out", Args: evidence.Args{"instrument": id, "reason": none.Code}})
			continue
		}
		if len(bond.date) > 0 && bond.date[0] == from {
			x.bond = id
			x.grade = evidence.Weakest(x.grade, bond.grade)
			x.caveats = append(x.caveats, bond.notes...)
			break
		}
	}
	if x.bond == "" {
		bond = closes{date: []calendar.Date{from}, price: []float64{1}}
		x.caveats = append(x.caveats, evidence.Code{Code: "bonds_unmoved", Args: evidence.Args{"from": from.String()}})
	}
	x.equityClose, x.bondClose = equity.price[0], bond.price[0]
	for k, d := range equity.date[1:] {
		price := equity.price[k+1]
		held, _ := bond.at(d)
		x.equities *= price / x.equityClose
		x.bonds *= held / x.bondClose
		x.equityClose, x.bondClose, x.date = price, held, d
		left, err := g.left(d)
		if err != nil {
			return nil, err
		}
		if left > 0 {
			trade := g.rebalance(x.equities, x.bonds, left)
			x.equities += trade
			x.bonds -= trade
			x.done += trade
		}
	}
	x.gainEquity, x.gainBond = x.equityClose/equity.price[0]-1, x.bondClose/bond.price[0]-1
	if x.date < last.Date {
		x.caveats = append(x.caveats, evidence.Code{Code: "stale_prices", Args: evidence.Args{"instrument": Instrument, "last": x.date.String(), "session": last.Date.String()}})
	}
	total := x.equities + x.bonds
	x.equities /= total
	x.bonds /= total
	x.done /= total
	return x, nil
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}
