package eventvol

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// MidsBytes is the largest file of middles that is read.
const MidsBytes = 256 << 20

// Mids are the middles of SPX options on their last day, by session and time of day.
type Mids struct {
	Days []MidDay // by date
}

// MidDay is one session.
type MidDay struct {
	Date  calendar.Date
	Times []MidTime // by time of day
}

// MidTime is one time of one day; rows are by strike.
type MidTime struct {
	Clock  string // New York
	Spot   float64
	Strike []float64
	Call   []float64 // points; market.Missing without
	Put    []float64
}

// ReadMids reads a JSON object of sessions, each an object of times of day with spx (the index) and strikes, an
// object of strikes with the middles C and P.
func ReadMids(r io.Reader) (*Mids, error) {
	limited := &io.LimitedReader{R: r, N: MidsBytes + 1}
	var raw map[string]map[string]struct {
		SPX     float64                       `json:"spx"`
		Strikes map[string]map[string]float64 `json:"strikes"`
	}
	if err := json.NewDecoder(limited).Decode(&raw); err != nil {
		if limited.N <= 0 {
			return nil, fmt.Errorf("read middles: the file is larger than %d bytes", MidsBytes)
		}
		return nil, fmt.Errorf("read middles: %w", err)
	}
	out := &Mids{}
	for text, times := range raw {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return nil, fmt.Errorf("read middles: %w", err)
		}
		day := MidDay{Date: d}
		for clock, x := range times {
			if !(x.SPX > 0) {
				continue
			}
			t := MidTime{Clock: clock, Spot: x.SPX}
			byStrike := map[float64]map[string]float64{}
			for name, sides := range x.Strikes {
				k, err := strconv.ParseFloat(name, 64)
				if err != nil || !(k > 0) {
					return nil, fmt.Errorf("read middles: %s %s: %q is no strike", text, clock, name)
				}
				if byStrike[k] == nil {
					t.Strike = append(t.Strike, k)
				}
				byStrike[k] = sides
			}
			sort.Float64s(t.Strike)
			for _, k := range t.Strike {
				sides := byStrike[k]
				side := func(name string) float64 {
					if v, ok := sides[name]; ok && v >= 0 {
						return v
					}
					return market.Missing
				}
				t.Call, t.Put = append(t.Call, side("C")), append(t.Put, side("P"))
			}
			day.Times = append(day.Times, t)
		}
		sort.Slice(day.Times, func(i, j int) bool { return day.Times[i].Clock < day.Times[j].Clock })
		out.Days = append(out.Days, day)
	}
	sort.Slice(out.Days, func(i, j int) bool { return out.Days[i].Date < out.Days[j].Date })
	if len(out.Days) == 0 {
		return nil, &evidence.Absent{Code: "few_days", Args: evidence.Args{"needs": 20, "has": 0}}
	}
	return out, nil
}

// Costs are what a buyer pays besides the middle.
type Costs struct {
	Spread float64 // half of bid to ask, share of the middle
	Tick   float64 // half of bid to ask at least, points
	Fee    float64 // a contract, dollars, of 100 units
}

// Structures are what a buyer can buy, by code.
var Structures = []string{"straddle", "strangle", "call", "put", "call_out", "put_out"}

// Away is how far the strikes of a strangle and of the single legs out of the money are from the index.
const Away = 0.005

// Paid is the realised result of one structure bought at one time of day and held to settlement.
type Paid struct {
	Structure, Clock string
	Before           Estimate // of the premium: Σ profit over Σ premium, at the middle
	After            Estimate // likewise, after spread and fees
	Dollars          Estimate // mean a contract after them
	Won              float64  // share of days with a profit after them
	Premium          float64  // mean, points
}

// LastDay is what buyers of options on their last day have paid. Each structure is bought at every time of day on
// every session and settles at the index's official close. The result is Σ profit over Σ premium, so that days of
// dear options count as their premium does; the interval is that of 4,000 bootstrap samples of sessions, which are
// independent as no position is held over night. The spread is paid once: cash settlement has none.
func LastDay(m *Mids, index *market.Bars, c Costs, seed uint64) ([]Paid, error) {
	settle := map[calendar.Date]float64{}
	for i := range index.Len() {
		settle[index.Date(i)] = index.Close[i]
	}
	type trade struct{ premium, before, after float64 }
	trades := map[[2]string][]trade{}
	clocks := map[string]bool{}
	for _, d := range m.Days {
		end, ok := settle[d.Date]
		if !ok {
			continue
		}
		for _, t := range d.Times {
			clocks[t.Clock] = true
			for _, s := range Structures {
				premium, cost, payoff := 0.0, 0.0, 0.0
				for _, l := range legs(s) {
					k := nearest(t.Strike, t.Spot*(1+l.away))
					if k < 0 || l.away != 0 && math.Abs(t.Strike[k]/t.Spot-1-l.away) > 0.002 {
						premium = math.NaN() // the listed strikes do not reach that far
						break
					}
					mid := t.Put[k]
					pays := max(0, t.Strike[k]-end)
					if l.call {
						mid, pays = t.Call[k], max(0, end-t.Strike[k])
					}
					premium, payoff = premium+mid, payoff+pays
					cost += max(c.Spread*mid, c.Tick) + c.Fee/100
				}
				if !(premium > 0) {
					continue
				}
				key := [2]string{s, t.Clock}
				trades[key] = append(trades[key], trade{premium, payoff - premium, payoff - premium - cost})
			}
		}
	}
	var order []string
	for k := range clocks {
		order = append(order, k)
	}
	sort.Strings(order)
	var out []Paid
	for i, s := range Structures {
		for j, clock := range order {
			list := trades[[2]string{s, clock}]
			if len(list) < 20 {
				continue
			}
			p := Paid{Structure: s, Clock: clock}
			ratio := func(of func(trade) float64) Estimate {
				return resample(len(list), seed+uint64(100*i+j), func(pick func(int) int) float64 {
					var a, b float64
					for n := range list {
						t := list[pick(n)]
						a, b = a+of(t), b+t.premium
					}
					return a / b
				})
			}
			p.Before = ratio(func(t trade) float64 { return t.before })
			p.After = ratio(func(t trade) float64 { return t.after })
			dollars := make([]float64, len(list))
			for n, t := range list {
				dollars[n] = 100 * t.after
				p.Premium += t.premium / float64(len(list))
				if t.after > 0 {
					p.Won += 1 / float64(len(list))
				}
			}
			p.Dollars = bootstrap(dollars, seed+uint64(100*i+j))
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, &evidence.Absent{Code: "few_days", Args: evidence.Args{"needs": 20, "has": len(m.Days)}}
	}
	return out, nil
}

// leg is one option of a structure.
type leg struct {
	call bool
	away float64
}

func legs(structure string) []leg {
	switch structure {
	case "straddle":
		return []leg{{true, 0}, {false, 0}}
	case "strangle":
		return []leg{{true, Away}, {false, -Away}}
	case "call":
		return []leg{{true, 0}}
	case "put":
		return []leg{{false, 0}}
	case "call_out":
		return []leg{{true, Away}}
	}
	return []leg{{false, -Away}}
}

// nearest is the row of the strike nearest to a price, or −1.
func nearest(strikes []float64, price float64) int {
	best := -1
	for i, k := range strikes {
		if best < 0 || math.Abs(k-price) < math.Abs(strikes[best]-price) {
			best = i
		}
	}
	return best
}
