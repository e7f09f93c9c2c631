package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTheCalendarShowsTheHolesAsTheyWereKnown(t *testing.T) {
	type row struct {
		Report, Period, Status, Part string
		Due, Actual                  *string
		Hole                         bool
	}
	read := func(day string) map[string]row {
		t.Helper()
		out, errs, code := do(t, "macro", "calendar", "--as-of", day, "--json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		var list struct {
			Holes    int
			Releases []row
		}
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatal(err)
		}
		m, holes := map[string]row{}, 0
		for _, r := range list.Releases {
			m[r.Report+" "+r.Period] = r
			if r.Hole {
				holes++
			}
		}
		if holes != list.Holes || holes == 0 {
			t.Errorf("%s: %d holes, %d rows are holes", day, list.Holes, holes)
		}
		return m
	}
	before, after := read("2025-11-19"), read("2025-11-20")
	if r := before["payrolls 2025-09"]; !r.Hole || r.Due == nil || !strings.HasPrefix(*r.Due, "2025-11-20") || r.Actual != nil {
		t.Errorf("payrolls of September on the 19th: %+v", r)
	}
	if r := after["payrolls 2025-09"]; r.Hole || r.Actual == nil || r.Status != "delayed" {
		t.Errorf("payrolls of September on the 20th: %+v", r)
	}
	if r := after["household 2025-10"]; !r.Hole || r.Status != "cancelled" || r.Part != "not_collected" {
		t.Errorf("household survey of October: %+v", r)
	}
	if r := after["cpi 2025-10"]; !r.Hole || r.Status != "delayed" || r.Due != nil {
		t.Errorf("consumer prices of October on the 20th, a day before they were called off: %+v", r)
	}
}

func TestTheCalendarSpeaksBothLanguagesAndRefusesBadDays(t *testing.T) {
	for lang, want := range map[string]string{"en": "never collected", "zh": "数据从未采集"} {
		out, errs, code := do(t, "macro", "calendar", "--as-of", "2025-11-21", "--lang", lang)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, %s\n%s", lang, code, errs, out)
		}
	}
	for _, args := range [][]string{{"--from", "soon"}, {"--from", "2025-12-01", "--to", "2025-11-01"}, {"--from", "1990-01-01", "--to", "2025-11-01"}} {
		_, errs, code := do(t, append([]string{"macro", "calendar", "--as-of", "2025-11-21"}, args...)...)
		if code != 2 || !strings.Contains(errs, "--from") {
			t.Errorf("%v: exit %d, %s", args, code, errs)
		}
	}
}
