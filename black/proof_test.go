package black

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// proofCases is the size of the sweeps: 10⁸ when FAULTLINE_PROOF is set, as make proof does, and
// otherwise a sample of the same seeded streams.
func proofCases(t *testing.T) int {
	if os.Getenv("FAULTLINE_PROOF") != "" {
		return 100_000_000
	}
	if testing.Short() {
		return 50_000
	}
	return 400_000
}

// faultOf says what is wrong with the implied volatility of these inputs, or is empty. The price of
// the volatility must equal the price given, up to the stated error of the volatility (8 roundings of
// vega·vol and of the time value), that of the price (16 + 2·|u1|·u2) and the roundings of this check.
func faultOf(r Right, price, forward, strike, years float64) string {
	vol, err := ImpliedVol(r, price, forward, strike, years)
	if err != nil {
		if !math.IsNaN(vol) {
			return fmt.Sprintf("volatility %g beside %v", vol, err)
		}
		return ""
	}
	low, high := min(forward, strike), max(forward, strike)
	value := price
	if (r == Call) == (forward > strike) {
		value = timeValue(price, high, low)
	}
	if value == 0 {
		if vol != 0 {
			return fmt.Sprintf("volatility %g without time value", vol)
		}
		return ""
	}
	if !(vol >= 0 && vol <= math.MaxFloat64) {
		return fmt.Sprintf("volatility %g", vol)
	}
	s := vol * math.Sqrt(years)
	if vol < 1e-290 || s < 1e-290 {
		return "" // Too few bits are left of the volatility or the deviation to price with.
	}
	a := logMoneyness(high, low)
	if below, above := bracket(value, low, a); !(s >= below*(1-4*epsilon) && s <= above*(1+4*epsilon)) {
		return fmt.Sprintf("deviation %g outside its bracket [%g, %g]", s, below, above)
	}
	u1 := a/s - s/2
	vega := low * NormPDF(u1) * s
	if u1 > 37 { // The density is no normal number.
		drop, _ := millsDrop(u1, u1+s, s)
		vega = value / drop * s
	}
	allowed := epsilon*(12*vega+(26+2*math.Abs(u1)*(u1+s))*value) + 4*math.SmallestNonzeroFloat64
	if got := outOfTheMoney(low, high, s); !(math.Abs(got-value) <= allowed) {
		return fmt.Sprintf("time value %g of volatility %g, want %g: off by %.3g times what is allowed", got, vol, value, math.Abs(got-value)/allowed)
	}
	return ""
}

// hostileNumber is any float64 pattern, or one near the ends of what the code treats as ordinary.
func hostileNumber(rng *rand.Rand) float64 {
	switch rng.IntN(4) {
	case 0:
		return odd(rng)
	case 1:
		return math.Float64frombits(rng.Uint64())
	case 2:
		return math.Float64frombits(rng.Uint64() &^ (1 << 63))
	}
	return math.Exp(20 * rng.NormFloat64())
}

// hostile fills one contract with what must not hang, escape or come out as NaN.
func (b *book) hostile(rng *rand.Rand, i int) {
	b.r[i] = Right(1 - 2*rng.IntN(2))
	b.forward[i], b.years[i] = math.Exp(10*rng.NormFloat64()), math.Exp(5*rng.NormFloat64())
	switch kind := rng.IntN(8); kind {
	case 0: // anything at all
		b.forward[i], b.strike[i] = hostileNumber(rng), hostileNumber(rng)
		b.years[i], b.price[i] = hostileNumber(rng), hostileNumber(rng)
		if rng.IntN(4) == 0 {
			b.r[i] = Right(rng.IntN(256) - 128)
		}
		return
	case 1, 2, 3: // a price of known volatility: near the money, in the wings, far beyond
		s := math.Exp(float64(-kind) * 4 * rng.Float64())
		b.strike[i] = b.forward[i] * math.Exp(s*float64(kind*kind)*4*(2*rng.Float64()-1))
		b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], s/math.Sqrt(b.years[i]))
	case 4: // any price between the bounds
		b.strike[i] = b.forward[i] * math.Exp(math.Exp(4*rng.NormFloat64()-2)*float64(b.r[i]))
		b.price[i] = min(b.forward[i], b.strike[i]) * math.Exp(-700*math.Pow(rng.Float64(), 4))
	case 5: // a few units in the last place from intrinsic value, from the maximum, or from the strike
		b.strike[i] = b.forward[i] * math.Exp(rng.NormFloat64())
		low, high := min(b.forward[i], b.strike[i]), max(b.forward[i], b.strike[i])
		base := [3]float64{high - low, low, high}[rng.IntN(3)]
		b.price[i] = math.Float64frombits(math.Float64bits(base) + uint64(rng.IntN(9)) - 4)
		if rng.IntN(2) == 0 {
			b.strike[i] = math.Float64frombits(math.Float64bits(b.forward[i]) + uint64(rng.IntN(9)) - 4)
			b.price[i] = b.forward[i] * rng.Float64()
		}
	case 6: // deviations as small as they come
		s := math.Exp(-650 * rng.Float64())
		b.strike[i] = b.forward[i] * (1 + s*5*(2*rng.Float64()-1))
		b.price[i] = s * b.forward[i] * rng.Float64()
	case 7: // scales at the ends of the float range
		scale := math.Ldexp(1, rng.IntN(2044)-1022)
		b.forward[i] = scale
		b.strike[i] = scale * math.Exp(rng.NormFloat64())
		b.price[i] = scale * rng.Float64() * math.Exp(-30*rng.Float64())
	}
}

func TestProofNoInputLeavesTheBracketOrMissesItsPrice(t *testing.T) {
	const block = 1000
	rng := rand.New(rand.NewPCG(2025, 1120))
	b := randomBook(rng, block, 0)
	dst, status := make([]float64, block), make([]Status, block)
	columns := newColumns(block)
	solved, cases := 0, proofCases(t)
	for done := 0; done < cases; done += block {
		for i := range block {
			b.hostile(rng, i)
		}
		ImpliedVols(dst, status, b.r, b.price, b.forward, b.strike, b.years)
		for i := range block {
			at := fmt.Sprintf
			vol, err := ImpliedVol(b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i])
			if !sameBits(vol, dst[i]) || statusOf(err) != status[i] {
				t.Fatal(at("right %d price %x forward %x strike %x years %x: batch %x status %d, single %x %v",
					b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i], dst[i], status[i], vol, err))
			}
			if fault := faultOf(b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i]); fault != "" {
				t.Fatal(at("right %d price %x forward %x strike %x years %x: %s",
					b.r[i], b.price[i], b.forward[i], b.strike[i], b.years[i], fault))
			}
			if err == nil {
				solved++
			}
			b.vol[i] = dst[i]
			if err != nil {
				b.vol[i] = hostileNumber(rng)
			}
		}
		GreeksBatch(columns, b.r, b.forward, b.strike, b.years, b.vol)
		for i := range block {
			g := GreeksOf(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
			if !sameBits(g.Delta, columns.Delta[i]) || !sameBits(g.Gamma, columns.Gamma[i]) || !sameBits(g.Vega, columns.Vega[i]) ||
				!sameBits(g.Vanna, columns.Vanna[i]) || !sameBits(g.Charm, columns.Charm[i]) {
				t.Fatalf("right %d forward %x strike %x years %x vol %x: batch and single greeks differ: %+v",
					b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i], g)
			}
			if valid(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i]) && (math.IsNaN(g.Delta) || math.IsNaN(g.Gamma) || math.IsNaN(g.Vega) ||
				math.IsNaN(g.Vanna) || math.IsNaN(g.Charm)) {
				t.Fatalf("right %d forward %x strike %x years %x vol %x: %+v", b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i], g)
			}
		}
	}
	if solved < cases/2 {
		t.Errorf("only %d of %d cases had a volatility", solved, cases)
	}
	t.Logf("%d of %d cases had a volatility", solved, cases)
}

func TestProofRoundTripIsWithinTheStatedError(t *testing.T) {
	// 1e-13 for options out of the money, worth more than 1e-12 of the forward, σ√T ≤ 4; elsewhere
	// the rounding of price and volatility, (8 + 16)·2⁻⁵²·(1 + price/(vega·vol)).
	const block = 1000
	rng := rand.New(rand.NewPCG(94, 6725))
	b := randomBook(rng, block, 0)
	dst, status := make([]float64, block), make([]Status, block)
	stated, elsewhere, inside := 0.0, 0.0, 0
	for done := 0; done < proofCases(t); done += block {
		for i := range block {
			s := math.Exp(-9 + 10.6*rng.Float64())
			b.years[i] = math.Exp(-10 + 12*rng.Float64())
			b.vol[i] = s / math.Sqrt(b.years[i])
			b.forward[i] = math.Exp(12 * rng.Float64())
			b.strike[i] = b.forward[i] * math.Exp(s*8*(2*rng.Float64()-1))
			b.r[i] = Call
			if b.forward[i] > b.strike[i] {
				b.r[i] = Put
			}
			b.price[i] = Price(b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i])
		}
		ImpliedVols(dst, status, b.r, b.price, b.forward, b.strike, b.years)
		for i := range block {
			low, high := min(b.forward[i], b.strike[i]), max(b.forward[i], b.strike[i])
			if b.price[i] >= low*(1-1e-10) || b.price[i] == 0 {
				continue // The price says nothing of the volatility any more.
			}
			s := b.vol[i] * math.Sqrt(b.years[i])
			e := math.Abs(dst[i]/b.vol[i] - 1)
			condition := b.price[i] / (low * NormPDF(logMoneyness(high, low)/s-s/2) * s)
			elsewhere = max(elsewhere, e/((1+condition)*epsilon))
			if !(e <= 24*epsilon*(1+condition)) {
				t.Fatalf("right %d forward %x strike %x years %x vol %x: %x, off by %g", b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i], dst[i], e)
			}
			if s <= 4 && b.price[i] > 1e-12*b.forward[i] {
				inside++
				stated = max(stated, e)
				if !(e <= 1e-13) {
					t.Fatalf("right %d forward %x strike %x years %x vol %x: %x, off by %g", b.r[i], b.forward[i], b.strike[i], b.years[i], b.vol[i], dst[i], e)
				}
			}
		}
	}
	if inside == 0 {
		t.Error("no case was inside the stated domain")
	}
	t.Logf("largest relative error of %d round trips: %.2g; anywhere %.2f·2⁻⁵²·(1 + price/(vega·vol))", inside, stated, elsewhere)
}
