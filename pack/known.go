package pack

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"faultline/feed"
	"faultline/market"
)

// knownColumn is the column of a facts file that says from when each figure was public. Feed dates a
// figure by the time that its page states, and else by the end of the day; an official close is known
// earlier than that, and a note of the next morning later, which only whoever wrote the file can say.
const knownColumn = "known"

// applyKnown reads that column and dates the figures by it. A file without it stays as it is. A
// figure cannot be known before the time that its page states.
func applyKnown(ctx context.Context, fsys fs.FS, path string, sets []market.Dataset) error {
	f, err := fsys.Open(path)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(ctxReader{ctx, f}))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.LazyQuotes = true // what is wrong with a row is for feed to say
	header, err := r.Read()
	if err != nil {
		return err
	}
	column := slices.Index(header, knownColumn)
	if column < 0 {
		return nil
	}
	known := map[int32]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if line, _ := r.FieldPos(0); column < len(row) {
			known[int32(line)] = row[column]
		}
	}
	for _, d := range sets {
		if d.Facts == nil {
			continue
		}
		d.Facts.Origin.KnownAt = feed.KnownInstant
		for i := range d.Facts.Rows {
			x := &d.Facts.Rows[i]
			t, err := time.Parse(time.RFC3339, known[x.Line])
			if err != nil {
				return placed(int(x.Line), fmt.Errorf("%s: known %q is not an instant such as 2025-11-21T16:00:00-05:00", x.ID, shorten(known[x.Line])))
			}
			if t.Unix() < x.About {
				return placed(int(x.Line), fmt.Errorf("%s is known from %s, before the time that it speaks of", x.ID, known[x.Line]))
			}
			x.Known = t.Unix()
		}
	}
	return nil
}
