package flow

import (
	"fmt"
	"math"
)

// Player is a program with the name of its model.
type Player struct {
	Name    string
	Program Program
}

// tolerance of double entry, relative to the largest number that enters it: sums of a few thousand
// contracts lose at most about 1e-13 to rounding.
const tolerance = 1e-11

// Walk carries the states of a set of players through a timeline, Lanes lanes at a time. It allocates
// when it is made and never in Step. It is not safe for concurrent use; walks of different lanes run
// side by side without sharing anything.
type Walk struct {
	env     *Env
	players []Player
	state   [][]float64 // [player][row*Lanes+lane]
	before  []float64   // positions before a step
	out     [][]float64 // [player][asset*Lanes+lane]: orders of the last step, units
	moved   [][]float64
	moment  Moment
	halted  [Lanes]bool
}

// NewWalk prepares a walk of the players in the environment in which they were compiled.
func NewWalk(e *Env, players []Player) *Walk {
	n := len(e.Assets) * Lanes
	w := &Walk{env: e, players: players, before: make([]float64, n)}
	for _, p := range players {
		if p.Program.Width() < len(e.Assets) {
			panic("flow: " + p.Name + " keeps fewer rows of state than there are assets")
		}
		w.state = append(w.state, make([]float64, p.Program.Width()*Lanes))
		w.out = append(w.out, make([]float64, n))
		w.moved = append(w.moved, make([]float64, n))
	}
	w.moment = Moment{
		Price: make([]float64, n), LastClose: make([]float64, n),
		Vol: make([]float64, n), Depth: make([]float64, n),
	}
	w.Start()
	return w
}

// Start puts every lane back to the State's instant.
func (w *Walk) Start() {
	for i, p := range w.players {
		p.Program.Start(w.state[i])
	}
	for a, asset := range w.env.Assets {
		for l := range Lanes {
			w.moment.Price[a*Lanes+l] = 1
			w.moment.LastClose[a*Lanes+l] = asset.LastClose / asset.Price
			w.moment.Vol[a*Lanes+l] = math.NaN()
			w.moment.Depth[a*Lanes+l] = math.NaN()
		}
	}
	w.halted = [Lanes]bool{}
}

// DoubleEntryError says that a program's orders and transfers are not the change of its position.
type DoubleEntryError struct {
	Player, Asset             string
	Slot, Lane                int
	Before, After, Out, Moved float64 // units
}

func (e *DoubleEntryError) Error() string {
	return fmt.Sprintf("%s: orders %g and transfers %g of %s at slot %d, lane %d do not lead from %g to %g units",
		e.Player, e.Out, e.Moved, e.Asset, e.Slot, e.Lane, e.Before, e.After)
}

// Step moves all lanes to a slot at the given prices, [asset][lane] relative to the State's price.
// After it, Orders holds what each player traded. A lane in which anything stops being finite is
// halted: its orders are zero from then on, and Halted counts it.
func (w *Walk) Step(slot int, price []float64) error {
	s := w.env.Timeline.Slots[slot]
	m := &w.moment
	m.Phase, m.Slot, m.Frac = s.Phase, slot, s.Frac
	copy(m.Price, price)
	n := len(w.env.Assets) * Lanes
	for i, p := range w.players {
		out, moved, state := w.out[i], w.moved[i], w.state[i]
		clear(out)
		clear(moved)
		if p.Program.Phases()&s.Phase == 0 {
			continue
		}
		copy(w.before, state[:n])
		p.Program.Step(state, m, out, moved)
		for k := range n {
			lane := k % Lanes
			if w.halted[lane] {
				out[k], moved[k] = 0, 0
				continue
			}
			scale := max(math.Abs(w.before[k]), math.Abs(state[k]), math.Abs(out[k]), math.Abs(moved[k]), math.SmallestNonzeroFloat64)
			if math.IsNaN(scale) || math.IsInf(scale, 0) {
				w.halted[lane] = true
				out[k], moved[k] = 0, 0
				continue
			}
			if gap := math.Abs(state[k] - w.before[k] - out[k] - moved[k]); !(gap <= tolerance*scale) {
				return &DoubleEntryError{
					Player: p.Name, Asset: w.env.Assets[k/Lanes].ID, Slot: slot, Lane: lane,
					Before: w.before[k], After: state[k], Out: out[k], Moved: moved[k],
				}
			}
		}
	}
	if s.Phase == Close {
		copy(m.LastClose, m.Price)
	}
	return nil
}

// Orders returns the market orders of a player in the last step, [asset][lane] in units. The slice is
// overwritten by the next step.
func (w *Walk) Orders(player int) []float64 { return w.out[player] }

// Moved returns the transfers of a player that bypassed the market in the last step.
func (w *Walk) Moved(player int) []float64 { return w.moved[player] }

// Position returns the positions of a player, [asset][lane] in units.
func (w *Walk) Position(player int) []float64 { return w.state[player][:len(w.env.Assets)*Lanes] }

// Halted counts those of the first n lanes that were halted since Start.
func (w *Walk) Halted(n int) int {
	count := 0
	for _, h := range w.halted[:n] {
		if h {
			count++
		}
	}
	return count
}

// Checkpoint is a copy of everything that a step changes.
type Checkpoint struct {
	state     [][]float64
	lastClose []float64
	halted    [Lanes]bool
}

// Save copies into c what a step changes, so that Restore can take back any number of trial steps.
func (w *Walk) Save(c *Checkpoint) {
	if c.state == nil {
		c.lastClose = make([]float64, len(w.moment.LastClose))
		for i := range w.state {
			c.state = append(c.state, make([]float64, len(w.state[i])))
		}
	}
	for i := range w.state {
		copy(c.state[i], w.state[i])
	}
	copy(c.lastClose, w.moment.LastClose)
	c.halted = w.halted
}

// Restore puts back what Save copied.
func (w *Walk) Restore(c *Checkpoint) {
	for i := range w.state {
		copy(w.state[i], c.state[i])
	}
	copy(w.moment.LastClose, c.lastClose)
	w.halted = c.halted
}
