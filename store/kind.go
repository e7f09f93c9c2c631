package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"faultline/market"
)

// kind is a sort of table: it has one view in SQL and one form of row on disk.
type kind uint8

const (
	bars kind = iota
	chains
	series
	facts
)

// kinds lists the kinds in the order of their keys.
var kinds = [...]kind{bars, chains, facts, series}

// cell says what a column holds and thereby how it is written in each place. In memory, instants,
// days, sides and counts are int64.
type cell uint8

const (
	instant cell = iota // Unix seconds; a TIMESTAMP in UTC
	day                 // days since 1970-01-01; a DATE
	side                // +1 call, -1 put; 'C' or 'P'
	count               // a line of a file; an INTEGER
	nanos               // Unix nanoseconds; a TIMESTAMP_NS in UTC
	number              // a double; NaN in memory, NULL on disk
	text
)

type column struct {
	name string
	cell cell
}

// schema is what the rows of a kind look like. The order of its columns is the order by which rows
// are sorted; the last column is always the line, which is no part of a row's content.
type schema struct {
	view    string   // name in SQL
	head    []string // columns that all rows of a part share, less those of the origin
	id      string   // the head's column that names the object; "" when there is one object only
	columns []column
}

var schemas = [...]*schema{
	bars: {view: "bars", head: []string{"instrument", "timeframe"}, id: "instrument", columns: []column{
		{"begin_at", instant},
		{"known_at", instant},
		{"open", number},
		{"high", number},
		{"low", number},
		{"close", number},
		{"volume", number},
		{"line", count},
	}},
	chains: {view: "chains", head: []string{"underlying", "quoted_at", "spot", "chain"}, id: "underlying", columns: []column{
		{"expiry", day},
		{"strike", number},
		{"side", side},
		{"root", text},
		{"bid", number},
		{"ask", number},
		{"last", number},
		{"volume", number},
		{"open_interest", number},
		{"iv", number},
		{"delta", number},
		{"gamma", number},
		{"line", count},
	}},
	series: {view: "series", head: []string{"series", "unit"}, id: "series", columns: []column{
		{"about_at", instant},
		{"known_at", instant},
		{"value", number},
		{"line", count},
	}},
	facts: {view: "facts", columns: []column{
		{"about_at", instant},
		{"fact", text},
		{"known_at", instant},
		{"value", number},
		{"text", text},
		{"unit", text},
		{"what", text},
		{"address", text},
		{"line", count},
	}},
}

// originColumns are the head's columns that say where a part came from.
var originColumns = []string{"file", "format", "publisher", "grade", "known_rule", "caveats"}

// set names the partition folder of a table: the kind, and of bars the interval too, so that daily
// bars are read without touching minutes.
func (k kind) set(timeframe string) string {
	if k == bars {
		return "bars_" + timeframe
	}
	return schemas[k].view
}

// kindOfSet is the inverse of set.
func kindOfSet(set string) (k kind, timeframe string, err error) {
	if tf, ok := strings.CutPrefix(set, "bars_"); ok {
		_, err := parseInterval(tf)
		return bars, tf, err
	}
	for _, k := range kinds {
		if set == schemas[k].view && k != bars {
			return k, "", nil
		}
	}
	return 0, "", fmt.Errorf("unknown dataset %q", set)
}

// parseInterval is the inverse of market.IntervalName.
func parseInterval(name string) (time.Duration, error) {
	units := map[byte]time.Duration{'d': market.Day, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	if len(name) >= 2 {
		unit := units[name[len(name)-1]]
		n, err := strconv.ParseInt(name[:len(name)-1], 10, 32)
		d := time.Duration(n) * unit
		if err == nil && n > 0 && unit > 0 && market.IntervalName(d) == name {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%q is no interval", name)
}

// partition is the rows about times from start to before end, in Unix seconds.
type partition struct{ start, end int64 }

// partition returns the partition that a row belongs to. A day of chains is one file; intraday bars
// have one a month; daily bars, series and facts one a decade, since a century of them in one file
// a day would be 25,000 files of a few rows.
func (k kind) partition(timeframe string, unix int64) partition {
	y, m, d := time.Unix(unix, 0).UTC().Date()
	var start, end time.Time
	switch {
	case k == chains:
		start = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		end = start.AddDate(0, 0, 1)
	case k == bars && !strings.HasSuffix(timeframe, "d"):
		start = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		end = start.AddDate(0, 1, 0)
	default:
		start = time.Date(max(1, y/10*10), 1, 1, 0, 0, 0, 0, time.UTC)
		end = time.Date(y/10*10+10, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return partition{start.Unix(), end.Unix()}
}

func (p partition) contains(unix int64) bool { return unix >= p.start && unix < p.end }

// date is the partition's first day, as in the folder's name.
func (p partition) date() string { return time.Unix(p.start, 0).UTC().Format(time.DateOnly) }
