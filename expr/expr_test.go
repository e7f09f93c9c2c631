package expr

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/evidence"
)

// answers is an observer with fixed answers; what it lacks is absent.
type answers map[string]float64

func (a answers) Observe(u Use) (Observation, error) {
	if x, ok := a[u.String()]; ok {
		return Observation{Value: x}, nil
	}
	return Observation{}, &evidence.Absent{Code: "no_observation", Args: evidence.Args{"name": u.String()}}
}

func vocabulary(t testing.TB) *Vocabulary {
	v, err := NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAConditionOfTheManualReadsWhatItNames(t *testing.T) {
	v := vocabulary(t)
	p, err := v.Compile(`fed.cut_bp("2025-12-10") >= 25 && cpi.yoy < 3.0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Uses()); got != `[cpi.yoy fed.cut_bp("2025-12-10")]` {
		t.Errorf("uses %s", got)
	}
	for _, c := range []struct {
		a           answers
		known, want bool
	}{
		{answers{`fed.cut_bp("2025-12-10")`: 25, "cpi.yoy": 2.7}, true, true},
		{answers{`fed.cut_bp("2025-12-10")`: 0, "cpi.yoy": 2.7}, true, false},
		{answers{`fed.cut_bp("2025-12-10")`: 0}, true, false}, // false whatever inflation is
		{answers{"cpi.yoy": 3.1}, true, false},                // false whatever the Fed does
		{answers{"cpi.yoy": 2.7}, false, false},
		{answers{}, false, false},
	} {
		got, err := p.Eval(context.Background(), c.a)
		if err != nil {
			t.Fatal(err)
		}
		if got.Known() != c.known || got.True != c.want {
			t.Errorf("%v: %+v", c.a, got)
		}
		if !got.Known() && got.Absent.Code != "no_observation" {
			t.Errorf("%v: reason %v", c.a, got.Absent)
		}
	}
}

// Three-valued logic: the answer of && and || is known exactly when the known operands decide it.
func TestUnknownOperandsFollowKleenesLogic(t *testing.T) {
	v := vocabulary(t)
	and, err := v.Compile(`series("A") > 0 && series("B") > 0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	or, err := v.Compile(`series("A") > 0 || series("B") > 0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	const no, yes, unknown = 0, 1, 2
	for a := range 3 {
		for b := range 3 {
			o := answers{}
			for name, x := range map[string]int{"A": a, "B": b} {
				if x != unknown {
					o[`series("`+name+`")`] = float64(x)
				}
			}
			outcome := func(p *Program) int {
				got, err := p.Eval(context.Background(), o)
				switch {
				case err != nil:
					t.Fatal(err)
				case !got.Known():
					return unknown
				case got.True:
					return yes
				}
				return no
			}
			wantAnd, wantOr := unknown, unknown
			switch {
			case a == no || b == no:
				wantAnd = no
			case a == yes && b == yes:
				wantAnd = yes
			}
			switch {
			case a == yes || b == yes:
				wantOr = yes
			case a == no && b == no:
				wantOr = no
			}
			if got := outcome(and); got != wantAnd {
				t.Errorf("%d && %d is %d, want %d", a, b, got, wantAnd)
			}
			if got := outcome(or); got != wantOr {
				t.Errorf("%d || %d is %d, want %d", a, b, got, wantOr)
			}
		}
	}
}

func TestMistakesAreFoundWhenLoadedWithLineAndColumn(t *testing.T) {
	f := func(text string, line, column int, says string) {
		t.Helper()
		_, err := vocabulary(t).Compile(text, Bool, Position{10, 5, 2})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", text, err)
			return
		}
		if e.Line != line || e.Column != column || !strings.Contains(e.Code.String(), says) {
			t.Errorf("%s: %v, want line %d, column %d, %q", text, e, line, column, says)
		}
	}
	f(`cpi.yy < 3.0`, 10, 8, "expr_unknown_name{known=cpi.yoy | cpi.yoy(day)")
	f(`vix > 20.0 && nonsense > 1.0`, 10, 19, "name=nonsense")
	f("vix > 20.0 &&\nnonsense > 1.0", 11, 3, "name=nonsense")
	f(`vix`, 10, 5, "expr_type{got=double want=bool}")
	f(`vix > "high"`, 10, 9, "expr_not_applicable")
	f(`vix && true`, 10, 5, "expected type 'bool' but found 'double'")
	f(`vix + 1 > 3.0`, 10, 9, "expr_not_applicable")
	f(`price("SPX", "2025-13-40") > 1.0`, 10, 18, "expr_argument_day")
	f(`price("the index") > 1.0`, 10, 11, "expr_argument_ticker")
	f(`price("SPX", "2025-11-20", "x") > 1.0`, 10, 10, "forms=price(ticker) | price(ticker, day)")
	f(`implied.touch("SPX", "2026-03-31", "-0.2") < 0.1`, 10, 40, "expr_argument_move")
	f(`worst("SPX", "2026-03-31", "2025-11-21") < 0.0`, 10, 32, "expr_dates_turned")
	f(`vix > `, 10, 11, "")
	f(``, 10, 5, "expr_empty")
	f(`series(1.0 > 0.0 ? "A" : "B") > 1.0`, 10, 22, "expr_argument_text")
	f(`[1, 2, 3].all(x, x > 0)`, 10, 18, "name=all")
	f(`[vix] == [vix]`, 10, 5, "expr_lists")
	f(`"a".matches("(a+)+b")`, 10, 16, "")
	f(`size([1.0]) > 0`, 10, 9, "")
	f(`duration("1h") > duration("1s")`, 10, 13, "name=duration")
	f(strings.Repeat("(", 300)+"true"+strings.Repeat(")", 300), 10, 5, "")
	f("true"+strings.Repeat(" && true", 1000), 10, 5, "")
}

func TestAnExpressionHasNoWayToTheSystem(t *testing.T) {
	for _, name := range []string{"env", "file", "read", "http.get", "exec", "now", "timestamp", "getenv", "google.protobuf.Struct{}", "type(1)", "dyn(1)", "bytes"} {
		text := name
		if !strings.ContainsAny(name, "({") {
			text += `("x")`
		}
		if _, err := vocabulary(t).Compile(text+" == 1.0", Bool, Position{1, 1, 0}); err == nil {
			t.Errorf("%s compiles", text)
		}
	}
}

func TestTheLongestExpressionStaysWithinItsCost(t *testing.T) {
	v := vocabulary(t)
	text := `series("A") > 0.0`
	for len(text)+len(` || series("A") > 0.0`) < MaxSize {
		text += ` || series("A") > 0.0`
	}
	p, err := v.Compile(text, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatalf("an expression of %d characters, within the limit, is refused: %v", len(text), err)
	}
	if _, err := p.Eval(context.Background(), answers{`series("A")`: 0}); err != nil {
		t.Errorf("a legal expression of %d characters: %v", len(text), err)
	}
}

func TestACancelledEvaluationEnds(t *testing.T) {
	v := vocabulary(t)
	p, err := v.Compile(`series("A") > 0.0`+strings.Repeat(` && series("A") > 0.0`, 60), Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Eval(ctx, answers{`series("A")`: 1}); err == nil {
		t.Error("a cancelled context did not end the evaluation")
	}
}

func TestAnErrorOfTheObserverIsNotAnAbsence(t *testing.T) {
	p, err := vocabulary(t).Compile(`vix > 20.0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is gone")
	if _, err := p.Eval(context.Background(), failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Observe(Use) (Observation, error) { return Observation{}, f.err }

func TestDefinedNamesAreInlinedWithWhatTheyRead(t *testing.T) {
	v := vocabulary(t)
	calm, err := v.Compile(`vix < 20.0`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Define("calm", calm); err != nil {
		t.Fatal(err)
	}
	if err := v.Define("calm", calm); err == nil {
		t.Error("a name was defined twice")
	}
	if err := v.Define("vix", calm); err == nil {
		t.Error("a word of the language was redefined")
	}
	p, err := v.Compile(`calm && ust.y10 < 4.6`, Bool, Position{1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Uses()); got != "[ust.y10 vix]" {
		t.Errorf("uses %s", got)
	}
	got, err := p.Eval(context.Background(), answers{"vix": 15, "ust.y10": 4.1})
	if err != nil || !got.True || len(got.Read) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = p.Eval(context.Background(), answers{"ust.y10": 4.1})
	if err != nil || got.Known() || got.Absent.Args["name"] != "vix" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A comparison of numbers must be what Go says of them, whatever the operator.
func TestComparisonsAgreeWithGo(t *testing.T) {
	v := vocabulary(t)
	ops := map[string]func(a, b float64) bool{
		"<": func(a, b float64) bool { return a < b }, "<=": func(a, b float64) bool { return a <= b },
		">": func(a, b float64) bool { return a > b }, ">=": func(a, b float64) bool { return a >= b },
		"==": func(a, b float64) bool { return a == b }, "!=": func(a, b float64) bool { return a != b },
	}
	programs := map[string]*Program{}
	for op := range ops {
		p, err := v.Compile(`series("A") `+op+` series("B")`, Bool, Position{1, 1, 0})
		if err != nil {
			t.Fatal(err)
		}
		programs[op] = p
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(-1e6, 1e6).Draw(t, "a")
		b := rapid.OneOf(rapid.Just(a), rapid.Float64Range(-1e6, 1e6)).Draw(t, "b")
		for op, want := range ops {
			got, err := programs[op].Eval(context.Background(), answers{`series("A")`: a, `series("B")`: b})
			if err != nil || got.True != want(a, b) {
				t.Fatalf("%v %s %v: %+v, %v", a, op, b, got, err)
			}
		}
	})
}

func FuzzCompileNeverPanicsAndPointsIntoTheText(f *testing.F) {
	for _, s := range []string{`vix > 20.0`, `cpi.yy`, "a\n&&b", `price("SPX`, `((((`, `"é" == "x"`, `fed.cut_bp("2025-12-10") >= 25`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := NewVocabulary()
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Compile(text, Bool, Position{1, 1, 0})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Code.Code == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if _, err := p.Eval(context.Background(), answers{}); err != nil {
			t.Logf("%q: %v", text, err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	p, err := vocabulary(b).Compile(`fed.cut_bp("2025-12-10") >= 25 && cpi.yoy < 3.0`, Bool, Position{1, 1, 0})
	if err != nil {
		b.Fatal(err)
	}
	o := answers{`fed.cut_bp("2025-12-10")`: 25, "cpi.yoy": 2.7}
	for b.Loop() {
		if _, err := p.Eval(context.Background(), o); err != nil {
			b.Fatal(err)
		}
	}
}
