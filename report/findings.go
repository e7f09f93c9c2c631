package report

import (
	"faultline"
	"faultline/words"
)

// findings is the summary that the report begins with.
func (d *document) findings() section {
	s := section{ID: "findings", Title: d.w.Label("ui.findings")}
	for _, f := range d.a.Findings {
		s.Points = append(s.Points, d.finding(f))
	}
	if len(s.Points) > 0 {
		s.Lead = d.w.Label("ui.findings_lead")
	}
	return s
}

func (d *document) finding(f faultline.Finding) cell {
	return d.graded(cell{Text: d.w.Sentence(d.w.Say(f.Says))}, f.Grade, f.Says.Code, f.Node)
}

// entry is one line of the table of contents.
type entry struct {
	ID, Title string
	Appendix  bool
}

// Contents lists the sections with their anchors, where there are enough of them to look for one.
func (d *document) Contents() []entry {
	const few = 6 // fits a screen or two
	if d.Class != "" || len(d.Sections) < few {
		return nil
	}
	out := make([]entry, len(d.Sections))
	for i, s := range d.Sections {
		out[i] = entry{words.Clean(s.ID), s.Title, s.Appendix}
	}
	return out
}
