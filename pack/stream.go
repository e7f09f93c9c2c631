package pack

import "math"

// stream is a counter-based source of random numbers: the value drawn for a name and a counter
// depends on the seed, the name and the counter only, so that adding a contract or changing the order
// of drawing leaves all others as they were.
type stream struct{ key uint64 }

// newStream mixes the seed with an FNV-1a hash of the name (Fowler, Noll and Vo).
func newStream(seed uint64, name string) stream {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return stream{splitmix(splitmix(seed) ^ h)}
}

// uniform is in the open interval (0, 1).
func (s stream) uniform(counter uint64) float64 {
	return (float64(splitmix(s.key^(counter+1)*0x9e3779b97f4a7c15)>>11) + 0.5) / (1 << 53)
}

// normal is standard normal (Box and Muller 1958).
func (s stream) normal(counter uint64) float64 {
	return math.Sqrt(-2*math.Log(s.uniform(2*counter))) * math.Cos(2*math.Pi*s.uniform(2*counter+1))
}

// splitmix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 16).
func splitmix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
