package replay

import (
	"errors"
	"math"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Rarity compares the day with all days of the fund on the index, and, since "such a day" can be meant in
// several ways, with those of other definitions too.
type Rarity struct {
	Gap, Change float64 // ratio: opening against the close before, close against the close before
	AtGap       float64 // thresholds used
	AtChange    float64
	Like
	Readings []Like // the definitions, the first of which is the one above
}

// Like is the days that count as like the replayed one under one definition.
type Like struct {
	Key        string // code: fund, fund_turned, index, index_turned
	Instrument string
	AtChange   float64 // close against the close before that a day must pass: 0 where any turn counts
	Days       int     // sessions compared
	From       calendar.Date
	Gaps       int             // with a gap at least as large
	Falls      []calendar.Date // of these, with a change as low or lower; the day itself is among them where it passes
	Earlier    int             // of these, before the day
	Absent     *evidence.Absent
}

// rarity counts days that opened at least as high and closed at least as low, on SPY, whose opens are traded
// prices. The thresholds are those of the register where the day passes them; else its own, rounded towards
// the ordinary by a twentieth of a percent, so that the day itself counts. Beside that definition stand three
// others: a close below the close before at all, in place of the threshold, and both on the index itself,
// from the first year since which its opens are its own.
func rarity(s *market.State, day calendar.Date, index string, a assumption.Set) (*Rarity, error) {
	b, err := s.Daily("SPY")
	if err != nil {
		return nil, err
	}
	at := -1
	for i := 1; i < b.Len(); i++ {
		if b.Date(i) == day {
			at = i
		}
	}
	if at < 0 {
		return nil, &evidence.Absent{Code: "no_bar_of_day", Args: evidence.Args{"instrument": "SPY", "date": day.String()}}
	}
	const step = 0.0005
	r := &Rarity{Gap: gapOf(b, at), Change: changeOf(b, at)}
	up := r.Gap >= 0
	switch wantGap, wantChange := a.Value("replay.gap"), a.Value("replay.change"); {
	case r.Gap >= wantGap && r.Change <= wantChange:
		r.AtGap, r.AtChange = wantGap, wantChange
	case up:
		r.AtGap, r.AtChange = math.Floor(r.Gap/step)*step, math.Ceil(r.Change/step)*step
	default:
		r.AtGap, r.AtChange = math.Ceil(r.Gap/step)*step, math.Floor(r.Change/step)*step
	}
	r.Like = alike(b, 1, day, "fund", r.AtGap, r.AtChange, up)
	r.Readings = []Like{r.Like, alike(b, 1, day, "fund_turned", r.AtGap, 0, up)}
	x, err := s.Daily(index)
	for _, l := range []Like{{Key: "index", AtChange: r.AtChange}, {Key: "index_turned"}} {
		if err != nil {
			var none *evidence.Absent
			if !errors.As(err, &none) {
				return nil, err
			}
			l.Instrument, l.Absent = index, none
			r.Readings = append(r.Readings, l)
			continue
		}
		r.Readings = append(r.Readings, alike(x, ownOpens(x), day, l.Key, r.AtGap, l.AtChange, up))
	}
	return r, nil
}

func gapOf(b *market.Bars, i int) float64    { return b.Open[i]/b.Close[i-1] - 1 }
func changeOf(b *market.Bars, i int) float64 { return b.Close[i]/b.Close[i-1] - 1 }

// alike counts the days up to one that pass the thresholds, from a row on. A change of exactly nothing is no
// turn.
func alike(b *market.Bars, from int, day calendar.Date, key string, atGap, atChange float64, up bool) Like {
	out := Like{Key: key, Instrument: b.Instrument, AtChange: atChange}
	from = max(from, 1)
	if from < b.Len() {
		out.From = b.Date(from)
	}
	sign := 1.0
	if !up {
		sign = -1
	}
	for i := from; i < b.Len() && b.Date(i) <= day; i++ {
		out.Days++
		if !(sign*gapOf(b, i) >= sign*atGap) {
			continue
		}
		out.Gaps++
		if c := sign * changeOf(b, i); c <= sign*atChange && c != 0 {
			out.Falls = append(out.Falls, b.Date(i))
			if b.Date(i) < day {
				out.Earlier++
			}
		}
	}
	return out
}

// ownOpens is the first row of the first year since which, in every year, fewer than half of the opens repeat
// the close before: files of an index fill in opens that nobody kept.
func ownOpens(b *market.Bars) int {
	from := b.Len()
	year, n, copied := 0, 0, 0
	for i := b.Len() - 1; i >= 1; i-- {
		y, _, _ := b.Date(i).YMD()
		if y != year {
			year, n, copied = y, 0, 0
		}
		n++
		if math.Abs(b.Open[i]-b.Close[i-1]) <= 1e-6*b.Close[i-1] {
			copied++
		}
		// The year is whole when the row before is of another one.
		if before, _, _ := b.Date(i - 1).YMD(); before != y || i == 1 {
			if 2*copied >= n {
				return from
			}
			from = i
		}
	}
	return from
}
