package faultline

import (
	"fmt"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/all"
	"faultline/market"
	"faultline/replay"
)

// Replay is a session as it was: the price bar by bar, what every participant's rule made it trade on that
// path from the state of the evening before, what else happened, and how much of the move it explains.
type Replay struct {
	Day        string            `json:"day"`
	Instrument string            `json:"instrument"`
	Interval   int               `json:"interval_seconds"`
	Close      float64           `json:"close_before"` // points
	Before     time.Time         `json:"before"`       // instant of which participants knew
	At         []time.Time       `json:"at"`           // the opening, the end of each bar, and the close again, after its auction
	Price      []float64         `json:"price"`
	Players    []ReplayPlayer    `json:"players"`
	Levels     []ReplayLevel     `json:"levels"` // as of the close before
	Crossings  []ReplayCrossing  `json:"crossings"`
	Others     []ReplayOther     `json:"others"`
	News       []ReplayNews      `json:"news"`
	Parts      []ReplayPart      `json:"parts"`
	Laws       []string          `json:"laws"` // of impact, in the order of the parts
	Rarity     *ReplayRarity     `json:"rarity,omitempty"`
	Missing    []Missing         `json:"missing"` // participants and data that the day lacks
	PriceGrade evidence.Grade    `json:"price_grade"`
	Grade      evidence.Grade    `json:"grade"`
	Node       string            `json:"node"`
	Move       evidence.Figure   `json:"move"`  // close against the close before, ratio
	Total      []evidence.Figure `json:"total"` // dollars of each player, in their order
}

// ReplayPlayer is one participant's dollars from the close before to each instant.
type ReplayPlayer struct {
	Name string    `json:"name"`
	USD  []float64 `json:"usd"`
	Low  []float64 `json:"low,omitempty"`
	High []float64 `json:"high,omitempty"`
}

// ReplayLevel is a price at which someone must act, as of the close before.
type ReplayLevel struct {
	Kind  string  `json:"kind"`
	Price float64 `json:"price"`
}

// ReplayCrossing is one passage of the price through a level.
type ReplayCrossing struct {
	Kind  string    `json:"kind"`
	Price float64   `json:"price"`
	At    time.Time `json:"at"`
	Up    bool      `json:"up"`
	Held  bool      `json:"held"` // it stood on that side for two bars more
}

// ReplayOther is another market on the day.
type ReplayOther struct {
	Instrument  string         `json:"instrument"`
	At          []time.Time    `json:"at"`
	Move        []float64      `json:"move"`                  // ratio
	FromClose   bool           `json:"from_close"`            // against its close before; else against its first bar
	Lag         []int          `json:"lag,omitempty"`         // bars by which it follows
	Correlation []float64      `json:"correlation,omitempty"` // of bar returns at each lag
	N           int            `json:"n"`
	Grade       evidence.Grade `json:"grade"`
}

// ReplayNews is a published event or figure of the day.
type ReplayNews struct {
	At     *time.Time `json:"at,omitempty"`
	ID     string     `json:"id"`
	Value  *float64   `json:"value,omitempty"`
	Unit   string     `json:"unit,omitempty"`
	What   string     `json:"what"`
	Source string     `json:"source"`
}

// ReplayPart is one stretch of the day with what the forced flow on it can explain.
type ReplayPart struct {
	Key    string      `json:"key"` // code: night, to_first, to_second, to_close
	From   *time.Time  `json:"from,omitempty"`
	To     time.Time   `json:"to"`
	Move   float64     `json:"move"`   // log return
	USD    []float64   `json:"usd"`    // by player
	Points [][]float64 `json:"points"` // by law and player: Shapley values
	Left   []float64   `json:"left"`   // by law: points that nobody was forced to
}

// ReplayRarity compares the day with all days of SPY.
type ReplayRarity struct {
	Gap      float64         `json:"gap"`
	Change   float64         `json:"change"`
	AtGap    float64         `json:"at_gap"`
	AtChange float64         `json:"at_change"`
	Days     int             `json:"days"`
	From     string          `json:"from"`
	Gaps     int             `json:"gaps"`
	Falls    []string        `json:"falls"`    // the day itself among them
	Earlier  evidence.Figure `json:"earlier"`  // how many came before the day
	Readings []ReplayLike    `json:"readings"` // the same count under other definitions of such a day
}

// ReplayLike is the days that count as like the replayed one under one definition.
type ReplayLike struct {
	Key        string          `json:"key"` // code
	Instrument string          `json:"instrument"`
	AtChange   float64         `json:"at_change"`
	Days       int             `json:"days"`
	From       string          `json:"from,omitempty"`
	Falls      []string        `json:"falls"`
	Earlier    evidence.Figure `json:"earlier"`
}

// replayed is what a user asks to have replayed.
type replayed struct {
	day    calendar.Date
	before *market.State
}

// Replayed asks for the reconstruction of a session from the State as of the evening before it.
func Replayed(day calendar.Date, before *market.State) Option {
	return func(r *run) { r.played = &replayed{day, before} }
}

// besides are the markets that a replay shows beside the index, where there are bars of them.
var besides = []string{"VIX", "SPY", "QQQ", "NVDA", "BTC"}

// replay reconstructs the day that was asked for.
func (r *run) replay() error {
	if r.played == nil {
		return nil
	}
	eve, err := analyze(r.ctx, r.played.before, r.assume, nil)
	if err != nil {
		return r.missing("replay", err)
	}
	in := replay.Input{
		Before: r.played.before, After: r.state, Day: r.played.day, Instrument: r.under.ID, Models: all.Models(), Assume: r.assume, Draws: r.draws, Others: besides,
	}
	if eve.Spot.Value != nil {
		in.Price = *eve.Spot.Value
	}
	out := &Replay{Levels: []ReplayLevel{}, Crossings: []ReplayCrossing{}, Others: []ReplayOther{}, News: []ReplayNews{}, Parts: []ReplayPart{}, Missing: []Missing{}, Players: []ReplayPlayer{}}
	for _, l := range eve.Levels {
		if l.Price != nil && l.Instrument == r.under.ID {
			in.Levels = append(in.Levels, replay.Level{Kind: string(l.Kind), Price: *l.Price})
			out.Levels = append(out.Levels, ReplayLevel{string(l.Kind), *l.Price})
		}
	}
	p, err := replay.Run(r.ctx, in)
	if err != nil {
		return r.missing("replay", err)
	}
	// Participants that rest on made-up chains make the replay so.
	grade := evidence.Weakest(evidence.Modelled, p.Bars.Grade)
	for _, l := range eve.Levels {
		if l.Price != nil {
			grade = evidence.Weakest(grade, l.Grade)
		}
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		if in.Key == p.Bars.Key || in.Key == "facts" {
			inputs = append(inputs, in.Node)
		}
	}
	out.Node = r.record.Add(evidence.Node{
		ID: "run/replay", Kind: evidence.Run, Method: "replay", Grade: grade, AsOf: r.state.At(), Inputs: inputs, Assumes: r.names("impact.", "band."),
	})
	n, _ := r.record.Node(out.Node)
	out.Grade, out.PriceGrade = n.Grade, p.Bars.Grade
	out.Day, out.Instrument, out.Interval = p.Day.String(), p.Bars.Instrument, int(p.Bars.Interval/time.Second)
	out.Close, out.Before, out.At, out.Price, out.Laws = p.Close, r.played.before.At().UTC(), p.At, p.Price, p.Laws
	out.Move = r.record.Mint("replay.move", p.Price[len(p.Price)-1]/p.Close-1, evidence.Ratio, out.Node)
	for _, x := range p.Players {
		out.Players = append(out.Players, ReplayPlayer{x.Name, x.USD, x.Low, x.High})
		f := r.record.Mint("replay."+x.Name+".usd", x.Total, evidence.USD, out.Node)
		if len(x.Low) > 0 {
			f = f.WithBand(x.Low[len(x.Low)-1], x.High[len(x.High)-1])
		}
		out.Total = append(out.Total, f)
	}
	for _, x := range p.Missing {
		out.Missing = append(out.Missing, Missing{Part: x.Name, Absent: x.Absent})
	}
	for _, x := range p.Gone {
		out.Missing = append(out.Missing, Missing{Part: x.Part, Absent: x.Absent})
	}
	for _, x := range p.Crossings {
		out.Crossings = append(out.Crossings, ReplayCrossing{x.Level.Kind, x.Level.Price, x.At, x.Up, x.Held})
	}
	for _, x := range p.Others {
		out.Others = append(out.Others, ReplayOther{x.Instrument, x.At, x.Move, x.FromClose, x.Lag, x.Corr, x.N, x.Grade})
	}
	for _, x := range p.News {
		n := ReplayNews{ID: x.ID, Value: finite(x.Value), Unit: x.Unit, What: x.What, Source: x.Source}
		if !x.At.IsZero() {
			at := x.At
			n.At = &at
		}
		out.News = append(out.News, n)
	}
	for _, x := range p.Parts {
		q := ReplayPart{Key: x.Key, To: x.To, Move: x.Move, USD: x.USD, Points: x.Points, Left: x.Left}
		if !x.From.IsZero() {
			from := x.From
			q.From = &from
		}
		out.Parts = append(out.Parts, q)
	}
	if x := p.Rarity; x != nil {
		out.Rarity = &ReplayRarity{Gap: x.Gap, Change: x.Change, AtGap: x.AtGap, AtChange: x.AtChange, Days: x.Days, From: x.From.String(), Gaps: x.Gaps, Falls: isoDates(x.Falls)}
		out.Rarity.Earlier = r.record.Mint("replay.falls_before", float64(x.Earlier), evidence.Count, out.Node)
		for _, l := range x.Readings {
			id := "replay.like." + l.Key
			y := ReplayLike{Key: l.Key, Instrument: l.Instrument, AtChange: l.AtChange, Days: l.Days, Falls: isoDates(l.Falls)}
			if l.Absent != nil {
				y.Earlier = r.record.MintAbsent(id, evidence.Count, out.Node, l.Absent)
			} else {
				y.Earlier, y.From = r.record.Mint(id, float64(l.Earlier), evidence.Count, out.Node), l.From.String()
			}
			out.Rarity.Readings = append(out.Rarity.Readings, y)
		}
	}
	r.out.Replay = out
	return nil
}

func isoDates(days []calendar.Date) []string {
	out := []string{}
	for _, d := range days {
		out = append(out, d.String())
	}
	return out
}

// EveningBefore is the last instant of which participants may know when a session is replayed: a minute
// before it opens.
func EveningBefore(day calendar.Date) (time.Time, error) {
	s, err := calendar.NYSE().Session(day)
	if err != nil {
		return time.Time{}, fmt.Errorf("replay: %w", err)
	}
	return s.Open.Add(-time.Minute).UTC(), nil
}
