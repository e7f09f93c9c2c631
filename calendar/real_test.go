package calendar

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shared returns the path of a file or folder of the real data beside the repository, and skips the
// test when it is absent.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data at %s", path)
	}
	return path
}

// dailyBars reads date, open and close of a daily file.
func dailyBars(t *testing.T, path string) (dates []Date, open, closing []float64) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(bufio.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, r := range rows[1:] {
		dates = append(dates, mustDate(t, r[0]))
		open, closing = append(open, number(r[1])), append(closing, number(r[4]))
	}
	return dates, open, closing
}

func TestTheIndexHasABarExactlyWhenNYSEIsOpen(t *testing.T) {
	dates, _, _ := dailyBars(t, shared(t, "daily", "GSPC.csv"))
	has := map[Date]bool{}
	last := dates[0]
	for _, d := range dates {
		has[d] = true
		last = max(last, d)
	}
	n := 0
	for d := First; d <= last; d++ {
		if has[d] != NYSE().Trades(d) {
			t.Errorf("%s, a %v: bar %v, session %v (%s)", d, d.Weekday(), has[d], NYSE().Trades(d), nyseClosed(d))
		}
		if has[d] {
			n++
		}
	}
	if last < DateOf(2026, time.August, 1) || n < 9000 {
		t.Errorf("the file ends on %s with %d bars: too short to check anything", last, n)
	}
	t.Logf("%d sessions from %s to %s", n, First, last)
}

func TestIntradayBarsBeginAndEndWithTheSession(t *testing.T) {
	file, err := os.Open(shared(t, "intraday", "SPX_5min_tv.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type span struct{ first, last time.Time }
	days := map[Date]span{}
	for _, r := range rows[1:] {
		sec, err := strconv.ParseInt(r[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(sec, 0)
		d := DateIn(at, NewYork())
		s, seen := days[d]
		if !seen || at.Before(s.first) {
			s.first = at
		}
		if !seen || at.After(s.last) {
			s.last = at
		}
		days[d] = s
	}
	half := 0
	for d, got := range days {
		s, err := NYSE().Session(d)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Half {
			half++
		}
		// The last bars of the file are the closing print at 16:00 and, on some days, one at 16:05.
		if late := got.last.Sub(s.Close); !got.first.Equal(s.Open) || late < 0 || late > 5*time.Minute {
			t.Errorf("%s: bars from %v to %v, session from %v to %v", d, got.first, got.last, s.Open, s.Close)
		}
	}
	if half < 3 || len(days) < 200 {
		t.Errorf("%d days with %d half days: too few to check anything", len(days), half)
	}
}

// Listed expiries are the exchange's own word on future sessions and monthly dates.
func TestListedExpiriesAreSessionsAndMonthlyDates(t *testing.T) {
	symbol := regexp.MustCompile(`\b(SPXW?)(\d{2})(\d{2})(\d{2})[CP]`)
	files, err := filepath.Glob(filepath.Join(shared(t, "options", "cboe_csv"), "spx_*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range symbol.FindAllStringSubmatch(string(text), -1) {
			key := m[1] + " 20" + m[2] + "-" + m[3] + "-" + m[4]
			if seen[key] {
				continue
			}
			seen[key] = true
			root, date, _ := strings.Cut(key, " ")
			s, err := Settle(root, mustDate(t, date))
			if err != nil || s.Moved() || strings.Contains(s.Rule, offCycle) {
				t.Errorf("%s %s: %+v, %v", root, date, s, err)
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d expiries: too few to check anything", len(seen))
	}
	t.Logf("%d listed expiries", len(seen))
}

// A vendor writes files on holidays too; the expiries in them are sessions all the same.
func TestVendorExpiriesAreSessionsEvenInFilesOfHolidays(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "options", "vendor_json"), "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	expiry := regexp.MustCompile(`"expirationDate": "(\d{4}-\d{2}-\d{2})"`)
	seen, holidays := map[string]bool{}, 0
	for _, name := range files {
		if !NYSE().Trades(mustDate(t, filepath.Base(name)[:len("2026-01-01")])) {
			holidays++
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		zip, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(zip)
		file.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range expiry.FindAllSubmatch(text, -1) {
			seen[string(m[1])] = true
		}
	}
	for s := range seen {
		if d := mustDate(t, s); !NYSE().Trades(d) {
			t.Errorf("%s is listed as an expiry: %s", s, nyseClosed(d))
		}
	}
	// The files of 2026-04-03, 05-25 and 06-19 are of market holidays.
	if len(seen) < 50 || holidays < 3 {
		t.Errorf("%d expiries, %d files of holidays: too few to check anything", len(seen), holidays)
	}
}

// The weights of DefaultClock are measured on the real bars by the formula of its comment.
func TestTheDefaultClockIsWhatTheBarsSupport(t *testing.T) {
	dates, open, closing := dailyBars(t, shared(t, "daily", "SPY.csv"))
	var sum struct{ session, night, weekend, sessions, nights, weekends float64 }
	for i := 1; i < len(dates); i++ {
		day, gap := math.Log(closing[i]/open[i]), math.Log(open[i]/closing[i-1])
		sum.session += day * day
		sum.sessions++
		switch between := dates[i] - dates[i-1]; {
		case between == 1:
			sum.night += gap * gap
			sum.nights++
		case between == 3 && dates[i].Weekday() == time.Monday:
			sum.weekend += gap * gap
			sum.weekends++
		}
	}
	perOpenHour := sum.session / sum.sessions / 6.5
	night := sum.night / sum.nights
	overnight := night / 17.5 / perOpenHour
	weekend := (sum.weekend/sum.weekends - night) / 48 / perOpenHour
	t.Logf("overnight %.3f, weekend %.3f from %d days", overnight, weekend, len(dates))
	c := DefaultClock()
	if !near(overnight, c.Overnight, 0.02) || !near(weekend, c.Weekend, 0.01) || len(dates) < 8000 {
		t.Errorf("measured overnight %.3f, weekend %.3f; the default has %+v", overnight, weekend, c)
	}
}
