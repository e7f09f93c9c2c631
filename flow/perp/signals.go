package perp

import (
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/market"
)

// source is the open interest of one market as the State holds it, in coins.
type source struct {
	id    string
	venue string // "" where the table does not say
	about []int64
	coins []float64
	grade evidence.Grade
}

// signals is what the State says of one coin.
type signals struct {
	coin    string
	price   float64
	at      int64 // Unix seconds at which the price was known
	node    string
	grade   evidence.Grade
	sources []source
	steps   []step   // without open interest
	gaps    float64  // share of the steps without funding and basis
	inputs  []string // keys of what was read
}

func absent(code string, args evidence.Args) *evidence.Absent {
	return &evidence.Absent{Code: code, Args: args}
}

// quoted is the latest price of a coin.
type quoted struct {
	price float64
	at    int64
	key   string // of the input
	grade evidence.Grade
}

// spot is the latest price that the State knows of a coin: of bars of any length and of published prices,
// none older than so many days.
func spot(s *market.State, coin string, maxDays float64) (quoted, error) {
	var best quoted
	for _, k := range s.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		if name != coin {
			continue
		}
		if b, err := s.Bars(name, market.ParseInterval(interval)); err == nil {
			i := b.Len() - 1
			if b.Known[i] > best.at {
				best = quoted{b.Close[i], b.Known[i], "bars/" + k, b.Origin.Grade}
			}
		}
	}
	for _, f := range s.Facts(coin) {
		if f.Unit == "usd" && f.Value > 0 && f.About > best.at {
			best = quoted{f.Value, f.About, "facts", s.FactsOrigin().Grade}
		}
	}
	if best.key == "" {
		return best, absent("no_price", evidence.Args{"instrument": coin, "as_of": s.At().Format(time.RFC3339)})
	}
	if age := float64(s.At().Unix()-best.at) / 86400; !(age <= maxDays) {
		return best, absent("stale_prices", evidence.Args{
			"instrument": coin, "last": time.Unix(best.at, 0).UTC().Format(time.DateOnly), "session": s.At().Format(time.DateOnly),
		})
	}
	return best, nil
}

// Price is the latest price of a coin that the State knows, the instant of it and the key of the input: of
// bars, of published prices, and where there are none the median mark of positions.
func Price(s *market.State, coin string) (price float64, at int64, key string, ok bool) {
	if q, err := spot(s, coin, math.Inf(1)); err == nil {
		return q.price, q.at, q.key, true
	}
	if p := markOf(s, coin); p > 0 {
		return p, s.Positions()[0].At.Unix(), "positions", true
	}
	return 0, 0, "", false
}

// gather reads what the State says of a coin.
func gather(s *market.State, coin string, a assumption.Set) (*signals, error) {
	q, err := spot(s, coin, a.Value("perp.price_age"))
	if err != nil {
		return nil, err
	}
	x := &signals{coin: coin, price: q.price, at: q.at, node: q.key, grade: q.grade, inputs: []string{q.key}}
	days := int64(a.Value("perp.window"))
	from := s.At().Unix() - days*86400
	x.history(s, from)
	if len(x.steps) == 0 {
		return nil, absent("no_bars", evidence.Args{"instrument": coin})
	}
	x.interest(s, from)
	if len(x.sources) == 0 {
		return nil, absent("no_open_interest", evidence.Args{"underlying": coin})
	}
	limit := a.Value("perp.interest_age")
	kept := x.sources[:0]
	latest := int64(math.MinInt64)
	for _, o := range x.sources {
		last := o.about[len(o.about)-1]
		latest = max(latest, last)
		if float64(s.At().Unix()-last)/86400 <= limit {
			kept = append(kept, o)
		}
	}
	x.sources = kept
	if len(kept) == 0 {
		return nil, absent("open_interest_stale", evidence.Args{
			"instrument": coin, "last": time.Unix(latest, 0).UTC().Format(time.DateOnly),
			"days": math.Round(float64(s.At().Unix()-latest) / 86400), "limit": limit,
		})
	}
	x.premium(s)
	for _, o := range kept {
		x.grade = evidence.Weakest(x.grade, o.grade)
	}
	slices.Sort(x.inputs)
	x.inputs = slices.Compact(x.inputs)
	return x, nil
}

// history lists the steps of the window: the finest bars as far as they reach back, daily bars before, and
// published prices where there are no bars.
func (x *signals) history(s *market.State, from int64) {
	add := func(b *market.Bars, to int64) {
		sum, n := 0.0, 0
		for _, v := range b.Volume {
			if v > 0 {
				sum, n = sum+v, n+1
			}
		}
		for i := range b.Len() {
			if b.Begin[i] < from || b.Known[i] > to || !(b.Close[i] > 0) {
				continue
			}
			low, high := b.Close[i], b.Close[i]
			if b.Low[i] > 0 && b.High[i] >= b.Low[i] {
				low, high = b.Low[i], b.High[i]
			}
			y := step{end: b.Known[i], days: b.Interval.Hours() / 24, low: low, high: high, volume: 1, premium: missing}
			if n > 0 && b.Volume[i] >= 0 {
				y.volume = b.Volume[i] / (sum / float64(n))
			}
			x.steps = append(x.steps, y)
		}
		x.inputs = append(x.inputs, "bars/"+b.Instrument+"/"+market.IntervalName(b.Interval))
	}
	var fine *market.Bars
	for _, k := range s.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		d := market.ParseInterval(interval)
		if name != x.coin || d == market.Day || d < 5*time.Minute {
			continue // minute bars say no more about a map than five-minute bars do
		}
		b, err := s.Bars(name, d)
		if err != nil || b.Known[b.Len()-1] < x.at-2*86400 {
			continue
		}
		// Bars with highs and lows before bars without, then the finer ones.
		better := fine == nil || (b.Low[b.Len()-1] > 0) && !(fine.Low[fine.Len()-1] > 0) ||
			(b.Low[b.Len()-1] > 0) == (fine.Low[fine.Len()-1] > 0) && b.Interval < fine.Interval
		if better {
			fine = b
		}
	}
	until := int64(math.MaxInt64)
	if fine != nil {
		until = fine.Begin[0]
	}
	if b, err := s.Daily(x.coin); err == nil {
		add(b, until)
	}
	if fine != nil {
		add(fine, math.MaxInt64)
	}
	if len(x.steps) > 0 {
		return
	}
	for _, f := range s.Facts(x.coin) {
		if f.Unit == "usd" && f.Value > 0 && f.About >= from {
			x.steps = append(x.steps, step{end: f.About, days: 1, low: f.Value, high: f.Value, volume: 1, premium: missing})
		}
	}
	for i := range x.steps { // days that no page spoke of pass too
		if i > 0 {
			x.steps[i].days = math.Max(float64(x.steps[i].end-x.steps[i-1].end)/86400, 1e-3)
			x.steps[i].low = math.Min(x.steps[i].low, x.steps[i-1].high)
			x.steps[i].high = math.Max(x.steps[i].high, x.steps[i-1].low)
		}
	}
	if len(x.steps) > 0 {
		x.inputs = append(x.inputs, "facts")
	}
}

// interest finds the open interest of every market of the coin, in coins:
//
//   - …usd_perp/sum_open_interest_value, of contracts margined in coins, counts coins; the same of contracts
//     margined in dollars counts dollars;
//   - …/open_interest_currency counts coins;
//   - …/btc_oi_value_usd counts dollars; where several tables have it, the longest counts.
//
// Published totals stand in where there is no table.
func (x *signals) interest(s *market.State, from int64) {
	low := strings.ToLower(x.coin)
	var total *market.Series
	for _, id := range s.SeriesIDs() {
		base, column := "", id
		if i := strings.LastIndexByte(id, '/'); i >= 0 {
			base, column = id[:i], id[i+1:]
		}
		v, err := s.Series(id)
		if err != nil {
			continue
		}
		switch {
		case column == "sum_open_interest_value" && strings.HasPrefix(base, low+"usd"):
			x.source(v, "binance", !strings.HasSuffix(base, "_perp"), from)
		case column == "open_interest_currency" && strings.HasPrefix(base, low+"-"):
			x.source(v, "okx", false, from)
		case column == low+"_oi_value_usd" && (total == nil || v.Len() > total.Len()):
			total = v
		}
	}
	if total != nil {
		x.source(total, "", true, from)
	}
	if len(x.sources) > 0 {
		return
	}
	o := source{id: "facts", grade: s.FactsOrigin().Grade}
	for _, id := range []string{x.coin + "_OI", x.coin + "_OI_before", x.coin + "_OI_after"} {
		for _, f := range s.Facts(id) {
			if f.Unit == "usd bn" && f.Value > 0 && f.About >= from {
				if p := x.priceAt(f.About); p > 0 {
					o.about, o.coins = append(o.about, f.About), append(o.coins, f.Value*1e9/p)
				}
			}
		}
	}
	sort.Sort(&o)
	o.medians()
	if len(o.about) > 0 {
		x.sources = append(x.sources, o)
		x.inputs = append(x.inputs, "facts")
	}
}

// Len, Less and Swap sort observations by time, then by size.
func (o *source) Len() int { return len(o.about) }

func (o *source) Less(i, j int) bool {
	return o.about[i] < o.about[j] || o.about[i] == o.about[j] && o.coins[i] < o.coins[j]
}

func (o *source) Swap(i, j int) {
	o.about[i], o.about[j] = o.about[j], o.about[i]
	o.coins[i], o.coins[j] = o.coins[j], o.coins[i]
}

// medians keeps one observation of each time: vendors count different venues, and of several the one in the
// middle stands.
func (o *source) medians() {
	n := 0
	for i := 0; i < len(o.about); {
		j := i
		for j < len(o.about) && o.about[j] == o.about[i] {
			j++
		}
		o.about[n], o.coins[n] = o.about[i], o.coins[(i+j-1)/2]
		n, i = n+1, j
	}
	o.about, o.coins = o.about[:n], o.coins[:n]
}

// priceAt is the middle of the last step that had ended by then.
func (x *signals) priceAt(t int64) float64 {
	i := sort.Search(len(x.steps), func(i int) bool { return x.steps[i].end > t })
	if i == 0 {
		i = 1
	}
	return (x.steps[i-1].low + x.steps[i-1].high) / 2
}

func (x *signals) source(v *market.Series, venue string, dollars bool, from int64) {
	o := source{id: v.ID, venue: venue, grade: v.Origin.Grade}
	for i := range v.About {
		if v.About[i] < from || !(v.Value[i] > 0) {
			continue
		}
		units := v.Value[i]
		if dollars {
			units /= x.priceAt(v.About[i])
		}
		o.about, o.coins = append(o.about, v.About[i]), append(o.coins, units)
	}
	if len(o.about) == 0 {
		return
	}
	x.sources = append(x.sources, o)
	key := v.ID
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		key = key[:i] + "/*"
	}
	x.inputs = append(x.inputs, "series/"+key)
}

// at is the open interest at an instant: on the line between the observations beside it, the first or last
// one outside.
func (o *source) at(t int64) float64 {
	i := sort.Search(len(o.about), func(i int) bool { return o.about[i] > t })
	switch {
	case i == 0:
		return o.coins[0]
	case i == len(o.about):
		return o.coins[i-1]
	}
	w := float64(t-o.about[i-1]) / float64(o.about[i]-o.about[i-1])
	return o.coins[i-1] + w*(o.coins[i]-o.coins[i-1])
}

// fundingAge is how long a rate of funding speaks for what follows: three of its periods.
const fundingAge = 86400

// premium sets what longs pay shorts, a year: the mean of three funding rates, each of eight hours; where
// there is none, the basis between the mark of the contract and the price, which funding follows.
func (x *signals) premium(s *market.State) {
	low := strings.ToLower(x.coin)
	const periods = 3 * 365 // of eight hours in a year
	var rate, mark *market.Series
	for _, id := range s.SeriesIDs() {
		switch {
		case strings.HasPrefix(id, low+"usd") && strings.HasSuffix(id, "/funding_rate") && rate == nil:
			rate, _ = s.Series(id)
		case strings.HasPrefix(id, low+"usd") && strings.HasSuffix(id, "/mark_price") && mark == nil:
			mark, _ = s.Series(id)
		}
	}
	used := func(v *market.Series) {
		key := v.ID[:strings.LastIndexByte(v.ID, '/')] + "/*"
		x.inputs = append(x.inputs, "series/"+key)
	}
	missed := 0
	for i := range x.steps {
		y := &x.steps[i]
		if rate != nil {
			j := sort.Search(rate.Len(), func(j int) bool { return rate.About[j] > y.end })
			sum, n := 0.0, 0
			for k := max(0, j-3); k < j; k++ {
				if y.end-rate.About[k] <= fundingAge {
					sum, n = sum+rate.Value[k], n+1
				}
			}
			if n > 0 {
				y.premium = sum / float64(n) * periods
				continue
			}
		}
		if mark != nil {
			j := sort.Search(mark.Len(), func(j int) bool { return mark.About[j] > y.end })
			if j > 0 && y.end-mark.About[j-1] <= fundingAge/3 {
				if p := x.priceAt(mark.About[j-1]); p > 0 {
					y.premium = (mark.Value[j-1]/p - 1) * periods
					continue
				}
			}
		}
		missed++
	}
	if rate != nil {
		used(rate)
	} else if mark != nil {
		used(mark)
	}
	x.gaps = float64(missed) / float64(len(x.steps))
}

// infer books the open interest of every market of a coin and returns its positions, open interest in
// coins, and what has left the map because it was liquidated on the way, in coins.
func (x *signals) infer(a assumption.Set, venues []Venue) (list []Position, open, dead float64) {
	m := readMix(a)
	for i := range x.sources {
		o := &x.sources[i]
		s := newStack(&m, x.coin, x.price, venues)
		for k := range x.steps {
			y := x.steps[k]
			y.interest = o.at(y.end)
			s.advance(&y)
		}
		list = append(list, s.positions(x.coin, o.venue, x.price, venues)...)
		open += o.coins[len(o.coins)-1] / m.coverage
		dead += s.Dead / m.coverage
	}
	return list, open, dead
}
