package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// madeContagion is an invented reading with every part: two coins, three stocks and a bond.
func madeContagion() *faultline.Contagion {
	node, asOf := "run/contagion", time.Date(2031, 3, 14, 20, 0, 0, 0, time.UTC)
	share := func(v float64) faultline.Bounded {
		return faultline.Bounded{Value: v, Low: 0.7 * v, High: min(1, 1.3*v)}
	}
	channel := func(id string, v, null, p float64) faultline.Channel {
		f := evidence.Figure{ID: id, Value: &v, Unit: evidence.Ratio, Grade: evidence.Modelled, Node: node}
		return faultline.Channel{Figure: f.WithBand(0.7*v, 1.3*v), Null: null, P: p}
	}
	tested := func(v, err, p float64) faultline.Tested { return faultline.Tested{Value: v, Error: err, P: p} }
	assets := []string{"BTC", "ETH", "HIBETA", "NDX", "SPX", "UST10"}
	y := faultline.Connectedness{
		System: "close", Clock: "session_close", From: "2029-03-14", To: "2031-03-14", N: 500, Assets: assets, Lacks: []string{},
		Basket: []faultline.BasketMember{{Instrument: "TSLA", From: "2029-03-14"}}, Total: share(0.5),
		Forward: channel("contagion.close.coins_to_stocks", 0.16, 0.012, 0.005), Back: channel("contagion.close.stocks_to_coins", 0.28, 0.026, 0.005),
		Granger: []faultline.ForecastTest{{Cause: "BTC", Effect: "HIBETA", F: 0.76, P: 0.467, PRobust: 0.433, PHolm: 1, Sum: 0.014}},
	}
	for i, taker := range assets {
		y.Net = append(y.Net, faultline.Bounded{Value: 0.02 * float64(i-2), Low: 0.02*float64(i-2) - 0.03, High: 0.02*float64(i-2) + 0.03})
		for j, giver := range assets {
			v := 0.5
			if i != j {
				v = 0.02 * float64(j+1)
			}
			y.Shares = append(y.Shares, faultline.VarianceFrom{Taker: taker, Giver: giver, Bounded: share(v)})
		}
	}
	p := &faultline.ConnectednessPath{Window: 250}
	for i := range 24 {
		v := 0.02 + 0.004*float64(i)
		add := func(column *[]float64, x float64) { *column = append(*column, x) }
		p.Date = append(p.Date, asOf.AddDate(0, i-23, 0).Format(time.DateOnly))
		add(&p.Total, 0.4)
		add(&p.TotalLow, 0.35)
		add(&p.TotalHigh, 0.45)
		add(&p.Forward, v)
		add(&p.Low, 0.6*v)
		add(&p.High, 1.5*v)
		add(&p.Null, 0.015)
		add(&p.Back, 3*v)
		add(&p.BackLow, 2*v)
		add(&p.BackHigh, 4*v)
		add(&p.BackNull, 0.07)
	}
	mean := -0.076
	size := evidence.Figure{ID: "contagion.tariff.BTC", Value: &mean, Unit: evidence.Ratio, Grade: evidence.Modelled, Node: node}
	half := 4.3
	return &faultline.Contagion{
		Findings: []evidence.Code{
			{Code: "found_lead_lag", Args: evidence.Args{"low": 0.38, "high": 0.66, "pairs": 7, "lead": 0, "late": 0}},
			{Code: "found_forecasts", Args: evidence.Args{"forward": 0, "backward": 1, "links": 12}},
		},
		LeadLag: []faultline.LeadLag{{
			X: "BTC", Y: "NDX", Instrument: "QQQ", From: asOf.AddDate(0, -3, 0), To: asOf, Days: 63, Increments: 4900,
			Zero: tested(0.53, 0.02, 1e-120), Ahead: tested(0.06, 0.045, 0.163), AheadPHolm: 0.93, Behind: tested(-0.02, 0.047, 0.647),
			Ratio: 6.2, RatioP: 0.038, Lag: []float64{-300, 0, 300}, Correlation: []float64{-0.01, 0.53, 0.04},
		}},
		Systems: []faultline.Connectedness{y}, Rolling: p,
		Events: []faultline.EventStudy{{
			Of: "BTC", Clock: "session_close", From: "2029-03-14", To: "2031-03-14", Dates: []string{"2030-03-10", "2029-12-01"}, Falls: []float64{-0.096, -0.058},
			Effects: []faultline.EventEffect{{
				Asset: "HIBETA", Before: tested(-0.004, 0.008, 0.626), Day: tested(-0.044, 0.009, 0.001), Next: tested(0.001, 0.005, 0.936), After: tested(-0.003, 0.018, 0.855),
			}},
		}},
		Tariff: &faultline.TariffShock{
			Shocks: []faultline.StatementShock{{
				ID: "october", At: time.Date(2030, 10, 10, 14, 57, 0, 0, time.UTC), Until: "2030-10-10", Source: "https://www.example.com/statement",
				Moves: []faultline.ShockMove{{Asset: "BTC", Return: tested(-0.074, 0.011, 1e-11), Windows: 60, Half: &half, Members: 1}},
			}},
			Mean:   []faultline.ShockSize{{Asset: "BTC", Return: size.WithBand(-0.094, -0.058), Error: 0.011, P: 1e-12, Count: 1, InForce: -0.08}},
			Absent: []string{"april", "suspension"},
		},
		Missing: []faultline.Missing{{Part: "long", Absent: &evidence.Absent{Code: "too_few_observations"}}},
		Caveats: []evidence.Code{{Code: "coins_close_later"}}, Grade: evidence.Modelled, Node: node,
	}
}

// poisonContagion puts a hostile text into every place of a reading that holds one.
func poisonContagion(c *faultline.Contagion) {
	c.Findings[0].Code, c.Node = poison, poison
	c.LeadLag[0].Y, c.LeadLag[0].Instrument = poison, poison
	y := &c.Systems[0]
	y.System, y.Clock, y.From, y.Assets[0] = poison, poison, poison, poison
	for i := range y.Shares {
		if y.Shares[i].Taker == "BTC" {
			y.Shares[i].Taker = poison
		}
		if y.Shares[i].Giver == "BTC" {
			y.Shares[i].Giver = poison
		}
	}
	y.Granger[0].Cause, y.Forward.ID = poison, poison
	e := &c.Events[0]
	e.Clock, e.Dates[0], e.Effects[0].Asset = poison, poison, poison
	c.Tariff.Shocks[0].ID, c.Tariff.Mean[0].Asset, c.Missing[0].Part = poison, poison, poison
}

func TestTheNetworkDrawsEveryShareThatIsLargeEnough(t *testing.T) {
	a := made()
	want := 0
	for i := range a.Contagion.Systems[0].Shares {
		s := &a.Contagion.Systems[0].Shares[i]
		if s.Taker == "UST10" {
			s.Value = 0.5 * leastShare // too small to be drawn
		}
		if s.Taker != s.Giver && s.Value >= leastShare {
			want++
		}
	}
	for _, lang := range words.Languages() {
		chart := compose(a, say(t, lang)).network()
		for _, svg := range []string{chart.Wide, chart.Narrow} {
			if got := strings.Count(svg, " arrow\""); got != want {
				t.Errorf("%s: %d arrows, want %d", lang, got, want)
			}
			if !strings.Contains(svg, "Bitcoin") && !strings.Contains(svg, "比特币") {
				t.Errorf("%s: no name of bitcoin", lang)
			}
		}
	}
}

func TestContagionAloneIsWritten(t *testing.T) {
	for _, lang := range words.Languages() {
		var b bytes.Buffer
		if err := Contagion(&b, made(), say(t, lang), 100, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"0.53", "+0.06", "QQQ", "−7.6%"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %s in\n%s", lang, want, b.String())
			}
		}
	}
}

func TestColumnsOfContagionThatDoNotBelongTogetherAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*faultline.Contagion){
		"lags":    func(c *faultline.Contagion) { c.LeadLag[0].Lag = c.LeadLag[0].Lag[1:] },
		"shares":  func(c *faultline.Contagion) { c.Systems[0].Shares = c.Systems[0].Shares[1:] },
		"nets":    func(c *faultline.Contagion) { c.Systems[0].Net = c.Systems[0].Net[1:] },
		"windows": func(c *faultline.Contagion) { c.Rolling.Null = c.Rolling.Null[1:] },
		"falls":   func(c *faultline.Contagion) { c.Events[0].Falls = c.Events[0].Falls[1:] },
	} {
		a := made()
		spoil(a.Contagion)
		if err := HTML(&bytes.Buffer{}, a, say(t, "en")); err == nil {
			t.Errorf("%s of different length were drawn", name)
		}
	}
}
