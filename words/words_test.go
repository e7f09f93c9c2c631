package words

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/evidence"
)

// The register of assumptions is written in English. Its other languages stand in the catalogues,
// English does not.
func translatedOnly(key string) bool {
	return strings.HasPrefix(key, "assumption.") || strings.HasPrefix(key, "said.")
}

func TestBothLanguagesHaveTheSameKeysWithTheSameArguments(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	for _, key := range zh.Keys() {
		switch {
		case translatedOnly(key):
			if en.Has(key) {
				t.Errorf("en.json has words for %s, which the register of assumptions holds itself", key)
			}
		case !en.Has(key):
			t.Errorf("en.json has no words for %s", key)
		case !slices.Equal(en.Args(key), zh.Args(key)):
			t.Errorf("%s takes %v in English and %v in Chinese", key, en.Args(key), zh.Args(key))
		}
	}
	for _, key := range en.Keys() {
		if !zh.Has(key) {
			t.Errorf("zh.json has no words for %s", key)
		}
	}
}

func TestTheRegisterOfAssumptionsHasChineseWords(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	known := map[string]bool{}
	for _, it := range assumption.Default().Items() {
		known["assumption."+it.Name] = true
		if !zh.Has("assumption." + it.Name) {
			t.Errorf("zh.json has no words for assumption.%s: %s", it.Name, it.Means)
		}
		for _, w := range []*Words{en, zh} {
			if !w.Has("assumption_unit." + it.Unit) {
				t.Errorf("%s.json has no words for assumption_unit.%s", w.Name(), it.Unit)
			}
		}
	}
	for _, key := range zh.Keys() {
		if strings.HasPrefix(key, "assumption.") && !known[key] {
			t.Errorf("zh.json has words for %s, which the register does not have", key)
		}
	}
}

func TestNoWordsAreEmptyOrLeftInEnglish(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	for _, key := range zh.Keys() {
		args := evidence.Args{}
		for _, name := range zh.Args(key) {
			args[name] = 2
		}
		text := zh.Text(key, args)
		if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "{}") {
			t.Errorf("zh: %s reads %q", key, text)
		}
		// A whole English clause in the Chinese catalogue was forgotten; names and symbols are not.
		if strings.Count(text, " ") >= 3 && !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("zh: %s reads %q", key, text)
		}
		if english := en.Text(key, args); !translatedOnly(key) && strings.ContainsFunc(english, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("en: %s reads %q", key, english)
		}
	}
}

func TestForKnowsTheTagsOfItsLanguagesAndNoOthers(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "en-GB": "en", "EN": "en", "zh": "zh", "zh-CN": "zh", "zh-Hans": "zh", "zh-Hans-SG": "zh",
	} {
		if w, err := For(tag); err != nil || w.Name() != want {
			t.Errorf("For(%q) = %v, %v", tag, w, err)
		}
	}
	for _, tag := range []string{"fr", "", "zh-Hant", "zh-TW", "de", "english", "\x00", "und"} {
		if w, err := For(tag); err == nil {
			t.Errorf("For(%q) speaks %s", tag, w.Name())
		} else if !strings.Contains(err.Error(), "en, zh") {
			t.Errorf("the error for %q does not list the languages: %v", tag, err)
		}
	}
	if got := must(t, "zh").Tag(); got != "zh-Hans" {
		t.Errorf("the tag for markup is %s", got)
	}
}

func TestSentencesTakeNamedArguments(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	f := func(c evidence.Code, wantEN, wantZH string) {
		t.Helper()
		if got := en.Say(c); got != wantEN {
			t.Errorf("en: %q, want %q", got, wantEN)
		}
		if got := zh.Say(c); got != wantZH {
			t.Errorf("zh: %q, want %q", got, wantZH)
		}
	}
	f(evidence.Code{Code: "conflicting_rows", Args: evidence.Args{"count": 1}},
		"1 row is given with different values in different files", "有 1 行在不同文件中取值不一致")
	f(evidence.Code{Code: "conflicting_rows", Args: evidence.Args{"count": 12345.0}}, // as JSON gives it back
		"12,345 rows are given with different values in different files", "有 12,345 行在不同文件中取值不一致")
	f(evidence.Code{Code: "no_bars", Args: evidence.Args{"instrument": "SPX", "interval": "1d"}},
		"there are no daily prices of SPX", "没有 SPX 的日线行情")
	f(evidence.Code{Code: "no_bars", Args: evidence.Args{"instrument": "SPX", "interval": "7d"}},
		"there are no [7d] prices of SPX", "没有 SPX 的[7d]行情")
	f(evidence.Code{Code: "short_history"}, "the price history is too short", "历史行情过短")
	f(evidence.Code{Code: "short_history", Args: evidence.Args{"needs": 420, "has": 100}},
		"the price history is too short: 420 sessions are needed, there are 100", "历史行情过短：需要 420 个交易日，仅有 100 个")
	f(evidence.Code{Code: "gap", Args: evidence.Args{"instrument": "SPX", "from": "2025-11-03", "to": "2025-11-20", "days": 17}},
		"the prices have a gap: SPX from 3 Nov 2025 to 20 Nov 2025, 17 days", "行情有缺口：SPX 自2025年11月3日至2025年11月20日，共 17 天")
	f(evidence.Code{Code: "gap"}, "the prices have a gap", "行情有缺口")
	// What is not known or not given shows, and what comes from outside is harmless.
	f(evidence.Code{Code: "no_such_code", Args: evidence.Args{"b": 1, "a": "x"}}, "[no_such_code{a=x b=1}]", "[no_such_code{a=x b=1}]")
	f(evidence.Code{}, "[?]", "[?]")
	f(evidence.Code{Code: "no_chain"}, "there is no option chain of {underlying}", "没有 {underlying} 的期权链")
	f(evidence.Code{Code: "no_chain", Args: evidence.Args{"underlying": "%d\u202E{x}\n"}},
		"there is no option chain of %d‹U+202E›{x}‹U+000A›", "没有 %d‹U+202E›{x}‹U+000A› 的期权链")
	if got := en.Absent(nil); got != "[?]" {
		t.Errorf("no reason at all reads %q", got)
	}
	if got := en.Label("level.no_such_level"); got != "[level.no_such_level]" {
		t.Errorf("an unknown label reads %q", got)
	}
}

func TestArgumentsKeepTheirMeaningThroughJSON(t *testing.T) {
	at := time.Date(2025, 11, 20, 21, 0, 0, 0, time.UTC)
	for _, c := range []evidence.Code{
		{Code: "quotes_before_chain_time", Args: evidence.Args{"at": at, "quoted": at.Add(-time.Hour)}},
		{Code: "gamma_negative_throughout", Args: evidence.Args{"low": 5000.25, "high": 6000.0}},
		{Code: "lanes_halted", Args: evidence.Args{"count": 1}},
	} {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back evidence.Code
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		for _, w := range loaded() {
			if a, b := w.Say(c), w.Say(back); a != b {
				t.Errorf("%s: %q becomes %q", w.Name(), a, b)
			}
		}
	}
}

func TestSayNeverPanicsAndIsNeverEmpty(t *testing.T) {
	keys := must(t, "en").Keys()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		for _, w := range loaded() {
			args := evidence.Args{}
			for _, name := range w.Args(key) {
				args[name] = rapid.OneOf(
					rapid.Just[any](nil), rapid.Just[any](math.NaN()), rapid.Just[any](time.Time{}), rapid.Just[any]([]string{"a", "\u2067b"}),
					rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64(), func(v float64) any { return v }),
					rapid.Map(rapid.Int(), func(v int) any { return v }),
				).Draw(t, name)
			}
			text := w.Text(key, args)
			if text == "" || strings.Contains(text, "%!") {
				t.Fatalf("%s reads %q", key, text)
			}
			for _, r := range text {
				if Hides(r) {
					t.Fatalf("%s reads %q", key, text)
				}
			}
		}
	})
}

func TestWordsAreSafeForConcurrentUse(t *testing.T) {
	w := must(t, "zh")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 200 {
				if got := w.Say(evidence.Code{Code: "lanes_halted", Args: evidence.Args{"count": i}}); !strings.Contains(got, "条路径") {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	group.Wait()
}

func TestAWrongCatalogueIsAnError(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, _, err := compile(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("compile(%q) gives %v, want %q", text, err, want)
		}
	}
	f("a {b", "not closed")
	f("a b}", "not opened")
	f("{}", "no name")
	f("{a, colour}", "no known form")
	f("{a, in}", "no known form")
	f("{n, plural, one {#}}", "no case other")
	f("{n, plural, other}", "no text")
	f("{n, plural, other {{m, plural, other {#}}}}", "no known form")
	f("[a", "bracket")
	f("a]", "bracket")
	f("[a]", "no argument")
	f("[{a}[{b}]]", "bracket")
	if _, err := load("xx", language.English, []byte(`{"codes": {"a": "{"}}`)); err == nil || !strings.Contains(err.Error(), "xx: codes.a") {
		t.Errorf("the error does not name the place: %v", err)
	}
}

func TestFiguresAreWrittenInTheirUnit(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	f := func(v float64, u evidence.Unit, wantEN, wantZH string) {
		t.Helper()
		if got := en.Value(v, u); got != wantEN {
			t.Errorf("en: %v %s is %q, want %q", v, u, got, wantEN)
		}
		if got := zh.Value(v, u); got != wantZH {
			t.Errorf("zh: %v %s is %q, want %q", v, u, got, wantZH)
		}
	}
	f(-39e9, evidence.USD, "−$39bn", "−390亿美元")
	f(1.234e9, evidence.USDPerPercent, "$1.23bn per 1%", "12.3亿美元／1%")
	f(5e6, evidence.USDPerPoint, "$5m per point", "500万美元／点")
	f(5e6, evidence.USDPerVolPoint, "$5m per vol point", "500万美元／波动率点")
	f(5e6, evidence.USDPerHour, "$5m per hour", "500万美元／小时")
	f(5432.1, evidence.Points, "5,432.10", "5,432.10")
	f(1.08445, evidence.Points, "1.0845", "1.0845")
	f(0.1854, evidence.VolPerYear, "18.5% a year", "年化18.5%")
	f(-0.031, evidence.Ratio, "−3.1%", "−3.1%")
	f(0.04, evidence.PerYear, "4.0% a year", "年率4.0%")
	f(0.5, evidence.Years, "0.500 years", "0.500年")
	f(94.2, evidence.Percentile, "94th percentile", "第94百分位")
	f(1, evidence.Percentile, "1st percentile", "第1百分位")
	f(2.5, evidence.Percentile, "3rd percentile", "第3百分位")
	f(111, evidence.Percentile, "111th percentile", "第111百分位")
	f(1234567, evidence.Contracts, "1.23m contracts", "123万张")
	f(12345, evidence.Count, "12,345", "12,345")
	f(0.25, evidence.UnitNone, "0.25", "0.25")
	f(39.1, evidence.USDBillions, "$39.1bn", "391亿美元")
	f(30.25, evidence.PercentStated, "30.25%", "30.25%")
	f(6725, evidence.AsStated, "6,725", "6,725")
	f(39, "stated:usd bn", "$39bn", "390亿美元")
	f(1.65, "stated:usd trn", "$1.65tn", "1.65万亿美元")
	f(-4.8, "stated:usd mn", "−$4.8m", "−480万美元")
	f(153074, "stated:jobs", "153,074 jobs", "15.3074万个岗位")
	f(119, "stated:thousand", "119,000", "11.9万")
	f(3.6, "stated:mn contracts", "3.6m contracts", "360万张合约")
	f(30.1, "stated:pct", "30.1%", "30.1%")
	f(7, "stated:furlongs\u202e", "7 furlongs‹U+202E›", "7 furlongs‹U+202E›")
	f(6538.76, "stated:", "6,538.76", "6,538.76")
	f(3, "parsecs", "[parsecs]", "[parsecs]")
	f(math.NaN(), evidence.USD, "not a finite number", "非有限数")
	if got := en.Band(-65e9, -12e9, evidence.USD); got != "−$65bn to −$12bn" {
		t.Errorf("the band reads %q", got)
	}
	if got := en.Band(-65e9, -12e9, evidence.USDPerPercent); got != "−$65bn to −$12bn" {
		t.Errorf("the band reads %q", got)
	}
	if got := en.Band(5390.1, 5400, evidence.Points); got != "5,390.10 to 5,400.00" {
		t.Errorf("the band reads %q", got)
	}
	if got := zh.Band(-65e9, 12e9, evidence.USD); got != "−650亿美元至+120亿美元" {
		t.Errorf("the band reads %q", got)
	}
}

func TestNumbersPricesPercentsAndDates(t *testing.T) {
	en, zh := must(t, "en"), must(t, "zh")
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(en.Number(-1234.5, 0), "−1,235")
	f(en.Number(2.675, 2), "2.68")
	f(en.Number(-0.004, 2), "0.00")
	f(en.Number(999.999, 2), "1,000.00")
	f(en.Signed(0.5, 1), "+0.5")
	f(en.Signed(0, 1), "0.0")
	f(en.General(1234567), "1,234,567")
	f(en.General(0.1+0.2), "0.3")
	f(en.General(1.0/3), "0.333333")
	f(en.Price(6725), "6,725.00")
	f(en.Percent(0.0305, 1), "3.1%")
	f(en.SignedPercent(0.0305, 2), "+3.05%")
	f(en.SignedPercent(-0.36, 0), "−36%")
	f(en.Number(math.Inf(1), 2), "not a finite number")
	f(zh.Percent(math.NaN(), 2), "非有限数")
	zone := newYork()
	at := time.Date(2025, 11, 20, 21, 0, 0, 0, time.UTC)
	f(en.Date(at), "20 Nov 2025")
	f(zh.Date(at), "2025年11月20日")
	f(en.At(at), "20 Nov 2025, 16:00 New York")
	f(zh.At(time.Time{}), "未注明时间")
	f(en.Time(at.In(zone)), "20 Nov 2025, 16:00 New York")
	f(zh.Time(at.In(zone)), "2025年11月20日 16:00（纽约时间）")
	f(en.Time(at.Add(5*time.Second)), "20 Nov 2025, 21:00:05 UTC")
	f(en.Time(at.In(time.FixedZone("", 3600))), "20 Nov 2025, 22:00 UTC+01:00")
	f(en.Day(at), "20 Nov")
	f(zh.Day(at), "11月20日")
	f(en.Month(at), "Nov 2025")
	f(zh.Month(at), "2025年11月")
	f(en.Time(time.Time{}), "no time stated")
	f(en.DateOf("2025-11-20"), "20 Nov 2025")
	f(en.DateOf("next\u200bweek"), "next‹U+200B›week")
}

func TestCleanLeavesNothingThatHidesOrTurnsText(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := Clean(s); got != want {
			t.Errorf("Clean(%q) = %q, want %q", s, got, want)
		}
	}
	f("chain 2025.csv", "chain 2025.csv")
	f("标普500 – “x” é", "标普500 – “x” é")
	f("a\x1b[31mb\x07", "a‹U+001B›[31mb‹U+0007›")
	f("a\r\nb\u0085\u2028", "a‹U+000D›‹U+000A›b‹U+0085›‹U+2028›")
	f("abc\u202Efdp.exe", "abc‹U+202E›fdp.exe")
	f("\u2066x\u2069\u061c", "‹U+2066›x‹U+2069›‹U+061C›")
	f("p\u00aday\u200bpal\ufeff", "p‹U+00AD›ay‹U+200B›pal‹U+FEFF›")
	f("\xff\xfe", "‹0xFF›‹0xFE›")
	f("a\U000E0041", "a‹U+E0041›")
	f("\u3164\u2800\ufe0f", "‹U+3164›‹U+2800›‹U+FE0F›")
	f("<b>", "<b>")
	if got := []rune(Clean(strings.Repeat("字", 1000))); len(got) != CleanLimit+1 {
		t.Errorf("a long string keeps %d characters", len(got))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := Clean(s)
		for _, r := range once {
			if Hides(r) {
				t.Fatalf("Clean(%q) = %q", s, once)
			}
		}
		if len([]rune(once)) < CleanLimit && Clean(once) != once {
			t.Fatalf("Clean(%q) is not stable", s)
		}
	})
}

func TestTheCatalogueServesThePageAsItStands(t *testing.T) {
	for _, name := range Languages() {
		var sections map[string]any
		if err := json.Unmarshal(Catalogue(name), &sections); err != nil || sections["codes"] == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Catalogue("../go.mod") != nil || Catalogue("fr") != nil {
		t.Error("a name that is no language gives text")
	}
}
