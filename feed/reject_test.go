package feed

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"faultline/market"
)

func TestJSONStringsAreUnescapedAsTheStandardLibraryDoes(t *testing.T) {
	for _, text := range []string{
		`"plain"`, `"a\"b\\c\/d"`, `"\b\f\n\r\t"`, `"\u00e9\u4e2d\u0041"`, `"\ud83d\ude00!"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `""`,
		`"\u00E9"`, `"ends with \\"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		r := &jsonReader{s: &source{r: strings.NewReader(text), maxBytes: 1 << 10, maxLine: 1 << 10}}
		v, err := r.value()
		if err != nil || v.kind != tokString || string(v.text) != want {
			t.Errorf("%s: %q %v, want %q", text, v.text, err, want)
		}
	}
}

func TestRejectsOfTheSmallerFormats(t *testing.T) {
	f := func(name, text string, line int, column, value, reason string) {
		t.Helper()
		wantReject(t, mustRead(t, text, Options{Name: name}), line, column, value, reason)
	}
	tff := sampleText(t, "tff.txt")
	f("tff.txt", strings.Replace(tff, "2025-11-18", "18 Nov", 1), 2, "Report_Date_as_YYYY-MM-DD", "18 Nov", ReasonDate)
	f("tff.txt", strings.Replace(tff, "99999A", "", 1), 2, "CFTC_Contract_Market_Code", "", ReasonSymbol)
	f("tff.txt", strings.Replace(tff, "120500", "12O500", 1), 2, "Dealer_Positions_Long_All", "12O500", ReasonNumber)
	legacy := sampleText(t, "cot_legacy.csv")
	f("cot.csv", strings.Replace(legacy, "2024-03-05", "", 1), 2, "Date", "", ReasonDate)
	f("cot.csv", strings.Replace(legacy, "8840", "8840,5", 1), 2, "", "Made-Up Note", ReasonColumns)
	zq := sampleText(t, "zq.csv")
	f("zq.csv", strings.Replace(zq, "95.3525", "-1", 1), 2, "close_price", "-1", ReasonNotPositive)
	f("zq.csv", strings.Replace(zq, "ZQX24", "", 1), 2, "contract_symbol", "", ReasonSymbol)
	f("zq.csv", strings.Replace(zq, "95.3525,2024-11-08", "95.3525,x", 1), 2, "as_of_date", "x", ReasonDate)
	table := sampleText(t, "probabilities_2024-11-08.csv")
	f("p_2024-11-08.csv", strings.Replace(table, "450,475", "475,450", 1), 2, "rate_low", "475", ReasonNumber)
	f("p_2024-11-08.csv", strings.Replace(table, "2024-12-18", "soon", 1), 2, "meeting_date", "soon", ReasonDate)
	f("p_2024-11-08.csv", strings.Replace(table, "65.1", "165.1", 1), 2, "probability_pct", "165.1", ReasonRange)
	history := sampleText(t, "fedwatch_history.csv")
	f("h.csv", strings.Replace(history, "450-475", "down a bit", 1), 2, "rate_range", "down a bit", ReasonNumber)
	f("h.csv", strings.Replace(history, "2024-11-08", "8 Nov", 1), 2, "snapshot_date", "8 Nov", ReasonDate)
	f("h.csv", strings.Replace(history, "2024-12-18", "x", 1), 2, "meeting_date", "x", ReasonDate)
	f("h.csv", strings.Replace(history, "65.1", "6.51e+01", 1), 4, "prob_now", "34.9", ReasonDuplicate) // an exponent of its own
	capex := sampleText(t, "capex.json")
	f("c.json", strings.Replace(capex, "2024Q1", "2024Q5", 1), 1, "calendar_quarter", "", ReasonDate)
	f("c.json", strings.Replace(capex, "1500000000", `"much"`, 1), 1, "val", "", ReasonNumber)
	f("c.json", strings.Replace(capex, `{"ticker": ""`, `[1], {"ticker": ""`, 1), 3, "", "", ReasonShape)
	cache := sampleText(t, "fred_cache.json")
	f("f.json", strings.Replace(cache, `"2024-03-13"`, `"13 March"`, 1), 1, "DGS10", "4.19", ReasonDate)
	f("f.json", strings.Replace(cache, "4.19", `"high"`, 1), 1, "DGS10", "high", ReasonNumber)
	f("f.json", strings.Replace(cache, `["2024-03-13",4.19]`, `"2024-03-13"`, 1), 1, "DGS10", "2024-03-13", ReasonShape)
	compact := sampleText(t, "cboe_compact.json")
	f("x.json", strings.Replace(compact, `"h":5201.25`, `"h":5000`, 1), 1, "bars/high", "", ReasonHighLow)
	f("x.json", strings.Replace(compact, `"c":5190.75`, `"c":null`, 1), 1, "bars/c", "", ReasonBlank)
	f("x.json", strings.Replace(compact, `"t":1710250200000`, `"t":"x"`, 1), 1, "bars/t", "", ReasonDate)
	f("x.json", strings.Replace(compact, `"t":1710250200000,`, "", 1), 1, "bars/t", "", ReasonNoDate)
	f("x.json", strings.Replace(compact, `"bars":[`, `"bars":[7,[8],`, 1), 1, "bars", "7", ReasonShape)
	f("x.json", strings.Replace(compact, `"e":1710532800,`, "", 1), 1, "e", "", ReasonBlank)
	f("x.json", strings.Replace(compact, `"e":1710532800`, `"e":"tomorrow"`, 1), 1, "e", "tomorrow", ReasonDate)
	f("x.json", strings.Replace(compact, `"k":5200`, `"k":null`, 1), 1, "k", "", ReasonBlank)
	f("fred.csv", strings.Replace(sampleText(t, "fred_wide.csv"), "2025-09-01", "Sept", 1), 2, "Date", "Sept", ReasonDate)
	f("md.csv", strings.Replace(sampleText(t, "fredmd.csv"), "2/1/2024", "2.1.2024", 1), 4, "sasdate", "2.1.2024", ReasonDate)
	f("t.csv", strings.Replace(sampleText(t, "DIX.csv"), "2024-03-15", "2024-03-35", 1), 4, "date", "2024-03-35", ReasonDate)
}

func TestAFileOfTooManySeriesIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("date,symbol,rate\n")
	for i := range maxSeries + 1 {
		fmt.Fprintf(&b, "2024-03-14,S%d,1\n", i)
	}
	if e := mustFail(t, b.String(), Options{Name: "x.csv"}); e.Code.Code != CodeTooLarge {
		t.Errorf("%v", e)
	}
}

func TestSeveralBarsOfOneDayAreNotDailyBars(t *testing.T) {
	text := "time,close\n2024-03-11 16:00:00-04:00,1\n2024-03-12 16:00:00-04:00,2\n2024-03-12 23:00:00-04:00,3\n2024-03-13 16:00:00-04:00,4\n2024-03-14 16:00:00-04:00,5\n"
	r := mustRead(t, text, Options{Name: "SPX.csv"})
	if b := onlyBars(t, r); b.Interval != market.Day || b.Len() != 4 || b.Close[1] != 2 {
		t.Errorf("%v %v", b.Interval, b.Close)
	}
	wantReject(t, r, 4, "", "2024-03-12", ReasonContradicts)
}

func TestErrorsReadAsSentences(t *testing.T) {
	e := mustFail(t, quoteTable(englishDate, strikeRow(5200, "x")), Options{Name: "chain.csv", Strict: true})
	want := "read chain.csv: line 5: column Calls/Bid: not_a_number (strict mode stops at the first bad row: value x)"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}
