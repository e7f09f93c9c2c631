package feed

import (
	"fmt"
	"strings"
	"testing"

	"faultline/market"
)

// digest writes all that a result says, but for the caveats' maps in their own order.
func digest(t testing.TB, r *Result) string {
	t.Helper()
	var b strings.Builder
	rep := r.Report
	fmt.Fprintln(&b, rep.Format, rep.Rows, rep.Accepted, rep.Rejected, rep.ByReason)
	for _, x := range rep.Rejects {
		fmt.Fprintln(&b, x.Line, x.Column, x.Value, x.Reason)
	}
	fmt.Fprintln(&b, rep.Notes)
	for _, d := range r.Sets {
		fmt.Fprintln(&b, d.Key(), *d.Origin())
		switch {
		case d.Bars != nil:
			fmt.Fprintln(&b, *d.Bars)
		case d.Chain != nil:
			fmt.Fprintln(&b, *d.Chain)
		case d.Series != nil:
			fmt.Fprintln(&b, *d.Series)
		case d.Facts != nil:
			fmt.Fprintln(&b, *d.Facts)
		case d.Positions != nil:
			fmt.Fprintln(&b, *d.Positions)
		}
	}
	return b.String()
}

// checkResult holds what every result must hold, whatever the bytes were.
func checkResult(t testing.TB, r *Result, err error) {
	t.Helper()
	if r == nil {
		t.Fatal("no result")
	}
	rep := r.Report
	byReason := 0
	for _, n := range rep.ByReason {
		byReason += n
	}
	if rep.Rejected != byReason || len(rep.Rejects) != min(rep.Rejected, maxListed) {
		t.Errorf("%d rejected, %d by reason, %d listed", rep.Rejected, byReason, len(rep.Rejects))
	}
	if err != nil {
		if len(r.Sets) > 0 {
			t.Error("an error came with tables")
		}
		return
	}
	if rep.Rows != rep.Accepted+rep.Rejected {
		t.Errorf("%d rows, %d accepted, %d rejected", rep.Rows, rep.Accepted, rep.Rejected)
	}
	rows := 0
	for _, d := range r.Sets {
		rows += d.Len()
		checkDataset(t, d)
	}
	if rows != rep.Accepted || rows == 0 {
		t.Errorf("%d rows in the tables, %d accepted", rows, rep.Accepted)
	}
}

func checkDataset(t testing.TB, d market.Dataset) {
	t.Helper()
	finite := func(what string, cols ...[]float64) {
		for _, col := range cols {
			for i, v := range col {
				if !(v-v == 0) {
					t.Fatalf("%s: row %d of %s is %v", d.Key(), i, what, v)
				}
			}
		}
	}
	orMissing := func(what string, cols ...[]float64) {
		for _, col := range cols {
			for i, v := range col {
				if !market.IsMissing(v) && !(v-v == 0) {
					t.Fatalf("%s: row %d of %s is %v", d.Key(), i, what, v)
				}
			}
		}
	}
	o := d.Origin()
	if o.Format == "" || o.KnownAt == "" {
		t.Errorf("%s: origin %+v", d.Key(), o)
	}
	switch {
	case d.Bars != nil:
		b := d.Bars
		finite("close", b.Close)
		orMissing("the rest", b.Open, b.High, b.Low, b.Volume)
		for i := range b.Begin {
			if b.Known[i] <= b.Begin[i] {
				t.Fatalf("%s: bar %d is known before it begins", d.Key(), i)
			}
			if i > 0 && b.Begin[i] <= b.Begin[i-1] {
				t.Fatalf("%s: bar %d is out of order", d.Key(), i)
			}
		}
	case d.Chain != nil:
		c := d.Chain
		finite("strike", c.Strike)
		orMissing("the rest", c.Bid, c.Ask, c.Last, c.Volume, c.OpenInterest, c.IV, c.Delta, c.Gamma, []float64{c.Spot})
		for i := range c.Strike {
			if !(c.Strike[i] > 0) || c.Bid[i] < 0 || c.Ask[i] < 0 || c.Right[i] == 0 || c.Expiry[i] == 0 {
				t.Fatalf("%s: contract %+v", d.Key(), c.Row(i))
			}
		}
	case d.Series != nil:
		s := d.Series
		finite("value", s.Value)
		for i := range s.About {
			if i > 0 && s.About[i] <= s.About[i-1] {
				t.Fatalf("%s: observation %d is out of order", d.Key(), i)
			}
		}
	case d.Facts != nil:
		for _, f := range d.Facts.Rows {
			orMissing("value", []float64{f.Value})
			if f.ID == "" || f.Known < f.About {
				t.Fatalf("fact %+v", f)
			}
		}
	case d.Positions != nil:
		p := d.Positions
		orMissing("the numbers", p.Units, p.Entry, p.Mark, p.Margin, p.Leverage)
		for _, n := range []int{
			len(p.Venue), len(p.Account), len(p.Collateral), len(p.Units), len(p.Short), len(p.Entry), len(p.Mark), len(p.Margin),
			len(p.Leverage), len(p.Liquidated), len(p.Deleveraged), len(p.Line),
		} {
			if n != p.Len() {
				t.Errorf("columns of %d and of %d rows", n, p.Len())
			}
		}
	}
}
