package faultline

import (
	"context"
	"errors"
	"fmt"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/market"
)

// Score is one measure of a model's error, with the 5–95 % interval of a bootstrap where there is one.
type Score struct {
	ID       string           `json:"id"`
	Value    *float64         `json:"value,omitempty"`
	Low      *float64         `json:"low,omitempty"`
	High     *float64         `json:"high,omitempty"`
	Unit     evidence.Unit    `json:"unit"`
	N        int              `json:"n"`                  // observations it rests on
	Baseline *float64         `json:"baseline,omitempty"` // what the mean of the other readouts scores, or a vendor's own record
	Null     *float64         `json:"null,omitempty"`     // what it would be if there were nothing to see
	Verdict  string           `json:"verdict,omitempty"`  // code: nothing_seen where the interval holds the null, above, below, too_few
	Absent   *evidence.Absent `json:"absent,omitempty"`
}

// PivotDay is the pivots that a session knew before its close.
type PivotDay struct {
	Date   string   `json:"date"`
	Close  *float64 `json:"close,omitempty"` // of that session, which the pivots did not know
	Short  *float64 `json:"short,omitempty"`
	Medium *float64 `json:"medium,omitempty"`
	Long   *float64 `json:"long,omitempty"`
}

// ReadoutRow is one published figure beside the model that did not see its readout.
type ReadoutRow struct {
	Date      string  `json:"date"`
	Publisher string  `json:"publisher"`
	Figure    string  `json:"figure"`
	Published float64 `json:"published"`
	Model     float64 `json:"model"`
	Unit      string  `json:"unit"`
}

// TrendValidation is the error of the trend model on published readouts, every number left out of the
// fit it is compared with, and on data that calibration did not see.
type TrendValidation struct {
	Readouts int               `json:"readouts"`
	Regions  int               `json:"regions"` // of equities that the prices hold
	Scores   []Score           `json:"scores"`
	Rows     []ReadoutRow      `json:"rows"`
	Lags     []TrendLag        `json:"lags"`
	Days     []PivotDay        `json:"days"`
	Missing  []evidence.Absent `json:"missing,omitempty"`
}

// TrendLag is the error of the model in force if readouts described the close of another session.
type TrendLag struct {
	Sessions    int      `json:"sessions"` // from the readout's date: −1 is the close before it, which is what readouts mean
	Short       *float64 `json:"pivot_short"`
	Medium      *float64 `json:"pivot_medium"` // mean absolute errors, as shares of the price
	Long        *float64 `json:"pivot_long"`
	SkillGlobal *float64 `json:"skill_global"`
	SkillUS     *float64 `json:"skill_us"`
}

// ValidateTrend leaves out one readout at a time, fits the model to the others, and scores what it says
// of the one left out. The State holds readouts, prices and whatever else there is to compare with; from
// and to bound the sessions whose pivots are listed.
func ValidateTrend(ctx context.Context, s *market.State, a Assumptions, from, to calendar.Date) (*TrendValidation, error) {
	v, err := cta.Validate(ctx, cta.ReadoutsOf(s), s, a)
	if err != nil {
		return nil, fmt.Errorf("validate trend followers: %w", err)
	}
	out := &TrendValidation{Readouts: v.Readouts, Regions: v.Regions}
	add := func(id string, x cta.Interval, unit evidence.Unit, baseline *float64) {
		sc := Score{ID: id, Value: finite(x.Value), Low: finite(x.Low), High: finite(x.High), Unit: unit, N: x.N, Baseline: baseline}
		if sc.Value == nil {
			sc.Absent = &evidence.Absent{Code: "too_few_observations"}
		}
		out.Scores = append(out.Scores, sc)
	}
	for _, p := range v.Pivots {
		add("pivot_"+p.Name+".mean_abs_error", p.MeanAbs, evidence.Ratio, nil)
	}
	for i, area := range cta.Areas {
		f, b := v.Flows[i], v.Baseline[i]
		add("flow_"+area+".skill", f.Skill, evidence.Ratio, nil)
		add("flow_"+area+".demeaned_correlation", f.Demeaned, evidence.Ratio, nil)
		add("flow_"+area+".correlation", f.Pooled, evidence.Ratio, finite(b.Pooled.Value))
		add("flow_"+area+".signs_right", f.Sign, evidence.Ratio, finite(b.Sign.Value))
		for h, horizon := range cta.Horizons {
			rms := cta.Interval{Value: f.RMS[h], Low: market.Missing, High: market.Missing, N: f.Skill.N}
			add("flow_"+area+".rms_"+horizon, rms, evidence.USD, finite(b.RMS[h]))
		}
	}
	add("position.rms", cta.Interval{Value: v.PositionRMS, Low: market.Missing, High: market.Missing, N: v.Position.N}, evidence.USD, nil)
	add("position.median_abs_error", v.Position, evidence.USD, nil)
	add("position_us.median_abs_error", v.PositionUS, evidence.USD, nil)
	add("percentile.median_abs_error", v.Percentile, evidence.UnitNone, nil) // points of percentile
	for _, r := range v.Rows {
		out.Rows = append(out.Rows, readoutRows(r)...)
	}
	for _, l := range v.Lags {
		out.Lags = append(out.Lags, TrendLag{
			Sessions: l.Sessions, Short: finite(l.Pivot[0]), Medium: finite(l.Pivot[1]), Long: finite(l.Pivot[2]),
			SkillGlobal: finite(l.Skill[0]), SkillUS: finite(l.Skill[1]),
		})
	}
	if err := out.truth(ctx, s, a, add); err != nil {
		return nil, err
	}
	return out, out.days(s, a, from, to)
}

// truth compares with what calibration did not see; what the State lacks is listed.
func (v *TrendValidation) truth(ctx context.Context, s *market.State, a Assumptions, add func(string, cta.Interval, evidence.Unit, *float64)) error {
	lacks := func(err error) error {
		var absent *evidence.Absent
		if !errors.As(err, &absent) {
			return err
		}
		v.Missing = append(v.Missing, *absent)
		return nil
	}
	truth, err := cta.Confront(ctx, s, a)
	if err != nil {
		if err := lacks(err); err != nil {
			return fmt.Errorf("compare with reported positions: %w", err)
		}
	} else {
		for _, c := range append(truth.Positions, truth.Returns...) {
			add("correlation."+c.With, c.Correlation, evidence.Ratio, nil)
		}
		for _, c := range truth.Absent {
			v.Missing = append(v.Missing, evidence.Absent{Code: c.Code, Args: c.Args})
		}
	}
	m, err := cta.TimeSeriesMomentum(ctx, s)
	if err != nil {
		if err := lacks(err); err != nil {
			return fmt.Errorf("time-series momentum: %w", err)
		}
		return nil
	}
	add("momentum.sharpe_scaled", m.Scaled, evidence.Ratio, nil)
	add("momentum.sharpe_unscaled", m.Unscaled, evidence.Ratio, nil)
	add("momentum.sharpe_long_scaled", m.LongScaled, evidence.Ratio, nil)
	return nil
}

// days lists the pivots session by session.
func (v *TrendValidation) days(s *market.State, a Assumptions, from, to calendar.Date) error {
	days, err := cta.Pivots(s, a, from, to)
	if err != nil {
		return fmt.Errorf("pivots from %s to %s: %w", from, to, err)
	}
	closes := map[calendar.Date]float64{}
	if b, err := s.Daily(cta.Instrument); err == nil {
		for i := range b.Len() {
			closes[b.Date(i)] = b.Close[i]
		}
	}
	for _, d := range days {
		p := PivotDay{Date: d.Session.String(), Short: finite(d.Pivots[0].Price), Medium: finite(d.Pivots[1].Price), Long: finite(d.Pivots[2].Price)}
		if c, ok := closes[d.Session]; ok {
			p.Close = &c
		}
		v.Days = append(v.Days, p)
	}
	return nil
}

// readoutRows sets every published figure of a readout beside the model's.
func readoutRows(r cta.Row) (out []ReadoutRow) {
	add := func(figure, unit string, published, model float64) {
		if market.IsMissing(published) || market.IsMissing(model) {
			return
		}
		out = append(out, ReadoutRow{
			Date: r.Published.Date.String(), Publisher: r.Published.Publisher, Figure: figure, Published: published, Model: model, Unit: unit,
		})
	}
	for k, speed := range cta.SpeedNames {
		add("pivot_"+speed, string(evidence.Points), r.Published.Pivot[k], r.Model.Pivot[k])
	}
	add("position", string(evidence.USD), r.Published.Position, r.Model.Position)
	add("position_us", string(evidence.USD), r.Published.PositionUS, r.Model.PositionUS)
	add("percentile", string(evidence.Percentile), r.Published.Percentile, r.Model.Percentile)
	for h, horizon := range cta.Horizons {
		for s := range r.Published.Flow[h] {
			for i, area := range cta.Areas {
				add("flow_"+horizon+"_"+cta.Shapes[s]+"_"+area, string(evidence.USD), r.Published.Flow[h][s][i], r.Model.Flow[h][s][i])
			}
		}
	}
	return out
}
