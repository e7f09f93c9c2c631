package portfolio

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"faultline/black"
)

// Paths are the moves of assets from now to a horizon.
type Paths struct {
	Assets []string
	Moves  [][]float64 // [asset][path], relative: −0.1 is a fall of 10 %; above −1
	// Vol is by path what the implied volatility of 30 days is multiplied by; nil leaves volatility with its
	// strike. Options of another life follow by Term.
	Vol   []float64
	Term  float64 // years up to which volatility moves in full; beyond, by √(Term/life)
	Years float64 // that pass
}

// Len is the number of paths.
func (p *Paths) Len() int {
	if len(p.Moves) == 0 {
		return 0
	}
	return len(p.Moves[0])
}

// block is how many options are repriced at once: their columns stay in the cache of a core.
const block = 512

// scratch is the columns of one worker. The three greeks that nobody asks for share one column each, as the
// kernel writes them all.
type scratch struct {
	forward, vol  [block]float64
	first, second [5][block]float64
	move          []float64 // by asset of the book
}

// prepared is a book under the time that passes on the paths.
type prepared struct {
	*Book
	paths *Paths
	row   []int     // of Moves, by asset of the book
	years []float64 // left, by option
	reach []float64 // of a move of volatility, by option
}

func (b *Book) prepare(p *Paths) (*prepared, error) {
	x := &prepared{Book: b, paths: p}
	for _, a := range b.Assets {
		i := slices.Index(p.Assets, a)
		if i < 0 {
			return nil, fmt.Errorf("reprice: the paths have no moves of %s: give its daily prices", a)
		}
		for j, m := range p.Moves[i] {
			if !(m > -1) || math.IsInf(m, 0) {
				return nil, fmt.Errorf("reprice: path %d moves %s by %v, which no price can take", j+1, a, m)
			}
		}
		x.row = append(x.row, i)
	}
	if p.Vol != nil && len(p.Vol) != p.Len() {
		return nil, fmt.Errorf("reprice: %d moves of volatility for %d paths", len(p.Vol), p.Len())
	}
	for j, v := range p.Vol {
		if !(v > 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("reprice: path %d multiplies volatility by %v: it must be above 0", j+1, v)
		}
	}
	for _, t := range b.options.years {
		left := max(0, t-p.Years)
		x.years = append(x.years, left)
		reach := 1.0
		if p.Term > 0 && left > p.Term {
			reach = math.Sqrt(p.Term / left)
		}
		x.reach = append(x.reach, reach)
	}
	return x, nil
}

// Reprice returns the profit and loss of the book by path, dollars. Every option is priced anew on every path:
// forward moved with its underlying, volatility of its strike times 1 + (Vol − 1)·min(1, √(Term/life)), less
// time; the discount stays. Options whose life ends within the horizon count with their intrinsic value at the
// path's end.
//
// The price is F·δ(F, K) + K·δ'(K, F), where δ is the undiscounted Black-76 delta of the option and δ' that of the
// other side with forward and strike exchanged: since d1(K, F) = −d2(F, K), a call is F·Φ(d1) − K·Φ(d2). Both come
// from the batch kernels of black. The error is below 2⁻⁴⁶·(F + K) absolute, far under a tick.
//
// Paths are shared out among the cores; each is summed in the order of the positions, so that the result does not
// depend on their number.
func (b *Book) Reprice(ctx context.Context, p *Paths) ([]float64, error) {
	x, err := b.prepare(p)
	if err != nil {
		return nil, err
	}
	out := make([]float64, p.Len())
	start := b.total()
	return out, x.each(ctx, p.Len(), func(s *scratch, j int) {
		sum := 0.0
		for i, u := range b.linear {
			if u != 0 {
				sum += u * b.Spot[b.asset[i]] * s.move[b.asset[i]]
			}
		}
		value := 0.0
		x.optionValues(s, j, func(_ int, v float64) { value += v })
		out[j] = sum + value - start
	})
}

// total is the value of the options now.
func (b *Book) total() float64 {
	sum := 0.0
	for _, i := range b.options.at {
		sum += b.Value[i]
	}
	return sum
}

// ByPosition returns the profit and loss of every position on some of the paths: [path of the list][position].
func (b *Book) ByPosition(ctx context.Context, p *Paths, list []int) ([][]float64, error) {
	x, err := b.prepare(p)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(list))
	return out, x.eachOf(ctx, list, func(s *scratch, k, j int) {
		row := make([]float64, len(b.Positions))
		for i, u := range b.linear {
			row[i] = u * b.Spot[b.asset[i]] * s.move[b.asset[i]]
		}
		x.optionValues(s, j, func(o int, v float64) {
			i := b.options.at[o]
			row[i] = v - b.Value[i]
		})
		out[k] = row
	})
}

// optionValues prices all options on one path.
func (x *prepared) optionValues(s *scratch, j int, each func(option int, value float64)) {
	c := &x.options
	vol := 1.0
	if x.paths.Vol != nil {
		vol = x.paths.Vol[j]
	}
	for from := 0; from < len(c.at); from += block {
		n := min(block, len(c.at)-from)
		for i := range n {
			k := from + i
			s.forward[i] = c.forward[k] * (1 + s.move[c.asset[k]])
			s.vol[i] = c.vol[k] * (1 + (vol-1)*x.reach[k])
		}
		columns := func(g *[5][block]float64) black.GreekColumns {
			return black.GreekColumns{Delta: g[0][:n], Gamma: g[1][:n], Vega: g[2][:n], Vanna: g[3][:n], Charm: g[4][:n]}
		}
		to := from + n
		black.GreeksBatch(columns(&s.first), c.right[from:to], s.forward[:n], c.strike[from:to], x.years[from:to], s.vol[:n])
		black.GreeksBatch(columns(&s.second), c.other[from:to], c.strike[from:to], s.forward[:n], x.years[from:to], s.vol[:n])
		for i := range n {
			k := from + i
			each(k, c.units[k]*c.discount[k]*(s.forward[i]*s.first[0][i]+c.strike[k]*s.second[0][i]))
		}
	}
}

// each runs f over all paths on all cores.
func (x *prepared) each(ctx context.Context, n int, f func(s *scratch, j int)) error {
	return x.share(ctx, n, func(s *scratch, j int) {
		x.at(s, j)
		f(s, j)
	})
}

// eachOf runs f over the paths of a list.
func (x *prepared) eachOf(ctx context.Context, list []int, f func(s *scratch, k, j int)) error {
	return x.share(ctx, len(list), func(s *scratch, k int) {
		x.at(s, list[k])
		f(s, k, list[k])
	})
}

// at reads the moves of one path.
func (x *prepared) at(s *scratch, j int) {
	for i, row := range x.row {
		s.move[i] = x.paths.Moves[row][j]
	}
}

// share runs f for 0 ≤ k < n, in stretches of consecutive numbers by core, and stops early when ctx is done.
func (x *prepared) share(ctx context.Context, n int, f func(s *scratch, k int)) error {
	workers := max(1, min(runtime.GOMAXPROCS(0), n))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s := &scratch{move: make([]float64, len(x.row))}
			for k := w * n / workers; k < (w+1)*n/workers; k++ {
				if k%64 == 0 && ctx.Err() != nil {
					return
				}
				f(s, k)
			}
		}()
	}
	wg.Wait()
	return ctx.Err()
}
