package cta_test

import (
	"errors"
	"math"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/market"
)

// A desk that publishes what the model says must be met without error, and its parameters be found.
func TestValidationFindsTheModelThatMadeTheReadouts(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	prices := madeMarkets(4000, last, "SPX", "DAX", "N225", "HSI")
	a := noBands(t) // tapes from the paths alone, as the calibration has them
	readouts := modelledReadouts(t, prices, last, 9)
	v, err := cta.Validate(t.Context(), readouts, prices, a)
	if err != nil {
		t.Fatal(err)
	}
	if v.Readouts != 9 || v.Regions != 4 {
		t.Fatalf("%d readouts, %d regions", v.Readouts, v.Regions)
	}
	want := v.InForce
	for _, f := range append(v.Folds, v.All) {
		if f.Squash != want.Squash || f.VolSpan != want.VolSpan || f.Adjust != want.Adjust || f.Buffer != want.Buffer || f.TapeSpan != want.TapeSpan || !(math.Abs(f.Risk/want.Risk-1) < 1e-9) {
			t.Errorf("fit %+v of readouts that %+v made", f, want)
		}
	}
	for area, f := range v.Flows {
		if !(f.Skill.Value > 1-1e-12 && f.Demeaned.Value > 1-1e-12 && f.Pooled.Value > 1-1e-12 && f.Sign.Value == 1) {
			t.Errorf("%s: %+v", cta.Areas[area], f)
		}
	}
	for _, p := range v.Pivots {
		// The grid of spans holds the span in force.
		if !(p.MeanAbs.Value < 1e-12) {
			t.Errorf("%s pivots miss by %v", p.Name, p.MeanAbs.Value)
		}
	}
	if !(v.Position.Value < 1 && v.PositionUS.Value < 1 && v.Percentile.Value < 1e-6) {
		t.Errorf("positions miss by %v and %v dollars, percentiles by %v", v.Position.Value, v.PositionUS.Value, v.Percentile.Value)
	}
	if b := v.Baseline[0]; !(b.Skill.Value < 0) {
		t.Errorf("the mean of the other readouts has skill %v", b.Skill.Value)
	}
	best := v.Lags[1]
	for _, l := range v.Lags {
		if l.Sessions != best.Sessions && !(l.Skill[0] < best.Skill[0] && l.Pivot[0] > best.Pivot[0]) {
			t.Errorf("state at session %+d is as good as the close before: %+v", l.Sessions, l)
		}
	}
}

// modelledReadouts are readouts of a desk that publishes what the model says.
func modelledReadouts(t *testing.T, prices *market.State, last calendar.Date, n int) []cta.Readout {
	t.Helper()
	var readouts []cta.Readout
	for i := range n {
		d := last - calendar.Date(70*i)
		for {
			if _, err := calendar.NYSE().Session(d); err == nil {
				break
			}
			d--
		}
		before, err := calendar.NYSE().Prev(d)
		if err != nil {
			t.Fatal(err)
		}
		r := mustRead(t, upTo(t, prices, before.Date, "SPX", "DAX", "N225", "HSI"))
		x := cta.Empty(d)
		x.Dated = true
		x.Position, x.PositionUS, x.Percentile = r.PositionUSD, r.PositionUSUSD, r.Percentile
		for k := range r.Pivots {
			x.Pivot[k] = r.Pivots[k].Price
		}
		for h := range x.Flow {
			for s := range x.Flow[h] {
				x.Flow[h][s] = [2]float64{r.Tapes[h][s].Global.P50, r.Tapes[h][s].US.P50}
			}
		}
		readouts = append(readouts, x)
	}
	return readouts
}

// upTo is a State as of the close of a date.
func upTo(t *testing.T, s *market.State, d calendar.Date, ids ...string) *market.State {
	t.Helper()
	var b market.Book
	for _, id := range ids {
		x, err := s.Daily(id)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(market.Dataset{Bars: x})
	}
	x, err := calendar.NYSE().Session(d)
	if err != nil {
		t.Fatal(err)
	}
	return b.AsOf(x.Close)
}

func TestValidationRefusesTooFewReadouts(t *testing.T) {
	prices := made(2000, calendar.DateOf(2025, 11, 19))
	r := cta.Empty(calendar.DateOf(2025, 11, 3))
	r.Dated = true
	_, err := cta.Validate(t.Context(), []cta.Readout{r, r, cta.Empty(calendar.DateOf(2025, 11, 4))}, prices, assumption.Default())
	var a *evidence.Absent
	if !errors.As(err, &a) || a.Code != "too_few_readouts" || a.Args["has"] != 2 {
		t.Fatalf("two dated readouts give %v", err)
	}
}

func TestReadoutsAreCollectedFromTheirSeries(t *testing.T) {
	var b market.Book
	add := func(id string, unit evidence.Unit, d calendar.Date, v float64) {
		s := &market.Series{ID: id, Unit: unit}
		s.Append(int64(d)*86400, int64(d)*86400, v, 1)
		b.Add(market.Dataset{Series: s})
	}
	early, late := calendar.DateOf(2025, 3, 3), calendar.DateOf(2025, 6, 2)
	add("readout/house_a/flow_1w_down_us", evidence.USDBillions, early, -2.5)
	add("readout/house_a/pivot_long", evidence.Points, early, 5400)
	add("readout/house_b/global_equity_long_usd_bn", evidence.USDBillions, late, 90)
	add("readout/house_b/percentile", evidence.Percentile, late, 71)
	add("readout/house_b/flow_1m_up_global", evidence.USDBillions, late, 12)
	add("readout/house_c/dated", evidence.Count, late, 0)
	add("readout/house_c/pivot_short", evidence.Points, late, 5900)
	add("other/house_a/pivot_short", evidence.Points, late, 1)
	got := cta.ReadoutsOf(b.AsOf(calendar.DateOf(2025, 7, 1).At(0, 0, calendar.NewYork())))
	if len(got) != 3 {
		t.Fatalf("%d readouts", len(got))
	}
	a, c, d := got[0], got[1], got[2]
	if a.Date != early || a.Publisher != "house_a" || !a.Futures || !a.Dated || a.Flow[cta.OneWeek][cta.Down][1] != -2.5e9 || a.Pivot[2] != 5400 {
		t.Errorf("first: %+v", a)
	}
	if c.Date != late || c.Futures || c.Position != 90e9 || c.Percentile != 71 || c.Flow[cta.OneMonth][cta.Up][0] != 12e9 {
		t.Errorf("second: %+v", c)
	}
	if d.Dated || d.Pivot[0] != 5900 {
		t.Errorf("third: %+v", d)
	}
	if !market.IsMissing(a.Position) || !market.IsMissing(a.Flow[0][0][0]) {
		t.Errorf("what was not stated became a number: %+v", a)
	}
}
