package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/words"
)

// LevelRecord writes to the terminal how levels fared against the sessions that followed, beside
// placebos, and what published figures of dealers' gamma foretold.
func LevelRecord(w io.Writer, v *faultline.LevelValidation, say *words.Words, width int) error {
	d := &document{w: say, a: &faultline.Analysis{}}
	s := &screen{out: bufio.NewWriter(w), d: d, width: min(max(width, minWidth), maxWidth)}
	s.line(say.Text("validate.levels_title", evidence.Args{"days": v.Days, "skipped": len(v.Skipped)}))
	scores := func(title string, of []faultline.Score) {
		s.line("")
		s.line(title)
		t := table{Head: []string{
			say.Label("validate.measure"), say.Label("validate.value"), say.Label("validate.interval_95"), say.Label("validate.days"),
			say.Label("validate.verdict"), say.Label("validate.vendor"),
		}}
		for _, x := range of {
			t.Rows = append(t.Rows, d.levelScore(x))
		}
		t.tidy()
		s.table(t)
	}
	for _, l := range v.Levels {
		scores(say.Text("validate.level", evidence.Args{"level": say.In("level", l.Kind), "sessions": l.Sessions, "without": l.Without}), l.Scores)
	}
	if len(v.Volatility) > 0 {
		scores(say.Label("validate.volatility"), v.Volatility)
	}
	for _, part := range []struct {
		title string
		of    []faultline.SeriesScore
	}{{"validate.published", v.Published}, {"validate.sign", v.Sign}, {"validate.last_half_hour", v.LastHalfHour}} {
		for _, x := range part.of {
			args := evidence.Args{"series": words.Clean(x.Series), "days": x.Days, "first": say.DateOf(x.First), "last": say.DateOf(x.Last)}
			scores(say.Text(part.title, args), x.Scores)
		}
	}
	s.line("")
	for _, m := range v.Missing {
		s.paragraph("- ", say.In("part", m.Part)+say.Label("ui.colon")+say.Absent(m.Absent))
	}
	by := map[string]int{}
	for _, code := range v.Skipped {
		by[code]++
	}
	for _, code := range inOrder(by, nil) {
		s.paragraph("- ", say.Text("validate.skipped", evidence.Args{"count": by[code], "reason": say.Say(evidence.Code{Code: code})}))
	}
	s.paragraph("- ", say.Label("validate.levels_note"))
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// levelScore is one row: what was measured, its value with interval and days, what it says, and a vendor's own
// record.
func (d *document) levelScore(s faultline.Score) []cell {
	name := d.w.In("measure", s.ID)
	if group, measure, grouped := strings.Cut(s.ID, "."); grouped {
		name = d.w.In("measure_of", group) + d.w.Label("ui.colon") + d.w.In("measure", measure)
	}
	show := func(x float64) string {
		if s.Unit == evidence.Ratio {
			return d.w.Number(x, 3)
		}
		return d.w.Value(x, s.Unit)
	}
	row := []cell{{Text: name}, {}, {}, number(d.w.Number(float64(s.N), 0)), {}, {}}
	switch {
	case s.Absent != nil:
		row[1] = cell{Text: d.w.Absent(s.Absent), Absent: true}
	case s.Value != nil:
		row[1] = number(show(*s.Value))
	}
	if s.Low != nil && s.High != nil {
		row[2] = number(d.w.Text("ui.band", evidence.Args{"low": show(*s.Low), "high": show(*s.High)}))
	}
	if s.Verdict != "" {
		row[4] = cell{Text: d.w.In("verdict", s.Verdict)}
	}
	if s.Baseline != nil {
		row[5] = number(show(*s.Baseline))
	}
	return row
}
