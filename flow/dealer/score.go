package dealer

import (
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Range is what the price did in one session.
type Range struct {
	Date                   calendar.Date
	Open, High, Low, Close float64 // points
}

// RangeOf is the range of a session in daily bars or in bars of the day. It is absent where the bars do
// not have it, or have closes only.
func RangeOf(b *market.Bars, d calendar.Date) (Range, error) {
	in, _ := market.InstrumentOf(b.Instrument)
	r := Range{Date: d, Open: market.Missing, High: math.Inf(-1), Low: math.Inf(1), Close: market.Missing}
	session, err := in.Calendar().Session(d)
	if err == nil {
		for i := range b.Len() {
			if b.Interval == market.Day {
				if b.Date(i) != d {
					continue
				}
			} else if b.Begin[i] < session.Open.Unix() || b.Begin[i] >= session.Close.Unix() {
				continue
			}
			if market.IsMissing(r.Open) {
				r.Open = b.Open[i]
			}
			r.High, r.Low, r.Close = math.Max(r.High, b.High[i]), math.Min(r.Low, b.Low[i]), b.Close[i]
		}
	}
	if !(r.Low > 0 && r.High >= r.Low && r.Open > 0 && r.Close > 0) || math.IsInf(r.High, 0) {
		return Range{}, &evidence.Absent{Code: "no_bars_of_session", Args: evidence.Args{"instrument": b.Instrument, "date": d.String()}}
	}
	return r, nil
}

// Outcome is what became of one level in the session that it was made for. With t the tolerance, a
// share of the level, and the side that of the price when the level was made:
//
//	touched    the way from that price through the session's range comes within t of the level
//	beyond     the session closes on the other side, farther than t
//	held       touched and not beyond
//	gapped     the session opens on the other side already, farther than t
//	overshoot  how far past the level the range reached
//
// A level within t of the price has no side: it counts as touched, and as neither held nor beyond.
type Outcome struct {
	Kind      string
	Price     float64 // points
	Side      string  // of the price when the level was made: "below" the level, "above", "at"
	Touched   bool
	Held      bool
	Beyond    bool
	Gapped    bool
	Overshoot float64          // points, at least 0
	Absent    *evidence.Absent // the level does not exist; nothing else is set
}

// Score says what became of levels that were made when the price was spot, in the session r.
func Score(levels []Level, spot float64, r Range, tolerance float64) []Outcome {
	out := make([]Outcome, len(levels))
	for i, l := range levels {
		out[i] = score(l, spot, r, tolerance)
	}
	return out
}

func score(l Level, spot float64, r Range, tolerance float64) Outcome {
	if l.Absent != nil {
		return Outcome{Kind: l.Kind, Absent: l.Absent}
	}
	o := Outcome{Kind: l.Kind, Price: l.Price, Side: "at"}
	t := tolerance * l.Price
	low, high := min(r.Low, spot), max(r.High, spot)
	o.Touched = low <= l.Price+t && high >= l.Price-t
	switch {
	case spot < l.Price-t:
		o.Side = "below"
		o.Beyond, o.Gapped = r.Close > l.Price+t, r.Open > l.Price+t
		o.Overshoot = max(r.High-l.Price, 0)
	case spot > l.Price+t:
		o.Side = "above"
		o.Beyond, o.Gapped = r.Close < l.Price-t, r.Open < l.Price-t
		o.Overshoot = max(l.Price-r.Low, 0)
	default:
		o.Overshoot = max(r.High-l.Price, l.Price-r.Low, 0)
		return o
	}
	o.Held = o.Touched && !o.Beyond
	return o
}
