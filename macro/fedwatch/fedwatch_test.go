package fedwatch_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/macro/fedwatch"
	"faultline/market"
)

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func dates(t testing.TB, list ...string) (out []calendar.Date) {
	t.Helper()
	for _, s := range list {
		out = append(out, date(t, s))
	}
	return out
}

func price(t testing.TB, symbol string, day calendar.Date, v float64) fedwatch.Price {
	t.Helper()
	m, err := fedwatch.ParseSymbol(symbol, day)
	if err != nil {
		t.Fatal(err)
	}
	return fedwatch.Price{Month: m, Symbol: symbol, Day: day, Value: v}
}

func options(c fedwatch.Convention, from calendar.Date) fedwatch.Options {
	return fedwatch.Options{Convention: c, From: from, LowBP: -1, TickNear: fedwatch.TickNear, TickFar: fedwatch.TickFar}
}

func find(t testing.TB, prices []fedwatch.Price, meetings []calendar.Date, o fedwatch.Options) *fedwatch.Path {
	t.Helper()
	c, rejected, err := fedwatch.NewCurve(prices)
	if err != nil || len(rejected) > 0 {
		t.Fatal(err, rejected)
	}
	p, err := fedwatch.Find(c, meetings, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func probability(m fedwatch.Meeting, low int) float64 {
	for _, r := range m.Ranges {
		if r.LowBP == low {
			return r.Probability
		}
	}
	return 0
}

// CME Group, "Fed funds futures probability tree calculator", example of the meeting of 17 September
// 2015: end rate 0.26643, probability of a hike 53.6 %.
func TestTheWorkedExampleOf2015IsReproduced(t *testing.T) {
	day := date(t, "2015-08-20")
	p := find(t, []fedwatch.Price{price(t, "FFQ5", day, 99.8675), price(t, "FFU5", day, 99.805)},
		dates(t, "2015-09-17"), options(fedwatch.Examples, day))
	m := p.Meetings[0]
	if !(math.Abs(m.EndPercent-0.26643) < 5e-6) {
		t.Errorf("end rate %v, published 0.26643", m.EndPercent)
	}
	if got := probability(m, 25); !(math.Abs(got-0.536) < 5e-4) {
		t.Errorf("probability of a hike %v, published 53.6 %%", got)
	}
	if p.LowBP != 0 || !p.Inferred {
		t.Errorf("the range in force was 0 to 25, found %d", p.LowBP)
	}
	// Counted by the practice of today, the same prices give another figure: the convention matters.
	p = find(t, []fedwatch.Price{price(t, "FFQ5", day, 99.8675), price(t, "FFU5", day, 99.805)},
		dates(t, "2015-09-17"), options(fedwatch.Today, day))
	if got := probability(p.Meetings[0], 25); !(math.Abs(got-0.0625*30/13/0.25) < 1e-9) {
		t.Errorf("probability %v with 17 days before", got)
	}
}

// CME Group, the same page's example of 12 September 2022: changes 0.7613 and 0.5276, 95.5 % for 75
// basis points and 4.5 % for 100 in September.
func TestTheWorkedExampleOf2022IsReproduced(t *testing.T) {
	day := date(t, "2022-09-12")
	p := find(t, []fedwatch.Price{
		price(t, "ZQV2", day, 96.94), price(t, "ZQX2", day, 96.43), price(t, "ZQU2", day, 97.4475),
	}, dates(t, "2022-11-02", "2022-09-21"), options(fedwatch.Examples, day))
	for i, want := range []float64{76.13, 52.76} {
		if !(math.Abs(p.Meetings[i].ChangeBP-want) < 0.005) {
			t.Errorf("%s: change %v bp, published %v", p.Meetings[i].Date, p.Meetings[i].ChangeBP, want)
		}
	}
	m := p.Meetings[0]
	if p.LowBP != 225 || !(math.Abs(probability(m, 300)-0.955) < 5e-4) || !(math.Abs(probability(m, 325)-0.045) < 5e-4) {
		t.Errorf("from %d: %+v", p.LowBP, m.Ranges)
	}
}

// truth is an invented path of rates from which exact prices follow.
type truth struct {
	from     fedwatch.Month
	start    float64 // percent
	meetings []calendar.Date
	change   []float64 // percentage points
}

func (x truth) rateOn(d calendar.Date, e fedwatch.Effective) float64 {
	r := x.start
	for i, m := range x.meetings {
		if d > m || d == m && e == fedwatch.SameDay {
			r += x.change[i]
		}
	}
	return r
}

// prices averages the rate day by day, which is the contract's definition and no formula of the package.
func (x truth) prices(months int, e fedwatch.Effective) (out []fedwatch.Price) {
	for k := range months {
		m := x.from + fedwatch.Month(k)
		s, n := 0.0, 0
		for d := m.First(); d < (m + 1).First(); d++ {
			s += x.rateOn(d, e)
			n++
		}
		out = append(out, fedwatch.Price{Month: m, Symbol: m.String(), Day: x.from.First(), Value: 100 - s/float64(n)})
	}
	return out
}

// drawTruth invents a path: each month has a meeting or not, on any day of the month.
func drawTruth(rt *rapid.T, months int) truth {
	x := truth{from: fedwatch.Month(12*2025 + rapid.IntRange(0, 11).Draw(rt, "month")), start: rapid.Float64Range(13, 20).Draw(rt, "start")} // never below zero
	for k := range months - 1 {
		if k == 0 || rapid.IntRange(0, 2).Draw(rt, "meets") == 0 {
			continue // the first and the last month have none, so that everything is determined
		}
		m := x.from + fedwatch.Month(k)
		// The first and the last days are of months in which one side has no days.
		day := rapid.IntRange(2, m.Days()-1).Draw(rt, "day")
		x.meetings = append(x.meetings, m.First()+calendar.Date(day-1))
		x.change = append(x.change, rapid.Float64Range(-1, 1).Draw(rt, "change"))
	}
	return x
}

func TestExactPricesGiveBackTheChangesInAnyConvention(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := drawTruth(rt, 14)
		if len(x.meetings) == 0 {
			rt.Skip("no meetings were drawn")
		}
		e := rapid.SampledFrom([]fedwatch.Effective{fedwatch.NextDay, fedwatch.SameDay}).Draw(rt, "effective")
		b := rapid.SampledFrom([]fedwatch.Between{fedwatch.Anchors, fedwatch.Forward, fedwatch.Mean}).Draw(rt, "between")
		prices := x.prices(14, e)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(prices), func(i, j int) { prices[i], prices[j] = prices[j], prices[i] })
		c, _, err := fedwatch.NewCurve(prices)
		if err != nil {
			rt.Fatal(err)
		}
		o := options(fedwatch.Convention{Effective: e, Between: b}, x.from.First())
		o.LowBP = 400
		p, err := fedwatch.Find(c, x.meetings, o)
		if err != nil {
			rt.Fatal(err)
		}
		// A price near 100 is known to 1.4e-14 points, or 1.4e-12 basis points. Each meeting of a chain of
		// neighbouring months multiplies that by N/a ≤ 31 and adds its own: ten times the product bounds it.
		sum, off := 0.0, 0.0
		for i, m := range p.Meetings {
			chain := 31.0
			for j := i; j > 0 && fedwatch.MonthOf(x.meetings[j])-fedwatch.MonthOf(x.meetings[j-1]) == 1; j-- {
				chain *= 31
			}
			for j := i; j+1 < len(x.meetings) && fedwatch.MonthOf(x.meetings[j+1])-fedwatch.MonthOf(x.meetings[j]) == 1; j++ {
				chain *= 31
			}
			if chain > 31*31*31*31 {
				return
			}
			tol := 1.4e-11 * chain
			sum += x.change[i] * 100
			off += tol
			if !(math.Abs(m.ChangeBP-100*x.change[i]) < tol) {
				rt.Fatalf("%s: change %v bp, it is %v", m.Date, m.ChangeBP, 100*x.change[i])
			}
			all := 0.0
			for _, r := range m.Ranges {
				if !(r.Probability >= 0 && r.Probability <= 1) || r.HighBP-r.LowBP != 25 {
					rt.Fatalf("range %+v", r)
				}
				all += r.Probability
			}
			if !(math.Abs(all-1) < 1e-12) {
				rt.Fatalf("probabilities add up to %v", all)
			}
			if !(math.Abs(m.ExpectedBP-(412.5+sum)) < 2*off) {
				rt.Fatalf("expected %v, the changes add up to %v", m.ExpectedBP, 412.5+sum)
			}
		}
	})
}

func TestErrorsAgreeWithMovedPrices(t *testing.T) {
	x := truth{from: fedwatch.Month(12 * 2026), start: 3.63, meetings: dates(t, "2026-02-11", "2026-03-18", "2026-05-06"), change: []float64{0.1, -0.06, 0.17}}
	prices := x.prices(7, fedwatch.NextDay)
	p := find(t, prices, x.meetings, options(fedwatch.Today, x.from.First()))
	rng := rand.New(rand.NewPCG(7, 7))
	const n = 20000
	sums := make([][2]float64, len(p.Meetings)) // of the probability of the lowest range
	for range n {
		moved := append([]fedwatch.Price(nil), prices...)
		for i := range moved {
			tick := fedwatch.TickFar
			if i == 0 {
				tick = fedwatch.TickNear
			}
			moved[i].Value += tick * (rng.Float64() - 0.5)
		}
		o := options(fedwatch.Today, x.from.First())
		o.LowBP = p.LowBP
		q := find(t, moved, x.meetings, o)
		for k := range q.Meetings {
			v := probability(q.Meetings[k], p.Meetings[k].Ranges[0].LowBP)
			sums[k][0] += v
			sums[k][1] += v * v
		}
	}
	for k, m := range p.Meetings {
		mean := sums[k][0] / n
		sd := math.Sqrt(sums[k][1]/n - mean*mean)
		// The standard error of a standard deviation of 20,000 draws is 0.5 %; products of moved
		// probabilities, which the linear formula leaves out, add less than 1 %.
		if !(math.Abs(m.Ranges[0].Error/sd-1) < 0.03) {
			t.Errorf("%s: error %v, moved prices give %v", m.Date, m.Ranges[0].Error, sd)
		}
	}
}

func reason(t *testing.T, a *evidence.Absent, want string) {
	t.Helper()
	if a == nil || a.Code != want {
		t.Errorf("reason %v, want %s", a, want)
	}
}

func TestBadPricesAreRejectedWithReasons(t *testing.T) {
	day := date(t, "2026-01-05")
	good := truth{from: fedwatch.MonthOf(day), start: 3.6, meetings: dates(t, "2026-02-11"), change: []float64{0.1}}.prices(4, fedwatch.NextDay)
	for i := range good {
		good[i].Day = day
	}
	f := func(bad fedwatch.Price, want string) {
		t.Helper()
		_, rejected, err := fedwatch.NewCurve(append([]fedwatch.Price{bad}, good...))
		if err != nil || len(rejected) != 1 {
			t.Errorf("%v %v, want one rejected price with %s", err, rejected, want)
			return
		}
		reason(t, rejected[0].Why, want)
	}
	m := good[3].Month + 1
	f(fedwatch.Price{Month: m, Day: day, Value: math.NaN()}, "price_not_a_number")
	f(fedwatch.Price{Month: m, Day: day, Value: math.Inf(1)}, "price_not_a_number")
	f(fedwatch.Price{Month: m, Day: day, Value: 100.5}, "price_above_100")
	f(fedwatch.Price{Month: m, Day: day, Value: -1}, "price_not_positive")
	f(fedwatch.Price{Month: m, Day: day - 1, Value: 96}, "price_of_earlier_day")
	f(fedwatch.Price{Month: good[3].Month, Day: day, Value: 96}, "two_prices")

	_, _, err := fedwatch.NewCurve([]fedwatch.Price{{Month: m, Day: day, Value: math.NaN()}})
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "no_futures" {
		t.Errorf("nothing left: %v", err)
	}
	_, _, err = fedwatch.NewCurve([]fedwatch.Price{good[0], {Month: m + 500, Day: day, Value: 96}})
	if !errors.As(err, &absent) || absent.Code != "curve_too_long" {
		t.Errorf("a curve of 500 months: %v", err)
	}
}

func TestMeetingsThatCannotBeReadSayWhy(t *testing.T) {
	from := fedwatch.Month(12 * 2026)
	day := from.First()
	x := truth{from: from, start: 3.6, meetings: dates(t, "2026-02-11", "2026-04-15", "2026-06-17"), change: []float64{0.1, 0.05, 0.1}}
	prices := x.prices(8, fedwatch.NextDay)
	without := func(k int) []fedwatch.Price {
		return append(append([]fedwatch.Price(nil), prices[:k]...), prices[k+1:]...)
	}
	f := func(ps []fedwatch.Price, meetings []calendar.Date, k int, want string) {
		t.Helper()
		p := find(t, ps, meetings, options(fedwatch.Today, day))
		reason(t, p.Meetings[k].Absent, want)
		for i := k + 1; i < len(p.Meetings); i++ {
			if p.Meetings[i].Absent == nil {
				t.Errorf("%s follows an unknown meeting and has ranges", p.Meetings[i].Date)
			}
		}
	}
	f(prices, append(x.meetings, date(t, "2026-12-09")), 3, "meeting_outside_curve")
	f(prices, append(x.meetings, date(t, "2026-04-29")), 1, "two_meetings_in_month")
	// April's price is not needed while its neighbours have no meeting; without March's and April's
	// nothing says where April starts.
	p := find(t, without(3), x.meetings, options(fedwatch.Today, day))
	if p.Meetings[1].Absent != nil {
		t.Errorf("April is known from March and May: %v", p.Meetings[1].Absent)
	}
	gap := append(append([]fedwatch.Price(nil), prices[:2]...), prices[4:]...)
	f(gap, x.meetings, 1, "month_without_price")
	f(gap, x.meetings, 2, "earlier_meeting_unknown")

	c, _, err := fedwatch.NewCurve(prices)
	if err != nil {
		t.Fatal(err)
	}
	var absent *evidence.Absent
	if _, err := fedwatch.Find(c, nil, options(fedwatch.Today, day)); !errors.As(err, &absent) || absent.Code != "no_meetings" {
		t.Errorf("no meetings: %v", err)
	}
	if _, err := fedwatch.Find(c, x.meetings, options(fedwatch.Today, date(t, "2027-01-01"))); !errors.As(err, &absent) || absent.Code != "meetings_are_over" {
		t.Errorf("past meetings: %v", err)
	}
}

func TestSymbolsNameTheirMonth(t *testing.T) {
	f := func(symbol, day, want string) {
		t.Helper()
		m, err := fedwatch.ParseSymbol(symbol, date(t, day))
		if err != nil || m.String() != want {
			t.Errorf("%s on %s is %v (%v), want %s", symbol, day, m, err, want)
		}
	}
	f("ZQN26", "2026-07-14", "2026-07")
	f("zqf7", "2026-07-14", "2027-01")
	f("FFU5", "2015-08-20", "2015-09")
	f("ZQZ9", "2030-01-04", "2029-12")
	f("ZQF0", "2029-11-04", "2030-01")
	f("ZQM2031", "2026-07-14", "2031-06")
}

func TestATailWithoutAnAnchorIsSolvedForwardAndSaysSo(t *testing.T) {
	x := truth{from: fedwatch.Month(12 * 2026), start: 3.6, meetings: dates(t, "2026-03-10"), change: []float64{0.1}}
	p := find(t, x.prices(3, fedwatch.NextDay), x.meetings, options(fedwatch.Today, x.from.First()))
	m := p.Meetings[0]
	if !(math.Abs(m.ChangeBP-10) < 1e-9) || len(m.Caveats) == 0 || m.Caveats[0].Code != "no_anchor_after" {
		t.Errorf("%+v", m)
	}
}

// The published path of the cut of December 2025, in the form of an export: 30.1 % on 19 November, 39.1 %
// on the day of the September report, 71.0 % after the speech of 21 November. The range was 375 to 400.
func TestThePathOfTheDecemberCutIsShownFromAnExport(t *testing.T) {
	const export = "Date,(325-350),(350-375),(375-400),(400-425)\n" +
		"2025/11/21,0.000000,0.710000,0.290000,0.000000\n2025/11/19,0.000000,0.301000,0.699000,0.000000\n" +
		"2025/11/20,0.000000,0.391000,0.609000,0.000000\n2025/11/18,0.000000,0.100000,0.100000,0.000000\n"
	r, err := feed.Read(t.Context(), strings.NewReader(export), feed.Options{Name: "FedMeeting_20251210.csv"})
	if err != nil {
		t.Fatal(err)
	}
	var b market.Book
	b.Add(r.Sets...)
	days, left, err := fedwatch.Published(b.AsOf(calendar.DateOf(2025, 11, 22).At(0, 0, calendar.NewYork())), date(t, "2025-12-10"))
	if err != nil || len(days) != 3 || left != 1 {
		t.Fatalf("%d days, %d left out: %v", len(days), left, err)
	}
	for i, want := range []float64{0.301, 0.391, 0.710} {
		if !(math.Abs(days[i].Below(375)-want) < 1e-9) || days[i].Day != date(t, "2025-11-19")+calendar.Date(i) {
			t.Errorf("%s: %v, published %v", days[i].Day, days[i].Below(375), want)
		}
	}
	// On the evening of the nineteenth nothing of the twentieth is known.
	days, _, err = fedwatch.Published(b.AsOf(calendar.DateOf(2025, 11, 20).At(0, 0, calendar.NewYork())), date(t, "2025-12-10"))
	if err != nil || len(days) != 1 || days[0].Day != date(t, "2025-11-19") {
		t.Errorf("known on the nineteenth: %v %v", days, err)
	}
}

// The mean of a month whose meeting is on its last day says where it starts, whatever comes after; under
// the other convention that of a month whose meeting is on its first day says where it ends.
func TestAMeetingAtTheEdgeOfAMonthLeavesTheMonthsMeanAsItsRate(t *testing.T) {
	x := truth{from: fedwatch.Month(12 * 2024), start: 3.6, meetings: dates(t, "2024-06-12", "2024-07-31"), change: []float64{0.1, 0.05}}
	o := options(fedwatch.Today, date(t, "2024-05-06"))
	p := find(t, x.prices(7, fedwatch.NextDay)[5:], x.meetings, o) // June and July only
	if m := p.Meetings[0]; m.Absent != nil || !(math.Abs(m.ChangeBP-10) < 1e-9) {
		t.Errorf("June: %+v", m)
	}
	if m := p.Meetings[1]; m.Absent == nil || m.Absent.Code != "rates_undetermined" {
		t.Errorf("July moves nothing that these prices know: %+v", m)
	}
	x = truth{from: fedwatch.Month(12 * 2024), start: 3.6, meetings: dates(t, "2024-05-01", "2024-06-12"), change: []float64{0.1, 0.05}}
	p = find(t, x.prices(7, fedwatch.SameDay)[4:6], x.meetings, options(fedwatch.Convention{Effective: fedwatch.SameDay, Between: fedwatch.Anchors}, date(t, "2024-05-02")))
	if m := p.Meetings[0]; m.Absent != nil || !(math.Abs(m.ChangeBP-5) < 1e-9) {
		t.Errorf("June: %+v", m)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(96.3, 96.2, 97.0, 100.0, int16(20000), int16(40), int16(0))
	f.Fuzz(func(t *testing.T, a, b, c, d float64, day, gap, target int16) {
		at := calendar.Date(day)
		var ps []fedwatch.Price
		for i, v := range []float64{a, b, c, d} {
			ps = append(ps, fedwatch.Price{Month: fedwatch.MonthOf(at) + fedwatch.Month(i), Day: at, Value: v})
		}
		curve, _, err := fedwatch.NewCurve(ps)
		if err != nil {
			return
		}
		o := options(fedwatch.Today, at)
		o.LowBP = int(target)
		p, err := fedwatch.Find(curve, []calendar.Date{at + 20, at + 20 + calendar.Date(gap)}, o)
		if err != nil {
			return
		}
		for _, m := range p.Meetings {
			if m.Absent != nil {
				continue
			}
			sum := 0.0
			for _, r := range m.Ranges {
				sum += r.Probability
				if !(r.Error >= 0) {
					t.Fatalf("error %v", r.Error)
				}
			}
			if !(math.Abs(sum-1) < 1e-9) || !(m.ExpectedError >= 0) {
				t.Fatalf("%+v", m)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	x := truth{from: fedwatch.Month(12 * 2026), start: 3.6}
	for k := 1; k < 23; k++ {
		if k%3 != 0 {
			x.meetings = append(x.meetings, (x.from+fedwatch.Month(k)).First()+15)
			x.change = append(x.change, 0.07)
		}
	}
	c, _, err := fedwatch.NewCurve(x.prices(24, fedwatch.NextDay))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := fedwatch.Find(c, x.meetings, options(fedwatch.Today, x.from.First())); err != nil {
			b.Fatal(err)
		}
	}
}
