package faultline

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/all"
	"faultline/flow/dealer"
	"faultline/options"
)

// Position is one row of an inventory: contracts of one option that its owner is long.
type Position = dealer.Position

// Signed is what customers bought and sold in one option.
type Signed = dealer.Signed

// Told is what a user knows of who holds what. It takes the place of the sign convention: with an
// inventory, exposures, levels, hedges and the dealers of the ladder are the owner's; with trades,
// dealers are on the other side of them. One of the two is set.
type Told struct {
	File      string // base name
	Inventory []Position
	Trades    []Signed
	Whole     bool       // the trades cover the life of their contracts and not only today
	Rejected  []Unplaced // rows that could not be read
}

// Unplaced is a row of a user's table that counts for nothing.
type Unplaced struct {
	Row    int           `json:"row"` // of the file, from 1 for the first below the head
	Reason evidence.Code `json:"reason"`
}

// Option changes what Analyze rests on.
type Option func(*run)

// HeldAs takes what the user tells in place of the convention.
func HeldAs(t Told) Option { return func(r *run) { r.told = &t } }

// digest is a hash of everything told, as part of the run id.
func (t *Told) digest() ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("digest of %s: %w", t.File, err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// hold is what dealers are taken to hold of a book, and the rows that were told and found no contract.
func (r *run) hold(b *options.Book) (*dealer.Holding, []dealer.Unmatched, error) {
	switch {
	case r.told == nil:
		h, err := dealer.FromOpenInterest(b)
		return h, nil, err
	case r.told.Inventory != nil:
		return dealer.FromInventory(b, r.told.Inventory)
	default:
		return dealer.FromTrades(b, dealer.Trades{Rows: r.told.Trades, Whole: r.told.Whole})
	}
}

// signs are the draws of the convention that exposures and levels are computed for: none where the user's
// own positions leave nothing to draw.
func (r *run) signs() []assumption.Set {
	if r.told != nil && r.told.Inventory != nil {
		return nil
	}
	return r.draws
}

// models are the participants, with dealers who hold what was told.
func (r *run) models() []flow.Model {
	models := all.Models()
	if r.told == nil {
		return models
	}
	for i, m := range models {
		if m.Name() == "dealer" {
			models[i] = dealer.With("told", func(b *options.Book) (*dealer.Holding, error) {
				h, _, err := r.hold(b)
				return h, err
			})
		}
	}
	return models
}

// method is the code of how signs were told; it names the dataset too.
func (t *Told) method() string {
	if t.Inventory != nil {
		return "inventory"
	}
	return "trades"
}

// toldInput records the user's table as a dataset and returns its node.
func (r *run) toldInput() string {
	t := r.told
	id := "in/" + t.method()
	rows := max(len(t.Inventory), len(t.Trades))
	r.record.Add(evidence.Node{
		ID: id, Kind: evidence.Dataset, Method: t.method() + "_csv", Grade: evidence.Observed, Source: t.File, AsOf: r.state.At(),
	})
	r.out.Inputs = append(r.out.Inputs, Input{
		Key: t.method(), File: t.File, Format: t.method() + "_csv", KnownAt: "as_told", Grade: evidence.Observed,
		Rows: rows, First: r.state.At(), Last: r.state.At(), Node: id,
	})
	return id
}

// unplaced joins the rows that could not be read and those that found no contract, in order of the file.
func (t *Told) unplaced(lost []dealer.Unmatched) []Unplaced {
	out := append([]Unplaced(nil), t.Rejected...)
	bad := map[int]bool{}
	for _, x := range t.Rejected {
		bad[x.Row] = true
	}
	// Rows that were read are counted without those that were not.
	row, read := 0, -1
	for _, x := range lost {
		for read < x.Row {
			row++
			if !bad[row] {
				read++
			}
		}
		out = append(out, Unplaced{Row: row, Reason: x.Reason})
	}
	sortUnplaced(out)
	return out
}

func sortUnplaced(x []Unplaced) {
	for i := range x {
		for k := i; k > 0 && x[k].Row < x[k-1].Row; k-- {
			x[k], x[k-1] = x[k-1], x[k]
		}
	}
}

// volumeAdjusted is the variant that counts the day's volume in contracts of today's expiry.
func (r *run) volumeAdjusted(b *options.Book, at time.Time) (*VolumeAdjusted, error) {
	h, err := dealer.FromVolume(b)
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		return &VolumeAdjusted{Absent: absent, Grade: evidence.Modelled, Node: r.attempt("dealer_volume")}, nil
	case err != nil:
		return nil, err
	}
	node := r.record.Add(evidence.Node{
		ID: "run/dealer_volume", Kind: evidence.Run, Method: "dealer_volume", Grade: evidence.Weakest(evidence.Modelled, h.Grade), AsOf: at,
		Inputs: []string{"in/chain/" + r.under.ID}, Assumes: r.names("dealer.", "band."),
		Caveats: append([]evidence.Code{conventionCaveat(h.Convention(r.assume))}, h.Caveats...),
	})
	n, _ := r.record.Node(node)
	l := dealer.FindLevels(h, r.assume, r.signs())
	gex := r.bounded("exposure.volume_adjusted.gex", l.Exposures.GEX.Total, evidence.USDPerPercent, node, len(r.signs()) > 0)
	today := r.bounded("exposure.volume_adjusted.gex_0dte", dealer.Amount{
		Value: l.Exposures.GEX.ByBucket.Value[0], Low: l.Exposures.GEX.ByBucket.Low[0], High: l.Exposures.GEX.ByBucket.High[0],
	}, evidence.USDPerPercent, node, len(r.signs()) > 0)
	out := &VolumeAdjusted{GEX: &gex, Today: &today, Caveats: h.Caveats, Grade: n.Grade, Node: node}
	for _, x := range r.levelsOf(l, n, "levels.volume_adjusted.") {
		if x.Kind == ZeroGamma || x.Kind == Pin {
			out.Levels = append(out.Levels, x)
		}
	}
	return out, nil
}
