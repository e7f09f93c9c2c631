package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"faultline"
	"faultline/assumption"
	"faultline/evidence"
	"faultline/words"
)

// poison is a text that attacks every format at once: markup, attributes, links, Markdown tables,
// terminal escapes, the direction of text, invisible characters and bytes that are no text.
const poison = "</td></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'`|x|\n# head\r\n[a](javascript:alert(3)) ![i](http://h/) www.h.test \x1b[2J\x1b]0;t\x07\u202egnp.\u2066\u200b\ufeff\u0085\xff{{.}} ${plural1} %s *b* ~~s~~ &lt; @user"

// poisoned replaces every text of an analysis that may come from outside.
func poisoned() *faultline.Analysis {
	a := made()
	a.Version, a.RunID, a.Underlying = poison, poison, poison
	for i := range a.Inputs {
		in := &a.Inputs[i]
		in.Key, in.File, in.Format, in.Source, in.KnownAt, in.Node = poison, poison, poison, poison, poison, poison
	}
	for i := range a.Levels {
		a.Levels[i].Instrument, a.Levels[i].ID, a.Levels[i].Node = poison, poison, poison
	}
	a.Levels[0].Kind = faultline.LevelKind(poison)
	a.Levels[1].Instrument = a.Underlying // so that one stands in the charts
	a.Spot.ID, a.Spot.Node = poison, poison
	a.Exposure.Convention, a.Exposure.Dynamics, a.Exposure.Node = poison, poison, poison
	a.Exposure.GEX.Unit = evidence.Unit(poison)
	a.Exposure.GEX.ByExpiry[0].Expiry, a.Exposure.GEX.ByExpiry[0].Root = poison, poison
	a.Exposure.GEX.ByBucket[0].Bucket = poison
	a.Ladder.Players[0].Name, a.Ladder.Players[0].Node, a.Ladder.Node = poison, poison, poison
	a.Ladder.Players[2].Absent = &evidence.Absent{Code: poison, Args: evidence.Args{poison: poison}}
	a.Trend.From, a.Trend.Node = poison, poison
	a.Trend.Tapes[poison] = faultline.Tapes{poison: a.Trend.Tapes["1w"]["flat"]}
	a.Trend.Markets = []faultline.Market{{Instrument: poison, Class: poison, USD: 1e9}}
	a.Trend.Caveats = []evidence.Code{{Code: "no_chain", Args: evidence.Args{"underlying": poison}}}
	a.History.Node = poison
	poisonContagion(a.Contagion)
	poisonScenario(a, poison)
	poisonEvents(a.EventVol, poison)
	a.Published = append(
		a.Published,
		faultline.Published{Figure: evidence.Figure{ID: poison, Value: ptr(1), Unit: evidence.Unit("stated:" + poison), Grade: evidence.Published, Node: poison}, About: poison, What: poison, Source: poison},
		faultline.Published{Figure: evidence.Figure{ID: "x", Value: ptr(1), Unit: "stated:usd", Grade: evidence.Published}, About: "2031-03-14", What: "script", Source: "javascript:alert(1)"},
		faultline.Published{Figure: evidence.Figure{ID: "x", Value: ptr(1), Unit: "stated:usd", Grade: evidence.Published}, About: "2031-03-14", What: "address", Source: "https://h.test/a b?<q>\"'|)" + "\u202e"},
	)
	a.Headlines[0].ID = poison
	a.Findings[0].Says.Args["now"] = poison
	a.Findings[1].Node = poison
	a.Missing = []faultline.Missing{{Part: poison, Absent: &evidence.Absent{Code: poison}}}
	a.Caveats = append(a.Caveats, evidence.Code{Code: poison, Args: evidence.Args{"x": poison}}, evidence.Code{Code: "no_chain", Args: evidence.Args{"underlying": poison}})
	a.Assumptions = append(a.Assumptions, assumption.Item{Entry: assumption.Entry{Name: poison, Unit: poison, Source: poison, Means: poison, Value: 1}, Origin: poison})
	a.Nodes = append(a.Nodes, evidence.Node{ID: poison, Method: poison, Source: poison, Inputs: []string{poison}})
	a.Forward[0].Expiry, a.Forward[0].Root, a.Forward[0].Method = poison, poison, poison
	a.Rejected = append(a.Rejected, faultline.RejectedQuote{Root: poison, Expiry: poison, Right: poison, Reason: poison})
	return a
}

func TestHostileTextsAreHarmlessInEveryFormat(t *testing.T) {
	for _, form := range forms {
		for _, lang := range words.Languages() {
			var b bytes.Buffer
			if err := form.render(&b, poisoned(), say(t, lang)); err != nil {
				t.Fatalf("%s: %v", form.ext, err)
			}
			out := b.String()
			if !utf8.ValidString(out) {
				t.Errorf("%s %s is no UTF-8", form.ext, lang)
			}
			for _, r := range out {
				if r != '\n' && words.Hides(r) {
					t.Errorf("%s %s holds %U", form.ext, lang, r)
					break
				}
			}
			switch form.ext {
			case "html":
				checkPage(t, out)
			case "md":
				checkMarkdown(t, out)
			case "json":
				var back faultline.Analysis
				if err := json.Unmarshal(b.Bytes(), &back); err != nil {
					t.Errorf("the JSON does not read back: %v", err)
				}
				if want := strings.ToValidUTF8(poison, "\ufffd"); back.RunID != want {
					t.Errorf("the JSON changed a text to %q", back.RunID)
				}
			}
		}
	}
}

var (
	markup    = regexp.MustCompile(`<[a-zA-Z!/][^>]*>`)
	drawing   = regexp.MustCompile(`(?s)<svg.*?</svg>`)
	attribute = regexp.MustCompile(`(?i)\s(on[a-z]+|src|srcdoc|style|background|action|formaction|poster|srcset)\s*=`)
	quoted    = regexp.MustCompile(`"[^"]*"`)
	address   = regexp.MustCompile(`(?i)\b(href|xmlns|url)\b[^"(]*["(]([^")]*)[")]`)
)

// checkPage holds what a page must not contain: it is one file that fetches nothing and runs nothing.
func checkPage(t *testing.T, page string) {
	t.Helper()
	for _, tag := range markup.FindAllString(page, -1) {
		if strings.HasPrefix(tag, "</") {
			continue
		}
		name := strings.ToLower(strings.Fields(strings.Trim(tag, "<>"))[0])
		switch strings.TrimRight(name, "/") {
		case "script", "img", "iframe", "object", "embed", "link", "base", "form", "input", "use", "image", "foreignobject", "animate", "set", "video", "audio", "source":
			t.Errorf("the page has %s", tag)
		}
		if bare := quoted.ReplaceAllString(tag, `""`); attribute.MatchString(bare) && !strings.HasPrefix(tag, "<!") {
			t.Errorf("the page has %s", tag)
		}
		for _, m := range address.FindAllStringSubmatch(tag, -1) {
			if v := m[2]; m[1] != "xmlns" && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "#") {
				t.Errorf("the page leads to %s", v)
			}
		}
	}
	if strings.Count(page, "<a ")-strings.Count(page, `<a href="#`) != strings.Count(page, `rel="noreferrer noopener"`) {
		t.Error("a link tells where the reader came from")
	}
	if strings.Contains(page, "@import") || strings.Contains(page, "url(h") || strings.Contains(page, "//fonts") {
		t.Error("the style fetches something")
	}
	for _, svg := range drawing.FindAllString(page, -1) {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("a chart is no XML: %v", err)
			}
		}
	}
	for _, part := range []string{"<main>", "</main>", "</html>", "</style>"} {
		if strings.Count(page, part) != 1 {
			t.Errorf("the page has %d times %s", strings.Count(page, part), part)
		}
	}
}

// checkMarkdown holds that no text of a table breaks out of its cell or becomes markup.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	columns := 0
	for _, line := range strings.Split(text, "\n") {
		bars := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|")
		if !strings.HasPrefix(line, "|") {
			columns = 0
			if bars > 0 {
				t.Errorf("a bar outside a table: %s", line)
			}
			continue
		}
		if columns == 0 {
			columns = bars
		}
		if bars != columns {
			t.Errorf("a row of %d cells in a table of %d: %s", bars-1, columns-1, line)
		}
	}
	plain := strings.ReplaceAll(text, `\\`, "")
	for _, bad := range []string{"<script", "<img", "](javascript", "![", "www.h", "http://h/", "\n# head"} {
		for i := strings.Index(plain, bad); i >= 0; {
			if i == 0 || plain[i-1] != '\\' {
				t.Errorf("the Markdown holds %q", plain[max(0, i-10):i+len(bad)])
			}
			next := strings.Index(plain[i+1:], bad)
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
}

// Every number of an analysis that is not finite must stop every renderer, wherever it stands.
func TestNoNumberThatIsNotFinitePasses(t *testing.T) {
	places := 0
	var spoil func(v reflect.Value, path string, try func(string))
	spoil = func(v reflect.Value, path string, try func(string)) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				spoil(v.Elem(), path, try)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					spoil(v.Field(i), path+"."+f.Name, try)
				}
			}
		case reflect.Slice:
			if v.Len() > 0 { // the first and the last stand for all
				spoil(v.Index(0), path+"[0]", try)
				spoil(v.Index(v.Len()-1), path+"[last]", try)
			}
		case reflect.Float64:
			old := v.Float()
			for _, bad := range []float64{math.NaN(), math.Inf(1)} {
				v.SetFloat(bad)
				try(path)
			}
			v.SetFloat(old)
		}
	}
	a := made()
	a.Trend.Markets = []faultline.Market{{Instrument: "SPX", Class: "equity", Percentile: ptr(5), LastWeek: ptr(1)}}
	a.Trend.Peak = &faultline.Zone{Price: 5300}
	spoil(reflect.ValueOf(a), "", func(path string) {
		places++
		if check(a) == nil {
			t.Errorf("a number that is not finite passes at %s", path)
		}
	})
	if places < 130 {
		t.Errorf("only %d places were tried", places)
	}
	a.Ladder.Total[3] = math.NaN()
	for _, form := range forms {
		var b bytes.Buffer
		err := form.render(&b, a, say(t, "en"))
		if err == nil || !strings.Contains(err.Error(), "ladder.total[3] is NaN") || b.Len() > 0 {
			t.Errorf("%s: %d bytes and the error %v", form.ext, b.Len(), err)
		}
	}
	if err := Encode(io.Discard, map[string]any{"args": evidence.Args{"x": math.Inf(1)}}); err == nil {
		t.Error("the encoder writes an infinity")
	}
}

func TestAnAnalysisThatContradictsItselfIsRefused(t *testing.T) {
	f := func(want string, spoil func(*faultline.Analysis)) {
		t.Helper()
		a := made()
		spoil(a)
		if err := check(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
	f("spot has both", func(a *faultline.Analysis) { a.Spot.Value = nil })
	f("levels[6] has both", func(a *faultline.Analysis) { a.Levels[6].Price = ptr(1) })
	f("headlines[1].with has both", func(a *faultline.Analysis) { a.Headlines[1].With.Value = nil })
	f("trend.tapes.1w.flat.us has both", func(a *faultline.Analysis) {
		x := a.Trend.Tapes["1w"]["flat"]
		x.US.Value = nil
		a.Trend.Tapes["1w"]["flat"] = x
	})
	f("ladder has columns", func(a *faultline.Analysis) { a.Ladder.Total = a.Ladder.Total[1:] })
	f("ladder.players.dealer has columns", func(a *faultline.Analysis) { a.Ladder.Players[0].USD = nil })
	f("ladder.players.cta has columns", func(a *faultline.Analysis) { a.Ladder.Players[1].High = nil })
	f("ladder.players.letf has columns", func(a *faultline.Analysis) { a.Ladder.Players[2].USD = []float64{1} })
	f("profile has columns", func(a *faultline.Analysis) { a.Exposure.GEX.Profile.GEX = nil })
	f("by_strike has columns", func(a *faultline.Analysis) { a.Exposure.GEX.ByStrike.Put = nil })
	f("history has columns", func(a *faultline.Analysis) { a.History.Date = nil })
	if check(nil) == nil {
		t.Error("no analysis at all passes")
	}
	if err := check(made()); err != nil {
		t.Error(err)
	}
}
