package fedwatch_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/calendar"
	"faultline/feed"
	"faultline/macro/fedwatch"
	"faultline/market"
)

// book reads real files that stand beside the repository, and skips the test where they are absent.
func book(t testing.TB, at time.Time, paths ...string) *market.State {
	t.Helper()
	var b market.Book
	for _, p := range paths {
		path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(p))
		if _, err := os.Stat(path); err != nil {
			t.Skip("the shared data are not beside the repository")
		}
		r, err := feed.ReadFile(context.Background(), path, feed.Options{At: at})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return b.AsOf(at)
}

func endOf(d calendar.Date) time.Time { return (d + 1).At(0, 0, calendar.NewYork()) }

// The futures end in July 2027, and the next month without a meeting after April is May: until there the
// curve says all that the published figures rest on. They are printed to a tenth of a percent.
func TestTheCurveOf14July2026GivesThePublishedProbabilities(t *testing.T) {
	day := date(t, "2026-07-14")
	s := book(t, endOf(day), "fed/cme_validation_zq_curve.csv", "fed/cme_validation_probabilities.csv")
	c, rejected, err := fedwatch.CurveOf(s)
	if err != nil || len(rejected) > 0 {
		t.Fatal(err, rejected)
	}
	f := func(b fedwatch.Between, within float64) {
		t.Helper()
		p, err := fedwatch.Find(c, fedwatch.PublishedMeetings(s), options(fedwatch.Convention{Effective: fedwatch.NextDay, Between: b}, day))
		if err != nil {
			t.Fatal(err)
		}
		checked, worst := 0, 0.0
		for _, m := range p.Meetings {
			if m.Date > date(t, "2027-04-28") {
				break
			}
			for _, id := range s.SeriesIDs() {
				name, ok := strings.CutPrefix(id, fedwatch.PublishedPrefix+m.Date.String()+"/")
				if !ok {
					continue
				}
				v, err := s.Series(id)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range m.Ranges {
					if name == rangeName(r) {
						worst = max(worst, math.Abs(r.Probability-v.Value[0]))
						checked++
					}
				}
			}
		}
		if checked < 25 || !(worst < within) {
			t.Errorf("%s: %d probabilities, the largest difference is %.3f points", b, checked, 100*worst)
		}
		t.Logf("%s: %d probabilities, the largest difference is %.3f points", b, checked, 100*worst)
	}
	// 0.0005 is the rounding of the published figures, and the rule in use stays within it.
	f(fedwatch.Anchors, 0.0005)
	f(fedwatch.Mean, 0.001)
}

func rangeName(r fedwatch.Range) string {
	digits := func(n int) string {
		var b [4]byte
		i := len(b)
		for ; n > 0 || i == len(b); n /= 10 {
			i--
			b[i] = byte('0' + n%10)
		}
		return string(b[i:])
	}
	return digits(r.LowBP) + "-" + digits(r.HighBP)
}

// The export of the December meeting that stands beside the repository ends on 20 August 2025, when the
// range in force was 425 to 450.
func TestTheExportOfAMeetingIsReadDayByDayAndAsOf(t *testing.T) {
	last := date(t, "2025-07-15")
	s := book(t, endOf(last), "fed/FedMeeting_20251210.csv")
	days, left, err := fedwatch.Published(s, date(t, "2025-12-10"))
	if err != nil {
		t.Fatal(err)
	}
	if len(days) < 150 || left > 0 || days[len(days)-1].Day != last {
		t.Errorf("%d days, %d left out, the last one %s", len(days), left, days[len(days)-1].Day)
	}
	for _, d := range days {
		below, above := d.Below(425), d.Above(425)
		if !(below >= 0 && above >= 0 && below+above <= 1+1e-6) || !(d.ExpectedBP() > 200 && d.ExpectedBP() < 500) {
			t.Errorf("%s: below %v, above %v, expected %v", d.Day, below, above, d.ExpectedBP())
		}
	}
}

// The log of FedWatch pages has futures of the months with meetings only. Prices of the months between
// follow from the published changes of the meetings beside them, and with these the change in December
// can be computed in all three ways. Only one of them is the published one.
func TestPublishedChangesOfNeighbouringMonthsAreThoseOfTheAnchors(t *testing.T) {
	s := book(t, endOf(date(t, "2026-07-25")), "fed/fedwatch_history.csv")
	// Prices of the December contract as the log prints them, each a single figure.
	contracts := map[string][3]float64{ // October, December, January
		"2026-07-18": {96.205, 96.085, 96.06}, "2026-07-20": {96.1975, 96.0725, 96.0475}, "2026-07-21": {96.185, 96.055, 96.025},
		"2026-07-22": {96.155, 96.015, 95.985}, "2026-07-23": {96.1175, 95.9775, 95.9475},
	}
	expected := func(meeting, day string) float64 {
		days, _, err := fedwatch.Published(s, date(t, meeting))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			if d.Day.String() == day {
				return d.ExpectedBP() / 100
			}
		}
		t.Fatalf("%s is not in the log", day)
		return 0
	}
	anchors, mean, forward := 0.0, 0.0, 0.0
	for day, p := range contracts {
		october, december, january := 100-p[0], 100-p[1], 100-p[2]
		changeOct := expected("2026-10-28", day) - expected("2026-09-16", day)
		changeDec := expected("2026-12-09", day) - expected("2026-10-28", day)
		changeJan := expected("2027-01-27", day) - expected("2026-12-09", day)
		november := october + changeOct*28/31 // N·mean = b·start + a·end with end = start + change
		start := january - changeJan*4/31     // of January
		f := (31*december-9*november)/22 - november
		b := start - (31*december-22*start)/9
		anchors += math.Abs(start - november - changeDec)
		mean += math.Abs((f+b)/2 - changeDec)
		forward += math.Abs(f - changeDec)
	}
	n := float64(len(contracts))
	t.Logf("mean difference in basis points: anchors %.3f, mean %.3f, forward %.3f", 100*anchors/n, 100*mean/n, 100*forward/n)
	// Probabilities are printed to 0.1 %, so that a change is known to some 0.03 basis points.
	if !(anchors/n < 0.0005) || !(mean/n > 5*anchors/n) || !(forward/n > 5*anchors/n) {
		t.Errorf("mean difference in basis points: anchors %.3f, mean %.3f, forward %.3f", 100*anchors/n, 100*mean/n, 100*forward/n)
	}
}
