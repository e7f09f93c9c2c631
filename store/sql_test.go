package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// example is a store with every kind of row, half of it compacted.
func example(t testing.TB) *Store {
	t.Helper()
	s := open(t)
	known := time.Date(2025, 11, 20, 21, 0, 0, 0, time.UTC).Unix()
	mustImport(t, s, madeBars("SPX", 5), market.Dataset{Facts: &market.Facts{
		Origin: market.Origin{File: "facts.csv", Format: "facts_csv", Grade: evidence.Published},
		Rows: []market.Fact{
			{ID: "SPX_close", About: known, Known: known, Value: 6538.76, What: "close", Unit: "points", Source: "https://example.com/a?b=1,2", Line: 2},
			{ID: "event", About: known, Known: known + 1, Value: market.Missing, Text: `"quoted", 标普`, Line: 3},
		},
	}})
	mustCompact(t, s)
	c := &market.Chain{Origin: market.Origin{File: "c.json", Format: "cboe_json"}, Underlying: "SPX", At: time.Unix(known, 5).UTC(), Spot: market.Missing}
	c.Append(market.Quote{
		Root: "SPXW", Expiry: calendar.DateOf(2025, 11, 21), Right: black.Put, Strike: 6500, Bid: 1, Ask: 2, Last: market.Missing,
		Volume: 0, OpenInterest: 10, IV: 0.2, Delta: market.Missing, Gamma: market.Missing, Line: 1,
	})
	mustImport(t, s, madeBars("NDX", 4), market.Dataset{Chain: c}, market.Dataset{Series: &market.Series{
		Origin: market.Origin{File: "fred.csv"}, ID: "DGS10", Unit: "percent_as_stated",
		About: []int64{0, 86400}, Known: []int64{100, 86500}, Value: []float64{4.1, 4.2}, Line: []int32{2, 3},
	}})
	return s
}

func TestSQLReadsEveryView(t *testing.T) {
	s := example(t)
	f := func(query string, want ...any) {
		t.Helper()
		r, err := s.SQL(context.Background(), query, 0)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		var got []any
		for _, row := range r.Values {
			got = append(got, row...)
		}
		if !reflect.DeepEqual(got, want) || r.Truncated {
			t.Errorf("%s: got %#v, want %#v", query, got, want)
		}
	}
	known := time.Date(2025, 11, 20, 21, 0, 0, 0, time.UTC)
	f("SELECT instrument, timeframe, count(*) FROM bars GROUP BY ALL ORDER BY 1", "NDX", "1d", int64(4), "SPX", "1d", int64(5))
	f("SELECT begin_at, close, volume FROM bars WHERE instrument = 'SPX' ORDER BY begin_at LIMIT 1",
		time.Unix(19995*86400, 0).UTC(), madeBars("SPX", 5).Bars.Close[0], 1e6)
	f("SELECT quoted_at, spot, root, expiry, side, strike, last, volume, grade FROM chains",
		known.Add(5), nil, "SPXW", calendar.DateOf(2025, 11, 21), "P", 6500.0, nil, 0.0, "observed")
	f("SELECT about_at, value FROM series WHERE series = 'DGS10' ORDER BY 1", time.Unix(0, 0).UTC(), 4.1, time.Unix(86400, 0).UTC(), 4.2)
	f("SELECT fact, value, text, grade FROM facts ORDER BY known_at", "SPX_close", 6538.76, "", "published", "event", nil, `"quoted", 标普`, "published")
	f("SELECT sum(line), 1.5, [1, 2], true, 'x', TIME '10:00:00', 7::HUGEINT FROM facts", int64(5), 1.5, "[1 2]", true, "x", "10:00:00", int64(7))
	f("-- a comment\nSELECT 1; ", int64(1))
	f("WITH a AS (SELECT 1 AS x) SELECT x FROM a -- the end", int64(1))
	f("SELECT name FROM (SHOW TABLES) ORDER BY 1", "bars", "chains", "facts", "series")
	f("SELECT x FROM (VALUES (3), (1), (2)) v(x) ORDER BY x DESC", int64(3), int64(2), int64(1))
	f("SELECT count(*) FROM bars a JOIN bars b USING (instrument, begin_at)", int64(9))
	if r, err := s.SQL(context.Background(), "DESCRIBE chains", 0); err != nil || len(r.Values) != len(chains.fields()) {
		t.Errorf("DESCRIBE: %+v, %v", r, err)
	}
}

func TestSQLBoundsRowsAndTime(t *testing.T) {
	s := open(t)
	r, err := s.SQL(context.Background(), "SELECT i FROM range(1000000000) t(i)", 3)
	if err != nil || len(r.Values) != 3 || !r.Truncated || r.Columns[0] != "i" || r.Types[0] != "BIGINT" {
		t.Fatalf("%+v, %v", r, err)
	}
	r, err = s.SQL(context.Background(), "SELECT i FROM range(3) t(i)", 3)
	if err != nil || len(r.Values) != 3 || r.Truncated {
		t.Fatalf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.SQL(ctx, "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3", 3); err == nil {
		t.Fatal("a query without end came to one")
	}
	if _, err := s.SQL(context.Background(), "SELECT list(i) FROM range(1000000000) t(i)", 3); err == nil || !strings.Contains(err.Error(), "fewer rows") {
		t.Fatalf("a query beyond the memory: %v", err)
	}
}

// A query sees the store's rows and nothing else, and changes nothing.
func TestSQLReachesNothingButTheStore(t *testing.T) {
	s := example(t)
	v, err := s.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nsecret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	own := s.path(v.man.Files[0])
	before, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	state := mustAsOf(t, s, end).Digest()
	out := filepath.Join(t.TempDir(), "out")
	for _, q := range []string{
		"SELECT * FROM read_csv('" + secret + "')",
		"SELECT * FROM '" + secret + "'",
		"SELECT * FROM read_text('" + secret + "')",
		"SELECT * FROM read_blob('" + secret + "')",
		"SELECT * FROM glob('/*')",
		"SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
		"SELECT * FROM sniff_csv('" + secret + "')",
		"SELECT * FROM query('COPY (SELECT 1) TO ''" + out + "''')",
		"COPY (SELECT 1) TO '" + out + "'",
		"COPY (SELECT 1) TO '" + own + "' (FORMAT parquet, USE_TMP_FILE false)",
		"COPY bars TO '" + own + "' (FORMAT parquet, USE_TMP_FILE false)",
		"SELECT 1; COPY (SELECT 1) TO '" + own + "' (USE_TMP_FILE false); SELECT 2",
		"SELECT 1) ; COPY (SELECT 1) TO '" + out + "'; SELECT * FROM (SELECT 1",
		"SELECT 1; SELECT 2",
		"SET enable_external_access = true",
		"RESET lock_configuration",
		"PRAGMA database_list",
		"ATTACH '" + out + "'",
		"INSTALL httpfs", "LOAD httpfs",
		"CREATE TABLE x AS SELECT 1", "DROP VIEW bars", "CREATE OR REPLACE VIEW bars AS SELECT 1",
		"INSERT INTO bars SELECT * FROM bars", "DELETE FROM bars", "UPDATE bars SET close = 1",
		"EXPORT DATABASE '" + out + "'", "CALL pragma_version()", "BEGIN", "CHECKPOINT",
		"", "   ", ";", "nonsense", "SELECT * FROM no_such_table",
	} {
		r, err := s.SQL(context.Background(), q, 10)
		if err == nil {
			t.Errorf("%s: accepted, with %v", q, r.Values)
			continue
		}
		if !errors.Is(err, ErrQuery) {
			t.Errorf("%s: %v", q, err)
		}
		if strings.Contains(err.Error(), "a\nsecret") {
			t.Errorf("%s: the error tells the file: %v", q, err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a query wrote a file")
	}
	after, err := os.ReadFile(own)
	if err != nil || !bytes.Equal(before, after) {
		t.Error("a query changed a file of the store")
	}
	if mustAsOf(t, s, end).Digest() != state {
		t.Error("a query changed the state")
	}
	if _, err := os.Stat(".tmp"); err == nil {
		t.Error("DuckDB left a folder where the program runs")
	}
}

func TestExportGivesEveryRow(t *testing.T) {
	s := example(t)
	export := func(key, format string) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := s.Export(context.Background(), key, &b, format); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for key, rows := range map[string]int{"bars/SPX/1d": 5, "bars/NDX/1d": 4, "chain/SPX": 1, "series/DGS10": 2, "facts": 2} {
		records, err := csv.NewReader(bytes.NewReader(export(key, "csv"))).ReadAll()
		if err != nil || len(records) != rows+1 {
			t.Errorf("%s as CSV: %d records, %v", key, len(records), err)
		}
		var objects []map[string]any
		if err := json.Unmarshal(export(key, "json"), &objects); err != nil || len(objects) != rows {
			t.Errorf("%s as JSON: %d objects, %v", key, len(objects), err)
		}
		parquet := export(key, "parquet")
		if !bytes.HasPrefix(parquet, []byte("PAR1")) || !bytes.HasSuffix(parquet, []byte("PAR1")) {
			t.Errorf("%s as Parquet: no such file", key)
		}
		if !bytes.Equal(parquet, export(key, "parquet")) {
			t.Errorf("%s as Parquet: not the same bytes twice", key)
		}
	}
	want := `underlying,quoted_at,spot,chain,expiry,strike,side,root,bid,ask,last,volume,open_interest,iv,delta,gamma,line,file,format,publisher,grade,known_rule,caveats
SPX,2025-11-20T21:00:00.000000005Z,,`
	if got := string(export("chain/SPX", "csv")); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, ",2025-11-21,6500.0,P,SPXW,1.0,2.0,,0.0,10.0,0.2,,,1,c.json,cboe_json,\"\",observed,\"\",[]\n") {
		t.Errorf("got %s", got)
	}
	want = `"value":null,"text":"\"quoted\", 标普"`
	if got := string(export("facts", "json")); !strings.Contains(got, want) || !strings.Contains(got, `"about_at":"2025-11-20T21:00:00Z"`) {
		t.Errorf("got %s, want in it %s", got, want)
	}
}

// What an export gives does not depend on where the rows lie.
func TestExportIsTheSameAfterACompaction(t *testing.T) {
	s := example(t)
	late := madeBars("SPX", 5)
	late.Bars.Origin.File = "A.csv" // takes the rows over
	mustImport(t, s, late)
	for _, key := range []string{"bars/SPX/1d", "chain/SPX", "facts", "series/DGS10"} {
		for _, format := range []string{"csv", "json", "parquet"} {
			var before, after bytes.Buffer
			if err := s.Export(context.Background(), key, &before, format); err != nil {
				t.Fatal(err)
			}
			if format == "csv" && key == "bars/SPX/1d" && (strings.Count(before.String(), "\n") != 6 || strings.Count(before.String(), "A.csv") != 5) {
				t.Errorf("rows that moved to another file: %s", before.String())
			}
			c := openCopy(t, s)
			mustCompact(t, c)
			if err := c.Export(context.Background(), key, &after, format); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before.Bytes(), after.Bytes()) {
				t.Errorf("%s as %s differs after a compaction", key, format)
			}
		}
	}
}

// openCopy opens a copy of a store.
func openCopy(t *testing.T, s *Store) *Store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return openAt(t, dir)
}

func TestExportSaysWhatItDoesNotHave(t *testing.T) {
	s := example(t)
	var b bytes.Buffer
	if err := s.Export(context.Background(), "bars/SPX", &b, "csv"); !errors.Is(err, ErrNoDataset) || !strings.Contains(err.Error(), "bars/SPX") {
		t.Errorf("unknown key: %v", err)
	}
	if err := s.Export(context.Background(), "facts", &b, "xls"); err == nil || !strings.Contains(err.Error(), "csv, parquet or json") {
		t.Errorf("unknown format: %v", err)
	}
	broken := errors.New("the pipe is broken")
	if err := s.Export(context.Background(), "facts", failingWriter{broken}, "csv"); !errors.Is(err, broken) {
		t.Errorf("failing writer: %v", err)
	}
	if b.Len() > 0 {
		t.Error("a failed export wrote something")
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func ExampleStore_SQL() {
	dir, err := os.MkdirTemp("", "faultline-store-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := Open(dir)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	ctx := context.Background()
	rates := &market.Series{ID: "DGS10", Unit: "percent_as_stated", Origin: market.Origin{File: "rates.csv"}}
	rates.Append(0, 86400, 4.5, 2)
	rates.Append(0, 172800, 4.6, 2) // a revision, known a day later
	if _, err := s.Import(ctx, []market.Dataset{{Series: rates}}); err != nil {
		panic(err)
	}
	r, err := s.SQL(ctx, "SELECT value, known_at FROM series ORDER BY known_at", 10)
	if err != nil {
		panic(err)
	}
	for _, row := range r.Values {
		fmt.Println(row...)
	}
	// Output:
	// 4.5 1970-01-02 00:00:00 +0000 UTC
	// 4.6 1970-01-03 00:00:00 +0000 UTC
}

// Instants in texts are those of the rows, to the nanosecond, before 1970 too.
func TestExportedInstantsAreExact(t *testing.T) {
	s := open(t)
	instants := []time.Time{
		time.Unix(0, 0), time.Unix(1763672400, 1), time.Unix(1763672400, 999_999_999), time.Unix(1763672400, 120_000_000),
		time.Unix(-1, 1), time.Unix(-86400*20000, 5_000), time.Unix(-1, 0),
	}
	for i, at := range instants {
		d := madeChain(1, i)
		d.Chain.At = at
		mustImport(t, s, d)
	}
	var b bytes.Buffer
	if err := s.Export(context.Background(), "chain/SPX", &b, "csv"); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(instants, time.Time.Compare)
	for i, at := range instants {
		if got, err := time.Parse(time.RFC3339Nano, records[i+1][1]); err != nil || !got.Equal(at) {
			t.Errorf("got %s, want %s (%v)", records[i+1][1], at.UTC().Format(time.RFC3339Nano), err)
		}
	}
}
