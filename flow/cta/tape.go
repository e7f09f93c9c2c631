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

// Tape is what is traded from the State's instant to the horizon if every equity market ends at a
// number of its own standard deviations over about a year (cta.tape_span).
type Tape struct {
	Horizon    Horizon
	Shape      Shape
	Return     float64 // of the S&P 500, to the horizon
	Global, US Amount
}

// Amount is a flow in dollars: quantiles over random paths of the same end and draws of the uncertain
// assumptions. Error is the root mean square error of P50 on published flows that were left out of the
// fit.
type Amount struct {
	P05, P50, P95 float64
	Error         float64
}

// tapes walks the tapes: each lane of a walk is a Brownian bridge to the same end, the same ones for
// every draw. A straight line would not do: its returns are all alike, so that the programs would
// measure a volatility near zero and lever up. The end stands in deviations of a longer time than that by
// which positions are scaled: after a crash a desk's tape does not reach as far as the crash did, but the
// path is as rough as the market. The risk budget, nil where there is none, is taken at the
// State's instant.
func tapes(ctx context.Context, s *market.State, a assumption.Set, g *panel, whole *budget) (out [2][4]Tape, err error) {
	draws := int(a.Value("band.draws"))
	seed := uint64(a.Value("band.seed"))
	p := read(a).under(whole)
	for h, n := range horizonSessions {
		t, err := flow.Sessions(calendar.NYSE(), s.At(), n)
		if err != nil {
			return out, err
		}
		e := &flow.Env{State: s, Assume: a, Timeline: t}
		var end, rough []float64 // volatilities a session of each market
		for _, l := range g.legs {
			price := l.shot.close
			if !(price > 0) {
				price = 1
			}
			e.Assets = append(e.Assets, flow.Asset{ID: l.id, Price: price, LastClose: price})
			end, rough = append(end, l.shot.wideVol(&p)), append(rough, l.shot.vol(&p))
		}
		wander := bridges(seed, n, len(end), &p)
		base, err := walkTapes(ctx, e, g, &p, n, end, rough, wander)
		if err != nil {
			return out, err
		}
		var samples [4][2][]float64
		for d := -1; d < draws; d++ {
			flows, scale := base, 1.0
			if d >= 0 {
				drawn := read(a.Draw(seed, d)).under(whole)
				if scale = drawn.risk / p.risk; !drawn.sized(&p) {
					scale = 1
					if flows, err = walkTapes(ctx, e, g, &drawn, n, end, rough, wander); err != nil {
						return out, err
					}
				}
			}
			for shape := range flows {
				for area := range flows[shape] {
					for _, v := range flows[shape][area] {
						samples[shape][area] = append(samples[shape][area], scale*v)
					}
				}
			}
		}
		for shape, sigmas := range shapeSigmas {
			x := &out[h][shape]
			*x = Tape{Horizon: Horizon(h), Shape: Shape(shape), Return: math.Expm1(sigmas * end[0] * math.Sqrt(float64(n)))}
			for i, to := range []*Amount{&x.Global, &x.US} {
				v := samples[shape][i]
				sort.Float64s(v)
				*to = Amount{P05: quantile(v, .05), P50: quantile(v, .5), P95: quantile(v, .95)}
			}
			x.Global.Error = g.errorOf(a, Horizons[h]+"_global")
			x.US.Error = a.Value("cta.error_" + Horizons[h] + "_us")
		}
	}
	return out, nil
}

// walkTapes returns the flows of each shape, area and lane.
func walkTapes(ctx context.Context, e *flow.Env, g *panel, p *params, n int, end, rough, wander []float64) (out [4][2][flow.Lanes]float64, err error) {
	prog := newProgram(p, e)
	for i := range g.legs {
		prog.add(e, g.legs[i], i)
	}
	whole := p.unknown(g.known)
	w := flow.NewWalk(e, []flow.Player{{Name: "cta", Program: prog}})
	price := make([]float64, len(e.Assets)*flow.Lanes)
	for shape, sigmas := range shapeSigmas {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		global, us := &out[shape][0], &out[shape][1]
		w.Start()
		for i := range e.Timeline.Slots {
			done := closes(e.Timeline, i)
			for k := range price {
				asset := k / flow.Lanes
				price[k] = math.Exp(end[asset]*sigmas*math.Sqrt(float64(n))*float64(done)/float64(n) + rough[asset]*wander[done*len(price)+k])
			}
			if err := w.Step(i, price); err != nil {
				return out, err
			}
			for k, units := range w.Orders(0) {
				usd := units * price[k] * e.Assets[k/flow.Lanes].Price
				global[k%flow.Lanes] += whole * usd
				if g.legs[k/flow.Lanes].region == US {
					us[k%flow.Lanes] += usd
				}
			}
		}
	}
	return out, nil
}

// closes is how many closes of the path lie behind the price of a slot: the price stays at the last
// close until the session's tick.
func closes(t flow.Timeline, i int) int {
	s := t.Slots[i]
	done := s.Session
	if s.Phase == flow.Tick && i > 0 || s.Phase == flow.Close || s.Phase == flow.Settle && i > 0 && t.Slots[i-1].Phase == flow.Close {
		done++
	}
	return done
}

// bridges are paths that begin and end at 0, [closes][asset][lane]: Brownian bridges whose standard
// deviation a session, before they are tied down, is the roughness of tapes. Two assets are as
// correlated as regions are. Each lane of an odd number mirrors the one before it, so that the mean over
// lanes is the straight line.
func bridges(seed uint64, n, assets int, p *params) []float64 {
	row := assets * flow.Lanes
	out := make([]float64, (n+1)*row)
	own, common := p.rough*math.Sqrt(1-p.together), p.rough*math.Sqrt(p.together)
	for a := range assets {
		for l := 0; l < flow.Lanes; l += 2 {
			at := a*flow.Lanes + l
			for i := 1; i <= n; i++ {
				x := common*normal(seed, uint64(n), uint64(l), uint64(i), 0) + own*normal(seed, uint64(n), uint64(l), uint64(i), uint64(a+1))
				out[i*row+at] = out[(i-1)*row+at] + x
			}
			end := out[n*row+at]
			for i := 1; i <= n; i++ {
				out[i*row+at] -= end * float64(i) / float64(n)
				out[i*row+at+1] = -out[i*row+at]
			}
		}
	}
	return out
}

// normal is a standard normal that depends on its counters only.
func normal(counters ...uint64) float64 {
	return math.Sqrt2 * math.Erfinv(2*(float64(mix(counters...)>>11)+0.5)/(1<<53)-1)
}

// mix is a hash of counters: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) after each.
func mix(counters ...uint64) uint64 {
	x := uint64(0x9e3779b97f4a7c15)
	for _, c := range counters {
		x ^= c + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}
