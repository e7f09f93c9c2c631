package dealer

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/options"
)

// Terms turn a level of one instrument into the price of another that follows it: index points into
// futures or fund prices.
type Terms struct {
	From, To string
	Ratio    float64 // price of To for each point of From
	Points   float64 // basis: price of To less that of From on To's scale, in points of To
	Source   string  // "quoted" where both prices were given, "forward" where the chain's parity forward stands for the future
}

// Level is a level in the other instrument's terms. A future and a fund differ from the index by carry
// and dividends, which grow with the price, so that the ratio is kept and not the points.
func (t Terms) Level(price float64) float64 { return price * t.Ratio }

// scales are points of the S&P 500 index for one of price: what instruments on it are worth but for
// basis.
var scales = map[string]float64{"SPX": 1, "ES": 1, "MES": 1, "SPY": 0.1, "XSP": 0.1}

// farBasis is the basis, as a share, from which two prices are not of the same market and moment: the
// carry of a future over a quarter, or of a fund's undistributed dividends, stays within 2 %.
const farBasis = 0.02

// TermsOf relates two instruments by their prices at one moment. It is absent where a price is, and
// where the two do not go together: another day's price, or another market's.
func TermsOf(from string, fromPrice float64, to string, toPrice float64) (Terms, error) {
	if !(fromPrice > 0) || !(toPrice > 0) || math.IsInf(fromPrice, 1) || math.IsInf(toPrice, 1) {
		return Terms{}, &evidence.Absent{Code: "no_other_price", Args: evidence.Args{"instrument": to}}
	}
	scale := 1.0
	f, knownFrom := scales[from]
	t, knownTo := scales[to]
	if knownFrom && knownTo {
		scale = t / f
		if far := toPrice/(fromPrice*scale) - 1; !(math.Abs(far) <= farBasis) {
			return Terms{}, &evidence.Absent{Code: "basis_implausible", Args: evidence.Args{"instrument": to, "price": toPrice, "basis": math.Round(far*1e4) / 1e4}}
		}
	}
	return Terms{From: from, To: to, Ratio: toPrice / fromPrice, Points: toPrice - fromPrice*scale, Source: "quoted"}, nil
}

// FutureTerms relates the index of a book to its future of an expiry by the chain's own parity forwards,
// for when no price of the future is at hand. Between expiries the carry runs on a straight line in
// time; beyond the last one it is absent.
func FutureTerms(b *options.Book, future string, expiry calendar.Date) (Terms, error) {
	x, err := calendar.Settle(b.Underlying, expiry)
	if err != nil {
		return Terms{}, &evidence.Absent{Code: "no_forward_there", Args: evidence.Args{"instrument": future, "expiry": expiry.String()}}
	}
	years := calendar.Years(b.Quoted, x.Settle)
	spot := Reference(b)
	before, carry := 0.0, 0.0 // ln(F/S) is zero at once
	for _, e := range b.Expiries {
		if e.Absent != nil || !(e.Forward > 0) {
			continue
		}
		here := math.Log(e.Forward / spot)
		if e.Years >= years && years > 0 && e.Years > before {
			at := carry + (here-carry)*(years-before)/(e.Years-before)
			t, err := TermsOf(b.Underlying, spot, future, spot*math.Exp(at))
			t.Source = "forward"
			return t, err
		}
		before, carry = e.Years, here
	}
	return Terms{}, &evidence.Absent{Code: "no_forward_there", Args: evidence.Args{"instrument": future, "expiry": expiry.String()}}
}

// rollDays is how long before its expiry the volume of a quarterly equity index future moves to the
// next: on the Thursday of the week before.
const rollDays = 8

// FrontQuarter is the expiry of the quarterly index future with the most volume on a date.
func FrontQuarter(d calendar.Date) calendar.Date {
	year, month, _ := d.YMD()
	for {
		if month%3 == 0 {
			if x := calendar.StandardMonthly(year, month); x-d > rollDays {
				return x
			}
		}
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
}
