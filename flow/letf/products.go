package letf

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"faultline/calendar"
)

// Product is one leveraged or inverse fund.
type Product struct {
	Ticker     string
	Underlying string  // instrument; VIX stands for an index of short-dated futures on it
	Multiple   float64 // of each day's return
	AssetsUSD  float64 // at the close of Base
	LowUSD     float64 // bounds of AssetsUSD
	HighUSD    float64

	PublishedUSD float64 // as the source states it
	PublishedOn  calendar.Date
	Inferred     bool // the source states no date: it was inferred from the price on the page
	Source       string
}

// Base is the day of the assets of all products. A figure from within 60 days of it was carried to it by
// the fund's multiple of each day's return; an older one stands as published, since over longer times
// what investors put in and take out outweighs returns. The test of the table checks this against prices.
var Base = calendar.DateOf(2025, 10, 31)

// Volatility is the underlying of funds on volatility, whose orders are vega and not equities.
const Volatility = "VIX"

//go:embed products.csv
var table []byte

// products is the embedded table; its test checks every row.
var products = func() []Product {
	all, err := parse(bytes.NewReader(table))
	if err != nil {
		panic("letf: embedded products: " + err.Error())
	}
	return all
}()

// Products lists all products.
func Products() []Product { return append([]Product(nil), products...) }

const columns = 10

// parse reads a table of products.
func parse(r io.Reader) ([]Product, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	var out []Product
	seen := map[string]bool{}
	for i, row := range rows {
		if len(row) != columns {
			return nil, fmt.Errorf("line %d has %d columns instead of %d", i+1, len(row), columns)
		}
		if i == 0 {
			continue
		}
		p := Product{Ticker: row[0], Underlying: row[1], Inferred: row[8] == "inferred", Source: row[9]}
		var errs []error
		number := func(at int, to *float64) {
			v, err := strconv.ParseFloat(row[at], 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				errs = append(errs, fmt.Errorf("%q is not a number", row[at]))
			}
			*to = v
		}
		number(2, &p.Multiple)
		number(3, &p.AssetsUSD)
		number(4, &p.LowUSD)
		number(5, &p.HighUSD)
		number(6, &p.PublishedUSD)
		if p.PublishedOn, err = calendar.ParseDate(row[7]); err != nil {
			errs = append(errs, err)
		}
		switch {
		case p.Ticker == "" || p.Underlying == "" || p.Source == "":
			errs = append(errs, errors.New("a ticker, an underlying and a source are needed"))
		case seen[p.Ticker]:
			errs = append(errs, fmt.Errorf("%s stands twice", p.Ticker))
		case row[8] != "stated" && row[8] != "inferred":
			errs = append(errs, fmt.Errorf("the date is %q and neither stated nor inferred", row[8]))
		case !(0 < p.LowUSD && p.LowUSD <= p.AssetsUSD && p.AssetsUSD <= p.HighUSD && p.PublishedUSD > 0):
			errs = append(errs, errors.New("assets outside their bounds"))
		case math.Abs(p.Multiple) > 5 || p.Multiple == 0:
			errs = append(errs, fmt.Errorf("multiple %v", p.Multiple))
		}
		if err := errors.Join(errs...); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		seen[p.Ticker] = true
		out = append(out, p)
	}
	return out, nil
}
