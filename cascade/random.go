package cascade

import "math"

// Random numbers are counter-based: the number with a key and a counter is the same whoever asks for it
// and when, so that blocks of paths run on any core, in any order.

const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, figure 17), variant 13 of
// Stafford. Over the counters key + i·golden it is SplitMix64 itself.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// keyOf turns a seed and the place of a stream into its key.
func keyOf(seed uint64, place ...uint64) uint64 {
	k := mix(seed + golden)
	for _, p := range place {
		k = mix(k ^ (p+1)*golden)
	}
	return k
}

// uniform is in (0, 1), with 53 bits.
func uniform(u uint64) float64 { return (float64(u>>11) + 0.5) / (1 << 53) }

// The ziggurat of Marsaglia and Tsang (2000, Journal of Statistical Software 5, issue 8) with 256 layers
// of equal area under e^(−x²/2): r is where the tail begins, area that of each layer.
const (
	layers   = 256
	zigStart = 3.6541528853610088
	zigArea  = 4.92867323399e-3
)

var zigX, zigY = ziggurat()

func ziggurat() (x, y [layers + 1]float64) {
	f := func(x float64) float64 { return math.Exp(-x * x / 2) }
	x[0], x[1] = zigArea/f(zigStart), zigStart
	for i := 2; i < layers; i++ {
		x[i] = math.Sqrt(-2 * math.Log(zigArea/x[i-1]+f(x[i-1])))
	}
	x[layers] = 0
	for i := range x {
		y[i] = f(x[i])
	}
	return x, y
}

// normals fills dst with standard normals: dst[i] depends on key and i only.
func normals(dst []float64, key uint64) {
	for ; len(dst) >= lanes; dst = dst[lanes:] {
		blockNormals((*[lanes]float64)(dst), key)
		key += lanes * golden % (1 << 64)
	}
	for i := range dst {
		key += golden
		x, sure := normal(key)
		if !sure {
			x = edgeNormal(key)
		}
		dst[i] = x
	}
}

// place is where a 64-bit number falls: 8 bits choose the layer, 53 the place in it.
func place(u uint64) (x float64, layer uint64) {
	layer = u & (layers - 1)
	return float64(u>>11) * (1.0 / (1 << 53)) * zigX[layer], layer
}

// signed gives x the sign that is in a 64-bit number. It goes in as a bit: a branch on it would be wrong half
// of the time.
func signed(x float64, u uint64) float64 {
	return math.Float64frombits(math.Float64bits(x) | u<<55&(1<<63))
}

// normal is the standard normal of a counter where one 64-bit number is enough, as in 98.9 % of cases: the
// place lies in the part of its layer that is all below the curve. Otherwise it is not sure.
func normal(c uint64) (x float64, sure bool) {
	u := mix(c)
	x, layer := place(u)
	return signed(x, u), x < zigX[layer+1]
}

// edgeNormal is the standard normal of a counter whose place is on the edge of its layer.
func edgeNormal(c uint64) float64 {
	u := mix(c)
	x, layer := place(u)
	return signed(edge(x, layer, c), u)
}

// edge decides about a point in the part of a layer that is not all below the curve, with numbers of a
// stream of its own.
func edge(x float64, layer, c uint64) float64 {
	own := mix(c ^ 0x5851f42d4c957f2d)
	next := func() uint64 { own += golden; return mix(own) }
	for {
		if layer == 0 {
			if x < zigStart {
				return x
			}
			for {
				a, b := -math.Log(uniform(next()))/zigStart, -math.Log(uniform(next()))
				if 2*b > a*a {
					return zigStart + a
				}
			}
		}
		if zigY[layer]+float64(uniform(next())*(zigY[layer+1]-zigY[layer])) < math.Exp(-x*x/2) {
			return x
		}
		if x, layer = place(next()); x < zigX[layer+1] {
			return x
		}
	}
}
