package faultline

import (
	"errors"
	"fmt"
	"io"
	"time"

	"faultline/calendar"
	"faultline/capex"
	"faultline/evidence"
	"faultline/market"
)

// Capex is the trade in artificial intelligence.
type Capex struct {
	Buyers       []CapexBuyer    `json:"buyers"`
	History      []CapexHistory  `json:"history"`
	Substitution []CapexChange   `json:"substitution"` // own designs follow their curve; last year of the model
	Cut          []CapexChange   `json:"cut"`          // the four buyers spend less
	Both         []CapexChange   `json:"both"`
	Nvidia       []CapexChange   `json:"nvidia"` // by year, substitution alone
	Margin       []Bounded       `json:"margin"` // gross margin of Nvidia by year, substitution alone
	Years        []int           `json:"years"`  // of nvidia and margin
	HHI          []Bounded       `json:"hhi"`    // of the makers of models by year, from the year before the first
	TopTwo       []Bounded       `json:"top_two"`
	OneOrTwo     float64         `json:"one_or_two"` // share of draws in which the two largest hold more than 80 % at the end
	Draws        int             `json:"draws"`
	Headline     evidence.Figure `json:"headline"` // change of Nvidia's earnings under substitution, last year
	Events       []CapexEvent    `json:"events"`
	Leans        []CapexLean     `json:"leans"`
	Portfolio    *CapexPortfolio `json:"portfolio,omitempty"`
	Missing      []Missing       `json:"missing"`
	Caveats      []evidence.Code `json:"caveats"`
	Grade        evidence.Grade  `json:"grade"`
	Node         string          `json:"node"`
}

// CapexBuyer is one buyer of accelerators.
type CapexBuyer struct {
	Ticker string  `json:"ticker"`
	Plan   Bounded `json:"plan_usd"`     // capital expenditure of 2026
	OwnNow Bounded `json:"own_now"`      // share of accelerators of its own design, 2025
	Own    Bounded `json:"own_last"`     // likewise in the last year of the model
	Nvidia Bounded `json:"nvidia_share"` // share of its accelerators that it buys from Nvidia, 2025
	Needed Bounded `json:"needed_usd"`   // revenue a year that the spending of 2026 must bring
	Gap    Bounded `json:"gap_usd"`      // needed less today's revenue with AI
}

// CapexHistory is what a company has spent, by calendar quarter.
type CapexHistory struct {
	Ticker   string           `json:"ticker"`
	Quarter  []string         `json:"quarter"` // first day
	USD      []float64        `json:"usd"`
	Rule     []string         `json:"rule"`                    // code: as_filed or year_to_date_difference
	Lacks    []CapexLack      `json:"lacks"`                   // quarters that cannot be had
	LastYear *float64         `json:"last_four_usd,omitempty"` // sum of the last four quarters
	Absent   *evidence.Absent `json:"absent,omitempty"`
}

// CapexLack is a quarter that the filings do not give, with the reason.
type CapexLack struct {
	Quarter string           `json:"quarter"` // first day
	Absent  *evidence.Absent `json:"absent"`
}

// CapexChange is how a case moves a company against nothing happening.
type CapexChange struct {
	Ticker   string  `json:"ticker"`
	Year     int     `json:"year"`
	Revenue  Bounded `json:"revenue"`  // ratio
	Margin   Bounded `json:"margin"`   // difference; gross of Nvidia, operating of the buyers
	Earnings Bounded `json:"earnings"` // ratio; after tax of Nvidia, operating income of the buyers
}

// CapexEvent is an event study.
type CapexEvent struct {
	Instrument string    `json:"instrument"`
	Benchmark  string    `json:"benchmark"`
	Beta       float64   `json:"beta"`
	Date       []string  `json:"date"`
	Return     []float64 `json:"return"`   // log
	Abnormal   []float64 `json:"abnormal"` // log, against the market model
	Error      []float64 `json:"error"`    // of abnormal
	Total      float64   `json:"total"`
	TotalError float64   `json:"total_error"`
	Days       int       `json:"estimation_days"`
}

// CapexLean is one lean of the source document, before its day and since.
type CapexLean struct {
	Code   string           `json:"code"`
	Long   string           `json:"long"`
	Short  string           `json:"short"`
	Before *ActionRecord    `json:"before,omitempty"` // difference of log returns a year
	After  *ActionRecord    `json:"after,omitempty"`
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// CapexPortfolio is what a portfolio holds of the trade.
type CapexPortfolio struct {
	Value    float64            `json:"value_usd"`
	From     string             `json:"from"` // first and last session of the returns behind it
	To       string             `json:"to"`
	Market   CapexExposure      `json:"market"`
	Hardware CapexExposure      `json:"hardware"`
	Data     CapexExposure      `json:"data"`
	Holdings []CapexHolding     `json:"holdings"`
	Tilts    []CapexTilt        `json:"tilts"`
	Left     []*evidence.Absent `json:"left_out"` // holdings without prices, and ones that are not known
}

// CapexExposure is dollars that move one for one with a leg, with their standard error.
type CapexExposure struct {
	USD   float64 `json:"usd"`
	Error float64 `json:"error_usd"`
}

// CapexHolding is one holding with its coefficients.
type CapexHolding struct {
	Ticker        string  `json:"ticker"`
	USD           float64 `json:"usd"`
	Market        float64 `json:"market"`
	Hardware      float64 `json:"hardware"`
	HardwareError float64 `json:"hardware_error"`
	Data          float64 `json:"data"`
	DataError     float64 `json:"data_error"`
	R2            float64 `json:"r2"`
}

// CapexTilt is the set of trades that takes a share off the hardware exposure with the least tracking error.
type CapexTilt struct {
	Reduced       float64   `json:"reduced"`
	Ticker        []string  `json:"ticker"`
	Trade         []float64 `json:"trade_usd"`
	After         []float64 `json:"after_usd"`
	Hardware      float64   `json:"hardware_usd"`
	Data          float64   `json:"data_usd"`
	TrackingError float64   `json:"tracking_error"` // a year, of the gross value
}

// Portfolio is a user's holdings that ReadPortfolio has checked.
type Portfolio struct{ holdings []capex.Holding }

// ReadPortfolio reads a CSV with the columns ticker and usd.
func ReadPortfolio(r io.Reader) (*Portfolio, error) {
	h, err := capex.ReadHoldings(r)
	if err != nil {
		return nil, err
	}
	return &Portfolio{h}, nil
}

// CompanyFacts are the filings of one company, in the form in which the SEC gives them out.
type CompanyFacts struct {
	entity  string
	filings []capex.Filing
}

// ReadCompanyFacts reads a company facts file of the SEC.
func ReadCompanyFacts(r io.Reader) (*CompanyFacts, error) {
	entity, filings, err := capex.ReadCompanyFacts(r)
	if err != nil {
		return nil, err
	}
	return &CompanyFacts{entity, filings}, nil
}

// Quarters is what the company has spent by calendar quarter, from what was filed by an instant.
func (c *CompanyFacts) Quarters(at time.Time) CapexHistory {
	return history(c.entity, capex.QuartersOf(c.filings, at))
}

func history(ticker string, list []capex.Quarter) CapexHistory {
	h := CapexHistory{Ticker: ticker, Quarter: []string{}, USD: []float64{}, Rule: []string{}, Lacks: []CapexLack{}}
	for _, q := range list {
		day := q.Start.Format(time.DateOnly)
		if q.Absent != nil {
			h.Lacks = append(h.Lacks, CapexLack{day, q.Absent})
			continue
		}
		h.Quarter, h.USD, h.Rule = append(h.Quarter, day), append(h.USD, q.USD), append(h.Rule, q.Rule)
	}
	if n := len(list); n >= 4 && list[n-1].Start.AddDate(0, -9, 0).Equal(list[n-4].Start) {
		sum := 0.0
		for _, q := range list[n-4:] {
			if q.Absent != nil {
				return h
			}
			sum += q.USD
		}
		h.LastYear = &sum
	}
	return h
}

// The event of the source document: Gemini 3 on 18 November 2025, Nvidia's results after the close of the 19th, the
// reversal on the 20th, and the day after.
var (
	eventFrom = calendar.DateOf(2025, time.November, 18)
	eventTo   = calendar.DateOf(2025, time.November, 21)
)

func bounded(r capex.Range) Bounded { return Bounded{r.Value, r.Low, r.High} }

func changes(list []capex.Change) []CapexChange {
	out := []CapexChange{}
	for _, c := range list {
		out = append(out, CapexChange{c.Ticker, c.Year, bounded(c.Revenue), bounded(c.Margin), bounded(c.Earnings)})
	}
	return out
}

// capex runs the model; what needs prices or filings is measured where they are known.
func (r *run) capex() error {
	sens := capex.Run(r.assume)
	out := &Capex{
		Substitution: changes(sens.Substitution), Cut: changes(sens.Cut), Both: changes(sens.Both), Nvidia: changes(sens.Nvidia),
		OneOrTwo: sens.OneOrTwo, Draws: sens.Draws, History: []CapexHistory{}, Events: []CapexEvent{}, Leans: []CapexLean{}, Missing: []Missing{},
		Grade: evidence.Modelled, Node: "run/capex",
		Caveats: []evidence.Code{{Code: "capex_shares_assumed"}, {Code: "adjusted_returns"}},
	}
	for y := capex.FirstYear; y <= capex.LastYear; y++ {
		out.Years = append(out.Years, y)
	}
	for _, list := range []struct {
		from []capex.Range
		to   *[]Bounded
	}{{sens.NvidiaBase, &out.Margin}, {sens.HHI, &out.HHI}, {sens.TopTwo, &out.TopTwo}} {
		for _, x := range list.from {
			*list.to = append(*list.to, bounded(x))
		}
	}
	stated := func(name string) Bounded {
		b := Bounded{Value: r.assume.Value(name)}
		for _, it := range r.assume.Items() {
			if it.Name == name {
				b.Low, b.High = it.Value, it.Value
				if it.Spread {
					b.Low, b.High = it.Low, it.High
					if len(it.Draw) == 2 {
						b.Low, b.High = it.Draw[0], it.Draw[1]
					}
				}
			}
		}
		return b
	}
	share := r.assume.Value("capex.nvidia_share")
	for _, t := range capex.Buyers {
		own := stated("capex.buyer_" + t + "_own_now")
		out.Buyers = append(out.Buyers, CapexBuyer{
			Ticker: t, Plan: stated("capex.buyer_" + t + "_plan"), OwnNow: own, Own: bounded(sens.Own[t]),
			Nvidia: Bounded{share * (1 - own.Value), share * (1 - own.High), share * (1 - own.Low)},
			Needed: bounded(sens.Needed[t]), Gap: bounded(sens.Gap[t]),
		})
	}
	node := evidence.Node{
		ID: out.Node, Kind: evidence.Run, Method: "capex_substitution", Grade: evidence.Modelled, AsOf: r.state.At(),
		Assumes: r.names("capex."), Caveats: out.Caveats,
	}
	for _, n := range r.record.Nodes() {
		if n.Kind == evidence.Dataset && enters(n.ID) {
			node.Inputs = append(node.Inputs, n.ID)
		}
	}
	r.record.Add(node)
	last := sens.Substitution[0].Earnings
	out.Headline = r.record.Mint("capex.nvidia_earnings", last.Value, evidence.Ratio, out.Node).WithBand(last.Low, last.High)
	out.filed(r.state)
	if err := out.measured(r.state); err != nil {
		return fmt.Errorf("capex: %w", err)
	}
	r.out.Capex = out
	return nil
}

// filed undoes the sums in the filings that the State holds.
func (out *Capex) filed(s *market.State) {
	for _, t := range append(append([]string{}, capex.Buyers...), "NVDA") {
		series, err := s.Series("capex/" + t)
		if err != nil {
			continue
		}
		list, err := capex.Quarters(t, series)
		var absent *evidence.Absent
		if errors.As(err, &absent) {
			out.History = append(out.History, CapexHistory{Ticker: t, Quarter: []string{}, USD: []float64{}, Rule: []string{}, Lacks: []CapexLack{}, Absent: absent})
			continue
		}
		out.History = append(out.History, history(t, list))
	}
	if len(out.History) == 0 {
		out.Missing = append(out.Missing, Missing{Part: "capex_history", Absent: &evidence.Absent{Code: "no_filings"}})
	}
}

// measured holds the trade against returns.
func (out *Capex) measured(s *market.State) error {
	lacks := func(part string, err error) error {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return err
		}
		out.Missing = append(out.Missing, Missing{Part: part, Absent: absent})
		return nil
	}
	const benchmark = "SPY"
	if !s.At().Before(time.Date(2025, time.November, 21, 21, 0, 0, 0, time.UTC)) {
		for _, p := range [][2]string{{"NVDA", ""}, {"GOOGL", ""}, {"GOOGL", "NVDA"}} {
			e, err := capex.Study(s, p[0], p[1], benchmark, eventFrom, eventTo)
			if err != nil {
				if err := lacks("capex_event", err); err != nil {
					return err
				}
				continue
			}
			x := CapexEvent{Instrument: e.Instrument, Benchmark: benchmark, Beta: e.Beta, Total: e.Total.Value, TotalError: e.Total.Error, Days: e.Total.N}
			for _, d := range e.Days {
				x.Date, x.Return = append(x.Date, d.Date), append(x.Return, d.Return)
				x.Abnormal, x.Error = append(x.Abnormal, d.Abnormal), append(x.Error, d.Error)
			}
			out.Events = append(out.Events, x)
		}
	}
	for _, l := range capex.Leans {
		x := CapexLean{Code: l.Code, Long: l.Long, Short: l.Short}
		r, err := capex.Test(s, l, eventTo)
		if err != nil {
			if !errors.As(err, &x.Absent) {
				return err
			}
			out.Leans = append(out.Leans, x)
			continue
		}
		x.Before, x.After = leanRecord("before", r.Before), leanRecord("after", r.After)
		out.Leans = append(out.Leans, x)
	}
	return nil
}

func leanRecord(code string, e *capex.Estimate) *ActionRecord {
	if e == nil {
		return nil
	}
	return &ActionRecord{Code: code, Value: finite(e.Value), Error: finite(e.Error), N: e.N}
}

// AddPortfolio measures a portfolio and puts it into the analysis.
func AddPortfolio(a *Analysis, s *market.State, p *Portfolio) error {
	e, err := capex.Expose(s, p.holdings, []float64{0.25, 0.5, 0.75})
	if err != nil {
		return fmt.Errorf("exposure of the portfolio: %w", err)
	}
	exposure := func(x capex.Estimate) CapexExposure { return CapexExposure{x.Value, x.Error} }
	out := &CapexPortfolio{
		Value: e.Value, From: e.From.String(), To: e.To.String(), Market: exposure(e.Market), Hardware: exposure(e.Hardware), Data: exposure(e.Data),
		Holdings: []CapexHolding{}, Tilts: []CapexTilt{}, Left: append([]*evidence.Absent{}, e.Missing...),
	}
	value := map[string]float64{}
	for _, h := range p.holdings {
		value[h.Ticker] = h.USD
	}
	for _, b := range e.Betas {
		out.Holdings = append(out.Holdings, CapexHolding{
			b.Ticker, value[b.Ticker], b.Market.Value, b.Hardware.Value, b.Hardware.Error, b.Data.Value, b.Data.Error, b.R2,
		})
	}
	for _, t := range e.Tilts {
		x := CapexTilt{Reduced: t.Reduced, Hardware: t.Hardware, Data: t.Data, TrackingError: t.TrackingError}
		for i := range t.Trades {
			x.Ticker = append(x.Ticker, t.Trades[i].Ticker)
			x.Trade, x.After = append(x.Trade, t.Trades[i].USD), append(x.After, t.Holdings[i].USD)
		}
		out.Tilts = append(out.Tilts, x)
	}
	a.Capex.Portfolio = out
	return nil
}
