package nowcast

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// golden is testdata/golden.json, which testdata/golden.py made with statsmodels.
type golden struct {
	Cases []goldenCase
	Path  goldenCase
}

type goldenCase struct {
	Name                   string
	Factors, Lags          int
	Quarterly, Months      int
	White                  bool
	Y                      [][]*float64
	Mean, Scale            []float64
	Load, A, Q, Rho, Var   []float64
	Loglik                 any
	Smoothed               []float64
	Forecast, Forecast_var [][]*float64
	News                   *goldenNews
	Final                  []float64
}

type goldenNews struct {
	Target, Month int
	Y             [][]*float64
	Before, After float64
	Items         []struct {
		Month, Series              int
		Forecast, Observed, Impact float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) < 5 {
		t.Fatalf("golden.json has %d cases", len(g.Cases))
	}
	return g
}

func (c *goldenCase) panel(y [][]*float64) *Panel {
	p := &Panel{T: len(y[0])}
	for i, row := range y {
		p.Names = append(p.Names, string(rune('a'+i)))
		k := Monthly
		if i >= len(y)-c.Quarterly {
			k = Quarterly
		}
		p.Kinds = append(p.Kinds, k)
		for _, x := range row {
			if x == nil {
				p.Y = append(p.Y, math.NaN())
			} else {
				p.Y = append(p.Y, *x)
			}
		}
	}
	return p
}

func (c *goldenCase) model(p *Panel) *Model {
	m := &Model{
		Names: p.Names, Kinds: p.Kinds, Factors: c.Factors, Lags: c.Lags, White: c.White, Mean: c.Mean, Scale: c.Scale,
		Load: c.Load, A: c.A, Q: c.Q, Rho: c.Rho, Var: c.Var, Noise: make([]float64, p.N()),
	}
	if m.Rho == nil {
		m.Rho = make([]float64, p.N())
	}
	return m
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*math.Max(1, math.Abs(b)) }

func TestLikelihoodFactorsAndForecastsAgreeWithStatsmodels(t *testing.T) {
	for _, c := range readGolden(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			p := c.panel(c.Y)
			m := c.model(p)
			n, err := m.Run(p)
			if err != nil {
				t.Fatal(err)
			}
			want := c.Loglik.(float64)
			if !(math.Abs(n.Loglik()-want) <= 1e-6*math.Abs(want)) {
				t.Errorf("log likelihood %.10g, statsmodels %.10g", n.Loglik(), want)
			}
			for i, f := range n.Factors() {
				if !near(f, c.Smoothed[i], 1e-6) {
					t.Fatalf("factor %d of month %d: %.9g, statsmodels %.9g", i%c.Factors, i/c.Factors, f, c.Smoothed[i])
				}
			}
			x := p.Extend(len(c.Forecast[0]))
			targets := make([]int, p.N())
			for i := range targets {
				targets[i] = i
			}
			n, err = m.Run(x, targets...)
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(n.Loglik()-want) <= 1e-6*math.Abs(want)) {
				t.Errorf("log likelihood with every series in the state %.10g, statsmodels %.10g", n.Loglik(), want)
			}
			for i, row := range c.Forecast {
				for h, f := range row {
					v, err := n.Observation(i, c.Months+h)
					if err != nil {
						t.Fatal(err)
					}
					if !near(v.Mean, *f, 1e-6) {
						t.Errorf("series %d, %d months ahead: %.9g, statsmodels %.9g", i, h+1, v.Mean, *f)
					}
					if s := *c.Forecast_var[i][h]; !near(v.SD*v.SD, s, 1e-6) {
						t.Errorf("series %d, %d months ahead: variance %.9g, statsmodels %.9g", i, h+1, v.SD*v.SD, s)
					}
				}
			}
		})
	}
}

func TestNewsAgreeWithStatsmodels(t *testing.T) {
	cases := 0
	for _, c := range readGolden(t).Cases {
		if c.News == nil {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			old, fresh := c.panel(c.Y), c.panel(c.News.Y)
			news, err := c.model(old).News(old, fresh, c.News.Target, c.News.Month)
			if err != nil {
				t.Fatal(err)
			}
			if !near(news.Before, c.News.Before, 1e-4) || !near(news.After, c.News.After, 1e-4) {
				t.Errorf("nowcast %.8g → %.8g, statsmodels %.8g → %.8g", news.Before, news.After, c.News.Before, c.News.After)
			}
			for _, want := range c.News.Items {
				found := false
				for _, it := range news.Items {
					if it.Series != want.Series || it.Month != want.Month {
						continue
					}
					found = true
					cases++
					if !near(it.Expected, want.Forecast, 1e-4) || !near(it.Value, want.Observed, 1e-4) || !near(it.Impact, want.Impact, 1e-4) {
						t.Errorf("series %d of month %d: expected %.8g, impact %.8g; statsmodels %.8g, %.8g", it.Series, it.Month, it.Expected, it.Impact, want.Forecast, want.Impact)
					}
				}
				if !found {
					t.Errorf("series %d of month %d is no news", want.Series, want.Month)
				}
			}
		})
	}
	if cases < 10 {
		t.Errorf("only %d releases were compared", cases)
	}
}

// With no holes and white parts both programs take the same EM steps, so that the whole path is the same.
func TestThePathOfEMAgreesWithStatsmodels(t *testing.T) {
	c := readGolden(t).Path
	c.White = true
	p := c.panel(c.Y)
	m := c.model(p)
	want := c.Loglik.([]any)
	for k := range want {
		l, err := compile(m, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newSmoother(l)
		s.run(true)
		if w := want[k].(float64); !(math.Abs(s.loglik-w) <= 1e-6*math.Abs(w)) {
			t.Fatalf("iteration %d: log likelihood %.10g, statsmodels %.10g", k, s.loglik, w)
		}
		if k < len(want)-1 {
			m = s.maximise()
		}
	}
	// Loadings follow, up to rotation none: both began from the same ones.
	for i, x := range c.Final {
		if !near(m.Load[i], x, 1e-4) {
			t.Errorf("loading %d: %.8g, statsmodels %.8g", i, m.Load[i], x)
		}
	}
}

// span is the share of the variance of b's columns that a regression on a's columns leaves.
func span(a, b []float64, T, r int) float64 {
	x, y := mat.NewDense(T, r, a), mat.NewDense(T, r, b)
	var beta, fit mat.Dense
	if err := beta.Solve(x, y); err != nil {
		return math.NaN()
	}
	fit.Mul(x, &beta)
	fit.Sub(y, &fit)
	left, all := mat.Norm(&fit, 2), mat.Norm(y, 2)
	return left * left / (all * all)
}
