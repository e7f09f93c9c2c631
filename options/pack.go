package options

import (
	"cmp"
	"math"
	"slices"

	"faultline/black"
	"faultline/market"
)

// pack copies the accepted contracts into the book and the reasons into its list.
func (w *work) pack() {
	b := w.b
	n := 0
	for _, d := range w.drop {
		if !d {
			n++
		}
	}
	ints := make([]int32, 2*n)
	b.Exp, b.Row = ints[:n:n], ints[n:]
	b.Right, b.VolFrom = make([]black.Right, n), make([]VolSource, n)
	f := make([]float64, 9*n)
	for i, col := range []*[]float64{&b.Strike, &b.Years, &b.Forward, &b.Vol, &b.OpenInterest, &b.Volume, &b.Mid, &b.BidVol, &b.AskVol} {
		*col = f[i*n : (i+1)*n : (i+1)*n]
	}
	rejected := make([]Reject, 0, n/2+len(w.droppedRows))
	j := 0
	for g := range w.groups {
		e := &w.groups[g]
		e.First = j
		for i := e.first; i < e.end; i++ {
			r := w.row[i]
			if w.why[i] != ok {
				rejected = append(rejected, Reject{r, reasons[w.why[i]], !w.drop[i]})
			}
			if w.drop[i] {
				continue
			}
			b.Exp[j], b.Row[j], b.Right[j], b.VolFrom[j] = w.exp[i], r, w.right[i], w.from[i]
			b.Strike[j], b.Years[j], b.Forward[j], b.Vol[j] = w.strike[i], w.years[i], w.forward[i], w.vol[i]
			b.OpenInterest[j], b.Volume[j] = nonNegative(w.c.OpenInterest[r]), nonNegative(w.c.Volume[r])
			b.Mid[j], b.BidVol[j], b.AskVol[j] = w.mid[i], w.bidVol[i], w.askVol[i]
			j++
		}
		e.End = j
		e.Contracts = e.End - e.First
		b.Expiries = append(b.Expiries, e.Expiry)
	}
	slices.SortFunc(w.droppedRows, func(x, y Reject) int {
		return cmp.Or(cmp.Compare(x.Reason, y.Reason), w.compareAnyRows(x.Row, y.Row))
	})
	b.surface = w.surface
	b.Rejected = append(rejected, w.droppedRows...)
	for _, r := range b.Rejected {
		b.RejectedBy[r.Reason]++
		if !r.Kept {
			b.Dropped++
		}
	}
}

// compareAnyRows orders rows of any contracts by what they hold.
func (w *work) compareAnyRows(a, b int32) int {
	c := w.c
	return cmp.Or(
		cmp.Compare(c.Expiry[a], c.Expiry[b]),
		cmp.Compare(c.Root[a], c.Root[b]),
		cmp.Compare(c.Strike[a], c.Strike[b]),
		cmp.Compare(c.Right[b], c.Right[a]),
		w.compareRows(a, b),
	)
}

// nonNegative makes a count that is no count missing.
func nonNegative(x float64) float64 {
	if x >= 0 && !math.IsInf(x, 1) {
		return x
	}
	return market.Missing
}
