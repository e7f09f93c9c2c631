package faultline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"faultline/assumption"
	"faultline/audit"
	"faultline/evidence"
	"faultline/flow"
	"faultline/flow/dealer"
	"faultline/flow/perp"
	"faultline/market"
)

// Version is the version of the program. The build sets it; it is part of every run id.
var Version = "0.1.0"

// Assumptions are the numbers that an analysis takes as given.
type Assumptions = assumption.Set

// Analyze runs every model once on what was known at the State's instant and returns what they found.
// What cannot run is listed with its reason in Missing; an error means that nothing could be said at
// all, or that ctx was done. The same State and assumptions give the same bytes.
func Analyze(ctx context.Context, s *market.State, a Assumptions, with ...Option) (*Analysis, error) {
	out, err := analyze(ctx, s, a, with)
	if err != nil {
		return nil, err
	}
	synthetic := false
	for _, in := range out.Inputs {
		synthetic = synthetic || in.Grade == evidence.Synthetic
	}
	if !synthetic {
		return out, nil
	}
	// Whoever takes a headline away must see what remains of it without made-up data.
	bare, err := analyze(ctx, s.Without(evidence.Synthetic), a, append(slices.Clone(with), forHeadlines))
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		bare = &Analysis{} // nothing can be said without made-up data
	case err != nil:
		return nil, err
	}
	node := evidence.Node{
		ID: "run/without_synthetic", Kind: evidence.Run, Method: "without_synthetic", Grade: evidence.Modelled, AsOf: out.AsOf,
	}
	for _, in := range out.Inputs {
		if in.Grade < evidence.Synthetic {
			node.Inputs = append(node.Inputs, in.Node)
		}
	}
	out.Nodes = append(out.Nodes, node)
	for i := range out.Headlines {
		h := &out.Headlines[i]
		if h.With.Grade != evidence.Synthetic {
			continue
		}
		h.Without = &evidence.Figure{
			ID: h.ID + ".without_synthetic", Unit: h.With.Unit, Grade: node.Grade, Node: node.ID,
			Absent: &evidence.Absent{Code: "only_synthetic"},
		}
		for _, b := range bare.Headlines {
			if b.ID == h.ID {
				f := b.With
				f.ID, f.Node, f.Grade = h.ID+".without_synthetic", node.ID, node.Grade
				h.Without = &f
			}
		}
	}
	return out, nil
}

// run is one analysis in the making.
type run struct {
	ctx      context.Context
	state    *market.State
	assume   assumption.Set
	memo     *flow.Memo
	record   *evidence.Recorder
	draws    []assumption.Set
	under    market.Instrument
	price    float64 // points of the underlying at the State's instant
	close    float64 // its last official close
	told     *Told   // what takes the place of the convention; nil without
	asked    *ShockOptions
	ledger   *audit.Ledger // claims to audit; nil without
	played   *replayed     // the session to replay; nil without
	sessions *sold         // of which is asked who sold; nil without
	economy  bool          // the macro instruments run too
	brief    bool          // only what headlines rest on
	tree     *Tree         // of scenarios, in place of the default one; nil without
	looped   *loopPaths    // beginnings of paths for scenarios and a portfolio, once simulated
	out      *Analysis

	owned      *Positions // what the user holds; nil without
	ownedAsked PortfolioOptions
	ownEvents  []OwnEvent // of the user, beside releases and decisions
}

// forHeadlines leaves out all that headlines do not rest on, where an analysis only serves to compare them.
func forHeadlines(r *run) {
	r.asked, r.economy, r.owned, r.ledger, r.played, r.sessions, r.brief = nil, false, nil, nil, nil, nil, true
}

func analyze(ctx context.Context, s *market.State, a Assumptions, with []Option) (*Analysis, error) {
	digest := s.Digest()
	r := &run{
		ctx: ctx, state: s, assume: a, memo: &flow.Memo{}, record: evidence.NewRecorder(),
		out: &Analysis{
			Schema: Schema, Version: Version, AsOf: s.At(),
			Levels: []Level{}, Findings: []Finding{}, Headlines: []Headline{}, Missing: []Missing{}, Caveats: []evidence.Code{},
			Assumptions: a.Items(),
		},
	}
	for _, o := range with {
		o(r)
	}
	name := [][]byte{[]byte(Version), digest[:], a.Bytes()}
	if r.told != nil {
		told, err := r.told.digest()
		if err != nil {
			return nil, err
		}
		name = append(name, told)
	}
	if r.asked != nil {
		name = append(name, r.asked.bytes())
	}
	if r.tree != nil {
		name = append(name, r.tree.tree.Text)
	}
	if r.ledger != nil {
		name = append(name, r.ledger.Digest[:])
	}
	if r.played != nil {
		eve := r.played.before.Digest()
		name = append(name, []byte("replay "+r.played.day.String()), eve[:])
	}
	if x := r.sessions; x != nil {
		known := x.before.Digest()
		name = append(name, fmt.Appendf(nil, "sold %s %s", x.from, x.to), known[:])
	}
	if len(r.ownEvents) > 0 {
		name = append(name, fmt.Appendf(nil, "%+v", r.ownEvents))
	}
	if r.owned != nil {
		name = append(name, r.owned.text, fmt.Appendf(nil, "%#v", r.ownedAsked))
	}
	r.out.RunID = evidence.RunID(name...)
	for k := range int(a.Value("band.draws")) {
		r.draws = append(r.draws, a.Draw(uint64(a.Value("band.seed")), k))
	}
	r.inputs()
	if err := r.spot(); err != nil {
		return nil, err
	}
	// An analysis that stops early still waits for what runs beside it, once it has been told to stop.
	ctx, stop := context.WithCancel(ctx)
	r.ctx = ctx
	macro := sync.OnceValue(r.macroBeside())
	defer func() {
		stop()
		_ = macro() // an error has been returned already, or there is an earlier one
	}()
	parts := []func() error{r.dealers, r.trend, r.crypto, r.ladder}
	if !r.brief {
		parts = append(parts, r.events, r.contagion, r.regime, r.scenarios, r.capex)
	}
	for _, part := range parts {
		if err := part(); err != nil {
			return nil, err
		}
	}
	if r.asked != nil {
		if err := r.shock(*r.asked); err != nil {
			return nil, err
		}
	}
	if r.owned != nil {
		if err := r.owns(); err != nil {
			return nil, err
		}
	}
	if err := macro(); err != nil {
		return nil, err
	}
	if err := r.replay(); err != nil {
		return nil, err
	}
	if err := r.sold(); err != nil {
		return nil, err
	}
	for i := range r.out.Levels {
		if l := &r.out.Levels[i]; l.Absent != nil {
			l.Reason = l.Absent.Code
		}
	}
	r.history()
	r.published()
	r.validation()
	r.headlines()
	if err := r.audit(); err != nil {
		return nil, err
	}
	r.out.Findings = append(r.out.Findings, findings(r.out)...)
	r.out.Nodes = r.record.Nodes()
	r.caveats()
	return r.out, nil
}

// missing notes a part that cannot run, and passes on every other error.
func (r *run) missing(part string, err error) error {
	var absent *evidence.Absent
	if !errors.As(err, &absent) {
		return fmt.Errorf("%s: %w", part, err)
	}
	r.out.Missing = append(r.out.Missing, Missing{Part: part, Absent: absent})
	return nil
}

// inputs records one node for each dataset.
func (r *run) inputs() {
	add := func(key string, o market.Origin, rows int, first, last time.Time) {
		id := "in/" + key
		r.record.Add(evidence.Node{
			ID: id, Kind: evidence.Dataset, Method: o.Format, Grade: o.Grade,
			Source: strings.TrimPrefix(o.Source+", "+o.File, ", "), AsOf: last, Caveats: o.Caveats,
		})
		r.out.Inputs = append(r.out.Inputs, Input{
			Key: key, File: o.File, Format: o.Format, Source: o.Source, KnownAt: o.KnownAt, Grade: o.Grade,
			Rows: rows, First: first, Last: last, Caveats: o.Caveats, Node: id,
		})
	}
	unix := func(t int64) time.Time { return time.Unix(t, 0).UTC() }
	for _, k := range r.state.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		b, err := r.state.Bars(name, market.ParseInterval(interval))
		if err != nil {
			continue
		}
		add("bars/"+k, b.Origin, b.Len(), unix(b.Begin[0]), unix(b.Begin[b.Len()-1]))
	}
	for _, u := range r.state.Underlyings() {
		if c, err := r.state.Chain(u); err == nil {
			add("chain/"+u, c.Origin, c.Len(), c.At.UTC(), c.At.UTC())
		}
	}
	r.seriesInputs(add)
	if ids := r.state.FactIDs(); len(ids) > 0 {
		rows, first, last := 0, int64(math.MaxInt64), int64(math.MinInt64)
		for _, id := range ids {
			for _, f := range r.state.Facts(id) {
				rows++
				first, last = min(first, f.About), max(last, f.About)
			}
		}
		add("facts", r.state.FactsOrigin(), rows, unix(first), unix(last))
	}
	var held market.Origin
	rows, at := 0, time.Time{}
	for _, p := range r.state.Positions() {
		if p.Outcomes {
			continue // what became of positions is for validation
		}
		if rows == 0 {
			held = p.Origin
		} else {
			held.File += ", " + p.Origin.File
			held.Grade = evidence.Weakest(held.Grade, p.Origin.Grade)
		}
		rows, at = rows+p.Len(), p.At
	}
	if rows > 0 {
		add("positions", held, rows, at.UTC(), at.UTC())
	}
}

// spot chooses the underlying and its price. The underlying is that of a chain that can be used, the S&P
// 500 before others, then the one with the latest chain; without any it is the S&P 500. The price is the
// latest of the official close, an intraday close, a published close, and the spot of the chain where the
// chain can be used.
func (r *run) spot() error {
	id, chain, refused := r.choose()
	r.under, _ = market.InstrumentOf(id)
	r.out.Underlying = r.under.ID
	type quote struct {
		at    int64
		price float64
		node  string
	}
	var best quote
	better := func(q quote) {
		if q.price > 0 && (best.node == "" || q.at > best.at) {
			best = q
		}
	}
	r.close = market.Missing
	if b, err := r.state.Daily(id); err == nil {
		i := b.Len() - 1
		better(quote{b.Known[i], b.Close[i], "in/bars/" + id + "/1d"})
		r.close = b.Close[i]
	}
	for _, f := range r.state.Facts(id + "_close") {
		if f.Value > 0 {
			q := quote{f.Known, f.Value, "in/facts"}
			if x, err := r.under.Calendar().Session(f.Date()); err == nil {
				q.at = min(q.at, x.Close.Unix())
			}
			better(q)
			if b, err := r.state.Daily(id); err != nil || b.Begin[b.Len()-1] < f.About-f.About%86400 {
				r.close = f.Value
			}
		}
	}
	for _, k := range r.state.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		if name != id || interval == "1d" {
			continue
		}
		if b, err := r.state.Bars(name, market.ParseInterval(interval)); err == nil {
			i := b.Len() - 1
			better(quote{b.Known[i], b.Close[i], "in/bars/" + k})
		}
	}
	if chain != nil && !market.IsMissing(chain.Spot) {
		better(quote{chain.At.Unix(), chain.Spot, "in/chain/" + id})
	}
	if r.under.Kind == market.Coin {
		if p, at, key, ok := perp.Price(r.state, id); ok {
			better(quote{at, p, "in/" + key})
		}
	}
	if best.node == "" && refused != nil && refused.Code == "no_usable_contract" {
		// Not one option can be used, and yet the file prints a price: with it, the levels can be named
		// absent and the rows rejected, each with its reason.
		if c, err := r.state.Chain(id); err == nil && !market.IsMissing(c.Spot) {
			better(quote{c.At.Unix(), c.Spot, "in/chain/" + id})
		}
	}
	if best.node == "" {
		if refused != nil {
			return refused // the only price there was stands in a chain that cannot be used
		}
		return &evidence.Absent{Code: "no_price", Args: evidence.Args{"instrument": id, "as_of": r.state.At().Format(time.RFC3339)}}
	}
	if age := float64(r.state.At().Unix()-best.at) / 86400; !(age <= r.assume.Value("price.max_age")) {
		return &evidence.Absent{Code: "stale_prices", Args: evidence.Args{
			"instrument": id, "last": time.Unix(best.at, 0).UTC().Format(time.DateOnly), "session": r.state.At().Format(time.DateOnly),
		}}
	}
	r.price = best.price
	if market.IsMissing(r.close) {
		r.close = r.price
	}
	r.out.Spot = r.record.Mint("spot", best.price, evidence.Points, best.node)
	return nil
}

// seriesInputs records the series. Those that are columns of one table, such as the state of a model or the
// ranges of a meeting, are one input: a list of a hundred of them would tell a reader nothing.
func (r *run) seriesInputs(add func(key string, o market.Origin, rows int, first, last time.Time)) {
	type group struct {
		origin      market.Origin
		rows        int
		first, last int64
	}
	groups := map[string]*group{}
	var order []string
	for _, id := range r.state.SeriesIDs() {
		v, err := r.state.Series(id)
		if err != nil {
			continue
		}
		key := "series/" + id
		if i := strings.LastIndexByte(id, '/'); i >= 0 {
			key = "series/" + id[:i] + "/*"
		}
		g := groups[key]
		if g == nil {
			g = &group{origin: v.Origin, first: v.About[0], last: v.About[0]}
			groups[key] = g
			order = append(order, key)
		}
		g.origin.Grade = evidence.Weakest(g.origin.Grade, v.Origin.Grade)
		g.rows += v.Len()
		g.first, g.last = min(g.first, v.About[0]), max(g.last, v.About[v.Len()-1])
	}
	for _, key := range order {
		g := groups[key]
		add(key, g.origin, g.rows, time.Unix(g.first, 0).UTC(), time.Unix(g.last, 0).UTC())
	}
}

// choose picks the underlying, and its chain where that can be used; refused is why a chain could not.
func (r *run) choose() (id string, chain *market.Chain, refused *evidence.Absent) {
	best, others := "", []string{}
	for _, u := range r.state.Underlyings() {
		c, err := r.state.Chain(u)
		if err != nil {
			continue
		}
		if _, err := dealer.Book(r.state, u, r.assume, r.memo); err != nil {
			if refused == nil {
				errors.As(err, &refused)
			}
			continue
		}
		switch {
		case chain == nil || best != "SPX" && (u == "SPX" || c.At.After(chain.At)):
			if chain != nil {
				others = append(others, best)
			}
			best, chain = u, c
		default:
			others = append(others, u)
		}
	}
	if len(others) > 0 {
		sort.Strings(others)
		r.out.Missing = append(r.out.Missing, Missing{Part: "dealer", Absent: &evidence.Absent{
			Code: "other_chains", Args: evidence.Args{"underlyings": strings.Join(others, ", ")},
		}})
	}
	if chain != nil {
		return best, chain, refused
	}
	// No chain can be used. One that was given still says what the user asks about, if its prices are there.
	for _, u := range r.state.Underlyings() {
		if u == "SPX" {
			return u, nil, refused
		}
	}
	for _, u := range r.state.Underlyings() {
		if _, err := r.state.Daily(u); err == nil {
			return u, nil, refused
		}
	}
	if us := r.state.Underlyings(); len(us) > 0 && !r.priced("SPX") {
		return us[0], nil, refused
	}
	if !r.priced("SPX") { // whoever gives coins alone asks about them: the first one that has a price
		for _, in := range market.Instruments() {
			if in.Kind == market.Coin && r.priced(in.ID) {
				return in.ID, nil, refused
			}
		}
	}
	return "SPX", nil, refused
}

// priced reports whether the State has bars, closes or prices of an instrument.
func (r *run) priced(id string) bool {
	if in, ok := market.Lookup(id); ok && in.Kind == market.Coin {
		_, _, _, known := perp.Price(r.state, id)
		return known
	}
	for _, k := range r.state.BarKeys() {
		if name, _, _ := strings.Cut(k, "/"); name == id {
			return true
		}
	}
	return len(r.state.Facts(id+"_close")) > 0
}

// history copies the last sessions' closes for the chart of price and pivots.
func (r *run) history() {
	const sessions = 130 // half a year: long enough to see the medium-term average
	b, err := r.state.Daily(r.under.ID)
	if err == nil {
		h := &History{Grade: b.Origin.Grade, Node: "in/bars/" + r.under.ID + "/1d"}
		for i := max(0, b.Len()-sessions); i < b.Len(); i++ {
			h.Date = append(h.Date, b.Date(i).String())
			h.Close = append(h.Close, b.Close[i])
		}
		r.out.History = h
		return
	}
	h := &History{Node: "in/facts"}
	for _, f := range r.state.Facts(r.under.ID + "_close") {
		day := f.Date().String()
		if market.IsMissing(f.Value) {
			continue
		}
		if n := len(h.Date); n > 0 && h.Date[n-1] == day {
			// Pages round: of several the one with the most digits is closest to the official close.
			if digits(f.Value) > digits(h.Close[n-1]) {
				h.Close[n-1] = f.Value
			}
			continue
		}
		h.Date = append(h.Date, day)
		h.Close = append(h.Close, f.Value)
	}
	if len(h.Date) > 0 {
		n, _ := r.record.Node(h.Node)
		h.Grade = n.Grade
		r.out.History = h
	}
}

// digits counts the decimals that a printed figure carries.
func digits(x float64) int {
	s := fmt.Sprint(x)
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return len(s) - i - 1
	}
	return 0
}

// published sets the published figures of the last week beside the computed ones.
func (r *run) published() {
	from := r.state.At().Add(-8 * 24 * time.Hour).Unix()
	for _, id := range r.state.FactIDs() {
		for i, f := range r.state.Facts(id) {
			if f.About < from || market.IsMissing(f.Value) {
				continue
			}
			day := f.Date().String()
			fig := r.record.Mint(fmt.Sprintf("published.%s.%s.%d", id, day, i+1), f.Value, evidence.Unit("stated:"+f.Unit), "in/facts")
			r.out.Published = append(r.out.Published, Published{Series: id, Figure: fig, About: day, What: f.What, Source: f.Source})
		}
	}
	sort.SliceStable(r.out.Published, func(i, j int) bool { return r.out.Published[i].About < r.out.Published[j].About })
}

// headlines are the few numbers that a reader takes away.
func (r *run) headlines() {
	add := func(f evidence.Figure) {
		r.out.Headlines = append(r.out.Headlines, Headline{ID: f.ID, With: f})
	}
	add(r.out.Spot)
	if e := r.out.Exposure; e != nil {
		add(e.GEX.Total)
	}
	seen := map[LevelKind]bool{}
	for _, l := range r.out.Levels {
		if seen[l.Kind] || l.Instrument != r.under.ID || l.Kind == AbsoluteGamma || l.Kind == Pin {
			continue // the two stand in the table of levels
		}
		seen[l.Kind] = true
		f := evidence.Figure{ID: l.ID, Value: l.Price, Unit: evidence.Points, Low: l.Low, High: l.High, Grade: l.Grade, Node: l.Node, Absent: l.Absent}
		if l.Kind == ZeroGamma { // of several crossings the one nearest to the price
			for _, o := range r.out.Levels {
				if o.Kind == ZeroGamma && o.Price != nil && math.Abs(*o.Price-r.price) < math.Abs(*f.Value-r.price) {
					f.Value, f.Low, f.High = o.Price, o.Low, o.High
				}
			}
			f.ID = "levels.zero_gamma.nearest"
		}
		add(f)
	}
	if t := r.out.Trend; t != nil {
		add(t.Position)
	}
	if l := r.out.Ladder; l != nil {
		for _, move := range []float64{-0.01, -0.03} {
			for j, p := range l.Price { // only where the ladder has this very rung
				if math.Abs(p/r.price-1-move) < 1e-9 {
					add(r.record.Mint(fmt.Sprintf("ladder.total.down_%.0f", -100*move), l.Total[j], evidence.USD, l.Node))
				}
			}
		}
	}
}

// caveats gathers what a reader of the whole must know: of everything that a shown number rests on.
func (r *run) caveats() {
	shown := []string{r.out.Spot.Node}
	if r.out.Exposure != nil {
		shown = append(shown, r.out.Exposure.Node)
		if v := r.out.Exposure.Volume; v != nil {
			shown = append(shown, v.USD.Node)
		}
	}
	if r.out.Trend != nil {
		shown = append(shown, r.out.Trend.Node)
	}
	if r.out.Ladder != nil {
		shown = append(shown, r.out.Ladder.Node)
	}
	if r.out.Contagion != nil {
		shown = append(shown, r.out.Contagion.Node)
	}
	if r.out.Shock != nil {
		shown = append(shown, r.out.Shock.Node)
	}
	seen := map[string]evidence.Code{}
	for _, id := range shown {
		for _, c := range r.record.Caveats(id) {
			if have, ok := seen[c.Code]; !ok || have.String() == c.String() {
				seen[c.Code] = c
			} else {
				seen[c.String()] = c
			}
		}
	}
	keys := make([]string, 0, len(seen))
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		r.out.Caveats = append(r.out.Caveats, seen[k])
	}
}

// names lists the assumptions whose names begin so.
func (r *run) names(prefixes ...string) []string {
	var out []string
	for _, it := range r.assume.Items() {
		for _, p := range prefixes {
			if strings.HasPrefix(it.Name, p) {
				out = append(out, it.Name)
			}
		}
	}
	return out
}

// finite returns a pointer to a number, or nil where it is none.
func finite(x float64) *float64 {
	if x-x != 0 {
		return nil
	}
	return &x
}
