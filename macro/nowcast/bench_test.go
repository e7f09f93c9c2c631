package nowcast

import (
	"context"
	"testing"
)

// BenchmarkEMStep is one step on a panel of the size of FRED-MD: 126 series, 787 months, four factors.
func BenchmarkEMStep(b *testing.B) {
	p := invent(1, 787, 126, 4)
	m, err := initial(p, Spec{Factors: 4, Lags: 1})
	if err != nil {
		b.Fatal(err)
	}
	l, err := compile(m, p, nil)
	if err != nil {
		b.Fatal(err)
	}
	s := newSmoother(l)
	b.ReportAllocs()
	for b.Loop() {
		s.run(true)
		s.maximise()
	}
}

// BenchmarkFilter is a filter over the panel of the economy as it is run for each day of the fog.
func BenchmarkFilter(b *testing.B) {
	p := invent(1, 35, 14, 3, Trend, Trend)
	m, err := initial(p, Spec{Factors: 3, Lags: 2})
	if err != nil {
		b.Fatal(err)
	}
	l, err := compile(m, p, nil)
	if err != nil {
		b.Fatal(err)
	}
	s := newSmoother(l)
	b.ReportAllocs()
	for b.Loop() {
		s.run(false)
	}
}

// BenchmarkEconomy fits the model of the economy: 14 series, two of them trends, 200 months, three factors.
func BenchmarkEconomy(b *testing.B) {
	p := invent(1, 200, 14, 3, Trend, Trend)
	for b.Loop() {
		if _, err := Estimate(context.Background(), p, Spec{Factors: 3, Lags: 2, Iterations: 40}); err != nil {
			b.Fatal(err)
		}
	}
}
