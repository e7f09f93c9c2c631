package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"faultline/evidence"
)

//go:embed en.json zh.json
var files embed.FS

// tags are the languages, the first of which is the one to fall back on when nobody asked for any.
var tags = []language.Tag{language.English, language.SimplifiedChinese}

var names = []string{"en", "zh"}

// Words speaks one language. It is immutable and safe for concurrent use.
type Words struct {
	name     string
	tag      language.Tag
	messages map[string]*entry // by section.name
	catalog  catalog.Catalog
	notation notation
}

// notation is how a language writes numbers and dates: the catalogue's sections "numbers" and
// "dates".
type notation struct {
	Numbers struct {
		Point     string    `json:"point"`
		Group     string    `json:"group"`
		NotFinite string    `json:"not_finite"`
		Amount    scaled    `json:"amount"`
		Quantity  scaled    `json:"quantity"`
		Units     []unit    `json:"units"` // every name that Parse understands
		Ordinal   [6]string `json:"ordinal"`
	} `json:"numbers"`
	Dates struct {
		Date      string            `json:"date"` // layouts of package time; MMM in them is the month's name
		Day       string            `json:"day"`
		Month     string            `json:"month"`
		Clock     string            `json:"clock"`
		Time      string            `json:"time"` // {date}, {clock} and {zone}
		Months    []string          `json:"months"`
		Zones     map[string]string `json:"zones"`
		NoInstant string            `json:"no_instant"`
	} `json:"dates"`
}

// scaled is a notation with names for powers of ten.
type scaled struct {
	Before  string   `json:"before"`
	After   string   `json:"after"`
	Accepts []string `json:"accepts"` // other ways to say Before or After, which Parse understands
	Units   []unit   `json:"units"`   // in rising order
}

type unit struct {
	Exp  int    `json:"exp"`
	Name string `json:"name"`
}

// For returns the words of a language: "en", "zh", or a tag that means one of them, such as "en-GB"
// or "zh-CN". Another language is an error that lists those there are.
func For(tag string) (*Words, error) {
	t, err := language.Parse(tag)
	if err == nil {
		_, i, sure := language.NewMatcher(tags).Match(t)
		if sure >= language.High {
			return loaded()[i], nil
		}
	}
	return nil, fmt.Errorf("language %q: there are %s", Clean(tag), strings.Join(names, ", "))
}

// Languages lists the names of the languages.
func Languages() []string { return append([]string(nil), names...) }

// Catalogue is the JSON text of a language's catalogue, for the web page. It returns nil for a
// name that Languages does not list.
func Catalogue(name string) []byte {
	text, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil
	}
	return text
}

var loaded = sync.OnceValue(func() []*Words {
	all := make([]*Words, len(names))
	for i, name := range names {
		w, err := load(name, tags[i], Catalogue(name))
		if err != nil {
			panic("words: " + err.Error()) // a wrong catalogue, found by any test
		}
		all[i] = w
	}
	return all
})

func load(name string, tag language.Tag, text []byte) (*Words, error) {
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(text, &sections); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	w := &Words{name: name, tag: tag, messages: map[string]*entry{}}
	if err := json.Unmarshal(text, &w.notation); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	builder := catalog.NewBuilder(catalog.Fallback(tag))
	for section, raw := range sections {
		if section == "numbers" || section == "dates" {
			continue
		}
		var entries map[string]string
		if err := json.Unmarshal(raw, &entries); err != nil {
			return nil, fmt.Errorf("catalogue %s: section %s: %w", name, section, err)
		}
		for k, text := range entries {
			key := section + "." + k
			e, messages, err := compile(text)
			if err != nil {
				return nil, fmt.Errorf("catalogue %s: %s: %w", name, key, err)
			}
			if err := builder.Set(tag, key, messages...); err != nil {
				return nil, fmt.Errorf("catalogue %s: %s: %w", name, key, err)
			}
			w.messages[key] = e
		}
	}
	w.catalog = builder
	for key, e := range w.messages {
		if len(e.slots) == 0 {
			e.text = w.print(key)
		}
	}
	return w, nil
}

// Name is the name of the language: "en" or "zh".
func (w *Words) Name() string { return w.name }

// Tag is the language's tag for markup, such as "zh-Hans".
func (w *Words) Tag() string { return w.tag.String() }

// Keys lists everything that the catalogue has words for, in order.
func (w *Words) Keys() []string {
	keys := make([]string, 0, len(w.messages))
	for k := range w.messages {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Has reports whether the catalogue has words for a key.
func (w *Words) Has(key string) bool { return w.messages[key] != nil }

// Say puts a code into words.
func (w *Words) Say(c evidence.Code) string {
	if !w.Has("codes." + c.Code) {
		return unknown(c)
	}
	return w.Text("codes."+c.Code, c.Args)
}

// Absent says why something does not exist.
func (w *Words) Absent(a *evidence.Absent) string {
	if a == nil {
		return unknown(evidence.Code{})
	}
	return w.Say(a.Reason())
}

// Label returns the words for a key that takes no arguments, such as "level.zero_gamma".
func (w *Words) Label(key string) string { return w.Text(key, nil) }

// In returns the words of a section for a code, such as In("level", "zero_gamma"). The method of a
// dataset is the format of its file.
func (w *Words) In(section, code string) string {
	if section == "method" && !w.Has("method."+code) {
		section = "format"
	}
	if !w.Has(section + "." + code) {
		return unknown(evidence.Code{Code: code})
	}
	return w.Text(section+"."+code, nil)
}

// Text returns the words for a key with its arguments. An unknown key, and an argument that is not
// given, show as their own names, so that nothing is ever silently empty.
func (w *Words) Text(key string, args evidence.Args) string {
	e := w.messages[key]
	if e == nil {
		return unknown(evidence.Code{Code: key, Args: args})
	}
	if len(e.slots) == 0 {
		return e.text
	}
	values := make([]any, len(e.slots))
	for i, s := range e.slots {
		values[i] = w.slot(s, args)
	}
	return w.print(key, values...)
}

// print puts values into a message. A Printer serves one goroutine, and so each call has its own.
func (w *Words) print(key string, values ...any) string {
	return message.NewPrinter(w.tag, message.Catalog(w.catalog)).Sprintf(key, values...)
}

// unknown shows a code that has no words, so that a reader sees it and can report it.
func unknown(c evidence.Code) string {
	if c.Code == "" {
		return "[?]"
	}
	return "[" + Clean(c.String()) + "]"
}
