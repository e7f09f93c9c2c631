package contagion

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// params are the numbers of the register, read once.
type params struct {
	fromYear                           int
	lags, horizon, window, step, block int
	draws, placebos, events            int
	lagStep, lagReach                  int64 // seconds
	intradayDays                       int
	seed                               uint64
}

func read(a assumption.Set) params {
	whole := func(name string) int { return int(a.Value("contagion." + name)) }
	return params{
		fromYear: whole("from_year"), lags: whole("lags"), horizon: whole("horizon"), window: whole("window"), step: whole("step"),
		block: whole("block"), draws: whole("draws"), placebos: whole("placebos"), events: whole("events"),
		lagStep: int64(whole("lag_step")), lagReach: int64(whole("lag_reach")), intradayDays: whole("intraday_days"),
		seed: uint64(a.Value("band.seed")),
	}
}

// Reading is what the data say of the channel between crypto and equities. Parts that could not be
// measured are nil and named in Missing.
type Reading struct {
	LeadLag      []Pair
	LeadLagLacks []string
	Systems      []*System // long, wide, close
	Rolling      *Rolling  // of the system long
	Events       []*Events // on each clock
	Tariff       *Tariff
	Used         []string // keys of the bars that it rests on
	Missing      []Part
	Findings     []evidence.Code
	Caveats      []evidence.Code
	Grade        evidence.Grade
}

// Part is a part that could not be measured, with the reason.
type Part struct {
	Name   string
	Absent *evidence.Absent
}

// The names of the parts and the systems.
const (
	PartLeadLag = "lead_lag"
	PartLong    = "long"
	PartWide    = "wide"
	PartClose   = "close"
	PartRolling = "rolling"
	PartEvents  = "events"
	PartTariff  = "tariff"
)

// WordKeys names the words that front ends look up for parts, systems and clocks.
var WordKeys = []string{
	"part.lead_lag", "part.long", "part.wide", "part.close", "part.rolling", "part.events", "part.tariff",
	"clock.utc_day", "clock.session_close", "announcement.april", "announcement.october", "announcement.suspension",
	"instrument.HIBETA", "instrument.UST10", "finding.found_lead_lag", "finding.found_connectedness", "finding.found_forecasts",
	"finding.found_events", "finding.found_order",
}

// ethFrom is the first session for which prices of ether are commonly kept: daily data begin on 9 November
// 2017.
var ethFrom = calendar.DateOf(2017, 11, 9)

// Read measures everything that the State has prices for. It returns *evidence.Absent where no part could be
// measured.
func Read(ctx context.Context, s *market.State, a assumption.Set) (*Reading, error) {
	q := read(a)
	r := &Reading{Grade: evidence.Modelled}
	used := map[string]bool{}
	use := func(keys []string) {
		for _, k := range keys {
			used[k] = true
		}
	}
	missing := func(part string, err error) error {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return err
		}
		r.Missing = append(r.Missing, Part{part, absent})
		return nil
	}

	pairs, keys, lacks, err := leadLags(s, q)
	if err != nil {
		if err := missing(PartLeadLag, err); err != nil {
			return nil, err
		}
	} else {
		r.LeadLag, r.LeadLagLacks = pairs, lacks
		use(keys)
	}
	all := []string{BTC, ETH, HiBeta, NDX, SPX, UST10}
	since := calendar.DateOf(q.fromYear, 1, 1)
	for _, x := range []struct {
		name, clock string
		ids         []string
		from        calendar.Date
	}{
		{PartLong, ClockUTC, slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id == ETH }), since},
		{PartWide, ClockUTC, all, max(since, ethFrom)},
		{PartClose, ClockClose, all, max(since, hourlyFrom(s))},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, lacks, err := NewPanel(s, x.ids, x.from, x.clock)
		var y *System
		if err == nil && x.name == PartWide && slices.Contains(lacks, ETH) {
			err = &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": ETH}}
		}
		if err == nil {
			y, err = NewSystem(x.name, p, lacks, q)
		}
		if err != nil {
			if err := missing(x.name, err); err != nil {
				return nil, err
			}
			continue
		}
		r.Systems = append(r.Systems, y)
		use(p.Used)
		if x.name == PartLong {
			if r.Rolling, err = Roll(p, q); err != nil {
				if err := missing(PartRolling, err); err != nil {
					return nil, err
				}
			}
		}
		if x.name == PartWide {
			continue // the same clock as that of long, over fewer years
		}
		e, err := Study(p, BTC, q.events, q.placebos, q.seed)
		if err != nil {
			if err := missing(PartEvents, err); err != nil {
				return nil, err
			}
			continue
		}
		r.Events = append(r.Events, e)
	}
	t, err := MeasureTariff(s)
	if err != nil {
		if err := missing(PartTariff, err); err != nil {
			return nil, err
		}
	} else {
		r.Tariff = t
	}
	if len(r.LeadLag) == 0 && len(r.Systems) == 0 && r.Tariff == nil {
		return nil, &evidence.Absent{Code: "no_bars", Args: evidence.Args{"instrument": BTC}}
	}
	r.Used = sorted(used)
	r.judge(s)
	r.find()
	return r, nil
}

// Concerned reports whether the State knows any price of a coin, without which there is no question of
// contagion.
func Concerned(s *market.State) bool {
	for _, k := range s.BarKeys() {
		name, _, _ := strings.Cut(k, "/")
		if isCoin(name) {
			return true
		}
	}
	return false
}

// judge sets grade and caveats.
func (r *Reading) judge(s *market.State) {
	for _, y := range r.Systems {
		if y.Panel.Clock == ClockUTC {
			r.Caveats = append(r.Caveats, evidence.Code{Code: "coins_close_later"})
			break
		}
	}
	for _, y := range r.Systems {
		late := 0
		for _, m := range y.Panel.Basket {
			if m.From > y.From {
				late++
			}
		}
		if n := len(y.Panel.Basket); late > 0 || n > 0 && n < len(market.HighBeta()) {
			r.Caveats = append(r.Caveats, evidence.Code{Code: "basket_grows", Args: evidence.Args{"first": float64(n - late), "all": float64(n)}})
			break
		}
	}
	for _, id := range []string{BTC, SPX} {
		if b, err := s.Daily(id); err == nil {
			r.Grade = evidence.Weakest(r.Grade, b.Origin.Grade)
		}
	}
}

// hourlyFrom is the day after the first hourly price of bitcoin, or today where there is none.
func hourlyFrom(s *market.State) calendar.Date {
	if b, err := s.Bars(BTC, time.Hour); err == nil {
		return calendar.DateIn(time.Unix(b.Begin[0], 0), calendar.NewYork()) + 1
	}
	return calendar.DateIn(s.At(), calendar.NewYork())
}
