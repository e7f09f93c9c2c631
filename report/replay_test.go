package report

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// What the embedded pack says of an hour or of an event stands among the news of a replayed session, in the
// reader's language; and the catalogue holds no text that no pack has.
func TestTheNewsOfTheEmbeddedPackHaveChineseWords(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "packs", "nov2025", "facts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int {
		i := slices.Index(rows[0], name)
		if i < 0 {
			t.Fatalf("no column %s", name)
		}
		return i
	}
	at, value, what := column("time_et_if_stated"), column("value"), column("what")
	zh := say(t, "zh")
	d := &document{w: zh}
	used := map[string]bool{}
	for _, r := range rows[1:] {
		key := "said." + slug(r[what])
		used[key] = true
		if (r[at] != "" || r[value] == "") && d.said(r[what]) == words.Clean(r[what]) {
			t.Errorf("zh.json has no words for %s: %s", key, r[what])
		}
	}
	for _, key := range zh.Keys() {
		if strings.HasPrefix(key, "said.") && !used[key] {
			t.Errorf("zh.json has words for %s, which no fact of the pack says", key)
		}
	}
	if got := d.said("something else <b>"); got != words.Clean("something else <b>") {
		t.Errorf("a user's own text reads %q", got)
	}
}

// madeReplay is a session of four bars with one of everything; text stands where others wrote something.
func madeReplay(text string) *faultline.Replay {
	open := time.Date(2031, 3, 13, 13, 30, 0, 0, time.UTC)
	r := &faultline.Replay{
		Day: "2031-03-13", Instrument: "SPX", Interval: 300, Close: 100, Before: open.Add(-time.Minute), Laws: []string{"linear"},
		Levels:    []faultline.ReplayLevel{{Kind: "cta_short", Price: 99.5}},
		Players:   []faultline.ReplayPlayer{{Name: "cta"}},
		Crossings: []faultline.ReplayCrossing{{Kind: "cta_short", Price: 99.5, At: open.Add(10 * time.Minute), Held: true}},
		Others:    []faultline.ReplayOther{{Instrument: text, Grade: evidence.Observed}, {Instrument: "VIX", Grade: evidence.Observed}},
		Move:      evidence.Figure{ID: "replay.move", Value: ptr(-0.02), Unit: evidence.Ratio, Grade: evidence.Modelled, Node: "run/trend"},
		Total:     []evidence.Figure{{ID: "replay.cta.usd", Value: ptr(-4e9), Unit: evidence.USD, Grade: evidence.Modelled, Node: "run/trend"}},
		Missing:   []faultline.Missing{{Part: "dealer", Absent: &evidence.Absent{Code: "no_chain"}}},
		Grade:     evidence.Modelled, PriceGrade: evidence.Observed, Node: "run/trend",
	}
	at := open.Add(20 * time.Minute)
	r.News = []faultline.ReplayNews{{ID: text, What: text, Source: text, At: &at}, {ID: "x", Value: ptr(3), Unit: text, What: text, Source: text}}
	for i, p := range []float64{101, 102, 99, 98, 98} {
		r.At, r.Price = append(r.At, open.Add(time.Duration(min(i, 4))*5*time.Minute)), append(r.Price, p)
		r.Players[0].USD = append(r.Players[0].USD, -1e9*float64(i))
		for k := range r.Others {
			r.Others[k].At, r.Others[k].Move = append(r.Others[k].At, r.At[i]), append(r.Others[k].Move, 0.01*float64(i*(1-2*k)))
		}
	}
	from := open
	r.Parts = []faultline.ReplayPart{{Key: "night", To: open, Move: 0.01, USD: []float64{0}, Points: [][]float64{{0}}, Left: []float64{1}}, {Key: "to_close", From: &from, To: r.At[4], Move: -0.03, USD: []float64{-4e9}, Points: [][]float64{{-1}}, Left: []float64{-2}}}
	count := func(id string) evidence.Figure {
		return evidence.Figure{ID: id, Value: ptr(1), Unit: evidence.Count, Grade: evidence.Modelled, Node: "run/trend"}
	}
	r.Rarity = &faultline.ReplayRarity{
		Gap: 0.015, Change: -0.02, AtGap: 0.0135, AtChange: -0.015, Days: 8000, From: "1999-01-29", Gaps: 9, Falls: []string{"2008-10-10", "2031-03-13"}, Earlier: count("replay.falls_before"),
		Readings: []faultline.ReplayLike{{Key: "fund", Instrument: "SPY", AtChange: -0.015, Days: 8000, From: "1999-01-29", Falls: []string{"2008-10-10"}, Earlier: count("replay.like.fund")}},
	}
	return r
}

// Whatever a page said of the day, and whatever an instrument is called, comes out harmless.
func TestAHostileReplayIsHarmless(t *testing.T) {
	const poison = "<script>alert(1)</script>\u202e\x1b[31m|](javascript:x)"
	for _, lang := range []string{"en", "zh"} {
		a := made()
		a.Replay = madeReplay(poison)
		var html, text, screen bytes.Buffer
		if err := ReplayHTML(&html, a, say(t, lang)); err != nil {
			t.Fatal(err)
		}
		if err := ReplayMarkdown(&text, a, say(t, lang)); err != nil {
			t.Fatal(err)
		}
		if err := Replay(&screen, a, say(t, lang), 100, true); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), "alert(1)") {
			t.Fatal("the text is not shown at all: the test looks at nothing")
		}
		for name, out := range map[string]string{"html": html.String(), "markdown": text.String()} {
			out = strings.ReplaceAll(out, `\<script`, "") // as Markdown writes the sign itself
			if strings.Contains(out, "<script") || strings.ContainsAny(out, "\u202e\x1b") || strings.Contains(out, "href=\"javascript") {
				t.Errorf("%s, %s: hostile text comes through", lang, name)
			}
		}
		if strings.Contains(screen.String(), "\x1b[31m") || strings.ContainsRune(screen.String(), '\u202e') {
			t.Errorf("%s: hostile text steers the terminal", lang)
		}
	}
}

// The page of a session is of that session only: what else the analysis holds stays in the report.
func TestTheReplayIsWrittenAlone(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		say, a := say(t, lang), made()
		a.Replay = madeReplay("what came out")
		var whole, html, text bytes.Buffer
		if err := HTML(&whole, a, say); err != nil {
			t.Fatal(err)
		}
		if err := ReplayHTML(&html, a, say); err != nil {
			t.Fatal(err)
		}
		if err := ReplayMarkdown(&text, a, say); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{`id="ladder"`, `id="levels"`} {
			if !strings.Contains(whole.String(), part) || strings.Contains(html.String(), part) {
				t.Errorf("%s: %s: in the report %v, in the replay %v", lang, part, strings.Contains(whole.String(), part), strings.Contains(html.String(), part))
			}
		}
		if !strings.Contains(html.String(), `id="replay"`) || !strings.Contains(html.String(), "<svg") {
			t.Errorf("%s: the page has no session or no picture", lang)
		}
		if !strings.Contains(text.String(), say.Label("ui.replay_parts")) || strings.Contains(text.String(), say.Label("ui.ladder")) {
			t.Errorf("%s: %.300s", lang, text.String())
		}
	}
}
