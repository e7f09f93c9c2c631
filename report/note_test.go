package report

import (
	"bytes"
	"strings"
	"testing"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// noted is a note with everything that one can hold; its parts add up.
func noted() Note {
	a := made()
	t := a.Trend
	parts := func(price, vol, time float64) faultline.ChangeParts {
		return faultline.ChangeParts{Price: price, Vol: vol, Time: time, All: price + vol + time}
	}
	t.Change = &faultline.TrendChange{
		From: "2031-03-07", Close: 5480.5, Position: 101e9, Percentile: ptr(71), VolThen: 0.131, VolNow: 0.146,
		Traded: parts(-11e9, -2e9, 1.5e9), Revalued: parts(-3.25e9, 0.125e9, 0), Total: parts(-14.25e9, -1.875e9, 1.5e9),
		TradedUS: parts(-4e9, -1e9, 0.5e9), RevaluedUS: parts(-1e9, 0, 0), TotalUS: parts(-5e9, -1e9, 0.5e9),
		Pivots: map[string]faultline.Moved{"short": {Before: 5402.2, Price: -14.83, Time: 4}, "medium": {Before: 5204.3, Price: 1.74, Time: 10}},
	}
	t.Path = &faultline.TrendPath{}
	for i, day := range []string{"2031-03-10", "2031-03-11", "2031-03-12", "2031-03-13", "2031-03-14"} {
		x := float64(i)
		t.Path.Date = append(t.Path.Date, day)
		t.Path.Close, t.Path.Position = append(t.Path.Close, 5480-12*x), append(t.Path.Position, 101e9-4e9*x)
		t.Path.Short, t.Path.Medium, t.Path.Long = append(t.Path.Short, 5400-2*x), append(t.Path.Medium, 5204+3*x), append(t.Path.Long, 4900+2*x)
	}
	a.Validation = []faultline.ModelErrors{
		{Model: "trend", Source: "docs/methods/cta.md", Node: "in/validated/trend", Scores: []faultline.Score{
			{ID: "pivot_short.mean_abs_error", Value: ptr(0.00062), Low: ptr(0.0004), High: ptr(0.0009), Unit: evidence.Ratio, N: 13},
			{ID: "flow_us.rms_1w", Value: ptr(3.1e9), Unit: evidence.USD, N: 19, Baseline: ptr(5.6e9)},
			{ID: "flow_us.signs_right", Absent: &evidence.Absent{Code: "too_few_observations"}},
		}},
		{Model: "levels", Source: "docs/methods/dealer.md", Node: "in/validated/levels", Scores: []faultline.Score{
			{ID: "call_wall.less_placebo", Value: ptr(-0.12), Unit: evidence.Ratio, N: 36},
		}},
	}
	return Note{Analysis: a, Banks: &faultline.BankValidation{
		Readouts: 3,
		Scores: []faultline.BankScore{
			{Publisher: "invented_house", Figure: "pivot_short", N: 2, Bias: -0.002, MeanAbs: 0.003, Unit: evidence.Ratio},
			{Publisher: "invented_house", Figure: "flow_1w_global", N: 6, Bias: 1e9, MeanAbs: 4e9, Unit: evidence.USD, Same: ptr(0.75), NumSign: 4},
			{Publisher: "invented_house", Year: 2031, Figure: "percentile", N: 1, Bias: -4, MeanAbs: 4, Unit: evidence.UnitNone},
		},
		Outcomes: []faultline.BankOutcome{{Publisher: "invented_house", Area: "us", N: 2, BankRMS: 5e9, ModelRMS: 4e9, NoneRMS: 9e9, BankSign: 0.5, ModelSign: 1}},
		Skipped:  []faultline.SkippedReadout{{Date: "2031-03-12", Publisher: "<other> house", Absent: &evidence.Absent{Code: "readout_undated"}}},
	}}
}

func notes(t *testing.T, n Note) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, lang := range words.Languages() {
		say, err := words.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		var page, text bytes.Buffer
		if err := NoteHTML(&page, n, say); err != nil {
			t.Fatal(err)
		}
		if err := NoteMarkdown(&text, n, say); err != nil {
			t.Fatal(err)
		}
		out[lang+".html"], out[lang+".md"] = page.String(), text.String()
	}
	return out
}

func TestTheNoteSaysWhereWhatWhyAndHowSure(t *testing.T) {
	got := notes(t, noted())
	for name, wants := range map[string][]string{
		"en.md": {
			"# Trend followers: the week’s note", "7 Mar 2031", "−\\$11bn", "−\\$14.3bn", "5,402.20", "−14.8", "5,480.50 → 5,432.10", "13.1% → 14.6%",
			"invented house", "75% of 4", "Publisher’s error", "\\<other\\> house",
		},
		"zh.md":   {"趋势跟踪资金：每周简报", "2031年3月7日", "−110亿美元", "−143亿美元", "发布方误差", "75%（共4个）"},
		"en.html": {"<svg", "Traded: volatility", "A week ago", "&lt;other&gt; house"},
		"zh.html": {"<svg", "交易：波动率", "一周前"},
	} {
		for _, want := range wants {
			if !strings.Contains(got[name], want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	for name, text := range got {
		// A key without words shows as itself.
		for _, key := range []string{"note.", "ui.", "head.", "readout_figure."} {
			for _, word := range strings.Fields(text) {
				if strings.HasPrefix(word, key) {
					t.Errorf("%s shows the key %s", name, word)
				}
			}
		}
		if strings.Contains(text, "<other>") {
			t.Errorf("%s holds a publisher's name as markup", name)
		}
		if n := strings.Count(text, "<figure>"); strings.HasSuffix(name, ".html") && n != 4 {
			t.Errorf("%s has %d charts", name, n)
		}
	}
}

// The whole report has every model's errors, the note those of trend followers.
func TestTheAppendixSaysHowFarOffTheModelsWere(t *testing.T) {
	n := noted()
	for lang, wants := range map[string][]string{
		"en": {"0.062%", "0.040% to 0.090%", "$3.1bn", "$5.6bn", "Trend followers, equities of four regions"},
		"zh": {"0.062%", "31亿美元", "56亿美元", "趋势跟踪资金，四个地区的股票"},
	} {
		say, err := words.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		var report, note bytes.Buffer
		if err := HTML(&report, n.Analysis, say); err != nil {
			t.Fatal(err)
		}
		if err := NoteHTML(&note, n, say); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(report.String(), want) || !strings.Contains(note.String(), want) {
				t.Errorf("%s: report or note does not say %q", lang, want)
			}
		}
		if wall := say.In("measure", "less_placebo"); !strings.Contains(report.String(), wall) || strings.Contains(note.String(), wall) {
			t.Errorf("%s: the errors of levels do not stand in the report alone", lang)
		}
	}
}

func TestANoteWithoutPathChangeAndReadoutsStillStands(t *testing.T) {
	n := noted()
	n.Analysis.Trend.Change, n.Analysis.Trend.Path, n.Banks = nil, nil, nil
	for name, text := range notes(t, n) {
		if strings.Contains(text, "invented house") || !strings.Contains(text, "5,391.37") {
			t.Errorf("%s: %s", name, text)
		}
	}
	say, err := words.For("en")
	if err != nil {
		t.Fatal(err)
	}
	n.Analysis.Trend = nil
	if err := NoteMarkdown(&bytes.Buffer{}, n, say); err == nil {
		t.Error("a note without trend followers was written")
	}
}

func TestTheNoteIsTheSameEveryTime(t *testing.T) {
	a, b := notes(t, noted()), notes(t, noted())
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs from one run to the next", name)
		}
	}
}
