package report

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/evidence"
)

// field is what docs/json.md says of one key.
type field struct{ kind, presence string }

// object is a Go type and the name under which docs/json.md has it.
func objectName(t reflect.Type) string {
	if t == reflect.TypeFor[evidence.Absent]() {
		return "Code" // Absent writes itself as a code
	}
	return t.Name()
}

// describe lists the keys of every object that can be reached from a type.
func describe(t reflect.Type, out map[string]map[string]field) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		describe(t.Elem(), out)
		return
	case reflect.Struct:
	default:
		return
	}
	if t == reflect.TypeFor[time.Time]() {
		return
	}
	if t == reflect.TypeFor[evidence.Absent]() {
		t = reflect.TypeFor[evidence.Code]()
	}
	name := objectName(t)
	if out[name] != nil {
		return
	}
	keys := map[string]field{}
	out[name] = keys
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				collect(f.Type)
				continue
			}
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key == "" || key == "-" {
				continue
			}
			presence := "always"
			if strings.Contains(options, "omitempty") {
				presence = "optional"
			}
			keys[key] = field{kindOf(f.Type), presence}
			describe(f.Type, out)
		}
	}
	collect(t)
}

// kindOf is the type of a value as docs/json.md writes it.
func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "instant"
	case reflect.TypeFor[evidence.Grade]():
		return "grade"
	case reflect.TypeFor[evidence.Unit]():
		return "unit"
	case reflect.TypeFor[evidence.Args]():
		return "object"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Slice:
		return "list of " + kindOf(t.Elem())
	case reflect.Map:
		if t.Name() != "" {
			return t.Name()
		}
		return "map of " + kindOf(t.Elem())
	case reflect.Struct:
		return objectName(t)
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	}
	return "number"
}

var (
	heading = regexp.MustCompile("^### ([A-Z][A-Za-z]*)")
	row     = regexp.MustCompile("^\\| `([a-z0-9_]+)` \\| ([^|]+) \\| (always|optional) \\| ([^|]+) \\|$")
)

// documented reads the tables of docs/json.md.
func documented(t *testing.T) map[string]map[string]field {
	t.Helper()
	text, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]field{}
	var keys map[string]field
	for _, line := range strings.Split(string(text), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			keys = map[string]field{}
			out[m[1]] = keys
			continue
		}
		if strings.HasPrefix(line, "## ") {
			keys = nil // a table below is not that of an object
			continue
		}
		if m := row.FindStringSubmatch(line); m != nil && keys != nil {
			if _, twice := keys[m[1]]; twice {
				t.Errorf("docs/json.md has %s twice in one table", m[1])
			}
			keys[m[1]] = field{strings.TrimSpace(m[2]), m[3]}
			if len(strings.TrimSpace(m[4])) < 3 {
				t.Errorf("docs/json.md says nothing about %s", m[1])
			}
		} else if strings.HasPrefix(line, "| `") && keys != nil {
			t.Errorf("docs/json.md has a row that is not of the form of the others: %s", line)
		}
	}
	return out
}

func TestEveryKeyOfTheAnalysisIsDocumentedAndNoOther(t *testing.T) {
	want := map[string]map[string]field{}
	describe(reflect.TypeFor[faultline.Analysis](), want)
	got := documented(t)
	for name, keys := range want {
		if got[name] == nil {
			t.Errorf("docs/json.md does not describe the object %s", name)
			continue
		}
		for key, f := range keys {
			if d, ok := got[name][key]; !ok {
				t.Errorf("docs/json.md does not have %s of %s: a %s, %s", key, name, f.kind, f.presence)
			} else if d != f {
				t.Errorf("docs/json.md calls %s of %s a %s, %s; it is a %s, %s", key, name, d.kind, d.presence, f.kind, f.presence)
			}
		}
		for key := range got[name] {
			if _, ok := keys[key]; !ok {
				t.Errorf("docs/json.md has %s of %s, which does not exist", key, name)
			}
		}
	}
	for name := range got {
		if want[name] == nil {
			t.Errorf("docs/json.md describes the object %s, which does not exist", name)
		}
	}
}

// Reflection says what may be there; this says what is there.
func TestTheRenderedJSONHasTheDocumentedShape(t *testing.T) {
	docs := documented(t)
	for name, a := range map[string]*faultline.Analysis{"made": made(), "bare": bare()} {
		var b strings.Builder
		if err := JSON(&b, a); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(b.String()), &v); err != nil {
			t.Fatal(err)
		}
		conforms(t, docs, name, "Analysis", v)
	}
}

// conforms checks a decoded value against its documented type.
func conforms(t *testing.T, docs map[string]map[string]field, path, kind string, v any) {
	t.Helper()
	if inner, ok := strings.CutPrefix(kind, "list of "); ok {
		list, isList := v.([]any)
		if !isList {
			t.Errorf("%s is %v, not a list", path, v)
		}
		for _, e := range list {
			conforms(t, docs, path+"[]", inner, e)
		}
		return
	}
	inner, ok := strings.CutPrefix(kind, "map of ")
	if kind == "Tapes" {
		inner, ok = "Tape", true
	}
	if ok {
		m, isMap := v.(map[string]any)
		if !isMap {
			t.Errorf("%s is %v, not an object", path, v)
		}
		for k, e := range m {
			conforms(t, docs, path+"."+k, inner, e)
		}
		return
	}
	good := false
	switch kind {
	case "string", "unit":
		_, good = v.(string)
	case "grade":
		s, _ := v.(string)
		_, err := evidence.ParseGrade(s)
		good = err == nil
	case "instant":
		s, _ := v.(string)
		_, err := time.Parse(time.RFC3339Nano, s)
		good = err == nil
	case "number":
		_, good = v.(float64)
	case "boolean":
		_, good = v.(bool)
	case "object":
		_, good = v.(map[string]any)
	default:
		m, isMap := v.(map[string]any)
		good = isMap && docs[kind] != nil
		for k, f := range docs[kind] {
			e, there := m[k]
			if there {
				conforms(t, docs, path+"."+k, f.kind, e)
			} else if f.presence == "always" {
				t.Errorf("%s lacks %s", path, k)
			}
		}
		for k := range m {
			if _, known := docs[kind][k]; !known {
				t.Errorf("%s has the key %s, which is not documented", path, k)
			}
		}
	}
	if !good {
		t.Errorf("%s is %v, not a %s", path, v, kind)
	}
}
