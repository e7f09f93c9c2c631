package options

import (
	"math"

	"faultline/black"
	"faultline/market"
)

// VendorGap says how far the volatilities of a book are from those that the source of the chain
// prints, over the contracts of one expiry that are out of the money with a two-sided quote, and why.
// A volatility is a price translated with a forward and a time; two honest translations of one price
// differ where these do.
type VendorGap struct {
	Expiry   int     // index into Book.Expiries
	Quotes   int     // contracts compared
	Median   float64 // median absolute difference, volatility a year (0.01 is one point)
	Bias     float64 // median of the book's volatility less the vendor's
	Forward  float64 // points to add to the book's forward so that the volatilities agree best
	Time     float64 // share to add to the book's time to settlement, likewise, with that forward
	Left     float64 // median absolute difference when both are added
	Inside   float64 // share of the vendor's volatilities between those of bid and ask
	Cause    string  // "" within VendorTolerance, else "forward", "time", "forward_and_time", "within_quotes" or "unknown"
	Explains float64 // share of Median that the cause takes away
}

// VendorTolerance is the median difference, volatility a year, under which there is nothing to explain.
const VendorTolerance = 0.0015

// VendorGaps compares a book with the vendor's volatilities in the chain it was prepared from. Expiries
// without a comparable contract are left out.
//
// The effect of a forward that is δ higher on the volatility of an unchanged price is −delta/vega·δ,
// and that of a time that is a share τ longer is −vol·τ/2. Both are fitted by least absolute
// deviations, first the forward alone, then both.
func VendorGaps(b *Book, c *market.Chain) []VendorGap {
	var out []VendorGap
	for g := range b.Expiries {
		if v, any := vendorGap(b, c, g); any {
			out = append(out, v)
		}
	}
	return out
}

// vendorGap compares one expiry.
func vendorGap(b *Book, c *market.Chain, g int) (v VendorGap, any bool) {
	e := &b.Expiries[g]
	var gap, slope, half []float64 // vendor less book, and its derivatives over δ and τ
	inside := 0
	for i := e.First; i < e.End; i++ {
		vendor := c.IV[b.Row[i]]
		outside := (b.Strike[i]-e.Forward)*float64(b.Right[i]) >= 0
		if !outside || b.VolFrom[i] != FromQuote || market.IsMissing(b.Mid[i]) || !(vendor > 0) {
			continue
		}
		d := black.GreeksOf(b.Right[i], b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i])
		if !(d.Vega > 0) || d.Delta == 0 {
			continue
		}
		gap = append(gap, vendor-b.Vol[i])
		slope = append(slope, -d.Delta/d.Vega)
		half = append(half, -b.Vol[i]/2)
		if b.BidVol[i] <= vendor && vendor <= b.AskVol[i] {
			inside++
		}
	}
	if len(gap) == 0 {
		return VendorGap{}, false
	}
	n := len(gap)
	v = VendorGap{Expiry: g, Quotes: n, Median: medianAbs(gap), Bias: -median(gap), Inside: float64(inside) / float64(n)}
	v.Left = v.Median
	if v.Median > VendorTolerance {
		v.explain(gap, slope, half)
	}
	return v, true
}

// explain finds the forward and the time with which the volatilities agree, and names the cause: the
// simplest one that leaves less than the tolerance or less than a fifth of the difference.
func (v *VendorGap) explain(gap, slope, half []float64) {
	enough := max(VendorTolerance, v.Median/5)
	forward, leftF := fitOne(gap, slope)
	time, leftT := fitOne(gap, half)
	v.Forward, v.Time, v.Left = forward, 0, leftF
	switch {
	case leftF <= enough && leftF <= leftT:
		v.Cause = "forward"
	case leftT <= enough:
		v.Cause = "time"
		v.Forward, v.Time, v.Left = 0, time, leftT
	default:
		for range 20 { // one after the other, until they agree
			v.Forward, _ = fitOne(less(gap, half, v.Time), slope)
			v.Time, v.Left = fitOne(less(gap, slope, v.Forward), half)
		}
		switch {
		case v.Left <= enough:
			v.Cause = "forward_and_time"
		case v.Inside > 0.5:
			v.Cause = "within_quotes"
		default:
			v.Cause = "unknown"
		}
	}
	v.Time = 1/sq(1-v.Time/2) - 1 // a volatility that is lower by the share τ/2 is of a time so much longer
	v.Explains = 1 - v.Left/v.Median
}

// fitOne returns the x that makes gap − x·slope least in the sum of absolute values, and the median
// absolute value that is left.
func fitOne(gap, slope []float64) (x, left float64) {
	v := make([]weighted, len(gap))
	for i := range gap {
		v[i] = weighted{gap[i] / slope[i], math.Abs(slope[i])}
	}
	x = weightedMedian(v)
	return x, medianAbs(less(gap, slope, x))
}

func less(gap, slope []float64, x float64) []float64 {
	out := make([]float64, len(gap))
	for i := range gap {
		out[i] = gap[i] - x*slope[i]
	}
	return out
}

// vendorClock is by how many hours the clock of the vendor's volatilities is ahead of Book.Quoted. A
// file may carry quotes of another instant than it says: the volatilities then differ by the same
// hours in every expiry. False where they do not differ, or not alike.
func vendorClock(b *Book, c *market.Chain) (hours float64, found bool) {
	const (
		reach  = 0.15 // years: further out an hour is too little to see
		fewest = 4
		alike  = 0.2 // spread of the hours over expiries, as a share
	)
	var all []float64
	for g := range b.Expiries {
		e := &b.Expiries[g]
		if e.Years > reach {
			break
		}
		v, any := vendorGap(b, c, g)
		if !any || v.Quotes < 20 {
			continue
		}
		hours := 0.0
		if v.Cause == "time" || v.Cause == "forward_and_time" {
			hours = -v.Time * e.Years * 365 * 24
		}
		all = append(all, hours)
	}
	if len(all) < fewest {
		return 0, false
	}
	hours = median(all)
	off := make([]float64, len(all))
	for i, h := range all {
		off[i] = h - hours
	}
	return hours, hours != 0 && medianAbs(off) < alike*math.Abs(hours)
}
