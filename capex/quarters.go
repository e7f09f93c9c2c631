package capex

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sort"
	"time"

	"faultline/evidence"
	"faultline/market"
)

// Quarter is the capital expenditure of one calendar quarter.
type Quarter struct {
	Start  time.Time        // first day of the calendar quarter in which the fiscal quarter ends
	USD    float64          // spent in the quarter
	Known  time.Time        // when the last figure that it needs was known
	Rule   string           // code: as_filed, or difference of figures for the year to date
	Absent *evidence.Absent // why it cannot be had; USD is then meaningless
}

// Rules by which a quarter was found.
const (
	AsFiled    = "as_filed"
	Difference = "year_to_date_difference"
)

// fiscalEnd is the calendar quarter (1 to 4) in which the fiscal year of a company ends. Nvidia's ends in the
// last days of January, so that its quarters are dated by the month in which they end.
var fiscalEnd = map[string]int{"AAPL": 3, "AMZN": 4, "GOOGL": 4, "META": 4, "MSFT": 2, "NVDA": 1, "ORCL": 2, "TSLA": 4}

// reading says which figures of the first three quarters of a fiscal year are for the year to date. The
// fourth, from the annual report, always is.
type reading uint8

const (
	quarterly  reading = iota // each for its own quarter
	cumulative                // each for the year to date
)

// Quarters undoes the sums in a series of filed figures, one for each calendar quarter, in which some are for
// the quarter and others for the fiscal year to date. Which is which the table does not say. A company keeps
// one habit for its quarterly reports and states the full year in the annual one, so that each fiscal year has
// two readings. A reading is possible when every quarter comes out above zero; of two possible ones the
// smoother stands, in the sum of squared log ratios of neighbouring quarters, when it is smoother by a factor of
// two at least, or when it is the habit of the company's clear years. All else cannot be reconciled and is
// returned as absent, as are quarters whose neighbour in the sum is missing.
func Quarters(ticker string, s *market.Series) ([]Quarter, error) {
	end, ok := fiscalEnd[ticker]
	if !ok {
		return nil, &evidence.Absent{Code: "fiscal_year_unknown", Args: evidence.Args{"ticker": ticker}}
	}
	type year struct {
		value, known [4]float64 // by fiscal quarter; Missing where there is none
		start        [4]time.Time
		possible     [2]bool
		rough        [2]float64
		choice       int // reading, or −1
	}
	years := map[int]*year{}
	var order []int
	for i := range s.Len() {
		d := time.Unix(s.About[i], 0).UTC()
		q := (int(d.Month())-1)/3 + 1  // calendar quarter
		fq := ((q-end-1)%4 + 4) % 4    // fiscal quarter from 0; end is the last
		fy := d.Year() + btoi(q > end) // fiscal year, by the year in which it ends
		y := years[fy]
		if y == nil {
			y = &year{choice: -1}
			for k := range y.value {
				y.value[k] = market.Missing
				y.start[k] = d.AddDate(0, 3*(k-fq), 0)
			}
			years[fy] = y
			order = append(order, fy)
		}
		y.value[fq], y.known[fq] = s.Value[i], float64(s.Known[i])
	}
	sort.Ints(order)
	votes := [2]int{}
	for _, fy := range order {
		y := years[fy]
		for r := range 2 {
			y.possible[r], y.rough[r] = judge(y.value, reading(r))
		}
		switch {
		case y.possible[0] && !y.possible[1]:
			y.choice = 0
		case y.possible[1] && !y.possible[0]:
			y.choice = 1
		case y.possible[0] && y.rough[0] < y.rough[1]/2:
			y.choice = 0
		case y.possible[1] && y.rough[1] < y.rough[0]/2:
			y.choice = 1
		}
		if y.choice >= 0 {
			votes[y.choice]++
		}
	}
	var out []Quarter
	for _, fy := range order {
		y := years[fy]
		if y.choice < 0 { // unclear: the habit of the clear years, where there is one and it is possible
			for r := range 2 {
				if votes[r] > 2*votes[1-r] && y.possible[r] {
					y.choice = r
				}
			}
		}
		for k, v := range y.value {
			if market.IsMissing(v) {
				continue
			}
			q := Quarter{Start: y.start[k], Known: time.Unix(int64(y.known[k]), 0).UTC()}
			if y.choice < 0 {
				q.Absent = &evidence.Absent{Code: "not_reconciled", Args: evidence.Args{"ticker": ticker, "year": fy}}
				out = append(out, q)
				continue
			}
			usd, rule, ok := undo(y.value, k, reading(y.choice))
			if !ok {
				q.Absent = &evidence.Absent{Code: "quarter_before_missing", Args: evidence.Args{"ticker": ticker, "year": fy}}
			}
			q.USD, q.Rule = usd, rule
			out = append(out, q)
		}
	}
	return out, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// undo gives the spending of one fiscal quarter under a reading.
func undo(value [4]float64, k int, r reading) (usd float64, rule string, ok bool) {
	switch {
	case k == 0:
		return value[0], AsFiled, true
	case r == cumulative:
		return value[k] - value[k-1], Difference, !market.IsMissing(value[k-1])
	case k < 3:
		return value[k], AsFiled, true
	}
	sum := value[0] + value[1] + value[2]
	return value[3] - sum, Difference, !market.IsMissing(sum)
}

// judge says whether a reading leaves every quarter above zero, and how rough the quarters then are.
func judge(value [4]float64, r reading) (possible bool, rough float64) {
	last, n := 0.0, 0
	for k := range value {
		if market.IsMissing(value[k]) {
			last = 0
			continue
		}
		usd, _, ok := undo(value, k, r)
		if !ok {
			last = 0
			continue
		}
		if !(usd > 0) {
			return false, 0
		}
		if last > 0 {
			d := math.Log(usd / last)
			rough += d * d
		}
		last = usd
		n++
	}
	return n > 0, rough
}

// Filing is one figure of a company's filings with the period that it is for.
type Filing struct {
	Start, End, Filed time.Time
	Form              string
	USD               float64
}

// concepts are the names under which companies file what they pay for property and equipment, the usual first.
var concepts = []string{
	"PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToAcquireProductiveAssets",
	"PaymentsToAcquireOtherPropertyPlantAndEquipment",
}

// maxFacts is the size of a company facts file that is read; the largest in 2025 had 9 MB.
const maxFacts = 64 << 20

// ReadCompanyFacts reads the company facts that the SEC gives out as JSON (data.sec.gov, companyfacts) and
// returns the filed figures of capital expenditure, by end of period and then by filing.
func ReadCompanyFacts(r io.Reader) (entity string, filings []Filing, err error) {
	type item struct {
		Start, End, Filed, Form string
		Val                     *float64
	}
	var doc struct {
		EntityName string `json:"entityName"`
		Facts      map[string]map[string]struct {
			Units map[string][]item `json:"units"`
		} `json:"facts"`
	}
	limited := &io.LimitedReader{R: r, N: maxFacts + 1}
	if err := json.NewDecoder(limited).Decode(&doc); err != nil {
		return "", nil, fmt.Errorf("read company facts: %w", err)
	}
	if limited.N == 0 {
		return "", nil, fmt.Errorf("read company facts: longer than %d bytes", maxFacts)
	}
	for _, concept := range concepts {
		items := doc.Facts["us-gaap"][concept].Units["USD"]
		for i, it := range items {
			f := Filing{Form: it.Form}
			for _, d := range []struct {
				name, text string
				to         *time.Time
			}{{"start", it.Start, &f.Start}, {"end", it.End, &f.End}, {"filed", it.Filed, &f.Filed}} {
				if *d.to, err = time.Parse(time.DateOnly, d.text); err != nil {
					return "", nil, fmt.Errorf("read company facts: %s, entry %d: %s: %w", concept, i+1, d.name, err)
				}
			}
			if it.Val == nil || !f.Start.Before(f.End) {
				return "", nil, fmt.Errorf("read company facts: %s, entry %d has no value or no period", concept, i+1)
			}
			f.USD = *it.Val
			filings = append(filings, f)
		}
		if len(filings) > 0 {
			break
		}
	}
	if len(filings) == 0 {
		return "", nil, &evidence.Absent{Code: "no_capex_filed", Args: evidence.Args{"entity": doc.EntityName}}
	}
	sort.SliceStable(filings, func(a, b int) bool {
		if !filings[a].End.Equal(filings[b].End) {
			return filings[a].End.Before(filings[b].End)
		}
		return filings[a].Filed.Before(filings[b].Filed)
	})
	return doc.EntityName, filings, nil
}

// slack is how far a difference of filed sums may miss a quarter that was filed on its own: figures are
// printed in millions, and restatements move them a little.
const slack = 0.02

// QuartersOf undoes the sums of filings known at an instant. Here the period of each figure is stated: a
// figure for about three months is a quarter, and a longer one minus the longest earlier one from the same
// start is the rest. Where both ways exist and differ by more than 2 %, the quarter cannot be reconciled.
func QuartersOf(filings []Filing, at time.Time) []Quarter {
	type span struct{ start, end time.Time }
	latest := map[span]Filing{}
	for _, f := range filings {
		if !f.Filed.After(at) {
			latest[span{f.Start, f.End}] = f // in order of filing: a restatement replaces what it restates
		}
	}
	ends := map[time.Time][]Filing{}
	for _, f := range latest {
		ends[f.End] = append(ends[f.End], f)
	}
	var order []time.Time
	for e := range ends {
		order = append(order, e)
	}
	sort.Slice(order, func(a, b int) bool { return order[a].Before(order[b]) })
	var out []Quarter
	for _, e := range order {
		list := ends[e]
		sort.Slice(list, func(a, b int) bool { return list[a].Start.After(list[b].Start) })
		q := Quarter{Start: quarterOf(e), Known: list[0].Filed}
		found := math.NaN()
		for _, f := range list {
			usd, rule, known := math.NaN(), Difference, f.Filed
			if months(f.Start, f.End) <= 4 {
				usd, rule = f.USD, AsFiled
			} else {
				for _, o := range latest { // the sum to the quarter before
					if o.Start.Equal(f.Start) && o.End.Before(f.End) && months(o.End, f.End) <= 4 {
						usd = f.USD - o.USD
						if o.Filed.After(known) {
							known = o.Filed
						}
					}
				}
			}
			switch {
			case usd != usd:
			case found != found:
				found, q.USD, q.Rule, q.Known = usd, usd, rule, known
			case !(math.Abs(usd-found) <= slack*math.Abs(found)):
				q.Absent = &evidence.Absent{Code: "not_reconciled", Args: evidence.Args{"ticker": "", "year": e.Year()}}
			}
		}
		switch {
		case found != found:
			q.Absent = &evidence.Absent{Code: "quarter_before_missing", Args: evidence.Args{"ticker": "", "year": e.Year()}}
		case found < 0: // payments only add up: a sum that falls is not the sum that it is said to be
			q.Absent = &evidence.Absent{Code: "not_reconciled", Args: evidence.Args{"ticker": "", "year": e.Year()}}
		}
		out = append(out, q)
	}
	return out
}

// months is the length of a period in months, near enough to tell quarters from half years.
func months(from, to time.Time) float64 { return to.Sub(from).Hours() / (24 * 30.44) }

// quarterOf is the first day of the calendar quarter in which a fiscal quarter that ends on a day mostly
// lies: quarters that end in the first ten days of a month belong to the month before.
func quarterOf(end time.Time) time.Time {
	d := end.AddDate(0, 0, -10)
	return time.Date(d.Year(), (d.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
}
