package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/message/catalog"

	"faultline/evidence"
)

// entry is a compiled sentence: the arguments that its catalogue message takes, in their order.
type entry struct {
	text     string // the sentence itself where it takes no argument
	slots    []slot
	required []string // arguments that stand outside brackets
}

// slot is one use of an argument.
type slot struct {
	name    string
	kind    string // "", plain, number, percent, price, amount, date, time, in, plural or given
	section string // of kind "in"
}

// Args lists the names of the arguments that the words of a key take, in order, without repetition.
func (w *Words) Args(key string) []string {
	var out []string
	if e := w.messages[key]; e != nil {
		for _, s := range e.slots {
			if !slices.Contains(out, s.name) {
				out = append(out, s.name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// optional reports whether the words of a key can do without an argument.
func (w *Words) optional(key, name string) bool {
	e := w.messages[key]
	return e != nil && !slices.Contains(e.required, name)
}

var kinds = []string{"plain", "number", "percent", "price", "amount", "date", "time"}

// compile turns a sentence into messages of golang.org/x/text: one variable for each plural and each
// optional part, and last the sentence itself, in which arguments stand as %[n]s.
func compile(text string) (*entry, []catalog.Message, error) {
	e := &entry{}
	var messages []catalog.Message
	format, err := e.parse(text, &messages, place{})
	if err != nil {
		return nil, nil, err
	}
	return e, append(messages, catalog.String(format)), nil
}

// slot returns the place of an argument, counted from 1.
func (e *entry) slot(s slot) int {
	if i := slices.Index(e.slots, s); i >= 0 {
		return i + 1
	}
	e.slots = append(e.slots, s)
	return len(e.slots)
}

// place says where in a sentence a text stands.
type place struct {
	counted  string // in a case of a plural: the argument for which # stands
	optional bool   // in brackets
}

// parse reads a sentence, a case of a plural or an optional part.
func (e *entry) parse(text string, messages *[]catalog.Message, in place) (string, error) {
	var b strings.Builder
	for len(text) > 0 {
		switch c := text[0]; {
		case c == '{':
			end := closing(text)
			if end < 0 {
				return "", errors.New("a brace is not closed")
			}
			out, err := e.argument(text[1:end], messages, in)
			if err != nil {
				return "", err
			}
			b.WriteString(out)
			text = text[end+1:]
			continue
		case c == '}':
			return "", errors.New("a brace is not opened")
		case c == '[':
			end := strings.IndexByte(text, ']')
			if end < 0 || in.optional || in.counted != "" {
				return "", errors.New("a bracket is not closed, or stands within another")
			}
			out, err := e.part(text[1:end], messages)
			if err != nil {
				return "", err
			}
			b.WriteString(out)
			text = text[end+1:]
			continue
		case c == ']':
			return "", errors.New("a bracket is not opened")
		case c == '#' && in.counted != "":
			fmt.Fprintf(&b, "%%[%d]s", e.slot(slot{name: in.counted, kind: "number"}))
		case c == '%':
			b.WriteString("%%")
		default:
			b.WriteByte(c)
		}
		text = text[1:]
	}
	return b.String(), nil
}

// closing is the place of the brace that closes the one at the start, or -1.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// part compiles an optional part, which shows when its first argument is given.
func (e *entry) part(text string, messages *[]catalog.Message) (string, error) {
	format, err := e.parse(text, messages, place{optional: true})
	if err != nil {
		return "", err
	}
	_, name, ok := strings.Cut(text, "{")
	if !ok {
		return "", errors.New("an optional part has no argument")
	}
	name = strings.TrimSpace(name[:strings.IndexAny(name, ",}")])
	v := "part" + strconv.Itoa(len(*messages)+1)
	given := e.slot(slot{name: name, kind: "given"})
	*messages = append(*messages, catalog.Var(v, plural.Selectf(given, "", "=0", "", "other", format)))
	return "${" + v + "}", nil
}

func (e *entry) argument(inner string, messages *[]catalog.Message, in place) (string, error) {
	name, rest, _ := strings.Cut(inner, ",")
	name = strings.TrimSpace(name)
	if name == "" {
		return "", errors.New("an argument has no name")
	}
	if !in.optional {
		e.required = append(e.required, name)
	}
	kind, rest, _ := strings.Cut(rest, ",")
	kind, rest = strings.TrimSpace(kind), strings.TrimSpace(rest)
	switch {
	case kind == "" || rest == "" && slices.Contains(kinds, kind):
		return fmt.Sprintf("%%[%d]s", e.slot(slot{name: name, kind: kind})), nil
	case kind == "in" && rest != "":
		return fmt.Sprintf("%%[%d]s", e.slot(slot{name: name, kind: kind, section: rest})), nil
	case kind == "plural" && in.counted == "":
		var cases []any
		other := false
		for rest != "" {
			i := strings.IndexByte(rest, '{')
			if i < 0 {
				return "", fmt.Errorf("plural of %s: a case has no text", name)
			}
			end := closing(rest[i:])
			if end < 0 {
				return "", fmt.Errorf("plural of %s: a brace is not closed", name)
			}
			form := strings.TrimSpace(rest[:i])
			format, err := e.parse(rest[i+1:i+end], messages, place{counted: name, optional: in.optional})
			if err != nil {
				return "", err
			}
			other = other || form == "other"
			cases = append(cases, form, format)
			rest = strings.TrimSpace(rest[i+end+1:])
		}
		if !other {
			return "", fmt.Errorf("plural of %s: there is no case other", name)
		}
		v := "plural" + strconv.Itoa(len(*messages)+1)
		*messages = append(*messages, catalog.Var(v, plural.Selectf(e.slot(slot{name: name, kind: "plural"}), "", cases...)))
		return "${" + v + "}", nil
	}
	return "", fmt.Errorf("argument %q is of no known form", inner)
}

// slot renders an argument for its place.
func (w *Words) slot(s slot, args evidence.Args) any {
	v, ok := args[s.name]
	if s.kind == "given" {
		if ok && v != nil {
			return 1
		}
		return 0
	}
	if !ok || v == nil {
		if s.kind == "plural" {
			return 0
		}
		return "{" + s.name + "}"
	}
	x, isNumber := numberOf(v)
	switch s.kind {
	case "plural":
		if i := int(x); isNumber && float64(i) == x {
			return i
		}
		return x
	case "in":
		return w.In(s.section, fmt.Sprint(v))
	case "date":
		if t, ok := v.(time.Time); ok {
			return w.Date(t)
		}
		return w.DateOf(fmt.Sprint(v))
	case "time":
		return w.instant(v)
	case "plain":
		if isNumber && finite(x) {
			d := decimalOf(x)
			return sign(d, "") + d.text(0, "", w.notation.Numbers.Point)
		}
	case "number":
		if isNumber {
			return w.General(x)
		}
	case "percent":
		if isNumber {
			return w.Percent(x, 1)
		}
	case "price":
		if isNumber {
			return w.Price(x)
		}
	case "amount":
		if isNumber {
			return w.Amount(x, 3)
		}
	case "":
		switch v := v.(type) {
		case time.Time:
			return w.At(v)
		case []string:
			out := make([]string, len(v))
			for i := range v {
				out[i] = Clean(v[i])
			}
			return strings.Join(out, w.Label("ui.comma"))
		}
		if isNumber {
			return w.General(x)
		}
	}
	return Clean(fmt.Sprint(v))
}

// instant writes an instant, also where JSON has turned it into text.
func (w *Words) instant(v any) string {
	if t, ok := v.(time.Time); ok {
		return w.At(t)
	}
	s := fmt.Sprint(v)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return w.At(t)
	}
	return Clean(s)
}

// numberOf reads a number of any of the types that an argument may have, before or after JSON.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case json.Number:
		x, err := v.Float64()
		return x, err == nil
	}
	return math.NaN(), false
}
