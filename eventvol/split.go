package eventvol

import (
	"math"
	"math/rand/v2"
	"sort"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Params are the assumptions of the split.
type Params struct {
	Fade  float64 // years over which the ordinary rate of variance goes from its short to its long end
	Draws int     // within bid and ask, for bands
	Seed  uint64
}

// Point is one settlement of the term structure.
type Point struct {
	Expiry   int     // of the book
	Vol      float64 // at the money, a year
	Low      float64 // of the bid
	High     float64 // of the ask
	Variance float64 // in total, to settlement
	Ordinary float64 // of it, by the split
	Event    float64
	Fitted   float64 // Ordinary + Event
	Time     float64 // variance time, years
}

// Priced is what the events between two settlements are priced at.
type Priced struct {
	Events   []Event
	First    int     // the expiry of the book that is the first to contain them
	Variance float64 // of the log price
	Low      float64 // 5 % and 95 % quantile over draws within bid and ask
	High     float64
}

// Move is the implied move of one standard deviation, relative.
func (p Priced) Move() float64 { return math.Sqrt(p.Variance) }

// Split is a variance term structure divided into ordinary and event variance.
type Split struct {
	Points       []Point
	Priced       []Priced
	Short, Long  float64 // volatility a year of ordinary days now, and far out
	RMS          float64 // error of the fit, volatility a year
	Unseparated  []Event // behind the last settlement
	ordinaryRate [2]float64
	fade         float64
}

// Divide splits the at-the-money variance of a book into ordinary and event variance. The total variance of
// settlement i is
//
//	w_i = l·(τ − θ(1 − e^(−τ/θ))) + s·θ(1 − e^(−τ/θ)) + Σ v_g over the events before it
//
// where τ is variance time (calendar.Clock: nights and weekends weigh less), s and l the ordinary variance a year at
// the short and at the long end, θ Params.Fade, and v_g the variance of the events that stand between the same two
// settlements: no option tells them apart. All of s, l and v_g are at least 0. What is fitted are the differences
// w_i − w_(i−1), so that the shape of far months cannot move near events: squared errors in units of the bid–ask
// errors of both ends and of a tenth of the ordinary variance between them, for what the smooth curve cannot follow.
// Bands repeat the fit with each volatility drawn between bid and ask.
//
// It is absent with "eventvol_too_few_expiries" where there are no more settlements than unknowns.
func Divide(b *options.Book, events []Event, p Params) (*Split, error) {
	out := &Split{fade: p.Fade}
	for i, e := range b.Expiries {
		if e.Absent != nil || market.IsMissing(e.Forward) || e.Fit.From != "quotes" || !(e.Years > 0) {
			continue
		}
		vol, err := b.VolAt(i, e.Forward)
		if err != nil || !(vol > 0) {
			continue
		}
		t, err := calendar.DefaultClock().Years(calendar.NYSE(), b.Quoted, e.Settle)
		if err != nil || !(t > 0) {
			continue
		}
		pt := Point{Expiry: i, Vol: vol, Variance: vol * vol * e.Years, Time: t}
		half := halfWidth(b, i)
		pt.Low, pt.High = max(vol-half, 0.2*vol), vol+half
		out.Points = append(out.Points, pt)
	}
	if len(out.Points) == 0 {
		return nil, &evidence.Absent{Code: "eventvol_too_few_expiries", Args: evidence.Args{"has": 0, "needs": 4}}
	}
	group := map[int]int{} // first point that contains it → Priced
	for _, e := range events {
		k := sort.Search(len(out.Points), func(k int) bool { return e.Contains(b.Expiries[out.Points[k].Expiry].Settle) })
		if k == len(out.Points) {
			out.Unseparated = append(out.Unseparated, e)
			continue
		}
		if _, ok := group[k]; !ok {
			group[k] = len(out.Priced)
			out.Priced = append(out.Priced, Priced{First: out.Points[k].Expiry})
		}
		out.Priced[group[k]].Events = append(out.Priced[group[k]].Events, e)
	}
	n := 2 + len(out.Priced)
	if len(out.Points) <= n {
		return nil, &evidence.Absent{Code: "eventvol_too_few_expiries", Args: evidence.Args{"has": len(out.Points), "needs": n + 1}}
	}
	rows := make([][]float64, len(out.Points)) // of w itself
	w, scale := make([]float64, len(rows)), make([]float64, len(rows))
	errorOf := func(pt Point) float64 { return 2 * pt.Vol * b.Expiries[pt.Expiry].Years * (pt.High - pt.Low) / 2 }
	for k, pt := range out.Points {
		rows[k] = make([]float64, n)
		rows[k][0], rows[k][1] = basis(pt.Time, p.Fade)
		for j := range out.Priced {
			if !b.Expiries[out.Priced[j].First].Settle.After(b.Expiries[pt.Expiry].Settle) {
				rows[k][2+j] = 1
			}
		}
		w[k] = pt.Variance
		before, since := 0.0, pt.Time
		if k > 0 {
			before, since = errorOf(out.Points[k-1]), pt.Time-out.Points[k-1].Time
		}
		// A thousandth of the whole keeps two settlements of one instant from ruling.
		scale[k] = math.Hypot(math.Hypot(errorOf(pt), before), 0.1*pt.Variance*since/pt.Time) + 0.001*pt.Variance
	}
	steps := differences(rows)
	x := nonNegative(steps, step(w), scale)
	out.ordinaryRate = [2]float64{x[0], x[1]}
	out.Short, out.Long = math.Sqrt(x[0]), math.Sqrt(x[1])
	sum := 0.0
	for k := range out.Points {
		pt := &out.Points[k]
		pt.Ordinary = rows[k][0]*x[0] + rows[k][1]*x[1]
		for j := range out.Priced {
			pt.Event += rows[k][2+j] * x[2+j]
		}
		pt.Fitted = pt.Ordinary + pt.Event
		d := math.Sqrt(pt.Fitted/b.Expiries[pt.Expiry].Years) - pt.Vol
		sum += d * d / float64(len(out.Points))
	}
	out.RMS = math.Sqrt(sum)
	out.bands(b, steps, scale, x, p)
	return out, nil
}

// step is each entry less the one before it.
func step(x []float64) []float64 {
	out := append([]float64(nil), x...)
	for k := len(out) - 1; k > 0; k-- {
		out[k] -= out[k-1]
	}
	return out
}

// differences are the rows, each less the one before it.
func differences(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for k := range rows {
		out[k] = append([]float64(nil), rows[k]...)
		for i := range out[k] {
			if k > 0 {
				out[k][i] -= rows[k-1][i]
			}
		}
	}
	return out
}

// basis is what a unit of short and of long ordinary variance a year gives by a variance time.
func basis(t, fade float64) (short, long float64) {
	short = fade * -math.Expm1(-t/fade)
	return short, t - short
}

// Ordinary is the ordinary variance between two variance times from now.
func (s *Split) Ordinary(from, to float64) float64 {
	a, b := basis(from, s.fade)
	c, d := basis(to, s.fade)
	return (c-a)*s.ordinaryRate[0] + (d-b)*s.ordinaryRate[1]
}

// bands draws each volatility evenly between bid and ask.
func (s *Split) bands(b *options.Book, steps [][]float64, scale, x []float64, p Params) {
	draws := make([][]float64, len(s.Priced))
	y := make([]float64, len(steps))
	for d := range p.Draws {
		r := rand.New(rand.NewPCG(p.Seed, uint64(d)))
		for k, pt := range s.Points {
			v := pt.Low + (pt.High-pt.Low)*r.Float64()
			y[k] = v * v * b.Expiries[pt.Expiry].Years
		}
		z := nonNegative(steps, step(y), scale)
		for j := range draws {
			draws[j] = append(draws[j], z[2+j])
		}
	}
	for j := range s.Priced {
		q := &s.Priced[j]
		q.Variance, q.Low, q.High = x[2+j], x[2+j], x[2+j]
		if len(draws[j]) > 0 {
			sort.Float64s(draws[j])
			q.Low, q.High = min(q.Variance, quantile(draws[j], 0.05)), max(q.Variance, quantile(draws[j], 0.95))
		}
	}
}

// halfWidth is half the distance from bid to ask at the money, volatility a year: the mean of the four contracts
// nearest to the forward that have both, and a hundredth where none has.
func halfWidth(b *options.Book, expiry int) float64 {
	e := b.Expiries[expiry]
	type near struct{ far, half float64 }
	var list []near
	for i := e.First; i < e.End; i++ {
		if half := (b.AskVol[i] - b.BidVol[i]) / 2; half >= 0 {
			list = append(list, near{math.Abs(math.Log(b.Strike[i] / e.Forward)), half})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].far < list[j].far })
	if len(list) == 0 {
		return 0.01
	}
	sum, n := 0.0, min(4, len(list))
	for _, x := range list[:n] {
		sum += x.half
	}
	return sum / float64(n)
}

// nonNegative minimises Σ ((y − A·x)/scale)² over x ≥ 0 by cyclic coordinate descent on columns of length one, which
// ends at the minimum of a convex problem (Tseng 2001, JOTA 109); it stops when a round changes nothing by more than
// 1e-13 of the largest.
func nonNegative(a [][]float64, y, scale []float64) []float64 {
	n := len(a[0])
	q, c, norm := make([]float64, n*n), make([]float64, n), make([]float64, n)
	for k, row := range a {
		for i := range n {
			norm[i] += row[i] * row[i] / (scale[k] * scale[k])
		}
	}
	for i := range norm {
		norm[i] = math.Sqrt(norm[i])
		if norm[i] == 0 {
			norm[i] = 1
		}
	}
	for k, row := range a {
		w := 1 / (scale[k] * scale[k])
		for i := range n {
			c[i] += w * row[i] / norm[i] * y[k]
			for j := range n {
				q[i*n+j] += w * row[i] * row[j] / (norm[i] * norm[j])
			}
		}
	}
	x := make([]float64, n)
	for range 100_000 {
		largest, change := 0.0, 0.0
		for i := range n {
			g := c[i]
			for j := range n {
				if j != i {
					g -= q[i*n+j] * x[j]
				}
			}
			v := 0.0
			if q[i*n+i] > 0 {
				v = max(0, g/q[i*n+i])
			}
			change, largest = max(change, math.Abs(v-x[i])), max(largest, v)
			x[i] = v
		}
		if change <= 1e-13*largest {
			break
		}
	}
	for i := range x {
		x[i] /= norm[i]
	}
	return x
}

// quantile of a sorted list, linear between its entries.
func quantile(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	i := min(int(at), len(x)-1)
	j := min(i+1, len(x)-1)
	return x[i] + (at-float64(i))*(x[j]-x[i])
}
