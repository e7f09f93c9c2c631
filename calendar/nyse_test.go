package calendar

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustDate(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// closures is written out by hand from the source named, not computed. A year listed with whole "yes"
// must have these weekday closures and no others.
var closures = []struct {
	source string
	whole  bool
	dates  string
}{
	{"NYSE Group holiday calendar 2025, 2026 and 2027 (release of 8 November 2024), and the release on 2025-01-09", true, `
		2025-01-01 2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27 2025-12-25
		2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25
		2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-11-25 2027-12-24`},
	{"NYSE Group holiday calendar 2026, 2027 and 2028 (release of 23 December 2025): no New Year's Day in 2028", true, `
		2028-01-17 2028-02-21 2028-04-14 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-11-23 2028-12-25`},
	{"NYSE Group holiday calendar 2022, 2023 and 2024 (release of 27 December 2021): no New Year's Day in 2022", true, `
		2022-01-17 2022-02-21 2022-04-15 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-11-24 2022-12-26
		2023-01-02 2023-01-16 2023-02-20 2023-04-07 2023-05-29 2023-06-19 2023-07-04 2023-09-04 2023-11-23 2023-12-25
		2024-01-01 2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28 2024-12-25`},
	{"NYSE holiday schedule 2011 to 2013, with Hurricane Sandy", true, `
		2011-01-17 2011-02-21 2011-04-22 2011-05-30 2011-07-04 2011-09-05 2011-11-24 2011-12-26
		2012-01-02 2012-01-16 2012-02-20 2012-04-06 2012-05-28 2012-07-04 2012-09-03 2012-10-29 2012-10-30 2012-11-22 2012-12-25
		2013-01-01 2013-01-21 2013-02-18 2013-03-29 2013-05-27 2013-07-04 2013-09-02 2013-11-28 2013-12-25`},
	{"NYSE holiday schedule 2014 to 2016", true, `
		2014-01-01 2014-01-20 2014-02-17 2014-04-18 2014-05-26 2014-07-04 2014-09-01 2014-11-27 2014-12-25
		2015-01-01 2015-01-19 2015-02-16 2015-04-03 2015-05-25 2015-07-03 2015-09-07 2015-11-26 2015-12-25
		2016-01-01 2016-01-18 2016-02-15 2016-03-25 2016-05-30 2016-07-04 2016-09-05 2016-11-24 2016-12-26`},
	{"NYSE special closings, 1885 to 2011", false, `
		1994-04-27 2001-09-11 2001-09-12 2001-09-13 2001-09-14 2004-06-11 2007-01-02`},
	{"NYSE closure announced in December 2018: day of mourning", false, `2018-12-05`},
	{"FINRA notices to members: Good Friday 1998-04-10, Labor Day 1997 and 1998, Christmas 1995 and 2000", false, `
		1995-12-25 1997-09-01 1998-04-10 1998-09-07 2000-12-25 2001-01-01 2002-07-04`},
	{"Christmas and Independence Day moved off a Saturday (NYSE Rule 51)", false, `
		1993-12-24 1999-12-24 2004-12-24 2010-12-24 2021-12-24 1992-07-03 1998-07-03 2009-07-03 2015-07-03 2020-07-03`},
	{"first Martin Luther King Jr. Day (SR-NYSE-97-22)", false, `1998-01-19`},
}

func TestNYSEIsClosedOnTheDaysOfThePublishedLists(t *testing.T) {
	for _, c := range closures {
		var want []Date
		years := map[int]bool{}
		for _, s := range strings.Fields(c.dates) {
			d := mustDate(t, s)
			want = append(want, d)
			y, _, _ := d.YMD()
			years[y] = true
			_, err := NYSE().Session(d)
			var closed *ClosedError
			if !errors.As(err, &closed) || closed.Reason == weekendReason || closed.Date != d || closed.Exchange != "NYSE" {
				t.Errorf("%s (%s): got %v", s, c.source, err)
			}
		}
		if !c.whole {
			continue
		}
		for y := range years {
			for d := DateOf(y, 1, 1); d <= DateOf(y, 12, 31); d++ {
				if r := nyseClosed(d); r != "" && r != weekendReason && !slices.Contains(want, d) {
					t.Errorf("%s is closed for %s, which is not in the list: %s", d, r, c.source)
				}
			}
		}
	}
}

func TestNYSEIsOpenWhereCommonRulesSayClosed(t *testing.T) {
	f := func(s, why string) {
		t.Helper()
		if d := mustDate(t, s); !NYSE().Trades(d) {
			t.Errorf("%s is not a session (%s): %s", s, nyseClosed(d), why)
		}
	}
	for _, s := range []string{"1993-12-31", "1999-12-31", "2004-12-31", "2010-12-31", "2021-12-31", "2027-12-31"} {
		f(s, "New Year's Day on a Saturday is not observed")
	}
	for _, s := range []string{"1990-01-15", "1997-01-20"} {
		f(s, "Martin Luther King Jr. Day before 1998")
	}
	for _, s := range []string{"2021-06-18", "2020-06-19", "2015-06-19"} {
		f(s, "Juneteenth before 2022")
	}
	for _, s := range []string{"2001-09-10", "2001-09-17", "2012-10-31", "2025-01-08", "2025-01-10", "2007-01-03"} {
		f(s, "beside a special closure")
	}
	f("2025-12-26", "a closure of federal offices, not of the exchange")
	f("2008-12-26", "no half day and no holiday")
	f("2025-10-13", "Columbus Day")
	f("2025-11-11", "Veterans Day")
}

// halfDays is every scheduled early close of NYSE from 1990 to 2028, written out by hand. Sources: NYSE
// special closings (to 2011), NYSE yearly releases (from 2012), NYSE release of 4 June 1999 for
// 1999-12-31. Those before 1993 were at 14:00.
const halfDays = `
	1990-12-24 1991-12-24 1992-11-27 1992-12-24
	1993-11-26 1994-11-25 1995-07-03 1995-11-24 1996-07-05 1996-11-29 1996-12-24
	1997-07-03 1997-11-28 1997-12-24 1997-12-26 1998-11-27 1998-12-24 1999-11-26 1999-12-31
	2000-07-03 2000-11-24 2001-07-03 2001-11-23 2001-12-24 2002-07-05 2002-11-29 2002-12-24
	2003-07-03 2003-11-28 2003-12-24 2003-12-26 2004-11-26 2005-11-25 2006-07-03 2006-11-24
	2007-07-03 2007-11-23 2007-12-24 2008-07-03 2008-11-28 2008-12-24 2009-11-27 2009-12-24
	2010-11-26 2011-11-25 2012-07-03 2012-11-23 2012-12-24 2013-07-03 2013-11-29 2013-12-24
	2014-07-03 2014-11-28 2014-12-24 2015-11-27 2015-12-24 2016-11-25 2017-07-03 2017-11-24
	2018-07-03 2018-11-23 2018-12-24 2019-07-03 2019-11-29 2019-12-24 2020-11-27 2020-12-24
	2021-11-26 2022-11-25 2023-07-03 2023-11-24 2024-07-03 2024-11-29 2024-12-24
	2025-07-03 2025-11-28 2025-12-24 2026-11-27 2026-12-24 2027-11-26 2028-07-03 2028-11-24`

func TestHalfDaysAreThoseOfThePublishedListsAndNoOthers(t *testing.T) {
	var want []Date
	for _, s := range strings.Fields(halfDays) {
		want = append(want, mustDate(t, s))
	}
	var got []Date
	for d := First; d <= DateOf(2028, 12, 31); d++ {
		s, err := NYSE().Session(d)
		if err != nil || !s.Half {
			continue
		}
		got = append(got, d)
		close := "13:00"
		if d < DateOf(1993, 1, 1) {
			close = "14:00"
		}
		if s.Close.Format("15:04") != close || s.Open.Format("15:04") != "09:30" {
			t.Errorf("%s is open from %v to %v, want 09:30 to %s", d, s.Open, s.Close, close)
		}
	}
	if !slices.Equal(got, want) {
		for _, d := range got {
			if !slices.Contains(want, d) {
				t.Errorf("%s is a half day but not in the list", d)
			}
		}
		for _, d := range want {
			if !slices.Contains(got, d) {
				t.Errorf("%s is in the list but not a half day", d)
			}
		}
	}
}

func TestUnscheduledHoursAreThoseOfTheSpecialClosingsList(t *testing.T) {
	f := func(date, open, close string) {
		t.Helper()
		s, err := NYSE().Session(mustDate(t, date))
		if err != nil {
			t.Fatal(err)
		}
		if o, c := s.Open.Format("15:04"), s.Close.Format("15:04"); o != open || c != close || s.Half {
			t.Errorf("%s is open from %s to %s, half %v; want %s to %s, half false", date, o, c, s.Half, open, close)
		}
	}
	f("1990-12-27", "11:00", "16:00")
	f("1994-02-11", "09:30", "14:30")
	f("1996-01-08", "11:00", "14:00")
	f("1997-10-27", "09:30", "15:30")
	f("2001-09-17", "09:33", "16:00")
	f("2002-09-11", "12:00", "16:00")
	f("2005-06-01", "09:30", "15:56")
	for d := range nyseUnscheduled {
		if !NYSE().Trades(d) {
			t.Errorf("%s has special hours but no session", d)
		}
	}
}

// Published dates of Western Easter, less two days.
func TestGoodFridayFallsTwoDaysBeforeEaster(t *testing.T) {
	for _, s := range []string{
		"1990-04-13", "1991-03-29", "1994-04-01", "1997-03-28", "2000-04-21", "2005-03-25", "2008-03-21", "2011-04-22",
		"2016-03-25", "2019-04-19", "2020-04-10", "2021-04-02", "2029-03-30", "2030-04-19", "2034-04-07", "2035-03-23",
	} {
		d := mustDate(t, s)
		if y, _, _ := d.YMD(); goodFriday(y) != d {
			t.Errorf("Good Friday of %d is %s, want %s", y, goodFriday(y), s)
		}
	}
	for y := 1972; y <= 2100; y++ {
		d := goodFriday(y)
		if d.Weekday() != time.Friday || d < DateOf(y, time.March, 20) || d > DateOf(y, time.April, 23) {
			t.Errorf("Good Friday of %d is %s, a %v", y, d, d.Weekday())
		}
	}
}
