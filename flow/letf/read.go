package letf

import (
	"cmp"
	"math"
	"slices"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Reading is what leveraged and inverse funds would trade at the next close, as of an instant. Amounts
// are dollars, buying positive.
type Reading struct {
	AsOf    time.Time
	Session calendar.Date // whose close the assets stand at

	Groups        []Group // by underlying, the largest first; funds on volatility apart
	PerPercentUSD float64 // all groups, where every underlying rises by 1 %
	LowUSD        float64 // bounds of PerPercentUSD by those of the assets
	HighUSD       float64

	AssetsUSD      float64 // of all products listed
	TotalAssetsUSD float64 // of all leveraged funds, as published; includes funds that are not listed
	AuctionUSD     float64 // what closing auctions trade in a session, both sides counted once

	Volatility VolatilityGroup

	Grade   evidence.Grade
	Caveats []evidence.Code

	params params
}

// Group is the products on one underlying.
type Group struct {
	Underlying    string
	Tickers       []string
	AssetsUSD     float64
	HeldUSD       float64 // sum of multiples times assets
	PerPercentUSD float64 // order at the close for a rise of 1 %: 0.01·Σ L(L−1)·assets, less what flows offset

	products []holding
}

type holding struct{ multiple, assets float64 }

// Read computes the reading.
func Read(s *market.State, a assumption.Set) (*Reading, error) {
	last, err := calendar.NYSE().LastClosed(s.At())
	if err != nil {
		return nil, err
	}
	known := false
	for _, p := range products {
		known = known || p.Underlying != Volatility && priced(s, p.Underlying)
	}
	if !known {
		return nil, absent("no_bars", evidence.Args{"instrument": "SPX"})
	}
	x := shelve(s)
	r := &Reading{
		AsOf: s.At(), Session: last.Date, TotalAssetsUSD: a.Value("letf.total_assets"), AuctionUSD: a.Value("letf.auction"),
		Grade: x.grade, Caveats: x.caveats, params: read(a),
	}
	r.group(func(k int) float64 { return x.assets[k] })
	r.Volatility.read(s, a)
	return r, nil
}

// group gathers the products by underlying. Of gives the assets of a product before the scale of the
// register, 0 to leave it out.
func (r *Reading) group(of func(k int) float64) {
	at := map[string]int{}
	for k, p := range products {
		assets := of(k) * r.params.scale
		if assets == 0 {
			continue
		}
		r.AssetsUSD += assets
		if p.Underlying == Volatility {
			r.Volatility.Tickers = append(r.Volatility.Tickers, p.Ticker)
			r.Volatility.AssetsUSD += assets
			r.Volatility.products = append(r.Volatility.products, holding{p.Multiple, assets})
			continue
		}
		i, ok := at[p.Underlying]
		if !ok {
			i = len(r.Groups)
			at[p.Underlying] = i
			r.Groups = append(r.Groups, Group{Underlying: p.Underlying})
		}
		g := &r.Groups[i]
		g.Tickers = append(g.Tickers, p.Ticker)
		g.AssetsUSD += assets
		g.HeldUSD += p.Multiple * assets
		g.products = append(g.products, holding{p.Multiple, assets})
		percent := assets * r.params.trade(p.Multiple, 0.01)
		g.PerPercentUSD += percent
		r.PerPercentUSD += percent
		r.LowUSD += percent * p.LowUSD / p.AssetsUSD
		r.HighUSD += percent * p.HighUSD / p.AssetsUSD
	}
	slices.SortFunc(r.Groups, func(x, y Group) int {
		return cmp.Or(-cmp.Compare(math.Abs(x.PerPercentUSD), math.Abs(y.PerPercentUSD)), cmp.Compare(x.Underlying, y.Underlying))
	})
}

// Order is what the products on one underlying trade at a close.
type Order struct {
	Underlying     string
	Return         float64 // from the last close
	USD            float64
	ShareOfAuction float64 // of what closing auctions trade in a session; the sign is that of USD
}

// At is what the funds trade at the next close, where returns are those of the underlyings from the close
// of Session. Underlyings without a return are left out: the second result is their share of what all
// trade for one percent.
func (r *Reading) At(returns map[string]float64) (orders []Order, left float64) {
	for _, g := range r.Groups {
		x, ok := returns[g.Underlying]
		if !ok {
			left += math.Abs(g.PerPercentUSD)
			continue
		}
		o := Order{Underlying: g.Underlying, Return: x}
		for _, h := range g.products {
			o.USD += h.assets * r.params.trade(h.multiple, x)
		}
		o.ShareOfAuction = o.USD / r.AuctionUSD
		orders = append(orders, o)
	}
	if r.PerPercentUSD != 0 {
		left /= math.Abs(r.PerPercentUSD)
	}
	return orders, left
}

// Last is what the funds traded at the last close that the State knows, from assets and closes before it.
func Last(s *market.State, a assumption.Set) (orders []Order, session calendar.Date, err error) {
	last, err := calendar.NYSE().LastClosed(s.At())
	if err != nil {
		return nil, 0, err
	}
	before, err := calendar.NYSE().Prev(last.Date)
	if err != nil {
		return nil, 0, err
	}
	r := &Reading{params: read(a), AuctionUSD: a.Value("letf.auction")}
	returns := map[string]float64{}
	r.group(func(k int) float64 {
		p := products[k]
		x, ok := lastReturn(s, p.Underlying, before.Date, last.Date)
		if !ok || p.Underlying == Volatility {
			return 0
		}
		returns[p.Underlying] = x
		factor, to := carried(s, p)
		if left := 1 + p.Multiple*x; to == last.Date && to > Base && left > 0 {
			factor /= left // back to the close before
		}
		return p.AssetsUSD * factor
	})
	if len(returns) == 0 {
		return nil, 0, absent("no_close_of_session", evidence.Args{"instrument": "SPX", "session": last.Date.String()})
	}
	orders, _ = r.At(returns)
	return orders, last.Date, nil
}

// lastReturn is the return from one session to the next where the last two closes are theirs.
func lastReturn(s *market.State, id string, before, last calendar.Date) (float64, bool) {
	b, err := s.Daily(id)
	if err != nil || b.Len() < 2 {
		return 0, false
	}
	n := b.Len()
	ok := b.Date(n-1) == last && b.Date(n-2) == before && b.Close[n-2] > 0 && b.Close[n-1] > 0
	return b.Close[n-1]/b.Close[n-2] - 1, ok
}
