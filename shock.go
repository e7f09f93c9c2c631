package faultline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/all"
	"faultline/impact"
)

// ShockOptions say which shock is put into the loop. The zero value takes the named shocks of the
// register, one week, and everything that there is.
type ShockOptions struct {
	Size         float64  // relative move of the S&P 500; 0 takes the shocks as the register has them
	Horizon      string   // one of ShockHorizons; "" is 1w
	Shocks       []string // of ShockNames; nil is policy, ai and crypto
	Participants []string // of the models; nil is all
	Law          string   // "" is the register's
	Depth        float64  // dollars that move the S&P 500 by 1 %, for the linear law; 0 is not given
	Loss         float64  // bound of reverse stress, relative; 0 asks for none
	Fast         bool     // no simulation, no attribution: what the to-rest solver says
}

// ShockHorizons are the horizons that a shock can be followed to.
var ShockHorizons = []string{"now", "close", "1d", "1w", "1m"}

// ShockNames are the shocks of the register.
var ShockNames = []string{"policy", "ai", "crypto", "tariff"}

// groups joins models to the players of an attribution; a model that is not among them is a player of its
// own. The crypto ghost is the shock together with those whom it forces to sell.
var groups = []struct {
	name   string
	models []string
}{
	{"crypto", []string{"perp", "household"}},
	{"systematic", []string{"cta", "volcontrol", "letf"}},
	{"dealers", []string{"dealer"}},
	{"stabilisers", []string{"stabiliser"}},
}

func groupOf(model string) string {
	for _, g := range groups {
		if slices.Contains(g.models, model) {
			return g.name
		}
	}
	return model
}

// UnknownNameError says that a name is not among those that there are.
type UnknownNameError struct {
	What, Name string
	Known      []string
}

func (e *UnknownNameError) Error() string {
	return fmt.Sprintf("%s %q is not known; there are %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

// LossError says that a bound of reverse stress is not one that a price can pass.
type LossError struct{ Loss float64 }

func (e *LossError) Error() string {
	return fmt.Sprintf("a loss of %g %%: it must be above 0 and below 100 %%", 100*e.Loss)
}

// check completes the options and refuses what cannot be.
func (o *ShockOptions) check(a assumption.Set) error {
	if o.Horizon == "" {
		o.Horizon = "1w"
	}
	if !slices.Contains(ShockHorizons, o.Horizon) {
		return &UnknownNameError{"horizon", o.Horizon, ShockHorizons}
	}
	if o.Shocks == nil {
		o.Shocks = ShockNames[:3]
	}
	for _, s := range o.Shocks {
		if !slices.Contains(ShockNames, s) {
			return &UnknownNameError{"shock", s, ShockNames}
		}
	}
	if len(o.Shocks) == 0 {
		return &UnknownNameError{"shock", "", ShockNames}
	}
	var names []string
	for _, m := range all.Models() {
		names = append(names, m.Name())
	}
	for _, p := range o.Participants {
		if !slices.Contains(names, p) {
			return &UnknownNameError{"participant", p, names}
		}
	}
	if o.Law == "" {
		o.Law = impact.Names[int(a.Value("impact.law"))]
	}
	if _, err := impact.Parse(o.Law); err != nil {
		return &UnknownNameError{"impact law", o.Law, impact.Names[:]}
	}
	if o.Depth != 0 && !(o.Depth > 0) {
		return &impact.InputError{Name: "depth", Value: o.Depth, Reason: "must be a number of dollars above 0"}
	}
	if !(o.Loss >= 0 && o.Loss < 1) {
		return &LossError{o.Loss}
	}
	return cascade.CheckShock(o.Size)
}

// WithShock adds to an analysis what a shock becomes. The part Shock is there, or Missing says why not.
func WithShock(o ShockOptions) Option { return func(r *run) { r.asked = &o } }

// Check refuses a shock that cannot be: an unknown participant, a shock of −100 % or more, a negative
// depth.
func (o ShockOptions) Check(a Assumptions) error { return o.check(a) }

// bytes is the canonical text of the options, for the run id.
func (o *ShockOptions) bytes() []byte { return fmt.Appendf(nil, "%#v", *o) }

// scene is everything that the laws, horizons and draws of one shock share.
type scene struct {
	run     *run
	opts    ShockOptions
	vol     []float64 // of a session, by asset; NaN where the register's holds
	base    *staged
	lines   map[string]int // last slot of each horizon
	line    flow.Timeline
	assets  []flow.Asset
	models  []flow.Model // that can run
	absent  []Missing
	vectors [][]float64 // by shock of the options
	total   []float64
	size    float64
	away    int // draws under which the loop of the first law runs away
}

// staged is a scene under one set of assumptions.
type staged struct {
	env     *flow.Env
	players []flow.Player
	book    *impact.Book
	axis    cascade.Axis
}

// sessionsIn is how many sessions ahead the longest horizon looks.
const sessionsIn = 21

// stage prepares everything of a shock that does not depend on the law.
func (r *run) stage(o ShockOptions) (*scene, error) {
	if r.under.ID != impact.Universe[0] {
		return nil, &evidence.Absent{Code: "shock_needs_index", Args: evidence.Args{"underlying": r.under.ID}}
	}
	if err := o.check(r.assume); err != nil {
		return nil, err
	}
	x := &scene{run: r, opts: o, lines: map[string]int{}}
	line, err := flow.Sessions(r.under.Calendar(), r.state.At(), sessionsIn)
	var outside *calendar.RangeError
	if errors.As(err, &outside) {
		return nil, &evidence.Absent{Code: "calendar_ends"}
	}
	if err != nil {
		return nil, err
	}
	x.line = line
	opened := len(line.Slots) > 1 && line.Slots[1].Phase != flow.Open
	day := 0
	if opened {
		day = 1
	}
	for i, s := range line.Slots {
		for _, h := range []struct {
			name    string
			session int
		}{{"close", 0}, {"1d", day}, {"1w", 4 + day}, {"1m", sessionsIn - 1}} {
			if s.Session == h.session {
				x.lines[h.name] = i
			}
		}
	}
	x.lines["now"] = 0
	x.universe()
	x.base, err = x.compile(r.assume, r.models())
	if err != nil {
		return nil, err
	}
	if len(x.base.players) == 0 {
		return nil, &evidence.Absent{Code: "no_participant"}
	}
	return x, x.shocks(r.assume)
}

// universe gives every asset its price, its last close and, where daily prices tell, its volatility. An
// asset without any price is carried as an index of 100: only relative prices matter, and participants
// that need to know more are absent.
func (x *scene) universe() {
	r := x.run
	for i, id := range impact.Universe {
		a := flow.Asset{ID: id, Price: 100, LastClose: 100}
		vol := math.NaN()
		if b, err := r.state.Daily(id); err == nil {
			a.LastClose = b.Close[b.Len()-1]
			a.Price = a.LastClose
			vol = sessionVol(b.Close)
		} else if f := r.state.Facts(id + "_close"); len(f) > 0 && f[len(f)-1].Value > 0 {
			a.Price, a.LastClose = f[len(f)-1].Value, f[len(f)-1].Value
		}
		if i == 0 {
			a.Price, a.LastClose = r.price, r.close
			if f := r.state.Facts("VIX_close"); math.IsNaN(vol) && len(f) > 0 && f[len(f)-1].Value > 0 {
				vol = f[len(f)-1].Value / 100 / math.Sqrt(252)
			}
		}
		x.assets, x.vol = append(x.assets, a), append(x.vol, vol)
	}
}

// sessionVol is the standard deviation of the last 63 log returns, or NaN with fewer.
func sessionVol(closes []float64) float64 {
	const n = 63
	if len(closes) <= n {
		return math.NaN()
	}
	sum, square := 0.0, 0.0
	for i := len(closes) - n; i < len(closes); i++ {
		z := math.Log(closes[i] / closes[i-1])
		sum, square = sum+z, square+z*z
	}
	return math.Sqrt((square - sum*sum/n) / (n - 1))
}

// compile compiles the models for a set of assumptions; with those of the register it also notes who is
// absent.
func (x *scene) compile(a assumption.Set, models []flow.Model) (*staged, error) {
	r := x.run
	s := &staged{env: &flow.Env{State: r.state, Assume: a, Timeline: x.line, Memo: r.memo, Assets: x.assets}}
	first := x.models == nil
	for _, m := range models {
		if x.opts.Participants != nil && !slices.Contains(x.opts.Participants, m.Name()) {
			continue
		}
		p, err := m.Compile(r.ctx, s.env)
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent) && first:
			x.absent = append(x.absent, Missing{Part: m.Name(), Absent: absent})
			continue
		case err != nil:
			return nil, fmt.Errorf("compile %s: %w", m.Name(), err)
		}
		if first {
			x.models = append(x.models, m)
		}
		s.players = append(s.players, flow.Player{Name: m.Name(), Program: p})
	}
	var err error
	if s.book, err = impact.Read(a, impact.Universe[:], x.vol); err != nil {
		return nil, err
	}
	if x.opts.Depth > 0 {
		s.book.Markets[0].Depth = x.opts.Depth
	}
	corr := s.book.Factors.Correlation()
	beta := make([]float64, len(s.book.Markets))
	for i, m := range s.book.Markets {
		beta[i] = corr[i*len(beta)] * m.Vol / s.book.Markets[0].Vol
	}
	s.axis = cascade.Thinning(a.Value("cascade.axis"), a.Value("cascade.axis_step"), beta)
	return s, nil
}

// shocks reads the vectors, scaled so that together they move the S&P 500 by the size asked for.
func (x *scene) shocks(a assumption.Set) error {
	x.total, x.vectors = make([]float64, len(impact.Universe)), nil
	for _, name := range x.opts.Shocks {
		v := make([]float64, len(impact.Universe))
		for i, id := range impact.Universe {
			v[i] = a.Value("shock." + name + "_" + strings.ToLower(id))
			x.total[i] += v[i]
		}
		x.vectors = append(x.vectors, v)
	}
	x.size = x.total[0]
	if x.opts.Size != 0 {
		if x.total[0] == 0 {
			return &evidence.Absent{Code: "shock_without_index", Args: evidence.Args{"shocks": strings.Join(x.opts.Shocks, ", ")}}
		}
		k := x.opts.Size / x.total[0]
		x.size = x.opts.Size
		for _, v := range append(x.vectors, x.total) {
			for i := range v {
				v[i] *= k
			}
		}
		x.total[0] = x.opts.Size
	}
	for i, v := range x.total {
		if v <= -1 {
			return &evidence.Absent{Code: "shock_too_large", Args: evidence.Args{"instrument": impact.Universe[i], "size": x.size}}
		}
		if cascade.CheckShock(v) != nil {
			return &evidence.Absent{Code: "shock_too_high", Args: evidence.Args{"instrument": impact.Universe[i], "size": x.size}}
		}
	}
	if x.size == 0 {
		return &evidence.Absent{Code: "shock_without_index", Args: evidence.Args{"shocks": strings.Join(x.opts.Shocks, ", ")}}
	}
	return nil
}

// maps are the price maps of one staging by law, at the given horizons.
func (x *scene) maps(ctx context.Context, s *staged, horizons []string) (map[string]map[string]*cascade.Map, int, error) {
	ends := make([]int, len(horizons))
	last := 0
	for i, h := range horizons {
		ends[i] = x.lines[h]
		last = max(last, ends[i])
	}
	e := *s.env
	e.Timeline.Slots = e.Timeline.Slots[:last+1]
	out := map[string]map[string]*cascade.Map{}
	// The inelastic market keeps what moved it; the other laws let it wear off.
	responses, halted, err := cascade.Respond(ctx, &e, s.players, s.axis, []impact.Propagator{s.book.Decay, impact.Lasting()}, ends)
	if err != nil {
		return nil, 0, fmt.Errorf("shock: %w", err)
	}
	for _, k := range impact.Kinds {
		curves, cross, err := s.book.Curves(k)
		if err != nil {
			return nil, 0, fmt.Errorf("shock: %w", err)
		}
		weight := make([]float64, len(curves))
		for i := range weight {
			weight[i] = cross.Weight(0, i)
		}
		decay := 0
		if k == impact.Inelastic {
			decay = 1
		}
		out[k.String()] = map[string]*cascade.Map{}
		for i, name := range horizons {
			out[k.String()][name] = &cascade.Map{
				X: s.axis.X, Players: responses[decay][i], Curves: curves, Weight: weight, Small: s.env.Assume.Value("cascade.small_move"),
			}
		}
	}
	return out, halted, nil
}

// names of the players of a staging, without those of a group.
func (s *staged) names(without string) []string {
	out := []string{}
	for _, p := range s.players {
		if groupOf(p.Name) != without {
			out = append(out, p.Name)
		}
	}
	return out
}

// until is the instant of a horizon.
func (x *scene) until(h string) time.Time { return x.line.Slots[x.lines[h]].At.UTC() }
