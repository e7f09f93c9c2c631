package cta

import (
	"context"
	"fmt"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Reading is what the trend followers hold and would do, as of an instant. Amounts are dollars,
// buying positive; prices are index points.
type Reading struct {
	Instrument string
	AsOf       time.Time
	Session    calendar.Date // whose close was the last that the model took in
	Close      float64       // of that session
	Pivots     [speeds]Pivot // short, medium, long

	PositionUSD     float64         // in all equity markets
	PositionUSUSD   float64         // in US equities
	BySpeedUSD      [speeds]float64 // of PositionUSD
	Percentile      float64         // of PositionUSD among its days since 1990, 0 to 100; Missing with less than ten years
	FlowLastWeekUSD float64         // traded in the last five sessions, all equity markets

	Tapes [2][4]Tape // by Horizon (one week, one month) and Shape (flat, up, down, down big)

	SellerInEveryScenario bool // over one week, whatever the tape
	BuyerInEveryScenario  bool

	Peak *Zone // nil where the position has no slope

	Grade   evidence.Grade
	Caveats []evidence.Code
	From    string // "bars" or "derived_state"
}

// Pivot is the close at which the signal of one speed changes its sign.
type Pivot struct {
	Name      string
	SpanDays  float64
	Price     float64 // at the close of Next; Missing where Absent says why
	Absent    *evidence.Absent
	SignalNow float64 // conviction at the last close, −1 to 1; Missing with Absent
	Next      calendar.Date
}

// Read computes the reading. It returns *evidence.Absent where the model cannot run.
func Read(ctx context.Context, s *market.State, a assumption.Set) (*Reading, error) {
	shot, err := snap(s, a)
	if err != nil {
		return nil, err
	}
	p := read(a)
	r := &Reading{
		Instrument: Instrument, AsOf: s.At(), Session: shot.date, Close: shot.close,
		FlowLastWeekUSD: p.risk * shot.week,
		Grade:           shot.grade, Caveats: shot.caveats, From: shot.from,
	}
	held := 0.0
	for k, v := range shot.held {
		r.BySpeedUSD[k] = p.risk * v
		held += v
	}
	r.PositionUSD = p.risk * held
	r.PositionUSUSD = p.us * r.PositionUSD
	r.Percentile = shot.percentile(held)
	if r.Pivots, err = pivots(shot, &p); err != nil {
		return nil, err
	}
	r.Caveats = append(r.Caveats, evidence.Code{Code: "fewer_markets", Args: evidence.Args{"markets": 1}})
	if r.Tapes, err = tapes(ctx, s, a, shot); err != nil {
		return nil, fmt.Errorf("tapes of cta: %w", err)
	}
	r.SellerInEveryScenario, r.BuyerInEveryScenario = true, true
	for _, t := range r.Tapes[OneWeek] {
		r.SellerInEveryScenario = r.SellerInEveryScenario && t.Global.Central < 0
		r.BuyerInEveryScenario = r.BuyerInEveryScenario && t.Global.Central > 0
	}
	r.Peak = peak(shot, &p)
	return r, nil
}

// pivots solves for the pivots of the next close.
func pivots(s *snapshot, p *params) (out [speeds]Pivot, err error) {
	next, err := nextSession(s.date)
	if err != nil {
		return out, err
	}
	for k := range out {
		out[k] = Pivot{Name: SpeedNames[k], SpanDays: p.span[k], Price: market.Missing, SignalNow: market.Missing, Next: next}
		if why := s.known(p, k); why != nil {
			out[k].Absent = why
			continue
		}
		out[k].Price = s.close * s.pivot(k, s.carry*years(s.date, next))
		out[k].SignalNow = s.signal(p, k)
	}
	return out, nil
}

func nextSession(d calendar.Date) (calendar.Date, error) {
	x, err := calendar.NYSE().Next(d)
	if err != nil {
		return 0, fmt.Errorf("session after %s: %w", d, err)
	}
	return x.Date, nil
}

// Day is the pivots that a session knew before its close.
type Day struct {
	Session calendar.Date
	Pivots  [speeds]Pivot
}

// Pivots returns the pivots of each session from one date to another, each computed from the closes
// before it. They are the levels that the session's own close is compared with. The State must know
// the close before the last of them.
func Pivots(s *market.State, a assumption.Set, from, to calendar.Date) ([]Day, error) {
	p := read(a)
	h, err := daily(s, Instrument)
	if err != nil {
		return nil, err
	}
	sessions, err := calendar.NYSE().Sessions(from, to)
	if err != nil {
		return nil, err
	}
	var out []Day
	f := start()
	next := 0
	for _, x := range sessions {
		for next < len(h.date) && h.date[next] < x.Date {
			if next > 0 {
				f.step(&p, h.growth[next])
			}
			next++
		}
		if next == 0 {
			return nil, absent("short_history", evidence.Args{"needs": 1, "has": 0})
		}
		last := h.date[next-1]
		if before, err := calendar.NYSE().Prev(x.Date); err != nil || before.Date > last {
			return nil, absent("stale_prices", evidence.Args{"instrument": Instrument, "last": last.String(), "session": x.Date.String()})
		}
		shot := &snapshot{filter: f, date: last, close: h.close[next-1], carry: h.yearly[next-1], bars: next, broken: h.broken}
		day := Day{Session: x.Date}
		if day.Pivots, err = pivots(shot, &p); err != nil {
			return nil, err
		}
		out = append(out, day)
	}
	return out, nil
}
