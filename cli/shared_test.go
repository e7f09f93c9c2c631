package cli_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLevelsAndReportRunOnEveryCboeFile(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data")
	files, err := filepath.Glob(filepath.Join(dir, "options", "cboe_csv", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Skip("the shared market data are not beside the repository")
	}
	prices := filepath.Join(dir, "daily", "GSPC.csv")
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			out, errs, code := do(t, "levels", "--chain", f, "--prices", prices, "--json")
			if code != 0 {
				t.Fatal(errs)
			}
			l := parse(t, out)
			if l.Exposure == nil || len(l.Forward) == 0 || len(l.Levels) < 6 {
				t.Errorf("exposure %v, %d forwards, %d levels", l.Exposure, len(l.Forward), len(l.Levels))
			}
			for _, lang := range []string{"en", "zh"} {
				path := filepath.Join(t.TempDir(), "report.html")
				if _, errs, code := do(t, "report", "--set", "cascade.paths=128", "--set", "cascade.subset_paths=32", "--set", "band.draws=8", "--chain", f, "--prices", prices, "--lang", lang, "--out", path); code != 0 {
					t.Fatal(errs)
				}
				if info, err := os.Stat(path); err != nil || info.Size() < 50_000 {
					t.Errorf("%s: the report is %v, %v", lang, info, err)
				}
			}
		})
	}
}
