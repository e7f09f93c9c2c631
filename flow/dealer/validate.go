package dealer

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// LevelDay is one evening's levels and the session that they were made for.
type LevelDay struct {
	Underlying string
	Made       time.Time
	Spot       float64 // points, when the levels were made
	GEX        Amount  // dollars per 1 %
	Levels     []Level
	Next       Range
}

// Skipped is a chain that no level could be scored from, with the reason.
type Skipped struct {
	File   string
	Absent *evidence.Absent
}

// LevelDays finds the levels of each chain as of its own instant, and the session that follows, in
// order of time. The chain and the bars are seen through a State at the chain's instant: nothing of the
// session that is scored can enter the levels. A chain whose spot cannot be of its day, of which the
// session to come has no bars yet, or whose session another chain is already for (a file of a holiday
// repeats the day before) is skipped with its reason.
func LevelDays(chains []*market.Chain, bars *market.Bars, a assumption.Set, draws []assumption.Set) ([]LevelDay, []Skipped, error) {
	var days []LevelDay
	var skipped []Skipped
	taken := map[calendar.Date]bool{}
	for _, c := range slices.SortedFunc(slices.Values(chains), func(x, y *market.Chain) int { return x.At.Compare(y.At) }) {
		d, err := levelDay(c, bars, a, draws)
		if err == nil && taken[d.Next.Date] {
			err = &evidence.Absent{Code: "session_already_scored", Args: evidence.Args{"date": d.Next.Date.String()}}
		}
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			skipped = append(skipped, Skipped{c.Origin.File, absent})
		case err != nil:
			return nil, nil, fmt.Errorf("levels of %s: %w", c.Origin.File, err)
		default:
			taken[d.Next.Date] = true
			days = append(days, d)
		}
	}
	return days, skipped, nil
}

func levelDay(c *market.Chain, bars *market.Bars, a assumption.Set, draws []assumption.Set) (LevelDay, error) {
	var m market.Book
	m.Add(market.Dataset{Chain: c}, market.Dataset{Bars: bars})
	b, err := Book(m.AsOf(c.At), c.Underlying, a, nil)
	if err != nil {
		return LevelDay{}, err
	}
	h, err := FromOpenInterest(b)
	if err != nil {
		return LevelDay{}, err
	}
	next, err := RangeOf(bars, h.session.Date)
	if err != nil {
		return LevelDay{}, err
	}
	l := FindLevels(h, a, draws)
	return LevelDay{Underlying: b.Underlying, Made: b.Quoted, Spot: l.Spot, GEX: l.Exposures.GEX.Total, Levels: l.All(), Next: next}, nil
}

// Record is how often one kind of level held, and placebos in its place.
type Record struct {
	Kind    string
	Days    int    // sessions scored
	Missing int    // sessions without such a level, or with the price at it
	Level   Shares // the level itself
	Offset  Shares // placebo: another day's distance from the price, drawn at random
	Round   Shares // placebo: the multiple of 50 points nearest to the median distance
	Against Shares // level less Offset: above 0, the strike says more than its distance does
}

// Shares are the shares that matter of a level.
type Shares struct {
	Touched   Estimate // of all sessions
	NotBeyond Estimate // of all sessions: what vendors print as "held"
	Held      Estimate // of the sessions that touched it
}

// placebos is how many random distances stand for one day's placebo.
const placebos = 20

// ValidateLevels scores levels against the sessions that followed, and against placebos at the same
// distances: a level far enough away is never crossed, whoever hedges what, so that a record without a
// placebo says nothing. Of several zero-gamma prices the nearest is taken.
func ValidateLevels(days []LevelDay, a assumption.Set, seed uint64) []Record {
	var out []Record
	for _, kind := range []string{KindZeroGamma, KindCallWall, KindPutWall, KindAbsoluteGamma, KindPin} {
		out = append(out, record(kind, days, a.Value("dealer.touch"), seed))
	}
	return out
}

// trial is one level and its placebos on one day.
type trial struct {
	level, round Outcome
	offset       []Outcome
}

func record(kind string, days []LevelDay, tolerance float64, seed uint64) Record {
	r := Record{Kind: kind}
	var used []LevelDay
	var ratio []float64
	for _, d := range days {
		l := Nearest(kind, d)
		if l.Absent != nil || !(math.Abs(d.Spot/l.Price-1) > tolerance) {
			r.Missing++
			continue
		}
		used, ratio = append(used, d), append(ratio, l.Price/d.Spot)
	}
	r.Days = len(used)
	if r.Days == 0 {
		return r
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	typical := median(ratio)
	trials := make([]trial, len(used))
	for i, d := range used {
		at := func(price float64) Outcome { return score(Level{Kind: kind, Price: price}, d.Spot, d.Next, tolerance) }
		trials[i] = trial{level: at(ratio[i] * d.Spot), round: at(math.Round(d.Spot*typical/50) * 50)}
		for range placebos {
			trials[i].offset = append(trials[i].offset, at(d.Spot*ratio[rng.IntN(len(ratio))]))
		}
	}
	level := func(i int) []Outcome { return []Outcome{trials[i].level} }
	offset := func(i int) []Outcome { return trials[i].offset }
	r.Level = shares(len(used), seed, level, nil)
	r.Offset = shares(len(used), seed, offset, nil)
	r.Round = shares(len(used), seed, func(i int) []Outcome { return []Outcome{trials[i].round} }, nil)
	r.Against = shares(len(used), seed, level, offset)
	return r
}

// Nearest is the level of a kind that is nearest to the price.
func Nearest(kind string, d LevelDay) Level {
	best := Level{Absent: &evidence.Absent{Code: "no_such_level"}}
	for _, l := range d.Levels {
		if l.Kind == kind && l.Absent == nil && (best.Absent != nil || math.Abs(l.Price-d.Spot) < math.Abs(best.Price-d.Spot)) {
			best = l
		}
	}
	return best
}

// shares estimates the shares of outcomes by day, less those of others where given.
func shares(n int, seed uint64, of, less func(day int) []Outcome) Shares {
	share := func(days []int, of func(int) []Outcome, hit, counts func(Outcome) bool) float64 {
		sum, all := 0.0, 0.0
		for _, d := range days {
			outcomes := of(d)
			for _, o := range outcomes {
				if o.Side == "at" || !counts(o) {
					continue
				}
				all += 1 / float64(len(outcomes))
				if hit(o) {
					sum += 1 / float64(len(outcomes))
				}
			}
		}
		return sum / all
	}
	estimate := func(hit, counts func(Outcome) bool) Estimate {
		return bootstrap(n, seed, func(days []int) float64 {
			v := share(days, of, hit, counts)
			if less != nil {
				v -= share(days, less, hit, counts)
			}
			return v
		})
	}
	every := func(Outcome) bool { return true }
	touched := func(o Outcome) bool { return o.Touched }
	r := Shares{
		Touched:   estimate(touched, every),
		NotBeyond: estimate(func(o Outcome) bool { return !o.Beyond }, every),
		Held:      estimate(func(o Outcome) bool { return o.Held }, touched),
	}
	hits := 0
	for i := range n {
		for _, o := range of(i) {
			if o.Touched && o.Side != "at" {
				hits++
				break
			}
		}
	}
	r.Held.N = hits
	return r
}

// Volatility compares the sessions that opened below zero gamma with those above it.
type Volatility struct {
	Below, Above Estimate // a year, decimal: root mean square of the sessions' ranges (Parkinson 1980)
	Ratio        Estimate // Below over Above
}

// ValidateVolatility measures realised volatility by the side of zero gamma on which the price stood
// when the levels were made: below where dealers' exposure at the price is negative, which is also
// said where there is no crossing. Parkinson's estimator of the variance of a day is
// ln(high/low)²/(4 ln 2).
func ValidateVolatility(days []LevelDay, seed uint64) Volatility {
	variance := func(some []int, below bool) float64 {
		return mean(some, func(i int) (float64, bool) {
			d := days[i]
			x := math.Log(d.Next.High / d.Next.Low)
			return x * x / (4 * math.Ln2), d.GEX.Value < 0 == below
		})
	}
	side := func(below bool) Estimate {
		e := bootstrap(len(days), seed, func(some []int) float64 { return math.Sqrt(252 * variance(some, below)) })
		e.N = 0
		for _, d := range days {
			if d.GEX.Value < 0 == below {
				e.N++
			}
		}
		return e
	}
	return Volatility{
		Below: side(true), Above: side(false),
		Ratio: bootstrap(len(days), seed, func(some []int) float64 { return math.Sqrt(variance(some, true) / variance(some, false)) }),
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
