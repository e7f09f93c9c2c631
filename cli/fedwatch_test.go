package cli_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

type fedPath struct {
	Schema   int    `json:"schema"`
	AsOf     string `json:"as_of"`
	Day      string `json:"day"`
	Inferred bool   `json:"inferred"`
	Target   struct {
		Low int `json:"low_bp"`
	} `json:"target"`
	Meetings []struct {
		Date   string `json:"date"`
		Ranges []struct {
			Low         int     `json:"low_bp"`
			High        int     `json:"high_bp"`
			Probability float64 `json:"probability"`
		} `json:"ranges"`
		Expected *float64 `json:"expected_bp"`
		Absent   *struct {
			Code string `json:"code"`
		} `json:"absent"`
	} `json:"meetings"`
	Rejected []struct {
		What   string `json:"what"`
		Reason struct {
			Code string `json:"code"`
		} `json:"reason"`
	} `json:"rejected"`
}

// invented fed funds futures: nothing is priced in until the meeting of 17 June, which raises the rate
// by 10 basis points.
const futures = `contract_symbol,contract_month,contract_year,close_price,as_of_date
ZQN24,7,2024,96.265,2024-05-06
ZQK24,5,2024,96.365,2024-05-06
ZQM24,6,2024,96.325,2024-05-06
ZQQ24,8,2024,100.5,2024-05-06
ZQU24,9,2024,NaN,2024-05-06
ZQV24,10,2024,96.2,2024-05-09
`

func TestFedwatchPrintsEachMeetingWithItsRangesAndReasons(t *testing.T) {
	f, m := write(t, "zq.csv", futures), write(t, "meetings.txt", "# announcement days\n2024-07-31\n2024-06-18\n2024-09-18\n2024-03-20\n")
	out, errs, code := do(t, "fedwatch", "--futures", f, "--meetings", m, "--as-of", "2024-05-06", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var p fedPath
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	if p.Schema != 1 || p.AsOf != "2024-05-07T04:00:00Z" || p.Day != "2024-05-06" || p.Target.Low != 350 || !p.Inferred || len(p.Meetings) != 3 {
		t.Fatalf("%+v", p)
	}
	// June has 18 days at 3.635 and 12 at 3.635 + x with a mean of 3.675: x is 0.10. Under the rule in
	// use July's meeting is on its last day and leaves July's mean as June's end: x is 3.735 − 3.635.
	june := p.Meetings[0]
	if june.Date != "2024-06-18" || len(june.Ranges) != 2 || !(math.Abs(june.Ranges[1].Probability-0.4) < 1e-9) ||
		june.Ranges[1].Low != 375 || june.Ranges[1].High != 400 || !(math.Abs(*june.Expected-372.5) < 1e-9) {
		t.Errorf("June: %+v", june)
	}
	for i, want := range []string{"month_without_price", "meeting_outside_curve"} {
		if a := p.Meetings[i+1].Absent; a == nil || a.Code != want && want != "month_without_price" {
			t.Errorf("%s: %+v, want %s", p.Meetings[i+1].Date, a, want)
		}
	}
	reasons := map[string]bool{}
	for _, r := range p.Rejected {
		reasons[r.Reason.Code] = true
	}
	// The row of the ninth is of after the instant: it is not known, and therefore not rejected.
	if len(p.Rejected) != 2 || !reasons["price_above_100"] || !reasons["row_rejected"] {
		t.Errorf("rejected: %+v", p.Rejected)
	}

	out, errs, code = do(t, "fedwatch", "--futures", f, "--meetings", m, "--as-of", "2024-05-06", "--lang", "zh")
	if code != 0 || !strings.Contains(out, "2024-06-18") || !strings.Contains(out, "40.0%") {
		t.Errorf("%d %s\n%s", code, errs, out)
	}
}

func TestFedwatchSaysWhatIsWrongWithItsFiles(t *testing.T) {
	good, meetings := write(t, "zq.csv", futures), write(t, "meetings.txt", "2024-06-18\n")
	f := func(want string, exit int, args ...string) {
		t.Helper()
		_, errs, code := do(t, append([]string{"fedwatch", "--as-of", "2024-05-06"}, args...)...)
		if code != exit || !strings.Contains(errs, want) {
			t.Errorf("%v: exit %d, %q, want %d and %q", args, code, errs, exit, want)
		}
	}
	f("no such day", 3, "--futures", good, "--meetings", write(t, "m", "2024-06-31\n"))
	f("no meeting", 3, "--futures", good, "--meetings", write(t, "m", "\n"))
	f("before 2024-05-06", 4, "--futures", good, "--meetings", write(t, "m", "2024-03-20\n"))
	f("holds no futures curve", 3, "--futures", write(t, "DFF.csv", "date,value\n2024-05-06,3.6\n"), "--meetings", meetings)
	f("no target range", 2, "--futures", good, "--meetings", meetings, "--target", "375")
	f("no price", 4, "--futures", good, "--meetings", meetings, "--as-of", "2023-05-06")
}

func TestMacroRunsOnTheEmbeddedPackAndOnFilesWithoutPrices(t *testing.T) {
	type answer struct {
		Schema   int    `json:"schema"`
		RunID    string `json:"run_id"`
		AsOf     string `json:"as_of"`
		Releases struct {
			Holes int `json:"holes"`
		} `json:"releases"`
		Odds *struct {
			Day []string  `json:"day"`
			Cut []float64 `json:"cut"`
		} `json:"odds"`
		Fed     *fedPath `json:"fed"`
		Missing []struct {
			Part string `json:"part"`
		} `json:"missing"`
		Nodes []any `json:"nodes"`
	}
	run := func(args ...string) (a answer) {
		t.Helper()
		out, errs, code := do(t, append([]string{"macro", "--json"}, args...)...)
		if code != 0 {
			t.Fatal(errs)
		}
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := run("--as-of", "2025-11-21")
	if a.Schema != 1 || len(a.RunID) != 16 || a.AsOf != "2025-11-21T21:00:00Z" || a.Releases.Holes == 0 || a.Odds == nil || len(a.Nodes) == 0 {
		t.Fatalf("%+v", a)
	}
	// Two pages stated the odds of the twentieth; the speech of the twenty-first was in the morning.
	last := len(a.Odds.Day) - 1
	if a.Odds.Day[last] != "2025-11-21" || !(a.Odds.Cut[last] > 0.65) {
		t.Errorf("%+v", a.Odds)
	}
	for _, d := range run("--as-of", "2025-11-19").Odds.Day {
		if d > "2025-11-19" {
			t.Errorf("on the nineteenth the odds of %s are known", d)
		}
	}
	f := write(t, "zq.csv", futures)
	a = run(f, "--as-of", "2024-05-07")
	if a.Fed == nil || len(a.Fed.Meetings) == 0 || a.Fed.Meetings[0].Date != "2024-06-12" {
		t.Errorf("%+v", a.Fed)
	}
	if out, errs, code := do(t, "macro", "--lang", "zh"); code != 0 || !strings.Contains(out, "2025年11月") {
		t.Errorf("%d %s\n%s", code, errs, out)
	}
	if out, errs, code := do(t, "macro", "calendar", "--as-of", "2025-11-21"); code != 0 || out == "" {
		t.Errorf("the calendar alone: %d %s", code, errs)
	}
}
