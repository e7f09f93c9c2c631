package contagion

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// sessions are those of New York from a day.
func sessions(t testing.TB, from calendar.Date, n int) []calendar.Session {
	t.Helper()
	all, err := calendar.NYSE().Sessions(from, from+calendar.Date(2*n+20))
	if err != nil {
		t.Fatal(err)
	}
	return all[:n]
}

// dailyBars are closes on dates; of stocks they are known at the close of the session, of coins at the end of
// the day.
func dailyBars(id string, at []calendar.Session, price func(i int) float64) market.Dataset {
	b := &market.Bars{Instrument: id, Interval: market.Day}
	m := market.Missing
	for i, s := range at {
		if p := price(i); p > 0 {
			known := s.Close.Unix()
			if isCoin(id) {
				known = int64(s.Date+1) * 86400
			}
			b.Append(int64(s.Date)*86400, known, m, m, m, p, m, int32(i))
		}
	}
	return market.Dataset{Bars: b}
}

// hourly are bars of every hour from one instant to another.
func hourly(id string, from, to time.Time, price func(known time.Time) float64) market.Dataset {
	b := &market.Bars{Instrument: id, Interval: time.Hour}
	m := market.Missing
	for t := from; t.Before(to); t = t.Add(time.Hour) {
		known := t.Add(time.Hour)
		b.Append(t.Unix(), known.Unix(), m, m, m, price(known), m, 1)
	}
	return market.Dataset{Bars: b}
}

func stateOf(at time.Time, sets ...market.Dataset) *market.State {
	var b market.Book
	b.Add(sets...)
	return b.AsOf(at)
}

func TestReturnsSpanTheSameTimeForEveryAsset(t *testing.T) {
	x := sessions(t, calendar.DateOf(2024, 1, 2), 30)
	end := x[29].Close
	spx := func(i int) float64 {
		if i == 7 {
			return 0 // no close: the spans on both sides are one
		}
		return 5000 * math.Exp(0.01*float64(i))
	}
	btc := func(i int) float64 { return 40000 * math.Exp(0.02*float64(i)) }
	s := stateOf(end.Add(24*time.Hour), dailyBars(SPX, x, spx), dailyBars(BTC, x, btc))
	p, lacks, err := NewPanel(s, []string{BTC, ETH, SPX}, x[0].Date, ClockUTC)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.IDs, []string{BTC, SPX}) || !slices.Equal(lacks, []string{ETH}) || len(p.Dates) != 28 {
		t.Fatalf("%v, lacks %v, %d spans", p.IDs, lacks, len(p.Dates))
	}
	for k, d := range p.Dates {
		spans := 1.0
		if d == x[8].Date {
			spans = 2
		}
		if !(math.Abs(p.Return[0][k]-0.02*spans) <= 1e-12) || !(math.Abs(p.Return[1][k]-0.01*spans) <= 1e-12) {
			t.Errorf("%s: %v and %v", d, p.Return[0][k], p.Return[1][k])
		}
		if d == x[7].Date {
			t.Error("the session without a close has a span of its own")
		}
	}
}

func TestACoinsSessionEndsWithNewYorkWhereItsPricesAreHourly(t *testing.T) {
	x := sessions(t, calendar.DateOf(2024, 6, 3), 20)
	// The coin jumps two hours after the close of the tenth session.
	jump := x[9].Close.Add(2 * time.Hour)
	price := func(at time.Time) float64 {
		if at.After(jump) {
			return 70000
		}
		return 60000
	}
	flat := func(int) float64 { return 5000 }
	s := stateOf(x[19].Close.Add(24*time.Hour),
		dailyBars(SPX, x, flat), hourly(BTC, x[0].Open.Add(-30*time.Minute), x[19].Close.Add(6*time.Hour), price),
		dailyBars(BTC, x, func(i int) float64 { return price(x[i].Close.Add(4 * time.Hour)) }))
	moved := func(clock string) calendar.Date {
		p, _, err := NewPanel(s, []string{BTC, SPX}, x[0].Date, clock)
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range p.Return[0] {
			if r != 0 {
				return p.Dates[k]
			}
		}
		return 0
	}
	if d := moved(ClockUTC); d != x[9].Date {
		t.Errorf("at midnight UTC the jump counts for %s", d)
	}
	if d := moved(ClockClose); d != x[10].Date {
		t.Errorf("at New York's close the jump counts for %s", d)
	}
}

func TestTheBasketIsTheMeanOfThoseThatHavePrices(t *testing.T) {
	x := sessions(t, calendar.DateOf(2024, 1, 2), 20)
	late := func(i int) float64 {
		if i < 10 {
			return 0
		}
		return 100 * math.Pow(1.04, float64(i))
	}
	s := stateOf(x[19].Close,
		dailyBars("TSLA", x, func(i int) float64 { return 200 * math.Pow(1.02, float64(i)) }), dailyBars("COIN", x, late))
	p, _, err := NewPanel(s, []string{HiBeta}, x[0].Date, ClockUTC)
	if err != nil {
		t.Fatal(err)
	}
	for k, d := range p.Dates {
		want := math.Log(1.02)
		if d > x[10].Date {
			want = math.Log(1.03) // the mean of 2 and 4 %
		}
		if !(math.Abs(p.Return[0][k]-want) <= 1e-12) {
			t.Errorf("%s: %v, want %v", d, p.Return[0][k], want)
		}
	}
	if want := []Member{{"COIN", x[11].Date}, {"TSLA", x[1].Date}}; !slices.Equal(p.Basket, want) {
		t.Errorf("%v, want %v", p.Basket, want)
	}
}

// aprilStep is the return of the index in session i, where it is an ordinary one.
func aprilStep(i int) float64 { return 0.005 * math.Sin(float64(3*i)) }

// aprilState has an index that moves by aprilStep and falls by 3 % a session in April's window, and a coin by the hour that falls after the statement.
func aprilState(t testing.TB, until time.Time) *market.State {
	x := sessions(t, calendar.DateOf(2024, 12, 2), 95)
	level := map[calendar.Date]float64{}
	price := 5000.0
	for i, s := range x {
		step := aprilStep(i)
		if s.Date > calendar.DateOf(2025, 4, 2) && s.Date <= calendar.DateOf(2025, 4, 8) {
			step = -0.03
		}
		price *= math.Exp(step)
		level[s.Date] = price
	}
	statement := Announcements()[0].At
	coin := func(known time.Time) float64 {
		return 80000 * math.Exp(0.01*math.Sin(float64(known.Unix()/3600))-0.1*min(1, max(0, known.Sub(statement).Hours()/48)))
	}
	return stateOf(until, dailyBars(SPX, x, func(i int) float64 { return level[x[i].Date] }), hourly(BTC, x[0].Open.Truncate(time.Hour), until, coin))
}

func TestAShockIsMeasuredAgainstWindowsOfItsShape(t *testing.T) {
	s := aprilState(t, time.Date(2025, 4, 20, 0, 0, 0, 0, time.UTC))
	tariff, err := MeasureTariff(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(tariff.Shocks) != 2 || tariff.Shocks[0].ID != "april" || !tariff.Shocks[1].Opposed || !slices.Equal(tariff.Absent, []string{"october"}) {
		t.Fatalf("%+v", tariff)
	}
	x := tariff.Shocks[0]
	if x.Wait != 17.5 { // 16:00 to 9:30
		t.Errorf("New York was closed for %v hours", x.Wait)
	}
	index, ok := x.jump(SPX)
	if !ok {
		t.Fatal("no index")
	}
	// Ordinary windows are four sessions that end before the one of the statement.
	days := sessions(t, calendar.DateOf(2024, 12, 2), 95)
	at := slices.IndexFunc(days, func(s calendar.Session) bool { return s.Date == calendar.DateOf(2025, 4, 2) })
	var usual []float64
	mean, square := 0.0, 0.0
	for last := at - 1; last >= at-ordinary; last-- {
		r := 0.0
		for i := last - 3; i <= last; i++ {
			r += aprilStep(i)
		}
		usual = append(usual, r)
		mean += r / ordinary
	}
	for _, r := range usual {
		square += (r - mean) * (r - mean) / (ordinary - 1)
	}
	if want := math.Sqrt(square * (1 + 1.0/ordinary)); !(math.Abs(index.Return.Value-(-0.12-mean)) <= 1e-12) ||
		!(math.Abs(index.Return.Error-want) <= 1e-12) || index.Ordinary != ordinary {
		t.Errorf("%+v, want %v ± %v", index, -0.12-mean, want)
	}
	coin, ok := x.jump(BTC)
	if !ok {
		t.Fatal("no coin")
	}
	// A tenth within two days, and waves of 1 %.
	if !(math.Abs(coin.Return.Value+0.1) <= 0.03) || !(coin.Return.Error > 0.005 && coin.Return.Error < 0.03) {
		t.Errorf("%+v", coin)
	}
	if !(coin.Half >= 15 && coin.Half <= 33) { // half of it after a day, give or take the waves
		t.Errorf("half of the fall after %v hours", coin.Half)
	}
	// The suspension, which went the other way, is left out of the mean.
	if len(tariff.Mean) != 2 || tariff.Mean[0].Asset != BTC || tariff.Mean[0].Return != estimate(coin.Return.Value, coin.Return.Error) {
		t.Errorf("%+v", tariff.Mean)
	}
}

func TestAShockIsNotKnownBeforeItsWindowEnds(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2025, 4, 2, 19, 0, 0, 0, time.UTC),
		time.Date(2025, 4, 4, 19, 0, 0, 0, time.UTC),
		time.Date(2025, 4, 8, 19, 0, 0, 0, time.UTC),
	} {
		_, err := MeasureTariff(aprilState(t, at))
		var none *evidence.Absent
		if !errors.As(err, &none) || none.Code != "no_prices_of_announcements" {
			t.Errorf("as of %s: %v", at, err)
		}
	}
}

func TestTheShockInForceIsThatOfTheRegister(t *testing.T) {
	a, err := assumption.Default().With("shock.tariff_btc", -0.2, "test")
	if err != nil {
		t.Fatal(err)
	}
	if move, lag, ok := InForce(a, BTC); !ok || move != -0.2 || lag != 0 {
		t.Errorf("bitcoin: %v after %v hours", move, lag)
	}
	if move, lag, ok := InForce(a, SPX); !ok || move != a.Value("shock.tariff_spx") || lag != a.Value("shock.tariff_lag_hours") {
		t.Errorf("index: %v after %v hours", move, lag)
	}
	if _, _, ok := InForce(a, "SOL"); ok {
		t.Error("nothing was measured for another coin")
	}
}

func TestWithoutCryptoThereIsNothingToMeasure(t *testing.T) {
	x := sessions(t, calendar.DateOf(2024, 1, 2), 30)
	s := stateOf(x[29].Close, dailyBars(SPX, x, func(i int) float64 { return 5000 + float64(i) }))
	_, err := Read(t.Context(), s, assumption.Default())
	var none *evidence.Absent
	if !errors.As(err, &none) || none.Code != "no_bars" || Concerned(s) {
		t.Errorf("%v, concerned %v", err, Concerned(s))
	}
}

// world is prices by the session and the hour over some years, with a common factor.
func world(t testing.TB, until time.Time) *market.State {
	x := sessions(t, calendar.DateOf(2022, 1, 3), 560)
	random := stream(9, "world", 0)
	n := len(x)
	common := make([]float64, n)
	for i := range common {
		common[i] = 0.01 * random.NormFloat64()
	}
	walk := func(beta, own float64) func(int) float64 {
		level := make([]float64, n)
		sum := 0.0
		for i := range level {
			sum += beta*common[i] + own*random.NormFloat64()
			level[i] = 100 * math.Exp(sum)
		}
		return func(i int) float64 { return level[i] }
	}
	sets := []market.Dataset{}
	for _, id := range []string{BTC, ETH, NDX, SPX, "TSLA", bondFund} {
		sets = append(sets, dailyBars(id, x, walk(0.6, 0.01)))
	}
	return stateOf(until, sets...)
}

func TestLaterPricesChangeNothing(t *testing.T) {
	a := assumption.Default()
	for name, v := range map[string]float64{"contagion.from_year": 2022, "contagion.draws": 20, "contagion.placebos": 99} {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2023, 10, 2, 21, 0, 0, 0, time.UTC)
	all := world(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	var b market.Book
	for _, k := range all.BarKeys() {
		bars, err := all.Daily(k[:len(k)-3])
		if err != nil {
			t.Fatal(err)
		}
		b.Add(market.Dataset{Bars: bars})
	}
	got, err := Read(t.Context(), b.AsOf(at), a)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Read(t.Context(), world(t, at), a)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Systems) == 0 || got.Rolling == nil || len(got.Events) == 0 {
		t.Fatalf("missing: %v", got.Missing)
	}
	for i, y := range got.Systems {
		if z := want.Systems[i]; y.To != z.To || y.Total != z.Total || y.Forward != z.Forward {
			t.Errorf("%s: %+v and %+v", y.Name, y.Total, z.Total)
		}
		if y.To > calendar.DateIn(at, calendar.NewYork()) {
			t.Errorf("%s reaches to %s", y.Name, y.To)
		}
	}
	if !slices.Equal(got.Rolling.Total, want.Rolling.Total) {
		t.Error("rolling windows differ")
	}
}
