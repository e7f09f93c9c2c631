package letf

import (
	"encoding/hex"
	"fmt"
	"math"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// params are the numbers of the register, read once.
type params struct {
	scale  float64 // of the assets of all products
	offset float64 // share of the orders that investors' own flows make unnecessary
}

func read(a assumption.Set) params {
	return params{scale: a.Value("letf.assets_scale"), offset: a.Value("letf.flow_offset")}
}

// next is what is left of assets of 1 after a return r of the underlying, investors' flows included.
//
// Without flows the fund has 1 + L·r. To stay at L times that, having held L, it trades
//
//	L·(1 + L·r) − L·(1 + r) = L·(L − 1)·r
//
// in dollars for each dollar of assets: in the direction of the return, for L above 1 and below 0 alike
// (Cheng and Madhavan, "The dynamics of leveraged and inverse exchange-traded funds", Journal of
// Investment Management 7, 2009, 43–62, whose x² − x this is).
// Investors who put −φ·(L − 1)·r into it take the share φ of that order away (Ivanov and Lenkey 2018
// find that they do: holders of leveraged funds buy what has fallen). A fund that has lost everything
// is closed.
func (p *params) next(multiple, r float64) float64 {
	if left := 1 + multiple*r; left > 0 {
		return max(left-p.offset*(multiple-1)*r, 0)
	}
	return 0
}

// trade is what the fund trades at the close, in dollars for each dollar of assets at the last close.
func (p *params) trade(multiple, r float64) float64 {
	if p.next(multiple, r) > 0 {
		return (1 - p.offset) * multiple * (multiple - 1) * r
	}
	return -multiple * (1 + r)
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}

// breakDays is a pause between two closes across which assets are not carried.
const breakDays = 12

// carried is the factor by which the assets of a product changed from the close of Base to the last
// close, by the fund's multiple of each day's return, and the date that it reaches. Without prices since
// then the factor is 1 and the date is Base.
//
//	Π (1 + L·r_t)
//
// Funds on volatility hold futures, whose prices are not known, and their assets are not carried.
func carried(s *market.State, p Product) (factor float64, to calendar.Date) {
	b, err := s.Daily(p.Underlying)
	if err != nil || b.Len() == 0 || p.Underlying == Volatility {
		return 1, Base
	}
	k := b.Len() - 1
	for k >= 0 && b.Date(k) > Base {
		k--
	}
	if k < 0 || b.Date(k) < Base-breakDays {
		return 1, Base
	}
	factor, to = 1, b.Date(k)
	for ; k+1 < b.Len() && b.Date(k+1)-b.Date(k) <= breakDays; k++ {
		last, now := b.Close[k], b.Close[k+1]
		if !(last > 0 && now > 0) || math.IsInf(now/last, 0) {
			break // a price that cannot be carries nothing further
		}
		factor *= max(1+p.Multiple*(now/last-1), 0)
		to = b.Date(k + 1)
	}
	return factor, to
}

// shelf is the products with their assets at the last close, before the scale of the register.
type shelf struct {
	assets  []float64 // by product
	grade   evidence.Grade
	caveats []evidence.Code
}

// shelve carries the assets of all products to the last close.
func shelve(s *market.State) *shelf {
	out := &shelf{grade: evidence.Modelled}
	last, err := calendar.NYSE().LastClosed(s.At())
	early, stay, total := 0.0, 0.0, 0.0
	for _, p := range products {
		factor, to := carried(s, p)
		out.assets = append(out.assets, p.AssetsUSD*factor)
		if p.Underlying == Volatility {
			continue
		}
		total += p.AssetsUSD
		switch {
		case err == nil && last.Date < Base:
			early += p.AssetsUSD
		case err == nil && to < last.Date:
			stay += p.AssetsUSD
		}
		if b, err := s.Daily(p.Underlying); err == nil && to > Base {
			out.grade = evidence.Weakest(out.grade, b.Origin.Grade)
		}
	}
	if early > 0 {
		out.caveats = append(out.caveats, evidence.Code{Code: "assets_of_later_date", Args: evidence.Args{"base": Base.String(), "date": last.Date.String()}})
	}
	if stay > 0 {
		out.caveats = append(out.caveats, evidence.Code{Code: "assets_not_carried", Args: evidence.Args{"share": math.Round(100*stay/total) / 100, "base": Base.String()}})
	}
	return out
}

// shared is shelve, kept in the memo: it does not depend on the assumptions.
func shared(m *flow.Memo, s *market.State) (*shelf, error) {
	digest := s.Digest()
	return flow.Once(m, fmt.Sprintf("letf/%s", hex.EncodeToString(digest[:])), func() (*shelf, error) { return shelve(s), nil })
}

// priced reports whether the State says anything of an instrument's price.
func priced(s *market.State, id string) bool {
	if _, err := s.Daily(id); err == nil {
		return true
	}
	if _, err := s.Chain(id); err == nil || len(s.Facts(id+"_close")) > 0 {
		return true
	}
	for _, k := range s.BarKeys() {
		if len(k) > len(id) && k[:len(id)] == id && k[len(id)] == '/' {
			return true
		}
	}
	return false
}
