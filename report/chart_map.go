package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
)

// shades is how many strengths of colour a map has on each side of zero.
const shades = 6

// mapCharts draws gamma and charm over the rest of the session and the price.
func (d *document) mapCharts() []chart {
	m := d.a.Exposure.Map
	if m == nil || len(m.At) < 2 || len(m.Price) < 2 {
		return nil
	}
	var out []chart
	for _, x := range []struct {
		name   string
		values [][]float64
		unit   evidence.Unit
	}{{"gamma", m.GEX, evidence.USDPerPercent}, {"charm", m.CEX, evidence.USDPerHour}} {
		largest := 0.0
		for _, row := range x.values {
			for _, v := range row {
				largest = math.Max(largest, math.Abs(v))
			}
		}
		if largest == 0 {
			continue
		}
		c := chart{
			Title:     d.w.In("map_title", x.name),
			Caption:   d.w.In("map_caption", x.name),
			Synthetic: d.a.Exposure.Grade == evidence.Synthetic,
			Key: []keyEntry{
				{"hot long q6", d.w.SignedValue(largest, x.unit)},
				{"hot long q3", d.w.SignedValue(largest*shade(3), x.unit)},
				{"hot short q3", d.w.SignedValue(-largest*shade(3), x.unit)},
				{"hot short q6", d.w.SignedValue(-largest, x.unit)},
			},
		}
		out = append(out, d.both(c, func(s shape) string { return d.heat(s, c.Title, m, x.values, x.unit, largest) }))
	}
	return out
}

// shade is the share of the largest value up to which a strength of colour reaches: by squares, so that
// the quiet parts of a map can be told apart beside the last hour of a strike.
func shade(q int) float64 { return float64(q*q) / (shades * shades) }

// strength is the colour of a value, 0 for next to nothing.
func strength(v, largest float64) int {
	return min(shades, int(math.Ceil(shades*math.Sqrt(math.Abs(v)/largest)-0.5)))
}

func (d *document) heat(s shape, title string, m *faultline.DayMap, values [][]float64, unit evidence.Unit, largest float64) string {
	const left, top = 52.0, 10.0
	right, height, every := 172.0, 330.0, 2
	if s.narrow {
		right, height, every = 8, 300, 4
	}
	c := newCanvas(s.width, height, title)
	n, k := len(m.At), len(m.Price)
	edges := boundaries(m.Price)
	y := axis{edges[0], edges[k], height - 26, top}
	cell := (s.width - right - left) / float64(n)
	for i, row := range values {
		for j, v := range row {
			class := "hit"
			if q := strength(v, largest); q > 0 {
				class = "hot long q" + strconv.Itoa(q)
				if v < 0 {
					class = "hot short q" + strconv.Itoa(q)
				}
			}
			tip := strings.Join([]string{
				d.clock(m.At[i]) + " · " + d.w.Price(m.Price[j]), d.w.SignedValue(v, unit),
				d.w.Text("ui.map_trade", evidence.Args{"usd": d.w.SignedAmount(m.Trade[i][j], 3)}),
			}, "\n")
			c.rect(left+cell*float64(i), y.at(edges[j+1]), cell, y.at(edges[j])-y.at(edges[j+1]), class, tip)
		}
		if i%every == 0 || i == n-1 && (n-1)%every > every/2 {
			c.text(left+cell*(float64(i)+0.5), height-10, "middle", "t", d.w.Clock(m.At[i].In(calendar.NewYork()).Truncate(time.Minute)))
		}
	}
	d.priceTicks(c, y, left, 6)
	marks := d.marks(s)
	kept := marks[:0]
	for _, x := range marks {
		if y.holds(x.price) {
			kept = append(kept, x)
		}
	}
	if s.narrow {
		for _, x := range kept {
			c.line(left, y.at(x.price), s.width-right, y.at(x.price), x.class)
			if x.class == "spot" {
				c.text(s.width-right-2, y.at(x.price)-4, "end", "s", x.label)
			}
		}
		return c.done()
	}
	for _, x := range kept {
		c.line(left, y.at(x.price), s.width-right, y.at(x.price), x.class)
	}
	d.labels(c, y, axis{0, 1, s.width - right - 4, s.width - right + 8}, kept, s)
	return c.done()
}

// priceTicks writes prices beside a vertical axis, without lines across the picture.
func (d *document) priceTicks(c *canvas, y axis, left float64, n int) {
	at, places := ticks(y.lo, y.hi, n)
	for _, v := range at {
		c.line(left-4, y.at(v), left, y.at(v), "zero")
		c.text(left-7, y.at(v)+4, "end", "t", d.w.Number(v, places))
	}
}
