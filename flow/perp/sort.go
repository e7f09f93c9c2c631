package perp

import (
	"cmp"
	"math"
	"slices"
)

// sort puts the positions of a draft into the canonical order: by group with a counting sort, within it by
// price with a radix sort, whose costs grow with their number and not faster; ties by content.
func (d *draft) sort() {
	groups := len(d.Venues) * len(d.Coins) * 2
	d.start, d.fixed = make([]int32, groups+1), make([]int32, groups)
	for _, g := range d.group {
		d.start[g+1]++
	}
	for g := range groups {
		d.start[g+1] += d.start[g]
	}
	at := append([]int32(nil), d.start[:groups]...)
	order := make([]int32, len(d.units))
	for pass := range 2 { // positions with a price before those without
		for p, g := range d.group {
			if math.IsNaN(d.price[p]) == (pass == 1) {
				order[at[g]] = int32(p)
				at[g]++
			}
		}
		if pass == 0 {
			copy(d.fixed, at)
		}
	}
	var s sorter
	for g := range groups {
		s.sort(order[d.start[g]:d.fixed[g]], d.price, g%2 == 0)
		d.ties(order[d.start[g]:d.fixed[g]])
		slices.SortFunc(order[d.fixed[g]:d.start[g+1]], d.rank)
	}
	to := make([]int32, len(order)) // new place of each position
	for i, p := range order {
		to[p] = int32(i)
	}
	for a := range d.accounts {
		for i, p := range d.accounts[a].positions {
			d.accounts[a].positions[i] = to[p]
		}
	}
	scratch := make([]float64, len(order))
	for _, column := range [][]float64{d.units, d.entry, d.cash, d.price} {
		for i, p := range order {
			scratch[i] = column[p]
		}
		copy(column, scratch)
	}
	owners := make([]float32, len(order))
	for i, p := range order {
		to[i], owners[i] = d.account[p], d.owners[p]
	}
	copy(d.account, to)
	d.owners = owners
}

// rank orders positions by content.
func (d *draft) rank(x, y int32) int {
	return cmp.Or(
		cmp.Compare(d.entry[x], d.entry[y]), cmp.Compare(d.units[x], d.units[y]), cmp.Compare(d.cash[x], d.cash[y]),
		cmp.Compare(d.account[x], d.account[y]), cmp.Compare(d.owners[x], d.owners[y]),
	)
}

// ties orders runs of equal prices.
func (d *draft) ties(list []int32) {
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && d.price[list[j]] == d.price[list[i]] {
			j++
		}
		if j > i+1 {
			slices.SortFunc(list[i:j], d.rank)
		}
		i = j
	}
}

// sorter is a radix sort that keeps its memory between groups.
type sorter struct {
	key, keyTo []uint64
	to         []int32
}

// sort orders positions by price, the highest first where falling is set.
func (s *sorter) sort(list []int32, price []float64, falling bool) {
	n := len(list)
	if n < 2 {
		return
	}
	if cap(s.key) < n {
		s.key, s.keyTo, s.to = make([]uint64, n), make([]uint64, n), make([]int32, n)
	}
	key, keyTo, to := s.key[:n], s.keyTo[:n], s.to[:n]
	for i, p := range list {
		k := math.Float64bits(price[p]) // prices are above 0, so that their bits rise with them
		if falling {
			k = ^k
		}
		key[i] = k
	}
	var count [256]int32
	for shift := uint(0); shift < 64; shift += 8 {
		clear(count[:])
		for _, k := range key {
			count[byte(k>>shift)]++
		}
		if count[byte(key[0]>>shift)] == int32(n) {
			continue // all have the same byte here
		}
		sum := int32(0)
		for i := range count {
			sum, count[i] = sum+count[i], sum
		}
		for i, k := range key {
			b := byte(k >> shift)
			keyTo[count[b]], to[count[b]] = k, list[i]
			count[b]++
		}
		copy(list, to)
		key, keyTo = keyTo, key
	}
}
