package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"faultline/calendar"
	"faultline/expr"
)

// Limits of a ledger, stated once.
const (
	maxLedger = 4 << 20 // bytes
	maxClaims = 10_000
	maxText   = 1000 // bytes of one text
)

// Text is one text in each language.
type Text struct {
	EN string `yaml:"en" json:"en"`
	ZH string `yaml:"zh" json:"zh"`
}

// In returns the text in a language, English where the other is missing.
func (t Text) In(lang string) string {
	if lang == "zh" && t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// Kind is what sort of statement a claim is.
type Kind string

// The kinds.
const (
	Level    Kind = "level"    // a value at a time
	Change   Kind = "change"   // from one value to another
	Count    Kind = "count"    // how many, how long
	Date     Kind = "date"     // when
	Ordering Kind = "ordering" // which came first, which is larger
	Causal   Kind = "causal"   // one thing because of another
	Forecast Kind = "forecast" // what will be
	Identity Kind = "identity" // who or what something is
)

// Document is the report that the ledger is about.
type Document struct {
	Title     Text   `yaml:"title"`
	Published string `yaml:"published"` // ISO date; empty where the report bears none
	Session   string `yaml:"session"`   // ISO date of the session that is replayed for its claims; empty without
}

// Figure is what a claim says in numbers, or the date that it gives.
type Figure struct {
	Value     float64       `json:"value"` // in Unit; NaN for a date
	High      float64       `json:"high"`  // upper end of a range; NaN where there is one number
	Unit      string        `json:"unit"`  // usd, points, ratio, percentile, days, persons, count, date …
	Bound     string        `json:"bound"` // "", about, above, at_least, below, at_most
	Tolerance float64       `json:"tolerance"`
	Day       calendar.Date `json:"day"` // of a date
	Printed   string        `json:"printed"`
}

// Range reports whether the figure has two ends.
func (f *Figure) Range() bool { return !math.IsNaN(f.High) }

// ends are the lower and upper end; the same number twice where there is one.
func (f *Figure) ends() (low, high float64) {
	if f.Range() {
		return f.Value, f.High
	}
	return f.Value, f.Value
}

// Reading is one way to hold a claim against data. Exactly one of Measure, Holds, Event and First is set.
type Reading struct {
	Text    Text
	Measure *expr.Program // gives the number that the figure states
	Holds   *expr.Program // true where the claim holds
	Event   string        // the published fact whose day the figure states
	First   *Crossing     // the first close beyond a level, whose day the figure states
}

// Crossing asks for the first daily close on one side of a level.
type Crossing struct {
	Of    string
	Level float64
	Below bool
	From  calendar.Date
}

// Quantity says what a claim measures, so that claims can be held against each other.
type Quantity struct {
	Of      string `yaml:"of"`      // cohort, event or asset
	What    string `yaml:"what"`    // position, flow, rank, stance, length, period, day, probability, level, change, trigger, action, cause, no_cause, part, total
	Horizon string `yaml:"horizon"` // of a flow: 1w, 1m, done
	Sign    int    `yaml:"sign"`    // -1 for a sale
	From    string `yaml:"from"`    // change: claim with the level before
	To      string `yaml:"to"`      // change: claim with the level after
	During  string `yaml:"during"`  // period as 2025-07-01..2025-09-30
	Because string `yaml:"because"` // event that is said to have caused this one
}

// Claim is one checkable statement of a document.
type Claim struct {
	ID       string
	Text     Text
	Kind     Kind
	Where    string // section or table of the document
	By       string // whom the document quotes; empty for itself
	Figure   *Figure
	Readings []Reading
	Needs    Text          // what data would decide it, where no reading can
	Due      calendar.Date // first day on which it can be decided; 0 when at once
	Quantity *Quantity
	Line     int // of the file
}

// Cohort is a class of traders whose record positions bound what a claim may say of it.
type Cohort struct {
	ShortUSD float64 `yaml:"record_short_usd"` // negative
	LongUSD  float64 `yaml:"record_long_usd"`
	Margin   float64 `yaml:"margin"` // how far beyond its record a cohort may be believed to go, as a multiple
	Source   Text    `yaml:"source"`
}

// Ledger is the claims of one document.
type Ledger struct {
	Document Document
	Cohorts  map[string]Cohort
	Claims   []Claim
	Digest   [sha256.Size]byte // of the file: it is part of the run id
}

// Claim finds a claim.
func (l *Ledger) Claim(id string) (*Claim, bool) {
	for i := range l.Claims {
		if l.Claims[i].ID == id {
			return &l.Claims[i], true
		}
	}
	return nil, false
}

// Error is a mistake in a ledger at its line.
type Error struct {
	Line  int
	Claim string
	Text  string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("line %d: ", e.Line)
	if e.Claim != "" {
		s += "claim " + e.Claim + ": "
	}
	return s + e.Text
}

// The form of the file.
type fileDoc struct {
	Schema   int               `yaml:"schema"`
	Document Document          `yaml:"document"`
	Cohorts  map[string]Cohort `yaml:"cohorts"`
	Claims   []yaml.Node       `yaml:"claims"`
}

type fileClaim struct {
	ID       string        `yaml:"id"`
	Text     Text          `yaml:"text"`
	Kind     Kind          `yaml:"kind"`
	Where    string        `yaml:"where"`
	By       string        `yaml:"by"`
	Figure   *fileFigure   `yaml:"figure"`
	Readings []fileReading `yaml:"readings"`
	Needs    Text          `yaml:"needs"`
	Due      string        `yaml:"due"`
	Quantity *Quantity     `yaml:"quantity"`
}

type fileFigure struct {
	Value  string `yaml:"value"`
	High   string `yaml:"high"`
	Unit   string `yaml:"unit"`
	Bound  string `yaml:"bound"`
	Within string `yaml:"within"` // "5%" of the value, or a number in the unit
	Date   string `yaml:"date"`
}

type fileReading struct {
	Text    Text      `yaml:"text"`
	Measure yaml.Node `yaml:"measure"`
	Holds   yaml.Node `yaml:"holds"`
	Event   string    `yaml:"event"`
	First   *struct {
		Of    string  `yaml:"of"`
		Below float64 `yaml:"below"`
		Above float64 `yaml:"above"`
		From  string  `yaml:"from"`
	} `yaml:"first"`
}

// units are what a ledger may state a figure in: the unit that it is kept in and the factor to it.
var units = map[string]struct {
	name   string
	factor float64
}{
	"usd": {"usd", 1}, "usd_mn": {"usd", 1e6}, "usd_bn": {"usd", 1e9}, "usd_trn": {"usd", 1e12}, "亿美元": {"usd", 1e8}, "万亿美元": {"usd", 1e12},
	"percent": {"ratio", 0.01}, "ratio": {"ratio", 1}, "basis_points": {"basis_points", 1}, "percentile": {"percentile", 0.01},
	"points": {"points", 1}, "days": {"days", 1}, "persons": {"persons", 1}, "万人": {"persons", 1e4}, "count": {"count", 1}, "date": {"date", 1},
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Load reads a ledger. A mistake is an *Error with its line, or an *expr.Error with line and column.
func Load(r io.Reader) (*Ledger, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxLedger+1))
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	if len(raw) > maxLedger {
		return nil, fmt.Errorf("read ledger: larger than %d MB", maxLedger>>20)
	}
	var f fileDoc
	if err := yaml.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	if f.Schema != 1 {
		return nil, &Error{Line: 1, Text: fmt.Sprintf("schema is %d: this program reads schema 1", f.Schema)}
	}
	if len(f.Claims) > maxClaims {
		return nil, &Error{Line: 1, Text: fmt.Sprintf("%d claims: %d at most", len(f.Claims), maxClaims)}
	}
	words, err := expr.NewVocabulary()
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	l := &Ledger{Document: f.Document, Cohorts: f.Cohorts, Digest: sha256.Sum256(raw)}
	for key, day := range map[string]string{"published": f.Document.Published, "session": f.Document.Session} {
		if day == "" {
			continue
		}
		if _, err := calendar.ParseDate(day); err != nil {
			return nil, &Error{Line: 1, Text: fmt.Sprintf("document.%s is %q: write it as 2025-11-24, or leave it out where there is none", key, day)}
		}
	}
	for name, c := range f.Cohorts {
		if !(c.ShortUSD < 0 && c.LongUSD > 0 && c.Margin >= 1) {
			return nil, &Error{Line: 1, Text: fmt.Sprintf("cohort %s: record_short_usd must be below 0, record_long_usd above 0 and margin at least 1", name)}
		}
	}
	seen := map[string]int{}
	for i := range f.Claims {
		c, err := claim(&f.Claims[i], words)
		if err != nil {
			return nil, err
		}
		if first, dup := seen[c.ID]; dup {
			return nil, &Error{c.Line, c.ID, fmt.Sprintf("the claim of line %d has the same id", first)}
		}
		seen[c.ID] = c.Line
		l.Claims = append(l.Claims, *c)
	}
	for _, c := range l.Claims {
		if q := c.Quantity; q != nil {
			for _, ref := range []string{q.From, q.To} {
				if _, ok := seen[ref]; ref != "" && !ok {
					return nil, &Error{c.Line, c.ID, fmt.Sprintf("there is no claim %q", ref)}
				}
			}
		}
	}
	return l, nil
}

func claim(n *yaml.Node, words *expr.Vocabulary) (*Claim, error) {
	var f fileClaim
	if err := n.Decode(&f); err != nil {
		return nil, &Error{n.Line, "", err.Error()}
	}
	c := &Claim{ID: f.ID, Text: f.Text, Kind: f.Kind, Where: f.Where, By: f.By, Needs: f.Needs, Quantity: f.Quantity, Line: n.Line}
	fail := func(format string, args ...any) error { return &Error{n.Line, f.ID, fmt.Sprintf(format, args...)} }
	switch {
	case !idForm.MatchString(f.ID):
		return nil, fail("id %q: use small letters, digits, dots and hyphens", f.ID)
	case f.Text.EN == "" || f.Text.ZH == "":
		return nil, fail("text.en and text.zh say the claim in one's own words")
	case len(f.Text.EN) > maxText || len(f.Text.ZH) > maxText:
		return nil, fail("the text is longer than %d bytes", maxText)
	}
	switch f.Kind {
	case Level, Change, Count, Date, Ordering, Causal, Forecast, Identity:
	default:
		return nil, fail("kind %q: use level, change, count, date, ordering, causal, forecast or identity", f.Kind)
	}
	if f.Due != "" {
		d, err := calendar.ParseDate(f.Due)
		if err != nil {
			return nil, fail("due %q: write it as 2026-01-31", f.Due)
		}
		c.Due = d
	}
	if f.Figure != nil {
		var err error
		if c.Figure, err = figure(f.Figure); err != nil {
			return nil, fail("figure: %v", err)
		}
	}
	for i := range f.Readings {
		r, err := reading(&f.Readings[i], c, words)
		if err != nil {
			var own *expr.Error
			if errors.As(err, &own) {
				return nil, fmt.Errorf("claim %s: %w", f.ID, err)
			}
			return nil, fail("reading %d: %v", i+1, err)
		}
		c.Readings = append(c.Readings, *r)
	}
	if len(c.Readings) == 0 && f.Needs.EN == "" {
		return nil, fail("a claim without readings says in needs what data would decide it")
	}
	return c, nil
}

func figure(f *fileFigure) (*Figure, error) {
	u, ok := units[f.Unit]
	if f.Date != "" {
		u, ok = units["date"], true
	}
	if !ok {
		return nil, fmt.Errorf("unit %q is not known", f.Unit)
	}
	out := &Figure{Unit: u.name, Bound: f.Bound, Value: math.NaN(), High: math.NaN(), Printed: strings.TrimSpace(f.Value + " " + f.Unit)}
	if f.Date != "" {
		d, err := calendar.ParseDate(f.Date)
		if err != nil {
			return nil, fmt.Errorf("date %q: write it as 2025-11-20", f.Date)
		}
		out.Day, out.Printed = d, f.Date
	} else {
		v, digit, err := decimal(f.Value)
		if err != nil {
			return nil, err
		}
		out.Value = v * u.factor
		out.Tolerance = digit * u.factor / 2 // half of the last digit printed
		if f.High != "" {
			h, _, err := decimal(f.High)
			if err != nil {
				return nil, err
			}
			if out.High = h * u.factor; !(out.High > out.Value) {
				return nil, fmt.Errorf("high %s is not above value %s", f.High, f.Value)
			}
			out.Printed = strings.TrimSpace(f.Value + "–" + f.High + " " + f.Unit)
		}
	}
	switch f.Bound {
	case "", "above", "at_least", "below", "at_most":
	case "about":
		out.Tolerance = max(out.Tolerance, aboutShare*math.Abs(out.Value))
	default:
		return nil, fmt.Errorf("bound %q: use about, above, at_least, below or at_most", f.Bound)
	}
	if f.Within != "" {
		text, share := strings.CutSuffix(f.Within, "%")
		w, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("within %q: write 5%% of the value, or a number in the figure's unit", f.Within)
		}
		switch {
		case share:
			out.Tolerance = w / 100 * math.Abs(out.Value)
		case u.name == "date":
			out.Tolerance = w // days
		default:
			out.Tolerance = w * u.factor
		}
	}
	return out, nil
}

// aboutShare is how far off a figure may be that is said to be "about" right: a tenth.
const aboutShare = 0.1

// decimal reads a number as printed and the place value of its last digit.
func decimal(text string) (v, digit float64, err error) {
	v, err = strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || len(text) > 24 {
		return 0, 0, fmt.Errorf("value %q is no number", text)
	}
	digit = 1
	if _, places, ok := strings.Cut(text, "."); ok {
		digit = math.Pow(10, -float64(len(places)))
	}
	return v, digit, nil
}

func reading(f *fileReading, c *Claim, words *expr.Vocabulary) (*Reading, error) {
	r := &Reading{Text: f.Text, Event: f.Event}
	n := 0
	compile := func(node *yaml.Node, want expr.Type) (*expr.Program, error) {
		if node.IsZero() {
			return nil, nil
		}
		n++
		at := expr.Position{Line: node.Line, Column: node.Column, Indent: node.Column}
		switch {
		case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			at.Line++
		case node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
			at.Column++
		}
		return words.Compile(node.Value, want, at)
	}
	var err error
	if r.Measure, err = compile(&f.Measure, expr.Number); err != nil {
		return nil, err
	}
	if r.Holds, err = compile(&f.Holds, expr.Bool); err != nil {
		return nil, err
	}
	if f.Event != "" {
		n++
	}
	if f.First != nil {
		n++
		from, err := calendar.ParseDate(f.First.From)
		if err != nil {
			return nil, fmt.Errorf("first.from %q: write it as 2025-11-03", f.First.From)
		}
		if (f.First.Below > 0) == (f.First.Above > 0) {
			return nil, errors.New("first takes either below or above, a level above 0")
		}
		r.First = &Crossing{Of: f.First.Of, Level: max(f.First.Below, f.First.Above), Below: f.First.Below > 0, From: from}
	}
	if n != 1 {
		return nil, errors.New("give exactly one of measure, holds, event and first")
	}
	dated := c.Figure != nil && c.Figure.Unit == "date"
	switch {
	case r.Measure != nil && (c.Figure == nil || dated):
		return nil, errors.New("measure needs a figure with a number")
	case (r.Event != "" || r.First != nil) && !dated:
		return nil, errors.New("event and first need a figure with a date")
	}
	return r, nil
}

// dueAt reports whether the claim can be decided at an instant.
func (c *Claim) dueAt(at time.Time) bool {
	return c.Due == 0 || calendar.DateIn(at, calendar.NewYork()) >= c.Due
}
