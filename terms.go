package faultline

import (
	"errors"
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// Terms are the levels in the terms of another instrument that follows the underlying: of a future or a
// fund. A level there is Ratio times the level.
type Terms struct {
	Instrument string           `json:"instrument"`
	Ratio      *float64         `json:"ratio,omitempty"` // its price for each point of the underlying
	Basis      *evidence.Figure `json:"basis,omitempty"` // its price less that of the underlying on its scale, points of it
	From       string           `json:"from,omitempty"`  // code: quoted, or forward where the chain's parity forward stands for the future
	Expiry     string           `json:"expiry,omitempty"`
	Levels     []TermLevel      `json:"levels,omitempty"`
	Absent     *evidence.Absent `json:"absent,omitempty"`
	Node       string           `json:"node"`
}

// TermLevel is a level in the terms of another instrument.
type TermLevel struct {
	ID    string    `json:"id"` // of the Level
	Kind  LevelKind `json:"kind"`
	Price float64   `json:"price"`
	Low   *float64  `json:"low,omitempty"`
	High  *float64  `json:"high,omitempty"`
}

// together is how far apart two prices may be quoted to be of one moment.
const together = 5 * time.Minute

// terms gives the levels of the S&P 500 in those of its front future and of its largest fund.
func (r *run) terms(b *options.Book, node string) {
	if b.Underlying != "SPX" {
		return
	}
	spot := dealer.Reference(b)
	for _, other := range []string{"ES", "SPY"} {
		out := Terms{Instrument: other, Node: node}
		t, err := r.quotedTerms(b, other, spot, &out.Node)
		if err != nil && other == "ES" {
			front := dealer.FrontQuarter(calendar.DateIn(b.Quoted, calendar.NewYork()))
			t, err = dealer.FutureTerms(b, other, front)
			out.Expiry, out.Node = front.String(), node
		}
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			out.Absent = absent
			r.out.Terms = append(r.out.Terms, out)
			continue
		}
		basis := r.record.Mint("terms."+other+".basis", t.Points, evidence.Points, out.Node)
		out.Ratio, out.Basis, out.From = finite(t.Ratio), &basis, t.Source
		for _, l := range r.out.Levels {
			if l.Price == nil || l.Instrument != b.Underlying {
				continue
			}
			x := TermLevel{ID: l.ID, Kind: l.Kind, Price: t.Level(*l.Price)}
			if l.Low != nil && l.High != nil {
				x.Low, x.High = finite(t.Level(*l.Low)), finite(t.Level(*l.High))
			}
			out.Levels = append(out.Levels, x)
		}
		r.out.Terms = append(r.out.Terms, out)
	}
}

// quotedTerms relates two instruments by their prices at the moment of the quotes. Daily closes of funds
// will not do: vendors lower them by later dividends.
func (r *run) quotedTerms(b *options.Book, other string, spot float64, node *string) (dealer.Terms, error) {
	best, price := int64(math.MinInt64), market.Missing
	from := ""
	for _, key := range r.barsOf(other) {
		bars, err := r.state.Bars(other, market.ParseInterval(key))
		if err != nil || bars.Interval > time.Hour {
			continue
		}
		for i := bars.Len() - 1; i >= 0 && bars.Known[i] > best; i-- {
			if gap := b.Quoted.Unix() - bars.Known[i]; gap >= 0 {
				if gap <= int64(together/time.Second) {
					best, price, from = bars.Known[i], bars.Close[i], "in/bars/"+other+"/"+key
				}
				break
			}
		}
	}
	t, err := dealer.TermsOf(b.Underlying, spot, other, price)
	if err == nil {
		*node = r.record.Add(evidence.Node{
			ID: "run/terms/" + other, Kind: evidence.Run, Method: "terms", Grade: evidence.Modelled, AsOf: b.At.UTC(), Inputs: []string{*node, from},
		})
	}
	return t, err
}

// barsOf lists the intervals of the bars of an instrument.
func (r *run) barsOf(instrument string) (intervals []string) {
	for _, k := range r.state.BarKeys() {
		if name, interval, ok := cutLast(k); ok && name == instrument {
			intervals = append(intervals, interval)
		}
	}
	return intervals
}

// cutLast cuts a key at its last slash.
func cutLast(key string) (before, after string, ok bool) {
	for i := len(key) - 1; i >= 0; i-- {
		if key[i] == '/' {
			return key[:i], key[i+1:], true
		}
	}
	return key, "", false
}

// Volume is what is expected to change hands in the window in which dealers must trade.
type Volume struct {
	Instrument string          `json:"instrument"` // whose volume it is
	From       time.Time       `json:"from"`
	To         time.Time       `json:"to"`
	USD        evidence.Figure `json:"usd"`                // median of the same hours of earlier sessions
	Coverage   *float64        `json:"coverage,omitempty"` // share of the day's volume that the bars within the day have, where they were scaled up by it
}

// volume is the volume expected from now, or the opening, to the close. An index does not trade: its
// future's or its fund's volume stands for it.
func (r *run) volume(b *options.Book, node string) (*Volume, error) {
	session, err := dealer.SessionOf(b)
	if err != nil {
		return nil, err
	}
	from := b.Quoted
	if session.Open.After(from) {
		from = session.Open
	}
	id := "exposure.volume.usd"
	names := []string{b.Underlying}
	if r.under.Kind == market.Index {
		names = map[string][]string{"SPX": {"ES", "SPY"}, "NDX": {"NQ", "QQQ"}, "RUT": {"RTY", "IWM"}}[b.Underlying]
	}
	out := &Volume{Instrument: b.Underlying, From: from.UTC(), To: session.Close.UTC()}
	sessions := int(r.assume.Value("dealer.volume_sessions"))
	for _, name := range names {
		for _, key := range r.barsOf(name) {
			bars, err := r.state.Bars(name, market.ParseInterval(key))
			if err != nil || bars.Interval > time.Hour {
				continue
			}
			usd, err := dealer.ExpectedVolume(bars, from, session.Close, sessions)
			if err != nil || !(usd > 0) {
				continue
			}
			inputs := []string{"in/bars/" + name + "/" + key}
			var caveats []evidence.Code
			if daily, err := r.state.Daily(name); err == nil {
				if share, ok := dealer.Coverage(bars, daily, sessions); ok && share < fullTape {
					usd /= share
					out.Coverage = finite(share)
					inputs = append(inputs, "in/bars/"+name+"/1d")
					caveats = []evidence.Code{{Code: "volume_scaled", Args: evidence.Args{"instrument": name, "share": math.Round(share*1e4) / 1e4}}}
				}
			}
			n := r.record.Add(evidence.Node{
				ID: "run/volume", Kind: evidence.Run, Method: "expected_volume", Grade: evidence.Modelled, AsOf: b.At.UTC(),
				Inputs: inputs, Assumes: []string{"dealer.volume_sessions"}, Caveats: caveats,
			})
			out.Instrument, out.USD = name, r.record.Mint(id, usd, evidence.USD, n)
			return out, nil
		}
	}
	out.USD = r.record.MintAbsent(id, evidence.USD, node, &evidence.Absent{Code: "volume_unknown", Args: evidence.Args{"instrument": b.Underlying}})
	return out, nil
}

// fullTape is the share of the day's volume from which bars within the day count as all of it: closing
// auctions and late prints are missing from many feeds.
const fullTape = 0.7

// shares sets trades against a volume; nil where nobody knows it.
func shares(usd []float64, volume *evidence.Figure) []float64 {
	if volume.Value == nil {
		return nil
	}
	out := make([]float64, len(usd))
	for i, v := range usd {
		out[i] = dealer.ShareOf(v, *volume.Value).Share
	}
	return out
}
