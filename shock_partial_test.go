package faultline

import (
	"testing"
)

// The tornado walks only the participant that an assumption belongs to. That is right as long as nobody
// reads another's assumptions: every uncertain assumption must give the same amplification, bit for bit,
// when everybody walks anew.
func TestOnlyTheOwnerOfAnAssumptionNeedsToWalkAnew(t *testing.T) {
	_, p := shippedCase(t)
	var r *run
	a := withoutBands(t)
	if _, err := Analyze(t.Context(), p.Book.AsOf(p.Meta.AsOf), a, func(x *run) {
		if r == nil {
			r = x
		}
	}); err != nil {
		t.Fatal(err)
	}
	r.ctx = t.Context() // that of the analysis ended with it
	x, err := r.stage(ShockOptions{Size: -0.03})
	if err != nil {
		t.Fatal(err)
	}
	maps, _, err := x.maps(t.Context(), x.base, ShockHorizons)
	if err != nil {
		t.Fatal(err)
	}
	base := maps[x.opts.Law][x.opts.Horizon]
	middle, _ := base.Loop(nil).Amplification(x.size)
	moves := 0
	for _, it := range a.Items() {
		if !it.Spread {
			continue
		}
		for _, at := range []float64{it.Low, it.High} {
			set, err := a.With(it.Name, at, "test")
			if err != nil {
				t.Fatal(err)
			}
			all, err := x.under(set)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := all[x.opts.Law][x.opts.Horizon].Loop(nil).Amplification(x.size)
			got := middle
			if x.reads(it.Name) {
				m, err := x.moved(base, set, it.Name)
				if err != nil {
					t.Fatal(err)
				}
				got, _ = m.Loop(nil).Amplification(x.size)
			}
			if got != want {
				t.Errorf("%s = %v: %v, when everybody walks anew %v", it.Name, at, got, want)
			}
			if want != middle {
				moves++
			}
		}
	}
	if moves < 10 {
		t.Errorf("only %d ends of ranges change the amplification", moves)
	}
}
