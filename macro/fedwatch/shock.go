package fedwatch

import (
	"sort"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/ols"
	"faultline/market"
)

// Measure is what stands for the expected policy rate.
type Measure string

// The measures.
const (
	// TwoYear is the two-year Treasury yield (series DGS2): the expected rate over two years and a small
	// premium. It reaches back furthest.
	TwoYear Measure = "two_year_yield"
	// PublishedOdds is the mean rate that published probabilities give for the last meeting that they
	// cover on both days.
	PublishedOdds Measure = "published_odds"
)

// Response is how much an index moves when the expected rate does, on the days on which the Fed speaks.
type Response struct {
	Measure  Measure
	ReturnPP float64 // return of the index, as a decimal, when the expected rate rises by one percentage point
	Error    float64 // its standard error, HC3
	Constant float64 // return on a day without a surprise
	R2       float64
	N        int
	First    calendar.Date
	Last     calendar.Date
}

// Per25 is the return, with its standard error, when the expected rate rises by 25 basis points.
func (r *Response) Per25() (value, err float64) { return r.ReturnPP / 4, r.Error / 4 }

// speechPrefix begins the names of the facts that date speeches.
const speechPrefix = "speech_"

// EventDays are the scheduled announcement days up to the State's instant, and the days of the speeches
// that its facts date, each once and in order.
func EventDays(s *market.State) []calendar.Date {
	today := calendar.DateIn(s.At(), calendar.NewYork())
	days := Announcements(0, today)
	for _, id := range s.FactIDs() {
		if strings.HasPrefix(id, speechPrefix) {
			for _, f := range s.Facts(id) {
				days = append(days, f.Date())
			}
		}
	}
	return sorted(days)
}

// Respond measures how an index moved with the expected rate on the days of announcements and speeches:
//
//	return = a + b · change of the expected rate + e
//
// both from the close before to the close of the day (Bernanke and Kuttner, "What explains the stock
// market's reaction to Federal Reserve policy?", Journal of Finance 60, 2005, equation 5, who find about
// −4.7 % for a surprise of one percentage point in the federal funds rate). Standard errors are HC3. The coefficient is causal only as
// far as the Fed's words were all the news of the day, and told nothing about the economy.
func Respond(s *market.State, index string, m Measure) (*Response, error) {
	bars, err := s.Daily(index)
	if err != nil {
		return nil, &evidence.Absent{Code: "no_daily_bars"}
	}
	change, err := changesOf(s, m)
	if err != nil {
		return nil, err
	}
	at := map[calendar.Date]int{}
	for i := range bars.Len() {
		at[bars.Date(i)] = i
	}
	out := &Response{Measure: m}
	var y []float64
	var x [][]float64
	for _, d := range EventDays(s) {
		i, ok := at[d]
		if !ok || i == 0 {
			continue
		}
		dr, ok := change(bars.Date(i-1), d)
		if !ok {
			continue
		}
		y = append(y, bars.Close[i]/bars.Close[i-1]-1)
		x = append(x, []float64{1, dr})
		if out.N == 0 {
			out.First = d
		}
		out.N, out.Last = out.N+1, d
	}
	// Eight events are a year of meetings: below that a slope with its error means nothing.
	const fewest = 8
	if out.N < fewest {
		return nil, &evidence.Absent{Code: "too_few_events", Args: evidence.Args{"events": out.N, "needed": fewest}}
	}
	f, err := ols.Regress(y, x, ols.Robust{})
	if err != nil {
		return nil, err
	}
	out.Constant, out.ReturnPP, out.Error, out.R2 = f.Beta[0], f.Beta[1], f.Error[1], f.R2
	return out, nil
}

// changesOf gives the change of the expected rate between two days, in percentage points.
func changesOf(s *market.State, m Measure) (func(from, to calendar.Date) (float64, bool), error) {
	if m == TwoYear {
		v, err := s.Series("DGS2")
		if err != nil {
			return nil, &evidence.Absent{Code: "series_missing", Args: evidence.Args{"series": "DGS2"}}
		}
		on := map[calendar.Date]float64{}
		for i := range v.Len() {
			on[calendar.Date(v.About[i]/86400)] = v.Value[i]
		}
		return func(from, to calendar.Date) (float64, bool) {
			a, okA := on[from]
			b, okB := on[to]
			return b - a, okA && okB
		}, nil
	}
	meetings := PublishedMeetings(s)
	byMeeting := make([]map[calendar.Date]float64, 0, len(meetings))
	for _, d := range meetings {
		days, _, err := Published(s, d)
		if err != nil {
			continue
		}
		on := map[calendar.Date]float64{}
		for _, o := range days {
			on[o.Day] = o.ExpectedBP() / 100
		}
		byMeeting = append(byMeeting, on)
	}
	if len(byMeeting) == 0 {
		return nil, &evidence.Absent{Code: "no_published_odds"}
	}
	return func(from, to calendar.Date) (float64, bool) {
		for k := len(byMeeting) - 1; k >= 0; k-- {
			a, okA := byMeeting[k][from]
			b, okB := byMeeting[k][to]
			if okA && okB {
				return b - a, true
			}
		}
		return 0, false
	}, nil
}

// CutOdds is one published figure of the probability of a cut.
type CutOdds struct {
	Day         calendar.Date
	Probability float64
	Source      string
}

// PublishedCuts lists what pages stated of the probability of a cut at a meeting: the facts of that
// series, in percent, in order of their days.
func PublishedCuts(s *market.State, series string) []CutOdds {
	var out []CutOdds
	for _, f := range s.Facts(series) {
		if !market.IsMissing(f.Value) {
			out = append(out, CutOdds{Day: f.Date(), Probability: f.Value / 100, Source: f.Source})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Day < out[j].Day })
	return out
}
