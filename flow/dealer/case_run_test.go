package dealer_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"faultline/black"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// found is what a case came to.
type found struct {
	book   *options.Book
	hold   *dealer.Holding
	levels *dealer.Levels
	absent *evidence.Absent // in place of all
}

func (c *caseFile) analyse(t *testing.T) found {
	t.Helper()
	var f found
	var m market.Book
	m.Add(market.Dataset{Chain: &c.chain})
	if c.bars != nil {
		m.Add(market.Dataset{Bars: c.bars})
	}
	b, err := dealer.Book(m.AsOf(c.asOf), c.chain.Underlying, c.assume, nil)
	if err == nil {
		f.book = b
		switch c.holding {
		case "inventory":
			f.hold, _, err = dealer.FromInventory(b, c.inventory)
		case "volume_adjusted":
			f.hold, err = dealer.FromVolume(b)
		default:
			f.hold, err = dealer.FromOpenInterest(b)
		}
	}
	if errors.As(err, &f.absent) {
		return f
	}
	if err != nil {
		t.Fatal(err)
	}
	f.levels = dealer.FindLevels(f.hold, c.assume, nil)
	return f
}

func (c *caseFile) run(t *testing.T) {
	f := c.analyse(t)
	for _, e := range c.expect {
		if err := c.check(f, e.words); err != nil {
			t.Errorf("line %d: expect %s: %v", e.number, strings.Join(e.words, " "), err)
		}
	}
}

// check compares one line of expectations with what was found.
func (c *caseFile) check(f found, w []string) error {
	if w[0] == "absent" {
		if f.absent == nil || f.absent.Code != w[1] {
			return fmt.Errorf("got %w", f.absent)
		}
		return nil
	}
	switch {
	case w[0] == "rejected" || w[0] == "dropped":
		if f.book == nil {
			return fmt.Errorf("no book: %w", f.absent)
		}
		n := 0
		for _, r := range f.book.Rejected {
			if r.Reason == w[1] && (w[0] == "rejected" || !r.Kept) {
				n++
			}
		}
		return number(float64(n), w[2:])
	case f.absent != nil:
		return fmt.Errorf("absent: %w", f.absent)
	}
	switch w[0] {
	case "contracts":
		return number(float64(f.book.Len()), w[1:])
	case "unknown":
		return number(float64(f.hold.Unknown), w[1:])
	case "gex":
		return number(f.levels.Exposures.GEX.Total.Value, w[1:])
	case "vex":
		return number(f.levels.Exposures.VEX.Total.Value, w[1:])
	case "cex":
		return number(f.levels.Exposures.CEX.Total.Value, w[1:])
	case "bucket":
		for i, name := range dealer.Buckets {
			if name == w[1] {
				return number(f.levels.Exposures.GEX.ByBucket.Value[i], w[2:])
			}
		}
		return fmt.Errorf("no such bucket")
	case "convention":
		if got := f.hold.Convention(c.assume); got != w[1] {
			return fmt.Errorf("got %s", got)
		}
		return nil
	case "caveat":
		for _, x := range append(f.book.Caveats, f.hold.Caveats...) {
			if x.Code == w[1] {
				return nil
			}
		}
		return fmt.Errorf("caveats are %v", f.book.Caveats)
	case "expiry":
		return expiry(f, w)
	case "gamma":
		return gamma(f.book, w)
	case "crossings":
		n := len(f.levels.Zero)
		if f.levels.Zero[0].Absent != nil {
			n = 0
		}
		return number(float64(n), w[1:])
	}
	return level(f.levels, w)
}

// level compares the nearest level of a kind: a price, or none with its reason.
func level(l *dealer.Levels, w []string) error {
	var at *dealer.Level
	for _, x := range l.All() {
		if x.Kind == w[0] && (at == nil || math.Abs(x.Price-l.Spot) < math.Abs(at.Price-l.Spot)) {
			at = &x
		}
	}
	switch {
	case at == nil:
		return fmt.Errorf("no such kind of level")
	case w[1] == "none":
		if at.Absent == nil || at.Absent.Code != w[2] {
			return fmt.Errorf("got %w at %v", at.Absent, at.Price)
		}
		return nil
	case at.Absent != nil:
		return fmt.Errorf("got %w", at.Absent)
	}
	return number(at.Price, w[1:])
}

// expiry compares what an expiry has: "expiry SPXW 2025-03-21 forward 5001.2 within 0.1".
func expiry(f found, w []string) error {
	for i, e := range f.book.Expiries {
		if e.Root != w[1] || e.Date.String() != w[2] {
			continue
		}
		switch w[3] {
		case "forward":
			return number(e.Forward, w[4:])
		case "hours":
			return number(e.Years*8760, w[4:])
		case "contracts":
			return number(float64(e.Contracts), w[4:])
		case "gex":
			return number(f.levels.Exposures.GEX.ByExpiry.Value[i], w[4:])
		case "by":
			if e.ForwardFrom != w[4] {
				return fmt.Errorf("got %s", e.ForwardFrom)
			}
			return nil
		case "style":
			if e.Style.String() != w[4] {
				return fmt.Errorf("got %s", e.Style)
			}
			return nil
		}
		return fmt.Errorf("unknown field %q", w[3])
	}
	if len(w) > 3 && w[3] == "none" {
		return nil
	}
	return fmt.Errorf("no such expiry")
}

// gamma compares the gamma of a contract to spot, a point.
func gamma(b *options.Book, w []string) error {
	strike, err := strconv.ParseFloat(w[4], 64)
	if err != nil {
		return err
	}
	for i := range b.Len() {
		if e := b.Expiries[b.Exp[i]]; e.Root == w[1] && e.Date.String() == w[2] && b.Right[i] == right(w[3]) && b.Strike[i] == strike {
			return number(black.GreeksOf(b.Right[i], b.Forward[i], strike, b.Years[i], b.Vol[i]).Gamma, w[5:])
		}
	}
	return fmt.Errorf("no such contract")
}

// number compares with "X", "X within Y" (in X's unit, or in % of X), "above X", "below X".
func number(got float64, w []string) error {
	value := func(s string) float64 {
		scale := 1.0
		for suffix, by := range map[string]float64{"bn": 1e9, "m": 1e6} {
			if cut, ok := strings.CutSuffix(s, suffix); ok {
				s, scale = cut, by
			}
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return v * scale
	}
	ok := false
	switch {
	case len(w) == 2 && w[0] == "above":
		ok = got > value(w[1])
	case len(w) == 2 && w[0] == "below":
		ok = got < value(w[1])
	case len(w) == 1:
		ok = got == value(w[0])
	case len(w) == 3 && w[1] == "within":
		want, tol := value(w[0]), value(strings.TrimSuffix(w[2], "%"))
		if strings.HasSuffix(w[2], "%") {
			tol *= math.Abs(want) / 100
		}
		ok = math.Abs(got-want) <= tol
	default:
		return fmt.Errorf("cannot read %q", w)
	}
	if !ok {
		return fmt.Errorf("got %v", got)
	}
	return nil
}
