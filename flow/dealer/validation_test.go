package dealer_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// The tests of this file print the figures of docs/methods/dealer.md:
//
//	go test ./flow/dealer -run Validation -v
//
// The chains of July and August 2026 in the Cboe format are kept apart: nothing was chosen on them.

func sharedBars(t testing.TB, file string) *market.Bars {
	t.Helper()
	for _, s := range readSets(t, sharedFiles(t, file)[0]) {
		if s.Bars != nil {
			return s.Bars
		}
	}
	t.Fatalf("%s has no bars", file)
	return nil
}

func sharedSeries(t testing.TB, file, id string) *market.Series {
	t.Helper()
	for _, s := range readSets(t, sharedFiles(t, file)[0]) {
		if s.Series != nil && s.Series.ID == id {
			return s.Series
		}
	}
	t.Fatalf("%s has no series %s", file, id)
	return nil
}

func say(e dealer.Estimate) string {
	return fmt.Sprintf("%.3f [%.3f, %.3f], %d days", e.Value, e.Low, e.High, e.N)
}

// vendorDays are the levels of the vendor's chains of 2026 with the sessions that followed.
var vendorDays = sync.OnceValue(func() func(t testing.TB) []dealer.LevelDay {
	var days []dealer.LevelDay
	var once sync.Once
	return func(t testing.TB) []dealer.LevelDay {
		t.Helper()
		files := sharedFiles(t, "options/vendor_json/*.gz")
		once.Do(func() {
			var chains []*market.Chain
			for _, f := range files {
				chains = append(chains, readChain(t, f))
			}
			var skipped []dealer.Skipped
			var err error
			days, skipped, err = dealer.LevelDays(chains, sharedBars(t, "daily/GSPC.csv"), naive(), registerDraws(64))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range skipped {
				t.Logf("skipped %s: %s", s.File, s.Absent.Code)
			}
		})
		return days
	}
})()

func TestValidationTheErrorOfTheNaiveFigureIsDrawnAsPublished(t *testing.T) {
	draws := registerDraws(200)
	errorsOf := func(files []string) (rel, share []float64, days int) {
		for _, f := range files {
			b := prepare(t, readChain(t, f))
			h := holding(t, b)
			one := make([]float64, b.Len())
			gross := 0.0
			for i := range one {
				one[i] = gammaOfOne(b, i)
				if n := b.OpenInterest[i]; n > 0 { // and not missing
					gross += one[i] * n
				}
			}
			at := func(a assumption.Set) (sum float64) {
				for i, n := range h.Net(a) {
					if !market.IsMissing(n) {
						sum += n * one[i]
					}
				}
				return sum
			}
			n := at(naive())
			if !(math.Abs(n) >= 0.1*gross) {
				continue
			}
			days++
			for _, a := range draws {
				off := math.Abs(at(a) - n)
				rel, share = append(rel, off/math.Abs(n)), append(share, off/gross)
			}
		}
		slices.Sort(rel)
		slices.Sort(share)
		return rel, share, days
	}
	fit := append(sharedFiles(t, "options/cboe_csv/spx_20*.csv"), sharedFiles(t, "options/vendor_json/*.gz")...)
	rel, share, days := errorsOf(fit)
	m := quantile(rel, 0.5)
	t.Logf("%d of %d chains with |net| of a tenth of gross or more: error of the naive figure, quartiles %.2f, %.2f, %.2f of it; median %.3f of gross",
		days, len(fit), quantile(rel, 0.25), m, quantile(rel, 0.75), quantile(share, 0.5))
	if !(m >= 0.3 && m <= 0.5) {
		t.Errorf("median error %v, published 30 to 50 %%", m)
	}
	rel, _, days = errorsOf(sharedFiles(t, "options/cboe_json/*.gz"))
	if days > 0 {
		t.Logf("chains kept apart, %d used: quartiles %.2f, %.2f, %.2f", days, quantile(rel, 0.25), quantile(rel, 0.5), quantile(rel, 0.75))
	}
}

func TestValidationTheShareOfVolumeThatStaysOpen(t *testing.T) {
	// Over two evenings the change of open interest of what expires on the second day is what of the
	// first day's volume was not closed again. The chain of an evening has the open interest of the
	// night before.
	type key struct {
		right  black.Right
		strike float64
	}
	table := func(c *market.Chain, expiry calendar.Date) map[key]market.Quote {
		m := map[key]market.Quote{}
		for i := range c.Len() {
			if q := c.Row(i); q.Expiry == expiry && math.Abs(q.Strike/c.Spot-1) < 0.02 {
				m[key{q.Right, q.Strike}] = q
			}
		}
		return m
	}
	var kept []float64
	var before *market.Chain
	for _, f := range sharedFiles(t, "options/vendor_json/*.gz") {
		c := readChain(t, f)
		if before != nil {
			day := calendar.DateIn(c.At, calendar.NewYork())
			first, second := table(before, day), table(c, day)
			change, volume := 0.0, 0.0
			for k, q := range first {
				if r, ok := second[k]; ok && q.Volume > 0 && !market.IsMissing(q.OpenInterest) && !market.IsMissing(r.OpenInterest) {
					change += r.OpenInterest - q.OpenInterest
					volume += q.Volume
				}
			}
			if volume > 1000 {
				kept = append(kept, change/volume)
			}
		}
		before = c
	}
	slices.Sort(kept)
	t.Logf("%d pairs of evenings: share of volume kept open, median %.3f, 5 and 95 %% %.3f and %.3f", len(kept), quantile(kept, 0.5), quantile(kept, 0.05), quantile(kept, 0.95))
	if want := naive().Value("dealer.volume_kept"); !(math.Abs(quantile(kept, 0.5)-want) < 0.03) || len(kept) < 80 {
		t.Errorf("median %v of %d pairs, the register says %v", quantile(kept, 0.5), len(kept), want)
	}
}

func TestValidationOfLevelsAgainstPlacebos(t *testing.T) {
	days := vendorDays(t)
	t.Logf("%d sessions from %s to %s", len(days), days[0].Next.Date, days[len(days)-1].Next.Date)
	if len(days) < 80 {
		t.Errorf("%d sessions scored of 100 chains", len(days))
	}
	for _, r := range dealer.ValidateLevels(days, naive(), 1) {
		for _, x := range []struct {
			what string
			s    dealer.Shares
		}{{"level", r.Level}, {"offset", r.Offset}, {"round", r.Round}, {"level less offset", r.Against}} {
			t.Logf("%-15s %-18s touched %s | not beyond %s | held when touched %s", r.Kind, x.what, say(x.s.Touched), say(x.s.NotBeyond), say(x.s.Held))
		}
		if r.Kind == dealer.KindCallWall || r.Kind == dealer.KindPutWall {
			// The manual says that the walls' record is that of their distance. If that ever changes it
			// must be rewritten.
			if d := r.Against.NotBeyond; !(d.Low <= 0 && d.High >= 0) {
				t.Errorf("%s differs from its placebo: %s", r.Kind, say(d))
			}
		}
	}
}

func TestValidationOfVolatilityBelowZeroGamma(t *testing.T) {
	v := dealer.ValidateVolatility(vendorDays(t), 1)
	t.Logf("realised volatility below zero gamma %s; above %s; ratio %s", say(v.Below), say(v.Above), say(v.Ratio))
	if !(v.Ratio.Low > 1) {
		t.Errorf("ratio %s, the manual says above 1", say(v.Ratio))
	}
}

func TestValidationOfTheLastHalfHour(t *testing.T) {
	gamma := sharedSeries(t, "gex/DIX.csv", "dix/gex")
	days, err := dealer.HalfHours(sharedBars(t, "intraday/SPX_5min_tv.csv"), gamma, 5*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d full sessions from %s to %s", len(days), days[0].Date, days[len(days)-1].Date)
	var size []float64
	for _, d := range days {
		size = append(size, d.Gamma)
	}
	for _, x := range []struct {
		what string
		at   float64
	}{{"zero", 0}, {"a fifth of days below", quantile(size, 0.2)}, {"half of days below", quantile(size, 0.5)}} {
		below, above, diff := dealer.ValidateMomentum(days, x.at, 1)
		t.Logf("threshold %s (%.2fbn): slope below %s, above %s, difference %s; follows below %s, above %s",
			x.what, x.at/1e9, say(below.Slope), say(above.Slope), say(diff), say(below.Follows), say(above.Follows))
		if x.at == 0 && below.Slope.N > 30 {
			t.Errorf("%d days below zero: the manual says too few to tell", below.Slope.N)
		}
		if x.at > 0 && !(diff.Low < 0 && diff.High > 0) {
			t.Errorf("difference %s: the manual says none", say(diff))
		}
	}
}

func TestValidationOfTheSignOfPublishedFigures(t *testing.T) {
	bars, vix := sharedBars(t, "daily/GSPC.csv"), sharedBars(t, "daily/VIX.csv")
	for _, s := range []struct{ file, id string }{{"gex/DIX.csv", "dix/gex"}, {"gex/gamma_baseline.csv", "gamma_baseline/net_gex"}} {
		gamma := sharedSeries(t, s.file, s.id)
		for what, implied := range map[string]*market.Bars{"ranges of the last month": nil, "VIX": vix} {
			days, err := dealer.GammaDays(bars, gamma, implied)
			if err != nil {
				t.Fatal(err)
			}
			bare, banded := dealer.ValidateSign(days, 0, 1), dealer.ValidateSign(days, 0.43, 1)
			for name, x := range map[string]dealer.SignTest{"bare sign": bare, "banded sign": banded} {
				t.Logf("%s, %s, beyond %s: range short %.4f (%d days), unsure %.4f (%d), long %.4f (%d); short over long %s; beyond %s",
					s.id, name, what, x.Short.Value, x.Short.N, x.Unsure.Value, x.Unsure.N, x.Long.Value, x.Long.N, say(x.ShortOverLong), say(x.Beyond))
				if !(x.Beyond.Low > 0) {
					t.Errorf("%s, %s: the sign adds %s to the %s", s.id, name, say(x.Beyond), what)
				}
			}
		}
	}
}

func TestValidationAgainstPublishedFigures(t *testing.T) {
	days := vendorDays(t)
	for _, s := range []struct{ file, id string }{{"gex/DIX.csv", "dix/gex"}, {"gex/gamma_baseline.csv", "gamma_baseline/net_gex"}} {
		gamma := sharedSeries(t, s.file, s.id)
		at := map[calendar.Date]float64{}
		for i, v := range gamma.Value {
			at[calendar.Date(gamma.About[i]/86400)] = v
		}
		var claims, fixed []dealer.Claimed
		for _, d := range days {
			day := calendar.DateIn(d.Made, calendar.NewYork())
			if y, ok := at[day]; ok {
				claims = append(claims, dealer.Claimed{Date: day, Claim: d.GEX, Published: y})
				half := 0.43 * math.Abs(d.GEX.Value)
				fixed = append(fixed, dealer.Claimed{Date: day, Claim: dealer.Amount{Value: d.GEX.Value, Low: d.GEX.Value - half, High: d.GEX.Value + half}, Published: y})
			}
		}
		c, f := dealer.Compare(claims, 1e9, 1), dealer.Compare(fixed, 1e9, 1)
		t.Logf("%s, partial chains of 2026: %d days; signs agree %s; interval holds the published figure %s; median ratio of sizes %.2f", s.id, c.Days, say(c.Signs), say(c.Covered), c.Ratio)
		t.Logf("   interval score %.3g dollars; naive value ± 43 %% %.3g, covers %.2f; bare value %.3g", c.Score, f.Score, f.Covered.Value, c.PointScore)
		if !(c.Score < f.Score && c.Score < c.PointScore) || !(c.Covered.High >= 0.9) {
			t.Errorf("%s: the band is no better than the bare value", s.id)
		}
	}
	dix, other := sharedSeries(t, "gex/DIX.csv", "dix/gex"), sharedSeries(t, "gex/gamma_baseline.csv", "gamma_baseline/net_gex")
	second := map[int64]float64{}
	for i, v := range other.Value {
		second[other.About[i]/86400] = v
	}
	both, agree, below, small := 0.0, 0.0, 0.0, []float64{}
	for i, v := range dix.Value {
		small = append(small, math.Abs(v))
		if v < 0 {
			below++
		}
		if w, ok := second[dix.About[i]/86400]; ok {
			both++
			if v > 0 == (w > 0) {
				agree++
			}
		}
	}
	ours := 0.0
	for _, d := range days {
		if d.GEX.Value < 0 {
			ours++
		}
	}
	t.Logf("the two publishers agree in sign on %.3f of %.0f days; the DIX file is below zero on %.3f of its days and a tenth of them are smaller than %.2fbn; the naive figure of 2026 is below zero on %.3f",
		agree/both, both, below/float64(dix.Len()), quantile(small, 0.1)/1e9, ours/float64(len(days)))
	compared := 0
	for _, f := range sharedFiles(t, "options/cboe_csv/spx_20*.csv") {
		c := readChain(t, f)
		b := prepare(t, c)
		if b.Len() < 5000 {
			continue // a subset
		}
		e := dealer.Measure(holding(t, b), naive(), registerDraws(1000))
		day := calendar.DateIn(b.Quoted, calendar.NewYork())
		for i := range dix.Value {
			if calendar.Date(dix.About[i]/86400) != day {
				continue
			}
			y := dix.Value[i]
			calls, puts := sum(e.GEX.Call.Value), sum(e.GEX.Put.Value)
			t.Logf("%s: published %.2f; here %.2f [%.1f, %.1f], calls %.1f, puts %.1f, billions; for a point %.3f; the published figure is that of dealers short %.3f of the puts",
				day, y/1e9, e.GEX.Total.Value/1e9, e.GEX.Total.Low/1e9, e.GEX.Total.High/1e9, calls/1e9, puts/1e9, e.GEX.Total.Value/1e9/(e.Spot/100), (calls-y)/-puts)
			if math.Abs(y) < 1e9 {
				continue // near zero: a tenth of days are smaller
			}
			compared++
			if y > 0 != (e.GEX.Total.Value > 0) {
				t.Errorf("%s: published %v, here %v", day, y, e.GEX.Total.Value)
			}
			if !(e.GEX.Total.Low <= y && y <= e.GEX.Total.High) {
				t.Errorf("%s: published %v lies outside %v to %v", day, y, e.GEX.Total.Low, e.GEX.Total.High)
			}
		}
	}
	if compared < 3 {
		t.Errorf("%d whole chains compared", compared)
	}
}

func TestValidationTodaysShareByTimeOfDay(t *testing.T) {
	for _, name := range []string{"spx_2022-07-12.csv", "spx_2025-11-20_0952ET_partial.csv"} {
		b := prepare(t, readChain(t, filepath.Join(shared, "options/cboe_csv", name)))
		x := dealer.ShareOfToday(holding(t, b))
		t.Logf("%s: of gamma %.3f, of volume %.3f, of open interest %.3f", x.At.In(calendar.NewYork()).Format("2006-01-02 15:04"), x.Gamma, x.Volume, x.OpenInterest)
		if !(x.Gamma > 0 && x.Gamma < 1) || !(x.Volume > x.OpenInterest) {
			t.Errorf("share %+v: today's contracts trade more than they are held", x)
		}
	}
}

func TestValidationNoContractOfTodayHasZeroGamma(t *testing.T) {
	checked := 0
	for _, name := range []string{"spx_2022-07-12.csv", "spx_2025-11-20_0952ET_partial.csv"} {
		b := prepare(t, readChain(t, filepath.Join(shared, "options/cboe_csv", name)))
		s, err := dealer.SessionOf(b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			e := b.Expiries[b.Exp[i]]
			sd := b.Vol[i] * math.Sqrt(b.Years[i])
			if e.Date != s.Date || !(math.Abs(math.Log(b.Strike[i]/b.Forward[i])) < 5*sd) {
				continue
			}
			checked++
			if g := black.GreeksOf(b.Right[i], b.Forward[i], b.Strike[i], b.Years[i], b.Vol[i]).Gamma; !(g > 0) {
				t.Errorf("%s: strike %v has gamma %v", name, b.Strike[i], g)
			}
		}
	}
	if checked < 50 {
		t.Errorf("%d contracts of today checked", checked)
	}
}

func TestValidationEveryRealChainGivesFiniteLevelsOrReasons(t *testing.T) {
	a := assumption.Default()
	for _, pattern := range []string{"options/cboe_csv/*.csv", "options/vendor_json/*.gz", "options/cboe_json/*.gz"} {
		for _, f := range sharedFiles(t, pattern) {
			b, err := options.Prepare(readChain(t, f), options.DefaultParams())
			if err != nil {
				continue
			}
			h, err := dealer.FromOpenInterest(b)
			if err != nil {
				t.Logf("%s: %v", filepath.Base(f), err)
				continue
			}
			l := dealer.FindLevels(h, a, registerDraws(16))
			for _, x := range l.All() {
				if x.Absent == nil && !(x.Price > 0 && !math.IsInf(x.Price, 0)) || x.Absent != nil && x.Absent.Code == "" {
					t.Errorf("%s: %+v", filepath.Base(f), x)
				}
			}
			for _, g := range []dealer.Greek{l.Exposures.GEX, l.Exposures.VEX, l.Exposures.CEX, l.Exposures.ToClose} {
				if v := g.Total; math.IsNaN(v.Value+v.Low+v.High) || math.IsInf(v.Value+v.Low+v.High, 0) || v.Low > v.High {
					t.Errorf("%s: %s %+v", filepath.Base(f), g.Unit, v)
				}
			}
		}
	}
}

func TestValidationGoodNewsThatWasSold(t *testing.T) {
	// 20 November 2025, seven minutes after the open, five expiries near the price: never "the market".
	b := prepare(t, readChain(t, sharedFiles(t, "options/cboe_csv/spx_2025-11-20_0952ET_partial.csv")[0]))
	h := holding(t, b)
	draws := registerDraws(64)
	l := dealer.FindLevels(h, naive(), draws)
	t.Logf("spot %.2f, GEX %.1f [%.1f, %.1f] billions per 1 %%", l.Spot, l.Exposures.GEX.Total.Value/1e9, l.Exposures.GEX.Total.Low/1e9, l.Exposures.GEX.Total.High/1e9)
	for _, x := range l.All() {
		t.Logf("%s %.2f [%.2f, %.2f], agreed by %.2f of draws, absent %v", x.Kind, x.Price, x.Band.Low, x.Band.High, x.Agree, x.Absent)
	}
	ev := dealer.AfterEvent(h, naive(), draws, dealer.Event{Points: 3})
	t.Logf("volatility 3 points lower: %.2f [%.2f, %.2f] billions at once; charm to the close %.2f [%.2f, %.2f]", ev.Vanna.Value/1e9, ev.Vanna.Low/1e9, ev.Vanna.High/1e9, ev.Charm.Value/1e9, ev.Charm.Low/1e9, ev.Charm.High/1e9)
	for _, x := range ev.Balance {
		t.Logf("undone at %.2f [%.2f, %.2f], buys below %v", x.Price, x.Band.Low, x.Band.High, x.Buys)
	}
	if !(ev.Vanna.Value > 0) {
		t.Errorf("under the naive convention dealers trade %v as volatility falls, want buying", ev.Vanna.Value)
	}
}
