package fog

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/nowcast"
	"faultline/macro/release"
)

// burn are the months of a panel that stand before the day: long enough that the filter has forgotten
// where it began.
const burn = 30

// horizons of a reading: now, and some months ahead.
const horizons = 2

// Meter measures fog with one estimated model.
type Meter struct {
	model   *nowcast.Model
	ahead   int // months
	sources []nowcast.Source
	reports []release.Report // of the sources
	partial [][]float64
	bridge  []float64
	targets []int
	memo    map[string]Reading
}

// Reading is how uncertain the trends are on one day.
type Reading struct {
	SD  [horizons][]float64 // standard deviation by target, in its unit
	Det [horizons]float64   // log₂ of the determinant of the targets' covariance
}

// New prepares a meter from a fitted model and the data it was fitted to; the trends are asked for now and
// so many months ahead. Quarterly series are left out:
// they are the last to come and say the least of a month, and would triple the state.
func New(m *nowcast.Model, d *nowcast.Data, ahead int) (*Meter, error) {
	f := &Meter{ahead: ahead, memo: map[string]Reading{}}
	var names []string
	for i, src := range d.Sources {
		if src.Kind == nowcast.Quarterly || !slices.Contains(m.Names, src.ID) {
			continue
		}
		r, ok := release.Of(src.ID)
		if !ok {
			return nil, fmt.Errorf("fog: no report carries %s", src.ID)
		}
		f.reports = append(f.reports, r)
		names = append(names, src.ID)
		f.sources = append(f.sources, src)
		f.partial = append(f.partial, d.Partial[i])
		f.bridge = append(f.bridge, d.Bridge[i])
	}
	f.model = m.Select(names)
	for _, t := range Targets {
		i := slices.Index(names, t)
		if i < 0 {
			return nil, &evidence.Absent{Code: "fog_no_target", Args: evidence.Args{"series": t}}
		}
		f.targets = append(f.targets, i)
	}
	return f, nil
}

// outAt says when the period of a report that ends on a day came out, or false if it did not.
type outAt func(r release.Report, end calendar.Date) (time.Time, bool)

// remembered asks a world once for each period of each report.
func remembered(out outAt) outAt {
	type period struct {
		report string
		end    calendar.Date
	}
	type answer struct {
		at time.Time
		ok bool
	}
	seen := map[period]answer{}
	return func(r release.Report, end calendar.Date) (time.Time, bool) {
		k := period{r.ID, end}
		a, have := seen[k]
		if !have {
			a.at, a.ok = out(r, end)
			seen[k] = a
		}
		return a.at, a.ok
	}
}

// scheduled is the world in which every release is on time.
func scheduled(r release.Report, end calendar.Date) (time.Time, bool) { return r.Scheduled(end), true }

// actual is the world as it was, seen from an instant: what is still to come comes when it is expected, and
// what nobody has given a date for does not.
func actual(at time.Time) outAt {
	return func(r release.Report, end calendar.Date) (time.Time, bool) {
		if t, ok := r.Actual(end); ok && !t.After(at) {
			return t, true
		}
		x := r.AsOf(end, at)
		return x.Due, !x.Due.IsZero()
	}
}

// read measures the trends at the close of a day.
func (f *Meter) read(day calendar.Date, out outAt) (Reading, error) {
	instant := day.At(16, 0, calendar.NewYork())
	now := nowcast.MonthOf(day)
	from := now - burn
	p := &nowcast.Panel{Names: f.model.Names, Kinds: f.model.Kinds, T: burn + f.ahead + 2}
	p.Y, p.Noise = make([]float64, p.N()*p.T), make([]float64, p.N()*p.T)
	key := make([]byte, 0, 4*p.T*p.N())
	for i, src := range f.sources {
		for t := range p.T {
			k := i*p.T + t
			ok, noise := f.has(i, src, from+nowcast.Month(t), instant, out)
			p.Y[k], p.Noise[k] = math.NaN(), 0
			if ok {
				// The covariance depends on what is there, not on what it says.
				p.Y[k], p.Noise[k] = f.model.Mean[i], noise
				key = binary.LittleEndian.AppendUint16(key, uint16(k))
				key = binary.LittleEndian.AppendUint64(key, math.Float64bits(noise))
			}
		}
	}
	if r, ok := f.memo[string(key)]; ok {
		return r, nil
	}
	cov, err := f.model.Spread(p, f.targets, []int{burn, burn + f.ahead})
	if err != nil {
		return Reading{}, err
	}
	var r Reading
	n := len(f.targets)
	for h, c := range cov {
		for k := range n {
			r.SD[h] = append(r.SD[h], math.Sqrt(c[k*n+k]))
		}
		r.Det[h] = math.Log2(c[0]*c[3] - c[1]*c[2])
	}
	f.memo[string(key)] = r
	return r, nil
}

// settled is the age in months from which everything has come out that ever will: the longest wait in the
// table of releases is under seven months.
const settled = 8

// has says whether a month of a series is observed at an instant, and how much noise that adds.
func (f *Meter) has(i int, src nowcast.Source, m nowcast.Month, instant time.Time, out outAt) (bool, float64) {
	if m.Last() < calendar.DateIn(instant, calendar.NewYork())-31*settled {
		return true, 0
	}
	r := f.reports[i]
	came := func(end calendar.Date) bool {
		t, ok := out(r, end)
		return ok && !t.After(instant)
	}
	if src.Frequency == release.Monthly {
		switch {
		case !came(m.Last()):
			return false, 0
		case src.Code != 2 && src.Code != 5, came((m - 1).Last()):
			return true, 0
		}
		return came((m - 2).Last()), f.bridge[i]
	}
	if src.Frequency == release.Daily && came(m.Last()+7) {
		return true, 0
	}
	n := 0
	for d := m.First(); d <= m.Last() && d.At(0, 0, calendar.NewYork()).Before(instant); d++ {
		counts := d.Weekday() == time.Saturday
		if src.Frequency == release.Daily {
			counts = calendar.NYSE().Trades(d)
		}
		if counts && came(d) {
			n++
		}
	}
	switch {
	case n == 0:
		return false, 0
	case n >= src.Count(m):
		return true, 0
	}
	return true, f.partial[i][min(n, len(f.partial[i])-1)]
}

// Day is the fog of one day.
type Day struct {
	Date      calendar.Date
	Projected bool // after the instant of the analysis, by the calendar as it was known then
	Actual    Reading
	OnTime    Reading
}

// Ratio is the standard deviation of a target over what it would be.
func (d Day) Ratio(horizon, target int) float64 {
	return d.Actual.SD[horizon][target] / d.OnTime.SD[horizon][target]
}

// Bits are what is not known of both targets jointly for want of releases: half the base-2 logarithm of the
// ratio of the determinants, which is the difference of the entropies of two normal distributions (Cover
// and Thomas, Elements of Information Theory, 2006, theorem 8.4.1).
func (d Day) Bits(horizon int) float64 { return (d.Actual.Det[horizon] - d.OnTime.Det[horizon]) / 2 }

// Cost is what one missing release, or one substitute, is worth, in bits at each horizon.
type Cost struct {
	Report, Period string
	Bits           [horizons]float64
}

// Course is the fog of a lapse.
type Course struct {
	Lapse
	Days []Day
	// Worst is the place of the day with the most bits now, among those that are not projected; the
	// costs and gains are of that day.
	Worst       int
	Missing     []Cost // what each missing release would have told, most first
	Substitutes []Cost // what would not be known without each substitute, most first
}

// Measure gives the course of a lapse as it was known at an instant. Days after it are projected.
func (f *Meter) Measure(l Lapse, at time.Time) (*Course, error) {
	var bounds [2]calendar.Date
	for i, s := range []string{l.From, l.To} {
		d, err := calendar.ParseDate(s)
		if err != nil {
			return nil, fmt.Errorf("fog: lapse %s: %w", l.ID, err)
		}
		bounds[i] = d
	}
	today := calendar.DateIn(at, calendar.NewYork())
	if bounds[0] > today {
		return nil, &evidence.Absent{Code: "fog_not_yet", Args: evidence.Args{"from": l.From}}
	}
	c := &Course{Lapse: l}
	world, whole := remembered(actual(at)), remembered(scheduled)
	for d := bounds[0]; d <= bounds[1]; d++ {
		day := Day{Date: d, Projected: d > today}
		var err error
		if day.Actual, err = f.read(d, world); err != nil {
			return nil, err
		}
		if day.OnTime, err = f.read(d, whole); err != nil {
			return nil, err
		}
		if !day.Projected && day.Bits(0) > worst(c) {
			c.Worst = len(c.Days)
		}
		c.Days = append(c.Days, day)
	}
	return c, f.explain(c, at)
}

func worst(c *Course) float64 {
	if len(c.Days) == 0 {
		return math.Inf(-1)
	}
	return c.Days[c.Worst].Bits(0)
}

// explain says what each missing release of the worst day costs and what each substitute is worth.
func (f *Meter) explain(c *Course, at time.Time) error {
	day := c.Days[c.Worst]
	instant := day.Date.At(16, 0, calendar.NewYork())
	begin, err := calendar.ParseDate(c.Begin)
	if err != nil {
		return fmt.Errorf("fog: lapse %s: %w", c.ID, err)
	}
	world := remembered(actual(at))
	for _, x := range release.Between(begin.At(0, 0, calendar.NewYork()), instant, instant) {
		r, _ := release.Named(x.Report)
		if !x.Hole(instant) || x.Scheduled.After(instant) || !f.carries(r) {
			continue
		}
		with, err := f.read(day.Date, func(q release.Report, end calendar.Date) (time.Time, bool) {
			if q.ID == x.Report && end == x.End {
				return x.Scheduled, true
			}
			return world(q, end)
		})
		if err != nil {
			return err
		}
		cost := Cost{Report: x.Report, Period: x.Period}
		for h := range horizons {
			cost.Bits[h] = (day.Actual.Det[h] - with.Det[h]) / 2
		}
		c.Missing = append(c.Missing, cost)
	}
	for _, id := range substitutes {
		r, _ := release.Named(id)
		if !f.carries(r) {
			continue
		}
		without, err := f.read(day.Date, func(q release.Report, end calendar.Date) (time.Time, bool) {
			t, ok := world(q, end)
			return t, ok && (q.ID != id || t.Before(begin.At(0, 0, calendar.NewYork())))
		})
		if err != nil {
			return err
		}
		gain := Cost{Report: id}
		for h := range horizons {
			gain.Bits[h] = (without.Det[h] - day.Actual.Det[h]) / 2
		}
		c.Substitutes = append(c.Substitutes, gain)
	}
	for _, list := range [][]Cost{c.Missing, c.Substitutes} {
		slices.SortStableFunc(list, func(a, b Cost) int {
			switch {
			case a.Bits[0] > b.Bits[0]:
				return -1
			case a.Bits[0] < b.Bits[0]:
				return 1
			}
			return 0
		})
	}
	return nil
}

// carries says whether a report has a series in the model.
func (f *Meter) carries(r release.Report) bool {
	return slices.ContainsFunc(f.sources, func(s nowcast.Source) bool { return slices.Contains(r.Series, s.ID) })
}
