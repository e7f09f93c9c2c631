package report

import (
	"io"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// Crypto writes what is liquidated at which price, and what a sudden move becomes.
func Crypto(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("crypto", "missing") })
}

func (d *document) crypto() section {
	s := section{ID: "crypto", Title: d.w.Label("crypto.title")}
	c := d.a.Crypto
	if c == nil {
		return s
	}
	s.Lead = d.w.Label("crypto.lead")
	for _, coin := range c.Coins {
		if coin.Map != nil {
			s.Charts = append(s.Charts, d.liquidationChart(coin))
		}
	}
	s.Tables = append(s.Tables, d.coins(c))
	for _, t := range []table{d.stress(c), d.cryptoPublished(c), d.refused(c)} {
		if len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
	}
	for _, n := range c.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(n)))
	}
	return s
}

// coins is one row a coin: what stands on margin and where the nearest clusters are.
func (d *document) coins(c *faultline.Crypto) table {
	t := table{Title: d.w.Label("crypto.coins"), Head: d.head("coin", "price", "longs", "shorts", "cluster_below", "cluster_above", "remark", "grade"), Cards: true}
	cluster := func(k *faultline.LiquidationCluster) cell {
		if k == nil {
			return cell{Text: d.w.Label("ui.none"), Number: true, Absent: true}
		}
		out := d.figure(k.Price, false)
		out.Text = d.w.Text("crypto.cluster", evidence.Args{
			"price": d.w.Price(*k.Price.Value), "distance": d.w.SignedPercent(*k.Distance.Value, 1), "usd": d.w.Amount(*k.USD.Value, 3),
		})
		return out
	}
	for _, x := range c.Coins {
		row := []cell{{Text: d.instrument(x.Instrument), Keep: true}, d.figure(x.Price, false), {}, {}, {}, {}, {}, d.grade(x.Grade)}
		if x.Absent != nil {
			row[6] = cell{Text: d.w.Absent(x.Absent), Absent: true}
		} else {
			row[2], row[3] = d.figure(*x.Long, false), d.figure(*x.Short, false)
			row[4], row[5] = cluster(x.Below), cluster(x.Above)
			if x.From != "inferred" { // the note below says what is inferred
				row[6] = cell{Text: d.w.In("crypto_from", x.From)}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// stress is one row a coin and sudden move.
func (d *document) stress(c *faultline.Crypto) table {
	t := table{Title: d.w.Label("crypto.stress"), Head: d.head("shock", "coin", "worst", "worst_deep", "end_price", "longs_liquidated", "shorts_liquidated", "deleveraged", "minutes")}
	for _, x := range c.Stress {
		minutes := d.w.Number(x.Minutes, 0)
		if !x.Rest {
			minutes = d.w.Text("crypto.no_rest", evidence.Args{"minutes": minutes})
		}
		for _, y := range x.Coins {
			t.Rows = append(t.Rows, []cell{
				number(d.w.SignedPercent(x.Move, 0)),
				{Text: d.instrument(y.Instrument), Keep: true},
				number(d.w.SignedPercent(y.Worst-1, 1)), number(d.w.SignedPercent(y.WorstDeep-1, 1)), number(d.w.SignedPercent(y.End-1, 1)),
				d.figure(y.Long, false), d.figure(y.Short, false), d.figure(y.Deleveraged, false), number(minutes),
			})
		}
	}
	return t
}

// cryptoPublished is what others said of liquidations and open interest.
func (d *document) cryptoPublished(c *faultline.Crypto) table {
	t := table{Title: d.w.Label("crypto.published"), Head: d.head("about", "series", "figure", "what", "source"), Cards: true}
	for _, p := range c.Published {
		t.Rows = append(t.Rows, []cell{{Text: d.w.DateOf(p.About), Keep: true}, plain(p.Series), d.figure(p.Figure, false), {Text: d.said(p.What)}, link(p.Source)})
	}
	return t
}

// refused counts the positions that are not in the book.
func (d *document) refused(c *faultline.Crypto) table {
	t := table{Title: d.w.Label("crypto.refused"), Head: d.head("reason", "positions_count", "notional")}
	for _, x := range c.Refused {
		t.Rows = append(t.Rows, []cell{{Text: d.w.Say(x.Reason)}, number(d.w.Number(float64(x.Count), 0)), number(d.w.Amount(x.USD, 3))})
	}
	return t
}
