package report

import "faultline/evidence"

// ghosts is the section of who sold how much over some sessions, in dollars and in points of the index under
// each law of impact, with what neither participants nor the assumed shocks explain.
func (d *document) ghosts() section {
	s := section{ID: "ghosts", Title: d.w.Label("ui.ghosts")}
	g := d.a.Ghosts
	if g == nil {
		return s
	}
	s.Lead = d.w.Text("ui.ghosts_lead", evidence.Args{
		"from": g.From, "to": g.To, "start": d.w.Price(g.Start), "end": d.w.Price(g.End), "points": d.w.Signed(g.End-g.Start, 1),
	})
	t := table{Title: d.w.Label("ui.ghosts_table"), Head: d.head("player", "traded")}
	for _, l := range g.Laws {
		t.Head = append(t.Head, d.w.In("law", l))
	}
	row := func(name, usd string, points []float64, strong bool) {
		r := []cell{{Text: name, Strong: strong}, number(usd)}
		for _, p := range points {
			c := d.graded(number(d.w.Signed(p, 1)), g.Grade, "", g.Node)
			c.Strong = strong
			r = append(r, c)
		}
		t.Rows = append(t.Rows, r)
	}
	for _, p := range g.Players {
		row(d.player(p.Name), d.w.SignedAmount(p.USD, 3), p.Points, false)
	}
	for _, p := range g.Shocks {
		row(d.w.In("shock", p.Name), "", p.Points, false)
	}
	row(d.w.In("head", "total"), "", g.Total, true)
	row(d.w.Text("validate.ghosts_residual", nil), "", g.Residual, true)
	s.Tables = []table{t}
	if len(g.Shocks) > 0 {
		s.Notes = append(s.Notes, d.w.Label("ui.ghosts_shocks"))
	}
	for _, m := range g.Absent {
		s.Notes = append(s.Notes, d.w.Text("ui.replay_missing", evidence.Args{"part": d.player(m.Part), "reason": d.w.Absent(m.Absent)}))
	}
	for _, c := range g.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
	}
	return s
}
