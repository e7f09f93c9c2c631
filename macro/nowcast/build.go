package nowcast

import (
	"math"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/release"
	"faultline/market"
)

// Month counts months: twelve times the year, plus the month less one.
type Month int

// MonthOf is the month of a date.
func MonthOf(d calendar.Date) Month {
	y, m, _ := d.YMD()
	return Month(12*y + int(m) - 1)
}

// First is the first day of the month.
func (m Month) First() calendar.Date { return calendar.DateOf(int(m)/12, time.Month(int(m)%12+1), 1) }

// Last is the last day of the month.
func (m Month) Last() calendar.Date { return (m + 1).First() - 1 }

func (m Month) String() string { return m.First().String()[:7] }

// Source says how a series of a state becomes one of a panel.
type Source struct {
	ID        string // of the series in the state, and its name in the panel
	Kind      Kind
	Frequency release.Frequency // daily and weekly series are averaged over the month
	Code      int               // of Transform
	Factor    float64           // by which the transformed series is multiplied
}

// Data is a panel with the calendar that it stands on.
type Data struct {
	*Panel
	From    Month
	Sources []Source
	Grade   evidence.Grade
	Dropped []Dropped
	// Partial is, for each daily and weekly source, the variance with which the mean of the first n
	// observations of a month stands for the whole month, at n; nil for others.
	Partial [][]float64
	// Bridge is the variance with which the mean growth over two months stands for the growth of the
	// second one.
	Bridge []float64
}

// Build makes the panel of what a state knew at an instant, months from to to. It reads no row that became
// known later, so that an earlier instant than the state's gives what could be said then; a state keeps
// only the latest vintage of an observation, so that a revised one counts from its revision.
func Build(s *market.State, sources []Source, from, to Month, at time.Time) *Data {
	d := &Data{Panel: &Panel{T: int(to-from) + 1}, From: from}
	for _, src := range sources {
		series, err := s.Series(src.ID)
		if err != nil {
			d.Dropped = append(d.Dropped, Dropped{src.ID, &evidence.Absent{Code: "no_series", Args: evidence.Args{"series": src.ID}}})
			continue
		}
		// One month more, for the first difference.
		level, noise, partial := monthly(series, src, from-2, to, at)
		y, bridge, bridged := grow(level, src)
		row := make([]float64, d.T)
		extra := make([]float64, d.T)
		for t := range row {
			row[t] = y[t+2] * src.Factor
			extra[t] = noise[t+2] * src.Factor * src.Factor
			if bridged[t+2] {
				extra[t] += bridge * src.Factor * src.Factor
			}
			if math.IsNaN(row[t]) {
				extra[t] = 0
			}
		}
		for n := range partial {
			partial[n] *= src.Factor * src.Factor
		}
		d.Names, d.Kinds = append(d.Names, src.ID), append(d.Kinds, src.Kind)
		d.Y, d.Noise = append(d.Y, row...), append(d.Noise, extra...)
		d.Sources = append(d.Sources, src)
		d.Partial, d.Bridge = append(d.Partial, partial), append(d.Bridge, bridge*src.Factor*src.Factor)
		d.Grade = evidence.Weakest(d.Grade, series.Origin.Grade)
	}
	return d
}

// monthly gives the value of each month, and the variance with which it stands for the month.
func monthly(s *market.Series, src Source, from, to Month, at time.Time) (level, noise, partial []float64) {
	n := int(to-from) + 1
	level, noise = make([]float64, n), make([]float64, n)
	for t := range level {
		level[t] = math.NaN()
	}
	if src.Frequency == release.Monthly || src.Frequency == release.Quarterly {
		for i := range s.About {
			m := MonthOf(calendar.Date(s.About[i] / 86400))
			if src.Frequency == release.Quarterly {
				m += 2 // dated by its first day; the quarter stands in its last month
			}
			if s.Known[i] <= at.Unix() && m >= from && m <= to {
				level[m-from] = s.Value[i]
			}
		}
		return level, noise, nil
	}
	days := make([][]float64, n)
	for i := range s.About {
		m := MonthOf(calendar.Date(s.About[i] / 86400))
		if s.Known[i] <= at.Unix() && m >= from && m <= to {
			v := s.Value[i]
			if src.Code >= 4 {
				if !(v > 0) {
					continue
				}
				v = math.Log(v) // means of logarithms, so that the noise is one of logarithms
			}
			days[m-from] = append(days[m-from], v)
		}
	}
	partial = partialVariance(days, from, src.Frequency)
	for t, list := range days {
		if len(list) == 0 {
			continue
		}
		level[t] = mean(list)
		if whole := src.Count(from + Month(t)); len(list) < whole {
			noise[t] = partial[min(len(list), len(partial)-1)]
		}
	}
	return level, noise, partial
}

// Count is how many observations a whole month of a daily or weekly source has. A session or two without a
// quote, such as a holiday of bond traders, does not make a month partial.
func (src Source) Count(m Month) int {
	if src.Frequency == release.Weekly {
		n := 0
		for d := m.First(); d <= m.Last(); d++ {
			if d.Weekday() == time.Saturday {
				n++
			}
		}
		return n
	}
	n, err := calendar.NYSE().Count(m.First(), m.Last())
	if err != nil {
		return 0
	}
	return n - 2
}

// maxDays bounds the observations of a month.
const maxDays = 31

// partialVariance measures, on whole months, how far the mean of the first n observations lies from that of
// the month: the mean square, by n. Where there are no whole months to measure it on, one observation
// stands for nothing and the variance is that of the days themselves.
func partialVariance(days [][]float64, from Month, f release.Frequency) []float64 {
	src := Source{Frequency: f}
	sum, count := make([]float64, maxDays+1), make([]float64, maxDays+1)
	for t, list := range days {
		if len(list) < max(src.Count(from+Month(t)), 2) {
			continue
		}
		whole, part := mean(list), 0.0
		for n, x := range list[:min(len(list), maxDays)] {
			part += x
			e := part/float64(n+1) - whole
			sum[n+1] += e * e
			count[n+1]++
		}
	}
	out := make([]float64, maxDays+1)
	for n := 1; n <= maxDays; n++ {
		switch {
		case count[n] > 0:
			out[n] = max(sum[n]/count[n], 1e-12)
		default:
			out[n] = max(out[n-1], 1e-12)
		}
	}
	return out
}

func mean(list []float64) float64 {
	s := 0.0
	for _, x := range list {
		s += x
	}
	return s / float64(len(list))
}

// grow transforms levels. Where one month is missing, the growth of the next is the mean growth over both,
// with the variance that this adds: a quarter of that of the change of growth.
func grow(level []float64, src Source) (y []float64, bridge float64, bridged []bool) {
	bridged = make([]bool, len(level))
	if src.Frequency == release.Quarterly {
		y = make([]float64, len(level))
		for t := range y {
			y[t] = math.NaN()
			if t >= 3 && src.Code == 5 && level[t] > 0 && level[t-3] > 0 {
				y[t] = math.Log(level[t] / level[t-3])
			}
		}
		return y, 0, bridged
	}
	if src.Frequency != release.Monthly {
		return level, 0, bridged // averaged, and logarithms already where the code says so
	}
	y, err := Transform(level, src.Code)
	if err != nil {
		panic("nowcast: " + err.Error()) // a table of sources is part of the program
	}
	if src.Code != 2 && src.Code != 5 {
		return y, 0, bridged
	}
	sum, n := 0.0, 0.0
	for t := 1; t < len(y); t++ {
		if d := y[t] - y[t-1]; !math.IsNaN(d) {
			sum += d * d
			n++
		}
	}
	if n > 0 {
		bridge = sum / n / 4
	}
	for t := 2; t < len(y); t++ {
		if !math.IsNaN(level[t]) && math.IsNaN(level[t-1]) && !math.IsNaN(level[t-2]) {
			if src.Code == 5 {
				y[t] = math.Log(level[t]/level[t-2]) / 2
			} else {
				y[t] = (level[t] - level[t-2]) / 2
			}
			bridged[t] = !math.IsNaN(y[t])
		}
	}
	return y, bridge, bridged
}

// Between is the part of the data from one month to another.
func (d *Data) Between(from, to Month) *Data {
	out := *d
	out.From = from
	out.Panel = &Panel{Names: d.Names, Kinds: d.Kinds, T: int(to-from) + 1}
	for i := range d.N() {
		for m := from; m <= to; m++ {
			y, v := math.NaN(), 0.0
			if t := int(m - d.From); t >= 0 && t < d.T {
				y, v = d.At(i, t), d.noise(i, t)
			}
			out.Y, out.Noise = append(out.Y, y), append(out.Noise, v)
		}
	}
	return &out
}

// Select returns the model of some of its series.
func (m *Model) Select(names []string) *Model {
	out := *m
	out.Names, out.Kinds, out.Mean, out.Scale, out.Load = nil, nil, nil, nil, nil
	out.Rho, out.Var, out.Noise = nil, nil, nil
	out.InitMean, out.InitCov = nil, nil
	for _, name := range names {
		for i, have := range m.Names {
			if have != name {
				continue
			}
			out.Names, out.Kinds = append(out.Names, name), append(out.Kinds, m.Kinds[i])
			out.Mean, out.Scale = append(out.Mean, m.Mean[i]), append(out.Scale, m.Scale[i])
			out.Load = append(out.Load, m.Load[i*m.Factors:(i+1)*m.Factors]...)
			out.Rho, out.Var, out.Noise = append(out.Rho, m.Rho[i]), append(out.Var, m.Var[i]), append(out.Noise, m.Noise[i])
		}
	}
	return &out
}

// Spread is the covariance of the signals of series of kind Trend in a month, given what the panel has up
// to that month, in units of the series: [series][series]. It needs only the pattern of the panel, not its
// numbers. The panel must go on for a month more.
func (m *Model) Spread(p *Panel, series []int, months []int) ([][]float64, error) {
	l, err := compile(m, p, series)
	if err != nil {
		return nil, err
	}
	s := newSmoother(l)
	s.run(false)
	out := make([][]float64, len(months))
	for k, t := range months {
		if t < 0 || t+1 >= p.T {
			return nil, &evidence.Absent{Code: "nowcast_few_months", Args: evidence.Args{"months": p.T, "least": t + 2}}
		}
		// The state predicted for the next month holds this month as its first lag.
		cov := s.p[(t+1)*s.m*s.m:]
		out[k] = make([]float64, len(series)*len(series))
		for a, i := range series {
			for b, j := range series {
				x := 0.0
				for _, e := range l.lagged(i) {
					for _, g := range l.lagged(j) {
						x += e.v * g.v * cov[e.col*s.m+g.col]
					}
				}
				out[k][a*len(series)+b] = x * m.Scale[i] * m.Scale[j]
			}
		}
	}
	return out, nil
}

// lagged is the signal of a series a month ago.
func (l *layout) lagged(i int) []entry {
	z := l.signal(i)
	for k := range l.r {
		z[k].col += l.r
	}
	z[l.r].col++
	return z
}

// First is the first month in which at least half of the series have a number: before it a model would
// learn from a few series what it takes for all.
func (d *Data) First() Month {
	for t := range d.T {
		have := 0
		for i := range d.N() {
			if !math.IsNaN(d.At(i, t)) {
				have++
			}
		}
		if 2*have >= d.N() && have > 0 {
			return d.From + Month(t)
		}
	}
	return d.From + Month(d.T)
}
