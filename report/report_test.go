package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// update writes the snapshots anew: UPDATE=1 go test ./report
var update = os.Getenv("UPDATE") != ""

func say(t testing.TB, lang string) *words.Words {
	t.Helper()
	w, err := words.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// forms are the formats, each with a function that renders it.
var forms = []struct {
	ext    string
	render func(*bytes.Buffer, *faultline.Analysis, *words.Words) error
}{
	{"html", func(b *bytes.Buffer, a *faultline.Analysis, w *words.Words) error { return HTML(b, a, w) }},
	{"md", func(b *bytes.Buffer, a *faultline.Analysis, w *words.Words) error { return Markdown(b, a, w) }},
	{"txt", func(b *bytes.Buffer, a *faultline.Analysis, w *words.Words) error {
		return Terminal(b, a, w, 100, false)
	}},
	{"json", func(b *bytes.Buffer, a *faultline.Analysis, _ *words.Words) error { return JSON(b, a) }},
}

func TestSnapshots(t *testing.T) {
	for name, a := range map[string]*faultline.Analysis{"made": made(), "bare": bare()} {
		for _, form := range forms {
			for _, lang := range words.Languages() {
				file := filepath.Join("testdata", name+"."+lang+"."+form.ext)
				if form.ext == "json" {
					if lang != "en" {
						continue
					}
					file = filepath.Join("testdata", name+".json")
				}
				var got bytes.Buffer
				if err := form.render(&got, a, say(t, lang)); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				if update {
					if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v; write it with UPDATE=1 go test ./report", err)
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%s differs from what is rendered; look at it, then UPDATE=1 go test ./report", file)
				}
			}
		}
	}
}

func TestCaveatsThatReadTheSameStandOnce(t *testing.T) {
	a := made()
	for _, days := range []int{5, 12, 18} {
		a.Caveats = append(a.Caveats, evidence.Code{Code: "known_at_by_rule", Args: evidence.Args{"days": days}})
	}
	for _, lang := range words.Languages() {
		w := say(t, lang)
		var b bytes.Buffer
		if err := Markdown(&b, a, w); err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(b.String(), w.Label("ui.caveats"))
		list, _, _ = strings.Cut(list, "\n## ")
		if n := strings.Count(list, w.Sentence(w.Say(a.Caveats[len(a.Caveats)-1]))); n != 1 {
			t.Errorf("%s: the sentence stands %d times among the caveats", lang, n)
		}
	}
}
