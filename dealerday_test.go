package faultline_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// analysis runs the made-up market at an instant.
func analysis(t testing.TB, sets []market.Dataset, at time.Time, with ...faultline.Option) *faultline.Analysis {
	t.Helper()
	var b market.Book
	b.Add(sets...)
	a, err := faultline.Analyze(t.Context(), b.AsOf(at), few(t), with...)
	if err != nil {
		t.Fatal(err)
	}
	if a.Exposure == nil {
		t.Fatalf("no exposure: %v", a.Missing[0].Absent)
	}
	return a
}

func nearly(x, y, tolerance float64) bool { return math.Abs(x-y) <= tolerance*(1+math.Abs(y)) }

// midday is in the session before the made-up market's last close, when an expiry of the day is alive.
var midday = time.Date(2025, time.March, 6, 16, 30, 0, 0, time.UTC)

// delay is how long quotes of the made-up chain's format are held back.
const delay = 15 * time.Minute

func TestTheMapOfTheDayStartsWithTheExposureOfNow(t *testing.T) {
	a := analysis(t, []market.Dataset{{Bars: prices(t)}, {Chain: quotes(t, midday)}}, midday)
	m := a.Exposure.Map
	middle := len(m.Price) / 2
	if !m.At[0].Equal(midday.Add(-delay)) || !nearly(m.Price[middle], *a.Spot.Value, 1e-12) {
		t.Fatalf("the map starts at %v and its middle is %v", m.At[0], m.Price[middle])
	}
	if !nearly(m.GEX[0][middle], *a.Exposure.GEX.Total.Value, 1e-9) || !nearly(m.CEX[0][middle], *a.Exposure.CEX.Total.Value, 1e-6) {
		t.Errorf("the map starts with %v and %v, the exposures are %v and %v", m.GEX[0][middle], m.CEX[0][middle], *a.Exposure.GEX.Total.Value, *a.Exposure.CEX.Total.Value)
	}
	if !nearly(m.Trade[len(m.At)-1][middle], -*a.Exposure.ToClose.Value, 1e-6) {
		t.Errorf("by the close the map trades %v, the charm until the close is %v", m.Trade[len(m.At)-1][middle], *a.Exposure.ToClose.Value)
	}
}

func TestAnEventThatTakesNoVolatilityLeavesOnlyThePassingOfTime(t *testing.T) {
	var b market.Book
	b.Add(base(t)...)
	a, err := few(t).WithText("dealer.event_points=0", "test")
	if err != nil {
		t.Fatal(err)
	}
	x, err := faultline.Analyze(t.Context(), b.AsOf(close), a)
	if err != nil {
		t.Fatal(err)
	}
	e := x.Exposure.Event
	if *e.Vanna.Value != 0 || !nearly(*e.Charm.Value, -*x.Exposure.ToClose.Value, 1e-6) || !nearly(*e.Both.Value, *e.Charm.Value, 1e-9) {
		t.Errorf("vanna %v, charm %v, until the close %v", *e.Vanna.Value, *e.Charm.Value, *x.Exposure.ToClose.Value)
	}
}

func TestTheShareOfTodayIsThereForEveryChainOfTheSession(t *testing.T) {
	early := quotes(t, midday.Add(-time.Hour))
	early.Origin.File = "early.csv"
	yesterday := quotes(t, close)
	yesterday.Origin.File = "yesterday.csv"
	a := analysis(t, []market.Dataset{{Bars: prices(t)}, {Chain: yesterday}, {Chain: early}, {Chain: quotes(t, midday)}}, midday)
	if n := len(a.Exposure.Today); n != 2 || !a.Exposure.Today[0].At.Equal(early.At.Add(-delay)) || !a.Exposure.Today[1].At.Equal(midday.Add(-delay)) {
		t.Fatalf("%+v", a.Exposure.Today)
	}
	// Every contract traded ten times, so that the share of volume is that of the contracts.
	if v := a.Exposure.Today[1].Volume; v.Value == nil || !nearly(*v.Value, 0.25, 1e-12) {
		t.Errorf("share of volume %+v", v)
	}
}

func TestTheVolumeVariantHasItsOwnGradeAndCaveat(t *testing.T) {
	a := analysis(t, []market.Dataset{{Bars: prices(t)}, {Chain: quotes(t, midday)}}, midday)
	v := a.Exposure.Adjusted
	if v == nil || v.Absent != nil || v.Node == a.Exposure.Node || v.Grade < evidence.Modelled || len(v.Caveats) == 0 {
		t.Fatalf("%+v", v)
	}
	if *v.Today.Value == a.Exposure.GEX.ByBucket[0].Value || !nearly(*v.GEX.Value-*v.Today.Value, *a.Exposure.GEX.Total.Value-a.Exposure.GEX.ByBucket[0].Value, 1e-9) {
		t.Errorf("0DTE %v, in all %v; without volume %v, in all %v", *v.Today.Value, *v.GEX.Value, a.Exposure.GEX.ByBucket[0].Value, *a.Exposure.GEX.Total.Value)
	}
	silent := quotes(t, midday)
	for i := range silent.Volume {
		silent.Volume[i] = market.Missing
	}
	if v := analysis(t, []market.Dataset{{Bars: prices(t)}, {Chain: silent}}, midday).Exposure.Adjusted; v.Absent == nil || v.Absent.Code != "no_volume_today" || v.GEX != nil {
		t.Errorf("without volume: %+v", v)
	}
}

func TestAnInventoryTakesThePlaceOfTheConvention(t *testing.T) {
	plain := analysis(t, base(t), close)
	expiry := calendar.DateOf(2025, 3, 14)
	told := faultline.Told{
		File: "book.csv",
		Inventory: []faultline.Position{
			{Root: "SPXW", Expiry: expiry, Right: black.Call, Strike: 5100, Contracts: -500},
			{Root: "SPXW", Expiry: expiry, Right: black.Call, Strike: 5101, Contracts: -500},
		},
		Rejected: []faultline.Unplaced{{Row: 1, Reason: evidence.Code{Code: "bad_strike"}}},
	}
	a := analysis(t, base(t), close, faultline.HeldAs(told))
	if a.Exposure.Convention != "inventory" || a.RunID == plain.RunID || !(*a.Exposure.GEX.Total.Value < 0) {
		t.Fatalf("convention %s, gamma %v", a.Exposure.Convention, *a.Exposure.GEX.Total.Value)
	}
	if u := a.Exposure.Unplaced; len(u) != 2 || u[0].Row != 1 || u[1].Row != 3 || u[1].Reason.Code != "contract_not_in_chain" {
		t.Errorf("rows that count for nothing: %+v", u)
	}
	// What is given has no convention to be drawn.
	if f := a.Exposure.GEX.Total; f.Low != nil || a.Levels[0].Low != nil || a.Exposure.Hedge.NowLow != nil {
		t.Errorf("an inventory leaves nothing to draw: %+v", f)
	}
	// The dealers of the ladder hold the inventory: short calls, they buy as the price rises.
	for _, p := range a.Ladder.Players {
		if p.Name == "dealer" && !(p.USD[len(p.USD)-1] > 0 && p.USD[0] < 0) {
			t.Errorf("the ladder's dealers trade %v at the top and %v at the bottom", p.USD[len(p.USD)-1], p.USD[0])
		}
	}
	if n := nodeOf(a, "in/inventory"); n.Source != "book.csv" {
		t.Errorf("node of the inventory: %+v", n)
	}
	again := analysis(t, base(t), close, faultline.HeldAs(told))
	if again.RunID != a.RunID {
		t.Error("the same inventory gives another run id")
	}
}

func nodeOf(a *faultline.Analysis, id string) evidence.Node {
	for _, n := range a.Nodes {
		if n.ID == id {
			return n
		}
	}
	return evidence.Node{}
}

func TestTradesPutDealersOnTheOtherSide(t *testing.T) {
	expiry := calendar.DateOf(2025, 3, 14)
	row := []faultline.Signed{{Root: "SPXW", Expiry: expiry, Right: black.Put, Strike: 4900, Bought: 8000, Sold: 1000}}
	plain, with := analysis(t, base(t), close), analysis(t, base(t), close, faultline.HeldAs(faultline.Told{File: "t.csv", Trades: row}))
	if with.Exposure.Convention != "trades" || !(*with.Exposure.GEX.Total.Value < *plain.Exposure.GEX.Total.Value) {
		t.Errorf("customers bought puts, and dealers' gamma went from %v to %v", *plain.Exposure.GEX.Total.Value, *with.Exposure.GEX.Total.Value)
	}
	var b market.Book
	b.Add(base(t)...)
	a, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t), faultline.HeldAs(faultline.Told{File: "t.csv", Trades: []faultline.Signed{{Strike: 1}}}))
	if err != nil || a.Exposure != nil || len(a.Missing) == 0 || a.Missing[0].Absent.Code != "trades_not_in_chain" {
		t.Errorf("trades of another chain: %v %+v", err, a.Missing)
	}
}

func TestExposuresAreConvertedWholeAndBack(t *testing.T) {
	a, want := analysis(t, base(t), close), analysis(t, base(t), close)
	if err := a.Convert("usd_per_point", "usd_to_close"); err != nil {
		t.Fatal(err)
	}
	spot, gex := *a.Spot.Value, a.Exposure.GEX
	if gex.Unit != evidence.USDPerPoint || gex.Total.Unit != evidence.USDPerPoint || !nearly(*gex.Total.Value, *want.Exposure.GEX.Total.Value*100/spot, 1e-12) {
		t.Errorf("%v %s of %v", *gex.Total.Value, gex.Unit, *want.Exposure.GEX.Total.Value)
	}
	for i, p := range gex.Profile.Price {
		if !nearly(gex.Profile.GEX[i], want.Exposure.GEX.Profile.GEX[i]*100/p, 1e-12) {
			t.Fatalf("at %v the profile is %v a point", p, gex.Profile.GEX[i])
		}
	}
	if *a.Headlines[1].With.Value != *gex.Total.Value {
		t.Error("the headline keeps the old unit")
	}
	if err := a.Convert("usd_per_pct", "usd_per_hour"); err != nil {
		t.Fatal(err)
	}
	for i := range want.Exposure.CEX.ByStrike.Strike {
		if !nearly(a.Exposure.CEX.ByStrike.Call[i], want.Exposure.CEX.ByStrike.Call[i], 1e-12) || !nearly(a.Exposure.GEX.ByStrike.Low[i], want.Exposure.GEX.ByStrike.Low[i], 1e-12) {
			t.Fatal("there and back is not the same")
		}
	}
	// Volatility falls as the price rises: vanna turns round, and so do the ends of its interval.
	if err := a.Convert("vex=usd_per_pct"); err != nil {
		t.Fatal(err)
	}
	v, was := a.Exposure.VEX.Total, want.Exposure.VEX.Total
	if !nearly(*v.Value, -1.4**was.Value, 1e-12) || !(*v.Low <= *v.High) || !nearly(*v.Low, -1.4**was.High, 1e-12) {
		t.Errorf("vanna %v [%v, %v] of %v [%v, %v]", *v.Value, *v.Low, *v.High, *was.Value, *was.Low, *was.High)
	}
	var absent *evidence.Absent
	if err := a.Convert("cex=usd_per_point"); !errors.As(err, &absent) || absent.Code != "unit_not_convertible" {
		t.Errorf("charm a point: %v", err)
	}
	for _, bad := range []string{"usd", "tex=usd_per_pct", ""} {
		if a.Convert(bad) == nil {
			t.Errorf("%q is taken for a unit", bad)
		}
	}
}

func TestALevelWithoutAnIntervalSaysWhy(t *testing.T) {
	a := analysis(t, base(t), close)
	for _, l := range a.Levels {
		if l.Price == nil || l.Share == nil {
			continue
		}
		if (l.Low == nil) == (l.NoBand == nil) || l.Agree == nil {
			t.Errorf("%s: low %v, no band because %v, agree %v", l.ID, l.Low, l.NoBand, l.Agree)
		}
	}
}

func TestTheSurfaceIsGivenWithItsError(t *testing.T) {
	s := analysis(t, base(t), close).Exposure.Surface
	if s == nil || s.Fitted != 4 || s.Median == nil || !(*s.Median < 0.01) || s.Widths == nil {
		t.Fatalf("%+v", s)
	}
	for _, x := range s.Expiries {
		for i := range x.Strike {
			if i > 0 && !(x.Strike[i] > x.Strike[i-1]) || !(x.Vol[i] > 0) {
				t.Fatalf("%s: volatility %v at %v", x.Expiry, x.Vol[i], x.Strike[i])
			}
		}
	}
}

func TestLevelsInTermsOfTheFutureAndTheFund(t *testing.T) {
	spy := &market.Bars{Instrument: "SPY", Interval: time.Minute, Origin: market.Origin{File: "spy.csv", KnownAt: "bar_end"}}
	spy.Append(close.Add(-delay-time.Minute).Unix(), close.Add(-delay).Unix(), 498, 498, 498, 498, 1000, 1)
	a := analysis(t, append(base(t), market.Dataset{Bars: spy}), close)
	if len(a.Terms) != 2 || a.Terms[0].From != "forward" || a.Terms[1].From != "quoted" {
		t.Fatalf("%+v", a.Terms)
	}
	for _, l := range a.Terms[1].Levels {
		if l.ID == "levels.call_wall" {
			for _, x := range a.Levels {
				if x.ID == l.ID && !nearly(l.Price, *x.Price*498/5000, 1e-9) {
					t.Errorf("call wall %v is %v in SPY", *x.Price, l.Price)
				}
			}
		}
	}
	// A price of an hour before is not of the moment.
	late := &market.Bars{Instrument: "SPY", Interval: time.Minute, Origin: market.Origin{File: "spy.csv", KnownAt: "bar_end"}}
	late.Append(close.Add(-time.Hour).Unix(), close.Add(-59*time.Minute).Unix(), 498, 498, 498, 498, 1000, 1)
	if x := analysis(t, append(base(t), market.Dataset{Bars: late}), close).Terms[1]; x.Absent == nil || x.Levels != nil {
		t.Errorf("%+v", x)
	}
}

func TestASingleStockHasItsSqueezeAndAnIndexNone(t *testing.T) {
	if analysis(t, base(t), close).Exposure.Squeeze != nil {
		t.Error("an index has a squeeze")
	}
	dir := shared(t)
	var b market.Book
	for _, f := range []string{"options/cboe_csv/nvda_2025-01-06.csv", "daily/NVDA.csv"} {
		r, err := feed.ReadFile(t.Context(), filepath.Join(dir, f), feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	a, err := faultline.Analyze(t.Context(), b.AsOf(time.Date(2025, 1, 7, 3, 0, 0, 0, time.UTC)), assumption.Default())
	if err != nil {
		t.Fatal(err)
	}
	q := a.Exposure.Squeeze
	if q == nil || q.Gain.Value == nil || !(*q.Gain.Value > 0) || q.Volume.Value == nil || !(*q.Volume.Value > 5e9 && *q.Volume.Value < 2e11) {
		t.Fatalf("%+v", q)
	}
	if !(q.Rise.USD[1] > q.Rise.USD[0] && q.Rise.USD[0] > 0) || !(q.Rise.Share[0] > 0) {
		t.Errorf("%+v", q.Rise)
	}
	// Depth follows the square-root law from what stands in the analysis.
	if !(*q.Depth.Value > 0 && *q.Depth.Value < *q.Volume.Value) {
		t.Errorf("depth %v, volume %v", *q.Depth.Value, *q.Volume.Value)
	}
}

func TestSharesOfVolumeAreOfTheWindowAndScaledToTheWholeTape(t *testing.T) {
	bars := &market.Bars{Instrument: "SPY", Interval: 30 * time.Minute, Origin: market.Origin{File: "spy.csv", KnownAt: "bar_end"}}
	daily := &market.Bars{Instrument: "SPY", Interval: market.Day, Origin: market.Origin{File: "spyd.csv", KnownAt: "session_close"}}
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2025, 2, 3), calendar.DateOf(2025, 3, 5))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		for at := s.Open; at.Before(s.Close); at = at.Add(30 * time.Minute) {
			bars.Append(at.Unix(), at.Add(30*time.Minute).Unix(), 500, 500, 500, 500, 100, 1)
		}
		daily.Append(int64(s.Date)*86400, s.Close.Unix(), 500, 500, 500, 500, 13000, 1)
	}
	a := analysis(t, append([]market.Dataset{{Bars: prices(t)}, {Chain: quotes(t, midday)}}, market.Dataset{Bars: bars}, market.Dataset{Bars: daily}), midday)
	v := a.Exposure.Volume
	// Nine half hours from 11:30 to 16:00, a tenth of the tape.
	if v.USD.Value == nil || !nearly(*v.USD.Value, 9*100*500*10, 1e-9) || v.Coverage == nil || !nearly(*v.Coverage, 0.1, 1e-9) || v.Instrument != "SPY" {
		t.Fatalf("%+v", v)
	}
	h := a.Exposure.Hedge
	for i := range h.Move {
		if !nearly(h.CloseShare[i], math.Abs(h.Close[i])/(*v.USD.Value), 1e-12) {
			t.Fatalf("share %v of %v", h.CloseShare[i], h.Close[i])
		}
	}
}
