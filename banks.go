package faultline

import (
	"context"
	"fmt"

	"faultline/evidence"
	"faultline/flow/cta"
	"faultline/market"
)

// BankScore is how far one publisher of readouts and the model lie apart in one figure.
type BankScore struct {
	Publisher string        `json:"publisher"`
	Year      int           `json:"year,omitempty"` // absent: all years
	Figure    string        `json:"figure"`
	N         int           `json:"n"`
	Bias      float64       `json:"bias"` // mean of published less model
	MeanAbs   float64       `json:"mean_abs"`
	Unit      evidence.Unit `json:"unit"` // of both; pivots as a share of the model's
	Same      *float64      `json:"same_sign,omitempty"`
	NumSign   int           `json:"n_sign"`
}

// BankOutcome compares the one-week forecasts of a publisher and of the model, read off their tapes at the
// return that came, with what the model then traded on the prices that came.
type BankOutcome struct {
	Publisher string  `json:"publisher"`
	Area      string  `json:"area"`
	N         int     `json:"n"`
	BankRMS   float64 `json:"bank_rms_usd"`
	ModelRMS  float64 `json:"model_rms_usd"`
	NoneRMS   float64 `json:"none_rms_usd"` // of the forecast that nothing is traded
	BankSign  float64 `json:"bank_signs_right"`
	ModelSign float64 `json:"model_signs_right"`
}

// SkippedReadout is a readout that could not be used.
type SkippedReadout struct {
	Date      string           `json:"date"`
	Publisher string           `json:"publisher"`
	Absent    *evidence.Absent `json:"absent"`
}

// BankValidation sets what each publisher of readouts states beside the model at the same closes. No
// parameter is fitted to it.
type BankValidation struct {
	Readouts int              `json:"readouts"`
	Scores   []BankScore      `json:"scores"`
	Outcomes []BankOutcome    `json:"outcomes"`
	Rows     []ReadoutRow     `json:"rows"`
	Skipped  []SkippedReadout `json:"skipped"`
}

// ScoreBanks scores every publisher whose readouts the State holds, over time, next to the model.
func ScoreBanks(ctx context.Context, s *market.State, a Assumptions) (*BankValidation, error) {
	b, err := cta.ScoreBanks(ctx, cta.ReadoutsOf(s), s, a)
	if err != nil {
		return nil, fmt.Errorf("score published readouts: %w", err)
	}
	out := &BankValidation{
		Readouts: len(b.Rows), Scores: []BankScore{}, Outcomes: []BankOutcome{}, Rows: []ReadoutRow{}, Skipped: []SkippedReadout{},
	}
	for _, r := range b.Rows {
		out.Rows = append(out.Rows, readoutRows(r)...)
	}
	for _, x := range b.Scores {
		unit := evidence.USD
		switch {
		case x.Figure == "percentile":
			unit = evidence.UnitNone // points of percentile
		case len(x.Figure) > 6 && x.Figure[:6] == "pivot_":
			unit = evidence.Ratio
		}
		out.Scores = append(out.Scores, BankScore{
			Publisher: x.Publisher, Year: x.Year, Figure: x.Figure, N: x.N, Bias: x.Bias, MeanAbs: x.MeanAbs, Unit: unit,
			Same: finite(x.Same), NumSign: x.NumSign,
		})
	}
	for _, x := range b.Outcomes {
		out.Outcomes = append(out.Outcomes, BankOutcome(x))
	}
	for _, x := range b.Skipped {
		out.Skipped = append(out.Skipped, SkippedReadout{x.Date.String(), x.Publisher, x.Why})
	}
	return out, nil
}
