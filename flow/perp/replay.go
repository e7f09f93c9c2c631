package perp

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/market"
)

// Claim is what somebody says an event came to.
type Claim struct {
	Event, Measure, Coin string
	Value                float64
	Coverage             string // code: which venues, coins and hours it covers
	Source               string
}

//go:embed published.csv
var claimText []byte

var claims = func() []Claim {
	list, err := parseClaims(bytes.NewReader(claimText))
	if err != nil {
		panic("perp: embedded claims: " + err.Error())
	}
	return list
}()

func parseClaims(r io.Reader) ([]Claim, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []Claim
	for i, row := range rows {
		if i == 0 {
			continue
		}
		v, err := strconv.ParseFloat(row[3], 64)
		if err != nil || !(v > 0) || len(row) != 7 || row[5] == "" || !strings.HasPrefix(row[6], "https://") {
			return nil, fmt.Errorf("line %d: a claim needs a value above 0, a coverage and an address", i+1)
		}
		out = append(out, Claim{row[0], row[1], row[2], v, row[5], row[6]})
	}
	return out, nil
}

// Event is a fall that is replayed. The book is inferred from what was known at Book. Prices are the
// observed ones until the headline. Then, where the cascade makes its own, the news are the first leg: the
// price goes to the lowest that was observed before the end of the shock, and the news stand still there.
// Whatever comes after is the cascade's own. The ends of the shocks are chosen: ten minutes after the tariff
// headline, and an hour of slide before the last fall of 21 November, which no headline began.
type Event struct {
	Name     string
	Book     time.Time // nothing later enters the book
	Headline time.Time // beginning of the shock
	Shock    time.Time // end of it
	Until    time.Time // end of the replay
}

// Events are the two falls. The parameters of the second are those of the first.
var Events = []Event{
	{
		Name: "oct2025", Book: time.Date(2025, 10, 10, 20, 45, 0, 0, time.UTC),
		Headline: time.Date(2025, 10, 10, 20, 50, 0, 0, time.UTC), Shock: time.Date(2025, 10, 10, 21, 0, 0, 0, time.UTC),
		Until: time.Date(2025, 10, 10, 23, 0, 0, 0, time.UTC),
	},
	{
		Name: "nov2025", Book: time.Date(2025, 11, 20, 14, 0, 0, 0, time.UTC),
		Headline: time.Date(2025, 11, 21, 6, 0, 0, 0, time.UTC), Shock: time.Date(2025, 11, 21, 7, 0, 0, 0, time.UTC),
		Until: time.Date(2025, 11, 21, 14, 0, 0, 0, time.UTC),
	},
}

// peakMinutes is how long the events lasted that are counted at Hyperliquid on 10 October, from 21:15.
const peakMinutes = 12

// How the prices of a replay come about.
const (
	GivenPrices = "given"  // observed ones throughout: tests the map alone
	FailedBook  = "failed" // observed ones, while the order book of Hyperliquid takes nothing: tests what follows the book
	OwnPrices   = "own"    // observed until the headline, then the first leg and the cascade's own: tests the feedback
)

// Run is one coin of an event replayed with one scale of open interest.
type Run struct {
	Coin             string
	Prices           string    // GivenPrices or OwnPrices
	InterestUSD      float64   // open interest of the scale, at the price of the book
	Scale            string    // code: covered (what the data cover) or published
	Liquidated       float64   // dollars, until the end
	Peak             float64   // of these, within the twelve minutes that had most
	PeakAt           time.Time // when these began; zero where nothing was liquidated
	LongShare        float64   // of what was liquidated; NaN where nothing was
	InterestLost     float64   // forced, as a share of the open interest
	Low              float64   // dollars
	Deleveraged      float64   // dollars
	DeleveragedShare float64   // of what was liquidated
	HyperUSD         float64   // liquidated at Hyperliquid within them
	HyperADL         float64   // deleveraged there
	Half             float64   // seconds from the beginning of the peak until half of what the peak liquidated
}

// Replayed is an event with its runs and what was observed.
type Replayed struct {
	Event    Event
	Runs     []Run
	Observed []Claim // from the State: lows, Hyperliquid's totals, shares of outcomes
	Claims   []Claim
	Missing  []*evidence.Absent

	all    float64            // dollars liquidated at Hyperliquid on 10 October, of all coins
	ofCoin map[string]float64 // by coin
}

// Replay replays an event on the coins whose prices within the day the State holds. The State must know the
// event whole; the book of each run knows only what was known before it.
func Replay(ctx context.Context, all *market.Book, until time.Time, e Event, a assumption.Set) (*Replayed, error) {
	whole := all.AsOf(until)
	before := all.AsOf(e.Book)
	out := &Replayed{Event: e}
	for _, c := range claims {
		if c.Event == e.Name {
			out.Claims = append(out.Claims, c)
		}
	}
	for _, coin := range []string{"BTC", "ETH", "SOL"} {
		path, err := observedPath(whole, coin, e)
		if err == nil {
			_, err = gather(before, coin, a)
		}
		var why *evidence.Absent
		switch {
		case errors.As(err, &why):
			out.Missing = append(out.Missing, why)
			continue
		case err != nil:
			return nil, err
		}
		if err := out.coin(ctx, before, whole, coin, path, a); err != nil {
			return nil, err
		}
	}
	out.observe(whole)
	if len(out.Runs) == 0 {
		if len(out.Missing) > 0 {
			return nil, out.Missing[0]
		}
		return nil, absent("no_crypto_data", evidence.Args{})
	}
	return out, nil
}

// coin runs one coin with every scale of its open interest.
func (r *Replayed) coin(ctx context.Context, before, whole *market.State, coin string, path []float64, a assumption.Set) error {
	x, err := gather(before, coin, a)
	if err != nil {
		return err
	}
	covered := 0.0
	for i := range x.sources {
		covered += x.sources[i].coins[len(x.sources[i].coins)-1]
	}
	covered *= x.price
	scales := []struct {
		name string
		usd  float64
	}{{"covered", covered}}
	for _, f := range whole.Facts(coin + "_OI_before") {
		if f.Unit == "usd bn" && f.Value > 0 && time.Unix(f.About, 0).UTC().Format(time.DateOnly) == r.Event.Book.Format(time.DateOnly) {
			scales = append(scales, struct {
				name string
				usd  float64
			}{"published", f.Value * 1e9})
		}
	}
	for _, s := range scales {
		scaled := a
		if share := math.Min(1, covered/s.usd); share < 1 {
			if scaled, err = a.With("perp.coverage", math.Max(share, 0.001), "replay"); err != nil {
				return err
			}
		}
		y := *x
		if s.name == "published" { // the whole market, not the venue that the data are of
			y.sources = append([]source(nil), x.sources...)
			for i := range y.sources {
				y.sources[i].venue = ""
			}
		}
		for _, prices := range []string{GivenPrices, FailedBook, OwnPrices} {
			run, err := r.run(ctx, &y, path, prices, s.usd, scaled)
			if err != nil {
				return err
			}
			run.Scale, run.InterestUSD = s.name, s.usd
			r.Runs = append(r.Runs, run)
		}
	}
	return nil
}

// run replays one coin with an open interest in dollars.
func (r *Replayed) run(ctx context.Context, x *signals, path []float64, prices string, interest float64, a assumption.Set) (Run, error) {
	e := r.Event
	out := Run{Coin: x.coin, Prices: prices, Low: math.Inf(1), LongShare: missing, DeleveragedShare: missing, Half: missing}
	venues := Venues(a)
	list, open, _ := x.infer(a, venues)
	book := NewBook([]string{x.coin}, []float64{x.price}, venues, nil, list)
	terms := TermsOf(book.Coins, []float64{interest}, a)
	terms.Collateral = nil
	c := NewCascade(book, terms)
	sec := a.Value("perp.cascade_seconds")
	hyper := slices.Index(VenueNames, "hyperliquid")
	if prices == FailedBook {
		terms.Share = append([]float64(nil), terms.Share...)
		terms.Share[hyper] = 0
		c = NewCascade(book, terms)
	}
	start := pathAt(path, e.Headline.Sub(e.Book))
	worst := start
	for t := e.Headline; t.Before(e.Shock); t = t.Add(time.Second) {
		worst = math.Min(worst, pathAt(path, t.Sub(e.Book)))
	}
	news := []float64{x.price}
	var done, venue, adl []float64 // cumulative, by step
	step := time.Duration(sec * float64(time.Second))
	for t := e.Book; t.Before(e.Until); t = t.Add(step) {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		news[0] = pathAt(path, t.Sub(e.Book))
		own := prices == OwnPrices && !t.Before(e.Headline)
		if own { // the first leg as news, over its own length, and nothing after it
			w := math.Min(1, float64(t.Sub(e.Headline))/float64(e.Shock.Sub(e.Headline)))
			news[0] = start + w*(worst-start)
		}
		// Observed prices hold already what liquidations did to them.
		if err := c.Step(sec, news, !own); err != nil {
			return out, err
		}
		out.Low = math.Min(out.Low, c.Price(0))
		done = append(done, c.Tally[0].LiquidatedUSD(0)+c.Tally[0].LiquidatedUSD(1))
		venue, adl = append(venue, c.byVenue[hyper].liquidated), append(adl, c.byVenue[hyper].deleveraged)
	}
	t := &c.Tally[0]
	long, short := t.LiquidatedUSD(0), t.LiquidatedUSD(1)
	out.Liquidated = long + short
	out.Deleveraged = t.DeleveragedUSD(0) + t.DeleveragedUSD(1)
	if out.Liquidated > 0 {
		out.LongShare, out.DeleveragedShare = long/out.Liquidated, out.Deleveraged/out.Liquidated
	}
	lost := 0.0
	for w := range ways {
		lost += t.Units[w][0] + t.Units[w][1]
	}
	out.InterestLost = lost / open
	out.peak(done, venue, adl, int(peakMinutes*time.Minute/step), sec, e.Book)
	return out, nil
}

// peak finds the twelve minutes in which most was liquidated.
func (r *Run) peak(done, venue, adl []float64, window int, sec float64, from time.Time) {
	best := -1
	before := func(x []float64, i int) float64 {
		if i == 0 {
			return 0
		}
		return x[i-1]
	}
	for i := range done {
		if got := done[min(i+window, len(done))-1] - before(done, i); got > r.Peak {
			r.Peak, best = got, i
		}
	}
	if best < 0 {
		return
	}
	last := min(best+window, len(done)) - 1
	r.PeakAt = from.Add(time.Duration(float64(best) * sec * float64(time.Second)))
	r.HyperUSD, r.HyperADL = venue[last]-before(venue, best), adl[last]-before(adl, best)
	for i := best; i <= last; i++ {
		if done[i]-before(done, best) >= r.Peak/2 {
			r.Half = float64(i-best+1) * sec
			return
		}
	}
}

// observedPath is the observed price from the beginning of an event to its end, one value for each second:
// within a bar from its open to the nearer of low and high, to the other, to its close, in equal times.
func observedPath(s *market.State, coin string, e Event) ([]float64, error) {
	b, err := s.Bars(coin, 5*time.Minute)
	if err != nil {
		return nil, err
	}
	n := int(e.Until.Sub(e.Book) / time.Second)
	path := make([]float64, n)
	from := e.Book.Unix()
	seen := 0
	for i := range b.Len() {
		if b.Begin[i] < from || b.Begin[i] >= e.Until.Unix() {
			continue
		}
		seen++
		points := [4]float64{b.Open[i], b.Low[i], b.High[i], b.Close[i]}
		if b.High[i]-b.Open[i] < b.Open[i]-b.Low[i] {
			points[1], points[2] = b.High[i], b.Low[i]
		}
		for k := range 300 {
			at := int(b.Begin[i]-from) + k
			if at >= n {
				break
			}
			x := float64(k) / 100
			j := min(int(x), 2)
			path[at] = points[j] + (x-float64(j))*(points[j+1]-points[j])
		}
	}
	if seen == 0 {
		return nil, absent("no_bars", evidence.Args{"instrument": coin, "interval": "5m"})
	}
	last := math.NaN() // where a bar is missing the price stands still
	for i, p := range path {
		if p > 0 {
			last = p
		} else {
			path[i] = last
		}
	}
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] > 0 {
			last = path[i]
		} else {
			path[i] = last
		}
	}
	return path, nil
}

func pathAt(path []float64, since time.Duration) float64 {
	return path[min(max(int(since/time.Second), 0), len(path)-1)]
}

// observe reads what the State says the event came to.
func (r *Replayed) observe(s *market.State) {
	e := r.Event
	add := func(measure, coin string, v float64, coverage, source string) {
		if v > 0 && !math.IsInf(v, 0) {
			r.Observed = append(r.Observed, Claim{e.Name, measure, coin, v, coverage, source})
		}
	}
	for _, coin := range []string{"BTC", "SOL"} {
		b, err := s.Bars(coin, 5*time.Minute)
		if err != nil {
			continue
		}
		low := math.Inf(1)
		for i := range b.Len() {
			if b.Begin[i] >= e.Book.Unix() && b.Begin[i] < e.Until.Unix() {
				low = math.Min(low, b.Low[i])
			}
		}
		add("low", coin, low, "spot_5m", b.Origin.File)
	}
	october := e.Name == "oct2025" // the day of which the tables below speak
	r.ofCoin = map[string]float64{}
	for _, id := range s.SeriesIDs() {
		rest, ok := strings.CutPrefix(id, "liquidation/")
		if !ok {
			continue
		}
		v, err := s.Series(id)
		if err != nil || v.Len() == 0 {
			continue
		}
		parts := strings.Split(rest, "/")
		if len(parts) == 3 && parts[2] == "liq_notional" {
			r.ofCoin[parts[1]] += v.Value[0]
			r.all += v.Value[0]
		}
		if !october || len(parts) != 3 || parts[1] != "BTC" && parts[1] != "ETH" && parts[1] != "SOL" {
			continue
		}
		switch {
		case parts[2] == "liq_notional":
			add("hyperliquid_liquidated", parts[1], v.Value[0], "hyperliquid_12min", v.Origin.File)
		case parts[2] == "adl_notional" && strings.Contains(parts[0], "impact"):
			add("hyperliquid_deleveraged", parts[1], v.Value[0], "hyperliquid_12min", v.Origin.File)
		}
	}
	if october {
		r.outcomes(s, add)
		r.timeline(s, add)
	}
}

// outcomes counts what became of the accounts that were touched: their shares only, since closed ones have
// no size left.
func (r *Replayed) outcomes(s *market.State, add func(measure, coin string, v float64, coverage, source string)) {
	for _, t := range s.Positions() {
		if !t.Outcomes {
			continue
		}
		for _, coin := range []string{"BTC", "SOL"} {
			var liquidated, longs float64
			for i, c := range t.Coin {
				if c == coin && t.Liquidated[i] {
					liquidated++
					if !t.Short[i] {
						longs++
					}
				}
			}
			if liquidated > 0 {
				add("long_share", coin, longs/liquidated, "hyperliquid_accounts", t.Origin.File)
			}
		}
	}
}

// timeline finds when half of the liquidations of the twelve minutes were done. Buckets that count
// deleveragings among the liquidations have them taken off.
func (r *Replayed) timeline(s *market.State, add func(measure, coin string, v float64, coverage, source string)) {
	liquidations, err := s.Series("liquidation/timeline/liquidations")
	if err != nil {
		return
	}
	counted := map[int64]float64{}
	if adl, err := s.Series("liquidation/timeline/adls"); err == nil {
		for i, t := range adl.About {
			counted[t] = adl.Value[i]
		}
	}
	total := 0.0
	for i, t := range liquidations.About {
		total += math.Max(0, liquidations.Value[i]-counted[t])
	}
	sum := 0.0
	for i, t := range liquidations.About {
		sum += math.Max(0, liquidations.Value[i]-counted[t])
		if sum >= total/2 && total > 0 {
			add("half_seconds", "*", float64(t-liquidations.About[0]), "hyperliquid_events", liquidations.Origin.File)
			return
		}
	}
}

// Share is the part of all liquidations at Hyperliquid on 10 October that were in a coin, 0 where the State
// does not hold them.
func (r *Replayed) Share(coin string) float64 {
	if r.all > 0 {
		return r.ofCoin[coin] / r.all
	}
	return 0
}
