package eventvol

import (
	"math"
	"math/rand/v2"
	"time"

	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
	"faultline/options"
)

// Straddle is a call and a put of one strike over an event.
type Straddle struct {
	Expiry     int
	Strike     float64
	Value      float64 // at the middle of the surface, points
	Ask        float64 // at the ask, points
	Low, High  float64 // break-evens, when bought at the ask
	Carry      float64 // points lost between now and the event when nothing moves
	Share      float64 // of the variance until settlement that is the event's
	Profitable float64 // probability of a profit, from history
	ProfitSE   float64
	Result     float64 // mean profit per unit of the ask, from history
	ResultSE   float64
	N          int // events of that kind in the history
}

// Approximate is √(2/π)·σ√T: what a straddle at the money is worth per unit of the forward, where σ√T is the move of
// one standard deviation (Brenner and Subrahmanyam, Financial Analysts Journal 44(5), 1988).
func Approximate(deviation float64) float64 { return math.Sqrt(2/math.Pi) * deviation }

// paths of the history by which a straddle is judged.
const straddlePaths = 4000

// Over prices straddles on the first settlements that contain the events of p, at most so many.
func (s *Split) Over(b *options.Book, p Priced, h *History, most int, seed uint64) ([]Straddle, error) {
	var out []Straddle
	at := p.Events[len(p.Events)-1]
	for _, pt := range s.Points {
		e := b.Expiries[pt.Expiry]
		if len(out) == most || !at.Contains(e.Settle) {
			if len(out) == most {
				break
			}
			continue
		}
		x, err := s.straddle(b, pt, p, at, h, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (s *Split) straddle(b *options.Book, pt Point, p Priced, at Event, h *History, seed uint64) (Straddle, error) {
	e := b.Expiries[pt.Expiry]
	x := Straddle{Expiry: pt.Expiry, Strike: math.NaN(), Share: min(1, p.Variance/pt.Variance)}
	for i := e.First; i < e.End; i++ {
		if !(math.Abs(b.Strike[i]-e.Forward) >= math.Abs(x.Strike-e.Forward)) {
			x.Strike = b.Strike[i]
		}
	}
	value := func(deviation float64) float64 { // of the variance that is left
		sum := 0.0
		for _, r := range []black.Right{black.Call, black.Put} {
			sum += black.Price(r, e.Forward, x.Strike, 1, deviation)
		}
		return e.Discount * sum
	}
	x.Value = value(math.Sqrt(pt.Variance))
	x.Ask = value(pt.High * math.Sqrt(e.Years))
	x.Low, x.High = x.Strike-x.Ask, x.Strike+x.Ask
	until, err := calendar.DefaultClock().Years(calendar.NYSE(), b.Quoted, at.Effective)
	if err != nil {
		return x, err
	}
	// Events before this one pass as well; their variance is not carry of this one but goes all the same.
	left := pt.Variance - s.Ordinary(0, max(0, until))
	for _, q := range s.Priced {
		if q.Events[len(q.Events)-1].Effective.Before(at.Effective) {
			left -= q.Variance
		}
	}
	x.Carry = x.Value - value(math.Sqrt(min(pt.Variance, max(left, p.Variance))))
	sessions, err := calendar.NYSE().Count(calendar.DateIn(b.Quoted, calendar.NewYork()), e.Date)
	if err != nil {
		return x, err
	}
	h.judge(&x, e.Forward, max(0, sessions-1), at.Kind, seed)
	return x, nil
}

// History is what the price has done on the sessions of events and on others, in units of the volatility that was
// known the evening before, so that a calm year can be set beside a wild one.
type History struct {
	Event    map[string][]float64 // log returns from the close before to the close of the session over that volatility, by kind
	Ordinary []float64
	Now      float64 // volatility a session known now
	From, To calendar.Date
}

// decay of the exponentially weighted variance (J.P. Morgan, RiskMetrics technical document, 1996, section 5.2).
const decay = 0.94

// ReadHistory sorts the daily returns of an instrument into those of events and others, each divided by the
// exponentially weighted volatility of the returns before it (filtered historical simulation: Barone-Adesi,
// Giannopoulos and Vosper, Journal of Futures Markets 19, 1999).
func ReadHistory(b *market.Bars, at time.Time) (*History, error) {
	n := b.Len()
	if n < 250 {
		return nil, &evidence.Absent{Code: "few_days", Args: evidence.Args{"needs": 250, "has": n}}
	}
	from := max(0, n-2520) // ten years: the meetings of the FOMC are listed from 2019 on
	first := b.Date(from)
	if f := calendar.DateOf(2019, 1, 1); first < f {
		first = f
	}
	events, err := Events(first.At(0, 0, calendar.NewYork()), at, at, nil)
	if err != nil {
		return nil, err
	}
	kinds := map[calendar.Date][]string{}
	for _, e := range events {
		kinds[e.Session] = append(kinds[e.Session], e.Kind)
	}
	h := &History{Event: map[string][]float64{}, From: first, To: b.Date(n - 1)}
	const warm = 60 // sessions after which the weight of the first guess is below 3 %
	variance := 0.0
	for i := max(1, from-warm); i < n; i++ {
		raw := math.Log(b.Close[i] / b.Close[i-1])
		before := variance
		if variance == 0 {
			variance = raw * raw
		}
		variance = decay*variance + (1-decay)*raw*raw
		h.Now = math.Sqrt(variance)
		if b.Date(i) < first || !(before > 0) || i < from {
			continue
		}
		r := raw / math.Sqrt(before)
		for _, k := range kinds[b.Date(i)] {
			h.Event[k] = append(h.Event[k], r)
		}
		if len(kinds[b.Date(i)]) == 0 {
			h.Ordinary = append(h.Ordinary, r)
		}
	}
	return h, nil
}

// judge sets a straddle against history at the volatility of now: one return of a past event of the kind and as many
// ordinary days as there are others until settlement. Standard errors count events as the observations; that the
// volatility of now will change is not in them.
func (h *History) judge(x *Straddle, forward float64, days int, kind string, seed uint64) {
	moves := h.Event[kind]
	x.N = len(moves)
	if len(moves) < 5 || len(h.Ordinary) == 0 {
		x.Profitable, x.ProfitSE, x.Result, x.ResultSE = market.Missing, market.Missing, market.Missing, market.Missing
		return
	}
	r := rand.New(rand.NewPCG(seed, uint64(x.Expiry)))
	each := max(1, straddlePaths/len(moves))
	var profit, result, square, share float64
	for _, m := range moves {
		mean, wins := 0.0, 0.0
		for range each {
			sum := m
			for range days {
				sum += h.Ordinary[r.IntN(len(h.Ordinary))]
			}
			gain := (math.Abs(forward*math.Exp(sum*h.Now)-x.Strike) - x.Ask) / x.Ask
			mean += gain / float64(each)
			if gain > 0 {
				wins += 1 / float64(each)
			}
		}
		profit, share = profit+wins, share+wins*wins
		result, square = result+mean, square+mean*mean
	}
	n := float64(len(moves))
	x.Profitable, x.Result = profit/n, result/n
	x.ProfitSE = math.Sqrt(max(0, share/n-x.Profitable*x.Profitable) / (n - 1))
	x.ResultSE = math.Sqrt(max(0, square/n-x.Result*x.Result) / (n - 1))
}
