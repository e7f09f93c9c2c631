package faultline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

// Sheet is the levels for a session on one page, with what became of those of the session before.
type Sheet struct {
	Analysis *Analysis        `json:"-"`
	Session  string           `json:"session,omitempty"` // date that the levels are for
	Last     *ScoredLevels    `json:"last,omitempty"`    // the last session whose levels can be scored
	Absent   *evidence.Absent `json:"absent,omitempty"`  // why there is no score
	Record   []LevelRecord    `json:"record"`            // over the sessions whose chains are there
}

// ScoredLevels are the levels made for one session and what became of them.
type ScoredLevels struct {
	Made    time.Time      `json:"made"`
	Spot    float64        `json:"spot"` // points, when they were made
	Session string         `json:"session"`
	Open    float64        `json:"open"` // points, of the session
	High    float64        `json:"high"`
	Low     float64        `json:"low"`
	Close   float64        `json:"close"`
	Ago     int            `json:"ago"`    // sessions from it to the one of the sheet
	During  bool           `json:"during"` // made during that session: what the price did before counts too
	Levels  []LevelOutcome `json:"levels"`
}

// LevelOutcome is what became of one level. Touched and what follows is there where the level was.
type LevelOutcome struct {
	Kind      LevelKind        `json:"kind"`
	Price     *float64         `json:"price,omitempty"`
	Side      string           `json:"side,omitempty"` // code: where the price was when the level was made: below it, above, at
	Touched   bool             `json:"touched"`        // the way to and through the session came within the tolerance
	Held      bool             `json:"held"`           // touched, and not closed beyond
	Beyond    bool             `json:"beyond"`         // the session closed on the other side
	Gapped    bool             `json:"gapped"`         // the session opened on the other side
	Overshoot float64          `json:"overshoot"`      // points past the level
	Absent    *evidence.Absent `json:"absent,omitempty"`
}

// LevelRecord counts what became of one kind of level.
type LevelRecord struct {
	Kind     LevelKind `json:"kind"`
	Sessions int       `json:"sessions"` // with such a level, the price not at it
	Touched  int       `json:"touched"`
	Held     int       `json:"held"` // of those touched
	Beyond   int       `json:"beyond"`
}

// sheetSessions is how many earlier sessions the record counts at the most: a month.
const sheetSessions = 21

// LevelSheet analyses what was known at an instant and scores the levels of the sessions before it, each
// made from its own chain as of that chain's instant, by the prices known now.
func LevelSheet(ctx context.Context, book *market.Book, at time.Time, a Assumptions, with ...Option) (*Sheet, error) {
	s := book.AsOf(at)
	out := &Sheet{Record: []LevelRecord{}}
	var err error
	if out.Analysis, err = Analyze(ctx, s, a, with...); err != nil {
		return nil, err
	}
	lacks := func(err error) (*Sheet, error) {
		if !errors.As(err, &out.Absent) {
			return nil, fmt.Errorf("score levels: %w", err)
		}
		return out, nil
	}
	chains := s.Chains(out.Analysis.Underlying)
	latest, err := dealer.Book(s, out.Analysis.Underlying, a, nil)
	if err != nil {
		return lacks(err)
	}
	session, err := dealer.SessionOf(latest)
	if err != nil {
		return lacks(err)
	}
	out.Session = session.Date.String()
	bars, err := s.Daily(out.Analysis.Underlying)
	if err != nil {
		return lacks(err)
	}
	// A session may have several chains; of each the first serves, so that a month may need more files.
	days, skipped, err := dealer.LevelDays(chains, bars, a, nil)
	if err != nil {
		return nil, fmt.Errorf("score levels: %w", err)
	}
	days = before(days, session.Date)
	if len(days) == 0 {
		out.Absent = &evidence.Absent{Code: "no_earlier_levels", Args: evidence.Args{"underlying": out.Analysis.Underlying}}
		for _, x := range skipped { // of an earlier chain that was there, its own reason says more
			if x.Absent.Code != "no_bars_of_session" {
				out.Absent = x.Absent
			}
		}
		return out, nil
	}
	days = days[max(0, len(days)-sheetSessions):]
	tolerance := a.Value("dealer.touch")
	out.Last = scored(days[len(days)-1], tolerance)
	in, _ := market.InstrumentOf(out.Analysis.Underlying)
	sessions, err := in.Calendar().Sessions(days[len(days)-1].Next.Date, session.Date)
	if err != nil {
		return nil, fmt.Errorf("score levels: %w", err)
	}
	out.Last.Ago = len(sessions) - 1
	days = slices.DeleteFunc(days, during)
	for _, kind := range dealerKinds {
		r := LevelRecord{Kind: kind}
		for _, d := range days {
			r.add(d, tolerance)
		}
		out.Record = append(out.Record, r)
	}
	return out, nil
}

// before keeps the days whose session is earlier than a date.
func before(days []dealer.LevelDay, date calendar.Date) []dealer.LevelDay {
	kept := days[:0]
	for _, d := range days {
		if d.Next.Date < date {
			kept = append(kept, d)
		}
	}
	return kept
}

// during tells whether levels were made when their session was already open.
func during(d dealer.LevelDay) bool {
	in, _ := market.InstrumentOf(d.Underlying)
	s, err := in.Calendar().Session(d.Next.Date)
	return err == nil && d.Made.After(s.Open)
}

func scored(d dealer.LevelDay, tolerance float64) *ScoredLevels {
	out := &ScoredLevels{
		Made: d.Made.UTC(), Spot: d.Spot, Session: d.Next.Date.String(),
		Open: d.Next.Open, High: d.Next.High, Low: d.Next.Low, Close: d.Next.Close,
		During: during(d),
	}
	for _, o := range dealer.Score(d.Levels, d.Spot, d.Next, tolerance) {
		x := LevelOutcome{
			Kind: LevelKind(o.Kind), Side: o.Side, Touched: o.Touched, Held: o.Held, Beyond: o.Beyond, Gapped: o.Gapped,
			Overshoot: o.Overshoot, Absent: o.Absent,
		}
		if o.Absent == nil {
			x.Price = finite(o.Price)
		}
		out.Levels = append(out.Levels, x)
	}
	return out
}

// add counts one day; of several levels of a kind the one nearest to the price counts.
func (r *LevelRecord) add(d dealer.LevelDay, tolerance float64) {
	l := dealer.Nearest(string(r.Kind), d)
	if l.Absent != nil {
		return
	}
	o := dealer.Score([]dealer.Level{l}, d.Spot, d.Next, tolerance)[0]
	if o.Side == "at" {
		return
	}
	r.Sessions++
	for _, x := range []struct {
		yes bool
		n   *int
	}{{o.Touched, &r.Touched}, {o.Held, &r.Held}, {o.Beyond, &r.Beyond}} {
		if x.yes {
			*x.n++
		}
	}
}
