package faultline

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"faultline/cascade"
	"faultline/evidence"
	"faultline/flow"
	"faultline/impact"
)

// member is one player of the attribution: a shock, models, or both.
type member struct {
	name   string
	shock  int // of the options, or −1
	models []string
}

// members are the shocks, then the groups of models that can run, in a fixed order. A shock and a group of
// the same name are one player.
func (x *scene) members() []member {
	var out []member
	for i, s := range x.opts.Shocks {
		out = append(out, member{name: s, shock: i})
	}
	add := func(group, model string) {
		for i := range out {
			if out[i].name == group {
				out[i].models = append(out[i].models, model)
				return
			}
		}
		out = append(out, member{name: group, shock: -1, models: []string{model}})
	}
	for _, g := range groups {
		for _, p := range x.base.players {
			if groupOf(p.Name) == g.name {
				add(g.name, p.Name)
			}
		}
	}
	for _, p := range x.base.players {
		if !slices.ContainsFunc(out, func(m member) bool { return slices.Contains(m.models, p.Name) }) {
			add(groupOf(p.Name), p.Name)
		}
	}
	return out
}

// lattice collects the cases of an attribution; the same case is run once.
type lattice struct {
	x     *scene
	cases []cascade.Case
	known map[string]int
}

// add returns the number of the case with these models and shocks.
func (l *lattice) add(models []string, shocks []int) int {
	c := cascade.Case{Shock: make([]float64, len(impact.Universe))}
	key := ""
	for _, p := range l.x.base.players {
		in := slices.Contains(models, p.Name)
		c.Players = append(c.Players, in)
		key += strconv.FormatBool(in)
	}
	for i, v := range l.x.vectors {
		in := slices.Contains(shocks, i)
		key += strconv.FormatBool(in)
		if in {
			for a := range v {
				c.Shock[a] += v[a]
			}
		}
	}
	if i, ok := l.known[key]; ok {
		return i
	}
	l.known[key] = len(l.cases)
	l.cases = append(l.cases, c)
	return len(l.cases) - 1
}

// allShocks lists every shock of the options.
func (x *scene) allShocks() []int {
	out := make([]int, len(x.vectors))
	for i := range out {
		out[i] = i
	}
	return out
}

// resonance adds to w the weights of the resonance of groups of models in amplifications: final moves with
// the shock less those without it, over the shock, path by path.
func (l *lattice) resonance(groups [][]string) func() []float64 {
	type term struct {
		at     int
		weight float64
	}
	var terms []term
	add := func(models []string, weight float64) {
		terms = append(terms,
			term{l.add(models, l.x.allShocks()), weight / l.x.size},
			term{l.add(models, nil), -weight / l.x.size})
	}
	var everyone []string
	for _, g := range groups {
		everyone = append(everyone, g...)
		add(g, -1)
	}
	add(everyone, 1)
	add(nil, float64(len(groups)-1))
	return func() []float64 {
		w := make([]float64, len(l.cases))
		for _, t := range terms {
			w[t.at] += t.weight
		}
		return w
	}
}

// company is the participants of a staging compiled for the paths' own timeline, which all laws share.
type company struct {
	env     *flow.Env
	players []flow.Player
	tables  *cascade.Tables
}

func (x *scene) cast(s *staged) (*company, error) {
	line := x.line
	line.Slots = line.Slots[:x.lines[x.opts.Horizon]+1]
	line, err := cascade.Minutes(line, int(s.env.Assume.Value("cascade.ticks")))
	if err != nil {
		return nil, err
	}
	e := *s.env
	e.Timeline = line
	c := &company{env: &e}
	for _, m := range x.models {
		p, err := m.Compile(x.run.ctx, c.env)
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", m.Name(), err)
		}
		c.players = append(c.players, flow.Player{Name: m.Name(), Program: p})
	}
	c.tables, err = cascade.ReadTables(c.env, c.players)
	return c, err
}

// setup prepares the paths of one law.
func (x *scene) setup(k impact.Kind, s *staged, c *company) (*cascade.Setup, error) {
	a := s.env.Assume
	curves, cross, err := s.book.Curves(k)
	if err != nil {
		return nil, err
	}
	noise := cascade.Noise{
		Loading: s.book.Factors.Market, Corr: s.book.Factors.Correlation(), Overnight: a.Value("cascade.overnight"),
		NewsRate: a.Value("cascade.news_rate"), NewsSize: a.Value("cascade.news_size"),
	}
	for _, m := range s.book.Markets {
		noise.Vol = append(noise.Vol, m.Vol)
	}
	return &cascade.Setup{
		Env: c.env, Players: c.players, Tables: c.tables, Curves: curves, Cross: cross, Decay: s.book.Propagator(k), Noise: noise,
		Elasticity: s.book.Elasticity, Memory: a.Value("cascade.memory"),
	}, nil
}

// touched are the levels whose touching is counted.
var touched = []float64{-0.10, -0.07, -0.05, -0.04, -0.03, -0.02, -0.01, 0.01, 0.02, 0.03, 0.05}

// simulate adds the distribution and the attribution of one law.
func (x *scene) simulate(k impact.Kind, c *company, out *ShockLaw, nodes sources) error {
	setup, err := x.setup(k, x.base, c)
	if err != nil {
		return fmt.Errorf("shock: %w", err)
	}
	a := x.run.assume
	main := &lattice{x: x, known: map[string]int{}}
	main.add(x.base.names(""), x.allShocks())
	if x.hasDealers() {
		main.add(x.base.names("dealers"), x.allShocks())
	}
	o := cascade.Options{Paths: int(a.Value("cascade.paths")), Seed: uint64(a.Value("band.seed")), Cases: main.cases, Levels: touched}
	for i := range main.cases {
		o.Details = append(o.Details, i)
	}
	got, err := x.walk(setup, o)
	if err != nil {
		return err
	}
	id := "shock." + k.String() + "."
	out.Distribution = x.distribution(id, got, 0, nodes.all)
	if x.hasDealers() {
		out.WithoutDist = x.distribution(id+"without_dealers.", got, 1, nodes.bare)
	}
	return x.attribute(id, setup, out, nodes)
}

func (x *scene) walk(s *cascade.Setup, o cascade.Options) (*cascade.Outcome, error) {
	m, err := cascade.New(s, o)
	if err != nil {
		return nil, fmt.Errorf("shock: %w", err)
	}
	got, err := m.Run(x.run.ctx, m.Shards())
	if err != nil {
		return nil, fmt.Errorf("shock: %w", err)
	}
	return got, nil
}

func (x *scene) distribution(id string, got *cascade.Outcome, i int, node string) *ShockDistribution {
	r := x.run
	mint := func(id string, e cascade.Estimate, unit evidence.Unit) evidence.Figure {
		if got.Halted[i] > 0 {
			return r.record.MintAbsent(id, unit, node, ranAway(got.Halted[i], got.Paths))
		}
		return r.record.Mint(id, e.Mean, unit, node).WithBand(e.Interval())
	}
	d := got.Details[i]
	if float64(got.Halted[i]) > cascade.Quantiles[0]*float64(got.Paths) {
		return &ShockDistribution{
			Paths: got.Paths, Halted: got.Halted[i], Mean: mint(id+"mean_move", got.Moves[i], evidence.Ratio),
			Level: []float64{}, Quantile: []float64{}, Session: []float64{}, Fan: map[string]FanTrack{},
			Touch: TouchColumns{[]float64{}, []float64{}, []float64{}}, HalfTime: []float64{}, AfterTime: []float64{}, Flow: []DistributionFlow{},
		}
	}
	out := &ShockDistribution{
		Paths: got.Paths, Halted: got.Halted[i], Mean: mint(id+"mean_move", got.Moves[i], evidence.Ratio),
		Level: cascade.Quantiles[:], Quantile: d.Quantile, Session: got.Checkpoints, Fan: map[string]FanTrack{}, HalfTime: d.Half, AfterTime: d.After,
	}
	for q, level := range cascade.Quantiles {
		var track FanTrack
		for _, row := range d.Fan {
			track = append(track, row[q])
		}
		out.Fan[strconv.FormatFloat(level, 'f', 2, 64)] = track
	}
	for j, move := range touched {
		out.Touch.Move = append(out.Touch.Move, move)
		out.Touch.Price = append(out.Touch.Price, r.price*(1+move))
		out.Touch.Share = append(out.Touch.Share, d.Touch[j])
	}
	for _, p := range d.Players {
		out.Flow = append(out.Flow, DistributionFlow{Name: p.Name, Mean: mint(id+"flow."+p.Name, p.Mean, evidence.USD), Low: p.Low, Median: p.Mid, High: p.High})
	}
	return out
}

// attribute adds exact Shapley values, interactions of pairs and resonance, all subsets on the same paths.
func (x *scene) attribute(id string, setup *cascade.Setup, out *ShockLaw, nodes sources) error {
	all := x.members()
	l := &lattice{x: x, known: map[string]int{}}
	at := make([]int, 1<<len(all))
	for s := range at {
		var models []string
		var shocks []int
		for i, m := range all {
			if s>>i&1 == 1 {
				models = append(models, m.models...)
				if m.shock >= 0 {
					shocks = append(shocks, m.shock)
				}
			}
		}
		at[s] = l.add(models, shocks)
	}
	var with, without [][]string
	for _, m := range all {
		if len(m.models) == 0 {
			continue
		}
		with = append(with, m.models)
		if m.name != "dealers" {
			without = append(without, m.models)
		}
	}
	resonance, bare := l.resonance(with), l.resonance(without)
	spread := func(w []float64) []float64 {
		row := make([]float64, len(l.cases))
		for s, f := range w {
			row[at[s]] += f
		}
		return row
	}
	rows := [][]float64{resonance(), bare()}
	for _, w := range cascade.ShapleyWeights(len(all)) {
		rows = append(rows, spread(w))
	}
	for i := range all {
		for j := range i {
			rows = append(rows, spread(cascade.InteractionWeights(len(all), j, i)))
		}
	}
	a := x.run.assume
	got, err := x.walk(setup, cascade.Options{
		Paths: int(a.Value("cascade.subset_paths")), Seed: uint64(a.Value("band.seed")), Cases: l.cases, Sums: rows,
	})
	if err != nil {
		return err
	}
	// A path that ran away has no final move, and so a mean over it is none: what weighs such a case is absent.
	mint := func(id string, sum int, node string) evidence.Figure {
		ran := 0
		for c, weight := range rows[sum] {
			if weight != 0 {
				ran = max(ran, got.Halted[c])
			}
		}
		if ran > 0 {
			return x.run.record.MintAbsent(id, evidence.Ratio, node, ranAway(ran, got.Paths))
		}
		e := got.Sums[sum]
		return x.run.record.Mint(id, e.Mean, evidence.Ratio, node).WithBand(e.Interval())
	}
	out.Resonance = WithWithout{With: mint(id+"resonance", 0, nodes.all)}
	if x.hasDealers() {
		f := mint(id+"resonance.without_dealers", 1, nodes.bare)
		out.Resonance.Without = &f
	}
	next := 2
	for _, m := range all {
		out.Shapley = append(out.Shapley, PlayerFigure{m.name, mint(id+"shapley."+m.name, next, nodes.all)})
		next++
	}
	for i := range all {
		for j := range i {
			f := mint(id+"interaction."+all[j].name+"."+all[i].name, next, nodes.all)
			out.Interaction = append(out.Interaction, PairFigure{all[j].name, all[i].name, f})
			next++
		}
	}
	return nil
}

// ranAway says that a mean does not exist, because on some paths the price ran away.
func ranAway(ran, paths int) *evidence.Absent {
	return &evidence.Absent{Code: "paths_ran_away", Args: evidence.Args{"count": ran, "paths": paths}}
}

// restGame is the attribution of one price map, in the order of members and their pairs.
type restGame struct{ shapley, interaction, resonance []float64 } // resonance with all, then without dealers

// restGame takes the attribution from the to-rest solver, without noise and without time.
func (x *scene) restGame(m *cascade.Map) (*restGame, error) {
	all := x.members()
	value := func(s int) float64 {
		models, shock := []string{}, 0.0
		for i, p := range all {
			if s>>i&1 == 1 {
				models = append(models, p.models...)
				if p.shock >= 0 {
					shock += x.vectors[p.shock][0]
				}
			}
		}
		rest := m.Loop(models).Rest(shock)
		if rest.Away {
			return math.NaN() // and so is all that weighs it
		}
		return rest.Move
	}
	g, err := cascade.NewGame(make([]string, len(all)), value)
	if err != nil {
		return nil, fmt.Errorf("shock: %w", err)
	}
	out := &restGame{shapley: g.Shapley()}
	for i := range all {
		for j := range i {
			out.interaction = append(out.interaction, g.Interaction(j, i))
		}
	}
	for _, skip := range []string{"", "dealers"} {
		everyone, sum := []string{}, 0.0
		for _, p := range all {
			if len(p.models) == 0 || p.name == skip {
				continue
			}
			everyone = append(everyone, p.models...)
			sum += x.amplified(m, p.models) - 1
		}
		out.resonance = append(out.resonance, x.amplified(m, everyone)-1-sum)
	}
	return out, nil
}

// amplified is the amplification with some models only, NaN where the loop runs away.
func (x *scene) amplified(m *cascade.Map, models []string) float64 {
	amp, away := m.Loop(models).Amplification(x.size)
	if away {
		return math.NaN()
	}
	return amp
}

// attributeAtRest adds the attribution of a map, with its interval over the draws.
func (x *scene) attributeAtRest(m *cascade.Map, draws []*restGame, out *ShockLaw, nodes sources) error {
	r := x.run
	id := "shock." + out.Law + "."
	g, err := x.restGame(m)
	if err != nil {
		return err
	}
	mint := func(id, node string, pick func(*restGame) float64) evidence.Figure {
		v := pick(g)
		if math.IsNaN(v) {
			return r.record.MintAbsent(id, evidence.Ratio, node, &evidence.Absent{Code: "loop_runs_away"})
		}
		var spread []float64
		for _, d := range draws {
			spread = append(spread, pick(d))
		}
		return interval(r.record.Mint(id, v, evidence.Ratio, node), spread)
	}
	all := x.members()
	pair := 0
	for i, p := range all {
		f := mint(id+"shapley."+p.name, nodes.all, func(g *restGame) float64 { return g.shapley[i] })
		out.Shapley = append(out.Shapley, PlayerFigure{p.name, f})
		for _, q := range all[:i] {
			f := mint(id+"interaction."+q.name+"."+p.name, nodes.all, func(g *restGame) float64 { return g.interaction[pair] })
			out.Interaction = append(out.Interaction, PairFigure{q.name, p.name, f})
			pair++
		}
	}
	out.Resonance = WithWithout{With: mint(id+"resonance", nodes.all, func(g *restGame) float64 { return g.resonance[0] })}
	if x.hasDealers() {
		f := mint(id+"resonance.without_dealers", nodes.bare, func(g *restGame) float64 { return g.resonance[1] })
		out.Resonance.Without = &f
	}
	return nil
}
