package words

import (
	"math"
	"strings"

	"golang.org/x/text/feature/plural"

	"faultline/evidence"
)

// Number writes a number with so many places after the point. This and every other rounding in the
// package is half away from zero on the shortest decimal that reads back as the float: 2.675 to two
// places is 2.68, as a reader of the digits expects.
func (w *Words) Number(v float64, places int) string {
	if !finite(v) {
		return w.notation.Numbers.NotFinite
	}
	return w.fixed(decimalOf(v), places, "")
}

// Signed is Number with a plus before positive numbers, for changes.
func (w *Words) Signed(v float64, places int) string {
	if !finite(v) {
		return w.notation.Numbers.NotFinite
	}
	return w.fixed(decimalOf(v), places, "+")
}

// General writes a number that no unit tells how to round: all digits of a whole number, and six
// significant digits of any other.
func (w *Words) General(v float64) string {
	if !finite(v) {
		return w.notation.Numbers.NotFinite
	}
	d := decimalOf(v)
	if v != math.Trunc(v) {
		d = d.roundTo(6)
	}
	return sign(d, "") + d.text(0, w.notation.Numbers.Group, w.notation.Numbers.Point)
}

// Price writes a price in points: two places after the point, four below 10.
func (w *Words) Price(v float64) string {
	if math.Abs(v) < 10 {
		return w.Number(v, 4)
	}
	return w.Number(v, 2)
}

// Percent writes a decimal share or return in per cent: 0.031 is 3.1%.
func (w *Words) Percent(ratio float64, places int) string {
	if !finite(ratio) {
		return w.notation.Numbers.NotFinite
	}
	return w.fixed(decimalOf(ratio).shift(2), places, "") + "%"
}

// SignedPercent is Percent with a plus before what rises.
func (w *Words) SignedPercent(ratio float64, places int) string {
	if !finite(ratio) {
		return w.notation.Numbers.NotFinite
	}
	return w.fixed(decimalOf(ratio).shift(2), places, "+") + "%"
}

// ordinal writes a whole number with the ending of its rank: 94th.
func (w *Words) ordinal(v float64) string {
	r := decimalOf(v).roundAt(0)
	text := sign(r, "") + r.text(0, w.notation.Numbers.Group, w.notation.Numbers.Point)
	low := r.text(0, "", "")
	low = low[max(0, len(low)-6):]
	n := 0
	for _, c := range low {
		n = 10*n + int(c-'0')
	}
	form := plural.Ordinal.MatchPlural(w.tag, n, 0, 0, 0, 0)
	return strings.ReplaceAll(w.notation.Numbers.Ordinal[form], "#", text)
}

// Value writes a number in its unit, as a figure is shown: "$39bn per 1% move", "94th percentile".
// A unit that is not known shows as its own name.
func (w *Words) Value(v float64, u evidence.Unit) string { return w.value(v, u, "") }

// SignedValue is Value with a plus before what is bought or rises, for flows and positions.
func (w *Words) SignedValue(v float64, u evidence.Unit) string { return w.value(v, u, "+") }

func (w *Words) value(v float64, u evidence.Unit, plus string) string {
	if !finite(v) {
		return w.notation.Numbers.NotFinite
	}
	amount := func(v float64) string { return w.scaled(decimalOf(v), 3, plus, w.notation.Numbers.Amount) }
	number := w.General(v)
	if v > 0 {
		number = plus + number
	}
	if stated, ok := strings.CutPrefix(string(u), "stated:"); ok {
		return w.stated(decimalOf(v), stated, plus)
	}
	switch u {
	case evidence.UnitNone, evidence.AsStated, evidence.Count:
		return number
	case evidence.USD:
		return amount(v)
	case evidence.USDBillions:
		return w.scaled(decimalOf(v).shift(9), 0, plus, w.notation.Numbers.Amount) // all digits, as it was printed
	case evidence.USDPerPercent, evidence.USDPerPoint, evidence.USDPerVolPoint, evidence.USDPerHour:
		number = amount(v)
	case evidence.Points:
		number = w.fixed(decimalOf(v), pricePlaces(v), plus)
	case evidence.VolPerYear, evidence.PerYear, evidence.Ratio:
		number = w.fixed(decimalOf(v).shift(2), 1, plus) + "%"
	case evidence.PercentStated:
		return number + "%"
	case evidence.Years:
		number = w.fixed(decimalOf(v), 3, plus)
	case evidence.Contracts:
		number = w.scaled(decimalOf(v), 3, plus, w.notation.Numbers.Quantity)
	case evidence.Percentile:
		number = w.ordinal(v)
	}
	return strings.ReplaceAll(w.In("in_unit", string(u)), "#", number)
}

// stated writes a published number in the unit that its source gives, with all the digits that the
// source printed.
func (w *Words) stated(d decimal, u, plus string) string {
	plain := sign(d, plus) + d.text(0, w.notation.Numbers.Group, w.notation.Numbers.Point)
	amount := func(exp int) string { return w.scaled(d.shift(exp), 0, plus, w.notation.Numbers.Amount) }
	count := func(exp int) string { return w.scaled(d.shift(exp), 0, plus, w.notation.Numbers.Quantity) }
	number := plain
	switch {
	case u == "":
		return plain
	case !w.Has("stated_unit." + u):
		return plain + " " + Clean(u)
	case u == "usd":
		number = amount(0)
	case u == "usd mn":
		number = amount(6)
	case u == "usd bn":
		number = amount(9)
	case u == "usd trn":
		number = amount(12)
	case u == "jobs":
		number = count(0)
	case strings.HasPrefix(u, "thousand"):
		number = count(3)
	case strings.HasPrefix(u, "mn "):
		number = count(6)
	case strings.HasPrefix(u, "bn "):
		number = count(9)
	}
	return strings.ReplaceAll(w.In("stated_unit", u), "#", number)
}

// Band writes a 5–95 % interval: "−$65bn to −$12bn". What dollars are counted by is said beside the figure
// itself and not twice more here.
func (w *Words) Band(low, high float64, u evidence.Unit) string {
	switch u {
	case evidence.USDPerPercent, evidence.USDPerPoint, evidence.USDPerVolPoint, evidence.USDPerHour:
		u = evidence.USD
	case evidence.Points:
		return w.Text("ui.band", evidence.Args{"low": w.Price(low), "high": w.Price(high)})
	}
	return w.Text("ui.band", evidence.Args{"low": w.SignedValue(low, u), "high": w.SignedValue(high, u)})
}

// Unit is the name of a unit for a column or an axis.
func (w *Words) Unit(u evidence.Unit) string { return w.In("unit", string(u)) }

func pricePlaces(v float64) int {
	if math.Abs(v) < 10 {
		return 4
	}
	return 2
}
