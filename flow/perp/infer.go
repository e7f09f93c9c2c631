package perp

import (
	"math"

	"faultline/assumption"
)

// step is one interval of the past, as inference sees it.
type step struct {
	end       int64   // Unix seconds at which it was known
	days      float64 // length
	low, high float64 // dollars
	volume    float64 // relative to the mean of its table; 1 where the table has none
	interest  float64 // open interest at its end, coins
	premium   float64 // funding a year, or the basis put as such; NaN in a gap
}

// leverages are the classes of leverage over which inference spreads positions.
var leverages = [...]float64{2, 3, 5, 10, 20, 50, 100}

// leverageNames are their names in the register.
var leverageNames = [...]string{"2", "3", "5", "10", "20", "50", "100"}

// mix is the numbers of inference.
type mix struct {
	weight   [len(leverages)]float64 // share of each class, adding up to 1
	share    []float64               // by venue, adding up to 1
	levered  float64                 // share of the open interest on each side that can be liquidated
	tilt     float64                 // by how much funding moves it
	scale    float64                 // funding a year at which the tilt is at 76 % of its end
	halfLife float64                 // days of mean volume after which half of the positions have been renewed
	step     float64                 // of the grid, log price
	typical  float64                 // dollars of one position
	coverage float64                 // share of the market that the data cover
}

func readMix(a assumption.Set) mix {
	m := mix{
		levered: a.Value("perp.levered"), tilt: a.Value("perp.funding_tilt"), scale: a.Value("perp.funding_scale"),
		halfLife: a.Value("perp.half_life"), step: a.Value("perp.infer_step"), typical: a.Value("perp.typical"),
		coverage: a.Value("perp.coverage"),
	}
	sum := 0.0
	for k, name := range leverageNames {
		m.weight[k] = a.Value("perp.weight_" + name)
		sum += m.weight[k]
	}
	for k := range m.weight {
		if sum > 0 {
			m.weight[k] /= sum
		}
	}
	sum = 0
	for _, name := range VenueNames {
		x := a.Value("perp.share_" + name)
		m.share = append(m.share, x)
		sum += x
	}
	for k := range m.share {
		if sum > 0 {
			m.share[k] /= sum
		}
	}
	return m
}

// shares are the shares of longs and of shorts that can be liquidated. Whoever pays funding holds the
// leveraged side; the other side is partly those who earn it, hedged.
func (m *mix) shares(premium float64) (long, short float64) {
	x := 0.0
	if !math.IsNaN(premium) {
		x = m.tilt * math.Tanh(premium/m.scale)
	}
	clamp := func(v float64) float64 { return math.Min(math.Max(v, 0), 1) }
	return clamp(m.levered + x), clamp(m.levered - x)
}

// stack is the positions of one market by entry price, side and class of leverage. Units are kept relative
// to a scale of the side, so that ageing all of them is one multiplication.
type stack struct {
	mix    *mix
	origin float64                    // log price of bucket 0
	keep   [2][len(leverages)]float64 // liquidation price over entry
	units  [2][len(leverages)][]float64
	edge   [2][len(leverages)]int // bucket that is liquidated first: the highest of longs, the lowest of shorts
	scale  [2]float64
	total  [2]float64 // units, scaled
	Dead   float64    // coins that left because the price had passed their liquidation
}

// buckets bound the grid: a factor of e^±2 about the last price.
const gridLog = 2

func newStack(m *mix, coin string, mark float64, venues []Venue) *stack {
	n := int(2*gridLog/m.step) + 1
	s := &stack{mix: m, origin: math.Log(mark) - gridLog, scale: [2]float64{1, 1}}
	for k, l := range leverages {
		for side, sign := range []float64{1, -1} {
			s.units[side][k] = make([]float64, n)
			s.edge[side][k] = []int{-1, n}[side]
			for v := range venues {
				units := m.typical / mark
				margin := m.typical / l
				if p, _ := venues[v].Liquidation(coin, sign*units, mark, margin); p > 0 {
					s.keep[side][k] += m.share[v] * p / mark
				} else {
					s.keep[side][k] += m.share[v] * []float64{0, math.Inf(1)}[side]
				}
			}
		}
	}
	return s
}

func (s *stack) bucket(price float64) int {
	i := int(math.Floor((math.Log(price) - s.origin) / s.mix.step))
	return min(max(i, 0), len(s.units[0][0])-1)
}

func (s *stack) price(bucket int) float64 {
	return math.Exp(s.origin + (float64(bucket)+0.5)*s.mix.step)
}

// advance lets one step pass: positions whose liquidation price was traded leave, the rest age with what
// was traded, and what open interest is short of is booked over the prices of the step.
func (s *stack) advance(x *step) {
	for side := range 2 {
		for k := range leverages {
			s.bury(side, k, x.low, x.high)
		}
		left := math.Exp2(-x.days * x.volume / s.mix.halfLife)
		s.scale[side] *= left
		s.total[side] *= left
		if s.scale[side] < 1e-200 {
			s.rescale(side)
		}
	}
	long, short := s.mix.shares(x.premium)
	for side, share := range []float64{long, short} {
		want := share * x.interest
		switch {
		case want > s.total[side]:
			s.book(side, want-s.total[side], x.low, x.high)
		case s.total[side] > 0:
			s.scale[side] *= want / s.total[side]
			s.total[side] = want
			if want == 0 {
				s.rescale(side)
			}
		}
	}
}

// bury removes what the step's low or high has liquidated.
func (s *stack) bury(side, k int, low, high float64) {
	units := s.units[side][k]
	for {
		i := s.edge[side][k]
		if i < 0 || i >= len(units) {
			return
		}
		at := s.price(i) * s.keep[side][k]
		if side == 0 && at < low || side == 1 && at > high {
			return
		}
		s.total[side] -= units[i] * s.scale[side]
		s.Dead += units[i] * s.scale[side]
		units[i] = 0
		if side == 0 {
			s.edge[side][k]--
		} else {
			s.edge[side][k]++
		}
	}
}

// book adds units over a range of prices, by leverage.
func (s *stack) book(side int, units, low, high float64) {
	i, j := s.bucket(low), s.bucket(high)
	each := units / s.scale[side] / float64(j-i+1)
	for k, w := range s.mix.weight {
		if w == 0 {
			continue
		}
		for b := i; b <= j; b++ {
			s.units[side][k][b] += each * w
		}
		if side == 0 {
			s.edge[side][k] = max(s.edge[side][k], j)
		} else {
			s.edge[side][k] = min(s.edge[side][k], i)
		}
	}
	s.total[side] += units
}

// rescale writes the scale into the units.
func (s *stack) rescale(side int) {
	sum := 0.0
	for k := range s.units[side] {
		for i := range s.units[side][k] {
			s.units[side][k][i] *= s.scale[side]
			sum += s.units[side][k][i]
		}
	}
	s.scale[side], s.total[side] = 1, sum
}

// positions are the stack's rows as positions. Those that the mark has passed since the last step are left
// out: they are dead. A row stands for as many owners as positions of typical size make it up. Coverage
// scales what the data cover up to the market.
func (s *stack) positions(coin, venue string, mark float64, venues []Venue) []Position {
	var out []Position
	for side, sign := range []float64{1, -1} {
		for k, l := range leverages {
			for i, u := range s.units[side][k] {
				units := u * s.scale[side] / s.mix.coverage
				if !(units > 0) {
					continue
				}
				entry := s.price(i)
				for v := range venues {
					part := s.mix.share[v] * units
					if venue != "" {
						part = 0
						if venues[v].Name == venue {
							part = units
						}
					}
					if part == 0 {
						continue
					}
					p, _ := venues[v].Liquidation(coin, sign*s.mix.typical/entry, entry, s.mix.typical/l)
					if side == 0 && p >= mark || side == 1 && p <= mark {
						continue
					}
					out = append(out, Position{
						Venue: venues[v].Name, Coin: coin, Units: sign * part, Entry: entry, Margin: missing, Leverage: l,
						Owners: part * entry / s.mix.typical,
					})
				}
			}
		}
	}
	return out
}
