package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

// treeFlag is how a verb takes another tree than the one that ships with the program.
type treeFlag struct {
	Tree string `placeholder:"FILE" help:"YAML file of scenarios, in place of those of November 2025."`
}

// options reads the user's tree, where he gave one.
func (t *treeFlag) options() ([]faultline.Option, error) {
	if t.Tree == "" {
		return nil, nil
	}
	f, err := os.Open(t.Tree)
	if err != nil {
		return nil, &Error{Op: "read scenarios", Path: t.Tree, Err: err, Exit: exitInput}
	}
	defer f.Close()
	tree, err := faultline.ReadTree(f, t.Tree)
	if err != nil {
		return nil, &Error{Op: "read scenarios", Err: err, Exit: exitInput, Next: "tree_form"}
	}
	return []faultline.Option{faultline.WithTree(tree)}, nil
}

// noScenario says why there are none.
func noScenario(op string, a *faultline.Analysis) error {
	for _, m := range a.Missing {
		if m.Part == "scenario" {
			return &Error{Op: op, Err: m.Absent, Exit: exitAbsent}
		}
	}
	return &Error{
		Op: op, Err: &evidence.Absent{Code: "no_scenarios", Args: evidence.Args{"as_of": a.AsOf.Format("2006-01-02")}}, Exit: exitAbsent,
		Next: "tree_for_time",
	}
}

type scenarioCmd struct {
	Files
	treeFlag
}

// Run prints the scenarios.
func (c *scenarioCmd) Run(ctx context.Context, g *Globals, o *output) error {
	with, err := c.options()
	if err != nil {
		return err
	}
	a, _, err := g.analyze(ctx, o, &c.Files, with...)
	if err != nil {
		return err
	}
	if a.Scenario == nil {
		return noScenario("compute scenarios", a)
	}
	if !g.JSON {
		return report.Scenario(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Scenario *faultline.Scenarios `json:"scenario"`
	}{wrap(a), a.Scenario})
}

type watchCmd struct {
	Files
	treeFlag
}

// Run prints the status of all rules once.
func (c *watchCmd) Run(ctx context.Context, g *Globals, o *output) error {
	with, err := c.options()
	if err != nil {
		return err
	}
	a, _, err := g.analyze(ctx, o, &c.Files, with...)
	if err != nil {
		return err
	}
	if len(a.Actions) == 0 {
		return noScenario("watch", a)
	}
	if !g.JSON {
		return report.Watch(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Actions []faultline.Action `json:"actions"`
	}{wrap(a), a.Actions})
}

type validateScenarioCmd struct {
	Files
	treeFlag
}

// Run scores a tree on everything that the data know.
func (c *validateScenarioCmd) Run(ctx context.Context, g *Globals, o *output) error {
	if len(c.all()) == 0 && g.Data == "" {
		return misused("validate scenario", "", "validate_scenario", evidence.Code{Code: "usage_later_data"})
	}
	return (&scenarioCmd{c.Files, c.treeFlag}).Run(ctx, g, o)
}

type capexCmd struct {
	Files
	Portfolio string   `placeholder:"FILE" help:"CSV of holdings with the columns ticker and usd."`
	Facts     []string `placeholder:"FILE" help:"Company facts of the SEC as JSON; may be repeated."`
}

// Run prints the AI capex trade.
func (c *capexCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, s, err := g.analyze(ctx, o, &c.Files)
	if err != nil {
		return err
	}
	if a.Capex == nil {
		return &Error{Op: "compute capex", Err: errors.New("the analysis has no such part")}
	}
	for _, path := range c.Facts {
		h, err := filings(path, a)
		if err != nil {
			return &Error{Op: "read company facts", Path: path, Err: err, Exit: exitInput, Next: "company_facts"}
		}
		a.Capex.History = append(a.Capex.History, h)
	}
	if c.Portfolio != "" {
		f, err := os.Open(c.Portfolio)
		if err != nil {
			return &Error{Op: "read portfolio", Path: c.Portfolio, Err: err, Exit: exitInput}
		}
		defer f.Close()
		p, err := faultline.ReadPortfolio(f)
		if err != nil {
			return &Error{Op: "read portfolio", Path: c.Portfolio, Err: err, Exit: exitInput}
		}
		if err := faultline.AddPortfolio(a, s, p); err != nil {
			return &Error{Op: "measure portfolio", Path: c.Portfolio, Err: err, Exit: exitAbsent, Next: "holdings_prices"}
		}
	}
	if !g.JSON {
		return report.Capex(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Capex *faultline.Capex `json:"capex"`
	}{wrap(a), a.Capex})
}

// filings reads one file of company facts as of the analysis.
func filings(path string, a *faultline.Analysis) (faultline.CapexHistory, error) {
	f, err := os.Open(path)
	if err != nil {
		return faultline.CapexHistory{}, err
	}
	defer f.Close()
	facts, err := faultline.ReadCompanyFacts(f)
	if err != nil {
		return faultline.CapexHistory{}, fmt.Errorf("%w", err)
	}
	return facts.Quarters(a.AsOf), nil
}
