package market

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"time"
)

// pickPositions keeps the tables that were known at an instant, of each sort those of its latest instant.
func pickPositions(g []Dataset, at time.Time) []*Positions {
	var latest [2]time.Time
	sort := func(p *Positions) int {
		if p.Outcomes {
			return 1
		}
		return 0
	}
	known := func(p *Positions) bool { return !p.At.After(at) && p.Len() > 0 }
	for _, d := range g {
		if p := d.Positions; known(p) && p.At.After(latest[sort(p)]) {
			latest[sort(p)] = p.At
		}
	}
	type one struct {
		p      *Positions
		digest []byte
	}
	var list []one
	for _, d := range g {
		if p := d.Positions; known(p) && p.At.Equal(latest[sort(p)]) {
			h := sha256.New()
			digestPositions(h, "", p)
			list = append(list, one{p, h.Sum(nil)})
		}
	}
	slices.SortFunc(list, func(a, b one) int {
		return cmp.Or(sort(a.p)-sort(b.p), compareOrigin(&a.p.Origin, &b.p.Origin), bytes.Compare(a.digest, b.digest))
	})
	var out []*Positions
	for i, x := range list {
		if i > 0 && bytes.Equal(x.digest, list[i-1].digest) {
			continue // the same file twice is not twice the positions
		}
		out = append(out, x.p)
	}
	return out
}

// digestPositions writes the rows in an order of their own: the same positions in another order are the same
// positions, and have the same run id.
func digestPositions(h hash.Hash, key string, p *Positions) {
	digestOrigin(h, key, &p.Origin)
	fmt.Fprintf(h, "%d %t\n", p.At.UnixNano(), p.Outcomes)
	rows := make([][sha256.Size]byte, len(p.Coin))
	one := sha256.New()
	for i := range p.Coin {
		one.Reset()
		digestFloats(one, p.Units[i:i+1], p.Entry[i:i+1], p.Mark[i:i+1], p.Margin[i:i+1], p.Leverage[i:i+1])
		fmt.Fprintf(one, "%q %q %q %q %t %t %t\n", p.Coin[i], p.Venue[i], p.Account[i], p.Collateral[i], p.Short[i], p.Liquidated[i], p.Deleveraged[i])
		one.Sum(rows[i][:0])
	}
	slices.SortFunc(rows, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	for i := range rows {
		h.Write(rows[i][:])
	}
}
