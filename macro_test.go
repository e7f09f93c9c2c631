package faultline_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// economy is an invented one: prices, unemployment and the policy rate since 1954, Treasury yields, the
// balance of the Federal Reserve, secured funding, futures and published odds, each known as its source is.
func economy(t testing.TB) *market.Book {
	t.Helper()
	var b market.Book
	add := func(name, text string) {
		r, err := feed.Read(t.Context(), strings.NewReader(text), feed.Options{Name: name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.Add(r.Sets...)
	}
	number := func(b *strings.Builder, day time.Time, v float64) {
		b.WriteString(day.Format(time.DateOnly))
		b.WriteByte(',')
		text, _ := json.Marshal(math.Round(v*1e4) / 1e4)
		b.Write(text)
		b.WriteByte('\n')
	}
	monthly := func(name string, value func(m float64) float64) {
		var s strings.Builder
		s.WriteString("observation_date," + name + "\n")
		for m, day := 0, time.Date(1953, 1, 1, 0, 0, 0, 0, time.UTC); day.Before(time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)); m, day = m+1, day.AddDate(0, 1, 0) {
			number(&s, day, value(float64(m)))
		}
		add(name+".csv", s.String())
	}
	monthly("CPIAUCSL", func(m float64) float64 { return 20 * math.Exp(0.003*m+0.06*math.Sin(m/23)+0.01*math.Sin(m/5)) })
	monthly("UNRATE", func(m float64) float64 { return 5.5 + 1.6*math.Sin(m/31) + 0.6*math.Cos(m/9) })
	monthly("FEDFUNDS", func(m float64) float64 { return 4 + 2.5*math.Sin(m/37) + 0.8*math.Sin(m/11) })
	daily := func(name string, from time.Time, step int, value func(d float64) float64) {
		var s strings.Builder
		s.WriteString("observation_date," + name + "\n")
		for day := from; day.Before(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)); day = day.AddDate(0, 0, step) {
			if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
				number(&s, day, value(float64(day.Unix()/86400)))
			}
		}
		add(name+".csv", s.String())
	}
	for name, years := range map[string]float64{"DGS6MO": 0.5, "DGS1": 1, "DGS2": 2, "DGS5": 5, "DGS7": 7, "DGS10": 10, "DGS30": 30} {
		daily(name, time.Date(2012, 1, 2, 0, 0, 0, 0, time.UTC), 1, func(d float64) float64 {
			x := math.Exp(-years / 3)
			return 3.5 + math.Sin(d/400) + (1+0.5*math.Sin(d/170))*(1-x) + 0.6*math.Sin(d/90)*years*x + 0.3*math.Sin(d/37)*x
		})
	}
	wednesday := time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)
	daily("WALCL", wednesday, 7, func(d float64) float64 { return 6.6e6 + 2e4*math.Sin(d/50) })
	daily("WTREGEN", wednesday, 7, func(d float64) float64 { return 8e5 + 1e5*math.Sin(d/30) })
	daily("RRPONTSYD", wednesday, 1, func(d float64) float64 { return 100 + 50*math.Sin(d/20) })
	daily("SOFR", wednesday, 1, func(d float64) float64 { return 4.2 + 0.1*math.Sin(d/15) })
	daily("DFF", wednesday, 1, func(float64) float64 { return 3.88 })
	add("zq.csv", "contract_symbol,contract_month,contract_year,close_price,as_of_date\n"+
		"ZQX25,11,2025,96.12,2025-11-20\nZQZ25,12,2025,96.19,2025-11-20\nZQF26,1,2026,96.28,2025-11-20\nZQG26,2,2026,96.33,2025-11-20\n"+
		"ZQX25,11,2025,96.12,2025-11-21\nZQZ25,12,2025,96.23,2025-11-21\nZQF26,1,2026,96.34,2025-11-21\nZQG26,2,2026,96.4,2025-11-21\n")
	add("FedMeeting_20251210.csv", "Date,(350-375),(375-400)\n2025/11/18,0.5,0.5\n2025/11/19,0.301,0.699\n2025/11/20,0.391,0.609\n2025/11/21,0.71,0.29\n")
	return &b
}

func economyAt(t testing.TB, b *market.Book, at time.Time) *faultline.Analysis {
	t.Helper()
	a := assumption.Default()
	for name, v := range map[string]float64{"analog.surrogates": 19, "termpremium.resamples": 30} {
		var err error
		if a, err = a.With(name, v, "test"); err != nil {
			t.Fatal(err)
		}
	}
	out, err := faultline.AnalyzeMacro(t.Context(), b.AsOf(at), a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheMacroInstrumentsRunWithoutAPriceAndSayWhatTheyRestOn(t *testing.T) {
	at := calendar.DateOf(2025, 11, 22).At(9, 0, calendar.NewYork())
	a := economyAt(t, economy(t), at)
	m := a.Macro
	if m == nil || m.Fed == nil || m.Odds == nil || m.Analog == nil || m.Premium == nil || m.Liquidity == nil || m.Liquidity.Net == nil || m.Releases == nil {
		t.Fatalf("missing: %+v", m.Missing)
	}
	if a.Spot.Absent == nil || a.Spot.Value != nil {
		t.Errorf("spot %+v", a.Spot)
	}
	if n := len(m.Odds.Cut); n != 4 || !(math.Abs(m.Odds.Cut[1]-0.301) < 1e-12 && math.Abs(m.Odds.Cut[3]-0.71) < 1e-12) {
		t.Errorf("odds %+v", m.Odds)
	}
	// December's 31 days: ten at 3.88 and 21 at 3.88 + x have a mean of 3.77, so x is −0.1624. January's
	// meeting lies between December's and a month without one, which is the case of the anchors: its start
	// is (31·3.66 − 3·3.60)/28 = 3.6664, and December ends there: −0.2136.
	if f := m.Fed.Meetings[0]; f.Date != "2025-12-10" || !(math.Abs(*f.ChangeBP+21.36) < 0.01) || m.Fed.Target.LowBP != 375 {
		t.Errorf("December: %+v of %+v", f, m.Fed.Target)
	}
	nodes := map[string]evidence.Node{}
	for _, n := range a.Nodes {
		nodes[n.ID] = n
	}
	for _, id := range []string{m.Analog.Node, m.Premium.Node, m.Liquidity.Net.Node, m.Odds.Node, "run/fedwatch"} {
		if n, ok := nodes[id]; !ok || len(n.Inputs) == 0 {
			t.Errorf("%s rests on %v", id, n.Inputs)
		}
	}
	why := map[string]string{}
	for _, x := range m.Missing {
		why[x.Part] = x.Absent.Code
	}
	if why["response"] != "no_daily_bars" {
		t.Errorf("missing: %v", why)
	}
}

// What becomes known later changes no byte: on the evening of the nineteenth nothing of the twentieth is known.
func TestTheMacroInstrumentsKnowNothingLater(t *testing.T) {
	if testing.Short() {
		t.Skip("short: many nowcasts")
	}
	whole := economy(t)
	for _, at := range []time.Time{
		calendar.DateOf(2025, 11, 20).At(0, 30, calendar.NewYork()),
		calendar.DateOf(2025, 8, 15).At(16, 0, calendar.NewYork()),
	} {
		var known market.Book
		for _, d := range whole.Sets() {
			v := d.Series
			if v == nil {
				continue
			}
			c := &market.Series{Origin: v.Origin, ID: v.ID, Unit: v.Unit}
			for i := range v.Len() {
				if v.Known[i] <= at.Unix() {
					c.About, c.Known = append(c.About, v.About[i]), append(c.Known, v.Known[i])
					c.Value, c.Line = append(c.Value, v.Value[i]), append(c.Line, v.Line[i])
				}
			}
			if c.Len() > 0 {
				known.Add(market.Dataset{Series: c})
			}
		}
		text := func(a *faultline.Analysis) []byte {
			b, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		a, b := economyAt(t, whole, at), economyAt(t, &known, at)
		if !bytes.Equal(text(a), text(b)) {
			t.Errorf("%s: later rows changed the analysis", at)
		}
		if o := a.Macro.Odds; o != nil && len(o.Day) > 0 && o.Day[len(o.Day)-1] > at.Format(time.DateOnly) {
			t.Errorf("%s: odds of %s are known", at, o.Day[len(o.Day)-1])
		}
	}
}

func TestWithoutDataEachMacroInstrumentSaysWhy(t *testing.T) {
	a := economyAt(t, &market.Book{}, calendar.DateOf(2025, 11, 21).At(16, 0, calendar.NewYork()))
	parts := map[string]bool{}
	for _, m := range a.Macro.Missing {
		parts[m.Part] = m.Absent.Code != ""
	}
	for _, want := range []string{"fed", "odds", "response", "analog", "term_premium", "liquidity"} {
		if !parts[want] {
			t.Errorf("%s is missing without a reason: %+v", want, a.Macro.Missing)
		}
	}
	if a.Macro.Releases == nil || a.Macro.Releases.Holes == 0 {
		t.Error("the calendar needs no data and has holes in November 2025")
	}
}

func BenchmarkMacro(b *testing.B) {
	s := economy(b).AsOf(calendar.DateOf(2025, 11, 22).At(9, 0, calendar.NewYork()))
	for b.Loop() {
		if _, err := faultline.AnalyzeMacro(b.Context(), s, assumption.Default()); err != nil {
			b.Fatal(err)
		}
	}
}
