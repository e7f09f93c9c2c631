package cli_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// gamma is what these tests read of gamma --json.
type gamma struct {
	Exposure struct {
		Convention string
		GEX, VEX   struct {
			Unit  string
			Total struct{ Value, Low, High *float64 }
		}
		Hedge    struct{ Now []float64 }
		Unplaced []struct {
			Row    int
			Reason struct{ Code string }
		}
	}
}

func gammaOf(t testing.TB, args ...string) gamma {
	t.Helper()
	out, errs, code := do(t, append([]string{"gamma", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var g gamma
	if err := json.Unmarshal([]byte(out), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAnInventoryAndTradesReplaceTheConventionAndEveryBadRowHasAReason(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	book := write(t, "book.csv", strings.Join([]string{
		"Strike,Right,Expiry,Contracts,Root",
		"5100,call,2025-03-14,-300,SPXW",
		"5100,P,2025-03-14,20,",
		"5100,call,2025-03-15,1,SPXW",
		"5100,call,14.03.2025,1,SPXW",
		"5100,straddle,2025-03-14,1,SPXW",
		"-5,call,2025-03-14,1,SPXW",
		"NaN,call,2025-03-14,1,SPXW",
		"5100,call,2025-03-14,many,SPXW",
		"5100",
	}, "\n"))
	plain, own := gammaOf(t, chain, prices), gammaOf(t, chain, prices, "--inventory", book)
	if own.Exposure.Convention != "inventory" || !(*own.Exposure.GEX.Total.Value < 0) || plain.Exposure.Convention != "naive" {
		t.Errorf("convention %s, gamma %v", own.Exposure.Convention, *own.Exposure.GEX.Total.Value)
	}
	if own.Exposure.GEX.Total.Low != nil {
		t.Error("positions that are known have an interval")
	}
	var reasons []string
	for _, u := range own.Exposure.Unplaced {
		reasons = append(reasons, u.Reason.Code)
	}
	want := "contract_not_in_chain held_bad_expiry held_bad_right held_bad_strike held_bad_strike held_bad_amount held_bad_expiry"
	if got := strings.Join(reasons, " "); got != want {
		t.Errorf("reasons\n%s, want\n%s", got, want)
	}
	if rows := own.Exposure.Unplaced; rows[0].Row != 3 || rows[6].Row != 9 {
		t.Errorf("rows %+v", rows)
	}
	trades := write(t, "trades.csv", "expiry,right,strike,bought,sold\n2025-03-14,put,4900,5000,100\n2025-03-14,put,4900,-1,0\n")
	with := gammaOf(t, chain, prices, "--trades", trades)
	if with.Exposure.Convention != "trades" || !(*with.Exposure.GEX.Total.Value < *plain.Exposure.GEX.Total.Value) || len(with.Exposure.Unplaced) != 1 {
		t.Errorf("%+v", with.Exposure)
	}
	whole := gammaOf(t, chain, prices, "--trades", trades, "--trades-whole")
	if *whole.Exposure.GEX.Total.Value == *with.Exposure.GEX.Total.Value {
		t.Error("trades of the whole life of a contract leave its open interest under the convention")
	}
	// The text says so too, in both languages, and so does the evidence.
	for _, lang := range []string{"en", "zh"} {
		out, errs, code := do(t, "gamma", "--inventory", book, "--lang", lang, chain, prices)
		if code != 0 || !strings.Contains(errs, "book.csv: 6 / 9") || strings.Contains(out, "naive") {
			t.Errorf("%s: exit %d: %s", lang, code, errs)
		}
	}
	if out, errs, code := do(t, "explain", "exposure.gex.total", "--inventory", book, chain, prices); code != 0 || !strings.Contains(out, "in/inventory") || !strings.Contains(out, "book.csv") {
		t.Errorf("exit %d: %s%s", code, errs, out)
	}
}

func TestAWrongTableOfPositionsIsAnErrorThatSaysWhatToDo(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	f := func(code int, text string, args ...string) {
		t.Helper()
		_, errs, got := do(t, append([]string{"gamma", chain, prices}, args...)...)
		if got != code || !strings.Contains(errs, text) {
			t.Errorf("%v: exit %d, want %d: %s", args, got, code, errs)
		}
	}
	f(3, "no such file", "--inventory", "nowhere.csv")
	f(3, "the file is empty", "--inventory", write(t, "a.csv", ""))
	f(3, "no column contracts", "--inventory", write(t, "a.csv", "expiry,right,strike,bought\n"))
	f(3, "no column sold", "--trades", write(t, "a.csv", "expiry,right,strike,bought\n"))
	f(3, "none of its 1 rows", "--inventory", write(t, "a.csv", "expiry,right,strike,contracts\n2025-03-14,x,1,1\n"))
	f(4, "none of the 1 positions", "--inventory", write(t, "a.csv", "expiry,right,strike,contracts\n2025-03-14,call,1,1\n"))
	f(2, "can't be used together", "--inventory", "a", "--trades", "b")
	f(2, "--trades FILE", "--trades-whole")
	f(2, "usd_per_point", "--unit", "euros")
	f(2, "cannot be expressed", "--unit", "cex=usd_per_point")
}

func TestExposuresComeInTheUnitThatIsAskedFor(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	plain := gammaOf(t, chain, prices)
	point := gammaOf(t, chain, prices, "--unit", "usd_per_point", "--unit", "vex=usd_per_pct")
	if point.Exposure.GEX.Unit != "usd_per_point" || !(math.Abs(*point.Exposure.GEX.Total.Value/(*plain.Exposure.GEX.Total.Value)-100/5000.0) <= 1e-12) {
		t.Errorf("%v %s of %v", *point.Exposure.GEX.Total.Value, point.Exposure.GEX.Unit, *plain.Exposure.GEX.Total.Value)
	}
	if point.Exposure.VEX.Unit != "usd_per_pct" || !(*point.Exposure.VEX.Total.Value**plain.Exposure.VEX.Total.Value < 0) {
		t.Errorf("vanna %v %s of %v", *point.Exposure.VEX.Total.Value, point.Exposure.VEX.Unit, *plain.Exposure.VEX.Total.Value)
	}
	for lang, want := range map[string]string{"en": "per point", "zh": "美元／指数点"} {
		if out, errs, code := do(t, "gamma", chain, prices, "--unit", "usd_per_point", "--lang", lang); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s", lang, code, errs)
		}
	}
}

func TestTheSheetComesAsTextMarkdownPageAndJSON(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	today, before := write(t, "today.csv", table(header, nil)), write(t, "before.csv", table(`"Date: March 4, 2025 at 8:45 AM EST"`, nil))
	for lang, want := range map[string]string{"en": "Levels of the session before", "zh": "上一交易日价位"} {
		page := filepath.Join(t.TempDir(), "sheet.html")
		out, errs, code := do(t, "levels", "--sheet", "--lang", lang, "--html", page, today, before, prices)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d: %s%s", lang, code, errs, out)
		}
		text, err := os.ReadFile(page)
		if err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), `class="sheet"`) {
			t.Errorf("%s: the page: %v", lang, err)
		}
		if out, errs, code := do(t, "levels", "--sheet", "--format", "md", "--lang", lang, today, before, prices); code != 0 || !strings.Contains(out, "## "+want) {
			t.Errorf("%s: exit %d: %s", lang, code, errs)
		}
	}
	out, errs, code := do(t, "levels", "--sheet", "--json", today, before, prices)
	var s struct {
		Session string
		Last    struct {
			Session string
			Levels  []struct{ Kind string }
		}
		Record []struct{ Sessions int }
	}
	if code != 0 {
		t.Fatal(errs)
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Session != "2025-03-05" || s.Last.Session != "2025-03-04" || len(s.Last.Levels) < 5 || len(s.Record) != 5 {
		t.Errorf("%v: %+v", err, s)
	}
	if out, _, code := do(t, "levels", "--sheet", today, prices); code != 0 || !strings.Contains(out, "No earlier chain") {
		t.Errorf("without an earlier chain: exit %d", code)
	}
	if _, _, code := do(t, "levels", "--sheet", "--export", "csv", today, prices); code != 2 {
		t.Errorf("a sheet as an export: exit %d", code)
	}
}

func TestShowAndExportOfTheStoreAnswerInJSON(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	if _, errs, code := do(t, "data", "import", "--data", store, write(t, "GSPC.csv", history())); code != 0 {
		t.Fatal(errs)
	}
	out, errs, code := do(t, "data", "show", "bars/SPX/1d", "--limit", "3", "--json", "--data", store)
	var shown struct {
		Columns []string
		Rows    [][]any
	}
	if code != 0 {
		t.Fatal(errs)
	}
	if err := json.Unmarshal([]byte(out), &shown); err != nil || len(shown.Columns) != 7 || len(shown.Rows) != 3 || shown.Rows[2][5] != 5000.0 {
		t.Errorf("%v: %s", err, out)
	}
	out, errs, code = do(t, "data", "export", "bars/SPX/1d", "--json", "--data", store)
	if code != 0 || !json.Valid([]byte(out)) {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestErrorsAboutFilesAreInTheReadersWords(t *testing.T) {
	bad := write(t, "x.txt", "hello world\na b c\n")
	for lang, want := range map[string]string{"en": "the format is not known", "zh": "无法识别文件格式"} {
		_, errs, code := do(t, "levels", "--lang", lang, bad)
		if code != 3 || !strings.Contains(errs, want) || strings.Contains(errs, "unknown_format") || strings.Contains(errs, "cot_tff") {
			t.Errorf("%s: exit %d: %s", lang, code, errs)
		}
	}
	if out, _, code := do(t, "explain", "spot", "--lang", "zh"); code != 0 || !strings.Contains(out, "运行编号") || !strings.Contains(out, "可信等级") || strings.Contains(out, "grade:") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestLevelsAreExportedInTheTermsOfTheFuture(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	plain, _, _ := do(t, "levels", chain, prices, "--export", "csv")
	out, errs, code := do(t, "levels", chain, prices, "--export", "csv", "--in", "es")
	if code != 0 {
		t.Fatal(errs)
	}
	price := func(text, kind string) float64 {
		for _, line := range strings.Split(text, "\n") {
			if cells := strings.Split(line, ","); len(cells) > 4 && cells[3] == kind {
				v, _ := strconv.ParseFloat(cells[4], 64)
				return v
			}
		}
		t.Fatalf("no %s in\n%s", kind, text)
		return 0
	}
	// The made-up chain carries 3 % a year; the front future of March 5 expires 16 days later.
	want := math.Exp(0.03 * 16 / 365)
	if got := price(out, "call_wall") / price(plain, "call_wall"); !(math.Abs(got/want-1) < 2e-4) || strings.Contains(out, ",SPX,") {
		t.Errorf("the ratio is %v, want %v", got, want)
	}
	if _, errs, code := do(t, "levels", chain, prices, "--export", "csv", "--in", "SPY"); code != 4 || !strings.Contains(errs, "SPY") {
		t.Errorf("in SPY without its price: exit %d: %s", code, errs)
	}
	if _, _, code := do(t, "levels", chain, prices, "--export", "csv", "--in", "DAX"); code != 2 {
		t.Errorf("in DAX: exit %d", code)
	}
}
