// Command gen writes what package black does not write by hand: the polynomial coefficients with
// their evaluation in Go, and the AVX2 and AVX-512 kernels with their declarations. Run it with
// go generate in package black. The same input gives the same files, so that CI can compare them.
//
// It is a workshop of package black: it may import avo and the standard library, and it must not know
// the rest of the project; nothing imports it.
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gen DIRECTORY")
	}
	if err := generate(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func generate(directory string) error {
	c := fitAll()
	if err := writeCoefficients(directory, c); err != nil {
		return err
	}
	for _, wide := range []bool{false, true} {
		if err := writeKernels(directory, c, wide); err != nil {
			return err
		}
	}
	return nil
}
