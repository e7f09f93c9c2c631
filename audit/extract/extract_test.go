package extract

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func scan(t testing.TB, text string) []Figure {
	t.Helper()
	var out []Figure
	if err := Scan(strings.NewReader(text), func(f Figure) error { out = append(out, f); return nil }); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return out
}

// short is a figure in one line: value, its range, unit, bound, date.
func short(f Figure) string {
	if f.Kind == Date {
		if f.To != "" {
			return f.From + ".." + f.To
		}
		return f.From
	}
	s := map[Bound]string{About: "~", Above: ">", AtLeast: ">=", Below: "<", AtMost: "<="}[f.Bound] + fmt.Sprintf("%.10g", f.Value)
	if f.Range() {
		s += fmt.Sprintf("..%.10g", f.High)
	}
	return strings.TrimSpace(s + " " + f.Unit)
}

func TestNumberGrammarOfBothLanguages(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, g := range scan(t, text) {
			got = append(got, short(g))
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
	// Money and scales.
	f("基金持有约1,234亿美元", "~1.234e+11 usd")
	f("流出3.79亿美元", "379000000 usd")
	f("规模达1.2万亿美元", "1.2e+12 usd")
	f("30多亿美元", "3000000000 usd")
	f("$120-$150亿", "1.2e+10..1.5e+10 usd")
	f("人民币3000亿元", "3e+11 cny")
	f("sold $12bn, then US$3.5 million and €2.1tn", "1.2e+10 usd; 3500000 usd; 2.1e+12 eur")
	f("$40–50bn", "4e+10..5e+10 usd")
	f("a $12-billion fund", "1.2e+10 usd")
	f("between $81,500 and $92,000", "81500..92000 usd")
	f("７５亿美元", "7500000000 usd")
	// Ratios.
	f("涨三成,跌二成五,百分之十七", "30 percent; 25 percent; 17 percent")
	f("三分之二的基金", "66.66666667 percent")
	f("上升2.3个百分点,加息50个基点", "2.3 percentage_points; 50 basis_points")
	f("25bp, 30 bps and twenty-five basis points", "25 basis_points; 30 basis_points; 25 basis_points")
	f("94% - 100%", "94..100 percent")
	f("from 39.5% to 71%", "39.5 percent; 71 percent")
	f("从39%升至71%以上", "39 percent; >=71 percent")
	f("股价腰斩", "-50 percent")
	f("the price halved", "-50 percent")
	f("2倍做多, a 3x fund", "2 times; 3 times")
	f("a move of +/-2.5σ", "2.5 sigma")
	f("fell -3.2%", "-3.2 percent")
	// Ranks, levels, counts.
	f("处于91%分位, the 88th percentile", "91 percentile; 88 percentile")
	f("标普500指数跌破6,650点", "<6650 points")
	f("S&P 500 @ 6650", "6650 points")
	f("the S&P 500 lost 66 points to 6,601.25", "66 points; 6601.25 points")
	f("新增就业12.5万人", "125000 persons")
	f("12,345,678 shares; 1.5mm contracts", "12345678 shares; 1500000 contracts")
	f("三种情景, three scenarios", "3 count; 3 count")
	// Durations and averages.
	f("长达37天的停摆, a 41-day shutdown", "37 days; 41 days")
	f("一周内卖出, 半年后", "1 weeks; 0.5 years")
	f("跌破20日及50日均线", "<20 days; 50 days")
	f("the 200-day average", "200 days")
	f("十年期美债", "10 years")
	// Dates.
	f("2024年3月4日至8日", "2024-03-04..2024-03-08")
	f("2024年3月,4月5日", "2024-03; 2024-04-05")
	f("3月20-21日", "--03-20..--03-21")
	f("十一月二十日", "--11-20")
	f("2024-03-05某人", "2024-03-05")
	f("2024年三季度, 第四季度, 2024Q1, 3Q24, Q2 2024", "2024-Q3; 2024-Q4; 2024-Q1; 2024-Q3; 2024-Q2")
	f("1972-1974年, 1970年代, the 1980s", "1972..1974; 1970s; 1980s")
	f("On March 4, 2024 and 5 March 2024; March 6-8", "2024-03-04; 2024-03-05; 2024-03-06..2024-03-08")
	f("10/11/2024 in 2023", "2024-10-11; 2023")
	f("estimates for 2026; on 20 November 2025; by December", "2026; 2025-11-20; 2025-12")
	// What is no figure.
	f("Gemini 3, GPT-5, B200, TPUv5, 0DTE, VIX1D, Form 10-K, 沪深300, v2.3.1")
	f("see https://example.org/2024/03/05/12345678.html")
	f("2.3 A heading")
	f("表 4: 概览")
	f("1. First\n2) Second\n3、第三")
	f("at 11:08 and 16:00")
	f("一个重要的一次性的第一部分")
	f("五")
	f("costs more. 12")
}

func TestTheHeaderOfATableGivesItsCellsTheScale(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, g := range scan(t, text) {
			if g.Kind == Amount {
				got = append(got, short(g)+" "+g.Note)
			}
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
	f("| company | capex ($bn) | staff |\n|--|--|--|\n| One | >110 | 7,000 |\n| Two | ~85.5 | 900 |",
		">1.1e+11 usd scale_from_header", "~8.55e+10 usd scale_from_header")
	f("公司\n\n预测 (亿美元)\n\n甲\n\n>$1,100\n\n乙\n\n~950", ">1.1e+11 usd scale_from_header", "~9.5e+10 usd scale_from_header")
	// The table has ended: the number is what it says.
	f("预测 (亿美元)\n\n"+strings.Repeat("一段很长的正文,", 10)+"\n$1,100", "1100 usd ")
	// A cell with a scale of its own keeps it.
	f("预测 (亿美元)\n$3bn", "3000000000 usd ")
}

func TestAFigureKnowsItsSubjectItsDirectionAndItsPlace(t *testing.T) {
	got := scan(t, "第一行\n趋势跟踪基金一周内可能抛售120亿美元, VIX上升至31.5")
	if len(got) != 3 {
		t.Fatalf("%d figures, want 3: %+v", len(got), got)
	}
	if g := got[1]; g.About != "cta" || g.Toward != -1 || g.Line != 2 || g.Column != 14 || g.Raw != "120亿美元" {
		t.Errorf("%+v", g)
	}
	if g := got[2]; g.About != "VIX" || g.Toward != 1 || g.Kind != Level {
		t.Errorf("%+v", g)
	}
}

// The generator of the property: a number, how it is printed, and what must be read.
func TestAmountsAreReadAsTheyWerePrinted(t *testing.T) {
	scales := []struct {
		text   string
		factor float64
	}{{"万", 1e4}, {"亿", 1e8}, {"万亿", 1e12}, {"bn", 1e9}, {" billion", 1e9}, {"mm", 1e6}, {" trillion", 1e12}, {"", 1}}
	rapid.Check(t, func(r *rapid.T) {
		whole := rapid.IntRange(1, 9_999_999).Draw(r, "whole")
		cents := rapid.IntRange(0, 99).Draw(r, "cents")
		s := scales[rapid.IntRange(0, len(scales)-1).Draw(r, "scale")]
		n := fmt.Sprint(whole)
		if rapid.Bool().Draw(r, "grouped") {
			for i := len(n) - 3; i > 0; i -= 3 {
				n = n[:i] + "," + n[i:]
			}
		}
		v := float64(whole)
		if cents > 0 {
			n += fmt.Sprintf(".%02d", cents)
			v += float64(cents) / 100
		}
		got := scan(t, "前文 $"+n+s.text+" 后文")
		if len(got) != 1 || !(math.Abs(got[0].Value/(v*s.factor)-1) < 1e-12) || got[0].Unit != "usd" {
			r.Fatalf("$%s%s read as %+v", n, s.text, got)
		}
	})
}

func TestHostileTextComesOutHarmlessAndBounded(t *testing.T) {
	for name, text := range map[string]string{
		"digits":     strings.Repeat("9", 1_000_000) + "亿美元",
		"commas":     strings.Repeat("1,234", 200_000),
		"signs":      strings.Repeat("$", 500_000) + "5",
		"bidi":       "共\u202e5\u202c0亿美元\u2066 and \x1b[31m$3bn\x00",
		"html":       "<script>alert(1)</script> $3bn <b>",
		"names":      strings.Repeat("英伟达CTA", 100_000),
		"no utf-8":   "\xff\xfe$3bn\xc3",
		"dashes":     strings.Repeat("1-", 300_000),
		"long words": strings.Repeat("twenty-", 100_000),
	} {
		for _, f := range scan(t, text) {
			if n := utf8.RuneCountInString(f.Raw); n > maxRaw || math.IsInf(f.Value, 0) || f.Kind != Date && math.IsNaN(f.Value) {
				t.Errorf("%s: %+v", name, f)
			}
			for _, c := range f.Raw {
				if hidden(c) {
					t.Errorf("%s: %q lets %U through", name, f.Raw, c)
				}
			}
		}
	}
	if got := scan(t, "共\u202e5\u202c0亿美元"); len(got) != 1 || got[0].Value != 50e8 {
		t.Errorf("a mark that turns the direction splits the number: %+v", got)
	}
}

func TestATextThatIsTooLargeIsRefused(t *testing.T) {
	err := Scan(io.LimitReader(zeros{}, MaxBytes+2), func(Figure) error { return nil })
	if !errors.Is(err, ErrTooLarge) {
		t.Fatalf("error %v", err)
	}
	stop := errors.New("stop")
	if err := Scan(strings.NewReader("$3bn"), func(Figure) error { return stop }); !errors.Is(err, stop) {
		t.Fatalf("the caller's error is lost: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{
		"约1,234亿美元", "$120-$150亿", "2024年3月4日至8日", "94% - 100%", "十一月二十日", "twenty-five basis points", "between $1 and $2", "| a ($bn) |\n| 3 |",
		"三分之二", "1-2个", "-3.2%", "Nov. 17-21", "\u202e5", "9999999999999999999999999999999999999999999", "1.2.3", "预测 (亿美元)\n~950",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, column := 1, 0
		for _, g := range scan(t, text) {
			if g.Line < line || g.Line == line && g.Column <= column {
				t.Fatalf("figures out of order: %d:%d after %d:%d", g.Line, g.Column, line, column)
			}
			line, column = g.Line, g.Column
			if utf8.RuneCountInString(g.Raw) > maxRaw || !utf8.ValidString(g.Raw) {
				t.Fatalf("raw %q", g.Raw)
			}
			switch {
			case g.Kind == Date && (g.From == "" || !math.IsNaN(g.Value)):
				t.Fatalf("a date without a day: %+v", g)
			case g.Kind != Date && (math.IsNaN(g.Value) || math.IsInf(g.Value, 0)):
				t.Fatalf("not a number: %+v", g)
			case g.Range() && !(g.Value < g.High):
				t.Fatalf("range %v to %v", g.Value, g.High)
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	text := strings.Repeat("趋势跟踪基金一周内可能抛售120亿美元, VIX上升至31.5。The S&P 500 fell 1.2% to 6,650 on 4 March 2024, as funds sold $12bn.\n", 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Scan(strings.NewReader(text), func(Figure) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// The count of a reader who had not seen the program, against what the program finds: at least 95 % with the
// right unit, and at most 2 % beyond the count.
func TestTheCountOfAnIndependentReaderIsFound(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "source", "report.zh.txt"))
	if err != nil {
		t.Skip("../shared/source is absent")
	}
	got := map[string]int{}
	figures := scan(t, string(raw))
	for _, f := range figures {
		got[asCounted(f)]++
	}
	found := 0
	for _, want := range counted {
		if got[want] > 0 {
			got[want]--
			found++
			continue
		}
		line, _, _ := strings.Cut(want, " ")
		t.Logf("missed: %s (on that line: %v)", want, onLine(figures, line))
	}
	beyond := 0
	for k, n := range got {
		if n > 0 {
			beyond += n
			t.Logf("found, not counted: %s", k)
		}
	}
	t.Logf("%d of %d counted figures found; %d found beyond the count", found, len(counted), beyond)
	if !(float64(found) >= 0.95*float64(len(counted))) {
		t.Errorf("found %d of %d, want 95 %%", found, len(counted))
	}
	if !(float64(beyond) <= 0.02*float64(len(figures))) {
		t.Errorf("%d of %d figures are beyond the count, want 2 %% at most", beyond, len(figures))
	}
}

func onLine(all []Figure, line string) []string {
	var out []string
	for _, f := range all {
		if fmt.Sprint(f.Line) == line {
			out = append(out, asCounted(f))
		}
	}
	return out
}

// asCounted writes a figure as the independent reader does.
func asCounted(f Figure) string {
	from, to := f.From, f.To
	if f.Kind == Date {
		if year, q, ok := strings.Cut(from, "-Q"); ok {
			ends := [...]string{"01-01..%s-03-31", "04-01..%s-06-30", "07-01..%s-09-30", "10-01..%s-12-31"}
			return fmt.Sprintf("%d %s-"+ends[q[0]-'1'], f.Line, year, year)
		}
		if year, ok := strings.CutSuffix(from, "0s"); ok {
			return fmt.Sprintf("%d %s0..%s9", f.Line, year, year)
		}
		if to != "" {
			from += ".." + to
		}
		return fmt.Sprintf("%d %s", f.Line, from)
	}
	plain := func(v float64) string { return strconv.FormatFloat(math.Abs(v), 'f', -1, 64) }
	unit, value := f.Unit, plain(f.Value)
	switch {
	case unit == "percentile":
		unit = "percent"
	case unit == "persons":
		unit = "count"
	case unit == "weeks":
		unit, value = "days", plain(7*f.Value)
	}
	if f.Range() {
		value += ".." + plain(f.High)
	}
	return fmt.Sprintf("%d %s %s", f.Line, value, unit)
}
