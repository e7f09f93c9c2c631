package faultline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline"
	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// close is the official close of the made-up market's last session, a Wednesday.
var close = time.Date(2025, time.March, 5, 21, 0, 0, 0, time.UTC)

// prices makes five years of made-up daily closes that end at 5000.
func prices(t testing.TB) *market.Bars {
	t.Helper()
	b := &market.Bars{Instrument: "SPX", Interval: market.Day, Origin: market.Origin{File: "made-up.csv", Format: "daily", KnownAt: "session_close"}}
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2020, 3, 5), calendar.DateOf(2025, 3, 5))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	level := make([]float64, len(sessions))
	level[len(level)-1] = 5000
	for i := len(level) - 2; i >= 0; i-- {
		level[i] = level[i+1] / math.Exp(0.0004+0.01*random.NormFloat64())
	}
	for i, s := range sessions {
		b.Append(int64(s.Date)*86400, s.Close.Unix(), level[i], level[i]*1.004, level[i]*0.996, level[i], 3e9, int32(i+2))
	}
	return b
}

// quotes makes a chain with a smile, four expiries and open interest.
func quotes(t testing.TB, at time.Time) *market.Chain {
	t.Helper()
	c := &market.Chain{Underlying: "SPX", At: at, Spot: 5000, Origin: market.Origin{File: "made-up-chain.csv", Format: "cboe_table", KnownAt: "quote_time"}}
	for _, date := range []calendar.Date{calendar.DateOf(2025, 3, 6), calendar.DateOf(2025, 3, 14), calendar.DateOf(2025, 3, 21), calendar.DateOf(2025, 4, 17)} {
		x, err := calendar.Settle("SPXW", date)
		if err != nil {
			t.Fatal(err)
		}
		years := calendar.Years(at, x.Settle)
		forward := 5000 * math.Exp(0.03*years)
		for k := 4600.0; k <= 5400; k += 25 {
			vol := 0.16 + 0.4*math.Pow(math.Log(k/forward), 2) - 0.1*math.Log(k/forward)
			for _, right := range []black.Right{black.Call, black.Put} {
				bid := math.Floor(black.Price(right, forward, k, years, vol)*math.Exp(-0.04*years)*20) / 20
				n := 100 + math.Mod(k, 100)*3
				if right == black.Put && k < 5000 || right == black.Call && k > 5000 {
					n *= 10
				}
				c.Append(market.Quote{
					Root: "SPXW", Expiry: date, Right: right, Strike: k, Bid: bid, Ask: bid + 0.1, Last: market.Missing,
					Volume: 10, OpenInterest: n, IV: market.Missing, Delta: market.Missing, Gamma: market.Missing, Line: int32(c.Len() + 4),
				})
			}
		}
	}
	return c
}

func base(t testing.TB) []market.Dataset {
	return []market.Dataset{{Bars: prices(t)}, {Chain: quotes(t, close)}}
}

func run(t testing.TB, sets []market.Dataset, at time.Time, a assumption.Set) []byte {
	t.Helper()
	var b market.Book
	b.Add(sets...)
	out, err := faultline.Analyze(t.Context(), b.AsOf(at), a)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// few keeps the analyses of property tests short.
func few(t testing.TB) assumption.Set {
	t.Helper()
	a := assumption.Default()
	for _, s := range []string{"band.draws=3", "ladder.step=0.02"} {
		var err error
		if a, err = a.WithText(s, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestObservationsKnownLaterChangeNoByteOfAnAnalysis(t *testing.T) {
	sets, a := base(t), few(t)
	want := run(t, sets, close, a)
	rapid.Check(t, func(r *rapid.T) {
		later := func() int64 { return close.Unix() + rapid.Int64Range(1, 30*86400).Draw(r, "later") }
		more := append([]market.Dataset{}, sets...)
		bars := &market.Bars{Instrument: "SPX", Interval: market.Day, Origin: market.Origin{File: rapid.SampledFrom([]string{"made-up.csv", "other.csv"}).Draw(r, "file")}}
		for range rapid.IntRange(1, 3).Draw(r, "bars") {
			// A bar about any day, an early one included, as long as it becomes known later.
			bars.Append(rapid.Int64Range(20000, 20200).Draw(r, "day")*86400, later(), 1, 1, 1, rapid.Float64Range(1, 9999).Draw(r, "close"), market.Missing, 1)
		}
		chain := quotes(t, close)
		chain.At = time.Unix(later(), 0)
		chain.Spot = rapid.Float64Range(1, 9999).Draw(r, "spot")
		series := &market.Series{ID: "DFF"}
		series.Append(close.Unix()-86400*rapid.Int64Range(0, 400).Draw(r, "about"), later(), rapid.Float64Range(0, 20).Draw(r, "rate"), 1)
		facts := &market.Facts{Rows: []market.Fact{{ID: "SPX_close", About: close.Unix(), Known: later(), Value: rapid.Float64Range(1, 9999).Draw(r, "fact")}}}
		more = append(more, market.Dataset{Bars: bars}, market.Dataset{Chain: chain}, market.Dataset{Series: series}, market.Dataset{Facts: facts})
		if got := run(t, more, close, a); !bytes.Equal(got, want) {
			r.Fatalf("the analysis changed:\n%s\n%s", got, want)
		}
	})
}

func TestTheOrderOfRowsAndTheNumberOfCoresChangeNoByte(t *testing.T) {
	sets, a := base(t), few(t)
	want := run(t, sets, close, a)
	random := rand.New(rand.NewPCG(3, 4))
	for _, cores := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(cores)
		c, b := sets[1].Chain, sets[0].Bars
		mixed := &market.Chain{Underlying: c.Underlying, At: c.At, Spot: c.Spot, Origin: c.Origin}
		for _, i := range random.Perm(c.Len()) {
			mixed.Append(c.Row(i))
		}
		turned := &market.Bars{Instrument: b.Instrument, Interval: b.Interval, Origin: b.Origin}
		for _, i := range random.Perm(b.Len()) {
			turned.Append(b.Begin[i], b.Known[i], b.Open[i], b.High[i], b.Low[i], b.Close[i], b.Volume[i], b.Line[i])
		}
		got := run(t, []market.Dataset{{Chain: mixed}, {Bars: turned}}, close, a)
		runtime.GOMAXPROCS(before)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d cores, shuffled rows: the analysis changed", cores)
		}
	}
}

func TestAnythingThatIsKnownChangesTheRunID(t *testing.T) {
	sets, a := base(t), few(t)
	id := func(sets []market.Dataset, a assumption.Set) string {
		var out struct {
			RunID string `json:"run_id"`
		}
		if err := json.Unmarshal(run(t, sets, close, a), &out); err != nil {
			t.Fatal(err)
		}
		return out.RunID
	}
	want := id(sets, a)
	other := base(t)
	other[0].Bars.Close[3]++
	if id(other, a) == want {
		t.Error("another close, the same run id")
	}
	b, err := a.With("ladder.range", 0.2, "test")
	if err != nil {
		t.Fatal(err)
	}
	if id(sets, b) == want {
		t.Error("another assumption, the same run id")
	}
	if id(base(t), few(t)) != want {
		t.Error("the same inputs, another run id")
	}
}

func TestEveryFigureHasAGradeAndANodeAndNoNumberIsNaN(t *testing.T) {
	text := string(run(t, base(t), close, few(t)))
	for _, bad := range []string{"NaN", "Inf", `"grade":""`, `"node":""`} {
		if strings.Contains(text, bad) {
			t.Errorf("the analysis holds %s", bad)
		}
	}
}

func TestWithoutAChainTheTrendIsThereAndDealersAreMissedWithAReason(t *testing.T) {
	var b market.Book
	b.Add(market.Dataset{Bars: prices(t)})
	a, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.Trend == nil || a.Exposure != nil || a.Ladder == nil {
		t.Errorf("trend %v, exposure %v, ladder %v", a.Trend, a.Exposure, a.Ladder)
	}
	if len(a.Missing) != 1 || a.Missing[0].Part != "dealer" || a.Missing[0].Absent.Code != "no_chain" {
		t.Errorf("missing: %+v", a.Missing)
	}
	for _, l := range a.Levels {
		if (l.Price == nil) == (l.Absent == nil) {
			t.Errorf("%s has both or neither of price and reason", l.ID)
		}
		if l.Kind == faultline.CallWall && (l.Absent == nil || l.Reason != "no_chain") {
			t.Errorf("call wall without a chain: %+v", l)
		}
	}
}

func TestNothingKnownIsAnAbsenceAndNotAnEmptyAnalysis(t *testing.T) {
	var b market.Book
	_, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t))
	var absent *evidence.Absent
	if !errors.As(err, &absent) || absent.Code != "no_price" {
		t.Errorf("got %v, want no_price", err)
	}
}

func TestAHeadlineOnSyntheticDataStandsBesideWhatRemainsWithoutThem(t *testing.T) {
	sets := base(t)
	sets[1].Chain.Origin.Grade = evidence.Synthetic
	var b market.Book
	b.Add(sets...)
	a, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t))
	if err != nil {
		t.Fatal(err)
	}
	marked := 0
	for _, h := range a.Headlines {
		if h.With.Grade == evidence.Synthetic {
			marked++
			if h.Without == nil {
				t.Errorf("%s rests on synthetic data and has nothing beside it", h.ID)
			} else if h.Without.Grade == evidence.Synthetic {
				t.Errorf("%s without synthetic data is graded synthetic", h.ID)
			}
		} else if h.Without != nil {
			t.Errorf("%s is %s and yet shown twice", h.ID, h.With.Grade)
		}
	}
	if marked < 4 { // exposure, zero gamma, two walls, the ladder
		t.Errorf("only %d headlines are marked", marked)
	}
	for _, l := range a.Levels {
		if strings.HasPrefix(string(l.Kind), "cta") && l.Grade != evidence.Modelled {
			t.Errorf("%s does not rest on the chain, but is graded %s", l.ID, l.Grade)
		}
	}
}

func TestASpotThatCannotBeOfItsDayGivesNoDealerNumbers(t *testing.T) {
	sets := base(t)
	sets[1].Chain.Spot = 5100 // the session's high is 5020
	var b market.Book
	b.Add(sets...)
	a, err := faultline.Analyze(t.Context(), b.AsOf(close), few(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.Exposure != nil || len(a.Missing) == 0 || a.Missing[0].Absent.Code != "spot_off_day" {
		t.Errorf("exposure %v, missing %+v", a.Exposure, a.Missing)
	}
}
