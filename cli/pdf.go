package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
)

// browsers are the names under which Chromium is installed, the first one that is there is used.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// printTime bounds the printing of one document: the longest report takes a few seconds.
const printTime = 2 * time.Minute

// errNoBrowser is what a missing browser is told by.
var errNoBrowser = errors.New("a PDF is printed by Chromium, which is not installed")

// browser finds Chromium in PATH.
func browser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// writePDF writes as PDF on A4 what html writes as a page. The page lies in a folder of its own while it is
// printed, the browser starts with an empty profile, and no name resolves: whatever a page asks for, nothing
// leaves the machine.
func writePDF(ctx context.Context, w io.Writer, html func(io.Writer) error) error {
	path, err := browser()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "faultline-print-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.html")
	if err := writeFile(file, html); err != nil {
		return err
	}
	options := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	if os.Geteuid() == 0 { // Chromium refuses its sandbox to root; the page is our own and has no script
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(ctx, printTime)
	defer cancel()
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, end := chromedp.NewContext(ctx)
	defer end()
	at := url.URL{Scheme: "file", Path: file}
	if err := chromedp.Do(ctx, chromedp.Navigate(at.String())); err != nil {
		return fmt.Errorf("print with %s: %w", filepath.Base(path), err)
	}
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(
		chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground(),
		chromedp.PDFHeaderTemplate(pdfHeader), chromedp.PDFFooterTemplate(pdfFooter),
	))
	if err != nil {
		return fmt.Errorf("print with %s: %w", filepath.Base(path), err)
	}
	_, err = w.Write(pdf)
	return err
}

// What stands above and below every page: the title of the document and the number of the page.
const (
	pdfHeader = `<div style="font:7px sans-serif;color:#555;width:100%;margin:0 14mm"><span class="title"></span></div>`
	pdfFooter = `<div style="font:7px sans-serif;color:#555;width:100%;margin:0 14mm;text-align:right"><span class="pageNumber"></span> / <span class="totalPages"></span></div>`
)

// pdfHint is what to do when a PDF could not be written.
func pdfHint(err error) string {
	if errors.Is(err, errNoBrowser) {
		return "install it, on Debian with: apt install chromium; or write --format html and print that from any browser"
	}
	return "choose another place with --out"
}
