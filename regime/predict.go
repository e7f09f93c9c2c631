package regime

import (
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

const (
	horizon  = 12 // of the forecasts, in months
	leastOut = 60 // months before the first forecast, and forecasts below which nothing is said
)

// Power is how well one variable foretold the index's return of the next twelve months, out of sample.
type Power struct {
	Key    string  // code of the variable
	Kind   string  // code: value, or liquidity
	R2     float64 // out of sample: 1 − squared error / squared error of the mean known then
	CW     float64 // Clark and West (2007): normal, above 0 when the variable helps
	P      float64 // one side
	N      int     // forecasts
	From   calendar.Date
	To     calendar.Date
	Absent *evidence.Absent
}

// Foretell runs the test of Goyal and Welch (2008), Review of Financial Studies 21, for every variable: a
// regression of the twelve-month log price return of the S&P 500 on the variable, estimated on all months
// known then, forecasts the next twelve months from 1990 on, beside the mean known then. Returns overlap, so
// the statistic of Clark and West, Journal of Econometrics 138, has Newey–West errors with twelve lags.
func Foretell(s *market.State) []Power {
	price := monthsOf(s, "shiller_sp500_monthly/sp500")
	out := []Power{}
	for _, v := range []struct {
		key, kind, id string
		of            func(x map[int]float64, month int) (float64, bool)
	}{
		{"cape", "value", "shiller_sp500_monthly/pe10", func(x map[int]float64, m int) (float64, bool) {
			v, ok := x[m]
			return -math.Log(v), ok && v > 0
		}},
		{"dividend_yield", "value", "shiller_sp500_monthly/dividend", func(x map[int]float64, m int) (float64, bool) {
			d, ok1 := x[m]
			p, ok2 := price[m]
			return math.Log(d / p), ok1 && ok2 && d > 0 && p > 0
		}},
		{"earnings_yield", "value", "shiller_sp500_monthly/earnings", func(x map[int]float64, m int) (float64, bool) {
			e, ok1 := x[m]
			p, ok2 := price[m]
			return math.Log(e / p), ok1 && ok2 && e > 0 && p > 0
		}},
		// Ken French's HML or any series of that name: a month's return of cheap shares less dear ones, percent.
		{"value_minus_growth", "value", "HML", func(x map[int]float64, m int) (float64, bool) {
			year, ok := 0.0, true
			for k := m - 11; k <= m; k++ {
				v, has := x[k]
				year, ok = year+v, ok && has
			}
			return year, ok
		}},
		{"m2_growth", "liquidity", "M2SL", yearGrowth},
		{"financial_stress", "liquidity", "STLFSI", same},
		{"high_yield_spread", "liquidity", "BAMLH0A0HYM2", same},
		{"balance_sheet_growth", "liquidity", "WALCL", yearGrowth},
	} {
		x := monthsOf(s, v.id)
		p := Power{Key: v.key, Kind: v.kind}
		switch {
		case len(price) == 0:
			p.Absent = absent("no_series", evidence.Args{"series": "shiller_sp500_monthly/sp500"})
		case len(x) == 0:
			p.Absent = absent("no_series", evidence.Args{"series": v.id})
		default:
			foretell(&p, price, func(m int) (float64, bool) { return v.of(x, m) })
		}
		out = append(out, p)
	}
	return out
}

func same(x map[int]float64, m int) (float64, bool) {
	v, ok := x[m]
	return v, ok
}

func yearGrowth(x map[int]float64, m int) (float64, bool) {
	a, ok1 := x[m-12]
	b, ok2 := x[m]
	return math.Log(b / a), ok1 && ok2 && a > 0 && b > 0
}

// monthsOf is a series by month, counted from year 0: the last value of each month that is known.
func monthsOf(s *market.State, id string) map[int]float64 {
	v, err := s.Series(id)
	if err != nil {
		return nil
	}
	out := map[int]float64{}
	for i := range v.Len() {
		if market.IsMissing(v.Value[i]) {
			continue
		}
		t := time.Unix(v.About[i], 0).UTC()
		out[12*t.Year()+int(t.Month())-1] = v.Value[i]
	}
	return out
}

// reported is how many months after its month a variable may be used: prices of the month are known at its
// end, accounts and aggregates two months later.
const reported = 2

func foretell(p *Power, price map[int]float64, x func(int) (float64, bool)) {
	first, last := math.MaxInt, math.MinInt
	for m := range price {
		first, last = min(first, m), max(last, m)
	}
	// Pairs of what was known in a month and the return of the twelve months after it.
	var month []int
	var xs, ys []float64
	for m := first + reported; m+horizon <= last; m++ {
		v, ok := x(m - reported)
		a, ok1 := price[m]
		b, ok2 := price[m+horizon]
		if ok && ok1 && ok2 && a > 0 && b > 0 {
			month, xs, ys = append(month, m), append(xs, v), append(ys, math.Log(b/a))
		}
	}
	var sums regression
	known := 0 // pairs whose return had ended by the month of the forecast
	var errModel, errMean, adjusted []float64
	start := 12 * 1990
	for i, m := range month {
		for known < i && month[known]+horizon <= m {
			sums.add(xs[known], ys[known])
			known++
		}
		if m < start || known < leastOut {
			continue
		}
		a, b, ok := sums.line()
		if !ok {
			continue
		}
		f, bar := a+b*xs[i], sums.meanY()
		e, e0 := ys[i]-f, ys[i]-bar
		errModel, errMean = append(errModel, e*e), append(errMean, e0*e0)
		adjusted = append(adjusted, e0*e0-e*e+(bar-f)*(bar-f))
		if p.N == 0 {
			p.From = dateOf(m)
		}
		p.To = dateOf(m)
		p.N++
	}
	if p.N < leastOut {
		p.Absent = absent("short_history", evidence.Args{"needs": leastOut, "has": p.N})
		return
	}
	p.R2 = 1 - mean(errModel)/mean(errMean)
	p.CW = mean(adjusted) / neweyWest(adjusted, horizon)
	p.P = math.Erfc(p.CW/math.Sqrt2) / 2
}

func dateOf(month int) calendar.Date {
	return calendar.Date(time.Date(month/12, time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// regression keeps the sums of a line through points, updated one by one about the first of them.
type regression struct {
	n, x0, y0, sx, sy, sxx, sxy float64
}

func (r *regression) add(x, y float64) {
	if r.n == 0 {
		r.x0, r.y0 = x, y
	}
	x, y = x-r.x0, y-r.y0
	r.n++
	r.sx, r.sy, r.sxx, r.sxy = r.sx+x, r.sy+y, r.sxx+x*x, r.sxy+x*y
}

func (r *regression) meanY() float64 { return r.y0 + r.sy/r.n }

func (r *regression) line() (a, b float64, ok bool) {
	d := r.n*r.sxx - r.sx*r.sx
	if r.n < 2 || !(d > 1e-12*r.n*r.sxx) {
		return 0, 0, false
	}
	b = (r.n*r.sxy - r.sx*r.sy) / d
	return r.meanY() - b*(r.x0+r.sx/r.n), b, true
}

// neweyWest is the standard error of a mean with the lags of Newey and West (1987), Bartlett weights.
func neweyWest(x []float64, lags int) float64 {
	m, n := mean(x), len(x)
	v := 0.0
	for k := 0; k <= lags && k < n; k++ {
		c := 0.0
		for i := k; i < n; i++ {
			c += (x[i] - m) * (x[i-k] - m)
		}
		c /= float64(n)
		if k > 0 {
			c *= 2 * (1 - float64(k)/float64(lags+1))
		}
		v += c
	}
	return math.Sqrt(max(v, 0) / float64(n))
}
