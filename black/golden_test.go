package black

import (
	"bufio"
	"fmt"
	"maps"
	"math"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
)

const epsilon = 0x1p-52

// goldenRows reads a table of testdata without its comments, and without the row of names if it has one.
func goldenRows(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows [][]string
	for in := bufio.NewScanner(f); in.Scan(); {
		if line := in.Text(); !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "right,") {
			rows = append(rows, strings.Split(line, ","))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", name)
	}
	return rows
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	var x float64
	if _, err := fmt.Sscan(s, &x); err != nil {
		t.Fatalf("number %q: %v", s, err)
	}
	return x
}

// relativeError is |got − want|/|want| for a want of more digits than a float64 has, and 0/0 = 0.
func relativeError(t testing.TB, got float64, want string) float64 {
	t.Helper()
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1)
	}
	w, _, err := big.ParseFloat(want, 10, 200, big.ToNearestEven)
	if err != nil {
		t.Fatalf("number %q: %v", want, err)
	}
	d := new(big.Float).SetPrec(200).Sub(new(big.Float).SetFloat64(got), w)
	if d.Sign() == 0 {
		return 0
	}
	q, _ := new(big.Float).Quo(d, w).Float64()
	return math.Abs(q)
}

// worst keeps the largest error, in units of its bound, under each name.
type worst map[string]float64

func (w worst) add(name string, ratio float64) {
	if !(ratio <= w[name]) {
		w[name] = ratio
	}
}

func (w worst) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(w)) {
		parts = append(parts, fmt.Sprintf("%s %.2f", name, w[name]))
	}
	return strings.Join(parts, ", ")
}

func TestGreeksAreWithinTheirBoundOfExactArithmetic(t *testing.T) {
	w := worst{}
	for _, row := range goldenRows(t, "exact.csv") {
		if row[0] != "greeks" {
			continue
		}
		r := Right(number(t, row[1]))
		f, k, years, vol := number(t, row[2]), number(t, row[3]), number(t, row[4]), number(t, row[5])
		s := vol * math.Sqrt(years)
		d1 := math.Log(f/k)/s + s/2
		// Vega, vanna, charm and the rest have factors d1 and d2 = d1−s, whose own rounding
		// errors, of the size of d1, remain where the factor is near zero.
		spread := func(factor float64) float64 { return (1 + math.Abs(d1) + s) / math.Abs(factor) }
		price := Price(r, f, k, years, vol)
		g := GreeksOf(r, f, k, years, vol)
		base := (12 + 2*d1*d1) * epsilon
		u1 := math.Abs(math.Log(f/k))/s - s/2
		for i, c := range []struct {
			name  string
			got   float64
			bound float64
		}{
			{"price", price, (16 + 2*math.Abs(u1)*(u1+s)) * epsilon},
			{"delta", g.Delta, base},
			{"gamma", g.Gamma, base},
			{"vega", g.Vega, base},
			{"theta", g.Theta, base},
			{"vanna", g.Vanna, base + 2*epsilon*spread(d1-s)},
			{"charm", g.Charm, base + 2*epsilon*spread(d1-s)},
			{"vomma", g.Vomma, base + 2*epsilon*(spread(d1)+spread(d1-s))},
			{"speed", g.Speed, base + 4*epsilon*(1+math.Abs(d1/s))/math.Abs(1+d1/s)},
			{"colour", g.Colour, base + 4*epsilon*(1+math.Abs(d1*(d1-s)))/math.Abs(1-d1*(d1-s))},
		} {
			e := relativeError(t, c.got, row[6+i])
			if !(e <= c.bound) {
				t.Errorf("%s of right %d forward %g strike %g years %g vol %g: %g, want %s: error %g over bound %g",
					c.name, r, f, k, years, vol, c.got, row[6+i], e, c.bound)
			}
			w.add(c.name, e/c.bound)
		}
	}
	t.Logf("largest error in units of its bound: %s", w)
}

func TestPriceIsWithinRoundingOfExactArithmeticNearTheMoney(t *testing.T) {
	// The general bound grows with d1². Inside three deviations the price must be good to a few bits.
	largest, n := 0.0, 0
	for _, row := range goldenRows(t, "exact.csv") {
		if row[0] != "greeks" {
			continue
		}
		f, k, years, vol := number(t, row[2]), number(t, row[3]), number(t, row[4]), number(t, row[5])
		if s := vol * math.Sqrt(years); !(math.Abs(math.Log(f/k)/s) < 3) {
			continue
		}
		n++
		largest = max(largest, relativeError(t, Price(Right(number(t, row[1])), f, k, years, vol), row[6]))
	}
	if n < 50 || !(largest <= 12*epsilon) {
		t.Errorf("largest relative error of %d prices is %.1f·2⁻⁵²", n, largest/epsilon)
	}
	t.Logf("%.1f·2⁻⁵² over %d prices", largest/epsilon, n)
}

func TestImpliedVolIsWithinEightEpsilonOfExactArithmetic(t *testing.T) {
	largest, kinds := 0.0, map[bool]int{}
	for _, row := range goldenRows(t, "exact.csv") {
		if row[0] != "implied" {
			continue
		}
		r := Right(number(t, row[1]))
		price, f, k, years := number(t, row[2]), number(t, row[3]), number(t, row[4]), number(t, row[5])
		condition := number(t, row[7])
		got, err := ImpliedVol(r, price, f, k, years)
		if err != nil {
			t.Fatalf("right %d price %g forward %g strike %g years %g: %v", r, price, f, k, years, err)
		}
		e := relativeError(t, got, row[6]) / (1 + condition) / epsilon
		if !(e <= 8) {
			t.Errorf("right %d price %g forward %g strike %g years %g: %g, want %s: error %.2f·2⁻⁵²·(1 + price/(vega·vol))",
				r, price, f, k, years, got, row[6], e)
		}
		largest = max(largest, e)
		_, fast := fastDeviation(price, min(f, k), max(f, k))
		kinds[fast]++
	}
	if kinds[true] < 100 || kinds[false] < 100 {
		t.Errorf("rows solved in one step: %d, by search: %d; both ways need rows", kinds[true], kinds[false])
	}
	t.Logf("largest error %.2f·2⁻⁵²·(1 + price/(vega·vol))", largest)
}

func TestNormalLawIsWithinItsBoundOfExactArithmetic(t *testing.T) {
	w := worst{}
	for _, row := range goldenRows(t, "exact.csv") {
		if row[0] != "normal" {
			continue
		}
		x := number(t, row[1])
		cdf, pdf := relativeError(t, NormCDF(x), row[2])/epsilon, relativeError(t, NormPDF(x), row[3])/epsilon
		if !(cdf <= 8 && pdf <= 4) {
			t.Errorf("x=%g: errors of distribution and density %.2f and %.2f·2⁻⁵²", x, cdf, pdf)
		}
		w.add("cdf", cdf)
		w.add("pdf", pdf)
	}
	t.Logf("largest errors in 2⁻⁵²: %s", w)
}

func TestPricesAndGreeksAgreeWithQuantLib(t *testing.T) {
	// QuantLib's own errors are allowed for: it takes the price as a difference of two terms the size
	// of the forward, the logarithm of the rounded quotient F/K, and gamma, vega and theta as
	// differences of terms |d1|/s times larger. Eight roundings of what cancels are allowed.
	full := 0
	rows := goldenRows(t, "quantlib.csv")
	for _, row := range rows {
		r := Right(number(t, row[0]))
		f, k, years, vol := number(t, row[1]), number(t, row[2]), number(t, row[3]), number(t, row[4])
		g := GreeksOf(r, f, k, years, vol)
		s := vol * math.Sqrt(years)
		lost := 8 * epsilon / s
		bell := math.Abs(math.Log(f/k)/s+s/2) * lost // relative error of φ(d1)
		for i, c := range []struct {
			name           string
			got, allowance float64
		}{
			{"price", Price(r, f, k, years, vol), 4 * epsilon * max(f, k)},
			{"delta", g.Delta, 4*epsilon + NormPDF(math.Log(f/k)/s+s/2)*lost},
			{"gamma", g.Gamma, g.Gamma * bell},
			{"vega", g.Vega, g.Vega * bell},
			{"theta", g.Theta, -g.Theta * bell},
		} {
			want := number(t, row[5+i])
			if !(math.Abs(c.got-want) <= 1e-12*math.Abs(want)+c.allowance) {
				t.Errorf("%s of right %d forward %g strike %g years %g vol %g: %.17g, want %.17g", c.name, r, f, k, years, vol, c.got, want)
			}
			if math.Abs(c.got-want) <= 1e-12*math.Abs(want) {
				full++
			}
		}
	}
	if full < 9*len(rows)*5/10 {
		t.Errorf("only %d of %d figures agree to 1e-12 relative without the oracle's allowance", full, 5*len(rows))
	}
	t.Logf("%d of %d figures agree to 1e-12 relative without the oracle's allowance", full, 5*len(rows))
}
