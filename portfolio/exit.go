package portfolio

import "faultline/impact"

// Exit is what it costs to sell everything within the time in which others are forced to trade.
type Exit struct {
	Forced float64 // dollars that others must trade, buying positive
	Own    float64 // dollars of the user's order, buying positive
	Alone  float64 // cost without the others, dollars
	Among  float64 // cost beside them; below 0 where they trade the other way
	Move   float64 // of the price when both are done, relative
}

// steps of the integral over the order; with Simpson's rule the laws are exact to 1e-6 from about 20 on.
const exitSteps = 64

// Leave prices an order that is worked evenly while others trade: at the share u of the way the price is displaced
// by Move(u·(own + forced)), and what is traded there costs the displacement, so that
//
//	cost = own · ∫ Move(u·(own + forced)) du, u from 0 to 1
//
// by Simpson's rule. Under the linear law alone it is half the final displacement times the order.
func Leave(c *impact.Curve, own, forced float64) Exit {
	cost := func(all float64) float64 {
		sum := c.Move(0) + c.Move(all)
		for i := 1; i < exitSteps; i++ {
			w := 4.0
			if i%2 == 0 {
				w = 2
			}
			sum += w * c.Move(all*float64(i)/exitSteps)
		}
		return own * sum / (3 * exitSteps)
	}
	return Exit{Forced: forced, Own: own, Alone: cost(own), Among: cost(own + forced), Move: c.Move(own + forced)}
}
