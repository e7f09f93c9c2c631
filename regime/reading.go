package regime

import (
	"errors"
	"math"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Since is the first day of the histories in which percentiles are taken, where the data reach back so far.
const Since = calendar.Date(7305) // 1 January 1990

// Unit says what a measure is in.
type Unit string

// The units.
const (
	VolPerYear Unit = "vol_per_year" // decimal
	Ratio      Unit = "ratio"
	Plain      Unit = "" // without dimension
	PerBillion Unit = "per_usd_bn"
)

// Measure is one reading with its place in its own history.
type Measure struct {
	Key        string // code
	Unit       Unit
	Value      float64
	Percentile float64       // 0 to 100, among all values from From to the day
	Day        calendar.Date // of the value
	From       calendar.Date // first value of the history
	N          int           // days in it
	Source     []string      // keys of the datasets
	Caveats    []evidence.Code
	Absent     *evidence.Absent
}

// Reading is the state of the market at an instant.
type Reading struct {
	Measures []Measure
	States   *States // nil where the model could not be fitted
	Extreme  int     // measures beyond the 5th or 95th percentile
}

// stale is how many days old the last value of a measure may be.
const stale = 10

// Read measures everything that the State's data allow. Only when nothing at all can be measured does it
// return an absence.
func Read(s *market.State) (*Reading, error) {
	r := &Reading{}
	today := calendar.DateIn(s.At(), calendar.NewYork())
	add := func(key string, unit Unit, t *track, err error, source ...string) {
		m := Measure{Key: key, Unit: unit, Source: source}
		ok := false
		if err == nil {
			m.Value, m.Percentile, m.N, m.Day, ok = t.last(Since)
			for i, v := range t.value {
				if t.date[i] >= Since && v-v == 0 {
					m.From = t.date[i]
					break
				}
			}
		}
		var a *evidence.Absent
		switch {
		case errors.As(err, &a):
			m.Absent = a
		case err != nil || !ok:
			m.Absent = absent("short_history", nil)
		case today-m.Day > stale:
			m.Absent = absent("stale_prices", evidence.Args{"instrument": key, "date": m.Day.String()})
		}
		r.Measures = append(r.Measures, m)
	}
	r.index(s, add)
	sectors, err := newPanel(s, Sectors, len(Sectors))
	if err != nil {
		for _, key := range []string{"correlation", "dispersion", "absorption", "absorption_shift", "turbulence", "turbulence_month"} {
			add(key, Plain, nil, err)
		}
	} else {
		ar := sectors.absorption(5)
		turb := sectors.turbulence()
		add("correlation", Plain, sectors.correlation(quarter), nil, sectors.source...)
		add("dispersion", VolPerYear, sectors.dispersion(), nil, sectors.source...)
		add("absorption", Ratio, ar, nil, sectors.source...)
		add("absorption_shift", Plain, ar.shift(), nil, sectors.source...)
		add("turbulence", Plain, turb, nil, sectors.source...)
		add("turbulence_month", Plain, turb.smooth(), nil, sectors.source...)
	}
	// Implied correlation needs the implied volatility of the members beside the index's.
	add("implied_correlation", Plain, nil, absent("needs_member_chains", nil))
	r.trading(s, add)
	n := 0
	for _, m := range r.Measures {
		if m.Absent == nil {
			n++
			if m.Percentile < 5 || m.Percentile > 95 {
				r.Extreme++
			}
		}
	}
	if n == 0 {
		return nil, absent("regime_without_prices", nil)
	}
	return r, nil
}

type adder func(key string, unit Unit, t *track, err error, source ...string)

// index measures volatility: realised, implied, their difference, and the two-state model.
func (r *Reading) index(s *market.State, add adder) {
	b, ret, err := returns(s, "SPX")
	if err != nil {
		for _, key := range []string{"volatility", "wild_state"} {
			add(key, VolPerYear, nil, err)
		}
	}
	realised := &track{}
	if err == nil {
		first := 0
		for first < b.Len() && (b.Date(first) < Since || math.IsNaN(ret[first])) {
			first++
		}
		var date []calendar.Date
		var x []float64
		for i := first; i < b.Len(); i++ {
			if !math.IsNaN(ret[i]) {
				date, x = append(date, b.Date(i)), append(x, ret[i])
			}
		}
		key := market.Dataset{Bars: b}.Key()
		realised = &track{date: date, value: volatility(x)}
		add("volatility", VolPerYear, realised, nil, key)
		if m, ok := FitStates(x); ok {
			r.States = m
			add("wild_state", Ratio, &track{date: date, value: m.Filtered(x)}, nil, key)
		} else {
			add("wild_state", Ratio, nil, absent("short_history", evidence.Args{"needs": leastTurb, "has": len(x)}))
		}
	}
	vix, verr := s.Daily("VIX")
	if verr != nil {
		add("vix", VolPerYear, nil, verr)
		add("variance_premium", VolPerYear, nil, verr)
		return
	}
	implied, premium := &track{}, &track{}
	at := map[calendar.Date]float64{}
	for i, d := range realised.date {
		at[d] = realised.value[i]
	}
	for i := range vix.Len() {
		d := vix.Date(i)
		implied.date, implied.value = append(implied.date, d), append(implied.value, vix.Close[i]/100)
		if v, ok := at[d]; ok {
			premium.date, premium.value = append(premium.date, d), append(premium.value, vix.Close[i]/100-v)
		}
	}
	key := market.Dataset{Bars: vix}.Key()
	add("vix", VolPerYear, implied, nil, key)
	add("variance_premium", VolPerYear, premium, err, key)
}

// trading measures liquidity of the largest fund on the index.
func (r *Reading) trading(s *market.State, add adder) {
	b, err := s.Daily("SPY")
	if err != nil {
		for _, key := range []string{"amihud", "spread", "range_volume"} {
			add(key, Plain, nil, err)
		}
		return
	}
	key := market.Dataset{Bars: b}.Key()
	add("amihud", PerBillion, amihud(b), nil, key)
	add("spread", Ratio, corwinSchultz(b), nil, key)
	add("range_volume", PerBillion, rangeOverVolume(b), nil, key)
}
