package store

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// head is what all rows of a part share: what they are about and where they came from. It is
// comparable, so that two parts with the same head are one dataset.
type head struct {
	kind      kind
	timeframe string // of bars, such as "1d"
	id        string // instrument, underlying or series
	unit      string // of a series

	quoted int64  // of a chain: Unix nanoseconds
	spot   uint64 // of a chain: bits of the double
	chain  string // of a chain: hash of its content

	file, format, publisher string
	grade                   evidence.Grade
	rule                    string // by which the rows' known-at instant was set
	caveats                 string // as encodeCaveats writes them
}

// set is the partition folder of the rows.
func (h *head) set() string { return h.kind.set(h.timeframe) }

// key is the dataset's key, as market.Dataset gives it.
func (h *head) key() string {
	switch h.kind {
	case bars:
		return "bars/" + h.id + "/" + h.timeframe
	case chains:
		return "chain/" + h.id
	case series:
		return "series/" + h.id
	}
	return "facts"
}

// origin is where the rows came from.
func (h *head) origin() (market.Origin, error) {
	caveats, err := decodeCaveats(h.caveats)
	return market.Origin{File: h.file, Format: h.format, Source: h.publisher, Grade: h.grade, KnownAt: h.rule, Caveats: caveats}, err
}

// comparePlace says which of two heads wins a row that both have: the stronger grade, then the
// smaller file, format and publisher as in market.Book, then the one with more caveats, so that a
// warning is never lost.
func comparePlace(a, b *head) int {
	return cmp.Or(
		cmp.Compare(a.grade, b.grade), cmp.Compare(a.file, b.file),
		cmp.Compare(a.format, b.format), cmp.Compare(a.publisher, b.publisher),
		cmp.Compare(len(b.caveats), len(a.caveats)), cmp.Compare(a.caveats, b.caveats),
		cmp.Compare(a.rule, b.rule), cmp.Compare(a.unit, b.unit),
	)
}

// compareHead orders datasets in a book and in a list.
func compareHead(a, b *head) int {
	return cmp.Or(cmp.Compare(a.key(), b.key()), cmp.Compare(a.quoted, b.quoted), comparePlace(a, b), cmp.Compare(a.chain, b.chain))
}

// matches reports whether a key is wanted: it equals one of the words, or lies below one. No words
// want everything.
func matches(key string, want []string) bool {
	for _, w := range want {
		if rest, ok := strings.CutPrefix(key, w); ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(w, "/")) {
			return true
		}
	}
	return len(want) == 0
}

// part is rows with one head in one place: in the segment, or in one Parquet file.
type part struct {
	head
	rows        int
	first, last int64 // Unix seconds of the first and last time that the rows are about
	known       int64 // Unix seconds from which the last row is known
	restates    bool  // every row stands elsewhere too, under a greater head

	file  *parquetFile // nil for a part of the segment
	spans []span       // of a part of the segment
}

// span is one record of rows in the segment.
type span struct {
	off  int64 // of the record's frame
	size int64 // of the whole record
	rows int
}

// partJSON is a part as the segment and the manifest write it.
type partJSON struct {
	Set       string         `json:"set"`
	ID        string         `json:"id,omitempty"`
	Unit      string         `json:"unit,omitempty"`
	QuotedAt  *time.Time     `json:"quoted_at,omitempty"`
	Spot      *float64       `json:"spot,omitempty"`
	Chain     string         `json:"chain,omitempty"`
	File      string         `json:"file"`
	Format    string         `json:"format"`
	Publisher string         `json:"publisher,omitempty"`
	Grade     evidence.Grade `json:"grade"`
	KnownRule string         `json:"known_rule,omitempty"`
	Caveats   string         `json:"caveats,omitempty"`
	Rows      int            `json:"rows"`
	First     int64          `json:"first"`
	Last      int64          `json:"last"`
	Known     int64          `json:"known"`
	Restates  bool           `json:"restates,omitempty"`
}

func (p *part) MarshalJSON() ([]byte, error) {
	j := partJSON{
		Set: p.set(), ID: p.id, Unit: p.unit, Chain: p.chain, File: p.head.file, Format: p.format, Publisher: p.publisher,
		Grade: p.grade, KnownRule: p.rule, Rows: p.rows, First: p.first, Last: p.last, Known: p.known, Restates: p.restates,
	}
	if p.caveats != "[]" {
		j.Caveats = p.caveats
	}
	if p.kind == chains {
		at := time.Unix(0, p.quoted).UTC()
		j.QuotedAt = &at
		if spot := math.Float64frombits(p.spot); !market.IsMissing(spot) {
			j.Spot = &spot
		}
	}
	return json.Marshal(j)
}

func (p *part) UnmarshalJSON(b []byte) error {
	var j partJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	k, tf, err := kindOfSet(j.Set)
	if err != nil {
		return err
	}
	*p = part{
		head: head{
			kind: k, timeframe: tf, id: j.ID, unit: j.Unit, chain: j.Chain, file: j.File, format: j.Format, publisher: j.Publisher,
			grade: j.Grade, rule: j.KnownRule, caveats: cmp.Or(j.Caveats, "[]"),
		},
		rows: j.Rows, first: j.First, last: j.Last, known: j.Known, restates: j.Restates,
	}
	if k == chains {
		spot := market.Missing
		if j.Spot != nil {
			spot = *j.Spot
		}
		p.spot = math.Float64bits(spot)
		if j.QuotedAt != nil {
			p.quoted = j.QuotedAt.UnixNano()
		}
	}
	return nil
}

// appendContent adds the content of a row under this head, which decides whether two rows are the
// same: the row without its line, and the unit that its value is in.
func (h *head) appendContent(b []byte, f *frame, i int) []byte {
	b = append(b, h.unit...)
	b = append(b, 0xff) // stands in no text, so that the unit's end is plain
	return f.appendContent(b, i)
}
