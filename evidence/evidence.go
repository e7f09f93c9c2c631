// Package evidence holds what makes a number trustworthy: its grade, its source, the instant it
// speaks of, the reason where there is none, and the record that leads from a figure back to the
// files it came from.
//
// It stands on floor 0: it may import the standard library only, and it must not know what a
// chain, a model or a report is. Numeric code never carries figures; it records one node for each
// dataset and model run, and figures are minted when an analysis is assembled.
package evidence

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Grade says how directly a number was seen. A larger grade is weaker, and whatever is computed
// from several inputs has the weakest grade among them and its method.
type Grade uint8

// The grades, strongest first.
const (
	Observed  Grade = iota // traded, quoted or counted in a market's own data
	Published              // stated by someone, with an address where it can be read
	Modelled               // computed by a model whose error is documented
	Synthetic              // made up to stand in for what does not exist in the open
)

var gradeNames = [...]string{"observed", "published", "modelled", "synthetic"}

func (g Grade) String() string {
	if int(g) < len(gradeNames) {
		return gradeNames[g]
	}
	return "grade(" + strconv.Itoa(int(g)) + ")"
}

// ParseGrade reads the name that String writes.
func ParseGrade(s string) (Grade, error) {
	for i, name := range gradeNames {
		if s == name {
			return Grade(i), nil
		}
	}
	return 0, fmt.Errorf("grade %q is none of %s", s, strings.Join(gradeNames[:], ", "))
}

// MarshalText writes the grade's name.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the grade's name.
func (g *Grade) UnmarshalText(b []byte) (err error) {
	*g, err = ParseGrade(string(b))
	return err
}

// Weakest returns the weakest of the grades, Observed when there is none.
func Weakest(grades ...Grade) Grade {
	w := Observed
	for _, g := range grades {
		w = max(w, g)
	}
	return w
}

// Args are the arguments of a code: numbers, strings and instants that the front ends put into
// the sentence of the reader's language.
type Args map[string]any

// Code is a sentence that is not yet in any language: a stable name with arguments. The front ends
// hold the words.
type Code struct {
	Code string `json:"code"`
	Args Args   `json:"args,omitempty"`
}

// String renders the code for logs and errors: name{key=value …} with keys in order.
func (c Code) String() string {
	if len(c.Args) == 0 {
		return c.Code
	}
	keys := make([]string, 0, len(c.Args))
	for k := range c.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	b.WriteString(c.Code)
	b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%v", k, c.Args[k])
	}
	b.WriteByte('}')
	return b.String()
}

// Absent says that something does not exist and why. It is an error where a function cannot
// return its value, and a field where a figure has none; it is never written as 0.
type Absent struct {
	Code string
	Args Args
}

func (a *Absent) Error() string { return "absent: " + a.Reason().String() }

// Reason is the absence as a code.
func (a *Absent) Reason() Code { return Code{Code: a.Code, Args: a.Args} }

// MarshalJSON writes the reason's code and arguments.
func (a *Absent) MarshalJSON() ([]byte, error) { return json.Marshal(a.Reason()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Absent) UnmarshalJSON(b []byte) error {
	var c Code
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	a.Code, a.Args = c.Code, c.Args
	return nil
}
