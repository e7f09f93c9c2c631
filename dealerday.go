package faultline

import (
	"math"
	"time"

	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/options"
)

// DayMap is the rest of the session in time and price, of what dealers hold: rows are instants, columns
// prices. Each instant and price is priced there and then, volatility staying with its strike.
type DayMap struct {
	At    []time.Time `json:"at"`
	Price []float64   `json:"price"` // points
	GEX   [][]float64 `json:"gex"`   // dollars per 1 %
	CEX   [][]float64 `json:"cex"`   // dollars per hour
	Trade [][]float64 `json:"trade"` // dollars to trade between now and then, when the price stands there
}

// The map has an instant for each half hour of a session, and prices within a day's usual move.
const (
	mapInstants = 14
	mapHalf     = 15 // prices on each side
)

// dayMap prices the rest of the session. Its prices span two standard deviations of a session by the
// register, which is also the move that a day rarely leaves.
func (r *run) dayMap(h *dealer.Holding) *DayMap {
	span := r.assume.Value("dealer.map_span")
	x := make([]float64, 2*mapHalf+1)
	for i := range x {
		x[i] = 1 + span*(float64(i)/mapHalf-1)
	}
	m := dealer.HeatMap(h, r.assume, x, dealer.Instants(h, mapInstants))
	out := &DayMap{Price: m.Price, GEX: m.GEX, CEX: m.CEX, Trade: m.Trade}
	for _, t := range m.At {
		out.At = append(out.At, t.UTC())
	}
	return out
}

// AfterEvent is what dealers must trade when implied volatility has fallen with the price unchanged, as
// after an announcement that surprised nobody.
type AfterEvent struct {
	Points  float64          `json:"points"`  // volatility points (0.01 a year) that every volatility loses
	Vanna   evidence.Figure  `json:"vanna"`   // dollars at once, as volatility falls
	Charm   evidence.Figure  `json:"charm"`   // dollars from then to the close, as the day runs out
	Both    evidence.Figure  `json:"both"`    // dollars
	Balance []EventBalance   `json:"balance"` // prices at which what gamma demands has used it up
	Absent  *evidence.Absent `json:"absent,omitempty"`
	Floored int              `json:"floored"` // contracts whose volatility the event would have taken below a tenth of itself
	At      time.Time        `json:"at"`      // that close
	Node    string           `json:"node"`
}

// EventBalance is a price at which falling volatility and passing time make dealers trade as much by the
// close as the move there makes them trade the other way.
type EventBalance struct {
	Price   float64  `json:"price"` // points
	Low     *float64 `json:"low,omitempty"`
	High    *float64 `json:"high,omitempty"`
	Buys    bool     `json:"buys"`    // dealers are net buyers below it and net sellers above; false: the reverse
	Between float64  `json:"between"` // dollars that are left to trade half way from spot to here
}

func (r *run) afterEvent(h *dealer.Holding, node string) *AfterEvent {
	points := r.assume.Value("dealer.event_points")
	x := dealer.AfterEvent(h, r.assume, r.signs(), dealer.Event{Points: points})
	banded := len(r.signs()) > 0
	out := &AfterEvent{
		Points: points, Absent: x.Absent, Floored: x.Floored, At: dealer.Measure(h, r.assume, nil).Close.UTC(), Node: node, Balance: []EventBalance{},
		Vanna: r.bounded("exposure.event.vanna", x.Vanna, evidence.USD, node, banded),
		Charm: r.bounded("exposure.event.charm", x.Charm, evidence.USD, node, banded),
		Both:  r.bounded("exposure.event.both", x.Both, evidence.USD, node, banded),
	}
	for _, b := range x.Balance {
		e := EventBalance{Price: b.Price, Buys: b.Buys, Between: b.Between}
		if banded {
			e.Low, e.High = finite(b.Band.Low), finite(b.Band.High)
		}
		out.Balance = append(out.Balance, e)
	}
	return out
}

// TodayShare is how much of the chain is of the expiry of its session, at one time of the day.
type TodayShare struct {
	At           time.Time       `json:"at"`            // instant of the quotes
	Gamma        evidence.Figure `json:"gamma"`         // share of all gamma at spot, calls and puts unsigned
	Volume       evidence.Figure `json:"volume"`        // share of the contracts that traded today
	OpenInterest evidence.Figure `json:"open_interest"` // share of last night's open interest
}

// mostChains bounds how many chains of one session are prepared for the share by time of day.
const mostChains = 30

// today measures the 0DTE share of every chain of the session, the latest last.
func (r *run) today(latest *options.Book, h *dealer.Holding, node string) ([]TodayShare, error) {
	session, err := dealer.SessionOf(latest)
	if err != nil {
		return nil, err
	}
	var out []TodayShare
	add := func(h *dealer.Holding) {
		x := dealer.ShareOfToday(h)
		id := "exposure.today." + x.At.UTC().Format("20060102T1504")
		share := func(name string, v float64, why *evidence.Absent) evidence.Figure {
			if why != nil || math.IsNaN(v) {
				if why == nil {
					why = &evidence.Absent{Code: "open_interest_unknown", Args: evidence.Args{"underlying": latest.Underlying}}
				}
				return r.record.MintAbsent(id+"."+name, evidence.Ratio, node, why)
			}
			return r.record.Mint(id+"."+name, v, evidence.Ratio, node)
		}
		out = append(out, TodayShare{
			At: x.At.UTC(), Gamma: share("gamma", x.Gamma, x.NoGamma), Volume: share("volume", x.Volume, x.NoVolume),
			OpenInterest: share("open_interest", x.OpenInterest, nil),
		})
	}
	chains := r.state.Chains(latest.Underlying)
	for _, c := range chains[max(0, len(chains)-mostChains):] {
		if !c.At.Before(latest.At) {
			continue
		}
		b, err := options.Prepare(c, options.DefaultParams())
		if err != nil {
			continue // a chain that cannot be used has no share
		}
		if s, err := dealer.SessionOf(b); err != nil || s.Date != session.Date || !b.Quoted.After(session.Open) {
			continue // of another session, or of the evening before
		}
		if earlier, err := dealer.FromOpenInterest(b); err == nil {
			add(earlier)
		}
	}
	add(h)
	return out, nil
}

// VolumeAdjusted is gamma and levels with the contracts that settle in this session counted as open
// interest plus the assumed share of today's volume that is still open. Values or Absent are set.
type VolumeAdjusted struct {
	GEX     *evidence.Figure `json:"gex,omitempty"`      // dollars per 1 %
	Today   *evidence.Figure `json:"gex_0dte,omitempty"` // of the contracts that settle in this session
	Levels  []Level          `json:"levels,omitempty"`   // zero gamma and pin
	Caveats []evidence.Code  `json:"caveats,omitempty"`
	Absent  *evidence.Absent `json:"absent,omitempty"`
	Grade   evidence.Grade   `json:"grade"`
	Node    string           `json:"node"`
}
