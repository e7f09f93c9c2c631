package fedwatch_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/fedwatch"
	"faultline/market"
)

// twoYears makes an index that answers each change of the two-year yield, with some noise.
func twoYears(t testing.TB, slope, noise float64, until calendar.Date) *market.State {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 13))
	yields := &market.Series{ID: "DGS2", Unit: evidence.AsStated}
	bars := &market.Bars{Instrument: "SPX", Interval: market.Day}
	level, rate := 3000.0, 3.0
	for d := calendar.DateOf(2021, 1, 4); d <= until; d++ {
		x, err := calendar.NYSE().Session(d)
		if err != nil {
			continue
		}
		dr := 0.06 * rng.NormFloat64()
		rate += dr
		level *= 1 + 0.0004 + slope*dr + noise*rng.NormFloat64()
		n := int32(bars.Len() + 2)
		yields.About, yields.Known = append(yields.About, int64(d)*86400), append(yields.Known, x.Close.Unix())
		yields.Value, yields.Line = append(yields.Value, rate), append(yields.Line, n)
		bars.Append(int64(d)*86400, x.Close.Unix(), market.Missing, market.Missing, market.Missing, level, market.Missing, n)
	}
	var b market.Book
	b.Add(market.Dataset{Series: yields}, market.Dataset{Bars: bars})
	return b.AsOf((until + 1).At(0, 0, calendar.NewYork()))
}

func TestTheResponseOfAnIndexIsFoundWithinItsError(t *testing.T) {
	s := twoYears(t, -0.05, 0.008, date(t, "2025-11-21"))
	r, err := fedwatch.Respond(s, "SPX", fedwatch.TwoYear)
	if err != nil {
		t.Fatal(err)
	}
	if r.N < 36 || !(r.Error > 0) || !(math.Abs(r.ReturnPP+0.05) < 3*r.Error) || !(r.Error < 0.05) {
		t.Errorf("%+v, the slope is −0.05", r)
	}
	v, e := r.Per25()
	if v != r.ReturnPP/4 || e != r.Error/4 {
		t.Errorf("for 25 basis points %v ± %v of %+v", v, e, r)
	}
}

func TestTheResponseKnowsNothingOfLaterDays(t *testing.T) {
	whole := twoYears(t, -0.05, 0.008, date(t, "2025-11-21"))
	r, err := fedwatch.Respond(whole, "SPX", fedwatch.TwoYear)
	if err != nil {
		t.Fatal(err)
	}
	early := twoYears(t, -0.05, 0.008, date(t, "2024-06-28"))
	q, err := fedwatch.Respond(early, "SPX", fedwatch.TwoYear)
	if err != nil {
		t.Fatal(err)
	}
	if q.Last >= date(t, "2024-06-29") || q.N >= r.N || r.Last <= q.Last {
		t.Errorf("early %+v, late %+v", q, r)
	}
}

func TestTooFewEventsAndMissingSeriesAreSaid(t *testing.T) {
	f := func(want string, s *market.State, m fedwatch.Measure) {
		t.Helper()
		_, err := fedwatch.Respond(s, "SPX", m)
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f("too_few_events", twoYears(t, -0.05, 0.01, date(t, "2021-06-01")), fedwatch.TwoYear)
	f("no_published_odds", twoYears(t, -0.05, 0.01, date(t, "2021-06-01")), fedwatch.PublishedOdds)
	f("no_daily_bars", (&market.Book{}).AsOf(date(t, "2021-06-01").At(16, 0, calendar.NewYork())), fedwatch.TwoYear)
}

// Real data: what the register of the policy shock takes from here.
func TestTheResponseOfTheSPXOnRealData(t *testing.T) {
	s := book(t, endOf(date(t, "2025-11-21")), "macro/DGS2.csv", "daily/GSPC.csv",
		"fed/FedMeeting_20250618.csv", "fed/FedMeeting_20250730.csv", "fed/FedMeeting_20250917.csv", "fed/FedMeeting_20251210.csv")
	for _, m := range []fedwatch.Measure{fedwatch.TwoYear, fedwatch.PublishedOdds} {
		r, err := fedwatch.Respond(s, "SPX", m)
		if err != nil {
			t.Fatal(err)
		}
		v, e := r.Per25()
		t.Logf("%s: %d events %s to %s: %.2f %% ± %.2f for 25 bp, R² %.2f", m, r.N, r.First, r.Last, 100*v, 100*e, r.R2)
		// Bernanke and Kuttner's −1.2 % for 25 basis points, within a wide margin, is the size to expect.
		if !(v < 0 && v > -0.1) {
			t.Errorf("%s: %+v", m, r)
		}
	}
}
