package faultline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/audit"
	"faultline/expr"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
)

// shippedCase is the ledger and the pack that ship.
func shippedCase(t *testing.T) (*audit.Ledger, *pack.Pack) {
	t.Helper()
	l, ok, err := audit.Shipped("nov2025")
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	from, err := packs.Open("nov2025")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return l, p
}

// withoutBands is the register without draws, which no verdict rests on.
func withoutBands(t *testing.T) Assumptions {
	t.Helper()
	a, err := assumption.Default().WithText("band.draws=0", "test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var decided = []audit.Verdict{audit.Supported, audit.Contradicted, audit.Misleading, audit.Consistent}

// Every claim that is decided on the pack stops being so when what it rests on is taken away: published
// figures one by one, and everything that the models found.
func TestEveryVerdictFallsWithItsEvidence(t *testing.T) {
	l, p := shippedCase(t)
	judge := func(l *audit.Ledger, state *market.State, figures map[string]found) []audit.Finding {
		out, err := audit.Judge(t.Context(), l, &witness{Observer: expr.Of(state), state: state, figures: figures}, state.At())
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	a, err := Analyze(t.Context(), p.Book.AsOf(p.Meta.AsOf), withoutBands(t))
	if err != nil {
		t.Fatal(err)
	}
	figures := figuresOf(a)
	n := 0
	for _, f := range judge(l, p.Book.AsOf(p.Meta.AsOf), figures) {
		if !slices.Contains(decided, f.Verdict) {
			continue
		}
		n++
		gone := map[string]bool{}
		for _, r := range f.Results {
			if len(r.Used) == 0 {
				t.Errorf("%s is %s without evidence", f.Claim.ID, f.Verdict)
			}
			for _, u := range r.Used {
				gone[factOf(u.Use.String())] = true
			}
		}
		one := *l
		one.Claims = []audit.Claim{*f.Claim}
		var b market.Book
		for _, d := range p.Book.Sets() {
			if d.Facts != nil {
				kept := *d.Facts
				kept.Rows = slices.DeleteFunc(slices.Clone(d.Facts.Rows), func(x market.Fact) bool { return gone[x.ID] })
				d.Facts = &kept
			}
			if gone["model"] && (d.Series != nil && strings.HasPrefix(d.Series.ID, "state/") || d.Bars != nil) {
				continue
			}
			b.Add(d)
		}
		left := figures
		if gone["model"] { // what the models found without the state that they step on from
			bare, err := Analyze(t.Context(), b.AsOf(p.Meta.AsOf), withoutBands(t))
			if err != nil {
				t.Fatal(err)
			}
			left = figuresOf(bare)
		}
		if got := judge(&one, b.AsOf(p.Meta.AsOf), left)[0]; got.Verdict != audit.Unverifiable {
			t.Errorf("%s is still %s without %v", f.Claim.ID, got.Verdict, gone)
		}
	}
	if n < 40 {
		t.Errorf("only %d claims are decided on the pack", n)
	}
}

// Whatever becomes known later, of whatever day it speaks and whatever it says, no verdict of an earlier
// instant moves: as of 21 November the audit does not know December.
func TestNoLaterFigureMovesAVerdict(t *testing.T) {
	l, p := shippedCase(t)
	var known []market.Fact
	var origin market.Origin
	for _, d := range p.Book.Sets() {
		if d.Facts != nil {
			known, origin = append(known, d.Facts.Rows...), d.Facts.Origin
		}
	}
	first, err := time.Parse(time.RFC3339, "2025-11-17T21:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	verdicts := func(b *market.Book, at time.Time) string {
		s := b.AsOf(at)
		found, err := audit.Judge(t.Context(), l, &witness{Observer: expr.Of(s), state: s}, at)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, f := range found {
			text += fmt.Sprintf("%s %s", f.Claim.ID, f.Verdict)
			for _, r := range f.Results {
				text += fmt.Sprintf(" %v %v %v %v", r.Holds, r.Measured, r.Day, r.Used)
			}
			text += "\n"
		}
		return text
	}
	before := map[int]string{}
	moved := false
	rapid.Check(t, func(r *rapid.T) {
		day := rapid.IntRange(0, 4).Draw(r, "day")
		at := first.Add(time.Duration(day) * 24 * time.Hour)
		if before[day] == "" {
			before[day] = verdicts(p.Book, at)
		}
		shift := func(forward bool) *market.Book {
			later := market.Facts{Origin: origin}
			for _, f := range rapid.SliceOfN(rapid.SampledFrom(known), 1, 20).Draw(r, "figures") {
				f.Known = at.Unix() - 1
				if forward {
					f.Known = at.Unix() + rapid.Int64Range(1, 400*86400).Draw(r, "seconds later")
				}
				f.Value = rapid.Float64Range(-1e5, 1e5).Draw(r, "value")
				later.Rows = append(later.Rows, f)
			}
			var b market.Book
			b.Add(p.Book.Sets()...)
			b.Add(market.Dataset{Facts: &later})
			return &b
		}
		if got := verdicts(shift(true), at); got != before[day] {
			r.Fatalf("as of %s:\n%s\nbut with later figures\n%s", at, before[day], got)
		}
		moved = moved || verdicts(shift(false), at) != before[day]
	})
	if !moved { // the same figures, known in time, must be able to move one: else the property says nothing
		t.Error("no figure moves any verdict even when it is known in time")
	}
}

// factOf is the published figure that an expression's name reads.
func factOf(name string) string {
	arg := strings.Split(name, `"`)
	switch {
	case strings.HasPrefix(name, "model"):
		return "model"
	case strings.HasPrefix(name, "fact"):
		return arg[1]
	}
	return arg[1] + "_close"
}

// unmoved are the claims whose verdict and contradictions stay when their figure is multiplied by ten or
// by a tenth, with the argument why that must be so.
var unmoved = map[string]string{
	"cta-rank ×10":         "it has no reading on the pack: only the desk's own note could decide it",
	"cta-rank ×0.1":        "likewise",
	"cta-sale-month ×10":   "it is contradicted and contradicts the position already; ten times as much does so more",
	"averages-50 ×10":      "the average is far from the figure already, and no other claim speaks of it",
	"averages-50 ×0.1":     "likewise",
	"capex-msft ×0.1":      "a lower bound that is passed is passed by more when it is lower",
	"nvda-margin ×0.1":     "likewise",
	"odds-after ×0.1":      "likewise",
	"shutdown-length ×0.1": "the length is wrong already, and four days fit into any quarter",
	"odds-before ×10":      "an upper bound that holds holds by more when it is higher",
	"capex-googl ×10":      "not yet due, and its range bounds no other claim",
	"capex-googl ×0.1":     "likewise",
	"capex-amzn ×10":       "likewise",
	"capex-amzn ×0.1":      "likewise",
	"capex-meta ×10":       "likewise",
	"capex-meta ×0.1":      "likewise",
	"a-cut ×10":            "likewise",
	"a-cut ×0.1":           "likewise",
	"a-range ×10":          "likewise",
	"a-range ×0.1":         "likewise",
	"a-cta-buys ×0.1":      "not yet due, and a purchase still further below the trigger contradicts it still",
	"b-unemployment ×10":   "not yet due",
	"b-unemployment ×0.1":  "not yet due",
	"b-yield ×10":          "not yet due",
	"b-yield ×0.1":         "not yet due",
	"c-nasdaq ×10":         "not yet due",
	"c-nasdaq ×0.1":        "not yet due",
	"c-nvda ×10":           "not yet due",
	"c-nvda ×0.1":          "not yet due",
	"reversal-rare ×10":    "it needs every session since 1993, which no pack holds",
	"reversal-rare ×0.1":   "likewise",
}

// A lost or added zero anywhere in the ledger is noticed, by a verdict or by another claim, but for the
// cases that are argued one by one.
func TestAZeroLostOrAddedIsNoticedOrArgued(t *testing.T) {
	l, p := shippedCase(t)
	state := p.Book.AsOf(p.Meta.AsOf)
	a, err := Analyze(t.Context(), state, withoutBands(t))
	if err != nil {
		t.Fatal(err)
	}
	o := &witness{Observer: expr.Of(state), state: state, figures: figuresOf(a)}
	look := func(l *audit.Ledger) string {
		found, err := audit.Judge(t.Context(), l, o, state.At())
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, f := range found {
			text += f.Claim.ID + " " + string(f.Verdict) + "\n"
		}
		for _, v := range l.Check() {
			text += v.String() + "\n"
		}
		return text
	}
	before := look(l)
	seen := map[string]bool{}
	for i := range l.Claims {
		f := l.Claims[i].Figure
		if f == nil || f.Unit == "date" {
			continue
		}
		for _, factor := range []float64{10, 0.1} {
			mutant := *l
			mutant.Claims = slices.Clone(l.Claims)
			g := *f
			g.Value *= factor
			g.High *= factor
			g.Tolerance *= factor
			mutant.Claims[i].Figure = &g
			name := fmt.Sprintf("%s ×%g", l.Claims[i].ID, factor)
			if look(&mutant) != before {
				continue
			}
			seen[name] = true
			if unmoved[name] == "" {
				t.Errorf("%s changes nothing, and nobody says why", name)
			}
		}
	}
	for name := range unmoved {
		if !seen[name] {
			t.Errorf("%s is argued for, and is noticed", name)
		}
	}
}
