package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/market"
)

// sampleText returns one of the made-up files in testdata/samples.
func sampleText(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mustRead reads text that holds at least one good row.
func mustRead(t testing.TB, text string, o Options) *Result {
	t.Helper()
	r, err := Read(context.Background(), strings.NewReader(text), o)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	if got := r.Report.Accepted + r.Report.Rejected; got != r.Report.Rows {
		t.Errorf("%s: %d rows, %d accepted and rejected", o.Name, r.Report.Rows, got)
	}
	return r
}

// mustFail reads text that cannot be read, and returns the error's code.
func mustFail(t testing.TB, text string, o Options) *Error {
	t.Helper()
	r, err := Read(context.Background(), strings.NewReader(text), o)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: got error %v, want a *feed.Error", o.Name, err)
	}
	if r == nil || len(r.Sets) > 0 {
		t.Errorf("%s: an error came with tables", o.Name)
	}
	if e.Code.Code == "" || e.Op == "" {
		t.Errorf("%s: error %v has no code or operation", o.Name, err)
	}
	return e
}

// named reads a sample under its own name.
func named(t testing.TB, name string) *Result {
	t.Helper()
	return mustRead(t, sampleText(t, name), Options{Name: name})
}

func onlyChain(t testing.TB, r *Result) *market.Chain {
	t.Helper()
	if len(r.Sets) != 1 || r.Sets[0].Chain == nil {
		t.Fatalf("%s: %d sets, want one chain", r.Report.File, len(r.Sets))
	}
	return r.Sets[0].Chain
}

func onlyBars(t testing.TB, r *Result) *market.Bars {
	t.Helper()
	if len(r.Sets) != 1 || r.Sets[0].Bars == nil {
		t.Fatalf("%s: %d sets, want one table of bars", r.Report.File, len(r.Sets))
	}
	return r.Sets[0].Bars
}

func series(t testing.TB, r *Result, id string) *market.Series {
	t.Helper()
	var ids []string
	for _, d := range r.Sets {
		if d.Series != nil {
			if d.Series.ID == id {
				return d.Series
			}
			ids = append(ids, d.Series.ID)
		}
	}
	t.Fatalf("no series %s among %v", id, ids)
	return nil
}

func hasCode(t testing.TB, d market.Dataset, code string) bool {
	t.Helper()
	for _, c := range d.Origin().Caveats {
		if c.Code == code {
			return true
		}
	}
	return false
}

func utc(s string) int64 {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t.Unix()
}

// ny is the instant at which New York's clocks show it.
func ny(s string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.NewYork())
	if err != nil {
		panic(err)
	}
	return t.Unix()
}

func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func wantReject(t testing.TB, r *Result, line int, column, value, reason string) {
	t.Helper()
	for _, x := range r.Report.Rejects {
		if x.Line == line && x.Reason.Code == reason {
			if x.Column != column || x.Value != value {
				t.Errorf("reject of line %d: column %q value %q, want %q %q", line, x.Column, x.Value, column, value)
			}
			return
		}
	}
	t.Errorf("no reject of line %d for %s among %v", line, reason, r.Report.Rejects)
}
