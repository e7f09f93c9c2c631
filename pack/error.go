package pack

import (
	"errors"
	"fmt"
	"strings"
)

// Error is one fault of a pack, with the place where it stands.
type Error struct {
	Op   string // what was being done: "load pack", "build pack"
	File string // slash-separated, relative to the pack's folder; "" when no single file is at fault
	Line int    // 0 when the fault is not that of a line
	Err  error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.File != "" {
		b.WriteString(": " + e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errors takes apart what Load and Build return: every fault on its own, in order. An error that is
// not of this package becomes one fault without a place.
func Errors(err error) []*Error {
	if err == nil {
		return nil
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		var out []*Error
		for _, e := range many.Unwrap() {
			out = append(out, Errors(e)...)
		}
		return out
	}
	var one *Error
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return []*Error{{Op: "pack", Err: err}}
}
