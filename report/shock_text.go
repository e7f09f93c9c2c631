package report

import (
	"io"

	"faultline"
	"faultline/words"
)

// ShockPart is a part of what a shock becomes, by the sections that tell it.
type ShockPart []string

// The parts.
var (
	ShockSummary = ShockPart{"shock", "shock_parts", "shock_reverse"}
	ShockCurves  = ShockPart{"shock_curve"}
	ShockReverse = ShockPart{"shock_reverse"}
)

// Shock writes a part of what a shock becomes.
func Shock(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool, part ShockPart) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections(append(part, "missing", "caveats")...) })
}
