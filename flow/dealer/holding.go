package dealer

import (
	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Holding is what dealers are taken to hold of a book, by one way of telling. It is immutable.
type Holding struct {
	Book    *options.Book
	Method  string         // code: open_interest, volume_adjusted, trades, inventory
	Grade   evidence.Grade // of the method; what is computed from it is never stronger than modelled
	Caveats []evidence.Code
	Unknown int // contracts of the book of which nothing tells what dealers hold

	session   calendar.Session // that the levels are for
	bucket    []int            // by expiry of the book
	first     [parts + 1]int   // rows of part p: first[p] ≤ k < first[p+1]
	row       []int32          // row of the book
	contracts []float64        // of layers with a convention at least 0; of the signed layer dealers' side
}

// FromOpenInterest takes last night's open interest under the register's convention: dealers are long
// dealer.calls_long of the calls and short dealer.puts_short of the puts, tilted by bucket. With the
// register's own values that is the naive convention. Open interest is of last night: what trades today
// is not in it.
//
// It is absent where the book has no price of the underlying and where nobody holds any contract.
func FromOpenInterest(b *options.Book) (*Holding, error) {
	m, err := begin(b, "open_interest", evidence.Modelled)
	if err != nil {
		return nil, err
	}
	if err := check(b); err != nil {
		return nil, err
	}
	m.openInterest(nil)
	return m.done(), nil
}

// FromVolume is FromOpenInterest with the contracts that settle in the session of the book counted as
// open interest plus the share dealer.volume_kept of the day's volume. Most of the open interest of
// today's expiry is made and closed again today, and no list of last night has it. How much of a
// contract's volume is still open is not published within the day; the register says what the share
// rests on, and bands draw it.
//
// It is absent, beyond FromOpenInterest, where no contract of today's expiry has a volume.
func FromVolume(b *options.Book) (*Holding, error) {
	m, err := begin(b, "volume_adjusted", evidence.Modelled)
	if err != nil {
		return nil, err
	}
	m.openInterest(nil)
	traded := 0.0
	for i, v := range b.Volume {
		if m.h.bucket[b.Exp[i]] == 0 && v > 0 {
			m.add(volumeLayer, i, v)
			traded += v
		}
	}
	if traded == 0 {
		return nil, &evidence.Absent{Code: "no_volume_today", Args: evidence.Args{"underlying": b.Underlying}}
	}
	m.h.Caveats = []evidence.Code{{Code: "volume_share_assumed", Args: evidence.Args{"contracts": traded}}}
	return m.done(), nil
}

// Net is the contracts of each row of the book that dealers are long under a convention, negative where
// they are short, market.Missing where nothing tells.
func (h *Holding) Net(a assumption.Set) []float64 {
	net := make([]float64, h.Book.Len())
	for i, n := range h.Book.OpenInterest {
		if market.IsMissing(n) {
			net[i] = market.Missing
		}
	}
	w := h.weights(a)
	for p := range parts {
		for k := h.first[p]; k < h.first[p+1]; k++ {
			i := h.row[k]
			if market.IsMissing(net[i]) {
				net[i] = 0
			}
			net[i] += w[p] * h.contracts[k]
		}
	}
	return net
}

// Convention is the code of how the signs were told.
func (h *Holding) Convention(a assumption.Set) string {
	switch h.Method {
	case "trades", "inventory":
		return h.Method
	}
	return Convention(a)
}

func (h *Holding) weights(a assumption.Set) weights {
	var w weights
	kept := a.Value("dealer.volume_kept")
	for c := range cells {
		s := sign(a, c)
		w[openLayer*cells+c] = s
		w[volumeLayer*cells+c] = s * kept
		w[signedLayer*cells+c] = 1
	}
	if h.Method == "trades" {
		// Misclassified trades cancel others: with a share p signed right, the imbalance seen is 2p − 1
		// times the true one.
		scale := 1 / (2*a.Value("dealer.trades_right") - 1)
		for c := range cells {
			w[signedLayer*cells+c] = scale
		}
	}
	return w
}

// builder collects a holding.
type builder struct {
	h   *Holding
	all []entry
}

// entry is one row of a holding in the making.
type entry struct {
	row       int32
	part      uint8
	contracts float64
}

func begin(b *options.Book, method string, g evidence.Grade) (*builder, error) {
	if !(spotOf(b) > 0) {
		return nil, &evidence.Absent{Code: "no_spot", Args: evidence.Args{"underlying": b.Underlying}}
	}
	of, session, err := buckets(b)
	if err != nil {
		return nil, err
	}
	h := &Holding{Book: b, Method: method, Grade: g, session: session, bucket: of}
	return &builder{h: h, all: make([]entry, 0, b.Len())}, nil
}

// add puts contracts of a row of the book into a layer.
func (m *builder) add(layer, row int, contracts float64) {
	if contracts == 0 {
		return
	}
	b := m.h.Book
	m.all = append(m.all, entry{int32(row), uint8(partOf(layer, m.h.bucket[b.Exp[row]], b.Right[row])), contracts})
}

// openInterest adds the open interest, but for the rows that are known otherwise, and counts those of
// which nothing is known.
func (m *builder) openInterest(known map[int]bool) {
	for i, n := range m.h.Book.OpenInterest {
		whole, otherwise := known[i]
		switch {
		case whole:
		case !market.IsMissing(n):
			m.add(openLayer, i, n)
		case !otherwise:
			m.h.Unknown++
		}
	}
}

// done lays the entries out by part, in the order in which they came.
func (m *builder) done() *Holding {
	h := m.h
	for _, e := range m.all {
		h.first[e.part+1]++
	}
	for p := range parts {
		h.first[p+1] += h.first[p]
	}
	next := h.first
	h.row, h.contracts = make([]int32, len(m.all)), make([]float64, len(m.all))
	for _, e := range m.all {
		k := next[e.part]
		next[e.part]++
		h.row[k], h.contracts[k] = e.row, e.contracts
	}
	return h
}

// check refuses a book of which nobody holds anything.
func check(b *options.Book) error {
	held, unknown := false, false
	for _, n := range b.OpenInterest {
		held = held || n > 0
		unknown = unknown || market.IsMissing(n)
	}
	switch {
	case held:
		return nil
	case unknown:
		return &evidence.Absent{Code: "open_interest_unknown", Args: evidence.Args{"underlying": b.Underlying}}
	}
	return &evidence.Absent{Code: "no_open_interest", Args: evidence.Args{"underlying": b.Underlying}}
}
