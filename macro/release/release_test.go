package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	x, err := moment(s, clock(16, 0))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func period(t *testing.T, report, s string, when time.Time) Release {
	t.Helper()
	r, ok := Named(report)
	if !ok {
		t.Fatalf("no report %s", report)
	}
	end, err := parsePeriod(r, s)
	if err != nil {
		t.Fatal(err)
	}
	return r.AsOf(end, when)
}

// The history of the autumn of 2025 as it looked from inside: each line is what a reader could know.
func TestTheAutumnOf2025IsToldAsItWasKnown(t *testing.T) {
	f := func(report, p, when string, status Status, hole bool, due, part string) {
		t.Helper()
		now := at(t, when)
		x := period(t, report, p, now)
		got := ""
		if !x.Due.IsZero() {
			got = calendar.DateIn(x.Due, calendar.NewYork()).String()
		}
		if x.Status != status || x.Hole(now) != hole || got != due || x.Part != part {
			t.Errorf("%s of %s on %s: %s, hole %v, due %q, part %q; want %s, %v, %q, %q", report, p, when, x.Status, x.Hole(now), got, x.Part, status, hole, due, part)
		}
	}
	f("payrolls", "2025-09", "2025-10-02", Pending, false, "2025-10-03", "")
	f("payrolls", "2025-09", "2025-10-03", Delayed, true, "", "")
	f("payrolls", "2025-09", "2025-11-19", Delayed, true, "2025-11-20", "")
	f("payrolls", "2025-09", "2025-11-20", Delayed, false, "2025-11-20", "")
	f("household", "2025-10", "2025-11-18", Delayed, true, "", "")
	f("household", "2025-10", "2025-11-19", Cancelled, true, "", "not_collected")
	f("payrolls", "2025-10", "2025-11-19", Delayed, true, "2025-12-16", "with_next_month")
	f("cpi", "2025-09", "2025-10-09", Pending, false, "2025-10-15", "")
	f("cpi", "2025-09", "2025-10-10T18:00", Delayed, false, "2025-10-24", "")
	f("cpi", "2025-10", "2025-11-20", Delayed, true, "", "")
	f("cpi", "2025-10", "2025-11-21", Cancelled, true, "", "not_collected")
	f("cpi", "2025-11", "2025-11-21", Partial, false, "2025-12-18", "no_monthly_change")
	f("claims", "2025-10-18", "2025-11-19", Delayed, true, "", "")
	f("gdp", "2025-Q3", "2025-11-20", Delayed, true, "", "")
	f("adp", "2025-10", "2025-11-05", OnTime, false, "2025-11-05", "")
}

func TestEarlierShutdownsStandInTheCalendar(t *testing.T) {
	if x := period(t, "payrolls", "2013-09", at(t, "2013-10-16")); !x.Hole(at(t, "2013-10-16")) {
		t.Errorf("payrolls of September 2013 on 16 October 2013: %+v, want a hole", x)
	}
	if x := period(t, "cpi", "2013-09", at(t, "2013-10-18")); x.Due.Day() != 30 {
		t.Errorf("consumer prices of September 2013 were due on 30 October by 18 October, not %v", x.Due)
	}
	// BLS had its money in 2018-19.
	for _, r := range []string{"payrolls", "household", "cpi"} {
		if x := period(t, r, "2018-12", at(t, "2019-01-25")); x.Status != OnTime {
			t.Errorf("%s of December 2018: %s, want on time", r, x.Status)
		}
	}
	if x := period(t, "retail", "2018-12", at(t, "2019-01-25")); !x.Hole(at(t, "2019-01-25")) {
		t.Error("retail sales of December 2018 were out on 25 January 2019")
	}
}

// Nothing of a release changes before a moment that a reader could see: its hour, an announcement, its
// coming out. So the state at t depends on nothing after t.
func TestAReleaseIsKnownNoEarlierThanItWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := make([]key, 0, len(entries))
		for k := range entries {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b key) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		k := keys[rapid.IntRange(0, len(keys)-1).Draw(t, "entry")]
		e := entries[k]
		r, _ := Named(k.report)
		when := e.scheduled.Add(time.Duration(rapid.IntRange(-200*24, 200*24).Draw(t, "hours")) * time.Hour)
		x := r.AsOf(k.end, when)
		if !x.Actual.IsZero() && x.Actual.After(when) {
			t.Fatalf("%s of %s at %v knows that it comes out at %v", k.report, x.Period, when, x.Actual)
		}
		if x.Due.Equal(e.actual) && !e.actual.Equal(e.scheduled) && when.Before(e.actual) && (e.announced.IsZero() || when.Before(e.announced)) {
			t.Fatalf("%s of %s at %v knows its new date, announced %v", k.report, x.Period, when, e.announced)
		}
		if x.Status == Cancelled && when.Before(e.announced) {
			t.Fatalf("%s of %s at %v is cancelled, which was announced at %v", k.report, x.Period, when, e.announced)
		}
	})
}

func TestBetweenListsEveryReleaseOnceInOrder(t *testing.T) {
	from, to := at(t, "2025-09-01"), at(t, "2025-12-31")
	list := Between(from, to, at(t, "2025-12-31"))
	seen := map[string]bool{}
	for i, x := range list {
		if seen[x.Report+x.Period] {
			t.Errorf("%s of %s stands twice", x.Report, x.Period)
		}
		seen[x.Report+x.Period] = true
		if i > 0 && x.Scheduled.Before(list[i-1].Scheduled) {
			t.Errorf("%s of %s stands out of order", x.Report, x.Period)
		}
	}
	for k, e := range entries {
		r, _ := Named(k.report)
		if !e.scheduled.Before(from) && !e.scheduled.After(to) && !seen[k.report+r.Period(k.end)] {
			t.Errorf("%s of %s is left out", k.report, r.Period(k.end))
		}
	}
}

// The readers of FRED's files date rows by their own table. Both tables must tell the same days wherever a
// lapse moved a release.
func TestTheReadersOfFilesDateRowsByTheSameDays(t *testing.T) {
	for _, id := range []string{"PAYEMS", "UNRATE", "CPIAUCSL", "PPIACO", "RSAFS", "PCEPILFE", "INDPRO", "PERMIT", "JTSJOL"} {
		r, ok := Of(id)
		if !ok {
			t.Fatalf("no report carries %s", id)
		}
		var file strings.Builder
		fmt.Fprintf(&file, "observation_date,%s\n", id)
		for y := 2013; y <= 2025; y++ {
			for m := 1; m <= 12; m++ {
				if y == 2025 && m == 10 && (r.ID == "cpi" || r.ID == "household") {
					continue
				}
				fmt.Fprintf(&file, "%d-%02d-01,%d.5\n", y, m, 100+m)
			}
		}
		res, err := feed.Read(context.Background(), strings.NewReader(file.String()), feed.Options{Name: id + ".csv", Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		s := res.Sets[0].Series
		for i := range s.About {
			end := r.End(calendar.Date(s.About[i] / 86400))
			e, ok := entries[key{r.ID, end}]
			if !ok || e.status == OnTime {
				continue
			}
			known := time.Unix(s.Known[i], 0)
			if known.Before(e.actual) {
				t.Errorf("%s of %s: the reader knows it at %v, it came out at %v", id, r.Period(end), known, e.actual)
			}
			if y := known.Sub(e.actual); e.end > calendar.DateOf(2025, 1, 1) && y > 2*time.Hour {
				t.Errorf("%s of %s: the reader knows it only at %v, it came out at %v", id, r.Period(end), known, e.actual)
			}
		}
	}
}

func TestVintagesAreListedOnceAndOnlyWhenKnown(t *testing.T) {
	about := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	first, second := at(t, "2025-11-20T08:30"), at(t, "2025-12-16T08:30")
	b := &market.Book{}
	for _, v := range []Vintage{{second, 108}, {first, 119}, {second.Add(time.Hour), 108}} {
		s := &market.Series{ID: "PAYEMS"}
		s.Append(about.Unix(), v.Known.Unix(), v.Value, 1)
		b.Add(market.Dataset{Series: s})
	}
	got := Vintages(b, "PAYEMS", about, at(t, "2025-11-21"))
	if len(got) != 1 || got[0].Value != 119 {
		t.Errorf("on 21 November: %v, want 119 alone", got)
	}
	got = Vintages(b, "PAYEMS", about, at(t, "2025-12-31"))
	if len(got) != 2 || got[0].Value != 119 || got[1].Value != 108 {
		t.Errorf("at the end of the year: %v, want 119, then 108", got)
	}
}

func TestATableThatContradictsItselfIsRefused(t *testing.T) {
	head := "report,period,scheduled,released,announced,status,part,source\n"
	f := func(row string) {
		t.Helper()
		if _, err := parse(strings.NewReader(head + row + "\n")); err == nil {
			t.Errorf("%q was taken", row)
		}
	}
	f("nothing,2025-09,2025-10-03,2025-11-20,,delayed,,x")
	f("payrolls,2025-Q3,2025-10-03,2025-11-20,,delayed,,x")
	f("payrolls,2025-09,2025-10-03,never,2025-10-04,delayed,,x")
	f("payrolls,2025-09,2025-10-03,never,,cancelled,,x")
	f("payrolls,2025-09,2025-10-03,2025-10-04,,on_time,,x")
	f("payrolls,2025-09,2025-10-03,2025-11-20,,delayed,,")
	f("payrolls,2025-09,2025-13-03,2025-11-20,,delayed,,x")
	f("payrolls,2025-09,2025-10-03,2025-11-20,,delayed,,x\npayrolls,2025-09,2025-10-03,2025-11-20,,delayed,,x")
}
