package words

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Minus is the sign of negative numbers in prose. Machine formats keep the hyphen.
const Minus = "−"

// Amount writes dollars to so many significant digits, in the units of the language: 39e9 is $39bn
// and 390亿美元, 1.65e12 is $1.65tn and 1.65万亿美元, −4.8e6 is −$4.8m and −480万美元. Zero digits
// keep all that the number has.
//
// Rounding is done once, in dollars, half away from zero, on the shortest decimal that reads back
// as the float; zeros at the end are not written. So both languages state the same number of
// dollars, |stated − usd| is at most half a unit of the last digit kept, and ParseAmount of the
// text gives back exactly what it states.
func (w *Words) Amount(usd float64, digits int) string {
	if !finite(usd) {
		return w.notation.Numbers.NotFinite
	}
	return w.scaled(decimalOf(usd), digits, "", w.notation.Numbers.Amount)
}

// SignedAmount is Amount with a plus before what is bought. Zero has no sign.
func (w *Words) SignedAmount(usd float64, digits int) string {
	if !finite(usd) {
		return w.notation.Numbers.NotFinite
	}
	return w.scaled(decimalOf(usd), digits, "+", w.notation.Numbers.Amount)
}

// Quantity writes a large count of something to so many significant digits, in the units of the
// language: 153,074 stays 153,074 in English and is 15.3万 in Chinese at three digits. A number below
// the language's first unit is written out in full, without rounding its whole part.
func (w *Words) Quantity(n float64, digits int) string {
	if !finite(n) {
		return w.notation.Numbers.NotFinite
	}
	return w.scaled(decimalOf(n), digits, "", w.notation.Numbers.Quantity)
}

// scaled writes a number with a name for its power of ten.
func (w *Words) scaled(d decimal, digits int, plus string, s scaled) string {
	r := d.roundTo(digits)
	if d.order() < s.Units[0].Exp && s.Before == "" && s.After == "" {
		r = d.roundAt(min(0, d.order()-digits+1)) // a count: its whole part is exact
		if digits <= 0 {
			r = d
		}
	}
	u := unit{}
	for _, candidate := range s.Units {
		// The unit is chosen after rounding, or 999.96 million to four digits would be $1,000m.
		if r.coef != "" && r.order() >= candidate.Exp {
			u = candidate
		}
	}
	return sign(r, plus) + s.Before + r.shift(-u.Exp).text(0, w.notation.Numbers.Group, w.notation.Numbers.Point) + u.Name + s.After
}

func sign(d decimal, plus string) string {
	switch {
	case d.coef == "":
		return ""
	case d.neg:
		return Minus
	}
	return plus
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Scale is one unit for a whole column or axis of dollars.
type Scale struct {
	Exp  int    // dollars are divided by 10^Exp
	Name string // such as "$bn" or "亿美元"
}

// ScaleFor is the unit in which the largest of a set of amounts is read most easily.
func (w *Words) ScaleFor(largest float64) Scale {
	a := w.notation.Numbers.Amount
	u := unit{}
	if largest = math.Abs(largest); finite(largest) {
		for _, candidate := range a.Units {
			if d := decimalOf(largest); d.coef != "" && d.order() >= candidate.Exp {
				u = candidate
			}
		}
	}
	return Scale{Exp: u.Exp, Name: a.Before + u.Name + a.After}
}

// Scaled writes dollars in a scale with so many places after the point, rounded half away from
// zero, with a sign on both sides of zero.
func (w *Words) Scaled(usd float64, s Scale, places int) string {
	if !finite(usd) {
		return w.notation.Numbers.NotFinite
	}
	return w.fixed(decimalOf(usd).shift(-s.Exp), places, "+")
}

// fixed rounds to places after the point and writes them all.
func (w *Words) fixed(d decimal, places int, plus string) string {
	d = d.roundAt(-places)
	return sign(d, plus) + d.text(places, w.notation.Numbers.Group, w.notation.Numbers.Point)
}

// maxAmountText is the longest text that ParseAmount looks at, in bytes. The longest that Amount
// writes, the largest float64 with all its zeros and separators, has 420.
const maxAmountText = 512

// ParseAmount reads dollars as a language writes them: everything that Amount writes, and the
// common ways to say the same: "$39 billion", "US$39bn", "-4.8m", "+390亿", "4.8 百万美元". It
// refuses what could be read in two ways, such as 1,65.
func ParseAmount(lang, text string) (float64, error) {
	w, err := For(lang)
	if err != nil {
		return 0, err
	}
	return w.parse(text, w.notation.Numbers.Amount)
}

// ParseQuantity reads what Quantity writes.
func ParseQuantity(lang, text string) (float64, error) {
	w, err := For(lang)
	if err != nil {
		return 0, err
	}
	return w.parse(text, w.notation.Numbers.Quantity)
}

func (w *Words) parse(text string, s scaled) (float64, error) {
	fail := func(why string) (float64, error) {
		if len(text) > 64 {
			text = text[:64] + "…"
		}
		return 0, fmt.Errorf("amount %q %s", text, why)
	}
	if len(text) > maxAmountText {
		return fail("is too long")
	}
	if !utf8.ValidString(text) {
		return fail("is not text")
	}
	rest := strings.TrimSpace(text)
	neg, signed := false, false
	takeSign := func() {
		for _, c := range []string{Minus, "-", "－", "+", "＋"} {
			if after, ok := strings.CutPrefix(rest, c); ok && !signed {
				rest, signed, neg = strings.TrimSpace(after), true, c != "+" && c != "＋"
			}
		}
	}
	takeSign()
	for _, c := range append([]string{s.Before}, s.Accepts...) {
		if after, ok := strings.CutPrefix(rest, c); ok && c != "" {
			rest = strings.TrimSpace(after)
			break
		}
	}
	takeSign()
	for _, c := range append([]string{s.After}, s.Accepts...) {
		if before, ok := strings.CutSuffix(rest, c); ok && c != "" {
			rest = strings.TrimSpace(before)
			break
		}
	}
	exp, longest := 0, 0
	for _, u := range w.notation.Numbers.Units {
		// The longest name wins: 万亿 ends in 亿.
		if strings.HasSuffix(rest, u.Name) && len(u.Name) > longest {
			exp, longest = u.Exp, len(u.Name)
		}
	}
	rest = strings.TrimSpace(rest[:len(rest)-longest])
	d, err := parseDecimal(rest, w.notation.Numbers.Group, w.notation.Numbers.Point)
	if err != nil {
		return fail(err.Error())
	}
	d.neg = neg && d.coef != ""
	v, err := d.shift(exp).float()
	if err != nil {
		return fail(err.Error())
	}
	return v, nil
}
