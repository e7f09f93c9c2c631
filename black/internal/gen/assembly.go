package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// writeKernels writes the kernels of one instruction set and their declarations in Go.
func writeKernels(directory string, c coefficients, wide bool) error {
	m := newMachine(wide, map[bool]string{false: "constantsAVX2", true: "constantsAVX512"}[wide])
	m.implied(c)
	m.greeks(c)
	m.hoist(c, "Delta", hoistDelta)
	m.hoist(c, "Gamma", hoistGamma)
	m.hoist(c, "Greeks", hoistGreeks)
	// Vectors of grid points per pass: as many as registers allow, and divisors of a block.
	deltas, gammas, greeks := 1, 2, 1
	if wide {
		deltas, gammas, greeks = 3, 5, 2
	}
	m.sum(c, "Delta", hoistDelta, deltas)
	m.sum(c, "Gamma", hoistGamma, gammas)
	m.sum(c, "Greeks", hoistGreeks, greeks)
	m.writeTable()
	file, err := m.Result()
	if err != nil {
		return fmt.Errorf("build %s kernels: %w", m.suffix(), err)
	}
	for _, f := range file.Functions() {
		weave(f)
	}
	if err := pass.Compile.Execute(file); err != nil {
		return fmt.Errorf("compile %s kernels: %w", m.suffix(), err)
	}
	config := printer.Config{Name: "black/internal/gen", Pkg: "black"}
	base := filepath.Join(directory, fmt.Sprintf("kernels_%s_amd64", strings.ToLower(m.suffix())))
	assembly, err := printer.NewGoAsm(config).Print(file)
	if err != nil {
		return fmt.Errorf("print %s kernels: %w", m.suffix(), err)
	}
	if err := os.WriteFile(base+".s", assembly, 0o644); err != nil {
		return err
	}
	stubs, err := printer.NewStubs(config).Print(file)
	if err != nil {
		return fmt.Errorf("print %s declarations: %w", m.suffix(), err)
	}
	return writeGo(base+".go", stubs)
}
