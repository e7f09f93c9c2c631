package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"faultline/calendar"
)

// The oracle is strconv, on numbers written in every way that files write them.
func TestNumberRoundsAsStrconvDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,20}`),
			rapid.StringMatching(`-?[0-9]{0,18}\.[0-9]{1,20}`),
			rapid.StringMatching(`-?[0-9]{1,17}\.`),
			rapid.StringMatching(`[+-]?[0-9]{1,3}(\.[0-9]{1,5})?[eE][+-]?[0-9]{1,3}`),
			rapid.Map(rapid.Float64(), func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }),
		).Draw(t, "text")
		want, err := strconv.ParseFloat(text, 64)
		got, reason := number([]byte(text))
		switch {
		case err != nil && reason == "":
			t.Fatalf("%q is not a number, read as %v", text, got)
		case err != nil:
			return
		case math.IsInf(want, 0) || math.IsNaN(want):
			if reason == "" {
				t.Fatalf("%q was read", text)
			}
		case reason != "" || got != want:
			t.Fatalf("%q: got %v %s, want %v", text, got, reason, want)
		case got == 0 && math.Signbit(got):
			t.Fatalf("%q: a zero with a sign", text)
		}
	})
}

func TestNumberReasons(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if v, got := number([]byte(text)); got != want || v == v {
			t.Errorf("%q: %v %q, want %q", text, v, got, want)
		}
	}
	f("", ReasonBlank)
	for _, s := range []string{"NaN", "nan", "-nan", "Inf", "+inf", "-Infinity", "1.#INF", "∞"} {
		f(s, ReasonNotFinite)
	}
	for _, s := range []string{"1,5", "-1,5", "1,234.5", "1.234,5", ","} {
		f(s, ReasonComma)
	}
	for _, s := range []string{"abc", "-", ".", "1 2", "1e", "e5", "0x10", "1_0", "1.2.3", "5%", "$5", "5-", "+", "١", strings.Repeat("1", 500), "a,b"} {
		f(s, ReasonNumber)
	}
	f("1e400", ReasonRange)
}

func TestGroupedNumbers(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		if got, reason := grouped([]byte(text)); reason != "" || got != want {
			t.Errorf("%q: %v %s, want %v", text, got, reason, want)
		}
	}
	f("265,377,359", 265377359)
	f("1,234.5", 1234.5)
	f("-1,234", -1234)
	f("999", 999)
	for text, want := range map[string]string{
		"1,5": ReasonComma, "12,34": ReasonComma, "1234,567": ReasonComma, ",123": ReasonComma, "1,234,5": ReasonComma,
		"1,23a": ReasonNumber, "1,234.5.6": ReasonNumber, "": ReasonBlank, strings.Repeat("1,234", 10): ReasonNumber,
	} {
		if v, reason := grouped([]byte(text)); reason != want || v == v {
			t.Errorf("%q: %v %s, want %s", text, v, reason, want)
		}
	}
}

// The oracle is time.Date, through calendar.DateOf.
func TestCivilAgreesWithTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, m, d := rapid.IntRange(1, 9999).Draw(t, "y"), rapid.IntRange(0, 13).Draw(t, "m"), rapid.IntRange(0, 32).Draw(t, "d")
		want := calendar.DateOf(y, time.Month(m), d)
		yy, mm, dd := want.YMD()
		exists := yy == y && int(mm) == m && dd == d
		got, ok := civil(y, m, d)
		if ok != exists || ok && got != want {
			t.Fatalf("%d-%d-%d: got %v %v, want %v %v", y, m, d, got, ok, want, exists)
		}
	})
}

// The oracle is time.Parse.
func TestStampsAgreeWithTimeParse(t *testing.T) {
	layouts := []string{
		"2006-01-02 15:04:05-07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05.000000",
		"2006-01-02 15:04", "2006-01-02", "2006/1/2", "2006/01/02 15:04:05-0700", "20060102",
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-60000000000, 250000000000).Draw(t, "unix"), 0).UTC()
		if at.Year() < 1 || at.Year() > 9999 {
			t.Skip()
		}
		zone := time.FixedZone("", 900*rapid.IntRange(-48, 52).Draw(t, "zone"))
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		text := at.In(zone).Format(layout)
		want, err := time.Parse(layout, text)
		if err != nil {
			t.Skip()
		}
		got, ok := readStamp([]byte(text), slashUnknown)
		if !ok {
			t.Fatalf("%q was not read", text)
		}
		var seconds int64
		switch got.kind {
		case zoned, unixTime:
			seconds = got.unix
		default:
			seconds = int64(got.date)*86400 + int64(got.sec)
		}
		if seconds != want.Unix() {
			t.Fatalf("%q: got %v, want %v", text, time.Unix(seconds, 0).UTC(), want.UTC())
		}
	})
}

func TestCountsOfSeconds(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		if s, ok := readStamp([]byte(text), slashUnknown); !ok || s.kind != unixTime || s.unix != want {
			t.Errorf("%q: %+v %v, want %d", text, s, ok, want)
		}
	}
	f("1739197800", 1739197800)
	f("1739197800000", 1739197800)
	f("1739197800000000", 1739197800)
	f("1739197800.0", 1739197800)
	f("999999999", 999999999)
}

func TestStampsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "-", "12345", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-03-11 24:00", "2024-03-11 12:60",
		"2024-03-11 12:00:61", "2024-03-11x", "2024-03-11 12:00 EDT", "2024-03-11 12:00+25:00", "2024-03/11", "03/11/2024",
		"11-03-2024", "20241301", "2024-03-11 12:00:00.", "2024--11", "24-03-11", "0000-01-01", "12:00", "123456789012345678901",
		"99999-01-01", "2024-3-", "/2024/3/1",
	} {
		if s, ok := readStamp([]byte(text), slashUnknown); ok {
			t.Errorf("%q was read as %+v", text, s)
		}
	}
}

// The oracle is time.Date, also on the days when clocks change.
func TestLocalClockAgreesWithTimeDate(t *testing.T) {
	for _, zone := range []*time.Location{calendar.NewYork(), time.UTC, calendar.Chicago()} {
		c := localClock{loc: zone}
		for d := date("2023-12-30"); d < date("2025-01-03"); d++ {
			for sec := int32(0); sec < 86400; sec += 1799 {
				y, m, day := d.YMD()
				want := time.Date(y, m, day, int(sec/3600), int(sec/60%60), int(sec%60), 0, zone).Unix()
				if got := c.unix(d, sec); got != want {
					t.Fatalf("%s %s %d: got %d, want %d", zone, d, sec, got, want)
				}
			}
		}
	}
}

// tree reads a JSON value into what encoding/json makes of it.
func tree(r *jsonReader) (any, error) {
	t, err := r.value()
	if err != nil {
		return nil, err
	}
	switch t.kind {
	case tokNull:
		return nil, nil
	case tokBool:
		return string(t.text) == "true", nil
	case tokNumber:
		v, reason := t.number()
		if reason != "" {
			return nil, fmt.Errorf("number %q: %s", t.text, reason)
		}
		return v, nil
	case tokString:
		return string(t.text), nil
	case tokArray:
		out := []any{}
		err := r.array(func(int) error {
			v, err := tree(r)
			out = append(out, v)
			return err
		})
		return out, err
	case tokObject:
		out := map[string]any{}
		err := r.object(func(name []byte) error {
			key := string(name)
			v, err := tree(r)
			out[key] = v
			return err
		})
		return out, err
	}
	return nil, fmt.Errorf("word %q", t.text)
}

// jsonValue draws a value of at most so many levels.
func jsonValue(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "?") }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(v float64) any { return v + 0 }),
		rapid.Map(rapid.IntRange(-1000, 1000), func(v int) any { return float64(v) }),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(jsonValue(depth-1), 0, 4), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.StringMatching(`[a-zäß"\\/\t]{0,6}`), jsonValue(depth-1), 0, 4), func(v map[string]any) any { return v }),
	)
}

// The oracle is encoding/json.
func TestJSONReaderAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := jsonValue(4).Draw(t, "value")
		text, err := json.Marshal(v)
		if err != nil {
			t.Skip()
		}
		if rapid.Bool().Draw(t, "indent") {
			var b bytes.Buffer
			if err := json.Indent(&b, text, " ", "\t"); err != nil {
				t.Fatal(err)
			}
			text = b.Bytes()
		}
		var want any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		s := &source{r: bytes.NewReader(text), maxBytes: 1 << 20, maxLine: 1 << 16}
		if rapid.Bool().Draw(t, "slow") {
			s.r = iotest.OneByteReader(s.r)
		}
		r := &jsonReader{s: s}
		got, err := tree(r)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := r.end(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(normal(got), normal(want)) {
			t.Fatalf("%s:\n got %#v\nwant %#v", text, got, want)
		}
	})
}

// normal makes 0 of -0, which JSON can write and a table of counts must not hold.
func normal(v any) any {
	switch v := v.(type) {
	case float64:
		return v + 0
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func TestJSONThatIsNoneIsAnError(t *testing.T) {
	for _, text := range []string{
		"", "{", "[", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `[1,]`, `[1 2]`, `{"a":1 "b":2}`, `{a:1}`, `"abc`, `"a\`, "tru", "nul", "Nope",
		"[1}", `{"a":1]`, "+1", ".5", strings.Repeat("[", 1000),
	} {
		r := &jsonReader{s: &source{r: strings.NewReader(text), maxBytes: 1 << 20, maxLine: 1 << 16}}
		_, err := tree(r)
		if err == nil {
			err = r.end()
		}
		if err == nil && json.Valid([]byte(text)) == false {
			t.Errorf("%q was read", text)
		}
	}
}
