package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"faultline/black"
	"faultline/cli"
)

// do runs a command line and returns what it wrote and its exit code.
func do(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	code = cli.Run(t.Context(), args, &out, &err)
	return out.String(), err.String(), code
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// table makes a Cboe quote table of a made-up market: spot 5000, three expiries, a smile.
func table(header string, edit func(row []string) []string) string {
	var b strings.Builder
	b.WriteString("\n")
	b.WriteString("S&P 500 INDEX,Last: 5000,Change:  10\n")
	b.WriteString(header + ",Bid: 4999,Ask: 5001,Size: 1*1,Volume: 0\n")
	b.WriteString("Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest\n")
	for _, e := range []struct {
		text, code string
		days       float64
	}{{"Thu Mar 06 2025", "250306", 1}, {"Fri Mar 14 2025", "250314", 9}, {"Fri Apr 04 2025", "250404", 30}} {
		for k := 4600; k <= 5400; k += 25 {
			years := e.days / 365
			forward := 5000 * math.Exp(0.03*years)
			vol := 0.17 - 0.1*math.Log(float64(k)/forward)
			quote := func(r black.Right) (bid, ask string, n int) {
				p := math.Floor(black.Price(r, forward, float64(k), years, vol)*math.Exp(-0.04*years)*20) / 20
				n = 200 + k%100*4
				if r == black.Put && k < 5000 || r == black.Call && k > 5000 {
					n *= 8
				}
				return fmt.Sprintf("%.2f", p), fmt.Sprintf("%.2f", p+0.1), n
			}
			cb, ca, cn := quote(black.Call)
			pb, pa, pn := quote(black.Put)
			row := []string{
				e.text, fmt.Sprintf("SPXW%sC%08d", e.code, k*1000), "0", "0", cb, ca, "5", "0.17", "0.5", "0.001", fmt.Sprint(cn), fmt.Sprintf("%d.00", k),
				fmt.Sprintf("SPXW%sP%08d", e.code, k*1000), "0", "0", pb, pa, "5", "0.17", "-0.5", "0.001", fmt.Sprint(pn),
			}
			if edit != nil {
				row = edit(row)
			}
			b.WriteString(strings.Join(row, ",") + "\n")
		}
	}
	return b.String()
}

const header = `"Date: March 5, 2025 at 3:45 PM EST"`

// history makes three years of made-up daily bars that end with 5000 on 2025-03-04.
func history() string {
	var b strings.Builder
	b.WriteString("date,open,high,low,close,volume\n")
	day := time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; day.Before(time.Date(2025, 3, 5, 0, 0, 0, 0, time.UTC)); i++ {
		level := 5000 - 0.9*time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC).Sub(day).Hours()/24 + 60*math.Sin(float64(i)/9)*math.Min(1, time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC).Sub(day).Hours()/240)
		if d := day.Weekday(); d != time.Saturday && d != time.Sunday {
			fmt.Fprintf(&b, "%s,%.2f,%.2f,%.2f,%.2f,3000000000\n", day.Format("2006-01-02"), level, level*1.004, level*0.996, level)
		}
		day = day.AddDate(0, 0, 1)
	}
	return b.String()
}

type levels struct {
	Schema     int    `json:"schema"`
	RunID      string `json:"run_id"`
	AsOf       string `json:"as_of"`
	Convention string `json:"convention"`
	Unit       string `json:"unit"`
	Levels     []struct {
		Kind   string   `json:"kind"`
		Price  *float64 `json:"price"`
		Absent any      `json:"absent"`
		Reason string   `json:"reason"`
		Grade  string   `json:"grade"`
	} `json:"levels"`
	Exposure *struct {
		GEX struct {
			Total struct {
				Value *float64 `json:"value"`
			} `json:"total"`
			ByStrike struct {
				Strike []float64 `json:"strike"`
			} `json:"by_strike"`
			ByExpiry []any `json:"by_expiry"`
			ByBucket []any `json:"by_bucket"`
		} `json:"gex"`
	} `json:"exposure"`
	Rejected []struct {
		Reason string `json:"reason"`
	} `json:"rejected"`
	Forward []any `json:"forward"`
	Missing []struct {
		Part   string `json:"part"`
		Absent struct {
			Code string `json:"code"`
		} `json:"absent"`
	} `json:"missing"`
}

func parse(t testing.TB, text string) (l levels) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, text)
	}
	return l
}

func TestLevelsOfAChainAndAHistoryFollowTheContract(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	for _, args := range [][]string{
		{"levels", "--chain", chain, "--prices", prices, "--as-of", "2025-03-05T15:45:00-05:00", "--json"},
		{"levels", chain, prices, "--json"},
		{"--json", "levels", "--chain=" + chain, "--prices=" + prices},
	} {
		out, errs, code := do(t, args...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		l := parse(t, out)
		if l.Schema != 1 || len(l.RunID) != 16 || l.AsOf != "2025-03-05T20:45:00Z" || l.Convention != "naive" || l.Unit != "usd_per_pct" {
			t.Errorf("%v: envelope %+v", args, l)
		}
		seen := map[string]bool{}
		for _, x := range l.Levels {
			seen[x.Kind] = true
			if (x.Price == nil) == (x.Absent == nil) || (x.Absent != nil) != (x.Reason != "") || x.Grade != "modelled" {
				t.Errorf("%v: level %+v", args, x)
			}
		}
		for _, k := range []string{"zero_gamma", "call_wall", "put_wall", "cta_short", "cta_medium", "cta_long"} {
			if !seen[k] {
				t.Errorf("%v: no %s", args, k)
			}
		}
		if l.Exposure == nil || l.Exposure.GEX.Total.Value == nil || len(l.Exposure.GEX.ByStrike.Strike) == 0 || len(l.Forward) != 3 {
			t.Errorf("%v: exposure %+v, %d forwards", args, l.Exposure, len(l.Forward))
		}
	}
}

func TestLadderAndTrendFollowTheContract(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	out, errs, code := do(t, "ladder", chain, prices, "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var ladder struct {
		Ladder struct {
			Price, Total []float64
			Players      []struct {
				Name string
				USD  []float64
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &ladder); err != nil {
		t.Fatal(err)
	}
	if n := len(ladder.Ladder.Price); n != 81 || len(ladder.Ladder.Total) != n || len(ladder.Ladder.Players) < 2 {
		t.Fatalf("%d rungs, %d totals, %d players", n, len(ladder.Ladder.Total), len(ladder.Ladder.Players))
	}
	for j := range ladder.Ladder.Total {
		sum := 0.0
		for _, p := range ladder.Ladder.Players {
			if len(p.USD) > 0 {
				sum += p.USD[j]
			}
		}
		if !(math.Abs(sum-ladder.Ladder.Total[j]) <= 1e-9*math.Abs(sum)) {
			t.Fatalf("rung %d: players sum to %v, total %v", j, sum, ladder.Ladder.Total[j])
		}
	}
	out, errs, code = do(t, "cta", "--prices", prices, "--as-of", "2025-03-04", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var trend struct {
		Pivots map[string]struct {
			Price  *float64
			Reason string
		}
		Position *float64 `json:"position_usd"`
		US       *float64 `json:"position_us_usd"`
		Grade    string
		Tapes    map[string]map[string]struct {
			Return     float64
			Global, US struct{ Value, P05, P50, P95 *float64 }
		}
	}
	if err := json.Unmarshal([]byte(out), &trend); err != nil {
		t.Fatal(err)
	}
	for _, speed := range []string{"short", "medium", "long"} {
		if p := trend.Pivots[speed]; p.Price == nil && p.Reason == "" {
			t.Errorf("pivot %s has neither price nor reason", speed)
		}
	}
	if trend.Position == nil || trend.US == nil || trend.Grade != "modelled" {
		t.Errorf("%+v", trend)
	}
	for _, h := range []string{"1w", "1m"} {
		for _, s := range []string{"flat", "up", "down", "down_big"} {
			tape := trend.Tapes[h][s]
			for r, f := range []struct{ Value, P05, P50, P95 *float64 }{tape.Global, tape.US} {
				if f.Value == nil || f.P05 == nil || f.P50 == nil || f.P95 == nil || !(*f.P05 <= *f.P50 && *f.P50 <= *f.P95) {
					t.Errorf("tape %s %s %d: %+v", h, s, r, f)
				}
			}
		}
	}
}

func TestTheSameCommandGivesTheSameBytes(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	one, _, _ := do(t, "report", chain, prices, "--json")
	two, _, _ := do(t, "report", prices, chain, "--json")
	if one != two || len(one) < 1000 {
		t.Error("two runs differ")
	}
}

func TestBadInputGivesAClearErrorOrACountedReject(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	packed := func() string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(table(header, nil))); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}()
	cell := func(i int, v string) func([]string) []string {
		return func(row []string) []string { row[i] = v; return row }
	}
	one := func(i int, v string) func([]string) []string {
		return func(row []string) []string {
			if row[11] == "5000.00" {
				row[i] = v
			}
			return row
		}
	}
	for _, c := range []struct {
		name, file, text string
		code             int
		says             []string // in standard error, or for exit 0 in the JSON
	}{
		{"an empty file", "chain.csv", "", 3, []string{"chain.csv"}},
		{"a file of nothing known", "chain.csv", "hello\nworld\n", 3, []string{"chain.csv"}},
		{"a truncated gzip", "chain.csv.gz", packed[:len(packed)/2], 3, []string{"chain.csv.gz"}},
		{"a wrong extension", "chain.xlsx", table(header, nil), 0, nil},
		{"a gzip without the extension", "chain.csv", packed, 0, nil},
		{"a header without rows", "chain.csv", strings.Join(strings.SplitN(table(header, nil), "\n", 5)[:4], "\n") + "\n", 3, nil},
		{"a date in the future", "chain.csv", table(`"Date: March 5, 2125 at 3:45 PM EST"`, nil), 3, nil},
		{"one duplicate contract", "chain.csv", table(header, nil) + lastLine(table(header, nil)), 0, nil},
		{"a negative price", "chain.csv", table(header, one(4, "-3.00")), 0, nil},
		{"a price that is NaN", "chain.csv", table(header, one(4, "NaN")), 0, nil},
		{"a price that is Inf", "chain.csv", table(header, one(5, "Inf")), 0, nil},
		{"no bids at all", "chain.csv", table(header, func(row []string) []string { row[4], row[15] = "0", "0"; return row }), 0, nil},
		{"no open interest column values", "chain.csv", table(header, func(row []string) []string { row[10], row[21] = "", ""; return row }), 0, nil},
		{"a line without an end", "chain.csv", table(header, nil) + strings.Repeat("x", 3<<20), 3, nil},
		{"nonsense strikes", "chain.csv", table(header, cell(11, "abc")), 3, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.file, c.text)
			out, errs, code := do(t, "levels", "--chain", path, "--prices", prices, "--json")
			if code != c.code {
				t.Fatalf("exit %d, want %d: %s", code, c.code, errs)
			}
			for _, s := range c.says {
				if !strings.Contains(errs, s) {
					t.Errorf("standard error does not name %q: %s", s, errs)
				}
			}
			if code != 0 {
				if !strings.HasPrefix(errs, "faultline: ") || strings.Contains(errs, "panic") {
					t.Errorf("standard error: %s", errs)
				}
				return
			}
			l := parse(t, out)
			for _, x := range l.Levels {
				if x.Price == nil && x.Reason == "" {
					t.Errorf("%s has neither a price nor a reason", x.Kind)
				}
				if x.Price != nil && (math.IsNaN(*x.Price) || *x.Price <= 0) {
					t.Errorf("%s at %v", x.Kind, *x.Price)
				}
			}
		})
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1] + "\n"
}

func TestAChainWithoutBidsIsRefusedByReasonAndNotByZero(t *testing.T) {
	path := write(t, "chain.csv", table(header, func(row []string) []string { row[4], row[15] = "0", "0"; return row }))
	out, errs, code := do(t, "levels", "--chain", path, "--prices", write(t, "GSPC.csv", history()), "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	l := parse(t, out)
	for _, x := range l.Levels {
		if strings.HasSuffix(x.Kind, "wall") && x.Price != nil && len(l.Rejected) == 0 {
			t.Errorf("%s at %v from a chain without a single bid, and nothing is said to be rejected", x.Kind, *x.Price)
		}
	}
}

// The file alone, without prices: the level sheet still comes, each level absent, each row with what is
// wrong with it and not with what follows from that.
func TestAChainOfWhichNothingCanBeUsedListsEachRowWithItsReason(t *testing.T) {
	f := func(name, reason string, spoil func(row []string)) {
		t.Helper()
		path := write(t, name+".csv", table(header, func(row []string) []string { spoil(row); return row }))
		out, errs, code := do(t, "levels", "--chain", path, "--json")
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", name, code, errs)
		}
		l := parse(t, out)
		for _, x := range l.Levels {
			if x.Price != nil {
				t.Errorf("%s: %s at %v", name, x.Kind, *x.Price)
			}
		}
		n := 0
		for _, q := range l.Rejected {
			if q.Reason == reason {
				n++
			}
		}
		if n == 0 || n < len(l.Rejected)/2 {
			t.Errorf("%s: %d of %d rejected rows say %s", name, n, len(l.Rejected), reason)
		}
		if _, errs, code := do(t, "gamma", "--chain", path); code != 4 || !strings.Contains(errs, "no contract of SPX can be used; ") {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
	f("no-bids", "no_bid", func(row []string) { row[4], row[15] = "0", "0" })
	f("crossed", "crossed", func(row []string) {
		row[4], row[5] = "50", "40"
		row[15], row[16] = "50", "40"
	})
}

func TestGammaKeepsTheContractOfLevels(t *testing.T) {
	path := write(t, "chain.csv", table(header, nil))
	keys := func(verb string) string {
		t.Helper()
		out, errs, code := do(t, verb, "--chain", path, "--json")
		if code != 0 {
			t.Fatalf("%s: %s", verb, errs)
		}
		l := parse(t, out)
		if l.Convention != "naive" || l.Unit != "usd_per_pct" || l.Exposure == nil || l.Rejected == nil || len(l.Forward) == 0 {
			t.Errorf("%s: convention %q, unit %q, exposure %v, %d forwards", verb, l.Convention, l.Unit, l.Exposure != nil, len(l.Forward))
		}
		return out
	}
	if keys("levels") != keys("gamma") {
		t.Error("levels and gamma differ")
	}
}

func TestAChainOfAnotherUnderlyingIsNotTakenForTheOneAsked(t *testing.T) {
	text := strings.ReplaceAll(table(header, nil), "S&P 500 INDEX", "NASDAQ 100")
	_, errs, code := do(t, "levels", "--chain", write(t, "chain.csv", text), "--prices", write(t, "GSPC.csv", history()), "--json")
	if code != 3 {
		t.Errorf("SPXW symbols under a Nasdaq header give exit %d: %s", code, errs)
	}
}

func TestASpotThatDoesNotFitItsDayGivesNoLevelsOfDealers(t *testing.T) {
	text := strings.ReplaceAll(table(header, nil), "Last: 5000", "Last: 6900")
	out, errs, code := do(t, "levels", "--chain", write(t, "chain.csv", text), "--prices", write(t, "GSPC.csv", history()), "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	l := parse(t, out)
	if len(l.Missing) != 1 || l.Missing[0].Absent.Code != "spot_off_day" {
		t.Errorf("missing %+v", l.Missing)
	}
}

func TestWrongCommandLinesExitWithTwoAndAHint(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	for _, args := range [][]string{
		{"levles"},
		{"levels", "--as-of", "yesterday", prices},
		{"levels", "--as-of", "2025-04-18", prices}, // Good Friday
		{"levels", "--lang", "fr", prices},
		{"levels", "--set", "ladder.rnage=0.2", prices},
		{"levels", "--set", "ladder.range=7", prices},
		{"levels", "--no-such-flag", prices},
		{"levels", "--config", filepath.Join(t.TempDir(), "missing.yaml"), prices},
		{"data", "ls"},
	} {
		_, errs, code := do(t, args...)
		if code != 2 || len(strings.Split(strings.TrimSpace(errs), "\n")) < 2 && !strings.Contains(errs, "did you mean") {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
	if out, _, code := do(t); code != 0 || !strings.Contains(out, "levels") {
		t.Errorf("no arguments: exit %d: %s", code, out)
	}
}

func TestAConfigurationFileSetsFlagsAndTheCommandLineWins(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	conf := write(t, "faultline.yaml", "json: true\nset:\n  - ladder.range=0.05\nas-of: 2025-03-03\n")
	out, errs, code := do(t, "levels", "--config", conf, prices)
	if code != 0 {
		t.Fatal(errs)
	}
	if l := parse(t, out); !strings.HasPrefix(l.AsOf, "2025-03-03T21:00") {
		t.Errorf("as of %s", l.AsOf)
	}
	out, errs, code = do(t, "levels", "--config", conf, "--as-of", "2025-03-04", prices)
	if code != 0 {
		t.Fatal(errs)
	}
	if l := parse(t, out); !strings.HasPrefix(l.AsOf, "2025-03-04T21:00") {
		t.Errorf("as of %s", l.AsOf)
	}
	if _, errs, code = do(t, "levels", "--config", write(t, "bad.yaml", "jsno: true\n"), prices); code != 2 || !strings.Contains(errs, "jsno") {
		t.Errorf("a misspelt key: exit %d: %s", code, errs)
	}
}

func TestTheEmbeddedPackGivesAReportInBothLanguages(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		for _, format := range []string{"html", "md", "json"} {
			path := filepath.Join(t.TempDir(), "report."+format)
			out, errs, code := do(t, "report", "--set", "cascade.paths=128", "--set", "cascade.subset_paths=32", "--set", "band.draws=8", "--lang", lang, "--format", format, "--out", path)
			if code != 0 {
				t.Fatalf("%s %s: %s", lang, format, errs)
			}
			text, err := os.ReadFile(path)
			if err != nil || len(text) < 1000 {
				t.Fatalf("%s %s: %d bytes, %v", lang, format, len(text), err)
			}
			if !strings.Contains(out, path) {
				t.Errorf("%s %s: the path is not printed: %s", lang, format, out)
			}
			if format == "html" && (strings.Contains(string(text), "http://") && strings.Contains(string(text), "<script src") || !strings.Contains(string(text), "<svg")) {
				t.Errorf("%s: the HTML is not self-contained or has no chart", lang)
			}
		}
	}
}

func TestExplainLeadsFromAFigureToFilesAndRows(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	out, errs, code := do(t, "explain", "levels.call_wall", chain, prices)
	if code != 0 {
		t.Fatal(errs)
	}
	for _, s := range []string{"run/dealer", "chain.csv", "dealer.calls_long"} {
		if !strings.Contains(out, s) {
			t.Errorf("the explanation does not name %s:\n%s", s, out)
		}
	}
	_, errs, code = do(t, "explain", "levels.wall", chain, prices)
	if code != 4 {
		t.Errorf("an unknown figure: exit %d: %s", code, errs)
	}
}

func TestAStoreIsFilledOnceAndAnswersLikeTheFiles(t *testing.T) {
	chain, prices, dir := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history()), filepath.Join(t.TempDir(), "store")
	if _, errs, code := do(t, "data", "import", "--data", dir, chain, prices); code != 0 {
		t.Fatal(errs)
	}
	out, errs, code := do(t, "data", "import", "--data", dir, "--json", prices, chain)
	if code != 0 {
		t.Fatal(errs)
	}
	var again struct {
		Imports []struct {
			Added int `json:"added"`
			Known int `json:"already_there"`
		} `json:"imports"`
	}
	if err := json.Unmarshal([]byte(out), &again); err != nil {
		t.Fatal(err)
	}
	for _, x := range again.Imports {
		if x.Added != 0 || x.Known == 0 {
			t.Errorf("the second import added %d rows and knew %d", x.Added, x.Known)
		}
	}
	at := "2025-03-05T15:45:00-05:00"
	fromFiles, _, _ := do(t, "levels", chain, prices, "--as-of", at, "--json")
	fromStore, errs, code := do(t, "levels", "--data", dir, "--as-of", at, "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	if fromFiles != fromStore {
		t.Error("the store answers other than the files")
	}
	for _, args := range [][]string{
		{"data", "ls", "--data", dir},
		{"data", "show", "--data", dir, "--as-of", at, "bars/SPX/1d"},
		{"data", "export", "--data", dir, "bars/SPX/1d"},
		{"data", "sql", "--data", dir, "SELECT count(*) AS n FROM bars"},
	} {
		if out, errs, code := do(t, args...); code != 0 || out == "" {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
}

func TestEveryVerbHasHelpAndCompletionKnowsIt(t *testing.T) {
	for _, verb := range []string{"report", "levels", "gamma", "ladder", "cta", "iv", "validate", "data", "pack", "explain", "assumptions", "version", "completion"} {
		if out, errs, code := do(t, verb, "--help"); code != 0 || !strings.Contains(out, verb) {
			t.Errorf("%s --help: exit %d: %s", verb, code, errs)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, errs, code := do(t, "completion", shell)
		if code != 0 || !strings.Contains(out, "levels") || !strings.Contains(out, "as-of") {
			t.Errorf("%s: exit %d: %s", shell, code, errs)
		}
	}
	if out, _, code := do(t, "version"); code != 0 || !strings.HasPrefix(out, "faultline ") {
		t.Errorf("version: %q", out)
	}
	if out, _, code := do(t, "assumptions"); code != 0 || !strings.Contains(out, "ladder.range") {
		t.Errorf("assumptions: %q", out)
	}
}

func TestImpliedVolatilityReadsACSVAndKeepsEveryRow(t *testing.T) {
	var b strings.Builder
	b.WriteString("strike,forward,time,right,price\n")
	want := []float64{}
	for i := range 5000 { // more than one batch
		vol := 0.05 + float64(i%90)/100
		r, name := black.Call, "call"
		if i%2 == 1 {
			r, name = black.Put, "P"
		}
		k := 95 + float64(i%11)
		fmt.Fprintf(&b, "%v,100,0.25,%s,%v\n", k, name, black.Price(r, 100, k, 0.25, vol))
		want = append(want, vol)
	}
	b.WriteString("100,100,0.25,call,-1\n100,100,0.25,call,101\n100,100,0,call,5\n100,abc,0.25,call,5\n100,100,0.25,up,5\nNaN,100,0.25,call,5\n100\n")
	out, errs, code := do(t, "iv", write(t, "iv.csv", b.String()))
	if code != 0 {
		t.Fatal(errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if lines[0] != "volatility,status" || len(lines) != 1+5000+7 {
		t.Fatalf("%d lines, first %q", len(lines), lines[0])
	}
	solved := 0
	for i, vol := range want {
		cell, status, _ := strings.Cut(lines[1+i], ",")
		if status != "ok" { // a deep in-the-money price may round to intrinsic
			continue
		}
		solved++
		got, err := strconv.ParseFloat(cell, 64)
		if err != nil || !(math.Abs(got-vol) < 1e-6) {
			t.Fatalf("row %d: %q, want %v", i, lines[1+i], vol)
		}
	}
	if solved < 4800 {
		t.Errorf("only %d of 5000 rows solved", solved)
	}
	for i, status := range []string{"below_intrinsic", "above_maximum", "no_time", "bad_forward", "bad_right", "not_finite", "bad_forward"} {
		if got := lines[5001+i]; got != ","+status {
			t.Errorf("bad row %d gives %q, want %q", i, got, ","+status)
		}
	}
	if _, errs, code := do(t, "iv", write(t, "iv.csv", "a,b\n1,2\n")); code != 3 || !strings.Contains(errs, "forward") {
		t.Errorf("without the columns: exit %d: %s", code, errs)
	}
	if out, _, code := do(t, "iv", "--json", write(t, "iv.csv", "forward,strike,time,price,right\n100,100,1,8,call\n")); code != 0 || !json.Valid([]byte(out)) {
		t.Errorf("JSON: exit %d: %s", code, out)
	}
}

func TestGammaPrintsExposuresAndWhatMustBeTraded(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	out, errs, code := do(t, "gamma", chain, prices, "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var g struct {
		Exposure struct {
			GEX, VEX, CEX struct {
				Unit     string
				Total    struct{ Value *float64 }
				ByBucket []struct{ Value float64 } `json:"by_bucket"`
			}
			Hedge struct{ Move, Now, Close []float64 }
			Rolls []struct{ Share float64 }
		}
	}
	if err := json.Unmarshal([]byte(out), &g); err != nil {
		t.Fatal(err)
	}
	e := g.Exposure
	for i, x := range []struct {
		unit string
		sum  float64
		want *float64
	}{{"usd_per_pct", 0, e.GEX.Total.Value}, {"usd_per_vol_pt", 0, e.VEX.Total.Value}, {"usd_per_hour", 0, e.CEX.Total.Value}} {
		greek := []struct {
			Unit     string
			Total    struct{ Value *float64 }
			ByBucket []struct{ Value float64 } `json:"by_bucket"`
		}{e.GEX, e.VEX, e.CEX}[i]
		for _, b := range greek.ByBucket {
			x.sum += b.Value
		}
		if greek.Unit != x.unit || x.want == nil || !(math.Abs(x.sum-*x.want) <= 1e-9*math.Abs(*x.want)) {
			t.Errorf("%s: unit %s, buckets sum to %v, total %v", x.unit, greek.Unit, x.sum, x.want)
		}
	}
	if len(e.Hedge.Move) == 0 || len(e.Hedge.Now) != len(e.Hedge.Move) || len(e.Rolls) == 0 {
		t.Errorf("hedge %+v, rolls %+v", e.Hedge, e.Rolls)
	}
	if out, errs, code := do(t, "gamma", chain, prices); code != 0 || !strings.Contains(out, "per 1%") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, _, code := do(t, "gamma", "--prices", prices); code != 4 {
		t.Errorf("without a chain: exit %d, want 4", code)
	}
}

func TestLevelsAreExportedForOtherPrograms(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	js, _, _ := do(t, "levels", chain, prices, "--json")
	want := parse(t, js)
	out, errs, code := do(t, "levels", chain, prices, "--export", "csv")
	if code != 0 {
		t.Fatal(errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 1+len(want.Levels) {
		t.Fatalf("%d lines for %d levels", len(lines), len(want.Levels))
	}
	for i, l := range want.Levels {
		cells := strings.Split(lines[1+i], ",")
		if cells[3] != l.Kind || (l.Price == nil) != (cells[4] == "") || l.Reason != cells[8] {
			t.Errorf("level %+v is written as %s", l, lines[1+i])
		}
		if l.Price != nil {
			if p, err := strconv.ParseFloat(cells[4], 64); err != nil || p != *l.Price {
				t.Errorf("%s: price %s, want %v", l.Kind, cells[4], *l.Price)
			}
		}
	}
	out, errs, code = do(t, "levels", chain, prices, "--export", "tradingview")
	if code != 0 || !strings.HasPrefix(out, "//@version=6") || strings.Count(out, "hline(") < 4 {
		t.Errorf("exit %d: %s%s", code, errs, out)
	}
	if _, _, code := do(t, "levels", chain, prices, "--export", "excel"); code != 2 {
		t.Errorf("an unknown format: exit %d", code)
	}
}
