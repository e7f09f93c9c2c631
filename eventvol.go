package faultline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"faultline/eventvol"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

// OwnEvent is an event that the user gives, such as the results of a company.
type OwnEvent struct {
	Name string
	At   time.Time
}

// WithEvents adds to an analysis the user's own events beside releases and decisions.
func WithEvents(list []OwnEvent) Option { return func(r *run) { r.ownEvents = list } }

// EventVol is what the coming events are priced at.
type EventVol struct {
	Underlying string           `json:"underlying"`
	Quoted     time.Time        `json:"quoted"`
	Short      evidence.Figure  `json:"ordinary_now"` // volatility a year of days without an event
	Long       evidence.Figure  `json:"ordinary_far"`
	RMS        float64          `json:"fit_error"` // root mean square, volatility a year
	Terms      []EventTerm      `json:"terms"`
	Events     []PricedEvent    `json:"events"`
	Beyond     []EventName      `json:"beyond"` // behind the last settlement
	Record     []StraddleRecord `json:"record"`
	Missing    []Missing        `json:"missing"`
	Caveats    []evidence.Code  `json:"caveats"`
	Grade      evidence.Grade   `json:"grade"`
	Node       string           `json:"node"`
}

// EventTerm is one settlement of the term structure.
type EventTerm struct {
	Expiry   string    `json:"expiry"`
	Root     string    `json:"root"`
	Settle   time.Time `json:"settle"`
	Vol      float64   `json:"vol"` // at the money, a year
	Low      float64   `json:"vol_bid"`
	High     float64   `json:"vol_ask"`
	Time     float64   `json:"variance_years"`    // until settlement, nights and weekends weighing less
	Ordinary float64   `json:"ordinary_variance"` // until settlement
	Event    float64   `json:"event_variance"`
}

// EventName is one event.
type EventName struct {
	Kind string    `json:"kind"` // code of a release, fomc, or the user's name
	At   time.Time `json:"at"`
}

// PricedEvent is what the events between two settlements are priced at.
type PricedEvent struct {
	Events    []EventName     `json:"events"`
	Expiry    string          `json:"expiry"` // the first that contains them
	Root      string          `json:"root"`
	Move      evidence.Figure `json:"move"`     // one standard deviation, relative
	Straddle  evidence.Figure `json:"straddle"` // √(2/π) of it: what a straddle over nothing else would cost
	Straddles []EventStraddle `json:"straddles"`
	Best      *string         `json:"best,omitempty"` // expiry and root with the best mean result against history
}

// EventStraddle is one straddle over an event.
type EventStraddle struct {
	Expiry     string   `json:"expiry"`
	Root       string   `json:"root"`
	Strike     float64  `json:"strike"`
	Value      float64  `json:"value"` // points
	Ask        float64  `json:"ask"`
	Low        float64  `json:"break_even_low"`
	High       float64  `json:"break_even_high"`
	Carry      float64  `json:"carry"` // points lost until the event when nothing moves
	Share      float64  `json:"event_share"`
	Profitable *float64 `json:"profitable,omitempty"` // probability of a profit at settlement, from history
	ProfitSE   *float64 `json:"profitable_error,omitempty"`
	Result     *float64 `json:"result,omitempty"` // mean profit per unit of the ask
	ResultSE   *float64 `json:"result_error,omitempty"`
	N          int      `json:"n"` // past events of the kind
}

// StraddleRecord is what straddles of one day bought at the close before have paid.
type StraddleRecord struct {
	Kind     string           `json:"kind"`
	Result   BootstrappedMean `json:"result"`         // profit per unit of premium
	Variance BootstrappedMean `json:"variance_ratio"` // realised over implied
	Won      float64          `json:"won"`            // share of sessions
	Sessions []string         `json:"sessions,omitempty"`
}

// BootstrappedMean is a mean with the 5–95 % interval of a bootstrap.
type BootstrappedMean struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

func bootstrapped(e eventvol.Estimate) BootstrappedMean {
	return BootstrappedMean{e.Mean, e.Low, e.High, e.N}
}

// eventHorizon is how far ahead events are looked for: beyond two months expiries are a month apart, and no two
// settlements stand on the sides of one event.
const eventHorizon = 62 * 24 * time.Hour

// events divides the variance of the chain into ordinary days and events. Without a chain there is nothing to say.
func (r *run) events() error {
	b, err := dealer.Book(r.state, r.under.ID, r.assume, r.memo)
	var absent *evidence.Absent
	if errors.As(err, &absent) {
		return nil // the dealers' part says why there is no chain
	}
	if err != nil {
		return fmt.Errorf("eventvol: %w", err)
	}
	var own []eventvol.Event
	for _, e := range r.ownEvents {
		own = append(own, eventvol.Event{Kind: e.Name, At: e.At})
	}
	list, err := eventvol.Events(b.Quoted, b.Quoted.Add(eventHorizon), r.state.At(), own)
	if err != nil {
		return r.missing("eventvol", &evidence.Absent{Code: "calendar_ends"})
	}
	seed := uint64(r.assume.Value("band.seed"))
	s, err := eventvol.Divide(b, list, eventvol.Params{Fade: r.assume.Value("eventvol.fade"), Draws: int(r.assume.Value("eventvol.draws")), Seed: seed})
	if err != nil {
		return r.missing("eventvol", err)
	}
	inputs := []string{"in/chain/" + r.under.ID}
	daily, err := r.state.Daily(r.under.ID)
	if err == nil {
		inputs = append(inputs, "in/bars/"+r.under.ID+"/1d")
	}
	vix, noVIX := r.state.Daily("VIX1D")
	if noVIX == nil && err == nil {
		inputs = append(inputs, "in/bars/VIX1D/1d")
	}
	caveats := []evidence.Code{{Code: "eventvol_ordinary_is_smooth"}, {Code: "eventvol_history_at_volatility_of_now"}}
	if slices.ContainsFunc(list, func(e eventvol.Event) bool { return e.ByRule }) {
		caveats = append(caveats, evidence.Code{Code: "eventvol_days_by_rule"})
	}
	node := r.record.Add(evidence.Node{
		ID: "run/eventvol", Kind: evidence.Run, Method: "eventvol", Grade: evidence.Modelled, AsOf: r.state.At(), Inputs: inputs,
		Assumes: r.names("eventvol."), Caveats: caveats,
	})
	n, _ := r.record.Node(node)
	out := &EventVol{
		Underlying: r.under.ID, Quoted: b.Quoted.UTC(), RMS: s.RMS, Terms: []EventTerm{}, Events: []PricedEvent{}, Beyond: []EventName{},
		Record: []StraddleRecord{}, Missing: []Missing{}, Caveats: caveats, Grade: n.Grade, Node: node,
		Short: r.record.Mint("eventvol.ordinary_now", s.Short, evidence.VolPerYear, node),
		Long:  r.record.Mint("eventvol.ordinary_far", s.Long, evidence.VolPerYear, node),
	}
	for _, p := range s.Points {
		e := b.Expiries[p.Expiry]
		out.Terms = append(out.Terms, EventTerm{e.Date.String(), e.Root, e.Settle.UTC(), p.Vol, p.Low, p.High, p.Time, p.Ordinary, p.Event})
	}
	for _, e := range s.Unseparated {
		out.Beyond = append(out.Beyond, EventName{e.Kind, e.At.UTC()})
	}
	h := &eventvol.History{}
	if daily != nil {
		if read, err := eventvol.ReadHistory(daily, r.state.At()); err == nil {
			h = read
		} else if errors.As(err, &absent) {
			out.Missing = append(out.Missing, Missing{Part: "event_history", Absent: absent})
		} else {
			return fmt.Errorf("eventvol: %w", err)
		}
	}
	for i, p := range s.Priced {
		x, err := r.pricedEvent(s, p, h, i, node, seed)
		if err != nil {
			return fmt.Errorf("eventvol: %w", err)
		}
		out.Events = append(out.Events, x)
	}
	if daily != nil && noVIX == nil {
		records, err := eventvol.RecordOf(daily, vix, r.state.At(), seed)
		switch {
		case errors.As(err, &absent):
			out.Missing = append(out.Missing, Missing{Part: "event_history", Absent: absent})
		case err != nil:
			return fmt.Errorf("eventvol: %w", err)
		}
		out.Record = recordsOf(records)
	}
	r.out.EventVol = out
	return nil
}

func recordsOf(list []eventvol.Record) []StraddleRecord {
	out := []StraddleRecord{}
	for _, x := range list {
		out = append(out, StraddleRecord{x.Kind, bootstrapped(x.Result), bootstrapped(x.Variance), x.Won, x.Events})
	}
	return out
}

// pricedEvent mints what one group of events is priced at.
func (r *run) pricedEvent(s *eventvol.Split, p eventvol.Priced, h *eventvol.History, i int, node string, seed uint64) (PricedEvent, error) {
	b, err := dealer.Book(r.state, r.under.ID, r.assume, r.memo)
	if err != nil {
		return PricedEvent{}, err
	}
	id := fmt.Sprintf("eventvol.event.%d.", i+1)
	first := b.Expiries[p.First]
	out := PricedEvent{Expiry: first.Date.String(), Root: first.Root, Straddles: []EventStraddle{}}
	for _, e := range p.Events {
		x := EventName{e.Kind, e.At.UTC()}
		if !slices.Contains(out.Events, x) { // two periods of one report can come out together
			out.Events = append(out.Events, x)
		}
	}
	low, high := math.Sqrt(p.Low), math.Sqrt(p.High)
	out.Move = r.record.Mint(id+"move", p.Move(), evidence.Ratio, node).WithBand(low, high)
	out.Straddle = r.record.Mint(id+"straddle", eventvol.Approximate(p.Move()), evidence.Ratio, node).
		WithBand(eventvol.Approximate(low), eventvol.Approximate(high))
	const settlements = 3 // beyond, a straddle is mostly about other days
	list, err := s.Over(b, p, h, settlements, seed)
	if err != nil {
		return out, err
	}
	best := math.Inf(-1)
	for _, x := range list {
		e := b.Expiries[x.Expiry]
		y := EventStraddle{
			Expiry: e.Date.String(), Root: e.Root, Strike: x.Strike, Value: x.Value, Ask: x.Ask, Low: x.Low, High: x.High, Carry: x.Carry,
			Share: x.Share, Profitable: finite(x.Profitable), ProfitSE: finite(x.ProfitSE), Result: finite(x.Result), ResultSE: finite(x.ResultSE), N: x.N,
		}
		if x.Result > best {
			name := y.Expiry + " " + y.Root
			best, out.Best = x.Result, &name
		}
		out.Straddles = append(out.Straddles, y)
	}
	return out, nil
}

// Mids are the middles of options on their last day, as ReadMids found them.
type Mids struct{ mids *eventvol.Mids }

// ReadMids reads middles of SPX options on their last day by time of day, as JSON; docs/methods/eventvol.md has the
// form.
func ReadMids(r io.Reader) (*Mids, error) {
	m, err := eventvol.ReadMids(r)
	if err != nil {
		return nil, err
	}
	return &Mids{m}, nil
}

// EventVolValidation is what straddles before events and options on their last day have paid.
type EventVolValidation struct {
	Record  []StraddleRecord `json:"record"`
	LastDay []LastDayResult  `json:"last_day"`
	Days    int              `json:"days"` // sessions with middles
	From    string           `json:"from,omitempty"`
	To      string           `json:"to,omitempty"`
	Spread  float64          `json:"half_spread"` // assumed, share of the middle
	Tick    float64          `json:"half_tick"`   // points at least
	Fee     float64          `json:"fee_usd"`     // a contract
	Missing []Missing        `json:"missing"`
}

// LastDayResult is what buyers of one structure at one time of day have paid.
type LastDayResult struct {
	Structure string           `json:"structure"` // code
	Clock     string           `json:"clock"`     // New York
	Before    BootstrappedMean `json:"before"`    // of the premium, at the middle
	After     BootstrappedMean `json:"after"`     // after spread and fees
	USD       BootstrappedMean `json:"usd"`       // a contract, after them
	Won       float64          `json:"won"`
	Premium   float64          `json:"premium"` // mean, points
}

// ValidateEventVol holds straddles against what happened. Either part may be missing; with neither it is an error.
func ValidateEventVol(_ context.Context, s *market.State, a Assumptions, m *Mids) (*EventVolValidation, error) {
	index, err := s.Daily("SPX")
	if err != nil {
		return nil, fmt.Errorf("validate eventvol: %w", err)
	}
	seed := uint64(a.Value("band.seed"))
	out := &EventVolValidation{
		Record: []StraddleRecord{}, LastDay: []LastDayResult{}, Missing: []Missing{},
		Spread: a.Value("eventvol.half_spread"), Tick: a.Value("eventvol.half_tick"), Fee: a.Value("eventvol.fee"),
	}
	lacks := func(part string, err error) error {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return fmt.Errorf("validate eventvol: %w", err)
		}
		out.Missing = append(out.Missing, Missing{Part: part, Absent: absent})
		return nil
	}
	vix, err := s.Daily("VIX1D")
	var records []eventvol.Record
	if err == nil {
		records, err = eventvol.RecordOf(index, vix, s.At(), seed)
	}
	if err != nil {
		if err := lacks("event_history", err); err != nil {
			return nil, err
		}
	}
	out.Record = recordsOf(records)
	if m != nil {
		list, err := eventvol.LastDay(m.mids, index, eventvol.Costs{Spread: out.Spread, Tick: out.Tick, Fee: out.Fee}, seed)
		if err != nil {
			if err := lacks("last_day", err); err != nil {
				return nil, err
			}
		}
		days := m.mids.Days
		out.Days, out.From, out.To = len(days), days[0].Date.String(), days[len(days)-1].Date.String()
		for _, p := range list {
			out.LastDay = append(out.LastDay, LastDayResult{p.Structure, p.Clock, bootstrapped(p.Before), bootstrapped(p.After), bootstrapped(p.Dollars), p.Won, p.Premium})
		}
	}
	if len(out.Record)+len(out.LastDay) == 0 {
		return nil, &evidence.Absent{Code: "eventvol_nothing_to_hold"}
	}
	return out, nil
}
