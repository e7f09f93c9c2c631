package fog

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/nowcast"
	"faultline/macro/release"
	"faultline/market"
)

// monthlySources are those that the fog is measured with.
func monthlySources() []nowcast.Source {
	var out []nowcast.Source
	for _, src := range Sources {
		if src.Kind != nowcast.Quarterly {
			out = append(out, src)
		}
	}
	return out
}

// invented is a state that has every source, made up by one factor, from 2004 on.
func invented(seed uint64, scale float64) *market.State {
	g := rand.New(rand.NewPCG(seed, 3))
	b := &market.Book{}
	const first, months = 12 * 2004, 264
	f := make([]float64, months)
	for t := 1; t < months; t++ {
		f[t] = 0.9*f[t-1] + 0.4*g.NormFloat64()
	}
	for _, src := range monthlySources() {
		s := &market.Series{ID: src.ID}
		x := 100.0
		put := func(d calendar.Date, t int) {
			v := 5 + f[t] + 0.3*g.NormFloat64()
			if src.Code == 2 || src.Code == 5 {
				x *= math.Exp((0.2 + 0.1*f[t] + 0.1*g.NormFloat64()) / 100)
				v = x
			}
			if src.Code == 4 {
				v = math.Exp(v / 10)
			}
			s.Append(int64(d)*86400, int64(d)*86400, scale*v, 1)
		}
		for t := range months {
			m := nowcast.Month(first + t)
			switch src.Frequency {
			case release.Monthly:
				put(m.First(), t)
			case release.Weekly:
				for d := m.First(); d <= m.Last(); d++ {
					if d.Weekday() == time.Saturday {
						put(d, t)
					}
				}
			default:
				for d := m.First(); d <= m.Last(); d++ {
					if calendar.NYSE().Trades(d) {
						put(d, t)
					}
				}
			}
		}
		b.Add(market.Dataset{Series: s})
	}
	return b.AsOf(calendar.DateOf(2025, 12, 31).At(16, 0, calendar.NewYork()))
}

func meter(t testing.TB, s *market.State) *Meter {
	t.Helper()
	d := nowcast.Build(s, monthlySources(), 12*2004, nowcast.MonthOf(calendar.DateOf(2025, 12, 1)), s.At())
	if len(d.Dropped) > 0 {
		t.Fatalf("dropped %v", d.Dropped)
	}
	fit, err := nowcast.Estimate(context.Background(), d.Between(12*2004, 12*2019+11).Panel, nowcast.Spec{Factors: 1, Lags: 1, Iterations: 8, Tolerance: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(fit.Model, d, 3)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var endOf2025 = calendar.DateOf(2025, 12, 31).At(16, 0, calendar.NewYork())

// More releases never tell less: whatever set of reports is withheld, the world that has them too is no
// more uncertain, of either trend, now or later, nor jointly.
func TestAReleaseNeverAddsFog(t *testing.T) {
	m := meter(t, invented(1, 1))
	rapid.Check(t, func(t *rapid.T) {
		day := calendar.DateOf(2025, 8, 15) + calendar.Date(rapid.IntRange(0, 140).Draw(t, "day"))
		withheld := map[string]bool{}
		for _, r := range release.Reports() {
			withheld[r.ID] = rapid.Bool().Draw(t, r.ID)
		}
		one := rapid.SampledFrom(release.Reports()).Draw(t, "one").ID
		world := func(less bool) outAt {
			return func(r release.Report, end calendar.Date) (time.Time, bool) {
				return r.Scheduled(end), end < day-90 || !withheld[r.ID] || !less && r.ID == one
			}
		}
		more, err := m.read(day, world(false))
		if err != nil {
			t.Fatal(err)
		}
		less, err := m.read(day, world(true))
		if err != nil {
			t.Fatal(err)
		}
		for h := range horizons {
			if more.Det[h] > less.Det[h]+1e-9 {
				t.Fatalf("%v without %s: horizon %d: log₂ det %v with it, %v without", day, one, h, more.Det[h], less.Det[h])
			}
			for k := range Targets {
				if more.SD[h][k] > less.SD[h][k]*(1+1e-9) || !(more.SD[h][k] > 0) {
					t.Fatalf("%v without %s: horizon %d: ±%v with it, ±%v without", day, one, h, more.SD[h][k], less.SD[h][k])
				}
			}
		}
	})
}

func TestFogIsZeroWhereNothingIsLate(t *testing.T) {
	m := meter(t, invented(2, 1))
	for _, l := range Lapses {
		c, err := m.Measure(l, endOf2025)
		if err != nil {
			t.Fatal(err)
		}
		begin, err := calendar.ParseDate(l.Begin)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range c.Days {
			if d.Date < begin && d.Bits(0) != 0 {
				t.Errorf("%v, before the lapse: %v bits", d.Date, d.Bits(0))
			}
			if d.Bits(0) < -1e-9 || d.Bits(1) < -1e-9 || d.Ratio(0, 0) < 1-1e-9 {
				t.Errorf("%v: %v and %v bits", d.Date, d.Bits(0), d.Bits(1))
			}
		}
		if worst := c.Days[c.Worst].Bits(0); !(worst > 0) {
			t.Errorf("%s: the worst day has %v bits", l.ID, worst)
		}
		for _, x := range c.Missing {
			if x.Bits[0] < -1e-9 || x.Bits[0] > c.Days[c.Worst].Bits(0)+1e-9 {
				t.Errorf("%s: %s of %s would have told %v bits of %v", l.ID, x.Report, x.Period, x.Bits[0], c.Days[c.Worst].Bits(0))
			}
		}
		for _, x := range c.Substitutes {
			if x.Bits[0] < -1e-9 {
				t.Errorf("%s: %s is worth %v bits", l.ID, x.Report, x.Bits[0])
			}
		}
	}
}

// What is measured is the pattern of releases, so that other units of a series change nothing but scale.
func TestFogDoesNotDependOnUnits(t *testing.T) {
	a, b := meter(t, invented(3, 1)), meter(t, invented(3, 2))
	x, err := a.Measure(Lapses[2], endOf2025)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Measure(Lapses[2], endOf2025)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Days {
		if !(math.Abs(x.Days[i].Bits(0)-y.Days[i].Bits(0)) < 1e-6) {
			t.Fatalf("%v: %v bits, in other units %v", x.Days[i].Date, x.Days[i].Bits(0), y.Days[i].Bits(0))
		}
	}
}

// A day is judged by what was known at the instant: later instants change nothing of days that had come.
func TestLaterDaysChangeNothingOfEarlierOnes(t *testing.T) {
	m := meter(t, invented(4, 1))
	full, err := m.Measure(Lapses[2], endOf2025)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		day := calendar.DateOf(2025, 9, 2) + calendar.Date(rapid.IntRange(0, 100).Draw(t, "day"))
		c, err := m.Measure(Lapses[2], day.At(16, 0, calendar.NewYork()))
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range c.Days {
			if d.Projected != (d.Date > day) {
				t.Fatalf("%v as of %v: projected %v", d.Date, day, d.Projected)
			}
			if !d.Projected && d.Bits(0) != full.Days[i].Bits(0) {
				t.Fatalf("%v as of %v: %v bits, in hindsight %v", d.Date, day, d.Bits(0), full.Days[i].Bits(0))
			}
		}
	})
	var absent *evidence.Absent
	if _, err := m.Measure(Lapses[2], calendar.DateOf(2025, 8, 1).At(16, 0, calendar.NewYork())); !errors.As(err, &absent) || absent.Code != "fog_not_yet" {
		t.Errorf("a lapse before it came: %v", err)
	}
}
