package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
)

// Pack is a pack that was read.
type Pack struct {
	Meta    Meta
	Book    *market.Book  // all tables, in the order of the files; then what is synthetic
	Reports []feed.Report // of the files, in their order: what was rejected and why
}

// WithoutSynthetic returns the book without what was made up, so that a reader can see which numbers
// rest on it.
func (p *Pack) WithoutSynthetic() *market.Book {
	out := &market.Book{}
	for _, d := range p.Book.Sets() {
		if d.Origin().Grade != evidence.Synthetic {
			out.Add(d)
		}
	}
	return out
}

// Load reads a pack. It holds every claim of pack.yaml against the files: their hashes, formats,
// known-at rules and grades. Rows that a reader rejects are counted in the reports; Check judges
// them. The error is one *Error or several joined, which Errors takes apart. The same files give the
// same Book.
func Load(ctx context.Context, fsys fs.FS) (*Pack, error) {
	text, err := readSmall(fsys, MetaFile)
	if err != nil {
		return nil, err
	}
	meta, err := parseMeta(text)
	if err != nil {
		return nil, err
	}
	if err := checkSums(ctx, fsys, meta.Files); err != nil {
		return nil, err
	}
	p := &Pack{Meta: *meta, Book: &market.Book{}}
	var errs []error
	for _, f := range meta.Files {
		sets, report, err := readFile(ctx, fsys, f)
		if ctx.Err() != nil {
			return nil, &Error{Op: "load pack", File: f.Path, Err: ctx.Err()}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.Book.Add(sets...)
		p.Reports = append(p.Reports, report)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	made, err := synthesise(meta, p.Book)
	if err != nil {
		return nil, err
	}
	p.Book.Add(made...)
	return p, nil
}

// readFile reads one data file and holds the claims about it against what was read.
func readFile(ctx context.Context, fsys fs.FS, f File) ([]market.Dataset, feed.Report, error) {
	sets, report, err := readAny(ctx, fsys, f.Path)
	if err != nil {
		return nil, report, &Error{Op: "load pack", File: f.Path, Line: lineOf(err), Err: err}
	}
	var errs []error
	claim := func(format string, args ...any) {
		errs = append(errs, &Error{Op: "load pack", File: MetaFile, Line: f.Line, Err: fmt.Errorf(f.Path+": "+format, args...)})
	}
	if report.Format != f.Format {
		claim("is of the format %s, not %s", report.Format, f.Format)
	}
	for _, d := range sets {
		o := d.Origin()
		if o.KnownAt != f.KnownAt {
			claim("%s is dated by the rule %s, not %s", d.Key(), o.KnownAt, f.KnownAt)
		}
		if f.Grade < o.Grade {
			claim("%s is %s, which is weaker than %s", d.Key(), o.Grade, f.Grade)
		}
		o.File, o.Grade = f.Path, f.Grade
		if d.Series != nil && f.Grade == evidence.Synthetic {
			o.Caveats = append([]evidence.Code{{Code: "synthetic_series"}}, o.Caveats...)
		}
		if f.Source != "" {
			o.Source = f.Source
		}
	}
	if len(errs) > 0 {
		return nil, report, errors.Join(errs[:min(len(errs), 3)]...) // one claim may be wrong for a hundred series
	}
	return sets, report, nil
}

// readAny reads a file of derived state itself and leaves every other format to feed.
func readAny(ctx context.Context, fsys fs.FS, path string) ([]market.Dataset, feed.Report, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, feed.Report{}, cause(err)
	}
	defer f.Close()
	head := make([]byte, len(derivedHeader))
	if n, err := f.Read(head); err == nil && n == len(head) && string(head) == derivedHeader {
		return readDerived(ctx, fsys, path)
	}
	again, err := fsys.Open(path)
	if err != nil {
		return nil, feed.Report{}, cause(err)
	}
	defer again.Close()
	r, err := feed.Read(ctx, again, feed.Options{Name: path, MaxBytes: maxUnpacked})
	if err != nil {
		return nil, feed.Report{}, err
	}
	if err := applyKnown(ctx, fsys, path, r.Sets); err != nil {
		return nil, r.Report, err
	}
	return r.Sets, r.Report, nil
}

// lineOf is the line that an error of feed or of readDerived names.
func lineOf(err error) int {
	var fed *feed.Error
	if errors.As(err, &fed) {
		return fed.Line
	}
	var own *Error
	if errors.As(err, &own) {
		return own.Line
	}
	return 0
}
