package faultline

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"faultline/assumption"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/flow"
	"faultline/impact"
)

// shock puts a shock into the loop of participants and price.
func (r *run) shock(o ShockOptions) error {
	x, err := r.stage(o)
	if err != nil {
		return r.missing("shock", err)
	}
	out := &Shock{
		Size: x.size, Horizon: x.opts.Horizon, Until: x.until(x.opts.Horizon), ImpactLaw: x.opts.Law,
		Caveats: []evidence.Code{}, Laws: []ShockLaw{},
	}
	for i, name := range x.opts.Shocks {
		out.Shocks = append(out.Shocks, NamedShock{Name: name, Move: x.vectors[i]})
	}
	for i, m := range x.base.book.Markets {
		out.Universe = append(out.Universe, ShockAsset{
			ID: impact.Universe[i], Price: x.assets[i].Price, Vol: m.Vol * math.Sqrt(252), Volume: m.Volume, Beta: x.base.axis.Beta[i],
		})
	}
	nodes := x.nodes(out)
	n, _ := r.record.Node(nodes.all)
	out.Node, out.Grade, out.Caveats = nodes.all, n.Grade, append(out.Caveats, n.Caveats...)
	maps, halted, err := x.maps(r.ctx, x.base, ShockHorizons)
	if err != nil {
		return err
	}
	if halted > 0 {
		out.Caveats = append(out.Caveats, evidence.Code{Code: "lanes_halted", Args: evidence.Args{"count": halted}})
	}
	bands, err := x.bands()
	if err != nil {
		return err
	}
	still := x.opts.Fast || x.opts.Horizon == "now" // nothing to walk in time
	var c *company
	if !still {
		if c, err = x.cast(x.base); err != nil {
			return fmt.Errorf("shock: %w", err)
		}
	}
	for _, k := range impact.Kinds {
		law := x.law(k, maps[k.String()], bands[k.String()], nodes)
		if still {
			err = x.attributeAtRest(maps[k.String()][x.opts.Horizon], bands[k.String()][0].games, &law, nodes)
		} else {
			err = x.simulate(k, c, &law, nodes)
		}
		if err != nil {
			return err
		}
		out.Laws = append(out.Laws, law)
	}
	if x.away > 0 {
		out.Caveats = append(out.Caveats, evidence.Code{Code: "draws_run_away", Args: evidence.Args{"count": x.away}})
	}
	if x.opts.Horizon == "now" {
		out.Caveats = append(out.Caveats, evidence.Code{Code: "no_paths_now"})
	}
	first := maps[x.opts.Law][x.opts.Horizon]
	if x.opts.Loss > 0 {
		out.Reverse = x.reverse(first)
	}
	if !x.opts.Fast {
		if err := x.together(out.Laws, nodes); err != nil {
			return err
		}
		if out.Tornado, err = x.tornado(first); err != nil {
			return err
		}
		if out.Transmit, err = x.transmit(); err != nil {
			return err
		}
	}
	r.out.Shock = out
	return nil
}

// sources are the nodes that figures of a shock rest on.
type sources struct{ all, bare string }

// nodes lists the players and records what the loop rests on, with all participants and without dealers.
func (x *scene) nodes(out *Shock) sources {
	r := x.run
	var caveats []evidence.Code
	for _, m := range x.absent {
		out.Players = append(out.Players, ShockPlayer{Name: m.Part, Group: groupOf(m.Part), Absent: m.Absent})
		caveats = append(caveats, evidence.Code{Code: "participant_absent", Args: evidence.Args{"participant": m.Part}})
	}
	var indexed []string
	for _, a := range x.assets {
		if a.Price == 100 {
			indexed = append(indexed, a.ID)
		}
	}
	if len(indexed) > 0 {
		caveats = append(caveats, evidence.Code{Code: "asset_as_index", Args: evidence.Args{"assets": strings.Join(indexed, ", ")}})
	}
	all, bare := []string{r.out.Spot.Node}, []string{r.out.Spot.Node}
	for _, p := range x.base.players {
		out.Players = append(out.Players, ShockPlayer{Name: p.Name, Group: groupOf(p.Name)})
		node := r.player(p.Name)
		all = append(all, node)
		if groupOf(p.Name) != "dealers" {
			bare = append(bare, node)
		}
	}
	assumes := r.names("impact.", "cascade.", "shock.", "band.")
	n := evidence.Node{ID: "run/shock", Kind: evidence.Run, Method: "cascade", Grade: evidence.Modelled, AsOf: r.state.At(), Inputs: all, Assumes: assumes, Caveats: caveats}
	s := sources{all: r.record.Add(n)}
	s.bare = s.all
	if len(bare) < len(all) {
		s.bare = r.record.Add(evidence.Node{
			ID: "run/shock_without_dealers", Kind: evidence.Run, Method: "cascade_without_dealers", Grade: evidence.Modelled,
			AsOf: r.state.At(), Inputs: bare, Assumes: assumes, Caveats: caveats,
		})
	}
	return s
}

// hasDealers reports whether leaving option dealers out changes anything.
func (x *scene) hasDealers() bool { return len(x.base.names("dealers")) < len(x.base.players) }

// band is the values of one headline over the draws.
type band struct {
	amplification, final, gain, critical []float64
	of                                   map[string][]float64 // loop gain by participant
	games                                []*restGame          // where there is nothing to walk in time
	open                                 bool                 // a draw ran away
}

// interval gives a figure its 5–95 % interval over draws, where all of them are numbers.
func interval(f evidence.Figure, draws []float64) evidence.Figure {
	if f.Absent != nil || len(draws) == 0 || slices.ContainsFunc(draws, math.IsNaN) {
		return f
	}
	v := slices.Clone(draws)
	sort.Float64s(v)
	return f.WithBand(flow.Quantile(v, 0.05), flow.Quantile(v, 0.95))
}

// bands repeats the to-rest solution for every draw of the uncertain assumptions: [law][without dealers].
func (x *scene) bands() (map[string][2]*band, error) {
	out := map[string][2]*band{}
	for _, k := range impact.Kinds {
		out[k.String()] = [2]*band{{of: map[string][]float64{}}, {of: map[string][]float64{}}}
	}
	draws := x.run.draws
	for _, a := range draws[:min(len(draws), int(x.run.assume.Value("cascade.draws")))] {
		maps, err := x.under(a)
		if err != nil {
			return nil, err
		}
		for law, byHorizon := range maps {
			m := byHorizon[x.opts.Horizon]
			if x.opts.Horizon == "now" && !x.opts.Fast {
				g, err := x.restGame(m)
				if err != nil {
					return nil, err
				}
				out[law][0].games = append(out[law][0].games, g)
			}
			for i, without := range []string{"", "dealers"} {
				b := out[law][i]
				l := m.Loop(x.base.names(without))
				amp, away := l.Amplification(x.size)
				if away { // no end, and so no interval that would hold 90 % of the draws
					b.open = true
					if law == x.opts.Law && i == 0 {
						x.away++
					}
				}
				gain, by := l.Gain(0)
				for n, p := range m.Players {
					b.of[p.Name] = append(b.of[p.Name], by[n])
				}
				b.amplification = append(b.amplification, amp)
				b.final = append(b.final, l.Rest(x.size).Move)
				b.gain = append(b.gain, gain)
				if c := l.Critical(); !math.IsNaN(c) {
					b.critical = append(b.critical, c)
				}
			}
		}
	}
	for _, sides := range out {
		for _, b := range sides {
			if b.open {
				b.amplification, b.final = nil, nil
			}
		}
	}
	return out, nil
}

// under are the price maps of the shock's horizon under other assumptions.
func (x *scene) under(a assumption.Set) (map[string]map[string]*cascade.Map, error) {
	s, err := x.compile(a, x.models)
	if err != nil {
		return nil, err
	}
	maps, _, err := x.maps(x.run.ctx, s, []string{x.opts.Horizon})
	return maps, err
}

// law is what the to-rest solver says under one law.
func (x *scene) law(k impact.Kind, maps map[string]*cascade.Map, bands [2]*band, nodes sources) ShockLaw {
	r := x.run
	m := maps[x.opts.Horizon]
	id := "shock." + k.String() + "."
	all, bare := m.Loop(nil), m.Loop(x.base.names("dealers"))
	both := func(name string, value func(*cascade.Loop) (float64, *evidence.Absent), draws func(*band) []float64) WithWithout {
		mint := func(id, node string, l *cascade.Loop, b *band) evidence.Figure {
			v, absent := value(l)
			if absent != nil {
				return r.record.MintAbsent(id, evidence.Ratio, node, absent)
			}
			return interval(r.record.Mint(id, v, evidence.Ratio, node), draws(b))
		}
		w := WithWithout{With: mint(id+name, nodes.all, all, bands[0])}
		if x.hasDealers() {
			f := mint(id+name+".without_dealers", nodes.bare, bare, bands[1])
			w.Without = &f
		}
		return w
	}
	out := ShockLaw{Law: k.String(), Away: all.Rest(x.size).Away, FixedPoints: []FixedPoint{}, AirPockets: []float64{}}
	out.Amplification = both("amplification", func(l *cascade.Loop) (float64, *evidence.Absent) {
		v, away := l.Amplification(x.size)
		if away {
			return 0, &evidence.Absent{Code: "loop_runs_away"}
		}
		return v, nil
	}, func(b *band) []float64 { return b.amplification })
	out.FinalMove = both("final_move", func(l *cascade.Loop) (float64, *evidence.Absent) {
		rest := l.Rest(x.size)
		if rest.Away {
			return 0, &evidence.Absent{Code: "loop_runs_away"}
		}
		return rest.Move, nil
	}, func(b *band) []float64 { return b.final })
	out.LoopGain.Total = both("loop_gain", func(l *cascade.Loop) (float64, *evidence.Absent) {
		g, _ := l.Gain(0)
		return g, nil
	}, func(b *band) []float64 { return b.gain })
	_, by := all.Gain(0)
	for i, p := range m.Players {
		f := r.record.Mint(id+"loop_gain."+p.Name, by[i], evidence.Ratio, r.player(p.Name))
		out.LoopGain.Players = append(out.LoopGain.Players, PlayerFigure{p.Name, interval(f, bands[0].of[p.Name])})
	}
	out.Critical = both("critical_liquidity", func(l *cascade.Loop) (float64, *evidence.Absent) {
		c := l.Critical()
		if math.IsNaN(c) {
			return 0, &evidence.Absent{Code: "no_critical_liquidity"}
		}
		return c, nil
	}, func(b *band) []float64 { return b.critical })
	depth := m.Curves[0].Dollars(0.01)
	out.Depth = r.record.Mint(id+"depth", depth, evidence.USD, nodes.all)
	if c := out.Critical.With.Value; c != nil {
		out.CriticalDepth = r.record.Mint(id+"critical_depth", depth**c, evidence.USD, nodes.all)
	} else {
		out.CriticalDepth = r.record.MintAbsent(id+"critical_depth", evidence.USD, nodes.all, out.Critical.With.Absent)
	}
	for _, f := range all.FixedPoints(x.size) {
		out.FixedPoints = append(out.FixedPoints, FixedPoint{Move: f.Move, Price: r.price * (1 + f.Move), Slope: f.Slope, Stable: f.Stable})
	}
	for _, p := range all.Pockets() {
		out.AirPockets = append(out.AirPockets, r.price*(1+p))
	}
	for i := -40; i <= 40; i++ {
		move := float64(i) * 0.0025
		g, _ := all.Gain(move)
		out.LoopGain.Profile.Price = append(out.LoopGain.Profile.Price, r.price*(1+move))
		out.LoopGain.Profile.Gain = append(out.LoopGain.Profile.Gain, g)
	}
	for _, h := range ShockHorizons {
		out.Curves = append(out.Curves, x.curve(h, maps[h]))
	}
	return out
}

// curve is the amplification curve of one horizon.
func (x *scene) curve(horizon string, m *cascade.Map) ShockCurve {
	var shocks []float64
	step := x.run.assume.Value("cascade.curve_step")
	for i := -int(math.Floor(0.1/step + 1e-9)); float64(i)*step <= 0.1+1e-9; i++ {
		shocks = append(shocks, float64(i)*step)
	}
	c := m.Loop(nil).Curve(shocks)
	out := ShockCurve{Horizon: horizon, Shock: shocks, Move: c.Move, Away: c.Away, Jumps: []CurveJump{}}
	for _, j := range c.Jumps {
		out.Jumps = append(out.Jumps, CurveJump(j))
	}
	if x.hasDealers() {
		out.Without = m.Loop(x.base.names("dealers")).Curve(shocks).Move
	}
	return out
}

// reverse asks what has to be true for the loss, jointly and with less that may change.
func (x *scene) reverse(m *cascade.Map) *Reverse {
	a := x.run.assume
	sessions := 0.0
	for _, s := range x.line.Slots[:x.lines[x.opts.Horizon]+1] {
		sessions += s.Frac
	}
	const fixed = 1e-12 // a deviation that lets nothing change
	full := cascade.Spread{
		Shock: x.base.book.Markets[0].Vol * math.Sqrt(max(sessions, 1./390)), Liquidity: a.Value("cascade.spread_liquidity"), Size: a.Value("cascade.spread_size"),
	}
	out := &Reverse{Loss: x.opts.Loss, Law: x.opts.Law, Alone: []ReversePoint{}}
	for _, free := range []struct {
		name   string
		spread cascade.Spread
	}{
		{"all", full},
		{"shock", cascade.Spread{Shock: full.Shock, Liquidity: fixed, Size: fixed}},
		{"shock_liquidity", cascade.Spread{Shock: full.Shock, Liquidity: full.Liquidity, Size: fixed}},
		{"shock_positions", cascade.Spread{Shock: full.Shock, Liquidity: fixed, Size: full.Size}},
	} {
		s, ok := m.Loop(nil).Reverse(x.opts.Loss, free.spread)
		if !ok {
			continue
		}
		p := ReversePoint{Free: free.name, Shock: s.Shock, Liquidity: s.Liquidity, Size: s.Size, Distance: s.Distance, Move: s.Move}
		if free.name == "all" {
			out.Joint = &p
		} else {
			out.Alone = append(out.Alone, p)
		}
	}
	if out.Joint == nil {
		out.Absent = &evidence.Absent{Code: "loss_out_of_reach"}
	}
	return out
}

// tornado is what the amplification becomes when one uncertain assumption takes the ends of its range;
// base is the map that the register's assumptions give.
func (x *scene) tornado(base *cascade.Map) ([]Sensitivity, error) {
	const shown = 12
	a := x.run.assume
	middle, away := base.Loop(nil).Amplification(x.size)
	if away {
		return nil, nil
	}
	var out []Sensitivity
	for _, it := range a.Items() {
		if !it.Spread || it.Origin != "" || !x.reads(it.Name) {
			continue
		}
		s := Sensitivity{Name: it.Name, From: it.Low, To: it.High}
		if it.Draw != nil {
			s.From, s.To = it.Draw[0], it.Draw[1]
		}
		for _, end := range []struct {
			at float64
			to **float64
		}{{s.From, &s.Low}, {s.To, &s.High}} {
			set, err := a.With(it.Name, end.at, "tornado")
			if err != nil {
				return nil, fmt.Errorf("shock: %w", err)
			}
			m, err := x.moved(base, set, it.Name)
			if err != nil {
				return nil, err
			}
			if v, away := m.Loop(nil).Amplification(x.size); !away {
				*end.to = &v
			}
		}
		if s.width(middle) > 1e-4 {
			out = append(out, s)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].width(middle) > out[j].width(middle) })
	return out[:min(shown, len(out))], nil
}

// width is how far the ends lie apart and from the value in force; a loop that runs away is further than any.
func (s *Sensitivity) width(middle float64) float64 {
	if s.Low == nil || s.High == nil {
		return math.Inf(1)
	}
	return max(math.Abs(*s.High-*s.Low), math.Abs(*s.Low-middle), math.Abs(*s.High-middle))
}

// reads reports whether the loop can depend on an assumption: those of impact, of the loop itself, and of the
// participants in it. The others belong to parts of the analysis that no participant knows.
func (x *scene) reads(name string) bool {
	part, _, _ := strings.Cut(name, ".")
	return part == "impact" || part == "cascade" || x.model(part) != nil
}

// model is that of a participant in the loop, or nil.
func (x *scene) model(name string) flow.Model {
	if i := slices.IndexFunc(x.models, func(m flow.Model) bool { return m.Name() == name }); i >= 0 {
		return x.models[i]
	}
	return nil
}

// moved is the map base after one assumption changed to what the set a says. A participant reads only
// the assumptions of its own name, so that it alone walks anew; and where the set changes neither the
// prices that are asked about nor how orders wear off, all that participants ordered stays.
func (x *scene) moved(base *cascade.Map, a assumption.Set, name string) (*cascade.Map, error) {
	part, _, _ := strings.Cut(name, ".")
	var walk []flow.Model
	if m := x.model(part); m != nil {
		walk = []flow.Model{m}
	}
	s, err := x.compile(a, walk)
	if err != nil {
		return nil, err
	}
	before := x.base
	if s.book.Decay != before.book.Decay || !slices.Equal(s.axis.X, before.axis.X) || !slices.Equal(s.axis.Beta, before.axis.Beta) {
		maps, err := x.under(a)
		if err != nil {
			return nil, err
		}
		return maps[x.opts.Law][x.opts.Horizon], nil
	}
	maps, _, err := x.maps(x.run.ctx, s, []string{x.opts.Horizon})
	if err != nil {
		return nil, err
	}
	m := maps[x.opts.Law][x.opts.Horizon]
	own := m.Players
	m.Players = slices.Clone(base.Players)
	for i := range m.Players {
		for _, p := range own {
			if m.Players[i].Name == p.Name {
				m.Players[i] = p
			}
		}
	}
	return m, nil
}

// kinds says how each participant passes a shock on.
var kinds = map[string]string{
	"dealer": "hedging", "perp": "liquidation", "household": "liquidation", "cta": "trend",
	"volcontrol": "trend", "letf": "rebalancing", "stabiliser": "rebalancing",
}

// backAfter is the number of sessions after which the second path of a transmission takes the shock back.
const backAfter = 5

// transmit holds the price at the shock and reads what each participant has traded by each close, less what it
// trades when the price stays; and the same where the shock is taken back.
func (x *scene) transmit() (*Transmission, error) {
	ends := []int{0}
	t := &Transmission{Session: []int{0}, USD: map[string]FanTrack{}, BackAfter: backAfter, Back: map[string]FanTrack{}, Kind: map[string]string{}}
	for i, s := range x.line.Slots {
		if i+1 == len(x.line.Slots) || x.line.Slots[i+1].Session > s.Session {
			ends = append(ends, i)
			t.Session = append(t.Session, s.Session+1)
		}
	}
	stays := func(_, asset int) float64 { return max(1+x.base.axis.Beta[asset]*x.size, cascade.Lowest) }
	paths := []flow.Path{
		func(_, _ int) float64 { return 1 },
		stays,
		func(slot, asset int) float64 {
			if x.line.Slots[slot].Session < backAfter {
				return stays(slot, asset)
			}
			return 1
		},
	}
	got, _, err := cascade.Along(x.run.ctx, x.base.env, x.base.players, paths, impact.Lasting(), ends)
	if err != nil {
		return nil, fmt.Errorf("shock: %w", err)
	}
	for i, p := range x.base.players {
		track := func(path int) FanTrack {
			var out FanTrack
			for h := range ends {
				sum := 0.0
				for _, usd := range got[h][i].USD {
					sum += usd[path] - usd[0]
				}
				out = append(out, sum)
			}
			return out
		}
		t.USD[p.Name], t.Back[p.Name] = track(1), track(2)
		t.Kind[p.Name] = "other"
		if k, ok := kinds[p.Name]; ok {
			t.Kind[p.Name] = k
		}
	}
	return t, nil
}
