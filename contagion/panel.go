package contagion

import (
	"math"
	"slices"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// The assets that are measured, by their names in a universe.
const (
	BTC    = "BTC"
	ETH    = "ETH"
	NDX    = "NDX"
	HiBeta = "HIBETA" // market.HighBeta, in equal parts
	SPX    = "SPX"
	UST10  = "UST10"
)

// coins and stocks are the two sides between which a channel is sought.
var (
	coins  = []string{BTC, ETH}
	stocks = []string{NDX, HiBeta, SPX}
)

// bondFund stands in for the ten-year Treasury: a fund of Treasuries of seven to ten years, whose prices
// include what it pays out.
const bondFund = "IEF"

// intradayProxy are the funds that stand in within the day for an index of which there are no such prices.
var intradayProxy = map[string]string{NDX: "QQQ", SPX: "SPY"}

// The clocks on which a coin's session can end.
const (
	ClockUTC   = "utc_day"       // at midnight UTC, three to five hours after New York closes
	ClockClose = "session_close" // with New York, from hourly prices
)

// staleCoin is how old the last hourly price of a coin may be at a close.
const staleCoin = 2 * time.Hour

// Panel holds the returns of several assets over the same spans, between sessions of New York.
type Panel struct {
	Clock  string
	IDs    []string
	Dates  []calendar.Date // on which a span ends
	Return [][]float64     // logarithmic, [asset][span]
	Used   []string        // keys of the bars it was made of, such as "BTC/1d"

	Basket []Member // of the high-beta basket
}

// Member is a stock of the basket with the first session on which it counts.
type Member struct {
	ID   string
	From calendar.Date
}

// at is the place of an asset in the panel, or -1.
func (p *Panel) at(id string) int {
	for i, x := range p.IDs {
		if x == id {
			return i
		}
	}
	return -1
}

// places are those of the assets that the panel has.
func (p *Panel) places(ids []string) []int {
	var out []int
	for _, id := range ids {
		if i := p.at(id); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

// cut is the panel from one span to before another.
func (p *Panel) cut(from, to int) [][]float64 {
	out := make([][]float64, len(p.Return))
	for i, r := range p.Return {
		out[i] = r[from:to]
	}
	return out
}

// closes are prices at the closes of sessions, by date.
type closes map[calendar.Date]float64

// daily are the closes of daily bars.
func daily(s *market.State, id string) closes {
	b, err := s.Daily(id)
	if err != nil {
		return nil
	}
	out := closes{}
	for i := range b.Len() {
		out[b.Date(i)] = b.Close[i]
	}
	return out
}

// atCloses are the last prices of bars within the day that were known at each session's close, where they
// are no older than allowed.
func atCloses(b *market.Bars, sessions []calendar.Session, stale time.Duration) closes {
	out := closes{}
	i := 0
	for _, x := range sessions {
		end := x.Close.Unix()
		for i < b.Len() && b.Known[i] <= end {
			i++
		}
		if i > 0 && end-b.Known[i-1] <= int64(stale/time.Second) {
			out[x.Date] = b.Close[i-1]
		}
	}
	return out
}

// sessionCloses are the closes of a stock: daily bars, and where there are none the last price within the
// session.
func sessionCloses(s *market.State, id string, sessions []calendar.Session, used map[string]bool) closes {
	if c := daily(s, id); c != nil {
		used[id+"/1d"] = true
		return c
	}
	b := finest(s, id)
	if b == nil {
		return nil
	}
	used[key(b)] = true
	return atCloses(b, sessions, 10*time.Minute)
}

func key(b *market.Bars) string { return b.Instrument + "/" + market.IntervalName(b.Interval) }

// finest are the bars of the shortest interval within the day, or nil.
func finest(s *market.State, id string) *market.Bars {
	var best *market.Bars
	for _, k := range s.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		if name != id || interval == "1d" {
			continue
		}
		if b, err := s.Bars(id, market.ParseInterval(interval)); err == nil && (best == nil || b.Interval < best.Interval) {
			best = b
		}
	}
	return best
}

// NewPanel makes the panel of those assets that have prices from the first session on or after from, on one
// of the clocks. A session on which one of them has no close is left out, so that the spans on both sides
// of it are one. The assets asked for and not had are named in lacks.
func NewPanel(s *market.State, ids []string, from calendar.Date, clock string) (p *Panel, lacks []string, err error) {
	last, err := calendar.NYSE().LastClosed(s.At())
	if err != nil {
		return nil, nil, &evidence.Absent{Code: "calendar_ends"}
	}
	sessions, err := calendar.NYSE().Sessions(from, last.Date)
	if err != nil {
		return nil, nil, &evidence.Absent{Code: "calendar_ends"}
	}
	p = &Panel{Clock: clock}
	used := map[string]bool{}
	var prices []closes
	var members []closes
	for _, id := range ids {
		var c closes
		switch id {
		case HiBeta:
			members, p.Basket = nil, nil
			for _, m := range market.HighBeta() {
				if mc := sessionCloses(s, m, sessions, used); mc != nil {
					members = append(members, mc)
					p.Basket = append(p.Basket, Member{ID: m})
				}
			}
			c = basket(sessions, members, p.Basket)
		case UST10:
			c = sessionCloses(s, bondFund, sessions, used)
		case BTC, ETH:
			c = coinCloses(s, id, sessions, clock, used)
		default:
			c = sessionCloses(s, id, sessions, used)
		}
		if !reaches(c, sessions) {
			lacks = append(lacks, id)
			continue
		}
		p.IDs = append(p.IDs, id)
		prices = append(prices, c)
	}
	p.Used = sorted(used)
	if len(p.IDs) == 0 {
		return nil, lacks, &evidence.Absent{Code: "too_few_observations"}
	}
	p.Return = make([][]float64, len(p.IDs))
	before := make([]float64, len(p.IDs))
	begun := false
	for _, x := range sessions {
		whole := true
		for _, c := range prices {
			v, ok := c[x.Date]
			whole = whole && ok && v > 0
		}
		if !whole {
			continue
		}
		for i, c := range prices {
			now := math.Log(c[x.Date])
			if begun {
				p.Return[i] = append(p.Return[i], now-before[i])
			}
			before[i] = now
		}
		if begun {
			p.Dates = append(p.Dates, x.Date)
		}
		begun = true
	}
	return p, lacks, nil
}

// coinCloses are the prices of a coin at the sessions' closes, on one of the clocks.
func coinCloses(s *market.State, id string, sessions []calendar.Session, clock string, used map[string]bool) closes {
	if clock == ClockUTC {
		c := daily(s, id)
		if c != nil {
			used[id+"/1d"] = true
		}
		return c
	}
	b, err := s.Bars(id, time.Hour)
	if err != nil {
		return nil
	}
	used[key(b)] = true
	return atCloses(b, sessions, staleCoin)
}

// lateStart is how many sessions after the first one an asset's prices may begin.
const lateStart = 10

// reaches reports whether prices begin with the sessions.
func reaches(c closes, sessions []calendar.Session) bool {
	for _, x := range sessions[:min(lateStart, len(sessions))] {
		if _, ok := c[x.Date]; ok {
			return true
		}
	}
	return false
}

// basket is an index of the members in equal parts, set anew at every close: its return is the mean of the
// simple returns of those that have a close at both ends. The first session of each goes to which.
func basket(sessions []calendar.Session, members []closes, which []Member) closes {
	out := closes{}
	level := 100.0
	for t, x := range sessions {
		n, s, priced := 0, 0.0, false
		for k, c := range members {
			now, ok := c[x.Date]
			if !(ok && now > 0) {
				continue
			}
			priced = true
			if t == 0 {
				continue
			}
			if before, ok := c[sessions[t-1].Date]; ok && before > 0 {
				s += now/before - 1
				n++
				if which[k].From == 0 {
					which[k].From = x.Date
				}
			}
		}
		if n > 0 {
			level *= 1 + s/float64(n)
		}
		if n > 0 || priced && len(out) == 0 {
			out[x.Date] = level
		}
	}
	return out
}

func sorted(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
