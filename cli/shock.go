package cli

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/report"
)

type shockCmd struct {
	Files
	Size         string   `placeholder:"PERCENT" help:"Move of the S&P 500 before anybody is forced to trade, such as -3%. Default: the shocks as the register has them."`
	Horizon      string   `default:"1w" help:"now, close, 1d, 1w or 1m."`
	Shocks       []string `placeholder:"NAME" sep:"," help:"policy, ai, crypto, tariff. Default: the first three."`
	Participants []string `placeholder:"NAME" sep:"," help:"Only these participants, by their names. Default: all."`
	Law          string   `placeholder:"NAME" help:"Law of impact whose numbers stand first: linear, square_root or inelastic."`
	Depth        string   `placeholder:"USD" help:"Dollars that move the S&P 500 by 1 %, for the linear law, such as 8e9."`
	Curve        bool     `help:"Print the amplification curve: final move against shock."`
	Reverse      string   `placeholder:"PERCENT" help:"Say what has to be true for a loss of this size, such as 10%."`
}

// options reads the flags and refuses what cannot be.
func (c *shockCmd) options(g *Globals) (faultline.ShockOptions, error) {
	o := faultline.ShockOptions{Horizon: c.Horizon, Shocks: c.Shocks, Participants: c.Participants, Law: c.Law, Fast: c.Curve || c.Reverse != ""}
	for _, f := range []struct {
		flag, text string
		to         *float64
	}{{"--size", c.Size, &o.Size}, {"--reverse", c.Reverse, &o.Loss}} {
		if f.text == "" {
			continue
		}
		v, err := percent(f.text)
		if err != nil {
			return o, usage("read", f.flag, "write it as a percentage, such as -3%", "%v", err)
		}
		if v == 0 {
			return o, usage("read", f.flag, "write it as a percentage, such as -3%", "a move of nothing is neither a shock nor a loss")
		}
		*f.to = v
	}
	o.Loss = math.Abs(o.Loss)
	if c.Depth != "" {
		v, err := strconv.ParseFloat(c.Depth, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return o, usage("read", "--depth", "write dollars, such as 8e9", "a depth of %q is not a number of dollars above 0", c.Depth)
		}
		o.Depth = v
	}
	a, err := g.assumptions()
	if err != nil {
		return o, err
	}
	if err := o.Check(a); err != nil {
		return o, &Error{Op: "shock", Err: err, Exit: exitUsage, Hint: "see: faultline shock --help"}
	}
	return o, nil
}

// percent reads -3% or -0.03.
func percent(text string) (float64, error) {
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.ReplaceAll(number, "−", "-")), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a percentage", text)
	}
	if isPercent {
		v /= 100
	}
	return v, nil
}

// Run puts a shock into the loop.
func (c *shockCmd) Run(ctx context.Context, g *Globals, o *output) error {
	opts, err := c.options(g)
	if err != nil {
		return err
	}
	a, _, err := g.analyze(ctx, o, &c.Files, faultline.WithShock(opts))
	if err != nil {
		return err
	}
	if a.Shock == nil {
		return missing(a, "shock")
	}
	if g.JSON {
		return writeJSON(o.w, shockJSON(a, c.Curve, c.Reverse != ""))
	}
	what := report.ShockSummary
	switch {
	case c.Curve:
		what = report.ShockCurves
	case c.Reverse != "":
		what = report.ShockReverse
	}
	return report.Shock(o.w, a, o.words, o.width, o.tty, what)
}

// shockJSON is the verb's document: the headlines of the law in force at the top, every law below.
func shockJSON(a *faultline.Analysis, curve, reverse bool) any {
	s := a.Shock
	var first faultline.ShockLaw
	for _, l := range s.Laws {
		if l.Law == s.ImpactLaw {
			first = l
		}
	}
	if curve {
		return struct {
			envelope
			ImpactLaw string                 `json:"impact_law"`
			Curves    []faultline.ShockCurve `json:"curves"`
		}{wrap(a), s.ImpactLaw, first.Curves}
	}
	if reverse {
		return struct {
			envelope
			Reverse *faultline.Reverse `json:"reverse"`
		}{wrap(a), s.Reverse}
	}
	return struct {
		envelope
		ImpactLaw     string                       `json:"impact_law"`
		Grade         evidence.Grade               `json:"grade"`
		Amplification faultline.WithWithout        `json:"amplification"`
		LoopGain      faultline.LoopGain           `json:"loop_gain"`
		Resonance     faultline.WithWithout        `json:"resonance"`
		Shapley       []faultline.PlayerFigure     `json:"shapley"`
		Critical      faultline.WithWithout        `json:"critical_liquidity"`
		Distribution  *faultline.ShockDistribution `json:"distribution,omitempty"`
		Shock         *faultline.Shock             `json:"shock"`
	}{wrap(a), s.ImpactLaw, s.Grade, first.Amplification, first.LoopGain, first.Resonance, first.Shapley, first.Critical, first.Distribution, s}
}
