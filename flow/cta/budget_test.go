package cta

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/calendar"
)

// invented is the history of a market that shares a part of each day's return with all others. Some of its
// days are holidays of its own.
func invented(seed, market uint64, from, days int, shared float64) *history {
	h := &history{instrument: "x"}
	for d := from; d < days; d++ {
		if d > from && mix(seed, market, uint64(d), 7)%11 == 0 {
			continue
		}
		x := 0.01 * (math.Sqrt(shared)*normal(seed, uint64(d)) + math.Sqrt(1-shared)*normal(seed, market, uint64(d)))
		h.date = append(h.date, calendar.Date(7000+d))
		h.growth = append(h.growth, math.Exp(x))
	}
	return h
}

// The volatility that the scaled book is expected to have, against the book itself: its profits on every
// pair of sessions of the past are added up by definition, from prices looked up day by day, and squared with
// the weights of the average. Correlations, matrix and order of sums of the code are not used.
func TestTheScaledBookHasTheVolatilityThatItAimsAt(t *testing.T) {
	all := []venue{
		{id: "a", class: Equity, region: US},
		{id: "b", class: Equity, region: Europe},
		{id: "c", class: Equity, region: Europe},
		{id: "d", class: Rates},
		{id: "e", class: Energy},
		{id: "f", class: Crypto},
	}
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		n := rapid.IntRange(1, len(all)).Draw(r, "markets")
		common := rapid.Float64Range(0, 0.95).Draw(r, "shared variance")
		p := &params{
			risk: rapid.Float64Range(1, 10).Draw(r, "risk"), other: rapid.Float64Range(1, 10).Draw(r, "other"), crypto: rapid.Float64Range(0, 1).Draw(r, "crypto"),
			together: rapid.Float64Range(0, 1).Draw(r, "together"),
			budget:   1, budgetSpan: rapid.Float64Range(20, 80).Draw(r, "span"), budgetCap: 1e9,
		}
		var hist []*history
		for m := range n {
			from := 0
			if m > 0 {
				from = rapid.IntRange(0, 60).Draw(r, "begins")
			}
			hist = append(hist, invented(seed, uint64(m+1), from, 200, common))
		}
		b := &budget{moves: correlations(hist, p.budgetSpan)}
		share := shares(all[:n])
		conviction := 0.0
		for m := range n {
			s := rapid.Float64Range(-1, 1).Draw(r, "signal")
			b.legs = append(b.legs, budgetLeg{venue: all[m], share: share[m], signed: s})
			conviction += math.Abs(s)
		}
		if conviction < 1e-3 {
			r.Skip("nothing is held")
		}

		grid := hist[0].date
		price := func(m, t int) float64 { // product of all growths up to a day but the first close's
			x := 1.0
			for i := 1; i < len(hist[m].date) && hist[m].date[i] <= grid[t]; i++ {
				x *= hist[m].growth[i]
			}
			return x
		}
		prices := make([][]float64, n)
		for m := range n {
			for t := range grid {
				prices[m] = append(prices[m], price(m, t))
			}
		}
		weight := func(t int) float64 { return math.Pow(1-2/(p.budgetSpan+1), float64(len(grid)-1-t)) }
		move := func(m, t int) float64 { return math.Log(prices[m][t] / prices[m][t-2]) }
		deviation := make([]float64, n) // up to the sum of the weights
		for m := range n {
			for t := 2; t < len(grid); t++ {
				deviation[m] += weight(t) * move(m, t) * move(m, t)
			}
			deviation[m] = math.Sqrt(deviation[m])
		}
		risk := make([]float64, n)
		for m := range n {
			risk[m] = map[Class]float64{Equity: p.risk, Rates: p.other, Energy: p.other, Crypto: p.crypto}[all[m].class] * share[m]
		}
		factor, capped := b.lever(p)
		if capped {
			r.Fatalf("capped at %v", factor)
		}
		book := 0.0
		for t := 2; t < len(grid); t++ {
			profit := 0.0
			for m := range n {
				profit += factor * risk[m] * b.legs[m].signed * move(m, t) / deviation[m]
			}
			book += weight(t) * profit * profit
		}
		// What the register's risks add up to: classes are independent, the two markets of Europe one.
		europe, us, classes, sum, held := 0.0, 0.0, 0.0, 0.0, 0.0
		for m := range n {
			sum += risk[m]
			held += risk[m] * math.Abs(b.legs[m].signed)
			switch {
			case all[m].region == US:
				us += risk[m]
			case all[m].region == Europe:
				europe += risk[m]
			default:
				classes += risk[m] * risk[m]
			}
		}
		full := math.Sqrt(us*us + europe*europe + 2*p.together*us*europe + classes)
		want := full * held / sum
		// Sums of a few hundred products of one sign in the oracle; the quadratic form cancels where
		// markets offset each other, by the square of how much φ levers: 1e-16 times that.
		if got := math.Sqrt(book); !(math.Abs(got/want-1) < 1e-11*(1+factor*factor)) {
			r.Fatalf("the book's volatility is %v dollars, the target %v (φ %v)", got, want, factor)
		}
	})
}

func TestTheFactorOfBooksThatOneCanCompute(t *testing.T) {
	p := params{risk: 3, other: 3, together: 0.5, budget: 1, budgetCap: 2}
	us, japan, oil := venue{class: Equity, region: US}, venue{class: Equity, region: Japan}, venue{class: Energy}
	factor := func(name string, correlation, x, y float64, a, b venue, strength, want float64, cut bool) {
		t.Helper()
		q := p
		q.budget = strength
		k := &budget{
			legs:  []budgetLeg{{venue: a, share: 1, signed: x}, {venue: b, share: 1, signed: y}},
			moves: []float64{1, correlation, correlation, 1},
		}
		got, capped := k.lever(&q)
		if !(math.Abs(got-want) < 1e-12) || capped != cut {
			t.Errorf("%s: %v (capped: %v), want %v", name, got, capped, want)
		}
	}
	// Two equal risks r with correlation c have r√(2+2c) together.
	factor("as correlated as assumed", 0.5, 1, 1, us, japan, 1, 1, false)
	factor("likewise with half the conviction", 0.5, .5, .5, us, japan, 1, 1, false)
	factor("all one market", 1, 1, 1, us, japan, 1, math.Sqrt(3.0/4), false)
	factor("half the strength", 1, 1, 1, us, japan, .5, math.Sqrt(math.Sqrt(3.0/4)), false)
	factor("independent", 0, 1, 1, us, japan, 1, math.Sqrt(3.0/2), false)
	factor("long one and short the other", 0.5, 1, -1, us, japan, 1, math.Sqrt(3), false)
	factor("a perfect hedge", 1, 1, -1, us, japan, 1, 2, true)
	factor("classes that fall together", 0.8, 1, 1, us, oil, 1, math.Sqrt(2/3.6), false)
	factor("nothing held", 0.8, 0, 0, us, oil, 1, 1, false)
	factor("no strength", 0.8, 1, 1, us, oil, 0, 1, false)
	one := &budget{legs: []budgetLeg{{venue: us, share: 1, signed: -0.3}}, moves: []float64{1}}
	if got, _ := one.lever(&p); !(math.Abs(got-1) < 1e-15) {
		t.Errorf("one market alone is scaled by %v", got)
	}
}

func TestCorrelationsKnowNothingOfWhatComesLater(t *testing.T) {
	long := []*history{invented(5, 1, 0, 400, .5), invented(5, 2, 30, 400, .5), invented(5, 3, 0, 400, .5)}
	const day = 7000 + 250
	var past, short []*history
	for m, h := range long {
		h.close, h.yearly = h.growth, h.growth // not looked at
		for _, d := range h.date {
			h.known = append(h.known, int64(d))
		}
		past = append(past, h.until(day))
		s := invented(5, uint64(m+1), 30*(m%2), 251, .5)
		short = append(short, s)
	}
	a, b := correlations(past, 60), correlations(short, 60)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("cell %d is %v with a longer history and %v without", i, a[i], b[i])
		}
	}
}
