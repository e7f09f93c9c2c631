package stabiliser

import (
	"math"
	"time"

	"faultline/assumption"
	"faultline/calendar"
)

// buybacks are the numbers of companies' purchases.
type buybacks struct {
	yearly     float64 // dollars a year
	pause      float64 // share by which a company's purchases shrink while its window is closed
	firstClose float64 // days before the end of a quarter at which the first windows close
	firstOpen  float64 // days after it at which the first windows open again
	lastOpen   float64 // days after it at which the last ones do
	elasticity float64 // −d ln(dollars)/d ln(price)
}

func readBuybacks(a assumption.Set) buybacks {
	return buybacks{
		yearly:     a.Value("stabiliser.buybacks_yearly"),
		pause:      a.Value("stabiliser.blackout_pause"),
		firstClose: a.Value("stabiliser.blackout_first_close"),
		firstOpen:  a.Value("stabiliser.blackout_first_open"),
		lastOpen:   a.Value("stabiliser.blackout_last_open"),
		elasticity: a.Value("stabiliser.buyback_elasticity"),
	}
}

// quarterEnd is the last day of the k-th quarter after that of a date.
func quarterEnd(d calendar.Date, k int) calendar.Date {
	year, month, _ := d.YMD()
	first := (int(month)-1)/3*3 + 1 // month in which the quarter begins
	return calendar.DateOf(year, time.Month(first+3*(k+1)), 1) - 1
}

// ramp rises from 0 to 1 between two days.
func ramp(x, from, to float64) float64 {
	if x >= to {
		return 1
	}
	return max((x-from)/(to-from), 0)
}

// closed is the share of companies whose window is closed on a day. Of each quarter the windows close
// evenly from firstClose days before its end to the end, and open evenly from firstOpen to lastOpen days
// after it, as the companies have reported.
func (b *buybacks) closed(d calendar.Date) float64 {
	sum := 0.0
	for k := -2; k <= 0; k++ {
		x := float64(d - quarterEnd(d, k))
		sum += ramp(x, -b.firstClose, 0) - ramp(x, b.firstOpen, max(b.lastOpen, b.firstOpen+1))
	}
	return min(max(sum, 0), 1)
}

// weight is what is bought on a day, relative to a day on which all windows are open.
func (b *buybacks) weight(d calendar.Date) float64 { return 1 - b.pause*b.closed(d) }

// perWeight is the dollars that a session of weight 1 gets, so that the sessions of the year of a date
// add up to what is bought in a year.
func (b *buybacks) perWeight(d calendar.Date) (float64, error) {
	year, _, _ := d.YMD()
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(year, 1, 1), calendar.DateOf(year, 12, 31))
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, s := range sessions {
		sum += b.weight(s.Date)
	}
	return b.yearly / sum, nil
}

// session is the dollars bought in a session at an unchanged price.
func (b *buybacks) session(d calendar.Date) (float64, error) {
	per, err := b.perWeight(d)
	return per * b.weight(d), err
}

// lean is what purchases are multiplied by at a price relative to the State's: p^−elasticity, within a
// tenth and ten times.
func (b *buybacks) lean(price float64) float64 {
	if b.elasticity == 0 {
		return 1
	}
	return min(max(math.Pow(price, -b.elasticity), 0.1), 10)
}
