package cascade

import (
	"math"
	"slices"

	"faultline/flow"
)

// table is a memoryless player's position, read from a grid of prices at every slot and linear between
// its points. Beyond the grid the position stays as it is at its end.
type table struct {
	assets  []int // of the universe, those that the player trades
	points  int
	low     float64
	inverse float64     // points a unit of relative price
	at      [][]float64 // [slot][asset·points + point]
}

// tablePoints and tableSpan are the grid: 513 points over ±32 % leave steps of an eighth of a percent.
// Positions are computed at all of them up to moves of 12 %, and at every fourth beyond, where few paths go;
// those between are linear.
const (
	tablePoints = 513
	tableSpan   = 0.32
)

// exact lists the slots that a table is computed at: all phases but the ticks within a session, and of
// those every one nearest to a thirtieth of a session, and all in its last thirtieth, when options that
// settle at the close lose their time. The others are linear in time between their neighbours.
func exact(t flow.Timeline) []bool {
	out := make([]bool, len(t.Slots))
	since, left := 0.0, 0.0
	for i := len(t.Slots) - 1; i >= 0; i-- {
		s := t.Slots[i]
		if s.Phase != flow.Tick {
			out[i], since, left = true, 0, 0
			continue
		}
		// Going back in time from the close: left is the share of the session after this slot.
		if i == 0 || i == 1 || left < 1./30 || since >= 1./30-1e-9 {
			out[i], since = true, 0
		}
		since, left = since+s.Frac, left+s.Frac
	}
	return out
}

// Tables are the positions of those players that are memoryless, on a grid of prices, slot by slot.
type Tables struct {
	env     *flow.Env
	players []flow.Player
	of      []*table // nil where the player is stepped
}

// ReadTables reads the tables of players, once for every law, case and number of paths.
func ReadTables(e *flow.Env, players []flow.Player) (*Tables, error) {
	t := &Tables{env: e, players: players}
	for _, p := range players {
		one, err := newTable(e, p)
		if err != nil {
			return nil, err
		}
		t.of = append(t.of, one)
	}
	return t, nil
}

// are reports whether the tables were read of these players in this environment.
func (t *Tables) are(e *flow.Env, players []flow.Player) bool {
	return t.env == e && slices.EqualFunc(t.players, players, func(a, b flow.Player) bool { return a.Program == b.Program })
}

// newTable reads a program's positions on the grid. It reports false where the program is not memoryless
// or trades nothing.
func newTable(e *flow.Env, p flow.Player) (*table, error) {
	if m, ok := p.Program.(flow.Memoryless); !ok || !m.Memoryless() {
		return nil, nil //nolint:nilnil // no table is not a mistake: the program is stepped instead
	}
	n := len(e.Assets)
	t := &table{points: tablePoints, low: 1 - tableSpan, inverse: (tablePoints - 1) / (2 * tableSpan)}
	whole := make([][]float64, len(e.Timeline.Slots)) // [asset·points + point]
	knots := exact(e.Timeline)
	for i := range whole {
		if knots[i] {
			whole[i] = make([]float64, n*tablePoints)
		}
	}
	asked := computed()
	blocks := (len(asked) + flow.Lanes - 1) / flow.Lanes
	errs := make([]error, blocks)
	parallel(blocks, func(b int) {
		w := flow.NewWalk(e, []flow.Player{p})
		price := make([]float64, n*flow.Lanes)
		first := b * flow.Lanes
		for k := range price {
			price[k] = t.low + float64(asked[min(first+k%flow.Lanes, len(asked)-1)])/t.inverse
		}
		for s := range whole {
			if whole[s] == nil {
				continue
			}
			if errs[b] = w.Step(s, price); errs[b] != nil {
				return
			}
			for a := range n {
				for l := range min(flow.Lanes, len(asked)-first) {
					whole[s][a*tablePoints+asked[first+l]] = w.Position(0)[a*flow.Lanes+l]
				}
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	for _, rows := range whole {
		for a := 0; rows != nil && a < n; a++ {
			fill(rows[a*tablePoints:(a+1)*tablePoints], asked)
		}
	}
	for a := range n {
		for _, rows := range whole {
			if rows != nil && trades(rows[a*tablePoints:(a+1)*tablePoints]) {
				t.assets = append(t.assets, a)
				break
			}
		}
	}
	t.at = make([][]float64, len(whole))
	for s, rows := range whole {
		if rows == nil {
			continue
		}
		t.at[s] = make([]float64, 0, len(t.assets)*tablePoints)
		for _, a := range t.assets {
			t.at[s] = append(t.at[s], rows[a*tablePoints:(a+1)*tablePoints]...)
		}
	}
	t.between(e.Timeline)
	return t, nil
}

// computed lists the points of the grid at which positions are computed, ascending.
func computed() []int {
	var out []int
	for k := range tablePoints {
		move := 2 * tableSpan * (float64(k)/(tablePoints-1) - 0.5)
		if math.Abs(move) <= farMove+1e-9 || k%4 == 0 {
			out = append(out, k)
		}
	}
	return out
}

// fill sets the points between computed ones on the line through them.
func fill(row []float64, computed []int) {
	for i, k := range computed[1:] {
		before := computed[i]
		for j := before + 1; j < k; j++ {
			row[j] = row[before] + (row[k]-row[before])*float64(j-before)/float64(k-before)
		}
	}
}

// trades reports whether a position is ever anything but nothing.
func trades(rows []float64) bool {
	for _, x := range rows {
		if x != 0 {
			return true
		}
	}
	return false
}

// between fills the ticks between two computed ones. A tick that follows another phase has the position
// of the next computed tick: the one before belongs to another phase.
func (t *table) between(line flow.Timeline) {
	for s := 0; s < len(t.at); s++ {
		if t.at[s] != nil {
			continue
		}
		next := s
		for t.at[next] == nil {
			next++
		}
		before, after := t.at[s-1], t.at[next]
		if line.Slots[s-1].Phase != flow.Tick {
			before = after
		}
		for k := s; k < next; k++ {
			share := float64(k-s+1) / float64(next-s+1)
			row := make([]float64, len(after))
			for j := range row {
				row[j] = before[j] + share*(after[j]-before[j])
			}
			t.at[k] = row
		}
		s = next
	}
}

// row is the positions of one traded asset at a slot.
func (t *table) row(slot, asset int) []float64 {
	return t.at[slot][asset*t.points : (asset+1)*t.points]
}

// cell finds the cell of a relative price and the share of the way through it. Prices beyond the grid,
// and what is no number, take the end of it.
func (t *table) cell(price float64) (k int, f float64) {
	x := (price - t.low) * t.inverse
	k = int(x)
	if uint(k) > uint(t.points-2) || !(x >= 0) {
		return t.beyond(x)
	}
	return k, x - float64(k)
}

// beyond is cell outside the grid.
//
//go:noinline
func (t *table) beyond(x float64) (k int, f float64) {
	if x > 0 {
		return t.points - 2, 1
	}
	return 0, 0
}

// hold sets held to the positions of one traded asset at the prices of a slot.
func (t *table) hold(held []float64, slot, asset int, price []float64) {
	row := t.row(slot, asset)
	for i, p := range price {
		k, f := t.cell(p)
		held[i] = row[k] + float64(f*(row[k+1]-row[k]))
	}
}

// finite reports whether x is a number.
func finite(x float64) bool { return x-x == 0 && !math.IsNaN(x) }
