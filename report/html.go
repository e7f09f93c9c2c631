package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"faultline"
	"faultline/words"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageStyle string

// HTML writes one page that needs nothing else: styles and charts stand in it, there is no script, and
// its own security policy forbids to fetch anything. It follows the reader's light or dark scheme, fits
// a telephone and prints on A4.
func HTML(w io.Writer, a *faultline.Analysis, say *words.Words) error {
	if err := check(a); err != nil {
		return err
	}
	return page(w, compose(a, say))
}

// page writes a document as HTML.
func page(w io.Writer, d *document) error {
	say := d.w
	t, err := template.New("page").Funcs(template.FuncMap{
		"t": say.Label,
		// The canvas has escaped every text of its picture.
		"svg": func(s string) template.HTML { return template.HTML(s) },
	}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]any{
		"D": d, "Lang": say.Tag(), "Style": template.CSS(pageStyle), "Version": words.Clean(d.a.Version),
		"Instant": d.a.AsOf.UTC().Format(time.RFC3339), "Footer": d.footer(),
	})
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}
