package feed

import (
	"strings"
	"testing"
	"time"

	"faultline/black"
	"faultline/evidence"
	"faultline/market"
)

func TestCboeJSONIsReadWhole(t *testing.T) {
	r := named(t, "cboe.json")
	c := onlyChain(t, r)
	if r.Report.Format != "cboe_json" || c.Underlying != "SPX" || c.Spot != 5210.5 || c.Len() != 3 {
		t.Fatalf("%s %s %v %d", r.Report.Format, c.Underlying, c.Spot, c.Len())
	}
	// Served at 18:20:31 UTC, fifteen minutes late: 14:05:31 in New York, a second after the last print.
	if want := time.Date(2024, 3, 14, 18, 5, 31, 0, time.UTC); !c.At.Equal(want) {
		t.Errorf("at %v, want %v", c.At, want)
	}
	want := market.Quote{
		Root: "SPXW", Expiry: date("2024-03-14"), Right: black.Call, Strike: 5200, Bid: 12.2, Ask: 12.6, Last: 12.4,
		Volume: 1204, OpenInterest: 310, IV: 0.1411, Delta: 0.7412, Gamma: 0.0121, Line: 1,
	}
	if got := c.Row(0); got != want {
		t.Errorf("first contract\n got %+v\nwant %+v", got, want)
	}
	if q := c.Row(2); q.Bid != 0 || !market.IsMissing(q.IV) || !market.IsMissing(q.Last) {
		t.Errorf("no bid stays 0, no volatility and no trade are Missing: %+v", q)
	}
	if e := mustFail(t, sampleText(t, "cboe.json"), Options{Instrument: "NDX"}); e.Code.Code != CodeWrongUnderlying {
		t.Errorf("wrong underlying: %v", e)
	}
}

func TestDelayedQuotesAtNightAreNotOfTheLastClose(t *testing.T) {
	text := strings.Replace(sampleText(t, "cboe.json"), "2024-03-14 18:20:31", "2024-03-15 06:20:00", 1)
	if c := onlyChain(t, mustRead(t, text, Options{})); c.At.Unix() != utc("2024-03-15 06:05") {
		t.Errorf("at %v: the index's last print must not date what is quoted at night", c.At)
	}
}

func TestJSONContractsBadCellsAreRejected(t *testing.T) {
	text := sampleText(t, "cboe.json")
	f := func(old, with, column, value, reason string) {
		t.Helper()
		r := mustRead(t, strings.Replace(text, old, with, 1), Options{})
		if r.Report.Rows != 3 || r.Report.Accepted != 2 {
			t.Errorf("%s: %d rows %d accepted", with, r.Report.Rows, r.Report.Accepted)
		}
		wantReject(t, r, 1, column, value, reason)
	}
	f(`"bid":12.2`, `"bid":-12.2`, "bid", "-12.2", ReasonNegative)
	f(`"bid":12.2`, `"bid":NaN`, "bid", "NaN", ReasonNotFinite)
	f(`"bid":12.2`, `"bid":-Infinity`, "bid", "-Infinity", ReasonNotFinite)
	f(`"bid":12.2`, `"bid":"12,2"`, "bid", "12,2", ReasonComma)
	f(`"bid":12.2`, `"bid":{"a":[1]}`, "bid", "", ReasonNumber)
	f(`"bid":12.2`, `"bid":1e999`, "bid", "1e999", ReasonRange)
	f("SPXW240314C05200000", "SPXW240314X05200000", "option", "SPXW240314X05200000", ReasonSymbol)
	f(`"option":"SPXW240314C05200000",`, "", "option", "", ReasonBlank)
	odd := strings.Replace(text, `{"option":"SPXW240314C05200000"`, `[1,{"a":2}],5,{"option":"SPXW240314C05200000"`, 1)
	r := mustRead(t, odd, Options{})
	wantReject(t, r, 1, "", "", ReasonShape)
	wantReject(t, r, 2, "", "5", ReasonShape)
}

func TestJSONContractWithNullsHasThemMissing(t *testing.T) {
	text := strings.Replace(sampleText(t, "cboe.json"), `"bid":12.2`, `"bid":null`, 1)
	if q := onlyChain(t, mustRead(t, text, Options{})).Row(0); !market.IsMissing(q.Bid) || q.Ask != 12.6 {
		t.Errorf("%+v", q)
	}
}

func TestCompactChainKeepsBothContractsOfAThirdFridayAndReadsItsBars(t *testing.T) {
	r := named(t, "cboe_compact.json")
	if len(r.Sets) != 2 {
		t.Fatalf("%d sets", len(r.Sets))
	}
	c, b := r.Sets[0].Chain, r.Sets[1].Bars
	if c.Len() != 3 || c.Root[0] != "" || c.Expiry[0] != date("2024-03-15") || c.Bid[0] != 33.1 || c.Bid[1] != 34.9 {
		t.Errorf("%d contracts, expiry %v, bids %v", c.Len(), c.Expiry, c.Bid)
	}
	if c.Right[2] != black.Put || !market.IsMissing(c.IV[2]) || !market.IsMissing(c.Last[2]) || !market.IsMissing(c.Delta[0]) {
		t.Errorf("put %+v", c.Row(2))
	}
	if c.At.Unix() != utc("2024-03-14 20:15")+5 { // fetched less the delay, after the last print
		t.Errorf("at %v", c.At)
	}
	if b.Len() != 3 || b.Interval != market.Day || b.Date(2) != date("2024-03-14") || b.Known[2] != ny("2024-03-14 16:00") || b.Close[2] != 5210.5 {
		t.Errorf("bars %v known %v", b.Begin, b.Known)
	}
	// Fetched before the close: the day's bar is not finished.
	early := strings.NewReplacer("20:30:05", "19:30:05", "16:14:59", "15:14:59").Replace(sampleText(t, "cboe_compact.json"))
	r = mustRead(t, early, Options{})
	if r.Sets[1].Bars.Len() != 2 || r.Report.ByReason[ReasonUnfinished] != 1 {
		t.Errorf("%d bars, %v", r.Sets[1].Bars.Len(), r.Report.ByReason)
	}
	if e := mustFail(t, sampleText(t, "cboe_compact.json"), Options{Instrument: "RUT"}); e.Code.Code != CodeWrongUnderlying {
		t.Errorf("wrong underlying: %v", e)
	}
}

func TestVendorChain(t *testing.T) {
	r := named(t, "vendor.json")
	c := onlyChain(t, r)
	if c.Underlying != "SPX" || c.Len() != 3 || c.Spot != 5210.5 || c.At.Unix() != utc("2024-03-14 21:32")+2 {
		t.Errorf("%s %d %v %v", c.Underlying, c.Len(), c.Spot, c.At)
	}
	for _, code := range []string{NoteInstrument, CaveatZone, CaveatNoRoot, CaveatPartial, CaveatOutside} {
		if !hasCode(t, r.Sets[0], code) {
			t.Errorf("no caveat %s among %v", code, c.Origin.Caveats)
		}
	}
	if q := c.Row(1); q.Right != black.Put || q.Bid != 21.2 || !market.IsMissing(q.IV) || q.Expiry != date("2024-03-15") || q.Line != 2 {
		t.Errorf("%+v", q)
	}
	if c.Origin.Grade != evidence.Observed {
		t.Errorf("grade %v", c.Origin.Grade)
	}
	text := sampleText(t, "vendor.json")
	closed := strings.NewReplacer(`"date": "2024-03-14"`, `"date": "2024-03-29"`, "2024-03-14T21", "2024-03-29T21").Replace(text)
	if r := mustRead(t, closed, Options{}); !hasCode(t, r.Sets[0], CaveatClosedDay) {
		t.Error("a chain of Good Friday has no caveat")
	}
	if e := mustFail(t, strings.Replace(text, "2024-03-14T21", "2024-03-18T21", 1), Options{}); e.Code.Code != CodeBadHeader {
		t.Errorf("date and timestamp of different days: %v", e)
	}
	bad := mustRead(t, strings.Replace(text, `"expirationDate": "2024-03-18"`, `"expirationDate": "2024-03-19"`, 1), Options{})
	wantReject(t, bad, 3, "expirationDate", "", ReasonMismatch)
	bad = mustRead(t, strings.Replace(text, `"optionType": "Put", `, "", 1), Options{})
	wantReject(t, bad, 2, "optionType", "", ReasonBlank)
	bad = mustRead(t, strings.Replace(text, `"strikePrice": 5250`, `"strikePrice": 0`, 1), Options{})
	wantReject(t, bad, 3, "strikePrice", "", ReasonNotPositive)
	r = mustRead(t, strings.Replace(text, `"timestamp": "2024-03-14T21:32:02.584613", `, "", 1), Options{})
	if c := onlyChain(t, r); c.At.Unix() != ny("2024-03-14 16:15") || !hasCode(t, r.Sets[0], CaveatTimeFromDate) {
		t.Errorf("with a date only: %v %v", c.At, c.Origin.Caveats)
	}
}

func TestYahooFileMayHoldSeveralSnapshots(t *testing.T) {
	r := named(t, "yahoo.csv")
	if len(r.Sets) != 2 {
		t.Fatalf("%d chains, want 2", len(r.Sets))
	}
	first, second := r.Sets[0].Chain, r.Sets[1].Chain
	if first.Len() != 3 || second.Len() != 1 || first.Spot != 41.3 || second.Spot != 41.9 || first.Underlying != "INVM" {
		t.Errorf("%d and %d contracts, spots %v %v", first.Len(), second.Len(), first.Spot, second.Spot)
	}
	if first.At.Unix() != utc("2024-03-14 15:24")+10 || !hasCode(t, r.Sets[0], CaveatTimeTrades) {
		t.Errorf("at %v: want the latest trade", first.At)
	}
	stale := 0
	for _, c := range first.Origin.Caveats {
		if c.Code == CaveatStaleTrades {
			stale = c.Args["contracts"].(int)
		}
	}
	if stale != 1 {
		t.Errorf("%d contracts with stale trades, want 1: %v", stale, first.Origin.Caveats)
	}
	if q := first.Row(1); !market.IsMissing(q.Volume) || q.Bid != 0 || q.Root != "INVM" {
		t.Errorf("%+v", q)
	}
	text := sampleText(t, "yahoo.csv")
	f := func(old, with, column, value, reason string) {
		t.Helper()
		wantReject(t, mustRead(t, strings.Replace(text, old, with, 1), Options{}), 2, column, value, reason)
	}
	f("40.0,1.5,1.4", "45.0,1.5,1.4", "strike", "45.0", ReasonMismatch)
	f("USD,call,2024-03-15", "USD,put,2024-03-15", "optionType", "put", ReasonMismatch)
	f("call,2024-03-15,0", "call,2024-03-16,0", "expirationDate", "2024-03-16", ReasonMismatch)
	f("2024-03-14 15:22:33+00:00", "lately", "lastTradeDate", "lately", ReasonDate)
	f("1.5,1.4,1.6", "1.5,-1.4,1.6", "bid", "-1.4", ReasonNegative)
	other := mustRead(t, strings.Replace(text, "INVM240315C00042500", "KO240315C00042500", 1), Options{})
	wantReject(t, other, 4, "contractSymbol", "KO240315C00042500", CodeWrongUnderlying)
}
