package cta

import (
	"math"
	"testing"

	"faultline/calendar"
	"faultline/flow"
)

// Bands rest on this: programs of another size trade the same, times the ratio of their sizes.
func TestFlowsScaleWithTheRisk(t *testing.T) {
	h := &history{instrument: "SPX", date: []calendar.Date{calendar.DateOf(2020, 1, 2)}, close: []float64{100}, growth: []float64{1}, yearly: []float64{-0.02}}
	for i := range 1000 {
		next, err := nextSession(h.date[i])
		if err != nil {
			t.Fatal(err)
		}
		g := math.Exp(0.01 * normal(2, uint64(i)))
		h.date, h.growth, h.yearly = append(h.date, next), append(h.growth, g), append(h.yearly, -0.02)
		h.close = append(h.close, h.close[i]*g)
	}
	p := standard
	shot, _, err := take(h, &p)
	if err != nil {
		t.Fatal(err)
	}
	session, err := calendar.NYSE().Session(shot.date)
	if err != nil {
		t.Fatal(err)
	}
	tl, err := flow.Sessions(calendar.NYSE(), session.Close, 5)
	if err != nil {
		t.Fatal(err)
	}
	e := &flow.Env{Timeline: tl, Assets: []flow.Asset{{ID: "SPX", Price: shot.close, LastClose: shot.close}}}
	g := &panel{legs: []leg{{venue: spx(), share: 1, shot: shot}}, known: 1}
	sigma := []float64{shot.vol(&p)}
	wander := bridges(9, 5, 1, &p)
	large := p
	large.risk = 3.7e9
	if !large.sized(&p) {
		t.Fatal("a change of size is not seen as such")
	}
	other := p
	other.adjust = 0.2
	if other.sized(&p) {
		t.Fatal("a change of speed is taken for one of size")
	}
	a, err := walkTapes(t.Context(), e, g, &p, 5, sigma, sigma, wander)
	if err != nil {
		t.Fatal(err)
	}
	b, err := walkTapes(t.Context(), e, g, &large, 5, sigma, sigma, wander)
	if err != nil {
		t.Fatal(err)
	}
	for shape := range a {
		for area := range a[shape] {
			for l, x := range a[shape][area] {
				if y := b[shape][area][l]; !(math.Abs(y-3.7e9*x) <= 1e-9*math.Abs(y)) || x == 0 {
					t.Fatalf("%s %s, lane %d: %v at a risk of 1, %v at 3.7e9", Shapes[shape], Areas[area], l, x, y)
				}
			}
		}
	}
}

func TestBridgesEndWhereTheyShouldAndMirrorEachOther(t *testing.T) {
	p := standard
	const n, assets = 21, 3
	w := bridges(4, n, assets, &p)
	row := assets * flow.Lanes
	sum := 0.0
	for k := range row {
		if w[k] != 0 || !(math.Abs(w[n*row+k]) < 1e-12) {
			t.Fatalf("path %d runs from %v to %v", k, w[k], w[n*row+k])
		}
		for i := range n + 1 {
			if k%2 == 1 && w[i*row+k] != -w[i*row+k-1] {
				t.Fatalf("path %d does not mirror its neighbour", k)
			}
			if i > 0 {
				d := w[i*row+k] - w[(i-1)*row+k]
				sum += d * d
			}
		}
	}
	// A bridge of n steps has n−1 degrees of freedom; 1,900 squares give a standard error of about 3 %.
	if got, want := sum/float64(row*(n-1)), p.rough*p.rough; !(math.Abs(got/want-1) < 0.12) {
		t.Errorf("mean square of a step is %v, want %v", got, want)
	}
}

// The variance by which tapes end is the exponential average of squared returns with a span of its own, and
// knows nothing of the span that scales positions.
func TestTapesEndInDeviationsOfTheirOwnTime(t *testing.T) {
	h := &history{instrument: "SPX", date: []calendar.Date{calendar.DateOf(2020, 1, 2)}, close: []float64{100}, growth: []float64{1}, yearly: []float64{0}}
	var squares []float64
	for i := range 900 {
		next, err := nextSession(h.date[i])
		if err != nil {
			t.Fatal(err)
		}
		x := 0.01 * normal(5, uint64(i))
		if i > 850 {
			x *= 4 // a crash that the two averages see differently
		}
		squares = append(squares, x*x)
		h.date, h.growth, h.yearly = append(h.date, next), append(h.growth, math.Exp(x)), append(h.yearly, 0)
		h.close = append(h.close, h.close[i]*math.Exp(x))
	}
	p := standard
	shot, _, err := take(h, &p)
	if err != nil {
		t.Fatal(err)
	}
	want := math.Sqrt(weighted(squares, p.tapeSpan))
	if got := shot.wideVol(&p); !(math.Abs(got/want-1) < 1e-12) {
		t.Errorf("tapes end by %v a session, the definition gives %v", got, want)
	}
	if got := shot.vol(&p); !(got > 1.2*want) {
		t.Errorf("after a crash positions are scaled by %v, and tapes end by %v", got, want)
	}
	q := p
	q.tapeSpan, q.volSpan = 40, p.volSpan
	q.prepare()
	if shot, _, err = take(h, &q); err != nil {
		t.Fatal(err)
	}
	if got := shot.wideVol(&q); !(math.Abs(got/math.Sqrt(weighted(squares, 40))-1) < 1e-12) {
		t.Errorf("with a span of 40 tapes end by %v", got)
	}
}
