package report

import (
	"slices"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// validation is how far off the models were where they could be checked: the errors of the numbers that a
// reader is asked to trust.
func (d *document) validation() section {
	s := section{ID: "validation", Title: d.w.Label("ui.validation"), Appendix: true}
	if len(d.a.Validation) == 0 {
		return s
	}
	s.Lead = d.w.Label("ui.validation_lead")
	for _, m := range d.a.Validation {
		s.Tables = append(s.Tables, d.modelErrors(m))
	}
	return s
}

// modelErrors is the table of one model.
func (d *document) modelErrors(m faultline.ModelErrors) table {
	t := table{
		Title: d.w.Text("ui.model_errors", evidence.Args{"model": d.w.In("validated_model", m.Model), "source": words.Clean(m.Source)}),
		Head:  d.head("measure", "value", "interval", "count", "baseline"),
	}
	for _, x := range m.Scores {
		row := []cell{{Text: d.measure(x.ID)}, {}, {}, number(d.w.Number(float64(x.N), 0)), {}}
		if x.Absent != nil {
			row[1] = cell{Text: d.w.Absent(x.Absent), Absent: true}
		}
		if x.Value != nil {
			row[1] = d.graded(number(d.score(*x.Value, x)), evidence.Modelled, x.ID, m.Node)
		}
		if x.Low != nil && x.High != nil {
			row[2] = number(d.w.Text("ui.band", evidence.Args{"low": d.score(*x.Low, x), "high": d.score(*x.High, x)}))
		}
		if x.Baseline != nil {
			row[4] = number(d.score(*x.Baseline, x))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// measure is the name of a score. Those of levels begin with the kind of level.
func (d *document) measure(id string) string {
	if kind, rest, ok := strings.Cut(id, "."); ok && slices.Contains([]string{"level", "placebo_offset", "placebo_round", "less_placebo"}, rest) {
		return d.w.In("level", kind) + d.w.Label("ui.colon") + d.w.In("measure", rest)
	}
	return d.w.In("measure", id)
}

// score writes a score: shares of a price with three decimals, shares of cases whole, money as such.
func (d *document) score(v float64, x faultline.Score) string {
	switch {
	case x.Unit == evidence.USD:
		return d.w.Amount(v, 3)
	case x.Unit == evidence.UnitNone:
		return d.w.Number(v, 1)
	case strings.HasPrefix(x.ID, "pivot_"):
		return d.w.Percent(v, 3)
	case strings.HasSuffix(x.ID, "signs_right") || strings.HasSuffix(x.ID, ".level") || strings.Contains(x.ID, ".placebo_"):
		return d.w.Percent(v, 0)
	case strings.HasSuffix(x.ID, ".less_placebo"):
		return d.w.SignedPercent(v, 0)
	}
	return d.w.Number(v, 2)
}
