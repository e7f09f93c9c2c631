package cta

import "golang.org/x/sys/cpu"

// vectors reports whether targetsAVX2 runs on this machine. A test turns it off to compare.
var vectors = cpu.X86.HasAVX2
