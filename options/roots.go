package options

import (
	"math"
	"slices"
	"strings"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
)

// family is the option roots of an index whose monthly options settle in the morning and whose
// other options settle in the afternoon.
type family struct{ am, pm string }

var families = map[string]family{
	"SPX": {"SPX", "SPXW"},
	"NDX": {"NDX", "NDXP"},
	"RUT": {"RUT", "RUTW"},
}

// adjusted reports whether a root names contracts whose deliverable a corporate action changed:
// the clearing house marks them with a digit. Their strikes do not belong on the axis of the
// others.
func adjusted(root string) bool { return strings.ContainsAny(root, "0123456789") }

type expiryKey struct {
	root string
	date calendar.Date
}

// group sorts the rows of the chain into expiries by settlement and root, and rejects those that
// are no live contract.
func (w *work) group() {
	c := w.c
	n := c.Len()
	index := map[expiryKey]int{} // of the listed root and date; negative: ^reason
	var unnamed []int            // groups whose root is to be found
	var lastKey expiryKey
	last, have := 0, false
	member := make([]int32, n)
	settled := map[expiryKey]int{}
	for i := range n {
		if !validStrike(c.Strike[i]) || c.Right[i] != black.Call && c.Right[i] != black.Put {
			member[i] = -1
			w.reject(int32(i), badStrike)
			continue
		}
		key := expiryKey{c.Root[i], c.Expiry[i]}
		if !have || key != lastKey {
			g, known := index[key]
			if !known {
				g = w.open(key, settled, &unnamed)
				index[key] = g
			}
			lastKey, last, have = key, g, true
		}
		member[i] = int32(last)
		if last < 0 {
			w.reject(int32(i), uint8(^last))
		} else {
			w.groups[last].end++ // counted first, so that the rows need one allocation
		}
	}
	rows := make([]int32, n)
	at := 0
	for g := range w.groups {
		e := &w.groups[g]
		e.rows = rows[at : at : at+e.end]
		at += e.end
		e.end = 0
	}
	for i, g := range member {
		if g >= 0 {
			w.groups[g].rows = append(w.groups[g].rows, int32(i))
		}
	}
	for _, g := range unnamed {
		w.nameRoots(g)
	}
	w.groups = slices.DeleteFunc(w.groups, func(g group) bool { return len(g.rows) == 0 })
	slices.SortFunc(w.groups, func(a, b group) int {
		if d := a.Settle.Compare(b.Settle); d != 0 {
			return d
		}
		return strings.Compare(a.Root, b.Root)
	})
}

// open returns the group of a listed root and date, or the complement of the reason why its rows
// are rejected.
func (w *work) open(key expiryKey, settled map[expiryKey]int, unnamed *[]int) int {
	root := key.root
	f, isFamily := families[w.in.ID]
	switch {
	case adjusted(root):
		return ^int(adjustedRoot)
	case root == "" && isFamily:
		root = f.pm
	case root == "":
		root = w.in.ID
	}
	e, why := w.expiry(root, key.date)
	if why != ok {
		if why != expired || key.root != "" || !isFamily || !standardMonthly(key.date) {
			return ^int(why)
		}
	}
	k := expiryKey{e.Root, e.Date}
	unknown := key.root == "" && isFamily && standardMonthly(key.date)
	if unknown {
		k.root = "" // kept apart from rows that name their root
	}
	if g, found := settled[k]; found {
		return g
	}
	g := len(w.groups)
	w.groups = append(w.groups, group{Expiry: e})
	settled[k] = g
	if unknown {
		*unnamed = append(*unnamed, g)
	}
	return g
}

// expiry describes the options of a root that expire on a date, or says why there are none alive.
func (w *work) expiry(root string, date calendar.Date) (Expiry, uint8) {
	s, err := calendar.Settle(root, date)
	if err != nil {
		return Expiry{}, badExpiry
	}
	e := Expiry{
		Root: root, Date: s.Expiry, Style: s.Style, Settle: s.Settle,
		Years:   calendar.Years(w.b.Quoted, s.Settle),
		Forward: market.Missing, ForwardLow: market.Missing, ForwardHigh: market.Missing,
		Discount: market.Missing, Rate: market.Missing, DividendYield: market.Missing,
	}
	if !s.Settle.After(w.b.At) || !(e.Years > 0) {
		return e, expired
	}
	return e, ok
}

func validStrike(k float64) bool { return k > 0 && !math.IsInf(k, 1) }

// standardMonthly reports whether the monthly index options, which settle in the morning, expire on
// a date or, when that is closed, on the session before it.
func standardMonthly(d calendar.Date) bool {
	y, m, day := d.YMD()
	std := calendar.StandardMonthly(y, m)
	return d == std || day >= 15 && day <= 21 && d == std+1
}
