package cascade

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"faultline/flow"
)

// Options say what to simulate and what to keep of it.
type Options struct {
	Paths int
	Seed  uint64
	Cases []Case
	// Details are the cases whose distributions are kept.
	Details []int
	// Sums are linear combinations of the final moves of the cases, [sum][case], taken path by path, so
	// that their standard errors know what the cases share.
	Sums [][]float64
	// Levels are the relative moves whose touching is counted.
	Levels []float64
	// Kept are the cases whose final moves are kept path by path and asset by asset.
	Kept []int
	// Below are final moves of which the share of paths below is asked: probability-integral transforms.
	Below []float64
}

// Simulation is paths in time with the participants in the loop. It is immutable and safe for concurrent
// use: blocks of lanes run anywhere, and what they leave merges in any order to the same bytes.
type Simulation struct {
	setup  *Setup
	opts   Options
	seats  []seat
	decay  []decays
	scales *scales
	check  []int // slots of the fan
}

// Distribution is what the paths of one case came to.
type Distribution struct {
	Quantile []float64   // final moves at Quantiles
	Fan      [][]float64 // [checkpoint][quantile]
	Touch    []float64   // share of paths that touched each level
	Below    []float64   // share of paths that ended below each move asked
	Half     []float64   // sessions after which a path had covered half of its final move, at Quantiles
	After    []float64   // the same of what its final move adds to the shock
	Players  []PlayerFlow
}

// PlayerFlow is what one player traded, dollars at the prices of the start.
type PlayerFlow struct {
	Name           string
	Mean           Estimate
	Low, Mid, High float64 // 5, 50 and 95 % quantiles
}

// Quantiles are those of distributions and fans.
var Quantiles = [...]float64{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99}

// Outcome is the result of a simulation.
type Outcome struct {
	Paths       int
	Halted      []int // lanes by case that were halted because a price ran away
	Moves       []Estimate
	Sums        []Estimate
	Details     []Distribution
	Checkpoints []float64 // sessions since the start
	// Final are the relative final moves of the cases kept, [kept][asset][path].
	Final [][][]float64
}

// New prepares a simulation: it reads the tables of the players that allow it.
func New(s *Setup, o Options) (*Simulation, error) {
	if len(s.Env.Timeline.Slots) < 2 {
		return nil, errNoSlots
	}
	if o.Paths < 1 || o.Paths > 1<<30 {
		return nil, fmt.Errorf("simulate: %d paths: between one and 2^30 are taken", o.Paths)
	}
	if len(s.Curves) != len(s.Env.Assets) || s.Cross.Size() != len(s.Env.Assets) || len(s.Noise.Vol) != len(s.Env.Assets) {
		return nil, errors.New("simulate: laws, matrix and noise must be of the assets of the universe")
	}
	if err := s.Decay.Check(); err != nil {
		return nil, err
	}
	for i, c := range o.Cases {
		if len(c.Players) != len(s.Players) || len(c.Shock) != len(s.Env.Assets) {
			return nil, fmt.Errorf("simulate: case %d is of %d players and %d assets", i+1, len(c.Players), len(c.Shock))
		}
		for _, x := range c.Shock {
			if err := CheckShock(x); err != nil {
				return nil, err
			}
		}
	}
	m := &Simulation{setup: s, opts: o, decay: decaysOf(s.Env.Timeline, s.Decay)}
	var err error
	if m.scales, err = s.Noise.scales(s.Env.Timeline); err != nil {
		return nil, err
	}
	tables := s.Tables
	if tables == nil {
		if tables, err = ReadTables(s.Env, s.Players); err != nil {
			return nil, err
		}
	}
	if !tables.are(s.Env, s.Players) {
		return nil, errors.New("simulate: the tables are of other players or of another timeline")
	}
	for i, p := range s.Players {
		x := seat{player: p, table: tables.of[i], width: p.Program.Width()}
		x.start = make([]float64, x.width*flow.Lanes)
		p.Program.Start(x.start)
		m.seats = append(m.seats, x)
	}
	since := 0.0
	for i, slot := range s.Env.Timeline.Slots {
		since += slot.Frac
		if slot.Phase == flow.Close || i == 0 || slot.Session == 0 && slot.Phase == flow.Tick && since >= refresh-1e-9 {
			m.check, since = append(m.check, i), 0
		}
	}
	return m, nil
}

// ShockError says that a shock is not one that a price can take.
type ShockError struct{ Move float64 }

func (e *ShockError) Error() string {
	return fmt.Sprintf("a shock of %g %% leaves nothing to trade: it must be above −100 %% and below +1000 %%", 100*e.Move)
}

// CheckShock refuses shocks that take a price to zero or below, and numbers that are none.
func CheckShock(move float64) error {
	if !(move > -1 && move < 10) {
		return &ShockError{move}
	}
	return nil
}

// sums are what a shard of blocks leaves behind.
type sums struct {
	halted  []int
	moves   []estimate
	sums    []estimate
	details []*detail
}

func (m *Simulation) newSums() *sums {
	s := &sums{halted: make([]int, len(m.opts.Cases)), moves: make([]estimate, len(m.opts.Cases)), sums: make([]estimate, len(m.opts.Sums))}
	for range m.opts.Details {
		s.details = append(s.details, newDetail(len(m.check), len(m.seats), len(m.decay), len(m.opts.Levels)))
	}
	return s
}

func (s *sums) merge(o *sums) {
	for i := range s.moves {
		s.halted[i] += o.halted[i]
		s.moves[i].merge(&o.moves[i])
	}
	for i := range s.sums {
		s.sums[i].merge(&o.sums[i])
	}
	for i := range s.details {
		s.details[i].merge(o.details[i])
	}
}

func (m *Simulation) blocks() int { return (m.opts.Paths + flow.Lanes - 1) / flow.Lanes }

// shard runs the blocks from first to before last, and puts what is kept of them into its place in final.
func (m *Simulation) shard(ctx context.Context, first, last int, final [][][]float64) (*sums, error) {
	out := m.newSums()
	g := newEngine(m.setup, m.seats)
	finals := make([]float64, len(m.opts.Cases)*flow.Lanes)
	z := make([]float64, g.n)
	watched := make([]int, len(m.opts.Cases))
	for i, c := range m.opts.Details {
		watched[c] = i + 1
	}
	for b := first; b < last; b++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.scales.fill(g.noise, z, m.opts.Seed, b)
		lanes := min(flow.Lanes, m.opts.Paths-b*flow.Lanes)
		for i := range m.opts.Cases {
			g.watch = watched[i] > 0
			if err := g.run(&m.opts.Cases[i], m.decay); err != nil {
				return nil, err
			}
			for l := range lanes {
				x := g.free[l] + g.pushed[l]
				finals[i*flow.Lanes+l] = x
				out.moves[i].add(x)
				if g.halted[l] {
					out.halted[i]++
				}
			}
			for k, c := range m.opts.Kept {
				if c == i {
					for a, row := range final[k] {
						for l := range lanes {
							row[b*flow.Lanes+l] = g.free[a*flow.Lanes+l] + g.pushed[a*flow.Lanes+l]
						}
					}
				}
			}
			if g.watch {
				m.keep(out.details[watched[i]-1], g, lanes, m.opts.Cases[i].Shock[0])
			}
		}
		for k, w := range m.opts.Sums {
			for l := range lanes {
				x := 0.0
				for i, f := range w {
					if f != 0 {
						x += f * finals[i*flow.Lanes+l]
					}
				}
				out.sums[k].add(x)
			}
		}
	}
	return out, nil
}

// keep adds a block of lanes to the distribution of a case that begins with a shock.
func (m *Simulation) keep(d *detail, g *engine, lanes int, shock float64) {
	const n = flow.Lanes
	last := len(m.decay) - 1
	for l := range lanes {
		final := g.path[last*n+l]
		d.final.add(final)
		for i, s := range m.check {
			d.fan[i].add(g.path[s*n+l])
		}
		low, high := 0.0, 0.0
		half, after := -1, -1
		for s := range m.decay {
			x := g.path[s*n+l]
			low, high = min(low, x), max(high, x)
			if half < 0 && covers(x, final) {
				half = s
			}
			if after < 0 && covers(x-shock, final-shock) {
				after = s
			}
		}
		d.half[max(half, 0)]++
		d.after[max(after, 0)]++
		for i, level := range m.opts.Levels {
			if level < 0 && low <= level || level > 0 && high >= level {
				d.touch[i]++
			}
		}
		for i := range m.seats {
			d.flow[i].add(g.flows[i][l])
			d.paid[i].add(g.flows[i][l] / 1e9)
		}
	}
}

// covers reports whether x is half of the way to final, or more.
func covers(x, final float64) bool { return x*math.Copysign(1, final) >= math.Abs(final)/2 }

// Run walks all paths in the given number of shards, on as many cores as there are. The outcome depends
// on neither.
func (m *Simulation) Run(ctx context.Context, shards int) (*Outcome, error) {
	blocks := m.blocks()
	shards = min(max(shards, 1), blocks)
	parts, errs := make([]*sums, shards), make([]error, shards)
	final := make([][][]float64, len(m.opts.Kept)) // shards write to different paths of it
	for k := range final {
		for range m.setup.Env.Assets {
			final[k] = append(final[k], make([]float64, m.opts.Paths))
		}
	}
	parallel(shards, func(i int) {
		parts[i], errs[i] = m.shard(ctx, i*blocks/shards, (i+1)*blocks/shards, final)
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all.merge(p)
	}
	out := m.outcome(all)
	out.Final = final
	return out, nil
}

// Shards is a number of shards that keeps all cores busy to the end.
func (m *Simulation) Shards() int { return 4 * runtime.GOMAXPROCS(0) }

func (m *Simulation) outcome(s *sums) *Outcome {
	n := m.opts.Paths
	o := &Outcome{Paths: n, Halted: s.halted}
	for i := range s.moves {
		o.Moves = append(o.Moves, s.moves[i].over(n))
	}
	for i := range s.sums {
		o.Sums = append(o.Sums, s.sums[i].over(n))
	}
	elapsed := make([]float64, len(m.decay))
	t := 0.0
	for i, slot := range m.setup.Env.Timeline.Slots {
		t += slot.Frac
		elapsed[i] = t
	}
	for _, c := range m.check {
		o.Checkpoints = append(o.Checkpoints, elapsed[c])
	}
	for k, d := range s.details {
		x := Distribution{}
		for _, q := range Quantiles {
			x.Half = append(x.Half, elapsed[quantileOf(d.half, q)])
			x.After = append(x.After, elapsed[quantileOf(d.after, q)])
			x.Quantile = append(x.Quantile, d.final.quantile(q))
		}
		for i := range d.fan {
			var row []float64
			for _, q := range Quantiles {
				row = append(row, d.fan[i].quantile(q))
			}
			x.Fan = append(x.Fan, row)
		}
		for _, c := range d.touch {
			x.Touch = append(x.Touch, float64(c)/float64(n))
		}
		for _, move := range m.opts.Below {
			x.Below = append(x.Below, d.final.below(move))
		}
		for i, p := range m.seats {
			if !m.opts.Cases[m.opts.Details[k]].Players[i] {
				continue
			}
			f := PlayerFlow{Name: p.player.Name, Mean: d.paid[i].over(n)}
			f.Mean.Mean *= 1e9
			f.Mean.Error *= 1e9
			f.Low, f.Mid, f.High = d.flow[i].quantile(0.05), d.flow[i].quantile(0.5), d.flow[i].quantile(0.95)
			x.Players = append(x.Players, f)
		}
		o.Details = append(o.Details, x)
	}
	return o
}
