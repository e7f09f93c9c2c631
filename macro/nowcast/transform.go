package nowcast

import (
	"fmt"
	"math"
)

// Transform makes a series stationary by its code (McCracken and Ng, Journal of Business & Economic
// Statistics 34, 2016, appendix): 1 level, 2 difference, 3 second difference, 4 logarithm, 5 and 6 first
// and second difference of the logarithm, 7 difference of the growth rate. What needs a missing number, or
// the logarithm of one that is not positive, is missing. The result has the length of x.
func Transform(x []float64, code int) ([]float64, error) {
	if code < 1 || code > 7 {
		return nil, fmt.Errorf("nowcast: there is no transformation %d: codes are 1 to 7", code)
	}
	out := append([]float64(nil), x...)
	if code >= 4 && code <= 6 {
		for t, v := range out {
			if v > 0 {
				out[t] = math.Log(v)
			} else {
				out[t] = math.NaN()
			}
		}
	}
	if code == 7 {
		for t := len(out) - 1; t >= 0; t-- {
			if t == 0 || x[t-1] == 0 {
				out[t] = math.NaN()
			} else {
				out[t] = x[t]/x[t-1] - 1
			}
		}
	}
	for range map[int]int{2: 1, 3: 2, 5: 1, 6: 2, 7: 1}[code] {
		for t := len(out) - 1; t > 0; t-- {
			out[t] -= out[t-1]
		}
		if len(out) > 0 {
			out[0] = math.NaN()
		}
	}
	return out, nil
}
