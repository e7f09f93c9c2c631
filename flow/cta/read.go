package cta

import (
	"context"
	"errors"
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
	PercentileUS    float64         // of PositionUSUSD likewise
	FlowLastWeekUSD float64         // traded in the last five sessions, all equity markets; Missing where not all are known
	PositionError   float64         // root mean square error of PositionUSD on readouts that were left out of the fit, dollars

	Regions int        // of equities that are known, of four
	Markets []Position // of every market that the State holds, equities first

	Change *Change   // since five sessions before; nil where not all of them are known
	Path   []PathDay // the last half year; nil where prices are not known

	Tapes [2][4]Tape // by Horizon (one week, one month) and Shape (flat, up, down, down big)

	SellerInEveryScenario bool // over one week, whatever the tape
	BuyerInEveryScenario  bool

	Peak *Zone // nil where the position has no slope

	Grade   evidence.Grade
	Caveats []evidence.Code
	From    string // "bars" or "derived_state", of the S&P 500
}

// Position is what stands in one market.
type Position struct {
	Instrument      string
	Class           Class
	Region          Region // of equities
	Session         calendar.Date
	USD             float64
	BySpeedUSD      [speeds]float64
	Percentile      float64 // among its days since 1990; Missing with less than ten years
	FlowLastWeekUSD float64 // Missing where not all of it is known
}

// Pivot is the close at which the signal of one speed changes its sign. Low and High bound it by the
// 5 and 95 % quantiles of a normal error of the size that pivots had on readouts left out of the fit.
type Pivot struct {
	Name      string
	SpanDays  float64
	Price     float64 // at the close of Next; Missing where Absent says why
	Low, High float64
	Absent    *evidence.Absent
	SignalNow float64 // conviction at the last close, −1 to 1; Missing with Absent
	Next      calendar.Date
}

// Read computes the reading. It returns *evidence.Absent where the model cannot run.
func Read(ctx context.Context, s *market.State, a assumption.Set) (*Reading, error) {
	p := read(a)
	g, err := panelOf(s, nil, &p)
	if err != nil {
		return nil, err
	}
	p, whole, said, err := budgeted(s, nil, p)
	if err != nil {
		return nil, err
	}
	if said != nil {
		g.caveats = append(g.caveats, *said)
	}
	shot := g.legs[0].shot
	r := &Reading{
		Instrument: Instrument, AsOf: s.At(), Session: shot.date, Close: shot.close,
		Grade: g.grade, Caveats: g.caveats, From: g.from,
		PositionError: g.errorOf(a, "position"), Regions: g.known,
	}
	for k := range speeds {
		r.BySpeedUSD[k] = p.risk * g.sum(&p, func(x *snapshot) float64 { return x.held[k] })
	}
	held := g.sum(&p, (*snapshot).total)
	r.PositionUSD = p.risk * held
	r.Percentile = percentile(g.rank, held)
	r.PositionUSUSD = p.risk * shot.total()
	r.PercentileUS = percentile(shot.rank, shot.total())
	r.FlowLastWeekUSD = p.risk * g.sum(&p, func(x *snapshot) float64 { return x.week })
	if r.Pivots, err = pivots(shot, &p, a); err != nil {
		return nil, err
	}
	if r.Change, err = g.change(&p); err != nil {
		return nil, err
	}
	r.Path = g.path(&p)
	if r.Markets, err = positions(s, g, &p); err != nil {
		return nil, err
	}
	if r.Tapes, err = tapes(ctx, s, a, g, whole); err != nil {
		return nil, fmt.Errorf("tapes of cta: %w", err)
	}
	r.SellerInEveryScenario, r.BuyerInEveryScenario = true, true
	for _, t := range r.Tapes[OneWeek] {
		r.SellerInEveryScenario = r.SellerInEveryScenario && t.Global.P50 < 0
		r.BuyerInEveryScenario = r.BuyerInEveryScenario && t.Global.P50 > 0
	}
	r.Peak = peak(shot, &p)
	return r, nil
}

// errorOf is the error of a number that counts all regions: it is larger where some are not known.
func (g *panel) errorOf(a assumption.Set, name string) float64 {
	if g.known < regions {
		return a.Value("cta.error_alone_" + name)
	}
	return a.Value("cta.error_" + name)
}

// positions lists every market of the programs, equities first.
func positions(s *market.State, g *panel, p *params) ([]Position, error) {
	legs := append([]leg(nil), g.legs...)
	for _, class := range []Class{Rates, Currency, Metal, Energy, Crypto} {
		var have []venue
		var shots []*snapshot
		for _, v := range present(s, class) {
			x, err := load(s, p, v)
			var none *evidence.Absent
			if errors.As(err, &none) {
				continue
			}
			if err != nil {
				return nil, err
			}
			have, shots = append(have, v), append(shots, x.shot)
		}
		for i, share := range shares(have) {
			legs = append(legs, leg{venue: have[i], share: share, shot: shots[i]})
		}
	}
	var out []Position
	for i := range legs {
		l := &legs[i]
		usd := l.usd(p)
		x := Position{
			Instrument: l.id, Class: l.class, Region: l.region, Session: l.shot.date,
			USD: usd * l.shot.total(), FlowLastWeekUSD: usd * l.shot.week,
			Percentile: percentile(l.shot.rank, l.shot.total()),
		}
		for k, v := range l.shot.held {
			x.BySpeedUSD[k] = usd * v
		}
		out = append(out, x)
	}
	return out, nil
}

// z95 is the 95 % quantile of the standard normal distribution.
const z95 = 1.6448536269514722

// pivots solves for the pivots of the next close.
func pivots(s *snapshot, p *params, a assumption.Set) (out [speeds]Pivot, err error) {
	next, err := nextSession(s.date)
	if err != nil {
		return out, err
	}
	for k, name := range SpeedNames {
		out[k] = Pivot{
			Name: name, SpanDays: p.span[k], Next: next,
			Price: market.Missing, Low: market.Missing, High: market.Missing, SignalNow: market.Missing,
		}
		if why := s.known(p, k); why != nil {
			out[k].Absent = why
			continue
		}
		x := s.close * s.pivot(k, s.carry*years(s.date, next))
		e := z95 * a.Value("cta.error_pivot_"+name)
		out[k].Price, out[k].Low, out[k].High = x, x*(1-e), x*(1+e)
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
	h, err := daily(s, spx())
	if err != nil {
		return nil, err
	}
	sessions, err := calendar.NYSE().Sessions(from, to)
	if err != nil {
		return nil, err
	}
	var out []Day
	shot := begin(h)
	next := 1
	for _, x := range sessions {
		for next < len(h.date) && h.date[next] < x.Date {
			shot.advance(&p, h.date[next], h.close[next], h.growth[next], h.yearly[next])
			next++
		}
		before, err := calendar.NYSE().Prev(x.Date)
		if err != nil {
			return nil, fmt.Errorf("session before %s: %w", x.Date, err)
		}
		if before.Date != shot.date {
			return nil, absent("stale_prices", evidence.Args{"instrument": Instrument, "last": shot.date.String(), "session": before.Date.String()})
		}
		day := Day{Session: x.Date}
		if day.Pivots, err = pivots(shot, &p, a); err != nil {
			return nil, err
		}
		out = append(out, day)
	}
	return out, nil
}
