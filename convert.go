package faultline

import (
	"fmt"
	"slices"
	"strings"

	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

// ExposureUnits are the units of exposures, as --unit takes them.
var ExposureUnits = []evidence.Unit{
	evidence.USDPerPercent, evidence.USDPerPoint, evidence.USDPerVolPoint, evidence.USDPerHour, dealer.USDToClose,
}

// Convert turns exposures into other units. A unit alone, such as usd_per_point, converts those exposures
// that count the same thing: dollars by price (gamma), by volatility (vanna), by time (charm). With a
// name before it, vex=usd_per_pct, it converts that one, by way of the stated relation of volatility to
// price where it must. Slopes and prices stay as they are.
func (a *Analysis) Convert(units ...string) error {
	e := a.Exposure
	if e == nil {
		return nil
	}
	for _, text := range units {
		name, unit, named := strings.Cut(text, "=")
		if !named {
			name, unit = "", text
		}
		u := evidence.Unit(unit)
		if unit == "usd_per_volpoint" {
			u = evidence.USDPerVolPoint
		}
		if !slices.Contains(ExposureUnits, u) {
			return fmt.Errorf("convert exposures: %q is no unit of an exposure", unit)
		}
		greeks := map[string]*Greek{"gex": &e.GEX, "vex": &e.VEX, "cex": &e.CEX}
		switch {
		case named && greeks[name] == nil:
			return fmt.Errorf("convert exposures: %q is none of gex, vex and cex", name)
		case !named:
			name = map[evidence.Unit]string{
				evidence.USDPerPercent: "gex", evidence.USDPerPoint: "gex", evidence.USDPerVolPoint: "vex",
				evidence.USDPerHour: "cex", dealer.USDToClose: "cex",
			}[u]
		}
		if err := e.convert(greeks[name], u); err != nil {
			return fmt.Errorf("convert %s: %w", name, err)
		}
	}
	for i := range a.Headlines {
		if a.Headlines[i].ID == e.GEX.Total.ID {
			a.Headlines[i].With = e.GEX.Total
		}
	}
	return nil
}

// convert turns one greek into another unit in place.
func (e *Exposure) convert(g *Greek, to evidence.Unit) error {
	factor, err := e.rates.Convert(1, g.Unit, to)
	if err != nil {
		return err
	}
	flip := factor < 0 // the ends of an interval change places
	number := func(p *float64) *float64 {
		if p == nil {
			return nil
		}
		v := *p * factor
		return &v
	}
	column := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		out := make([]float64, len(x))
		for i := range x {
			out[i] = x[i] * factor
		}
		return out
	}
	from, f := g.Unit, g.Total
	f.Value, f.Low, f.High, f.Unit = number(f.Value), number(f.Low), number(f.High), to
	s := g.ByStrike
	s.Call, s.Put, s.Low, s.High = column(s.Call), column(s.Put), column(s.Low), column(s.High)
	expiries, buckets := slices.Clone(g.ByExpiry), slices.Clone(g.ByBucket)
	for i := range expiries {
		x := &expiries[i]
		x.Value, x.Low, x.High = x.Value*factor, number(x.Low), number(x.High)
		if flip {
			x.Low, x.High = x.High, x.Low
		}
	}
	for i := range buckets {
		x := &buckets[i]
		x.Value, x.Low, x.High = x.Value*factor, number(x.Low), number(x.High)
		if flip {
			x.Low, x.High = x.High, x.Low
		}
	}
	if flip {
		f.Low, f.High, s.Low, s.High = f.High, f.Low, s.High, s.Low
	}
	g.Unit, g.Total, g.ByStrike, g.ByExpiry, g.ByBucket = to, f, s, expiries, buckets
	if g.Profile != nil {
		p := *g.Profile
		p.GEX = make([]float64, len(p.Price))
		for i, v := range g.Profile.GEX {
			// A dollar a point is 1 % of that price, not of spot.
			r := e.rates
			r.Spot = p.Price[i]
			if p.GEX[i], err = r.Convert(v, from, to); err != nil {
				return err
			}
		}
		g.Profile = &p
	}
	return nil
}

// ratesOf are the relations between the units of exposures.
func (r *run) ratesOf(x *dealer.Exposures) dealer.Rates {
	per := r.assume.Value("dealer.vol_per_percent")
	if per == 0 {
		per = market.Missing
	}
	return dealer.RatesOf(x, per)
}
