package feed

import (
	"slices"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// knownAt returns when the observation about a day became known.
func knownAt(t *testing.T, s *market.Series, day string) string {
	t.Helper()
	for i, a := range s.About {
		if a == dayUnix(date(day)) {
			return time.Unix(s.Known[i], 0).In(calendar.NewYork()).Format("2006-01-02 15:04")
		}
	}
	t.Fatalf("%s has no observation about %s", s.ID, day)
	return ""
}

func TestDailySeriesAreKnownOnTheNextBusinessDay(t *testing.T) {
	r := named(t, "DGS10.csv")
	s := series(t, r, "DGS10")
	if s.Len() != 3 || s.Value[2] != 4.29 || s.Unit != evidence.AsStated || s.Origin.Grade != evidence.Published {
		t.Errorf("%d values %v unit %s grade %v", s.Len(), s.Value, s.Unit, s.Origin.Grade)
	}
	if got := knownAt(t, s, "2024-03-14"); got != "2024-03-15 08:30" {
		t.Errorf("known at %s", got)
	}
	if len(r.Report.Notes) != 1 || r.Report.Notes[0].Code != NoteBlankCells || r.Report.Notes[0].Args["count"] != 1 {
		t.Errorf("the missing day is not noted: %v", r.Report.Notes)
	}
	f := func(id, day, want string) {
		t.Helper()
		other := (date(day) + 1).String()
		r := mustRead(t, "DATE,"+id+"\n"+day+",1\n"+other+",1\n", Options{})
		if got := knownAt(t, series(t, r, id), day); got != want {
			t.Errorf("%s of %s known at %s, want %s", id, day, got, want)
		}
	}
	f("DGS10", "2024-03-28", "2024-04-01 08:30") // Good Friday and a weekend between
	f("DFF", "2024-03-16", "2024-03-18 09:15")   // a Saturday
	f("DGS10", "1985-03-29", "1985-04-01 08:30") // before the calendar begins
}

func TestMonthlySeriesFollowTheReleasesOfTheShutdown(t *testing.T) {
	r := named(t, "my_cpi.csv")
	s := series(t, r, "CPIAUCSL")
	for day, want := range map[string]string{
		"2025-07-01": "2025-08-18 08:30", // by the lag
		"2025-08-01": "2025-09-18 08:30",
		"2025-09-01": "2025-10-24 08:30", // the one release during the shutdown
		"2025-11-01": "2025-12-18 08:30",
	} {
		if got := knownAt(t, s, day); got != want {
			t.Errorf("CPI of %s known at %s, want %s", day, got, want)
		}
	}
	if s.Len() != 4 {
		t.Errorf("%d values: October 2025 is blank", s.Len())
	}
	for _, code := range []string{CaveatVintage, CaveatKnownModel, CaveatDelayed} {
		if !hasCode(t, market.Dataset{Series: s}, code) {
			t.Errorf("caveat %s is missing: %v", code, s.Origin.Caveats)
		}
	}
}

func TestWideTablesGiveOneSeriesAColumnEachWithItsOwnRule(t *testing.T) {
	r := named(t, "fred_wide.csv")
	claims, payrolls, rate := series(t, r, "ICSA"), series(t, r, "PAYEMS"), series(t, r, "UNRATE")
	if claims.Len() != 5 || payrolls.Len() != 3 || rate.Len() != 2 {
		t.Errorf("lengths %d %d %d", claims.Len(), payrolls.Len(), rate.Len())
	}
	f := func(s *market.Series, day, want string) {
		t.Helper()
		if got := knownAt(t, s, day); got != want {
			t.Errorf("%s of %s known at %s, want %s", s.ID, day, got, want)
		}
	}
	f(claims, "2025-09-13", "2025-09-18 08:30")
	f(claims, "2025-09-20", "2025-09-25 08:30") // the last before the shutdown
	f(claims, "2025-09-27", "2025-11-20 17:00")
	f(claims, "2025-10-04", "2025-11-20 17:00")
	f(payrolls, "2025-09-01", "2025-11-20 08:30")
	f(payrolls, "2025-10-01", "2025-12-16 08:30")
	f(rate, "2025-11-01", "2025-12-16 08:30")
	// An unemployment rate of October 2025 exists in no release: whoever wrote one made it up.
	wantReject(t, r, 7, "失业率(UNRATE)", "2025-10-01", ReasonNever)
}

func TestUnknownFederalSeriesWaitForTheEndOfTheBacklog(t *testing.T) {
	s := series(t, mustRead(t, "date,XYZ123\n2025-06-01,1\n2025-07-01,1\n2025-08-01,1\n2025-09-01,2\n2025-10-01,3\n2025-11-01,3\n2025-12-01,4\n", Options{}), "XYZ123")
	for day, want := range map[string]string{
		"2025-06-01": "2025-08-14 17:00",
		"2025-07-01": "2025-09-14 17:00",
		"2025-08-01": "2026-02-27 17:00", // due on 15 October
		"2025-09-01": "2026-02-27 17:00",
		"2025-11-01": "2026-02-27 17:00",
		"2025-12-01": "2026-02-27 17:00", // within the backlog
	} {
		if got := knownAt(t, s, day); got != want {
			t.Errorf("%s known at %s, want %s", day, got, want)
		}
	}
}

func TestKnownAtNeverPrecedesThePeriod(t *testing.T) {
	for _, group := range releases {
		for _, f := range []frequency{weekly, monthly, quarterly, yearly} {
			for d := date("2015-01-01"); d < date("2027-01-01"); d += 11 {
				y, m, _ := d.YMD()
				from := d
				switch f {
				case monthly:
					from = calendar.DateOf(y, m, 1)
				case quarterly:
					from = calendar.DateOf(y, (m-1)/3*3+1, 1)
				case yearly:
					from = calendar.DateOf(y, 1, 1)
				}
				end := periodEnd(from, f)
				known, _, reason := group.after(from, end, f)
				if reason == "" && known <= dayUnix(end) {
					t.Fatalf("%s of %s is known before %s has ended", group.family, from, end)
				}
			}
		}
	}
}

func TestFredMDKeepsItsCodesAndDoesNotTransform(t *testing.T) {
	r := named(t, "fredmd.csv")
	s := series(t, r, "fredmd/RPI")
	if s.Len() != 3 || s.Value[1] != 19150.25 || s.About[0] != dayUnix(date("2024-01-01")) {
		t.Errorf("values %v about %v", s.Value, s.About)
	}
	found := ""
	for _, c := range s.Origin.Caveats {
		if c.Code == CaveatTransform {
			found = c.Args["code"].(string)
		}
	}
	if found != "5" {
		t.Errorf("transformation code %q, want 5: %v", found, s.Origin.Caveats)
	}
	if got := knownAt(t, series(t, r, "fredmd/UNRATE"), "2024-02-01"); got != "2024-03-12 08:30" {
		t.Errorf("unemployment of February 2024 known at %s", got)
	}
	if series(t, r, "fredmd/S&P_500").Len() != 2 {
		t.Error("a blank cell is no observation")
	}
}

func TestFedwatchExportIsOneSeriesARange(t *testing.T) {
	r := named(t, "FedMeeting_20241218.csv")
	s := series(t, r, "fedwatch/2024-12-18/450-475")
	if s.Len() != 2 || s.Value[0] != 0.651 || s.Unit != evidence.Ratio || knownAt(t, s, "2024-11-08") != "2024-11-09 00:00" {
		t.Errorf("%v %v %s", s.Value, s.Known, s.Unit)
	}
	series(t, r, "fedwatch/2024-12-18/975-1000") // (975-1.000): a point between thousands
	if e := mustFail(t, sampleText(t, "FedMeeting_20241218.csv"), Options{Name: "x.csv"}); e.Code.Code != CodeBadHeader {
		t.Errorf("without a meeting: %v", e)
	}
	bad := mustRead(t, "Date,(450-475),(475-500)\n2024/11/8,0.5,1.5\n2024/11/11,-0.1,0.5\n", Options{Name: "m_20241218.csv"})
	wantReject(t, bad, 2, "(475-500)", "1.5", ReasonRange)
	wantReject(t, bad, 3, "(450-475)", "-0.1", ReasonNegative)
}

func TestFedwatchPercentsBecomeTheSameSeries(t *testing.T) {
	r := named(t, "fedwatch_history.csv")
	s := series(t, r, "fedwatch/2024-12-18/450-475")
	if s.Value[0] != 0.651 || s.Unit != evidence.Ratio {
		t.Errorf("65.1 %% became %v %s", s.Value[0], s.Unit)
	}
	wantReject(t, r, 4, "prob_now", "34.9", ReasonDuplicate)
	series(t, r, "fedwatch/2025-01-29/no-change")
	r = named(t, "probabilities_2024-11-08.csv")
	if s := series(t, r, "fedwatch/2024-12-18/475-500"); s.Value[0] != 0.349 || s.About[0] != dayUnix(date("2024-11-08")) {
		t.Errorf("table: %v about %v", s.Value, s.About)
	}
	if e := mustFail(t, sampleText(t, "probabilities_2024-11-08.csv"), Options{Name: "p.csv"}); e.Code.Code != CodeNoInstant {
		t.Errorf("a table without a day: %v", e)
	}
}

func TestFuturesCurve(t *testing.T) {
	s := series(t, named(t, "zq.csv"), "zq/ZQX24")
	if s.Value[0] != 95.3525 || s.Unit != evidence.Points || s.Origin.Grade != evidence.Observed {
		t.Errorf("%v %s %v", s.Value, s.Unit, s.Origin.Grade)
	}
}

func TestCOTIsKnownWhenItWasPublished(t *testing.T) {
	r := named(t, "tff.txt")
	s := series(t, r, "cot/99999A/Lev_Money_Positions_Short_All")
	if s.Len() != 2 || s.Value[0] != 509200 || s.Unit != evidence.Contracts {
		t.Errorf("%v %s", s.Value, s.Unit)
	}
	for _, d := range r.Sets {
		if d.Series.ID == "cot/99999A/Change_in_Open_Interest_All" {
			t.Error("a column that is not a position was read")
		}
	}
	f := func(day, want string) {
		t.Helper()
		known, _ := cotKnown(date(day))
		if got := time.Unix(known, 0).In(calendar.NewYork()).Format("2006-01-02 15:04"); got != want {
			t.Errorf("positions of %s known at %s, want %s", day, got, want)
		}
	}
	f("2024-03-12", "2024-03-15 15:30")
	f("2024-03-26", "2024-04-01 15:30") // Good Friday
	f("2025-07-01", "2025-07-07 15:30") // Independence Day on a Friday
	f("2024-11-26", "2024-12-02 15:30") // Thanksgiving: the CFTC's own schedule says Monday
	f("2024-06-18", "2024-06-24 15:30") // Juneteenth: likewise
	f("2025-09-23", "2025-09-26 15:30") // the last before the shutdown
	f("2025-09-30", "2025-11-19 15:30")
	f("2025-10-28", "2025-12-05 15:30")
	f("2025-11-18", "2025-12-16 15:30")
	f("2026-01-20", "2026-01-23 15:30") // back on schedule
	f("2018-12-24", "2019-03-08 15:30")
	legacy := named(t, "cot_legacy.csv")
	if s := series(t, legacy, "cot_legacy/made-up_note/net_spec_position"); s.Value[1] != -3165 {
		t.Errorf("legacy %v", s.Value)
	}
}

func TestReadouts(t *testing.T) {
	r := named(t, "readouts.csv")
	wantReject(t, r, 2, "date_used", "Invented Bank", ReasonNoDate)
	s := series(t, r, "readout/invented_bank/flow_1w_down_global")
	if s.Value[0] != -21 || s.Unit != evidence.USDBillions || knownAt(t, s, "2024-03-11") != "2024-03-13 00:00" {
		t.Errorf("%v %s known %s", s.Value, s.Unit, knownAt(t, s, "2024-03-11"))
	}
	if s := series(t, r, "readout/invented_bank/pivot_short"); s.Unit != evidence.Points || s.Value[0] != 5105 {
		t.Errorf("pivot %v %s", s.Value, s.Unit)
	}
	if s := series(t, r, "readout/invented_bank/percentile"); s.Unit != evidence.Percentile {
		t.Errorf("percentile in %s", s.Unit)
	}
	// No page is dated: known at the close of the session after the day that it speaks of.
	s = series(t, r, "readout/other_house/global_equity_long_usd_bn")
	if knownAt(t, s, "2024-03-18") != "2024-03-19 16:00" || !hasCode(t, market.Dataset{Series: s}, CaveatInferred) {
		t.Errorf("known %s caveats %v", knownAt(t, s, "2024-03-18"), s.Origin.Caveats)
	}
	if s.Line[0] != 5 { // the note of the row before holds a line end
		t.Errorf("line %d, want 5", s.Line[0])
	}
	flags := mustRead(t, "date_used,date_basis,pub_date,bank,percentile,note\n2024-03-11,stated,,X,5,us_basis=SPX futures only. Sold\n2024-03-18,publication,,X,6,us_basis=all US equities.\n2024-03-25,inferred,,X,6,nothing\n", Options{})
	if s := series(t, flags, "readout/x/dated"); !slices.Equal(s.Value, []float64{1, 0, 1}) {
		t.Errorf("dated %v", s.Value)
	}
	if s := series(t, flags, "readout/x/us_futures_only"); !slices.Equal(s.Value, []float64{1, 0}) {
		t.Errorf("us_futures_only %v", s.Value)
	}
	bad := mustRead(t, "date_used,pub_date,bank,percentile\n2024-03-11,2024-03-08,X,5\n2024-03-11,,X,7\n", Options{})
	wantReject(t, bad, 2, "pub_date", "2024-03-08", ReasonContradicts)
}

func TestFacts(t *testing.T) {
	r := named(t, "facts.csv")
	rows := r.Sets[0].Facts.Rows
	if len(rows) != 3 || r.Sets[0].Facts.Origin.Grade != evidence.Published {
		t.Fatalf("%d facts %+v", len(rows), r.Sets[0].Facts.Origin)
	}
	want := market.Fact{
		ID: "SPX_close", About: dayUnix(date("2024-03-14")), Known: ny("2024-03-15 00:00"), Value: 5219.5,
		Unit: "index", What: "close, made up", Source: "https://example.org/a", Line: 2,
	}
	if rows[0] != want {
		t.Errorf("got %+v\nwant %+v", rows[0], want)
	}
	if f := rows[1]; f.About != ny("2024-03-14 08:30") || f.Known != f.About || !market.IsMissing(f.Value) || f.Text != "" {
		t.Errorf("event %+v", f)
	}
	if f := rows[2]; f.Text != "91-93" || !market.IsMissing(f.Value) || f.What != `range "guided"` {
		t.Errorf("range %+v", f)
	}
	bad := mustRead(t, "date,time_et_if_stated,series,value,unit,what,url\n"+
		"2024-03-14,,A,1,u,w,x\n2024-03-14,,A,1,u,w,x\n,,A,1,u,w,x\n2024-03-14,noon,A,1,u,w,x\n2024-03-14,,,1,u,w,x\n"+
		"2024-03-14,,A,NaN,u,w,x\n2024-03-14,,B,,u,w,x\n2024-03-14,,B,,u,w,x\n2024-03-15,,A,1,u,w,x\n",
		Options{Now: time.Unix(ny("2024-03-14 12:00"), 0)})
	wantReject(t, bad, 3, "series", "A", ReasonDuplicate)
	wantReject(t, bad, 4, "date", "", ReasonNoDate)
	wantReject(t, bad, 5, "time_et_if_stated", "noon", ReasonDate)
	wantReject(t, bad, 6, "series", "", ReasonBlank)
	wantReject(t, bad, 7, "value", "NaN", ReasonNotFinite)
	wantReject(t, bad, 9, "series", "B", ReasonDuplicate)
	wantReject(t, bad, 10, "date", "2024-03-15", CodeInFuture)
}

func TestPlainTables(t *testing.T) {
	r := named(t, "DIX.csv")
	s := series(t, r, "dix/gex")
	if s.Len() != 3 || s.Value[0] != 3100200300.25 || s.Origin.KnownAt != KnownNextDay || knownAt(t, s, "2024-03-15") != "2024-03-18 08:30" {
		t.Errorf("%v %s", s.Value, s.Origin.KnownAt)
	}
	if len(r.Report.Notes) == 0 || r.Report.Notes[0].Code != NoteColumns {
		t.Errorf("the column of words is not noted: %v", r.Report.Notes)
	}
	r = named(t, "funding.csv")
	s = series(t, r, "btcusdt/funding_rate")
	if s.Len() != 2 || s.Value[1] != -5.5e-05 || s.About[1] != utc("2024-03-14 08:00") || s.Known[1] != s.About[1] || s.Origin.KnownAt != KnownInstant || s.Origin.Grade != evidence.Observed {
		t.Errorf("%v about %v known %v %s", s.Value, s.About, s.Known, s.Origin.KnownAt)
	}
	series(t, r, "ethusdt/mark_price")
	r = named(t, "capex.csv")
	s = series(t, r, "capex/invented_motors/capex_bn_usd")
	if s.About[1] != dayUnix(date("2024-04-01")) || s.Value[1] != 1.75 || s.Origin.KnownAt != KnownFiling || s.Line[0] != 3 {
		t.Errorf("about %v values %v %s lines %v", s.About, s.Value, s.Origin.KnownAt, s.Line)
	}
	// Rows with a time that are not snapshots may be stamped with the beginning of what they sum up.
	s = series(t, mustRead(t, "timestamp,volume\n2024-03-14 00:00:00+00:00,5\n2024-03-14 01:00:00+00:00,6\n2024-03-14 02:00:00+00:00,7\n", Options{Name: "v.csv"}), "v/volume")
	if s.Known[0] != utc("2024-03-14 01:00") || s.Origin.KnownAt != KnownInterval {
		t.Errorf("known %v %s", s.Known, s.Origin.KnownAt)
	}
	s = series(t, mustRead(t, "d,clock,calls\n2024-03-14,12:00,5\n2024-03-14,13:30,6\n2024-03-15,12:00,5\n2024-03-15,13:30,6\n", Options{Name: "f.csv"}), "f/calls")
	if s.About[0] != ny("2024-03-14 12:00") {
		t.Errorf("date and clock: %v", s.About)
	}
	// A table that writes 0 for what it does not have.
	shiller := "Date,SP500,Dividend,Earnings,PE10\n2024-01-01,4800,70,190,33\n2024-02-01,4900,0.0,0.0,34\n2024-03-01,5000,0,0,0\n"
	r = mustRead(t, shiller, Options{Name: "s.csv"})
	if series(t, r, "s/earnings").Len() != 1 || series(t, r, "s/sp500").Len() != 3 {
		t.Error("zeros that stand for nothing were read")
	}
	if s := series(t, r, "s/sp500"); s.Origin.KnownAt != KnownRelease || knownAt(t, s, "2024-01-01") != "2024-03-16 17:00" {
		t.Errorf("monthly table: %s", s.Origin.KnownAt)
	}
}

func TestSeriesInAnyOrderAndWithRepeats(t *testing.T) {
	r := mustRead(t, "date,DGS2\n2024-03-13,3\n2024-03-11,1\n2024-03-12,2\n2024-03-12,2\n2024-03-11,9\n2024-03-14,x\n", Options{})
	s := series(t, r, "DGS2")
	if s.Len() != 3 || s.Value[0] != 1 || s.Value[2] != 3 || s.Line[0] != 3 {
		t.Errorf("values %v lines %v", s.Value, s.Line)
	}
	wantReject(t, r, 5, "DGS2", "2", ReasonDuplicate)
	wantReject(t, r, 6, "DGS2", "9", ReasonContradicts)
	wantReject(t, r, 7, "DGS2", "x", ReasonNumber)
	r = mustRead(t, "date,DGS2\n2024-03-13,3\n2024-03-14,3\n", Options{Now: time.Unix(ny("2024-03-13 12:00"), 0)})
	wantReject(t, r, 3, "DGS2", "2024-03-14", CodeInFuture)
}

func TestCapexJSONAndFredCache(t *testing.T) {
	r := named(t, "capex.json")
	s := series(t, r, "capex/MSFT")
	if s.Len() != 2 || s.Value[1] != 3.25e9 || s.Unit != evidence.USD || !hasCode(t, market.Dataset{Series: s}, CaveatYearToDate) {
		t.Errorf("%v %s %v", s.Value, s.Unit, s.Origin.Caveats)
	}
	wantReject(t, r, 3, "ticker", "", ReasonBlank)
	r = named(t, "fred_cache.json")
	if s := series(t, r, "DGS10"); s.Len() != 2 || knownAt(t, s, "2024-03-13") != "2024-03-14 08:30" {
		t.Errorf("%v", s.Value)
	}
	if s := series(t, r, "UNRATE"); knownAt(t, s, "2024-02-01") != "2024-03-12 08:30" {
		t.Errorf("%v", s.Known)
	}
}
