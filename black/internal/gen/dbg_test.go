package main

import (
	"fmt"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
	"testing"
)

func TestDbg(t *testing.T) {
	c := fitAll()
	m := newMachine(true, "x")
	m.implied(c)
	file, _ := m.Result()
	f := file.Functions()[0]
	weave(f)
	for _, p := range []func(*ir.Function) error{pass.LabelTarget, pass.CFG, pass.Liveness} {
		if err := p(f); err != nil {
			t.Fatal(err)
		}
	}
	for k, i := range f.Instructions() {
		n := map[reg.Kind]int{}
		for id := range i.LiveOut {
			n[id.Kind()]++
		}
		if k%12 == 0 {
			fmt.Println(k, i.Opcode, n)
		}
	}
}
