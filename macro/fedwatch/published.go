package fedwatch

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// PublishedPrefix begins the names of the series that hold published probabilities: the prefix, the
// meeting's date, a slash and the range, such as fedwatch/2025-12-10/350-375.
const PublishedPrefix = "fedwatch/"

// Odds are the published probabilities of one meeting on one day.
type Odds struct {
	Day    calendar.Date
	Ranges []Range // from the lowest to the highest; Error is not known and 0
}

// Below is the probability that the range lies below one whose lower end is given.
func (o *Odds) Below(lowBP int) float64 {
	s := 0.0
	for _, r := range o.Ranges {
		if r.LowBP < lowBP {
			s += r.Probability
		}
	}
	return s
}

// Above is the probability that the range lies above one whose lower end is given.
func (o *Odds) Above(lowBP int) float64 {
	s := 0.0
	for _, r := range o.Ranges {
		if r.LowBP > lowBP {
			s += r.Probability
		}
	}
	return s
}

// ExpectedBP is the mean of the middles of the ranges, basis points.
func (o *Odds) ExpectedBP() float64 {
	s, all := 0.0, 0.0
	for _, r := range o.Ranges {
		s += r.Probability * float64(r.LowBP+r.HighBP) / 2
		all += r.Probability
	}
	return s / all
}

// total is how far published probabilities may be from adding up to 1: they are printed to one tenth of
// a percent, and the export leaves out ranges.
const total = 0.02

// Published reads the published probabilities of a meeting from the State, day by day. Days whose
// probabilities do not add up to 1 are left out and counted.
func Published(s *market.State, meeting calendar.Date) (days []Odds, left int, err error) {
	prefix := PublishedPrefix + meeting.String() + "/"
	byDay := map[calendar.Date][]Range{}
	for _, id := range s.SeriesIDs() {
		name, ok := strings.CutPrefix(id, prefix)
		if !ok {
			continue
		}
		low, high, ok := strings.Cut(name, "-")
		l, errLow := strconv.Atoi(low)
		h, errHigh := strconv.Atoi(high)
		if !ok || errLow != nil || errHigh != nil || h <= l {
			continue // a row such as no-change, of another table
		}
		v, err := s.Series(id)
		if err != nil {
			continue
		}
		last := map[calendar.Date]float64{} // vintages come in order: the last one known counts
		for i := range v.Len() {
			last[calendar.Date(v.About[i]/86400)] = v.Value[i]
		}
		for d, p := range last {
			if p > 0 {
				byDay[d] = append(byDay[d], Range{LowBP: l, HighBP: h, Probability: p})
			}
		}
	}
	for d, rs := range byDay {
		sum := 0.0
		for _, r := range rs {
			sum += r.Probability
		}
		if !(math.Abs(sum-1) <= total) {
			left++
			continue
		}
		sort.Slice(rs, func(i, j int) bool { return rs[i].LowBP < rs[j].LowBP })
		days = append(days, Odds{Day: d, Ranges: rs})
	}
	if len(days) == 0 {
		return nil, left, &evidence.Absent{Code: "no_published_odds", Args: evidence.Args{"meeting": meeting.String()}}
	}
	sort.Slice(days, func(i, j int) bool { return days[i].Day < days[j].Day })
	return days, left, nil
}

// PublishedMeetings lists the meetings of which the State holds published probabilities.
func PublishedMeetings(s *market.State) []calendar.Date {
	var out []calendar.Date
	for _, id := range s.SeriesIDs() {
		if rest, ok := strings.CutPrefix(id, PublishedPrefix); ok {
			name, _, _ := strings.Cut(rest, "/")
			if d, err := calendar.ParseDate(name); err == nil {
				out = append(out, d)
			}
		}
	}
	return sorted(out)
}
