package cta_test

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/flow/cta"
)

// Two houses: one publishes what the model says, the other the same with known errors.
func TestABankIsScoredByHowFarItIsFromTheModel(t *testing.T) {
	last := calendar.DateOf(2025, 11, 19)
	prices := madeMarkets(4000, last, "SPX", "DAX", "N225", "HSI")
	var readouts []cta.Readout
	for _, r := range modelledReadouts(t, prices, last, 9) {
		r.Publisher = "alike"
		readouts = append(readouts, r)
		r.Publisher = "other"
		r.Position += 7e9
		r.Pivot[0] *= 1.01
		for h := range r.Flow {
			for s := range r.Flow[h] {
				r.Flow[h][s][0] *= -1
			}
		}
		readouts = append(readouts, r)
	}
	stray := cta.Empty(last)
	stray.Publisher = "undated"
	late := cta.Empty(last + 30)
	late.Publisher, late.Dated = "late", true
	b, err := cta.ScoreBanks(t.Context(), append(readouts, stray, late), prices, noBands(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Rows) != 18 {
		t.Errorf("%d readouts were used", len(b.Rows))
	}
	why := map[string]string{}
	for _, s := range b.Skipped {
		why[s.Publisher] = s.Why.Code
	}
	if len(why) != 2 || why["undated"] != "readout_undated" || why["late"] != "readout_after_prices" {
		t.Errorf("skipped: %v", why)
	}
	years := map[int]int{}
	for _, s := range b.Scores {
		if s.Figure == "position" && s.Publisher == "alike" {
			years[s.Year] = s.N
		}
		if s.Year != 0 {
			continue
		}
		want, bias := 0.0, 0.0
		switch {
		case s.Publisher == "other" && s.Figure == "position":
			want, bias = 7e9, 7e9
		case s.Publisher == "other" && s.Figure == "pivot_short":
			want, bias = 0.01, 0.01
		case s.Publisher == "other" && (s.Figure == "flow_1w_global" || s.Figure == "flow_1m_global"):
			if s.NumSign == 0 || s.Same != 0 {
				t.Errorf("a house of the opposite sign has it right in %v of %d", s.Same, s.NumSign)
			}
			continue
		case s.NumSign > 0 && s.Same != 1:
			t.Errorf("%s, %s: signs right in %v", s.Publisher, s.Figure, s.Same)
		}
		size := 1.0
		if want == 0 || want > 1 {
			size = 1e10 // dollars of a position or a flow, which the two walks of a tape add up in their own order
		}
		if s.Figure == "percentile" || s.Figure[:6] == "pivot_" {
			size = 1
		}
		if !(math.Abs(s.MeanAbs-want) <= 1e-12*size && math.Abs(s.Bias-bias) <= 1e-12*size) {
			t.Errorf("%s, %s: mean error %v, bias %v, want %v and %v", s.Publisher, s.Figure, s.MeanAbs, s.Bias, want, bias)
		}
	}
	sum := 0
	for y, n := range years {
		if y != 0 {
			sum += n
		}
	}
	if years[0] != 9 || sum != 9 {
		t.Errorf("readouts by year: %v", years)
	}
	for _, o := range b.Outcomes {
		switch {
		case o.N != 8: // the prices end before the week after the last readout does
			t.Errorf("%s, %s: %d outcomes", o.Publisher, o.Area, o.N)
		// Tapes are read off at the move of the S&P 500: only in its own market must that beat no forecast on eight
		// weeks of made prices, in which the other markets go ways of their own.
		case o.Publisher == "alike" && (!(math.Abs(o.BankRMS/o.ModelRMS-1) < 1e-12) || o.Area == "us" && !(o.BankRMS < o.NoneRMS)):
			t.Errorf("the model's own forecast misses by %v, %v, none by %v", o.BankRMS, o.ModelRMS, o.NoneRMS)
		case o.Publisher == "other" && o.Area == "global" && !(o.BankRMS > o.NoneRMS && o.BankSign < 0.5):
			t.Errorf("the opposite forecast misses by %v, none by %v; signs right %v", o.BankRMS, o.NoneRMS, o.BankSign)
		}
	}
	if len(b.Outcomes) != 4 {
		t.Errorf("%d outcomes", len(b.Outcomes))
	}
}
