package volcontrol

import (
	"context"
	"errors"
	"math"
	"sort"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// Reading is what the funds hold and would do, as of an instant. Amounts are dollars of equities,
// buying positive; prices are index points.
type Reading struct {
	Instrument string
	AsOf       time.Time
	Session    calendar.Date // whose close was the last that the funds took in
	Close      float64       // of that session
	Funds      []Fund        // target, then parity where it can run

	EquityUSD float64 // held by all funds
	OrderUSD  Amount  // to trade in the session that comes or runs, decided at Close
	GapUSD    Amount  // to trade in all if volatility stayed as it is and the price too

	Moves []Move // by the return of the next close

	// SellBelow and SellAbove bound the next closes after which the funds buy: small moves lower their
	// volatility, large ones raise it, whatever their sign.
	SellBelow, SellAbove Level

	From    string // bars or derived_state
	Grade   evidence.Grade
	Caveats []evidence.Code
}

// Fund is one kind of fund.
type Fund struct {
	Name      string // target or parity
	AssetsUSD float64
	VolTarget float64 // a year

	Exposure       float64 // equities held as a share of the assets
	TargetExposure float64 // what the rule asks for
	Capped         bool    // TargetExposure stands at the cap
	Percentile     float64 // of Exposure among its closes of the last ten years; Missing without bars
	Side           int     // 1 buys, −1 sells, 0 neither, as decided at the last close
	Since          calendar.Date
	Positions      []Position // equities first
	OrderUSD       float64    // of equities, next session
	GapUSD         float64    // of equities
}

// Position is what a fund holds of one market.
type Position struct {
	Instrument string
	USD        float64
	VolShort   float64 // realised, a year, short memory
	VolLong    float64 // realised, a year, long memory
}

// Move is what a return of the next close would make the funds trade.
type Move struct {
	Return   float64
	Price    float64
	OrderUSD Amount // in the session after that close
	GapUSD   Amount // in all, if volatility then stayed and the price too
}

// Amount is dollars with the 5 and 95 % quantiles over draws of the uncertain assumptions; Missing
// where draws are off.
type Amount struct{ USD, Low, High float64 }

// Level is a close, or why there is none.
type Level struct {
	Price  float64
	Absent *evidence.Absent
}

// Moves are the returns of the next close that a reading answers for.
var Moves = [...]float64{-0.05, -0.04, -0.03, -0.02, -0.01, 0, 0.01, 0.02, 0.03, 0.04, 0.05}

// desk is the funds under one draw of the assumptions.
type desk struct {
	rules []rules
	shots []*shot
}

func open(s *market.State, memo *flow.Memo, a assumption.Set) (*desk, error) {
	d := &desk{}
	for _, name := range []string{Target, Parity} {
		f := read(a, name)
		x, err := f.load(memo, s)
		var none *evidence.Absent
		switch {
		case name == Parity && errors.As(err, &none):
			continue
		case err != nil:
			return nil, err
		}
		d.rules, d.shots = append(d.rules, f), append(d.shots, x)
	}
	return d, nil
}

// order is the dollars of equities that the funds trade in the next session.
func (d *desk) order() float64 {
	sum := 0.0
	for i, x := range d.shots {
		sum += d.rules[i].assets * *x.view().leg(0, legOrder)
	}
	return sum
}

// gap is the dollars of equities between what the fund wants and what it holds, for assets of 1.
func (f *rules) gap(v view) float64 {
	var x [classes]float64
	f.exposures(v, &x)
	return x[0]*max(*v.at(rowAssets), 0) - *v.leg(0, legUnits)**v.leg(0, legMark)
}

func (d *desk) gap() float64 {
	sum := 0.0
	for i, x := range d.shots {
		sum += d.rules[i].assets * d.rules[i].gap(x.view())
	}
	return sum
}

// after is the order and the gap after a next close at a return of equities. Of the other markets
// nothing is seen.
func (d *desk) after(move float64) (order, gap float64) {
	seen := [classes]bool{0: true}
	for k, x := range d.shots {
		v := view{rows: append([]float64(nil), x.rows...), stride: 1, n: len(x.ids)}
		price := [classes]float64{1 + move}
		for i := 1; i < v.n; i++ {
			price[i] = *v.leg(i, legMark)
		}
		f := &d.rules[k]
		v.work(&price)
		v.learn(&[classes]float64{math.Log(price[0])}, &seen, 1-f.short, 1-f.long)
		var want [classes]float64
		f.exposures(v, &want)
		f.decide(v, &want)
		order += f.assets * *v.leg(0, legOrder) * price[0]
		gap += f.assets * f.gap(v)
	}
	return order, gap
}

// Read computes the reading. It returns *evidence.Absent where the model cannot run.
func Read(ctx context.Context, s *market.State, a assumption.Set) (*Reading, error) {
	memo := &flow.Memo{}
	d, err := open(s, memo, a)
	if err != nil {
		return nil, err
	}
	first := d.shots[0]
	if market.IsMissing(first.close[0]) {
		return nil, absent("no_close_of_session", evidence.Args{"instrument": Instrument, "session": first.date.String()})
	}
	r := &Reading{
		Instrument: Instrument, AsOf: s.At(), Session: first.date, Close: first.close[0], From: first.from, Grade: evidence.Modelled,
	}
	seen := map[string]bool{}
	for i, x := range d.shots {
		f := describe(&d.rules[i], x)
		r.Funds = append(r.Funds, f)
		r.EquityUSD += f.Positions[0].USD
		r.Grade = evidence.Weakest(r.Grade, x.grade)
		for _, c := range x.caveats {
			if !seen[c.String()] {
				seen[c.String()] = true
				r.Caveats = append(r.Caveats, c)
			}
		}
	}
	if len(d.shots) == 1 {
		r.Caveats = append(r.Caveats, evidence.Code{Code: "parity_left_out"})
	}
	desks := []*desk{d}
	for k := range int(a.Value("band.draws")) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		drawn, err := open(s, memo, a.Draw(uint64(a.Value("band.seed")), k))
		if err != nil {
			return nil, err
		}
		desks = append(desks, drawn)
	}
	r.OrderUSD = amount(desks, (*desk).order)
	r.GapUSD = amount(desks, (*desk).gap)
	for _, m := range Moves {
		r.Moves = append(r.Moves, Move{
			Return: m, Price: r.Close * (1 + m),
			OrderUSD: amount(desks, func(d *desk) float64 { o, _ := d.after(m); return o }),
			GapUSD:   amount(desks, func(d *desk) float64 { _, g := d.after(m); return g }),
		})
	}
	r.SellBelow, r.SellAbove = d.turn(r.Close, -1), d.turn(r.Close, 1)
	return r, nil
}

func amount(desks []*desk, of func(*desk) float64) Amount {
	out := Amount{USD: of(desks[0]), Low: market.Missing, High: market.Missing}
	if len(desks) == 1 {
		return out
	}
	var all []float64
	for _, d := range desks[1:] {
		all = append(all, of(d))
	}
	sort.Float64s(all)
	out.Low, out.High = flow.Quantile(all, 0.05), flow.Quantile(all, 0.95)
	return out
}

func describe(f *rules, x *shot) Fund {
	v := x.view()
	var want [classes]float64
	f.exposures(v, &want)
	sum := 0.0
	for i := range v.n {
		sum += want[i]
	}
	out := Fund{
		Name: f.name, AssetsUSD: f.assets, VolTarget: f.target,
		Exposure: *v.leg(0, legUnits), TargetExposure: want[0], Capped: sum > f.cap*(1-1e-9),
		Percentile: rank(x.past, *v.leg(0, legUnits)),
		Side:       int(sign(*v.leg(0, legOrder))), Since: x.since,
		OrderUSD: f.assets * *v.leg(0, legOrder), GapUSD: f.assets * f.gap(v),
	}
	for i, id := range x.ids {
		out.Positions = append(out.Positions, Position{
			Instrument: id, USD: f.assets * *v.leg(i, legUnits),
			VolShort: math.Sqrt(year * *v.leg(i, legShort)), VolLong: math.Sqrt(year * *v.leg(i, legLong)),
		})
	}
	return out
}

// rank is the share of earlier exposures below one, in percent.
func rank(past []float64, x float64) float64 {
	if len(past) < year {
		return market.Missing
	}
	below := 0
	for _, p := range past {
		if p < x {
			below++
		}
	}
	return 100 * float64(below) / float64(len(past))
}

// Search of the close at which buying turns to selling: steps of a quarter percent up to 15 %, then
// halving to a thousandth of a basis point.
const (
	searchStep  = 0.0025
	searchSteps = 60
)

// turn is the nearest next close on one side after which the funds sell, where they buy after an
// unchanged one.
func (d *desk) turn(last, side float64) Level {
	gap := func(m float64) float64 { _, g := d.after(m); return g }
	if !(gap(0) > 0) {
		return Level{Price: market.Missing, Absent: absent("sells_after_unchanged_close", nil)}
	}
	for k := range searchSteps {
		low, high := side*float64(k)*searchStep, side*float64(k+1)*searchStep
		if gap(high) > 0 {
			continue
		}
		for math.Abs(high-low) > 1e-7 {
			if mid := (low + high) / 2; gap(mid) > 0 {
				low = mid
			} else {
				high = mid
			}
		}
		return Level{Price: last * (1 + high)}
	}
	return Level{Price: market.Missing, Absent: absent("buys_after_any_close", nil)}
}
