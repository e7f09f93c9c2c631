package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"faultline/calendar"
	"faultline/evidence"
)

// parser turns the raw form into a Meta and collects every fault with its line.
type parser struct {
	root *yaml.Node
	errs []error
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// parseMeta reads pack.yaml. All faults of the content are reported, not only the first.
func parseMeta(text []byte) (*Meta, error) {
	p := &parser{root: &yaml.Node{}}
	if len(text) > maxMeta {
		return nil, p.fault(0, "is larger than %d bytes", maxMeta)
	}
	var raw rawMeta
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(&raw)
	if errors.Is(err, io.EOF) {
		return nil, p.fault(0, "is empty")
	}
	if err != nil {
		return nil, yamlFaults(err)
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, p.fault(0, "holds more than one document")
	}
	if err := yaml.Unmarshal(text, p.root); err != nil {
		return nil, yamlFaults(err)
	}
	m := p.meta(&raw)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return m, nil
}

func (p *parser) fault(line int, format string, args ...any) error {
	return &Error{Op: "load pack", File: MetaFile, Line: line, Err: fmt.Errorf(format, args...)}
}

// yamlFaults takes the decoder's own message apart: it names its lines in the text only.
func yamlFaults(err error) error {
	texts := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		texts = typed.Errors
	}
	var errs []error
	for _, t := range texts {
		e := &Error{Op: "load pack", File: MetaFile}
		if at := yamlLine.FindStringSubmatchIndex(t); at != nil {
			e.Line, _ = strconv.Atoi(t[at[2]:at[3]])
			t = t[at[1]:]
		}
		e.Err = errors.New(shorten(t))
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

func shorten(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// line finds the line of the node at a path of keys and positions; where a step is missing, that of
// the last node found.
func (p *parser) line(path ...any) int {
	n := p.root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range path {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		var next *yaml.Node
		switch step := step.(type) {
		case string:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
		case int:
			if step < len(n.Content) {
				next = n.Content[step]
			}
		}
		if next == nil {
			break
		}
		n = next
	}
	return n.Line
}

func (p *parser) add(path []any, format string, args ...any) {
	var where strings.Builder
	for _, s := range path {
		switch s := s.(type) {
		case string:
			if where.Len() > 0 {
				where.WriteByte('.')
			}
			where.WriteString(s)
		case int:
			fmt.Fprintf(&where, "[%d]", s)
		}
	}
	p.errs = append(p.errs, p.fault(p.line(path...), "%s: %w", where.String(), fmt.Errorf(format, args...)))
}

var packName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (p *parser) meta(raw *rawMeta) *Meta {
	m := &Meta{
		Name: raw.Name, Title: raw.Title, Underlying: raw.Underlying, Public: raw.Public, Licence: raw.Licence,
	}
	if raw.Schema != Schema {
		p.add([]any{"schema"}, "is %d; this program reads %d", raw.Schema, Schema)
	}
	if !packName.MatchString(raw.Name) {
		p.add([]any{"name"}, "%q is not lower-case letters, digits and hyphens, 1 to 40 of them", shorten(raw.Name))
	}
	p.words([]any{"title"}, raw.Title)
	p.text([]any{"licence"}, raw.Licence)
	p.text([]any{"underlying"}, raw.Underlying)
	m.AsOf = p.instant([]any{"as_of"}, raw.AsOf)
	m.Period = Period{p.date([]any{"period", "from"}, raw.Period.From), p.date([]any{"period", "to"}, raw.Period.To)}
	if m.Period.To < m.Period.From {
		p.add([]any{"period"}, "ends on %s, before it begins on %s", m.Period.To, m.Period.From)
	} else if d := calendar.DateIn(m.AsOf, calendar.NewYork()); !m.AsOf.IsZero() && (d < m.Period.From || d > m.Period.To) {
		p.add([]any{"as_of"}, "%s lies outside the period from %s to %s", d, m.Period.From, m.Period.To)
	}
	for i, name := range raw.Background {
		p.text([]any{"background", i}, name)
	}
	m.Background = raw.Background
	if len(raw.Files) > maxFiles {
		p.add([]any{"files"}, "lists %d files; at most %d", len(raw.Files), maxFiles)
		return m
	}
	seen := map[string]bool{}
	for i, f := range raw.Files {
		at := []any{"files", i}
		m.Files = append(m.Files, p.file(at, f))
		if seen[f.Path] {
			p.add(at, "%s is listed twice", shorten(f.Path))
		}
		seen[f.Path] = true
	}
	if raw.Synthetic != nil {
		p.synthetic(m, raw)
	}
	if len(m.Files) == 0 {
		p.add([]any{"files"}, "lists no file")
	}
	return m
}

func (p *parser) file(at []any, f rawFile) File {
	out := File{Path: f.Path, Format: f.Format, Source: f.Source, KnownAt: f.KnownAt, Line: p.line(at...)}
	if !fs.ValidPath(f.Path) || f.Path == "." || f.Path == MetaFile || f.Path == SumsFile || len(f.Path) > 200 ||
		strings.ContainsAny(f.Path, "\\\n\r") {
		p.add(append(at, "path"), "%q is not the relative path of a data file", shorten(f.Path))
	}
	p.text(append(at, "format"), f.Format)
	p.text(append(at, "known_at"), f.KnownAt)
	if len(f.Source) > maxText {
		p.add(append(at, "source"), "is longer than %d bytes", maxText)
	}
	var err error
	if out.Grade, err = evidence.ParseGrade(f.Grade); err != nil {
		p.add(append(at, "grade"), "%s", shorten(err.Error()))
	}
	return out
}

func (p *parser) synthetic(m *Meta, raw *rawMeta) {
	s := raw.Synthetic
	m.Note = s.Note
	p.words([]any{"synthetic", "note"}, s.Note)
	if n := len(s.Chains) + len(s.Paths); n > maxSynthetic {
		p.add([]any{"synthetic"}, "asks for %d chains and paths; at most %d", n, maxSynthetic)
		return
	}
	for i, c := range s.Chains {
		m.Chains = append(m.Chains, p.chain([]any{"synthetic", "chains", i}, c))
	}
	for i, c := range s.Paths {
		m.Paths = append(m.Paths, p.pathOf([]any{"synthetic", "paths", i}, c))
	}
}

func (p *parser) chain(at []any, c rawChain) Chain {
	out := Chain{
		Date: p.date(append(at, "date"), c.Date), Seed: c.Seed, LongVol: c.LongVol, Rate: c.Rate,
		DividendYield: c.DividendYield, OpenInterest: c.OpenInterest, Line: p.line(at...),
	}
	if c.Underlying != "SPX" {
		p.add(append(at, "underlying"), "%q: a synthetic chain can be made of SPX only", shorten(c.Underlying))
	}
	out.Spot = p.anchor(append(at, "spot"), c.Spot, out.Date)
	out.Vol30 = p.anchor(append(at, "vol_30d"), c.Vol30, out.Date)
	if c.Vol1D != nil {
		a := p.anchor(append(at, "vol_1d"), *c.Vol1D, out.Date)
		out.Vol1D = &a
	}
	if c.Centre != nil {
		a := p.anchor(append(at, "centre"), *c.Centre, out.Date)
		out.Centre = &a
	}
	p.between(append(at, "long_vol"), c.LongVol, 0.01, 3)
	p.between(append(at, "rate"), c.Rate, -0.05, 0.5)
	p.between(append(at, "dividend_yield"), c.DividendYield, -0.05, 0.5)
	p.between(append(at, "open_interest"), c.OpenInterest, 1, 1e9)
	p.between(append(at, "spot", "value"), c.Spot.Value, 100, 1e5)
	p.between(append(at, "vol_30d", "value"), c.Vol30.Value, 1, 300)
	if c.Vol1D != nil {
		p.between(append(at, "vol_1d", "value"), c.Vol1D.Value, 1, 300)
	}
	if c.Centre != nil {
		p.between(append(at, "centre", "value"), c.Centre.Value, c.Spot.Value/2, 2*c.Spot.Value)
	}
	return out
}

func (p *parser) pathOf(at []any, c rawPath) Path {
	out := Path{
		Instrument: c.Instrument, Date: p.date(append(at, "date"), c.Date), Seed: c.Seed, Line: p.line(at...),
		Interval: time.Duration(c.Minutes) * time.Minute,
	}
	p.text(append(at, "instrument"), c.Instrument)
	if c.Minutes < 1 || c.Minutes > 60 {
		p.add(append(at, "minutes"), "%d is not between 1 and 60", c.Minutes)
	}
	out.Vol = p.anchor(append(at, "vol"), c.Vol, out.Date)
	p.between(append(at, "vol", "value"), c.Vol.Value, 1, 300)
	if len(c.Points) > maxPoints {
		p.add(append(at, "points"), "lists %d; at most %d", len(c.Points), maxPoints)
		return out
	}
	for i, x := range c.Points {
		here := append(at[:len(at):len(at)], "points", i)
		q := Point{Anchor: p.anchor(here, x.rawAnchor, out.Date), Line: p.line(here...)}
		clock, err := time.Parse("15:04", x.At)
		if err != nil {
			p.add(append(here, "at"), "%q is not a time such as 09:30", shorten(x.At))
		}
		q.At = time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
		if x.Over != nil {
			a := p.anchor(append(here, "over"), *x.Over, out.Date)
			q.Over = &a
		}
		out.Points = append(out.Points, q)
	}
	return out
}

func (p *parser) anchor(at []any, a rawAnchor, day calendar.Date) Anchor {
	out := Anchor{Fact: a.Fact, Date: day, Value: a.Value, Line: p.line(at...)}
	p.text(append(at, "fact"), a.Fact)
	if a.Date != "" {
		out.Date = p.date(append(at, "date"), a.Date)
	}
	return out
}

func (p *parser) between(at []any, x, low, high float64) {
	if !(low <= x && x <= high) {
		p.add(at, "%v is not between %v and %v", x, low, high)
	}
}

func (p *parser) words(at []any, w Words) {
	p.text(append(at, "en"), w.EN)
	p.text(append(at, "zh"), w.ZH)
}

func (p *parser) text(at []any, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		p.add(at, "is missing")
	case len(s) > maxText:
		p.add(at, "is longer than %d bytes", maxText)
	}
}

func (p *parser) date(at []any, s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		p.add(at, "%w", err)
		return 0
	}
	if d < calendar.First || d > calendar.Last {
		p.add(at, "%s lies outside the years of the calendar", d)
	}
	return d
}

func (p *parser) instant(at []any, s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		p.add(at, "%q is not an instant such as 2025-11-21T16:00:00-05:00", shorten(s))
		return time.Time{}
	}
	return t
}

// isAddress reports whether a source can be looked up on the web.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.Contains(u.Host, ".")
}
