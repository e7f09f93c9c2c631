package words

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tester is what testing.T, testing.B and rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

func must(t tester, lang string) *Words {
	t.Helper()
	w, err := For(lang)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAmountsAreWrittenInEachLanguagesOwnUnits(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	f := func(usd float64, digits int, wantEN, wantZH string) {
		t.Helper()
		if got := en.Amount(usd, digits); got != wantEN {
			t.Errorf("en.Amount(%v, %d) = %q, want %q", usd, digits, got, wantEN)
		}
		if got := zh.Amount(usd, digits); got != wantZH {
			t.Errorf("zh.Amount(%v, %d) = %q, want %q", usd, digits, got, wantZH)
		}
	}
	f(39e9, 3, "$39bn", "390亿美元")
	f(1.65e12, 3, "$1.65tn", "1.65万亿美元")
	f(-4.8e6, 3, "−$4.8m", "−480万美元")
	f(0, 3, "$0", "0美元")
	f(math.Copysign(0, -1), 3, "$0", "0美元")
	f(1, 3, "$1", "1美元")
	f(0.05, 3, "$0.05", "0.05美元")
	f(999, 3, "$999", "999美元")
	f(1000, 3, "$1k", "1,000美元")
	f(9999, 4, "$9.999k", "9,999美元")
	f(9999, 3, "$10k", "1万美元")
	f(10000, 3, "$10k", "1万美元")
	f(153074, 3, "$153k", "15.3万美元")
	f(1e8, 3, "$100m", "1亿美元")
	f(1e12, 3, "$1tn", "1万亿美元")
	f(1e15, 3, "$1,000tn", "1,000万亿美元")
	// Where rounding crosses into the next unit, the unit follows.
	f(9.995e8, 3, "$1bn", "10亿美元")
	f(9.995e8, 4, "$999.5m", "9.995亿美元")
	f(9.994e8, 3, "$999m", "9.99亿美元")
	f(99.995e6, 3, "$100m", "1亿美元")
	f(99.995e6, 5, "$99.995m", "9,999.5万美元")
	f(99.95e6, 3, "$100m", "1亿美元")
	f(99.94e6, 3, "$99.9m", "9,990万美元")
	f(9999.5e8, 4, "$1tn", "1万亿美元")
	f(9999.5e8, 5, "$999.95bn", "9,999.5亿美元")
	f(-9999.5e8, 3, "−$1tn", "−1万亿美元")
	// Half away from zero, on the digits that a reader sees.
	f(2.5e9, 1, "$3bn", "30亿美元")
	f(-2.5e9, 1, "−$3bn", "−30亿美元")
	f(1.005e9, 3, "$1.01bn", "10.1亿美元")
	f(1.0049999e9, 3, "$1bn", "10亿美元")
	// Zero digits keep everything.
	f(1234567.89, 0, "$1.23456789m", "123.456789万美元")
	f(math.NaN(), 3, "not a finite number", "非有限数")
	f(math.Inf(-1), 3, "not a finite number", "非有限数")
}

func TestSignsAndCounts(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(en.SignedAmount(39e9, 3), "+$39bn")
	f(zh.SignedAmount(39e9, 3), "+390亿美元")
	f(en.SignedAmount(0, 3), "$0")
	f(en.Quantity(153074, 3), "153,074")
	f(zh.Quantity(153074, 3), "15.3万")
	f(en.Quantity(1530740, 3), "1.53m")
	f(zh.Quantity(1530740, 3), "153万")
	f(en.Quantity(-999, 1), "−999")
	f(zh.Quantity(9999, 1), "9,999")
	f(zh.Quantity(10000, 1), "1万")
	f(en.Quantity(999999.4, 3), "999,999")
	f(en.Quantity(999999.5, 3), "1m")
	f(en.Quantity(12.5, 3), "12.5")
	s := zh.ScaleFor(-3.9e10)
	f(s.Name, "亿美元")
	f(zh.Scaled(-3.9e10, s, 0), "−390")
	f(zh.Scaled(4.8e6, s, 2), "+0.05")
	s = en.ScaleFor(3.9e10)
	f(s.Name, "$bn")
	f(en.Scaled(3.9e10, s, 1), "+39.0")
	f(en.Scaled(-1e7, s, 1), "0.0")
	f(en.ScaleFor(0).Name, "$")
	f(en.ScaleFor(math.Inf(1)).Name, "$")
}

// exact is the decimal that a float64 reads as, as a rational: the independent oracle of rounding.
func exact(v float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'g', -1, 64))
	if !ok {
		panic("not finite")
	}
	return r
}

// halfUnit is half of 10^(order − digits + 1), where order is that of the first digit of v.
func halfUnit(v *big.Rat, digits int) *big.Rat {
	abs := new(big.Rat).Abs(v)
	ten := big.NewRat(10, 1)
	unit := big.NewRat(1, 1)
	for unit.Cmp(abs) > 0 {
		unit.Quo(unit, ten)
	}
	for new(big.Rat).Mul(unit, ten).Cmp(abs) <= 0 {
		unit.Mul(unit, ten)
	}
	for range digits - 1 {
		unit.Quo(unit, ten)
	}
	return unit.Quo(unit, big.NewRat(2, 1))
}

// statedRat reads an amount by exact rational arithmetic, independently of ParseAmount: it knows the
// words of both languages by itself.
func statedRat(t tester, text string) *big.Rat {
	t.Helper()
	rest := text
	neg := strings.HasPrefix(rest, "−")
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "−"), "+")
	rest = strings.TrimPrefix(strings.TrimSuffix(rest, "美元"), "$")
	exp := 0
	for _, u := range []struct {
		name string
		exp  int
	}{{"万亿", 12}, {"亿", 8}, {"万", 4}, {"k", 3}, {"m", 6}, {"bn", 9}, {"tn", 12}} {
		if before, ok := strings.CutSuffix(rest, u.name); ok {
			rest, exp = before, u.exp
			break
		}
	}
	r, ok := new(big.Rat).SetString(strings.ReplaceAll(rest, ",", "") + "e" + strconv.Itoa(exp))
	if !ok {
		t.Fatalf("%q is not an amount", text)
	}
	if neg {
		r.Neg(r)
	}
	return r
}

// checkAmount holds everything that Amount promises for one value.
func checkAmount(t tester, v float64, digits int) {
	t.Helper()
	want := exact(v)
	tolerance := new(big.Rat)
	if v != 0 && digits > 0 {
		tolerance = halfUnit(want, digits)
	}
	var stated []*big.Rat
	for _, lang := range Languages() {
		w := must(t, lang)
		text := w.Amount(v, digits)
		got := statedRat(t, text)
		diff := new(big.Rat).Sub(got, want)
		if diff.Abs(diff).Cmp(tolerance) > 0 {
			t.Errorf("%s: Amount(%v, %d) = %q, off by more than half a unit of its last digit", lang, v, digits, text)
		}
		back, err := ParseAmount(lang, text)
		if err != nil {
			t.Errorf("%s: %q does not parse: %v", lang, text, err)
			continue
		}
		nearest, _ := got.Float64()
		if back != nearest {
			t.Errorf("%s: %q parses as %v, states %v", lang, text, back, nearest)
		}
		if digits == 0 && back != v {
			t.Errorf("%s: %v becomes %q and then %v", lang, v, text, back)
		}
		stated = append(stated, got)
	}
	for _, s := range stated[1:] {
		if s.Cmp(stated[0]) != 0 {
			t.Errorf("the languages state different amounts for %v at %d digits", v, digits)
		}
	}
}

func TestBothLanguagesStateTheSameDollarsAtEveryPowerOfTen(t *testing.T) {
	for p := 0; p <= 15; p++ {
		power := math.Pow10(p)
		for _, factor := range []float64{1, 0.9994, 0.9995, 0.99949999, 0.9996, 1.0004999, 1.0005, 1.001, 9.995, 9.9949, 99.995, 9999.5, 9.99999999, 1.2345678901234567, 5, 2.5, 0.5} {
			for _, sign := range []float64{1, -1} {
				for digits := 0; digits <= 7; digits++ {
					checkAmount(t, sign*factor*power, digits)
					checkAmount(t, math.Nextafter(sign*factor*power, 0), digits)
					checkAmount(t, math.Nextafter(sign*factor*power, sign*math.Inf(1)), digits)
				}
			}
		}
	}
	for _, v := range []float64{9.995e8, 99.995e6, 9999.5e8, 9999.4999e8, 0, 1.2e307, math.SmallestNonzeroFloat64} {
		for digits := 0; digits <= 5; digits++ {
			checkAmount(t, v, digits)
			checkAmount(t, -v, digits)
		}
	}
}

func TestParsingARenderedAmountGivesTheSameDollarsWithinItsRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mantissa := rapid.Float64Range(1, 10).Draw(t, "mantissa")
		power := rapid.IntRange(-3, 15).Draw(t, "power")
		v := mantissa * math.Pow10(power)
		if rapid.Bool().Draw(t, "negative") {
			v = -v
		}
		checkAmount(t, v, rapid.IntRange(0, 17).Draw(t, "digits"))
	})
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e307, 1e307).Draw(t, "any")
		checkAmount(t, v, rapid.IntRange(0, 5).Draw(t, "digits"))
	})
}

func TestAQuantityParsesBackToItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.Int64Range(-1e12, 1e12).Draw(t, "n"))
		for _, lang := range Languages() {
			w := must(t, lang)
			text := w.Quantity(n, 3)
			back, err := ParseQuantity(lang, text)
			if err != nil {
				t.Fatal(err)
			}
			first := math.Pow10(w.notation.Numbers.Quantity.Units[0].Exp)
			if math.Abs(n) < first && back != n && math.Abs(back) < first {
				t.Errorf("%s: %v becomes %q and then %v", lang, n, text, back)
			}
			if !(math.Abs(back-n) <= 0.005*math.Abs(n)) {
				t.Errorf("%s: %v becomes %q, off by more than half a per cent", lang, n, text)
			}
		}
	})
}

func TestParseAmountReadsWhatPeopleWrite(t *testing.T) {
	f := func(lang, text string, want float64) {
		t.Helper()
		got, err := ParseAmount(lang, text)
		if err != nil || got != want {
			t.Errorf("ParseAmount(%q, %q) = %v, %v, want %v", lang, text, got, err, want)
		}
	}
	f("en", "$39bn", 39e9)
	f("en", " $ 39 billion ", 39e9)
	f("en", "US$39bn", 39e9)
	f("en", "-4.8m", -4.8e6)
	f("en", "−$4.8m", -4.8e6)
	f("en", "$-4.8m", -4.8e6)
	f("en", "+$1,650bn", 1650e9)
	f("en", "39", 39)
	f("en", "1,234,567.89", 1234567.89)
	f("en", "2.1bn USD", 2.1e9)
	f("en", "0", 0)
	f("zh", "390亿美元", 39e9)
	f("zh", "390 亿", 39e9)
	f("zh", "1.65万亿美元", 1.65e12)
	f("zh", "−480万美元", -4.8e6)
	f("zh", "-480万", -4.8e6)
	f("zh", "4.8百万美元", 4.8e6)
	f("zh", "3千亿", 3e11)
	f("zh", "＋3.5亿", 3.5e8)
	f("zh", "$39", 39)
}

func TestParseAmountRefusesWhatCanBeReadInTwoWays(t *testing.T) {
	f := func(lang, text string) {
		t.Helper()
		if got, err := ParseAmount(lang, text); err == nil {
			t.Errorf("ParseAmount(%q, %q) = %v, want an error", lang, text, got)
		}
	}
	for _, text := range []string{
		"", " ", "$", "bn", "$bn", "1,65", "1,65bn", "1,2345", ",123", "12,34,567", "1.2.3", "1.", ".5", "--5", "-−5", "+-5",
		"39bnbn", "39 mbn", "0x10", "1e9", "NaN", "Inf", "٣٩", "３９", "39亿", "1 000", "1_000", "\xff", "(5)", strings.Repeat("9", 600),
		"1" + strings.Repeat("0", 310),
	} {
		f("en", text)
	}
	for _, text := range []string{"亿", "万亿美元", "39bn", "三十九亿", "3兆", "1,65亿", "3亿亿"} {
		f("zh", text)
	}
	f("fr", "39")
	if _, err := ParseAmount("en", strings.Repeat("x", 400)); err == nil || len(err.Error()) > 120 {
		t.Errorf("the error of a long text is %v", err)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"$39bn", "390亿美元", "−480万美元", "1.65万亿", "-$4.8m", "1,234.5", "", "\xff", "$-1tn", "+＄3 k"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range Languages() {
			v, err := ParseAmount(lang, s)
			if err != nil {
				continue
			}
			if !finite(v) {
				t.Fatalf("%s: %q parses as %v", lang, s, v)
			}
			again := must(t, lang).Amount(v, 0)
			if back, err := ParseAmount(lang, again); err != nil || back != v {
				t.Fatalf("%s: %q is %v, which is written %q, which is %v (%v)", lang, s, v, again, back, err)
			}
		}
	})
}

func BenchmarkAmount(b *testing.B) {
	w := must(b, "zh")
	for b.Loop() {
		w.Amount(-3.912345678e10, 3)
	}
}
