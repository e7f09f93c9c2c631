package options

import (
	"math"
	"slices"
)

type weighted struct{ value, weight float64 }

// weightedMedian returns the least value at and below which half of the weight lies, by quickselect
// (Hoare 1961). It reorders v; it is NaN without any.
func weightedMedian(v []weighted) float64 {
	total := 0.0
	for _, x := range v {
		total += x.weight
	}
	below := 0.0 // weight of what has been set aside as less
	for len(v) > 0 {
		a, b, c := v[0].value, v[len(v)/2].value, v[len(v)-1].value
		pivot := max(min(a, b), min(max(a, b), c))
		// Three parts: less, equal, greater.
		less, greater := 0, len(v)
		lighter, equal := 0.0, 0.0
		for i := 0; i < greater; {
			switch x := v[i]; {
			case x.value < pivot:
				lighter += x.weight
				v[i], v[less] = v[less], x
				less++
				i++
			case x.value > pivot:
				greater--
				v[i], v[greater] = v[greater], x
			default:
				equal += x.weight
				i++
			}
		}
		switch {
		case less > 0 && below+lighter >= total/2:
			v = v[:less]
		case below+lighter+equal >= total/2 || greater == len(v):
			return pivot
		default:
			below += lighter + equal
			v = v[greater:]
		}
	}
	return math.NaN()
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s[len(s)/2]
}

func medianAbs(x []float64) float64 {
	s := make([]float64, len(x))
	for i, v := range x {
		s[i] = math.Abs(v)
	}
	return median(s)
}
