package cascade_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"faultline/cascade"
	"faultline/flow"
	"faultline/impact"
)

func TestResponsesAreTheOrdersAtEachPointByEachHorizon(t *testing.T) {
	e := env(t, 2)
	players := compile(t, e, linearPlayer{name: "one", usd: 2e12}, worker{linearPlayer{name: "late", usd: 1e12}})
	axis := cascade.Even(0.1, 0.0025, []float64{1})
	last := len(e.Timeline.Slots) - 1
	all, halted, err := cascade.Respond(t.Context(), e, players, axis, []impact.Propagator{impact.Lasting()}, []int{0, last})
	if err != nil || halted != 0 {
		t.Fatal(err, halted)
	}
	got := all[0]
	for k, x := range axis.X {
		now, end := got[0], got[1]
		// 2e12·x at once; 1e12·x decided at the first close and sold over the second session.
		for i, want := range []float64{now[0].USD[0][k] / 2e12, now[1].USD[0][k] / 1e12, end[0].USD[0][k] / 2e12, end[1].USD[0][k] / 1e12} {
			if i == 1 {
				want += x // nothing yet
			}
			if !(math.Abs(want-x) < 1e-12) {
				t.Fatalf("point %v, response %d: %v", x, i, want)
			}
		}
	}
}

func TestOneWalkServesEveryDecayAsItsOwnWalkWould(t *testing.T) {
	e := env(t, 2)
	decays := []impact.Propagator{{Permanent: 0.2, Fast: 0.5, FastSessions: 0.5, SlowSessions: 10}, impact.Lasting()}
	players := compile(t, e, linearPlayer{name: "one", usd: 1e12}, worker{linearPlayer{name: "late", usd: 1e12}})
	axis := cascade.Even(0.1, 0.0025, []float64{1})
	ends := []int{0, len(e.Timeline.Slots) - 1}
	both, _, err := cascade.Respond(t.Context(), e, players, axis, decays, ends)
	if err != nil {
		t.Fatal(err)
	}
	for d, decay := range decays {
		alone, _, err := cascade.Respond(t.Context(), e, players, axis, []impact.Propagator{decay}, ends)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(both[d], alone[0]) {
			t.Errorf("decay %d differs from a walk of its own", d)
		}
	}
	if reflect.DeepEqual(both[0], both[1]) {
		t.Error("the decays make no difference")
	}
}

func TestWhatWasTradedEarlierHasWornOffMore(t *testing.T) {
	e := env(t, 2)
	decay := impact.Propagator{Permanent: 0.2, Fast: 0.5, FastSessions: 0.5, SlowSessions: 10}
	players := compile(t, e, linearPlayer{name: "one", usd: 1e12}, worker{linearPlayer{name: "late", usd: 1e12}})
	axis := cascade.Even(0.05, 0.01, []float64{1})
	all, _, err := cascade.Respond(t.Context(), e, players, axis, []impact.Propagator{decay}, []int{0, len(e.Timeline.Slots) - 1})
	if err != nil {
		t.Fatal(err)
	}
	got := all[0]
	if a, b := got[0][0].USD[0][0], got[1][0].USD[0][0]; !(math.Abs(b/a-decay.Left(2)) < 1e-14) {
		t.Errorf("after two sessions %v is left, want %v", b/a, decay.Left(2))
	}
	// Sold evenly over the second session: the mean of what is left over 0 to 1 sessions.
	want := 0.0
	for i := range 10000 {
		want += decay.Left((float64(i)+0.5)/10000) / 10000
	}
	if b := got[1][1].USD[0][0] / (1e12 * axis.X[0]); !(math.Abs(b-want) < 1e-8) {
		t.Errorf("of what is worked over the last session %v is left, want %v", b, want)
	}
}

func TestOtherAssetsMoveWithTheirBetaAndTheirFlowComesBackThroughTheMatrix(t *testing.T) {
	e := env(t, 1, flow.Asset{ID: "SPX", Price: 6000, LastClose: 6000}, flow.Asset{ID: "BTC", Price: 90000, LastClose: 90000})
	players := compile(t, e, coin{})
	axis := cascade.Even(0.5, 0.01, []float64{1, 3})
	all, _, err := cascade.Respond(t.Context(), e, players, axis, []impact.Propagator{impact.Lasting()}, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	got := all[0]
	for k, x := range axis.X {
		want := 1e9 * (math.Max(1+3*x, 0.05) - 1)
		if usd := got[0][0].USD; usd[0][k] != 0 || !(math.Abs(usd[1][k]-want) < 1e-3) {
			t.Fatalf("at %v: %v and %v, want %v", x, usd[0][k], usd[1][k], want)
		}
	}
	curve, err := impact.Law{Kind: impact.Inelastic}.Curve(impact.Market{Cap: 1e10, Multiplier: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := cascade.Map{X: axis.X, Players: got[0], Curves: []impact.Curve{{}, curve}, Weight: []float64{1, 0.2}, Small: 0.01}
	// 1e9·3x dollars of the coin move it by 0.3·x and the index by a fifth of that.
	if g, by := m.Loop(nil).Gain(0); !(math.Abs(g-0.06) < 1e-12) || len(by) != 1 {
		t.Errorf("gain %v, want 0.06", g)
	}
}

// coin trades the second asset.
type coin struct{ linearPlayer }

func (coin) Name() string { return "coin" }

func (c coin) Compile(ctx context.Context, e *flow.Env) (flow.Program, error) {
	c.assets, c.price = len(e.Assets), e.Assets[1].Price
	c.phases = flow.Tick
	return c, nil
}

func (c coin) Step(state []float64, m *flow.Moment, out, _ []float64) {
	for k := flow.Lanes; k < 2*flow.Lanes; k++ {
		want := 1e9 * (m.Price[k] - 1) / c.price
		out[k] += want - state[k]
		state[k] = want
	}
}
