package capex

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/ols"
	"faultline/market"
)

// The legs of the trade: the return of the first, and the mean of the second, each against the market.
const (
	Hardware  = "SMH"
	Benchmark = "SPY"
)

// Data are the companies with data and distribution of their own.
var Data = []string{"GOOGL", "MSFT", "META", "AMZN"}

// Holding is one line of a user's portfolio.
type Holding struct {
	Ticker string
	USD    float64 // market value; short is negative
}

// Error is a mistake in a file of holdings, at its place, with what to change.
type Error struct {
	Line   int
	Column string // "" where it is not one column's
	Code   evidence.Code
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Code) }

// Where is the place of the mistake in a file whose name the reader does not know.
func (e *Error) Where() (file string, line, column int, name string) { return "", e.Line, 0, e.Column }

// Reason is the mistake as a code.
func (e *Error) Reason() evidence.Code { return e.Code }

// ReadHoldings reads a CSV with the columns ticker and usd. The error joins every mistake that was found, each an
// *Error.
func ReadHoldings(r io.Reader) ([]Holding, error) {
	c := csv.NewReader(r)
	c.TrimLeadingSpace = true
	head, err := c.Read()
	if err != nil {
		return nil, broken(err)
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	ticker, ok1 := at["ticker"]
	usd, ok2 := at["usd"]
	if !ok1 || !ok2 {
		return nil, &Error{Line: 1, Code: evidence.Code{Code: "holding_columns", Args: evidence.Args{"has": strings.Join(head, ", ")}}}
	}
	var out []Holding
	var bad []error
	seen := map[string]bool{}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
		line, _ := c.FieldPos(0)
		in, _ := market.InstrumentOf(row[ticker])
		x, err := strconv.ParseFloat(strings.TrimSpace(row[usd]), 64)
		switch {
		case in.ID == "":
			bad = append(bad, &Error{line, "ticker", evidence.Code{Code: "position_blank"}})
		case seen[in.ID]:
			bad = append(bad, &Error{line, "ticker", evidence.Code{Code: "holding_twice", Args: evidence.Args{"ticker": in.ID}}})
		case err != nil || x-x != 0:
			bad = append(bad, &Error{line, "usd", evidence.Code{Code: "holding_number", Args: evidence.Args{"text": row[usd]}}})
		}
		seen[in.ID] = true
		out = append(out, Holding{in.ID, x})
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	if len(out) == 0 {
		return nil, &Error{Line: 1, Code: evidence.Code{Code: "holding_none"}}
	}
	return out, nil
}

// broken is a table that cannot be read as one.
func broken(err error) error {
	var parse *csv.ParseError
	line := 1
	if errors.As(err, &parse) {
		line, err = parse.Line, parse.Err
	}
	if errors.Is(err, io.EOF) {
		return &Error{Line: 1, Code: evidence.Code{Code: "holding_none"}}
	}
	return &Error{Line: line, Code: evidence.Code{Code: "position_not_csv", Args: evidence.Args{"detail": err.Error()}}}
}

// Beta is how one instrument moves with the market and with the legs.
type Beta struct {
	Ticker                 string
	Market, Hardware, Data Estimate
	R2                     float64
}

// Tilt is how to reduce the exposure of a portfolio to hardware.
type Tilt struct {
	Holdings       []Holding // after
	Trades         []Holding // buying is positive
	Hardware, Data float64   // exposures after, dollars
	TrackingError  float64   // a year, of the portfolio's gross value
	Reduced        float64   // share of the hardware exposure that is gone
}

// Exposure is what a portfolio holds of the legs.
type Exposure struct {
	Betas          []Beta
	From, To       calendar.Date      // first and last session of the returns behind it
	Value, Gross   float64            // dollars
	Market         Estimate           // dollars that move one for one with the market
	Hardware, Data Estimate           // dollars that move one for one with a leg against the market
	Tilts          []Tilt             // by share reduced
	Missing        []*evidence.Absent // holdings that are left out: tickers without prices, and ones not known
}

// window is the sessions over which exposures are measured.
const window = 250

// Expose measures a portfolio by regressing each holding's daily returns of the last 250 sessions on the market
// (SPY) and on two legs: semiconductors (SMH) minus the market, and the mean of Alphabet, Microsoft, Meta and Amazon
// minus the market. Exposure is dollars times coefficient; its error adds the errors of the holdings, taken as
// independent. Tilts are found for each share of the hardware exposure to be given up.
func Expose(s *market.State, holdings []Holding, shares []float64) (*Exposure, error) {
	out := &Exposure{}
	var kept []Holding
	ids := append([]string{Benchmark, Hardware}, Data...)
	place := map[string]int{}
	for i, id := range ids {
		place[id] = i
	}
	for _, h := range holdings {
		if _, err := s.Daily(h.Ticker); err != nil {
			out.Missing = append(out.Missing, unpriced(h.Ticker))
			continue
		}
		if _, ok := place[h.Ticker]; !ok {
			place[h.Ticker] = len(ids)
			ids = append(ids, h.Ticker)
		}
		kept = append(kept, h)
	}
	if len(kept) == 0 {
		return nil, out.Missing[0]
	}
	a, err := align(s, ids...)
	if err != nil {
		return nil, err
	}
	n := len(a.date)
	if n < window {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	out.From, out.To = a.date[n-window], a.date[n-1]
	x := make([][]float64, window)
	for i := range x {
		t := n - window + i
		m, data := a.returns[0][t], 0.0
		for k := range Data {
			data += a.returns[2+k][t] / float64(len(Data))
		}
		x[i] = []float64{1, m, a.returns[1][t] - m, data - m}
	}
	var varM, varH, varD float64
	r := mat.NewDense(window, len(kept), nil)
	for j, h := range kept {
		y := a.returns[place[h.Ticker]][n-window:]
		r.SetCol(j, y)
		b := Beta{Ticker: h.Ticker}
		if h.Ticker == Benchmark {
			b.Market, b.R2 = Estimate{1, 0, window}, 1
		} else {
			f, err := ols.Regress(y, x, ols.Robust{})
			if err != nil {
				return nil, fmt.Errorf("exposure of %s: %w", h.Ticker, err)
			}
			b.Market, b.Hardware, b.Data, b.R2 = Estimate{f.Beta[1], f.Error[1], f.N}, Estimate{f.Beta[2], f.Error[2], f.N}, Estimate{f.Beta[3], f.Error[3], f.N}, f.R2
		}
		out.Betas = append(out.Betas, b)
		out.Value += h.USD
		out.Gross += math.Abs(h.USD)
		out.Market.Value += h.USD * b.Market.Value
		out.Hardware.Value += h.USD * b.Hardware.Value
		out.Data.Value += h.USD * b.Data.Value
		varM += sq(h.USD * b.Market.Error)
		varH += sq(h.USD * b.Hardware.Error)
		varD += sq(h.USD * b.Data.Error)
	}
	out.Market.Error, out.Hardware.Error, out.Data.Error = math.Sqrt(varM), math.Sqrt(varH), math.Sqrt(varD)
	for _, share := range shares {
		if t := tilt(kept, out.Betas, r, share); t != nil {
			t.TrackingError /= out.Gross
			out.Tilts = append(out.Tilts, *t)
		}
	}
	return out, nil
}

// unpriced tells a ticker that is known, and only lacks prices, from one that nothing is known of.
func unpriced(ticker string) *evidence.Absent {
	if _, known := market.Lookup(ticker); known {
		return &evidence.Absent{Code: "holding_no_price", Args: evidence.Args{"ticker": ticker}}
	}
	return &evidence.Absent{Code: "unknown_ticker", Args: evidence.Args{"ticker": ticker}}
}

func sq(x float64) float64 { return x * x }

// tilt finds the trades d with the least variance d'Σd that take a share off the hardware exposure h'w, leave the
// invested dollars as they are (Σd = 0), and turn no long holding short or the other way round. With equality
// constraints A·d = b the answer is d = Σ⁻¹A'(AΣ⁻¹A')⁻¹b; holdings that would cross zero are sold in full, one after
// the other (an active set; each round fixes at least one, so that it ends). nil says that no such trades exist.
func tilt(w []Holding, betas []Beta, returns *mat.Dense, share float64) *Tilt {
	_, n := returns.Dims()
	var sigma mat.SymDense
	covariance(&sigma, returns)
	total := 0.0
	for i := range w {
		total += w[i].USD * betas[i].Hardware.Value
	}
	fixed := make([]bool, n)
	d := make([]float64, n)
	for range n {
		var free []int
		need, cash := -share*total, 0.0
		for i := range w {
			if fixed[i] {
				d[i] = -w[i].USD
				need -= d[i] * betas[i].Hardware.Value
				cash -= d[i]
			} else {
				free = append(free, i)
			}
		}
		if len(free) < 2 {
			return nil
		}
		// The Karush–Kuhn–Tucker system of the free holdings.
		m := len(free)
		k := mat.NewDense(m+2, m+2, nil)
		rhs := mat.NewVecDense(m+2, nil)
		scale := sigma.At(free[0], free[0])
		for a, i := range free {
			for b, j := range free {
				k.Set(a, b, sigma.At(i, j)/scale)
			}
			k.Set(a, m, 1)
			k.Set(m, a, 1)
			k.Set(a, m+1, betas[i].Hardware.Value)
			k.Set(m+1, a, betas[i].Hardware.Value)
		}
		rhs.SetVec(m, cash)
		rhs.SetVec(m+1, need)
		var z mat.VecDense
		if err := z.SolveVec(k, rhs); err != nil {
			return nil
		}
		crossed := false
		for a, i := range free {
			d[i] = z.AtVec(a)
			if after := w[i].USD + d[i]; after*w[i].USD < 0 {
				fixed[i], crossed = true, true
			}
		}
		if crossed {
			continue
		}
		out := &Tilt{Reduced: share}
		variance := 0.0
		for i := range w {
			for j := range w {
				variance += d[i] * d[j] * sigma.At(i, j)
			}
			out.Trades = append(out.Trades, Holding{w[i].Ticker, d[i]})
			out.Holdings = append(out.Holdings, Holding{w[i].Ticker, w[i].USD + d[i]})
			out.Hardware += (w[i].USD + d[i]) * betas[i].Hardware.Value
			out.Data += (w[i].USD + d[i]) * betas[i].Data.Value
		}
		out.TrackingError = math.Sqrt(252 * max(variance, 0))
		return out
	}
	return nil
}

// covariance of the columns of a matrix, a day.
func covariance(out *mat.SymDense, x *mat.Dense) {
	rows, n := x.Dims()
	means := make([]float64, n)
	for j := range n {
		means[j] = mat.Sum(x.ColView(j)) / float64(rows)
	}
	*out = *mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sum := 0.0
			for t := range rows {
				sum += (x.At(t, i) - means[i]) * (x.At(t, j) - means[j])
			}
			out.SetSym(i, j, sum/float64(rows-1))
		}
	}
}
