package impact

import (
	"fmt"
	"math"
)

// Kind names a law.
type Kind uint8

// The laws.
const (
	Linear     Kind = iota // linear in aggregate imbalance
	SquareRoot             // square root with a linear start
	Inelastic              // multiplier of inelastic markets
)

// Names are the codes of the laws, by Kind.
var Names = [...]string{"linear", "square_root", "inelastic"}

// Kinds are all laws, in the order in which they are shown.
var Kinds = [...]Kind{Linear, SquareRoot, Inelastic}

func (k Kind) String() string {
	if int(k) < len(Names) {
		return Names[k]
	}
	return fmt.Sprintf("law(%d)", uint8(k))
}

// Parse reads the code of a law.
func Parse(name string) (Kind, error) {
	for k, n := range Names {
		if n == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("impact law %q: there are linear, square_root and inelastic", name)
}

// Market is what the laws must know of one asset.
type Market struct {
	Volume     float64 // dollars traded in a session, both sides counted once
	Vol        float64 // standard deviation of a session's return, decimal
	Cap        float64 // dollars of the whole asset outstanding
	Multiplier float64 // dollars of value that a dollar of flow moves (Inelastic)
	Depth      float64 // dollars that move the price by 1 % as the order book tells it; NaN where none is given
}

// Law is one law with its coefficients.
type Law struct {
	Kind     Kind
	Slope    float64 // Linear: volatilities of a session that a session's volume moves the price by
	Root     float64 // SquareRoot: the same at its own power
	Exponent float64 // SquareRoot: power of the flow, well above the start
	Start    float64 // SquareRoot: share of a session's volume below which impact is linear
}

// Curve is a law applied to one asset. The zero Curve moves nothing.
type Curve struct {
	kind  Kind
	slope float64 // displacement a dollar; Linear and Inelastic
	scale float64 // SquareRoot: displacement at a session's volume, but for the start
	unit  float64 // SquareRoot: dollars of a session's volume
	start float64
	power float64 // exponent − 1
	half  bool    // exponent is exactly a half: a root instead of a power
	fast  *powers // of power
}

// InputError says which number of a law or market cannot be used.
type InputError struct {
	Name   string
	Value  float64
	Reason string
}

func (e *InputError) Error() string {
	return fmt.Sprintf("impact: %s of %g %s", e.Name, e.Value, e.Reason)
}

func above(name string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return &InputError{name, x, "must be a finite number above 0"}
	}
	return nil
}

// Curve applies the law to a market of a liquidity: 1 is what Market says, a half means that every
// amount moves the price as twice the amount would.
//
//   - Linear: Slope·σ·Q/V (Kyle 1985, Econometrica 53, equation 2.6, with λ in units of the market's own
//     volatility and volume; Patzelt and Bouchaud 2018, Physical Review E 97, 012304, for daily
//     aggregates). Where the book tells its depth, 0.01·Q/Depth instead.
//   - SquareRoot: Root·σ·sign(Q)·q·(q+Start)^(Exponent−1) with q = |Q|/V: linear far below Start and the
//     power law far above it (Bucci, Benzaquen, Lillo and Bouchaud 2019, Physical Review Letters 122,
//     108302, where the crossover is found; the form in between is ours).
//   - Inelastic: Multiplier·Q/Cap (Gabaix and Koijen 2021, NBER 28967, equation 8).
//
// Each is odd, rises with Q and is 0 at 0. How far each is off is how far they are apart: no data here
// can choose among them, which is why every headline stands under all three.
func (l Law) Curve(m Market, liquidity float64) (Curve, error) {
	if err := above("liquidity", liquidity); err != nil {
		return Curve{}, err
	}
	switch l.Kind {
	case Linear:
		if !math.IsNaN(m.Depth) {
			if err := above("depth", m.Depth); err != nil {
				return Curve{}, err
			}
			return Curve{kind: Linear, slope: 0.01 / (m.Depth * liquidity)}, nil
		}
		for _, x := range []struct {
			name  string
			value float64
		}{{"volume", m.Volume}, {"volatility", m.Vol}, {"slope", l.Slope}} {
			if err := above(x.name, x.value); err != nil {
				return Curve{}, err
			}
		}
		return Curve{kind: Linear, slope: l.Slope * m.Vol / (m.Volume * liquidity)}, nil
	case SquareRoot:
		for _, x := range []struct {
			name  string
			value float64
		}{{"volume", m.Volume}, {"volatility", m.Vol}, {"root", l.Root}, {"start", l.Start}, {"exponent", l.Exponent}} {
			if err := above(x.name, x.value); err != nil {
				return Curve{}, err
			}
		}
		if l.Exponent > 1 {
			return Curve{}, &InputError{"exponent", l.Exponent, "must not be above 1"}
		}
		return Curve{
			kind: SquareRoot, scale: l.Root * m.Vol, unit: m.Volume * liquidity, start: l.Start,
			power: l.Exponent - 1, half: l.Exponent == 0.5, fast: newPowers(l.Exponent - 1),
		}, nil
	case Inelastic:
		for _, x := range []struct {
			name  string
			value float64
		}{{"capitalisation", m.Cap}, {"multiplier", m.Multiplier}} {
			if err := above(x.name, x.value); err != nil {
				return Curve{}, err
			}
		}
		return Curve{kind: Inelastic, slope: m.Multiplier / (m.Cap * liquidity)}, nil
	}
	return Curve{}, fmt.Errorf("impact: there is no law %d", l.Kind)
}

// Move is the displacement at which net buying of usd dollars holds the price.
func (c *Curve) Move(usd float64) float64 {
	if c.kind != SquareRoot {
		return c.slope * usd
	}
	q := math.Abs(usd) / c.unit
	if q == 0 {
		return 0
	}
	return math.Copysign(c.scale*q*c.taper(q), usd)
}

// taper is (q + start)^(exponent − 1).
func (c *Curve) taper(q float64) float64 {
	if c.half {
		return 1 / math.Sqrt(q+c.start)
	}
	return math.Pow(q+c.start, c.power)
}

// Slope is the derivative of Move: displacement a dollar.
func (c *Curve) Slope(usd float64) float64 {
	if c.kind != SquareRoot {
		return c.slope
	}
	if c.unit == 0 {
		return 0
	}
	q := math.Abs(usd) / c.unit
	return c.scale / c.unit * c.taper(q) * (1 + c.power*q/(q+c.start))
}

// Dollars is the inverse of Move: what has to be bought to hold the price at a displacement. It is NaN
// for the zero Curve. The square root is inverted by Newton's method from above, which converges since
// Move is concave in the amount; it stops at a relative 1e-14.
func (c *Curve) Dollars(move float64) float64 {
	if c.kind != SquareRoot {
		if c.slope == 0 {
			return math.NaN()
		}
		return move / c.slope
	}
	target := math.Abs(move)
	if target == 0 {
		return 0
	}
	// Move ≥ scale·q·(2·max(q, start))^power, so that one of these two bounds lies above the solution.
	q := max(target/(c.scale*math.Pow(2*c.start, c.power)), math.Pow(target/(c.scale*math.Pow(2, c.power)), 1/(1+c.power)))
	for range 200 {
		f := c.scale*q*c.taper(q) - target
		step := f / (c.scale * c.taper(q) * (1 + c.power*q/(q+c.start)))
		next := q - step
		if !(next > 0) {
			next = q / 2
		}
		done := math.Abs(next-q) <= 1e-14*q
		q = next
		if done {
			break
		}
	}
	return math.Copysign(q*c.unit, move)
}

// Thin returns the curve of a market whose liquidity is multiplied by k, which must be above 0.
func (c *Curve) Thin(k float64) Curve {
	out := *c
	out.slope /= k
	out.unit *= k
	return out
}

// Block sets dst to the displacement at each amount, multiplied by the load of its lane: the inverse of
// its liquidity.
func (c *Curve) Block(dst, usd, load []float64) {
	usd, load = usd[:len(dst)], load[:len(dst)]
	if c.kind != SquareRoot {
		straight(dst, usd, load, c.slope)
		return
	}
	inverse := 1 / c.unit
	if c.half {
		for i := range dst {
			q := usd[i] * inverse * load[i]
			dst[i] = c.scale * q / math.Sqrt(math.Abs(q)+c.start)
		}
		return
	}
	c.fast.roots(dst, usd, load, c.scale, inverse, c.start)
}
