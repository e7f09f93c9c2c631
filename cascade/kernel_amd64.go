package cascade

import "golang.org/x/sys/cpu"

// vectors and wide report whether the kernels of four and of eight lanes run on this machine. A test turns
// them off to compare.
var (
	vectors = cpu.X86.HasAVX2
	wide    = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
)
