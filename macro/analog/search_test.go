package analog

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

func usual() Options {
	return Options{
		Short: 24, Long: 60, Length: 48, Lengths: []int{24, 36, 48, 60},
		From: 12 * 1955, To: 12*1990 + 11, Matches: 5, Horizon: 24, Band: 0.1,
		Surrogates: 99, Block: 12, Seed: 1, EaseMonths: 6, EaseBy: 0.25, Level: 0.05,
	}
}

// small options for tests that search often.
func small() Options {
	o := usual()
	o.Short, o.Long, o.Length, o.Lengths = 12, 18, 18, []int{12, 18}
	o.Surrogates, o.From, o.To, o.Horizon, o.Block = 39, 0, 159, 12, 5
	return o
}

func panel(x [Dims][]float64) *Panel { return &Panel{From: 0, X: x} }

func TestAPlantedStretchIsFoundAndIsSpecial(t *testing.T) {
	x := walk(rand.New(rand.NewPCG(21, 22)), 240)
	for k := range Dims {
		for i := range 18 { // the last eighteen months repeat months 90 to 107, at another level
			x[k][222+i] = x[k][90+i] + 0.5
		}
	}
	r, err := Find(t.Context(), panel(x), small())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []Kind{Shape, Warped} {
		if m := r.Matches[k][0]; m.Start != 90 || m.End != 107 || !(m.Distance < 1e-6) {
			t.Errorf("%s finds %v to %v at %v", k, m.Start, m.End, m.Distance)
		}
	}
	if !(r.Chance <= 0.05) || !r.Special {
		t.Errorf("chance of a perfect copy: %v", r.Chance)
	}
	for _, k := range Kinds {
		ms := r.Matches[k]
		for i := range ms {
			for j := range i {
				if ms[i].Start <= ms[j].End && ms[j].Start <= ms[i].End {
					t.Errorf("%s: %v–%v overlaps %v–%v", k, ms[i].Start, ms[i].End, ms[j].Start, ms[j].End)
				}
			}
			if ms[i].End > 159 {
				t.Errorf("%s: %v lies after the past that was to be searched", k, ms[i].End)
			}
		}
	}
}

// Where there is no history to be found, one call in twenty must find some. Of 120 pairs of unrelated
// walks six should; more than 14 have a probability of 0.1 % (binomial).
func TestUnrelatedPastsAreSpecialAsRarelyAsTheLevelSays(t *testing.T) {
	special := 0
	for i := range 120 {
		r, err := Find(t.Context(), panel(walk(rand.New(rand.NewPCG(uint64(i), 99)), 200)), small())
		if err != nil {
			t.Fatal(err)
		}
		if r.Chance <= 0.05 {
			special++
		}
	}
	t.Logf("%d of 120 unrelated pasts are special", special)
	if special > 14 {
		t.Errorf("%d of 120 unrelated pasts are special", special)
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	p := panel(walk(rand.New(rand.NewPCG(4, 4)), 200))
	a, err := Find(t.Context(), p, small())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Find(t.Context(), p, small())
	if err != nil {
		t.Fatal(err)
	}
	if a.Chance != b.Chance || len(a.Best) != len(b.Best) {
		t.Fatalf("%v and %v", a.Chance, b.Chance)
	}
	for i := range a.Best {
		if a.Best[i] != b.Best[i] {
			t.Errorf("%+v and %+v", a.Best[i], b.Best[i])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, p, small()); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
}

func TestWhatFollowedIsFollowedOnlyAsFarAsItIsKnown(t *testing.T) {
	x := walk(rand.New(rand.NewPCG(14, 4)), 200)
	o := small()
	r, err := Find(t.Context(), panel(x), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds {
		for _, f := range r.Fans[k] {
			for h := range f.Mid {
				if !(f.Low[h] <= f.Mid[h] && f.Mid[h] <= f.High[h] && f.BaseLow[h] <= f.BaseHigh[h]) {
					t.Fatalf("%s: fan %+v at %d", k, f, h)
				}
			}
			if len(f.Mid) != o.Horizon {
				t.Errorf("%s follows %d months of %d", k, len(f.Mid), o.Horizon)
			}
		}
	}
	n := r.Branches[0].N + r.Branches[1].N
	if n < 3 || r.Gap != nil && (r.GapChance == nil || !(*r.GapChance > 0 && *r.GapChance <= 1)) {
		t.Errorf("%+v", r)
	}
}

func TestShortAndFlatPanelsAreSaid(t *testing.T) {
	f := func(want string, x [Dims][]float64) {
		t.Helper()
		_, err := Find(t.Context(), panel(x), small())
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 7))
	f("too_few_months", walk(rng, 30))
	f("too_few_months", walk(rng, 160)) // the present is not over when the past ends
	x := walk(rng, 240)
	for i := 180; i < 240; i++ {
		x[Rate][i] = 0.1
	}
	f("series_is_flat", x)
}

// series of a panel, month by month, known in the middle of the month after.
func observed(id string, from, months int, value func(i int) (float64, bool)) market.Dataset {
	s := &market.Series{ID: id, Unit: evidence.AsStated}
	for i := range months {
		v, ok := value(i)
		if !ok {
			continue
		}
		d := calendar.DateOf((from+i)/12, time.Month((from+i)%12+1), 1)
		s.About, s.Known = append(s.About, int64(d)*86400), append(s.Known, (int64(d)+45)*86400)
		s.Value, s.Line = append(s.Value, v), append(s.Line, int32(i+2))
	}
	return market.Dataset{Series: s}
}

func TestAPanelFillsTheHoleOfOctober2025AndKnowsNothingLater(t *testing.T) {
	hole := 12*2025 + 9
	index := func(i int) (float64, bool) {
		return 100 * math.Pow(1.03, float64(i)/12), 12*2020+i != hole
	}
	level := func(i int) (float64, bool) { return 4 + 0.01*float64(i), 12*2020+i != hole }
	rate := func(i int) (float64, bool) { return 5 - 0.01*float64(i), true }
	var b market.Book
	b.Add(observed("CPIAUCSL", 12*2020, 75, index), observed("UNRATE", 12*2020, 75, level), observed("FEDFUNDS", 12*2020, 75, rate))
	p, err := PanelOf(b.AsOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	// Known on 1 March 2026: everything of January, which became known on 15 February.
	if p.From != 12*2021 || p.From+Month(p.Len()-1) != 12*2026 || p.Filled != 1 {
		t.Fatalf("from %s, %d months, %d filled", p.From, p.Len(), p.Filled)
	}
	for i, v := range p.X[Inflation] {
		if !(math.Abs(v-3) < 1e-9) {
			t.Errorf("month %d: inflation %v, it is 3", i, v)
		}
	}
	k := hole - int(p.From)
	if !(math.Abs(p.X[Unemployment][k]-(4+0.01*float64(hole-12*2020))) < 1e-9) {
		t.Errorf("October 2025: unemployment %v", p.X[Unemployment][k])
	}
	early, err := PanelOf(b.AsOf(time.Date(2025, 11, 21, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	if last := early.From + Month(early.Len()-1); last != 12*2025+8 || early.Filled != 0 {
		t.Errorf("on 21 November the last month is %s, %d filled", last, early.Filled)
	}
	for k := range Dims {
		for i, v := range early.X[k] {
			if v != p.X[k][i] {
				t.Fatalf("%s of month %d changed when later months became known", Names[k], i)
			}
		}
	}
	gap := func(i int) (float64, bool) { return 4, i < 30 || i > 36 }
	var c market.Book
	c.Add(observed("CPIAUCSL", 12*2020, 75, index), observed("UNRATE", 12*2020, 75, gap), observed("FEDFUNDS", 12*2020, 75, rate))
	var absent *evidence.Absent
	if _, err := PanelOf(c.AsOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))); !errors.As(err, &absent) || absent.Code != "hole_in_series" {
		t.Errorf("a hole of seven months: %v", err)
	}
}

// The Burns question on real data.
func TestTheAutumnOf2025AgainstTheSeventies(t *testing.T) {
	var b market.Book
	for _, name := range []string{"hoin_cpi.csv", "hoin_unemployment_rate.csv", "hoin_fed_funds_rate.csv"} {
		path := filepath.Join("..", "..", "..", "shared", "data", "macro", name)
		if _, err := os.Stat(path); err != nil {
			t.Skip("the shared data are not beside the repository")
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	p, err := PanelOf(b.AsOf(time.Date(2025, 11, 21, 21, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r, err := Find(t.Context(), p, usual())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s to %s against %s to %s in %v: chance %.3f", r.Query[0], r.Query[1], r.Past[0], r.Past[1], time.Since(start), r.Chance)
	for _, x := range r.Best {
		if x.Length%12 == 0 {
			t.Logf("%s %d: %s–%s at %.3f, expected %.3f, chance %.3f, eased %v", x.Kind, x.Length, x.Match.Start, x.Match.End, x.Match.Distance, x.Expected, x.Chance, x.Match.Eased)
		}
	}
	for _, k := range Kinds {
		f := r.Fans[k][Inflation]
		t.Logf("%s: %d matches, inflation after 24 months %.2f (%.2f to %.2f), after any month %.2f", k, f.N, f.Mid[23], f.Low[23], f.High[23], f.BaseMid[23])
	}
	t.Logf("not eased %+v, eased %+v, gap %v chance %v", r.Branches[0], r.Branches[1], deref(r.Gap), deref(r.GapChance))
	if r.Query[1] != 12*2025+8 || len(r.Best) != 37+8 || !(r.Chance > 0 && r.Chance <= 1) {
		t.Errorf("%+v", r)
	}
}

func deref(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}
