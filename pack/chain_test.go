package pack

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"faultline/black"
	"faultline/calendar"
	"faultline/market"
	"faultline/options"
)

func thursday() chainSpec {
	return chainSpec{
		at: calendar.DateOf(2025, 11, 20).At(16, 0, calendar.NewYork()), seed: 7, spot: 6500, centre: 6700,
		vol30: 0.26, longVol: 0.2, rate: 0.04, yield: 0.012, contracts: 1e7,
	}
}

func TestTheSameSpecGivesTheSameChain(t *testing.T) {
	a, b := thursday(), thursday()
	x, err := a.chain()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.chain()
	if err != nil {
		t.Fatal(err)
	}
	same := func(x, y *market.Chain) bool {
		return reflect.DeepEqual(x.Strike, y.Strike) && reflect.DeepEqual(x.Bid, y.Bid) &&
			reflect.DeepEqual(x.Ask, y.Ask) && reflect.DeepEqual(x.OpenInterest, y.OpenInterest)
	}
	if !same(x, y) {
		t.Error("two runs differ")
	}
	b.seed++
	if y, err = b.chain(); err != nil {
		t.Fatal(err)
	}
	if same(x, y) {
		t.Error("another seed gives the same open interest")
	}
	if !reflect.DeepEqual(x.Bid, y.Bid) {
		t.Error("another seed moves prices: it must move open interest only")
	}
}

// The volatility index of the chain, by the published method of Cboe (Volatility Index Methodology:
// Cboe Volatility Index, 2024, steps 1–3) from the quotes, must be the one that the chain was
// anchored on. The method's sum over listed strikes cuts the tails off and rounds to ticks; a third of
// a point is what that costs here.
func TestQuotesGiveBackTheVolatilityTheyRestOn(t *testing.T) {
	for _, vol := range []float64{0.14, 0.2342, 0.2642, 0.55} {
		spec := thursday()
		spec.vol30 = vol
		c, err := spec.chain()
		if err != nil {
			t.Fatal(err)
		}
		if got := vixOf(t, c, spec.rate); !(math.Abs(got-vol) < 0.0033) {
			t.Errorf("anchored on %.4f, the quotes give %.4f", vol, got)
		}
	}
}

// vixOf interpolates the model-free variances of the SPXW expiries around 30 days.
func vixOf(t *testing.T, c *market.Chain, rate float64) float64 {
	t.Helper()
	type leg struct{ minutes, variance float64 }
	var near, next leg
	const month = 30 * 24 * 60
	dates := map[calendar.Date]bool{}
	for i := range c.Len() {
		if c.Root[i] == "SPXW" {
			dates[c.Expiry[i]] = true
		}
	}
	for d := range dates {
		s, err := calendar.Settle("SPXW", d)
		if err != nil {
			t.Fatal(err)
		}
		m := s.Settle.Sub(c.At).Minutes()
		if m <= month && m > near.minutes {
			near = leg{m, modelFreeOf(c, d, m/525600, rate)}
		}
		if m > month && (next.minutes == 0 || m < next.minutes) {
			next = leg{m, modelFreeOf(c, d, m/525600, rate)}
		}
	}
	w := (next.minutes - month) / (next.minutes - near.minutes)
	total := near.minutes/525600*near.variance*w + next.minutes/525600*next.variance*(1-w)
	return math.Sqrt(total * 525600 / month)
}

func modelFreeOf(c *market.Chain, d calendar.Date, years, rate float64) float64 {
	type pair struct{ call, put, callBid, putBid float64 }
	rows := map[float64]*pair{}
	var strikes []float64
	for i := range c.Len() {
		if c.Root[i] != "SPXW" || c.Expiry[i] != d {
			continue
		}
		p := rows[c.Strike[i]]
		if p == nil {
			p = &pair{}
			rows[c.Strike[i]] = p
			strikes = append(strikes, c.Strike[i])
		}
		mid := (c.Bid[i] + c.Ask[i]) / 2
		if c.Right[i] == black.Call {
			p.call, p.callBid = mid, c.Bid[i]
		} else {
			p.put, p.putBid = mid, c.Bid[i]
		}
	}
	best := math.Inf(1)
	forward := 0.0
	for _, k := range strikes {
		if diff := rows[k].call - rows[k].put; math.Abs(diff) < best {
			best, forward = math.Abs(diff), k+math.Exp(rate*years)*diff
		}
	}
	atm := 0.0
	for _, k := range strikes {
		if k <= forward && k > atm {
			atm = k
		}
	}
	sum := 0.0
	for i, k := range strikes {
		p := rows[k]
		q := p.call
		bid := p.callBid
		if k < atm {
			q, bid = p.put, p.putBid
		}
		if k == atm {
			q = (p.call + p.put) / 2
		}
		if bid == 0 {
			continue
		}
		width := 0.0
		switch i {
		case 0:
			width = strikes[1] - k
		case len(strikes) - 1:
			width = k - strikes[i-1]
		default:
			width = (strikes[i+1] - strikes[i-1]) / 2
		}
		sum += width / (k * k) * math.Exp(rate*years) * q
	}
	return (2*sum - (forward/atm-1)*(forward/atm-1)) / years
}

// Nobody can lock in a profit at the chain's own bids and asks: an option with the better strike
// costs no less than the other one brings, a butterfly costs something, and call, put and forward
// agree.
func TestQuotesAllowNoArbitrage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := thursday()
		spec.spot = rapid.Float64Range(3000, 9000).Draw(t, "spot")
		spec.centre = spec.spot * rapid.Float64Range(0.9, 1.1).Draw(t, "centre")
		spec.vol30 = rapid.Float64Range(0.09, 0.8).Draw(t, "vol30")
		spec.longVol = rapid.Float64Range(0.12, 0.4).Draw(t, "longVol")
		c, err := spec.chain()
		if err != nil {
			t.Fatal(err)
		}
		const cent = 1e-9
		for i := range c.Len() {
			if !(c.Ask[i] > c.Bid[i] && c.Bid[i] >= 0) {
				t.Fatalf("row %d: bid %v, ask %v", i, c.Bid[i], c.Ask[i])
			}
			j := i + 2 // the same right at the next strike
			if j >= c.Len() || c.Expiry[j] != c.Expiry[i] || c.Root[j] != c.Root[i] {
				continue
			}
			low, high := i, j
			if c.Right[i] == black.Put {
				low, high = j, i
			}
			if c.Ask[low] < c.Bid[high]-cent {
				t.Fatalf("%v at %v is asked %v, at %v %v is bid", c.Right[i], c.Strike[low], c.Ask[low], c.Strike[high], c.Bid[high])
			}
			k := j + 2
			if k >= c.Len() || c.Expiry[k] != c.Expiry[i] || c.Root[k] != c.Root[i] {
				continue
			}
			share := (c.Strike[k] - c.Strike[j]) / (c.Strike[k] - c.Strike[i])
			if c.Bid[j] > share*c.Ask[i]+(1-share)*c.Ask[k]+cent {
				t.Fatalf("butterfly around %v pays", c.Strike[j])
			}
		}
	})
}

func TestOptionsTakesTheChainAsAMarket(t *testing.T) {
	spec := thursday()
	c, err := spec.chain()
	if err != nil {
		t.Fatal(err)
	}
	b, err := options.Prepare(c, options.DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	if b.Dropped != 0 || b.Len() != c.Len() {
		t.Errorf("%d of %d contracts were dropped: %v", b.Dropped, c.Len(), b.RejectedBy)
	}
	if !(math.Abs(b.SpotImplied/spec.spot-1) < 2e-4) {
		t.Errorf("forwards imply a spot of %v, not %v", b.SpotImplied, spec.spot)
	}
	roots := map[string]bool{}
	for _, e := range b.Expiries {
		if e.Absent != nil {
			t.Errorf("%s %s has no forward: %v", e.Root, e.Date, e.Absent)
		}
		years := calendar.Years(c.At, e.Settle)
		want := spec.spot * math.Exp((spec.rate-spec.yield)*years)
		if !(math.Abs(e.Forward/want-1) < 3e-4) {
			t.Errorf("%s %s: forward %v, made with %v", e.Root, e.Date, e.Forward, want)
		}
		roots[e.Root+" "+e.Date.String()] = true
	}
	for _, want := range []string{"SPX 2025-11-21", "SPXW 2025-11-21", "SPX 2025-12-19", "SPXW 2025-12-19", "SPX 2026-02-20", "SPXW 2025-11-28"} {
		if !roots[want] {
			t.Errorf("%s is not listed", want)
		}
	}
	if roots["SPXW 2025-11-20"] || roots["SPXW 2025-11-27"] {
		t.Error("lists what has settled, or a closed day")
	}
	calls, puts, round, odd := 0.0, 0.0, 0.0, 0.0
	for i := range c.Len() {
		oi := c.OpenInterest[i]
		if c.Strike[i] > spec.centre*1.01 && c.Right[i] == black.Call || c.Strike[i] < spec.centre*0.99 && c.Right[i] == black.Put {
			calls += oi
		} else {
			puts += oi
		}
		if math.Mod(c.Strike[i], 100) == 0 {
			round += oi
		} else if math.Mod(c.Strike[i], 50) != 0 {
			odd += oi
		}
	}
	if !(calls > 2*puts) {
		t.Errorf("open interest where it belongs %.0f, elsewhere %.0f", calls, puts)
	}
	if !(round > odd) {
		t.Errorf("open interest on hundreds %.0f, on odd strikes %.0f", round, odd)
	}
	if total := calls + puts; !(math.Abs(total/spec.contracts-1) < 0.01) {
		t.Errorf("open interest in all %.0f, asked for %.0f", total, spec.contracts)
	}
}

func BenchmarkChain(b *testing.B) {
	spec := thursday()
	for b.Loop() {
		c, err := spec.chain()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(c.Len()), "contracts")
	}
}
