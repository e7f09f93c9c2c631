package report

import (
	"math"

	"faultline/evidence"
)

// eventVariance draws what the chain charges for each stretch between two settlements: variance a year, so that an
// area is variance, of ordinary days and of events on top of each other. The axis names volatilities.
func (d *document) eventVariance() chart {
	x := d.a.EventVol
	if len(x.Terms) < 2 {
		return chart{}
	}
	return d.both(chart{
		Title: d.w.Label("ui.event_chart"), Caption: d.w.Label("ui.event_chart_caption"), Synthetic: x.Grade == evidence.Synthetic,
		Key: []keyEntry{{"p0", d.w.Label("ui.event_key_ordinary")}, {"p1", d.w.Label("ui.event_key_events")}},
	}, d.variance)
}

// stretch is what lies between two settlements: variances a year.
type stretch struct{ from, to, ordinary, event float64 }

// stretches cuts the term structure at its settlements. Settlements that share an instant are one.
func (d *document) stretches() (out []stretch, high float64) {
	x := d.a.EventVol
	from, time, ordinary, event := float64(x.Quoted.Unix()), 0.0, 0.0, 0.0
	for _, t := range x.Terms {
		to := float64(t.Settle.Unix())
		if years := t.Time - time; to > from && years > 0 {
			s := stretch{from, to, (t.Ordinary - ordinary) / years, math.Max(0, t.Event-event) / years}
			out, high = append(out, s), math.Max(high, s.ordinary+s.event)
			from, time, ordinary, event = to, t.Time, t.Ordinary, t.Event
		}
	}
	return out, high
}

func (d *document) variance(s shape) string {
	x := d.a.EventVol
	const height, top, bottom = 260.0, 24.0, 226.0
	left, right := 46.0, s.width-14
	c := newCanvas(s.width, height, d.w.Label("ui.event_chart"))
	list, high := d.stretches()
	h := axis{list[0].from, list[len(list)-1].to, left, right}
	v := axis{0, high * 1.04, bottom, top}
	at, places := ticks(0, 100*math.Sqrt(high), 5)
	low := bottom + 14 // where the last label of the axis stands
	for _, p := range at {
		y := v.at(p * p / 1e4)
		if y < top {
			continue
		}
		c.line(left, y, right, y, "grid")
		if y+4 < low-11 || p == 0 {
			c.text(left-6, y+4, "end", "s", d.w.Number(p, places)+" %")
			low = y + 4
		}
	}
	for _, k := range list {
		a, b := h.at(k.from), h.at(k.to)
		width := math.Max(b-a-0.6, 0.6)
		vol := d.w.Percent(math.Sqrt(k.ordinary+k.event), 1)
		c.rect(a, v.at(k.ordinary), width, bottom-v.at(k.ordinary), "p0 q5", vol)
		if k.event > 0 {
			c.rect(a, v.at(k.ordinary+k.event), width, v.at(k.ordinary)-v.at(k.ordinary+k.event), "p1 q6", vol)
		}
	}
	free := -100.0 // where the next name may stand
	for _, e := range x.Events {
		for _, n := range e.Events {
			at, label := h.at(float64(n.At.Unix())), d.eventKind(n.Kind)
			c.line(at, top-4, at, bottom, "level")
			if half := textWidth(label, 11)/2 + 4; at-half > free && at+half < s.width {
				c.text(at, top-9, "middle", "s", label)
				free = at + half
			}
		}
	}
	free = left - 100
	for _, t := range x.Terms {
		label, at := d.w.Day(t.Settle), h.at(float64(t.Settle.Unix()))
		if half := textWidth(label, 11)/2 + 6; at-half > free && at+half < right+14 {
			c.text(at, bottom+17, "middle", "s", label)
			free = at + half
		}
	}
	return c.done()
}
