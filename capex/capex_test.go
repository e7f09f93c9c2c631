package capex

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// filed makes a series of figures by calendar quarter from "2021Q1" on; Missing leaves one out.
func filed(ticker string, from int, values ...float64) *market.Series {
	s := &market.Series{ID: "capex/" + ticker}
	for i, v := range values {
		if market.IsMissing(v) {
			continue
		}
		d := time.Date(from, time.Month(1+3*i), 1, 0, 0, 0, 0, time.UTC)
		s.Append(d.Unix(), d.AddDate(0, 6, 10).Unix(), v, int32(i+1))
	}
	return s
}

func TestSumsForTheYearToDateAreUndone(t *testing.T) {
	f := func(ticker string, from int, values []float64, want string) {
		t.Helper()
		q, err := Quarters(ticker, filed(ticker, from, values...))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range q {
			if x.Absent != nil {
				got = append(got, x.Start.Format("0601")+":"+x.Absent.Code)
				continue
			}
			got = append(got, fmt.Sprintf("%s:%.4g", x.Start.Format("0601"), x.USD))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s\nwant %s", ticker, strings.Join(got, " "), want)
		}
	}
	no := market.Missing
	// A calendar year filed as sums, and one filed by quarters with the year in the annual report.
	f("GOOGL", 2021, []float64{6, 11, 18, 24}, "2101:6 2104:5 2107:7 2110:6")
	f("AMZN", 2021, []float64{12, 14, 16, 61}, "2101:12 2104:14 2107:16 2110:19")
	// A year that ends in June: the third calendar quarter begins it. Of the year before half is missing.
	f("MSFT", 2021, []float64{no, no, 6, 6.2, 6.5, 26}, "2107:6 2110:6.2 2201:6.5 2204:7.3")
	// Nvidia's year begins in the second calendar quarter. Two quarters of the second year are missing, so
	// that the sum of three cannot be undone, while the last quarter can.
	f("NVDA", 2021, []float64{no, 0.3, 0.5, 0.7, 1, no, no, 1.3, 1.8},
		"2104:0.3 2107:0.2 2110:0.2 2201:0.3 2210:quarter_before_missing 2301:0.5")
	// The third figure is below the second: not a sum. The year is less than its quarters: not quarters.
	f("META", 2021, []float64{6, 12, 9, 20}, "2101:not_reconciled 2104:not_reconciled 2107:not_reconciled 2110:not_reconciled")
	if _, err := Quarters("NOBODY", filed("NOBODY", 2021, 1, 2)); err == nil {
		t.Error("a company without a known fiscal year was taken")
	}
}

// Whatever smooth spending a company files, in either habit, comes back.
func TestUndoingRecoversWhatWasSpent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		years := rapid.IntRange(2, 5).Draw(t, "years")
		sums := rapid.Bool().Draw(t, "sums")
		spent, reported := make([]float64, 4*years), make([]float64, 4*years)
		x := rapid.Float64Range(1, 20).Draw(t, "first")
		for i := range spent {
			spent[i] = x
			x *= rapid.Float64Range(0.9, 1.2).Draw(t, "growth")
		}
		for y := range years {
			sum := 0.0
			for k := range 4 {
				sum += spent[4*y+k]
				reported[4*y+k] = spent[4*y+k]
				if sums || k == 3 {
					reported[4*y+k] = sum
				}
			}
		}
		got, err := Quarters("GOOGL", filed("GOOGL", 2018, reported...))
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range got {
			if q.Absent != nil || !(math.Abs(q.USD-spent[i]) < 1e-9*spent[i]+1e-9) {
				t.Fatalf("quarter %d: %+v, spent %v", i, q, spent[i])
			}
		}
	})
}

// facts writes company facts in the form of the SEC, from lines "start end filed value".
func facts(lines ...string) string {
	var items []string
	for _, l := range lines {
		f := strings.Fields(l)
		items = append(items, fmt.Sprintf(`{"start":%q,"end":%q,"filed":%q,"val":%s,"form":"10-Q","fy":2024,"fp":"Q1"}`, f[0], f[1], f[2], f[3]))
	}
	return `{"cik":1,"entityName":"Invented Corp","facts":{"dei":{},"us-gaap":{"PaymentsToAcquirePropertyPlantAndEquipment":{"label":"x","units":{"USD":[` +
		strings.Join(items, ",") + `]}}}}}`
}

func TestCompanyFactsGiveQuartersByTheirPeriods(t *testing.T) {
	text := facts(
		"2024-01-01 2024-03-31 2024-04-25 10",
		"2024-01-01 2024-06-30 2024-07-25 22",
		"2024-04-01 2024-06-30 2024-07-25 12",
		"2024-01-01 2024-09-30 2024-10-25 37",
		"2024-01-01 2024-12-31 2025-02-05 57",
		"2024-01-01 2024-03-31 2025-04-25 11", // restated a year later
		"2025-01-01 2025-03-31 2025-04-25 25",
		"2025-01-01 2025-06-30 2025-07-25 60",
		"2025-04-01 2025-06-30 2025-07-25 40", // does not fit the sum
		"2025-07-01 2025-12-31 2026-02-05 70", // half a year without its first quarter
	)
	entity, filings, err := ReadCompanyFacts(strings.NewReader(text))
	if err != nil || entity != "Invented Corp" || len(filings) != 10 {
		t.Fatalf("%s, %d, %v", entity, len(filings), err)
	}
	line := func(at string) string {
		d, err := time.Parse(time.DateOnly, at)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, q := range QuartersOf(filings, d) {
			x := fmt.Sprintf("%.4g", q.USD)
			if q.Absent != nil {
				x = q.Absent.Code
			}
			out = append(out, q.Start.Format("0601")+":"+x)
		}
		return strings.Join(out, " ")
	}
	for at, want := range map[string]string{
		"2024-12-31": "2401:10 2404:12 2407:15",
		"2025-03-01": "2401:10 2404:12 2407:15 2410:20",
		// The restated first quarter leaves 11 for the second against 12 filed: more than 2 % apart.
		"2026-03-01": "2401:11 2404:not_reconciled 2407:15 2410:20 2501:25 2504:not_reconciled 2510:quarter_before_missing",
	} {
		if got := line(at); got != want {
			t.Errorf("at %s: %s\nwant %s", at, got, want)
		}
	}
}

func TestCompanyFactsThatCannotBeReadSayWhy(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no capex": `{"entityName":"X","facts":{"us-gaap":{}}}`, "a list": "[]",
		"a bad day":  facts("2024-01-01 2024-13-31 2024-04-25 10"),
		"no value":   facts("2024-01-01 2024-03-31 2024-04-25 null"),
		"backwards":  facts("2024-03-31 2024-01-01 2024-04-25 10"),
		"not a form": `{"facts":{"us-gaap":{"PaymentsToAcquirePropertyPlantAndEquipment":{"units":{"USD":[{"val":"ten"}]}}}}}`,
	} {
		if _, _, err := ReadCompanyFacts(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzReadCompanyFacts(f *testing.F) {
	f.Add(facts("2024-01-01 2024-03-31 2024-04-25 10", "2024-01-01 2024-06-30 2024-07-25 22"))
	f.Fuzz(func(t *testing.T, text string) {
		_, filings, err := ReadCompanyFacts(strings.NewReader(text))
		if err == nil {
			QuartersOf(filings, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
		}
	})
}

// Calendar years must come out at what annual reports state for them: the figures stand in the same file
// as the annual ones, so that only the undoing is held against itself; that spending is plausible is seen from
// the ratio of neighbours.
func TestTheRealTableOfFilingsIsUndone(t *testing.T) {
	file, err := os.Open("../../shared/data/capex/capex.json")
	if err != nil {
		t.Skip("the shared data are not beside the repository")
	}
	defer file.Close()
	res, err := feed.Read(context.Background(), file, feed.Options{Name: "capex.json"})
	if err != nil {
		t.Fatal(err)
	}
	var b market.Book
	b.Add(res.Sets...)
	s := b.AsOf(time.Date(2026, 8, 21, 0, 0, 0, 0, time.UTC))
	for ticker, want := range map[string]string{
		"AMZN": "0 absent", "GOOGL": "0 absent", "META": "0 absent", "TSLA": "0 absent",
	} {
		series, err := s.Series("capex/" + ticker)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Quarters(ticker, series)
		if err != nil {
			t.Fatal(err)
		}
		absent, last := 0, 0.0
		for _, x := range q {
			if x.Absent != nil {
				absent++
				continue
			}
			if last > 0 && !(x.USD > last/2.6 && x.USD < last*2.6) {
				t.Errorf("%s %s: %v after %v", ticker, x.Start.Format("2006-01"), x.USD, last)
			}
			last = x.USD
		}
		if got := fmt.Sprintf("%d absent", absent); got != want {
			t.Errorf("%s: %s, want %s", ticker, got, want)
		}
	}
	// Microsoft's first two figures and Nvidia's and Apple's gaps cannot all be undone; what can must be.
	for ticker, least := range map[string]int{"MSFT": 20, "AAPL": 18, "NVDA": 14} {
		series, err := s.Series("capex/" + ticker)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Quarters(ticker, series)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, x := range q {
			if x.Absent == nil {
				n++
			}
		}
		if n < least {
			t.Errorf("%s: only %d of %d quarters", ticker, n, len(q))
		}
	}
}

func drawn(t *rapid.T) Inputs {
	return Read(assumption.Default().Draw(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "draw")))
}

func TestTheCurveOfSubstitutionRunsFromTodayToItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		for _, b := range in.Buyers {
			last := b.OwnNow
			if got := in.Own(b, 2025); !(math.Abs(got-b.OwnNow) < 1e-12) {
				t.Fatalf("%s starts at %v, not %v", b.Ticker, got, b.OwnNow)
			}
			for y := 2026; y <= 2100; y++ {
				own := in.Own(b, y)
				if b.OwnLimit >= b.OwnNow && !(own >= last-1e-12) || !(own >= min(b.OwnNow, b.OwnLimit)-1e-12 && own <= max(b.OwnNow, b.OwnLimit)+1e-12) {
					t.Fatalf("%s in %d: %v after %v", b.Ticker, y, own, last)
				}
				last = own
			}
			if !(math.Abs(last-b.OwnLimit) < 1e-6) {
				t.Fatalf("%s ends at %v, not %v", b.Ticker, last, b.OwnLimit)
			}
		}
	})
}

// Nothing happening changes nothing; losing demand costs revenue and margin, and earnings fall more than revenue,
// because expenses are fixed in part and the price comes out of the margin.
func TestNvidiaLosesMoreEarningsThanRevenue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		for y := FirstYear; y <= LastYear; y++ {
			base := in.NvidiaIn(y, Case{})
			if base.Lost != 0 || !(math.Abs(base.Margin-in.Margin) < 1e-12) {
				t.Fatalf("nothing happened and %+v", base)
			}
			for _, c := range []Case{{Substitution: true}, {Cut: true}, {true, true}} {
				got := in.NvidiaIn(y, c)
				if got.Lost < 1e-9 {
					continue // a buyer whose limit is below today's share can outweigh the others
				}
				revenue, earnings := got.Revenue/base.Revenue-1, got.Earnings/base.Earnings-1
				if in.Elasticity < 1 && !(revenue < 0) || !(got.Margin <= base.Margin+1e-12) || !(earnings <= revenue+1e-9) {
					t.Fatalf("%d %+v: revenue %v, margin %v, earnings %v", y, c, revenue, got.Margin, earnings)
				}
			}
		}
	})
}

// A price that does not answer and expenses that are all variable leave the margin and lower earnings as revenue.
func TestWithoutPriceAndFixedCostsEverythingFallsAlike(t *testing.T) {
	in := Read(assumption.Default())
	in.PriceResponse, in.OpexShare = 0, 1
	base, got := in.NvidiaIn(2028, Case{}), in.NvidiaIn(2028, Case{Cut: true})
	r, e := got.Revenue/base.Revenue, got.Earnings/base.Earnings
	if !(math.Abs(r-e) < 1e-12) || !(math.Abs(got.Margin-base.Margin) < 1e-12) || !(math.Abs(r-(1-got.Lost)) < 1e-12) {
		t.Errorf("revenue %v, earnings %v, margin %v, lost %v", r, e, got.Margin, got.Lost)
	}
}

// The needed revenue pays the hardware back: its margin, discounted over the life, is the spending.
func TestTheNeededRevenueEarnsTheCostOfCapital(t *testing.T) {
	in := Read(assumption.Default())
	in.Life = 5
	for _, b := range in.Buyers {
		value := 0.0
		for y := 1; y <= 5; y++ {
			value += in.Needed(b) * in.AIMargin / math.Pow(1+in.CostOfCapital, float64(y))
		}
		if !(math.Abs(value/b.Plan-1) < 1e-12) {
			t.Errorf("%s: %v of %v", b.Ticker, value, b.Plan)
		}
	}
	in.CostOfCapital = 0
	if got := in.Needed(in.Buyers[0]); !(math.Abs(got-in.Buyers[0].Plan/5/in.AIMargin) < 1) {
		t.Errorf("without a cost of capital %v", got)
	}
}

func TestConcentrationStaysRisesOrFallsWithThePreference(t *testing.T) {
	in := Read(assumption.Default())
	for _, c := range []struct{ preference, sign float64 }{{1, 0}, {1.3, 1}, {0.8, -1}} {
		in.Preference = c.preference
		hhi, two := in.Concentration()
		for i := 1; i < len(hhi); i++ {
			d := hhi[i] - hhi[i-1]
			if c.sign == 0 && !(math.Abs(d) < 1e-12) || c.sign != 0 && !(d*c.sign > 0) {
				t.Errorf("preference %v: %v after %v", c.preference, hhi[i], hhi[i-1])
			}
			if !(two[i] > 0 && two[i] <= 1) {
				t.Errorf("two largest hold %v", two[i])
			}
		}
	}
}

func TestBandsHoldTheirValuesAndRepeat(t *testing.T) {
	a, err := assumption.Default().With("capex.draws", 64, "test")
	if err != nil {
		t.Fatal(err)
	}
	x, y := Run(a), Run(a)
	if fmt.Sprint(x) != fmt.Sprint(y) {
		t.Error("two runs differ")
	}
	for _, list := range [][]Change{x.Substitution, x.Cut, x.Both, x.Nvidia} {
		for _, c := range list {
			for _, r := range []Range{c.Revenue, c.Margin, c.Earnings} {
				if !(r.Low <= r.Value && r.Value <= r.High) {
					t.Errorf("%s %d: %+v", c.Ticker, c.Year, r)
				}
			}
		}
	}
	if none, err := a.With("capex.draws", 0, "test"); err != nil {
		t.Fatal(err)
	} else if r := Run(none).Cut[0].Revenue; r.Low != r.Value || r.High != r.Value {
		t.Errorf("without draws there is a band: %+v", r)
	}
}

// prices makes daily bars from log returns.
func prices(id string, returns []float64) market.Dataset {
	b := &market.Bars{Instrument: id, Interval: market.Day}
	p := 100.0
	d := time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)
	for i := 0; i <= len(returns); i++ {
		for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			d = d.AddDate(0, 0, 1)
		}
		b.Append(d.Unix(), d.Unix()+21*3600, p, p, p, p, 1, int32(i+1))
		if i < len(returns) {
			p *= math.Exp(returns[i])
		}
		d = d.AddDate(0, 0, 1)
	}
	return market.Dataset{Bars: b}
}

func noise(seed uint64, n int, sd float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = sd * r.NormFloat64()
	}
	return x
}

func stateOf(sets ...market.Dataset) *market.State {
	var b market.Book
	b.Add(sets...)
	return b.AsOf(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
}

// A regression over the estimation and the event together, with a dummy for each day of the event, gives the
// abnormal returns as its coefficients, and the error of their sum from its covariance matrix (Karafiath,
// Financial Review 23, 1988): the same numbers by another way.
func TestTheEventStudyIsARegressionWithDummies(t *testing.T) {
	const n, l = 400, 4
	m := noise(1, n, 0.01)
	y := noise(2, n, 0.02)
	for i := range y {
		y[i] += 0.0003 + 1.4*m[i]
	}
	s := stateOf(prices("NVDA", y), prices("SPY", m))
	b, err := s.Daily("NVDA")
	if err != nil {
		t.Fatal(err)
	}
	first := n - 20 // index of the first return of the event
	from, to := b.Date(first+1), b.Date(first+l)
	e, err := Study(s, "NVDA", "", "SPY", from, to)
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for i := first - gap - estimation; i < first-gap; i++ {
		rows = append(rows, i)
	}
	for i := range l {
		rows = append(rows, first+i)
	}
	x, v := mat.NewDense(len(rows), 2+l, nil), mat.NewVecDense(len(rows), nil)
	for r, i := range rows {
		x.Set(r, 0, 1)
		x.Set(r, 1, m[i])
		if i >= first {
			x.Set(r, 2+i-first, 1)
		}
		v.SetVec(r, y[i])
	}
	var xx, inverse mat.Dense
	xx.Mul(x.T(), x)
	if err := inverse.Inverse(&xx); err != nil {
		t.Fatal(err)
	}
	var xy, beta, fit mat.VecDense
	xy.MulVec(x.T(), v)
	beta.MulVec(&inverse, &xy)
	fit.MulVec(x, &beta)
	sse := 0.0
	for r := range rows {
		sse += sq(v.AtVec(r) - fit.AtVec(r))
	}
	variance, sum, total := sse/float64(len(rows)-2-l), 0.0, 0.0
	for i := range l {
		total += beta.AtVec(2 + i)
		if d := e.Days[i]; !(math.Abs(d.Abnormal-beta.AtVec(2+i)) < 1e-12) || !(math.Abs(d.Error-math.Sqrt(variance*inverse.At(2+i, 2+i))) < 1e-12) {
			t.Errorf("day %d: %+v, regression %v", i, d, beta.AtVec(2+i))
		}
		for j := range l {
			sum += variance * inverse.At(2+i, 2+j)
		}
	}
	if len(e.Days) != l || !(math.Abs(e.Total.Value-total) < 1e-12) || !(math.Abs(e.Total.Error-math.Sqrt(sum)) < 1e-12) {
		t.Errorf("%+v, regression %v ± %v", e.Total, total, math.Sqrt(sum))
	}
	if _, err := Study(s, "NVDA", "", "SPY", b.Date(100), b.Date(103)); err == nil {
		t.Error("an event without 250 days before it was studied")
	}
	var absent *evidence.Absent
	if _, err := Study(s, "GOOGL", "", "SPY", from, to); !errors.As(err, &absent) {
		t.Errorf("an instrument without prices: %v", err)
	}
}

func TestALeanIsTheDifferenceOfItsReturns(t *testing.T) {
	const n = 600
	long, short := make([]float64, n), make([]float64, n)
	for i := range long {
		long[i], short[i] = 0.001+0.0001*float64(i%2), 0.0004
	}
	s := stateOf(prices("GOOGL", long), prices("SMH", short))
	b, err := s.Daily("GOOGL")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Test(s, Leans[0], b.Date(500))
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(got.After.Value-252*0.00065) < 1e-6) || got.After.N != 100 || got.Before.N != 500 {
		t.Errorf("%+v, %+v", got.Before, got.After)
	}
	if late, err := Test(s, Leans[0], b.Date(n-5)); err != nil || late.After != nil {
		t.Errorf("five days are taken for a record: %+v, %v", late, err)
	}
}

// The trades of a tilt take off what they should, keep the invested dollars, turn nothing short, and no
// other trades that do so track more closely.
func TestTiltsAreTheClosestThatDoWhatTheyShould(t *testing.T) {
	const n = 300
	spy := noise(1, n, 0.01)
	sets := []market.Dataset{prices("SPY", spy)}
	mix := func(id string, seed uint64, hardware, data float64) {
		y := noise(seed, n, 0.006)
		h, d := noise(2, n, 0.012), noise(3, n, 0.008)
		for i := range y {
			y[i] += spy[i] + hardware*h[i] + data*d[i]
		}
		sets = append(sets, prices(id, y))
	}
	for i, c := range []struct {
		id             string
		hardware, data float64
	}{{"SMH", 1, 0}, {"GOOGL", 0, 1}, {"MSFT", 0.1, 0.9}, {"META", 0, 1.1}, {"AMZN", 0.1, 1}, {"NVDA", 1.4, 0}, {"AMD", 1.1, 0}, {"XLU", -0.2, -0.2}} {
		mix(c.id, uint64(10+i), c.hardware, c.data)
	}
	s := stateOf(sets...)
	holdings := []Holding{{"NVDA", 50_000}, {"AMD", 5_000}, {"GOOGL", 30_000}, {"XLU", 15_000}, {"GONE", 1_000}}
	e, err := Expose(s, holdings, []float64{0.25, 0.5, 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Missing) != 1 || e.Missing[0].Args["ticker"] != "GONE" || e.Value != 100_000 || len(e.Tilts) != 3 {
		t.Fatalf("%+v", e)
	}
	if b := e.Betas[0]; !(math.Abs(b.Hardware.Value-1.1) < 0.4 && b.Hardware.Error > 0) || !(e.Hardware.Value > 40_000) {
		t.Errorf("%+v, %+v", b, e.Hardware)
	}
	for _, tilt := range e.Tilts {
		sum := 0.0
		for i, d := range tilt.Trades {
			sum += d.USD
			if !(tilt.Holdings[i].USD >= -1e-6) {
				t.Errorf("%v: %s turned short", tilt.Reduced, d.Ticker)
			}
		}
		if !(math.Abs(sum) < 1e-6) || !(math.Abs(tilt.Hardware-(1-tilt.Reduced)*e.Hardware.Value) < 1e-6*e.Value) {
			t.Errorf("%v: trades sum to %v, exposure %v of %v", tilt.Reduced, sum, tilt.Hardware, e.Hardware.Value)
		}
	}
	if !(e.Tilts[0].TrackingError < e.Tilts[1].TrackingError && e.Tilts[1].TrackingError < e.Tilts[2].TrackingError) {
		t.Errorf("tracking errors %+v", e.Tilts)
	}
	// Any direction that keeps both sums is a mixture of two holdings against a third and a fourth.
	r := mat.NewDense(window, 4, nil)
	a, err := align(s, "NVDA", "AMD", "GOOGL", "XLU")
	if err != nil {
		t.Fatal(err)
	}
	for j := range 4 {
		r.SetCol(j, a.returns[j][len(a.date)-window:])
	}
	var sigma mat.SymDense
	covariance(&sigma, r)
	variance := func(d []float64) (v float64) {
		for i := range d {
			for j := range d {
				v += d[i] * d[j] * sigma.At(i, j)
			}
		}
		return v
	}
	best := e.Tilts[0] // all holdings stay long, so that the equalities alone decide
	d := make([]float64, 4)
	h := make([]float64, 4)
	for i := range d {
		d[i], h[i] = best.Trades[i].USD, e.Betas[i].Hardware.Value
	}
	for seed := range uint64(50) {
		z := noise(seed, 4, 1000)
		// Take off what z adds to both sums, along the first two holdings.
		det := h[1] - h[0]
		s1, s2 := z[0]+z[1]+z[2]+z[3], h[0]*z[0]+h[1]*z[1]+h[2]*z[2]+h[3]*z[3]
		z[0] -= (h[1]*s1 - s2) / det
		z[1] -= (s2 - h[0]*s1) / det
		other := []float64{d[0] + z[0], d[1] + z[1], d[2] + z[2], d[3] + z[3]}
		if !(variance(other) >= variance(d)-1e-9) {
			t.Fatalf("trades %v have less variance than %v", other, d)
		}
	}
}

func TestHoldingsThatCannotBeReadSayWhere(t *testing.T) {
	good, err := ReadHoldings(strings.NewReader("Ticker, USD\nnvda, 100.5\nSPY,-3\n"))
	if err != nil || len(good) != 2 || good[0] != (Holding{"NVDA", 100.5}) || good[1].USD != -3 {
		t.Fatalf("%+v, %v", good, err)
	}
	for text, says := range map[string]string{
		"":                           "holding_none",
		"ticker,shares\nNVDA,1":      "holding_columns{has=ticker, shares}",
		"ticker,usd\n":               "holding_none",
		"ticker,usd\nNVDA,much":      "line 2",
		"ticker,usd\nNVDA,1\nNVDA,2": "line 3",
		"ticker,usd\nNVDA,NaN":       "line 2",
		"ticker,usd\nNVDA,1,2":       "position_not_csv",
	} {
		if _, err := ReadHoldings(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	_, err = Expose(stateOf(prices("SPY", noise(1, 300, 0.01))), []Holding{{"NOWHERE", 1}}, nil)
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "unknown_ticker" {
		t.Errorf("an unknown ticker: %v", err)
	}
	_, err = Expose(stateOf(prices("SPY", noise(1, 300, 0.01))), []Holding{{"AMD", 1}}, nil)
	if !errors.As(err, &absent) || absent.Code != "holding_no_price" {
		t.Errorf("a known ticker without prices: %v", err)
	}
}

// The week of the source document: what happened to Nvidia and Alphabet, against the market.
func TestTheWeekOfNovemberInRealPrices(t *testing.T) {
	var b market.Book
	for _, name := range []string{"NVDA", "GOOGL", "SPY"} {
		file, err := os.Open("../../shared/data/daily/" + name + ".csv")
		if err != nil {
			t.Skip("the shared data are not beside the repository")
		}
		res, err := feed.Read(context.Background(), file, feed.Options{Name: name + ".csv"})
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		b.Add(res.Sets...)
	}
	s := b.AsOf(time.Date(2025, 11, 22, 0, 0, 0, 0, time.UTC))
	from, to := calendar.DateOf(2025, 11, 18), calendar.DateOf(2025, 11, 21)
	e, err := Study(s, "GOOGL", "NVDA", "SPY", from, to)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Days) != 4 || !(e.Total.Value > 0.05) || !(e.Total.Error > 0.01 && e.Total.Error < 0.1) {
		t.Errorf("Alphabet over Nvidia: %+v", e)
	}
	t.Logf("%+v", e.Total)
}

func BenchmarkRun(b *testing.B) {
	a := assumption.Default()
	for b.Loop() {
		Run(a)
	}
}

// Payments of a year only add up: where the sum to one quarter is below the sum to the quarter before, the quarter
// cannot be had, and is neither negative nor zero.
func TestASumThatFallsIsNotReconciled(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	start := day(2025, time.January, 1)
	got := QuartersOf([]Filing{
		{Start: start, End: day(2025, time.March, 31), USD: 150, Filed: day(2025, time.April, 25)},
		{Start: start, End: day(2025, time.June, 30), USD: 400, Filed: day(2025, time.July, 25)},
		{Start: start, End: day(2025, time.September, 30), USD: 390, Filed: day(2025, time.October, 25)},
	}, day(2026, time.January, 1))
	if len(got) != 3 || got[1].Absent != nil || got[1].USD != 250 {
		t.Fatalf("%+v", got)
	}
	if a := got[2].Absent; a == nil || a.Code != "not_reconciled" {
		t.Errorf("the third quarter is %+v", got[2])
	}
}
