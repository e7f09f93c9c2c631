package black

import (
	"math"
	"testing"
)

func TestDollarFormsAgreeWithRepricing(t *testing.T) {
	// Ten short index puts, multiplier 100: what the position's hedge and value do when one thing
	// moves a little, against the dollar forms of its greeks. The contracts' sign carries through.
	const spot, strike, years, vol, multiplier, contracts = 6600.0, 6500.0, 0.05, 0.18, 100.0, -10.0
	g := GreeksOf(Put, spot, strike, years, vol)
	hedge := func(spot, years, vol float64) float64 {
		return GreeksOf(Put, spot, strike, years, vol).Delta * multiplier * contracts
	}
	value := func(years, vol float64) float64 { return Price(Put, spot, strike, years, vol) * multiplier * contracts }
	const hour, day = 1.0 / 8760, 1.0 / 365
	f := func(name string, got, want float64) {
		t.Helper()
		// Half a step either way leaves only third-order terms: a few per mille of a 1 % move.
		if !(math.Abs(got/want-1) <= 0.02) {
			t.Errorf("%s: %g, repriced %g", name, got, want)
		}
	}
	f("delta", DollarDelta(g.Delta, spot, multiplier, contracts), hedge(spot, years, vol)*spot)
	f("gamma per percent", DollarGammaPerPercent(g.Gamma, spot, multiplier, contracts), (hedge(spot*1.005, years, vol)-hedge(spot*0.995, years, vol))*spot)
	f("gamma per point", DollarGammaPerPoint(g.Gamma, spot, multiplier, contracts), (hedge(spot+0.5, years, vol)-hedge(spot-0.5, years, vol))*spot)
	f("vega", DollarVegaPerVolPoint(g.Vega, multiplier, contracts), value(years, vol+0.005)-value(years, vol-0.005))
	f("vanna", DollarVannaPerVolPoint(g.Vanna, spot, multiplier, contracts), (hedge(spot, years, vol+0.005)-hedge(spot, years, vol-0.005))*spot)
	f("charm", DollarCharmPerHour(g.Charm, spot, multiplier, contracts), (hedge(spot, years-hour/2, vol)-hedge(spot, years+hour/2, vol))*spot)
	f("theta", DollarThetaPerDay(g.Theta, multiplier, contracts), value(years-day/2, vol)-value(years+day/2, vol))
}
