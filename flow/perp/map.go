package perp

import (
	"math"

	"faultline/assumption"
)

// Map is the dollars of positions that are liquidated at each price of one coin, the prices of all others
// standing still.
type Map struct {
	Coin   string
	Mark   float64        // dollars
	Price  []float64      // middle of each bin, rising
	Step   float64        // width of a bin, as a share of the mark
	Sold   []float64      // longs, at the liquidation price
	Bought []float64      // shorts
	Venue  [][2][]float64 // by venue: the same, for longs and shorts

	LongUSD, ShortUSD     float64  // all positions, at the mark
	LongNever, ShortNever float64  // of these, dollars of which no price in the map liquidates
	Below, Above          *Cluster // nearest on each side; nil: none
}

// Cluster is a price at which many are liquidated.
type Cluster struct {
	Price    float64 // middle of the bin
	USD      float64 // within the bin
	Distance float64 // from the mark, a share; negative below it
}

// MapOf builds the map of a coin: bins of perp.map_step of the mark within perp.map_range on both sides. A
// cluster is a bin that holds at least perp.cluster_share of what its side has in the map; the nearest one
// counts, and where the bins beside it hold more, the highest of the run of bins that are clusters too.
func (b *Book) MapOf(coin int, a assumption.Set) *Map {
	step, span := a.Value("perp.map_step"), a.Value("perp.map_range")
	n := int(math.Floor(span/step + 1e-9))
	mark := b.Mark[coin]
	m := &Map{
		Coin: b.Coins[coin], Mark: mark, Step: step, Price: make([]float64, 2*n), Sold: make([]float64, 2*n), Bought: make([]float64, 2*n),
		Venue: make([][2][]float64, len(b.Venues)),
	}
	for i := range m.Price {
		m.Price[i] = mark * (1 + (float64(i-n)+0.5)*step)
	}
	scratch := make([]float64, len(b.Mark))
	for v := range b.Venues {
		for side := range 2 {
			bins := make([]float64, 2*n)
			m.Venue[v][side] = bins
			total, within := &m.LongUSD, &m.LongNever
			if side == 1 {
				total, within = &m.ShortUSD, &m.ShortNever
			}
			g := b.group(v, coin, side)
			for p := b.start[g]; p < b.start[g+1]; p++ {
				size := math.Abs(b.units[p])
				*total += size * mark
				price := b.price[p]
				if k := b.account[p]; k >= 0 {
					price = b.crossPrice(&b.accounts[k], coin, side, scratch)
				}
				at := math.Floor((price/mark-1)/step + float64(n))
				if !(at >= 0 && at < float64(2*n)) { // NaN too
					*within += size * mark
					continue
				}
				bins[int(at)] += size * price
			}
			to := m.Sold
			if side == 1 {
				to = m.Bought
			}
			for i, x := range bins {
				to[i] += x
			}
		}
	}
	share := a.Value("perp.cluster_share")
	m.Below = m.nearest(m.Sold, n-1, -1, share)
	m.Above = m.nearest(m.Bought, n, 1, share)
	return m
}

// nearest walks away from the mark to the first cluster.
func (m *Map) nearest(bins []float64, from, way int, share float64) *Cluster {
	total := 0.0
	for _, x := range bins {
		total += x
	}
	if !(total > 0) {
		return nil
	}
	for i := from; i >= 0 && i < len(bins); i += way {
		if bins[i] < share*total {
			continue
		}
		best := i
		for j := i; j >= 0 && j < len(bins) && bins[j] >= share*total; j += way {
			if bins[j] > bins[best] {
				best = j
			}
		}
		return &Cluster{Price: m.Price[best], USD: bins[best], Distance: m.Price[best]/m.Mark - 1}
	}
	return nil
}
