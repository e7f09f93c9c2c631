package audit_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faultline/audit"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/expr"
)

// claims wraps claims into a ledger.
func claims(text string) string {
	return `schema: 1
document: {title: {en: A report, zh: 报告}, published: 2024-03-10}
cohorts:
  fund: {record_short_usd: -50e9, record_long_usd: 100e9, margin: 1.5, source: {en: made up, zh: 虚构}}
claims:
` + text
}

func load(t testing.TB, text string) *audit.Ledger {
	t.Helper()
	l, err := audit.Load(strings.NewReader(claims(text)))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return l
}

func one(id, rest string) string {
	return fmt.Sprintf("  - id: %s\n    kind: level\n    text: {en: a claim, zh: 论断}\n%s", id, rest)
}

// told answers names from a table.
type told struct {
	values map[string]float64
	days   map[string]string
	closes []float64 // of X, from 4 March 2024 on, one a day
}

func (o told) Observe(u expr.Use) (expr.Observation, error) {
	if v, ok := o.values[u.String()]; ok {
		return expr.Observation{Value: v, Known: time.Unix(1, 0)}, nil
	}
	return expr.Observation{}, &evidence.Absent{Code: "no_observation"}
}

func (o told) Day(id string) (calendar.Date, time.Time, error) {
	d, err := calendar.ParseDate(o.days[id])
	if err != nil {
		return 0, time.Time{}, &evidence.Absent{Code: "no_observation"}
	}
	return d, time.Unix(1, 0), nil
}

func (o told) Closes(_ string, visit func(calendar.Date, float64, time.Time) bool) error {
	if o.closes == nil {
		return &evidence.Absent{Code: "no_observation"}
	}
	first, _ := calendar.ParseDate("2024-03-04")
	for i, c := range o.closes {
		if !visit(first+calendar.Date(i), c, time.Unix(1, 0)) {
			break
		}
	}
	return nil
}

func verdictOf(t testing.TB, text string, o told) audit.Finding {
	t.Helper()
	f, err := audit.Judge(t.Context(), load(t, text), o, time.Date(2024, 3, 20, 21, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return f[0]
}

func TestAVerdictFollowsFromItsReadings(t *testing.T) {
	f := func(figure string, measured []float64, want audit.Verdict) {
		t.Helper()
		text := one("a", "    figure: "+figure+"\n    readings:\n")
		o := told{values: map[string]float64{}}
		for i, v := range measured {
			text += fmt.Sprintf("      - measure: 'fact(\"F%d\")'\n", i)
			if !math.IsNaN(v) {
				o.values[fmt.Sprintf("fact(\"F%d\")", i)] = v
			}
		}
		if got := verdictOf(t, text, o).Verdict; got != want {
			t.Errorf("%s against %v: %s, want %s", figure, measured, got, want)
		}
	}
	// Half of the last digit printed is the tolerance of a plain figure.
	f("{value: '4.4', unit: percent}", []float64{0.0444}, audit.Supported)
	f("{value: '4.4', unit: percent}", []float64{0.0446}, audit.Contradicted)
	f("{value: '12', unit: points}", []float64{12.5}, audit.Supported)
	f("{value: '12', unit: points}", []float64{12.51}, audit.Contradicted)
	// A tenth for a figure that is only about right; what the ledger says goes before both.
	f("{value: '100', unit: usd, bound: about}", []float64{110}, audit.Supported)
	f("{value: '100', unit: usd, bound: about}", []float64{111}, audit.Contradicted)
	f("{value: '100', unit: usd, within: 1%}", []float64{101.5}, audit.Contradicted)
	f("{value: '100', unit: usd, within: '5'}", []float64{104}, audit.Supported)
	// Bounds and ranges.
	f("{value: '70', unit: percent, bound: above}", []float64{0.9}, audit.Supported)
	f("{value: '70', unit: percent, bound: above}", []float64{0.7}, audit.Contradicted)
	f("{value: '70', unit: percent, bound: at_least}", []float64{0.7}, audit.Supported)
	f("{value: '40', unit: percent, bound: below}", []float64{0.391}, audit.Supported)
	f("{value: '40', unit: percent, bound: below}", []float64{0.41}, audit.Contradicted)
	f("{value: '-20', unit: percent, bound: at_most}", []float64{-0.25}, audit.Supported)
	f("{value: '10', high: '20', unit: points}", []float64{15}, audit.Supported)
	f("{value: '10', high: '20', unit: points}", []float64{9}, audit.Contradicted)
	// Several readings.
	f("{value: '10', unit: points}", []float64{10, 10}, audit.Supported)
	f("{value: '10', unit: points}", []float64{10, 20}, audit.Misleading)
	f("{value: '10', unit: points}", []float64{20, 30}, audit.Contradicted)
	f("{value: '10', unit: points}", []float64{10, math.NaN()}, audit.Unverifiable)
	// Units of both languages are kept in one.
	f("{value: '1650', unit: 亿美元}", []float64{165e9}, audit.Supported)
	f("{value: '11.9', unit: 万人}", []float64{119_000}, audit.Supported)
}

func TestTheMissAndTheStretchedToleranceAreMeasured(t *testing.T) {
	text := one("a", "    figure: {value: '44', unit: days, within: '2'}\n    readings:\n      - measure: 'fact(\"F\")'\n")
	g := verdictOf(t, text, told{values: map[string]float64{`fact("F")`: 37}})
	if r := g.Results[0]; r.Miss != -7 || r.Stretch != 3.5 || r.Holds {
		t.Errorf("miss %v, stretch %v, holds %v; want -7, 3.5, false", r.Miss, r.Stretch, r.Holds)
	}
}

func TestDatesAreHeldAgainstEventsAndCrossings(t *testing.T) {
	event := "    figure: {date: 2024-03-07}\n    readings:\n      - event: E\n"
	cross := "    figure: {date: 2024-03-07}\n    readings:\n      - first: {of: X, below: 100, from: 2024-03-05}\n"
	f := func(text string, o told, want audit.Verdict, miss float64) {
		t.Helper()
		g := verdictOf(t, one("a", text), o)
		if g.Verdict != want || !math.IsNaN(miss) && g.Results[0].Miss != miss {
			t.Errorf("%s, miss %v; want %s, %v", g.Verdict, g.Results[0].Miss, want, miss)
		}
	}
	f(event, told{days: map[string]string{"E": "2024-03-07"}}, audit.Supported, 0)
	f(event, told{days: map[string]string{"E": "2024-03-06"}}, audit.Contradicted, -1)
	f(event, told{}, audit.Unverifiable, math.NaN())
	f(cross, told{closes: []float64{90, 101, 102, 99, 98}}, audit.Supported, 0) // the 4th lies before "from"
	f(cross, told{closes: []float64{101, 99, 102}}, audit.Contradicted, -2)
	f(cross, told{closes: []float64{101, 102, 103}}, audit.Unverifiable, math.NaN())
}

func TestACauseIsAtMostConsistentAndAForecastWaits(t *testing.T) {
	causal := strings.Replace(one("a", "    readings:\n      - holds: 'fact(\"F\") > 1'\n"), "kind: level", "kind: causal", 1)
	if g := verdictOf(t, causal, told{values: map[string]float64{`fact("F")`: 2}}); g.Verdict != audit.Consistent {
		t.Errorf("a cause is %s", g.Verdict)
	}
	if g := verdictOf(t, causal, told{values: map[string]float64{`fact("F")`: 1}}); g.Verdict != audit.Contradicted {
		t.Errorf("a refuted cause is %s", g.Verdict)
	}
	due := one("a", "    due: 2024-03-21\n    readings:\n      - holds: 'fact(\"F\") > 1'\n")
	if g := verdictOf(t, due, told{values: map[string]float64{`fact("F")`: 2}}); g.Verdict != audit.NotYetDue {
		t.Errorf("a claim of tomorrow is %s", g.Verdict)
	}
	if g := verdictOf(t, strings.Replace(due, "-21", "-20", 1), told{values: map[string]float64{`fact("F")`: 2}}); g.Verdict != audit.Supported {
		t.Errorf("a claim that is due is %s", g.Verdict)
	}
}

func quantity(id, figure, q string) string {
	return one(id, "    figure: "+figure+"\n    needs: {en: x, zh: x}\n    quantity: "+q+"\n")
}

func TestContradictionsAmongClaimsAreFoundWithoutData(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, v := range load(t, text).Check() {
			s := v.String()
			if v.Mend != nil {
				s += fmt.Sprintf(" %v×%g", v.Mend.Claims, v.Mend.Factor)
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
	position := quantity("p", "{value: '80', unit: usd_bn}", "{of: fund, what: position}")
	f(position+quantity("s", "{value: '200', unit: usd_bn}", "{of: fund, what: flow, horizon: 1w, sign: -1}"),
		"beyond_record_short [p s] [s]×0.1")
	f(position + quantity("s", "{value: '20', unit: usd_bn}", "{of: fund, what: flow, horizon: 1w, sign: -1}"))
	f(quantity("p", "{value: '800', unit: usd_bn}", "{of: fund, what: position}"), "beyond_record_long [p] [p]×0.1")
	// A sale of another cohort, and a purchase, do not count.
	f(position + quantity("s", "{value: '200', unit: usd_bn}", "{of: other, what: flow, horizon: 1w, sign: -1}"))
	f(position + quantity("s", "{value: '200', unit: usd_bn}", "{of: fund, what: flow, horizon: 1w, sign: 1}"))

	f(quantity("t", "{value: '5', unit: usd_bn}", "{of: x, what: total}")+quantity("u", "{value: '50', unit: usd_bn}", "{of: x, what: part}"),
		"part_above_total [t u] [u]×0.1")
	f(quantity("a", "{value: '119', unit: persons}", "{of: jobs, what: level}")+quantity("b", "{value: '11.9', unit: 万人}", "{of: jobs, what: level}"),
		"same_quantity [a b]") // both say the same quantity, so that no slip of it sets them apart
	f(quantity("a", "{date: 2024-03-07}", "{of: e, what: day}")+quantity("b", "{date: 2024-03-08}", "{of: e, what: day}"), "same_quantity [a b]")
	f(quantity("a", "{value: '45', unit: percent}", "{of: s, what: probability}")+quantity("b", "{value: '45', unit: percent}", "{of: s, what: probability}"), "probabilities [a b]")
	f(quantity("a", "{value: '45', unit: percent}", "{of: s, what: probability}") + quantity("b", "{value: '55', unit: percent}", "{of: s, what: probability}"))
	levels := quantity("h", "{value: '100', unit: points}", "{of: x, what: high}") + quantity("l", "{value: '60', high: '70', unit: points}", "{of: x, what: low}")
	f(levels + quantity("c", "{value: '35', unit: percent}", "{of: x, what: change, sign: -1, from: h, to: l}"))
	f(levels+quantity("c", "{value: '20', unit: percent}", "{of: x, what: change, sign: -1, from: h, to: l}"), "change_of_levels [h l c]")
	period := quantity("q", "{date: 2024-03-05}", "{of: e, what: period, during: 2024-03-01..2024-03-10}")
	f(period+quantity("n", "{value: '44', unit: days}", "{of: e, what: length}"), "longer_than_period [q n] [n]×0.1")
	f(period+quantity("n", "{date: 2024-03-15}", "{of: y, what: effect, because: e, during: 2024-03-12..2024-03-20}"), "effect_outside [q n]")
	f(position+quantity("d", "{value: '30', unit: usd_bn}", "{of: fund, what: flow, horizon: done, sign: -1}")+
		one("o", "    needs: {en: x, zh: x}\n    quantity: {of: fund, what: stance, sign: -1}\n"), "stance [p d o]")
	f(quantity("g", "{value: '100', unit: points}", "{of: fund, what: trigger}")+quantity("b", "{value: '90', high: '95', unit: points}", "{of: fund, what: action, sign: 1}"),
		"action_at_price [g b]")
	f(one("c", "    needs: {en: x, zh: x}\n    quantity: {of: fall, what: cause}\n")+one("n", "    needs: {en: x, zh: x}\n    quantity: {of: fall, what: no_cause}\n"),
		"denied_cause [c n]")
}

// Whatever the sizes, a mend removes its violation and brings no other one.
func TestAMendMendsAndBreaksNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := quantity("p", fmt.Sprintf("{value: '%d', unit: usd_bn}", rapid.IntRange(1, 2000).Draw(r, "position")), "{of: fund, what: position}")
		for i, h := range []string{"1w", "1m"} {
			text += quantity(fmt.Sprintf("f%d", i), fmt.Sprintf("{value: '%d', unit: usd_bn}", rapid.IntRange(1, 9000).Draw(r, "flow")), "{of: fund, what: flow, sign: -1, horizon: "+h+"}")
		}
		l := load(t, text)
		found := l.Check()
		names := map[string]bool{}
		for _, v := range found {
			names[v.String()] = true
		}
		for _, v := range found {
			if v.Mend == nil {
				continue
			}
			mended := *l
			mended.Claims = slices.Clone(l.Claims)
			for i := range mended.Claims {
				if c := &mended.Claims[i]; slices.Contains(v.Mend.Claims, c.ID) {
					g := *c.Figure
					g.Value *= v.Mend.Factor
					c.Figure = &g
				}
			}
			for _, w := range mended.Check() {
				if w.String() == v.String() || !names[w.String()] {
					r.Fatalf("%v mended by %+v leaves %v", v, v.Mend, w)
				}
			}
		}
	})
}

// A document without a date has none made up for it, and no verdict rests on the one that it has.
func TestADocumentMayCarryNoDate(t *testing.T) {
	text := claims(one("a", "    figure: {value: '3', unit: usd}\n    readings:\n      - measure: 'fact(\"F\")'\n"))
	f := func(published string, want string) {
		t.Helper()
		l, err := audit.Load(strings.NewReader(strings.Replace(text, ", published: 2024-03-10", published, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Document.Published; got != want {
			t.Errorf("published %q, want %q", got, want)
		}
		g, err := audit.Judge(t.Context(), l, told{values: map[string]float64{`fact("F")`: 3}}, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))
		if err != nil || g[0].Verdict != audit.Supported {
			t.Errorf("with %q: %v, %v", published, g, err)
		}
	}
	f("", "")
	f(", published: 2024-03-10", "2024-03-10")
	f(", published: 2031-01-01", "2031-01-01") // after the instant of the audit: still no matter
	if _, err := audit.Load(strings.NewReader(strings.Replace(text, "2024-03-10", "soon", 1))); err == nil || !strings.Contains(err.Error(), "leave it out") {
		t.Errorf("published soon: %v", err)
	}
}

func TestMistakesInALedgerAreNamedWithTheirLine(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := audit.Load(strings.NewReader(claims(text)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want %q", text, err, want)
		}
	}
	ok := one("a", "    needs: {en: x, zh: x}\n")
	f(ok+ok, "line 10: claim a: the claim of line 6 has the same id")
	f(one("A b", "    needs: {en: x, zh: x}\n"), "use small letters")
	f(one("a", ""), "says in needs")
	f(strings.Replace(ok, "kind: level", "kind: rumour", 1), `kind "rumour"`)
	f(strings.Replace(ok, "zh: 论断", "zh: ''", 1), "text.en and text.zh")
	f(one("a", "    figure: {value: '3,5', unit: usd}\n    needs: {en: x, zh: x}\n"), "is no number")
	f(one("a", "    figure: {value: '3', unit: furlong}\n    needs: {en: x, zh: x}\n"), `unit "furlong"`)
	f(one("a", "    figure: {value: '3', high: '2', unit: usd}\n    needs: {en: x, zh: x}\n"), "is not above value")
	f(one("a", "    figure: {value: '3', unit: usd, bound: maybe}\n    needs: {en: x, zh: x}\n"), `bound "maybe"`)
	f(one("a", "    figure: {value: NaN, unit: usd}\n    needs: {en: x, zh: x}\n"), "is no number")
	f(one("a", "    readings:\n      - measure: 'fact(\"F\")'\n"), "measure needs a figure")
	f(one("a", "    readings:\n      - {}\n"), "exactly one of")
	f(one("a", "    readings:\n      - holds: 'fakt(\"F\") > 1'\n"), "line 10, column 21")
	f(one("a", "    readings:\n      - event: E\n"), "a figure with a date")
	f(one("a", "    due: soon\n    needs: {en: x, zh: x}\n"), `due "soon"`)
	f(quantity("a", "{value: '3', unit: usd}", "{of: x, what: change, from: nobody, to: a}"), `no claim "nobody"`)
	if _, err := audit.Load(strings.NewReader("schema: 7\n")); err == nil || !strings.Contains(err.Error(), "schema") {
		t.Errorf("schema 7: %v", err)
	}
	if _, err := audit.Load(strings.NewReader("schema: [\n")); err == nil {
		t.Error("broken YAML was taken")
	}
}

func TestTheShippedLedgerLoadsAndHoldsEnoughClaims(t *testing.T) {
	l, ok, err := audit.Shipped("nov2025")
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	if len(l.Claims) < 60 {
		t.Errorf("%d claims", len(l.Claims))
	}
	if l.Document.Published != "" {
		t.Errorf("the document carries no date, the ledger gives %s", l.Document.Published)
	}
	for _, c := range l.Claims {
		if q := c.Quantity; q != nil && q.What == "position" && c.Figure != nil {
			if k, ok := l.Cohorts[q.Of]; ok && k.LongUSD == c.Figure.Value {
				t.Errorf("the record of %s is the report's own figure", q.Of)
			}
		}
		if strings.ContainsAny(c.Text.EN+c.Text.ZH, "\n\t") || c.Where == "" {
			t.Errorf("%s: %+v", c.ID, c)
		}
	}
	if _, ok, err := audit.Shipped("nobody"); ok || err != nil {
		t.Error("a pack without a ledger has one", ok, err)
	}
}

// The zero lost between billions and 亿, the quarter that has no October in it, the funds that are sold out
// while most is left, and the purchase below the price at which they sell: all found, and the slips named.
func TestTheContradictionsOfTheShippedLedgerAreFound(t *testing.T) {
	l, _, err := audit.Shipped("nov2025")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, v := range l.Check() {
		got[v.String()] = 1
		if v.Mend != nil {
			got[v.String()] = v.Mend.Factor
		}
	}
	for name, factor := range map[string]float64{
		"beyond_record_short [cta-position cta-sale-week]":      0.1,
		"beyond_record_short [cta-position cta-sale-week-text]": 0.1,
		"beyond_record_short [cta-position cta-sale-month]":     0.1,
		"effect_outside [shutdown-quarter cpi-cancelled]":       1,
		"stance [cta-position cta-sold cta-oversold]":           1,
		"stance [cta-position cta-first-wave cta-oversold]":     1,
		"action_at_price [cta-trigger a-cta-buys]":              1,
		"denied_cause [gemini-cause tech-no-news]":              1,
	} {
		if got[name] != factor {
			t.Errorf("%s: %v, want %v", name, got[name], factor)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("found beyond what a reader finds: %s", name)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(claims(one("a", "    figure: {value: '3', unit: usd}\n    readings:\n      - measure: 'fact(\"F\")'\n")))
	f.Add("schema: 1\nclaims: [{id: a}]\n")
	f.Add("schema: 1\ndocument: {published: 2024-01-01}\nclaims: {a: b}\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := audit.Load(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := audit.Judge(t.Context(), l, told{}, time.Unix(0, 0)); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Fatalf("judge: %v", err)
		}
		l.Check()
	})
}
