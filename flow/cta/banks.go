package cta

import (
	"cmp"
	"context"
	"math"
	"slices"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Banks sets what each publisher of readouts states beside the model at the same closes, and both beside
// what the model traded in the week that followed. Nothing is fitted: the parameters are those in force.
type Banks struct {
	Rows     []Row // every readout that could be used, by date and publisher; Spans are those in force
	Scores   []BankScore
	Outcomes []BankOutcome
	Skipped  []SkippedReadout
}

// BankScore is how far one publisher and the model lie apart in one figure.
type BankScore struct {
	Publisher string
	Year      int    // 0: all years
	Figure    string // pivot_short …, position, position_us, percentile, flow_1w_global …
	N         int
	Bias      float64 // mean of published less model: dollars, points of percentile, or share of the model's pivot
	MeanAbs   float64
	Same      float64 // share of the same sign among published flows above 5 billion dollars; Missing without any
	NumSign   int
}

// BankOutcome compares forecasts for one week with what was traded in that week. A forecast is read off the
// tape at the return that the S&P 500 then had, straight lines between down, flat and up, and no further
// out than these. No census of trend followers exists: what was traded is the model's own, replayed on the prices
// that came, which favours the model's forecast over anybody else's.
type BankOutcome struct {
	Publisher string
	Area      string
	N         int
	BankRMS   float64 // dollars
	ModelRMS  float64
	NoneRMS   float64 // of the forecast that nothing is traded
	BankSign  float64 // share of right signs
	ModelSign float64
}

// SkippedReadout is a readout that could not be used, and why.
type SkippedReadout struct {
	Date      calendar.Date
	Publisher string
	Why       *evidence.Absent
}

// ScoreBanks compares readouts with the model. Prices may reach beyond the readouts: of each readout the
// model sees the close that it describes and no later one, and outcomes are told from what came after.
func ScoreBanks(ctx context.Context, readouts []Readout, prices *market.State, a assumption.Set) (*Banks, error) {
	p := read(a)
	b, err := newBench(prices, readouts, a, 0)
	if err != nil {
		return nil, err
	}
	out := &Banks{Skipped: b.skipped}
	if len(b.readouts) == 0 {
		return out, nil
	}
	units, err := b.units(&p, true)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fit := Fit{Risk: p.risk, Futures: a.Value("cta.futures_share")}
	for k := range speeds {
		for i, x := range b.pivotAt(p.span[k]) {
			if k == 0 {
				out.Rows = append(out.Rows, Row{Published: b.readouts[i], State: b.after[i], Model: Empty(b.readouts[i].Date), Spans: p.span})
				out.Rows[i].Model.Publisher = "model"
				out.Rows[i].Model.fill(&units[i], fit, b.readouts[i].Futures)
			}
			out.Rows[i].Model.Pivot[k] = x
		}
	}
	out.Scores = bankScores(out.Rows)
	out.Outcomes = b.outcomes(out.Rows, units, &p, fit)
	return out, nil
}

// compared lists the figures of a readout with their names; all flows of one horizon and area stand under
// one name. Pivots compare as shares of the price.
func (r *Row) compared(f func(figure string, published, model float64, flow bool)) {
	for k, speed := range SpeedNames {
		f("pivot_"+speed, r.Published.Pivot[k]/r.Model.Pivot[k], 1, false)
	}
	f("position", r.Published.Position, r.Model.Position, false)
	f("position_us", r.Published.PositionUS, r.Model.PositionUS, false)
	f("percentile", r.Published.Percentile, r.Model.Percentile, false)
	for h, horizon := range Horizons {
		for s := range r.Published.Flow[h] {
			for i, area := range Areas {
				f("flow_"+horizon+"_"+area, r.Published.Flow[h][s][i], r.Model.Flow[h][s][i], true)
			}
		}
	}
}

// bankScores scores by publisher and figure, over all years and in each.
func bankScores(rows []Row) []BankScore {
	type key struct {
		publisher, figure string
		year              int
	}
	var order []key
	rank := map[string]int{} // of a figure among those of a readout
	(&Row{}).compared(func(figure string, _, _ float64, _ bool) { rank[figure] = len(rank) })
	gap, size, same := map[key]*moments{}, map[key]*moments{}, map[key]*moments{}
	for i := range rows {
		r := &rows[i]
		year, _, _ := r.Published.Date.YMD()
		r.compared(func(figure string, published, model float64, flow bool) {
			if market.IsMissing(published - model) {
				return
			}
			for _, y := range []int{0, year} {
				k := key{r.Published.Publisher, figure, y}
				if gap[k] == nil {
					gap[k], size[k], same[k] = &moments{}, &moments{}, &moments{}
					order = append(order, k)
				}
				gap[k].add(published - model)
				size[k].add(math.Abs(published - model))
				if flow && math.Abs(published) > large {
					same[k].add(oneIf(published*model > 0))
				}
			}
		})
	}
	slices.SortStableFunc(order, func(x, y key) int {
		return cmp.Or(cmp.Compare(x.publisher, y.publisher), cmp.Compare(x.year, y.year), cmp.Compare(rank[x.figure], rank[y.figure]))
	})
	var out []BankScore
	for _, k := range order {
		s := BankScore{Publisher: k.publisher, Year: k.year, Figure: k.figure, N: int(gap[k].n), Bias: gap[k].mean(), MeanAbs: size[k].mean(), Same: market.Missing}
		if s.NumSign = int(same[k].n); s.NumSign > 0 {
			s.Same = same[k].mean()
		}
		out = append(out, s)
	}
	return out
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// week is what a market did in the five sessions after a close.
type week struct{ traded, sigmas float64 }

// weeks replays a market: what its programs traded in the five sessions after each readout, in dollars for
// each dollar of risk, and how many of the standard deviations of a tape the price moved. Missing where the
// prices end before.
func (b *bench) weeks(h *history, p *params) []week {
	traded, vol := make([]float64, len(h.date)), make([]float64, len(h.date))
	s := begin(h)
	for i := 1; i < len(h.date); i++ {
		traded[i] = s.advance(p, h.date[i], h.close[i], h.growth[i], h.yearly[i])
		vol[i] = s.wideVol(p)
	}
	out := make([]week, len(b.after))
	for i, d := range b.after {
		at, _ := slices.BinarySearch(h.date, d+1)
		at-- // the last close that the readout knows
		out[i] = week{market.Missing, market.Missing}
		if end := at + weekSessions; at > 0 && end < len(h.date) {
			out[i] = week{0, math.Log(h.close[end]/h.close[at]) / (vol[at] * math.Sqrt(weekSessions))}
			for _, x := range traded[at+1 : end+1] {
				out[i].traded += x
			}
		}
	}
	return out
}

// outcomes scores the one-week forecasts of each publisher and of the model.
func (b *bench) outcomes(rows []Row, units []unit, p *params, fit Fit) []BankOutcome {
	all := make([][]week, len(b.hist))
	for j, h := range b.hist {
		all[j] = b.weeks(h, p)
	}
	type sums struct{ bank, model, none, bankSign, modelSign moments }
	type key struct{ publisher, area string }
	var order []key
	by := map[key]*sums{}
	for i := range rows {
		risk := fit.Risk * units[i].lever
		traded := [2]float64{0, risk * all[0][i].traded}
		if rows[i].Published.Futures {
			traded[1] *= fit.Futures
		}
		for j := range all {
			traded[0] += risk * b.share[j] * p.unknown(b.known) * all[j][i].traded
		}
		for area, name := range Areas {
			bank := forecast(&rows[i].Published, area, all[0][i].sigmas)
			model := forecast(&rows[i].Model, area, all[0][i].sigmas)
			if market.IsMissing(bank + model + traded[area]) {
				continue
			}
			k := key{rows[i].Published.Publisher, name}
			if by[k] == nil {
				by[k] = &sums{}
				order = append(order, k)
			}
			x := by[k]
			x.bank.add(bank - traded[area])
			x.model.add(model - traded[area])
			x.none.add(traded[area])
			x.bankSign.add(oneIf(bank*traded[area] > 0))
			x.modelSign.add(oneIf(model*traded[area] > 0))
		}
	}
	slices.SortStableFunc(order, func(x, y key) int { return cmp.Compare(x.publisher, y.publisher) })
	root := func(m moments) float64 { return math.Sqrt(m.square / m.n) }
	var out []BankOutcome
	for _, k := range order {
		x := by[k]
		out = append(out, BankOutcome{
			Publisher: k.publisher, Area: k.area, N: int(x.bank.n), BankRMS: root(x.bank), ModelRMS: root(x.model), NoneRMS: root(x.none),
			BankSign: x.bankSign.mean(), ModelSign: x.modelSign.mean(),
		})
	}
	return out
}

// forecast reads a one-week flow off the tapes at a move in standard deviations.
func forecast(r *Readout, area int, sigmas float64) float64 {
	f := &r.Flow[OneWeek]
	end, share := Up, min(sigmas/shapeSigmas[Up], 1)
	if sigmas < 0 {
		end, share = Down, min(sigmas/shapeSigmas[Down], 1)
	}
	return f[Flat][area] + share*(f[end][area]-f[Flat][area])
}

// skip notes why a readout cannot be used.
func (b *bench) skip(r *Readout, code string, args evidence.Args) {
	b.skipped = append(b.skipped, SkippedReadout{Date: r.Date, Publisher: r.Publisher, Why: absent(code, args)})
}

// enoughReadouts is how many readouts a fit needs that leaves one of them out.
const enoughReadouts = 3

// few is the absence of a fit, or nil.
func (b *bench) few() error {
	if len(b.readouts) >= enoughReadouts {
		return nil
	}
	return absent("too_few_readouts", evidence.Args{"needs": enoughReadouts, "has": len(b.readouts)})
}
