package report

import (
	"math"
	"time"

	"faultline"
	"faultline/evidence"
)

// shown is the system that the network shows: the last one, whose clocks agree where there are hourly
// prices.
func (d *document) shown() *faultline.Connectedness {
	s := d.a.Contagion.Systems
	if len(s) == 0 {
		return nil
	}
	return &s[len(s)-1]
}

// leastShare is the least share of variance that the network draws.
const leastShare = 0.01

// network draws who takes how much of whose variance: an arrow from giver to taker, as wide as the share.
func (d *document) network() chart {
	y := d.shown()
	if y == nil {
		return chart{}
	}
	return d.both(chart{
		Title: d.w.Text("contagion.network", evidence.Args{"from": d.w.DateOf(y.From), "to": d.w.DateOf(y.To)}),
		Key: []keyEntry{
			{"p1", d.w.Label("contagion.key_forward")}, {"p0", d.w.Label("contagion.key_back")}, {"p6", d.w.Label("contagion.key_within")},
		},
		Caption: d.w.Text("contagion.network_caption", evidence.Args{"least": leastShare, "clock": d.w.In("clock", y.Clock)}),
	}, d.arrows)
}

// place puts the assets of a network: coins at the left, stocks at the right, what is neither below.
func place(assets []string, s shape) (x, y []float64, height float64) {
	left, right, bottom, top, aside := 150.0, s.width-215, 270.0, 26.0, 50.0
	if s.narrow {
		left, right, bottom, aside = 52, s.width-92, 360, 26
	}
	var coins, stocks, others []int
	for i, a := range assets {
		switch {
		case coin(a):
			coins = append(coins, i)
		case a == "UST10":
			others = append(others, i)
		default:
			stocks = append(stocks, i)
		}
	}
	x, y = make([]float64, len(assets)), make([]float64, len(assets))
	column := func(which []int, at float64) {
		for k, i := range which {
			x[i] = at
			y[i] = top + (bottom-60-top)*(float64(k)+0.5)/float64(len(which))
		}
	}
	column(coins, left)
	column(stocks, right)
	for k, i := range others {
		x[i] = s.width/2 + float64(k)*60
		y[i] = bottom
	}
	// The middle one of a column steps outwards, so that the arrows between its neighbours pass by it.
	if len(stocks) == 3 {
		x[stocks[1]] += aside
	}
	return x, y, bottom + 46
}

func (d *document) arrows(s shape) string {
	sys := d.shown()
	x, y, height := place(sys.Assets, s)
	c := newCanvas(s.width, height, d.w.Text("contagion.network", evidence.Args{"from": d.w.DateOf(sys.From), "to": d.w.DateOf(sys.To)}))
	at := map[string]int{}
	for i, a := range sys.Assets {
		at[a] = i
	}
	const radius = 17.0
	// Within a side first, so that what crosses lies on top.
	for _, crossing := range []bool{false, true} {
		for _, e := range sys.Shares {
			i, j := at[e.Giver], at[e.Taker]
			cross := coin(e.Giver) != coin(e.Taker) && e.Giver != "UST10" && e.Taker != "UST10"
			if i == j || cross != crossing || e.Value < leastShare {
				continue
			}
			class := "p6 arrow"
			switch {
			case cross && coin(e.Giver):
				class = "p1 arrow"
			case cross:
				class = "p0 arrow"
			}
			d.arrow(c, x[i], y[i], x[j], y[j], radius, 1+26*e.Value, class, d.instrument(e.Giver)+" → "+d.instrument(e.Taker)+"\n"+
				d.w.Percent(e.Value, 1)+" ("+d.w.Percent(e.Low, 1)+" … "+d.w.Percent(e.High, 1)+")")
		}
	}
	for i, a := range sys.Assets {
		class := "p0"
		switch {
		case coin(a):
			class = "p1"
		case a == "UST10":
			class = "p6"
		}
		net := d.w.SignedPercent(sys.Net[i].Value, 0)
		c.circle(x[i], y[i], radius, class, d.instrument(a)+"\n"+d.w.Label("contagion.net")+d.w.Label("ui.colon")+net)
		name, net := d.instrument(a), d.w.Label("contagion.net")+" "+net
		switch {
		case s.narrow && y[i] < height/3: // above, where no arrow of its column runs
			c.text(x[i], y[i]-radius-19, "middle", "h m", name)
			c.text(x[i], y[i]-radius-7, "middle", "s", net)
		case s.narrow || a == "UST10":
			c.text(x[i], y[i]+radius+14, "middle", "h m", name)
			c.text(x[i], y[i]+radius+26, "middle", "s", net)
		case coin(a):
			c.text(x[i]-radius-8, y[i], "end", "h", name)
			c.text(x[i]-radius-8, y[i]+14, "end", "s", net)
		default:
			c.text(x[i]+radius+8, y[i], "start", "h", name)
			c.text(x[i]+radius+8, y[i]+14, "start", "s", net)
		}
	}
	return c.done()
}

// arrow draws a shaft of a width with a head, from the rim of one circle to that of another, a little to its
// right so that the arrow of the other direction has room.
func (d *document) arrow(c *canvas, x1, y1, x2, y2, radius, width float64, class, title string) {
	dx, dy := x2-x1, y2-y1
	length := math.Hypot(dx, dy)
	if !(length > 2*radius+8) {
		return
	}
	ux, uy := dx/length, dy/length
	nx, ny := -uy, ux
	const aside, head = 5.0, 9.0
	shift := aside + width/2 - 1
	ax, ay := x1+ux*(radius+1)+nx*shift, y1+uy*(radius+1)+ny*shift
	bx, by := x2-ux*(radius+3)+nx*shift, y2-uy*(radius+3)+ny*shift
	neckX, neckY := bx-ux*head, by-uy*head
	half, wing := width/2, width/2+3
	xs := []float64{ax + nx*half, neckX + nx*half, neckX + nx*wing, bx, neckX - nx*wing, neckX - nx*half, ax - nx*half}
	ys := []float64{ay + ny*half, neckY + ny*half, neckY + ny*wing, by, neckY - ny*wing, neckY - ny*half, ay - ny*half}
	c.raw(`<path d="`, points(xs, ys), `Z" class="`, class, `"`)
	c.end("path", title)
}

// rolling draws connectedness between the sides over time.
func (d *document) rolling() chart {
	p := d.a.Contagion.Rolling
	if p == nil || len(p.Date) < 2 {
		return chart{}
	}
	return d.both(chart{
		Title: d.w.Text("contagion.rolling", evidence.Args{"window": p.Window}),
		Key: []keyEntry{
			{"p1", d.w.Label("contagion.key_forward")}, {"p0", d.w.Label("contagion.key_back")},
		},
		Caption: d.w.Label("contagion.rolling_caption"),
	}, d.sides)
}

func (d *document) sides(s shape) string {
	p := d.a.Contagion.Rolling
	var days []time.Time
	for _, iso := range p.Date {
		day, err := time.Parse(time.DateOnly, iso)
		if err != nil {
			return "" // an Analysis of another program; the tables still say what was found
		}
		days = append(days, day)
	}
	const left, top = 46.0, 12.0
	height, years := 280.0, 2
	if s.narrow {
		height, years = 240, 3
	}
	c := newCanvas(s.width, height, d.w.Text("contagion.rolling", evidence.Args{"window": p.Window}))
	most := 0.0
	for i := range p.Date {
		most = max(most, p.High[i], p.BackHigh[i], p.Null[i], p.BackNull[i])
	}
	y := axis{0, max(most, 0.05) * 1.04, height - 26, top}
	x := axis{float64(days[0].Unix()), float64(days[len(days)-1].Unix()), left, s.width - 12}
	at, _ := ticks(y.lo, y.hi, 5)
	for _, v := range at {
		c.line(left, y.at(v), x.to, y.at(v), "grid")
		c.text(left-6, y.at(v)+4, "end", "t", d.w.Percent(v, 0))
	}
	for year := days[0].Year() + 1; year <= days[len(days)-1].Year(); year++ {
		when := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		c.line(x.at(float64(when.Unix())), y.from, x.at(float64(when.Unix())), y.from+4, "zero")
		if (year-days[0].Year()-1)%years == 0 {
			c.text(x.at(float64(when.Unix())), y.from+17, "middle", "t", d.w.Month(when))
		}
	}
	c.line(left, y.from, x.to, y.from, "zero")
	xs := make([]float64, len(days))
	for i, t := range days {
		xs[i] = x.at(float64(t.Unix()))
	}
	column := func(v []float64) []float64 {
		out := make([]float64, len(v))
		for i := range v {
			out[i] = y.at(v[i])
		}
		return out
	}
	for _, side := range []struct {
		colour                 string
		value, low, high, null []float64
	}{{"0", p.Back, p.BackLow, p.BackHigh, p.BackNull}, {"1", p.Forward, p.Low, p.High, p.Null}} {
		low, high := column(side.low), column(side.high)
		bandX, bandY := append([]float64(nil), xs...), high
		for i := len(xs) - 1; i >= 0; i-- {
			bandX, bandY = append(bandX, xs[i]), append(bandY, low[i])
		}
		c.area(bandX, bandY, "band p"+side.colour)
		c.path(xs, column(side.null), "lane dashed l"+side.colour)
		c.path(xs, column(side.value), "lane l"+side.colour)
	}
	for i, t := range days {
		from, to := left, x.to
		if i > 0 {
			from = (xs[i-1] + xs[i]) / 2
		}
		if i+1 < len(xs) {
			to = (xs[i] + xs[i+1]) / 2
		}
		c.rect(from, top, to-from, y.from-top, "hit", d.w.Date(t)+
			"\n"+d.w.Label("contagion.key_forward")+d.w.Label("ui.colon")+d.w.Percent(p.Forward[i], 1)+
			"\n"+d.w.Label("contagion.key_back")+d.w.Label("ui.colon")+d.w.Percent(p.Back[i], 1))
	}
	return c.done()
}
