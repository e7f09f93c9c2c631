package report

import (
	"math"

	"faultline"
	"faultline/evidence"
)

// liquidationChart draws the map of one coin: at each price the dollars of longs that are sold, below the
// mark, and of shorts that are bought back, above it.
func (d *document) liquidationChart(x faultline.CryptoCoin) chart {
	c := chart{
		Title:     d.w.Text("crypto.map", evidence.Args{"instrument": d.instrument(x.Instrument)}),
		Caption:   d.w.Text("crypto.map_caption", evidence.Args{"step": d.w.Percent(binStep(x.Map), 2)}),
		Key:       []keyEntry{{"sell", d.w.Label("crypto.key_long")}, {"buy", d.w.Label("crypto.key_short")}},
		Synthetic: x.Grade == evidence.Synthetic,
	}
	return d.both(c, func(s shape) string { return d.liquidations(s, x) })
}

// binStep is the width of a bin as a share of the price in the middle of the columns.
func binStep(m *faultline.LiquidationColumns) float64 {
	n := len(m.Price)
	if n < 2 {
		return 0
	}
	return (m.Price[1] - m.Price[0]) / ((m.Price[n/2] + m.Price[n/2-1]) / 2)
}

func (d *document) liquidations(s shape, x faultline.CryptoCoin) string {
	m := x.Map
	left, right := 64.0, 96.0
	height, n := 430.0, 4
	if s.narrow {
		left, right, height, n = 58, 14, 420, 2
	}
	const top, foot = 14.0, 44.0
	c := newCanvas(s.width, height, d.w.Text("crypto.map", evidence.Args{"instrument": d.instrument(x.Instrument)}))
	first, last := d.span(m)
	lo, hi := m.Price[first], m.Price[last]
	half := (m.Price[1] - m.Price[0]) / 2
	y := axis{lo - half, hi + half, height - foot, top}
	most := 0.0
	for i := first; i <= last; i++ {
		most = math.Max(most, math.Max(m.Long[i], m.Short[i]))
		if len(m.LongHigh) > i {
			most = math.Max(most, math.Max(m.LongHigh[i], m.ShortHigh[i]))
		}
	}
	v := axis{0, most, left, s.width - right}
	d.priceAxis(c, y, left, s.width-right, 8, true)
	d.dollarAxis(c, v, y.to, y.from, n, most)
	c.text((v.from+v.to)/2, y.from+34, "middle", "s", d.w.ScaleFor(most).Name)
	for i := first; i <= last; i++ {
		from, to := y.at(m.Price[i]+half), y.at(m.Price[i]-half)
		gap := math.Min(1, (to-from)/5)
		for side, usd := range []float64{m.Long[i], m.Short[i]} {
			if !(usd > 0) {
				continue
			}
			class, label := "sell", d.w.Label("crypto.key_long")
			low, high := m.LongLow, m.LongHigh
			if side == 1 {
				class, label = "buy", d.w.Label("crypto.key_short")
				low, high = m.ShortLow, m.ShortHigh
			}
			title := d.w.Price(m.Price[i]) + "\n" + label + d.w.Label("ui.colon") + d.w.Amount(usd, 3)
			if len(low) > i && len(high) > i {
				title += "\n" + d.w.Label("ui.band_name") + d.w.Label("ui.colon") + d.w.Band(low[i], high[i], evidence.USD)
			}
			title += "\n" + d.evidence(x.Grade, "", x.Node)
			c.rect(v.from, from+gap/2, v.at(usd)-v.from, to-from-gap, class, title)
		}
	}
	for _, bound := range [][]float64{m.LongLow, m.LongHigh, m.ShortLow, m.ShortHigh} {
		var xs, ys []float64
		for i := first; i <= last && i < len(bound); i++ {
			// Beyond the mark a side holds nothing, and a line along the axis would say nothing.
			if bound[i] > 0 {
				xs, ys = append(xs, v.at(bound[i])), append(ys, y.at(m.Price[i]))
			}
		}
		c.path(xs, ys, "bound")
	}
	if p := x.Price.Value; p != nil && y.holds(*p) {
		c.line(left, y.at(*p), s.width-right, y.at(*p), "spot")
		if s.narrow {
			c.text(s.width-right-4, y.at(*p)-5, "end", "s", d.w.Price(*p))
		} else {
			c.text(s.width-right+6, y.at(*p)+4, "start", "t", d.w.Price(*p))
		}
	}
	return c.done()
}

// span is the first and last bin that a chart shows: all that hold more than a five-hundredth of the
// largest, and a few on both sides of the mark.
func (d *document) span(m *faultline.LiquidationColumns) (first, last int) {
	most := 0.0
	for i := range m.Price {
		most = math.Max(most, math.Max(m.Long[i], m.Short[i]))
	}
	n := len(m.Price)
	first, last = max(0, n/2-6), min(n-1, n/2+5)
	for i := range m.Price {
		if math.Max(m.Long[i], m.Short[i]) > most/500 {
			first, last = min(first, i), max(last, i)
		}
	}
	return first, last
}
