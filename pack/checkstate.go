package pack

import (
	"sort"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// stateMemory is how many sessions before its own a state tells of: it holds what was traded in the
// last five, and the first of these trades answered to the close before it.
const stateMemory = 5

// states checks that derived state gives no price away that the pack does not publish. The averages
// of two sessions tell what happened between them, and as many averages as there are sessions in a
// gap may tell each of these; the week's trades, session after session, tell the single trades and
// through them the returns of the week before the first state. So in a public pack the states of one
// instrument must be of sessions that follow each other without a gap, and the closes from
// stateMemory sessions before the first of them on must be published figures of the pack. Further
// back nothing can be told: a dozen numbers stand for thousands of closes.
func (c *checker) states() {
	if !c.pack.Meta.Public {
		return
	}
	published := map[string]map[calendar.Date][]float64{}
	c.eachFact(func(_ string, x *market.Fact) {
		name, isClose := strings.CutSuffix(x.ID, closeSuffix)
		if !isClose || !(x.Value > 0) {
			return
		}
		if published[name] == nil {
			published[name] = map[calendar.Date][]float64{}
		}
		day := aboutDate(*x)
		published[name][day] = append(published[name][day], x.Value)
	})
	sessions := map[string]map[calendar.Date]string{} // by instrument: session, file
	for _, d := range c.pack.Book.Sets() {
		if d.Series == nil || d.Series.Origin.Format != FormatDerived {
			continue
		}
		v := d.Series
		name, quantile := stateOf(v.ID)
		if sessions[name] == nil && !quantile {
			sessions[name] = map[calendar.Date]string{}
		}
		for i := range v.Len() {
			if !quantile {
				sessions[name][calendar.Date(v.About[i]/86400)] = v.Origin.File
			}
			for _, prices := range published[name] {
				for _, p := range prices {
					// A price to within a point in ten thousand is the price, whatever it is called.
					if x := v.Value[i]; x > p*0.9999 && x < p*1.0001 {
						c.add(Fault, FindingStatePrice, v.Origin.File, int(v.Line[i]), v.ID, evidence.Args{"value": x, "close": p})
					}
				}
			}
		}
	}
	for _, name := range sortedNames(sessions) {
		days := make([]calendar.Date, 0, len(sessions[name]))
		for d := range sessions[name] {
			days = append(days, d)
		}
		sort.Slice(days, func(i, j int) bool { return days[i] < days[j] })
		for i, d := range days {
			file := sessions[name][d]
			for before, back := d, 0; back <= stateMemory; before, back = previous(before), back+1 {
				if len(published[name][before]) == 0 {
					c.add(Fault, FindingStateClose, file, 0, name, evidence.Args{"session": d.String(), "close": before.String()})
				}
			}
			if i > 0 && previous(d) != days[i-1] {
				c.add(Fault, FindingStateGap, file, 0, name, evidence.Args{"from": days[i-1].String(), "to": d.String()})
			}
		}
	}
}

// stateOf is the instrument of a series of derived state, state/MODEL/INSTRUMENT/NUMBER, and whether
// the number is a quantile of decades of positions, which no single close moves.
func stateOf(id string) (instrument string, quantile bool) {
	parts := strings.SplitN(id, "/", 4)
	if len(parts) < 4 {
		return id, false
	}
	return parts[2], strings.HasPrefix(parts[3], "rank_")
}

func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
