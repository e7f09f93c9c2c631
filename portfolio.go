package faultline

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/impact"
	"faultline/market"
	"faultline/options"
	"faultline/portfolio"
	"faultline/scenario"
	"faultline/scenario/pooling"
)

// Positions are what a user owns, as ReadPositions found it.
type Positions struct {
	file string
	text []byte
	rows []portfolio.Position
}

// PositionError is a mistake in a file of positions, at its place, with what to change.
type PositionError = portfolio.Error

// ReadPositions reads a CSV of positions; docs/methods/portfolio.md has its form. The error names the line and
// column of every mistake and what to change.
func ReadPositions(r io.Reader, file string) (*Positions, error) {
	text, err := io.ReadAll(io.LimitReader(r, portfolio.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read positions: %w", err)
	}
	rows, err := portfolio.ReadPositions(strings.NewReader(string(text)), file)
	if err != nil {
		return nil, err
	}
	return &Positions{file, text, rows}, nil
}

// PortfolioOptions say what is asked of a portfolio. Dollars of 0 ask for nothing.
type PortfolioOptions struct {
	Bound     float64  // conditional value at risk that a hedge must hold, dollars
	Scenarios []string // in which it must hold it; nil is the mixture of all
	MaxVaR    float64  // limits, dollars
	MaxCVaR   float64
	MaxLoss   float64 // of any scenario's mean and of any shock
	MaxLine   float64 // of one position's value, gross
	// Hedges are the instruments to choose from; nil is the program's own list. HedgeFile is where they were read.
	Hedges    []HedgeUnit
	HedgeFile string
}

// HedgeUnit is an instrument of the user's that a hedge may be made of.
type HedgeUnit = portfolio.Unit

// ReadHedges reads a CSV of hedges to choose from; docs/methods/portfolio.md has its form.
func ReadHedges(r io.Reader, file string) ([]HedgeUnit, error) { return portfolio.ReadUnits(r, file) }

// WithPositions adds to an analysis what a portfolio gains and loses. The analysis has its part Portfolio, or
// Missing says why not; positions that cannot be priced are an error that names each.
func WithPositions(p *Positions, o PortfolioOptions) Option {
	return func(r *run) { r.owned, r.ownedAsked = p, o }
}

// PortfolioRisk is what a user's portfolio gains and loses.
type PortfolioRisk struct {
	File     string              `json:"file"`
	Value    evidence.Figure     `json:"value"`
	Gross    evidence.Figure     `json:"gross"`
	Delta    evidence.Figure     `json:"delta"` // dollars that move with the underlyings
	Level    float64             `json:"level"`
	Sessions int                 `json:"sessions"` // to the horizon
	Paths    int                 `json:"paths"`
	From     string              `json:"from"` // first and last day of the history behind the paths
	To       string              `json:"to"`
	Lines    []PortfolioLine     `json:"lines"`
	Tails    []PortfolioTail     `json:"tails"`
	Shocks   []PortfolioShock    `json:"shocks"`
	Limits   []PortfolioLimit    `json:"limits"`
	Exit     []PortfolioExit     `json:"exit"`
	Hedge    *PortfolioHedge     `json:"hedge,omitempty"`
	Vol      *VolatilityResponse `json:"volatility,omitempty"`
	Missing  []Missing           `json:"missing"`
	Caveats  []evidence.Code     `json:"caveats"`
	Grade    evidence.Grade      `json:"grade"`
	Node     string              `json:"node"`
}

// PortfolioLine is one position.
type PortfolioLine struct {
	Line     int     `json:"line"`
	Kind     string  `json:"kind"`
	Symbol   string  `json:"symbol"`
	Quantity float64 `json:"quantity"`
	Expiry   string  `json:"expiry,omitempty"`
	Right    string  `json:"right,omitempty"`
	Strike   float64 `json:"strike,omitempty"`
	Value    float64 `json:"value_usd"`
	Delta    float64 `json:"delta_usd"`
	CVaR     float64 `json:"cvar_usd"` // what it adds to the conditional value at risk of the weighted paths
}

// PortfolioTail is the profit and loss under one set of probabilities of the paths.
type PortfolioTail struct {
	Name        string           `json:"name"` // code: history, mixture, or a scenario's name
	Probability *float64         `json:"probability,omitempty"`
	Mean        *evidence.Figure `json:"mean,omitempty"`
	VaR         *evidence.Figure `json:"var,omitempty"`
	CVaR        *evidence.Figure `json:"cvar,omitempty"`
	Effective   *float64         `json:"effective,omitempty"` // effective number of paths
	Absent      *evidence.Absent `json:"absent,omitempty"`
}

// PortfolioShock is the profit and loss of a sudden move.
type PortfolioShock struct {
	Name string          `json:"name"` // code of a shock of the register, all of them, or amplified
	Move float64         `json:"move"` // of the S&P 500
	Vol  float64         `json:"volatility_ratio"`
	PnL  evidence.Figure `json:"pnl"`
}

// PortfolioLimit is one limit of the user.
type PortfolioLimit struct {
	Name     string  `json:"name"` // code
	Of       string  `json:"of"`   // scenario, shock or line that comes nearest
	Limit    float64 `json:"limit_usd"`
	Value    float64 `json:"value_usd"`
	Breached bool    `json:"breached"`
}

// PortfolioExit is what leaving costs, dollars.
type PortfolioExit struct {
	Law    string  `json:"law"`
	Move   float64 `json:"move"`       // of the S&P 500, to which others respond
	Forced float64 `json:"forced_usd"` // what they trade there, buying positive
	Own    float64 `json:"own_usd"`    // the order that takes the portfolio's exposure to zero
	Alone  float64 `json:"alone_usd"`
	Among  float64 `json:"among_usd"`
}

// PortfolioHedge is the cheapest mix that holds the bound.
type PortfolioHedge struct {
	Bound     float64          `json:"bound_usd"`
	Scenarios []HedgedScenario `json:"scenarios"`
	Units     []HedgeUnits     `json:"units"`
	Outlay    float64          `json:"outlay_usd"` // paid at the start
	Cost      float64          `json:"cost_usd"`   // what was made as small as possible
	Offered   int              `json:"offered"`    // instruments to choose from
	Excess    *float64         `json:"excess_usd,omitempty"`
	Lacks     []string         `json:"lacks"` // instruments for which there are no prices
	Effects   []HedgeEffect    `json:"effects"`
	Absent    *evidence.Absent `json:"absent,omitempty"`
}

// HedgedScenario is the bound in one scenario.
type HedgedScenario struct {
	Name   string  `json:"name"`
	Before float64 `json:"before_usd"` // conditional value at risk
	After  float64 `json:"after_usd"`
}

// HedgeUnits is how much is bought of one instrument.
type HedgeUnits struct {
	Name   string  `json:"name"`
	Units  float64 `json:"units"` // contracts or shares
	Price  float64 `json:"price_usd"`
	Outlay float64 `json:"outlay_usd"`
}

// HedgeEffect is what the hedge does to the mean under one set of probabilities: what it gives up.
type HedgeEffect struct {
	Name   string  `json:"name"`
	Before float64 `json:"before_usd"`
	After  float64 `json:"after_usd"`
}

// VolatilityResponse is how implied volatility follows the index on the paths.
type VolatilityResponse struct {
	Beta   float64 `json:"beta"`   // of ln volatility on the index's log return over the horizon
	Revert float64 `json:"revert"` // on its distance from the mean
	R2     float64 `json:"r2"`
	Sudden float64 `json:"sudden"` // beta over one session, for shocks
}

// weighted is one set of probabilities of the paths.
type weighted struct {
	name        string
	p           []float64
	probability *float64
	effective   *float64
	absent      *evidence.Absent
}

// ownedRun is everything that the parts of a portfolio's analysis share.
type ownedRun struct {
	*run
	out     *PortfolioRisk
	source  portfolio.Source
	book    *portfolio.Book
	paths   *portfolio.Paths
	joint   *scenario.Joint
	pnl     []float64
	weights []weighted
	sudden  portfolio.Response
	hasVol  bool
	until   time.Time
}

// owns measures the portfolio that the user gave.
func (r *run) owns() error {
	x := &ownedRun{run: r, out: &PortfolioRisk{
		File: r.owned.file, Level: r.assume.Value("portfolio.level"), Shocks: []PortfolioShock{}, Limits: []PortfolioLimit{}, Exit: []PortfolioExit{},
		Missing: []Missing{}, Caveats: []evidence.Code{{Code: "portfolio_model_values"}, {Code: "portfolio_paths_from_history"}},
	}}
	if err := x.prepare(); err != nil {
		return err
	}
	tree, err := x.tree()
	if err != nil {
		return err
	}
	if err := x.draw(tree); err != nil {
		return r.missing("portfolio", err)
	}
	if x.pnl, err = x.book.Reprice(r.ctx, x.paths); err != nil {
		return fmt.Errorf("portfolio: %w", err)
	}
	x.node()
	if err := x.weigh(tree); err != nil {
		return err
	}
	if err := x.tails(); err != nil {
		return err
	}
	if err := x.shocks(); err != nil {
		return err
	}
	x.limits()
	if err := x.exit(); err != nil {
		return err
	}
	if r.ownedAsked.Bound > 0 {
		if err := x.hedge(); err != nil {
			return err
		}
	}
	n, _ := r.record.Node(x.out.Node)
	x.out.Grade = n.Grade
	r.out.Portfolio = x.out
	return nil
}

// prepare looks up what the positions follow.
func (x *ownedRun) prepare() error {
	x.source = portfolio.Source{At: x.state.At(), Chains: map[string]*options.Book{}, Spot: func(asset string) (float64, bool) {
		if asset == x.run.under.ID {
			return x.price, true
		}
		b, err := x.state.Daily(asset)
		if err != nil {
			return 0, false
		}
		return b.Close[b.Len()-1], true
	}}
	for _, u := range x.state.Underlyings() {
		if b, err := dealer.Book(x.state, u, x.assume, x.memo); err == nil {
			x.source.Chains[u] = b
		}
	}
	var err error
	if x.book, err = portfolio.Prepare(x.owned.file, x.owned.rows, x.source); err != nil {
		return err
	}
	if x.book.American {
		x.out.Caveats = append(x.out.Caveats, evidence.Code{Code: "portfolio_no_early_exercise"})
	}
	return nil
}

// tree is the scenarios of the time of the analysis; nil where there are none.
func (x *ownedRun) tree() (*scenario.Tree, error) {
	own := x.run.tree
	if own == nil {
		var err error
		if own, err = DefaultTree(); err != nil {
			return nil, err
		}
	}
	t := own.tree
	if at := x.state.At(); at.Before(t.From.AddDate(0, 0, -1)) || !at.Before(t.Until) {
		return nil, nil
	}
	return t, nil
}

// hedgeFunds stand for trend exposure and for real assets.
var hedgeFunds = []string{"DBMF", "KMLM", "GLD"}

// draw makes the paths: those of history to the end of the tree, or over the register's horizon without one.
func (x *ownedRun) draw(tree *scenario.Tree) error {
	x.out.Sessions = int(x.assume.Value("portfolio.sessions"))
	day := calendar.DateIn(x.state.At(), calendar.NewYork())
	assets := slices.Clone(x.book.Assets)
	add := func(a string) {
		if _, err := x.state.Daily(a); err == nil && a != "" && !slices.Contains(assets, a) {
			assets = append(assets, a)
		}
	}
	if tree != nil {
		n, err := calendar.NYSE().Count(day+1, calendar.DateIn(tree.Until.AddDate(0, 0, -1), time.UTC))
		if err != nil {
			return err
		}
		x.out.Sessions = max(1, n)
		for _, s := range tree.Scenarios {
			for _, o := range s.Outcomes {
				add(o.Asset)
			}
		}
	}
	add("SPX")
	if x.ownedAsked.Bound > 0 {
		for _, f := range hedgeFunds {
			add(f)
		}
		for _, u := range x.ownedAsked.Hedges {
			for _, p := range u.Positions {
				add(p.Asset)
			}
		}
		add("VIX")
	}
	for _, a := range x.book.Assets {
		if _, err := x.state.Daily(a); err != nil {
			return &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": a, "interval": "1d"}}
		}
	}
	last := day
	for range x.out.Sessions {
		s, err := calendar.NYSE().Next(last)
		if err != nil {
			return &evidence.Absent{Code: "calendar_ends"}
		}
		last, x.until = s.Date, s.Close
	}
	j, without, err := x.run.joint(assets, x.out.Sessions)
	if err != nil {
		return err
	}
	if without != nil {
		x.out.Missing = append(x.out.Missing, Missing{Part: "scenario_cascade", Absent: without})
	} else if j.Source == "bootstrap_and_cascade" {
		x.out.Caveats = append(x.out.Caveats, evidence.Code{Code: "portfolio_paths_of_the_loop", Args: evidence.Args{
			"share": x.assume.Value("scenario.cascade_share"), "sessions": x.run.looped.sessions,
		}})
	}
	x.joint = j
	x.paths = &portfolio.Paths{Assets: j.Names, Moves: j.Returns, Term: x.assume.Value("portfolio.vol_term"), Years: calendar.Years(x.state.At(), x.until)}
	x.out.Paths, x.out.From, x.out.To = len(j.Returns[0]), j.From, j.To
	return x.volatility()
}

// volatility gives each path the volatility that has gone with such moves of the index.
func (x *ownedRun) volatility() error {
	index, vol, err := x.aligned("SPX", "VIX")
	var over portfolio.Response
	if err == nil {
		over, err = portfolio.FitResponse(index, vol, x.out.Sessions)
	}
	if err == nil {
		x.sudden, err = portfolio.FitResponse(index, vol, 1)
	}
	k := slices.Index(x.joint.Names, "SPX")
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent) || err == nil && k < 0:
		x.out.Caveats = append(x.out.Caveats, evidence.Code{Code: "portfolio_vol_stays"})
		return nil
	case err != nil:
		return err
	}
	now := vol[len(vol)-1]
	for _, m := range x.joint.Returns[k] {
		x.paths.Vol = append(x.paths.Vol, over.Ratio(m, now))
	}
	x.hasVol = true
	x.out.Vol = &VolatilityResponse{Beta: over.Beta, Revert: over.Revert, R2: over.R2, Sudden: x.sudden.Beta}
	return nil
}

// aligned are the daily closes of two instruments on the days that both have, the last ones of the register's
// history.
func (x *ownedRun) aligned(a, b string) (p, q []float64, err error) {
	left, err := x.state.Daily(a)
	if err != nil {
		return nil, nil, err
	}
	right, err := x.state.Daily(b)
	if err != nil {
		return nil, nil, err
	}
	at := map[calendar.Date]float64{}
	for i := range right.Len() {
		at[right.Date(i)] = right.Close[i]
	}
	for i := range left.Len() {
		if v, ok := at[left.Date(i)]; ok && v > 0 {
			p, q = append(p, left.Close[i]), append(q, v)
		}
	}
	from := max(0, len(p)-int(x.assume.Value("scenario.history")))
	return p[from:], q[from:], nil
}

// node records what the numbers rest on.
func (x *ownedRun) node() {
	var inputs []string
	for _, in := range x.run.out.Inputs {
		kind, rest, _ := strings.Cut(in.Key, "/")
		name := strings.TrimSuffix(rest, "/1d")
		if kind == "chain" && x.source.Chains[rest] != nil || kind == "bars" && name != rest && (slices.Contains(x.joint.Names, name) || name == "VIX") {
			inputs = append(inputs, in.Node)
		}
	}
	x.out.Node = x.record.Add(evidence.Node{
		ID: "run/portfolio", Kind: evidence.Run, Method: "portfolio", Grade: evidence.Modelled, AsOf: x.state.At(),
		Inputs: inputs, Assumes: x.names("portfolio.", "scenario."), Caveats: x.out.Caveats,
	})
	value, gross, delta := 0.0, 0.0, 0.0
	for i, v := range x.book.Value {
		value, gross, delta = value+v, gross+x.book.Size(i), delta+x.book.Delta[i]
	}
	x.out.Value = x.mint("value", value)
	x.out.Gross = x.mint("gross", gross)
	x.out.Delta = x.mint("delta", delta)
}

func (x *ownedRun) mint(id string, v float64) evidence.Figure {
	return x.record.Mint("portfolio."+id, v, evidence.USD, x.out.Node)
}

// weigh finds the probabilities of the paths: of history, of each scenario, and of all by their probabilities.
func (x *ownedRun) weigh(tree *scenario.Tree) error {
	x.weights = []weighted{{name: "history"}}
	if tree == nil {
		return nil
	}
	posterior := map[string]float64{}
	if t := x.run.out.Scenario; t != nil {
		for _, b := range t.Branches {
			if b.Posterior.Value != nil {
				posterior[b.Name] = *b.Posterior.Value
			}
		}
	}
	n := x.out.Paths
	mixture, covered := make([]float64, n), 0.0
	var list []weighted
	for i := range tree.Scenarios {
		s := &tree.Scenarios[i]
		prob, known := posterior[s.Name]
		if !known { // on the day of the tree its priors hold
			prob = s.Prior
		}
		w := weighted{name: s.Name, probability: &prob}
		views, _ := x.joint.Views(s)
		q, err := pooling.Pool(x.joint.Prior, views)
		var against *pooling.Contradiction
		switch {
		case len(views) == 0:
			w.absent = &evidence.Absent{Code: "scenario_without_views"}
		case errors.As(err, &against):
			c := contradiction(against)
			w.absent = &evidence.Absent{Code: c.Code, Args: c.Args}
		case err != nil:
			return fmt.Errorf("portfolio: scenario %s: %w", s.Name, err)
		default:
			w.p, w.effective = q.P, finite(q.Effective)
			for k, v := range q.P {
				mixture[k] += prob * v
			}
			covered += prob
		}
		list = append(list, w)
	}
	if covered > 0 {
		for k := range mixture {
			mixture[k] /= covered
		}
		x.weights = append(x.weights, weighted{name: "mixture", p: mixture, probability: finite(covered)})
	}
	x.weights = append(x.weights, list...)
	return nil
}

// headline is the weights on which contributions and limits rest: the mixture, or history where there is none.
func (x *ownedRun) headline() weighted {
	for _, w := range x.weights {
		if w.name == "mixture" {
			return w
		}
	}
	return x.weights[0]
}

// tails measures profit and loss under every set of weights, and what each position adds.
func (x *ownedRun) tails() error {
	for _, w := range x.weights {
		t := PortfolioTail{Name: w.name, Probability: w.probability, Effective: w.effective, Absent: w.absent}
		if w.absent == nil {
			m, err := portfolio.Measure(x.pnl, w.p, x.out.Level)
			if err != nil {
				return fmt.Errorf("portfolio: %w", err)
			}
			for _, f := range []struct {
				to   **evidence.Figure
				name string
				v    float64
			}{{&t.Mean, "mean", m.Mean}, {&t.VaR, "var", m.VaR}, {&t.CVaR, "cvar", m.CVaR}} {
				fig := x.mint(w.name+"."+f.name, f.v)
				*f.to = &fig
			}
		}
		x.out.Tails = append(x.out.Tails, t)
	}
	parts, err := x.book.Contributions(x.ctx, x.paths, x.pnl, x.headline().p, x.out.Level)
	if err != nil {
		return fmt.Errorf("portfolio: %w", err)
	}
	for i, p := range x.book.Positions {
		l := PortfolioLine{
			Line: p.Line, Kind: string(p.Kind), Symbol: p.Symbol, Quantity: p.Quantity, Strike: p.Strike,
			Value: x.book.Value[i], Delta: x.book.Delta[i], CVaR: parts[i],
		}
		if p.Kind == portfolio.Option {
			l.Expiry, l.Right = p.Expiry.String(), map[bool]string{true: "call", false: "put"}[p.Right > 0]
		}
		x.out.Lines = append(x.out.Lines, l)
	}
	return nil
}

// shocks reprices the sudden moves of the register, each asset by its own entry or else by its beta on the S&P 500,
// and the shock of the analysis after the forced flow.
func (x *ownedRun) shocks() error {
	k := slices.Index(x.joint.Names, "SPX")
	if k < 0 {
		return nil
	}
	add := func(name string, move float64, of func(asset string) float64) error {
		p := &portfolio.Paths{Assets: x.book.Assets, Term: x.paths.Term}
		for _, a := range x.book.Assets {
			p.Moves = append(p.Moves, []float64{max(of(a), -0.99)})
		}
		vol := 1.0
		if x.hasVol {
			vol = x.sudden.Sudden(move)
		}
		p.Vol = []float64{vol}
		pnl, err := x.book.Reprice(x.ctx, p)
		if err != nil {
			return fmt.Errorf("portfolio: shock %s: %w", name, err)
		}
		x.out.Shocks = append(x.out.Shocks, PortfolioShock{Name: name, Move: move, Vol: vol, PnL: x.mint("shock."+name, pnl[0])})
		return nil
	}
	beta := map[string]float64{}
	for _, a := range x.book.Assets {
		beta[a] = slope(x.joint.Returns[slices.Index(x.joint.Names, a)], x.joint.Returns[k])
	}
	all, sum := map[string]float64{}, 0.0
	for _, name := range ShockNames {
		v := map[string]float64{}
		for _, id := range impact.Universe {
			v[id] = x.assume.Value("shock." + name + "_" + strings.ToLower(id))
			if name != "tariff" {
				all[id] += v[id]
			}
		}
		if name != "tariff" {
			sum += v["SPX"]
		}
		if err := add(name, v["SPX"], x.byVector(v, beta)); err != nil {
			return err
		}
	}
	if err := add("all", sum, x.byVector(all, beta)); err != nil {
		return err
	}
	if s := x.run.out.Shock; s != nil {
		for _, l := range s.Laws {
			if f := l.FinalMove.With; l.Law == s.ImpactLaw && f.Value != nil {
				return add("amplified", *f.Value, func(a string) float64 { return beta[a] * *f.Value })
			}
		}
	}
	return nil
}

// byVector is the move of an asset under a shock of the register.
func (x *ownedRun) byVector(v, beta map[string]float64) func(string) float64 {
	return func(a string) float64 {
		switch {
		case slices.Contains(market.HighBeta(), a):
			return v["HIBETA"]
		case a != "UST10" && slices.Contains(impact.Universe[:], a):
			return v[a]
		}
		return beta[a] * v["SPX"]
	}
}

// slope is the least-squares slope of y on x.
func slope(y, x []float64) float64 {
	my, mx := 0.0, 0.0
	for i := range y {
		my, mx = my+y[i]/float64(len(y)), mx+x[i]/float64(len(x))
	}
	xy, xx := 0.0, 0.0
	for i := range y {
		xy, xx = xy+(y[i]-my)*(x[i]-mx), xx+(x[i]-mx)*(x[i]-mx)
	}
	if xx == 0 {
		return 0
	}
	return xy / xx
}

// limits holds the user's limits against the numbers.
func (x *ownedRun) limits() {
	o := x.ownedAsked
	add := func(name, of string, limit, v float64) {
		if limit > 0 {
			x.out.Limits = append(x.out.Limits, PortfolioLimit{Name: name, Of: of, Limit: limit, Value: v, Breached: v > limit})
		}
	}
	head := x.headline().name
	worst, of := math.Inf(-1), ""
	for _, t := range x.out.Tails {
		if t.Absent != nil {
			continue
		}
		if t.Name == head {
			add("var", t.Name, o.MaxVaR, *t.VaR.Value)
			add("cvar", t.Name, o.MaxCVaR, *t.CVaR.Value)
		}
		if l := -*t.Mean.Value; l > worst {
			worst, of = l, t.Name
		}
	}
	for _, s := range x.out.Shocks {
		if l := -*s.PnL.Value; l > worst {
			worst, of = l, s.Name
		}
	}
	add("loss", of, o.MaxLoss, worst)
	line, at := 0.0, ""
	for i, l := range x.out.Lines {
		if v := x.book.Size(i); v >= line {
			line, at = v, l.Symbol
		}
	}
	add("line", at, o.MaxLine, line)
}

// exit prices leaving while the participants of the ladder trade, under every law and at some of its rungs. The
// order is the one in the S&P 500 that takes the portfolio's exposure to it, by beta, to zero.
func (x *ownedRun) exit() error {
	l, k := x.run.out.Ladder, slices.Index(x.joint.Names, "SPX")
	if l == nil || x.run.under.ID != impact.Universe[0] || k < 0 {
		return nil
	}
	own := 0.0
	for i, p := range x.book.Positions {
		own -= x.book.Delta[i] * slope(x.joint.Returns[slices.Index(x.joint.Names, p.Asset)], x.joint.Returns[k])
	}
	vol := make([]float64, len(impact.Universe))
	for i := range vol {
		vol[i] = math.NaN()
	}
	m, err := impact.Read(x.assume, impact.Universe[:], vol)
	if err != nil {
		return fmt.Errorf("portfolio: %w", err)
	}
	for _, law := range impact.Kinds {
		curves, _, err := m.Curves(law)
		if err != nil {
			return fmt.Errorf("portfolio: %w", err)
		}
		for _, move := range []float64{-0.05, -0.03, -0.01, 0, 0.03} {
			for j, p := range l.Price {
				if math.Abs(p/x.price-1-move) < 1e-9 {
					e := portfolio.Leave(&curves[0], own, l.Total[j])
					x.out.Exit = append(x.out.Exit, PortfolioExit{Law: law.String(), Move: move, Forced: e.Forced, Own: e.Own, Alone: e.Alone, Among: e.Among})
				}
			}
		}
	}
	return nil
}
