package scenario_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"faultline/evidence"
	"faultline/expr"
	"faultline/scenario"
)

// dated answers names with values that become known on a day.
type dated struct {
	at   time.Time
	rows map[string][]reading
}

type reading struct {
	known string
	value float64
}

func (d dated) Observe(u expr.Use) (expr.Observation, error) {
	for i := len(d.rows[u.String()]) - 1; i >= 0; i-- {
		r := d.rows[u.String()][i]
		known, err := time.Parse(time.DateOnly, r.known)
		if err != nil {
			return expr.Observation{}, err
		}
		if !known.After(d.at) {
			return expr.Observation{Value: r.value, Known: known}, nil
		}
	}
	return expr.Observation{}, &evidence.Absent{Code: "not_yet_observed", Args: evidence.Args{"name": u.String()}}
}

func follow(t *testing.T, tree *scenario.Tree, until string, rows map[string][]reading) *scenario.Path {
	t.Helper()
	end, err := time.Parse(time.DateOnly, until)
	if err != nil {
		t.Fatal(err)
	}
	p, err := scenario.Follow(context.Background(), tree, tree.Days(end), func(at time.Time) expr.Observer { return dated{at, rows} })
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		sum := 0.0
		for _, x := range s.P {
			sum += x
		}
		if !(math.Abs(sum-1) < 1e-12) {
			t.Fatalf("at %s the probabilities sum to %v", s.At, sum)
		}
	}
	return p
}

func load(t *testing.T, text string) *scenario.Tree {
	t.Helper()
	tree, err := scenario.Load(strings.NewReader(text), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

const path = `schema: 1
name: path
from: 2025-11-21
until: 2026-03-31
conditions:
  - {name: cut, when: 'fed.cut_bp("2025-12-10") >= 25', by: 2025-12-12}
  - {name: jobs, when: 'jobs.unemployment("2025-11-01") > 4.5', by: 2025-12-31}
  - {name: held, when: 'fed.cut_bp("2025-11-21", "2026-03-31") <= 0', fails: 'fed.cut_bp("2025-12-10") > 0', by: 2026-04-02, judged: at_end}
  - {name: high, when: 'ust.y10_highest("2025-11-21", "2026-03-31") > 4.6', by: 2026-03-31}
scenarios:
  - name: soft
    prior: 0.5
    requires: [cut]
    network: [{condition: cut, p: 0.8}, {condition: jobs, p: 0.3}, {condition: held, p: 0.1}, {condition: high, p: 0.1}]
  - name: hard
    prior: 0.5
    requires: [held]
    network: [{condition: cut, p: 0.4}, {condition: jobs, p: 0.6}, {condition: held, p: 0.6}, {condition: high, p: 0.5}]
`

func TestThePathLogsWhatMovedWhat(t *testing.T) {
	rows := map[string][]reading{
		`fed.cut_bp("2025-12-10")`:                           {{"2025-12-11", 25}},
		`jobs.unemployment("2025-11-01")`:                    {{"2025-12-16", 4.6}, {"2026-01-09", 4.5}},
		`ust.y10_highest("2025-11-21", "2026-03-31")`:        {{"2025-11-24", 4.1}, {"2026-01-20", 4.3}},
		`fed.cut_bp("2025-11-21", "2026-03-31")`:             {{"2026-04-01", 25}},
		`series("something that the tree does not look at")`: {{"2025-12-01", 1}},
	}
	p := follow(t, load(t, path), "2026-06-01", rows)
	var log []string
	for _, s := range p.Steps[1:] {
		entry := s.At.Format("01-02") + " " + []string{"cut", "jobs", "held", "high"}[s.Condition] + " " + s.Fact.String()
		if s.Revision {
			entry += " revised"
		}
		for _, d := range s.Dead {
			entry += " dead:" + []string{"soft", "hard"}[d]
		}
		log = append(log, entry)
	}
	want := "12-11 cut met; 12-11 held failed dead:hard; 12-16 jobs met; 01-09 jobs met revised; 04-01 high failed"
	if got := strings.Join(log, "; "); got != want {
		t.Errorf("log\n%s\nwant\n%s", got, want)
	}
	// After the cut: 0.5·1 against 0.5·P(cut | held) = 0.5·0.4, the conditions being independent there.
	if got := p.Steps[1].P[0]; !(math.Abs(got-1/1.4) < 1e-12) {
		t.Errorf("after the cut %v", got)
	}
	if p.P[0] != 1 || p.P[1] != 0 || p.Died[1] != 2 || p.Died[0] != -1 {
		t.Errorf("%v, died %v", p.P, p.Died)
	}
	if !p.States[1].Revised || p.States[1].Fact != scenario.Met {
		t.Errorf("the first print decides and its revision is noted: %+v", p.States[1])
	}
}

func TestWhatIsNotKnownStaysOpenAfterItsDay(t *testing.T) {
	p := follow(t, load(t, path), "2026-06-01", nil)
	for i, s := range p.States {
		if s.Fact != scenario.Open || s.Absent == nil {
			t.Errorf("condition %d: %+v", i, s)
		}
	}
	if p.P[0] != 0.5 || len(p.Steps) != 1 {
		t.Errorf("%v after %d steps", p.P, len(p.Steps))
	}
}

func TestAWorldThatNoScenarioAllowsIsSaidToBeOutside(t *testing.T) {
	p := follow(t, load(t, path), "2026-06-01", map[string][]reading{
		`fed.cut_bp("2025-12-10")`:               {{"2025-12-11", 0}},
		`fed.cut_bp("2025-11-21", "2026-03-31")`: {{"2026-04-01", 25}},
	})
	if !p.Outside || p.Died[0] != 0 || p.Died[1] != 2 {
		t.Errorf("outside %v, died %v", p.Outside, p.Died)
	}
	if p.P[0] != 0 || p.P[1] != 1 { // the last that something allowed: hard, until it failed too
		t.Errorf("%v", p.P)
	}
}

// The path up to a day is the same whatever comes later.
func TestThePathDoesNotLookAhead(t *testing.T) {
	rows := map[string][]reading{
		`fed.cut_bp("2025-12-10")`:        {{"2025-12-11", 25}},
		`jobs.unemployment("2025-11-01")`: {{"2025-12-16", 4.6}},
	}
	early := follow(t, load(t, path), "2025-12-20", rows)
	rows[`jobs.unemployment("2025-11-01")`] = append(rows[`jobs.unemployment("2025-11-01")`], reading{"2026-01-09", 4.1})
	rows[`ust.y10_highest("2025-11-21", "2026-03-31")`] = []reading{{"2026-01-20", 5}}
	late := follow(t, load(t, path), "2026-06-01", rows)
	for i, s := range early.Steps {
		if l := late.Steps[i]; !l.At.Equal(s.At) || l.Condition != s.Condition || l.P[0] != s.P[0] {
			t.Errorf("step %d: %+v and %+v", i, s, l)
		}
	}
}

func TestEvidenceOfTheTreeStandsBeforeTheDataUntilItIsRevised(t *testing.T) {
	tree := load(t, path+`evidence:
  - {name: jobs.unemployment, args: ["2025-11-01"], value: 4.6, known: 2025-12-16T13:30:00Z, until: 2026-01-09T13:30:00Z, source: the release}
`)
	// The data hold the latest vintage only, and date it as of the release.
	p := follow(t, tree, "2026-06-01", map[string][]reading{`jobs.unemployment("2025-11-01")`: {{"2025-12-16", 4.4}}})
	// The end of 16 December UTC is the first evaluation after the release; at its start 4.4 was not decisive.
	if s := p.States[1]; s.Fact != scenario.Met || !s.Revised {
		t.Errorf("%+v", s)
	}
	for _, bad := range []string{
		`{name: jobs.employment, value: 1, known: 2025-12-16T13:30:00Z, source: x}`,
		`{name: jobs.unemployment, args: [a, b], value: 1, known: 2025-12-16T13:30:00Z, source: x}`,
		`{name: vix, value: 1, source: x}`,
		`{name: vix, value: 1, known: 2025-12-16T13:30:00Z}`,
		`{name: vix, value: .nan, known: 2025-12-16T13:30:00Z, source: x}`,
	} {
		if _, err := scenario.Load(strings.NewReader(path+"evidence:\n  - "+bad+"\n"), "x"); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
