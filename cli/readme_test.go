package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of the README that shows a command and what it prints.
var block = regexp.MustCompile("(?m)^```\n\\$ faultline (.*)\n((?s:.*?))^```$")

// TestTheReadmeShowsWhatTheCommandsPrint runs every command of the README that stands with its output.
// UPDATE=1 writes the outputs anew; read the difference before you commit it.
func TestTheReadmeShowsWhatTheCommandsPrint(t *testing.T) {
	path := filepath.Join("..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	updated := block.ReplaceAllStringFunc(string(text), func(s string) string {
		shown++
		m := block.FindStringSubmatch(s)
		out, errs, code := do(t, strings.Fields(m[1])...)
		if code != 0 {
			t.Fatalf("faultline %s: exit %d: %s", m[1], code, errs)
		}
		want := strings.TrimRight(out, "\n") + "\n"
		if m[2] != want && os.Getenv("UPDATE") == "" {
			t.Errorf("the README shows another output of: faultline %s\nit prints:\n%s", m[1], want)
		}
		return "```\n$ faultline " + m[1] + "\n" + want + "```"
	})
	if shown < 3 {
		t.Errorf("only %d commands with their output in the README", shown)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
