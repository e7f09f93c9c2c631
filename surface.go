package faultline

import (
	"math"
	"slices"
	"time"

	"faultline/market"
	"faultline/options"
)

// Surface is the fitted volatility surface, and the medians over its settlements of how far it is from
// the quotes.
type Surface struct {
	Median   *float64        `json:"median,omitempty"` // of the median absolute errors, volatility a year
	Widths   *float64        `json:"widths,omitempty"` // of those in widths of the quote from bid to ask
	Fitted   int             `json:"fitted"`           // settlements with quotes of their own
	Expiries []SurfaceExpiry `json:"expiries"`
}

// SurfaceExpiry is the fitted volatility of one settlement, and how far it is from the quotes.
type SurfaceExpiry struct {
	Expiry string    `json:"expiry"`
	Root   string    `json:"root"`
	Settle time.Time `json:"settle"`
	From   string    `json:"from"`             // code: quotes, or neighbour where the expiry has none
	Quotes int       `json:"quotes"`           // strikes with a volatility from quotes
	RMS    *float64  `json:"rms,omitempty"`    // root mean square error, volatility a year
	Median *float64  `json:"median,omitempty"` // median absolute error, volatility a year
	Widths *float64  `json:"widths,omitempty"` // median absolute error in widths of the quote from bid to ask
	Inside *float64  `json:"inside,omitempty"` // share of the quotes that the surface passes between bid and ask
	Strike []float64 `json:"strike"`           // points, rising
	Vol    []float64 `json:"vol"`              // of the surface there, a year
	Quoted *Quoted   `json:"quoted,omitempty"` // what the quotes say, thinned out
}

// Quoted are volatilities of quotes, bid to ask.
type Quoted struct {
	Strike []float64 `json:"strike"`
	Bid    []float64 `json:"bid"`
	Ask    []float64 `json:"ask"`
}

// What is kept of each expiry: enough to draw.
const (
	surfacePoints = 41
	surfaceReach  = 3.0 // standard deviations from the forward
	surfaceQuotes = 40  // quotes of an expiry at the most
)

// surface samples the fitted surface within three standard deviations of each forward.
func surface(b *options.Book) *Surface {
	out := &Surface{Expiries: []SurfaceExpiry{}}
	var errs, widths []float64
	for x := range b.Expiries {
		e := &b.Expiries[x]
		atm, err := b.VolAt(x, e.Forward)
		if e.Absent != nil || e.Fit.From == "" || err != nil {
			continue
		}
		s := SurfaceExpiry{
			Expiry: e.Date.String(), Root: e.Root, Settle: e.Settle.UTC(), From: e.Fit.From, Quotes: e.Fit.Quotes,
			RMS: finite(e.Fit.RMS), Median: finite(e.Fit.Median), Widths: finite(e.Fit.Widths), Inside: finite(e.Fit.Inside),
		}
		sd := atm * math.Sqrt(e.Years)
		for i := range surfacePoints {
			k := e.Forward * math.Exp(surfaceReach*sd*(2*float64(i)/(surfacePoints-1)-1))
			if v, err := b.VolAt(x, k); err == nil {
				s.Strike, s.Vol = append(s.Strike, k), append(s.Vol, v)
			}
		}
		s.Quoted = quoted(b, e, surfaceReach*sd)
		out.Expiries = append(out.Expiries, s)
		if s.Median != nil {
			out.Fitted++
			errs = append(errs, *s.Median)
		}
		if s.Widths != nil {
			widths = append(widths, *s.Widths)
		}
	}
	out.Median, out.Widths = middle(errs), middle(widths)
	return out
}

// middle is the median, nil without any.
func middle(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	slices.Sort(x)
	return finite((x[(len(x)-1)/2] + x[len(x)/2]) / 2)
}

// quoted are the volatilities of an expiry's own out-of-the-money quotes, evenly thinned.
func quoted(b *options.Book, e *options.Expiry, reach float64) *Quoted {
	var rows []int
	for i := e.First; i < e.End; i++ {
		out := float64(b.Right[i])*(e.Forward-b.Strike[i]) <= 0
		if out && b.VolFrom[i] == options.FromQuote && math.Abs(math.Log(b.Strike[i]/e.Forward)) <= reach &&
			!market.IsMissing(b.BidVol[i]) && !market.IsMissing(b.AskVol[i]) {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	q := &Quoted{}
	step := max(1, (len(rows)+surfaceQuotes-1)/surfaceQuotes)
	for j := 0; j < len(rows); j += step {
		i := rows[j]
		q.Strike, q.Bid, q.Ask = append(q.Strike, b.Strike[i]), append(q.Bid, b.BidVol[i]), append(q.Ask, b.AskVol[i])
	}
	return q
}
