package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// NodeKind tells datasets from model runs.
type NodeKind string

// The kinds of node.
const (
	Dataset NodeKind = "dataset" // rows of a file, as known at an instant
	Run     NodeKind = "run"     // one run of a model or method
)

// Node is one link of the chain from a figure to the files.
type Node struct {
	ID      string    `json:"id"`
	Kind    NodeKind  `json:"kind"`
	Method  string    `json:"method"`           // code of the method or of the file format
	Grade   Grade     `json:"grade"`            // the weakest of the inputs and of the method itself
	Source  string    `json:"source,omitempty"` // file name, or who published it
	AsOf    time.Time `json:"as_of"`            // last instant the node's data speak of
	Inputs  []string  `json:"inputs,omitempty"` // IDs of the nodes it was computed from, in order
	Assumes []string  `json:"assumes,omitempty"`
	Caveats []Code    `json:"caveats,omitempty"`
}

// Recorder collects the nodes of one analysis. It is not safe for concurrent use: nodes are added
// while the analysis is assembled, in a fixed order, so that the record is the same every time.
type Recorder struct {
	nodes []Node
	byID  map[string]int
}

// NewRecorder returns an empty record.
func NewRecorder() *Recorder { return &Recorder{byID: map[string]int{}} }

// Add records a node and returns its ID. The node's grade is weakened to that of its weakest
// input. Adding an ID twice with the same content is harmless; with other content it panics,
// because two things would share one name. An unknown input panics too: evidence has no holes.
func (r *Recorder) Add(n Node) string {
	for _, in := range n.Inputs {
		i, ok := r.byID[in]
		if !ok {
			panic(fmt.Sprintf("evidence: node %s names the unknown input %s", n.ID, in))
		}
		n.Grade = Weakest(n.Grade, r.nodes[i].Grade)
	}
	if i, ok := r.byID[n.ID]; ok {
		if fmt.Sprint(r.nodes[i]) != fmt.Sprint(n) {
			panic("evidence: two nodes share the ID " + n.ID)
		}
		return n.ID
	}
	r.byID[n.ID] = len(r.nodes)
	r.nodes = append(r.nodes, n)
	return n.ID
}

// Fork returns a record of its own that begins with what r holds, for a part that runs beside others.
func (r *Recorder) Fork() *Recorder {
	return &Recorder{nodes: slices.Clone(r.nodes), byID: maps.Clone(r.byID)}
}

// Join adds what a fork holds, in its order; what both hold must be the same. Forks joined in a fixed order
// leave the record that the parts would have made one after another.
func (r *Recorder) Join(fork *Recorder) {
	for _, n := range fork.nodes {
		r.Add(n)
	}
}

// Node returns the node of an ID.
func (r *Recorder) Node(id string) (Node, bool) {
	i, ok := r.byID[id]
	if !ok {
		return Node{}, false
	}
	return r.nodes[i], true
}

// Nodes returns the record in the order in which it was made.
func (r *Recorder) Nodes() []Node { return append([]Node(nil), r.nodes...) }

// Caveats returns the caveats of a node and of all it rests on, without repetition, in order of
// their text.
func (r *Recorder) Caveats(id string) []Code {
	seen := map[string]Code{}
	var walk func(string)
	visited := map[string]bool{}
	walk = func(id string) {
		if visited[id] {
			return
		}
		visited[id] = true
		n, ok := r.Node(id)
		if !ok {
			return
		}
		for _, c := range n.Caveats {
			seen[c.String()] = c
		}
		for _, in := range n.Inputs {
			walk(in)
		}
	}
	walk(id)
	keys := make([]string, 0, len(seen))
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make([]Code, len(keys))
	for i, k := range keys {
		out[i] = seen[k]
	}
	return out
}

// Unit names what a figure counts. Front ends format by it, so that no reader guesses.
type Unit string

// The units in use. Volatility and shares are decimals; percent never appears in a value.
const (
	USD            Unit = "usd"
	USDPerPercent  Unit = "usd_per_pct"         // dollars to trade when the price moves by 1 %
	USDPerPoint    Unit = "usd_per_point"       // dollars to trade when the index moves by one point
	USDPerVolPoint Unit = "usd_per_vol_pt"      // dollars to trade when volatility moves by 0.01
	USDPerHour     Unit = "usd_per_hour"        // dollars to trade as one hour passes
	Points         Unit = "points"              // price of the instrument, index points or dollars a share
	VolPerYear     Unit = "vol_per_year"        // standard deviation a year, decimal
	Years          Unit = "years"               //
	Ratio          Unit = "ratio"               // a share or a return as a decimal
	Contracts      Unit = "contracts"           //
	Count          Unit = "count"               //
	PerYear        Unit = "per_year"            // a rate a year, decimal
	Percentile     Unit = "percentile"          // 0 to 100
	PercentStated  Unit = "percent_as_stated"   // a published percentage, kept as it was printed
	AsStated       Unit = "as_stated"           // a published figure in the unit its source gives
	UnitNone       Unit = ""                    // dimensionless by nature, such as a signal
	USDBillions    Unit = "usd_billions_stated" // a published amount, kept in the billions it was printed in
)

// Figure is a number that may be shown: never a bare value. Either Value is set or Absent says why
// there is none.
type Figure struct {
	ID     string   `json:"id"`
	Value  *float64 `json:"value,omitempty"`
	Unit   Unit     `json:"unit"`
	Low    *float64 `json:"low,omitempty"`  // 5 % quantile of the stated uncertainty, where there is one
	High   *float64 `json:"high,omitempty"` // 95 % quantile
	Grade  Grade    `json:"grade"`
	Node   string   `json:"node"`
	Absent *Absent  `json:"absent,omitempty"`
}

// Mint makes a figure that rests on a node. It panics where the node is unknown or the value is not
// finite: a number without evidence, and a NaN, must not leave the house.
func (r *Recorder) Mint(id string, value float64, unit Unit, node string) Figure {
	n, ok := r.Node(node)
	if !ok {
		panic("evidence: figure " + id + " rests on the unknown node " + node)
	}
	if !(value-value == 0) {
		panic(fmt.Sprintf("evidence: figure %s is not finite: %v", id, value))
	}
	return Figure{ID: id, Value: &value, Unit: unit, Grade: n.Grade, Node: node}
}

// MintAbsent makes the figure of something that does not exist, with its reason.
func (r *Recorder) MintAbsent(id string, unit Unit, node string, why *Absent) Figure {
	n, ok := r.Node(node)
	if !ok {
		panic("evidence: figure " + id + " rests on the unknown node " + node)
	}
	return Figure{ID: id, Unit: unit, Grade: n.Grade, Node: node, Absent: why}
}

// WithBand returns the figure with its 5–95 % interval. Bounds that are not finite are left out.
func (f Figure) WithBand(low, high float64) Figure {
	if low-low == 0 && high-high == 0 {
		f.Low, f.High = &low, &high
	}
	return f
}

// RunID is the short name of an analysis: the first 16 hexadecimal digits of the SHA-256 over the
// digests of its inputs, its assumptions and the program's version. The same id means the same
// bytes.
func RunID(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		for i := range n {
			n[i] = byte(len(p) >> (8 * i))
		}
		h.Write(n[:])
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
