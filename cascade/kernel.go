package cascade

import (
	"math/bits"

	"faultline/flow"
)

// The innermost loops, over the lanes of a block. Where the machine can, four or eight lanes go at a time, in
// the same order of operations: the numbers are the same to the last bit. The conversions to float64 around
// products keep compilers for machines that have one from fusing them with the addition that follows.

const (
	lanes  = flow.Lanes
	widest = 8 // lanes of the longest vector
)

// blockNormals writes the standard normals of one block of lanes, the ones that key and a lane's number give.
func blockNormals(dst *[lanes]float64, key uint64) {
	var edges uint32
	switch {
	case wide:
		edges = normalsAVX512(&dst[0], key, &zigX[0])
	case vectors:
		edges = normalsAVX2(&dst[0], key, &zigX[0])
	default:
		for i := range dst {
			x, sure := normal(key + uint64(i+1)*golden)
			dst[i] = x
			if !sure {
				edges |= 1 << i
			}
		}
	}
	for ; edges != 0; edges &= edges - 1 {
		i := bits.TrailingZeros32(edges)
		dst[i] = edgeNormal(key + uint64(i+1)*golden)
	}
}

// combine sets a block to the sum of as many blocks of from as there are weights, at least one, each times its
// weight.
func combine(to, from, weight []float64) {
	to, from = to[:lanes], from[:lanes*len(weight)]
	switch {
	case wide:
		combineAVX512(&to[0], &from[0], &weight[0], len(weight))
	case vectors:
		combineAVX2(&to[0], &from[0], &weight[0], len(weight))
	default:
		for l, x := range from[:lanes] {
			to[l] = weight[0] * x
		}
		for b, w := range weight[1:] {
			for l, x := range from[(b+1)*lanes : (b+2)*lanes] {
				to[l] += float64(w * x)
			}
		}
	}
}

// drift adds noise to what is free of the participants and writes the prices that follow. It reports whether
// one of them is beyond what is believed. All are of the same whole number of blocks.
func drift(price, free, pushed, noise []float64) (bad bool) {
	n := len(price)
	free, pushed, noise = free[:n], pushed[:n], noise[:n]
	switch {
	case wide:
		return driftAVX512(&price[0], &free[0], &pushed[0], &noise[0], n) != 0
	case vectors:
		return driftAVX2(&price[0], &free[0], &pushed[0], &noise[0], n) != 0
	}
	for k, x := range noise {
		f := free[k] + x
		p := 1 + f + pushed[k]
		if !(p > Lowest && p < highest) {
			bad = true
		}
		free[k], price[k] = f, p
	}
	return bad
}

// trade sets the positions of a block to those of one traded asset at the prices of a slot, writes the changes
// to out and adds them to trial. A position read from a table and the order that leads to it are one
// subtraction: double entry holds by the order's definition.
func (t *table) trade(held, trial, out []float64, slot, asset int, price []float64) {
	row := t.row(slot, asset)
	held, trial, out, price = held[:lanes], trial[:lanes], out[:lanes], price[:lanes]
	switch {
	case wide:
		tradeAVX512(&held[0], &trial[0], &out[0], &row[0], &price[0], len(row)-2, t.low, t.inverse)
		return
	case vectors:
		tradeAVX2(&held[0], &trial[0], &out[0], &row[0], &price[0], len(row)-2, t.low, t.inverse)
		return
	}
	low, inverse, last := t.low, t.inverse, uint(len(row)-2)
	for i, p := range price {
		x := (p - low) * inverse
		k := int(x)
		f := x - float64(k)
		if uint(k) > last || !(f >= 0) { // the body of cell, which is too large for the compiler to put here
			k, f = t.beyond(x)
		}
		want := row[k] + float64(f*(row[k+1]-row[k]))
		x = want - held[i]
		held[i] = want
		out[i] = x
		trial[i] += x
	}
}

// strict is the square of the tolerance of double entry by the mean square of the two positions. That is never
// above the larger one of them: what passes here passes double entry.
const strict = tolerance * tolerance / 2

// balanced adds orders to trial as long as they and the transfers are the change of position, by a test that
// is stricter than double entry asks, and returns how many lanes it got to. Vectors stop before the vector
// that has the first lane to fail.
func balanced(trial, state, before, out, moved []float64) int {
	n := len(before)
	if n == 0 {
		return 0
	}
	trial, state, out, moved = trial[:n], state[:n], out[:n], moved[:n]
	switch {
	case wide:
		return auditAVX512(&trial[0], &state[0], &before[0], &out[0], &moved[0], n)
	case vectors:
		return auditAVX2(&trial[0], &state[0], &before[0], &out[0], &moved[0], n)
	}
	for k, b := range before {
		s, o := state[k], out[k]
		d := s - b - o - moved[k]
		// As a difference: one infinity is not at most another.
		if !(float64(d*d)-float64(strict*(float64(s*s)+float64(b*b))) <= 0) {
			return k
		}
		trial[k] += o
	}
	return n
}

// wear lets the dollars of a block that still count wear off over a slot, adds those of trial and writes the
// sum. Keep makes them last; otherwise they are tried only.
func wear(to, perm, fast, slow, trial *[lanes]float64, lasts float64, d *decays, newFast, newSlow float64, keep bool) {
	switch {
	case wide:
		wearAVX512(&to[0], &perm[0], &fast[0], &slow[0], &trial[0], lasts, d.keepFast, newFast, d.keepSlow, newSlow, keep)
		return
	case vectors:
		wearAVX2(&to[0], &perm[0], &fast[0], &slow[0], &trial[0], lasts, d.keepFast, newFast, d.keepSlow, newSlow, keep)
		return
	}
	for l, x := range trial {
		p := perm[l] + float64(lasts*x)
		f := float64(fast[l]*d.keepFast) + float64(newFast*x)
		s := float64(slow[l]*d.keepSlow) + float64(newSlow*x)
		if keep {
			perm[l], fast[l], slow[l] = p, f, s
		}
		to[l] = p + f + s
	}
}

// last is wear where nothing wears off.
func last(to, perm, trial *[lanes]float64, usd float64, keep bool) {
	switch {
	case wide:
		lastAVX512(&to[0], &perm[0], &trial[0], usd, keep)
		return
	case vectors:
		lastAVX2(&to[0], &perm[0], &trial[0], usd, keep)
		return
	}
	for l, x := range trial {
		p := perm[l] + float64(usd*x)
		if keep {
			perm[l] = p
		}
		to[l] = p
	}
}
