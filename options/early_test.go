package options

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"faultline/black"
)

// golden is one American option priced by QuantLib; testdata/american.cpp makes the file.
type golden struct {
	right                          black.Right
	spot, strike, rate, yield, vol float64
	years, american, european      float64
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	f, err := os.Open("testdata/american.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []golden
	for _, row := range rows[1:] {
		var v [9]float64
		for i := 1; i < len(v); i++ {
			if v[i], err = strconv.ParseFloat(row[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		g := golden{black.Call, v[1], v[2], v[3], v[4], v[5], v[6] / 365, v[7], v[8]}
		if row[0] == "put" {
			g.right = black.Put
		}
		out = append(out, g)
	}
	if len(out) < 1500 {
		t.Fatalf("only %d golden prices", len(out))
	}
	return out
}

func TestAmericanPricesAgreeWithQuantLib(t *testing.T) {
	const (
		tolerance = 2e-5 // of the strike: a fifth of a cent at 100, a tenth of the tick of an option
		european  = 1e-10
	)
	worst := 0.0
	for _, g := range readGolden(t) {
		got := americanPrice(g.right, g.spot, g.strike, g.rate, g.yield, g.vol, g.years)
		if !(math.Abs(got-g.american) <= tolerance*g.strike) {
			t.Errorf("%+v: got %v", g, got)
		}
		worst = max(worst, math.Abs(got-g.american)/g.strike)
		if !exercises(g.rate, g.yield) && g.right == black.Put && !(math.Abs(got-g.european) <= european*g.strike) {
			t.Errorf("%+v is never exercised early: got %v", g, got)
		}
	}
	t.Logf("largest error %.2g of the strike", worst)
}

// The interpolation over volatility must not lose what the boundary has: the vendor's quotes of one
// expiry span volatilities from 8 % to 150 %.
func TestPremiumsBetweenVolatilitiesAgreeWithQuantLib(t *testing.T) {
	tables := map[[3]float64]*early{}
	for _, g := range readGolden(t) {
		key := [3]float64{g.rate, g.yield, g.years}
		table, found := tables[key]
		if !found {
			table = newEarly(g.spot, g.rate, g.yield, g.years, 0.07, 1.6)
			tables[key] = table
		}
		want := g.american - g.european
		// Where the rate is high against the variance the boundary leans on the strike itself, and the
		// polynomial over volatility, here across a range three times that of a smile, errs by up to a
		// fifth of a per cent of the strike.
		tolerance := 1e-4
		if max(g.rate, g.yield) > 2*g.vol*g.vol {
			tolerance = 2e-3
		}
		if got := table.premium(g.right, g.strike, g.vol); !(math.Abs(got-want) <= tolerance*g.strike) {
			t.Errorf("%+v: premium %v, want %v", g, got, want)
		}
	}
}

func TestPremiumIsNeverNegativeAndPaysAtLeastExercise(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := rapid.Float64Range(0, 0.15).Draw(r, "rate")
		yield := rapid.Float64Range(-0.05, 0.15).Draw(r, "yield")
		vol := rapid.Float64Range(0.02, 3).Draw(r, "vol")
		years := rapid.Float64Range(1e-4, 3).Draw(r, "years")
		strike := rapid.Float64Range(20, 400).Draw(r, "strike")
		for _, right := range []black.Right{black.Call, black.Put} {
			premium := earlyPremium(right, 100, strike, rate, yield, vol, years)
			european := math.Exp(-rate*years) * black.Price(right, 100*math.Exp((rate-yield)*years), strike, years, vol)
			exercise := math.Max(float64(right)*(100-strike), 0)
			if !(premium >= 0) {
				r.Fatalf("%v: premium %v", right, premium)
			}
			mirrored := right == black.Put && exercises(rate, yield) || right == black.Call && exercises(yield, rate)
			if mirrored && !(european+premium >= exercise-2e-4*math.Max(strike, 100)) {
				r.Fatalf("%v: worth %v, exercise pays %v", right, european+premium, exercise)
			}
		}
	})
}

func BenchmarkBoundary(b *testing.B) {
	for b.Loop() {
		newBoundary(0.045, 0.013, 0.2, 0.5, nil)
	}
}

func BenchmarkPremium(b *testing.B) {
	e := newEarly(100, 0.045, 0.013, 0.5, 0.1, 0.6)
	for b.Loop() {
		e.premium(black.Put, 95, 0.2)
	}
}
