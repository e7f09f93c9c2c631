package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Style says on which price of its expiry day an option settles.
type Style uint8

// AM options settle on opening prices, PM options on closing prices.
const (
	AM Style = iota + 1
	PM
)

// String returns AM or PM.
func (s Style) String() string {
	switch s {
	case AM:
		return "AM"
	case PM:
		return "PM"
	default:
		return fmt.Sprintf("Style(%d)", uint8(s))
	}
}

// Settlement says when an option stops trading and which instant fixes its payoff.
type Settlement struct {
	Root      string
	Expiry    Date // the session whose price settles the option
	Listed    Date // the expiry date as given; differs from Expiry when that day is closed
	Style     Style
	LastTrade time.Time
	Settle    time.Time // the instant whose price fixes the payoff
	Rule      string
}

// Settle returns the settlement of the options of a root that expire on a date.
func Settle(root string, expiry Date) (Settlement, error) {
	r := strings.ToUpper(root)
	if r == "" {
		return Settlement{}, fmt.Errorf("settlement of %s: the root is empty", expiry)
	}
	s := Settlement{Root: r, Expiry: expiry, Listed: expiry, Style: PM, Rule: "pm"}
	nyse, cboe := NYSE(), Cboe()
	day, err := nyse.Session(expiry)
	if closed, ok := err.(*ClosedError); ok {
		day, err = nyse.Prev(expiry)
		s.Rule = "moved from " + expiry.String() + ": " + closed.Reason
	}
	if err != nil {
		return Settlement{}, fmt.Errorf("settlement of %s %s: %w", r, expiry, err)
	}
	s.Expiry, s.LastTrade, s.Settle = day.Date, day.Close, day.Close
	switch r {
	case "SPX", "NDX", "RUT", "VIX", "VIXW":
		prev, err := cboe.Prev(day.Date)
		if err != nil {
			return Settlement{}, fmt.Errorf("settlement of %s %s: %w", r, expiry, err)
		}
		s.Style, s.LastTrade, s.Settle = AM, prev.Close, day.Open
	case "SPY", "QQQ", "IWM", "DIA":
		s.LastTrade = day.Close.Add(15 * time.Minute)
	}
	return s, nil
}

// StandardMonthly returns the expiry date of the monthly SPX options: the third Friday, or the
// Thursday before when that Friday is closed.
func StandardMonthly(year int, month time.Month) Date {
	d := nthWeekday(year, month, time.Friday, 3)
	for nyseHoliday(d) != "" {
		d--
	}
	return d
}

// VIXExpiry returns the expiry date of the monthly VIX options and futures.
func VIXExpiry(year int, month time.Month) Date {
	d := StandardMonthly(year, month+1) - 30
	for weekend(d) != "" || nyseHoliday(d) != "" {
		d--
	}
	return d
}
