package report

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"sort"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// head looks up the words of a table's head.
func (d *document) head(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = d.w.In("head", k)
	}
	return out
}

func (d *document) levels() section {
	s := section{ID: "levels", Title: d.w.Label("ui.levels"), Lead: d.w.Label("ui.levels_lead")}
	t := table{Head: d.head("level", "price", "band", "meaning", "grade"), Cards: true}
	spot := func() {
		c := d.Spot
		c.Strong = true
		t.Rows = append(t.Rows, []cell{{Text: d.w.Label("ui.spot"), Strong: true}, c, {}, {}, d.grade(d.a.Spot.Grade)})
	}
	below := d.a.Spot.Value == nil
	for _, l := range byPrice(d.a.Levels) {
		if !below && (l.Price == nil || *l.Price < *d.a.Spot.Value) && l.Instrument == d.a.Underlying {
			below = true
			spot()
		}
		name := d.w.In("level", string(l.Kind))
		if l.Instrument != d.a.Underlying {
			name += " · " + d.instrument(l.Instrument)
		}
		if l.Absent != nil {
			t.Rows = append(t.Rows, []cell{
				{Text: name, Keep: true},
				d.graded(cell{Text: d.w.Label("ui.none"), Number: true, Absent: true}, l.Grade, l.ID, l.Node),
				{},
				{Text: d.w.Absent(l.Absent), Absent: true},
				d.grade(l.Grade),
			})
			continue
		}
		meaning := d.w.In("level_means", string(l.Kind))
		if l.Slope != nil {
			meaning = d.w.Text("ui.slope", evidence.Args{"meaning": meaning, "slope": d.w.SignedAmount(*l.Slope, 3)})
		}
		t.Rows = append(t.Rows, []cell{
			{Text: name, Keep: true},
			d.graded(number(d.w.Price(*l.Price)), l.Grade, l.ID, l.Node),
			d.levelBand(l),
			{Text: meaning},
			d.grade(l.Grade),
		})
	}
	if !below {
		spot()
	}
	s.Tables = []table{t}
	if terms := d.terms(); len(terms.Rows) > 0 {
		s.Tables = append(s.Tables, terms)
	}
	s.Notes = d.termNotes()
	return s
}

// levelBand is the interval of a level, or in how few draws there is such a level; of a strike it also
// says in how many draws it is this one.
func (d *document) levelBand(l faultline.Level) cell {
	c := number(d.band(l.Low, l.High, evidence.Points))
	if l.NoBand != nil {
		c = cell{Text: d.w.Absent(l.NoBand), Absent: true}
	}
	if l.Share != nil && l.Agree != nil {
		c.Title = d.w.Text("ui.level_draws", evidence.Args{"share": *l.Share, "agree": *l.Agree})
	}
	return c
}

func (d *document) ladder() section {
	s := section{ID: "ladder", Title: d.w.Label("ui.ladder")}
	l := d.a.Ladder
	if l == nil {
		return s
	}
	s.Lead = d.w.Text("ui.ladder_lead", evidence.Args{"sessions": l.Sessions, "until": d.clock(l.Until)})
	players := table{Head: d.head("player", "position", "grade", "remark"), Cards: true}
	for _, p := range l.Players {
		row := []cell{{Text: d.player(p.Name), Keep: true}, {}, d.grade(p.Grade), {}}
		if p.Position != nil {
			row[1] = d.figure(*p.Position, true)
		}
		if p.Absent != nil {
			row[1] = cell{Text: d.w.Label("ui.none"), Number: true, Absent: true}
			row[3] = cell{Text: d.w.Absent(p.Absent), Absent: true}
		}
		players.Rows = append(players.Rows, row)
	}
	if l.Halted > 0 {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(evidence.Code{Code: "lanes_halted", Args: evidence.Args{"count": l.Halted}})))
	}
	s.Charts = d.ladderCharts()
	s.Tables = []table{players, d.rungs()}
	return s
}

// player is the name of a participant.
func (d *document) player(name string) string { return d.w.In("player", name) }

// rungs is the ladder as numbers, from the highest price to the lowest.
func (d *document) rungs() table {
	l := d.a.Ladder
	largest := 0.0
	for _, v := range l.Total {
		largest = max(largest, math.Abs(v))
	}
	for _, p := range l.Players {
		for _, v := range p.USD {
			largest = max(largest, math.Abs(v))
		}
	}
	scale := d.w.ScaleFor(largest)
	t := table{
		Title: d.w.Text("ui.rungs", evidence.Args{"unit": scale.Name}), Folded: true,
		Head: d.head("price"),
	}
	for _, p := range l.Players {
		if p.Absent == nil {
			t.Head = append(t.Head, d.player(p.Name))
		}
	}
	t.Head = append(t.Head, d.w.In("head", "total"))
	order := descending(l.Price)
	for _, i := range order {
		row := []cell{number(d.w.Price(l.Price[i]))}
		for _, p := range l.Players {
			if p.Absent == nil {
				row = append(row, d.graded(number(d.w.Scaled(p.USD[i], scale, 2)), p.Grade, "", p.Node))
			}
		}
		total := d.graded(number(d.w.Scaled(l.Total[i], scale, 2)), l.Grade, "", l.Node)
		total.Strong = true
		t.Rows = append(t.Rows, append(row, total))
	}
	return t
}

// descending lists the places of prices from the highest to the lowest.
func descending(prices []float64) []int {
	out := make([]int, len(prices))
	for i := range out {
		out[i] = i
	}
	sort.SliceStable(out, func(a, b int) bool { return prices[out[a]] > prices[out[b]] })
	return out
}

func (d *document) dealers() section {
	s := section{ID: "dealers", Title: d.w.Label("ui.dealers")}
	e := d.a.Exposure
	if e == nil {
		return s
	}
	s.Lead = d.w.Label("ui.dealers_lead")
	total := d.figure(e.GEX.Total, true)
	s.Facts = []fact{
		{d.w.Label("ui.gex_total"), total},
		{d.w.Label("ui.band_name"), plain(d.band(e.GEX.Total.Low, e.GEX.Total.High, e.GEX.Total.Unit))},
		{d.w.Label("ui.vex_total"), d.figure(e.VEX.Total, true)},
		{d.w.Label("ui.cex_total"), d.figure(e.CEX.Total, true)},
		{d.w.Label("ui.to_close"), d.figure(e.ToClose, true)},
		{d.w.Label("ui.convention"), plain(d.w.In("convention", e.Convention))},
		{d.w.Label("ui.dynamics"), plain(d.w.In("dynamics", e.Dynamics))},
		{d.w.Label("ui.contracts"), plain(d.w.Number(float64(e.Contracts), 0))},
	}
	if v := e.Volume; v != nil {
		name := d.w.Text("ui.expected_volume", evidence.Args{"instrument": v.Instrument})
		s.Facts = append(s.Facts, fact{name, d.figure(v.USD, false)})
	}
	s.Charts = d.gammaCharts()
	unit := d.w.Unit(e.GEX.Unit)
	inUnit := func(name string, u evidence.Unit) string {
		return d.w.Text("ui.head_unit", evidence.Args{"name": d.w.In("head", name), "unit": d.w.Unit(u)})
	}
	value := func(v float64) cell {
		return d.graded(number(d.w.SignedAmount(v, 3)), e.Grade, "", e.Node)
	}
	if h := e.Hedge; h != nil && len(h.Move) > 0 {
		s.Tables = append(s.Tables, d.hedge(h, value))
	}
	if len(e.Rolls) > 0 {
		t := table{Title: d.w.Label("ui.rolls"), Head: d.head("settles", "root", "gex", "vex", "share", "left")}
		for _, x := range e.Rolls {
			t.Rows = append(t.Rows, []cell{
				{Text: d.clock(x.Settle), Keep: true},
				plain(strings.Join(x.Roots, ", ")), value(x.GEX), value(x.VEX),
				number(d.w.Percent(x.Share, 1)), value(x.LeftGEX),
			})
		}
		s.Tables = append(s.Tables, t)
	}
	if len(e.GEX.ByBucket) > 0 {
		t := table{Title: d.w.Label("ui.by_bucket"), Head: []string{
			d.w.In("head", "bucket"), inUnit("gamma", e.GEX.Unit), inUnit("vanna", e.VEX.Unit), inUnit("charm", e.CEX.Unit),
		}}
		for i, b := range e.GEX.ByBucket {
			row := []cell{{Text: d.w.In("bucket", b.Bucket)}, value(b.Value)}
			for _, g := range []faultline.Greek{e.VEX, e.CEX} {
				if i < len(g.ByBucket) {
					row = append(row, value(g.ByBucket[i].Value))
				} else {
					row = append(row, plain(""))
				}
			}
			t.Rows = append(t.Rows, row)
		}
		s.Tables = append(s.Tables, t)
	}
	if len(e.GEX.ByExpiry) > 0 {
		t := table{Title: d.w.Text("ui.by_expiry", evidence.Args{"unit": unit}), Head: append(d.head("expiry", "root", "settles", "contracts"), inUnit("gamma", e.GEX.Unit)), Folded: true}
		for _, x := range e.GEX.ByExpiry {
			t.Rows = append(t.Rows, []cell{
				{Text: d.w.DateOf(x.Expiry), Keep: true},
				plain(x.Root),
				{Text: d.clock(x.Settle)},
				number(d.w.Number(float64(x.Contracts), 0)), value(x.Value),
			})
		}
		s.Tables = append(s.Tables, t)
	}
	s.Notes = append(s.Notes, d.exposureNotes()...)
	s.Notes = append(s.Notes, d.unplaced()...)
	return s
}

// hedge is what dealers must trade by move of the price, now and until the close.
func (d *document) hedge(h *faultline.HedgeColumns, value func(float64) cell) table {
	t := table{
		Title: d.w.Text("ui.hedge", evidence.Args{"close": h.At}),
		Head:  d.head("move", "price", "now", "band", "at_close", "band", "share_volume_close"),
	}
	bound := func(low, high []float64, i int) cell {
		if len(low) != len(h.Move) || len(high) != len(h.Move) {
			return number("")
		}
		return number(d.w.Band(low[i], high[i], evidence.USD))
	}
	share := func(of []float64, i int) cell {
		if len(of) != len(h.Move) {
			return number("")
		}
		return number(d.w.Percent(of[i], 1))
	}
	for i := range h.Move {
		t.Rows = append(t.Rows, []cell{
			number(d.w.SignedPercent(h.Move[i], 2)), number(d.w.Price(h.Price[i])),
			value(h.Now[i]), bound(h.NowLow, h.NowHigh, i),
			value(h.Close[i]), bound(h.CloseLow, h.CloseHigh, i), share(h.CloseShare, i),
		})
	}
	return t
}

// horizons and scenarios are shown in this order; others that an analysis may have follow by name.
var (
	horizons  = []string{"1w", "1m"}
	scenarios = []string{"flat", "up", "down", "down_big"}
)

// inOrder lists the keys of a map: the known ones in their order, then the others by name.
func inOrder[V any](m map[string]V, known []string) []string {
	var out, rest []string
	for _, k := range known {
		if _, ok := m[k]; ok {
			out = append(out, k)
		}
	}
	for k := range m {
		if !slices.Contains(known, k) {
			rest = append(rest, k)
		}
	}
	sort.Strings(rest)
	return append(out, rest...)
}

func (d *document) trend() section {
	s := section{ID: "trend", Title: d.w.Label("ui.trend")}
	t := d.a.Trend
	if t == nil {
		return s
	}
	s.Lead = d.w.Text("ui.trend_lead", evidence.Args{"from": d.w.In("trend_from", t.From)})
	s.Facts = []fact{
		{d.w.Label("ui.position"), d.figure(t.Position, true)},
		{d.w.Label("ui.position_us"), d.figure(t.PositionUS, true)},
		{d.w.Label("ui.percentile"), d.figure(t.Percentile, false)},
		{d.w.Label("ui.last_week"), d.figure(t.LastWeek, true)},
	}
	switch {
	case t.SellsAll:
		s.Facts = append(s.Facts, fact{d.w.Label("ui.every_scenario"), cell{Text: d.w.Label("ui.sells_all"), Strong: true}})
	case t.BuysAll:
		s.Facts = append(s.Facts, fact{d.w.Label("ui.every_scenario"), cell{Text: d.w.Label("ui.buys_all"), Strong: true}})
	}
	s.Charts = d.tapeCharts()
	if z := t.Peak; z != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("ui.peak"), d.graded(cell{Text: d.w.Text("ui.peak_at", evidence.Args{
			"price": d.w.Price(z.Price), "low": d.w.Price(z.Low), "high": d.w.Price(z.High), "usd": d.w.SignedAmount(z.USD, 3),
		}), Absent: false}, t.Grade, "", t.Node)})
	}
	if len(t.Speeds) > 0 {
		s.Tables = append(s.Tables, d.speeds())
	}
	for _, r := range regions {
		if rows := d.tapeTable(r); len(rows.Rows) > 0 {
			s.Tables = append(s.Tables, rows)
		}
	}
	if len(t.Markets) > 0 {
		s.Tables = append(s.Tables, d.markets())
	}
	for _, c := range t.Caveats {
		s.Notes = append(s.Notes, d.w.Sentence(d.w.Say(c)))
	}
	return s
}

// region is one of the two markets in which a tape is counted.
type region struct {
	name string
	flow func(faultline.Tape) faultline.Flow
}

var regions = []region{
	{"global", func(x faultline.Tape) faultline.Flow { return x.Global }},
	{"us", func(x faultline.Tape) faultline.Flow { return x.US }},
}

// tapeTable is what trend followers must trade in one region, scenario by scenario. The last column is
// how far the model was off on published flows.
func (d *document) tapeTable(r region) table {
	t := d.a.Trend
	out := table{Title: d.w.In("region", r.name), Head: d.head("horizon", "scenario", "end", "flow", "band", "error")}
	errors := false
	for _, h := range inOrder(t.Tapes, horizons) {
		for _, k := range inOrder(t.Tapes[h], scenarios) {
			f := r.flow(t.Tapes[h][k])
			row := []cell{
				{Text: d.w.In("horizon", h)},
				{Text: d.w.In("scenario", k), Keep: true},
				d.graded(number(d.w.SignedPercent(t.Tapes[h][k].Return, 1)), t.Grade, "", t.Node),
				d.figure(f.Figure, true), number(d.band(f.P05, f.P95, evidence.USD)),
				{},
			}
			if f.Error != nil {
				row[5], errors = number("±"+d.w.Amount(*f.Error, 2)), true
			}
			out.Rows = append(out.Rows, row)
		}
	}
	if !errors {
		out.Head = out.Head[:5]
		for i := range out.Rows {
			out.Rows[i] = out.Rows[i][:5]
		}
	}
	return out
}

// speeds is what each speed holds, how convinced it is, and where it turns.
func (d *document) speeds() table {
	t := d.a.Trend
	out := table{Title: d.w.Label("ui.speeds"), Head: d.head("speed", "position", "signal", "turns_at", "band")}
	pivot := map[string]faultline.Level{}
	for _, p := range d.pivotRows() {
		pivot[p.speed] = p.level
	}
	for _, x := range t.Speeds {
		row := []cell{{Text: d.w.In("speed", x.Name), Keep: true}, {}, {}, {}, {}}
		if x.Absent != nil {
			row[1] = cell{Text: d.w.Absent(x.Absent), Absent: true}
		}
		if x.USD != nil {
			row[1] = d.graded(number(d.w.SignedAmount(*x.USD, 3)), t.Grade, "", t.Node)
		}
		if x.Signal != nil {
			row[2] = number(d.w.Signed(*x.Signal, 2))
		}
		if l := pivot[x.Name]; l.Price != nil {
			row[3] = d.graded(number(d.w.Price(*l.Price)), l.Grade, l.ID, l.Node)
			row[4] = number(d.band(l.Low, l.High, evidence.Points))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// markets is what trend followers hold in each market.
func (d *document) markets() table {
	t := d.a.Trend
	out := table{Title: d.w.Label("ui.markets"), Head: d.head("market", "class", "position", "short_speed", "medium_speed", "long_speed", "percentile", "last_week"), Folded: true}
	graded := func(c cell) cell { return d.graded(c, t.Grade, "", t.Node) }
	for _, m := range t.Markets {
		row := []cell{{Text: d.instrument(m.Instrument)}, {Text: d.w.In("class", m.Class)}, graded(number(d.w.SignedAmount(m.USD, 3))), {}, {}, {}, {}, {}}
		for i, p := range d.pivotRows() {
			if x, ok := m.BySpeed[p.speed]; ok {
				row[3+i] = number(d.w.SignedAmount(x, 3))
			}
		}
		if m.Percentile != nil {
			row[6] = graded(number(d.w.Number(*m.Percentile, 0)))
		}
		if m.LastWeek != nil {
			row[7] = graded(number(d.w.SignedAmount(*m.LastWeek, 3)))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func (d *document) history() section {
	s := section{ID: "history", Title: d.w.Label("ui.history")}
	if h := d.a.History; h != nil && len(h.Date) > 1 {
		s.Charts = d.historyCharts()
	}
	return s
}

func (d *document) published() section {
	s := section{ID: "published", Title: d.w.Label("ui.published"), Appendix: true}
	if len(d.a.Published) == 0 {
		return s
	}
	s.Lead = d.w.Label("ui.published_lead")
	t := table{Head: d.head("about", "series", "figure", "what", "source"), Cards: true}
	for _, p := range d.a.Published {
		t.Rows = append(t.Rows, []cell{{Text: d.w.DateOf(p.About), Keep: true}, plain(series(p)), d.figure(p.Figure, false), {Text: d.said(p.What)}, link(p.Source)})
	}
	s.Tables = []table{t}
	return s
}

// series is the name of what a published figure measures, from the figure's ID, which goes on with the
// date.
func series(p faultline.Published) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(p.Figure.ID, "published."), "."+p.About)
	return name
}

// link shows a source: an address by the name of its host, anything else as it is. Only addresses of
// the web become links.
func link(source string) cell {
	u, err := url.Parse(source)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return plain(source)
	}
	href := ascii(u.String())
	return cell{Text: words.Clean(strings.TrimPrefix(u.Hostname(), "www.")), Href: href, Title: words.Clean(href)}
}

// ascii writes every byte of an address that is not plainly part of one as %XX.
func ascii(address string) string {
	var b strings.Builder
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"'<>\\^`{|}()", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (d *document) missing() section {
	s := section{ID: "missing", Title: d.w.Label("ui.missing")}
	if len(d.a.Missing) == 0 {
		return s
	}
	t := table{Head: d.head("part", "reason"), Cards: true}
	for _, m := range d.a.Missing {
		t.Rows = append(t.Rows, []cell{{Text: d.w.In("part", m.Part)}, {Text: d.w.Absent(m.Absent), Absent: true}})
	}
	s.Tables = []table{t}
	return s
}

func (d *document) caveats() section {
	s := section{ID: "caveats", Title: d.w.Label("ui.caveats")}
	for _, c := range d.a.Caveats {
		// Caveats of several datasets may differ in what they name and read the same.
		if text := d.w.Sentence(d.w.Say(c)); !slices.Contains(s.Notes, text) {
			s.Notes = append(s.Notes, text)
		}
	}
	return s
}

func (d *document) inputs() section {
	s := section{ID: "inputs", Title: d.w.Label("ui.inputs"), Appendix: true}
	t := table{Head: d.head("dataset", "file", "rows", "period", "known_at", "grade"), Cards: true}
	for _, in := range d.a.Inputs {
		file := in.File
		if in.Source != "" && in.Source != in.File {
			file += " · " + in.Source
		}
		period := d.at(in.First)
		if !in.Last.Equal(in.First) {
			period = d.w.Text("ui.period", evidence.Args{"first": period, "last": d.at(in.Last)})
		}
		t.Rows = append(t.Rows, []cell{
			plain(in.Key), plain(file + " · " + d.w.In("format", in.Format)), number(d.w.Number(float64(in.Rows), 0)),
			{Text: period},
			{Text: d.w.In("known_at", in.KnownAt)},
			d.grade(in.Grade),
		})
	}
	if len(t.Rows) == 0 {
		s.Notes = []string{d.w.Label("ui.no_inputs")}
		return s
	}
	s.Tables = []table{t}
	return s
}

// assumption is one row of the register.
func (d *document) assumption(i int) []cell {
	it := d.a.Assumptions[i]
	means := it.Means
	if key := "assumption." + it.Name; d.w.Has(key) {
		means = d.w.Label(key)
	}
	value := number(d.w.General(it.Value))
	value.Strong = it.Value != it.Default
	rng := d.w.Text("ui.band", evidence.Args{"low": d.w.General(it.Low), "high": d.w.General(it.High)})
	if it.Spread {
		low, high := it.Low, it.High
		if len(it.Draw) == 2 {
			low, high = it.Draw[0], it.Draw[1]
		}
		rng += d.w.Text("ui.drawn", evidence.Args{"low": d.w.General(low), "high": d.w.General(high)})
	}
	unit := plain(it.Unit)
	if d.w.Has("assumption_unit." + it.Unit) {
		unit = cell{Text: d.w.In("assumption_unit", it.Unit)}
	}
	return []cell{plain(it.Name), value, unit, {Text: rng}, plain(means), plain(it.Source)}
}

func (d *document) changed() section {
	s := section{ID: "changed", Title: d.w.Label("ui.changed"), Appendix: true}
	t := table{Head: d.head("assumption", "value", "default", "unit", "meaning", "origin"), Cards: true}
	for i, it := range d.a.Assumptions {
		if it.Value == it.Default {
			continue
		}
		row := d.assumption(i)
		t.Rows = append(t.Rows, []cell{row[0], row[1], number(d.w.General(it.Default)), row[2], row[4], plain(it.Origin)})
	}
	if len(t.Rows) == 0 {
		s.Notes = []string{d.w.Label("ui.nothing_changed")}
		return s
	}
	s.Tables = []table{t}
	return s
}

func (d *document) assumptions() section {
	s := section{ID: "assumptions", Title: d.w.Label("ui.assumptions"), Appendix: true}
	t := table{Head: d.head("assumption", "value", "unit", "range", "meaning", "source"), Cards: true}
	for i := range d.a.Assumptions {
		t.Rows = append(t.Rows, d.assumption(i))
	}
	if len(t.Rows) > 0 {
		s.Tables = []table{t}
	}
	return s
}

func (d *document) forwards() section {
	s := section{ID: "forwards", Title: d.w.Label("ui.forwards"), Appendix: true}
	if len(d.a.Forward) == 0 {
		return s
	}
	t := table{Head: d.head("expiry", "root", "forward", "bid_ask", "discount", "method"), Folded: true, Title: d.w.Text("ui.rows", evidence.Args{"count": len(d.a.Forward)})}
	for _, f := range d.a.Forward {
		row := []cell{{Text: d.w.DateOf(f.Expiry), Keep: true}, plain(f.Root), {}, {}, {}, {}}
		if f.Absent != nil {
			row[5] = cell{Text: d.w.Absent(f.Absent), Absent: true}
		} else {
			row[5] = cell{Text: d.w.In("forward_method", f.Method)}
		}
		if f.Forward != nil {
			row[2] = number(d.w.Price(*f.Forward))
		}
		row[3] = number(d.band(f.Low, f.High, evidence.Points))
		if f.Discount != nil {
			row[4] = number(d.w.Number(*f.Discount, 5))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []table{t}
	return s
}

// rejected counts the quotes that were not believed. The rows themselves stand in the JSON.
func (d *document) rejected() section {
	s := section{ID: "rejected", Title: d.w.Label("ui.rejected"), Appendix: true}
	if len(d.a.Rejected) == 0 {
		return s
	}
	type tally struct{ used, dropped int }
	by := map[string]tally{}
	for _, q := range d.a.Rejected {
		n := by[q.Reason]
		if q.Used {
			n.used++
		} else {
			n.dropped++
		}
		by[q.Reason] = n
	}
	t := table{Head: d.head("reason", "used", "dropped")}
	for _, reason := range inOrder(by, nil) {
		n := by[reason]
		t.Rows = append(t.Rows, []cell{
			{Text: d.w.Say(evidence.Code{Code: reason})}, number(d.w.Number(float64(n.used), 0)), number(d.w.Number(float64(n.dropped), 0)),
		})
	}
	s.Tables = []table{t}
	return s
}

func (d *document) nodes() section {
	s := section{ID: "evidence", Title: d.w.Label("ui.evidence"), Lead: d.w.Label("ui.evidence_lead"), Appendix: true}
	t := table{Head: d.head("node", "method", "rests_on", "as_of", "grade"), Cards: true}
	for _, n := range d.a.Nodes {
		rests := append([]string(nil), n.Inputs...)
		if n.Source != "" {
			rests = append(rests, n.Source)
		}
		t.Rows = append(t.Rows, []cell{
			plain(n.ID), {Text: d.w.In("method", n.Method)}, plain(strings.Join(rests, d.w.Label("ui.comma"))), {Text: d.at(n.AsOf)}, d.grade(n.Grade),
		})
	}
	if len(t.Rows) == 0 {
		s.Lead = ""
		return s
	}
	s.Tables = []table{t}
	return s
}

// present lists the participants that have a column, in the order of the analysis.
func present(l *faultline.Ladder) []faultline.Lane {
	var out []faultline.Lane
	for _, p := range l.Players {
		if p.Absent == nil {
			out = append(out, p)
		}
	}
	return out
}
