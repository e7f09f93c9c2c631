package report

import (
	"html"
	"math"
	"sort"
	"strconv"
	"strings"
)

// canvas writes one SVG picture. Colours and fonts come from the classes of page.css, so that a picture
// follows the page's light and dark scheme. Every text passes through html.EscapeString here and nowhere
// else.
type canvas struct {
	b             strings.Builder
	width, height float64
}

func newCanvas(width, height float64, title string) *canvas {
	c := &canvas{width: width, height: height}
	c.raw(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `, px(width), ` `, px(height), `" role="img" aria-label="`, html.EscapeString(title), `">`)
	return c
}

func (c *canvas) done() string { return c.b.String() + "</svg>" }

func (c *canvas) raw(parts ...string) {
	for _, p := range parts {
		c.b.WriteString(p)
	}
}

// px writes a coordinate to a tenth of a pixel.
func px(v float64) string {
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// end closes an element, with a title that shows on hover where there is one.
func (c *canvas) end(element, title string) {
	if title == "" {
		c.raw("/>")
		return
	}
	c.raw("><title>", html.EscapeString(title), "</title></", element, ">")
}

func (c *canvas) rect(x, y, w, h float64, class, title string) {
	if w < 0 {
		x, w = x+w, -w
	}
	if h < 0 {
		y, h = y+h, -h
	}
	c.raw(`<rect x="`, px(x), `" y="`, px(y), `" width="`, px(w), `" height="`, px(h), `" class="`, class, `"`)
	c.end("rect", title)
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.raw(`<line x1="`, px(x1), `" y1="`, px(y1), `" x2="`, px(x2), `" y2="`, px(y2), `" class="`, class, `"/>`)
}

func (c *canvas) circle(x, y, r float64, class, title string) {
	c.raw(`<circle cx="`, px(x), `" cy="`, px(y), `" r="`, px(r), `" class="`, class, `"`)
	c.end("circle", title)
}

// text writes one line; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, class, s string) {
	c.raw(`<text x="`, px(x), `" y="`, px(y), `" text-anchor="`, anchor, `" class="`, class, `">`, html.EscapeString(s), `</text>`)
}

// path draws a line through points.
func (c *canvas) path(x, y []float64, class string) {
	if len(x) == 0 {
		return
	}
	c.raw(`<path d="`, points(x, y), `" class="`, class, `"`)
	c.end("path", "")
}

// area fills the polygon of points.
func (c *canvas) area(x, y []float64, class string) {
	if len(x) == 0 {
		return
	}
	c.raw(`<path d="`, points(x, y), `Z" class="`, class, `"`)
	c.end("path", "")
}

func points(x, y []float64) string {
	var b strings.Builder
	for i := range x {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(px(x[i]))
		b.WriteByte(' ')
		b.WriteString(px(y[i]))
	}
	return b.String()
}

// axis maps a range of values to a range of pixels.
type axis struct{ lo, hi, from, to float64 }

func (a axis) at(v float64) float64 {
	if a.hi == a.lo {
		return (a.from + a.to) / 2
	}
	return a.from + (v-a.lo)/(a.hi-a.lo)*(a.to-a.from)
}

func (a axis) holds(v float64) bool { return v >= a.lo && v <= a.hi }

// ticks returns about n round values within a range and the places after the point that they need.
func ticks(lo, hi float64, n int) (at []float64, places int) {
	if !(hi > lo) || n < 1 {
		return nil, 0
	}
	raw := (hi - lo) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= raw {
			step = m * power
			break
		}
	}
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	for k := first; k <= last; k++ {
		at = append(at, k*step)
	}
	for places = 0; places < 6 && math.Abs(step*math.Pow10(places)-math.Round(step*math.Pow10(places))) > 1e-6; places++ {
	}
	return at, places
}

// spread moves positions along a line as little as it can, so that neighbours are at least gap apart
// and all lie between lo and hi, in the order in which they stood. Where they cannot all fit, they are
// spaced evenly. The least sum of squared moves is the isotonic regression of position − rank·gap
// (pool adjacent violators).
func spread(at []float64, gap, lo, hi float64) []float64 { //nolint:unparam // the tests vary the gap, which is what the method is about
	n := len(at)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return at[order[a]] < at[order[b]] })
	out := make([]float64, n)
	if room := hi - lo; n > 1 && float64(n-1)*gap > room {
		for rank, i := range order {
			out[i] = lo + room*float64(rank)/float64(n-1)
		}
		return out
	}
	type pool struct {
		sum   float64
		count int
	}
	var pools []pool
	for rank, i := range order {
		pools = append(pools, pool{at[i] - float64(rank)*gap, 1})
		for k := len(pools) - 1; k > 0 && pools[k].sum/float64(pools[k].count) < pools[k-1].sum/float64(pools[k-1].count); k-- {
			pools[k-1].sum += pools[k].sum
			pools[k-1].count += pools[k].count
			pools = pools[:k]
		}
	}
	rank := 0
	for _, p := range pools {
		for range p.count {
			v := p.sum / float64(p.count)
			v = math.Min(math.Max(v, lo), hi-float64(n-1)*gap)
			out[order[rank]] = v + float64(rank)*gap
			rank++
		}
	}
	return out
}

// stairs assigns labels, each written to the right of the upper end of its vertical line, to rows: a label
// whose line stands under the text of another goes one row below it, so that no line crosses a text and
// no text another. Labels are given by the place of the line and the width of the text; row 0 is the top.
func stairs(at, width []float64, gap float64) (row []int, count int) {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return at[order[a]] < at[order[b]] })
	row = make([]int, len(at))
	for n, i := range order {
		for _, before := range order[:n] {
			if at[before]+width[before]+gap > at[i] {
				row[i] = max(row[i], row[before]+1)
			}
		}
		count = max(count, row[i]+1)
	}
	return row, count
}

// textWidth estimates how wide a text is drawn, a little on the safe side: browsers pick their own font.
func textWidth(s string, size float64) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case r >= 0x2e80:
			em++
		case r >= '0' && r <= '9', r == '$', r == '+', r == '−':
			em += 0.64
		case r == ' ' || r == '.' || r == ',' || r == ':' || r == '\'' || r == 'i' || r == 'l' || r == 'I' || r == 'j' || r == 't' || r == 'f' || r == '-' || r == '(' || r == ')':
			em += 0.38
		case r >= 'A' && r <= 'Z' || r == 'm' || r == 'w' || r == '%':
			em += 0.86
		default:
			em += 0.62
		}
	}
	return em * size
}

// cut shortens a text to a width.
func cut(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && textWidth(string(r)+"…", size) > width {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}
