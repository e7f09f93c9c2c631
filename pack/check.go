package pack

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"

	"faultline/evidence"
	"faultline/market"
)

// Severity tells what is wrong from what a reader should know.
type Severity string

// The severities. A pack with a Fault must not ship.
const (
	Fault Severity = "fault"
	Note  Severity = "note"
)

// Codes of findings.
const (
	FindingLoad        = "not_loadable"          // Load refuses the pack: text
	FindingRejected    = "rows_rejected"         // rows of a file that no reader takes: count, reason
	FindingVendor      = "vendor_rows"           // a public pack holds rows of a market's own data: key
	FindingUnit        = "unit_unknown"          // unit
	FindingSource      = "source_missing"        // a published figure without an address
	FindingValue       = "value_missing"         // a figure with a unit and neither value nor text
	FindingPeriod      = "outside_period"        // date
	FindingEarly       = "known_too_early"       // known before it can have been: known, earliest
	FindingClosed      = "closed_day"            // a close of a day without a session: date
	FindingTwice       = "stands_twice"          // the same figure of the same page again: line
	FindingConflict    = "conflicting_sources"   // pages that contradict each other: values
	FindingPercent     = "percent_disagrees"     // a percentage that the levels contradict: stated, levels
	FindingImplausible = "level_implausible"     // a close far from all others of its name: value, median
	FindingStateClose  = "state_without_close"   // derived state that tells of a close which is not published: session, close
	FindingStateGap    = "state_gap"             // derived state of sessions with others between them: from, to
	FindingStatePrice  = "state_holds_price"     // derived state that is a published close itself: value
	FindingUnmarked    = "synthetic_unmarked"    // synthetic by name and not by grade, or the other way round
	FindingNote        = "synthetic_unexplained" // synthetic data without a note for the reader
	FindingPrice       = "no_price_as_of"        // nothing prices the underlying as of the pack's instant
)

// Finding is one thing that Check found.
type Finding struct {
	Severity Severity      `json:"severity"`
	Finding  evidence.Code `json:"finding"`
	ID       string        `json:"id,omitempty"` // figure or series
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
}

func (f Finding) String() string {
	where := f.File
	if f.Line > 0 {
		where += fmt.Sprintf(":%d", f.Line)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", f.Severity, where, f.ID, f.Finding))
}

// Faults counts the findings that keep a pack from shipping.
func Faults(findings []Finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity == Fault {
			n++
		}
	}
	return n
}

// checker collects findings about one pack.
type checker struct {
	pack *Pack
	out  []Finding
}

func (c *checker) add(s Severity, code, file string, line int, id string, args evidence.Args) {
	c.out = append(c.out, Finding{s, evidence.Code{Code: code, Args: args}, id, file, line})
}

// Check validates a pack: first what Load holds against it, then what a reader relies on without
// seeing it: units, addresses, dates, known-at instants, agreement of percentages with levels, marks
// of what is synthetic, and that a public pack neither holds a vendor's rows nor lets them be
// rebuilt. Findings come in a fixed order. The error is that of the context only.
func Check(ctx context.Context, fsys fs.FS) ([]Finding, error) {
	p, err := Load(ctx, fsys)
	if ctx.Err() != nil {
		return nil, &Error{Op: "check pack", Err: ctx.Err()}
	}
	c := &checker{pack: p}
	if err != nil {
		for _, e := range Errors(err) {
			c.add(Fault, FindingLoad, e.File, e.Line, "", evidence.Args{"text": e.Err.Error()})
		}
		return c.out, nil
	}
	c.files()
	c.rows()
	c.facts()
	c.percentages()
	c.states()
	c.synthetic()
	c.price()
	slices.SortFunc(c.out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.String(), b.String()))
	})
	return c.out, nil
}

// files judges what the readers rejected.
func (c *checker) files() {
	severity := Note
	if c.pack.Meta.Public {
		severity = Fault
	}
	for _, r := range c.pack.Reports {
		reasons := make([]string, 0, len(r.ByReason))
		for k := range r.ByReason {
			reasons = append(reasons, k)
		}
		sort.Strings(reasons)
		for _, k := range reasons {
			c.add(severity, FindingRejected, r.File, 0, "", evidence.Args{"reason": k, "count": r.ByReason[k]})
		}
	}
}

// rows looks for a market's own data in a public pack. Published figures, derived state and what is
// made up may ship; traded prices, quotes and positions are someone's, whatever the grade claims.
func (c *checker) rows() {
	if !c.pack.Meta.Public {
		return
	}
	for _, d := range c.pack.Book.Sets() {
		o := d.Origin()
		made := o.Grade == evidence.Synthetic
		stated := d.Facts != nil && o.Grade == evidence.Published
		derived := d.Series != nil && o.Format == FormatDerived
		if !made && !stated && !derived {
			c.add(Fault, FindingVendor, o.File, 0, d.Key(), evidence.Args{"key": d.Key(), "grade": o.Grade.String()})
		}
	}
}

// synthetic checks that nobody takes something made up for data, even when the file is copied out of
// the pack: the name and the grade say it both, and the pack has words for the reader.
func (c *checker) synthetic() {
	made := len(c.pack.Meta.Chains)+len(c.pack.Meta.Paths) > 0
	for _, f := range c.pack.Meta.Files {
		named := strings.Contains(strings.ToLower(f.Path), "synthetic")
		graded := f.Grade == evidence.Synthetic
		made = made || graded
		if named != graded {
			c.add(Fault, FindingUnmarked, MetaFile, f.Line, f.Path, evidence.Args{"grade": f.Grade.String()})
		}
	}
	if made && (c.pack.Meta.Note.EN == "" || c.pack.Meta.Note.ZH == "") {
		c.add(Fault, FindingNote, MetaFile, 0, "", nil)
	}
}

// price checks that the pack's own instant has a price to start from.
func (c *checker) price() {
	m := &c.pack.Meta
	s := c.pack.Book.AsOf(m.AsOf)
	if _, err := s.Daily(m.Underlying); err == nil {
		return
	}
	if v, err := s.Chain(m.Underlying); err == nil && !market.IsMissing(v.Spot) {
		return
	}
	if slices.ContainsFunc(s.Facts(m.Underlying+closeSuffix), func(f market.Fact) bool { return f.Value > 0 }) {
		return
	}
	c.add(Fault, FindingPrice, MetaFile, 0, m.Underlying, evidence.Args{"as_of": stamp(m.AsOf.Unix())})
}
