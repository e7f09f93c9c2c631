package expr

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"faultline/evidence"
)

// What an expression may cost. An expression of the language has no loops, so that its cost is bounded by
// its size; the limits at run time are a second wall.
const (
	MaxSize  = 4096                   // code points of the text
	MaxDepth = 40                     // nesting
	MaxCost  = 10_000                 // CEL cost units of one evaluation; a comparison costs about 1
	MaxTime  = 250 * time.Millisecond // of one evaluation; looked at before each observation is read
)

// Type is what an expression gives.
type Type string

// The types of an expression.
const (
	Bool   Type = "bool"
	Number Type = "number"
)

func (t Type) cel() *cel.Type {
	if t == Bool {
		return cel.BoolType
	}
	return cel.DoubleType
}

// Error is a mistake in an expression, at its line and column, both from 1.
type Error struct {
	Line, Column int
	Code         evidence.Code // what is wrong and what to write instead
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Code)
}

// Where is the place of the mistake in the text of the expression's file, whose name it does not know.
func (e *Error) Where() (file string, line, column int, name string) {
	return "", e.Line, e.Column, ""
}

// Reason is the mistake as a code.
func (e *Error) Reason() evidence.Code { return e.Code }

// Position is where the text of an expression begins in its file, so that errors point into the file.
// Column is that of the first character of the first line; Indent is how many characters stand before the
// text on the lines after it.
type Position struct{ Line, Column, Indent int }

// Use is a name that an expression reads, with its arguments.
type Use struct {
	Name string
	Args []string
}

// String writes a use as it stands in an expression.
func (u Use) String() string {
	if len(u.Args) == 0 {
		return u.Name
	}
	return u.Name + `("` + strings.Join(u.Args, `", "`) + `")`
}

// Vocabulary is the names of the language and those that a file defines. It is not safe for concurrent
// use; the programs compiled with it are.
type Vocabulary struct {
	env     *cel.Env
	defined map[string]*Program
	names   map[string]Name
}

// operators are all that expressions may call beside the vocabulary: comparison, logic, arithmetic and the
// conditional. Regular expressions, time zones, lists of any length and conversions are left out.
var operators = []string{
	"_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "_/_", "-_",
}

// NewVocabulary returns the vocabulary of Names.
func NewVocabulary() (*Vocabulary, error) {
	v := &Vocabulary{defined: map[string]*Program{}, names: map[string]Name{}}
	var allowed []*env.Function
	for _, name := range operators {
		allowed = append(allowed, env.NewFunction(name))
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{DisableMacros: true, IncludeFunctions: allowed})),
		cel.ClearMacros(), cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(MaxSize), cel.ParserRecursionLimit(MaxDepth),
	}
	for _, n := range Names {
		v.names[n.Name] = n
		var overloads []cel.FunctionOpt
		for _, params := range n.Params {
			if len(params) == 0 {
				opts = append(opts, cel.Variable(n.Name, cel.DoubleType))
				continue
			}
			args := make([]*cel.Type, len(params))
			for i := range args {
				args[i] = cel.StringType
			}
			// The observer is bound when the program runs, so that a program holds no state and may run on
			// many states at once.
			overloads = append(overloads, cel.Overload(
				fmt.Sprintf("%s_%d", n.Name, len(params)), args, cel.DoubleType, cel.LateFunctionBinding()))
		}
		if len(overloads) > 0 {
			opts = append(opts, cel.Function(n.Name, overloads...))
		}
	}
	var err error
	if v.env, err = cel.NewCustomEnv(opts...); err != nil {
		return nil, fmt.Errorf("vocabulary of conditions: %w", err)
	}
	return v, nil
}

// Define adds a name for a compiled expression, which later expressions may use.
func (v *Vocabulary) Define(name string, p *Program) error {
	if _, taken := v.names[name]; taken || v.defined[name] != nil {
		return fmt.Errorf("%s is defined already: choose another name", name)
	}
	next, err := v.env.Extend(cel.Variable(name, p.gives.cel()))
	if err != nil {
		return fmt.Errorf("define %s: %w", name, err)
	}
	v.env, v.defined[name] = next, p
	return nil
}

// Reserve takes a name whose expression has a mistake, so that those that use it are not blamed for that.
// Nothing may be evaluated with the vocabulary after it.
func (v *Vocabulary) Reserve(name string) error { return v.Define(name, &Program{gives: Bool}) }

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	text    string
	gives   Type
	program cel.Program
	uses    []Use
	defined map[string]*Program // the names of its file that it uses
}

// Text is the expression as it was written.
func (p *Program) Text() string { return p.text }

// Uses lists what the expression reads, directly or through the names of its file, in order.
func (p *Program) Uses() []Use {
	seen := map[string]Use{}
	for _, u := range p.uses {
		seen[u.String()] = u
	}
	for _, d := range p.defined {
		for _, u := range d.Uses() {
			seen[u.String()] = u
		}
	}
	keys := make([]string, 0, len(seen))
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make([]Use, len(keys))
	for i, k := range keys {
		out[i] = seen[k]
	}
	return out
}

// Compile checks an expression that must give the wanted type. An error is an *Error.
func (v *Vocabulary) Compile(text string, want Type, at Position) (*Program, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{at.Line, at.Column, evidence.Code{Code: "expr_empty"}}
	}
	checked, issues := v.env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, place(at, first.Location, v.problem(first.Message))
	}
	if got := checked.OutputType(); !got.IsExactType(want.cel()) {
		return nil, &Error{at.Line, at.Column, evidence.Code{Code: "expr_type", Args: evidence.Args{"got": got.String(), "want": string(want)}}}
	}
	p := &Program{text: text, gives: want, defined: map[string]*Program{}}
	if err := v.walk(p, checked, at); err != nil {
		return nil, err
	}
	var err error
	p.program, err = v.env.Program(checked, cel.CostLimit(MaxCost), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, &Error{at.Line, at.Column, evidence.Code{Code: "expr_not_understood", Args: evidence.Args{"detail": err.Error()}}}
	}
	return p, nil
}

// walk notes what a checked expression reads and checks the arguments, which must be literals.
func (v *Vocabulary) walk(p *Program, checked *cel.Ast, at Position) (failed error) {
	native := checked.NativeRep()
	fail := func(id int64, c evidence.Code) {
		if failed == nil {
			failed = place(at, native.SourceInfo().GetStartLocation(id), c)
		}
	}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			if d := v.defined[e.AsIdent()]; d != nil {
				p.defined[e.AsIdent()] = d
			} else {
				p.uses = append(p.uses, Use{Name: e.AsIdent()})
			}
		case ast.ListKind, ast.MapKind, ast.StructKind, ast.ComprehensionKind:
			fail(e.ID(), evidence.Code{Code: "expr_lists"})
		case ast.CallKind:
			call := e.AsCall()
			n, ok := v.names[call.FunctionName()]
			if !ok {
				return // an operator
			}
			use := Use{Name: n.Name}
			for i, arg := range call.Args() {
				text, ok := "", arg.Kind() == ast.LiteralKind
				if ok {
					text, ok = arg.AsLiteral().Value().(string)
				}
				if !ok {
					fail(arg.ID(), evidence.Code{Code: "expr_argument_text", Args: evidence.Args{"number": i + 1, "name": n.Name}})
					return
				}
				for _, params := range n.Params {
					if len(params) != len(call.Args()) {
						continue
					}
					if !params[i].takes(text) {
						fail(arg.ID(), params[i].refusal(text, n.Name))
						return
					}
				}
				use.Args = append(use.Args, text)
			}
			for i := 1; i < len(use.Args); i++ { // of two dates the first comes first
				if Day.takes(use.Args[i-1]) && Day.takes(use.Args[i]) && use.Args[i] < use.Args[i-1] {
					fail(call.Args()[i].ID(), evidence.Code{Code: "expr_dates_turned", Args: evidence.Args{"name": n.Name, "first": use.Args[i-1], "second": use.Args[i]}})
				}
			}
			p.uses = append(p.uses, use)
		}
	}))
	return failed
}

// place points a complaint into the file.
func place(at Position, loc common.Location, c evidence.Code) *Error {
	line, column := max(loc.Line(), 1), max(loc.Column(), 0)
	e := &Error{Line: at.Line + line - 1, Column: at.Indent + column + 1, Code: c}
	if line == 1 {
		e.Column = at.Column + column
	}
	return e
}

// problem turns a complaint of CEL into a code that says what there is.
func (v *Vocabulary) problem(message string) evidence.Code {
	const undeclared, overload = "undeclared reference to '", "found no matching overload for '"
	switch {
	case strings.HasPrefix(message, undeclared):
		name, _, _ := strings.Cut(message[len(undeclared):], "'")
		return evidence.Code{Code: "expr_unknown_name", Args: evidence.Args{"name": name, "known": v.near(name)}}
	case strings.HasPrefix(message, overload):
		name, rest, _ := strings.Cut(message[len(overload):], "'")
		if n, ok := v.names[name]; ok {
			return evidence.Code{Code: "expr_other_arguments", Args: evidence.Args{"name": n.Name, "forms": n.forms()}}
		}
		_, given, _ := strings.Cut(rest, "applied to ")
		return evidence.Code{Code: "expr_not_applicable", Args: evidence.Args{"operator": strings.Trim(name, "_"), "given": strings.Trim(given, "'")}}
	}
	return evidence.Code{Code: "expr_not_understood", Args: evidence.Args{"detail": strings.TrimPrefix(message, "Syntax error: ")}}
}

// near lists the names that begin like an unknown one, or all names.
func (v *Vocabulary) near(name string) string {
	prefix, _, _ := strings.Cut(name, ".")
	var known, all []string
	for _, n := range Names {
		all = append(all, n.Name)
		if strings.HasPrefix(n.Name, prefix+".") {
			known = append(known, n.forms())
		}
	}
	for n := range v.defined {
		all = append(all, n)
	}
	if len(known) > 0 {
		return strings.Join(known, ", ")
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

// Reading is one observation that an evaluation asked for.
type Reading struct {
	Use    Use
	Value  float64
	Known  time.Time // when it became known
	Grade  evidence.Grade
	Absent *evidence.Absent
}

// Verdict is the outcome of an evaluation: Absent says why it is not known.
type Verdict struct {
	True   bool
	Value  float64
	Absent *evidence.Absent
	Read   []Reading
}

// Known reports whether the expression has an answer.
func (v Verdict) Known() bool { return v.Absent == nil }

// Observation is one answer: a value, when it became known, and how far it is to be trusted.
type Observation struct {
	Value float64
	Known time.Time
	Grade evidence.Grade
}

// Observer answers a name with its arguments. An absence is an *evidence.Absent; any other error ends the
// evaluation.
type Observer interface {
	Observe(u Use) (Observation, error)
}

// Eval evaluates the expression on what an observer knows.
func (p *Program) Eval(ctx context.Context, o Observer) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	var out Verdict
	var broken error // an error of the observer that is no absence
	read := map[string]ref.Val{}
	observe := func(u Use) ref.Val {
		if v, ok := read[u.String()]; ok {
			return v
		}
		if err := ctx.Err(); err != nil {
			broken = err
			return types.WrapErr(err)
		}
		r := Reading{Use: u}
		got, err := o.Observe(u)
		var result ref.Val = types.Double(got.Value)
		switch {
		case errors.As(err, &r.Absent):
			result = types.WrapErr(r.Absent)
		case err != nil:
			broken = errors.Join(broken, err)
			result = types.WrapErr(err)
		case got.Value-got.Value != 0:
			r.Absent = &evidence.Absent{Code: "not_finite", Args: evidence.Args{"name": u.String()}}
			result = types.WrapErr(r.Absent)
		default:
			r.Value, r.Known, r.Grade = got.Value, got.Known, got.Grade
		}
		out.Read = append(out.Read, r)
		read[u.String()] = result
		return result
	}
	vars := map[string]any{}
	funcs := map[string]cel.LateBoundFunction{}
	p.bind(vars, funcs, observe)
	activation, err := cel.FunctionVars(vars, funcs)
	if err != nil {
		return Verdict{}, fmt.Errorf("evaluate %s: %w", p.text, err)
	}
	value, err := p.run(ctx, activation)
	if broken != nil {
		return Verdict{}, fmt.Errorf("evaluate %s: %w", p.text, broken)
	}
	if err != nil {
		if errors.As(err, &out.Absent) {
			return out, nil
		}
		return Verdict{}, fmt.Errorf("evaluate %s: %w", p.text, err)
	}
	switch x := value.(type) {
	case types.Bool:
		out.True = bool(x)
	case types.Double:
		if out.Value = float64(x); out.Value-out.Value != 0 {
			out.Value, out.Absent = 0, &evidence.Absent{Code: "not_finite", Args: evidence.Args{"name": p.text}}
		}
	default:
		return Verdict{}, fmt.Errorf("evaluate %s: %v is neither true nor false nor a number", p.text, value)
	}
	return out, nil
}

func (p *Program) run(ctx context.Context, a interpreter.Activation) (ref.Val, error) {
	value, _, err := p.program.ContextEval(ctx, a)
	return value, err
}

// bind puts the names that the expression uses into an activation.
func (p *Program) bind(vars map[string]any, funcs map[string]cel.LateBoundFunction, observe func(Use) ref.Val) {
	for _, u := range p.uses {
		if len(u.Args) == 0 {
			vars[u.Name] = func() any { return observe(Use{Name: u.Name}) }
			continue
		}
		funcs[u.Name] = func(_ string, args ...ref.Val) ref.Val {
			texts := make([]string, len(args))
			for i, a := range args {
				texts[i] = fmt.Sprint(a.Value())
			}
			return observe(Use{u.Name, texts})
		}
	}
	for name, d := range p.defined {
		vars[name] = func() any {
			inner, innerFuncs := map[string]any{}, map[string]cel.LateBoundFunction{}
			d.bind(inner, innerFuncs, observe)
			activation, err := cel.FunctionVars(inner, innerFuncs)
			if err != nil {
				return types.WrapErr(err)
			}
			value, err := d.run(context.Background(), activation)
			if err != nil {
				return types.WrapErr(err)
			}
			return value
		}
	}
}
