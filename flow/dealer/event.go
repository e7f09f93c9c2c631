package dealer

import (
	"math"
	"time"

	"faultline/assumption"
	"faultline/evidence"
)

// Event is what leaves implied volatility when an announcement is over.
type Event struct {
	At     time.Time // expiries that settle before it do not span it; zero: all do
	Points float64   // volatility points (0.01 a year) that every volatility loses
	Move   float64   // one standard deviation of the move that options price for the event alone, ratio: its square leaves the variance of every expiry that spans it
}

// volFloor is the share of a volatility that no event takes away: what is left is the market's other
// days, and a variance below zero would be a mistake about the event.
const volFloor = 0.1

// Aftermath is what dealers must trade after an event, with the price where it was, buying positive.
type Aftermath struct {
	Vanna   Amount    // dollars at once, as volatility falls
	Charm   Amount    // dollars from then to the close, as the day runs out at the lower volatility
	Both    Amount    // dollars
	Balance []Balance // where moving the price undoes it, in order of price
	Absent  *evidence.Absent
	Floored int // contracts whose volatility the event would have taken below the floor
}

// Balance is a price at which what falling volatility and passing time make dealers trade by the close
// equals what the move there makes them trade the other way: between spot and it, the sum has one sign.
type Balance struct {
	Price   float64 // points
	Buys    bool    // dealers are net buyers below it, net sellers above; false: the reverse
	Band    Band    // over draws, of the balance nearest to it
	Between float64 // dollars of the sum half way between spot and here
}

// AfterEvent reprices a holding with an event's volatility gone, now and at the close. A volatility σ
// of an expiry that spans the event, with T years left, becomes
//
//	σ' = max(√(max(σ² − Move²/T, 0)) − 0.01·Points, σ/10)
//
// It is the reading behind good news that is sold: dealers who are long calls and short puts buy as
// volatility falls and as time passes (their vanna and charm), which lifts the price to where the
// selling that their gamma demands has used that buying up. From there on nothing holds the price.
func AfterEvent(h *Holding, a assumption.Set, draws []assumption.Set, ev Event) *Aftermath {
	s := h.stock()
	out := &Aftermath{}
	calm := *s
	calm.vol = make([]float64, len(s.vol))
	for k, v := range s.vol {
		e := &h.Book.Expiries[s.exp[k]]
		calm.vol[k] = v
		if e.Settle.Before(ev.At) {
			continue
		}
		after := math.Sqrt(max(v*v-ev.Move*ev.Move/e.Years, 0)) - 0.01*ev.Points
		if !(after > volFloor*v) {
			after = volFloor * v
			out.Floored++
		}
		calm.vol[k] = after
	}
	spot, one := spotOf(h.Book), []float64{1}
	x := grid(a.Value("dealer.search"))
	price := make([]float64, len(x))
	for j := range x {
		price[j] = x[j] * spot
	}
	before, after := s.deltas(s.now(), one), calm.deltas(calm.now(), one)
	late := calm.at(h.session.Close, time.Time{}, spot)
	atClose := calm.deltas(late, one)
	m := h.mix(a, draws)
	amount := func(from, to *deltaTable) Amount {
		return m.column(from.rows(to, []float64{spot}), from.held).amount()
	}
	out.Vanna, out.Charm, out.Both = amount(before, after), amount(after, atClose), amount(before, atClose)

	total := &gammaBasis{x: x, spot: spot, held: before.held}
	for j, row := range before.rows(calm.deltas(late, x), price) {
		for _, p := range total.held {
			if total.part[p] == nil {
				total.part[p] = make([]float64, len(x))
			}
			total.part[p][j] = row[p]
		}
	}
	out.balance(total, m)
	return out
}

// balance finds where the total trade is zero.
func (out *Aftermath) balance(total *gammaBasis, m *mix) {
	near, w := total.crossings(m.draws()), m.base()
	for _, b := range total.brackets(w) {
		price := total.spot * b.crossing()
		out.Balance = append(out.Balance, Balance{
			Price: math.Round(price*100) / 100, Buys: b.ylo > 0, Band: nearestBand(price, near),
			Between: total.between((1+b.crossing())/2, w),
		})
	}
	if len(out.Balance) > 0 {
		return
	}
	args := evidence.Args{"low": total.x[0] * total.spot, "high": total.x[len(total.x)-1] * total.spot}
	switch sum := total.between(1, w); {
	case math.Abs(sum) < nothing:
		out.Absent = &evidence.Absent{Code: "nothing_to_trade", Args: args}
	case sum > 0:
		out.Absent = &evidence.Absent{Code: "buying_throughout", Args: args}
	default:
		out.Absent = &evidence.Absent{Code: "selling_throughout", Args: args}
	}
}

// between is the value of a basis at a relative price, on a straight line between grid points.
func (g *gammaBasis) between(x float64, w *weights) float64 {
	j := 0
	for j+2 < len(g.x) && g.x[j+1] <= x {
		j++
	}
	f := (x - g.x[j]) / (g.x[j+1] - g.x[j])
	return g.at(j, w) + f*(g.at(j+1, w)-g.at(j, w))
}
