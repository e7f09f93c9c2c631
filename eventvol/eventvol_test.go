package eventvol

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
	"faultline/options"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestASettlementHoldsWhatItsPriceCanHold(t *testing.T) {
	f := func(what, event, settle string, want bool) {
		t.Helper()
		e, err := effective(Event{Kind: "x", At: at(t, event)})
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Contains(at(t, settle)); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	f("a morning expiry and that morning's release", "2025-09-05T08:30:00-04:00", "2025-09-05T09:30:00-04:00", true)
	f("a morning expiry and a decision at 14:00", "2025-09-17T14:00:00-04:00", "2025-09-17T09:30:00-04:00", false)
	f("the afternoon expiry and that decision", "2025-09-17T14:00:00-04:00", "2025-09-17T16:00:00-04:00", true)
	f("an afternoon expiry and results after the close", "2025-11-19T16:20:00-05:00", "2025-11-19T16:00:00-05:00", false)
	f("the next morning's expiry and those results", "2025-11-19T16:20:00-05:00", "2025-11-20T09:30:00-05:00", true)
	f("a fund's expiry at 16:15 and those results", "2025-11-19T16:05:00-05:00", "2025-11-19T16:15:00-05:00", false)
	f("Friday's expiry and news of Saturday", "2025-11-22T12:00:00-05:00", "2025-11-21T16:00:00-05:00", false)
}

func TestResultsAfterTheCloseBelongToTheNextSession(t *testing.T) {
	f := func(event, want string) {
		t.Helper()
		e, err := effective(Event{At: at(t, event)})
		if err != nil || e.Session.String() != want {
			t.Errorf("%s: %s, %v, want %s", event, e.Session, err, want)
		}
	}
	f("2025-11-19T16:20:00-05:00", "2025-11-20")
	f("2025-11-19T08:00:00-05:00", "2025-11-19")
	f("2025-11-28T13:30:00-05:00", "2025-12-01") // after the close of a half day, before a weekend
}

func TestTheSeptemberPayrollsOf2025AreIrregularAndLate(t *testing.T) {
	list, err := Events(at(t, "2025-11-17T00:00:00-05:00"), at(t, "2025-11-22T00:00:00-05:00"), at(t, "2025-12-31T00:00:00-05:00"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == "payrolls" && e.Irregular && e.Session == calendar.DateOf(2025, 11, 20) {
			return
		}
	}
	t.Fatalf("no delayed employment report on 20 November 2025: %+v", list)
}

// chainWith quotes options of which the variance is that of ordinary days plus a jump at an instant.
func chainWith(t testing.TB, from time.Time, rate, jump float64, when time.Time, settle func(d calendar.Date) (string, time.Time)) *options.Book {
	t.Helper()
	c := &market.Chain{Underlying: "SPX", At: from, Spot: 5000, Origin: market.Origin{File: "made", Format: "made"}}
	sessions, err := calendar.NYSE().Sessions(calendar.DateIn(from, calendar.NewYork())+1, calendar.DateIn(from, calendar.NewYork())+25)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		root, end := settle(s.Date)
		years := calendar.Years(from, end)
		v, err := calendar.DefaultClock().Years(calendar.NYSE(), from, end)
		if err != nil {
			t.Fatal(err)
		}
		w := rate * rate * v
		if !when.After(end) {
			w += jump * jump
		}
		vol := math.Sqrt(w / years)
		for k := 4500.0; k <= 5500; k += 25 {
			for _, r := range []black.Right{black.Call, black.Put} {
				p := black.Price(r, 5000, k, years, vol)
				half := 0.002*p + 0.01
				c.Append(market.Quote{
					Root: root, Expiry: s.Date, Right: r, Strike: k, Bid: max(0, p-half), Ask: p + half, Last: p,
					Volume: 1, OpenInterest: 1, IV: market.Missing, Delta: market.Missing, Gamma: market.Missing,
				})
			}
		}
	}
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func afternoon(d calendar.Date) (string, time.Time) {
	return "SPXW", d.At(16, 0, calendar.NewYork())
}

func TestTheSplitFindsWhatAChainWasMadeOf(t *testing.T) {
	from := at(t, "2025-09-08T15:00:00-04:00")
	e, err := effective(Event{Kind: FOMC, At: at(t, "2025-09-17T14:00:00-04:00")})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		rate, jump := rapid.Float64Range(0.08, 0.4).Draw(rt, "rate"), rapid.Float64Range(0.003, 0.03).Draw(rt, "jump")
		b := chainWith(t, from, rate, jump, e.Effective, afternoon)
		s, err := Divide(b, []Event{e}, Params{Fade: 0.05, Draws: 20, Seed: 1})
		if err != nil {
			rt.Fatal(err)
		}
		got := s.Priced[0]
		// Quotes are 0.2 % and a cent wide on each side; the book's surface smooths over strikes: a tenth of the
		// ordinary move of a day, rate/√252, besides 3 % of the jump, bounds what that does.
		if tol := 0.03*jump + 0.1*rate/math.Sqrt(252); !(math.Abs(got.Move()-jump) < tol) {
			rt.Fatalf("move %v, made with %v", got.Move(), jump)
		}
		if !(got.Low <= got.Variance && got.Variance <= got.High) || b.Expiries[got.First].Date != calendar.DateOf(2025, 9, 17) {
			rt.Fatalf("%+v", got)
		}
	})
}

func TestAMorningExpiryOfTheDayDoesNotHoldTheDecision(t *testing.T) {
	from := at(t, "2025-09-08T15:00:00-04:00")
	e, _ := effective(Event{Kind: FOMC, At: at(t, "2025-09-19T14:00:00-04:00")}) // a monthly expiry's day
	b := chainWith(t, from, 0.15, 0.02, e.Effective, func(d calendar.Date) (string, time.Time) {
		if d == calendar.DateOf(2025, 9, 19) {
			return "SPX", d.At(9, 30, calendar.NewYork())
		}
		return afternoon(d)
	})
	s, err := Divide(b, []Event{e}, Params{Fade: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	if d := b.Expiries[s.Priced[0].First].Date; d != calendar.DateOf(2025, 9, 22) {
		t.Errorf("the first expiry that holds the decision is %s, want that of Monday", d)
	}
	if !(math.Abs(s.Priced[0].Move()-0.02) < 0.002) {
		t.Errorf("move %v, made with 0.02", s.Priced[0].Move())
	}
}

func TestTooFewSettlementsAreAnAbsence(t *testing.T) {
	from := at(t, "2025-09-08T15:00:00-04:00")
	b := chainWith(t, from, 0.2, 0, from, afternoon)
	b.Expiries = b.Expiries[:2]
	if _, err := Divide(b, nil, Params{Fade: 0.05}); err == nil {
		t.Fatal("two settlements were divided")
	}
}

// The oracle is the condition of Karush, Kuhn and Tucker, which only the minimum fulfils.
func TestTheFitIsTheMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 5).Draw(t, "n"), rapid.IntRange(6, 12).Draw(t, "m")
		a := make([][]float64, m)
		y, one := make([]float64, m), make([]float64, m)
		for k := range a {
			a[k] = rapid.SliceOfN(rapid.Float64Range(-1, 1), n, n).Draw(t, "row")
			a[k][k%n] += 3 // keeps the columns apart
			y[k], one[k] = rapid.Float64Range(-5, 5).Draw(t, "y"), 1
		}
		x := nonNegative(a, y, one)
		for i := range n {
			g := 0.0
			for k := range a {
				r := -y[k]
				for j := range n {
					r += a[k][j] * x[j]
				}
				g += a[k][i] * r
			}
			// Gradients are sums of at most 12 products of 4 and 25.
			if x[i] < 0 || x[i] > 1e-9 && !(math.Abs(g) < 1e-6) || x[i] == 0 && g < -1e-6 {
				t.Fatalf("x[%d] = %v with gradient %v", i, x[i], g)
			}
		}
	})
}

func TestTheStraddleIsWorthItsApproximationAtTheMoney(t *testing.T) {
	for _, d := range []float64{0.005, 0.02, 0.05} {
		exact := black.Price(black.Call, 1, 1, 1, d) + black.Price(black.Put, 1, 1, 1, d)
		if !(math.Abs(Approximate(d)/exact-1) < d*d/20) { // the next term of the series is −d²/24 of it
			t.Errorf("σ√T %v: %v, exact %v", d, Approximate(d), exact)
		}
	}
}

const made = `{"2025-11-20":{"10:00":{"spx":5001,"strikes":{"5000":{"C":10,"P":9},"5025":{"C":2},"4975":{"P":2}}}}}`

func TestMiddlesAreReadByStrikeAndSide(t *testing.T) {
	m, err := ReadMids(strings.NewReader(made))
	if err != nil {
		t.Fatal(err)
	}
	x := m.Days[0].Times[0]
	if len(x.Strike) != 3 || x.Call[1] != 10 || x.Put[1] != 9 || !math.IsNaN(x.Put[2]) || !math.IsNaN(x.Call[0]) {
		t.Fatalf("%+v", x)
	}
	for _, bad := range []string{"", "{", `{"x":{}}`, `{"2025-11-20":{"10:00":{"spx":1,"strikes":{"a":{}}}}}`, `{}`} {
		if _, err := ReadMids(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestABuyersResultIsItsArithmetic(t *testing.T) {
	m := &Mids{}
	b := &market.Bars{Instrument: "SPX", Interval: market.Day}
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2025, 6, 2), calendar.DateOf(2025, 7, 31))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sessions {
		m.Days = append(m.Days, MidDay{Date: s.Date, Times: []MidTime{{
			Clock: "10:00", Spot: 5000, Strike: []float64{4975, 5000, 5025}, Call: []float64{market.Missing, 10, 2}, Put: []float64{2, 10, market.Missing},
		}}})
		end := 5000 + 30*float64(i%2) // pays 0 and 30 in turn
		b.Append(int64(s.Date)*86400, s.Close.Unix(), end, end, end, end, 1, 1)
	}
	n := len(sessions) / 2 * 2
	m.Days = m.Days[:n]
	got, err := LastDay(m, b, Costs{Spread: 0.01, Tick: 0.025, Fee: 1}, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range got {
		want, cost := 0.0, 0.0
		switch p.Structure {
		case "straddle":
			want, cost = -0.25, 2*(0.1+0.01)/20
		case "strangle":
			want, cost = (2.5-4)/4, 2*(0.025+0.01)/4
		case "call":
			want, cost = 0.5, (0.1+0.01)/10
		case "put", "put_out":
			want, cost = -1, map[string]float64{"put": 0.011, "put_out": 0.035 / 2}[p.Structure]
		case "call_out":
			want, cost = 0.25, 0.035/2
		}
		if !(math.Abs(p.Before.Mean-want) < 1e-12) || !(math.Abs(p.After.Mean-want+cost) < 1e-12) || !(p.Before.Low <= p.Before.Mean && p.Before.Mean <= p.Before.High) {
			t.Errorf("%s: %+v, want %v less %v", p.Structure, p, want, cost)
		}
	}
	if len(got) != len(Structures) {
		t.Errorf("%d structures", len(got))
	}
}

func TestTheIntervalOfAMeanHoldsItAsOftenAsItSays(t *testing.T) {
	in := 0
	const trials = 200
	for k := range trials {
		x := make([]float64, 60)
		for i := range x {
			_, u := math.Modf(math.Abs(math.Sin(float64(60*k+i+1)) * 43758.5453))
			x[i] = u - 0.5
		}
		e := bootstrap(x, uint64(k))
		if e.Low <= 0 && 0 <= e.High {
			in++
		}
	}
	// 90 % of 200 with a standard deviation of 4.2; percentile intervals of 60 are a little short.
	if in < 162 || in > 196 {
		t.Errorf("%d of %d intervals hold the mean, want about 180", in, trials)
	}
}

func TestRealMiddlesAreReadWhole(t *testing.T) {
	path := filepath.Join("..", "..", "shared", "data", "options", "intraday_mids", "option_midpoints.json")
	f, err := os.Open(path)
	if err != nil {
		t.Skip("needs ../shared/data, which is not there")
	}
	defer f.Close()
	m, err := ReadMids(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Days) < 500 || len(m.Days[0].Times) < 5 {
		t.Fatalf("%d days", len(m.Days))
	}
}

func TestHistoryIsInUnitsOfTheVolatilityOfItsTime(t *testing.T) {
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2020, 1, 2), calendar.DateOf(2025, 6, 30))
	if err != nil {
		t.Fatal(err)
	}
	b := &market.Bars{Instrument: "SPX", Interval: market.Day}
	price := 3000.0
	for i, s := range sessions {
		size := 0.005
		if i > len(sessions)/2 {
			size = 0.02
		}
		price *= math.Exp(size * float64(1-2*(i%2)))
		b.Append(int64(s.Date)*86400, s.Close.Unix(), price, price, price, price, 1, 1)
	}
	h, err := ReadHistory(b, at(t, "2025-06-30T22:00:00-04:00"))
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(h.Now-0.02) < 1e-6) {
		t.Errorf("volatility of now %v, want 0.02", h.Now)
	}
	wild := 0
	for _, z := range append(append([]float64{}, h.Ordinary...), h.Event["cpi"]...) {
		if !(math.Abs(math.Abs(z)-1) < 0.05) {
			wild++
		}
	}
	if wild > 80 { // the sessions in which the estimate follows from 0.005 to 0.02, and the first ones
		t.Errorf("%d returns are not about one volatility", wild)
	}
	if len(h.Event["cpi"]) < 50 || len(h.Event[FOMC]) < 30 {
		t.Errorf("%d releases of prices, %d decisions", len(h.Event["cpi"]), len(h.Event[FOMC]))
	}
}

func TestStraddlesThatCostWhatMovesAreBringNothing(t *testing.T) {
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2024, 1, 2), calendar.DateOf(2025, 11, 28))
	if err != nil {
		t.Fatal(err)
	}
	index, vix := &market.Bars{Instrument: "SPX", Interval: market.Day}, &market.Bars{Instrument: "VIX1D", Interval: market.Day}
	price := 5000.0
	move := 0.16 / math.Sqrt(252) * math.Sqrt(2/math.Pi) // what a straddle costs at a VIX1D of 16
	for i, s := range sessions {
		price *= math.Exp(move * float64(1-2*(i%2)))
		index.Append(int64(s.Date)*86400, s.Close.Unix(), price, price, price, price, 1, 1)
		vix.Append(int64(s.Date)*86400, s.Close.Unix(), 16, 16, 16, 16, 1, 1)
	}
	list, err := RecordOf(index, vix, at(t, "2025-11-28T22:00:00-05:00"), 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range list {
		seen[r.Kind] = true
		if !(math.Abs(r.Result.Mean) < 1e-9) || !(math.Abs(r.Variance.Mean-2/math.Pi) < 1e-9) {
			t.Errorf("%+v", r)
		}
	}
	for _, k := range []string{"any", "cpi", "payrolls", FOMC, "none"} {
		if !seen[k] {
			t.Errorf("no record of %s", k)
		}
	}
}

func TestConsumerPricesStandOnTheirScheduledDay(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		list, err := Events(at(t, from), at(t, to), at(t, "2025-12-31T00:00:00-05:00"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			if e.Kind == "cpi" {
				got = append(got, e.Session.String())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s to %s: %v, want %s", from, to, got, want)
		}
	}
	f("2025-02-01T00:00:00-05:00", "2025-02-28T00:00:00-05:00", "2025-02-12")
	f("2024-04-30T00:00:00-04:00", "2024-06-30T00:00:00-04:00", "2024-05-15 2024-06-12")
	f("2025-10-01T00:00:00-04:00", "2025-11-30T00:00:00-05:00", "2025-10-24") // moved, and the next one called off
}

// The days of releases decide which option holds which event: reports that a rule of thumb puts on another day, and the
// two that a lapse of funding put off, which are not known to have moved before they came out.
func TestReleasesStandOnTheDaysOfTheirSchedule(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	f := func(kind string, from, to, at time.Time, want string, irregular bool) {
		t.Helper()
		list, err := Events(from, to, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []Event
		for _, e := range list {
			if e.Kind == kind {
				got = append(got, e)
			}
		}
		if len(got) != 1 || got[0].At.In(calendar.NewYork()).Format(time.DateOnly+" 15:04") != want+" 08:30" || got[0].Irregular != irregular || got[0].ByRule {
			t.Errorf("%s: %+v, want %s", kind, got, want)
		}
	}
	later := day(2026, time.August, 20)
	f("payrolls", day(2024, time.March, 1), day(2024, time.March, 31), later, "2024-03-08", false)
	f("payrolls", day(2025, time.July, 1), day(2025, time.July, 31), later, "2025-07-03", false)
	f("cpi", day(2024, time.May, 1), day(2024, time.May, 31), later, "2024-05-15", false)
	// On Good Friday New York rests and the figures come out all the same; the next session's price holds them.
	f("payrolls", day(2023, time.April, 1), day(2023, time.April, 30), later, "2023-04-07", false)
	for _, at := range []struct {
		known     time.Time
		want      [2]string
		irregular bool
	}{{day(2026, time.February, 1), [2]string{"2026-02-06", "2026-02-11"}, false}, {later, [2]string{"2026-02-11", "2026-02-13"}, true}} {
		f("payrolls", day(2026, time.February, 1), day(2026, time.February, 28), at.known, at.want[0], at.irregular)
		f("cpi", day(2026, time.February, 1), day(2026, time.February, 28), at.known, at.want[1], at.irregular)
	}
	for report, years := range schedules {
		for y, days := range years {
			for m, d := range days {
				if w := day(y, time.Month(m+1), d).Weekday(); d != 0 && (w == time.Saturday || w == time.Sunday || d > 15) {
					t.Errorf("%s of %d-%02d-%02d: nothing comes out then", report, y, m+1, d)
				}
			}
		}
	}
}
