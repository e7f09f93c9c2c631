package report

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

func TestLabelsKeepClearOfEachOtherAndMoveAsLittleAsTheyCan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.Float64Range(0, 500), 1, 12).Draw(t, "at")
		const gap, lo, hi = 15.0, 0.0, 500.0
		out := spread(at, gap, lo, hi)
		order := make([]int, len(at))
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(a, b int) bool { return at[order[a]] < at[order[b]] })
		for n, i := range order {
			if !(out[i] >= lo-1e-9 && out[i] <= hi+1e-9) {
				t.Fatalf("label %d lies at %v, outside the chart", i, out[i])
			}
			if n > 0 && !(out[i]-out[order[n-1]] >= gap-1e-9) {
				t.Fatalf("labels at %v and %v overlap", out[order[n-1]], out[i])
			}
		}
		// No single label can move closer to its place without overlapping another or leaving the chart.
		for n, i := range order {
			step := math.Copysign(1e-3, at[i]-out[i])
			if math.Abs(at[i]-out[i]) < 1e-3 {
				continue
			}
			moved := out[i] + step
			free := moved >= lo && moved <= hi
			if n > 0 {
				free = free && moved-out[order[n-1]] >= gap
			}
			if n+1 < len(order) {
				free = free && out[order[n+1]]-moved >= gap
			}
			if free {
				t.Fatalf("label %d could move from %v towards %v: %v", i, out[i], at[i], out)
			}
		}
	})
	if out := spread([]float64{5, 5, 5, 5}, 15, 0, 30); !slices.Equal(out, []float64{0, 10, 20, 30}) {
		t.Errorf("labels without room stand at %v", out)
	}
	if out := spread(nil, 15, 0, 30); len(out) != 0 {
		t.Errorf("no label stands at %v", out)
	}
}

func TestNoLineCrossesALabelAboveTheChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.SliceOfN(rapid.Float64Range(0, 700), 1, 8).Draw(t, "at")
		width := make([]float64, len(at))
		for i := range width {
			width[i] = rapid.Float64Range(40, 160).Draw(t, "width")
		}
		row, count := stairs(at, width, 8)
		for i := range at {
			if row[i] >= count {
				t.Fatalf("row %d of %d", row[i], count)
			}
			for j := range at {
				if i == j || at[j] <= at[i] || at[j] >= at[i]+width[i] {
					continue
				}
				// The line of j begins at its own row and runs down: it must begin below the text of i.
				if row[j] <= row[i] {
					t.Fatalf("the line at %v crosses the text from %v to %v", at[j], at[i], at[i]+width[i])
				}
			}
		}
	})
}

func TestTicksAreRoundAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		span := math.Pow(10, rapid.Float64Range(-3, 6).Draw(t, "span"))
		n := rapid.IntRange(2, 10).Draw(t, "n")
		at, places := ticks(lo, lo+span, n)
		if len(at) > n+1 || len(at) == 0 && n > 3 {
			t.Fatalf("%d ticks, %d were asked for", len(at), n)
		}
		for i, v := range at {
			if v < lo-1e-6*span || v > lo+span+1e-6*span {
				t.Fatalf("tick %v lies outside", v)
			}
			scaled := v * math.Pow10(places)
			if math.Abs(scaled-math.Round(scaled)) > 1e-3 {
				t.Fatalf("tick %v needs more than %d places", v, places)
			}
			if i > 0 && !(v > at[i-1]) {
				t.Fatalf("ticks %v do not rise", at)
			}
		}
	})
	if at, _ := ticks(1, 1, 5); at != nil {
		t.Errorf("an empty range has ticks %v", at)
	}
	if at, _ := ticks(math.NaN(), 1, 5); at != nil {
		t.Errorf("a range without a beginning has ticks %v", at)
	}
}

func TestTheFilledHalvesOfACurveMeetWhereItCrossesZero(t *testing.T) {
	x, v := []float64{0, 1, 2, 3}, []float64{2, -2, -1, 1}
	xs, ys := halfArea(x, v, 1)
	for _, y := range ys {
		if y < 0 {
			t.Errorf("the upper half goes down to %v", y)
		}
	}
	if !slices.Contains(xs, 0.5) || !slices.Contains(xs, 2.5) {
		t.Errorf("the crossings at 0.5 and 2.5 are not among %v", xs)
	}
	// Trapezoids: the upper half holds ½·0.5·2 + ½·0.5·1.
	area := 0.0
	for i := 1; i < len(xs); i++ {
		area += (xs[i] - xs[i-1]) * (ys[i] + ys[i-1]) / 2
	}
	if math.Abs(area-0.75) > 1e-12 {
		t.Errorf("the upper half has the area %v, want 0.75", area)
	}
}

func TestWrappedLinesFitAndLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", "wall", "pivot", "标普", "价格，", "至+390亿美元", "(x)"})).Draw(t, "parts"), rapid.SampledFrom([]string{" ", ""}).Draw(t, "sep"))
		columns := rapid.IntRange(14, 40).Draw(t, "columns")
		lines := wrap(text, columns)
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Fatalf("%q became %q", text, got)
		}
		for _, l := range lines {
			if words.Width(l) > columns && strings.Contains(l, " ") {
				t.Fatalf("%q is wider than %d", l, columns)
			}
		}
	})
	if got := wrap("历史行情过短，需要", 8); !slices.Equal(got, []string{"历史行情", "过短，需", "要"}) {
		t.Errorf("Chinese breaks into %q", got)
	}
}

func TestThinnedTablesStepEvenlyAndKeepTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(1, 500).Draw(t, "rows")
		var long table
		long.Folded = true
		for i := range all {
			long.Rows = append(long.Rows, []cell{{Text: strings.Repeat("x", i)}})
		}
		got, whole := thin(long, 21)
		if len(got.Rows) > 21 || whole != 0 && whole != all || whole == 0 && len(got.Rows) != all {
			t.Fatalf("%d rows of %d, said to be %d", len(got.Rows), all, whole)
		}
		step, middle := 0, false
		for i, row := range got.Rows {
			place := len(row[0].Text)
			middle = middle || place == all/2
			if i > 0 {
				s := place - len(got.Rows[i-1][0].Text)
				if step != 0 && s != step {
					t.Fatalf("steps of %d and %d", step, s)
				}
				step = s
			}
		}
		if !middle {
			t.Fatal("the middle row is not shown")
		}
	})
}

func TestTheSameAnalysisGivesTheSameBytes(t *testing.T) {
	for _, form := range forms {
		var a, b bytes.Buffer
		if err := errors.Join(form.render(&a, made(), say(t, "zh")), form.render(&b, made(), say(t, "zh"))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s differs from run to run", form.ext)
		}
	}
}

func TestRenderingChangesNothingInTheAnalysis(t *testing.T) {
	a := made()
	var before, after bytes.Buffer
	if err := JSON(&before, a); err != nil {
		t.Fatal(err)
	}
	for _, form := range forms {
		if err := form.render(new(bytes.Buffer), a, say(t, "en")); err != nil {
			t.Fatal(err)
		}
	}
	if err := JSON(&after, a); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Error("an analysis is another one after it was rendered")
	}
}

func TestTheTerminalKeepsToItsWidthAndColoursOnlyOnRequest(t *testing.T) {
	for _, lang := range words.Languages() {
		for _, width := range []int{-5, 60, 80, 100, 140, 5000} {
			var plain, coloured bytes.Buffer
			if err := errors.Join(Terminal(&plain, made(), say(t, lang), width, false), Terminal(&coloured, made(), say(t, lang), width, true)); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(plain.String(), "\x1b") {
				t.Errorf("%s: colours without being asked for", lang)
			}
			if !strings.Contains(coloured.String(), "\x1b[") {
				t.Errorf("%s: no colour on request", lang)
			}
			if regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(coloured.String(), "") != plain.String() {
				t.Errorf("%s: colour changes the text at width %d", lang, width)
			}
			if width < 100 {
				continue // the ladder's numbers are never cut, and so run over a narrow screen
			}
			for _, line := range strings.Split(plain.String(), "\n") {
				if w := words.Width(line); w > min(width, maxWidth) && !strings.HasPrefix(line, "Faultline") {
					t.Errorf("%s: %d columns of %d: %s", lang, w, width, line)
				}
			}
		}
	}
}

func TestPartsOfTheTerminalShowWhatTheyAreNamedFor(t *testing.T) {
	en := say(t, "en")
	for name, part := range map[string]struct {
		render func(*bytes.Buffer) error
		want   string
		not    string
	}{
		"levels": {func(b *bytes.Buffer) error { return Levels(b, made(), en, 100, false) }, "Put wall", "Trend followers"},
		"ladder": {func(b *bytes.Buffer) error { return Ladder(b, made(), en, 100, false) }, "All rungs", "Put wall"},
		"trend":  {func(b *bytes.Buffer) error { return Trend(b, made(), en, 100, false) }, "Down big", "Put wall"},
	} {
		var b bytes.Buffer
		if err := part.render(&b); err != nil {
			t.Fatal(err)
		}
		if out := b.String(); !strings.Contains(out, part.want) || strings.Contains(out, part.not) || !strings.Contains(out, "0123456789abcdef") {
			t.Errorf("%s shows\n%s", name, out)
		}
	}
}

// Whatever rests on something made up must bear a visible mark wherever its number stands.
func TestEverySyntheticFigureBearsAMark(t *testing.T) {
	for _, lang := range words.Languages() {
		w := say(t, lang)
		d := compose(made(), w)
		for _, s := range d.Sections {
			for _, table := range s.Tables {
				for _, row := range table.Rows {
					for i, c := range row {
						if c.Grade == "synthetic" && !c.Absent && !c.Synthetic && !table.Synthetic[i] {
							t.Errorf("%s: %s is not marked", s.ID, c.Text)
						}
					}
				}
			}
		}
		for _, h := range d.Headlines {
			if h.With.Grade == "synthetic" && (!h.With.Synthetic || h.Without == nil) {
				t.Errorf("the headline %s has no mark, or nothing beside it without synthetic data", h.Name)
			}
		}
		var page bytes.Buffer
		if err := HTML(&page, made(), w); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(page.String(), `class="syn"`); n < 10 {
			t.Errorf("the page has %d marks", n)
		}
		if !strings.Contains(page.String(), dagger) || !strings.Contains(page.String(), "hatch") {
			t.Error("the charts have no mark")
		}
		// And none bears it where nothing is made up.
		a := made()
		strip(a)
		page.Reset()
		if err := HTML(&page, a, w); err != nil {
			t.Fatal(err)
		}
		body := page.String()[strings.Index(page.String(), "<main>"):]
		if strings.Contains(body, `class="syn"`) || strings.Contains(body, dagger) || strings.Contains(body, `"hatch"`) || strings.Contains(body, `class="notice"`) {
			t.Error("a page without synthetic data bears the mark")
		}
	}
}

// strip lifts every synthetic grade to modelled.
func strip(a *faultline.Analysis) {
	walk(reflect.ValueOf(a).Elem(), "", func(_ string, v reflect.Value) {
		if v.Type() == reflect.TypeFor[evidence.Grade]() && v.CanSet() && v.Uint() == uint64(evidence.Synthetic) {
			v.SetUint(uint64(evidence.Modelled))
		}
	})
}

// An analysis may lack any of its parts, and have the strangest shapes: one rung, no level, all zeros.
func TestEveryPartMayBeMissing(t *testing.T) {
	for name, spoil := range map[string]func(*faultline.Analysis){
		"exposure":  func(a *faultline.Analysis) { a.Exposure = nil },
		"ladder":    func(a *faultline.Analysis) { a.Ladder = nil },
		"trend":     func(a *faultline.Analysis) { a.Trend = nil },
		"history":   func(a *faultline.Analysis) { a.History = nil },
		"levels":    func(a *faultline.Analysis) { a.Levels = nil },
		"headlines": func(a *faultline.Analysis) { a.Headlines = nil },
		"tapes":     func(a *faultline.Analysis) { a.Trend.Tapes = nil },
		"strikes":   func(a *faultline.Analysis) { a.Exposure.GEX.ByStrike = faultline.StrikeColumns{} },
		"profile":   func(a *faultline.Analysis) { a.Exposure.GEX.Profile = nil },
		"map":       func(a *faultline.Analysis) { a.Exposure.Map = nil },
		"quiet map": func(a *faultline.Analysis) {
			for _, rows := range [][][]float64{a.Exposure.Map.GEX, a.Exposure.Map.CEX} {
				for _, row := range rows {
					clear(row)
				}
			}
		},
		"event":   func(a *faultline.Analysis) { a.Exposure.Event = nil },
		"today":   func(a *faultline.Analysis) { a.Exposure.Today, a.Exposure.Adjusted = nil, nil },
		"squeeze": func(a *faultline.Analysis) { a.Exposure.Squeeze = nil },
		"surface": func(a *faultline.Analysis) { a.Exposure.Surface = nil },
		"no fit": func(a *faultline.Analysis) {
			a.Exposure.Surface = &faultline.Surface{Expiries: []faultline.SurfaceExpiry{}}
		},
		"terms": func(a *faultline.Analysis) { a.Terms = nil },
		"volume": func(a *faultline.Analysis) {
			a.Exposure.Volume, a.Exposure.Hedge.NowShare, a.Exposure.Hedge.CloseShare = nil, nil, nil
		},
		"one rung": func(a *faultline.Analysis) {
			a.Ladder = &faultline.Ladder{Price: []float64{5000}, Total: []float64{0}, Players: []faultline.Lane{{Name: "cta", USD: []float64{0}}}}
		},
		"no player": func(a *faultline.Analysis) {
			a.Ladder.Players = a.Ladder.Players[2:]
		},
		"all zero": func(a *faultline.Analysis) {
			clear(a.Ladder.Total)
			for _, p := range a.Ladder.Players {
				clear(p.USD)
				clear(p.Low)
				clear(p.High)
			}
			clear(a.Exposure.GEX.Profile.GEX)
		},
		"falling rungs": func(a *faultline.Analysis) { slices.Reverse(a.Ladder.Price) },
		"flat history":  func(a *faultline.Analysis) { clear(a.History.Close) },
		"one close": func(a *faultline.Analysis) {
			a.History.Date, a.History.Close = a.History.Date[:1], a.History.Close[:1]
		},
		"two closes": func(a *faultline.Analysis) {
			a.History.Date, a.History.Close = a.History.Date[:2], a.History.Close[:2]
		},
		"strange dates": func(a *faultline.Analysis) { a.History.Date[0] = "yesterday" },
		"no spot": func(a *faultline.Analysis) {
			a.Spot.Value, a.Spot.Absent = nil, &evidence.Absent{Code: "no_price"}
		},
		"many levels": func(a *faultline.Analysis) {
			for i := range 40 {
				l := a.Levels[0]
				p := 5400 + float64(i)/10
				l.Price = &p
				a.Levels = append(a.Levels, l)
			}
		},
		"no band": func(a *faultline.Analysis) { a.Ladder.Players[0].Low, a.Ladder.Players[0].High = nil, nil },
		"markets": func(a *faultline.Analysis) {
			a.Trend.Markets = []faultline.Market{{Instrument: "SPX", Class: "equity", USD: 1e9}, {Instrument: "GOLD", Class: "metal", USD: -2e9, Percentile: ptr(7), LastWeek: ptr(-3e8)}}
			a.Trend.Peak = &faultline.Zone{Price: 5300, Low: 5280, High: 5310, USD: -9e9}
			x := a.Trend.Tapes["1w"]["down"]
			x.Global.Error = ptr(8.2e9)
			a.Trend.Tapes["1w"]["down"] = x
		},
		"everything": func(a *faultline.Analysis) { *a = *bare() },
	} {
		for _, form := range forms {
			for _, lang := range words.Languages() {
				a := made()
				spoil(a)
				var b bytes.Buffer
				if err := form.render(&b, a, say(t, lang)); err != nil {
					t.Errorf("%s: %s: %v", name, form.ext, err)
				}
				if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
					t.Errorf("%s: %s %s holds a number that is not finite", name, form.ext, lang)
				}
				if form.ext == "html" && lang == "zh" {
					checkPage(t, b.String())
				}
			}
		}
	}
}

func TestAFailedWriteIsAnError(t *testing.T) {
	w := failing{}
	en := say(t, "en")
	for name, err := range map[string]error{
		"html": HTML(w, made(), en), "markdown": Markdown(w, made(), en), "terminal": Terminal(w, made(), en, 80, false), "json": JSON(w, made()),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errFull = errors.New("no space left")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func BenchmarkHTML(b *testing.B) {
	a, w := made(), say(b, "zh")
	for b.Loop() {
		if err := HTML(new(bytes.Buffer), a, w); err != nil {
			b.Fatal(err)
		}
	}
}
