package analog

import "math"

// flat is the standard deviation below which a stretch counts as constant: series in percent are
// printed to a hundredth, and a thousandth of a point is no movement.
const flat = 1e-3

// profile computes, for every length from short to long, the z-normalised Euclidean distance between the
// last months of q and every stretch of x of the same length.
//
// With a and b brought to mean 0 and standard deviation 1 over w months, the squared distance of one
// series is 2w·(1 − ρ), where ρ is their correlation (Mueen and others, MASS; Yeh and others, "Matrix
// profile I", ICDM 2016, equation 1). The distance of the three series is the root of the sum, divided
// by √(2w·3), so that it is 0 for the same shape, 1 for no correlation and √2 for the mirror image,
// whatever the length.
//
// The dot product of length w + 1 is that of length w and one product more, if both stretches keep their
// ends and grow into the past. All lengths together then cost as much as the longest one: O(n·long)
// instead of O(n·long²). The result is exact up to rounding; a test holds it against the definition.
//
// out[w−short][e] is the distance to the stretch that ends at month e of x; it is +Inf where the stretch
// would begin before x does, or where either is flat.
func profile(q, x *[Dims][]float64, short, long int) [][]float64 {
	n, m := len(x[0]), len(q[0])
	out := make([][]float64, long-short+1)
	for i := range out {
		out[i] = make([]float64, n)
	}
	cross := make([]float64, n)
	sum := make([]float64, n)
	square := make([]float64, n)
	for k := range Dims {
		for e := range cross {
			cross[e], sum[e], square[e] = 0, 0, 0
		}
		// Distances from the mean of the whole keep the squares small, so that nothing cancels.
		mid := mean(x[k])
		qs, qq := 0.0, 0.0
		for w := 1; w <= long; w++ {
			a := q[k][m-w] - mid
			qs += a
			qq += a * a
			for e := w - 1; e < n; e++ {
				b := x[k][e-w+1] - mid
				cross[e] += a * b
				sum[e] += b
				square[e] += b * b
			}
			if w < short {
				continue
			}
			row := out[w-short]
			fw := float64(w)
			qv := qq/fw - qs/fw*qs/fw
			for e := range row {
				xv := square[e]/fw - sum[e]/fw*sum[e]/fw
				if e < w-1 || !(qv > flat*flat) || !(xv > flat*flat) {
					row[e] = math.Inf(1)
					continue
				}
				rho := (cross[e]/fw - qs/fw*sum[e]/fw) / math.Sqrt(qv*xv)
				row[e] += (1 - min(max(rho, -1), 1)) / Dims
			}
		}
	}
	for _, row := range out {
		for e := range row {
			row[e] = math.Sqrt(row[e])
		}
	}
	return out
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// normalised writes the last w months before and at e of each series, brought to mean 0 and standard
// deviation 1, month by month; it is false where one is flat.
func normalised(dst []float64, x *[Dims][]float64, e, w int) bool {
	for k := range Dims {
		part := x[k][e-w+1 : e+1]
		mid := mean(part)
		s := 0.0
		for _, v := range part {
			s += (v - mid) * (v - mid)
		}
		sd := math.Sqrt(s / float64(w))
		if !(sd > flat) {
			return false
		}
		for i, v := range part {
			dst[i*Dims+k] = (v - mid) / sd
		}
	}
	return true
}

// warper finds nearest stretches under dynamic time warping.
type warper struct {
	w, band      int
	query        []float64
	upper, lower []float64 // envelope of the query
	row, next    []float64
	x            []float64
}

// newWarper prepares the search for one query of normalised months. band is how many months one stretch
// may run ahead of the other (Sakoe and Chiba 1978).
func newWarper(query []float64, w, band int) *warper {
	s := &warper{
		w: w, band: band, query: query, x: make([]float64, w*Dims),
		upper: make([]float64, w*Dims), lower: make([]float64, w*Dims),
		row: make([]float64, w+1), next: make([]float64, w+1),
	}
	for i := range w {
		for k := range Dims {
			lo, hi := math.Inf(1), math.Inf(-1)
			for j := max(0, i-band); j <= min(w-1, i+band); j++ {
				lo, hi = min(lo, query[j*Dims+k]), max(hi, query[j*Dims+k])
			}
			s.lower[i*Dims+k], s.upper[i*Dims+k] = lo, hi
		}
	}
	return s
}

// bound is a lower bound of the squared distance: what lies outside the envelope of the query (Keogh and
// Ratanamahatana, "Exact indexing of dynamic time warping", Knowledge and Information Systems 7, 2005).
func (s *warper) bound(limit float64) float64 {
	sum := 0.0
	for i, v := range s.x {
		if v > s.upper[i] {
			sum += (v - s.upper[i]) * (v - s.upper[i])
		} else if v < s.lower[i] {
			sum += (v - s.lower[i]) * (v - s.lower[i])
		}
		if sum > limit {
			return sum
		}
	}
	return sum
}

// warp is the squared distance by dynamic programming, or a number above limit as soon as it must exceed it.
func (s *warper) warp(limit float64) float64 {
	inf := math.Inf(1)
	for j := range s.row {
		s.row[j] = inf
	}
	s.row[0] = 0
	for i := 1; i <= s.w; i++ {
		for j := range s.next {
			s.next[j] = inf
		}
		best := inf
		for j := max(1, i-s.band); j <= min(s.w, i+s.band); j++ {
			c := 0.0
			for k := range Dims {
				d := s.query[(i-1)*Dims+k] - s.x[(j-1)*Dims+k]
				c += d * d
			}
			s.next[j] = c + min(s.row[j-1], s.row[j], s.next[j-1])
			best = min(best, s.next[j])
		}
		s.row, s.next = s.next, s.row
		if best > limit {
			return best
		}
	}
	return s.row[s.w]
}

// distance is the warped distance to the stretch of x that ends at e, on the scale of profile; limit is
// a distance beyond which the exact number does not matter.
func (s *warper) distance(x *[Dims][]float64, e int, limit float64) float64 {
	if e < s.w-1 || !normalised(s.x, x, e, s.w) {
		return math.Inf(1)
	}
	scale := 2 * float64(s.w) * Dims
	limit *= limit * scale
	d := s.bound(limit)
	if d <= limit {
		d = s.warp(limit)
	}
	return math.Sqrt(d / scale)
}
