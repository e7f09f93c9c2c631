package dealer

import (
	"math"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// Today is how much of a book is of the expiry of its session, at the instant of its quotes: over a
// day's chains it is the share by time of day.
type Today struct {
	At           time.Time
	Gamma        float64 // share of all gamma at spot, calls and puts unsigned; market.Missing when absent
	Volume       float64 // share of the contracts that traded today
	OpenInterest float64 // share of last night's open interest
	NoGamma      *evidence.Absent
	NoVolume     *evidence.Absent
}

// ShareOfToday measures the 0DTE share of a holding's book. The shares are of the contracts in the
// chain: of a chain with the nearest expiries only they are too high.
func ShareOfToday(h *Holding) Today {
	b := h.Book
	t := Today{At: b.Quoted, Gamma: market.Missing, Volume: market.Missing, OpenInterest: market.Missing}
	var gamma, volume, open [2]float64 // of today, of all
	s := h.stock()
	c := s.now()
	g := greeksOf(c)
	for p := range parts {
		for k := c.first[p]; k < c.first[p+1]; k++ {
			v := math.Abs(c.bend[k]) * g.Gamma[k]
			gamma[1] += v
			if bucketOf(p) == 0 {
				gamma[0] += v
			}
		}
	}
	for i := range b.Len() {
		today := h.bucket[b.Exp[i]] == 0
		for _, x := range []struct {
			n  float64
			to *[2]float64
		}{{b.Volume[i], &volume}, {b.OpenInterest[i], &open}} {
			if market.IsMissing(x.n) {
				continue
			}
			x.to[1] += x.n
			if today {
				x.to[0] += x.n
			}
		}
	}
	if gamma[1] > 0 {
		t.Gamma = gamma[0] / gamma[1]
	} else {
		t.NoGamma = &evidence.Absent{Code: "no_exposure", Args: evidence.Args{"underlying": b.Underlying}}
	}
	if volume[1] > 0 {
		t.Volume = volume[0] / volume[1]
	} else {
		t.NoVolume = &evidence.Absent{Code: "no_volume_today", Args: evidence.Args{"underlying": b.Underlying}}
	}
	if open[1] > 0 {
		t.OpenInterest = open[0] / open[1]
	}
	return t
}
