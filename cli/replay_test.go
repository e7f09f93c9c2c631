package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAReplayIsWrittenAsADocumentOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	for _, lang := range []string{"en", "zh"} {
		page, text, data := filepath.Join(dir, lang+".html"), filepath.Join(dir, lang+".md"), filepath.Join(dir, lang+".json")
		for _, path := range []string{page, text, data} {
			out, errs, code := do(t, "replay", "2025-11-20", "--lang", lang, "--out", path)
			if code != 0 || !strings.HasSuffix(strings.TrimSpace(out), path) {
				t.Fatalf("%s: exit %d: %s", path, code, errs)
			}
		}
		html := read(t, page)
		if !strings.Contains(html, `id="replay"`) || strings.Contains(html, `id="capex"`) || strings.Contains(html, `id="ladder"`) {
			t.Errorf("%s holds something else than the session", page)
		}
		title := map[string]string{"en": "20 Nov 2025 by the minute", "zh": "2025年11月20日"}[lang]
		if md := read(t, text); !strings.Contains(strings.SplitN(md, "\n", 2)[0], title) {
			t.Errorf("%s begins with %.80q", text, md)
		}
		var got struct {
			RunID  string `json:"run_id"`
			Replay *struct {
				Day   string
				Price []float64
				Parts []json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(read(t, data)), &got); err != nil || got.Replay == nil || got.Replay.Day != "2025-11-20" || len(got.Replay.Price) < 10 || len(got.Replay.Parts) < 2 || len(got.RunID) != 16 {
			t.Errorf("%s: %v %+v", data, err, got)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestADayThatCannotBeReplayedSaysWhyAndWhatToGive(t *testing.T) {
	f := func(day string, exit int, want string) {
		t.Helper()
		_, errs, code := do(t, "replay", day)
		if code != exit || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, want %d: %s", day, code, exit, errs)
		}
	}
	f("20.11.2025", 2, "write it as 2025-11-20")
	f("2025-11-27", 2, "name a day on which New York trades") // Thanksgiving
	f("2025-11-19", 4, "give bars within the day")            // the pack has bars of the 20th only
}

func TestAnAuditGivesEveryClaimAVerdictAndDecidesTheSessionByItsReplay(t *testing.T) {
	out, errs, code := do(t, "audit", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Audit struct {
			Published string
			Counts    map[string]int
			Claims    []struct{ ID, Verdict string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range got.Audit.Counts {
		sum += n
	}
	if len(got.Audit.Claims) < 60 || sum != len(got.Audit.Claims) {
		t.Errorf("%d claims, %d verdicts", len(got.Audit.Claims), sum)
	}
	if got.Audit.Published != "" {
		t.Errorf("the report bears no date, and %s is printed", got.Audit.Published)
	}
}
