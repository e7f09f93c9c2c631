package faultline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"faultline/audit"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/expr"
	"faultline/market"
)

// Audit is what data say of the claims of a published report, as of the State's instant.
type Audit struct {
	Title      audit.Text      `json:"title"`
	Published  string          `json:"published,omitempty"` // ISO date; left out where the report bears none
	Counts     map[string]int  `json:"counts"`              // claims by verdict
	Claims     []AuditClaim    `json:"claims"`
	Violations []AuditConflict `json:"violations"` // claims that contradict each other
	Grade      evidence.Grade  `json:"grade"`
	Node       string          `json:"node"`
}

// AuditClaim is one claim with its verdict.
type AuditClaim struct {
	ID       string           `json:"id"`
	Kind     string           `json:"kind"`
	Text     audit.Text       `json:"text"`
	Where    string           `json:"where"`
	By       string           `json:"by,omitempty"` // whom the report quotes
	Claimed  *AuditFigure     `json:"claimed,omitempty"`
	Verdict  string           `json:"verdict"`
	Readings []AuditReading   `json:"readings"`
	Needs    *audit.Text      `json:"needs,omitempty"`  // data that would decide it
	Absent   *evidence.Absent `json:"absent,omitempty"` // what was not observed
	Due      string           `json:"due,omitempty"`    // ISO date from which it can be decided
	Against  []string         `json:"against,omitempty"`
}

// AuditFigure is a figure as the report states it, in the unit in which it is compared.
type AuditFigure struct {
	Value     *float64 `json:"value,omitempty"`
	High      *float64 `json:"high,omitempty"`
	Unit      string   `json:"unit"`
	Bound     string   `json:"bound,omitempty"` // about, above, at_least, below or at_most
	Tolerance float64  `json:"tolerance"`
	Date      string   `json:"date,omitempty"`
}

// AuditReading is one way in which a claim was held against data.
type AuditReading struct {
	Text     *audit.Text      `json:"text,omitempty"`
	Holds    *bool            `json:"holds,omitempty"`
	Measured *float64         `json:"measured,omitempty"`
	Date     string           `json:"date,omitempty"`
	Miss     *float64         `json:"miss,omitempty"`    // measured less the nearest value that the claim allows
	Stretch  *float64         `json:"stretch,omitempty"` // factor by which the tolerance would have to grow; left out without a tolerance
	Evidence []AuditEvidence  `json:"evidence"`
	Absent   *evidence.Absent `json:"absent,omitempty"`
}

// AuditEvidence is one observation that a reading used.
type AuditEvidence struct {
	Name   string         `json:"name"` // as in the expression
	Value  float64        `json:"value"`
	Known  time.Time      `json:"known"`
	Grade  evidence.Grade `json:"grade"`
	Source string         `json:"source,omitempty"`
}

// AuditConflict is a contradiction among claims that needs no data.
type AuditConflict struct {
	Rule   string     `json:"rule"`
	Claims []string   `json:"claims"`
	Size   *float64   `json:"size,omitempty"` // by which factor the limit is passed
	Mend   *AuditMend `json:"mend,omitempty"` // the smallest slip of scale that would explain it
}

// AuditMend is one quantity read as Factor times what the claims say.
type AuditMend struct {
	Claims []string `json:"claims"`
	Factor float64  `json:"factor"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
}

// Audited holds the claims of a ledger against everything known.
func Audited(l *audit.Ledger) Option { return func(r *run) { r.ledger = l } }

// audit decides every claim of the ledger. It comes last, since claims may be about what the models found.
func (r *run) audit() error {
	l := r.ledger
	if l == nil {
		return nil
	}
	o := &witness{Observer: expr.Of(r.state), state: r.state, figures: figuresOf(r.out)}
	// What a replay found speaks of its day alone, so that a claim must name the day that it means.
	if x := r.out.Replay; x != nil {
		for name, f := range o.figures {
			if rest, ok := strings.CutPrefix(name, "replay."); ok {
				o.figures["replay/"+x.Day+"/"+rest] = f
				delete(o.figures, name)
			}
		}
	}
	found, err := audit.Judge(r.ctx, l, o, r.state.At())
	if err != nil {
		return err
	}
	conflicts := l.Check()
	out := &Audit{Title: l.Document.Title, Published: l.Document.Published, Counts: map[string]int{}, Violations: []AuditConflict{}}
	grades := map[evidence.Grade]bool{}
	for i := range found {
		c := auditClaim(&found[i], o)
		for _, v := range conflicts {
			if slices.Contains(v.Claims, c.ID) && !slices.Contains(c.Against, string(v.Rule)) {
				c.Against = append(c.Against, string(v.Rule))
			}
		}
		out.Counts[c.Verdict]++
		for _, g := range c.Readings {
			for _, e := range g.Evidence {
				grades[e.Grade] = true
			}
		}
		out.Claims = append(out.Claims, c)
	}
	for _, v := range conflicts {
		w := AuditConflict{Rule: string(v.Rule), Claims: v.Claims, Size: finite(v.Size)}
		if m := v.Mend; m != nil {
			c, _ := l.Claim(m.Claims[0])
			w.Mend = &AuditMend{Claims: m.Claims, Factor: m.Factor, Value: m.Value, Unit: c.Figure.Unit}
		}
		out.Violations = append(out.Violations, w)
	}
	grade := evidence.Published // what the report says is published, and so is most that it is held against
	for g := range grades {
		grade = evidence.Weakest(grade, g)
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		if in.Key == "facts" || strings.HasPrefix(in.Key, "bars/") && strings.HasSuffix(in.Key, "/1d") {
			inputs = append(inputs, in.Node)
		}
	}
	out.Node = r.record.Add(evidence.Node{
		ID: "run/audit", Kind: evidence.Run, Method: "audit", Grade: grade, AsOf: r.state.At(), Inputs: inputs,
	})
	n, _ := r.record.Node(out.Node)
	out.Grade = n.Grade
	r.out.Audit = out
	return nil
}

func auditClaim(f *audit.Finding, o *witness) AuditClaim {
	c := AuditClaim{
		ID: f.Claim.ID, Kind: string(f.Claim.Kind), Text: f.Claim.Text, Where: f.Claim.Where, By: f.Claim.By,
		Verdict: string(f.Verdict), Readings: []AuditReading{}, Absent: f.Absent,
	}
	if f.Claim.Needs.EN != "" {
		needs := f.Claim.Needs
		c.Needs = &needs
	}
	if f.Claim.Due != 0 {
		c.Due = f.Claim.Due.String()
	}
	dated := false
	if g := f.Claim.Figure; g != nil {
		dated = g.Unit == "date"
		c.Claimed = &AuditFigure{Value: finite(g.Value), High: finite(g.High), Unit: g.Unit, Bound: g.Bound, Tolerance: g.Tolerance}
		if dated {
			c.Claimed.Date = g.Day.String()
		}
	}
	for i := range f.Results {
		r := &f.Results[i]
		out := AuditReading{Evidence: []AuditEvidence{}, Absent: r.Absent}
		if r.Text.EN != "" {
			text := r.Text
			out.Text = &text
		}
		if r.Absent == nil {
			holds := r.Holds
			out.Holds, out.Measured, out.Miss, out.Stretch = &holds, finite(r.Measured), finite(r.Miss), finite(r.Stretch)
			if dated {
				out.Date = r.Day.String()
			}
		}
		for _, u := range r.Used {
			if u.Absent == nil && finite(u.Value) != nil {
				out.Evidence = append(out.Evidence, o.evidence(u))
			}
		}
		c.Readings = append(c.Readings, out)
	}
	return c
}

// witness answers what claims ask for: from the State, and from what this analysis has found.
type witness struct {
	expr.Observer
	state   *market.State
	figures map[string]found
}

// found is a figure or a level of the analysis.
type found struct {
	value  *float64
	grade  evidence.Grade
	absent *evidence.Absent
}

// Observe answers one name of an expression.
func (w *witness) Observe(u expr.Use) (expr.Observation, error) {
	if u.Name != "model" {
		return w.Observer.Observe(u)
	}
	f, ok := w.figures[u.Args[0]]
	switch {
	case ok && f.value != nil:
		return expr.Observation{Value: *f.value, Known: w.state.At(), Grade: f.grade}, nil
	case ok && f.absent != nil:
		return expr.Observation{}, f.absent
	}
	return expr.Observation{}, &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": u.String()}}
}

// Day is the day of the first published fact of a name.
func (w *witness) Day(fact string) (calendar.Date, time.Time, error) {
	rows := w.state.Facts(fact)
	if len(rows) == 0 {
		return 0, time.Time{}, &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": fact}}
	}
	return rows[0].Date(), time.Unix(rows[0].Known, 0).UTC(), nil
}

// Closes visits official closes: of bars where there are some, else those that pages state.
func (w *witness) Closes(ticker string, visit func(calendar.Date, float64, time.Time) bool) error {
	in, _ := market.InstrumentOf(ticker)
	if b, err := w.state.Daily(in.ID); err == nil && b.Len() > 0 {
		for i := range b.Len() {
			if !visit(b.Date(i), b.Close[i], time.Unix(b.Known[i], 0).UTC()) {
				return nil
			}
		}
		return nil
	}
	rows := w.state.Facts(in.ID + "_close")
	if len(rows) == 0 {
		return &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": fmt.Sprintf("price(%q)", ticker)}}
	}
	for _, f := range rows {
		if !market.IsMissing(f.Value) && !visit(f.Date(), f.Value, time.Unix(f.Known, 0).UTC()) {
			return nil
		}
	}
	return nil
}

// evidence says where a value that an expression read came from.
func (w *witness) evidence(u expr.Reading) AuditEvidence {
	e := AuditEvidence{Name: u.Use.String(), Value: u.Value, Known: u.Known.UTC(), Grade: u.Grade}
	switch u.Use.Name {
	case "model":
		e.Source = "faultline"
	case "fact":
		e.Source = w.address(u.Use.Args[0], u)
	case "price", "ret", "worst", "best", "lowest", "highest", "average":
		in, _ := market.InstrumentOf(u.Use.Args[0])
		if b, err := w.state.Daily(in.ID); err == nil {
			e.Source = b.Origin.Source
			if e.Source == "" {
				e.Source = b.Origin.File
			}
			break
		}
		e.Source = w.address(in.ID+"_close", u)
	}
	return e
}

// address is the page of the fact that was known when the value became known.
func (w *witness) address(id string, u expr.Reading) string {
	rows := w.state.Facts(id)
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Known == u.Known.Unix() {
			return rows[i].Source
		}
	}
	return ""
}

// figuresOf collects the figures and levels of an analysis by their IDs.
func figuresOf(a *Analysis) map[string]found {
	out := map[string]found{}
	figure, level := reflect.TypeFor[evidence.Figure](), reflect.TypeFor[Level]()
	var visit func(reflect.Value)
	visit = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				visit(v.Elem())
			}
		case reflect.Slice:
			if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Pointer {
				for i := range v.Len() {
					visit(v.Index(i))
				}
			}
		case reflect.Map:
			for it := v.MapRange(); it.Next(); {
				visit(it.Value())
			}
		case reflect.Struct:
			switch v.Type() {
			case figure:
				f, _ := v.Interface().(evidence.Figure)
				out[f.ID] = found{f.Value, f.Grade, f.Absent}
				return
			case level:
				l, _ := v.Interface().(Level)
				if _, ok := out[l.ID]; !ok {
					out[l.ID] = found{l.Price, l.Grade, l.Absent}
				}
				return
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					visit(v.Field(i))
				}
			}
		}
	}
	visit(reflect.ValueOf(a))
	return out
}
