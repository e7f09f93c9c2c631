package faultline_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"faultline"
	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// heldMarket is ten years of made-up closes of the S&P 500, the VIX, bitcoin and a share, up to 24 November 2025.
func heldMarket(t *testing.T) *market.State {
	t.Helper()
	sessions, err := calendar.NYSE().Sessions(calendar.DateOf(2015, 11, 24), calendar.DateOf(2025, 11, 24))
	if err != nil {
		t.Fatal(err)
	}
	var book market.Book
	for i, id := range []string{"SPX", "VIX", "BTC", "NVDA", "GLD"} {
		b := &market.Bars{Instrument: id, Interval: market.Day, Origin: market.Origin{File: id + ".csv", Format: "made", Grade: evidence.Observed, KnownAt: "session_close"}}
		price := []float64{2000, 20, 400, 10, 100}[i]
		for k, s := range sessions {
			_, u := math.Modf(float64(k+1) * math.Sqrt2)
			_, v := math.Modf(float64(k+1) * math.Sqrt([]float64{3, 3, 5, 7, 11}[i]))
			move := 0.02*(u-0.5)*[]float64{1, 0, 2, 1.5, 0}[i] + 0.02*(v-0.5) + 0.0003
			if id == "VIX" {
				price = 20 * math.Exp(-8*(u-0.5)*0.05+0.1*(v-0.5))
			} else {
				price *= math.Exp(move)
			}
			b.Append(int64(s.Date)*86400, s.Close.Unix(), price, price, price, price, 1e6, int32(k+2))
		}
		book.Add(market.Dataset{Bars: b})
	}
	return book.AsOf(time.Date(2025, 11, 24, 22, 0, 0, 0, time.UTC))
}

func held(t *testing.T, text string, o faultline.PortfolioOptions) (*faultline.Analysis, error) {
	t.Helper()
	p, err := faultline.ReadPositions(strings.NewReader(text), "p.csv")
	if err != nil {
		t.Fatal(err)
	}
	a, err := assumption.Default().WithText("scenario.paths=500", "test")
	if err != nil {
		t.Fatal(err)
	}
	if a, err = a.WithText("band.draws=2", "test"); err != nil {
		t.Fatal(err)
	}
	return faultline.Analyze(context.Background(), heldMarket(t), a, faultline.WithPositions(p, o))
}

const heldFile = "kind,symbol,quantity\nshares,NVDA,1000\ncrypto,BTC,-1\nfuture,MES,2\n"

func TestThePortfoliosTailsAddUp(t *testing.T) {
	a, err := held(t, heldFile, faultline.PortfolioOptions{MaxVaR: 1, MaxLine: 1e12})
	if err != nil {
		t.Fatal(err)
	}
	x := a.Portfolio
	if x == nil {
		t.Fatalf("no portfolio: %+v", a.Missing)
	}
	head := x.Tails[0]
	for _, y := range x.Tails {
		if y.Absent != nil {
			continue
		}
		if !(*y.VaR.Value <= *y.CVaR.Value) {
			t.Errorf("%s: VaR %v above CVaR %v", y.Name, *y.VaR.Value, *y.CVaR.Value)
		}
		if y.Name == "mixture" {
			head = y
		}
	}
	sum := 0.0
	for _, l := range x.Lines {
		sum += l.CVaR
	}
	if !(math.Abs(sum-*head.CVaR.Value) < 1e-6*math.Abs(sum)) {
		t.Errorf("lines add %v, CVaR of %s is %v", sum, head.Name, *head.CVaR.Value)
	}
	if len(x.Limits) != 2 || !x.Limits[0].Breached || x.Limits[1].Breached {
		t.Errorf("limits: %+v", x.Limits)
	}
	// The shock vectors of the register reach bitcoin by their own entry and the future by the index.
	for _, s := range x.Shocks {
		if s.Name == "crypto" && !(*s.PnL.Value > 0) {
			t.Errorf("short bitcoin loses %v when it falls", *s.PnL.Value)
		}
	}
}

func TestWithoutPricesThePortfolioIsRefusedByName(t *testing.T) {
	_, err := held(t, "kind,symbol,quantity\nshares,NOSUCH,1\n", faultline.PortfolioOptions{})
	var mistake *faultline.PositionError
	if !errors.As(err, &mistake) || mistake.Line != 2 || !strings.Contains(mistake.Error(), "NOSUCH") {
		t.Fatalf("%v", err)
	}
}

func TestAnUnknownScenarioOfAHedgeIsNamedWithTheKnownOnes(t *testing.T) {
	_, err := held(t, heldFile, faultline.PortfolioOptions{Bound: 1, Scenarios: []string{"Z"}})
	var unknown *faultline.UnknownNameError
	if !errors.As(err, &unknown) || unknown.Name != "Z" || len(unknown.Known) == 0 {
		t.Fatalf("%v", err)
	}
}

func TestAHedgeOutOfReachSaysWhatBoundIsNot(t *testing.T) {
	a, err := held(t, heldFile, faultline.PortfolioOptions{Bound: 1})
	if err != nil {
		t.Fatal(err)
	}
	h := a.Portfolio.Hedge
	if h == nil || h.Absent == nil || h.Absent.Code != "hedge_out_of_reach" || h.Excess == nil || !(*h.Excess > 0) {
		t.Fatalf("%+v", h)
	}
	b, err := held(t, heldFile, faultline.PortfolioOptions{Bound: 1 + *h.Excess*1.001 + 10})
	if err != nil {
		t.Fatal(err)
	}
	if g := b.Portfolio.Hedge; g.Absent != nil || !(g.Scenarios[0].After <= g.Bound*1.0001) {
		t.Fatalf("with the bound that was named: %+v", g)
	}
}
