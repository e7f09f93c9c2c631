package faultline

import (
	"errors"
	"math"
	"slices"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/macro/fog"
	"faultline/macro/nowcast"
	"faultline/macro/release"
)

// Fog is what is still known of the economy: trend inflation and trend unemployment, the nowcast with its news, how unlikely the last employment report was, and how much the
// missing releases cost.
type Fog struct {
	Ahead    int             `json:"ahead_months"`
	Trends   []EconomicTrend `json:"trends"`
	Nowcasts []NowcastFan    `json:"nowcasts"`
	News     []NewsItem      `json:"news"`
	NewsFrom time.Time       `json:"news_from"`
	Surprise *JointSurprise  `json:"surprise,omitempty"`
	Lapses   []FogCourse     `json:"lapses"`
	Model    FactorModel     `json:"model"`
	Grade    evidence.Grade  `json:"grade"`
	Node     string          `json:"node"`
}

// EconomicTrend is the latent trend of inflation or of unemployment.
type EconomicTrend struct {
	Series string          `json:"series"`
	Month  string          `json:"month"`
	Now    evidence.Figure `json:"now"`
	Ahead  evidence.Figure `json:"ahead"`
}

// NowcastFan is a series by month: what was published, and quantiles of what is missing or to come.
type NowcastFan struct {
	Series string        `json:"series"`
	Unit   evidence.Unit `json:"unit"`
	Month  []string      `json:"month"`
	Out    []bool        `json:"out"` // the month was published by then; its quantiles are that number
	P05    []float64     `json:"p05"`
	P25    []float64     `json:"p25"`
	P50    []float64     `json:"p50"`
	P75    []float64     `json:"p75"`
	P95    []float64     `json:"p95"`
}

// NewsItem is one release and how it moved the two trends' series.
type NewsItem struct {
	Series       string        `json:"series"`
	Month        string        `json:"month"`
	Expected     float64       `json:"expected"`
	Value        float64       `json:"value"`
	SD           float64       `json:"sd"`
	Unit         evidence.Unit `json:"unit"`
	Prices       float64       `json:"prices"`       // change of the nowcast of core inflation, per year
	Unemployment float64       `json:"unemployment"` // change of the nowcast of the unemployment rate
}

// JointSurprise says how unlikely the last employment report was, given all that was known before.
type JointSurprise struct {
	At          time.Time       `json:"at"`
	Items       []NewsItem      `json:"items"`
	Distance    evidence.Figure `json:"distance"` // of Mahalanobis
	Freedom     int             `json:"freedom"`
	P           evidence.Figure `json:"p"`
	Correlation *float64        `json:"correlation,omitempty"` // of the two that stretch it most, times their signs
	Pair        []string        `json:"pair,omitempty"`
}

// FogCourse is the fog around one lapse of federal funding, day by day.
type FogCourse struct {
	ID          string          `json:"id"`
	Begin       string          `json:"begin"`
	End         string          `json:"end"`
	Date        []string        `json:"date"`
	Projected   int             `json:"projected"` // entries from this one on are of days that had not come
	PricesSD    []float64       `json:"prices_sd"` // per year
	PricesWhole []float64       `json:"prices_on_time_sd"`
	JobsSD      []float64       `json:"unemployment_sd"` // ratio
	JobsWhole   []float64       `json:"unemployment_on_time_sd"`
	Bits        []float64       `json:"bits"`
	AheadBits   []float64       `json:"ahead_bits"`
	Worst       string          `json:"worst"`
	Peak        evidence.Figure `json:"peak"` // bits on the worst day
	PricesRatio evidence.Figure `json:"prices_ratio"`
	JobsRatio   evidence.Figure `json:"unemployment_ratio"`
	Missing     []FogCost       `json:"missing"`
	Substitutes []FogCost       `json:"substitutes"`
}

// FogCost is what one missing release costs, or what one substitute is worth, in bits.
type FogCost struct {
	Report string  `json:"report"`
	Period string  `json:"period,omitempty"`
	Bits   float64 `json:"bits"`
	Ahead  float64 `json:"ahead_bits"`
}

// FactorModel says what the model was fitted to.
type FactorModel struct {
	Factors    int      `json:"factors"`
	Lags       int      `json:"lags"`
	Series     []string `json:"series"`
	From       string   `json:"from"` // months that it learned from
	To         string   `json:"to"`
	Iterations int      `json:"iterations"`
	Loglik     float64  `json:"loglik"`
	Done       bool     `json:"done"`
}

// economy is the fitted model and the present that it follows.
type economy struct {
	fit   *nowcast.Fit
	model *nowcast.Model // of the present: starts anywhere
	data  *nowcast.Data  // all that was known
	from  nowcast.Month  // of the present
	now   nowcast.Month
	ahead int
	learn [2]nowcast.Month
}

// fog measures what is still known of the economy.
func (r *run) fog() error {
	e, err := r.fitEconomy()
	if err != nil {
		return err
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		if id, ok := seriesOf(in.Key); ok && slices.Contains(e.fit.Model.Names, id) {
			inputs = append(inputs, in.Node)
		}
	}
	node := r.record.Add(evidence.Node{
		ID: "run/fog", Kind: evidence.Run, Method: "fog", Grade: evidence.Weakest(evidence.Modelled, e.data.Grade),
		AsOf: r.state.At(), Inputs: inputs, Assumes: r.names("nowcast.", "fog."),
		Caveats: []evidence.Code{{Code: "fog_normal"}, {Code: "fog_parameters"}},
	})
	n, _ := r.record.Node(node)
	out := &Fog{
		Ahead: e.ahead, Grade: n.Grade, Node: node,
		Nowcasts: []NowcastFan{}, News: []NewsItem{}, Lapses: []FogCourse{},
		Model: FactorModel{
			Factors: e.model.Factors, Lags: e.model.Lags, Series: e.fit.Model.Names, From: e.learn[0].String(), To: e.learn[1].String(),
			Iterations: len(e.fit.Loglik) - 1, Loglik: e.fit.Loglik[len(e.fit.Loglik)-1], Done: e.fit.Done,
		},
	}
	for _, part := range []func(*Fog, *economy) error{r.fogTrends, r.fogNews, r.fogSurprise, r.fogLapses} {
		if err := part(out, e); err != nil {
			return err
		}
	}
	r.out.Macro.Fog = out
	return nil
}

// seriesOf is the ID of the series of an input.
func seriesOf(key string) (string, bool) {
	const prefix = "series/"
	if len(key) <= len(prefix) || key[:len(prefix)] != prefix {
		return "", false
	}
	return key[len(prefix):], true
}

// fitEconomy fits the model to the past and gathers the present.
func (r *run) fitEconomy() (*economy, error) {
	whole := func(name string) int { return int(r.assume.Value(name)) }
	year := func(name string) nowcast.Month { return nowcast.Month(12 * whole(name)) }
	e := &economy{ahead: whole("fog.ahead"), now: nowcast.MonthOf(calendar.DateIn(r.state.At(), calendar.NewYork()))}
	for _, id := range fog.Targets {
		if _, err := r.state.Series(id); err != nil {
			return nil, err
		}
	}
	from, until := year("nowcast.learn_from"), min(year("nowcast.learn_until")+11, e.now)
	least := nowcast.Month(whole("fog.least_months"))
	e.data = nowcast.Build(r.state, fog.Sources, from, e.now, r.state.At())
	first := e.data.First()
	if until-first < least {
		return nil, &evidence.Absent{Code: "nowcast_few_months", Args: evidence.Args{"months": max(0, int(until-first)), "least": int(least)}}
	}
	e.learn = [2]nowcast.Month{first, until}
	fit, err := estimated(r.ctx, e.data.Between(first, until).Panel, nowcast.Spec{
		Factors: whole("nowcast.factors"), Lags: whole("nowcast.lags"),
		Iterations: whole("nowcast.iterations"), Tolerance: r.assume.Value("nowcast.tolerance"),
	})
	if err != nil {
		return nil, err
	}
	for _, id := range fog.Targets {
		if !slices.Contains(fit.Model.Names, id) {
			return nil, &evidence.Absent{Code: "fog_no_target", Args: evidence.Args{"series": id}}
		}
	}
	e.fit, e.model = fit, fit.Model.Stationary()
	e.from = first
	if start := year("nowcast.run_from"); e.now >= start+12 {
		e.from = start
	}
	return e, nil
}

// panel is the present as it was known at an instant, with empty months for the future.
func (r *run) panel(e *economy, at time.Time) *nowcast.Panel {
	d := nowcast.Build(r.state, fog.Sources, e.from, e.now, at)
	var keep []int
	for _, name := range e.model.Names {
		keep = append(keep, d.Find(name))
	}
	return d.Select(keep).Extend(e.ahead + 1)
}

// scaled gives numbers of a series in the units of figures.
func scaled(series string) (float64, evidence.Unit) {
	switch series {
	case "UNRATE", "T5YIE":
		return 0.01, evidence.Ratio
	case "PAYEMS", "ADPMNUSNERSA":
		return 1000, evidence.Count
	case "UMCSENT":
		return 1, evidence.UnitNone
	case "PERMIT", "ICSA": // a hundred times a logarithm
		return 0.01, evidence.UnitNone
	}
	return 0.01, evidence.PerYear
}

// quantile95 is 1.645 standard deviations, which leave 5 % of a normal distribution on each side.
const quantile95 = 1.6448536269514722

func (r *run) fogTrends(out *Fog, e *economy) error {
	p := r.panel(e, r.state.At())
	var targets []int
	for _, id := range []string{fog.Prices, fog.Unemployment, "PAYEMS", "GDPC1"} {
		if i := slices.Index(e.model.Names, id); i >= 0 {
			targets = append(targets, i)
		}
	}
	run, err := e.model.Run(p, targets...)
	if err != nil {
		return err
	}
	now := int(e.now - e.from)
	for k, id := range fog.Targets {
		f, unit := scaled(id)
		t := EconomicTrend{Series: id, Month: e.now.String()}
		for h, to := range []*evidence.Figure{&t.Now, &t.Ahead} {
			v, err := run.Signal(slices.Index(e.model.Names, id), now+h*e.ahead)
			if err != nil {
				return err
			}
			name := []string{"fog.inflation", "fog.unemployment"}[k] + []string{".now", ".ahead"}[h]
			*to = r.record.Mint(name, f*v.Mean, unit, out.Node).WithBand(f*(v.Mean-quantile95*v.SD), f*(v.Mean+quantile95*v.SD))
		}
		out.Trends = append(out.Trends, t)
	}
	out.Nowcasts, err = r.fans(run, p, e, targets)
	return err
}

// fanPast are the months before now that a fan shows.
const fanPast = 12

// fans draw paths of some series and take their quantiles month by month.
func (r *run) fans(run *nowcast.Nowcast, p *nowcast.Panel, e *economy, series []int) ([]NowcastFan, error) {
	now := int(e.now - e.from)
	var months []int
	for t := max(0, now-fanPast); t <= now+e.ahead; t++ {
		months = append(months, t)
	}
	paths, err := run.Simulate(series, months, int(r.assume.Value("nowcast.draws")), uint64(r.assume.Value("nowcast.seed")))
	if err != nil {
		return nil, err
	}
	out := []NowcastFan{}
	column := make([]float64, len(paths))
	for j, i := range series {
		f, unit := scaled(p.Names[i])
		fan := NowcastFan{Series: p.Names[i], Unit: unit}
		for k, t := range months {
			if p.Kinds[i] == nowcast.Quarterly && (int(e.from)+t)%3 != 2 {
				continue // a quarter stands in its last month
			}
			for d, path := range paths {
				column[d] = f * path[j][k]
			}
			slices.Sort(column)
			y := p.At(i, t)
			known := !math.IsNaN(y)
			fan.Month = append(fan.Month, (e.from + nowcast.Month(t)).String())
			fan.Out = append(fan.Out, known)
			at := func(q float64) float64 {
				if known {
					return f * y
				}
				return column[int(q*float64(len(column)-1)+0.5)]
			}
			fan.P05, fan.P25, fan.P50 = append(fan.P05, at(0.05)), append(fan.P25, at(0.25)), append(fan.P50, at(0.5))
			fan.P75, fan.P95 = append(fan.P75, at(0.75)), append(fan.P95, at(0.95))
		}
		out = append(out, fan)
	}
	return out, nil
}

// item states a release in the units of figures.
func item(p *nowcast.Panel, e *economy, it nowcast.Item) NewsItem {
	f, unit := scaled(p.Names[it.Series])
	return NewsItem{
		Series: p.Names[it.Series], Month: (e.from + nowcast.Month(it.Month)).String(),
		Expected: f * it.Expected, Value: f * it.Value, SD: f * it.SD, Unit: unit,
	}
}

// fogNews says what the releases of the last days did to the nowcasts of this month.
func (r *run) fogNews(out *Fog, e *economy) error {
	out.NewsFrom = r.state.At().Add(-time.Duration(r.assume.Value("nowcast.news_days")) * 24 * time.Hour)
	old, fresh := r.panel(e, out.NewsFrom), r.panel(e, r.state.At())
	now := int(e.now - e.from)
	for k, id := range fog.Targets {
		news, err := e.model.News(old, fresh, slices.Index(e.model.Names, id), now)
		if err != nil {
			return err
		}
		f, _ := scaled(id)
		for j, it := range news.Items {
			if k == 0 {
				out.News = append(out.News, item(fresh, e, it))
				out.News[j].Prices = f * it.Impact
			} else {
				out.News[j].Unemployment = f * it.Impact
			}
		}
	}
	return nil
}

// fogSurprise judges the last employment report.
func (r *run) fogSurprise(out *Fog, e *economy) error {
	s, err := r.state.Series(fog.Unemployment)
	if err != nil {
		return err
	}
	known := s.Known[s.Len()-1]
	before := r.panel(e, time.Unix(known-1, 0))
	after := r.panel(e, time.Unix(known, 0))
	// The report only: what else came out in that second is left out.
	for i, name := range e.model.Names {
		rep, _ := release.Of(name)
		if rep.ID == "household" || rep.ID == "payrolls" {
			continue
		}
		copy(after.Y[i*after.T:(i+1)*after.T], before.Y[i*before.T:(i+1)*before.T])
		copy(after.Noise[i*after.T:(i+1)*after.T], before.Noise[i*before.T:(i+1)*before.T])
	}
	u, err := e.model.Surprise(before, after)
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		return nil // the report fell before the present that the model follows
	case err != nil:
		return err
	}
	j := &JointSurprise{
		At: time.Unix(known, 0).UTC(), Freedom: u.Freedom,
		Distance: r.record.Mint("fog.surprise.distance", math.Sqrt(u.Squared), evidence.UnitNone, out.Node),
		P:        r.record.Mint("fog.surprise.p", u.P, evidence.Ratio, out.Node),
	}
	for _, it := range u.Items {
		j.Items = append(j.Items, item(after, e, it))
	}
	if c := finite(u.Opposed); c != nil {
		j.Correlation = c
		j.Pair = []string{j.Items[u.Pair[0]].Series, j.Items[u.Pair[1]].Series}
	}
	out.Surprise = j
	return nil
}

// fogLapses measures the fog around each lapse of federal funding that has begun.
func (r *run) fogLapses(out *Fog, e *economy) error {
	meter, err := fog.New(e.model, e.data, e.ahead)
	if err != nil {
		return err
	}
	for _, l := range fog.Lapses {
		c, err := meter.Measure(l, r.state.At())
		var absent *evidence.Absent
		switch {
		case errors.As(err, &absent):
			continue // it has not come yet
		case err != nil:
			return err
		}
		out.Lapses = append(out.Lapses, r.course(c, out.Node))
	}
	return nil
}

func (r *run) course(c *fog.Course, node string) FogCourse {
	prices, _ := scaled(fog.Prices)
	jobs, _ := scaled(fog.Unemployment)
	worst := c.Days[c.Worst]
	o := FogCourse{
		ID: c.ID, Begin: c.Begin, End: c.End, Projected: len(c.Days), Worst: worst.Date.String(),
		Peak:        r.record.Mint("fog.peak."+c.ID, worst.Bits(0), evidence.UnitNone, node),
		PricesRatio: r.record.Mint("fog.inflation_ratio."+c.ID, worst.Ratio(0, 0), evidence.Ratio, node),
		JobsRatio:   r.record.Mint("fog.unemployment_ratio."+c.ID, worst.Ratio(0, 1), evidence.Ratio, node),
		Missing:     []FogCost{}, Substitutes: []FogCost{},
	}
	for i, d := range c.Days {
		if d.Projected && o.Projected == len(c.Days) {
			o.Projected = i
		}
		o.Date = append(o.Date, d.Date.String())
		o.PricesSD = append(o.PricesSD, prices*d.Actual.SD[0][0])
		o.PricesWhole = append(o.PricesWhole, prices*d.OnTime.SD[0][0])
		o.JobsSD = append(o.JobsSD, jobs*d.Actual.SD[0][1])
		o.JobsWhole = append(o.JobsWhole, jobs*d.OnTime.SD[0][1])
		o.Bits = append(o.Bits, d.Bits(0))
		o.AheadBits = append(o.AheadBits, d.Bits(1))
	}
	cost := func(list []fog.Cost) []FogCost {
		out := []FogCost{}
		for _, x := range list {
			out = append(out, FogCost{Report: x.Report, Period: x.Period, Bits: x.Bits[0], Ahead: x.Bits[1]})
		}
		return out
	}
	o.Missing, o.Substitutes = cost(c.Missing), cost(c.Substitutes)
	return o
}
