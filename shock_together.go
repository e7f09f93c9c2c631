package faultline

import (
	"fmt"

	"faultline/cascade"
	"faultline/evidence"
	"faultline/impact"
)

// AssetRest is where one asset comes to rest when the loop is solved in all assets at once.
type AssetRest struct {
	ID    string      `json:"id"`
	Shock float64     `json:"shock"` // relative
	Move  WithWithout `json:"move"`  // final move
}

// together solves the loop of every law in all assets at once, each from its own shock. The to-rest solver has
// one axis, along which the other assets follow the S&P 500 by beta; how far the two are apart says what that
// costs.
func (x *scene) together(laws []ShockLaw, nodes sources) error {
	s := x.base
	e := *s.env
	e.Timeline.Slots = e.Timeline.Slots[:x.lines[x.opts.Horizon]+1]
	sides := []string{""}
	if x.hasDealers() {
		sides = append(sides, "dealers")
	}
	var asks []cascade.Ask
	for _, k := range impact.Kinds {
		curves, cross, err := s.book.Curves(k)
		if err != nil {
			return fmt.Errorf("shock: %w", err)
		}
		for _, without := range sides {
			q := cascade.Ask{Shock: x.total, Curves: curves, Cross: cross}
			if k == impact.Inelastic {
				q.Decay = 1
			}
			for _, p := range s.players {
				q.In = append(q.In, groupOf(p.Name) != without)
			}
			asks = append(asks, q)
		}
	}
	got, err := cascade.RestTogether(x.run.ctx, &e, s.players, asks, []impact.Propagator{s.book.Decay, impact.Lasting()}, len(e.Timeline.Slots)-1)
	if err != nil {
		return fmt.Errorf("shock: %w", err)
	}
	for i := range laws {
		for a, id := range impact.Universe {
			mint := func(side int, suffix, node string) evidence.Figure {
				r, key := got[i*len(sides)+side], "shock."+laws[i].Law+".together."+id+suffix
				if r.Away {
					return x.run.record.MintAbsent(key, evidence.Ratio, node, &evidence.Absent{Code: "no_rest_together"})
				}
				return x.run.record.Mint(key, r.Move[a], evidence.Ratio, node)
			}
			rest := AssetRest{ID: id, Shock: x.total[a], Move: WithWithout{With: mint(0, "", nodes.all)}}
			if len(sides) > 1 {
				f := mint(1, ".without_dealers", nodes.bare)
				rest.Move.Without = &f
			}
			laws[i].Together = append(laws[i].Together, rest)
		}
	}
	return nil
}
