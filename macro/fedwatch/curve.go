package fedwatch

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Month is a calendar month: twelve times the year plus the month, counted from 0. Months compare and
// subtract as integers.
type Month int

// MonthOf is the month of a date.
func MonthOf(d calendar.Date) Month {
	y, m, _ := d.YMD()
	return Month(12*y + int(m) - 1)
}

// First is the first day of the month.
func (m Month) First() calendar.Date {
	return calendar.DateOf(int(m)/12, time.Month(int(m)%12+1), 1)
}

// Days is the length of the month in days.
func (m Month) Days() int { return int((m + 1).First() - m.First()) }

// String writes the month as 2025-11.
func (m Month) String() string { return m.First().String()[:7] }

// Price is the price of the contract of one month: 100 less the mean effective rate of its days in
// percent, which the market expects.
type Price struct {
	Month  Month
	Symbol string
	Day    calendar.Date // of the price
	Value  float64       // points
}

// Reject is a price or a meeting that cannot be used, with its reason.
type Reject struct {
	What string // symbol of the contract, or the meeting's date
	Why  *evidence.Absent
}

// Curve is the rates of consecutive months, as far as they are known.
type Curve struct {
	From Month
	// Rate is 100 less the price, percent a year; market.Missing for a month without a usable price.
	Rate []float64
	Day  calendar.Date // of the latest price
}

// monthCodes are the letters by which exchanges call the delivery months, from January.
const monthCodes = "FGHJKMNQUVXZ"

// ParseSymbol reads the month of a contract such as ZQN26, ZQN6 or FFU5. Of one digit the year is the
// one nearest to the day of the price that is not more than a year before it.
func ParseSymbol(symbol string, day calendar.Date) (Month, error) {
	s := strings.ToUpper(strings.TrimSpace(symbol))
	rest, ok := strings.CutPrefix(s, "ZQ")
	if !ok {
		rest, ok = strings.CutPrefix(s, "FF")
	}
	if !ok || len(rest) < 2 || len(rest) > 5 || len(rest) == 4 {
		return 0, fmt.Errorf("contract %q: want ZQ or FF, the letter of the month and a year, such as ZQN26", symbol)
	}
	month := strings.IndexByte(monthCodes, rest[0])
	year := 0
	for _, c := range []byte(rest[1:]) {
		if c < '0' || c > '9' || month < 0 {
			return 0, fmt.Errorf("contract %q: want the letter of a month (%s) and a year", symbol, monthCodes)
		}
		year = 10*year + int(c-'0')
	}
	now, _, _ := day.YMD()
	switch len(rest) - 1 {
	case 1:
		year += now - now%10
		for year < now-1 {
			year += 10
		}
		for year > now+8 {
			year -= 10
		}
	case 2:
		year += now - now%100
		if year < now-50 {
			year += 100
		}
	}
	return Month(12*year + month), nil
}

// maxMonths bounds the months between the first and the last contract: the exchange lists five years.
const maxMonths = 120

// NewCurve builds the curve of a day. Prices may come in any order. A price that cannot be used is
// listed with its reason, and its month then is missing: prices that are not numbers, not above 0 or above 100 (the
// method takes rates as not negative), prices of an earlier day for a month that has not ended, and a
// month with two different prices. An error says that nothing is left.
func NewCurve(prices []Price) (*Curve, []Reject, error) {
	var rejected []Reject
	reject := func(p Price, why *evidence.Absent) { rejected = append(rejected, Reject{What: p.Symbol, Why: why}) }
	ps := slices.Clone(prices)
	sort.SliceStable(ps, func(i, j int) bool {
		if ps[i].Month != ps[j].Month {
			return ps[i].Month < ps[j].Month
		}
		if ps[i].Day != ps[j].Day {
			return ps[i].Day < ps[j].Day
		}
		return ps[i].Symbol < ps[j].Symbol
	})
	var day calendar.Date
	for _, p := range ps {
		if p.Day > day {
			day = p.Day
		}
	}
	twice := map[Month]bool{}
	good := map[Month]Price{}
	for _, p := range ps {
		switch {
		case math.IsNaN(p.Value) || math.IsInf(p.Value, 0):
			reject(p, &evidence.Absent{Code: "price_not_a_number", Args: evidence.Args{"symbol": p.Symbol}})
		case p.Value <= 0:
			reject(p, &evidence.Absent{Code: "price_not_positive", Args: evidence.Args{"symbol": p.Symbol, "price": p.Value}})
		case p.Value > 100:
			reject(p, &evidence.Absent{Code: "price_above_100", Args: evidence.Args{"symbol": p.Symbol, "price": p.Value}})
		case p.Day < day && p.Month >= MonthOf(day):
			reject(p, &evidence.Absent{Code: "price_of_earlier_day", Args: evidence.Args{
				"symbol": p.Symbol, "day": p.Day.String(), "latest": day.String(),
			}})
		default:
			if q, ok := good[p.Month]; ok && q.Day == p.Day && q.Value != p.Value {
				twice[p.Month] = true
				reject(p, &evidence.Absent{Code: "two_prices", Args: evidence.Args{"symbol": p.Symbol, "price": p.Value, "other": q.Value}})
			}
			good[p.Month] = p
		}
	}
	for m := range twice {
		delete(good, m)
	}
	if len(good) == 0 {
		return nil, rejected, &evidence.Absent{Code: "no_futures"}
	}
	first, last := Month(math.MaxInt), Month(math.MinInt)
	for m := range good {
		first, last = min(first, m), max(last, m)
	}
	if last-first >= maxMonths {
		return nil, rejected, &evidence.Absent{Code: "curve_too_long", Args: evidence.Args{
			"first": first.String(), "last": last.String(), "limit": maxMonths,
		}}
	}
	c := &Curve{From: first, Rate: make([]float64, last-first+1), Day: day}
	for i := range c.Rate {
		c.Rate[i] = market.Missing
		if p, ok := good[first+Month(i)]; ok {
			c.Rate[i] = 100 - p.Value
		}
	}
	return c, rejected, nil
}

// SeriesPrefix begins the names of the series that hold futures prices.
const SeriesPrefix = "zq/"

// CurveOf builds the curve from the State's series of futures prices: the latest day known, and of
// months that had ended by then their last price.
func CurveOf(s *market.State) (*Curve, []Reject, error) {
	var prices []Price
	var rejected []Reject
	for _, id := range s.SeriesIDs() {
		symbol, ok := strings.CutPrefix(id, SeriesPrefix)
		if !ok {
			continue
		}
		v, err := s.Series(id)
		if err != nil || v.Len() == 0 {
			continue
		}
		i := v.Len() - 1
		day := calendar.Date(v.About[i] / 86400)
		m, err := ParseSymbol(symbol, day)
		if err != nil {
			rejected = append(rejected, Reject{What: symbol, Why: &evidence.Absent{Code: "not_a_fed_funds_contract", Args: evidence.Args{"symbol": symbol}}})
			continue
		}
		prices = append(prices, Price{Month: m, Symbol: symbol, Day: day, Value: v.Value[i]})
	}
	c, more, err := NewCurve(prices)
	return c, append(rejected, more...), err
}
