package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, text := range files {
		f, err := w.Create(string(rune('a'+i)) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressedFilesAreReadWhateverTheirName(t *testing.T) {
	plain := named(t, "SPX_daily.csv")
	for _, name := range []string{"SPX_daily.csv", "SPX_daily.json.gz", "SPX_daily.exe"} {
		for kind, data := range map[string][]byte{"gzip": gzipped(t, sampleText(t, "SPX_daily.csv")), "zip": zipped(t, sampleText(t, "SPX_daily.csv"))} {
			r := mustRead(t, string(data), Options{Name: name})
			if r.Report.Accepted != plain.Report.Accepted {
				t.Errorf("%s as %s: %d rows, want %d", kind, name, r.Report.Accepted, plain.Report.Accepted)
			}
		}
	}
}

func TestEveryTruncationOfACompressedFileIsAnErrorAndNeverFewerRows(t *testing.T) {
	z := gzipped(t, strings.Repeat("2024-03-11,1\n", 1)+sampleText(t, "cboe_table.csv"))
	for n := range len(z) {
		if n < 2 {
			continue // too short to be recognised as gzip
		}
		e := mustFail(t, string(z[:n]), Options{Name: "x.gz"})
		if e.Code.Code != CodeTruncated {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(z), e)
		}
	}
	text := sampleText(t, "vendor.json")
	for n := 1; n < len(strings.TrimSpace(text)); n++ {
		r, err := Read(context.Background(), strings.NewReader(text[:n]), Options{})
		if err == nil {
			t.Fatalf("JSON cut to %d of %d bytes was read as %d rows", n, len(text), r.Report.Accepted)
		}
	}
}

func TestDamagedFilesHaveTheirOwnErrors(t *testing.T) {
	z := gzipped(t, sampleText(t, "cboe_table.csv"))
	flipped := bytes.Clone(z)
	flipped[len(flipped)-6] ^= 0xff // the checksum
	f := func(name, text, code string) {
		t.Helper()
		if e := mustFail(t, text, Options{Name: name, Instrument: "SPX"}); e.Code.Code != code {
			t.Errorf("%s: %v, want %s", name, e, code)
		}
	}
	f("empty", "", CodeEmpty)
	f("blank", " \n\t\r\n ", CodeEmpty)
	f("mark only", "\xef\xbb\xbf", CodeEmpty)
	f("empty gzip", string(gzipped(t, "")), CodeEmpty)
	f("checksum", string(flipped), CodeCorrupt)
	f("two files", string(zipped(t, "a", "b")), CodeArchive)
	f("no file", string(zipped(t)), CodeUnknownFormat) // an empty archive begins otherwise: not a zip to us
	f("cut zip", string(zipped(t, sampleText(t, "tff.txt"))[:400]), CodeArchive)
	f("picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", CodeUnknownFormat)
	f("page", "<!DOCTYPE html><html><body>403</body></html>", CodeUnknownFormat)
	f("words", "hello world\n", CodeUnknownFormat)
	f("object", `{"hello": [1, 2, {"a": null}]}`, CodeUnknownFormat)
	f("list", `[1, 2, 3]`, CodeUnknownFormat)
	f("header only", "date,open,high,low,close\n", CodeNothing)
	f("semicolons", "date;close\n2024-03-11;5190,75\n", CodeUnknownFormat)
	f("trailing", sampleText(t, "vendor.json")+"x", CodeBadJSON)
	f("grammar", `{"date": "2024-03-14", "spot": 5210.5 "expiries": {}}`, CodeUnknownFormat)
	f("grammar later", strings.Replace(sampleText(t, "vendor.json"), `"volume": 2,`, `"volume" 2,`, 1), CodeBadJSON)
	f("nesting", `{"sym":"SPX","spot":1,"o":[],"x":`+strings.Repeat("[", 100000), CodeBadJSON)
}

func TestUnknownFormatSaysWhatWasSeenAndWhatIsKnown(t *testing.T) {
	e := mustFail(t, "colour,weight\nred,5\n", Options{Name: "x.csv"})
	if e.Code.Args["seen"] != "table with columns colour, weight" {
		t.Errorf("seen %v", e.Code.Args["seen"])
	}
	known := e.Code.Args["formats"].([]string)
	if len(known) != len(Formats()) || !strings.Contains(strings.Join(known, " "), "cboe_table") {
		t.Errorf("formats %v", known)
	}
	for _, want := range []string{"read x.csv", "unknown_format", "colour"} {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("message %q lacks %q", e, want)
		}
	}
}

// endless is a line without an end.
type endless struct{ left, read int64 }

func (r *endless) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.left)
	for i := range p[:n] {
		p[i] = '7'
	}
	r.left -= n
	r.read += n
	return int(n), nil
}

func TestALineOfAGigabyteIsRefusedUnread(t *testing.T) {
	for name, head := range map[string]string{
		"at once":   "",
		"in a row":  "date,close\n2024-03-11,",
		"in a text": sampleText(t, "cboe_table.csv"),
		"in JSON":   `{"sym":"SPX","spot":1,"o":[],"x":"`,
		"quoted":    "date,series,value,unit,what,url\n2024-03-11,a,1,u,\"",
	} {
		r := &endless{left: 1 << 30}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(context.Background(), io.MultiReader(strings.NewReader(head), r), Options{Name: "SPX.csv"})
		runtime.ReadMemStats(&after)
		var e *Error
		if !errors.As(err, &e) || e.Code.Code != CodeLineTooLong {
			t.Errorf("%s: %v", name, err)
		}
		if r.read > 4*DefaultMaxLine {
			t.Errorf("%s: %d bytes were read of a line above the limit", name, r.read)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
	}
}

func TestAFileAboveTheLimitIsRefused(t *testing.T) {
	text := sampleText(t, "SPX_daily.csv")
	if e := mustFail(t, text, Options{Name: "SPX.csv", MaxBytes: 60}); e.Code.Code != CodeTooLarge {
		t.Errorf("%v", e)
	}
	bomb := gzipped(t, "date,close\n"+strings.Repeat("2024-03-11,1\n", 1<<16))
	if e := mustFail(t, string(bomb), Options{Name: "SPX.csv", MaxBytes: 100_000}); e.Code.Code != CodeTooLarge {
		t.Errorf("the limit holds for what is unpacked: %v", e)
	}
	if e := mustFail(t, text, Options{Name: "SPX.csv", MaxLine: 10}); e.Code.Code != CodeLineTooLong {
		t.Errorf("%v", e)
	}
	mustRead(t, text, Options{Name: "SPX.csv", MaxBytes: int64(len(text)), MaxLine: 60})
}

func TestAContextThatEndsStopsTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"cboe_table.csv", "fredmd.csv"} {
		_, err := Read(ctx, strings.NewReader(sampleText(t, name)), Options{Name: name})
		var e *Error
		if !errors.As(err, &e) || e.Code.Code != CodeCancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAReaderThatFailsIsAnErrorWithItsCause(t *testing.T) {
	cause := errors.New("cable cut")
	_, err := Read(context.Background(), io.MultiReader(strings.NewReader("date,close\n2024-03-11,1\n"), iotest.ErrReader(cause)), Options{Name: "SPX.csv"})
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestAMissingFileNamesOperationPathAndHint(t *testing.T) {
	_, err := ReadFile(context.Background(), "testdata/none.csv", Options{})
	var e *Error
	if !errors.As(err, &e) || e.Op != "open" || e.File != "testdata/none.csv" || e.Hint == "" {
		t.Errorf("got %v", err)
	}
}

// samples lists the made-up files.
var samples = []string{
	"cboe_table.csv", "cboe_table_padded.csv", "spx_2024-03-14_long.csv", "cboe.json", "cboe_compact.json", "vendor.json",
	"yahoo.csv", "SPX_daily.csv", "KO.csv", "BTC_5min.csv", "SPY_1min.csv", "tz_TNX.csv", "DGS10.csv", "my_cpi.csv",
	"fred_wide.csv", "fredmd.csv", "FedMeeting_20241218.csv", "fedwatch_history.csv", "probabilities_2024-11-08.csv", "zq.csv",
	"tff.txt", "readouts.csv", "facts.csv", "DIX.csv", "funding.csv", "capex.csv", "capex.json", "fred_cache.json", "cot_legacy.csv",
	"positions_2024-03-14.csv", "outcomes_2024-03-15.csv", "totals_2024-03-15.csv", "timeline.json", "summary_2024-03-15.json", "window_2024-03-15.csv",
}

func TestHowTheBytesArriveChangesNothing(t *testing.T) {
	for _, name := range samples {
		text := sampleText(t, name)
		want := digest(t, mustRead(t, text, Options{Name: name}))
		for how, r := range map[string]io.Reader{
			"one by one":  iotest.OneByteReader(strings.NewReader(text)),
			"halves":      iotest.HalfReader(strings.NewReader(text)),
			"end at once": iotest.DataErrReader(strings.NewReader(text)),
			"with a mark": strings.NewReader("\xef\xbb\xbf" + text),
			"with CR":     strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")),
		} {
			got, err := Read(context.Background(), r, Options{Name: name})
			if err != nil {
				t.Errorf("%s %s: %v", name, how, err)
				continue
			}
			if how == "with CR" && (name == "readouts.csv") {
				continue // the line end within a quoted cell is the cell's
			}
			if digest(t, got) != want {
				t.Errorf("%s %s: another result", name, how)
			}
		}
	}
}

func TestSamplesCoverEveryFormat(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range samples {
		seen[named(t, name).Report.Format] = true
	}
	for _, f := range Formats() {
		if !seen[f.Name] {
			t.Errorf("no sample of %s", f.Name)
		}
		if f.About == "" || f.Known == "" {
			t.Errorf("%s is not described", f.Name)
		}
	}
}

// The oracle is encoding/csv: on what it accepts, both must see the same cells.
func TestCSVReaderAgreesWithTheStandardLibrary(t *testing.T) {
	cell := rapid.OneOf(rapid.StringMatching(`[a-z0-9.]{0,6}`), rapid.StringMatching(`[a-z", \n]{0,8}`))
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 5), 1, 6).Draw(t, "rows")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		for _, r := range rows {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		text := b.String()
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		// Ours drops blanks around a cell, and with them records of one blank cell.
		want = slices.DeleteFunc(want, func(r []string) bool { return len(r) == 1 && strings.Trim(r[0], " \t") == "" })
		chunk := rapid.SampledFrom([]func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader,
		}).Draw(t, "chunk")
		c := &csvReader{src: &source{r: chunk(strings.NewReader(text)), maxBytes: 1 << 20, maxLine: 1 << 16}, prose: true}
		for i := 0; ; i++ {
			cells, ok, err := c.next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				if i != len(want) {
					t.Fatalf("%d records, want %d", i, len(want))
				}
				return
			}
			if i >= len(want) || len(cells) != len(want[i]) {
				t.Fatalf("record %d: %q, want %q of %q", i, cells, want, text)
			}
			for k := range cells {
				if got, w := string(cells[k]), strings.Trim(want[i][k], " \t"); got != w {
					t.Fatalf("record %d cell %d: %q, want %q", i, k, got, w)
				}
			}
		}
	})
}

func TestAStrayQuoteCostsItsOwnLineOnly(t *testing.T) {
	r := mustRead(t, "date,series,value,unit,what,url\n2024-03-11,a,1,u,\"w,x\n2024-03-12,b,2,u,w,x\n2024-03-13,c,3,u,w,x\n", Options{})
	if r.Report.Rows != 3 || r.Report.Accepted != 2 {
		t.Errorf("rows %d accepted %d %v", r.Report.Rows, r.Report.Accepted, r.Report.ByReason)
	}
	wantReject(t, r, 2, "", "w,x", ReasonQuote)
}

func TestRejectedValuesAreCutAndPrintable(t *testing.T) {
	long := strings.Repeat("ä", 100)
	r := mustRead(t, "date,close\n2024-03-11,1\n2024-03-12,\x00\x1b[31m\xff\n2024-03-13,"+long+"\n", Options{Name: "SPX.csv"})
	wantReject(t, r, 3, "close", "\ufffd\ufffd[31m\ufffd", ReasonNumber)
	wantReject(t, r, 4, "close", strings.Repeat("ä", 32)+"…", ReasonNumber)
	var rows strings.Builder
	rows.WriteString("date,close\n2024-03-11,1\n")
	for range 1500 {
		rows.WriteString("2024-03-12,x\n")
	}
	r = mustRead(t, rows.String(), Options{Name: "SPX.csv"})
	if len(r.Report.Rejects) != maxListed || r.Report.Rejected != 1500 || r.Report.ByReason[ReasonNumber] != 1500 {
		t.Errorf("%d listed, %d counted, %v", len(r.Report.Rejects), r.Report.Rejected, r.Report.ByReason)
	}
}

func TestNowWithoutAnInstantChecksNothing(t *testing.T) {
	r := mustRead(t, "date,close\n2034-03-13,1\n", Options{Name: "SPX.csv"})
	if r.Report.Accepted != 1 {
		t.Error("without a present nothing is of the future")
	}
	if e := mustFail(t, "date,close\n2034-03-13,1\n", Options{Name: "SPX.csv", Now: time.Unix(0, 0)}); e.Code.Code != CodeNothing {
		t.Errorf("%v", e)
	}
}
