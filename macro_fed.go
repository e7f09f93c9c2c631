package faultline

import (
	"fmt"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/fedwatch"
	"faultline/market"
)

// FedPath is what fed funds futures say about the meetings of the FOMC.
type FedPath struct {
	Day       string          `json:"day"`       // ISO date of the prices
	Effective string          `json:"effective"` // code: from which day a decision moves the rate
	Between   string          `json:"between"`   // code: how the rate between two neighbouring meetings is found
	Target    FedRange        `json:"target"`    // range in force before the first meeting
	Inferred  bool            `json:"inferred"`  // the target range was read off the curve
	Meetings  []FedMeeting    `json:"meetings"`
	Rejected  []FedReject     `json:"rejected,omitempty"`
	Caveats   []evidence.Code `json:"caveats"`
	Grade     evidence.Grade  `json:"grade"`
}

// FedMeeting is one meeting. Ranges and numbers, or Absent, are set.
type FedMeeting struct {
	Date            string           `json:"date"`   // ISO date of the announcement
	Ranges          []FedRange       `json:"ranges"` // after the meeting, from the lowest to the highest; all others have probability 0
	ExpectedBP      *float64         `json:"expected_bp,omitempty"`
	ExpectedErrorBP *float64         `json:"expected_error_bp,omitempty"`
	ChangeBP        *float64         `json:"change_bp,omitempty"`
	ChangeErrorBP   *float64         `json:"change_error_bp,omitempty"`
	StartBP         *float64         `json:"start_bp,omitempty"` // effective rate
	EndBP           *float64         `json:"end_bp,omitempty"`
	Caveats         []evidence.Code  `json:"caveats,omitempty"`
	Absent          *evidence.Absent `json:"absent,omitempty"`
}

// FedRange is a target range with its probability.
type FedRange struct {
	LowBP       int     `json:"low_bp"`
	HighBP      int     `json:"high_bp"`
	Probability float64 `json:"probability"`     // share of 1
	Error       float64 `json:"error,omitempty"` // standard error from the ticks of the prices
}

// FedReject is a price that could not be used.
type FedReject struct {
	What   string          `json:"what"` // symbol of the contract
	Reason evidence.Absent `json:"reason"`
}

// FedOptions choose among the conventions of the method. Empty fields mean those of the probabilities
// that CME publishes today.
type FedOptions struct {
	Effective string // next_day or same_day
	Between   string // anchors, forward or mean
	LowBP     int    // lower end of the target range in force; below 0: read it off the curve
}

// EndOfDay is the instant at which everything dated by a day was known: midnight in New York after it.
// Settlement prices of a day are not known at the close of the stock exchange yet.
func EndOfDay(d calendar.Date) time.Time { return (d + 1).At(0, 0, calendar.NewYork()).UTC() }

// FedWatch reads the probabilities of target ranges off the fed funds futures that the State knows, for
// the meetings given. Those before the State's day are over, but count where they moved a month's mean.
func FedWatch(s *market.State, meetings []calendar.Date, a Assumptions, o FedOptions) (*FedPath, error) {
	conv := fedwatch.Today
	if o.Effective != "" {
		conv.Effective = fedwatch.Effective(o.Effective)
	}
	if o.Between != "" {
		conv.Between = fedwatch.Between(o.Between)
	}
	curve, rejected, err := fedwatch.CurveOf(s)
	if err != nil {
		return nil, fmt.Errorf("futures curve: %w", err)
	}
	// A second before midnight still is the day that midnight ends.
	day := calendar.DateIn(s.At().Add(-time.Second), calendar.NewYork())
	path, err := fedwatch.Find(curve, meetings, fedwatch.Options{
		Convention: conv, From: day, LowBP: o.LowBP,
		TickNear: a.Value("fedwatch.tick_near"), TickFar: a.Value("fedwatch.tick_far"),
	})
	if err != nil {
		return nil, fmt.Errorf("meeting probabilities: %w", err)
	}
	out := &FedPath{
		Day: path.Day.String(), Effective: string(conv.Effective), Between: string(conv.Between),
		Target: FedRange{LowBP: path.LowBP, HighBP: path.LowBP + fedwatch.Step, Probability: 1}, Inferred: path.Inferred,
		Meetings: []FedMeeting{}, Caveats: append([]evidence.Code{}, path.Caveats...), Grade: evidence.Modelled,
	}
	// More than a week without a price is no price of now.
	const week = 7
	if day-path.Day > week {
		out.Caveats = append(out.Caveats, evidence.Code{Code: "futures_are_old", Args: evidence.Args{"day": path.Day.String(), "as_of": day.String()}})
	}
	for _, r := range rejected {
		out.Rejected = append(out.Rejected, FedReject{What: r.What, Reason: *r.Why})
	}
	for _, m := range path.Meetings {
		x := FedMeeting{Date: m.Date.String(), Ranges: []FedRange{}, Caveats: m.Caveats, Absent: m.Absent}
		if m.Absent == nil {
			x.ExpectedBP, x.ExpectedErrorBP = finite(m.ExpectedBP), finite(m.ExpectedError)
			x.ChangeBP, x.ChangeErrorBP = finite(m.ChangeBP), finite(m.ChangeError)
			x.StartBP, x.EndBP = finite(100*m.StartPercent), finite(100*m.EndPercent)
			for _, r := range m.Ranges {
				x.Ranges = append(x.Ranges, FedRange(r))
			}
		}
		out.Meetings = append(out.Meetings, x)
	}
	return out, nil
}
