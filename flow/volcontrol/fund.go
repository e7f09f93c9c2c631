package volcontrol

import "math"

// Rows of a fund's state: the assets first, then legRows for each market, then one covariance for each
// pair of markets.
const (
	rowAssets = 0

	legUnits = 0 // held
	legMark  = 1 // points at which the assets were last counted
	legShort = 2 // variance a session, short memory
	legLong  = 3 // likewise, long memory
	legOrder = 4 // units to trade in the session that comes or runs
	legRows  = 5
)

// width is the number of rows of a fund with n markets.
func width(n int) int { return 1 + legRows*n + n*(n-1)/2 }

// view is one lane of a fund's state. The same code runs history, one lane at a time, and a walk.
type view struct {
	rows   []float64
	stride int
	lane   int
	n      int // markets
}

func (v view) at(row int) *float64       { return &v.rows[row*v.stride+v.lane] }
func (v view) leg(i, field int) *float64 { return v.at(1 + legRows*i + field) }

// pair is the covariance of two markets, i < j.
func (v view) pair(i, j int) *float64 { return v.at(1 + legRows*v.n + j*(j-1)/2 + i) }

// count brings the assets to a price of one market: they change by what the position gained.
func (v view) count(i int, price float64) {
	mark := v.leg(i, legMark)
	*v.at(rowAssets) += *v.leg(i, legUnits) * (price - *mark)
	*mark = price
}

// trade buys a share of a market's order at the price at which the assets were last counted, and
// returns the units.
func (v view) trade(i int, share float64) float64 {
	units := share * *v.leg(i, legOrder)
	*v.leg(i, legUnits) += units
	return units
}

// learn takes in the returns of a session with weights a of the newest:
//
//	v ← v + a·(r² − v),  c ← c + a·(r_i·r_j − c)
//
// which with a = 1 − λ is the exponentially weighted variance of S&P Dow Jones Indices, Index
// Mathematics Methodology, "Risk Control Indices" (λ = 0.94 and 0.97 there), on daily returns. Of a
// market that is not seen nothing is learned: its variance stands, and so does its correlation.
func (v view) learn(r *[classes]float64, seen *[classes]bool, short, long float64) {
	for i := range v.n {
		if !seen[i] {
			continue
		}
		s, l := v.leg(i, legShort), v.leg(i, legLong)
		before := *l
		*s += short * (r[i]*r[i] - *s)
		*l += long * (r[i]*r[i] - *l)
		for j := range v.n {
			switch {
			case j == i:
			case !seen[j] && before > 0:
				*v.pair(min(i, j), max(i, j)) *= math.Sqrt(*l / before)
			case seen[j] && j < i:
				c := v.pair(j, i)
				*c += long * (r[i]*r[j] - *c)
			}
		}
	}
}

// variance is what scales the position of a market: the larger of the two, not below the floor.
func (f *rules) variance(v view, i int) float64 {
	return max(*v.leg(i, legShort), *v.leg(i, legLong), f.floor)
}

// most is the largest correlation that is believed.
const most = 0.95

// exposures fills x with the exposures that a fund wants, as shares of its assets:
//
//	x_i = target·y_i/σ_i, σ_i = √(252·max(short, long)), Σx ≤ cap
func (f *rules) exposures(v view, x *[classes]float64) {
	var rho [classes][classes]float64
	for i := range v.n {
		rho[i][i] = 1
		for j := range i {
			if d := *v.leg(i, legLong) * *v.leg(j, legLong); d > 0 {
				rho[i][j] = min(max(*v.pair(j, i)/math.Sqrt(d), -most), most)
				rho[j][i] = rho[i][j]
			}
		}
	}
	equalise(x, v.n, &rho, f.budget)
	sum := 0.0
	for i := range v.n {
		x[i] *= f.target / math.Sqrt(year*f.variance(v, i))
		sum += x[i]
	}
	if sum > f.cap {
		for i := range v.n {
			x[i] *= f.cap / sum
		}
	}
}

// decide sets the orders of the next session: a part of the gap to the exposures x that the fund wants,
// within the limit of a day. The assets must have been counted at the close.
func (f *rules) decide(v view, x *[classes]float64) {
	assets := max(*v.at(rowAssets), 0)
	total := 0.0
	for i := range v.n {
		price := *v.leg(i, legMark)
		order := (x[i]*assets/price - *v.leg(i, legUnits)) / f.lag
		*v.leg(i, legOrder) = order
		total += math.Abs(order * price)
	}
	if most := f.limit * assets; total > most {
		for i := range v.n {
			*v.leg(i, legOrder) *= most / total
		}
	}
}

// work is one session seen from its close: the orders are worked evenly on the way from the last close
// to this one, and so on average in the middle between them.
func (v view) work(price *[classes]float64) {
	for i := range v.n {
		v.count(i, (*v.leg(i, legMark)+price[i])/2)
		v.trade(i, 1)
		v.count(i, price[i])
	}
}
