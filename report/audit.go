package report

import (
	"io"
	"strings"

	"faultline"
	"faultline/audit"
	"faultline/evidence"
	"faultline/words"
)

// Audit writes the verdicts on the claims of a report.
func Audit(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("audit") })
}

// verdictOrder is the order in which verdicts are counted: what matters most comes first.
var verdictOrder = []audit.Verdict{
	audit.Contradicted, audit.Misleading, audit.Supported, audit.Consistent, audit.Unverifiable, audit.NotYetDue,
}

// audit is the section of the claims of a published report: how they fare, which of them contradict each
// other, and every one of them with its measure.
func (d *document) audit() section {
	s := section{ID: "audit", Title: d.w.Label("ui.audit")}
	a := d.a.Audit
	if a == nil {
		return s
	}
	lead := "ui.audit_lead"
	if a.Published == "" {
		lead = "ui.audit_lead_undated"
	}
	s.Lead = d.w.Text(lead, evidence.Args{"title": d.own(a.Title), "published": a.Published, "claims": len(a.Claims)})
	for _, v := range verdictOrder {
		s.Facts = append(s.Facts, fact{d.w.In("verdict", string(v)), plain(d.w.Number(float64(a.Counts[string(v)]), 0))})
	}
	if len(a.Violations) > 0 {
		s.Tables = append(s.Tables, d.conflicts(a))
	}
	tables := []struct{ where, title string }{{"table 1", "ui.audit_table_1"}, {"table 2", "ui.audit_table_2"}, {"", "ui.audit_claims"}}
	for i, part := range tables {
		t := table{Title: d.w.Label(part.title), Head: d.head("claim", "claimed", "measured", "verdict", "source"), Cards: true, Folded: part.where == ""}
		for j := range a.Claims {
			c := &a.Claims[j]
			// A claim stands in the first table that it belongs to.
			first := len(tables) - 1
			for k := range tables[:len(tables)-1] {
				if strings.Contains(c.Where, tables[k].where) {
					first = k
					break
				}
			}
			if first == i {
				t.Rows = append(t.Rows, d.claim(c))
			}
		}
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	s.Notes = append(s.Notes, d.w.Label("ui.audit_causal"))
	return s
}

// own is a text of the ledger in the reader's language.
func (d *document) own(t audit.Text) string { return words.Clean(t.In(d.w.Name())) }

// conflicts lists the claims that contradict each other.
func (d *document) conflicts(a *faultline.Audit) table {
	text := map[string]string{}
	for i := range a.Claims {
		text[a.Claims[i].ID] = d.own(a.Claims[i].Text)
	}
	t := table{Title: d.w.Label("ui.audit_conflicts"), Head: d.head("rule", "claims", "mend"), Cards: true}
	for _, v := range a.Violations {
		var said []string
		for _, id := range v.Claims {
			said = append(said, d.w.Text("ui.quoted", evidence.Args{"text": text[id]}))
		}
		rule := d.w.In("conflict", v.Rule)
		if v.Size != nil {
			rule = d.w.Text("ui.audit_size", evidence.Args{"rule": rule, "factor": d.w.Number(*v.Size, 2)})
		}
		mend := d.w.Label("ui.audit_no_mend")
		if m := v.Mend; m != nil {
			mend = d.w.Text("ui.audit_mend", evidence.Args{
				"text": text[m.Claims[0]], "value": d.claimed(m.Value, m.Unit), "factor": d.w.General(m.Factor),
			})
		}
		t.Rows = append(t.Rows, []cell{plain(rule), plain(strings.Join(said, " ")), plain(mend)})
	}
	return t
}

// claimed writes a number of a claim in its unit.
func (d *document) claimed(v float64, unit string) string {
	switch unit {
	case "usd":
		return d.w.Amount(v, 4)
	case "points":
		return d.w.Price(v)
	case "ratio":
		return d.w.Percent(v, 1)
	case "percentile":
		return d.w.Value(100*v, evidence.Percentile)
	case "date":
		return ""
	}
	return d.w.Text("ui.audit_number", evidence.Args{"value": d.w.General(v), "unit": d.w.In("claim_unit", unit)})
}

// claim is the row of one claim.
func (d *document) claim(c *faultline.AuditClaim) []cell {
	said := plain(d.own(c.Text))
	said.ID, said.Title = words.Clean("claim."+c.ID), words.Clean(c.ID+" · "+c.Where)
	if c.By != "" {
		said.Title += " · " + words.Clean(c.By)
	}
	row := []cell{said, {}, {}, {Text: d.w.In("verdict", c.Verdict), Strong: true, Keep: true}, {}}
	if f := c.Claimed; f != nil {
		text := ""
		switch {
		case f.Date != "":
			text = d.w.DateOf(f.Date)
		case f.High != nil:
			text = d.claimed(*f.Value, f.Unit) + " – " + d.claimed(*f.High, f.Unit)
		default:
			text = d.claimed(*f.Value, f.Unit)
		}
		if f.Bound != "" {
			text = d.w.In("bound", f.Bound) + " " + text
		}
		row[1] = plain(text)
	}
	var measured, sources []string
	seen := map[string]bool{}
	for i := range c.Readings {
		r := &c.Readings[i]
		measured = append(measured, d.reading(c, r))
		for _, e := range r.Evidence {
			name := d.w.In("grade", e.Grade.String())
			if e.Source != "" {
				name += " · " + link(e.Source).Text
			}
			if !seen[name] {
				seen[name] = true
				sources = append(sources, words.Clean(name))
			}
		}
	}
	switch {
	case c.Verdict == string(audit.NotYetDue):
		row[2] = cell{Text: d.w.Text("ui.audit_due", evidence.Args{"date": c.Due}), Absent: true}
	case len(measured) > 0:
		row[2] = plain(strings.Join(measured, "; "))
	case c.Needs != nil:
		row[2] = cell{Text: d.w.Text("ui.audit_needs", evidence.Args{"data": d.own(*c.Needs)}), Absent: true}
	}
	if len(c.Against) > 0 {
		row[3].Text += d.w.Label("ui.audit_against")
	}
	row[4] = plain(strings.Join(sources, "; "))
	return row
}

// reading says what one reading found.
func (d *document) reading(c *faultline.AuditClaim, r *faultline.AuditReading) string {
	text := ""
	switch {
	case r.Absent != nil:
		text = d.w.Absent(r.Absent)
	case r.Date != "":
		text = d.w.DateOf(r.Date)
		if r.Miss != nil && *r.Miss != 0 {
			text = d.w.Text("ui.audit_days_off", evidence.Args{"date": text, "days": d.w.Signed(*r.Miss, 0)})
		}
	case r.Measured != nil:
		text = d.claimed(*r.Measured, c.Claimed.Unit)
		if r.Holds != nil && !*r.Holds && r.Stretch != nil {
			text = d.w.Text("ui.audit_stretch", evidence.Args{"value": text, "factor": d.w.Number(*r.Stretch, 1)})
		}
	case *r.Holds:
		text = d.w.Label("ui.audit_holds")
	default:
		text = d.w.Label("ui.audit_fails")
	}
	if r.Text != nil {
		return d.w.Text("ui.audit_reading", evidence.Args{"reading": d.own(*r.Text), "found": text})
	}
	return text
}
