package faultline_test

import (
	"encoding/json"
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
