package flow

import (
	"context"
	"fmt"
	"sync"

	"faultline/assumption"
	"faultline/market"
)

// Lanes is how many lanes run side by side through one walk. They never see each other.
const Lanes = 32

// Phase is a part of a session. A set of phases is their bitwise or.
type Phase uint8

// The phases.
const (
	Tick   Phase = 1 << iota // the market trades
	Close                    // the closing auction
	Open                     // last night's decisions start executing
	Settle                   // expiries roll off
)

func (p Phase) String() string {
	switch p {
	case Tick:
		return "tick"
	case Close:
		return "close"
	case Open:
		return "open"
	case Settle:
		return "settle"
	}
	return fmt.Sprintf("phase(%d)", uint8(p))
}

// Moment is what every lane sees at one slot. Rows are [asset][lane]: the value of asset a in lane l
// stands at a*Lanes+l.
type Moment struct {
	Phase     Phase
	Slot      int       // index into the timeline
	Frac      float64   // share of a session that the slot spans: 1/390, or 1 on a daily step
	Price     []float64 // relative to the State's price
	LastClose []float64 // last official close, relative to the State's price
	Vol       []float64 // volatility a year, decimal; NaN where the driver has none
	Depth     []float64 // dollars of orders that move the price by 1 %; NaN where the driver has none
}

// Program is a Model compiled for one universe, timeline and draw of assumptions. It is immutable:
// all that changes is in state, [row][lane] with Lanes lanes a row, so that cloning and trial steps
// are memory copies.
type Program interface {
	// Width is the number of rows of state. The first ones are the positions in units, one for each
	// asset of the universe.
	Width() int
	// Phases are the phases in which the program acts; the driver skips all other slots.
	Phases() Phase
	// Start writes the state as of the State's instant into every lane.
	Start(state []float64)
	// Step advances state to the moment and adds market orders, in units, to out [asset][lane];
	// transfers that bypass the market (deleveraging, expiry) go to moved. The change of position is
	// out + moved. Both come in as zeros.
	Step(state []float64, m *Moment, out, moved []float64)
}

// Model is one class of mechanical trader.
type Model interface {
	// Name is stable: it keys players, figures and words.
	Name() string
	// Compile prepares the model for an environment. It returns *evidence.Absent when the model
	// cannot run on what the State holds.
	Compile(ctx context.Context, e *Env) (Program, error)
}

// Asset is one price that the walk carries.
type Asset struct {
	ID        string  // instrument
	Price     float64 // points at the State's instant, above 0
	LastClose float64 // points of the last official close, above 0
}

// Env is what a model may know when it is compiled.
type Env struct {
	State    *market.State
	Assume   assumption.Set
	Assets   []Asset
	Timeline Timeline
	Memo     *Memo // basis tables that do not depend on the draw of assumptions
}

// Asset returns the position of an asset in the universe, or -1.
func (e *Env) Asset(id string) int {
	for i, a := range e.Assets {
		if a.ID == id {
			return i
		}
	}
	return -1
}

// Memo keeps what several compilations share. It is safe for concurrent use; the zero Memo is ready.
type Memo struct {
	mu    sync.Mutex
	cells map[string]*cell
}

type cell struct {
	once  sync.Once
	value any
	err   error
}

// Once returns the value that make gave for the key the first time it was asked for. A key must name
// everything that the value depends on. A nil Memo makes the value anew.
func Once[T any](m *Memo, key string, make func() (T, error)) (T, error) {
	if m == nil {
		return make()
	}
	m.mu.Lock()
	if m.cells == nil {
		m.cells = map[string]*cell{}
	}
	c := m.cells[key]
	if c == nil {
		c = &cell{}
		m.cells[key] = c
	}
	m.mu.Unlock()
	c.once.Do(func() { c.value, c.err = make() })
	v, _ := c.value.(T)
	return v, c.err
}
