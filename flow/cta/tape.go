package cta

import (
	"context"
	"math"
	"sort"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/flow"
	"faultline/market"
)

// Horizon is how far a tape reaches.
type Horizon int

// The horizons.
const (
	OneWeek  Horizon = iota // 5 sessions
	OneMonth                // 21 sessions
)

// Horizons are the names of the horizons in the order of Reading.Tapes.
var Horizons = [2]string{"1w", "1m"}

var horizonSessions = [2]int{5, 21}

// Shape is where a tape ends.
type Shape int

// The shapes.
const (
	Flat Shape = iota
	Up
	Down
	DownBig
)

// Shapes are the names of the shapes in the order of Reading.Tapes.
var Shapes = [4]string{"flat", "up", "down", "down_big"}

// shapeSigmas is the move of each shape in standard deviations over its horizon.
var shapeSigmas = [4]float64{0, 2, -2, -2.5}

// Tape is what is traded from the State's instant to the horizon if the index ends at a given place.
type Tape struct {
	Horizon    Horizon
	Shape      Shape
	Return     float64 // of the index, to the horizon
	Global, US Amount
}

// Amount is a flow in dollars. Central belongs to the straight path at the assumptions in force; the
// quantiles are over random paths of the same end and draws of the uncertain assumptions.
type Amount struct {
	Central, P05, P50, P95 float64
}

// tapes walks the tapes. Lane 0 of each walk is the straight path; the other lanes are Brownian
// bridges to the same end, the same ones for every draw.
func tapes(ctx context.Context, s *market.State, a assumption.Set, shot *snapshot) (out [2][4]Tape, err error) {
	draws := int(a.Value("band.draws"))
	seed := uint64(a.Value("band.seed"))
	p := read(a)
	sigma := shot.vol(&p)
	for h, n := range horizonSessions {
		t, err := flow.Sessions(calendar.NYSE(), s.At(), n)
		if err != nil {
			return out, err
		}
		e := &flow.Env{
			State: s, Assume: a, Timeline: t,
			Assets: []flow.Asset{{ID: Instrument, Price: shot.close, LastClose: shot.close}},
		}
		wander := bridges(seed, n, sigma)
		var samples [4][2][]float64
		for d := -1; d < draws; d++ {
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			drawn := p
			if d >= 0 {
				drawn = read(a.Draw(seed, d))
				drawn = p.uncertain(drawn)
			}
			g := newProgram(&drawn, shot, e, 0)
			w := flow.NewWalk(e, []flow.Player{{Name: "cta", Program: g}})
			price := make([]float64, flow.Lanes)
			for shape, sigmas := range shapeSigmas {
				end := sigmas * sigma * math.Sqrt(float64(n)/year)
				var usd [flow.Lanes]float64
				w.Start()
				for i := range t.Slots {
					done := position(t, i)
					for l := range flow.Lanes {
						price[l] = math.Exp(end*float64(done)/float64(n) + wander[done*flow.Lanes+l])
					}
					if err := w.Step(i, price); err != nil {
						return out, err
					}
					for l, units := range w.Orders(0) {
						usd[l] += units * price[l] * shot.close
					}
				}
				if d < 0 {
					out[h][shape] = Tape{
						Horizon: Horizon(h), Shape: Shape(shape), Return: math.Expm1(end),
						Global: Amount{Central: usd[0] / drawn.us}, US: Amount{Central: usd[0]},
					}
				}
				for _, v := range usd {
					samples[shape][0] = append(samples[shape][0], v/drawn.us)
					samples[shape][1] = append(samples[shape][1], v)
				}
			}
		}
		for shape := range samples {
			for i, to := range []*Amount{&out[h][shape].Global, &out[h][shape].US} {
				v := samples[shape][i]
				sort.Float64s(v)
				to.P05, to.P50, to.P95 = quantile(v, .05), quantile(v, .5), quantile(v, .95)
			}
		}
	}
	return out, nil
}

// position is how many closes of the path lie behind the price of a slot: the price stays at the last
// close until the session's tick.
func position(t flow.Timeline, i int) int {
	s := t.Slots[i]
	done := s.Session
	if s.Phase == flow.Tick && i > 0 || s.Phase == flow.Close || s.Phase == flow.Settle && i > 0 && t.Slots[i-1].Phase == flow.Close {
		done++
	}
	return done
}

// bridges are the deviations of the log price from the straight line, [closes][lane]: zero in lane 0,
// Brownian bridges with the volatility sigma in the others.
func bridges(seed uint64, n int, sigma float64) []float64 {
	out := make([]float64, (n+1)*flow.Lanes)
	daily := sigma / math.Sqrt(year)
	for l := 1; l < flow.Lanes; l++ {
		for i := 1; i <= n; i++ {
			out[i*flow.Lanes+l] = out[(i-1)*flow.Lanes+l] + daily*normal(seed, uint64(n), uint64(l), uint64(i))
		}
		end := out[n*flow.Lanes+l]
		for i := 1; i <= n; i++ {
			out[i*flow.Lanes+l] -= end * float64(i) / float64(n)
		}
	}
	return out
}

// normal is a standard normal that depends on its counters only: the inverse error function of a
// SplitMix64 hash (Steele, Lea and Flood 2014).
func normal(counters ...uint64) float64 {
	x := uint64(0x9e3779b97f4a7c15)
	for _, c := range counters {
		x ^= c + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return math.Sqrt2 * math.Erfinv(2*(float64(x>>11)+0.5)/(1<<53)-1)
}
