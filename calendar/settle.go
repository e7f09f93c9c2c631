package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Style says on which price of its expiry day an option settles. The zero value is neither.
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

// Codes that begin Settlement.Rule, by class of contract.
const (
	RuleAM     = "am-open"    // index option, settled on the opening of its expiry day
	RulePM     = "pm-close"   // index option, settled on the close, which is also its last trade
	RuleETF    = "etf-late"   // fund option that trades 15 minutes past the close
	RuleEquity = "equity"     // any other root
	offCycle   = ";off-cycle" // an AM root on a date that is not its monthly expiry
	movedFrom  = ";moved-from:"
)

// Settlement says when an option stops trading and which instant fixes its payoff.
type Settlement struct {
	Root   string
	Expiry Date // the session whose price settles the option
	Listed Date // the expiry date as given: not a session when it differs from Expiry
	Style  Style
	// LastTrade is the last instant at which the expiring series trades in regular hours.
	LastTrade time.Time
	// Settle is the instant whose price fixes the payoff, and up to which time to expiry is counted.
	Settle time.Time
	// Rule is a code: RuleAM, RulePM, RuleETF or RuleEquity; then ";off-cycle" when an AM root was
	// given a date that is not its monthly expiry, as when a file has lost the W of SPXW; then
	// ";moved-from:2025-04-18:Good Friday" when the date given is closed.
	Rule string
}

// Moved reports whether the date given is not a session, so that the contract expires before it.
func (s Settlement) Moved() bool { return s.Listed != s.Expiry }

// class is what the rules tell apart.
type class uint8

const (
	equity class = iota
	pmIndex
	lateETF
	amMonthly // AM index options, third Friday
	amVIX     // AM options on volatility, 30 days before
	amWeekly  // AM options with weekly dates
)

// roots holds the roots that are not plain equity options. Index roots: Cboe and Nasdaq product
// specifications. Late funds: the exchanges' list of options that trade until 15:15 Chicago.
var roots = func() map[string]class {
	m := map[string]class{"VIX": amVIX, "VIXW": amWeekly}
	for c, list := range map[class]string{
		amMonthly: "SPX NDX RUT DJX RUI RLG RLV MXEA MXEF",
		pmIndex:   "SPXW SPXPM XSP NDXP XND RUTW MRUT OEX XEO",
		lateETF: "DBA DBB DBC DBO DBS DIA EEM EFA FXI IWM IWN IWO IWV IYR KBE KRE LQD MDY MOO OEF QQQ SLX " +
			"SPY SVXY TLT UNG UUP UVIX UVXY VIXM VIXY VXX VXZ XHB XLB XLE XLF XLI XLK XLP XLU XLV XLY XME XRT",
	} {
		for _, r := range strings.Fields(list) {
			m[r] = c
		}
	}
	return m
}()

// canonicalRoot returns the root in upper case without the ^, _ or $ that some files put before an
// index.
func canonicalRoot(root string) (string, error) {
	r := strings.ToUpper(strings.TrimLeft(root, "^_$"))
	if r == "" || len(r) > 8 || strings.Trim(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-") != "" {
		return "", fmt.Errorf("option root %q: want letters and digits, such as SPXW", shorten(root))
	}
	return r, nil
}

// Settle returns the settlement of the options of a root that expire on a date.
//
//   - SPX, NDX, RUT, DJX and the other AM index roots settle on the opening prices of the expiry day,
//     taken as 09:30 New York; they trade for the last time at the Cboe close of the session before,
//     16:15. (The settlement value, SET for SPX, uses each stock's first trade, some minutes later.)
//   - VIX and VIXW likewise: the special opening quotation of their Wednesday.
//   - SPXW, XSP, NDXP, RUTW and the other PM index roots settle on the close and stop trading with it:
//     16:00, 13:00 on half days. The third Friday has SPX and SPXW, six and a half hours apart.
//   - SPY, QQQ, IWM, DIA and other funds of the exchanges' list trade until 16:15 (13:15). Settle is
//     the close of the stock market, 16:00 (13:00), although that is before LastTrade: the clearing
//     house exercises whatever is a cent in the money at the 16:00 closing price of the fund, the
//     hedge that a model prices ends there, and the holder's right to decide otherwise until 17:30 is
//     not a diffusion of the regular session. A quote after 16:00 of that day is of an option with no
//     time left, and callers must treat it so.
//   - Any other root is an equity option: PM, last trade and settlement at the close. Contrary
//     instructions after the close are neglected here too.
//
// The close is that of NYSE, unscheduled early ones included. An expiry date that is closed moves to the
// session before, and Rule says from which day and why; this covers Good Friday 2025, Juneteenth 2026,
// closures that came after listing (2025-01-09), and the Saturdays that were the formal expiry date of
// stock and index options until February 2015. A date outside 1990–2035 is a *RangeError; a root that
// is empty or not of letters and digits is an error.
func Settle(root string, expiry Date) (Settlement, error) {
	r, err := canonicalRoot(root)
	if err != nil {
		return Settlement{}, err
	}
	s, err := settle(r, expiry)
	if err != nil {
		return Settlement{}, fmt.Errorf("settlement of %s %s: %w", r, expiry, err)
	}
	return s, nil
}

func settle(root string, expiry Date) (Settlement, error) {
	x := NYSE()
	moved := known(expiry) && !x.Trades(expiry)
	settles := x.Session
	if moved {
		settles = x.Prev
	}
	day, err := settles(expiry)
	if err != nil {
		return Settlement{}, err
	}
	s := Settlement{
		Root: root, Expiry: day.Date, Listed: expiry, Style: PM, LastTrade: day.Close, Settle: day.Close,
	}
	year, month, _ := day.Date.YMD()
	switch c := roots[root]; c {
	case equity:
		s.Rule = RuleEquity
	case pmIndex:
		s.Rule = RulePM
	case lateETF:
		s.Rule, s.LastTrade = RuleETF, day.Close.Add(15*time.Minute)
	case amMonthly, amVIX, amWeekly:
		before, err := Cboe().Prev(day.Date)
		if err != nil {
			return Settlement{}, err
		}
		s.Rule, s.Style, s.LastTrade, s.Settle = RuleAM, AM, before.Close, day.Open
		if c == amMonthly && day.Date != StandardMonthly(year, month) ||
			c == amVIX && day.Date != VIXExpiry(year, month) {
			s.Rule += offCycle
		}
	}
	if moved {
		s.Rule += movedFrom + expiry.String() + ":" + x.reason[expiry-First]
	}
	return s, nil
}

// StandardMonthly returns the expiry date of the monthly SPX options: the third Friday, or the session
// before when that Friday is closed (Good Friday 2025: Thursday 17 April; Juneteenth 2026: Thursday 18
// June). It uses the holiday rules, not the table, and so holds beyond 2035 as far as they do.
func StandardMonthly(year int, month time.Month) Date {
	return onOrBefore(nthWeekday(year, month, time.Friday, 3))
}

// VIXExpiry returns the expiry date of the monthly VIX options and futures: 30 days before the SPX
// monthly expiry of the next month (Cboe Futures Exchange, VIX contract specifications). That is a Wednesday, or a Tuesday when the
// month's SPX expiry is a Thursday (2025-03-18); and the session before when the day is closed
// (2024-06-18 for Juneteenth).
func VIXExpiry(year int, month time.Month) Date {
	return onOrBefore(StandardMonthly(year, month+1) - 30)
}

// onOrBefore returns the last date up to d on which NYSE is not closed.
func onOrBefore(d Date) Date {
	for nyseClosed(d) != "" {
		d--
	}
	return d
}
