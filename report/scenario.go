package report

import (
	"io"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Scenario writes the scenarios and what moved their probabilities.
func Scenario(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("scenario") })
}

// Watch writes where the rules of the action list stand.
func Watch(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("watch") })
}

// told picks a text of a file in the reader's language.
func (d *document) told(t map[string]string) string {
	if s, ok := t[d.w.Name()]; ok {
		return words.Clean(s)
	}
	return words.Clean(t["en"])
}

func (d *document) scenario() section {
	s := section{ID: "scenario", Title: d.w.Label("scenario_tree.title")}
	x := d.a.Scenario
	if x == nil {
		return s
	}
	s.Lead = d.w.Text("scenario_tree.lead", evidence.Args{"from": d.w.DateOf(x.From), "until": d.w.DateOf(x.Until)})
	if c := d.course(); c.Wide != "" {
		s.Charts = append(s.Charts, c)
	}
	for _, t := range []table{d.branches(x), d.conditions(x), d.outcomes(x), d.moves(x), d.pathsTable(x), d.scores(x)} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	if x.Outside {
		s.Notes = append(s.Notes, d.w.Label("scenario_tree.outside"))
	}
	s.Notes = append(s.Notes, d.w.Label("scenario_tree.legend"))
	s.Notes = append(s.Notes, d.w.Text("scenario_tree.gap", evidence.Args{"gap": x.Gap}))
	for _, o := range x.Overlaps {
		s.Notes = append(s.Notes, d.w.Text("scenario_tree.overlap", evidence.Args{"a": words.Clean(o.A), "b": words.Clean(o.B), "p": o.Probability}))
	}
	for _, b := range x.Branches {
		if b.Contradict != nil {
			s.Notes = append(s.Notes, d.branch(b)+d.w.Label("ui.colon")+d.w.Say(*b.Contradict))
		}
	}
	for _, n := range x.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(n)))
	}
	for _, m := range x.Missing {
		s.Notes = append(s.Notes, d.w.In("part", m.Part)+d.w.Label("ui.colon")+d.w.Absent(m.Absent))
	}
	return s
}

func (d *document) branch(b faultline.ScenarioBranch) string {
	return words.Clean(b.Name) + " · " + d.told(b.Title)
}

func (d *document) branches(x *faultline.Scenarios) table {
	t := table{Title: d.w.Label("scenario_tree.branches"), Head: d.head("scenario", "prior", "posterior", "naive", "own_leak", "in_history", "paths_left")}
	for _, b := range x.Branches {
		now := d.figure(b.Posterior, false)
		now.Text = d.w.Percent(*b.Posterior.Value, 1)
		now.Strong = true
		held, left := cell{}, cell{}
		if b.Held != nil {
			held = number(d.w.Percent(*b.Held, 1))
		}
		if b.Effective != nil {
			left = number(d.w.Number(*b.Effective, 0))
		}
		name := cell{Text: d.branch(b)}
		if b.Dead != nil {
			name.Text += " — " + d.dead(x, b)
		}
		t.Rows = append(t.Rows, []cell{name, number(d.w.Percent(b.Prior, 0)), now, number(d.w.Percent(b.Naive, 1)), number(d.w.Percent(b.Leak, 0)), held, left})
	}
	return t
}

// dead says which condition ruled a scenario out.
func (d *document) dead(x *faultline.Scenarios, b faultline.ScenarioBranch) string {
	name, _ := b.Dead.Args["condition"].(string)
	for _, c := range x.Conditions {
		if c.Name == name {
			name = d.told(c.Title)
		}
	}
	date, _ := b.Dead.Args["date"].(string)
	return d.w.Say(evidence.Code{Code: b.Dead.Code, Args: evidence.Args{"condition": name, "date": d.w.DateOf(date)}})
}

// read lists what an expression read; one made-up number among it marks all.
func (d *document) read(list []faultline.ScenarioReading) cell {
	var out []string
	c, worst := cell{}, evidence.Observed
	for _, r := range list {
		if r.Value != nil {
			out = append(out, words.Clean(r.Name)+" = "+d.w.General(*r.Value))
		}
		if r.Grade != nil {
			worst = evidence.Weakest(worst, *r.Grade)
		}
	}
	if len(out) > 0 {
		c.Text, c.Title, c.Synthetic = strings.Join(out, "; "), d.w.In("grade", worst.String()), worst == evidence.Synthetic
	}
	return c
}

func (d *document) share(p *float64) cell {
	if p == nil {
		return cell{}
	}
	return number(d.w.Percent(*p, 1))
}

func (d *document) squared(v *float64) cell {
	if v == nil {
		return cell{}
	}
	return number(d.w.Number(*v, 3))
}

// odds writes what markets gave, or their squared errors.
func (d *document) odds(list []faultline.MarketOdds, brier bool) cell {
	var out []string
	for _, m := range list {
		name := d.w.In("odds", m.Source) + " "
		switch {
		case brier && m.Brier != nil:
			out = append(out, name+d.w.Number(*m.Brier, 3))
		case !brier && m.Probability != nil:
			out = append(out, name+d.w.Percent(*m.Probability, 1))
		}
	}
	return cell{Text: strings.Join(out, d.w.Label("ui.semicolon"))}
}

func (d *document) conditions(x *faultline.Scenarios) table {
	t := table{Title: d.w.Label("scenario_tree.conditions"), Head: d.head("condition", "status", "by", "tree_now", "market_now", "observed"), Cards: true}
	for _, c := range x.Conditions {
		status := d.w.In("condition_status", c.Status)
		if c.Since != "" {
			status += " " + d.w.DateOf(c.Since)
		}
		if c.Revised {
			status += d.w.Label("ui.semicolon") + d.w.In("condition_status", "revised")
		}
		seen := d.read(c.Readings)
		if seen.Text == "" && c.Absent != nil {
			seen.Text = d.w.Absent(c.Absent)
		}
		name := cell{Text: d.told(c.Title), Title: words.Clean(c.Expression)}
		t.Rows = append(t.Rows, []cell{name, {Text: status, Synthetic: seen.Synthetic && c.Status != "open"}, {Text: d.w.DateOf(c.By), Keep: true}, d.share(&c.Probability), d.odds(c.Odds, false), seen})
	}
	return t
}

func (d *document) outcomes(x *faultline.Scenarios) table {
	t := table{Title: d.w.Label("scenario_tree.outcomes"), Head: d.head("scenario", "should_do", "tree_least", "market_then", "so_far", "brier_tree", "brier_market"), Cards: true}
	for _, b := range x.Branches {
		for _, o := range b.Outcomes {
			far := cell{}
			switch {
			case o.True != nil && *o.True:
				far.Text = d.w.In("condition_status", "true")
			case o.True != nil:
				far.Text = d.w.In("condition_status", "false")
			case o.Absent != nil:
				far = cell{Text: d.w.Absent(o.Absent), Absent: true}
			}
			t.Rows = append(t.Rows, []cell{{Text: words.Clean(b.Name), Keep: true}, {Text: d.told(o.Title), Title: words.Clean(o.Expression)}, number(d.w.Percent(o.Least, 0)), d.odds(o.Odds, false), far, d.squared(o.BrierLeast), d.odds(o.Odds, true)})
		}
	}
	return t
}

// moves is the log: what moved the probabilities.
func (d *document) moves(x *faultline.Scenarios) table {
	t := table{Title: d.w.Label("scenario_tree.log"), Head: d.head("date", "event_moved", "status", "observed")}
	for _, b := range x.Branches {
		t.Head = append(t.Head, words.Clean(b.Name))
	}
	titles := map[string]string{}
	for _, c := range x.Conditions {
		titles[c.Name] = d.told(c.Title)
	}
	for _, s := range x.Log {
		what := titles[s.Condition]
		if s.Condition == "" {
			what = d.w.Label("scenario_tree.priors")
		}
		row := []cell{{Text: d.w.Date(s.At), Keep: true}, {Text: what}, {Text: d.w.In("condition_status", s.Status), Keep: true}, d.read(s.Readings)}
		for _, p := range s.Posterior {
			row = append(row, number(d.w.Percent(p, 1)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (d *document) pathsTable(x *faultline.Scenarios) table {
	p := x.Paths
	if p == nil {
		return table{}
	}
	t := table{
		Title: d.w.Text("scenario_tree.paths", evidence.Args{"paths": p.Paths, "sessions": p.Sessions, "from": d.w.DateOf(p.From), "to": d.w.DateOf(p.To)}),
		Head:  append(d.head("asset", "history"), d.w.In("head", "tree")),
	}
	if l := p.Loop; l != nil {
		t.Title += d.w.Label("ui.semicolon") + d.w.Text("scenario_tree.loop", evidence.Args{"share": l.Share, "sessions": l.Sessions})
	}
	for _, b := range x.Branches {
		if b.Spreads != nil {
			t.Head = append(t.Head, words.Clean(b.Name))
		}
	}
	mean := func(list []faultline.AssetSpread, i int) cell {
		if i >= len(list) {
			return cell{}
		}
		s := list[i]
		text := func(v float64) string {
			if s.Asset == "TNX" {
				return d.w.Signed(v, 2)
			}
			return d.w.SignedPercent(v, 1)
		}
		c := number(text(s.Mean))
		c.Title = text(s.Low) + " … " + text(s.High)
		return c
	}
	for i, s := range p.Prior {
		row := []cell{{Text: d.instrument(s.Asset), Keep: true}, mean(p.Prior, i), mean(p.Mixture, i)}
		for _, b := range x.Branches {
			if b.Spreads != nil {
				row = append(row, mean(b.Spreads, i))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (d *document) scores(x *faultline.Scenarios) table {
	t := table{Title: d.w.Label("scenario_tree.score"), Head: d.head("condition", "status", "tree_then", "market_then", "brier_tree", "brier_market")}
	if x.Score == nil {
		return t
	}
	decided := false
	titles := map[string]string{}
	for _, c := range x.Conditions {
		titles[c.Name] = d.told(c.Title)
	}
	for _, c := range x.Score.Conditions {
		decided = decided || c.BrierTree != nil
		then := d.odds(c.Odds, false)
		if len(c.Odds) == 0 {
			then = cell{Text: d.w.Label("scenario_tree.no_market"), Absent: true}
		}
		t.Rows = append(t.Rows, []cell{{Text: titles[c.Name]}, {Text: d.w.In("condition_status", c.Status)}, d.share(&c.Tree), then, d.squared(c.BrierTree), d.odds(c.Odds, true)})
	}
	if !decided {
		return table{}
	}
	if s := x.Score; s.Brier != nil {
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.Text("scenario_tree.whole", evidence.Args{"true": words.Clean(strings.Join(s.True, ", ")), "uniform": d.w.Number(*s.Uniform, 2), "log": d.w.Number(*s.Log, 2)})},
			{},
			{},
			{},
			d.squared(s.Brier),
			{},
		})
	}
	return t
}

// watch is the action list.
func (d *document) watch() section {
	s := section{ID: "watch", Title: d.w.Label("watch.title")}
	if len(d.a.Actions) == 0 {
		return s
	}
	s.Lead = d.w.Label("watch.lead")
	t := table{Head: d.head("advice", "status", "advice_rule", "observed", "record", "cost"), Cards: true}
	for _, a := range d.a.Actions {
		status := d.w.In("alert", a.Status)
		if a.Since != "" {
			status += " " + d.w.DateOf(a.Since)
		}
		var record []string
		for _, r := range a.Record {
			record = append(record, d.record(r))
		}
		cost := cell{}
		if a.Cost != nil {
			cost.Text = d.record(*a.Cost)
			cost.Absent = a.Cost.Absent != nil
			cost.Synthetic = a.Cost.Grade != nil && *a.Cost.Grade == evidence.Synthetic
		}
		seen := d.read(a.Readings)
		for _, r := range a.Readings {
			if seen.Text == "" && r.Absent != nil {
				seen.Text = d.w.Absent(r.Absent)
			}
		}
		t.Rows = append(t.Rows, []cell{
			{Text: d.told(a.Title), Strong: true},
			{Text: status, Synthetic: seen.Synthetic},
			{Text: words.Clean(a.Expression)},
			seen,
			{Text: strings.Join(record, d.w.Label("ui.semicolon"))},
			cost,
		})
	}
	s.Tables = append(s.Tables, t)
	s.Notes = append(s.Notes, d.w.Label("watch.note"))
	return s
}

// record writes one measured line.
func (d *document) record(r faultline.ActionRecord) string {
	name := d.w.In("record", r.Code)
	switch {
	case r.Absent != nil:
		return name + d.w.Label("ui.colon") + d.w.Absent(r.Absent)
	case r.Value == nil:
		return name
	case r.Error == nil:
		return name + d.w.Label("ui.colon") + d.w.SignedPercent(*r.Value, 2)
	}
	return d.w.Text("watch.measured", evidence.Args{"name": name, "value": d.w.SignedPercent(*r.Value, 2), "error": d.w.Percent(*r.Error, 2), "n": r.N})
}
