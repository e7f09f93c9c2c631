package ols_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"faultline/evidence"
	"faultline/macro/ols"
)

// testdata/golden.py makes the file with statsmodels.
func TestCoefficientsAndErrorsAreThoseOfStatsmodels(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Lags        int
		X           [][]float64
		Y           []float64
		Beta, Error []float64
		R2          float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 6 {
		t.Fatalf("%d cases", len(cases))
	}
	for i, c := range cases {
		f, err := ols.Regress(c.Y, c.X, ols.Robust{Lags: c.Lags})
		if err != nil {
			t.Fatal(err)
		}
		// Two ways through the same 150 rows differ by rounding of some 1e-13 relative.
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(b), 1e-6) }
		for j := range c.Beta {
			if !near(f.Beta[j], c.Beta[j]) || !near(f.Error[j], c.Error[j]) {
				t.Errorf("case %d: coefficient %d is %v ± %v, statsmodels has %v ± %v", i, j, f.Beta[j], f.Error[j], c.Beta[j], c.Error[j])
			}
		}
		if !near(f.R2, c.R2) {
			t.Errorf("case %d: R² %v, statsmodels has %v", i, f.R2, c.R2)
		}
	}
}

func TestCollinearColumnsAndTooFewRowsAreSaid(t *testing.T) {
	f := func(want string, y []float64, x [][]float64) {
		t.Helper()
		_, err := ols.Regress(y, x, ols.Robust{})
		var absent *evidence.Absent
		if !errors.As(err, &absent) || absent.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f("too_few_observations", nil, nil)
	f("too_few_observations", []float64{1, 2, 3}, [][]float64{{1, 1}, {1, 2}, {1, 3}})
	f("too_few_observations", []float64{1, 2, math.NaN(), 3, 4}, [][]float64{{1}, {1}, {1}, {1}, {1}})
	f("collinear", []float64{1, 2, 3, 4, 5}, [][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}})
	f("collinear", []float64{1, 2, 3, 4, 5}, [][]float64{{1, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}})
}
