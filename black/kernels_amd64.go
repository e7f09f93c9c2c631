//go:build amd64

package black

// Without vector kernels everything is left to the scalar twins.

func impliedKernel(*marks, []float64, []Right, []float64, []float64, []float64, []float64, int) (done, lanes int) {
	return 0, 8
}

func greeksKernel(*marks, GreekColumns, []Right, []float64, []float64, []float64, []float64, int) (done, lanes int) {
	return 0, 8
}

func hoistKernel(*hoisted, *marks, *contracts, int, int, kind) (done, lanes int) { return 0, 8 }

func sumKernel(*sums, *[gridBlock]float64, int, *hoisted, int, kind) bool { return false }
