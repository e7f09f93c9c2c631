package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/audit"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
	"faultline/store"
)

// Files are market data given on the command line. With any of them the pack and the store are left
// out unless they are named too.
type Files struct {
	Chain    []string `placeholder:"FILE" sep:"," help:"Option chains, in any format that 'faultline data formats' lists."`
	Prices   []string `placeholder:"FILE" sep:"," help:"Price bars, daily or within the day."`
	Rates    []string `placeholder:"FILE" sep:"," help:"Interest rates or other series, such as FRED's DFF.csv."`
	Readouts []string `placeholder:"FILE" sep:"," help:"Desks' published readouts on trend followers, as docs/readouts.md describes the table."`
	Files    []string `arg:"" optional:"" name:"file" help:"Market data of any kind, told apart by their content."`
	Strict   bool     `help:"Stop at the first row that cannot be used."`
}

func (f *Files) all() []string {
	return slices.Concat(f.Chain, f.Prices, f.Rates, f.Readouts, f.Files)
}

// source is where the data of a command come from, read and ready for an instant.
type source struct {
	book   *market.Book
	at     time.Time
	report []feed.Report
	ledger *audit.Ledger // the claims that come with the pack; nil without
}

// read loads the data that the flags name and settles the instant.
func (g *Globals) read(ctx context.Context, out *output, f *Files) (*source, error) {
	s := &source{book: &market.Book{}}
	asked, err := g.instant(calendar.NYSE())
	if err != nil {
		return nil, err
	}
	s.at = asked
	paths := f.all()
	chains := map[string]bool{}
	for _, p := range f.Chain {
		chains[p] = true
	}
	done := out.progress("reading", len(paths))
	for _, p := range paths {
		r, err := feed.ReadFile(ctx, p, feed.Options{At: asked, Now: out.now(), Strict: f.Strict})
		if err != nil {
			return nil, err
		}
		if chains[p] && !holdsChain(r.Sets) {
			return nil, &Error{
				Op: "read", Path: p, Exit: exitInput, Err: fmt.Errorf("the file is %s and holds no option chain", r.Report.Format),
				Hint: "give price bars with --prices and series with --rates",
			}
		}
		if slices.Contains(f.Readouts, p) {
			if r.Report.Format != "readouts" {
				return nil, &Error{
					Op: "read", Path: p, Exit: exitInput, Err: fmt.Errorf("the file is %s and holds no readouts", r.Report.Format),
					Hint: "docs/readouts.md says how the table has to look",
				}
			}
			for _, x := range r.Report.Rejects {
				out.note("%s:%d: %s: %s", r.Report.File, x.Line, x.Column, out.words.Say(x.Reason))
			}
		}
		s.book.Add(r.Sets...)
		s.report = append(s.report, r.Report)
		done(1)
	}
	switch {
	case g.Data != "":
		st, err := store.OpenReadOnly(g.Data)
		if err != nil {
			return nil, &Error{Op: "open the store", Path: g.Data, Err: err, Exit: exitInput, Hint: "create one with: faultline data import --data DIR FILE…"}
		}
		defer st.Close()
		b, err := st.Book(ctx)
		if err != nil {
			return nil, &Error{Op: "read the store", Path: g.Data, Err: err, Exit: exitInput}
		}
		for _, n := range st.Notes() {
			out.note("%s: %s", g.Data, out.words.Say(n))
		}
		s.book.Add(b.Sets()...)
	case g.Pack != "" || len(paths) == 0:
		p, err := g.openPack(ctx)
		if err != nil {
			return nil, err
		}
		s.book.Add(p.Book.Sets()...)
		if s.at.IsZero() {
			s.at = p.Meta.AsOf
		}
		if s.ledger, _, err = audit.Shipped(p.Meta.Name); err != nil {
			return nil, &Error{Op: "read the ledger of", Path: p.Meta.Name, Err: err}
		}
	}
	if s.at.IsZero() {
		s.at = latest(s.book)
	}
	out.lateChains(s)
	if s.at.IsZero() {
		return nil, &Error{Op: "choose the instant", Err: errors.New("the data carry no time"), Hint: "say it with --as-of", Exit: exitUsage}
	}
	return s, nil
}

// lateChains tells the user of chains that were taken after the instant asked for: as of the official
// close, a chain downloaded in the evening is not known yet.
func (o *output) lateChains(s *source) {
	known := map[string]bool{}
	for _, d := range s.book.Sets() {
		if d.Chain != nil && !d.Chain.At.After(s.at) {
			known[d.Chain.Underlying] = true
		}
	}
	for _, d := range s.book.Sets() {
		if c := d.Chain; c != nil && !known[c.Underlying] && !s.at.IsZero() {
			o.note("%s", o.words.Text("cli.late_chain", evidence.Args{
				"file": c.Origin.File, "at": c.At.UTC().Format(time.RFC3339), "as_of": s.at.Format(time.RFC3339),
			}))
		}
	}
}

// openPack opens the pack that --pack names: a folder, or one that the binary carries.
func (g *Globals) openPack(ctx context.Context) (*pack.Pack, error) {
	name := g.Pack
	if name == "" {
		name = defaultPack
	}
	var from fs.FS
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		from = os.DirFS(name)
	} else {
		from, err = packs.Open(name)
		if err != nil {
			return nil, &Error{
				Op: "open the pack", Path: name, Err: err, Exit: exitInput,
				Hint: "name a folder that holds a pack.yaml, or one of: " + strings.Join(packs.Names(), ", "),
			}
		}
	}
	p, err := pack.Load(ctx, from)
	if err != nil {
		return nil, &Error{Op: "load the pack", Path: name, Err: err, Exit: exitInput, Hint: "see what is wrong with: faultline pack check " + name}
	}
	return p, nil
}

const defaultPack = "nov2025"

// instant reads --as-of: an RFC 3339 instant, or a date, which means the official close of that day's
// session. Without the flag it is the zero time.
func (g *Globals) instant(x *calendar.Exchange) (time.Time, error) {
	if g.AsOf == nil {
		return time.Time{}, nil
	}
	text := *g.AsOf
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		return time.Time{}, usage("read", "--as-of", "write a date such as 2025-11-20 (its official close) or an instant such as 2025-11-20T11:08:00-05:00",
			"%q is neither a date nor an instant with its offset", text)
	}
	s, err := x.Session(d)
	if err != nil {
		hint := "give an instant instead, such as " + d.String() + "T16:00:00-05:00"
		if before, e := x.Prev(d); e == nil {
			hint = "the session before it is " + before.Date.String()
		}
		return time.Time{}, &Error{Op: "read", Path: "--as-of", Err: err, Hint: hint, Exit: exitUsage}
	}
	return s.Close.UTC(), nil
}

// latest is the last instant at which anything in the book became known: of the chains when there are
// some, else of everything.
func latest(b *market.Book) time.Time {
	var chain, other int64
	for _, d := range b.Sets() {
		switch {
		case d.Chain != nil:
			chain = max(chain, d.Chain.At.Unix())
		case d.Bars != nil:
			for _, t := range d.Bars.Known {
				other = max(other, t)
			}
		case d.Series != nil:
			for _, t := range d.Series.Known {
				other = max(other, t)
			}
		case d.Facts != nil:
			for _, f := range d.Facts.Rows {
				other = max(other, f.Known)
			}
		case d.Positions != nil:
			other = max(other, d.Positions.At.Unix())
		}
	}
	switch {
	case chain > 0:
		return time.Unix(chain, 0).UTC()
	case other > 0:
		return time.Unix(other, 0).UTC()
	}
	return time.Time{}
}

func holdsChain(sets []market.Dataset) bool {
	for _, d := range sets {
		if d.Chain != nil {
			return true
		}
	}
	return false
}

// assumptions are the register's values with the overrides of --assumptions and --set.
func (g *Globals) assumptions() (assumption.Set, error) {
	a := assumption.Default()
	if g.Assumptions != "" {
		f, err := os.Open(g.Assumptions)
		if err != nil {
			return a, &Error{Op: "read assumptions from", Path: g.Assumptions, Err: err, Exit: exitInput}
		}
		defer f.Close()
		if a, err = a.Override(f, filepath.Base(g.Assumptions)); err != nil {
			return a, &Error{Op: "override", Path: g.Assumptions, Err: err, Exit: exitUsage, Hint: "list names and ranges with: faultline assumptions"}
		}
	}
	for _, text := range g.Set {
		var err error
		if a, err = a.WithText(text, "--set"); err != nil {
			return a, &Error{Op: "read", Path: "--set", Err: err, Exit: exitUsage, Hint: "list names and ranges with: faultline assumptions"}
		}
	}
	return a, nil
}

// absentIf turns an absence into an error of the command line.
func absentIf(op string, a *evidence.Absent) error {
	if a == nil {
		return nil
	}
	return &Error{Op: op, Err: a, Exit: exitAbsent}
}
