package words

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// This file reads the sources of the whole module and collects every code in them, so that no code
// reaches a reader without words. Codes are found by where they are written:
//
//   - in a field of a literal, by the table fields;
//   - as a constant of a type, by the table types;
//   - as an element of a package variable, by the table lists;
//   - as the name of a flow model, which is what its method Name returns;
//   - as the key of a call of Label, Text or In of package words, in Go or in a template;
//   - as the name of a figure that the module root mints;
//   - in an exported package variable `WordKeys = []string{"section.name", …}`, for codes that are
//     made in a way that a reader of the syntax cannot follow.

// fields maps type.field of a literal to the section that has its words.
var fields = map[string]string{
	"Code.Code":             "codes",
	"Absent.Code":           "codes",
	"Node.Method":           "method",
	"Missing.Part":          "part",
	"Headline.ID":           "headline",
	"Exposure.Convention":   "convention",
	"Exposure.Dynamics":     "dynamics",
	"Trend.From":            "trend_from",
	"BucketExposure.Bucket": "bucket",
	"Expiry.ForwardFrom":    "forward_method",
	"Forward.Method":        "forward_method",
	"Origin.KnownAt":        "known_at",
	"Origin.Format":         "format",
	"Input.KnownAt":         "known_at",
	"Input.Format":          "format",
	"RejectedQuote.Reason":  "codes",
	"ExpiryExposure.Bucket": "bucket",
	"Instrument.Kind":       "instrument_kind",
}

// strict are the sections in which a code that the reader of the syntax cannot follow is a failure.
var strict = []string{"codes"}

// frontEnds hand on codes that others made.
var frontEnds = []string{"words", "report", "cli", "server", "monitor"}

// types maps a package and a type to the sections that have words for its constants.
var types = map[string][]string{
	".LevelKind":    {"level"},
	"evidence.Unit": {"unit", "in_unit"},
	"market.Kind":   {"instrument_kind"},
}

// lists maps a package and a variable to the section that has words for its elements.
var lists = map[string]string{
	"options.reasons":        "codes",
	"options.volSourceNames": "vol_source",
	"evidence.gradeNames":    "grade",
}

// prefixes maps a package to the beginnings of the names of its constants that are codes, and those to
// the section that has their words.
var prefixes = map[string]map[string]string{
	"feed": {"Code": "codes", "Reason": "codes", "Note": "codes", "Caveat": "codes", "Known": "known_at"},
	"pack": {"Known": "known_at", "Format": "format"},
}

// use is a code and the place where it stands. The names of its arguments are there where the code is
// made with them in sight: args always come, maybe are set under a condition.
type use struct {
	key, at     string
	args, maybe []string
	argsOK      bool
}

// source is one package of the module.
type source struct {
	dir    string // relative to the root, "." for it
	files  []*ast.File
	consts map[string]ast.Expr
	types  map[string]string // declared type of a constant
}

// reader collects the codes of the module.
type reader struct {
	fset     *token.FileSet
	packages map[string]*source
	uses     []use
	failures []string
}

func readModule(t *testing.T, root string) *reader {
	t.Helper()
	r := &reader{fset: token.NewFileSet(), packages: map[string]*source{}}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "bench") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".tmpl") {
			return r.template(name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(r.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		p := r.packages[dir]
		if p == nil {
			p = &source{dir: dir, consts: map[string]ast.Expr{}, types: map[string]string{}}
			r.packages[dir] = p
		}
		p.files = append(p.files, f)
		p.declare(f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range sortedDirs(r.packages) {
		r.read(r.packages[dir])
	}
	return r
}

// template collects the keys of labels in a template, which calls them as t "section.name".
func (r *reader) template(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for _, m := range templateKey.FindAllSubmatch(text, -1) {
		r.uses = append(r.uses, use{key: string(m[1]), at: name})
	}
	return nil
}

var templateKey = regexp.MustCompile(`\bt "([a-z_]+\.[a-z_0-9.]+)"`)

func sortedDirs(m map[string]*source) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// declare notes the constants of a file.
func (p *source) declare(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					p.consts[name.Name] = v.Values[i]
				}
				if id, ok := v.Type.(*ast.Ident); ok {
					p.types[name.Name] = id.Name
				}
			}
		}
	}
}

func (r *reader) add(section, code string, at token.Pos) {
	r.uses = append(r.uses, use{key: section + "." + code, at: r.fset.Position(at).String()})
}

func (r *reader) read(p *source) {
	pkg := path.Base(p.dir)
	if p.dir == "." {
		pkg = ""
	}
	for name, typ := range p.types {
		for _, section := range types[pkg+"."+typ] {
			for _, code := range r.values(p, nil, p.consts[name]) {
				if code != "" {
					r.add(section, code, p.consts[name].Pos())
				}
			}
		}
	}
	for name, value := range p.consts {
		for prefix, section := range prefixes[pkg] {
			if strings.HasPrefix(name, prefix) {
				for _, code := range r.values(p, nil, value) {
					r.add(section, code, value.Pos())
				}
			}
		}
	}
	for _, f := range p.files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						r.list(p, pkg, v)
					}
				}
				r.walk(p, nil, d)
			case *ast.FuncDecl:
				if strings.HasPrefix(p.dir, "flow/") && d.Recv != nil && d.Name.Name == "Name" && d.Body != nil {
					ast.Inspect(d.Body, func(n ast.Node) bool {
						if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
							for _, code := range r.values(p, d, ret.Results[0]) {
								r.add("player", code, ret.Pos())
							}
						}
						return true
					})
				}
				r.walk(p, d, d)
			}
		}
	}
}

func (r *reader) list(p *source, pkg string, v *ast.ValueSpec) {
	for i, name := range v.Names {
		section, ok := lists[pkg+"."+name.Name]
		if name.Name == "WordKeys" {
			section, ok = "", true
		}
		if !ok || i >= len(v.Values) {
			continue
		}
		lit, isLit := v.Values[i].(*ast.CompositeLit)
		if !isLit {
			r.failures = append(r.failures, r.fset.Position(v.Pos()).String()+": "+name.Name+" is not a literal")
			continue
		}
		for _, e := range lit.Elts {
			if kv, isPair := e.(*ast.KeyValueExpr); isPair {
				e = kv.Value
			}
			for _, code := range r.values(p, nil, e) {
				switch {
				case section == "":
					r.uses = append(r.uses, use{key: code, at: r.fset.Position(e.Pos()).String()})
				case code != "":
					r.add(section, code, e.Pos())
				}
			}
		}
	}
}

// walk collects the literals and the calls below a declaration.
func (r *reader) walk(p *source, fn *ast.FuncDecl, n ast.Node) {
	elided := map[*ast.CompositeLit]string{} // type of a literal that stands in a slice or a map without it
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			typ := typeName(n.Type)
			if n.Type == nil {
				typ = elided[n]
			}
			for i, e := range n.Elts {
				elide(elided, n.Type, e)
				var field string
				value := e
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					id, isIdent := kv.Key.(*ast.Ident)
					if !isIdent {
						continue
					}
					field, value = id.Name, kv.Value
				} else if i == 0 && (typ == "Code" || typ == "Absent" || typ == "Missing") {
					field = map[string]string{"Code": "Code", "Absent": "Code", "Missing": "Part"}[typ]
				}
				section, ok := fields[typ+"."+field]
				if !ok || p.dir == "words" || typ == "Missing" && p.dir == "flow" {
					continue // flow.Missing has a Name, and it is a player
				}
				r.literal(p, fn, n, section, value)
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || len(n.Args) == 0 || p.dir == "words" {
				break
			}
			if sel.Sel.Name == "In" && len(n.Args) == 2 {
				for _, section := range r.values(p, nil, n.Args[0]) {
					for _, code := range r.values(p, nil, n.Args[1]) {
						r.add(section, code, n.Pos())
					}
				}
			}
			if sel.Sel.Name == "head" && p.dir == "report" {
				for _, arg := range n.Args {
					for _, code := range r.values(p, nil, arg) {
						r.add("head", code, arg.Pos())
					}
				}
			}
			if (sel.Sel.Name == "Mint" || sel.Sel.Name == "MintAbsent") && p.dir == "." {
				for _, id := range r.values(p, nil, n.Args[0]) {
					r.add("figure", id, n.Pos())
				}
			}
			if name := sel.Sel.Name; name == "Label" || name == "Text" {
				for _, key := range r.values(p, nil, n.Args[0]) {
					if strings.Count(key, ".") >= 1 {
						r.uses = append(r.uses, use{key: key, at: r.fset.Position(n.Pos()).String()})
					}
				}
			}
		}
		return true
	})
}

// literal collects the code of one field of a literal, with the arguments that stand beside it.
func (r *reader) literal(p *source, fn *ast.FuncDecl, lit *ast.CompositeLit, section string, value ast.Expr) {
	var args ast.Expr
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "Args" {
				args = kv.Value
			}
		}
	}
	// Methods of different types may share a name, so that texts which are no codes come along.
	made := slices.DeleteFunc(r.pairs(p, fn, value, args, 0), func(u use) bool {
		return strings.Trim(u.key, "abcdefghijklmnopqrstuvwxyz0123456789_") != ""
	})
	if len(made) == 0 && slices.Contains(strict, section) && !passesOn(value) && !slices.Contains(frontEnds, p.dir) {
		r.failures = append(r.failures, fmt.Sprintf("%s: the code cannot be followed: write it as a constant, or list it in WordKeys", r.fset.Position(value.Pos())))
	}
	for _, u := range made {
		if u.key != "" {
			u.key = section + "." + u.key
			r.uses = append(r.uses, u)
		}
	}
}

// pairs lists the codes that an expression can be, each with the names of the arguments that go with
// it. Where the code is a parameter, the arguments are those of the same call.
func (r *reader) pairs(p *source, fn *ast.FuncDecl, code, args ast.Expr, depth int) []use {
	var out []use
	id, isIdent := code.(*ast.Ident)
	if isIdent && fn != nil && depth < 4 && p.consts[id.Name] == nil {
		for _, c := range r.calls(p, fn, id.Name) {
			handed := args
			if a, ok := args.(*ast.Ident); ok {
				if j := slices.Index(c.params, a.Name); j >= 0 && j < len(c.call.Args) {
					handed = c.call.Args[j]
				}
			}
			if i := slices.Index(c.params, id.Name); i < len(c.call.Args) {
				out = append(out, r.pairs(p, c.caller, c.call.Args[i], handed, depth+1)...)
			}
		}
	}
	names, maybe, ok := argNames(fn, args)
	for _, v := range r.values(p, fn, code) {
		if !slices.ContainsFunc(out, func(u use) bool { return u.key == v }) {
			out = append(out, use{key: v, at: r.fset.Position(code.Pos()).String(), args: names, maybe: maybe, argsOK: ok})
		}
	}
	return out
}

// argNames lists the keys of a literal of arguments, or of the variable that holds one.
func argNames(fn *ast.FuncDecl, e ast.Expr) (always, maybe []string, ok bool) {
	switch e := e.(type) {
	case nil:
		return nil, nil, true
	case *ast.CompositeLit:
		for _, el := range e.Elts {
			if kv, isPair := el.(*ast.KeyValueExpr); isPair {
				always = append(always, unquoted(kv.Key)...)
			}
		}
		return always, nil, len(always) == len(e.Elts)
	case *ast.Ident:
		if e.Name == "nil" {
			return nil, nil, true
		}
		if fn == nil {
			return nil, nil, false
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			a, isAssign := n.(*ast.AssignStmt)
			if !isAssign || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
				return true
			}
			if id, isIdent := a.Lhs[0].(*ast.Ident); isIdent && id.Name == e.Name {
				always, _, ok = argNames(fn, a.Rhs[0])
			}
			if ix, isIndex := a.Lhs[0].(*ast.IndexExpr); isIndex && typeName(ix.X) == e.Name {
				if names := unquoted(ix.Index); len(names) > 0 {
					maybe = append(maybe, names...)
				} else {
					maybe = append(maybe, anyName)
				}
			}
			return true
		})
		return always, maybe, ok
	}
	return nil, nil, false
}

// anyName stands for the names of arguments that a loop sets, such as the counts of each reason.
const anyName = "*"

func unquoted(e ast.Expr) []string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return []string{s}
		}
	}
	return nil
}

// call is one call of a function, with the names of the function's parameters.
type call struct {
	caller *ast.FuncDecl
	call   *ast.CallExpr
	params []string
}

// calls lists the calls in the package of the function that has a parameter of that name: fn itself
// or a function literal that fn holds in a variable.
func (r *reader) calls(p *source, fn *ast.FuncDecl, param string) []call {
	name, params, closure := "", []string(nil), false
	if names := paramNames(fn.Type); slices.Contains(names, param) {
		name, params = fn.Name.Name, names
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
			return true
		}
		id, isIdent := a.Lhs[0].(*ast.Ident)
		lit, isFunc := a.Rhs[0].(*ast.FuncLit)
		if isIdent && isFunc && slices.Contains(paramNames(lit.Type), param) {
			name, params, closure = id.Name, paramNames(lit.Type), true
		}
		return true
	})
	if name == "" {
		return nil
	}
	var out []call
	for _, f := range p.files {
		for _, d := range f.Decls {
			caller, _ := d.(*ast.FuncDecl)
			// A function literal is called where it is made, and where it is handed in under its name.
			if closure && caller != fn && (caller == nil || !slices.Contains(paramNames(caller.Type), name)) {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok || typeName(c.Fun) != name {
					return true
				}
				// A function literal may bear the name of a method; they differ in how they are called.
				if _, dotted := c.Fun.(*ast.SelectorExpr); dotted == (!closure && fn.Recv != nil) {
					out = append(out, call{caller, c, params})
				}
				return true
			})
		}
	}
	return out
}

func paramNames(t *ast.FuncType) []string {
	var out []string
	for _, f := range t.Params.List {
		for _, id := range f.Names {
			out = append(out, id.Name)
		}
	}
	return out
}

// elide notes the type of an element that leaves it out.
func elide(elided map[*ast.CompositeLit]string, outer ast.Expr, e ast.Expr) {
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		e = kv.Value
	}
	if u, ok := e.(*ast.UnaryExpr); ok {
		e = u.X
	}
	inner, ok := e.(*ast.CompositeLit)
	if !ok || inner.Type != nil {
		return
	}
	switch outer := outer.(type) {
	case *ast.ArrayType:
		elided[inner] = typeName(outer.Elt)
	case *ast.MapType:
		elided[inner] = typeName(outer.Value)
	}
}

// passesOn reports whether an expression only hands on the code of another Code or Absent, which is
// collected where that is made.
func passesOn(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "Code" || sel.Sel.Name == "Reason")
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ArrayType:
		return ""
	}
	return ""
}

// values lists the strings that an expression can be: constants, concatenations and conversions of
// them, what is assigned to a local variable, and what callers hand in as a parameter.
func (r *reader) values(p *source, fn *ast.FuncDecl, e ast.Expr) []string {
	return r.follow(p, fn, e, 0)
}

func (r *reader) follow(p *source, fn *ast.FuncDecl, e ast.Expr, depth int) []string {
	if depth > 8 || e == nil {
		return nil
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{s}
		}
	case *ast.ParenExpr:
		return r.follow(p, fn, e.X, depth+1)
	case *ast.BinaryExpr:
		var out []string
		for _, a := range r.follow(p, fn, e.X, depth+1) {
			for _, b := range r.follow(p, fn, e.Y, depth+1) {
				out = append(out, a+b)
			}
		}
		return out
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				for _, dir := range sortedDirs(r.packages) {
					if path.Base(dir) == id.Name {
						return r.returned(r.packages[dir], sel.Sel.Name, depth+1)
					}
				}
			}
		}
		if out := r.returned(p, typeName(e.Fun), depth+1); len(out) > 0 {
			return out
		}
		if len(e.Args) == 1 { // a conversion such as string(x)
			return r.follow(p, fn, e.Args[0], depth+1)
		}
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			for _, dir := range sortedDirs(r.packages) {
				other := r.packages[dir]
				if path.Base(dir) == id.Name || dir == "." && id.Name == "faultline" {
					if c, ok := other.consts[e.Sel.Name]; ok {
						return r.follow(other, nil, c, depth+1)
					}
				}
			}
		}
	case *ast.Ident:
		if c, ok := p.consts[e.Name]; ok {
			return r.follow(p, nil, c, depth+1)
		}
		if fn == nil {
			return nil
		}
		out := r.assigned(p, fn, e.Name, depth)
		for _, c := range r.calls(p, fn, e.Name) {
			if i := slices.Index(c.params, e.Name); i < len(c.call.Args) {
				out = append(out, r.follow(p, c.caller, c.call.Args[i], depth+1)...)
			}
		}
		return out
	}
	return nil
}

// assigned follows what a function assigns to a local variable.
func (r *reader) assigned(p *source, fn *ast.FuncDecl, name string, depth int) []string {
	var out []string
	ast.Inspect(fn, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i, l := range a.Lhs {
			if id, ok := l.(*ast.Ident); ok && id.Name == name {
				out = append(out, r.follow(p, fn, a.Rhs[i], depth+1)...)
			}
		}
		return true
	})
	return out
}

// returned follows what the functions of a name return.
func (r *reader) returned(p *source, name string, depth int) []string {
	var out []string
	for _, f := range p.files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != name || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 0 {
					out = append(out, r.follow(p, fn, ret.Results[0], depth+1)...)
				}
				return true
			})
		}
	}
	return out
}

func TestEveryCodeInTheSourcesHasWords(t *testing.T) {
	r := readModule(t, "..")
	for _, f := range r.failures {
		t.Error(f)
	}
	for _, w := range loaded() {
		missing := map[string]string{}
		for _, u := range r.uses {
			if !w.Has(u.key) {
				missing[u.key] = u.at
			}
		}
		keys := make([]string, 0, len(missing))
		for k := range missing {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			t.Errorf("%s.json has no words for %s, used at %s", w.Name(), k, missing[k])
		}
	}
}

// A sentence must not ask for an argument that the code does not bring. Arguments in an optional part
// must come from at least one place, all others from every place.
func TestEveryArgumentInTheWordsComesWithItsCode(t *testing.T) {
	r := readModule(t, "..")
	sites := map[string][]use{}
	for _, u := range r.uses {
		if u.argsOK && strings.HasPrefix(u.key, "codes.") {
			sites[u.key] = append(sites[u.key], u)
		}
	}
	if len(sites) < 20 {
		t.Fatalf("only %d codes were found with their arguments", len(sites))
	}
	for _, w := range loaded() {
		for key, uses := range sites {
			for _, name := range w.Args(key) {
				given := 0
				for _, u := range uses {
					if slices.Contains(u.args, name) || slices.Contains(u.maybe, name) || slices.Contains(u.maybe, anyName) {
						given++
					}
					if !slices.Contains(u.args, name) && !w.optional(key, name) {
						t.Errorf("%s.json: %s asks for {%s}, which does not come from %s", w.Name(), key, name, u.at)
					}
				}
				if given == 0 {
					t.Errorf("%s.json: %s asks for {%s}, which comes from nowhere", w.Name(), key, name)
				}
			}
		}
	}
}

// The collector must find codes in each of the ways in which packages write them; otherwise the test
// above would pass by finding nothing.
func TestTheCollectorFindsCodesHoweverTheyAreWritten(t *testing.T) {
	r := readModule(t, filepath.Join("testdata", "module"))
	got := map[string]bool{}
	for _, u := range r.uses {
		got[u.key] = true
	}
	for _, want := range []string{
		"codes.by_literal", "codes.by_constant", "codes.by_other_package", "codes.by_parameter_one",
		"codes.by_parameter_two", "codes.by_variable_a", "codes.by_variable_b", "codes.without_field_name",
		"codes.by_concatenation", "level.by_type", "player.by_name", "part.by_part", "ui.by_label", "codes.by_export",
		"codes.by_slice", "codes.by_map", "codes.by_closure", "codes.by_handed_on",
	} {
		if !got[want] {
			t.Errorf("the collector missed %s", want)
		}
	}
	if len(r.failures) != 1 || !strings.Contains(r.failures[0], "cannot be followed") {
		t.Errorf("failures are %q, want the one code that cannot be followed", r.failures)
	}
}
