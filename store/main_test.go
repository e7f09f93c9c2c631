package store

import (
	"flag"
	"os"
	"testing"
)

// proof reports whether the long form of the tests was asked for.
var proof = os.Getenv("FAULTLINE_PROOF") == "1"

// TestMain lets the test binary be its own victim: started again with a folder in the environment,
// it writes to the store there until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FAULTLINE_STORE_VICTIM"); dir != "" {
		os.Exit(victim(dir))
	}
	flag.Parse()
	checks := "15" // each check opens stores and DuckDB, and syncs files
	switch {
	case proof:
		checks = "1000"
	case testing.Short():
		checks = "5"
	}
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
