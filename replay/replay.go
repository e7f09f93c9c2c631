package replay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/cascade"
	"faultline/evidence"
	"faultline/expr"
	"faultline/flow"
	"faultline/impact"
	"faultline/market"
)

// Input is what a replay needs.
type Input struct {
	Before     *market.State // at the close before the day: what participants knew
	After      *market.State // after the day: what happened
	Day        calendar.Date
	Instrument string  // of the price
	Price      float64 // its close before the day
	Models     []flow.Model
	Assume     assumption.Set
	Draws      []assumption.Set
	Levels     []Level  // as of the close before
	Others     []string // instruments to show beside
}

// Level is a price at which someone must act.
type Level struct {
	Kind  string
	Price float64
}

// Player is what one participant's rule made it trade: dollars from the close before to each instant.
type Player struct {
	Name   string
	USD    []float64 // by instant of Replay.At, cumulative
	Low    []float64 // 5 % quantile over the draws; nil without
	High   []float64
	AtOpen float64 // dollars at the opening
	Total  float64 // dollars by the end of the day
}

// Replay is a session as it was.
type Replay struct {
	Day       calendar.Date
	Bars      *Bars
	Close     float64     // the one before
	At        []time.Time // the opening, the end of each bar, and the close again, after its auction
	Price     []float64   // points at each instant
	Players   []Player
	Missing   []flow.Missing // participants that could not run
	Gone      []Absence      // parts of the day that nobody gave
	Crossings []Crossing
	Others    []Other
	News      []News
	Parts     []Part
	Rarity    *Rarity
	Laws      []string // names of the laws of impact, in the order of Part
}

// Absence is a part that could not be shown.
type Absence struct {
	Part   string
	Absent *evidence.Absent
}

// Run replays the day.
func Run(ctx context.Context, in Input) (*Replay, error) {
	x := calendar.NYSE()
	session, err := x.Session(in.Day)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", in.Day, err)
	}
	bars, err := barsOf(in.After, in.Instrument, session.Open, session.Close)
	if err != nil {
		return nil, err
	}
	if !(in.Price > 0) {
		return nil, &evidence.Absent{Code: "no_price", Args: evidence.Args{"instrument": in.Instrument, "as_of": in.Before.At()}}
	}
	r := &Replay{Day: in.Day, Bars: bars, Close: in.Price}
	line := timeline(in.Before.At(), in.Day, session, bars)
	env := &flow.Env{
		State: in.Before, Assume: in.Assume, Timeline: line, Memo: &flow.Memo{},
		Assets: []flow.Asset{{ID: in.Instrument, Price: in.Price, LastClose: in.Price}},
	}
	r.At = append(r.At, session.Open.UTC())
	r.Price = append(r.Price, bars.Open[0])
	for i, at := range bars.At {
		r.At, r.Price = append(r.At, at), append(r.Price, bars.Close[i])
	}
	r.At, r.Price = append(r.At, session.Close.UTC()), append(r.Price, r.Price[len(r.Price)-1]) // after the closing auction
	if err := r.walk(ctx, env, in); err != nil {
		return nil, err
	}
	r.Crossings = crossings(in.Levels, in.Price, r.At[:len(r.At)-1], r.Price[:len(r.Price)-1], r.Bars.Interval)
	for _, id := range in.Others {
		o, err := other(in.After, id, session, r)
		var a *evidence.Absent
		switch {
		case errors.As(err, &a):
			r.Gone = append(r.Gone, Absence{id, a})
		case err != nil:
			return nil, err
		default:
			r.Others = append(r.Others, *o)
		}
	}
	r.News = news(in.After, in.Day)
	if err := r.attribute(in.Assume); err != nil {
		return nil, err
	}
	if r.Rarity, err = rarity(in.After, in.Day, in.Instrument, in.Assume); err != nil {
		var a *evidence.Absent
		if !errors.As(err, &a) {
			return nil, err
		}
		r.Gone = append(r.Gone, Absence{"rarity", a})
	}
	return r, nil
}

// walk carries every participant along the path of the day, for the values in force and for every draw.
func (r *Replay) walk(ctx context.Context, env *flow.Env, in Input) error {
	var present []flow.Model
	var players []flow.Player
	for _, m := range in.Models {
		p, err := m.Compile(ctx, env)
		var a *evidence.Absent
		switch {
		case errors.As(err, &a):
			r.Missing = append(r.Missing, flow.Missing{Name: m.Name(), Absent: a})
			continue
		case err != nil:
			return fmt.Errorf("replay: compile %s: %w", m.Name(), err)
		}
		present, players = append(present, m), append(players, flow.Player{Name: m.Name(), Program: p})
	}
	base, err := r.path(ctx, env, players)
	if err != nil {
		return err
	}
	draws := make([][][]float64, 0, len(in.Draws))
	for _, a := range in.Draws {
		drawn := *env
		drawn.Assume = a
		ps := make([]flow.Player, len(present))
		for i, m := range present {
			p, err := m.Compile(ctx, &drawn)
			if err != nil {
				return fmt.Errorf("replay: compile a draw of %s: %w", m.Name(), err)
			}
			ps[i] = flow.Player{Name: m.Name(), Program: p}
		}
		d, err := r.path(ctx, &drawn, ps)
		if err != nil {
			return err
		}
		draws = append(draws, d)
	}
	sorted := make([]float64, len(draws))
	for i, p := range players {
		out := Player{Name: p.Name, USD: base[i], AtOpen: base[i][0], Total: base[i][len(base[i])-1]}
		if len(draws) > 1 {
			out.Low, out.High = make([]float64, len(base[i])), make([]float64, len(base[i]))
			for k := range base[i] {
				for d := range draws {
					sorted[d] = draws[d][i][k]
				}
				sort.Float64s(sorted)
				out.Low[k], out.High[k] = flow.Quantile(sorted, 0.05), flow.Quantile(sorted, 0.95)
			}
		}
		r.Players = append(r.Players, out)
	}
	return nil
}

// path returns the cumulative dollars of each player at the opening, after each bar, and after the close.
func (r *Replay) path(ctx context.Context, env *flow.Env, players []flow.Player) ([][]float64, error) {
	w := flow.NewWalk(env, players)
	out := make([][]float64, len(players))
	sum := make([]float64, len(players))
	price := make([]float64, flow.Lanes)
	for s := range env.Timeline.Slots {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := priceAt(r.Bars, env.Assets[0].Price, s)
		for l := range price {
			price[l] = x
		}
		if err := w.Step(s, price); err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		for i := range players {
			sum[i] += w.Orders(i)[0] * x * env.Assets[0].Price
			switch {
			case s == firstTick-1, s >= firstTick && s < len(env.Timeline.Slots)-2, s == len(env.Timeline.Slots)-1:
				out[i] = append(out[i], sum[i])
			}
		}
	}
	if w.Halted(1) > 0 {
		return nil, errors.New("replay: a participant's orders are not finite")
	}
	return out, nil
}

// Crossing is one passage of the price through a level, bar by bar.
type Crossing struct {
	Level Level
	At    time.Time
	Up    bool
	Held  bool // an alert on that side would have fired
}

// hold is for how many bars an alert on a level pends before it fires.
const hold = 2

// crossings steps two alerts a level, one on each side of it, through the bars of a session: a passage is an
// alert that begins to pend on the other side, and it held if the alert came to fire. The side on which the
// day begins fires already. Where bars lack, nobody knows whether a pending condition held throughout.
func crossings(levels []Level, before float64, at []time.Time, price []float64, interval time.Duration) []Crossing {
	var out []Crossing
	rule := expr.Rule{For: hold * interval}
	unknown := expr.Verdict{Absent: &evidence.Absent{Code: "no_intraday_bars"}}
	for _, l := range levels {
		side := before >= l.Price
		alerts := map[bool]*expr.Alert{side: {Status: expr.Firing}, !side: {}}
		last := -1
		for i, p := range price {
			for _, up := range []bool{true, false} {
				a := alerts[up]
				if i > 0 && at[i].Sub(at[i-1]) > interval {
					rule.Step(a, at[i], unknown)
				}
				pended := a.Status == expr.Pending
				rule.Step(a, at[i], expr.Verdict{True: p >= l.Price == up})
				switch {
				case a.Status == expr.Pending && up != side:
					side, last = up, len(out)
					out = append(out, Crossing{Level: l, At: at[i], Up: up})
				case a.Status == expr.Firing && pended && last >= 0:
					out[last].Held = true
				}
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out
}

// Other is another market on the day.
type Other struct {
	Instrument string
	At         []time.Time
	Move       []float64 // ratio to its close before the day, or to its first bar
	FromClose  bool
	Grade      evidence.Grade
	Lag        []int     // in bars: positive when the replayed price moves first
	Corr       []float64 // correlation of bar returns at each lag
	N          int       // pairs at lag 0
}

// lags are how many bars to each side the correlation is taken.
const lags = 3

func other(after *market.State, id string, s calendar.Session, r *Replay) (*Other, error) {
	b, err := barsOf(after, id, s.Open, s.Close)
	if err != nil {
		return nil, err
	}
	// Daily closes of stocks are adjusted for later dividends, so that the close before comes from the same bars.
	base, from := b.Open[0], false
	if eve, err := calendar.NYSE().Prev(r.Day); err == nil {
		if y, err := barsOf(after, id, eve.Open, eve.Close); err == nil && y.Interval == b.Interval {
			base, from = y.Close[len(y.Close)-1], true
		}
	}
	o := &Other{Instrument: id, FromClose: from, Grade: b.Grade}
	for i, at := range b.At {
		o.At, o.Move = append(o.At, at), append(o.Move, b.Close[i]/base-1)
	}
	o.correlate(r)
	return o, nil
}

// correlate pairs bars that end at the same instant.
func (o *Other) correlate(r *Replay) {
	at := map[int64]int{}
	for i, t := range r.Bars.At {
		at[t.Unix()] = i
	}
	var x, y []float64
	var prevX, prevY float64
	for i, t := range o.At {
		k, ok := at[t.Unix()]
		if !ok {
			continue
		}
		px, py := math.Log(r.Bars.Close[k]), math.Log(1+o.Move[i])
		if prevX != 0 {
			x, y = append(x, px-prevX), append(y, py-prevY)
		}
		prevX, prevY = px, py
	}
	o.N = len(x)
	if o.N < 20 {
		return
	}
	for lag := -lags; lag <= lags; lag++ {
		var a, b []float64
		for i := range x {
			if j := i + lag; j >= 0 && j < len(y) {
				a, b = append(a, x[i]), append(b, y[j])
			}
		}
		if c := correlation(a, b); c-c == 0 {
			o.Lag, o.Corr = append(o.Lag, lag), append(o.Corr, c)
		}
	}
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var ma, mb, sa, sb, ab float64
	for i := range a {
		ma, mb = ma+a[i]/n, mb+b[i]/n
	}
	for i := range a {
		sa, sb, ab = sa+(a[i]-ma)*(a[i]-ma), sb+(b[i]-mb)*(b[i]-mb), ab+(a[i]-ma)*(b[i]-mb)
	}
	return ab / math.Sqrt(sa*sb)
}

// News is a published figure or event of the day.
type News struct {
	At     time.Time // zero where the page gives a day only
	ID     string
	Value  float64 // NaN for an event
	Unit   string
	What   string
	Source string
}

// news lists what the State's facts say of the day.
func news(s *market.State, day calendar.Date) []News {
	var out []News
	for _, id := range s.FactIDs() {
		for _, f := range s.Facts(id) {
			if f.Date() != day {
				continue
			}
			n := News{ID: id, Value: math.NaN(), Unit: f.Unit, What: f.What, Source: f.Source}
			if !market.IsMissing(f.Value) {
				n.Value = f.Value
			}
			if f.About%86400 != 0 {
				n.At = time.Unix(f.About, 0).UTC()
			}
			if n.At.IsZero() && !market.IsMissing(f.Value) {
				continue // figures of the day as a whole stand elsewhere
			}
			out = append(out, n)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out
}

// Part is one stretch of the day with what the forced flow on it can explain.
type Part struct {
	Key      string // code: night, to_first, to_second, to_close
	From, To time.Time
	Move     float64     // log return
	USD      []float64   // dollars by player, in the order of Replay.Players
	Points   [][]float64 // [law][player]: points of the index by Shapley value
	Left     []float64   // [law]: points that nobody was forced to
}

// attribute splits the day at its two extremes and gives every participant its Shapley value of the impact
// of all orders of the stretch, under each law; what is left of the move is shown as such. Impact is that of
// orders on top of a market that trades anyway: no decay within the stretch, liquidity of the register.
func (r *Replay) attribute(a assumption.Set) error {
	book, err := impact.Read(a, []string{r.Bars.Instrument}, []float64{math.NaN()})
	if err != nil {
		var unknown *impact.UnknownAssetError
		if errors.As(err, &unknown) {
			r.Gone = append(r.Gone, Absence{"attribution", &evidence.Absent{Code: "no_impact", Args: evidence.Args{"instrument": r.Bars.Instrument}}})
			return nil
		}
		return fmt.Errorf("replay: %w", err)
	}
	curves := make([]impact.Curve, len(impact.Kinds))
	for i, k := range impact.Kinds {
		c, _, err := book.Curves(k)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		curves[i] = c[0]
		r.Laws = append(r.Laws, k.String())
	}
	low, high := 0, 0
	for i, p := range r.Price {
		if p < r.Price[low] {
			low = i
		}
		if p > r.Price[high] {
			high = i
		}
	}
	first, second := min(low, high), max(low, high)
	end := len(r.Price) - 1
	cut := []int{-1, 0, first, second, end}
	keys := []string{"night", "to_first", "to_second", "to_close"}
	for i, key := range keys {
		from, to := cut[i], cut[i+1]
		if to <= from {
			continue
		}
		p := Part{Key: key, To: r.At[to]}
		base := r.Close
		if from >= 0 {
			base, p.From = r.Price[from], r.At[from]
		}
		p.Move = math.Log(r.Price[to] / base)
		for _, x := range r.Players {
			usd := x.USD[to]
			if from >= 0 {
				usd -= x.USD[from]
			}
			p.USD = append(p.USD, usd)
		}
		names := make([]string, len(r.Players))
		for k := range r.Players {
			names[k] = r.Players[k].Name
		}
		for _, c := range curves {
			g, err := cascade.NewGame(names, func(subset int) float64 {
				usd := 0.0
				for k, v := range p.USD {
					if subset>>k&1 == 1 {
						usd += v
					}
				}
				return base * math.Expm1(c.Move(usd))
			})
			if err != nil {
				return fmt.Errorf("replay: %w", err)
			}
			points := g.Shapley()
			left := r.Price[to] - base
			for _, v := range points {
				left -= v
			}
			p.Points, p.Left = append(p.Points, points), append(p.Left, left)
		}
		r.Parts = append(r.Parts, p)
	}
	return nil
}
