package contagion

import (
	"math"
	"slices"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Announcement is a public statement that moved both crypto and equities, with the sessions over which its
// size is measured.
type Announcement struct {
	ID      string
	At      time.Time     // of the statement
	Session calendar.Date // the session of the statement, or the one before it
	Until   calendar.Date // the last session of the window
	Opposed bool          // a statement that took tariffs back: it is measured, and left out of the mean
	Source  string
}

// Announcements are those of the tariffs of 2025. The window of April ends with the session before the
// tariffs were suspended; the one of October holds both statements of that day, the second of which came
// at 16:50, when New York had closed.
func Announcements() []Announcement {
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2025, month, day, hour, minute, 0, 0, calendar.NewYork())
	}
	const (
		april   = "Executive Order 14257 of 2 April 2025, Federal Register 2025-06063; announced when New York had closed"
		suspend = "Executive Order 14266 of 9 April 2025, Federal Register 2025-06462; announced at 13:18"
		october = "https://www.dailyexpertnews.com/world/americas/market-sell-off-trump-post-cuts-2-trillion-from-stocks-in-one-day/"
	)
	return []Announcement{
		{ID: "april", At: at(time.April, 2, 16, 0), Session: calendar.DateOf(2025, 4, 2), Until: calendar.DateOf(2025, 4, 8), Source: april},
		{ID: "october", At: at(time.October, 10, 10, 57), Session: calendar.DateOf(2025, 10, 10), Until: calendar.DateOf(2025, 10, 10), Source: october},
		{ID: "suspension", At: at(time.April, 9, 13, 18), Session: calendar.DateOf(2025, 4, 9), Until: calendar.DateOf(2025, 4, 9), Opposed: true, Source: suspend},
	}
}

// Shock is the size of a statement in each asset.
type Shock struct {
	Announcement
	Wait  float64 // hours from the statement until New York traded
	Moves []Jump
}

// Jump is what one asset did in the window of a statement.
type Jump struct {
	Asset    string
	Return   Estimate // logarithmic, less the mean of ordinary windows; the error is their standard deviation
	Ordinary int      // windows
	Half     float64  // hours from the statement until half of the return had been made; Missing where the return is 0
	Members  int      // of the basket; 1 for all others
}

// Tariff is the shock of a tariff in each asset, over all statements measured.
type Tariff struct {
	Shocks []Shock
	Mean   []Size
	Absent []string // statements without prices
}

// Size is the mean of a shock over statements, weighted as DerSimonian and Laird do.
type Size struct {
	Asset  string
	Return Estimate
	Spread float64 // standard deviation between statements beyond their own errors
	Count  int
}

// shocked are the assets in which a statement is measured.
var shocked = []string{BTC, ETH, HiBeta, NDX, SPX, UST10}

// shockOf are the names in the register of the sizes of the shock.
var shockOf = map[string]string{
	BTC: "shock.tariff_btc", ETH: "shock.tariff_eth", HiBeta: "shock.tariff_hibeta", NDX: "shock.tariff_ndx", SPX: "shock.tariff_spx",
	UST10: "shock.tariff_ust10",
}

// InForce is the shock `tariff` as the register has it: the relative move of an asset, and the hours
// by which it moves after the statement, which are those until New York trades and 0 for coins. Its sizes are
// what MeasureTariff found on the statements of 2025; a model that needs the shock takes it from here, since
// the prices behind it cannot ship.
func InForce(a assumption.Set, asset string) (move, lagHours float64, ok bool) {
	name, ok := shockOf[asset]
	if !ok {
		return market.Missing, market.Missing, false
	}
	if !isCoin(asset) {
		lagHours = a.Value("shock.tariff_lag_hours")
	}
	return a.Value(name), lagHours, true
}

// ordinary is how many earlier windows of the same shape say what an asset does without news, and leastOrdinary
// how many there must be.
const (
	ordinary      = 60
	leastOrdinary = 10
)

// cryptoDay is how long after the close of New York a window of a coin goes on: to midnight UTC in summer.
const cryptoDay = 4 * time.Hour

// MeasureTariff measures every statement whose prices the State knows. The return of each asset runs from
// its last price before the statement to the close of the window's last session, that of coins for four
// hours more, to the end of their day. Its error is the standard deviation of the same window on up to
// sixty earlier sessions, of which the mean is subtracted (the constant-mean-return model of Campbell, Lo
// and MacKinlay 1997, section 4.3, with windows of a shape instead of days).
func MeasureTariff(s *market.State) (*Tariff, error) {
	out := &Tariff{}
	q := quotes{state: s}
	for _, a := range Announcements() {
		x, ok := q.shock(a)
		if !ok {
			out.Absent = append(out.Absent, a.ID)
			continue
		}
		out.Shocks = append(out.Shocks, x)
	}
	if len(out.Shocks) == 0 {
		return nil, &evidence.Absent{Code: "no_prices_of_announcements"}
	}
	for _, id := range shocked {
		var found []Estimate
		for _, x := range out.Shocks {
			for _, m := range x.Moves {
				if m.Asset == id && !x.Opposed {
					found = append(found, m.Return)
				}
			}
		}
		if len(found) > 0 {
			mean, spread := pool(found)
			out.Mean = append(out.Mean, Size{Asset: id, Return: mean, Spread: spread, Count: len(found)})
		}
	}
	return out, nil
}

// pool is the mean of estimates under a random effect (DerSimonian and Laird, "Meta-analysis in clinical
// trials", Controlled Clinical Trials 7, 1986, 177–188): weights 1/(e² + τ²) with
//
//	τ² = max(0, (Q − (k − 1)) / (Σw − Σw²/Σw)),   w = 1/e²,   Q = Σ w·(x − x̄_w)²
//
// Statements differ more than chance explains, and the error of the mean must say so.
func pool(x []Estimate) (mean Estimate, spread float64) {
	w, w2, wx := 0.0, 0.0, 0.0
	for _, e := range x {
		v := 1 / (e.Error * e.Error)
		w += v
		w2 += v * v
		wx += v * e.Value
	}
	q := 0.0
	for _, e := range x {
		d := e.Value - wx/w
		q += d * d / (e.Error * e.Error)
	}
	tau := 0.0
	if len(x) > 1 {
		tau = max(0, (q-float64(len(x)-1))/(w-w2/w))
	}
	w, wx = 0, 0
	for _, e := range x {
		v := 1 / (e.Error*e.Error + tau)
		w += v
		wx += v * e.Value
	}
	return estimate(wx/w, 1/math.Sqrt(w)), math.Sqrt(tau)
}

// quotes finds prices at instants.
type quotes struct{ state *market.State }

// stale is how old a price within the day may be: an hour and a half, since some coins are known by the hour.
const stale = 90 * time.Minute

// at is the last price of an instrument at an instant. At the close of a session it is the official one.
func (q quotes) at(id string, t time.Time, close calendar.Date) (float64, bool) {
	if close != 0 {
		if b, err := q.state.Daily(id); err == nil {
			if i, ok := slices.BinarySearch(b.Begin, int64(close)*86400); ok {
				return b.Close[i], true
			}
		}
	}
	var price float64
	var known int64
	for _, k := range q.state.BarKeys() {
		name, interval, _ := strings.Cut(k, "/")
		if name != id || interval == "1d" {
			continue
		}
		b, err := q.state.Bars(id, market.ParseInterval(interval))
		if err != nil {
			continue
		}
		i, _ := slices.BinarySearch(b.Known, t.Unix()+1)
		if i > 0 && b.Known[i-1] > known && t.Unix()-b.Known[i-1] <= int64(stale/time.Second) {
			price, known = b.Close[i-1], b.Known[i-1]
		}
	}
	return price, known != 0
}

// window is a span of time, its ends with the session whose close they are, or 0.
type window struct {
	from, to           time.Time
	fromClose, toClose calendar.Date
}

// move is the logarithmic return of an asset over a window, as the mean over its instruments that have a
// price at both ends, with their number.
func (q quotes) move(ids []string, w window) (r float64, n int) {
	for _, id := range ids {
		a, ok := q.at(id, w.from, w.fromClose)
		b, also := q.at(id, w.to, w.toClose)
		if ok && also && a > 0 && b > 0 {
			r += math.Log(b / a)
			n++
		}
	}
	return r / float64(max(n, 1)), n
}

// instruments are those whose prices stand for an asset, in the order of preference; the members of the
// basket count together.
func instruments(asset string) [][]string {
	switch asset {
	case HiBeta:
		return [][]string{market.HighBeta()}
	case NDX, SPX:
		return [][]string{{asset}, {intradayProxy[asset]}}
	}
	if asset == UST10 {
		return [][]string{{bondFund}}
	}
	return [][]string{{asset}}
}

// shock measures one statement; false where no asset has prices.
func (q quotes) shock(a Announcement) (Shock, bool) {
	x := Shock{Announcement: a}
	nyse := calendar.NYSE()
	sessions, err := nyse.Sessions(a.Session-200, a.Until)
	if err != nil || a.At.After(q.state.At()) {
		return x, false
	}
	last := len(sessions) - 1
	first := last
	for first > 0 && sessions[first].Date > a.Session {
		first--
	}
	start := sessions[first]
	if !a.At.Before(start.Close) {
		if next, err := nyse.Next(a.Session); err == nil {
			x.Wait = next.Open.Sub(a.At).Hours()
		}
	}
	// shape is the window moved back by some sessions, at the same time of day.
	shape := func(back int, tail time.Duration) window {
		from, to := sessions[first-back], sessions[last-back]
		w := window{from: from.Close.Add(a.At.Sub(start.Close)), to: to.Close.Add(tail)}
		if w.from.Equal(from.Close) && tail == 0 {
			w.fromClose = from.Date
		}
		if tail == 0 {
			w.toClose = to.Date
		}
		return w
	}
	for _, asset := range shocked {
		tail := time.Duration(0)
		if slices.Contains(coins, asset) {
			tail = cryptoDay
		}
		for _, ids := range instruments(asset) {
			r, n := q.move(ids, shape(0, tail))
			if n == 0 {
				continue
			}
			var usual []float64
			for back := last - first + 1; back <= last-first+ordinary && back <= first; back++ {
				if u, k := q.move(ids, shape(back, tail)); k > 0 {
					usual = append(usual, u)
				}
			}
			if len(usual) < leastOrdinary {
				continue
			}
			mean, sd := spreadOf(usual)
			if !(sd > 0) {
				continue // a price that stands still is none
			}
			j := Jump{
				Asset: asset, Return: estimate(r-mean, sd*math.Sqrt(1+1/float64(len(usual)))), Ordinary: len(usual), Members: n,
				Half: q.half(ids, shape(0, tail), r),
			}
			x.Moves = append(x.Moves, j)
			break
		}
	}
	return x, len(x.Moves) > 0
}

// spreadOf is the mean and the standard deviation of a sample.
func spreadOf(x []float64) (mean, sd float64) {
	n := float64(len(x))
	mean = sum(x) / n
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / (n - 1))
}

// halfStep is the grid on which the half of a move is looked for.
const halfStep = 5 * time.Minute

// half is the hours from the start of a window until half of the move had been made for the first time, on
// a grid of five minutes.
func (q quotes) half(ids []string, w window, whole float64) float64 {
	if whole == 0 {
		return market.Missing
	}
	for t := w.from.Add(halfStep); !t.After(w.to); t = t.Add(halfStep) {
		part := window{from: w.from, fromClose: w.fromClose, to: t}
		if r, n := q.move(ids, part); n > 0 && r/whole >= 0.5 {
			return t.Sub(w.from).Hours()
		}
	}
	return market.Missing
}
