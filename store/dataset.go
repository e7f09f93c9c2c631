package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Limits of what a row may hold. They are far from any market, and keep every value exact in
// Parquet, where instants are microseconds or nanoseconds in 64 bits.
const (
	maxText = 64 << 10 // bytes of one text
)

var (
	minInstant = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	maxInstant = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	minQuoted  = time.Unix(0, math.MinInt64)
	maxQuoted  = time.Unix(0, math.MaxInt64)
)

// take turns a dataset into a head and rows in order of their content. It refuses what the store
// could not give back exactly.
func take(d market.Dataset) (head, *frame, error) {
	if err := checkShape(d); err != nil {
		return head{}, nil, err
	}
	o := d.Origin()
	caveats, err := encodeCaveats(o.Caveats)
	if err != nil {
		return head{}, nil, err
	}
	h := head{file: o.File, format: o.Format, publisher: o.Source, grade: o.Grade, rule: o.KnownAt, caveats: caveats}
	var f *frame
	switch {
	case d.Bars != nil:
		f, err = takeBars(&h, d.Bars)
	case d.Chain != nil:
		f, err = takeChain(&h, d.Chain)
	case d.Series != nil:
		h.kind, h.id, h.unit = series, d.Series.ID, string(d.Series.Unit)
		f = takeSeries(d.Series)
	default:
		h.kind = facts
		f = takeFacts(d.Facts)
	}
	if err != nil {
		return head{}, nil, err
	}
	if err := check(&h, f); err != nil {
		return head{}, nil, err
	}
	f.sort()
	if d.Chain != nil {
		h.chain = contentOf(&h, f)
	}
	return h, f, nil
}

// checkShape finds datasets that are no table at all.
func checkShape(d market.Dataset) error {
	set := 0
	var sizes []int
	if b := d.Bars; b != nil {
		set++
		sizes = append(sizes, len(b.Begin), len(b.Known), len(b.Open), len(b.High), len(b.Low), len(b.Close), len(b.Volume), len(b.Line))
	}
	if c := d.Chain; c != nil {
		set++
		sizes = append(
			sizes, len(c.Root), len(c.Expiry), len(c.Right), len(c.Strike), len(c.Bid), len(c.Ask), len(c.Last),
			len(c.Volume), len(c.OpenInterest), len(c.IV), len(c.Delta), len(c.Gamma), len(c.Line),
		)
	}
	if s := d.Series; s != nil {
		set++
		sizes = append(sizes, len(s.About), len(s.Known), len(s.Value), len(s.Line))
	}
	if d.Facts != nil {
		set++
	}
	if d.Positions != nil {
		return errors.New("positions are not kept in the store: give the file to the verb that reads it, such as faultline crypto --positions FILE")
	}
	if set != 1 {
		return fmt.Errorf("a dataset has %d tables, want one", set)
	}
	for _, n := range sizes {
		if n != sizes[0] {
			return fmt.Errorf("%s has columns of %d and of %d rows", d.Key(), sizes[0], n)
		}
	}
	return nil
}

func takeBars(h *head, b *market.Bars) (*frame, error) {
	tf := market.IntervalName(b.Interval)
	if d, err := parseInterval(tf); err != nil || d != b.Interval {
		return nil, fmt.Errorf("bars of %v: the interval must be a positive number of whole seconds", b.Interval)
	}
	h.kind, h.timeframe, h.id = bars, tf, b.Instrument
	f := newFrame(schemas[bars], 0)
	f.n = b.Len()
	f.ints[0], f.ints[1] = b.Begin, b.Known
	for i, col := range [][]float64{b.Open, b.High, b.Low, b.Close, b.Volume} {
		f.nums[2+i] = normal(col)
	}
	f.ints[7] = widen(b.Line)
	return f, nil
}

func takeChain(h *head, c *market.Chain) (*frame, error) {
	if c.At.Before(minQuoted) || c.At.After(maxQuoted) {
		return nil, fmt.Errorf("chain of %s: the instant %v is out of range", c.Underlying, c.At)
	}
	if math.IsInf(c.Spot, 0) {
		return nil, fmt.Errorf("chain of %s: the spot is infinite", c.Underlying)
	}
	spot := normal([]float64{c.Spot})
	h.kind, h.id, h.quoted, h.spot = chains, c.Underlying, c.At.UnixNano(), math.Float64bits(spot[0])
	f := newFrame(schemas[chains], 0)
	f.n = c.Len()
	f.ints[0], f.ints[2], f.ints[12] = widen(c.Expiry), widen(c.Right), widen(c.Line)
	f.strs[3] = c.Root
	f.nums[1] = normal(c.Strike)
	for i, col := range [][]float64{c.Bid, c.Ask, c.Last, c.Volume, c.OpenInterest, c.IV, c.Delta, c.Gamma} {
		f.nums[4+i] = normal(col)
	}
	return f, nil
}

func takeSeries(s *market.Series) *frame {
	f := newFrame(schemas[series], 0)
	f.n = s.Len()
	f.ints[0], f.ints[1], f.nums[2], f.ints[3] = s.About, s.Known, normal(s.Value), widen(s.Line)
	return f
}

func takeFacts(v *market.Facts) *frame {
	f := newFrame(schemas[facts], len(v.Rows))
	for i, r := range v.Rows {
		f.ints[0][i], f.strs[1][i], f.ints[2][i], f.nums[3][i] = r.About, r.ID, r.Known, r.Value
		f.strs[4][i], f.strs[5][i], f.strs[6][i], f.strs[7][i] = r.Text, r.Unit, r.What, r.Source
		f.ints[8][i] = int64(r.Line)
	}
	f.nums[3] = normal(f.nums[3])
	return f
}

func widen[T ~int8 | ~int32](col []T) []int64 {
	out := make([]int64, len(col))
	for i, v := range col {
		out[i] = int64(v)
	}
	return out
}

func narrow[T ~int8 | ~int32](col []int64) []T {
	out := make([]T, len(col))
	for i, v := range col {
		out[i] = T(v)
	}
	return out
}

// check refuses texts that are no UTF-8, times out of range and rights that are neither call nor
// put.
func check(h *head, f *frame) error {
	for _, s := range []string{h.id, h.unit, h.file, h.format, h.publisher, h.rule, h.caveats} {
		if err := checkText(s); err != nil {
			return fmt.Errorf("%s: %w", h.key(), err)
		}
	}
	if _, err := evidence.ParseGrade(h.grade.String()); err != nil {
		return fmt.Errorf("%s: %w", h.key(), err)
	}
	if strings.IndexByte(h.id, 0) >= 0 || h.id == "" && h.kind != facts {
		return fmt.Errorf("%s: the dataset has no proper name", h.key())
	}
	for c, col := range f.s.columns {
		for i, v := range f.ints[c] {
			ok := true
			switch col.cell {
			case instant:
				ok = v >= minInstant && v <= maxInstant
			case day:
				ok = v >= minInstant/86400 && v <= maxInstant/86400
			case side:
				ok = v == int64(black.Call) || v == int64(black.Put)
			}
			if !ok {
				return fmt.Errorf("%s: row %d: %s is out of range: %d", h.key(), i+1, col.name, v)
			}
		}
		for i, v := range f.strs[c] {
			if err := checkText(v); err != nil {
				return fmt.Errorf("%s: row %d: %s: %w", h.key(), i+1, col.name, err)
			}
		}
	}
	return nil
}

func checkText(s string) error {
	if len(s) > maxText {
		return fmt.Errorf("a text of %d bytes is longer than %d", len(s), maxText)
	}
	if !utf8.ValidString(s) {
		return errors.New("a text is not valid UTF-8")
	}
	return nil
}

// contentOf names a chain by its content: SHA-256, cut to 128 bits, over the underlying, the
// instant, the spot and the sorted rows without their lines.
func contentOf(h *head, f *frame) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "chain/1\n%q %d %x\n", h.id, h.quoted, h.spot)
	b := make([]byte, 0, 256)
	for i := range f.n {
		b = f.appendContent(b[:0], i)
		hash.Write(b)
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// give turns a head and rows back into the dataset.
func give(h *head, f *frame) (market.Dataset, error) {
	o, err := h.origin()
	if err != nil {
		return market.Dataset{}, err
	}
	switch h.kind {
	case bars:
		interval, err := parseInterval(h.timeframe)
		return market.Dataset{Bars: &market.Bars{
			Origin: o, Instrument: h.id, Interval: interval,
			Begin: f.ints[0], Known: f.ints[1],
			Open: f.nums[2], High: f.nums[3], Low: f.nums[4], Close: f.nums[5], Volume: f.nums[6],
			Line: narrow[int32](f.ints[7]),
		}}, err
	case chains:
		return market.Dataset{Chain: &market.Chain{
			Origin: o, Underlying: h.id, At: time.Unix(0, h.quoted).UTC(), Spot: math.Float64frombits(h.spot),
			Expiry: narrow[calendar.Date](f.ints[0]), Strike: f.nums[1], Right: narrow[black.Right](f.ints[2]), Root: f.strs[3],
			Bid: f.nums[4], Ask: f.nums[5], Last: f.nums[6], Volume: f.nums[7], OpenInterest: f.nums[8],
			IV: f.nums[9], Delta: f.nums[10], Gamma: f.nums[11],
			Line: narrow[int32](f.ints[12]),
		}}, nil
	case series:
		return market.Dataset{Series: &market.Series{
			Origin: o, ID: h.id, Unit: evidence.Unit(h.unit),
			About: f.ints[0], Known: f.ints[1], Value: f.nums[2], Line: narrow[int32](f.ints[3]),
		}}, nil
	}
	rows := make([]market.Fact, f.n)
	for i := range rows {
		rows[i] = market.Fact{
			About: f.ints[0][i], ID: f.strs[1][i], Known: f.ints[2][i], Value: f.nums[3][i],
			Text: f.strs[4][i], Unit: f.strs[5][i], What: f.strs[6][i], Source: f.strs[7][i], Line: int32(f.ints[8][i]),
		}
	}
	return market.Dataset{Facts: &market.Facts{Origin: o, Rows: rows}}, nil
}
