package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestAPageIsPrintedOnA4WithoutTheNetwork(t *testing.T) {
	if _, err := browser(); err != nil {
		t.Skip("chromium is not installed")
	}
	asked := make(chan string, 16)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer server.Close()
	outside := strings.Replace(server.URL, "127.0.0.1", "localhost.test", 1)
	var out bytes.Buffer
	err := writePDF(context.Background(), &out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `<!DOCTYPE html><title>T</title><style>@page{size:A4}h1{break-after:page}</style><img src="%s/seen"><h1>一</h1><h1>two</h1><p>three</p>`, outside)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("%PDF-")) {
		t.Fatalf("what was printed begins with %q", out.Bytes()[:min(8, out.Len())])
	}
	// A4 is 210 mm by 297 mm: 595 by 842 points, give or take the rounding to pixels.
	box := regexp.MustCompile(`/MediaBox \[0 0 59[456](\.\d+)? 84[123](\.\d+)?\]`)
	if n := len(box.FindAll(out.Bytes(), -1)); n != 3 {
		t.Errorf("%d pages of A4, want 3", n)
	}
	select {
	case path := <-asked:
		t.Errorf("the browser asked for %s", path)
	default:
	}
}

func TestWithoutChromiumAPDFSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := writePDF(context.Background(), io.Discard, func(io.Writer) error { return nil })
	if !errors.Is(err, errNoBrowser) {
		t.Fatalf("the error is %v", err)
	}
	if hint := pdfHint(err); !strings.Contains(hint, "apt install chromium") {
		t.Errorf("the hint is %q", hint)
	}
}

func TestThePageThatCannotBeWrittenIsNotPrinted(t *testing.T) {
	if _, err := browser(); err != nil {
		t.Skip("chromium is not installed")
	}
	broken := errors.New("broken")
	if err := writePDF(context.Background(), io.Discard, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}
