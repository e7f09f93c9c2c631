package report

import (
	"io"
	"strings"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/words"
)

// Macro writes what is known of the economy and of what the Federal Reserve will do.
func Macro(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) {
		s.sections("releases", "nowcast", "fog", "fed", "analog", "premium", "liquidity", "lacking")
	})
}

// economy is the sections of the macro instruments.
func (d *document) economy() []section {
	m := d.a.Macro
	if m == nil {
		return nil
	}
	return []section{d.releases(m), d.nowcast(m), d.fog(m), d.fed(m), d.analog(m), d.premium(m), d.liquidity(m), d.lacking(m)}
}

// withCharts keeps the charts that could be drawn.
func withCharts(s *section, charts ...chart) {
	for _, c := range charts {
		if c.Wide != "" {
			s.Charts = append(s.Charts, c)
		}
	}
}

func (d *document) notes(s *section, codes []evidence.Code) {
	for _, c := range codes {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
	}
}

// releases lists what is missing from the calendar, and what comes next.
func (d *document) releases(m *faultline.Macro) section {
	s := section{ID: "releases", Title: d.w.Label("macro.releases")}
	if m.Releases == nil {
		return s
	}
	s.Lead = d.w.Text("ui.calendar_lead", evidence.Args{"count": len(m.Releases.Releases), "holes": m.Releases.Holes})
	t := table{Head: d.head("release", "period", "scheduled", "due", "status", "remark")}
	for _, x := range m.Releases.Releases {
		if !x.Hole {
			continue
		}
		due := ""
		if x.Due != nil {
			due = d.w.DateOf(x.Due.In(calendar.NewYork()).Format(time.DateOnly))
		}
		part := ""
		if x.Part != "" {
			part = d.w.In("release_part", x.Part)
		}
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.In("release", x.Report), Keep: true},
			plain(x.Period), plain(d.w.DateOf(x.Scheduled.In(calendar.NewYork()).Format(time.DateOnly))),
			plain(due), plain(d.w.In("release_status", x.Status)), plain(part),
		})
	}
	if len(t.Rows) > 0 {
		s.Tables = []table{t}
	}
	return s
}

func (d *document) fed(m *faultline.Macro) section {
	s := section{ID: "fed", Title: d.w.Label("macro.fed")}
	if p := m.Fed; p != nil {
		s.Lead = d.w.Text("fed.title", evidence.Args{"day": p.Day, "low": p.Target.LowBP, "high": p.Target.HighBP})
		withCharts(&s, d.pathChart(p))
		t := table{Head: d.head("meeting", "expected_bp", "change_bp", "likeliest", "remark")}
		for _, x := range p.Meetings {
			if x.Absent != nil {
				t.Rows = append(t.Rows, []cell{{Text: x.Date, Keep: true}, {}, {}, {}, {Text: d.w.Absent(x.Absent), Absent: true}})
				continue
			}
			best := x.Ranges[0]
			for _, r := range x.Ranges {
				if r.Probability > best.Probability {
					best = r
				}
			}
			var remarks []string
			for _, c := range x.Caveats {
				remarks = append(remarks, d.w.Say(c))
			}
			t.Rows = append(t.Rows, []cell{
				{Text: x.Date, Keep: true},
				d.graded(number(d.w.Number(*x.ExpectedBP, 1)+" ± "+d.w.Number(*x.ExpectedErrorBP, 1)), p.Grade, "", "run/fedwatch"),
				d.graded(number(d.w.Signed(*x.ChangeBP, 1)+" ± "+d.w.Number(*x.ChangeErrorBP, 1)), p.Grade, "", "run/fedwatch"),
				d.graded(number(d.w.Number(float64(best.LowBP), 0)+"–"+d.w.Number(float64(best.HighBP), 0)+" · "+d.w.Percent(best.Probability, 1)), p.Grade, "", "run/fedwatch"),
				plain(strings.Join(remarks, "; ")),
			})
		}
		s.Tables = append(s.Tables, t)
		d.notes(&s, p.Caveats)
	}
	if o := m.Odds; o != nil {
		withCharts(&s, d.oddsChart(o))
		t := table{Title: d.w.Text("macro.odds_chart", evidence.Args{"meeting": o.Meeting}), Folded: len(o.Day) > 30, Head: d.head("day", "cut", "hike")}
		for i := range o.Day {
			hike := cell{}
			if i < len(o.Hike) {
				hike = d.graded(number(d.w.Percent(o.Hike[i], 1)), o.Grade, "", o.Node)
			}
			t.Rows = append(t.Rows, []cell{{Text: d.w.DateOf(o.Day[i]), Keep: true}, d.graded(number(d.w.Percent(o.Cut[i], 1)), o.Grade, "", o.Node), hike})
		}
		s.Tables = append(s.Tables, t)
	}
	if len(m.Responses) > 0 {
		t := table{Title: d.w.Label("macro.response"), Head: d.head("measure", "response", "band", "r2", "events", "stretch")}
		for _, x := range m.Responses {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("rate_measure", x.Measure)},
				d.figure(x.Return, true), number(d.band(x.Return.Low, x.Return.High, x.Return.Unit)),
				number(d.w.Number(x.R2, 2)), number(d.w.Number(float64(x.Events), 0)), plain(d.w.DateOf(x.First) + " – " + d.w.DateOf(x.Last)),
			})
		}
		s.Tables = append(s.Tables, t)
	}
	return s
}

func (d *document) analog(m *faultline.Macro) section {
	s := section{ID: "analog", Title: d.w.Label("macro.analog")}
	a := m.Analog
	if a == nil {
		return s
	}
	s.Lead = d.w.Text("macro.analog_lead", evidence.Args{"from": a.From, "to": a.To, "past_from": a.PastFrom, "past_to": a.PastTo})
	s.Facts = []fact{
		{d.w.Label("macro.verdict"), cell{Text: d.w.In("verdict", a.Verdict), Strong: true}},
		{d.w.Label("macro.chance"), d.figure(a.Chance, false)},
	}
	withCharts(&s, d.overlayChart(a))
	best := table{Title: d.w.Label("macro.best"), Head: d.head("likeness", "length", "stretch", "apart", "by_chance", "chance")}
	for _, b := range a.Best {
		// Every length is searched; a year's steps show the course.
		if b.Length%12 == 0 {
			best.Rows = append(best.Rows, []cell{
				{Text: d.w.In("likeness", b.Kind)},
				number(d.w.Number(float64(b.Length), 0)),
				{Text: b.From + " – " + b.To, Keep: true},
				number(d.w.Number(b.Distance, 2)), number(d.w.Number(b.Expected, 2)), d.graded(number(d.w.Percent(b.Chance, 0)), a.Grade, "", a.Node),
			})
		}
	}
	s.Tables = append(s.Tables, best)
	after := table{Title: d.w.Text("macro.after", evidence.Args{"months": a.Horizon}), Head: d.head("likeness", "series", "matches", "median", "range", "any_month")}
	for _, k := range a.Kinds {
		for _, f := range k.Fans {
			h := len(f.Mid) - 1
			if h < 0 {
				continue
			}
			after.Rows = append(after.Rows, []cell{
				{Text: d.w.In("likeness", k.Kind)},
				{Text: d.w.In("macro_series", f.Series)},
				number(d.w.Number(float64(f.N), 0)),
				d.graded(number(d.w.Signed(f.Mid[h], 1)), a.Grade, "", a.Node),
				number(d.w.Signed(f.Low[h], 1) + " … " + d.w.Signed(f.High[h], 1)),
				number(d.w.Signed(f.BaseMid[h], 1) + " (" + d.w.Signed(f.BaseLow[h], 1) + " … " + d.w.Signed(f.BaseHigh[h], 1) + ")"),
			})
		}
	}
	s.Tables = append(s.Tables, after)
	policy := table{Title: d.w.Label("macro.policy"), Head: d.head("policy", "matches", "inflation", "unemployment")}
	for _, b := range a.Branches {
		name := "not_eased"
		if b.Eased {
			name = "eased"
		}
		row := []cell{{Text: d.w.In("policy_branch", name)}, number(d.w.Number(float64(b.N), 0)), {}, {}}
		if b.Inflation != nil && b.Unemployment != nil {
			row[2], row[3] = number(d.w.Signed(*b.Inflation, 1)), number(d.w.Signed(*b.Unemployment, 1))
		}
		policy.Rows = append(policy.Rows, row)
	}
	s.Tables = append(s.Tables, policy)
	if a.Gap != nil && a.GapP != nil {
		s.Notes = append(s.Notes, d.w.Text("macro.gap", evidence.Args{"gap": d.w.Signed(*a.Gap, 1), "chance": *a.GapP}))
	}
	return s
}

func (d *document) premium(m *faultline.Macro) section {
	s := section{ID: "premium", Title: d.w.Label("macro.premium")}
	p := m.Premium
	if p == nil {
		return s
	}
	s.Lead = d.w.Text("macro.premium_lead", evidence.Args{"day": d.w.DateOf(p.Day), "months": p.Months, "since": d.w.DateOf(p.Since)})
	withCharts(&s, d.premiumChart(p))
	t := table{Head: d.head("years", "yield", "expected_rate", "premium", "band", "year_change")}
	for _, x := range p.Maturity {
		t.Rows = append(t.Rows, []cell{
			number(d.w.Number(x.Years, 0)), d.hundredths(x.Yield, d.w.Percent), d.hundredths(x.Expected, d.w.Percent), d.hundredths(x.Premium, d.w.SignedPercent),
			number(d.between(x.Premium)), number(d.w.SignedPercent(x.Change, 2)),
		})
	}
	s.Tables = []table{t}
	d.notes(&s, p.Caveats)
	return s
}

// hundredths writes a rate to a basis point, as yields are quoted.
func (d *document) hundredths(f evidence.Figure, write func(float64, int) string) cell {
	if f.Absent != nil {
		return d.figure(f, false)
	}
	return d.graded(number(write(*f.Value, 2)), f.Grade, f.ID, f.Node)
}

// between writes the band of a rate to a basis point.
func (d *document) between(f evidence.Figure) string {
	if f.Low == nil || f.High == nil {
		return ""
	}
	return d.w.SignedPercent(*f.Low, 2) + " … " + d.w.SignedPercent(*f.High, 2)
}

func (d *document) liquidity(m *faultline.Macro) section {
	s := section{ID: "liquidity", Title: d.w.Label("macro.liquidity")}
	l := m.Liquidity
	if l == nil {
		return s
	}
	s.Lead = d.w.Label("macro.liquidity_lead")
	if n := l.Net; n != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("macro.net"), d.figure(n.Value, false)}, fact{d.w.Label("macro.net_change"), d.figure(n.Change, true)})
	}
	if v := l.Spread; v != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("macro.spread"), d.hundredths(v.Value, d.w.SignedPercent)}, fact{d.w.Label("macro.spread_highest"), d.hundredths(v.Highest, d.w.SignedPercent)})
	}
	withCharts(&s, d.balanceChart(l))
	for _, r := range l.Races {
		name := d.instrument(r.Asset)
		if r.Asset == "high_beta" {
			name = d.w.Label("macro.high_beta")
		}
		t := table{
			Title: d.w.Text("macro.race", evidence.Args{"asset": name, "weeks": r.Weeks, "verdict": d.w.In("verdict", r.Verdict)}),
			Head:  d.head("story", "alone", "jointly", "r2", "bic"),
		}
		for _, x := range r.Runners {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.In("story", x.Story)},
				number(d.w.SignedPercent(x.Beta, 1) + " ± " + d.w.Percent(x.Error, 1)), number(d.w.SignedPercent(x.Joint, 1) + " ± " + d.w.Percent(x.JointError, 1)),
				number(d.w.Number(x.R2, 2)), number(d.w.Number(x.BIC, 1)),
			})
		}
		s.Tables = append(s.Tables, t)
	}
	for _, x := range l.Missing {
		s.Notes = append(s.Notes, d.w.In("part", x.Part)+d.w.Label("ui.colon")+d.w.Absent(x.Absent))
	}
	return s
}

// lacking lists the instruments that could not run.
func (d *document) lacking(m *faultline.Macro) section {
	s := section{ID: "lacking", Title: d.w.Label("macro.lacking")}
	for _, x := range m.Missing {
		s.Notes = append(s.Notes, d.w.In("part", x.Part)+d.w.Label("ui.colon")+d.w.Absent(x.Absent))
	}
	return s
}
