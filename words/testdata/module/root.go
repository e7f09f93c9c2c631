// Package faultline is read by the tests of package words: it writes codes in every way that they
// can follow, and one that they cannot.
package faultline

import (
	"evidence"
	"other"
)

type LevelKind string

const byType LevelKind = "by_type"

const byConstant = "by_constant"

var WordKeys = []string{"codes.by_export"}

func all(w words, table map[string]string) []any {
	variable := "by_variable_a"
	if w.x {
		variable = "by_variable_b"
	}
	w.Label("ui.by_label")
	return []any{
		evidence.Code{Code: "by_literal"},
		&evidence.Absent{Code: byConstant},
		evidence.Code{Code: other.Code},
		absent("by_parameter_one"), absent("by_parameter_two"),
		evidence.Code{Code: variable},
		evidence.Code{"without_field_name", nil},
		evidence.Code{Code: "by_" + "concatenation"},
		Missing{Part: "by_part"},
		[]evidence.Code{{Code: "by_slice"}},
		map[string]*evidence.Absent{"k": {Code: "by_map"}},
		evidence.Code{Code: table["unknown"]},
	}
}

func closures() (out []evidence.Code) {
	add := func(code string) { out = append(out, evidence.Code{Code: code}) }
	add("by_closure")
	more(add)
	return out
}

func more(add func(string)) { add("by_handed_on") }

func absent(code string) error { return &evidence.Absent{Code: code} }
