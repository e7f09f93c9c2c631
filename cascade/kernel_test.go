package cascade

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// ways runs do with the scalar code and then with each length of vectors that this machine has.
func ways(do func(way string)) {
	v, w := vectors, wide
	defer func() { vectors, wide = v, w }()
	vectors, wide = false, false
	do("scalar")
	if v {
		vectors = true
		do("four lanes")
	}
	if w {
		wide = true
		do("eight lanes")
	}
}

// agree runs do in each way on copies of the blocks and compares what they then hold, and what it returns, bit
// by bit.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, name string, blocks [][]float64, do func(x [][]float64) uint64,
) {
	t.Helper()
	var want [][]float64
	var wantReturn uint64
	ways(func(way string) {
		t.Helper()
		var x [][]float64
		for _, b := range blocks {
			x = append(x, append([]float64(nil), b...))
		}
		r := do(x)
		if want == nil {
			want, wantReturn = x, r
			return
		}
		if r != wantReturn {
			t.Fatalf("%s with %s returns %d, want %d", name, way, r, wantReturn)
		}
		for i := range x {
			for k := range x[i] {
				if math.Float64bits(x[i][k]) != math.Float64bits(want[i][k]) && !(x[i][k] != x[i][k] && want[i][k] != want[i][k]) {
					t.Fatalf("%s with %s: entry %d of block %d is %v, want %v", name, way, k, i, x[i][k], want[i][k])
				}
			}
		}
	})
}

// values draws n numbers about a middle, now and then one that is none, is infinite or far away.
func values(r *rapid.T, name string, n int, middle, span float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rapid.OneOf(
			rapid.Float64Range(middle-span, middle+span), rapid.Float64Range(middle-span, middle+span),
			rapid.Float64Range(middle-span, middle+span), rapid.Float64Range(middle-span, middle+span),
			rapid.SampledFrom([]float64{0, middle, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e12, 1e-310}),
		).Draw(r, fmt.Sprintf("%s %d", name, i))
	}
	return x
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func TestVectorsGiveTheNumbersOfTheScalarCodeToTheLastBit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := lanes * rapid.IntRange(1, 3).Draw(r, "blocks")
		one := func(name string, middle, span float64) []float64 { return values(r, name, lanes, middle, span) }
		all := func(name string, middle, span float64) []float64 { return values(r, name, n, middle, span) }
		factor := func(name string) float64 { return rapid.Float64Range(-2, 2).Draw(r, name) }
		keep := rapid.Bool().Draw(r, "keep")
		switch rapid.SampledFrom([]string{"combine", "drift", "trade", "wear", "last"}).Draw(r, "kernel") {
		case "combine":
			agree(r, "combine", [][]float64{make([]float64, lanes), all("from", 0, 1), values(r, "weight", n/lanes, 0, 1)},
				func(x [][]float64) uint64 { combine(x[0], x[1], x[2]); return 0 })
		case "drift":
			agree(r, "drift", [][]float64{make([]float64, n), all("free", 0, 0.9), all("pushed", 0, 0.2), all("noise", 0, 0.01)},
				func(x [][]float64) uint64 { return bit(drift(x[0], x[1], x[2], x[3])) })
		case "trade":
			points := rapid.IntRange(2, 40).Draw(r, "points")
			row := make([]float64, points)
			for i := range row {
				row[i] = rapid.Float64Range(-1e9, 1e9).Draw(r, "row")
			}
			table := &table{points: points, low: 0.68, inverse: float64(points-1) / 0.64, at: [][]float64{row}}
			agree(r, "trade", [][]float64{one("held", 0, 1e9), one("trial", 0, 1e9), make([]float64, lanes), one("price", 1, 0.5)},
				func(x [][]float64) uint64 { table.trade(x[0], x[1], x[2], 0, 0, x[3]); return 0 })
		case "wear":
			lasts, newFast, newSlow := factor("lasts"), factor("new fast"), factor("new slow")
			d := &decays{keepFast: factor("keep fast"), keepSlow: factor("keep slow")}
			agree(r, "wear", [][]float64{make([]float64, lanes), one("perm", 0, 1), one("fast", 0, 1), one("slow", 0, 1), one("trial", 0, 1)},
				func(x [][]float64) uint64 {
					b := func(i int) *[lanes]float64 { return (*[lanes]float64)(x[i]) }
					wear(b(0), b(1), b(2), b(3), b(4), lasts, d, newFast, newSlow, keep)
					return 0
				})
		case "last":
			usd := factor("usd")
			agree(r, "last", [][]float64{make([]float64, lanes), one("perm", 0, 1), one("trial", 0, 1)},
				func(x [][]float64) uint64 {
					last((*[lanes]float64)(x[0]), (*[lanes]float64)(x[1]), (*[lanes]float64)(x[2]), usd, keep)
					return 0
				})
		}
	})
}

func TestVectorsStopAtTheFirstLaneThatBreaksDoubleEntry(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := lanes * rapid.IntRange(1, 3).Draw(r, "blocks")
		var before, out, moved, state []float64
		for range n {
			b, o := rapid.Float64Range(-1e9, 1e9).Draw(r, "before"), rapid.Float64Range(-1e6, 1e6).Draw(r, "out")
			before, out, moved, state = append(before, b), append(out, o), append(moved, 0), append(state, b+o)
		}
		broken := rapid.IntRange(-1, n-1).Draw(r, "broken")
		if broken >= 0 {
			state[broken] = rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), state[broken] + 1 + 1e-9*math.Abs(state[broken])}).Draw(r, "state")
		}
		ways(func(way string) {
			trial := make([]float64, n)
			done := balanced(trial, state, before, out, moved)
			width := map[string]int{"scalar": 1, "four lanes": 4, "eight lanes": 8}[way]
			want := n
			if broken >= 0 {
				want = broken / width * width
			}
			if done != want {
				r.Fatalf("%s: got to lane %d of %d, want %d", way, done, n, want)
			}
			for k, x := range trial {
				if k < done && x != out[k] || k >= done && x != 0 {
					r.Fatalf("%s: lane %d of %d has %v", way, k, done, x)
				}
			}
		})
	})
}

func TestNormalsAreTheSameInVectorsAndOneByOne(t *testing.T) {
	const n = 1 << 16 // 700 of them on edges, a few in the tail
	var want []float64
	ways(func(way string) {
		z := make([]float64, n)
		for k := range 4 {
			normals(z[k*n/4:(k+1)*n/4], keyOf(3, uint64(k)))
		}
		if want == nil {
			want = z
			for i := range 100 { // whatever is asked for with it
				one := make([]float64, i+1)
				if normals(one, keyOf(3, 0)); one[i] != z[i] {
					t.Fatalf("normal %d is %v among %d and %v among many", i, one[i], i+1, z[i])
				}
			}
			return
		}
		for i := range z {
			if math.Float64bits(z[i]) != math.Float64bits(want[i]) {
				t.Fatalf("%s: normal %d is %v, want %v", way, i, z[i], want[i])
			}
		}
	})
}
