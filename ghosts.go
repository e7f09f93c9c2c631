package faultline

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/flow"
	"faultline/impact"
	"faultline/market"
)

// Ghosts is who sold how much over some sessions, in dollars and in points of the S&P 500.
type Ghosts struct {
	From     string            `json:"from"`
	To       string            `json:"to"`
	Start    float64           `json:"start"` // points at the close before
	End      float64           `json:"end"`
	Laws     []string          `json:"laws"`
	Players  []GhostRow        `json:"players"`
	Shocks   []GhostRow        `json:"shocks"`   // the register's moves, before anybody is forced to trade
	Total    []float64         `json:"total"`    // points of participants and shocks, by law
	Residual []float64         `json:"residual"` // the move that happened less the total, by law
	Halted   int               `json:"halted"`
	Absent   []Missing         `json:"absent"`
	Moves    []GhostMove       `json:"moves"` // of each asset over the sessions
	Caveats  []evidence.Code   `json:"caveats"`
	Missing  []evidence.Absent `json:"missing"`
	Grade    evidence.Grade    `json:"grade"`
	Node     string            `json:"node,omitempty"` // in an Analysis
}

// GhostRow is one player.
type GhostRow struct {
	Name   string    `json:"name"`
	USD    float64   `json:"usd"`    // traded over the sessions, all assets; 0 for a shock
	Points []float64 `json:"points"` // of the S&P 500 by law
}

// GhostMove is what an asset did, and whether its prices are known or follow the S&P 500 by its beta.
type GhostMove struct {
	Asset string  `json:"asset"`
	Move  float64 `json:"move"`
	Known bool    `json:"known"`
}

// ghostShocks are those that a document of the time names beside the systematic funds.
var ghostShocks = []string{"policy", "ai", "crypto"}

// WhoSold walks the participants, as they stood at the close before from, along the prices as they were
// until to, and says what each traded and by how many points that held the S&P 500, under every law. The
// parts of one law share one slope of its curve, so that they add up. What neither participants nor the
// shocks of the register explain is the residual.
func WhoSold(ctx context.Context, book *market.Book, a Assumptions, from, to calendar.Date) (*Ghosts, error) {
	before, err := calendar.NYSE().Prev(from)
	if err != nil {
		return nil, fmt.Errorf("who sold: %w", err)
	}
	last, err := calendar.NYSE().Session(to)
	if err != nil {
		return nil, fmt.Errorf("who sold: %w", err)
	}
	return whoSold(ctx, book.AsOf(before.Close.UTC()), book.AsOf(last.Close.Add(24*time.Hour).UTC()), a, from, to)
}

// sold is what a user asks to be told of some sessions.
type sold struct {
	from, to calendar.Date
	before   *market.State
}

// Sold asks who sold how much from one session to another, given the State as of the close before the first.
// The closes of the sessions come from the State that is analysed.
func Sold(from, to calendar.Date, before *market.State) Option {
	return func(r *run) { r.sessions = &sold{from, to, before} }
}

// sold says who sold how much over the sessions that were asked for.
func (r *run) sold() error {
	x := r.sessions
	if x == nil || r.brief {
		return nil
	}
	g, err := whoSold(r.ctx, x.before, r.state, r.assume, x.from, x.to)
	if err != nil {
		return r.missing("ghosts", err)
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		if in.Key == "facts" || strings.HasPrefix(in.Key, "bars/") && strings.HasSuffix(in.Key, "/1d") || strings.HasPrefix(in.Key, "state/") {
			inputs = append(inputs, in.Node)
		}
	}
	g.Node = r.record.Add(evidence.Node{
		ID: "run/ghosts", Kind: evidence.Run, Method: "ghosts", Grade: g.Grade, AsOf: r.state.At(), Inputs: inputs, Assumes: r.names("impact.", "shock."),
	})
	n, _ := r.record.Node(g.Node)
	g.Grade = n.Grade
	r.out.Ghosts = g
	return nil
}

func whoSold(ctx context.Context, known, after *market.State, a Assumptions, from, to calendar.Date) (*Ghosts, error) {
	before, err := calendar.NYSE().Prev(from)
	if err != nil {
		return nil, fmt.Errorf("who sold: %w", err)
	}
	sessions, err := calendar.NYSE().Sessions(from, to)
	if err != nil {
		return nil, fmt.Errorf("who sold: %w", err)
	}
	if len(sessions) == 0 || len(sessions) > sessionsIn {
		return nil, &evidence.Absent{Code: "sessions_out_of_range", Args: evidence.Args{"from": from.String(), "to": to.String(), "most": sessionsIn}}
	}
	r, err := newRun(ctx, known, a)
	if err != nil {
		return nil, err
	}
	x, err := r.stage(ShockOptions{Shocks: ghostShocks, Horizon: "1m", Fast: true})
	if err != nil {
		return nil, err
	}
	g := &Ghosts{From: from.String(), To: to.String(), Start: r.price, Absent: x.absent, Shocks: []GhostRow{}, Caveats: []evidence.Code{}, Missing: []evidence.Absent{}, Grade: evidence.Modelled}
	end := 0
	for i, s := range x.line.Slots {
		if s.Session < len(sessions) {
			end = i
		}
	}
	closes := make([][]float64, len(x.assets)) // [asset][session], relative to the close before
	for i, asset := range x.assets {
		closes[i] = sessionCloses(after, asset.ID, before.Date, sessions)
		if i == 0 && closes[0] == nil {
			return nil, &evidence.Absent{Code: "no_close_of_session"}
		}
	}
	for i := range x.assets {
		known := closes[i] != nil
		if !known {
			for _, c := range closes[0] {
				closes[i] = append(closes[i], 1+x.base.axis.Beta[i]*(c-1))
			}
		}
		g.Moves = append(g.Moves, GhostMove{impact.Universe[i], closes[i][len(sessions)-1] - 1, known})
	}
	g.End = g.Start * closes[0][len(sessions)-1]
	path := func(slot, asset int) float64 {
		s := x.line.Slots[slot]
		done := s.Session
		if slot > 0 && (s.Phase == flow.Tick || s.Phase == flow.Close || s.Phase == flow.Settle && x.line.Slots[slot-1].Phase == flow.Close) {
			done++
		}
		if done == 0 {
			return 1
		}
		return closes[asset][min(done, len(sessions))-1]
	}
	if gamma, err := r.state.Series("dix/gex"); err == nil && !x.has("dealer") {
		i := gamma.Len() - 1
		x.base.players = append(x.base.players, flow.Player{Name: "dealer", Program: publishedIn(len(x.assets), -gamma.Value[i]/0.01, r.price)})
		g.Caveats = append(g.Caveats, evidence.Code{Code: "dealers_of_published_gamma"})
		kept := g.Absent[:0]
		for _, m := range g.Absent {
			if m.Part != "dealer" {
				kept = append(kept, m)
			}
		}
		g.Absent = kept
	}
	whole, err := wholeWeek(from, to)
	if err != nil {
		return nil, err
	}
	if !whole {
		g.Caveats = append(g.Caveats, evidence.Code{Code: "shocks_of_a_week"})
	}
	return g, x.sold(ctx, g, path, end, whole)
}

// has reports whether a participant is in the loop.
func (x *scene) has(name string) bool {
	for _, p := range x.base.players {
		if p.Name == name {
			return true
		}
	}
	return false
}

// wholeWeek reports whether sessions are those of one week, from its first to its last: what the shocks of the
// register are sizes of.
func wholeWeek(from, to calendar.Date) (bool, error) {
	before, err := calendar.NYSE().Prev(from)
	if err != nil {
		return false, fmt.Errorf("who sold: %w", err)
	}
	after, err := calendar.NYSE().Next(to)
	if err != nil {
		return false, fmt.Errorf("who sold: %w", err)
	}
	week := func(d calendar.Date) int { return (int(d) + 3) / 7 } // day 0 was a Thursday; weeks begin on Monday
	return week(before.Date) < week(from) && week(from) == week(to) && week(after.Date) > week(to), nil
}

// sold fills in dollars and points; the shocks of the register only for a whole week.
func (x *scene) sold(ctx context.Context, g *Ghosts, path flow.Path, end int, whole bool) error {
	e := *x.base.env
	e.Timeline.Slots = e.Timeline.Slots[:end+1]
	plain, halted, err := cascade.Along(ctx, &e, x.base.players, []flow.Path{path}, impact.Lasting(), []int{end})
	if err != nil {
		return fmt.Errorf("who sold: %w", err)
	}
	g.Halted = halted
	for _, p := range plain[0] {
		row := GhostRow{Name: p.Name}
		for _, usd := range p.USD {
			row.USD += usd[0]
		}
		g.Players = append(g.Players, row)
	}
	for i, name := range x.opts.Shocks {
		if !whole {
			break
		}
		row := GhostRow{Name: name}
		for range impact.Kinds {
			row.Points = append(row.Points, x.vectors[i][0]*g.Start)
		}
		g.Shocks = append(g.Shocks, row)
	}
	for _, k := range impact.Kinds {
		curves, cross, err := x.base.book.Curves(k)
		if err != nil {
			return fmt.Errorf("who sold: %w", err)
		}
		left, _, err := cascade.Along(ctx, &e, x.base.players, []flow.Path{path}, x.base.book.Propagator(k), []int{end})
		if err != nil {
			return fmt.Errorf("who sold: %w", err)
		}
		total := 0.0
		points := make([]float64, len(left[0]))
		for a := range curves {
			sum := 0.0
			for _, p := range left[0] {
				sum += p.USD[a][0]
			}
			slope := curves[a].Slope(0)
			if sum != 0 {
				slope = curves[a].Move(sum) / sum
			}
			for i, p := range left[0] {
				points[i] += cross.Weight(0, a) * slope * p.USD[a][0] * g.Start
			}
		}
		for i := range points {
			g.Players[i].Points = append(g.Players[i].Points, points[i])
			total += points[i]
		}
		for i := range g.Shocks {
			total += g.Shocks[i].Points[0]
		}
		g.Laws = append(g.Laws, k.String())
		g.Total = append(g.Total, total)
		g.Residual = append(g.Residual, g.End-g.Start-total)
	}
	return nil
}

// sessionCloses are an asset's closes of some sessions, relative to that of the session before; nil where
// one of them is not known.
func sessionCloses(s *market.State, id string, before calendar.Date, sessions []calendar.Session) []float64 {
	known := map[calendar.Date]float64{}
	for _, f := range s.Facts(id + "_close") {
		if f.Value > 0 {
			known[f.Date()] = f.Value
		}
	}
	if b, err := s.Daily(id); err == nil {
		for i := range b.Len() {
			known[b.Date(i)] = b.Close[i]
		}
	}
	first, ok := known[before]
	if !ok {
		return nil
	}
	var out []float64
	for _, x := range sessions {
		c, ok := known[x.Date]
		if !ok || !(c > 0) || math.IsInf(c, 0) {
			return nil
		}
		out = append(out, c/first)
	}
	return out
}

// newRun prepares what stages need of an analysis: state, assumptions, the underlying and its price.
func newRun(ctx context.Context, s *market.State, a Assumptions) (*run, error) {
	r := &run{ctx: ctx, state: s, assume: a, memo: &flow.Memo{}, record: evidence.NewRecorder(), out: &Analysis{AsOf: s.At()}}
	r.inputs()
	return r, r.spot()
}
