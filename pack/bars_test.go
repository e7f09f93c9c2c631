package pack

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/market"
)

func day(t testing.TB) pathSpec {
	t.Helper()
	s, err := calendar.NYSE().Session(calendar.DateOf(2025, 11, 20))
	if err != nil {
		t.Fatal(err)
	}
	return pathSpec{
		instrument: "SPX", session: s, interval: 5 * time.Minute, seed: 3, vol: 0.25,
		pins: []pin{{0, 6700}, {40, 6750}, {98, 6720}, {390, 6500}}, known: s.Close,
	}
}

func TestThePathRunsThroughItsPointsAndStaysBetweenThem(t *testing.T) {
	start := day(t)
	rapid.Check(t, func(t *rapid.T) {
		p := start
		p.seed = rapid.Uint64().Draw(t, "seed")
		p.vol = rapid.Float64Range(0.01, 2).Draw(t, "vol")
		p.interval = time.Duration(rapid.IntRange(1, 60).Draw(t, "minutes")) * time.Minute
		p.pins = []pin{{0, 0}}
		for m := 0; m < 390; {
			m += rapid.IntRange(1, 200).Draw(t, "gap")
			p.pins = append(p.pins, pin{min(m, 390), 0})
		}
		low, high := math.Inf(1), math.Inf(-1)
		for i := range p.pins {
			p.pins[i].price = float64(rapid.IntRange(100000, 900000).Draw(t, "price")) / 100
			low, high = min(low, p.pins[i].price), max(high, p.pins[i].price)
		}
		b, err := p.bars()
		if err != nil {
			t.Fatal(err)
		}
		inBar := func(i int, x float64) bool { return b.Low[i] <= x && x <= b.High[i] }
		for _, x := range p.pins {
			i := min(x.minute/int(p.interval/time.Minute), b.Len()-1)
			if !inBar(i, x.price) {
				t.Fatalf("%v at minute %d is not in its bar, %v to %v", x.price, x.minute, b.Low[i], b.High[i])
			}
		}
		if b.Open[0] != p.pins[0].price || b.Close[b.Len()-1] != p.pins[len(p.pins)-1].price {
			t.Fatalf("opens at %v and closes at %v", b.Open[0], b.Close[b.Len()-1])
		}
		for i := range b.Len() {
			if !(low <= b.Low[i] && b.Low[i] <= b.High[i] && b.High[i] <= high) || !inBar(i, b.Open[i]) || !inBar(i, b.Close[i]) {
				t.Fatalf("bar %d: open %v high %v low %v close %v leaves %v to %v", i, b.Open[i], b.High[i], b.Low[i], b.Close[i], low, high)
			}
			if i > 0 && b.Open[i] != b.Close[i-1] {
				t.Fatalf("bar %d opens at %v, the one before it closed at %v", i, b.Open[i], b.Close[i-1])
			}
			if !market.IsMissing(b.Volume[i]) {
				t.Fatal("a made-up path has a volume")
			}
		}
	})
}

// The noise between two points has the volatility asked for, as long as nothing damps it.
func TestThePathMovesAsMuchAsItsVolatilitySays(t *testing.T) {
	p := day(t)
	p.pins = []pin{{0, 5000}, {194, 20000}, {195, 7000}, {390, 7000}} // wide bounds, then half a day between equal points
	sum, n := 0.0, 0
	for seed := range uint64(200) {
		p.seed = seed
		path := p.path(390)
		for m := 196; m <= 390; m++ {
			r := math.Log(path[m] / path[m-1])
			sum += r * r
			n++
		}
	}
	got := math.Sqrt(sum / float64(n) * 252 * 390)
	// A bridge of 195 steps has 194/195 of the variance; 39,000 squared normals scatter by 0.4 % in
	// volatility: four of these standard errors.
	if want := p.vol * math.Sqrt(194.0/195); !(math.Abs(got/want-1) < 0.016) {
		t.Errorf("the path moves by %v a year, not %v", got, want)
	}
}

func TestTheSameSeedGivesTheSamePath(t *testing.T) {
	p := day(t)
	a, b := p.path(390), p.path(390)
	if !reflect.DeepEqual(a, b) {
		t.Error("two runs differ")
	}
	p.seed++
	if reflect.DeepEqual(a, p.path(390)) {
		t.Error("another seed gives the same path")
	}
}

// The path is bent towards prices that came later, so none of it may be known before they were.
func TestNoBarIsKnownBeforeTheLastAnchor(t *testing.T) {
	p := day(t)
	p.known = p.session.Close.Add(time.Hour)
	b, err := p.bars()
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Len() {
		if b.Known[i] < p.known.Unix() {
			t.Fatalf("bar %d is known at %v", i, time.Unix(b.Known[i], 0))
		}
	}
}

func TestAPathThatCannotBeIsRefused(t *testing.T) {
	f := func(change func(*pathSpec)) {
		t.Helper()
		p := day(t)
		change(&p)
		if _, err := p.bars(); err == nil {
			t.Error("was made")
		}
	}
	f(func(p *pathSpec) { p.pins = p.pins[1:] })
	f(func(p *pathSpec) { p.pins = p.pins[:3] })
	f(func(p *pathSpec) { p.pins[2].minute = 40 })
	f(func(p *pathSpec) { p.pins[1].price = math.NaN() })
	f(func(p *pathSpec) { p.pins[1].price = 0 })
	f(func(p *pathSpec) { p.vol = 0 })
	f(func(p *pathSpec) { p.interval = 90 * time.Second })
}
