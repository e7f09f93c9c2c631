package words

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// decimal is a number as a reader writes it: coef × 10^exp with a sign. Amounts are rounded and
// scaled in this form and never as binary floats, so that moving between millions, billions and 亿
// shifts a point and changes no digit.
type decimal struct {
	neg  bool
	coef string // decimal digits without leading or trailing zeros; "" is zero
	exp  int
}

// decimalOf is the shortest decimal that reads back as the float. The float must be finite.
func decimalOf(v float64) decimal {
	text := strconv.FormatFloat(math.Abs(v), 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		panic("words: strconv wrote " + text)
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	return decimal{neg: v < 0, coef: whole + frac, exp: e - len(frac)}.normal()
}

// normal strips zeros at both ends. Zero has no sign.
func (d decimal) normal() decimal {
	d.coef = strings.TrimLeft(d.coef, "0")
	trimmed := strings.TrimRight(d.coef, "0")
	d.exp += len(d.coef) - len(trimmed)
	d.coef = trimmed
	if d.coef == "" {
		return decimal{}
	}
	return d
}

// order is the place of the first digit: 0 for 1 to 9, 3 for thousands. Zero has order 0.
func (d decimal) order() int {
	if d.coef == "" {
		return 0
	}
	return len(d.coef) + d.exp - 1
}

// roundAt keeps the digits down to 10^place and rounds half away from zero.
func (d decimal) roundAt(place int) decimal {
	drop := place - d.exp
	if drop <= 0 || d.coef == "" {
		return d
	}
	if drop > len(d.coef) {
		return decimal{}
	}
	kept := len(d.coef) - drop
	up := d.coef[kept] >= '5'
	digits := []byte("0" + d.coef[:kept])
	for i := len(digits) - 1; up; i-- {
		if digits[i] == '9' {
			digits[i] = '0'
			continue
		}
		digits[i]++
		up = false
	}
	return decimal{neg: d.neg, coef: string(digits), exp: place}.normal()
}

// roundTo keeps n significant digits; 0 keeps all.
func (d decimal) roundTo(n int) decimal {
	if n <= 0 {
		return d
	}
	return d.roundAt(d.order() - n + 1)
}

// shift multiplies by 10^k.
func (d decimal) shift(k int) decimal {
	if d.coef != "" {
		d.exp += k
	}
	return d
}

// text writes the digits without a sign, with at least so many places after the point and a
// separator between groups of three.
func (d decimal) text(places int, group, point string) string {
	digits, frac := d.coef, max(0, -d.exp)
	if d.exp > 0 {
		digits += strings.Repeat("0", d.exp)
	}
	if len(digits) <= frac {
		digits = strings.Repeat("0", frac+1-len(digits)) + digits
	}
	whole, rest := digits[:len(digits)-frac], digits[len(digits)-frac:]
	rest += strings.Repeat("0", max(0, places-frac))
	var b strings.Builder
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteByte(whole[i])
	}
	if rest != "" {
		b.WriteString(point)
		b.WriteString(rest)
	}
	return b.String()
}

// float is the nearest float64.
func (d decimal) float() (float64, error) {
	if d.coef == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(d.coef+"e"+strconv.Itoa(d.exp), 64)
	if err != nil {
		return 0, errors.New("is too large")
	}
	if d.neg {
		v = -v
	}
	return v, nil
}

var errGroups = errors.New("has a separator that does not part groups of three")

// parseDecimal reads digits with optional separators between groups of three and an optional point.
// A separator anywhere else is an error: "1,65" is 1.65 to one reader and 165 to another.
func parseDecimal(s string, group, point string) (decimal, error) {
	whole, frac, hasPoint := strings.Cut(s, point)
	if hasPoint && frac == "" || whole == "" {
		return decimal{}, errors.New("is not a number")
	}
	if strings.Contains(whole, group) {
		parts := strings.Split(whole, group)
		for i, p := range parts {
			if i == 0 && (len(p) < 1 || len(p) > 3) || i > 0 && len(p) != 3 {
				return decimal{}, errGroups
			}
		}
		whole = strings.Join(parts, "")
	}
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return decimal{}, errors.New("is not a number")
		}
	}
	return decimal{coef: whole + frac, exp: -len(frac)}.normal(), nil
}
