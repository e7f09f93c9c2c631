package faultline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"faultline"
	"faultline/assumption"
	"faultline/cascade"
	"faultline/impact"
	"faultline/market"
)

// quick are assumptions under which a simulation takes a moment.
func quick(t testing.TB) faultline.Assumptions {
	t.Helper()
	a := few(t)
	for _, s := range []string{"cascade.paths=128", "cascade.subset_paths=32", "cascade.ticks=6"} {
		var err error
		if a, err = a.WithText(s, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func madeUp(t testing.TB) *market.State {
	var b market.Book
	b.Add(base(t)...)
	return b.AsOf(close)
}

func shocked(t testing.TB, s *market.State, a faultline.Assumptions, o faultline.ShockOptions) *faultline.Analysis {
	t.Helper()
	out, err := faultline.Analyze(t.Context(), s, a, faultline.WithShock(o))
	if err != nil {
		t.Fatal(err)
	}
	if out.Shock == nil {
		t.Fatalf("no shock: %+v", out.Missing)
	}
	return out
}

func TestAShockStandsUnderThreeLawsWithAndWithoutDealers(t *testing.T) {
	s := madeUp(t)
	a := shocked(t, s, quick(t), faultline.ShockOptions{Size: -0.03, Loss: 0.08})
	x := a.Shock
	if x.Size != -0.03 || x.Horizon != "1w" || len(x.Laws) != 3 || x.ImpactLaw != "square_root" || x.Reverse == nil || x.Transmit == nil {
		t.Fatalf("%+v", x)
	}
	sum := 0.0
	for _, n := range x.Shocks {
		sum += n.Move[0]
	}
	if !(math.Abs(sum+0.03) < 1e-12) {
		t.Errorf("the shocks move the index by %v together", sum)
	}
	for _, l := range x.Laws {
		for _, w := range []faultline.WithWithout{l.Amplification, l.LoopGain.Total, l.Resonance} {
			if w.With.Value == nil && w.With.Absent == nil || w.Without == nil {
				t.Errorf("%s: %+v", l.Law, w)
			}
		}
		total, parts := 0.0, 0.0
		for _, p := range l.LoopGain.Players {
			if x := p.Figure; x.Low == nil || x.High == nil || !(*x.Low <= *x.High) {
				t.Errorf("%s: the gain of %s has no interval", l.Law, p.Name)
			}
			total += *p.Figure.Value
		}
		if !(math.Abs(total-*l.LoopGain.Total.With.Value) < 1e-9) {
			t.Errorf("%s: gains of the participants sum to %v, in all %v", l.Law, total, *l.LoopGain.Total.With.Value)
		}
		for _, p := range l.Shapley {
			parts += *p.Figure.Value
		}
		// Efficiency: the values add up to the mean move with everybody less that with nobody, which is
		// noise of a week at 1 % a day over 32 paths.
		if !(parts < -0.02 && parts > -0.08) {
			t.Errorf("%s: Shapley values sum to %v", l.Law, parts)
		}
		if len(l.Curves) != len(faultline.ShockHorizons) || l.Distribution == nil || l.WithoutDist == nil || len(l.Distribution.Flow) == 0 {
			t.Errorf("%s: %d curves, distribution %v", l.Law, len(l.Curves), l.Distribution != nil)
		}
	}
}

func TestTheSameShockGivesTheSameBytes(t *testing.T) {
	s := madeUp(t)
	o := faultline.ShockOptions{Size: -0.02, Horizon: "close"}
	var texts [2][]byte
	for i := range texts {
		var err error
		if texts[i], err = json.Marshal(shocked(t, s, quick(t), o)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error("two runs of the same shock differ")
	}
	o.Size = -0.021
	if a, b := shocked(t, s, quick(t), o), shocked(t, s, quick(t), faultline.ShockOptions{Size: -0.02, Horizon: "close"}); a.RunID == b.RunID {
		t.Error("another shock has the same run id")
	}
}

func TestAParticipantAloneKeepsItsGainAndWithoutAnyThereIsNoLoop(t *testing.T) {
	s := madeUp(t)
	o := faultline.ShockOptions{Size: -0.03, Fast: true}
	all := shocked(t, s, quick(t), o).Shock
	o.Participants = []string{"letf"}
	one := shocked(t, s, quick(t), o).Shock
	for i, l := range one.Laws {
		if l.Law == "square_root" {
			continue // its slope depends on what the others trade
		}
		for _, p := range all.Laws[i].LoopGain.Players {
			if p.Name == "letf" && !(math.Abs(*p.Figure.Value-*l.LoopGain.Players[0].Figure.Value) < 1e-12) {
				t.Errorf("%s: %v among all, %v alone", l.Law, *p.Figure.Value, *l.LoopGain.Players[0].Figure.Value)
			}
		}
	}
	o.Participants = []string{"perp"} // nothing is known of it here
	out, err := faultline.Analyze(t.Context(), s, quick(t), faultline.WithShock(o))
	if err != nil {
		t.Fatal(err)
	}
	if out.Shock != nil {
		t.Error("a loop of nobody")
	}
	found := false
	for _, m := range out.Missing {
		found = found || m.Part == "shock" && m.Absent.Code == "no_participant"
	}
	if !found {
		t.Errorf("missing %+v", out.Missing)
	}
}

func TestWhatCannotBeAShockIsRefusedWithItsReason(t *testing.T) {
	a := assumption.Default()
	var unknown *faultline.UnknownNameError
	for _, o := range []faultline.ShockOptions{
		{Participants: []string{"bob"}}, {Horizon: "0"}, {Shocks: []string{"flood"}}, {Shocks: []string{}}, {Law: "cubic"},
	} {
		if err := o.Check(a); !errors.As(err, &unknown) || len(unknown.Known) == 0 {
			t.Errorf("%+v: %v", o, err)
		}
	}
	var size *cascade.ShockError
	for _, o := range []faultline.ShockOptions{{Size: -1}, {Size: -2}, {Size: math.NaN()}} {
		if err := o.Check(a); !errors.As(err, &size) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	var loss *faultline.LossError
	for _, o := range []faultline.ShockOptions{{Loss: 1}, {Loss: -0.1}, {Loss: math.NaN()}} {
		if err := o.Check(a); !errors.As(err, &loss) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	var depth *impact.InputError
	if err := (faultline.ShockOptions{Depth: -1}).Check(a); !errors.As(err, &depth) {
		t.Errorf("negative depth: %v", err)
	}
}

func TestAShockThatTakesACoinToZeroIsMissingWithItsReason(t *testing.T) {
	out, err := faultline.Analyze(t.Context(), madeUp(t), quick(t), faultline.WithShock(faultline.ShockOptions{Size: -0.6, Fast: true}))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Missing {
		if m.Part == "shock" && m.Absent.Code == "shock_too_large" {
			return
		}
	}
	t.Errorf("missing %+v", out.Missing)
}

func TestAGivenDepthSetsTheLinearLaw(t *testing.T) {
	s := madeUp(t)
	x := shocked(t, s, quick(t), faultline.ShockOptions{Size: -0.03, Fast: true, Depth: 5e9}).Shock
	if d := *x.Laws[0].Depth.Value; !(math.Abs(d-5e9) < 1) {
		t.Errorf("%v dollars for 1 %%, want 5e9", d)
	}
}

func TestNowTakesNoTimeAndItsAttributionHasIntervalsOverDraws(t *testing.T) {
	x := shocked(t, madeUp(t), quick(t), faultline.ShockOptions{Size: -0.03, Horizon: "now"}).Shock
	said := false
	for _, c := range x.Caveats {
		said = said || c.Code == "no_paths_now"
	}
	if !said {
		t.Errorf("nothing says that there are no paths: %+v", x.Caveats)
	}
	for _, l := range x.Laws {
		if l.Distribution != nil {
			t.Errorf("%s: a distribution without paths", l.Law)
		}
		sum := 0.0
		for _, p := range l.Shapley {
			if p.Figure.Low == nil || p.Figure.High == nil || !(*p.Figure.Low <= *p.Figure.High) {
				t.Errorf("%s: %+v has no interval", l.Law, p)
			}
			sum += *p.Figure.Value
		}
		// Efficiency: the values add up to what the shock adds to a market without one and without players.
		if !l.Away && !(math.Abs(sum-*l.FinalMove.With.Value) < 1e-12) {
			t.Errorf("%s: Shapley values add up to %v, the final move is %v", l.Law, sum, *l.FinalMove.With.Value)
		}
		if f := l.Resonance.With; f.Value != nil && (f.Low == nil || f.High == nil) {
			t.Errorf("%s: resonance %+v has no interval", l.Law, f)
		}
	}
}

func TestALoopIsAlsoSolvedInAllAssetsAtOnceEachFromItsOwnShock(t *testing.T) {
	x := shocked(t, madeUp(t), quick(t), faultline.ShockOptions{Size: -0.03, Horizon: "1d"}).Shock
	for _, l := range x.Laws {
		if len(l.Together) != len(x.Universe) {
			t.Fatalf("%s: %d assets, want %d", l.Law, len(l.Together), len(x.Universe))
		}
		for a, r := range l.Together {
			want := 0.0
			for _, n := range x.Shocks {
				want += n.Move[a]
			}
			if r.ID != x.Universe[a].ID || !(math.Abs(r.Shock-want) < 1e-12) || r.Move.With.Value == nil || r.Move.Without == nil {
				t.Errorf("%s: %+v, want a rest of %s from a shock of %v", l.Law, r, x.Universe[a].ID, want)
			}
		}
		// The index alone and with the others by beta differ by what the coins' own shocks set off: less than
		// the loop adds to the shock.
		one, all := *l.FinalMove.With.Value, *l.Together[0].Move.With.Value
		if !(math.Abs(all-one) < math.Abs(one-x.Size)+1e-4) {
			t.Errorf("%s: %v by beta, %v at once", l.Law, one, all)
		}
	}
}

func TestWhoTradesBothWaysTradesBackWhenAShockIsTakenBack(t *testing.T) {
	x := shocked(t, madeUp(t), quick(t), faultline.ShockOptions{Size: -0.03}).Shock.Transmit
	last := len(x.Session) - 1
	for name, held := range x.USD {
		back := x.Back[name]
		for i := range x.BackAfter + 1 {
			if back[i] != held[i] {
				t.Errorf("%s: the paths part at session %d, before the shock is taken back", name, i)
			}
		}
		switch x.Kind[name] {
		case "hedging": // what has not expired by then is hedged back, at once
			if turn := back[x.BackAfter+1] - held[x.BackAfter]; !(turn*held[0] < 0) {
				t.Errorf("%s traded %v on the shock and %v when it was taken back", name, held[0], turn)
			}
		case "rebalancing", "trend":
			if held[last] != 0 && back[last] == held[last] {
				t.Errorf("%s trades %v whether the price comes back or not", name, held[last])
			}
		}
	}
}
