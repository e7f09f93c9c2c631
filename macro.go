package faultline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/macro/analog"
	"faultline/macro/fedwatch"
	"faultline/macro/liquidity"
	"faultline/macro/termpremium"
	"faultline/market"
)

// Macro is what is known of the economy and of what the Federal Reserve will do.
type Macro struct {
	Releases  *ReleaseCalendar `json:"releases,omitempty"`
	Fog       *Fog             `json:"fog,omitempty"`
	Fed       *FedPath         `json:"fed,omitempty"`
	Odds      *FedOdds         `json:"odds,omitempty"`
	Responses []FedResponse    `json:"responses,omitempty"` // of the S&P 500 to what the Fed says
	Analog    *Analog          `json:"analog,omitempty"`
	Premium   *TermPremium     `json:"term_premium,omitempty"`
	Liquidity *Liquidity       `json:"liquidity,omitempty"`
	Missing   []Missing        `json:"missing"` // parts of it that could not run
}

// WithMacro makes Analyze run the macro instruments too. They do not depend on the price that an analysis
// is about, and take longer than the rest.
func WithMacro() Option { return func(r *run) { r.economy = true } }

// AnalyzeMacro runs the macro instruments alone. It needs no price: the Analysis has inputs, macro,
// missing parts and evidence, and its spot is absent.
func AnalyzeMacro(ctx context.Context, s *market.State, a Assumptions) (*Analysis, error) {
	digest := s.Digest()
	r := &run{
		ctx: ctx, state: s, assume: a, memo: &flow.Memo{}, record: evidence.NewRecorder(),
		out: &Analysis{
			Schema: Schema, Version: Version, AsOf: s.At(), Underlying: "SPX",
			RunID:  evidence.RunID([]byte(Version), digest[:], a.Bytes()),
			Levels: []Level{}, Findings: []Finding{}, Headlines: []Headline{}, Missing: []Missing{}, Caveats: []evidence.Code{},
			Assumptions: a.Items(),
		},
	}
	r.inputs()
	node := r.attempt("macro")
	r.out.Spot = r.record.MintAbsent("spot", evidence.Points, node, &evidence.Absent{Code: "not_asked"})
	if err := r.macro(); err != nil {
		return nil, err
	}
	r.out.Nodes = r.record.Nodes()
	return r.out, nil
}

// macro runs each instrument. What cannot run is listed with its reason.
// macroBeside starts the macro instruments beside the rest of the analysis: they read nothing of it but its
// inputs. What it returns waits for them and puts what they found into the analysis.
func (r *run) macroBeside() (wait func() error) {
	if !r.economy {
		return func() error { return nil }
	}
	beside := *r
	beside.record = r.record.Fork()
	beside.out = &Analysis{Inputs: r.out.Inputs}
	done := make(chan error, 1)
	go func() { done <- beside.macro() }()
	return func() error {
		if err := <-done; err != nil {
			return err
		}
		r.record.Join(beside.record)
		r.out.Macro = beside.out.Macro
		return nil
	}
}

func (r *run) macro() error {
	r.out.Macro = &Macro{Releases: Releases(r.state.At()), Missing: []Missing{}}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"fog", r.fog},
		{"fed", r.fed},
		{"odds", r.odds},
		{"response", r.responses},
		{"analog", r.analog},
		{"term_premium", r.premium},
		{"liquidity", r.liquidity},
	} {
		if err := part.run(); err != nil {
			if err := r.lacks(part.name, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// lacks notes a macro instrument that cannot run, and passes on every other error.
func (r *run) lacks(part string, err error) error {
	var absent *evidence.Absent
	if !errors.As(err, &absent) {
		return fmt.Errorf("%s: %w", part, err)
	}
	r.out.Macro.Missing = append(r.out.Macro.Missing, Missing{Part: part, Absent: absent})
	return nil
}

// node records the run of an instrument on the inputs whose keys begin so.
func (r *run) node(id string, grade evidence.Grade, assumes string, caveats []evidence.Code, inputs ...string) (string, evidence.Grade) {
	n := evidence.Node{
		ID: "run/" + id, Kind: evidence.Run, Method: id, Grade: grade, AsOf: r.state.At(), Caveats: caveats,
	}
	if assumes != "" {
		n.Assumes = r.names(assumes)
	}
	for _, in := range r.out.Inputs {
		for _, prefix := range inputs {
			if in.Key == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(in.Key, prefix) {
				n.Inputs = append(n.Inputs, in.Node)
			}
		}
	}
	key := r.record.Add(n)
	added, _ := r.record.Node(key)
	return key, added.Grade
}

// day is the State's day in New York.
func (r *run) day() calendar.Date {
	return calendar.DateIn(r.state.At().Add(-time.Second), calendar.NewYork())
}

func (r *run) fed() error {
	day := r.day()
	// Three years ahead: no contract runs further that has a price.
	p, err := FedWatch(r.state, fedwatch.Announcements(day-60, day+3*366), r.assume, FedOptions{LowBP: -1})
	if err != nil {
		return err
	}
	// What lies after the last contract is no news.
	for n := len(p.Meetings); n > 0 && p.Meetings[n-1].Absent != nil; n-- {
		p.Meetings = p.Meetings[:n-1]
	}
	_, p.Grade = r.node("fedwatch", evidence.Modelled, "fedwatch.", p.Caveats, "series/zq/*")
	r.out.Macro.Fed = p
	return nil
}

// FedOdds is what was published of the probability of a cut, and of a hike, at one meeting, as columns.
type FedOdds struct {
	Meeting string         `json:"meeting"` // ISO date
	Day     []string       `json:"day"`
	Cut     []float64      `json:"cut"`            // share of 1
	Hike    []float64      `json:"hike,omitempty"` // share of 1; of exports only
	From    string         `json:"from"`           // code: exports of the probabilities, or facts that pages stated
	Grade   evidence.Grade `json:"grade"`
	Node    string         `json:"node"`
}

// cutSeries is the fact by which pages stated the odds of a cut in December 2025.
const (
	cutSeries  = "FedWatch_Dec_cut"
	cutMeeting = "2025-12-10"
)

// odds shows the published path of the next meeting's odds of a cut: from the exports of the
// probabilities where the State has them for the range in force, else from facts.
func (r *run) odds() error {
	day := r.day()
	for _, m := range fedwatch.PublishedMeetings(r.state) {
		if m < day {
			continue
		}
		days, _, err := fedwatch.Published(r.state, m)
		if err != nil {
			continue
		}
		low, ok := r.rangeOf(days[len(days)-1].Day)
		if !ok {
			return &evidence.Absent{Code: "series_missing", Args: evidence.Args{"series": "DFF"}}
		}
		o := &FedOdds{Meeting: m.String(), From: "exports"}
		for _, d := range days {
			o.Day, o.Cut, o.Hike = append(o.Day, d.Day.String()), append(o.Cut, d.Below(low)), append(o.Hike, d.Above(low))
		}
		o.Node, o.Grade = r.node("odds", evidence.Published, "", []evidence.Code{{Code: "range_of_today"}}, "series/fedwatch/"+m.String()+"/*", "series/DFF")
		r.out.Macro.Odds = o
		return nil
	}
	facts := fedwatch.PublishedCuts(r.state, cutSeries)
	if meeting, err := calendar.ParseDate(cutMeeting); err != nil || len(facts) == 0 || day > meeting {
		return &evidence.Absent{Code: "no_published_odds"}
	}
	o := &FedOdds{Meeting: cutMeeting, From: "facts"}
	for _, f := range facts {
		o.Day, o.Cut = append(o.Day, f.Day.String()), append(o.Cut, f.Probability)
	}
	o.Node, o.Grade = r.node("odds", evidence.Published, "", nil, "facts")
	r.out.Macro.Odds = o
	return nil
}

// rangeOf is the lower end of the target range that holds the effective rate of a day, basis points.
func (r *run) rangeOf(d calendar.Date) (int, bool) {
	v, err := r.state.Series("DFF")
	if err != nil {
		return 0, false
	}
	rate, ok := 0.0, false
	for i := range v.Len() {
		if calendar.Date(v.About[i]/86400) <= d {
			rate, ok = v.Value[i], true
		}
	}
	return int(100*rate) / fedwatch.Step * fedwatch.Step, ok
}

// FedResponse is how the S&P 500 answers when the expected rate rises by 25 basis points.
type FedResponse struct {
	Measure string          `json:"measure"` // code of what stands for the expected rate
	Return  evidence.Figure `json:"return"`  // as a decimal, with its 90 % interval
	Error   float64         `json:"error"`   // standard error
	R2      float64         `json:"r2"`
	Events  int             `json:"events"`
	First   string          `json:"first"` // ISO date
	Last    string          `json:"last"`
}

// ninety is the two-sided 90 % point of the normal distribution.
const ninety = 1.645

func (r *run) responses() error {
	var why error
	for _, m := range [2]fedwatch.Measure{fedwatch.TwoYear, fedwatch.PublishedOdds} {
		x, err := fedwatch.Respond(r.state, "SPX", m)
		if err != nil {
			var absent *evidence.Absent
			if !errors.As(err, &absent) {
				return err
			}
			if why == nil {
				why = err
			}
			continue
		}
		node, _ := r.node("response_"+string(m), evidence.Modelled, "", nil, "series/DGS2", "bars/SPX/1d", "facts", "series/fedwatch/")
		v, e := x.Per25()
		r.out.Macro.Responses = append(r.out.Macro.Responses, FedResponse{
			Measure: string(m), Error: e, R2: x.R2, Events: x.N, First: x.First.String(), Last: x.Last.String(),
			Return: r.record.Mint("macro.response."+string(m), v, evidence.Ratio, node).WithBand(v-ninety*e, v+ninety*e),
		})
	}
	if len(r.out.Macro.Responses) == 0 {
		return why
	}
	return nil
}

// Analog is which past the present resembles.
type Analog struct {
	From     string          `json:"from"` // first and last month of the recent stretch that is shown
	To       string          `json:"to"`
	PastFrom string          `json:"past_from"`
	PastTo   string          `json:"past_to"`
	Chance   evidence.Figure `json:"chance"`  // how often a past without history has a match as special
	Verdict  string          `json:"verdict"` // code
	Best     []AnalogBest    `json:"best"`
	Kinds    []AnalogKind    `json:"kinds"`
	Branches []AnalogBranch  `json:"branches"`
	Gap      *float64        `json:"gap,omitempty"`        // inflation after easing less inflation without, percentage points
	GapP     *float64        `json:"gap_chance,omitempty"` // share of ways to deal the matches with as large a gap
	Overlay  AnalogOverlay   `json:"overlay"`
	Horizon  int             `json:"horizon"` // months that are followed
	Grade    evidence.Grade  `json:"grade"`
	Node     string          `json:"node"`
}

// AnalogBest is the nearest stretch of one kind and length.
type AnalogBest struct {
	Kind     string  `json:"kind"`
	Length   int     `json:"length"` // months
	From     string  `json:"from"`
	To       string  `json:"to"`
	Distance float64 `json:"distance"` // 0 the same, 1 unrelated
	Expected float64 `json:"expected"` // median of the nearest stretches in pasts without history
	Chance   float64 `json:"chance"`   // of this kind and length alone
}

// AnalogKind is one way to measure likeness, with the nearest stretches of the shown length and what
// followed them.
type AnalogKind struct {
	Kind    string        `json:"kind"`
	Matches []AnalogMatch `json:"matches"`
	Fans    []AnalogFan   `json:"fans"`
}

// AnalogMatch is one stretch of the past.
type AnalogMatch struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Distance float64 `json:"distance"`
	Eased    bool    `json:"eased"` // policy eased after it
}

// AnalogFan is what one series did after the matches, percentage points from their ends, by month; base is
// the same after any month of the past.
type AnalogFan struct {
	Series   string    `json:"series"`
	N        int       `json:"n"`
	Low      []float64 `json:"low"` // 10 %
	Mid      []float64 `json:"mid"`
	High     []float64 `json:"high"` // 90 %
	BaseLow  []float64 `json:"base_low"`
	BaseMid  []float64 `json:"base_mid"`
	BaseHigh []float64 `json:"base_high"`
}

// AnalogBranch is what followed when policy eased, or when it did not.
type AnalogBranch struct {
	Eased        bool     `json:"eased"`
	N            int      `json:"n"`
	Inflation    *float64 `json:"inflation,omitempty"` // mean change over the horizon, percentage points
	Unemployment *float64 `json:"unemployment,omitempty"`
}

// AnalogOverlay lays inflation of the recent stretch over that of the nearest one by shape, and goes on
// where that one did.
type AnalogOverlay struct {
	Now  []float64 `json:"now"`  // percent, month by month
	Then []float64 `json:"then"` // percent; longer by the months that followed
	From string    `json:"from"` // first month of then
}

// The past of the Burns question: from the first years of the series to the end of Volcker's disinflation.
const (
	pastFrom = analog.Month(12 * 1955)
	pastTo   = analog.Month(12*1990 + 11)
)

func (r *run) analog() error {
	p, err := analog.PanelOf(r.state)
	if err != nil {
		return err
	}
	whole := func(name string) int { return int(r.assume.Value("analog." + name)) }
	o := analog.Options{
		Short: 24, Long: 60, Length: whole("length"), Lengths: []int{24, 36, 48, 60},
		From: pastFrom, To: pastTo, Matches: whole("matches"), Horizon: whole("horizon"), Band: r.assume.Value("analog.band"),
		Surrogates: whole("surrogates"), Block: whole("block"), Seed: uint64(r.assume.Value("band.seed")),
		EaseMonths: whole("ease_months"), EaseBy: r.assume.Value("analog.ease_by"), Level: r.assume.Value("analog.level"),
	}
	if !contains(o.Lengths, o.Length) {
		o.Lengths = append(o.Lengths, o.Length)
	}
	found, err := analog.Find(r.ctx, p, o)
	if err != nil {
		return err
	}
	var caveats []evidence.Code
	if p.Filled > 0 {
		caveats = append(caveats, evidence.Code{Code: "months_interpolated", Args: evidence.Args{"months": p.Filled}})
	}
	node, grade := r.node("analog", p.Grade, "analog.", caveats, "series/CPIAUCSL", "series/UNRATE", "series/FEDFUNDS")
	out := &Analog{
		From: found.Query[0].String(), To: found.Query[1].String(), PastFrom: found.Past[0].String(), PastTo: found.Past[1].String(),
		Chance: r.record.Mint("macro.analog.chance", found.Chance, evidence.Ratio, node), Verdict: "no_better_than_chance",
		Gap: found.Gap, GapP: found.GapChance, Horizon: o.Horizon, Grade: grade, Node: node,
	}
	if found.Special {
		out.Verdict = "special"
	}
	for _, b := range found.Best {
		out.Best = append(out.Best, AnalogBest{
			Kind: string(b.Kind), Length: b.Length, From: b.Match.Start.String(), To: b.Match.End.String(),
			Distance: b.Match.Distance, Expected: b.Expected, Chance: b.Chance,
		})
	}
	for _, k := range analog.Kinds {
		x := AnalogKind{Kind: string(k)}
		for _, m := range found.Matches[k] {
			x.Matches = append(x.Matches, AnalogMatch{From: m.Start.String(), To: m.End.String(), Distance: m.Distance, Eased: m.Eased})
		}
		for _, f := range found.Fans[k] {
			x.Fans = append(x.Fans, AnalogFan{
				Series: analog.Names[f.Series], N: f.N, Low: f.Low, Mid: f.Mid, High: f.High,
				BaseLow: f.BaseLow, BaseMid: f.BaseMid, BaseHigh: f.BaseHigh,
			})
		}
		if len(x.Matches) > 0 {
			out.Kinds = append(out.Kinds, x)
		}
	}
	for _, b := range found.Branches {
		x := AnalogBranch{Eased: b.Eased, N: b.N}
		if b.N > 0 {
			x.Inflation, x.Unemployment = finite(b.Inflation), finite(b.Unemployment)
		}
		out.Branches = append(out.Branches, x)
	}
	out.Overlay = overlay(p, found, o)
	r.out.Macro.Analog = out
	return nil
}

func overlay(p *analog.Panel, found *analog.Result, o analog.Options) AnalogOverlay {
	x := p.X[analog.Inflation]
	out := AnalogOverlay{Now: x[len(x)-o.Length:], Then: []float64{}}
	if ms := found.Matches[analog.Shape]; len(ms) > 0 {
		from := int(ms[0].Start - p.From)
		out.Then = x[from:min(from+o.Length+o.Horizon, len(x))]
		out.From = ms[0].Start.String()
	}
	return out
}

func contains(list []int, x int) bool {
	for _, v := range list {
		if v == x {
			return true
		}
	}
	return false
}

// TermPremium is what of Treasury yields is a premium for risk.
type TermPremium struct {
	Day      string          `json:"day"`    // of the yields
	Since    string          `json:"since"`  // first month of the sample
	Months   int             `json:"months"` // of the sample
	Maturity []Maturity      `json:"maturities"`
	Largest  float64         `json:"largest_eigenvalue"` // of the factors' dynamics: 1 is a unit root
	Misfit   float64         `json:"misfit"`             // of the par yields, root mean square, decimal a year
	Month    []string        `json:"month"`              // columns of the premium of ten years, the last ten years
	Premium  []float64       `json:"premium"`
	Caveats  []evidence.Code `json:"caveats"`
	Grade    evidence.Grade  `json:"grade"`
	Node     string          `json:"node"`
}

// Maturity is one bond. Figures are decimals a year.
type Maturity struct {
	Years    float64         `json:"years"`
	Yield    evidence.Figure `json:"yield"` // zero-coupon, fitted by the model
	Expected evidence.Figure `json:"expected"`
	Premium  evidence.Figure `json:"premium"` // with its 90 % band
	Change   float64         `json:"change"`  // of the premium against the month a year before
	Loadings []float64       `json:"loadings"`
}

// premiumHistory is how many months of the premium are shown.
const premiumHistory = 120

func (r *run) premium() error {
	const months = 120
	p, err := termpremium.PanelOf(r.state, months)
	if err != nil {
		return err
	}
	x, err := termpremium.Estimate(r.ctx, p.Yields, p.Now, []int{24, 60, months}, termpremium.Options{
		Factors: int(r.assume.Value("termpremium.factors")), Months: months,
		Resamples: int(r.assume.Value("termpremium.resamples")), Seed: uint64(r.assume.Value("band.seed")),
	})
	if err != nil {
		return err
	}
	caveats := []evidence.Code{{Code: "premium_level_uncertain", Args: evidence.Args{"eigenvalue": x.Largest}}}
	node, grade := r.node("term_premium", p.Grade, "termpremium.", caveats,
		"series/DGS1MO", "series/DGS3MO", "series/DGS6MO", "series/DGS1", "series/DGS2", "series/DGS3", "series/DGS5", "series/DGS7",
		"series/DGS10", "series/DGS20", "series/DGS30")
	out := &TermPremium{
		Day: p.Day.String(), Since: p.Months[0].String(), Months: len(p.Months), Largest: x.Largest, Misfit: p.RMS,
		Caveats: caveats, Grade: grade, Node: node, Month: []string{}, Premium: []float64{},
	}
	for i, m := range x.Premia {
		id := fmt.Sprintf("%.0f", m.Years)
		out.Maturity = append(out.Maturity, Maturity{
			Years:    m.Years,
			Yield:    r.record.Mint("macro.term_premium.yield."+id, m.Yield, evidence.PerYear, node),
			Expected: r.record.Mint("macro.term_premium.expected."+id, m.Expected, evidence.PerYear, node),
			Premium:  r.record.Mint("macro.term_premium.premium."+id, m.Premium, evidence.PerYear, node).WithBand(m.Low, m.High),
			Change:   m.PremiumMove, Loadings: x.Loadings[i],
		})
	}
	longest := x.Premia[len(x.Premia)-1].History
	for i := max(0, len(longest)-premiumHistory); i < len(longest); i++ {
		out.Month, out.Premium = append(out.Month, p.Months[i].String()), append(out.Premium, longest[i])
	}
	r.out.Macro.Premium = out
	return nil
}

// Liquidity is how many dollars markets have, and what they cost.
type Liquidity struct {
	Net     *LiquidityNet    `json:"net,omitempty"`
	Spread  *LiquiditySpread `json:"spread,omitempty"`
	Races   []LiquidityRace  `json:"races"`
	Missing []Missing        `json:"missing"` // parts of it that could not run
}

// LiquidityNet is the balance of the Federal Reserve by Wednesday, dollars, as columns of the last two years.
type LiquidityNet struct {
	Value    evidence.Figure `json:"value"`  // assets less the Treasury's account and reverse repos
	Change   evidence.Figure `json:"change"` // over thirteen weeks
	Day      []string        `json:"day"`
	Net      []float64       `json:"net"`
	Assets   []float64       `json:"assets"`
	Treasury []float64       `json:"treasury"`
	Repos    []float64       `json:"repos"`
	Reserves *float64        `json:"reserves,omitempty"` // of the last week, dollars
	Grade    evidence.Grade  `json:"grade"`
	Node     string          `json:"node"`
}

// LiquiditySpread is SOFR less the interest on reserves, decimal a year, as columns of the last year.
type LiquiditySpread struct {
	Value   evidence.Figure `json:"value"`   // of the last day
	Highest evidence.Figure `json:"highest"` // of the last ninety days
	Day     []string        `json:"day"`
	Spread  []float64       `json:"spread"`
	Grade   evidence.Grade  `json:"grade"`
	Node    string          `json:"node"`
}

// LiquidityRace says who explains the weekly returns of an asset.
type LiquidityRace struct {
	Asset   string            `json:"asset"` // instrument, or high_beta
	Weeks   int               `json:"weeks"`
	First   string            `json:"first"`
	Last    string            `json:"last"`
	Verdict string            `json:"verdict"` // code
	Runners []LiquidityRunner `json:"runners"`
	Node    string            `json:"node"`
}

// LiquidityRunner is one explanation. Coefficients are returns, as decimals, for a unit of the story.
type LiquidityRunner struct {
	Story      string  `json:"story"` // code, which says the unit
	Beta       float64 `json:"beta"`  // alone
	Error      float64 `json:"error"` // standard error
	R2         float64 `json:"r2"`
	BIC        float64 `json:"bic"`
	Joint      float64 `json:"joint"` // beside tariffs; of tariffs beside the first measure of liquidity
	JointError float64 `json:"joint_error"`
}

func (r *run) liquidity() error {
	out := &Liquidity{Races: []LiquidityRace{}, Missing: []Missing{}}
	note := func(part string, err error) error {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return err
		}
		out.Missing = append(out.Missing, Missing{Part: part, Absent: absent})
		return nil
	}
	var first error
	for _, part := range []struct {
		name string
		run  func(*Liquidity) error
	}{{"net_liquidity", r.netLiquidity}, {"funding_spread", r.spread}} {
		if err := part.run(out); err != nil {
			if first == nil {
				first = err
			}
			if err := note(part.name, err); err != nil {
				return err
			}
		}
	}
	if out.Net == nil && out.Spread == nil {
		return first
	}
	since := r.day() - calendar.Date(7*r.assume.Value("liquidity.race_weeks"))
	for _, asset := range []struct {
		name string
		ids  []string
	}{{"BTC", []string{"BTC"}}, {"high_beta", liquidity.HighBeta}} {
		race, err := liquidity.Run(r.state, asset.name, asset.ids, since)
		if err != nil {
			if err := note("race_"+asset.name, err); err != nil {
				return err
			}
			continue
		}
		inputs := []string{"series/SOFR", "series/IORB", "series/WALCL", "series/WTREGEN", "series/RRPONTSYD"}
		for _, id := range asset.ids {
			inputs = append(inputs, "bars/"+id+"/1d")
		}
		node, _ := r.node("race_"+asset.name, evidence.Modelled, "liquidity.", []evidence.Code{{Code: "tariff_news_by_hand"}}, inputs...)
		x := LiquidityRace{Asset: race.Asset, Weeks: race.N, First: race.First.String(), Last: race.Last.String(), Verdict: race.Verdict, Node: node}
		for _, runner := range race.Runners {
			x.Runners = append(x.Runners, LiquidityRunner{
				Story: string(runner.Story), Beta: runner.Beta, Error: runner.Error, R2: runner.R2, BIC: runner.BIC,
				Joint: runner.Joint, JointError: runner.JointError,
			})
		}
		out.Races = append(out.Races, x)
	}
	r.out.Macro.Liquidity = out
	return nil
}

func (r *run) netLiquidity(out *Liquidity) error {
	weeks, grade, err := liquidity.Weeks(r.state)
	if err != nil {
		return err
	}
	node, grade := r.node("net_liquidity", grade, "", nil, "series/WALCL", "series/WTREGEN", "series/RRPONTSYD", "series/WRESBAL")
	last := weeks[len(weeks)-1]
	x := &LiquidityNet{
		Value: r.record.Mint("macro.liquidity.net", last.Net(), evidence.USD, node), Grade: grade, Node: node, Reserves: finite(last.Reserves),
		Change: r.record.MintAbsent("macro.liquidity.change", evidence.USD, node, &evidence.Absent{Code: "short_history"}),
	}
	for _, w := range weeks {
		if w.Day == last.Day-13*7 {
			x.Change = r.record.Mint("macro.liquidity.change", last.Net()-w.Net(), evidence.USD, node)
		}
		if w.Day > last.Day-2*366 {
			x.Day = append(x.Day, w.Day.String())
			x.Net, x.Assets = append(x.Net, w.Net()), append(x.Assets, w.Assets)
			x.Treasury, x.Repos = append(x.Treasury, w.Treasury), append(x.Repos, w.Repos)
		}
	}
	out.Net = x
	return nil
}

func (r *run) spread(out *Liquidity) error {
	days, grade, err := liquidity.Spreads(r.state)
	if err != nil {
		return err
	}
	const bp = 1e-4
	node, grade := r.node("funding_spread", evidence.Weakest(grade, evidence.Modelled), "", nil, "series/SOFR", "series/IORB")
	last := days[len(days)-1]
	high := last
	x := &LiquiditySpread{Grade: grade, Node: node}
	for _, d := range days {
		if d.Day > last.Day-366 {
			x.Day, x.Spread = append(x.Day, d.Day.String()), append(x.Spread, d.BP*bp)
		}
		if d.Day > last.Day-90 && d.BP > high.BP {
			high = d
		}
	}
	x.Value = r.record.Mint("macro.liquidity.spread", last.BP*bp, evidence.PerYear, node)
	x.Highest = r.record.Mint("macro.liquidity.spread_highest", high.BP*bp, evidence.PerYear, node)
	out.Spread = x
	return nil
}
