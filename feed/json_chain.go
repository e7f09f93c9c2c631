package feed

import (
	"bytes"

	"faultline/evidence"
	"faultline/market"
)

// jsonCell is one number of a JSON contract: where it goes and how it is read. bad remembers the
// first cell that cannot be read.
type jsonCell struct {
	name string
	to   *float64
	kind quoteKind
}

// quoteKind says how a number is read.
type quoteKind uint8

const (
	quotePrice  quoteKind = iota // not negative
	quoteSigned                  // any
	quoteLast                    // what sources print as 0 where there is none: a last price, a volatility
)

func (k quoteKind) read(t token) (float64, string) {
	switch k {
	case quoteSigned:
		return jsonSigned(t)
	case quoteLast:
		v, reason := notNegative(t.number())
		if v == 0 {
			v = market.Missing
		}
		return v, reason
	}
	return notNegative(t.number())
}

func jsonSigned(t token) (float64, string) { return blankIsMissing(t.number()) }

// contractReader reads the objects of a list of contracts.
type contractReader struct {
	j     *job
	r     *jsonReader
	b     *chainBuilder
	u     *underlying // nil when the symbols have no roots
	cells []jsonCell
	q     market.Quote
	// text reads what is not a number: symbol, expiry, side. It returns false for other names.
	text func(name []byte, t token) (reason string, ok bool)
	// check says at the end of the object whether it is whole.
	check func() (column, reason string, args evidence.Args)
	row   int // of all lists of the file
	name  []byte

	shape     *shape // of the objects of the list, once one was seen
	shapeless bool   // the first object was not plain, or one scan is not wanted
}

// list reads one array of contracts.
func (c *contractReader) list(before func()) error {
	c.shapeless = c.j.opt.patient
	return c.r.array(func(int) error {
		c.row++
		if c.row%1024 == 0 && c.j.ctx.Err() != nil {
			return c.j.ctx.Err()
		}
		c.j.row()
		t, err := c.r.value()
		if err != nil {
			return err
		}
		if t.kind != tokObject {
			if err := c.rest(t); err != nil {
				return err
			}
			return c.j.reject(c.row, "", t.text, ReasonShape, nil)
		}
		c.q = market.Quote{Line: int32(c.row)}
		for _, cell := range c.cells {
			*cell.to = market.Missing
		}
		before()
		if c.fast() {
			return c.whole("", "", nil)
		}
		return c.contract()
	})
}

// rest passes over what value only looked at.
func (c *contractReader) rest(t token) error {
	if t.kind == tokObject || t.kind == tokArray {
		return c.r.skip()
	}
	return nil
}

func (c *contractReader) contract() error {
	badColumn, badReason := "", ""
	var badValue []byte
	note := func(name []byte, t token, reason string) {
		if badReason == "" {
			badColumn, badReason, badValue = string(name), reason, bytes.Clone(t.text)
		}
	}
	err := c.r.object(func(name []byte) error {
		c.name = append(c.name[:0], name...) // the window may move when the value is read
		name = c.name
		t, err := c.r.value()
		if err != nil {
			return err
		}
		for i := range c.cells {
			cell := &c.cells[i]
			if string(name) != cell.name {
				continue
			}
			v, reason := cell.kind.read(t)
			if reason != "" {
				note(name, t, reason)
			}
			*cell.to = v
			return c.rest(t)
		}
		if reason, ok := c.text(name, t); ok && reason != "" {
			note(name, t, reason)
		}
		return c.rest(t)
	})
	if err != nil {
		return err
	}
	return c.whole(badColumn, badReason, badValue)
}

// whole takes the contract that was read, or rejects it for what is wrong with it.
func (c *contractReader) whole(badColumn, badReason string, badValue []byte) error {
	var args evidence.Args
	if badReason == "" {
		badColumn, badReason, args = c.check()
	}
	if badReason != "" {
		return c.j.reject(c.row, badColumn, badValue, badReason, args)
	}
	return c.b.add(&c.q, "", nil)
}

// rootless checks a contract that is given by expiry, side and strike.
func rootless(q *market.Quote, dated bool, expiry, side, strike string) (string, string, evidence.Args) {
	switch {
	case !dated:
		return expiry, ReasonBlank, nil
	case q.Right == 0:
		return side, ReasonBlank, nil
	case market.IsMissing(q.Strike):
		return strike, ReasonBlank, nil
	case !(q.Strike > 0):
		return strike, ReasonNotPositive, nil
	}
	return "", "", nil
}

// text reads a string into to; another kind of value leaves it alone.
func (r *jsonReader) text(to *string) error {
	t, err := r.value()
	if err != nil {
		return err
	}
	switch t.kind {
	case tokString:
		*to = string(t.text[:min(len(t.text), 256)])
	case tokObject, tokArray:
		return r.skip()
	}
	return nil
}

// spot reads the price of the underlying; one that is not positive leaves it missing.
func (r *jsonReader) spot(c *market.Chain) error {
	t, err := r.value()
	if err != nil {
		return err
	}
	if v, reason := t.number(); reason == "" && v > 0 {
		c.Spot = v
	}
	if t.kind == tokObject || t.kind == tokArray {
		return r.skip()
	}
	return nil
}
