package faultline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/audit"
	"faultline/evidence"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
)

func shipped(t testing.TB) (*audit.Ledger, *pack.Pack) {
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

func audited(t testing.TB, l *audit.Ledger, b *market.Book, at time.Time) *faultline.Audit {
	t.Helper()
	few, err := assumption.Default().WithText("band.draws=0", "test")
	if err != nil {
		t.Fatal(err)
	}
	a, err := faultline.Analyze(t.Context(), b.AsOf(at), few, faultline.Audited(l))
	if err != nil {
		t.Fatal(err)
	}
	return a.Audit
}

var decided = []string{"supported", "contradicted", "misleading", "consistent_with"}

// Every claim that is decided on the pack stops being so when what it rests on is taken away: published
// figures one by one, and everything that the models found.
func TestEveryVerdictFallsWithItsEvidence(t *testing.T) {
	l, p := shipped(t)
	whole := audited(t, l, p.Book, p.Meta.AsOf)
	n := 0
	for i := range whole.Claims {
		c := &whole.Claims[i]
		if !slices.Contains(decided, c.Verdict) {
			continue
		}
		n++
		gone := map[string]bool{}
		for _, r := range c.Readings {
			if len(r.Evidence) == 0 {
				t.Errorf("%s is %s without evidence", c.ID, c.Verdict)
			}
			for _, e := range r.Evidence {
				gone[factOf(e.Name)] = true
			}
		}
		one := *l
		claim, _ := l.Claim(c.ID)
		one.Claims = []audit.Claim{*claim}
		var b market.Book
		for _, d := range p.Book.Sets() {
			if d.Facts != nil {
				kept := *d.Facts
				kept.Rows = slices.DeleteFunc(slices.Clone(d.Facts.Rows), func(f market.Fact) bool { return gone[f.ID] })
				d.Facts = &kept
			}
			if gone["model"] && (d.Series != nil && strings.HasPrefix(d.Series.ID, "state/") || d.Bars != nil) {
				continue
			}
			b.Add(d)
		}
		if got := audited(t, &one, &b, p.Meta.AsOf).Claims[0]; got.Verdict != "unverifiable" {
			t.Errorf("%s is still %s without %v", c.ID, got.Verdict, gone)
		}
	}
	if n < 40 {
		t.Errorf("only %d claims are decided on the pack", n)
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
	l, p := shipped(t)
	few, err := assumption.Default().WithText("band.draws=0", "test")
	if err != nil {
		t.Fatal(err)
	}
	state := p.Book.AsOf(p.Meta.AsOf)
	look := func(l *audit.Ledger) string {
		a, err := faultline.Analyze(t.Context(), state, few, faultline.Audited(l))
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, c := range a.Audit.Claims {
			text += c.ID + " " + c.Verdict + "\n"
		}
		for _, v := range a.Audit.Violations {
			text += v.Rule + fmt.Sprint(v.Claims) + "\n"
		}
		return text
	}
	if testing.Short() {
		t.Skip("short: 80 audits")
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

// What came later changes no byte of the audit of an earlier instant.
func TestAnAuditDoesNotKnowWhatCameLater(t *testing.T) {
	l, p := shipped(t)
	text := func(b *market.Book) string {
		raw, err := json.Marshal(audited(t, l, b, p.Meta.AsOf))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	before := text(p.Book)
	later := market.Facts{Origin: market.Origin{File: "later.csv", Format: "facts", Grade: evidence.Published, KnownAt: "row_time"}}
	for _, d := range p.Book.Sets() {
		if d.Facts == nil {
			continue
		}
		later.Origin = d.Facts.Origin
		for _, f := range d.Facts.Rows {
			f.Known = p.Meta.AsOf.Add(30 * 24 * time.Hour).Unix()
			f.Value *= 3
			later.Rows = append(later.Rows, f)
		}
	}
	var b market.Book
	b.Add(p.Book.Sets()...)
	b.Add(market.Dataset{Facts: &later})
	if text(&b) != before {
		t.Error("figures published a month later change the audit")
	}
}
