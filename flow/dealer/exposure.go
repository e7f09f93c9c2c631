package dealer

import (
	"errors"
	"math"
	"sort"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Exposure is what a book's gamma obliges dealers to hold, in dollars of the underlying for a move of
// 1 %: positive when they buy falls and sell rises.
//
// A contract's gamma to spot S is D·(F/S)²·Γ(F), Γ the undiscounted Black-76 gamma, and its exposure is
// sign · open interest · multiplier · gamma · S² · 0.01. Contracts whose open interest is absent are
// left out and counted in Unknown.
type Exposure struct {
	Spot     float64   // points
	Total    float64   // dollars per 1 %
	Strike   []float64 // points, ascending
	Call     []float64 // dollars per 1 % of the calls of a strike, signed
	Put      []float64 // of the puts, signed
	ByExpiry []float64 // as Book.Expiries
	ByBucket [len(Buckets)]float64
	Unknown  int // contracts without open interest
}

// Buckets are the classes of time to settlement, in calendar days from the session of the quotes: the
// same day, up to 7 days, up to 31, beyond.
var Buckets = [...]string{"0dte", "week", "month", "rest"}

func bucket(days int) int {
	switch {
	case days <= 0:
		return 0
	case days <= 7:
		return 1
	case days <= 31:
		return 2
	}
	return 3
}

// gammas are the signed weights of a book: exposure at relative price x is the profile of the weights
// times (x·spot)²·0.01.
type gammas struct {
	row                                 []int // of the book
	weight, forward, strike, years, vol []float64
	spot                                float64
	unknown                             int
}

func weigh(b *options.Book, a assumption.Set) gammas {
	g := gammas{spot: spotOf(b)}
	ref := reference(b)
	long, short := a.Value("dealer.calls_long"), a.Value("dealer.puts_short")
	for i := range b.Len() {
		n := b.OpenInterest[i]
		if market.IsMissing(n) {
			g.unknown++
			continue
		}
		sign := long
		if b.Right[i] == black.Put {
			sign = -short
		}
		if n == 0 || sign == 0 {
			continue
		}
		ratio := b.Forward[i] / ref
		g.row = append(g.row, i)
		g.weight = append(g.weight, sign*n*b.Multiplier*b.Expiries[b.Exp[i]].Discount*ratio*ratio)
		g.forward = append(g.forward, ratio*g.spot)
		g.strike = append(g.strike, b.Strike[i])
		g.years = append(g.years, b.Years[i])
		g.vol = append(g.vol, b.Vol[i])
	}
	return g
}

// profile sets dst[j] to the exposure, in dollars per 1 %, with the underlying at x[j] times spot.
func (g *gammas) profile(dst, x []float64) {
	black.GammaProfile(dst, x, g.weight, g.forward, g.strike, g.years, g.vol)
	for j := range dst {
		p := x[j] * g.spot
		dst[j] *= p * p * 0.01
	}
}

// Expose computes the exposure of a book at its own spot.
func Expose(b *options.Book, a assumption.Set) (*Exposure, error) {
	if err := check(b); err != nil {
		return nil, err
	}
	g := weigh(b, a)
	e := &Exposure{Spot: g.spot, ByExpiry: make([]float64, len(b.Expiries)), Unknown: g.unknown}
	today := calendar.DateIn(b.Quoted, calendar.NewYork())
	call, put := map[float64]float64{}, map[float64]float64{}
	for k, i := range g.row {
		gamma := black.GreeksOf(b.Right[i], g.forward[k], g.strike[k], g.years[k], g.vol[k]).Gamma
		v := g.weight[k] * gamma * g.spot * g.spot * 0.01
		x := b.Expiries[b.Exp[i]]
		e.Total += v
		e.ByExpiry[b.Exp[i]] += v
		e.ByBucket[bucket(int(x.Date-today))] += v
		if b.Right[i] == black.Put {
			put[g.strike[k]] += v
		} else {
			call[g.strike[k]] += v
		}
		if _, ok := call[g.strike[k]]; !ok {
			call[g.strike[k]] = 0
		}
	}
	for k := range call {
		e.Strike = append(e.Strike, k)
	}
	sort.Float64s(e.Strike)
	for _, k := range e.Strike {
		e.Call = append(e.Call, call[k])
		e.Put = append(e.Put, put[k])
	}
	return e, nil
}

// Profile is the exposure of a book repriced at relative prices x of its spot, dollars per 1 %.
func Profile(b *options.Book, a assumption.Set, x []float64) []float64 {
	g := weigh(b, a)
	dst := make([]float64, len(x))
	g.profile(dst, x)
	return dst
}

// Crossing is a price at which the exposure changes sign.
type Crossing struct {
	Price float64 // points, to 0.01
	Slope float64 // change of exposure by one point of price, dollars per 1 % per point; above 0: short gamma below, long above
}

// nothing is an exposure, in dollars per 1 %, below which the sign means nothing: far from all strikes
// both sides fade to less than a cent.
const nothing = 1

// ZeroGamma finds every price within the register's search range at which dealers' exposure, repriced
// there, changes sign, in order of price. It is absent, with the reason, when there is none.
//
// The range is scanned in steps of a thousandth of spot and each change of sign is bisected to a tenth
// of a hundredth of a point. Two crossings between two neighbouring steps would be missed together.
func ZeroGamma(b *options.Book, a assumption.Set) ([]Crossing, error) {
	if err := check(b); err != nil {
		return nil, err
	}
	g := weigh(b, a)
	if len(g.row) == 0 {
		return nil, &evidence.Absent{Code: "no_exposure", Args: evidence.Args{"underlying": b.Underlying}}
	}
	span := a.Value("dealer.search")
	n := 2*int(math.Ceil(span/0.001)) + 1
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = 1 + span*(2*float64(i)/float64(n-1)-1)
	}
	g.profile(y, x)
	at := func(x float64) float64 {
		var p, v [1]float64
		p[0] = x
		g.profile(v[:], p[:])
		return v[0]
	}
	var out []Crossing
	before := -1 // last grid point that is not nothing
	for i := range y {
		if math.Abs(y[i]) < nothing {
			continue
		}
		j := before
		before = i
		if j < 0 || y[j] > 0 == (y[i] > 0) {
			continue
		}
		lo, hi, up := x[j], x[i], y[i] > 0
		for (hi-lo)*g.spot > 1e-3 {
			mid := lo + (hi-lo)/2
			if at(mid) > 0 == up {
				hi = mid
			} else {
				lo = mid
			}
		}
		root := lo + (hi-lo)/2
		d := 0.5 / g.spot
		out = append(out, Crossing{
			Price: math.Round(root*g.spot*100) / 100,
			Slope: at(root+d) - at(root-d),
		})
	}
	if len(out) == 0 {
		code := "gamma_positive_throughout"
		if y[n/2] < 0 {
			code = "gamma_negative_throughout"
		}
		return nil, &evidence.Absent{Code: code, Args: evidence.Args{"low": x[0] * g.spot, "high": x[n-1] * g.spot}}
	}
	return out, nil
}

// Walls are the strikes that hold the most gamma on each side of spot.
type Walls struct {
	Call, Put             float64 // points; valid where the error beside it is nil
	CallAbsent, PutAbsent *evidence.Absent
}

// FindWalls finds the strike above spot with the most call gamma and the strike below spot with the
// most put gamma, over all expiries, whatever the sign convention. Ties go to the strike nearer to spot.
func FindWalls(b *options.Book, a assumption.Set) (Walls, error) {
	plain, err := a.With("dealer.calls_long", 1, "walls")
	if err == nil {
		plain, err = plain.With("dealer.puts_short", 1, "walls")
	}
	if err != nil {
		return Walls{}, err
	}
	e, err := Expose(b, plain)
	var absent *evidence.Absent
	if errors.As(err, &absent) {
		return Walls{CallAbsent: absent, PutAbsent: absent}, nil
	}
	if err != nil {
		return Walls{}, err
	}
	w := Walls{
		CallAbsent: &evidence.Absent{Code: "no_call_gamma_above", Args: evidence.Args{"spot": e.Spot}},
		PutAbsent:  &evidence.Absent{Code: "no_put_gamma_below", Args: evidence.Args{"spot": e.Spot}},
	}
	most := 0.0
	for i, k := range e.Strike {
		if k > e.Spot && e.Call[i] > most {
			most, w.Call, w.CallAbsent = e.Call[i], k, nil
		}
	}
	most = 0
	for i := len(e.Strike) - 1; i >= 0; i-- {
		if k := e.Strike[i]; k < e.Spot && -e.Put[i] > most {
			most, w.Put, w.PutAbsent = -e.Put[i], k, nil
		}
	}
	return w, nil
}
