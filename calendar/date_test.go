package calendar

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"
)

// The oracle is the standard library, by another way than the code takes: dates are counted up one by
// one and compared with time.Time.AddDate.
func TestDatesCountDaysOfTheGregorianCalendar(t *testing.T) {
	at := time.Date(1899, time.December, 25, 0, 0, 0, 0, time.UTC)
	d := DateOf(at.Date())
	for range 100_000 { // to 2173, over 1900 and 2100, which are no leap years, and 2000, which is
		y, m, day := d.YMD()
		if ty, tm, td := at.Date(); y != ty || m != tm || day != td || d.Weekday() != at.Weekday() {
			t.Fatalf("day %d is %d-%d-%d %v, want %v", d, y, m, day, d.Weekday(), at)
		}
		if d.String() != at.Format(time.DateOnly) {
			t.Fatalf("day %d prints as %s, want %s", d, d, at.Format(time.DateOnly))
		}
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%s reads back as %s, %v", d, back, err)
		}
		d++
		at = at.AddDate(0, 0, 1)
	}
}

func TestEpochAndBoundsAreTheDatesTheyClaim(t *testing.T) {
	f := func(d Date, want string) {
		t.Helper()
		if d.String() != want {
			t.Errorf("got %s, want %s", d, want)
		}
	}
	f(0, "1970-01-01")
	f(-1, "1969-12-31")
	f(First, "1990-01-01")
	f(Last, "2035-12-31")
	f(DateOf(2025, time.October, 32), "2025-11-01")
	f(DateOf(2025, 13, 1), "2026-01-01")
	f(DateOf(1, time.January, 1), "0001-01-01")
	if w := DateOf(1, time.January, 1).Weekday(); w != time.Monday {
		t.Errorf("0001-01-01 is a %v, want Monday", w)
	}
}

func TestParseDateRefusesAllButItsOneForm(t *testing.T) {
	for _, s := range []string{
		"", "2025", "2025-11-2", "2025-1-20", "25-11-20", "2025/11/20", "20251120", "2025-11-20 ", " 2025-11-20",
		"2025-11-20T00:00:00Z", "2025-13-01", "2025-00-10", "2025-02-29", "1900-02-29", "2025-04-31", "2025-11-00",
		"0000-01-01", "-025-11-20", "+025-11-20", "２025-11-2", "2025-11-2x", "NaN-Inf-00",
	} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
	for _, s := range []string{"2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("%q was read as %s, %v", s, d, err)
		}
	}
	long := make([]byte, 1<<20)
	if _, err := ParseDate(string(long)); len(err.Error()) > 300 {
		t.Errorf("the error for a long input has %d bytes", len(err.Error()))
	}
}

func FuzzParseDateAgreesWithTheStandardLibrary(f *testing.F) {
	for _, s := range []string{"2025-11-20", "2024-02-29", "2023-02-29", "0000-01-01", "2025-11-20Z", "--------", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		want, wantErr := time.Parse(time.DateOnly, s)
		if ok := wantErr == nil && want.Year() > 0; ok != (err == nil) {
			t.Fatalf("%q: got error %v, the standard library %v", s, err, wantErr)
		}
		if err == nil && (d.String() != s || DateIn(want, time.UTC) != d) {
			t.Fatalf("%q was read as %s", s, d)
		}
	})
}

func TestDatesTravelThroughJSON(t *testing.T) {
	type row struct {
		D Date
		M map[Date]int
	}
	in := row{DateOf(2025, time.November, 20), map[Date]int{DateOf(2025, time.November, 21): 1}}
	text, err := json.Marshal(in)
	if err != nil || string(text) != `{"D":"2025-11-20","M":{"2025-11-21":1}}` {
		t.Fatalf("wrote %s, %v", text, err)
	}
	var out row
	if err := json.Unmarshal(text, &out); err != nil || out.D != in.D || out.M[in.D+1] != 1 {
		t.Fatalf("read %+v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"D":"20 Nov 2025"}`), &out); err == nil {
		t.Error("a date in another form was read")
	}
	if out.D != in.D {
		t.Error("a failed read changed the date")
	}
	for _, d := range []Date{DateOf(0, time.January, 1), DateOf(10_000, time.January, 1)} {
		if text, err := d.MarshalText(); err == nil {
			t.Errorf("%s was written though it cannot be read", text)
		}
	}
}

func TestDateInIsWhatLocalClocksShow(t *testing.T) {
	f := func(instant string, loc *time.Location, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateIn(at, loc); got.String() != want {
			t.Errorf("%s in %v is %s, want %s", instant, loc, got, want)
		}
	}
	f("2025-11-21T02:00:00Z", NewYork(), "2025-11-20")
	f("2025-11-21T02:00:00Z", time.UTC, "2025-11-21")
	f("2025-11-21T05:30:00Z", NewYork(), "2025-11-21")
	f("2025-11-21T05:30:00Z", Chicago(), "2025-11-20")
	f("1969-12-31T23:59:59Z", time.UTC, "1969-12-31")
}

func TestAtFollowsDaylightSavingOfNewYork(t *testing.T) {
	f := func(d Date, utcHour int) {
		t.Helper()
		want := time.Date(0, 1, 1, utcHour, 30, 0, 0, time.UTC).Format("15:04")
		if got := d.At(9, 30, NewYork()).UTC().Format("15:04"); got != want {
			t.Errorf("09:30 New York on %s is %s UTC, want %s", d, got, want)
		}
	}
	// US rules: until 2006 first Sunday of April to last Sunday of October, from 2007 second Sunday of
	// March to first Sunday of November (Energy Policy Act of 2005, section 110).
	f(DateOf(2006, time.March, 31), 14)
	f(DateOf(2006, time.April, 3), 13)
	f(DateOf(2006, time.October, 27), 13)
	f(DateOf(2006, time.October, 30), 14)
	f(DateOf(2007, time.March, 9), 14)
	f(DateOf(2007, time.March, 12), 13)
	f(DateOf(2025, time.March, 7), 14)
	f(DateOf(2025, time.March, 10), 13)
	f(DateOf(2025, time.October, 31), 13)
	f(DateOf(2025, time.November, 3), 14)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		d := First + Date(rng.IntN(int(Last-First)))
		if gap := d.At(8, 30, Chicago()).Sub(d.At(9, 30, NewYork())); gap != 0 {
			t.Errorf("on %s, 08:30 Chicago and 09:30 New York are %v apart", d, gap)
		}
	}
}
