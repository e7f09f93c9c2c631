package cascade_test

import (
	"context"
	"math"
	"testing"

	"faultline/cascade"
	"faultline/flow"
	"faultline/impact"

	"pgregory.net/rapid"
)

// matrixPlayer trades in each of two assets on the moves of both: usd[a][b] dollars of a for a move of 1 in b.
type matrixPlayer struct {
	usd   [2][2]float64
	price [2]float64
}

func (matrixPlayer) Name() string { return "matrix" }

func (p matrixPlayer) Compile(_ context.Context, e *flow.Env) (flow.Program, error) {
	p.price = [2]float64{e.Assets[0].Price, e.Assets[1].Price}
	return p, nil
}

func (matrixPlayer) Width() int            { return 2 }
func (matrixPlayer) Phases() flow.Phase    { return flow.Tick | flow.Open | flow.Close }
func (matrixPlayer) Start(state []float64) { clear(state) }

func (p matrixPlayer) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for a := range 2 {
		for l := range flow.Lanes {
			want := (p.usd[a][0]*(m.Price[l]-1) + p.usd[a][1]*(m.Price[flow.Lanes+l]-1)) / p.price[a]
			k := a*flow.Lanes + l
			out[k] += want - state[k]
			state[k] = want
		}
	}
}

func TestAllAssetsAtOnceMeetTheClosedFormOfALinearLoop(t *testing.T) {
	e := env(t, 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000}, flow.Asset{ID: "BTC", Price: 90000, LastClose: 90000})
	end := len(e.Timeline.Slots) - 1
	curves := []impact.Curve{straight(t), straight(t)}
	rapid.Check(t, func(r *rapid.T) {
		gain := func(name string) float64 { return rapid.Float64Range(-0.4, 0.4).Draw(r, name) }
		g := [2][2]float64{{gain("own"), gain("of the other")}, {gain("on the other"), gain("the other's own")}}
		var p matrixPlayer
		for a := range 2 {
			for b := range 2 {
				p.usd[a][b] = g[a][b] * cap1
			}
		}
		rho, part := rapid.Float64Range(-0.8, 0.8).Draw(r, "correlation"), rapid.Float64Range(0, 1).Draw(r, "share")
		cross, err := impact.NewCross([]float64{1, rho, rho, 1}, []float64{0.01, 0.01}, part)
		if err != nil {
			r.Fatal(err)
		}
		shock := []float64{rapid.Float64Range(-0.05, 0.05).Draw(r, "shock"), rapid.Float64Range(-0.1, 0.1).Draw(r, "other shock")}
		got, err := cascade.RestTogether(t.Context(), e, compile(t, e, p), []cascade.Ask{
			{Shock: shock, In: []bool{true}, Curves: curves, Cross: cross},
			{Shock: shock, In: []bool{false}, Curves: curves, Cross: cross},
		}, []impact.Propagator{impact.Lasting()}, end)
		if err != nil {
			r.Fatal(err)
		}
		// x = s + K·G·x in two assets, by Cramer's rule.
		c := rho * part
		m := [2][2]float64{
			{1 - g[0][0] - c*g[1][0], -g[0][1] - c*g[1][1]},
			{-g[1][0] - c*g[0][0], 1 - g[1][1] - c*g[0][1]},
		}
		det := m[0][0]*m[1][1] - m[0][1]*m[1][0]
		want := [2]float64{(shock[0]*m[1][1] - m[0][1]*shock[1]) / det, (m[0][0]*shock[1] - shock[0]*m[1][0]) / det}
		// Both sums of gains in a row stay below 1.44; where the loop as a whole has a gain of 1 or more there is
		// no rest to come to, which is said.
		if radius(g, c) >= 0.95 {
			return
		}
		for a := range 2 {
			// A gap of 1e-10 is 1e-10/(1−g) from the rest: twenty times as much at the most.
			if got[0].Away || !(math.Abs(got[0].Move[a]-want[a]) <= 4e-9) {
				r.Fatalf("gains %v, cross %v, shock %v: %+v, want %v", g, c, shock, got[0], want)
			}
			if got[1].Away || got[1].Move[a] != shock[a] {
				r.Fatalf("without participants %+v, want the shock %v", got[1], shock)
			}
		}
	})
}

// radius is the spectral radius of the loop K·G of two assets.
func radius(g [2][2]float64, c float64) float64 {
	a, b := g[0][0]+c*g[1][0], g[0][1]+c*g[1][1]
	d, e := g[1][0]+c*g[0][0], g[1][1]+c*g[0][1]
	half, det := (a+e)/2, a*e-b*d
	if disc := half*half - det; disc >= 0 {
		return math.Abs(half) + math.Sqrt(disc)
	}
	return math.Sqrt(det)
}

func TestAllAssetsAtOnceSettleWhoPushesBackHardAndSayWhatRunsAway(t *testing.T) {
	e := env(t, 1)
	end := len(e.Timeline.Slots) - 1
	f := func(gain, want float64, away bool) {
		t.Helper()
		ask := cascade.Ask{Shock: []float64{-0.03}, In: []bool{true}, Curves: []impact.Curve{straight(t)}, Cross: impact.Own(1)}
		got, err := cascade.RestTogether(t.Context(), e, compile(t, e, linearPlayer{name: "one", usd: gain * cap1}), []cascade.Ask{ask}, []impact.Propagator{impact.Lasting()}, end)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Away != away || !away && !(math.Abs(got[0].Move[0]-want) < 1e-9) {
			t.Errorf("gain %v: %+v, want %v", gain, got[0], want)
		}
	}
	f(-3, -0.03/4, false)
	f(-20, -0.03/21, false)
	f(0.9, -0.3, false)
	f(1, 0, true)
	f(1.5, 0, true)
	bad := cascade.Ask{Shock: []float64{-1}, In: []bool{}, Curves: []impact.Curve{straight(t)}, Cross: impact.Own(1)}
	if _, err := cascade.RestTogether(t.Context(), e, nil, []cascade.Ask{bad}, []impact.Propagator{impact.Lasting()}, end); err == nil {
		t.Error("a shock of −100 % was taken")
	}
	if _, err := cascade.RestTogether(t.Context(), e, nil, nil, []impact.Propagator{impact.Lasting()}, end); err == nil {
		t.Error("no question was taken")
	}
}
