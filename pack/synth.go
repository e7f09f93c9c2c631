package pack

import (
	"errors"
	"fmt"
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Formats and known-at rules of what this package makes.
const (
	FormatChain   = "synthetic_chain"
	FormatPath    = "synthetic_path"
	FormatDerived = "derived_state"

	KnownQuote   = "quote_time"    // the instant as of which a chain is made
	KnownAnchors = "last_anchor"   // when the last figure that a path leads through was known
	KnownState   = "session_close" // the close of the session whose state it is
)

// Caveats of what this package makes. Their arguments are the words' gaps.
const (
	CaveatSyntheticChain = "synthetic_chain"     // made up, with the seed
	CaveatSyntheticPath  = "synthetic_path"      // made up, with the seed
	CaveatLateAnchor     = "synthetic_anchor"    // an anchor is known some minutes after the chain's instant
	CaveatDerived        = "derived_from_closed" // computed from prices that do not ship
)

// anchorDelay is how much later than its chain an anchor may be known. VIX goes on to 16:15, a
// quarter of an hour after the stock market's close: its closing figure anchors the chain of 16:00.
const anchorDelay = 15 * time.Minute

// anchors are the published figures of a pack by name.
type anchors map[string][]market.Fact

func anchorsOf(b *market.Book) anchors {
	a := anchors{}
	for _, d := range b.Sets() {
		if d.Facts != nil {
			for _, f := range d.Facts.Rows {
				a[f.ID] = append(a[f.ID], f)
			}
		}
	}
	return a
}

// find returns the earliest-known fact that an anchor names.
func (a anchors) find(x Anchor) (market.Fact, error) {
	var out market.Fact
	found := false
	for _, f := range a[x.Fact] {
		if f.Value == x.Value && aboutDate(f) == x.Date && (!found || f.Known < out.Known) {
			out, found = f, true
		}
	}
	if !found {
		return out, &Error{Op: "load pack", File: MetaFile, Line: x.Line, Err: fmt.Errorf(
			"no published figure %s of %s is %v: what is synthetic must rest on what the pack publishes", x.Fact, x.Date, x.Value,
		)}
	}
	return out, nil
}

// synthesise makes every chain and path that pack.yaml asks for.
func synthesise(m *Meta, b *market.Book) ([]market.Dataset, error) {
	a := anchorsOf(b)
	var out []market.Dataset
	var errs []error
	for i := range m.Chains {
		c, err := makeChain(&m.Chains[i], a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, market.Dataset{Chain: c})
	}
	for i := range m.Paths {
		c, err := makePath(&m.Paths[i], a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, market.Dataset{Bars: c})
	}
	return out, errors.Join(errs...)
}

func at(line int, err error) error {
	var placed *Error
	if errors.As(err, &placed) {
		return err
	}
	return &Error{Op: "load pack", File: MetaFile, Line: line, Err: err}
}

func makeChain(c *Chain, a anchors) (*market.Chain, error) {
	session, err := calendar.NYSE().Session(c.Date)
	if err != nil {
		return nil, at(c.Line, err)
	}
	spec := &chainSpec{
		at: session.Close, seed: c.Seed, spot: c.Spot.Value, centre: c.Spot.Value, vol30: c.Vol30.Value / 100,
		longVol: c.LongVol, rate: c.Rate, yield: c.DividendYield, contracts: c.OpenInterest,
		file: MetaFile, line: c.Line,
		caveats: []evidence.Code{{Code: CaveatSyntheticChain, Args: evidence.Args{"underlying": "SPX", "seed": c.Seed}}},
	}
	used := []Anchor{c.Spot, c.Vol30}
	if c.Vol1D != nil {
		spec.vol1d = c.Vol1D.Value / 100
		used = append(used, *c.Vol1D)
	}
	if c.Centre != nil {
		spec.centre = c.Centre.Value
		used = append(used, *c.Centre)
	}
	latest := int64(math.MinInt64)
	for _, x := range used {
		f, err := a.find(x)
		if err != nil {
			return nil, err
		}
		if f.Known > session.Close.Add(anchorDelay).Unix() {
			return nil, &Error{Op: "load pack", File: MetaFile, Line: x.Line, Err: fmt.Errorf(
				"%s is known from %s, too late for a chain of %s", x.Fact, stamp(f.Known), stamp(session.Close.Unix()),
			)}
		}
		latest = max(latest, f.Known)
	}
	if late := latest - session.Close.Unix(); late > 0 {
		spec.caveats = append(spec.caveats, evidence.Code{Code: CaveatLateAnchor, Args: evidence.Args{"minutes": late / 60}})
	}
	out, err := spec.chain()
	if err != nil {
		return nil, at(c.Line, err)
	}
	return out, nil
}

func makePath(c *Path, a anchors) (*market.Bars, error) {
	in, known := market.Lookup(c.Instrument)
	if !known {
		return nil, at(c.Line, fmt.Errorf("the instrument %s is not known", shorten(c.Instrument)))
	}
	session, err := in.Calendar().Session(c.Date)
	if err != nil {
		return nil, at(c.Line, err)
	}
	vol, err := a.find(c.Vol)
	if err != nil {
		return nil, err
	}
	spec := &pathSpec{
		instrument: in.ID, session: session, interval: c.Interval, seed: c.Seed, vol: c.Vol.Value / 100,
		file: MetaFile, line: c.Line,
		caveats: []evidence.Code{{Code: CaveatSyntheticPath, Args: evidence.Args{"instrument": in.ID, "date": c.Date.String(), "seed": c.Seed}}},
	}
	latest := vol.Known
	midnight := c.Date.At(0, 0, calendar.NewYork())
	for _, x := range c.Points {
		f, err := a.find(x.Anchor)
		if err != nil {
			return nil, err
		}
		latest = max(latest, f.Known)
		price := x.Anchor.Value
		if x.Over != nil {
			base, err := a.find(*x.Over)
			if err != nil {
				return nil, err
			}
			latest = max(latest, base.Known)
			price = math.Round(x.Over.Value*(100+price)) / 100
		}
		spec.pins = append(spec.pins, pin{int(midnight.Add(x.At).Sub(session.Open) / time.Minute), price})
	}
	spec.known = time.Unix(latest, 0)
	out, err := spec.bars()
	if err != nil {
		return nil, at(c.Line, err)
	}
	return out, nil
}

// aboutDate is the date that a published figure speaks of. One that names a day only is about midnight
// UTC of that day, as daily bars are; one with a time of day is about that instant in New York.
func aboutDate(f market.Fact) calendar.Date { return f.Date() }

// stamp writes an instant as New York reads it.
func stamp(unix int64) string { return time.Unix(unix, 0).In(calendar.NewYork()).Format(time.RFC3339) }
