// Package all lists the participants. A new one is a package under flow/ and one line here; it then
// appears in ladder, tapes, report, API and page.
//
// It may import every participant, and is imported by the module root. It must not know anything else.
package all

import (
	"faultline/flow"
	"faultline/flow/cta"
	"faultline/flow/dealer"
	"faultline/flow/household"
	"faultline/flow/letf"
	"faultline/flow/perp"
	"faultline/flow/stabiliser"
	"faultline/flow/volcontrol"
)

// Models returns every participant, in the order in which they are shown.
func Models() []flow.Model {
	return []flow.Model{
		dealer.New(),
		cta.New(),
		volcontrol.New(),
		letf.New(),
		perp.New(),
		household.New(),
		stabiliser.New(),
	}
}
