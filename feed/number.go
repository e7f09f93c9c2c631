package feed

import (
	"bytes"
	"math"
	"strconv"

	"faultline/market"
)

var pow10 = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// number reads a decimal number with a point, such as -12.5 or 1e-04. The reason is "" when the
// cell is one, and else why it is not.
//
// A mantissa below 2^53 and a power of ten up to 10^22 are both exact, so that one division rounds
// correctly (W. Clinger, How to read floating point numbers accurately, PLDI 1990, section 3); all
// else goes to strconv.
func number(b []byte) (v float64, reason string) {
	if len(b) == 0 {
		return market.Missing, ReasonBlank
	}
	s, negative := b, false
	if s[0] == '-' {
		s, negative = s[1:], true
	}
	var mantissa uint64
	point := -1
	if len(s) == 0 || len(s) > 17 {
		return slowNumber(b)
	}
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			mantissa = mantissa*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return slowNumber(b)
		}
	}
	if mantissa >= 1<<53 || point >= 0 && len(s) == 1 {
		return slowNumber(b)
	}
	v = float64(mantissa)
	if point >= 0 {
		v /= pow10[len(s)-1-point]
	}
	if negative && v != 0 { // -0 is 0: a count or price has no sign at zero
		v = -v
	}
	return v, ""
}

func slowNumber(b []byte) (float64, string) {
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return market.Missing, wordReason(b)
		}
	}
	if len(b) > 400 { // longer than any number that anyone writes
		return market.Missing, ReasonNumber
	}
	v, err := strconv.ParseFloat(string(b), 64)
	switch {
	case err == nil && v == 0:
		return 0, "" // never -0
	case err == nil:
		return v, ""
	case math.IsInf(v, 0):
		return market.Missing, ReasonRange
	}
	return market.Missing, ReasonNumber
}

// wordReason says what kind of text stands where a number should.
func wordReason(b []byte) string {
	word := bytes.ToLower(bytes.TrimLeft(b, "+-"))
	for _, w := range []string{"nan", "inf", "infinity", "1.#inf", "1.#ind", "1.#qnan", "∞"} {
		if string(word) == w {
			return ReasonNotFinite
		}
	}
	if i := bytes.IndexByte(b, ','); i >= 0 {
		for _, c := range b {
			if (c < '0' || c > '9') && c != '.' && c != ',' && c != '-' && c != '+' {
				return ReasonNumber
			}
		}
		return ReasonComma
	}
	return ReasonNumber
}

// grouped reads a number that may have commas between groups of three digits, as in 265,377,359.
// Any other comma is a comma decimal, and not read.
func grouped(b []byte) (float64, string) {
	if bytes.IndexByte(b, ',') < 0 {
		return number(b)
	}
	if len(b) > 32 {
		return market.Missing, ReasonNumber
	}
	var buf [32]byte
	plain := buf[:0]
	digits, groups := 0, false // digits since the last comma
	i := 0
	for ; i < len(b) && b[i] != '.'; i++ {
		switch c := b[i]; {
		case c == ',':
			if groups && digits != 3 || !groups && (digits == 0 || digits > 3) {
				return market.Missing, ReasonComma
			}
			groups, digits = true, 0
		case c == '-' && i == 0:
			plain = append(plain, c)
		case c >= '0' && c <= '9':
			plain = append(plain, c)
			digits++
		default:
			return market.Missing, wordReason(b)
		}
	}
	if digits != 3 {
		return market.Missing, ReasonComma
	}
	return number(append(plain, b[i:]...))
}

// whole reads a number without sign, point or exponent, of at most 18 digits.
func whole(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
