package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"faultline/market"
)

// frame is rows of one kind as a struct of arrays: per column of the schema one slice, in the field
// that fits its cell.
type frame struct {
	s    *schema
	n    int
	ints [][]int64
	nums [][]float64
	strs [][]string
}

func newFrame(s *schema, n int) *frame {
	f := &frame{s: s, n: n, ints: make([][]int64, len(s.columns)), nums: make([][]float64, len(s.columns)), strs: make([][]string, len(s.columns))}
	for c, col := range s.columns {
		switch col.cell {
		case number:
			f.nums[c] = make([]float64, n)
		case text:
			f.strs[c] = make([]string, n)
		default:
			f.ints[c] = make([]int64, n)
		}
	}
	return f
}

// compare orders two rows by all columns, Missing first; the last one is the line.
func (f *frame) compare(i, j int) int { return f.compareBut(i, j, 0) }

// compareBut is compare without the last columns.
func (f *frame) compareBut(i, j, last int) int {
	for c := range len(f.s.columns) - last {
		var d int
		switch f.s.columns[c].cell {
		case number:
			d = compareNumber(f.nums[c][i], f.nums[c][j])
		case text:
			d = cmp.Compare(f.strs[c][i], f.strs[c][j])
		default:
			d = cmp.Compare(f.ints[c][i], f.ints[c][j])
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

// compareNumber orders numbers with Missing first and the negative zero before the zero, so that
// only equal bits are equal.
func compareNumber(a, b float64) int {
	if a == b && a != 0 {
		return 0
	}
	return cmp.Or(cmp.Compare(a, b), cmp.Compare(math.Copysign(1, a), math.Copysign(1, b)))
}

// sort puts the rows into the order of their content, so that the order of a file's rows leaves no
// trace.
func (f *frame) sort() {
	sorted := true
	for i := 1; i < f.n && sorted; i++ {
		sorted = f.compare(i-1, i) <= 0
	}
	if sorted {
		return
	}
	order := make([]int32, f.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return f.compare(int(i), int(j)) })
	*f = *f.pick(order)
}

// pick returns the named rows.
func (f *frame) pick(rows []int32) *frame {
	out := newFrame(f.s, len(rows))
	for c := range f.s.columns {
		for k, i := range rows {
			switch {
			case f.ints[c] != nil:
				out.ints[c][k] = f.ints[c][i]
			case f.nums[c] != nil:
				out.nums[c][k] = f.nums[c][i]
			default:
				out.strs[c][k] = f.strs[c][i]
			}
		}
	}
	return out
}

// slice returns rows lo to hi, sharing memory.
func (f *frame) slice(lo, hi int) *frame {
	out := &frame{s: f.s, n: hi - lo, ints: make([][]int64, len(f.ints)), nums: make([][]float64, len(f.nums)), strs: make([][]string, len(f.strs))}
	for c := range f.s.columns {
		switch {
		case f.ints[c] != nil:
			out.ints[c] = f.ints[c][lo:hi]
		case f.nums[c] != nil:
			out.nums[c] = f.nums[c][lo:hi]
		default:
			out.strs[c] = f.strs[c][lo:hi]
		}
	}
	return out
}

// join returns the rows of all frames, in order.
func join(s *schema, frames []*frame) *frame {
	if len(frames) == 1 {
		return frames[0]
	}
	n := 0
	for _, f := range frames {
		n += f.n
	}
	out := newFrame(s, n)
	at := 0
	for _, f := range frames {
		for c := range s.columns {
			copy(out.ints[c][min(at, len(out.ints[c])):], f.ints[c])
			copy(out.nums[c][min(at, len(out.nums[c])):], f.nums[c])
			copy(out.strs[c][min(at, len(out.strs[c])):], f.strs[c])
		}
		at += f.n
	}
	return out
}

// appendContent adds the content of a row, which is all but its line, in a form in which two rows
// are equal when their bytes are.
func (f *frame) appendContent(b []byte, i int) []byte {
	for c := range len(f.s.columns) - 1 {
		switch {
		case f.ints[c] != nil:
			b = binary.AppendVarint(b, f.ints[c][i])
		case f.nums[c] != nil:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f.nums[c][i]))
		default:
			b = binary.AppendUvarint(b, uint64(len(f.strs[c][i])))
			b = append(b, f.strs[c][i]...)
		}
	}
	return b
}

// encode adds the rows in the form of the segment: whole numbers as differences of variable length,
// doubles as they are, texts as a dictionary with indices.
func (f *frame) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(f.n))
	for c := range f.s.columns {
		switch {
		case f.ints[c] != nil:
			last := int64(0)
			for _, v := range f.ints[c] {
				b = binary.AppendVarint(b, v-last)
				last = v
			}
		case f.nums[c] != nil:
			for _, v := range f.nums[c] {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		default:
			b = appendTexts(b, f.strs[c])
		}
	}
	return b
}

func appendTexts(b []byte, col []string) []byte {
	index := map[string]uint64{}
	var words []string
	for _, s := range col {
		if _, ok := index[s]; !ok {
			index[s] = uint64(len(words))
			words = append(words, s)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(words)))
	for _, w := range words {
		b = binary.AppendUvarint(b, uint64(len(w)))
		b = append(b, w...)
	}
	for _, s := range col {
		b = binary.AppendUvarint(b, index[s])
	}
	return b
}

var errShort = errors.New("the record ends too early")

// decodeFrame reads what encode wrote. It takes any bytes: whatever does not fit is an error.
func decodeFrame(s *schema, b []byte) (*frame, error) {
	n, b, err := takeUvarint(b)
	if err != nil {
		return nil, err
	}
	if n > maxRecordRows {
		return nil, fmt.Errorf("the record claims %d rows", n)
	}
	f := newFrame(s, int(n))
	for c := range s.columns {
		switch {
		case f.ints[c] != nil:
			last := int64(0)
			for i := range f.ints[c] {
				d, k := binary.Varint(b)
				if k <= 0 {
					return nil, errShort
				}
				b = b[k:]
				last += d
				f.ints[c][i] = last
			}
		case f.nums[c] != nil:
			if len(b) < 8*f.n {
				return nil, errShort
			}
			for i := range f.nums[c] {
				f.nums[c][i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			}
			b = b[8*f.n:]
		default:
			if b, err = takeTexts(b, f.strs[c]); err != nil {
				return nil, err
			}
		}
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%d bytes follow the rows", len(b))
	}
	return f, nil
}

func takeTexts(b []byte, col []string) ([]byte, error) {
	n, b, err := takeUvarint(b)
	if err != nil {
		return nil, err
	}
	if n > uint64(len(col)) {
		return nil, fmt.Errorf("the record claims %d words for %d rows", n, len(col))
	}
	words := make([]string, n)
	for i := range words {
		var size uint64
		if size, b, err = takeUvarint(b); err != nil {
			return nil, err
		}
		if size > uint64(len(b)) {
			return nil, errShort
		}
		words[i], b = string(b[:size]), b[size:]
	}
	for i := range col {
		var w uint64
		if w, b, err = takeUvarint(b); err != nil {
			return nil, err
		}
		if w >= n {
			return nil, fmt.Errorf("the record has no word %d", w)
		}
		col[i] = words[w]
	}
	return b, nil
}

func takeUvarint(b []byte) (uint64, []byte, error) {
	v, k := binary.Uvarint(b)
	if k <= 0 {
		return 0, nil, errShort
	}
	return v, b[k:], nil
}

// normal makes every NaN the one that stands for absence, so that equal rows have equal bits.
func normal(col []float64) []float64 {
	out := make([]float64, len(col))
	for i, v := range col {
		if market.IsMissing(v) {
			v = market.Missing
		}
		out[i] = v
	}
	return out
}
