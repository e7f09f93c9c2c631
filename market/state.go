package market

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"faultline/evidence"
)

// Book collects datasets before an instant is chosen. The zero Book is empty and ready. It is not
// safe for concurrent use.
type Book struct {
	sets []Dataset
}

// Add puts a dataset into the book. The book keeps the slices; the caller must not change them.
func (b *Book) Add(sets ...Dataset) { b.sets = append(b.sets, sets...) }

// Sets returns the datasets in the order in which they were added.
func (b *Book) Sets() []Dataset { return b.sets }

// State is everything known at one instant. It is immutable: its tables are shared, and whoever
// reads them must not write.
type State struct {
	at      time.Time
	bars    map[string]*Bars
	chains  map[string][]*Chain // by underlying, oldest first
	series  map[string]*Series
	facts   []Fact
	factsBy map[string][]int
	factsOf Origin
	held    []*Positions
	digest  [32]byte
}

// AsOf returns what was known at t: of every table the rows whose known-at instant is not after t,
// in canonical order, whatever order the book or the files had. Where several files give the same
// bar or observation, the stronger grade wins, then the smaller file name, then the smaller value,
// so that the choice never depends on order; contradictions are counted in a caveat.
func (b *Book) AsOf(t time.Time) *State {
	s := &State{
		at: t.UTC(), bars: map[string]*Bars{}, chains: map[string][]*Chain{},
		series: map[string]*Series{}, factsBy: map[string][]int{},
	}
	groups := map[string][]Dataset{}
	for _, d := range b.sets {
		groups[d.Key()] = append(groups[d.Key()], d)
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	h := sha256.New()
	fmt.Fprintf(h, "state/1\n%d\n", s.at.Unix())
	limit := s.at.Unix()
	for _, k := range keys {
		g := groups[k]
		switch {
		case g[0].Bars != nil:
			if v := mergeBars(g, limit); v != nil {
				s.bars[strings.TrimPrefix(k, "bars/")] = v
				digestBars(h, k, v)
			}
		case g[0].Chain != nil:
			if v := pickChains(g, s.at); len(v) > 0 {
				s.chains[g[0].Chain.Underlying] = v
				for _, c := range v {
					digestChain(h, k, c)
				}
			}
		case g[0].Series != nil:
			if v := mergeSeries(g, limit); v != nil {
				s.series[v.ID] = v
				digestSeries(h, k, v)
			}
		case g[0].Facts != nil:
			if s.facts, s.factsOf = mergeFacts(g, limit); len(s.facts) == 0 {
				continue // files of which nothing was known yet leave no trace
			}
			for i, f := range s.facts {
				s.factsBy[f.ID] = append(s.factsBy[f.ID], i)
			}
			digestFacts(h, s.facts, s.factsOf)
		case g[0].Positions != nil:
			s.held = pickPositions(g, s.at)
			for _, p := range s.held {
				digestPositions(h, k, p)
			}
		}
	}
	h.Sum(s.digest[:0])
	return s
}

// At is the instant of the state, in UTC.
func (s *State) At() time.Time { return s.at }

// Digest is a hash of everything the state holds. Two states with the same digest hold the same
// rows.
func (s *State) Digest() [32]byte { return s.digest }

// Bars returns the bars of an instrument at an interval, or why there are none.
func (s *State) Bars(instrument string, interval time.Duration) (*Bars, error) {
	b, ok := s.bars[instrument+"/"+IntervalName(interval)]
	if !ok {
		return nil, &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": instrument, "interval": IntervalName(interval)}}
	}
	return b, nil
}

// Daily returns the daily bars of an instrument.
func (s *State) Daily(instrument string) (*Bars, error) { return s.Bars(instrument, Day) }

// Chain returns the latest chain of an underlying, or why there is none.
func (s *State) Chain(underlying string) (*Chain, error) {
	c := s.chains[underlying]
	if len(c) == 0 {
		return nil, &evidence.Absent{Code: "no_chain", Args: evidence.Args{"underlying": underlying}}
	}
	return c[len(c)-1], nil
}

// Chains returns all chains of an underlying, oldest first.
func (s *State) Chains(underlying string) []*Chain { return s.chains[underlying] }

// Underlyings lists the underlyings that have a chain, in order of their names.
func (s *State) Underlyings() []string { return sortedKeys(s.chains) }

// BarKeys lists the bar tables as instrument/interval, in order.
func (s *State) BarKeys() []string { return sortedKeys(s.bars) }

// SeriesIDs lists the series, in order.
func (s *State) SeriesIDs() []string { return sortedKeys(s.series) }

// Series returns a series with the latest vintage of each observation, or why there is none.
func (s *State) Series(id string) (*Series, error) {
	v, ok := s.series[id]
	if !ok {
		return nil, &evidence.Absent{Code: "no_series", Args: evidence.Args{"series": id}}
	}
	return v, nil
}

// Facts returns the published figures about one thing, in order of the time they speak of.
func (s *State) Facts(id string) []Fact {
	rows := s.factsBy[id]
	out := make([]Fact, len(rows))
	for i, r := range rows {
		out[i] = s.facts[r]
	}
	return out
}

// Positions returns the tables of positions of the latest instant at which there are any, in order of their
// content: tables of one instant are parts of one book. Tables of outcomes, which say what became of
// positions, stand beside those of open ones, each with its own latest instant.
func (s *State) Positions() []*Positions { return s.held }

// FactIDs lists what there are published figures about, in order.
func (s *State) FactIDs() []string { return sortedKeys(s.factsBy) }

// FactsOrigin is where the published figures came from.
func (s *State) FactsOrigin() Origin { return s.factsOf }

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// place names one row of one of several datasets.
type place struct{ set, row int32 }

func mergeBars(g []Dataset, limit int64) *Bars {
	var rows []place
	sorted := true
	for i, d := range g {
		b := d.Bars
		for j := range b.Begin {
			if b.Known[j] > limit {
				continue
			}
			if n := len(rows); n > 0 && g[rows[n-1].set].Bars.Begin[rows[n-1].row] >= b.Begin[j] {
				sorted = false
			}
			rows = append(rows, place{int32(i), int32(j)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if !sorted {
		slices.SortFunc(rows, func(p, q place) int {
			a, b := g[p.set].Bars, g[q.set].Bars
			return cmp.Or(
				cmp.Compare(a.Begin[p.row], b.Begin[q.row]),
				compareOrigin(&a.Origin, &b.Origin),
				compareValue(a.Close[p.row], b.Close[q.row]),
				compareValue(a.Open[p.row], b.Open[q.row]),
				compareValue(a.High[p.row], b.High[q.row]),
				compareValue(a.Low[p.row], b.Low[q.row]),
				compareValue(a.Volume[p.row], b.Volume[q.row]),
				cmp.Compare(a.Known[p.row], b.Known[q.row]),
				cmp.Compare(a.Line[p.row], b.Line[q.row]),
			)
		})
	}
	first := g[0].Bars
	out := &Bars{Instrument: first.Instrument, Interval: first.Interval}
	used := make([]bool, len(g))
	conflicts := 0
	for k, p := range rows {
		b := g[p.set].Bars
		j := p.row
		if k > 0 {
			if n := out.Len(); out.Begin[n-1] == b.Begin[j] {
				if out.Close[n-1] != b.Close[j] {
					conflicts++
				}
				continue
			}
		}
		used[p.set] = true
		out.Append(b.Begin[j], b.Known[j], b.Open[j], b.High[j], b.Low[j], b.Close[j], b.Volume[j], b.Line[j])
	}
	out.Origin = mergeOrigins(g, used, conflicts)
	return out
}

func mergeSeries(g []Dataset, limit int64) *Series {
	var rows []place
	for i, d := range g {
		v := d.Series
		for j := range v.About {
			if v.Known[j] <= limit {
				rows = append(rows, place{int32(i), int32(j)})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	// The latest vintage of an observation comes first, so that the first row of each time stands.
	slices.SortFunc(rows, func(p, q place) int {
		a, b := g[p.set].Series, g[q.set].Series
		return cmp.Or(
			cmp.Compare(a.About[p.row], b.About[q.row]),
			cmp.Compare(b.Known[q.row], a.Known[p.row]),
			compareOrigin(&a.Origin, &b.Origin),
			compareValue(a.Value[p.row], b.Value[q.row]),
			cmp.Compare(a.Line[p.row], b.Line[q.row]),
		)
	})
	first := g[rows[0].set].Series // by content, so that the order of files does not choose the unit
	out := &Series{ID: first.ID, Unit: first.Unit}
	used := make([]bool, len(g))
	conflicts := 0
	for k, p := range rows {
		v := g[p.set].Series
		j := p.row
		if k > 0 {
			if n := out.Len(); out.About[n-1] == v.About[j] {
				if out.Known[n-1] == v.Known[j] && out.Value[n-1] != v.Value[j] {
					conflicts++
				}
				continue
			}
		}
		used[p.set] = true
		out.Append(v.About[j], v.Known[j], v.Value[j], v.Line[j])
	}
	out.Origin = mergeOrigins(g, used, conflicts)
	return out
}

func pickChains(g []Dataset, at time.Time) []*Chain {
	var out []*Chain
	for _, d := range g {
		if !d.Chain.At.After(at) && d.Chain.Len() > 0 {
			out = append(out, canonical(d.Chain))
		}
	}
	slices.SortFunc(out, func(a, b *Chain) int {
		if c := cmp.Or(
			a.At.Compare(b.At),
			-compareOrigin(&a.Origin, &b.Origin), // the stronger grade comes last and is the latest
			cmp.Compare(a.Len(), b.Len()),
			compareValue(a.Spot, b.Spot),
		); c != 0 {
			return c
		}
		// Two downloads of one instant: their content decides, so that the order of files does not.
		x, y := sha256.New(), sha256.New()
		digestChain(x, "", a)
		digestChain(y, "", b)
		return bytes.Compare(x.Sum(nil), y.Sum(nil))
	})
	return out
}

// canonical returns the chain with its rows in an order that depends on their content only.
func canonical(c *Chain) *Chain {
	less := func(i, j int) int {
		return cmp.Or(
			cmp.Compare(c.Expiry[i], c.Expiry[j]),
			compareValue(c.Strike[i], c.Strike[j]),
			cmp.Compare(c.Right[j], c.Right[i]),
			cmp.Compare(c.Root[i], c.Root[j]),
			compareValue(c.OpenInterest[i], c.OpenInterest[j]),
			compareValue(c.Bid[i], c.Bid[j]),
			compareValue(c.Ask[i], c.Ask[j]),
			compareValue(c.Last[i], c.Last[j]),
			compareValue(c.Volume[i], c.Volume[j]),
			compareValue(c.IV[i], c.IV[j]),
			compareValue(c.Delta[i], c.Delta[j]),
			compareValue(c.Gamma[i], c.Gamma[j]),
			cmp.Compare(c.Line[i], c.Line[j]),
		)
	}
	order := make([]int, c.Len())
	sorted := true
	for i := range order {
		order[i] = i
		if i > 0 && less(i-1, i) > 0 {
			sorted = false
		}
	}
	if sorted {
		return c
	}
	slices.SortFunc(order, less)
	out := &Chain{Origin: c.Origin, Underlying: c.Underlying, At: c.At, Spot: c.Spot}
	for _, i := range order {
		out.Append(c.Row(i))
	}
	return out
}

func mergeFacts(g []Dataset, limit int64) ([]Fact, Origin) {
	var out []Fact
	used := make([]bool, len(g))
	for i, d := range g {
		for _, f := range d.Facts.Rows {
			if f.Known <= limit {
				out = append(out, f)
				used[i] = true
			}
		}
	}
	slices.SortFunc(out, func(a, b Fact) int {
		return cmp.Or(
			cmp.Compare(a.About, b.About), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Known, b.Known),
			compareValue(a.Value, b.Value), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.What, b.What), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Line, b.Line),
		)
	})
	out = slices.CompactFunc(out, func(a, b Fact) bool {
		return a.About == b.About && a.ID == b.ID && a.Known == b.Known && compareValue(a.Value, b.Value) == 0 &&
			a.Text == b.Text && a.Source == b.Source && a.What == b.What && a.Unit == b.Unit
	})
	return out, mergeOrigins(g, used, 0)
}

// compareValue orders numbers with Missing first and equal to itself.
func compareValue(a, b float64) int {
	switch {
	case a == b || IsMissing(a) && IsMissing(b):
		return 0
	case IsMissing(a):
		return -1
	case IsMissing(b):
		return 1
	case a < b:
		return -1
	}
	return 1
}

func compareOrigin(a, b *Origin) int {
	return cmp.Or(cmp.Compare(a.Grade, b.Grade), cmp.Compare(a.File, b.File), cmp.Compare(a.Format, b.Format), cmp.Compare(a.Source, b.Source), cmp.Compare(a.KnownAt, b.KnownAt))
}

func mergeOrigins(g []Dataset, used []bool, conflicts int) Origin {
	var from []*Origin
	for i, d := range g {
		if used[i] {
			from = append(from, d.Origin())
		}
	}
	if len(from) == 0 {
		return Origin{}
	}
	slices.SortFunc(from, compareOrigin)
	out := Origin{KnownAt: from[0].KnownAt, Format: from[0].Format}
	var files, sources []string
	caveats := map[string]evidence.Code{}
	for _, o := range from {
		out.Grade = evidence.Weakest(out.Grade, o.Grade)
		if !slices.Contains(files, o.File) {
			files = append(files, o.File)
		}
		if o.Source != "" && !slices.Contains(sources, o.Source) {
			sources = append(sources, o.Source)
		}
		for _, c := range o.Caveats {
			caveats[c.String()] = c
		}
	}
	if conflicts > 0 {
		c := evidence.Code{Code: "conflicting_rows", Args: evidence.Args{"count": conflicts}}
		caveats[c.String()] = c
	}
	out.File, out.Source = strings.Join(files, ", "), strings.Join(sources, ", ")
	for _, k := range sortedKeys(caveats) {
		out.Caveats = append(out.Caveats, caveats[k])
	}
	return out
}

func digestOrigin(h hash.Hash, key string, o *Origin) {
	fmt.Fprintf(h, "%q %q %q %q %d %q %v\n", key, o.File, o.Format, o.Source, o.Grade, o.KnownAt, o.Caveats)
}

func digestInts(h hash.Hash, col []int64) {
	buf := make([]byte, 0, 8*len(col))
	for _, v := range col {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
	}
	h.Write(buf)
}

func digestFloats(h hash.Hash, cols ...[]float64) {
	for _, col := range cols {
		buf := make([]byte, 0, 8*len(col))
		for _, v := range col {
			if IsMissing(v) { // every NaN is the same absence
				v = Missing
			}
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
		}
		h.Write(buf)
	}
}

func digestBars(h hash.Hash, key string, b *Bars) {
	digestOrigin(h, key, &b.Origin)
	digestInts(h, b.Begin)
	digestInts(h, b.Known)
	digestFloats(h, b.Open, b.High, b.Low, b.Close, b.Volume)
}

func digestSeries(h hash.Hash, key string, s *Series) {
	digestOrigin(h, key, &s.Origin)
	fmt.Fprintf(h, "%q\n", s.Unit)
	digestInts(h, s.About)
	digestInts(h, s.Known)
	digestFloats(h, s.Value)
}

func digestChain(h hash.Hash, key string, c *Chain) {
	digestOrigin(h, key, &c.Origin)
	fmt.Fprintf(h, "%d\n", c.At.UnixNano())
	digestFloats(h, []float64{c.Spot}, c.Strike, c.Bid, c.Ask, c.Last, c.Volume, c.OpenInterest, c.IV, c.Delta, c.Gamma)
	buf := make([]byte, 0, 8*c.Len())
	for i := range c.Expiry {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(c.Expiry[i]))
		buf = append(buf, byte(c.Right[i]))
		buf = append(buf, c.Root[i]...)
		buf = append(buf, 0)
	}
	h.Write(buf)
}

func digestFacts(h hash.Hash, rows []Fact, o Origin) {
	digestOrigin(h, "facts", &o)
	for _, f := range rows {
		fmt.Fprintf(h, "%q %d %d %q %q %q %q\n", f.ID, f.About, f.Known, f.Text, f.Unit, f.What, f.Source)
		digestFloats(h, []float64{f.Value})
	}
}

// Without returns the state without the tables whose grade is g or weaker: what can be said when
// nothing synthetic, say, is let in.
func (s *State) Without(g evidence.Grade) *State {
	out := &State{
		at: s.at, bars: map[string]*Bars{}, chains: map[string][]*Chain{},
		series: map[string]*Series{}, factsBy: map[string][]int{},
	}
	h := sha256.New()
	fmt.Fprintf(h, "without %d\n", g)
	h.Write(s.digest[:])
	h.Sum(out.digest[:0])
	for k, v := range s.bars {
		if v.Origin.Grade < g {
			out.bars[k] = v
		}
	}
	for k, v := range s.chains {
		for _, c := range v {
			if c.Origin.Grade < g {
				out.chains[k] = append(out.chains[k], c)
			}
		}
	}
	for k, v := range s.series {
		if v.Origin.Grade < g {
			out.series[k] = v
		}
	}
	for _, p := range s.held {
		if p.Origin.Grade < g {
			out.held = append(out.held, p)
		}
	}
	if s.factsOf.Grade < g {
		out.facts, out.factsBy, out.factsOf = s.facts, s.factsBy, s.factsOf
	}
	return out
}
