package feed

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The golden file is made by testdata/instants.js with the dates of ICU, in 49 languages and six
// zones.
func TestReadInstantReadsDatesAsComputersWriteThem(t *testing.T) {
	text, err := os.ReadFile("testdata/instants.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) < 500 {
		t.Fatalf("golden file has %d lines only", len(lines))
	}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		want, err := time.Parse(time.RFC3339, f[2])
		if err != nil {
			t.Fatal(err)
		}
		got, zoneKnown, ok := readInstant(f[3])
		if strings.Contains(f[3], "listopada") { // October in Croatian, November in Polish
			if ok {
				t.Errorf("%s %q: read as %v, although the month is ambiguous", f[0], f[3], got.UTC())
			}
			continue
		}
		if !ok || !zoneKnown || !got.Equal(want) {
			t.Errorf("%s %q: got %v (zone %v, ok %v), want %v", f[0], f[3], got.UTC(), zoneKnown, ok, want)
		}
	}
}

func TestReadInstantTakesNewYorkTimeWhereNoZoneIsNamed(t *testing.T) {
	got, zoneKnown, ok := readInstant("7 marzo 2024, 15:31")
	if want := time.Date(2024, 3, 7, 20, 31, 0, 0, time.UTC); !ok || zoneKnown || !got.Equal(want) {
		t.Errorf("got %v zone %v ok %v, want %v", got.UTC(), zoneKnown, ok, want)
	}
}

func TestReadInstantReadsOldAndNumericForms(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, _, ok := readInstant(text)
		if !ok || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: got %v %v, want %s", text, got.UTC(), ok, want)
		}
	}
	f("June 11, 2022, 8:47 PM EDT", "2022-06-12T00:47:00Z")
	f("Jun 11, 2022 8:47 PM EDT", "2022-06-12T00:47:00Z")
	f("2022-06-11 20:47 GMT-4", "2022-06-12T00:47:00Z")
	f("11.06.2022, 20:47 MESZ", "2022-06-11T18:47:00Z")
	f("11.06.2022 kl. 20.47 GMT+2", "2022-06-11T18:47:00Z")
	f("2022年6月11日 GMT+8 下午8时47分", "2022-06-11T12:47:00Z")
	f("２０２２年６月１１日 20:47 JST", "2022-06-11T11:47:00Z")
	f("2022년 6월 11일 오후 8시 47분 GMT+9", "2022-06-11T11:47:00Z")
	f("June 11, 2022 at 12:05 AM GMT+5:30", "2022-06-10T18:35:00Z")
	f("June 11, 2022 at 12:05 PM UTC", "2022-06-11T12:05:00Z")
}

func TestReadInstantRefusesWhatIsNotCertain(t *testing.T) {
	for _, text := range []string{
		"", "yesterday at noon", "06/07/2022 20:47 GMT-4", "June 11, 2022", "June 31, 2022 at 8:47 PM EDT",
		"June 11, 2022 at 8:47 PM IST", "June 11, 2022 at 25:47 EDT", "June July 11, 2022 at 8:47 PM EDT",
		"11 มิถุนายน 2565 เวลา 20:47 GMT-4", "June 11, 1922 at 8:47 PM EDT", "2022 June 20:47 EDT",
		strings.Repeat("June 11, 2022 at 8:47 PM EDT ", 10), "June 11 12, 2022 at 8:47 PM EDT",
		"June 11, 2022 at 8:47 PM GMT-99", "6月7月11日2022年 20:47 GMT-4",
	} {
		if got, _, ok := readInstant(text); ok {
			t.Errorf("%q was read as %v", text, got.UTC())
		}
	}
}
