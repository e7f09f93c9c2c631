package cascade

import (
	"errors"
	"math"

	"faultline/flow"
	"faultline/impact"
)

// Noise is what moves prices besides the participants: a diffusion of each asset's own volatility, less
// overnight than a session has hours, and now and then news at an opening.
type Noise struct {
	Vol       []float64 // standard deviation of a session, by asset, news and night included
	Loading   []float64 // of each asset on news, in its own volatilities
	Corr      []float64 // correlation of the diffusion, by rows
	Overnight float64   // share of the diffusion's variance that comes at the opening
	NewsRate  float64   // probability of news in a session
	NewsSize  float64   // its standard deviation, in volatilities of a session
}

// scales are the diffusion of each slot, and whether news may come.
type scales struct {
	weight [][][]float64 // [slot][asset], on the normals of the assets up to it; nil where nothing diffuses
	news   []bool
	jump   []float64 // by asset, for a standard normal
	rate   float64
	assets int
}

var errNews = errors.New("simulate: news takes more variance than there is: lower its rate or size")

func (n *Noise) scales(t flow.Timeline) (*scales, error) {
	k := len(n.Vol)
	if len(n.Corr) != k*k || len(n.Loading) != k {
		return nil, errors.New("simulate: noise of unequal numbers of assets")
	}
	lower, err := impact.Cholesky(n.Corr, k)
	if err != nil {
		return nil, err
	}
	s := &scales{rate: n.NewsRate, assets: k}
	calm := make([]float64, k) // what news leaves of the variance
	for a := range k {
		s.jump = append(s.jump, n.Vol[a]*n.Loading[a]*n.NewsSize)
		calm[a] = 1 - n.NewsRate*n.NewsSize*n.NewsSize*n.Loading[a]*n.Loading[a]
		if !(calm[a] > 0) {
			return nil, errNews
		}
	}
	for _, slot := range t.Slots {
		share := 0.0
		switch slot.Phase {
		case flow.Open:
			share = n.Overnight
		case flow.Tick:
			share = (1 - n.Overnight) * slot.Frac
		}
		var weight [][]float64
		for a := range k {
			if share == 0 {
				break
			}
			sd := n.Vol[a] * math.Sqrt(share*calm[a])
			row := make([]float64, a+1)
			for b := range row {
				row[b] = lower[a*k+b] * sd
			}
			weight = append(weight, row)
		}
		s.weight = append(s.weight, weight)
		s.news = append(s.news, slot.Phase == flow.Open && n.NewsRate > 0)
	}
	return s, nil
}

// fill writes the moves of every slot, asset and lane of a block: [slot][asset·lanes + lane]. They depend
// on the seed, the block and the place only, so that every case of a block meets the same ones.
func (s *scales) fill(dst [][]float64, z []float64, seed uint64, block int) {
	const n = flow.Lanes
	z = z[:s.assets*n]
	for slot, row := range dst {
		key := keyOf(seed, uint64(block), uint64(slot))
		if s.weight[slot] == nil {
			clear(row)
		} else {
			normals(z, key)
			for a, w := range s.weight[slot] {
				combine(row[a*n:a*n+n], z, w)
			}
		}
		if s.news[slot] {
			s.jumps(row, key)
		}
	}
}

// jumps adds news, the same to all assets of a lane.
func (s *scales) jumps(row []float64, key uint64) {
	const n = flow.Lanes
	var z [1]float64
	for l := range n {
		own := keyOf(key, 1, uint64(l))
		if uniform(mix(own)) >= s.rate {
			continue
		}
		normals(z[:], keyOf(own, 2))
		for a := range s.assets {
			row[a*n+l] += s.jump[a] * z[0]
		}
	}
}
