package report

import (
	"math"
	"slices"
	"strings"

	"faultline"
	"faultline/evidence"
)

// shockNames joins the names of the shocks.
func (d *document) shockNames() string {
	out := ""
	for i, s := range d.a.Shock.Shocks {
		if i > 0 {
			out += d.w.Label("ui.comma")
		}
		out += d.w.In("shock", s.Name)
	}
	return out
}

// member is the name of a player of an attribution: a shock, a group, or a participant on its own.
func (d *document) member(name string) string {
	for _, section := range []string{"shock_member", "shock", "player"} {
		if d.w.Has(section + "." + name) {
			return d.w.In(section, name)
		}
	}
	return name
}

// shock is the headlines of a shock under every law.
func (d *document) shock() section {
	s := section{ID: "shock", Title: d.w.Label("ui.shock")}
	x := d.a.Shock
	if x == nil {
		return s
	}
	s.Lead = d.w.Text("ui.shock_lead", evidence.Args{
		"size": d.w.SignedPercent(x.Size, 1), "shocks": d.shockNames(), "horizon": d.w.In("shock_horizon", x.Horizon), "law": d.w.In("law", x.ImpactLaw),
	})
	t := table{Title: d.w.Label("ui.shock_laws"), Head: append(d.head("measure"), d.laws()...)}
	add := func(name string, write func(evidence.Figure) cell, pick func(faultline.ShockLaw) *evidence.Figure) {
		row := []cell{{Text: name, Keep: true}}
		some := false
		for _, l := range x.Laws {
			f := pick(l)
			if f == nil {
				row = append(row, cell{})
				continue
			}
			some = true
			c := write(*f)
			row[0].Synthetic = row[0].Synthetic || c.Synthetic // one mark a row: five in a line hide the numbers
			c.Synthetic = false
			row = append(row, c)
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	both := func(key string, write func(evidence.Figure) cell, pick func(faultline.ShockLaw) faultline.WithWithout) {
		name := d.w.In("measure", key)
		add(name, write, func(l faultline.ShockLaw) *evidence.Figure { f := pick(l).With; return &f })
		add(d.w.Text("ui.without_dealers", evidence.Args{"measure": name}), write, func(l faultline.ShockLaw) *evidence.Figure { return pick(l).Without })
	}
	both("amplification", d.shockFigure, func(l faultline.ShockLaw) faultline.WithWithout { return l.Amplification })
	both("final_move", d.moveFigure, func(l faultline.ShockLaw) faultline.WithWithout { return l.FinalMove })
	both("loop_gain", d.shockFigure, func(l faultline.ShockLaw) faultline.WithWithout { return l.LoopGain.Total })
	both("resonance", d.shockFigure, func(l faultline.ShockLaw) faultline.WithWithout { return l.Resonance })
	both("critical_liquidity", d.shockFigure, func(l faultline.ShockLaw) faultline.WithWithout { return l.Critical })
	add(d.w.In("measure", "depth"), d.shockFigure, func(l faultline.ShockLaw) *evidence.Figure { f := l.Depth; return &f })
	add(d.w.In("measure", "critical_depth"), d.shockFigure, func(l faultline.ShockLaw) *evidence.Figure { f := l.CriticalDepth; return &f })
	s.Tables = append(s.Tables, t)
	s.Charts = d.shockCharts()
	s.Notes = append(s.Notes, d.w.Label("ui.resonance_note"), d.w.Label("ui.shock_interval_note"))
	s.Notes = append(s.Notes, d.rests()...)
	if l := d.firstLaw(); len(l.Together) > 0 {
		s.Tables = append(s.Tables, d.togetherTable())
		if f := l.Together[0].Move.With; f.Absent == nil && l.FinalMove.With.Absent == nil {
			s.Notes = append(s.Notes, d.w.Text("ui.together_note", evidence.Args{
				"law": d.w.In("law", l.Law), "together": d.moveFigure(f).Text, "beta": d.moveText(l.FinalMove.With),
			}))
		}
	}
	return s
}

// moveText is a move without its interval.
func (d *document) moveText(f evidence.Figure) string {
	f.Low, f.High = nil, nil
	return d.moveFigure(f).Text
}

// togetherTable is where every asset comes to rest, solved in all of them at once.
func (d *document) togetherTable() table {
	t := table{Title: d.w.Label("ui.together_table"), Head: append(d.head("asset", "initial_shock"), d.laws()...), Folded: true}
	laws := d.a.Shock.Laws
	for i, r := range laws[0].Together {
		name := d.instrument(r.ID)
		rows := [][]cell{{{Text: name, Keep: true}, number(d.w.SignedPercent(r.Shock, 2))}}
		if r.Move.Without != nil {
			rows = append(rows, []cell{{Text: d.w.Text("ui.without_dealers", evidence.Args{"measure": name}), Keep: true}, {}})
		}
		for _, l := range laws {
			rows[0] = append(rows[0], d.moveFigure(l.Together[i].Move.With))
			if len(rows) > 1 {
				rows[1] = append(rows[1], d.moveFigure(*l.Together[i].Move.Without))
			}
		}
		t.Rows = append(t.Rows, rows...)
	}
	return t
}

// rests say where the loop of the first law could rest, and where its gain passes 1.
func (d *document) rests() []string {
	l := d.firstLaw()
	law := d.w.In("law", l.Law)
	var out, list []string
	for _, f := range l.FixedPoints {
		key := "ui.unstable"
		if f.Stable {
			key = "ui.stable"
		}
		list = append(list, d.w.Text(key, evidence.Args{"price": d.w.Price(f.Price), "move": d.w.SignedPercent(f.Move, 2)}))
	}
	if len(list) > 0 {
		out = append(out, d.w.Text("ui.fixed_points", evidence.Args{"law": law, "list": strings.Join(list, d.w.Label("ui.comma"))}))
	}
	if v := l.LoopGain.Total.With.Value; v != nil && *v >= 1 {
		return append(out, d.w.Text("ui.pocket_here", evidence.Args{"law": law}))
	}
	if len(l.AirPockets) == 0 {
		return append(out, d.w.Text("ui.no_air_pocket", evidence.Args{"law": law}))
	}
	list = nil
	for _, p := range l.AirPockets {
		list = append(list, d.w.Price(p))
	}
	return append(out, d.w.Text("ui.air_pockets", evidence.Args{"law": law, "list": strings.Join(list, d.w.Label("ui.comma"))}))
}

// laws are the names of the laws, in their order.
func (d *document) laws() []string {
	var out []string
	for _, l := range d.a.Shock.Laws {
		out = append(out, d.w.In("law", l.Law))
	}
	return out
}

// shockFigure writes a figure of a shock with its interval, small ratios to three places.
func (d *document) shockFigure(f evidence.Figure) cell {
	if f.Absent != nil {
		return d.figure(f, false)
	}
	text := func(v float64) string {
		if f.Unit == evidence.USD {
			return d.w.Amount(v, 3)
		}
		if math.Abs(v) >= 1 {
			return d.w.Number(v, 2)
		}
		return d.w.Number(v, 3)
	}
	c := d.graded(number(text(*f.Value)), f.Grade, f.ID, f.Node)
	if f.Low != nil && f.High != nil {
		c.Text = d.w.Text("ui.value_with_band", evidence.Args{"value": c.Text, "low": text(*f.Low), "high": text(*f.High)})
	}
	return c
}

// shockParts says who amplifies and who is to blame.
func (d *document) shockParts() section {
	s := section{ID: "shock_parts", Title: d.w.Label("ui.shock_parts")}
	x := d.a.Shock
	if x == nil || len(x.Laws) == 0 {
		return s
	}
	gain := table{Title: d.w.Label("ui.gain_by_player"), Head: append(d.head("player"), d.laws()...)}
	for i, p := range x.Laws[0].LoopGain.Players {
		row := []cell{{Text: d.player(p.Name), Keep: true}}
		for _, l := range x.Laws {
			row = append(row, d.shockFigure(l.LoopGain.Players[i].Figure))
		}
		gain.Rows = append(gain.Rows, row)
	}
	for _, p := range x.Players {
		if p.Absent != nil {
			row := []cell{{Text: d.player(p.Name), Keep: true}, {Text: d.w.Absent(p.Absent), Absent: true}}
			for range len(x.Laws) - 1 {
				row = append(row, cell{})
			}
			gain.Rows = append(gain.Rows, row)
		}
	}
	s.Tables = append(s.Tables, gain)
	if len(x.Laws[0].Shapley) > 0 {
		t := table{Title: d.w.Label("ui.shapley_table"), Head: append(d.head("player"), d.laws()...)}
		for i, p := range x.Laws[0].Shapley {
			row := []cell{{Text: d.member(p.Name), Keep: true}}
			for _, l := range x.Laws {
				row = append(row, d.moveFigure(l.Shapley[i].Figure))
			}
			t.Rows = append(t.Rows, row)
		}
		s.Tables = append(s.Tables, t)
	}
	if len(x.Laws[0].Interaction) > 0 {
		t := table{Title: d.w.Label("ui.interaction_table"), Head: append(d.head("pair"), d.laws()...), Folded: true}
		for i, p := range x.Laws[0].Interaction {
			row := []cell{{Text: d.member(p.First) + " × " + d.member(p.Second), Keep: true}}
			for _, l := range x.Laws {
				row = append(row, d.moveFigure(l.Interaction[i].Figure))
			}
			t.Rows = append(t.Rows, row)
		}
		s.Tables = append(s.Tables, t)
	}
	l := d.firstLaw()
	if f := l.Distribution; f != nil && len(f.Level) == 0 {
		s.Notes = append(s.Notes, d.w.Absent(f.Mean.Absent))
	}
	if l.Distribution != nil && len(l.Distribution.Level) > 0 {
		at := func(sessions []float64, level float64) string {
			return d.w.Number(sessions[slices.Index(l.Distribution.Level, level)], 2)
		}
		s.Tables = append(s.Tables, d.touchTable(l), d.flowTable(l))
		s.Notes = append(s.Notes, d.w.Text("ui.simulated", evidence.Args{
			"paths": l.Distribution.Paths, "halted": l.Distribution.Halted,
			"half": at(l.Distribution.HalfTime, 0.5), "late": at(l.Distribution.HalfTime, 0.95),
			"after": at(l.Distribution.AfterTime, 0.5), "first": at(l.Distribution.AfterTime, 0.05), "last": at(l.Distribution.AfterTime, 0.95),
		}))
	}
	return s
}

// moveFigure writes a move in percent with its interval.
func (d *document) moveFigure(f evidence.Figure) cell {
	if f.Absent != nil {
		return d.figure(f, false)
	}
	c := d.graded(number(d.w.SignedPercent(*f.Value, 2)), f.Grade, f.ID, f.Node)
	if f.Low != nil && f.High != nil {
		c.Text = d.w.Text("ui.value_with_band", evidence.Args{"value": c.Text, "low": d.w.SignedPercent(*f.Low, 2), "high": d.w.SignedPercent(*f.High, 2)})
	}
	return c
}

// firstLaw is the law whose numbers stand first.
func (d *document) firstLaw() faultline.ShockLaw {
	for _, l := range d.a.Shock.Laws {
		if l.Law == d.a.Shock.ImpactLaw {
			return l
		}
	}
	return faultline.ShockLaw{}
}

func (d *document) touchTable(l faultline.ShockLaw) table {
	t := table{Title: d.w.Label("ui.touch_table"), Head: d.head("move", "price", "with_all", "without_dealers")}
	for i, move := range l.Distribution.Touch.Move {
		row := []cell{
			number(d.w.SignedPercent(move, 0)), number(d.w.Price(l.Distribution.Touch.Price[i])),
			d.graded(number(d.w.Percent(l.Distribution.Touch.Share[i], 1)), l.Distribution.Mean.Grade, "", l.Distribution.Mean.Node),
			{},
		}
		if w := l.WithoutDist; w != nil && len(w.Level) > 0 {
			row[3] = d.graded(number(d.w.Percent(w.Touch.Share[i], 1)), w.Mean.Grade, "", w.Mean.Node)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (d *document) flowTable(l faultline.ShockLaw) table {
	t := table{Title: d.w.Label("ui.flow_table"), Head: d.head("player", "mean", "band")}
	for _, f := range l.Distribution.Flow {
		t.Rows = append(t.Rows, []cell{{Text: d.player(f.Name), Keep: true}, d.figure(f.Mean, true), number(d.w.Band(f.Low, f.High, evidence.USD))})
	}
	return t
}

// shockCurve is the amplification curve as numbers.
func (d *document) shockCurve() section {
	s := section{ID: "shock_curve", Title: d.w.Label("ui.shock_curve"), Appendix: true}
	x := d.a.Shock
	if x == nil {
		return s
	}
	curves := d.firstLaw().Curves
	t := table{Title: d.w.Label("ui.curve_table"), Head: d.head("initial_shock"), Folded: true}
	for _, c := range curves {
		t.Head = append(t.Head, d.w.In("shock_horizon", c.Horizon))
	}
	if len(curves) == 0 {
		return s
	}
	for i, shock := range curves[0].Shock {
		row := []cell{number(d.w.SignedPercent(shock, 2))}
		for _, c := range curves {
			text := d.w.SignedPercent(c.Move[i], 2)
			if c.Away[i] {
				text = d.w.Label("ui.runs_away")
			}
			row = append(row, d.graded(number(text), x.Grade, "", x.Node))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = append(s.Tables, t)
	for _, c := range curves {
		for _, j := range c.Jumps {
			s.Notes = append(s.Notes, d.w.Text("ui.jump", evidence.Args{
				"horizon": d.w.In("shock_horizon", c.Horizon), "shock": d.w.SignedPercent(j.Shock, 2), "from": d.w.SignedPercent(j.From, 2), "to": d.w.SignedPercent(j.To, 2),
			}))
		}
	}
	return s
}

// shockReverse is what has to be true for a loss.
func (d *document) shockReverse() section {
	s := section{ID: "shock_reverse", Title: d.w.Label("ui.shock_reverse")}
	if d.a.Shock == nil || d.a.Shock.Reverse == nil {
		return s
	}
	r := d.a.Shock.Reverse
	s.Lead = d.w.Text("ui.reverse_lead", evidence.Args{"loss": d.w.Percent(r.Loss, 1), "law": d.w.In("law", r.Law), "horizon": d.w.In("shock_horizon", d.a.Shock.Horizon)})
	if r.Absent != nil {
		s.Notes = append(s.Notes, d.w.Absent(r.Absent))
		return s
	}
	t := table{Head: d.head("may_change", "initial_shock", "liquidity", "positions", "distance", "end")}
	for _, p := range append([]faultline.ReversePoint{*r.Joint}, r.Alone...) {
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.In("reverse", p.Free), Keep: true},
			number(d.w.SignedPercent(p.Shock, 2)), number(d.w.Percent(p.Liquidity, 0)),
			number(d.w.Percent(p.Size, 0)), number(d.w.Number(p.Distance, 2)), number(d.w.SignedPercent(p.Move, 2)),
		})
	}
	s.Tables = append(s.Tables, t)
	return s
}
