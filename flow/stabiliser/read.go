package stabiliser

import (
	"errors"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Reading is what stabilisers would trade in equities, as of an instant. Amounts are dollars, buying
// positive.
type Reading struct {
	AsOf     time.Time
	Buybacks Buybacks
	Pensions []Rebalance // month, then quarter; those that are known
	Next     []Day       // the sessions that come, at unchanged prices
	Grade    evidence.Grade
	Caveats  []evidence.Code
}

// Buybacks is what companies buy.
type Buybacks struct {
	YearlyUSD   float64
	ClosedShare float64       // of companies that may not buy freely in the next session
	SessionUSD  float64       // bought in the next session
	Turn        calendar.Date // first session from the next one on in which more windows close, or open, than the session before
	Closing     bool          // more of them close at Turn
}

// Rebalance is what one group of pension funds has to trade until its period ends.
type Rebalance struct {
	Period       string // month or quarter
	From         calendar.Date
	End          calendar.Date // session at whose close the weights will be right
	AssetsUSD    float64
	Target       float64 // weight of equities
	Weight       float64 // now
	EquityReturn float64 // since From
	BondReturn   float64
	Bond         string  // instrument; "" where bonds are taken not to have moved
	GapUSD       float64 // left to trade at unchanged prices
	DoneUSD      float64 // traded since From
}

// Day is one session that comes.
type Day struct {
	Date       calendar.Date
	BuybackUSD float64
	PensionUSD float64
}

// ahead is how many sessions a reading lists: a month and a half, so that the next end of a month and the
// next turn of the buyback calendar are among them.
const ahead = 32

// Read computes the reading. It returns *evidence.Absent where the State knows nothing of the S&P 500.
func Read(s *market.State, a assumption.Set) (*Reading, error) {
	if !priced(s) {
		return nil, absent("no_bars", evidence.Args{"instrument": Instrument})
	}
	days, err := dates(s, ahead)
	if err != nil {
		return nil, err
	}
	r := &Reading{AsOf: s.At(), Grade: evidence.Modelled}
	b := readBuybacks(a)
	r.Buybacks = Buybacks{YearlyUSD: b.yearly, ClosedShare: b.closed(days[0])}
	for _, d := range days {
		usd, err := b.session(d)
		if err != nil {
			return nil, err
		}
		r.Next = append(r.Next, Day{Date: d, BuybackUSD: usd})
	}
	r.Buybacks.SessionUSD = r.Next[0].BuybackUSD
	for k := 1; k < len(days) && r.Buybacks.Turn == 0; k++ {
		before, now := b.closed(days[k-1]), b.closed(days[k])
		if now != before {
			r.Buybacks.Turn, r.Buybacks.Closing = days[k], now > before
		}
	}
	seen := map[string]bool{}
	note := func(codes ...evidence.Code) {
		for _, c := range codes {
			if !seen[c.String()] {
				seen[c.String()] = true
				r.Caveats = append(r.Caveats, c)
			}
		}
	}
	for _, g := range readGroups(a) {
		x, err := g.follow(s)
		var none *evidence.Absent
		if errors.As(err, &none) {
			note(evidence.Code{Code: "rebalancing_left_out", Args: evidence.Args{"period": g.period, "reason": none.Code}})
			continue
		}
		if err != nil {
			return nil, err
		}
		r.Grade = evidence.Weakest(r.Grade, x.grade)
		note(x.caveats...)
		end, err := g.end(days[0])
		if err != nil {
			return nil, err
		}
		r.Pensions = append(r.Pensions, Rebalance{
			Period: g.period, From: x.from, End: end, AssetsUSD: g.assets, Target: g.weight, Weight: x.equities,
			EquityReturn: x.gainEquity, BondReturn: x.gainBond, Bond: x.bond,
			GapUSD: g.assets * g.rebalance(x.equities, x.bonds, 1), DoneUSD: g.assets * x.done,
		})
		equities, held := x.equities, x.bonds
		for k, d := range days {
			left, err := g.left(d)
			if err != nil {
				return nil, err
			}
			if left > 0 {
				trade := g.rebalance(equities, held, left)
				equities, held = equities+trade, held-trade
				r.Next[k].PensionUSD += g.assets * trade
			}
		}
	}
	return r, nil
}
