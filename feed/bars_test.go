package feed

import (
	"testing"
	"time"

	"faultline/evidence"
	"faultline/market"
)

func TestDailyBarsAreKnownAtTheOfficialClose(t *testing.T) {
	b := onlyBars(t, named(t, "SPX_daily.csv"))
	if b.Instrument != "SPX" || b.Interval != market.Day || b.Len() != 4 {
		t.Fatalf("%s %v %d", b.Instrument, b.Interval, b.Len())
	}
	if b.Begin[0] != utc("2024-03-11 00:00") || b.Known[0] != ny("2024-03-11 16:00") || b.Line[0] != 2 {
		t.Errorf("begin %d known %d line %d", b.Begin[0], b.Known[0], b.Line[0])
	}
	if b.Open[3] != 5211 || b.High[3] != 5222.125 || b.Low[3] != 5205 || b.Close[3] != 5219.5 {
		t.Errorf("last bar %v %v %v %v", b.Open[3], b.High[3], b.Low[3], b.Close[3])
	}
	if !market.IsMissing(b.Volume[0]) {
		t.Errorf("an index has no volume of its own: %v", b.Volume[0])
	}
	if o := b.Origin; o.Grade != evidence.Observed || o.KnownAt != KnownClose || len(o.Caveats) > 0 {
		t.Errorf("origin %+v", o)
	}
	f := func(name, day, known string) {
		t.Helper()
		b := onlyBars(t, mustRead(t, "date,close\n"+day+",10\n", Options{Name: name}))
		if got := time.Unix(b.Known[0], 0).UTC().Format("2006-01-02 15:04"); got != known {
			t.Errorf("%s of %s known at %s, want %s", name, day, got, known)
		}
	}
	f("SPX.csv", "2024-11-29", "2024-11-29 18:00") // half day
	f("SPX.csv", "2024-07-05", "2024-07-05 20:00")
	f("SPX.csv", "1952-01-02", "1952-01-02 21:00") // before the calendar begins: 16:00 New York
	f("VIX.csv", "2024-07-05", "2024-07-05 20:15") // Cboe's session
	f("BTC.csv", "2024-07-06", "2024-07-07 00:00")
	f("USDJPY.csv", "2024-07-04", "2024-07-04 20:00") // trades while New York rests
}

func TestPricesOfFundsAndStocksAreMarkedAsAdjusted(t *testing.T) {
	r := named(t, "KO.csv")
	b := onlyBars(t, r)
	if b.Instrument != "KO" || b.Origin.Grade != evidence.Published || !hasCode(t, r.Sets[0], CaveatAdjusted) {
		t.Errorf("%s %+v", b.Instrument, b.Origin)
	}
	if b.Begin[1] != utc("2024-03-11 00:00") || b.Interval != market.Day || b.Known[0] != ny("2024-03-08 16:00") {
		t.Errorf("dates with an offset: begin %d known %d", b.Begin[1], b.Known[0])
	}
	if len(r.Report.Notes) != 1 || r.Report.Notes[0].Code != NoteInstrument {
		t.Errorf("notes %v, want that the name was taken for a ticker", r.Report.Notes)
	}
	raw := "Date,Open,High,Low,Close,Adj Close,Volume\n2024-03-08,59.1,59.6,58.9,59.4,58.1,100\n"
	b = onlyBars(t, mustRead(t, raw, Options{Name: "KO.csv"}))
	if b.Origin.Grade != evidence.Observed || b.Close[0] != 59.4 || len(b.Origin.Caveats) > 0 {
		t.Errorf("with adjusted closes beside it the close is the traded one: %v %+v", b.Close, b.Origin)
	}
}

func TestIntradayBarsFindTheirIntervalAndEnd(t *testing.T) {
	f := func(text, name string, interval time.Duration, begin, known int64) *market.Bars {
		t.Helper()
		b := onlyBars(t, mustRead(t, text, Options{Name: name}))
		if b.Interval != interval || b.Begin[0] != begin || b.Known[0] != known || b.Origin.KnownAt != KnownBarEnd {
			t.Errorf("%s: interval %v begin %d known %d rule %s", name, b.Interval, b.Begin[0], b.Known[0], b.Origin.KnownAt)
		}
		return b
	}
	f(sampleText(t, "BTC_5min.csv"), "BTC_5min.csv", 5*time.Minute, utc("2024-03-14 00:00"), utc("2024-03-14 00:05"))
	b := f(sampleText(t, "SPY_1min.csv"), "SPY_1min.csv", time.Minute, ny("2024-03-14 09:30"), ny("2024-03-14 09:31"))
	if !hasCode(t, market.Dataset{Bars: b}, CaveatZone) || b.Volume[0] != 10400 {
		t.Errorf("origin %+v volume %v", b.Origin, b.Volume)
	}
	if hasCode(t, market.Dataset{Bars: b}, CaveatAdjusted) {
		t.Error("bars within the day are called adjusted")
	}
	seconds := "time,open,high,low,close,Volume\n1710423000,1,2,1,2,\n1710423300,2,2,1,1,\n1710423600,1,2,1,2,\n"
	f(seconds, "SPX_5min_tv.csv", 5*time.Minute, 1710423000, 1710423300)
	offsets := "timestamp,close\n2024-03-25 02:00:00+00:00,3440.6\n2024-03-25 03:00:00+00:00,3454.9\n2024-03-25 05:00:00+00:00,3450\n2024-03-25 06:00:00+00:00,3451\n"
	b = f(offsets, "ETH_1h.csv", time.Hour, utc("2024-03-25 02:00"), utc("2024-03-25 03:00"))
	if !market.IsMissing(b.Open[0]) || !market.IsMissing(b.High[0]) || !market.IsMissing(b.Volume[0]) {
		t.Error("columns that the file does not have must be Missing")
	}
	utcClock := "datetime,close\n2024-07-04 00:00,1\n2024-07-04 01:00,2\n"
	f(utcClock, "SOL.csv", time.Hour, utc("2024-07-04 00:00"), utc("2024-07-04 01:00")) // coins trade by UTC
}

func TestDailyBarsStampedWithATimeAreDaily(t *testing.T) {
	text := "time,close\n1710163800,5190.75\n1710250200,5213.75\n1710336600,5210.5\n" // 13:30 UTC, the open
	b := onlyBars(t, mustRead(t, text, Options{Name: "SPX.csv"}))
	if b.Interval != market.Day || b.Begin[0] != utc("2024-03-11 00:00") || b.Known[2] != ny("2024-03-13 16:00") {
		t.Errorf("interval %v begin %v known %v", b.Interval, b.Begin, b.Known)
	}
}

func TestBarsOfAWeekOrOfUnknownLengthAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"weekly":  "date,close\n2024-03-01,1\n2024-03-08,1\n2024-03-15,1\n",
		"monthly": "date,close\n2024-01-31,1\n2024-02-29,1\n2024-03-28,1\n",
		"single":  "time,close\n1710163800,1\n",
	} {
		if e := mustFail(t, text, Options{Name: "SPX.csv"}); e.Code.Code != CodeInterval {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestBadBarsAreRejectedWithColumnAndReason(t *testing.T) {
	f := func(row, column, value, reason string) {
		t.Helper()
		text := "date,open,high,low,close,volume\n2024-03-11,10,12,9,11,5\n" + row + "\n2024-03-14,10,12,9,11,5\n"
		r := mustRead(t, text, Options{Name: "KO.csv"})
		if r.Report.Rows != 3 || r.Report.Accepted != 2 {
			t.Errorf("%s: rows %d accepted %d %v", row, r.Report.Rows, r.Report.Accepted, r.Report.ByReason)
		}
		wantReject(t, r, 3, column, value, reason)
	}
	f("2024-03-12,10,12,9,,5", "close", "", ReasonBlank)
	f("2024-03-12,10,12,9,-11,5", "close", "-11", ReasonNegative)
	f("2024-03-12,10,12,9,0,5", "close", "0", ReasonNotPositive)
	f("2024-03-12,0,12,9,11,5", "open", "0", ReasonNotPositive)
	f("2024-03-12,10,9,12,11,5", "high", "9", ReasonHighLow)
	f("2024-03-12,10,12,9,12.1,5", "close", "12.1", ReasonClose)
	f("2024-03-12,10,12,9,8.9,5", "close", "8.9", ReasonClose)
	f("2024-03-12,10,12,9,11,-5", "volume", "-5", ReasonNegative)
	f("2024-03-12,10,12,9,nan,5", "close", "nan", ReasonNotFinite)
	f("2024-03-12,10,inf,9,11,5", "high", "inf", ReasonNotFinite)
	f(`2024-03-12,10,12,9,"11,5",5`, "close", "11,5", ReasonComma)
	f("2024-02-30,10,12,9,11,5", "date", "2024-02-30", ReasonDate)
	f("yesterday,10,12,9,11,5", "date", "yesterday", ReasonDate)
	f("2024-03-11,10,12,9,11,5", "", "2024-03-11", ReasonDuplicate)
	f("2024-03-11,10,12,9,11.5,5", "", "2024-03-11", ReasonContradicts)
	f("2024-03-10,10,12,9,11,5", "", "2024-03-10", ReasonClosedDay) // a Sunday
	f("2024-03-12,10,12,9", "", "2024-03-12", ReasonColumns)
	f("1710244800,10,12,9,11,5", "", "1710244800", ReasonDate) // another kind of time than the rest
}

func TestRoundingMayLeaveTheCloseAHairOutside(t *testing.T) {
	text := "date,open,high,low,close\n2024-03-11,31.69283676,31.70498571,31.69283676,31.69283674\n"
	mustRead(t, text, Options{Name: "KO.csv"})
}

func TestOpensOutsideTheRangeAreKeptAndCounted(t *testing.T) {
	r := mustRead(t, "date,open,high,low,close\n2024-03-11,13,12,9,11\n", Options{Name: "SPX.csv"})
	if len(r.Report.Notes) != 1 || r.Report.Notes[0].Code != NoteOpenOutside || r.Report.Notes[0].Args["count"] != 1 {
		t.Errorf("notes %v", r.Report.Notes)
	}
}

func TestYieldsMayBeAnyFiniteNumberAndBlankDaysAreRejected(t *testing.T) {
	r := named(t, "tz_TNX.csv")
	if b := onlyBars(t, r); b.Instrument != "TNX" || b.Len() != 2 || r.Report.ByReason[ReasonBlank] != 1 {
		t.Errorf("%s %d %v", b.Instrument, b.Len(), r.Report.ByReason)
	}
	wantReject(t, r, 3, "close", "", ReasonBlank)
	mustRead(t, "date,close\n2024-03-11,-0.25\n", Options{Name: "TNX.csv"})
}

func TestNewestFirstBarsAreTurnedRound(t *testing.T) {
	text := "date,close\n2024-03-13,3\n2024-03-12,2\n2024-03-12,2\n2024-03-11,1\n"
	r := mustRead(t, text, Options{Name: "SPX.csv"})
	b := onlyBars(t, r)
	if b.Len() != 3 || b.Close[0] != 1 || b.Close[2] != 3 || b.Line[0] != 5 || r.Report.ByReason[ReasonDuplicate] != 1 {
		t.Errorf("closes %v lines %v %v", b.Close, b.Line, r.Report.ByReason)
	}
}

func TestBarsOfTheFutureAndUnfinishedBarsAreRejected(t *testing.T) {
	text := "date,close\n2024-03-12,1\n2024-03-13,2\n2024-03-14,3\n"
	r := mustRead(t, text, Options{Name: "SPX.csv", Now: time.Unix(ny("2024-03-13 15:59"), 0)})
	if b := onlyBars(t, r); b.Len() != 1 || r.Report.ByReason[ReasonUnfinished] != 1 || r.Report.ByReason[CodeInFuture] != 1 {
		t.Errorf("%d bars %v", b.Len(), r.Report.ByReason)
	}
	wantReject(t, r, 4, "", "2024-03-14", CodeInFuture)
	r = mustRead(t, sampleText(t, "BTC_5min.csv"), Options{Name: "BTC.csv", Now: time.Unix(utc("2024-03-14 00:07"), 0)})
	if r.Report.ByReason[ReasonUnfinished] != 1 || r.Report.ByReason[CodeInFuture] != 1 {
		t.Errorf("within the day: %v", r.Report.ByReason)
	}
}

func TestUnknownInstrumentIsAnError(t *testing.T) {
	text := "date,close\n2024-03-12,1\n"
	for _, name := range []string{"", "prices.csv", "my data.csv"} {
		if e := mustFail(t, text, Options{Name: name}); e.Code.Code != CodeUnknownInstrument {
			t.Errorf("%q: %v", name, e)
		}
	}
	for name, want := range map[string]string{
		"GSPC.csv": "SPX", "jf_audusd.csv": "AUDUSD", "BTC_USD.csv": "BTC", "gold_usd_daily.csv": "GOLD",
		"SPX_5min_tv.csv": "SPX", "DBMF_total_return.csv": "DBMF", "path/to/NDX_ohlcv.csv.gz": "NDX", "BRK.B.csv": "BRK.B",
	} {
		if b := onlyBars(t, mustRead(t, text, Options{Name: name})); b.Instrument != want {
			t.Errorf("%s is read as %s, want %s", name, b.Instrument, want)
		}
	}
}

func TestRowsOfAnotherSymbolAreRejected(t *testing.T) {
	r := mustRead(t, "date,symbol,close\n2024-03-11,SPY,10\n2024-03-12,SPY,11\n2024-03-12,QQQ,12\n", Options{})
	if b := onlyBars(t, r); b.Instrument != "SPY" || b.Len() != 2 {
		t.Errorf("%s %v", b.Instrument, b.Close)
	}
	wantReject(t, r, 4, "symbol", "QQQ", CodeWrongUnderlying)
}

func TestDatesWithSlashesNeedAnOrderThatTheFileShows(t *testing.T) {
	b := onlyBars(t, mustRead(t, "DATE,OPEN,HIGH,LOW,CLOSE\n01/11/2024,1,1,1,1\n01/12/2024,1,1,1,1\n01/16/2024,1,1,1,1\n", Options{Name: "VIX.csv"}))
	if b.Date(0) != date("2024-01-11") {
		t.Errorf("month first: %v", b.Date(0))
	}
	b = onlyBars(t, mustRead(t, "Date,Close\n11/01/2024,1\n12/01/2024,1\n16/01/2024,1\n", Options{Name: "SPX.csv"}))
	if b.Date(0) != date("2024-01-11") {
		t.Errorf("day first: %v", b.Date(0))
	}
	if e := mustFail(t, "Date,Close\n02/01/2024,1\n03/01/2024,1\n", Options{Name: "SPX.csv"}); e.Code.Code != CodeNothing {
		t.Errorf("an order that cannot be known was assumed: %v", e)
	}
}
