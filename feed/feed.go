package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Limits, stated once.
const (
	DefaultMaxBytes = 2 << 30  // bytes of one file after decompression
	DefaultMaxLine  = 1 << 20  // bytes of one line, or of one string or number of a JSON file
	maxZip          = 64 << 20 // bytes of a zip archive, which is held in memory
	headSize        = 64 << 10 // bytes from which the format is recognised
	maxListed       = 1000     // rejects listed one by one; all are counted
	maxValue        = 64       // bytes of a rejected value that are shown
	maxDepth        = 32       // nesting of a JSON file
)

// Options say what the file itself may not tell.
type Options struct {
	Name       string    // file name: hints at the instrument (GSPC.csv) and the date (spx_2025-01-29_long.csv), and Origin.File
	Instrument string    // what the rows are about, when the user says so
	At         time.Time // instant of the quotes when the file does not tell
	Now        time.Time // rows dated after it are rejected; zero: no check
	Strict     bool      // stop at the first reject
	MaxBytes   int64     // 0: DefaultMaxBytes
	MaxLine    int       // 0: DefaultMaxLine

	patient bool // read every JSON object by the reader for all of JSON: what tests compare with
}

// Reject is one row that was not taken, and why.
type Reject struct {
	Line   int           // line of the file; of JSON, the number of the element in its list; from 1
	Column string        // as the file names it
	Value  string        // printable, at most maxValue bytes
	Reason evidence.Code //
}

// Report says what became of a file's rows. A row is what one row of the table is: a bar, a
// contract, an observation, a fact. Rows = Accepted + Rejected.
type Report struct {
	File     string
	Format   string
	Rows     int
	Accepted int
	Rejects  []Reject       // the first maxListed, by line
	Rejected int            // all
	ByReason map[string]int // all
	Notes    []evidence.Code
}

// Result is what was read. With an error it holds the report only.
type Result struct {
	Sets   []market.Dataset
	Report Report
}

// Format names one kind of file that Read recognises.
type Format struct {
	Name  string // code, as in Origin.Format
	About string // what the file is, in a line
	Known string // code of its known-at rule, as in Origin.KnownAt
}

// format is a Format with its recogniser and reader.
type format struct {
	Format
	match func(*sample) bool
	read  func(*job) error
}

// formats lists the formats, the more specific before the more general: the first that matches
// reads the file.
func formats() []format {
	return []format{
		cboeTable, cboeLong, cboeJSON, cboeCompact, vendorJSON, yahooChain,
		fedwatchExport, fedwatchHistory, fedwatchTable, zqCurve,
		cotTFF, cotLegacy, readouts, facts, capexJSON, fredJSON,
		positionsTable, liquidationTable, liquidationTimeline, liquidationSummary, venueVolume,
		fredMD, barsFormat, fredSeries, table,
	}
}

// Formats lists what Read recognises.
func Formats() []Format {
	list := formats()
	out := make([]Format, len(list))
	for i, f := range list {
		out[i] = f.Format
	}
	return out
}

// ReadFile is Read of a file, which also names it.
func ReadFile(ctx context.Context, path string, o Options) (*Result, error) {
	if o.Name == "" {
		o.Name = path
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{
			Op: "open", File: path, Code: evidence.Code{Code: CodeUnreadable}, Err: err,
			Hint: "check the path and the permission",
		}
	}
	defer f.Close()
	return Read(ctx, f, o)
}

// Read recognises the format of r by its content and reads the tables in it. Each row that cannot
// be taken is counted and reported; the error is a *Error.
func Read(ctx context.Context, r io.Reader, o Options) (*Result, error) {
	j := &job{ctx: ctx, opt: o, size: sizeOf(r), report: Report{File: baseName(o.Name), ByReason: map[string]int{}}}
	if err := j.run(r); err != nil {
		return &Result{Report: j.finished()}, j.wrap(err)
	}
	return &Result{Sets: j.sets, Report: j.finished()}, nil
}

// sizeOf is how long a reader is, where it tells; 0 elsewhere.
func sizeOf(r io.Reader) int64 {
	switch x := r.(type) {
	case interface{ Len() int }:
		return int64(x.Len())
	case *os.File:
		if info, err := x.Stat(); err == nil {
			return info.Size()
		}
	}
	return 0
}

// job is one reading of one file.
type job struct {
	ctx    context.Context
	opt    Options
	src    *source
	head   *sample
	format *Format
	sets   []market.Dataset
	size   int64          // bytes of the file, 0 where unknown: a hint for making room
	blanks map[string]int // blank cells by column, of tables where a blank is no observation
	report Report
}

func (j *job) run(r io.Reader) error {
	src, err := open(r, j.opt)
	if err != nil {
		return err
	}
	j.src = src
	if j.head, err = sniff(src); err != nil {
		return err
	}
	for _, f := range formats() {
		if !f.match(j.head) {
			continue
		}
		j.format = &f.Format
		j.report.Format = f.Name
		if err := f.read(j); err != nil {
			return err
		}
		if j.report.Accepted == 0 {
			return j.fail(CodeNothing, j.counts(), "no row of the file could be taken: mend what the reasons name")
		}
		return nil
	}
	return j.fail(CodeUnknownFormat, evidence.Args{"seen": j.head.describe(), "formats": formatNames()},
		"see which formats are known with: faultline data formats")
}

func formatNames() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}

// finished closes the report: rejects in order of their lines, and one note for the blanks.
func (j *job) finished() Report {
	slices.SortStableFunc(j.report.Rejects, func(a, b Reject) int { return cmp.Compare(a.Line, b.Line) })
	n := 0
	for _, v := range j.blanks {
		n += v
	}
	if n > 0 {
		j.note(NoteBlankCells, evidence.Args{"count": n, "columns": len(j.blanks)})
	}
	j.blanks = nil
	return j.report
}

func (j *job) note(code string, args evidence.Args) {
	j.report.Notes = append(j.report.Notes, evidence.Code{Code: code, Args: args})
}

// blank counts a cell that holds no observation, as at a market holiday.
func (j *job) blank(column string) {
	if j.blanks == nil {
		j.blanks = map[string]int{}
	}
	j.blanks[column]++
}

// counts are the rows and the reasons for which they were rejected, the most frequent first.
func (j *job) counts() evidence.Args {
	why := slices.SortedFunc(maps.Keys(j.report.ByReason), func(a, b string) int {
		return cmp.Or(cmp.Compare(j.report.ByReason[b], j.report.ByReason[a]), cmp.Compare(a, b))
	})
	for i, code := range why {
		why[i] = fmt.Sprintf("%s %d", code, j.report.ByReason[code])
	}
	args := evidence.Args{"rows": j.report.Rows}
	if len(why) > 0 {
		args["why"] = strings.Join(why, ", ")
	}
	return args
}

// row counts a row that was met; it must be followed by accept or reject.
func (j *job) row() { j.report.Rows++ }

func (j *job) accept() { j.report.Accepted++ }

// reject counts a row that is not taken. In strict mode it returns the error that ends the reading.
func (j *job) reject(line int, column string, value []byte, code string, args evidence.Args) error {
	j.report.Rejected++
	j.report.ByReason[code]++
	reason := evidence.Code{Code: code, Args: args}
	if len(j.report.Rejects) < maxListed {
		j.report.Rejects = append(j.report.Rejects, Reject{Line: line, Column: column, Value: printable(value), Reason: reason})
	}
	if j.opt.Strict {
		return &Error{Op: "read", Line: line, Column: column, Code: reason, Hint: "strict mode stops at the first bad row: value " + printable(value)}
	}
	return nil
}

// fail makes an error about the file as a whole.
func (j *job) fail(code string, args evidence.Args, hint string) error {
	return &Error{Op: "read", Code: evidence.Code{Code: code, Args: args}, Hint: hint}
}

// wrap turns whatever ended the reading into a *Error that names the file.
func (j *job) wrap(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Op: "read", Code: evidence.Code{Code: CodeUnreadable}, Err: err, Hint: "the data could not be read to the end"}
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			e.Code.Code, e.Hint = CodeCancelled, ""
		}
	}
	if e.File == "" {
		e.File = j.opt.Name
	}
	return e
}

// origin is the Origin that all tables of the file share.
func (j *job) origin(source string, grade evidence.Grade) market.Origin {
	return market.Origin{
		File: j.report.File, Format: j.format.Name, Source: source, Grade: grade, KnownAt: j.format.Known,
	}
}

// future reports whether an instant lies after the present that the options state.
func (j *job) future(unix int64) bool { return !j.opt.Now.IsZero() && unix > j.opt.Now.Unix() }

// futureDate reports whether a date lies after the present, seen from New York.
func (j *job) futureDate(d calendar.Date) bool {
	return !j.opt.Now.IsZero() && d > calendar.DateIn(j.opt.Now, calendar.NewYork())
}

func baseName(name string) string {
	if name == "" {
		return ""
	}
	return filepath.Base(name)
}
