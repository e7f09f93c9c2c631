package impact

import (
	"math"

	"faultline/assumption"
)

// Factors is the correlation of a universe: one factor common to all, and one that coins and the
// high-beta basket share.
//
//	ρ_ab = m_a·m_b + c_a·c_b,  ρ_aa = 1
//
// It is positive definite as long as m² + c² < 1 for each asset.
type Factors struct {
	Market, Coin []float64
}

// Correlation is the matrix, by rows.
func (f Factors) Correlation() []float64 {
	n := len(f.Market)
	out := make([]float64, n*n)
	for a := range n {
		for b := range n {
			out[a*n+b] = f.Market[a]*f.Market[b] + f.Coin[a]*f.Coin[b]
		}
		out[a*n+a] = 1
	}
	return out
}

// Book is everything of the register about a universe.
type Book struct {
	Assets     []string
	Markets    []Market
	Factors    Factors
	Law        [len(Names)]Law
	Decay      Propagator // of the linear and the square-root law; the inelastic one lasts
	Elasticity float64    // of liquidity to volatility
	Share      float64    // of impact that is common
}

// Universe are the assets that the register describes.
var Universe = [...]string{"SPX", "NDX", "HIBETA", "BTC", "ETH", "UST10"}

var suffix = map[string]string{"SPX": "spx", "NDX": "ndx", "HIBETA": "hibeta", "BTC": "btc", "ETH": "eth", "UST10": "ust10"}

// Read reads the register for assets of Universe. Vol is the volatility a session of each asset as the
// caller measured it, or NaN for what the register says.
func Read(a assumption.Set, assets []string, vol []float64) (*Book, error) {
	b := &Book{
		Assets: assets,
		Decay: Propagator{
			Permanent: a.Value("impact.permanent"), Fast: a.Value("impact.fast"),
			FastSessions: a.Value("impact.fast_sessions"), SlowSessions: a.Value("impact.slow_sessions"),
		},
		Elasticity: a.Value("impact.vol_elasticity"), Share: a.Value("impact.cross"),
	}
	for _, k := range Kinds {
		b.Law[k] = Law{
			Kind: k, Slope: a.Value("impact.linear_slope"), Root: a.Value("impact.root"),
			Exponent: a.Value("impact.root_exponent"), Start: a.Value("impact.root_start"),
		}
	}
	for i, id := range assets {
		s, ok := suffix[id]
		if !ok {
			return nil, &UnknownAssetError{id}
		}
		m := Market{
			Volume: a.Value("impact.volume_" + s), Vol: a.Value("impact.vol_"+s) / math.Sqrt(252),
			Cap: a.Value("impact.cap_" + s), Multiplier: a.Value("impact.multiplier_equity"), Depth: math.NaN(),
		}
		if !math.IsNaN(vol[i]) {
			m.Vol = vol[i]
		}
		coin := 0.0
		switch id {
		case "BTC", "ETH":
			m.Multiplier = a.Value("impact.multiplier_coin")
			coin = a.Value("impact.loading_coin")
		case "HIBETA":
			coin = a.Value("impact.loading_coin_hibeta")
		case "UST10":
			m.Multiplier = a.Value("impact.multiplier_bond")
		}
		b.Markets = append(b.Markets, m)
		b.Factors.Market = append(b.Factors.Market, a.Value("impact.loading_"+s))
		b.Factors.Coin = append(b.Factors.Coin, coin)
	}
	// Draws of the two shares of the decay may meet above 1; what is left for the slow part is then none.
	b.Decay.Fast = min(b.Decay.Fast, 1-b.Decay.Permanent)
	return b, b.Decay.Check()
}

// UnknownAssetError says that the register describes no market of an asset.
type UnknownAssetError struct{ ID string }

func (e *UnknownAssetError) Error() string {
	return "impact: the register has no market " + e.ID + "; it has SPX, NDX, HIBETA, BTC, ETH and UST10"
}

// Curves are the curves of a law, one an asset, and the matrix across them.
func (b *Book) Curves(k Kind) ([]Curve, *Cross, error) {
	out := make([]Curve, len(b.Markets))
	vol := make([]float64, len(b.Markets))
	for i, m := range b.Markets {
		var err error
		if out[i], err = b.Law[k].Curve(m, 1); err != nil {
			return nil, nil, err
		}
		vol[i] = m.Vol
	}
	cross, err := NewCross(b.Factors.Correlation(), vol, b.Share)
	return out, cross, err
}

// Propagator is the decay that goes with a law.
func (b *Book) Propagator(k Kind) Propagator {
	if k == Inelastic {
		return Lasting()
	}
	return b.Decay
}
