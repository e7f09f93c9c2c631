package scenario

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"faultline/evidence"
	"faultline/expr"
)

// Limits of a tree. A table over 14 conditions has 16,384 entries for each scenario.
const (
	MaxConditions = 14
	MaxScenarios  = 20
	MaxBytes      = 1 << 20
)

// Text is a text in the languages of the file.
type Text map[string]string

// In gives the text in a language, or in English where that is missing.
func (t Text) In(language string) string {
	if s, ok := t[language]; ok {
		return s
	}
	return t["en"]
}

// Condition is something that will turn out to be true or false.
type Condition struct {
	Name   string
	Title  Text
	Source string
	When   *expr.Program // what makes it true
	Fails  *expr.Program // what makes it impossible before its day; may be nil
	Odds   []Odds        // what markets gave for it
	By     time.Time     // end of the last day on which it counts
	AtEnd  bool          // judged at By only, not as soon as it is true
}

// Odds is a market's probability of a condition.
type Odds struct {
	Source      string // code: fedwatch, kalshi, options
	Probability *expr.Program
}

// Outcome is what an asset should do in a scenario.
type Outcome struct {
	Title  Text
	Asset  string // a name of the joint distribution; empty where there is only a check
	Low    float64
	High   float64       // bounds of the expected return (of a yield: change in points) to the horizon; infinite where open
	Check  *expr.Program // what says whether it came true; may be nil
	Odds   []Odds        // what markets gave for it
	Source string
}

// Scenario is one branch of the tree.
type Scenario struct {
	Name     string
	Title    Text
	Prior    float64
	Requires []int // conditions without which it is not this scenario
	Outcomes []Outcome
	Source   string
	// table[c] is the probability of the combination c of conditions (bit i: condition i is true) given the
	// scenario, as the file states it.
	table []float64
}

// Evidence is a published observation that the data lack or that was revised later.
type Evidence struct {
	Use    expr.Use
	Value  float64
	Known  time.Time
	Until  time.Time // from when the data hold a later vintage; zero for never
	Source string
}

// Rule is a line of advice as a rule that can be watched.
type Rule struct {
	expr.Rule
	Title  Text
	Source string
}

// Tree is a complete file.
type Tree struct {
	Name       string
	Title      Text
	From       time.Time // beginning of the day on which the priors were stated
	Until      time.Time // end of the horizon's day
	Source     string
	Conditions []Condition
	Scenarios  []Scenario
	Evidence   []Evidence
	Rules      []Rule
	Text       []byte // the file, for hashing
}

// Error is a mistake in a tree, at its place in the file.
type Error struct {
	File         string
	Line, Column int
	Code         evidence.Code // what is wrong and what to change
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d, column %d: %s", e.File, e.Line, e.Column, e.Code)
}

// Where is the place of the mistake.
func (e *Error) Where() (file string, line, column int, name string) {
	return e.File, e.Line, e.Column, ""
}

// Reason is the mistake as a code.
func (e *Error) Reason() evidence.Code { return e.Code }

// The form of the file. Nodes keep their positions.
type fileTree struct {
	Schema     int                  `yaml:"schema"`
	Name       string               `yaml:"name"`
	Title      Text                 `yaml:"title"`
	From       yaml.Node            `yaml:"from"`
	Until      yaml.Node            `yaml:"until"`
	Source     string               `yaml:"source"`
	Define     map[string]yaml.Node `yaml:"define"`
	Conditions []struct {
		Name   yaml.Node            `yaml:"name"`
		Title  Text                 `yaml:"title"`
		Source string               `yaml:"source"`
		When   yaml.Node            `yaml:"when"`
		Fails  yaml.Node            `yaml:"fails"`
		Odds   map[string]yaml.Node `yaml:"odds"`
		By     yaml.Node            `yaml:"by"`
		Judged yaml.Node            `yaml:"judged"`
	} `yaml:"conditions"`
	Scenarios []fileScenario `yaml:"scenarios"`
	Rules     []struct {
		Name   yaml.Node     `yaml:"name"`
		Title  Text          `yaml:"title"`
		When   yaml.Node     `yaml:"when"`
		For    time.Duration `yaml:"for"`
		Keep   time.Duration `yaml:"keep_firing_for"`
		Source string        `yaml:"source"`
	} `yaml:"rules"`
	Evidence []struct {
		Name   yaml.Node `yaml:"name"`
		Args   []string  `yaml:"args"`
		Value  float64   `yaml:"value"`
		Known  time.Time `yaml:"known"`
		Until  time.Time `yaml:"until"`
		Source string    `yaml:"source"`
	} `yaml:"evidence"`
}

type fileScenario struct {
	Name     yaml.Node     `yaml:"name"`
	Title    Text          `yaml:"title"`
	Prior    yaml.Node     `yaml:"prior"`
	Requires []yaml.Node   `yaml:"requires"`
	Joint    []fileCell    `yaml:"joint"`
	Network  []fileNode    `yaml:"network"`
	Outcomes []fileOutcome `yaml:"outcomes"`
	Source   string        `yaml:"source"`
}

type fileCell struct {
	True []yaml.Node `yaml:"true"`
	P    yaml.Node   `yaml:"p"`
}

type fileNode struct {
	Condition yaml.Node   `yaml:"condition"`
	Given     []yaml.Node `yaml:"given"`
	P         yaml.Node   `yaml:"p"` // a number, or one for each set of parents that are true
}

type fileOutcome struct {
	Title  Text                 `yaml:"title"`
	Asset  string               `yaml:"asset"`
	Low    *float64             `yaml:"low"`
	High   *float64             `yaml:"high"`
	Check  yaml.Node            `yaml:"check"`
	Odds   map[string]yaml.Node `yaml:"odds"`
	Source string               `yaml:"source"`
}

// loader reads one file and gathers every mistake, not only the first.
type loader struct {
	file  string
	lines []string
	words *expr.Vocabulary
	tree  *Tree
	index map[string]int // conditions by name
	errs  []error
}

func (l *loader) fail(n yaml.Node, c evidence.Code) {
	l.errs = append(l.errs, &Error{l.file, max(n.Line, 1), max(n.Column, 1), c})
}

// Load reads a tree. The error joins every mistake that was found; those of the tree are *Error.
func Load(r io.Reader, file string) (*Tree, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read scenarios %s: %w", file, err)
	}
	if len(text) > MaxBytes {
		return nil, &Error{file, 1, 1, evidence.Code{Code: "tree_too_long", Args: evidence.Args{"most": MaxBytes}}}
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	var f fileTree
	if err := dec.Decode(&f); err != nil {
		return nil, formOf(file, err)
	}
	words, err := expr.NewVocabulary()
	if err != nil {
		return nil, err
	}
	l := &loader{file: file, lines: strings.Split(string(text), "\n"), words: words, index: map[string]int{}}
	l.tree = &Tree{Name: f.Name, Title: f.Title, Source: f.Source, Text: text}
	if f.Schema != 1 {
		l.fail(yaml.Node{}, evidence.Code{Code: "tree_schema", Args: evidence.Args{"schema": f.Schema}})
	}
	l.tree.From, l.tree.Until = l.endOf(f.From).AddDate(0, 0, -1), l.endOf(f.Until)
	if !l.tree.From.Before(l.tree.Until) {
		l.fail(f.Until, evidence.Code{Code: "tree_horizon", Args: evidence.Args{"date": l.tree.From.Format(time.DateOnly)}})
	}
	l.definitions(f.Define)
	l.conditions(&f)
	l.scenarios(f.Scenarios)
	for _, e := range f.Evidence {
		l.evidence(e.Name, Evidence{expr.Use{Name: e.Name.Value, Args: e.Args}, e.Value, e.Known, e.Until, e.Source})
	}
	for _, r := range f.Rules {
		p := l.compile(r.When, expr.Bool)
		if r.Name.Value == "" || r.When.IsZero() || r.For < 0 || r.Keep < 0 {
			l.fail(r.Name, evidence.Code{Code: "tree_rule"})
		}
		l.tree.Rules = append(l.tree.Rules, Rule{expr.Rule{Name: r.Name.Value, When: p, For: r.For, KeepFiringFor: r.Keep}, r.Title, r.Source})
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	return l.tree, nil
}

// yamlLine is how the reader of YAML begins a complaint, and what it says of a key that there is none of.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (?:field (\S+) not found in type .*|(.*))$`)

// formOf turns the complaints of the reader of YAML into mistakes with their lines.
func formOf(file string, err error) error {
	list := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		list = typed.Errors
	}
	var out []error
	for _, text := range list {
		e := &Error{file, 1, 1, evidence.Code{Code: "tree_not_yaml", Args: evidence.Args{"detail": strings.TrimPrefix(text, "yaml: ")}}}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			e.Line, _ = strconv.Atoi(m[1])
			e.Code.Args["detail"] = m[3]
			if m[2] != "" {
				e.Code = evidence.Code{Code: "tree_unknown_key", Args: evidence.Args{"key": m[2]}}
			}
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// rounded writes a sum of probabilities for a message.
func rounded(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// endOf reads a date as the end of that day in UTC, by which New York has closed and settled.
func (l *loader) endOf(n yaml.Node) time.Time {
	t, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		l.fail(n, evidence.Code{Code: "tree_date", Args: evidence.Args{"text": n.Value}})
	}
	return t.AddDate(0, 0, 1)
}

// compile checks an expression at its place in the file.
func (l *loader) compile(n yaml.Node, want expr.Type) *expr.Program {
	if n.IsZero() {
		return nil
	}
	at := expr.Position{Line: n.Line, Column: n.Column}
	switch n.Style {
	case yaml.LiteralStyle, yaml.FoldedStyle: // the text begins on the next line, indented
		at.Line++
		if at.Line <= len(l.lines) {
			line := l.lines[at.Line-1]
			at.Indent = len(line) - len(strings.TrimLeft(line, " "))
		}
		at.Column = at.Indent + 1
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		at.Column++
	}
	p, err := l.words.Compile(n.Value, want, at)
	var e *expr.Error
	if errors.As(err, &e) {
		l.errs = append(l.errs, &Error{l.file, e.Line, e.Column, e.Code})
		return nil
	}
	if err != nil {
		l.errs = append(l.errs, err)
	}
	return p
}

// definitions compiles the names that the file defines, those first that others use. What is left when
// none can be compiled any more goes round in a circle or has a mistake of its own.
func (l *loader) definitions(define map[string]yaml.Node) {
	left := make([]string, 0, len(define))
	for name := range define {
		left = append(left, name)
	}
	sort.Slice(left, func(a, b int) bool { return define[left[a]].Line < define[left[b]].Line })
	for len(left) > 0 {
		ready := slices.IndexFunc(left, func(name string) bool {
			return !slices.ContainsFunc(left, func(other string) bool { return mentions(define[name].Value, other) })
		})
		if ready < 0 {
			l.reserve(left...)
			if own := slices.IndexFunc(left, func(name string) bool { return mentions(define[name].Value, name) }); own >= 0 {
				l.fail(define[left[own]], evidence.Code{Code: "tree_uses_itself", Args: evidence.Args{"name": left[own]}})
				return
			}
			l.fail(define[left[0]], evidence.Code{Code: "tree_circle", Args: evidence.Args{"name": left[0], "others": strings.Join(left[1:], ", ")}})
			return
		}
		name := left[ready]
		left = slices.Delete(left, ready, ready+1)
		errs := len(l.errs)
		if p := l.compile(define[name], expr.Bool); p != nil {
			if err := l.words.Define(name, p); err != nil {
				l.fail(define[name], evidence.Code{Code: "tree_defined_twice", Args: evidence.Args{"name": name}})
			}
			continue
		} else if len(l.errs) == errs {
			l.fail(define[name], evidence.Code{Code: "tree_no_definition", Args: evidence.Args{"name": name}})
		}
		l.reserve(name)
	}
}

// reserve takes names that have no expression, so that one mistake is one message: those who use them are not
// told that there is no such name.
func (l *loader) reserve(names ...string) {
	for _, name := range names {
		// A name that is taken already has its own message, and one that cannot be a name leads to no other.
		_ = l.words.Reserve(name)
	}
}

// mentions reports whether a text holds a name as a word outside quotation marks.
func mentions(text, name string) bool {
	quoted := false
	word := func(c byte) bool {
		return c == '_' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for i := 0; i < len(text); i++ {
		if text[i] == '"' {
			quoted = !quoted
		}
		if !quoted && strings.HasPrefix(text[i:], name) && (i == 0 || !word(text[i-1])) &&
			(i+len(name) == len(text) || !word(text[i+len(name)])) {
			return true
		}
	}
	return false
}

func (l *loader) conditions(f *fileTree) {
	if len(f.Conditions) == 0 || len(f.Conditions) > MaxConditions {
		l.fail(yaml.Node{}, evidence.Code{Code: "tree_conditions", Args: evidence.Args{"has": len(f.Conditions), "most": MaxConditions}})
	}
	for i, c := range f.Conditions {
		if _, twice := l.index[c.Name.Value]; twice || c.Name.Value == "" {
			l.fail(c.Name, evidence.Code{Code: "tree_condition_name"})
		}
		l.index[c.Name.Value] = i
		out := Condition{Name: c.Name.Value, Title: c.Title, Source: c.Source, By: l.endOf(c.By)}
		if c.When.IsZero() {
			l.fail(c.Name, evidence.Code{Code: "tree_condition_when", Args: evidence.Args{"condition": c.Name.Value}})
		}
		out.When, out.Fails = l.compile(c.When, expr.Bool), l.compile(c.Fails, expr.Bool)
		out.Odds = l.odds(c.Odds)
		switch c.Judged.Value {
		case "", "once":
		case "at_end":
			out.AtEnd = true
		default:
			l.fail(c.Judged, evidence.Code{Code: "tree_judged", Args: evidence.Args{"text": c.Judged.Value}})
		}
		l.tree.Conditions = append(l.tree.Conditions, out)
	}
}

func (l *loader) scenarios(list []fileScenario) {
	if len(list) == 0 || len(list) > MaxScenarios {
		l.fail(yaml.Node{}, evidence.Code{Code: "tree_scenarios", Args: evidence.Args{"has": len(list), "most": MaxScenarios}})
		return
	}
	sum, unread, names := 0.0, false, map[string]bool{}
	for _, s := range list {
		if names[s.Name.Value] || s.Name.Value == "" {
			l.fail(s.Name, evidence.Code{Code: "tree_scenario_name"})
		}
		names[s.Name.Value] = true
		errs := len(l.errs)
		out := Scenario{Name: s.Name.Value, Title: s.Title, Source: s.Source, Prior: l.probability(s.Prior)}
		unread = unread || len(l.errs) > errs
		sum += out.Prior
		for _, n := range s.Requires {
			if i, ok := l.condition(n); ok {
				out.Requires = append(out.Requires, i)
			}
		}
		switch {
		case (len(s.Joint) > 0) == (len(s.Network) > 0):
			l.fail(s.Name, evidence.Code{Code: "tree_joint_or_network", Args: evidence.Args{"scenario": s.Name.Value}})
		case len(s.Joint) > 0:
			out.table = l.joint(s)
		default:
			out.table = l.network(s)
		}
		for _, o := range s.Outcomes {
			out.Outcomes = append(out.Outcomes, l.outcome(s, o))
		}
		if out.table != nil && !(mass(out.table, out.Requires) > 0) {
			l.fail(s.Name, evidence.Code{Code: "tree_requires_impossible", Args: evidence.Args{"scenario": s.Name.Value}})
		}
		l.tree.Scenarios = append(l.tree.Scenarios, out)
	}
	if !unread && !(math.Abs(sum-1) < 1e-9) {
		l.fail(list[0].Prior, evidence.Code{Code: "tree_priors", Args: evidence.Args{"sum": rounded(sum)}})
	}
}

// odds compiles the probabilities of markets, in the order of their names.
func (l *loader) odds(list map[string]yaml.Node) (out []Odds) {
	for source, n := range list {
		out = append(out, Odds{source, l.compile(n, expr.Number)})
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Source < out[b].Source })
	return out
}

func (l *loader) outcome(s fileScenario, o fileOutcome) Outcome {
	out := Outcome{Title: o.Title, Asset: o.Asset, Low: math.Inf(-1), High: math.Inf(1), Check: l.compile(o.Check, expr.Bool), Odds: l.odds(o.Odds), Source: o.Source}
	if o.Low != nil {
		out.Low = *o.Low
	}
	if o.High != nil {
		out.High = *o.High
	}
	if !(out.Low <= out.High) {
		l.fail(s.Name, evidence.Code{Code: "tree_outcome_range", Args: evidence.Args{"scenario": s.Name.Value, "asset": o.Asset, "low": out.Low, "high": out.High}})
	}
	if o.Check.IsZero() && o.Asset == "" {
		l.fail(s.Name, evidence.Code{Code: "tree_outcome_empty", Args: evidence.Args{"scenario": s.Name.Value}})
	}
	return out
}

// condition finds a condition by its name.
func (l *loader) condition(n yaml.Node) (int, bool) {
	i, ok := l.index[n.Value]
	if !ok {
		known := make([]string, 0, len(l.index))
		for name := range l.index {
			known = append(known, name)
		}
		sort.Strings(known)
		l.fail(n, evidence.Code{Code: "tree_unknown_condition", Args: evidence.Args{"condition": n.Value, "known": strings.Join(known, ", ")}})
	}
	return i, ok
}

// probability reads a number from 0 to 1.
func (l *loader) probability(n yaml.Node) float64 {
	var p float64
	if err := n.Decode(&p); err != nil || !(p >= 0 && p <= 1) {
		l.fail(n, evidence.Code{Code: "tree_probability", Args: evidence.Args{"text": n.Value}})
		return 0
	}
	return p
}

func (l *loader) evidence(n yaml.Node, e Evidence) {
	i := slices.IndexFunc(expr.Names, func(x expr.Name) bool { return x.Name == e.Use.Name })
	switch {
	case i < 0:
		l.fail(n, evidence.Code{Code: "tree_evidence_name", Args: evidence.Args{"name": e.Use.Name}})
	case !slices.ContainsFunc(expr.Names[i].Params, func(p []expr.Param) bool { return len(p) == len(e.Use.Args) }):
		l.fail(n, evidence.Code{Code: "tree_evidence_arguments", Args: evidence.Args{"name": e.Use.Name, "count": len(e.Use.Args)}})
	case e.Known.IsZero() || e.Source == "":
		l.fail(n, evidence.Code{Code: "tree_evidence_known"})
	case e.Value-e.Value != 0:
		l.fail(n, evidence.Code{Code: "tree_evidence_number"})
	}
	l.tree.Evidence = append(l.tree.Evidence, e)
}
