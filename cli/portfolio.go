package cli

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

// owned is what a user tells of a portfolio.
type owned struct {
	Bound     string   `placeholder:"USD" help:"Search the cheapest hedge under which the conditional value at risk stays at or below these dollars."`
	Scenarios []string `placeholder:"NAME" sep:"," help:"Scenarios in which the hedge must hold, such as B,C; history and mixture count too. Default: mixture."`
	Hedges    string   `placeholder:"FILE" help:"CSV of hedges to choose from in place of the program's own list: the columns of positions and name; lines of one name are bought together."`
	MaxVar    string   `placeholder:"USD" help:"Limit on the value at risk."`
	MaxCvar   string   `placeholder:"USD" help:"Limit on the conditional value at risk."`
	MaxLoss   string   `placeholder:"USD" help:"Limit on the mean loss of a scenario and on the loss of a shock."`
	MaxLine   string   `placeholder:"USD" help:"Limit on the value of one position."`
}

// options reads the flags.
func (c *owned) options() (o faultline.PortfolioOptions, err error) {
	for _, f := range []struct {
		flag, text string
		to         *float64
	}{
		{"--bound", c.Bound, &o.Bound},
		{"--max-var", c.MaxVar, &o.MaxVaR},
		{"--max-cvar", c.MaxCvar, &o.MaxCVaR},
		{"--max-loss", c.MaxLoss, &o.MaxLoss},
		{"--max-line", c.MaxLine, &o.MaxLine},
	} {
		if f.text == "" {
			continue
		}
		v, err := strconv.ParseFloat(f.text, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return o, misused("read", f.flag, "dollars", evidence.Code{Code: "usage_dollars", Args: evidence.Args{"text": f.text}})
		}
		*f.to = v
	}
	if len(c.Scenarios) > 0 && o.Bound == 0 {
		return o, misused("read", "--scenarios", "bound", evidence.Code{Code: "usage_scenarios_without_bound"})
	}
	o.Scenarios = c.Scenarios
	if c.Hedges == "" {
		return o, nil
	}
	if o.Bound == 0 {
		return o, misused("read", "--hedges", "bound", evidence.Code{Code: "usage_hedges_without_bound"})
	}
	f, err := os.Open(c.Hedges)
	if err != nil {
		return o, &Error{Op: "read hedges", Path: c.Hedges, Err: err, Exit: exitInput}
	}
	defer f.Close()
	o.HedgeFile = filepath.Base(c.Hedges)
	if o.Hedges, err = faultline.ReadHedges(f, o.HedgeFile); err != nil {
		return o, &Error{Op: "read hedges", Err: err, Exit: exitInput, Next: "positions_form"}
	}
	return o, nil
}

// positions reads the file of a portfolio.
func positions(path string) (*faultline.Positions, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "read positions", Path: path, Err: err, Exit: exitInput}
	}
	defer f.Close()
	p, err := faultline.ReadPositions(f, filepath.Base(path))
	if err != nil {
		return nil, &Error{Op: "read positions", Err: err, Exit: exitInput, Next: "positions_form"}
	}
	return p, nil
}

// portfolioError says which positions cannot be priced, or which name is not known.
func portfolioError(err error) error {
	var mistake *faultline.PositionError
	var unknown *faultline.UnknownNameError
	switch {
	case errors.As(err, &mistake):
		return &Error{Op: "price positions", Err: trimmed(err), Exit: exitInput}
	case errors.As(err, &unknown):
		return &Error{Op: "find a hedge", Err: coded(evidence.Code{Code: "unknown_scenario", Args: evidence.Args{"name": unknown.Name, "known": strings.Join(unknown.Known, ", ")}}), Exit: exitUsage, Next: "name_scenarios"}
	}
	return err
}

// trimmed is the innermost joined error: the list of mistakes without what was being done.
func trimmed(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

type portfolioCmd struct {
	Positions string `arg:"" name:"positions" help:"CSV of positions: kind (shares, option, future, crypto), symbol, quantity, and for options expiry, right, strike."`
	Files
	owned
	treeFlag
}

// Run prints what a portfolio gains and loses.
func (c *portfolioCmd) Run(ctx context.Context, g *Globals, o *output) error {
	opts, err := c.owned.options()
	if err != nil {
		return err
	}
	p, err := positions(c.Positions)
	if err != nil {
		return err
	}
	with, err := c.treeFlag.options()
	if err != nil {
		return err
	}
	with = append(with, faultline.WithPositions(p, opts))
	a, _, err := g.analyze(ctx, o, &c.Files, with...)
	if err != nil {
		return portfolioError(err)
	}
	if a.Portfolio == nil {
		err := missing(a, "portfolio")
		var e *Error
		if errors.As(err, &e) {
			e.Next = "portfolio_prices"
		}
		return err
	}
	if !g.JSON {
		return report.Portfolio(o.w, a, o.words, o.width, o.tty)
	}
	return writeJSON(o.w, struct {
		envelope
		Portfolio *faultline.PortfolioRisk `json:"portfolio"`
		Missing   []faultline.Missing      `json:"missing"`
	}{wrap(a), a.Portfolio, a.Missing})
}
