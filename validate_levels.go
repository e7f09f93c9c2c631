package faultline

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

// LevelScore is how often one kind of level held, and placebos in its place.
type LevelScore struct {
	Kind     string  `json:"kind"`
	Sessions int     `json:"sessions"` // scored
	Without  int     `json:"without"`  // sessions without such a level, or with the price at it
	Scores   []Score `json:"scores"`   // touched, not_beyond, held: the level, placebos, and the difference
}

// SeriesScore is what a published figure of dealers' gamma says, or how ours compares with it.
type SeriesScore struct {
	Series string  `json:"series"`
	Days   int     `json:"days"`
	First  string  `json:"first"` // session
	Last   string  `json:"last"`
	Scores []Score `json:"scores"`
}

// LevelValidation is the record of levels against the sessions that followed, and of dealers' gamma
// against what it is said to foretell. Intervals are of 95 %, by a circular block bootstrap.
type LevelValidation struct {
	Days         int               `json:"days"`
	Levels       []LevelScore      `json:"levels"`
	Volatility   []Score           `json:"volatility"`     // a year: below zero gamma, above, ratio
	Published    []SeriesScore     `json:"published"`      // our interval against figures published for the same evenings
	Sign         []SeriesScore     `json:"sign"`           // what the sign of a published figure tells of the next session's range
	LastHalfHour []SeriesScore     `json:"last_half_hour"` // whether the last half hour follows the rest of the day
	Skipped      map[string]string `json:"skipped"`        // chains that could not be scored, by file, with the code of the reason
	Missing      []Missing         `json:"missing"`        // parts for which something was not given
}

// LevelData is what levels are validated on. Chains are those of one underlying and may be partial; what
// else is not given leaves its part out.
type LevelData struct {
	Chains    []*market.Chain
	Bars      *market.Bars     // daily, of the chains' underlying
	Intraday  *market.Bars     // of half an hour or less
	Implied   *market.Bars     // daily, of an implied volatility in points, such as the VIX
	Published []*market.Series // figures of dealers' gamma, dollars
}

// What the published record of one vendor of levels says for 2019 to 2024: how many sessions did not
// close beyond its call wall and its put wall.
var vendorHeld = map[string]float64{dealer.KindCallWall: 0.83, dealer.KindPutWall: 0.89}

// Bounds of the parts on published figures.
const (
	// publishedFloor is the size, dollars, below which a published figure has no sign worth comparing: a
	// tenth of the days of the longest series are smaller than 0.6 billion.
	publishedFloor = 1e9
	// publishedAge is how old a published figure may be when a session opens: it serves over a weekend
	// and a holiday.
	publishedAge = 5 * 24 * time.Hour
	// signError is the error of a published figure as a share of its usual size: the middle of what
	// published work says of naive gamma, 30 to 50 %, as the draws of the register come to.
	signError = 0.43
	// fewDays is the number of days below which no interval of a bootstrap means anything.
	fewDays = 30
)

// ValidateLevels finds the levels of each chain as of its own instant, scores them against the session
// that follows, and scores placebos at the same distances beside them; sets the interval of the gamma of
// each evening beside published figures; and tests what such figures are said to foretell. Nothing of a
// scored session enters its levels.
func ValidateLevels(d LevelData, a Assumptions) (*LevelValidation, error) {
	var draws []assumption.Set
	for k := range int(a.Value("band.draws")) {
		draws = append(draws, a.Draw(uint64(a.Value("band.seed")), k))
	}
	days, skipped, err := dealer.LevelDays(d.Chains, d.Bars, a, draws)
	if err != nil {
		return nil, fmt.Errorf("validate levels: %w", err)
	}
	out := &LevelValidation{
		Days: len(days), Levels: []LevelScore{}, Volatility: []Score{}, Published: []SeriesScore{}, Sign: []SeriesScore{},
		LastHalfHour: []SeriesScore{}, Skipped: map[string]string{}, Missing: []Missing{},
	}
	for _, s := range skipped {
		out.Skipped[s.File] = s.Absent.Code
	}
	if len(days) == 0 && len(d.Published) == 0 {
		return nil, &evidence.Absent{Code: "too_few_observations"}
	}
	seed := uint64(a.Value("band.seed"))
	if len(days) > 0 {
		out.records(days, a, seed)
	} else {
		out.lacks("levels", &evidence.Absent{Code: "no_chain", Args: evidence.Args{"underlying": d.Bars.Instrument}})
	}
	if len(d.Published) == 0 {
		why := &evidence.Absent{Code: "no_published_gamma"}
		out.lacks("published", why)
		out.lacks("sign", why)
		out.lacks("last_half_hour", why)
	}
	for _, s := range d.Published {
		out.published(days, s, seed)
		if err := out.sign(d, s, seed); err != nil {
			return nil, err
		}
		if err := out.lastHalfHour(d, s, seed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *LevelValidation) lacks(part string, why *evidence.Absent) {
	v.Missing = append(v.Missing, Missing{Part: part, Absent: why})
}

// estimate gives an estimate its score. With a null, the value that it has where there is nothing to
// see, it also gets a verdict.
func estimate(id string, e dealer.Estimate, unit evidence.Unit, null *float64) Score {
	s := Score{ID: id, Value: finite(e.Value), Low: finite(e.Low), High: finite(e.High), Unit: unit, N: e.N, Null: null}
	switch {
	case s.Value == nil:
		s.Absent = &evidence.Absent{Code: "too_few_observations"}
	case null == nil:
	case e.N < fewDays:
		s.Verdict = "too_few"
	case e.Low <= *null && *null <= e.High:
		s.Verdict = "nothing_seen"
	case e.Low > *null:
		s.Verdict = "above"
	default:
		s.Verdict = "below"
	}
	return s
}

// records scores levels, placebos, and volatility by the side of zero gamma.
func (v *LevelValidation) records(days []dealer.LevelDay, a Assumptions, seed uint64) {
	zero, one := 0.0, 1.0
	for _, r := range dealer.ValidateLevels(days, a, seed) {
		l := LevelScore{Kind: r.Kind, Sessions: r.Days, Without: r.Missing}
		for _, x := range []struct {
			name   string
			shares dealer.Shares
			null   *float64
		}{{"level", r.Level, nil}, {"placebo_offset", r.Offset, nil}, {"placebo_round", r.Round, nil}, {"less_placebo", r.Against, &zero}} {
			l.Scores = append(l.Scores,
				estimate(x.name+".touched", x.shares.Touched, evidence.Ratio, x.null),
				estimate(x.name+".not_beyond", x.shares.NotBeyond, evidence.Ratio, x.null),
				estimate(x.name+".held", x.shares.Held, evidence.Ratio, x.null))
		}
		if share, ok := vendorHeld[r.Kind]; ok {
			l.Scores[1].Baseline = &share
		}
		v.Levels = append(v.Levels, l)
	}
	x := dealer.ValidateVolatility(days, seed)
	v.Volatility = []Score{
		estimate("below_zero_gamma", x.Below, evidence.VolPerYear, nil), estimate("above_zero_gamma", x.Above, evidence.VolPerYear, nil),
		estimate("ratio", x.Ratio, evidence.Ratio, &one),
	}
}

// published compares our intervals with the figures of one publisher for the same evenings. The score of
// an interval is that of Gneiting and Raftery (2007), lower is better.
func (v *LevelValidation) published(days []dealer.LevelDay, s *market.Series, seed uint64) {
	at := map[calendar.Date]float64{}
	for i, x := range s.Value {
		at[calendar.Date(s.About[i]/86400)] = x
	}
	var claims, fixed []dealer.Claimed
	for _, d := range days {
		day := calendar.DateIn(d.Made, calendar.NewYork())
		if x, ok := at[day]; ok {
			half := signError * math.Abs(d.GEX.Value)
			claims = append(claims, dealer.Claimed{Date: day, Claim: d.GEX, Published: x})
			fixed = append(fixed, dealer.Claimed{
				Date: day, Claim: dealer.Amount{Value: d.GEX.Value, Low: d.GEX.Value - half, High: d.GEX.Value + half}, Published: x,
			})
		}
	}
	if len(claims) == 0 {
		v.lacks("published", &evidence.Absent{Code: "no_common_days", Args: evidence.Args{"series": s.ID}})
		return
	}
	c, f := dealer.Compare(claims, publishedFloor, seed), dealer.Compare(fixed, publishedFloor, seed)
	claimed, even := 0.9, 0.5
	covered := estimate("covered", c.Covered, evidence.Ratio, &claimed)
	if covered.Verdict == "nothing_seen" {
		covered.Verdict = "as_claimed"
	}
	plain := func(id string, x float64, u evidence.Unit) Score {
		return Score{ID: id, Value: finite(x), Unit: u, N: c.Days}
	}
	v.Published = append(v.Published, SeriesScore{
		Series: s.ID, Days: c.Days, First: claims[0].Date.String(), Last: claims[len(claims)-1].Date.String(),
		Scores: []Score{
			estimate("signs_agree", c.Signs, evidence.Ratio, &even), covered,
			plain("interval_score", c.Score, evidence.USD), plain("interval_score_fixed", f.Score, evidence.USD),
			plain("interval_score_point", c.PointScore, evidence.USD), plain("size_ratio", c.Ratio, evidence.Ratio),
		},
	})
}

// sign tests whether the sign of a published figure, bare and with its error, tells the range of the
// next session, also beyond what was known anyway.
func (v *LevelValidation) sign(d LevelData, s *market.Series, seed uint64) error {
	days, err := dealer.GammaDays(d.Bars, s, d.Implied)
	if err == nil && len(days) == 0 {
		err = &evidence.Absent{Code: "no_common_days", Args: evidence.Args{"series": s.ID}}
	}
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		v.lacks("sign", absent)
		return nil
	case err != nil:
		return fmt.Errorf("sign of %s: %w", s.ID, err)
	}
	out := SeriesScore{Series: s.ID, Days: len(days), First: days[0].Date.String(), Last: days[len(days)-1].Date.String()}
	zero, one := 0.0, 1.0
	for _, x := range []struct {
		name  string
		share float64
	}{{"bare", 0}, {"banded", signError}} {
		t := dealer.ValidateSign(days, x.share, seed)
		out.Scores = append(out.Scores, estimate(x.name+".range_short", t.Short, evidence.Ratio, nil))
		if x.share > 0 {
			out.Scores = append(out.Scores, estimate(x.name+".range_unsure", t.Unsure, evidence.Ratio, nil))
		}
		out.Scores = append(out.Scores,
			estimate(x.name+".range_long", t.Long, evidence.Ratio, nil), estimate(x.name+".short_over_long", t.ShortOverLong, evidence.Ratio, &one),
			estimate(x.name+".beyond_expected", t.Beyond, evidence.Ratio, &zero))
	}
	v.Sign = append(v.Sign, out)
	return nil
}

// lastHalfHour tests whether the last half hour follows the rest of the day more when dealers are short
// gamma (Baltussen, Da, Lammers and Martens 2021), at three thresholds of the figure.
func (v *LevelValidation) lastHalfHour(d LevelData, s *market.Series, seed uint64) error {
	if d.Intraday == nil {
		v.lacks("last_half_hour", &evidence.Absent{Code: "no_bars_of_the_day", Args: evidence.Args{"instrument": d.Bars.Instrument}})
		return nil
	}
	days, err := dealer.HalfHours(d.Intraday, s, publishedAge)
	if err == nil && len(days) == 0 {
		err = &evidence.Absent{Code: "no_common_days", Args: evidence.Args{"series": s.ID}}
	}
	var absent *evidence.Absent
	switch {
	case errors.As(err, &absent):
		v.lacks("last_half_hour", absent)
		return nil
	case err != nil:
		return fmt.Errorf("last half hour by %s: %w", s.ID, err)
	}
	var size []float64
	for _, x := range days {
		size = append(size, x.Gamma)
	}
	slices.Sort(size)
	out := SeriesScore{Series: s.ID, Days: len(days), First: days[0].Date.String(), Last: days[len(days)-1].Date.String()}
	zero, half := 0.0, 0.5
	for _, x := range []struct {
		name string
		at   float64
	}{{"zero", 0}, {"fifth", size[(len(size)-1)/5]}, {"half", size[(len(size)-1)/2]}} {
		below, above, difference := dealer.ValidateMomentum(days, x.at, seed)
		difference.N = min(below.Slope.N, above.Slope.N)
		out.Scores = append(out.Scores,
			estimate(x.name+".slope_below", below.Slope, evidence.Ratio, &zero), estimate(x.name+".slope_above", above.Slope, evidence.Ratio, &zero),
			estimate(x.name+".slope_difference", difference, evidence.Ratio, &zero),
			estimate(x.name+".follows_below", below.Follows, evidence.Ratio, &half), estimate(x.name+".follows_above", above.Follows, evidence.Ratio, &half))
	}
	v.LastHalfHour = append(v.LastHalfHour, out)
	return nil
}
