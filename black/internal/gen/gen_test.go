package main

import (
	"bytes"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	directory := t.TempDir()
	if err := generate(directory); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(directory, "*"))
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files generated, %v; want the coefficients and two kernels with their declarations", len(files), err)
	}
	for _, path := range files {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.Base(path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate in package black", filepath.Base(path))
		}
	}
}

func TestExactFunctionsAgreeWithPackageMath(t *testing.T) {
	f := func(name string, got *big.Float, want float64) {
		t.Helper()
		// Package math's erfc of a rounded u/√2 is off by u² roundings, up to 625 here.
		tolerance := 4e-16
		if name == "Mills ratio" {
			tolerance = 3e-13
		}
		if x := toFloat64(got); !(math.Abs(x-want) <= tolerance*math.Abs(want)) {
			t.Errorf("%s: %.17g, want %.17g", name, x, want)
		}
	}
	f("pi", pi(), math.Pi)
	f("ln 2", logarithmOfTwo(), math.Ln2)
	for _, x := range []float64{-30, -1, -1e-9, 0, 1e-9, 0.5, 3, 40} {
		f("exp", exponential(num(x)), math.Exp(x))
	}
	for _, x := range []float64{0, 0.1, 1, 1.5, 3} {
		f("cos", cosine(num(x)), math.Cos(x))
	}
	for _, u := range []float64{-0.75, 0, 1, 7.9, 8, 8.1, 25} {
		f("Mills ratio", millsRatio(num(u)), 0.5*math.Erfc(u/math.Sqrt2)/(math.Exp(-u*u/2)/math.Sqrt(2*math.Pi)))
	}
}

func TestMillsRatioHasNoSeamWhereItsMethodsMeet(t *testing.T) {
	// R′(u) = u·R(u) − 1 must hold across u = 8: the differences on either side agree to 2⁻⁹⁰.
	h := math.Ldexp(1, -60)
	at := func(u float64) *big.Float { return millsRatio(num(u)) }
	above := quo(sub(millsRatio(add(num(8), num(h))), at(8)), num(h))
	slope := sub(mul(num(8), at(8)), num(1))
	if d := sub(above, slope); math.Abs(toFloat64(d)) > h {
		t.Errorf("the slope above 8 is off by %g", toFloat64(d))
	}
}

func TestInterpolantsAreWithinTheirStatedErrors(t *testing.T) {
	evaluate := func(c []float64, x float64) *big.Float {
		sum := num(0)
		for k := len(c) - 1; k >= 0; k-- {
			sum = add(mul(sum, num(x)), num(c[k]))
		}
		return sum
	}
	c := fitAll()
	for i := range 200 {
		x := (float64(i) + 0.3) / 200
		r := (2*x - 1) * math.Ln2 / 2
		e := sub(add(add(num(1), num(r)), mul(num(r*r), evaluate(c.exp, r))), exponential(num(r)))
		// r² is rounded in this check, and so is the leading coefficient in the table.
		if d := math.Abs(toFloat64(e)); !(d <= 0x1p-54) {
			t.Errorf("exp at %g: error %g", r, d)
		}
		g := x - 0.5
		e = sub(evaluate(c.exp2, g), exponential(mul(num(-g), logarithmOfTwo())))
		if d := math.Abs(toFloat64(e)); !(d <= 0x1p-53) {
			t.Errorf("2^-g at %g: error %g", g, d)
		}
		u := -millsLow + x/(1.0001-x)
		w := quo(num(1), add(num(u), num(millsPole)))
		v := toFloat64(sub(num(1), mul(num(millsSpan), w)))
		got := mul(w, evaluate(c.mills, v))
		if d := math.Abs(toFloat64(quo(sub(got, millsRatio(num(u))), got))); !(d <= 8*0x1p-53) {
			t.Errorf("Mills ratio at %g: error %g", u, d)
		}
	}
}
