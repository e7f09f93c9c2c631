package faultline

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"faultline/evidence"
)

// validatedText is what the models scored when they were last held against published and observed data
// that do not ship: a summary, from which no row of those data can be had. docs/methods says how each
// number is computed; a test makes the file anew from the data and holds it to the shipped one.
//
//go:embed validated.csv
var validatedText string

// Models whose errors validated.csv holds. The trend model stands there twice: with the equities of all
// four regions, and with the S&P 500 alone.
const (
	validTrend      = "trend"
	validTrendAlone = "trend_alone"
	validLevels     = "levels"
)

// validatedHeader is the first line of validated.csv.
const validatedHeader = "model,id,value,low,high,unit,n,baseline"

// ModelErrors are the errors of a model as its validation found them.
type ModelErrors struct {
	Model  string  `json:"model"`
	Source string  `json:"source"` // where the method stands
	Scores []Score `json:"scores"`
	Node   string  `json:"node"`
}

// validated reads the embedded summary, once. It is the program's own file: a fault in it is one of the
// build.
var validated = sync.OnceValue(func() map[string][]Score {
	rows, err := csv.NewReader(strings.NewReader(validatedText)).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != validatedHeader {
		panic(fmt.Sprintf("faultline: validated.csv: %v", err))
	}
	out := map[string][]Score{}
	number := func(text string) *float64 {
		if text == "" {
			return nil
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic("faultline: validated.csv: " + err.Error())
		}
		return finite(x)
	}
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[6])
		if err != nil {
			panic("faultline: validated.csv: " + err.Error())
		}
		out[r[0]] = append(out[r[0]], Score{
			ID: r[1], Value: number(r[2]), Low: number(r[3]), High: number(r[4]), Unit: evidence.Unit(r[5]), N: n, Baseline: number(r[7]),
		})
	}
	return out
})

// validation adds the errors of the models that the analysis shows.
func (r *run) validation() {
	add := func(model, source string) {
		node := r.record.Add(evidence.Node{
			ID: "in/validated/" + model, Kind: evidence.Dataset, Method: "validation", Grade: evidence.Modelled, Source: source, AsOf: r.state.At(),
		})
		r.out.Validation = append(r.out.Validation, ModelErrors{Model: model, Source: source, Scores: validated()[model], Node: node})
	}
	if t := r.out.Trend; t != nil {
		if t.Regions == 4 {
			add(validTrend, "docs/methods/cta.md")
		} else {
			add(validTrendAlone, "docs/methods/cta.md")
		}
	}
	if r.out.Exposure != nil {
		add(validLevels, "docs/methods/dealer.md")
	}
}
