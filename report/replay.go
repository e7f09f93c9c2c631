package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"faultline"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/words"
)

// Replay writes the reconstruction of a session.
func Replay(w io.Writer, a *faultline.Analysis, say *words.Words, width int, colour bool) error {
	return terminal(w, a, say, width, colour, func(s *screen) { s.sections("replay") })
}

// ReplayHTML writes the reconstruction of a session as a page of its own: the session, and what it rests on.
func ReplayHTML(w io.Writer, a *faultline.Analysis, say *words.Words) error {
	if err := check(a); err != nil {
		return err
	}
	return page(w, composeReplay(a, say))
}

// ReplayMarkdown writes it as Markdown.
func ReplayMarkdown(w io.Writer, a *faultline.Analysis, say *words.Words) error {
	if err := check(a); err != nil {
		return err
	}
	var b bytes.Buffer
	composeReplay(a, say).markdown(&b)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// composeReplay keeps of the whole document what belongs to the session.
func composeReplay(a *faultline.Analysis, say *words.Words) *document {
	d := compose(a, say)
	d.Headlines = nil
	d.Sections = slices.DeleteFunc(d.Sections, func(s section) bool {
		return !slices.Contains([]string{"findings", "replay", "caveats", "inputs", "rejected", "evidence"}, s.ID)
	})
	for i := range d.Sections {
		if s := &d.Sections[i]; s.ID == "findings" {
			s.Points = s.Points[:0]
			for _, f := range a.Findings {
				if f.Part == "replay" {
					s.Points = append(s.Points, d.finding(f))
				}
			}
			if len(s.Points) == 0 {
				s.Lead = ""
			}
		}
	}
	d.tidy()
	// The head speaks of the session; until when data were known stands at the foot.
	if r := a.Replay; r != nil && len(r.Price) > 0 {
		d.AsOf = d.clock(r.At[len(r.At)-1])
		d.Spot = number(d.w.Price(r.Price[len(r.Price)-1]))
		d.Spot.Synthetic = r.PriceGrade == evidence.Synthetic
	}
	for i := range d.Sections {
		if d.Sections[i].ID == "replay" {
			d.Title = d.instrument(a.Underlying) + " · " + d.Sections[i].Title
		}
	}
	return d
}

// replay is the section of a session as it was.
func (d *document) replay() section {
	s := section{ID: "replay"}
	r := d.a.Replay
	if r == nil {
		return s
	}
	s.Title = d.w.Text("ui.replay", evidence.Args{"day": r.Day})
	s.Lead = d.w.Text("ui.replay_lead", evidence.Args{"instrument": d.instrument(r.Instrument), "minutes": d.w.Number(float64(r.Interval)/60, 0), "before": d.clock(r.Before)})
	s.Facts = append(s.Facts, fact{d.w.Label("ui.replay_move"), d.figure(r.Move, true)})
	for i, p := range r.Players {
		s.Facts = append(s.Facts, fact{d.player(p.Name), d.figure(r.Total[i], true)})
	}
	if x := r.Rarity; x != nil {
		s.Facts = append(s.Facts, fact{d.w.Label("ui.replay_rarity"), plain(d.w.Text("ui.replay_rare", evidence.Args{
			"gap": d.w.SignedPercent(x.AtGap, 2), "change": d.w.SignedPercent(x.AtChange, 2), "falls": len(x.Falls), "gaps": x.Gaps, "days": x.Days,
			"from": x.From, "list": strings.Join(d.dates(x.Falls), d.w.Label("ui.comma")),
		}))})
	}
	c := chart{Title: d.w.Text("ui.replay_chart", evidence.Args{"day": r.Day}), Caption: d.w.Label("ui.replay_caption"), Synthetic: r.PriceGrade == evidence.Synthetic}
	for i, p := range r.Players {
		c.Key = append(c.Key, keyEntry{"n" + colour(p.Name, i), d.player(p.Name)})
	}
	s.Charts = append(s.Charts, d.both(c, d.dayPanels))
	s.Tables = append(s.Tables, d.replayParts(r))
	if r.Rarity != nil && len(r.Rarity.Readings) > 0 {
		s.Tables = append(s.Tables, d.replayReadings(r.Rarity))
		s.Notes = append(s.Notes, d.w.Label("ui.replay_readings_note"))
	}
	if t := d.replayCrossings(r); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if t := d.replayNews(r); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	if t := d.replayOthers(r); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	for _, m := range r.Missing {
		s.Notes = append(s.Notes, d.w.Text("ui.replay_missing", evidence.Args{"part": d.replayPart(m.Part), "reason": d.w.Absent(m.Absent)}))
	}
	return s
}

// replayPart names a participant, a part of the replay or an instrument.
func (d *document) replayPart(part string) string {
	for _, section := range []string{"player", "replay_part"} {
		if d.w.Has(section + "." + part) {
			return d.w.In(section, part)
		}
	}
	return d.instrument(part)
}

// clockOf writes the time of day in New York.
func (d *document) clockOf(t time.Time) string { return d.w.Clock(t.In(calendar.NewYork())) }

func (d *document) dates(iso []string) []string {
	out := make([]string, len(iso))
	for i, x := range iso {
		out[i] = d.w.DateOf(x)
	}
	return out
}

// replayParts is what the forced flow of each stretch of the day explains, in points of the index.
func (d *document) replayParts(r *faultline.Replay) table {
	t := table{Title: d.w.Label("ui.replay_parts"), Head: append(d.head("part", "move"), d.w.In("head", "law"))}
	for _, p := range r.Players {
		t.Head = append(t.Head, d.player(p.Name))
	}
	t.Head = append(t.Head, d.w.In("head", "not_forced"))
	base := r.Close
	for _, p := range r.Parts {
		points := base * math.Expm1(p.Move)
		for l, law := range r.Laws {
			row := []cell{{}, {}, {Text: d.w.In("law", law)}}
			if l == 0 {
				name := d.w.In("replay_stretch", p.Key)
				if p.From != nil {
					name += " " + d.clockOf(*p.From) + "–" + d.clockOf(p.To)
				}
				row[0], row[1] = cell{Text: name, Keep: true}, number(d.w.Signed(points, 1))
			}
			for k := range r.Players {
				row = append(row, d.graded(number(d.w.Signed(p.Points[l][k], 1)), r.Grade, "", r.Node))
			}
			t.Rows = append(t.Rows, append(row, cell{Text: d.w.Signed(p.Left[l], 1), Number: true, Strong: true}))
		}
		base *= math.Exp(p.Move)
	}
	return t
}

// replayReadings is how many days count as like the replayed one, under each definition of such a day.
func (d *document) replayReadings(x *faultline.ReplayRarity) table {
	t := table{Title: d.w.Label("ui.replay_readings"), Head: d.head("definition", "since", "sessions", "earlier_days", "which_days"), Cards: true}
	for _, l := range x.Readings {
		says := d.w.Text("replay_like."+l.Key, evidence.Args{"gap": d.w.SignedPercent(x.AtGap, 2), "change": d.w.SignedPercent(l.AtChange, 2)})
		row := []cell{{Text: says}, {}, {}, d.figure(l.Earlier, false), {}}
		if l.From != "" {
			row[1], row[2] = plain(d.w.DateOf(l.From)), number(d.w.Number(float64(l.Days), 0))
			row[4] = plain(strings.Join(d.dates(l.Falls), d.w.Label("ui.comma")))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (d *document) replayCrossings(r *faultline.Replay) table {
	t := table{Title: d.w.Label("ui.replay_crossings"), Head: d.head("time", "level", "price", "crossing", "remark"), Folded: len(r.Crossings) > 12}
	for _, x := range r.Crossings {
		way, held := "down", "not_held"
		if x.Up {
			way = "up"
		}
		if x.Held {
			held = "held"
		}
		t.Rows = append(t.Rows, []cell{
			{Text: d.clockOf(x.At), Keep: true},
			plain(d.w.In("level", x.Kind)), number(d.w.Price(x.Price)),
			{Text: d.w.In("crossing", way)},
			{Text: d.w.In("crossing", held)},
		})
	}
	return t
}

func (d *document) replayNews(r *faultline.Replay) table {
	t := table{Title: d.w.Label("ui.replay_news"), Head: d.head("time", "news", "source"), Cards: true}
	for _, n := range r.News {
		when := cell{Text: d.w.Label("ui.replay_no_time"), Absent: true}
		if n.At != nil {
			when = cell{Text: d.clockOf(*n.At), Keep: true}
		}
		text := d.said(n.What)
		if n.Value != nil {
			text = words.Clean(n.ID) + d.w.Label("ui.colon") + text
		}
		if n.Value != nil {
			text += fmt.Sprintf(" (%s)", d.w.Value(*n.Value, evidence.Unit("stated:"+n.Unit)))
		}
		t.Rows = append(t.Rows, []cell{when, {Text: text}, link(n.Source)})
	}
	return t
}

// said is what a page stated, in the reader's language where the catalogue has it: the texts of the embedded
// packs are English, and a user's own stand as they were written.
func (d *document) said(text string) string {
	if key := "said." + slug(text); d.w.Has(key) {
		return d.w.Label(key)
	}
	return words.Clean(text)
}

// slug is the key of a text: its letters and digits, with one low line for all that stands between them.
func slug(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.TrimRight(b.String(), "_")
}

func (d *document) replayOthers(r *faultline.Replay) table {
	t := table{Title: d.w.Label("ui.replay_others"), Head: d.head("instrument", "at_close", "corr_before", "correlation", "corr_after", "leads", "grade")}
	for _, o := range r.Others {
		if len(o.Move) == 0 {
			continue
		}
		row := []cell{{Text: d.instrument(o.Instrument)}, number(d.w.SignedPercent(o.Move[len(o.Move)-1], 2)), {}, {}, {}, {}, d.grade(o.Grade)}
		best, at := 0.0, 0
		for i, c := range o.Correlation {
			if k := o.Lag[i]; k >= -1 && k <= 1 {
				row[3+k] = number(d.w.Number(c, 2))
			}
			if math.Abs(c) > math.Abs(best) {
				best, at = c, o.Lag[i]
			}
		}
		if len(o.Correlation) > 0 {
			key := "ui.replay_together"
			switch {
			case at > 0 && math.Abs(best) > 2/math.Sqrt(float64(o.N)):
				key = "ui.replay_follows"
			case at < 0 && math.Abs(best) > 2/math.Sqrt(float64(o.N)):
				key = "ui.replay_before"
			}
			row[5] = plain(d.w.Text(key, evidence.Args{"minutes": d.w.Number(math.Abs(float64(at))*float64(r.Interval)/60, 0)}))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// dayPanels draws the day: the price with the levels, the forced flow of each participant since the close
// before, the VIX, and the other markets, one under the other on one axis of time.
func (d *document) dayPanels(s shape) string {
	r := d.a.Replay
	const left, gap = 58.0, 46.0
	right := 160.0
	heights := []float64{230, 170, 110, 150}
	if s.narrow {
		right = 66
		heights = []float64{210, 160, 100, 140}
	}
	var vix *faultline.ReplayOther
	var others []*faultline.ReplayOther
	for i := range r.Others {
		if r.Others[i].Instrument == "VIX" {
			vix = &r.Others[i]
		} else {
			others = append(others, &r.Others[i])
		}
	}
	total := 26.0
	shown := []bool{true, len(r.Players) > 0, vix != nil, len(others) > 0}
	for i, h := range heights {
		if shown[i] {
			total += h + gap
		}
	}
	c := newCanvas(s.width, total+10, d.w.Text("ui.replay_chart", evidence.Args{"day": r.Day}))
	open, end := r.At[0], r.At[len(r.At)-1]
	x := axis{float64(open.Unix()), float64(end.Unix()), left, s.width - right}
	xs := make([]float64, len(r.At))
	for i, t := range r.At {
		xs[i] = x.at(float64(t.Unix()))
	}
	top := 22.0
	panel := func(i int, key string) (from, to float64) {
		from, to = top, top+heights[i]
		c.text(left, from-7, "start", "s", d.w.Label(key))
		for _, t := range hours(open, end, s.narrow) {
			c.line(x.at(float64(t.Unix())), from, x.at(float64(t.Unix())), to, "grid")
			c.text(x.at(float64(t.Unix())), to+14, "middle", "t", d.clockOf(t))
		}
		for _, n := range r.News {
			if n.At != nil && n.At.After(open) && n.At.Before(end) {
				c.line(x.at(float64(n.At.Unix())), from, x.at(float64(n.At.Unix())), to, "bound")
			}
		}
		top = to + gap
		return from, to
	}
	line := func(at []time.Time, v []float64, y axis, class string) {
		px, py := make([]float64, len(at)), make([]float64, len(at))
		for i := range at {
			px[i], py[i] = x.at(float64(at[i].Unix())), y.at(v[i])
		}
		c.path(px, py, class)
	}
	// The price, with the levels that lie in its range.
	from, to := panel(0, "ui.replay_price")
	lo, hi := r.Price[0], r.Price[0]
	for _, p := range append([]float64{r.Close}, r.Price...) {
		lo, hi = math.Min(lo, p), math.Max(hi, p)
	}
	pad := 0.06 * (hi - lo)
	y := axis{lo - pad, hi + pad, to, from}
	d.priceAxis(c, y, left, x.to, 5, false)
	c.line(left, y.at(r.Close), x.to, y.at(r.Close), "zero")
	var marks []mark
	for _, l := range r.Levels {
		if y.holds(l.Price) {
			c.line(left, y.at(l.Price), x.to, y.at(l.Price), "level")
			marks = append(marks, mark{price: l.Price, label: d.w.In("level_brief", l.Kind), class: "s"})
		}
	}
	d.labels(c, y, axis{0, 1, x.to, x.to + 2}, marks, s)
	line(r.At, r.Price, y, "curve")
	// Forced flow since the close before.
	if shown[1] {
		from, to = panel(1, "ui.replay_flow")
		var all [][]float64
		for _, p := range r.Players {
			all = append(all, p.USD)
		}
		scale := d.w.ScaleFor(largest(all...))
		unit := math.Pow10(scale.Exp)
		lo, hi := extent(0.06, all...)
		y := axis{lo, hi, to, from}
		at, places := ticks(lo/unit, hi/unit, 4)
		for _, v := range at {
			class := "grid"
			if v == 0 {
				class = "zero"
			}
			c.line(left, y.at(v*unit), x.to, y.at(v*unit), class)
			c.text(left-6, y.at(v*unit)+4, "end", "t", d.w.Signed(v, places))
		}
		c.text(x.to, from-7, "end", "s", scale.Name)
		for i, p := range r.Players {
			line(r.At, p.USD, y, "lane l"+colour(p.Name, i))
		}
	}
	if shown[2] {
		from, to = panel(2, "ui.replay_vix")
		lo, hi := extent(0.06, vix.Move)
		y := axis{lo, hi, to, from}
		d.percentAxis(c, y, left, x.to, 3, true)
		line(vix.At, vix.Move, y, "curve")
	}
	if shown[3] {
		from, to = panel(3, "ui.replay_beside")
		var all [][]float64
		for _, o := range others {
			all = append(all, o.Move)
		}
		lo, hi := extent(0.06, all...)
		y := axis{lo, hi, to, from}
		d.percentAxis(c, y, left, x.to, 4, true)
		var ends []mark
		for i, o := range others {
			line(o.At, o.Move, y, "lane l"+colour("", i))
			ends = append(ends, mark{price: o.Move[len(o.Move)-1], label: d.instrument(o.Instrument), class: "s"})
		}
		d.labels(c, y, axis{0, 1, x.to, x.to + 2}, ends, s)
	}
	// What the day was like at each bar, on hover over all panels.
	for i := range r.At {
		a, b := left, x.to
		if i > 0 {
			a = (xs[i-1] + xs[i]) / 2
		}
		if i+1 < len(xs) {
			b = (xs[i] + xs[i+1]) / 2
		}
		lines := []string{d.clockOf(r.At[i]) + "  " + d.w.Price(r.Price[i])}
		for _, p := range r.Players {
			lines = append(lines, d.player(p.Name)+d.w.Label("ui.colon")+d.w.SignedAmount(p.USD[i], 3))
		}
		c.rect(a, 22, b-a, top-22-gap, "hit", strings.Join(lines, "\n"))
	}
	return c.done()
}

// hours are round times of a session for its axis.
func hours(from, to time.Time, few bool) []time.Time {
	step := time.Hour
	if few {
		step = 2 * time.Hour
	}
	var out []time.Time
	for t := from.Truncate(time.Hour).Add(time.Hour); t.Before(to); t = t.Add(step) {
		out = append(out, t)
	}
	return out
}
