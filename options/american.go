package options

import (
	"math"

	"faultline/black"
	"faultline/market"
)

// early is the early exercise premium of the American options of one expiry, ready to be asked for many
// strikes and volatilities. The boundary depends on the volatility only smoothly, so it is solved at a
// few volatilities and interpolated between them.
type early struct {
	spot, rate, yield, years float64
	logVol                   [volNodes]float64
	put, call                *earlySide // nil where exercise never comes early
}

// earlySide is the boundary of one side, as ln B at the nodes of the premium's integral and at the
// start, for each volatility. The call is the mirrored put.
type earlySide struct {
	rate, yield float64
	log         [volNodes][premiumNodes + 1]float64
}

const (
	volNodes     = 6
	premiumNodes = 16
)

// newEarly solves the boundaries between two volatilities; nil where there is no premium to speak of.
func newEarly(spot, rate, yield, years, low, high float64) *early {
	e := &early{spot: spot, rate: rate, yield: yield, years: years}
	low, high = max(low, 0.01), min(high, 5)
	if !(spot > 0) || !(high >= low) {
		return nil
	}
	middle, half := math.Log(low*high)/2, max(math.Log(high/low)/2, 0.05)
	for i := range e.logVol {
		e.logVol[i] = middle - half*math.Cos(math.Pi*float64(i)/(volNodes-1))
	}
	e.put, e.call = e.solve(rate, yield), e.solve(yield, rate)
	if e.put == nil && e.call == nil {
		return nil
	}
	return e
}

func (e *early) solve(rate, yield float64) *earlySide {
	if !exercises(rate, yield) {
		return nil
	}
	s := &earlySide{rate: rate, yield: yield}
	var b *boundary
	for i, lv := range e.logVol {
		b = newBoundary(rate, yield, math.Exp(lv), e.years, b)
		for j, y := range alongPremium.x {
			s.log[i][j] = math.Log(b.at(e.years - e.years*sq(1+y)/4))
		}
		s.log[i][premiumNodes] = math.Log(b.at(e.years))
	}
	return s
}

// premium is the early exercise premium of a contract in points, at a volatility.
func (e *early) premium(r black.Right, strike, vol float64) float64 {
	if e == nil {
		return 0
	}
	if r == black.Put {
		return strike * e.put.premium(e, e.spot/strike, vol)
	}
	return e.spot * e.call.premium(e, strike/e.spot, vol)
}

// premium is boundary.premium with the boundary interpolated over volatility.
func (s *earlySide) premium(e *early, price, vol float64) float64 {
	if s == nil {
		return 0
	}
	var weight [volNodes]float64
	e.interpolation(math.Log(vol), &weight)
	at := func(j int) float64 {
		sum := 0.0
		for i, w := range weight {
			sum += w * s.log[i][j]
		}
		return sum
	}
	now := math.Log(price)
	if now <= at(premiumNodes) {
		f := price * math.Exp((s.rate-s.yield)*e.years)
		return max(1-price-math.Exp(-s.rate*e.years)*black.Price(black.Put, f, 1, e.years, vol), 0)
	}
	sum := 0.0
	for j, y := range alongPremium.x {
		t := e.years * sq(1+y) / 4
		root := vol * math.Sqrt(t)
		d2 := (now-at(j)+(s.rate-s.yield)*t)/root - root/2
		g := s.rate*math.Exp(-s.rate*t)*normCDF(-d2) - s.yield*price*math.Exp(-s.yield*t)*normCDF(-d2-root)
		sum += alongPremium.w[j] * g * e.years * (1 + y) / 2
	}
	return max(sum, 0)
}

// interpolation fills in the weights of the volatility nodes at a logarithm of volatility, which is
// held within their range: barycentric, for Chebyshev's extrema.
func (e *early) interpolation(x float64, weight *[volNodes]float64) {
	x = min(max(x, e.logVol[0]), e.logVol[volNodes-1])
	total, sign := 0.0, 1.0
	for i := range weight {
		d := x - e.logVol[i]
		if d == 0 {
			*weight = [volNodes]float64{}
			weight[i] = 1
			return
		}
		weight[i] = sign / d
		if i == 0 || i == volNodes-1 {
			weight[i] /= 2
		}
		total += weight[i]
		sign = -sign
	}
	for i := range weight {
		weight[i] /= total
	}
}

// rounds in which volatility and premium are found together. Each round divides the error by five or
// more, since the premium moves far less with volatility than the option does.
const americanRounds = 4

// americanForwards takes the early exercise premiums out of the pairs, which moves the forwards, and the
// price of the underlying that they imply, which moves the premiums, until a forward moves by less than
// a fiftieth of what its best synthetic costs.
func (w *work) americanForwards() {
	const (
		rounds  = 6
		settled = 0.02
	)
	var scratch []weighted
	done := make([]bool, len(w.groups))
	for range rounds {
		w.implySpot()
		if !(w.b.SpotImplied > 0) {
			return
		}
		for g := range w.groups {
			e := &w.groups[g]
			if e.ForwardFrom != "parity" || done[g] {
				continue
			}
			before := e.Forward
			scratch = w.americanForward(e, scratch)
			done[g] = math.Abs(e.Forward-before) <= settled*(e.ForwardHigh-e.ForwardLow)
		}
	}
}

// americanForward finds the forward of an expiry by parity of European prices: an American put is
// worth more than those, which makes the plain forward too low. The pairs used are those near the
// money, where the premium is small. The rate is that of the expiry; the yield is what the forward
// itself implies.
func (w *work) americanForward(e *group, scratch []weighted) []weighted {
	spot := w.b.SpotImplied
	yield := e.Rate - math.Log(e.Forward/spot)/e.Years
	low, high := math.Inf(1), 0.0
	near := w.nearMoney(e, e.Forward)
	for i, r := range near {
		near[i].vol = w.europeanVol(e, r.rung, e.Forward, e.early)
		if near[i].vol > 0 {
			low, high = min(low, near[i].vol), max(high, near[i].vol)
		}
	}
	e.early = newEarly(spot, e.Rate, yield, e.Years, low, high)
	buf := make([]pair, 0, len(near))
	for _, r := range near {
		if r.vol > 0 {
			p := r.pair
			p.diff -= e.early.premium(black.Call, p.strike, r.vol) - e.early.premium(black.Put, p.strike, r.vol)
			buf = append(buf, p)
		}
	}
	if len(buf) == 0 {
		e.early = nil
		return scratch
	}
	e.Forward, scratch = medianForward(buf, e.Discount, w.p.DiscountError, scratch)
	e.settleForward(buf)
	return scratch
}

// nearPair is a pair near the money with the volatility of its side out of the money.
type nearPair struct {
	pair
	rung rung
	vol  float64
}

// nearMoney lists the pairs within a sixth of the forward, or the nearest pair alone.
func (w *work) nearMoney(e *group, forward float64) []nearPair {
	var out []nearPair
	best, gap := -1, math.Inf(1)
	var all []nearPair
	for _, r := range w.rungs[e.rung0:e.rN] {
		if r.call < 0 || r.put < 0 || w.why[r.call] != ok || w.why[r.put] != ok {
			continue
		}
		half := (w.ask[r.call] - w.bid[r.call] + w.ask[r.put] - w.bid[r.put]) / 2
		p := nearPair{pair{r.strike, w.mid[r.call] - w.mid[r.put], max(half, tinyHalf)}, r, market.Missing}
		d := math.Abs(math.Log(r.strike / forward))
		if d < gap {
			best, gap = len(all), d
		}
		all = append(all, p)
		if d < 1.0/6 {
			out = append(out, p)
		}
	}
	if len(out) == 0 && best >= 0 {
		out = append(out, all[best])
	}
	return out
}

// europeanVol is the volatility of the side out of the money of a pair, its premium taken out.
func (w *work) europeanVol(e *group, r rung, forward float64, table *early) float64 {
	i := r.call
	if r.strike < forward {
		i = r.put
	}
	vol, err := black.ImpliedVol(w.right[i], w.mid[i]/e.Discount, forward, r.strike, e.Years)
	for range 2 {
		if err != nil || table == nil {
			break
		}
		vol, err = black.ImpliedVol(w.right[i], (w.mid[i]-table.premium(w.right[i], r.strike, vol))/e.Discount, forward, r.strike, e.Years)
	}
	if err != nil {
		return market.Missing
	}
	return vol
}
