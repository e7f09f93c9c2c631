package faultline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/expr"
	"faultline/market"
	"faultline/packs"
	"faultline/scenario"
	"faultline/scenario/pooling"
)

// Scenarios is a tree of scenarios as of an instant.
type Scenarios struct {
	Name       string              `json:"name"`
	Title      map[string]string   `json:"title"` // by language
	From       string              `json:"from"`  // day on which the priors were stated
	Until      string              `json:"until"` // horizon
	Source     string              `json:"source"`
	Branches   []ScenarioBranch    `json:"branches"`
	Conditions []ScenarioCondition `json:"conditions"`
	Log        []ScenarioStep      `json:"log"`
	Outside    bool                `json:"outside"` // no scenario allows what happened; probabilities are the last before
	Overlaps   []ScenarioOverlap   `json:"overlaps"`
	Gap        float64             `json:"gap"` // probability by the tree's own tables that no scenario is complete
	Paths      *ScenarioPaths      `json:"paths,omitempty"`
	Score      *ScenarioScore      `json:"score,omitempty"`
	Missing    []Missing           `json:"missing"`
	Caveats    []evidence.Code     `json:"caveats"`
	Grade      evidence.Grade      `json:"grade"`
	Node       string              `json:"node"`
}

// ScenarioBranch is one scenario.
type ScenarioBranch struct {
	Name       string            `json:"name"`
	Title      map[string]string `json:"title"`
	Prior      float64           `json:"prior"`
	Posterior  evidence.Figure   `json:"posterior"`
	Naive      float64           `json:"naive"`          // posterior if conditions were independent within each scenario
	Leak       float64           `json:"leak"`           // probability by its own table that something it requires fails
	Dead       *evidence.Code    `json:"dead,omitempty"` // why it is impossible
	Requires   []string          `json:"requires"`
	Outcomes   []ScenarioOutcome `json:"outcomes"`
	Source     string            `json:"source"`
	Effective  *float64          `json:"effective,omitempty"` // effective number of paths after reweighting
	Entropy    *float64          `json:"entropy,omitempty"`   // relative entropy against history, nats
	Held       *float64          `json:"held,omitempty"`      // share of the paths that end inside all its ranges
	Contradict *evidence.Code    `json:"contradict,omitempty"`
	Spreads    []AssetSpread     `json:"spreads,omitempty"`
}

// ScenarioOutcome is what an asset should do in a scenario.
type ScenarioOutcome struct {
	Title      map[string]string `json:"title"`
	Asset      string            `json:"asset,omitempty"`
	Low        *float64          `json:"low,omitempty"` // return to the horizon; of yields change in points
	High       *float64          `json:"high,omitempty"`
	Expression string            `json:"expression,omitempty"` // what says whether it came true
	True       *bool             `json:"true,omitempty"`       // so far
	Odds       []MarketOdds      `json:"odds"`                 // by markets on the tree's day
	Least      float64           `json:"least"`                // probability that the tree gives it at least: its scenario's prior
	BrierLeast *float64          `json:"brier_least,omitempty"`
	Absent     *evidence.Absent  `json:"absent,omitempty"`
	Source     string            `json:"source"`
}

// ScenarioReading is one observation that an expression asked for.
type ScenarioReading struct {
	Name   string           `json:"name"`
	Value  *float64         `json:"value,omitempty"`
	Known  string           `json:"known,omitempty"` // day on which it became known
	Grade  *evidence.Grade  `json:"grade,omitempty"`
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// ScenarioCondition is one condition of the tree.
type ScenarioCondition struct {
	Name        string            `json:"name"`
	Title       map[string]string `json:"title"`
	Expression  string            `json:"expression"`
	By          string            `json:"by"`
	Status      string            `json:"status"` // code: open, met, failed
	Since       string            `json:"since,omitempty"`
	Probability float64           `json:"probability"` // by the tree, now
	Prior       float64           `json:"prior"`       // by the tree, on its own day
	Odds        []MarketOdds      `json:"odds"`        // by markets, now; of a decided one the last before
	Readings    []ScenarioReading `json:"readings"`
	Revised     bool              `json:"revised"` // what decided it was revised later
	Absent      *evidence.Absent  `json:"absent,omitempty"`
	Source      string            `json:"source"`
}

// ScenarioStep is one entry of the log.
type ScenarioStep struct {
	At        time.Time         `json:"at"`
	Condition string            `json:"condition,omitempty"` // empty in the first entry, the priors
	Status    string            `json:"status"`              // code: prior, met, failed, revised
	Readings  []ScenarioReading `json:"readings"`
	Posterior []float64         `json:"posterior"` // in order of the branches
	Naive     []float64         `json:"naive"`
	Dead      []string          `json:"dead"` // scenarios that the step made impossible
}

// ScenarioOverlap is two scenarios that can be true at once.
type ScenarioOverlap struct {
	A           string  `json:"a"`
	B           string  `json:"b"`
	Probability float64 `json:"probability"`
}

// AssetSpread is one asset at the horizon: returns, of yields changes in points.
type AssetSpread struct {
	Asset  string  `json:"asset"`
	Mean   float64 `json:"mean"`
	Low    float64 `json:"low"` // 5 % quantile
	Median float64 `json:"median"`
	High   float64 `json:"high"` // 95 % quantile
}

// ScenarioPaths is the joint distribution behind the scenarios.
type ScenarioPaths struct {
	Source   string        `json:"source"` // code: bootstrap, or bootstrap_and_cascade
	Paths    int           `json:"paths"`
	Sessions int           `json:"sessions"` // to the horizon
	From     string        `json:"from"`     // of the history behind it
	To       string        `json:"to"`
	Prior    []AssetSpread `json:"prior"`
	Mixture  []AssetSpread `json:"mixture"` // scenarios weighted by their probabilities
	Covered  float64       `json:"covered"` // probability of the scenarios in the mixture
	Loop     *ScenarioLoop `json:"loop,omitempty"`
}

// ScenarioLoop is the part of the paths that begins with participants and price in one loop, without a shock.
type ScenarioLoop struct {
	Share    float64 `json:"share"`    // of the paths, which is the loop's weight in the joint distribution
	Sessions int     `json:"sessions"` // that it lasts
	Paths    int     `json:"paths"`    // simulated, each of which begins several
	Law      string  `json:"law"`      // of impact
}

// ScenarioScore is how the tree did. One tree is one observation.
type ScenarioScore struct {
	True       []string         `json:"true"`      // scenarios of which everything required came true
	Undecided  []string         `json:"undecided"` // scenarios that may still
	Brier      *float64         `json:"brier,omitempty"`
	Uniform    *float64         `json:"uniform,omitempty"` // what equal probabilities would score
	Log        *float64         `json:"log,omitempty"`     // −ln of the prior of the one that came true
	Conditions []ConditionScore `json:"conditions"`
}

// ConditionScore holds a condition against what happened.
type ConditionScore struct {
	Name      string       `json:"name"`
	Status    string       `json:"status"`
	Tree      float64      `json:"tree"` // probability on the tree's day
	Odds      []MarketOdds `json:"odds"` // by markets on that day
	BrierTree *float64     `json:"brier_tree,omitempty"`
}

// MarketOdds is what a market gave for a condition.
type MarketOdds struct {
	Source      string   `json:"source"` // code: fedwatch, kalshi, options
	Probability *float64 `json:"probability,omitempty"`
	Brier       *float64 `json:"brier,omitempty"`
}

// odds puts the markets' answers beside their names.
func odds(list []scenario.Odds, p, brier []*float64) []MarketOdds {
	out := []MarketOdds{}
	for i := range p {
		m := MarketOdds{Source: list[i].Source, Probability: p[i]}
		if brier != nil {
			m.Brier = brier[i]
		}
		out = append(out, m)
	}
	return out
}

// Tree is a tree of scenarios that ReadTree has checked.
type Tree struct{ tree *scenario.Tree }

// ReadTree reads a tree of scenarios from YAML; docs/methods/scenario.md has its form. The error names line and
// column of every mistake.
func ReadTree(r io.Reader, file string) (*Tree, error) {
	t, err := scenario.Load(r, file)
	if err != nil {
		return nil, err
	}
	return &Tree{t}, nil
}

// DefaultTree is the tree that ships with the program: the three scenarios of the source document.
func DefaultTree() (*Tree, error) {
	text, err := packs.Scenarios("nov2025")
	if err != nil {
		return nil, err
	}
	return ReadTree(bytes.NewReader(text), "nov2025.yaml")
}

// WithTree follows a tree of the user's in place of the one that ships with the program. The run id speaks of it.
func WithTree(t *Tree) Option { return func(r *run) { r.tree = t } }

// scenarios follows the tree of the user; or the default one, where the analysis lies in the time that it speaks of.
func (r *run) scenarios() error {
	t := r.tree
	if t == nil {
		var err error
		if t, err = DefaultTree(); err != nil {
			return err
		}
		if at := r.state.At(); at.Before(t.tree.From) || at.After(t.tree.Until.AddDate(1, 0, 0)) {
			return nil // another time has other scenarios
		}
	}
	out, err := r.follow(t.tree)
	if err != nil {
		return r.missing("scenario", err)
	}
	r.out.Scenario = out
	r.out.Actions, err = actions(r.ctx, r.state, t, r.out.EventVol)
	return err
}

// follow runs a tree on the State.
func (r *run) follow(t *scenario.Tree) (*Scenarios, error) {
	ctx, s, record := r.ctx, r.state, r.record
	at := func(when time.Time) expr.Observer { return expr.OfAt(s, when) }
	path, err := scenario.Follow(ctx, t, t.Days(s.At()), at)
	if err != nil {
		return nil, err
	}
	out := &Scenarios{
		Name: t.Name, Title: t.Title, From: t.From.Format(time.DateOnly), Until: t.Until.AddDate(0, 0, -1).Format(time.DateOnly), Source: t.Source,
		Outside: path.Outside, Overlaps: []ScenarioOverlap{}, Missing: []Missing{}, Grade: evidence.Modelled, Node: "run/scenario",
		Caveats: []evidence.Code{{Code: "one_tree"}, {Code: "conditional_probabilities_by_hand"}, {Code: "latest_vintage_but_stated"}},
	}
	if t.Asks("options") {
		out.Caveats = append(out.Caveats, evidence.Code{Code: "implied_lognormal"})
	}
	node := evidence.Node{ID: out.Node, Kind: evidence.Run, Method: "scenario_tree", Grade: evidence.Modelled, AsOf: s.At(), Caveats: out.Caveats}
	for _, n := range record.Nodes() {
		if n.Kind == evidence.Dataset && enters(n.ID) {
			node.Inputs = append(node.Inputs, n.ID)
		}
	}
	record.Add(node)
	out.conditions(t, path)
	for i, b := range t.Scenarios {
		br := ScenarioBranch{
			Name: b.Name, Title: b.Title, Prior: b.Prior, Naive: path.Naive[i], Requires: []string{}, Outcomes: []ScenarioOutcome{}, Source: b.Source,
			Posterior: record.Mint("scenario."+b.Name+".posterior", path.P[i], evidence.Ratio, out.Node),
		}
		for _, q := range b.Requires {
			br.Requires = append(br.Requires, t.Conditions[q].Name)
		}
		if d := path.Died[i]; d >= 0 {
			br.Dead = &evidence.Code{Code: "condition_failed", Args: evidence.Args{"condition": t.Conditions[d].Name, "date": path.States[d].Since.Format(time.DateOnly)}}
		}
		for _, o := range b.Outcomes {
			so := ScenarioOutcome{Title: o.Title, Asset: o.Asset, Low: finite(o.Low), High: finite(o.High), Odds: []MarketOdds{}, Least: b.Prior, Source: o.Source}
			if o.Check != nil {
				so.Expression = o.Check.Text()
			}
			br.Outcomes = append(br.Outcomes, so)
		}
		out.Branches = append(out.Branches, br)
	}
	check := t.Check()
	for i := range out.Branches {
		out.Branches[i].Leak = check.Leak[i]
	}
	for _, o := range check.Overlaps {
		out.Overlaps = append(out.Overlaps, ScenarioOverlap{t.Scenarios[o.A].Name, t.Scenarios[o.B].Name, o.Probability})
	}
	out.Gap = check.Gap
	if err := out.score(ctx, s, t, path); err != nil {
		return nil, err
	}
	if err := r.paths(out, t, path.P); err != nil {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return nil, err
		}
		out.Missing = append(out.Missing, Missing{Part: "scenario_paths", Absent: absent})
	}
	return out, nil
}

// enters reports whether a dataset can enter conditions: figures, series and daily prices.
func enters(node string) bool {
	return node == "in/facts" || strings.HasPrefix(node, "in/series/") || strings.HasPrefix(node, "in/bars/") && strings.HasSuffix(node, "/1d")
}

func readings(list []expr.Reading) []ScenarioReading {
	out := []ScenarioReading{}
	for _, r := range list {
		x := ScenarioReading{Name: r.Use.String(), Absent: r.Absent}
		if r.Absent == nil {
			x.Value = finite(r.Value)
			x.Known = r.Known.Format(time.DateOnly)
			x.Grade = &r.Grade
		}
		out = append(out, x)
	}
	return out
}

func (out *Scenarios) conditions(t *scenario.Tree, path *scenario.Path) {
	prior := scenario.NewBelief(t)
	for i, c := range t.Conditions {
		st := path.States[i]
		x := ScenarioCondition{
			Name: c.Name, Title: c.Title, Expression: c.When.Text(), By: c.By.AddDate(0, 0, -1).Format(time.DateOnly), Status: st.Fact.String(),
			Odds: odds(c.Odds, st.Odds, nil), Readings: readings(st.Read), Revised: st.Revised, Absent: st.Absent, Source: c.Source,
		}
		x.Prior, _ = prior.Condition(i)
		x.Probability, _ = path.Belief.Condition(i)
		switch st.Fact {
		case scenario.Met:
			x.Probability = 1
		case scenario.Failed:
			x.Probability = 0
		}
		if !st.Since.IsZero() {
			x.Since = st.Since.Format(time.DateOnly)
		}
		out.Conditions = append(out.Conditions, x)
	}
	for _, s := range path.Steps {
		x := ScenarioStep{At: s.At, Status: "prior", Readings: readings(s.Read), Posterior: s.P, Naive: s.Naive, Dead: []string{}}
		if s.Condition >= 0 {
			x.Condition, x.Status = t.Conditions[s.Condition].Name, s.Fact.String()
		}
		if s.Revision {
			x.Status = "revised"
		}
		for _, d := range s.Dead {
			x.Dead = append(x.Dead, t.Scenarios[d].Name)
		}
		out.Log = append(out.Log, x)
	}
}

func (out *Scenarios) score(ctx context.Context, s *market.State, t *scenario.Tree, path *scenario.Path) error {
	start := t.Start(s.At())
	sc, err := t.Score(ctx, path, t.Observer(expr.OfAt(s, start), start), t.Observer(expr.Of(s), s.At()), !s.At().Before(t.Until))
	if err != nil {
		return err
	}
	x := &ScenarioScore{True: []string{}, Undecided: []string{}, Brier: sc.Brier, Uniform: sc.Uniform, Log: sc.Log}
	for _, i := range sc.True {
		x.True = append(x.True, t.Scenarios[i].Name)
	}
	for _, i := range sc.Undecided {
		x.Undecided = append(x.Undecided, t.Scenarios[i].Name)
	}
	for _, c := range sc.Conditions {
		x.Conditions = append(x.Conditions, ConditionScore{
			Name: t.Conditions[c.Condition].Name, Status: c.Fact.String(), Tree: c.Tree, Odds: odds(t.Conditions[c.Condition].Odds, c.Odds, c.BrierOdds), BrierTree: c.BrierTree,
		})
	}
	for _, o := range sc.Outcomes {
		so := &out.Branches[o.Scenario].Outcomes[o.Outcome]
		if so.Absent = o.Absent; o.Absent == nil {
			so.True = &o.True
		}
		so.Odds, so.BrierLeast = odds(t.Scenarios[o.Scenario].Outcomes[o.Outcome].Odds, o.Odds, o.Brier), o.BrierLeast
	}
	out.Score = x
	return nil
}

// paths reweights the joint distribution of what the scenarios speak of.
func (r *run) paths(out *Scenarios, t *scenario.Tree, weights []float64) error {
	s := r.state
	sessions := 0
	from := calendar.DateIn(s.At(), calendar.NewYork())
	until := calendar.DateIn(t.Until.AddDate(0, 0, -1), time.UTC)
	for d := from + 1; d <= until; d++ {
		if _, err := calendar.NYSE().Session(d); err == nil {
			sessions++
		}
	}
	if sessions == 0 {
		return &evidence.Absent{Code: "horizon_passed", Args: evidence.Args{"date": out.Until}}
	}
	var assets []string
	seen := map[string]bool{}
	for _, sc := range t.Scenarios {
		for _, o := range sc.Outcomes {
			if o.Asset != "" && !seen[o.Asset] {
				seen[o.Asset] = true
				assets = append(assets, o.Asset)
			}
		}
	}
	j, without, err := r.joint(assets, sessions)
	if err != nil {
		return err
	}
	if without != nil {
		out.Missing = append(out.Missing, Missing{Part: "scenario_cascade", Absent: without})
	}
	list, mixed, covered, err := j.Reweigh(t, weights)
	if err != nil {
		return err
	}
	for _, x := range list {
		b := &out.Branches[x.Scenario]
		held := x.Held
		if len(x.Skipped) < len(b.Outcomes) {
			b.Held = &held
		}
		if x.Against != nil {
			b.Contradict = contradiction(x.Against)
		}
		if x.Spreads != nil {
			b.Effective, b.Entropy, b.Spreads = finite(x.Effective), finite(x.Entropy), spreads(x.Spreads)
		}
		for _, asset := range x.Skipped {
			out.Missing = append(out.Missing, Missing{Part: "scenario_paths", Absent: &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": asset, "interval": "1d"}}})
		}
	}
	out.Paths = &ScenarioPaths{
		Source: j.Source, Paths: len(j.Returns[0]), Sessions: sessions, From: j.From, To: j.To,
		Prior: spreads(j.Spreads(nil)), Mixture: spreads(mixed), Covered: covered,
	}
	if j.Source == "bootstrap_and_cascade" {
		out.Paths.Loop = &ScenarioLoop{
			Share: r.assume.Value("scenario.cascade_share"), Sessions: r.looped.sessions, Paths: len(r.looped.moves[0]), Law: impactLaw(r.assume),
		}
	}
	return nil
}

func contradiction(c *pooling.Contradiction) *evidence.Code {
	with := ""
	for i, w := range c.With {
		if i > 0 {
			with += ", "
		}
		with += w
	}
	if with == "" {
		return &evidence.Code{Code: "view_out_of_reach", Args: evidence.Args{"view": c.View, "low": c.Low, "high": c.High, "target": c.Target}}
	}
	return &evidence.Code{Code: "views_contradict", Args: evidence.Args{"view": c.View, "with": with}}
}

func spreads(list []scenario.Spread) []AssetSpread {
	out := []AssetSpread{}
	for _, s := range list {
		out = append(out, AssetSpread{s.Asset, s.Mean, s.Low, s.Mid, s.High})
	}
	return out
}
