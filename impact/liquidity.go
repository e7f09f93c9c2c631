package impact

import "math"

// Liquidity is by how much a market's depth is multiplied when its volatility is ratio times what it was:
// ratio^−elasticity. With an elasticity of 1 the linear and the square-root law move in proportion to the
// volatility of now, which is how both are stated. Depth in order books falls about so when volatility
// rises (see docs/methods/impact.md). The result is kept within 1/16 and 16, and a ratio that is no
// number leaves it at 1.
func Liquidity(ratio, elasticity float64) float64 {
	var k float64
	switch elasticity {
	case 0:
		return 1
	case 1:
		k = 1 / ratio
	default:
		k = math.Pow(ratio, -elasticity)
	}
	if !(k > 1./16) {
		if math.IsNaN(k) {
			return 1
		}
		return 1. / 16
	}
	return min(k, 16)
}
