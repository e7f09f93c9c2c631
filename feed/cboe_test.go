package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

const quoteHeader = "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest\n"

// quoteTable is a quote table of the S&P 500 with the given date line and rows.
func quoteTable(dateLine string, rows ...string) string {
	return "\nS&P 500 INDEX,Last: 5210.5,Change: -3.25\n" + dateLine + ",Bid: 0,Ask: 0,Size: 0*0,Volume: 0\n" + quoteHeader + strings.Join(rows, "\n") + "\n"
}

const englishDate = `"Date: March 14, 2024 at 2:05 PM EDT"`

// strikeRow is one good line, with the cell of the call's bid replaced.
func strikeRow(strike int, callBid string) string {
	return fmt.Sprintf("Fri Mar 15 2024,SPX240315C%08d,1,0,%s,34.3,0,0.12,0.56,0.0044,1205,%d,SPX240315P%08d,2,0,21.2,21.9,15,0.12,-0.44,0.0044,2210",
		strike*1000, callBid, strike, strike*1000)
}

func TestQuoteTableIsReadWhole(t *testing.T) {
	r := named(t, "cboe_table.csv")
	c := onlyChain(t, r)
	if r.Report.Format != "cboe_table" || c.Underlying != "SPX" || c.Spot != 5210.5 {
		t.Errorf("format %s underlying %s spot %v", r.Report.Format, c.Underlying, c.Spot)
	}
	if want := time.Date(2024, 3, 14, 18, 5, 0, 0, time.UTC); !c.At.Equal(want) {
		t.Errorf("at %v, want %v", c.At, want)
	}
	if c.Len() != 10 || r.Report.Rows != 10 {
		t.Fatalf("%d contracts of %d rows, want 10", c.Len(), r.Report.Rows)
	}
	want := market.Quote{
		Root: "SPXW", Expiry: date("2024-03-14"), Right: black.Call, Strike: 5200, Bid: 12.2, Ask: 12.6, Last: 12.4,
		Volume: 1204, OpenInterest: 310, IV: 0.1411, Delta: 0.7412, Gamma: 0.0121, Line: 5,
	}
	if got := c.Row(0); got != want {
		t.Errorf("first contract\n got %+v\nwant %+v", got, want)
	}
	if q := c.Row(3); q.Root != "SPX" || q.Right != black.Put || q.Delta != -0.4389 || q.OpenInterest != 2210 {
		t.Errorf("put of the second line: %+v", q)
	}
	if q := c.Row(2); !market.IsMissing(q.Last) { // 0 in the file: no trade
		t.Errorf("last price 0 was read as %v, want Missing", q.Last)
	}
	if q := c.Row(7); !market.IsMissing(q.Bid) || !market.IsMissing(q.OpenInterest) || q.Strike != 5300 {
		t.Errorf("blank cells must be Missing: %+v", q)
	}
	if q := c.Row(8); q.Bid != 0 || !market.IsMissing(q.IV) {
		t.Errorf("a bid of 0 is no bid and stays 0, a volatility of 0 is none: %+v", q)
	}
	if o := c.Origin; o.File != "cboe_table.csv" || o.Grade != evidence.Observed || o.KnownAt != KnownQuote || len(o.Caveats) != 0 {
		t.Errorf("origin %+v", o)
	}
}

func TestQuoteTablePaddedAndOfAnUnknownNameTakesItsRootForUnderlying(t *testing.T) {
	r := named(t, "cboe_table_padded.csv")
	c := onlyChain(t, r)
	if c.Underlying != "INVM" || c.Spot != 41.3 || c.Len() != 4 || !c.At.Equal(time.Date(2024, 3, 14, 18, 5, 0, 0, time.UTC)) {
		t.Errorf("underlying %s spot %v len %d at %v", c.Underlying, c.Spot, c.Len(), c.At)
	}
	if !hasCode(t, r.Sets[0], CaveatPartial) {
		t.Error("two expiries a day away are not called partial")
	}
}

func TestQuoteTableBadCellsAreRejectedWithColumnAndReason(t *testing.T) {
	f := func(cell, reason, value string) {
		t.Helper()
		r := mustRead(t, quoteTable(englishDate, strikeRow(5200, cell), strikeRow(5250, "33.1")), Options{})
		if r.Report.Rows != 4 || r.Report.Accepted != 3 || r.Report.ByReason[reason] != 1 {
			t.Errorf("%q: rows %d accepted %d %v", cell, r.Report.Rows, r.Report.Accepted, r.Report.ByReason)
		}
		wantReject(t, r, 5, "Calls/Bid", value, reason)
	}
	f("-0.05", ReasonNegative, "-0.05")
	f("NaN", ReasonNotFinite, "NaN")
	f("-inf", ReasonNotFinite, "-inf")
	f("Infinity", ReasonNotFinite, "Infinity")
	f("1e999", ReasonRange, "1e999")
	f("abc", ReasonNumber, "abc")
	f(`"33,1"`, ReasonComma, "33,1")
	f("0x1F", ReasonNumber, "0x1F")
	f("1_000", ReasonNumber, "1_000")
	f("1.2.3", ReasonNumber, "1.2.3")
	f("--1", ReasonNumber, "--1")
}

func TestQuoteTableAnUnquotedCommaDecimalIsARowOfTooManyCells(t *testing.T) {
	r := mustRead(t, quoteTable(englishDate, strikeRow(5200, "33,1"), strikeRow(5250, "33.1")), Options{})
	wantReject(t, r, 5, "", "Fri Mar 15 2024", ReasonColumns)
}

func TestQuoteTableRowsThatContradictThemselvesAreRejected(t *testing.T) {
	good := strikeRow(5200, "33.1")
	f := func(row, column, value, reason string) {
		t.Helper()
		r := mustRead(t, quoteTable(englishDate, row, strikeRow(5300, "1")), Options{})
		wantReject(t, r, 5, column, value, reason)
	}
	f(strings.Replace(good, "SPX240315C05200000", "SPX240315C05210000", 1), "Calls", "SPX240315C05210000", ReasonMismatch)
	f(strings.Replace(good, "SPX240315C05200000", "SPX240318C05200000", 1), "Calls", "SPX240318C05200000", ReasonMismatch)
	f(strings.Replace(good, "SPX240315C05200000", "SPX240315P05200000", 1), "Calls", "SPX240315P05200000", ReasonMismatch)
	f(strings.Replace(good, "SPX240315C05200000", "SPX", 1), "Calls", "SPX", ReasonSymbol)
	f(strings.Replace(good, "SPX240315C05200000", "QQQ240315C05200000", 1), "Calls", "QQQ240315C05200000", CodeWrongUnderlying)
	f(strings.Replace(good, "Fri Mar 15 2024", "Fri Mar 32 2024", 1), "Expiration Date", "Fri Mar 32 2024", ReasonDate)
	f(good[:40], "", "Fri Mar 15 2024", ReasonColumns)
	f(strings.Replace(good, "SPX240315C", `"SPX240315C`, 1), "", "SPX240315C05200000,1,0,33.1,34.3,0,0.12,0.56,0.0044,1205,5200,SP…", ReasonQuote)
}

func TestAContractTwiceIsADuplicateOrAContradiction(t *testing.T) {
	r := mustRead(t, quoteTable(englishDate, strikeRow(5200, "33.1"), strikeRow(5200, "33.1"), strikeRow(5200, "33.2")), Options{})
	if c := onlyChain(t, r); c.Len() != 2 || c.Bid[0] != 33.1 {
		t.Errorf("%d contracts, bid %v: the first row must stand", c.Len(), c.Bid[0])
	}
	if r.Report.ByReason[ReasonDuplicate] != 3 || r.Report.ByReason[ReasonContradicts] != 1 {
		t.Errorf("reasons %v, want the call twice and the put twice", r.Report.ByReason)
	}
	if x := r.Report.Rejects[0]; x.Reason.Args["line"] != 5 {
		t.Errorf("the reject does not name the line of the first: %v", x)
	}
}

func TestManyContractsStayApart(t *testing.T) {
	var rows []string
	for k := 1000; k < 9000; k++ { // more than the first table of slots holds
		rows = append(rows, strikeRow(k, "1"))
	}
	r := mustRead(t, quoteTable(englishDate, rows...), Options{})
	if r.Report.Accepted != 16000 || r.Report.Rejected != 0 {
		t.Errorf("accepted %d rejected %v", r.Report.Accepted, r.Report.ByReason)
	}
}

func TestStrictStopsAtTheFirstReject(t *testing.T) {
	text := quoteTable(englishDate, strikeRow(5200, "1"), strikeRow(5250, "x"), strikeRow(5300, "y"))
	e := mustFail(t, text, Options{Strict: true, Name: "chain.csv"})
	if e.Line != 6 || e.Column != "Calls/Bid" || e.Code.Code != ReasonNumber || e.File != "chain.csv" {
		t.Errorf("error %v", e)
	}
}

func TestHeaderDateDecidesOnTheInstant(t *testing.T) {
	f := func(dateLine, want string) {
		t.Helper()
		c := onlyChain(t, mustRead(t, quoteTable(dateLine, strikeRow(5200, "1")), Options{At: time.Unix(0, 0)}))
		if got := c.At.Format(time.RFC3339); got != want {
			t.Errorf("%s: at %s, want %s", dateLine, got, want)
		}
	}
	f(`"Date: June 11, 2022, 8:47 PM EDT"`, "2022-06-12T00:47:00Z")
	f(`Date: June 11, 2022, 8:47 PM EDT`, "2022-06-12T00:47:00Z") // saved without quotes: the commas split it
	f(`Date: 2022年6月11日 GMT-4 20:47`, "2022-06-12T00:47:00Z")
	f(`日期：2022年6月11日 GMT-4 20:47`, "2022-06-12T00:47:00Z")
	f(`Date: 11 juin 2022 à 20:47 UTC−4`, "2022-06-12T00:47:00Z")
	f(`"Fecha: 11 de junio de 2022, 20:47 GMT-4"`, "2022-06-12T00:47:00Z")
	f(`Datum: 11. Juni 2022 um 20:47 GMT-4`, "2022-06-12T00:47:00Z")
}

func TestAnUnreadableHeaderDateIsAnErrorUnlessTheInstantIsGiven(t *testing.T) {
	text := quoteTable(`"Date: 06/07/2024 20:47"`, strikeRow(5200, "1"))
	if e := mustFail(t, text, Options{Name: "spx_2024-03-14.csv"}); e.Code.Code != CodeBadHeader {
		t.Errorf("error %v: a date that cannot be read must not be replaced by the file's name", e)
	}
	at := time.Date(2024, 3, 14, 18, 5, 0, 0, time.UTC)
	r := mustRead(t, text, Options{At: at})
	if c := onlyChain(t, r); !c.At.Equal(at) || !hasCode(t, r.Sets[0], CaveatTimeGiven) {
		t.Errorf("at %v caveats %v", c.At, c.Origin.Caveats)
	}
}

func TestWrongUnderlyingIsAnError(t *testing.T) {
	text := quoteTable(englishDate, strikeRow(5200, "1"))
	if e := mustFail(t, text, Options{Instrument: "NDX"}); e.Code.Code != CodeWrongUnderlying {
		t.Errorf("error %v, want %s", e, CodeWrongUnderlying)
	}
	// A name that no table has does not contradict; the roots do, row by row.
	odd := strings.Replace(text, "S&P 500 INDEX", "Some index", 1)
	e := mustFail(t, odd, Options{Instrument: "NDX"})
	if e.Code.Code != CodeNothing {
		t.Errorf("error %v, want %s", e, CodeNothing)
	}
	if r := mustRead(t, odd, Options{Instrument: "^SPX"}); onlyChain(t, r).Underlying != "SPX" {
		t.Error("the user's name for the index was not understood")
	}
}

func TestCaveatsOfAWholeChain(t *testing.T) {
	f := func(dateLine, bid string, want ...string) {
		t.Helper()
		r := mustRead(t, quoteTable(dateLine, strings.ReplaceAll(strikeRow(5200, bid), "21.2,21.9", bid+",21.9")), Options{})
		var got []string
		for _, c := range r.Sets[0].Origin().Caveats {
			got = append(got, c.Code)
		}
		if fmt.Sprint(got) != fmt.Sprint(append(want, CaveatPartial)) {
			t.Errorf("%s: caveats %v, want %v", dateLine, got, want)
		}
		if len(r.Report.Notes) != len(got) {
			t.Errorf("notes %v do not repeat the caveats %v", r.Report.Notes, got)
		}
	}
	f(englishDate, "1")
	f(englishDate, "0", CaveatNoBids)
	f(englishDate, "", CaveatNoBids)
	f(`"Date: March 14, 2024 at 8:05 PM EDT"`, "1", CaveatOutside)
	f(`"Date: March 14, 2024 at 8:05 AM EDT"`, "1", CaveatOutside)
	f(`"Date: March 16, 2024 at 1:05 PM EDT"`, "1", CaveatClosedDay)  // a Saturday
	f(`"Date: March 29, 2024 at 1:05 PM EDT"`, "1", CaveatClosedDay)  // Good Friday
	f(`"Date: June 19, 2024 at 1:05 PM EDT"`, "1", CaveatClosedDay)   // Juneteenth
	f(`"Date: January 9, 2025 at 1:05 PM EST"`, "1", CaveatClosedDay) // day of mourning
	f(`"Date: 14 marzo 2024, 14:05"`, "1", CaveatZone)
}

func TestAChainOfTheFutureIsAnError(t *testing.T) {
	text := quoteTable(englishDate, strikeRow(5200, "1"))
	now := time.Date(2024, 3, 14, 18, 4, 59, 0, time.UTC)
	if e := mustFail(t, text, Options{Now: now}); e.Code.Code != CodeInFuture {
		t.Errorf("error %v", e)
	}
	mustRead(t, text, Options{Now: now.Add(time.Second)})
}

func TestUnrolledTableTakesDateAndUnderlyingFromItsName(t *testing.T) {
	const name = "spx_2024-03-14_long.csv"
	r := named(t, name)
	c := onlyChain(t, r)
	if c.Underlying != "SPX" || c.Spot != 5210.5 || c.At.Unix() != ny("2024-03-14 16:00") {
		t.Errorf("underlying %s spot %v at %v", c.Underlying, c.Spot, c.At)
	}
	if !hasCode(t, r.Sets[0], CaveatTimeFromName) || !hasCode(t, r.Sets[0], CaveatNoRoot) {
		t.Errorf("caveats %v", c.Origin.Caveats)
	}
	// 2024-03-15 is a third Friday: SPX and SPXW share strike and side, and both rows stay.
	if c.Len() != 4 || c.Bid[0] != 33.1 || c.Bid[1] != 34.9 || c.Root[0] != "" {
		t.Errorf("contracts %d bids %v", c.Len(), c.Bid)
	}
	text := sampleText(t, name)
	if e := mustFail(t, text, Options{Name: "chain.csv"}); e.Code.Code != CodeUnknownInstrument {
		t.Errorf("without a hint: %v", e)
	}
	if e := mustFail(t, text, Options{Name: "spx.csv"}); e.Code.Code != CodeNoInstant {
		t.Errorf("without a date: %v", e)
	}
	at := time.Date(2024, 3, 14, 15, 0, 0, 0, time.UTC)
	for _, o := range []Options{{Instrument: "SPX", At: at}, {Name: name, At: at}} {
		if c := onlyChain(t, mustRead(t, text, o)); !c.At.Equal(at) {
			t.Errorf("at %v, want what was given", c.At)
		}
	}
	// An analysis as of a later day must not make the quotes of the 14th younger.
	if c := onlyChain(t, mustRead(t, text, Options{Name: name, At: at.AddDate(0, 0, 7)})); c.At.Unix() != ny("2024-03-14 16:00") {
		t.Errorf("at %v, want the close of the day in the name", c.At)
	}
}

func TestUnrolledTableRejects(t *testing.T) {
	text := sampleText(t, "spx_2024-03-14_long.csv")
	f := func(row, column, value, reason string) {
		t.Helper()
		r := mustRead(t, text+row+"\n", Options{Name: "spx_2024-03-14_long.csv"})
		wantReject(t, r, 6, column, value, reason)
	}
	f("2024-04-22,1,0,1,2,1,0.1,0.1,0.1,1,5250.0,Call,5210.5", "Strike", "5250.0", ReasonContradicts)
	f("2024-03-15,1,0,1,2,1,0.1,0.1,0.1,1,5200.0,Call,5210.5", "Strike", "5200.0", ReasonContradicts) // a third one
	f("2024-04-22,90.0,0.0,89.5,91.0,1,0.1301,0.5201,0.0012,15,5250.0,Call,5210.5", "Strike", "5250.0", ReasonDuplicate)
	f("2024-04-22,1,0,1,2,1,0.1,0.1,0.1,1,0,Call,5210.5", "Strike", "0", ReasonNotPositive)
	f("2024-04-22,1,0,1,2,1,0.1,0.1,0.1,1,5300,Both,5210.5", "Type", "Both", ReasonSide)
	f("2024-04-31,1,0,1,2,1,0.1,0.1,0.1,1,5300,Call,5210.5", "Expiration Date", "2024-04-31", ReasonDate)
	f("2024-04-22,1,0,1,2,-1,0.1,0.1,0.1,1,5300,Call,5210.5", "Volume", "-1", ReasonNegative)
	f("2024-04-22,1,0,1,2,1,0.1,0.1,0.1,1,5300,Call,5300", "Index Spot", "5300", ReasonContradicts)
}
