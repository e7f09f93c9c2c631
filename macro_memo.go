package faultline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"faultline/macro/nowcast"
)

// What the economy was until 2019 does not change from one analysis to the next, and fitting the model to
// it takes most of the time of the fog. The last fits are kept by the hash of all that they depend on; a
// fit is never changed, so that analyses may share it.
var fits = struct {
	sync.Mutex
	byKey map[[32]byte]*nowcast.Fit
	order [][32]byte
}{byKey: map[[32]byte]*nowcast.Fit{}}

// mostFits bounds what is kept.
const mostFits = 4

func estimated(ctx context.Context, p *nowcast.Panel, spec nowcast.Spec) (*nowcast.Fit, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %v %d %+v\n", p.Names, p.Kinds, p.T, spec)
	buf := make([]byte, 0, 16*len(p.Y))
	for i, y := range p.Y {
		if y != y { // every NaN is the same absence
			y = math.NaN()
		}
		buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(y))
		if p.Noise != nil {
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(p.Noise[i]))
		}
	}
	h.Write(buf)
	key := [32]byte(h.Sum(nil))
	fits.Lock()
	k := fits.byKey[key]
	fits.Unlock()
	if k != nil {
		return k, nil
	}
	fit, err := fitMixed(ctx, p, spec)
	if err != nil {
		return nil, err
	}
	fits.Lock()
	defer fits.Unlock()
	if fits.byKey[key] == nil {
		if len(fits.order) == mostFits {
			delete(fits.byKey, fits.order[0])
			fits.order = fits.order[1:]
		}
		fits.byKey[key] = fit
		fits.order = append(fits.order, key)
	}
	return fit, nil
}

// joined are the steps of EM after quarterly series have joined.
const joined = 6

// fitMixed fits the monthly series first, and then lets quarterly ones join.
func fitMixed(ctx context.Context, p *nowcast.Panel, spec nowcast.Spec) (*nowcast.Fit, error) {
	var months []int
	for i, k := range p.Kinds {
		if k != nowcast.Quarterly {
			months = append(months, i)
		}
	}
	fit, err := nowcast.Estimate(ctx, p.Select(months), spec)
	if err != nil || len(months) == p.N() {
		return fit, err
	}
	spec.Iterations = min(spec.Iterations, joined)
	more := append([]string(nil), fit.Model.Names...)
	for i, k := range p.Kinds {
		if k == nowcast.Quarterly {
			more = append(more, p.Names[i])
		}
	}
	var keep []int
	for _, name := range more {
		keep = append(keep, p.Find(name))
	}
	whole, err := fit.Join(ctx, p.Select(keep), spec)
	if err != nil {
		return nil, err
	}
	whole.Dropped = append(fit.Dropped, whole.Dropped...)
	return whole, nil
}
