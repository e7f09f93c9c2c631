package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"faultline/market"
)

// written is everything of a result as text, in which a missing number equals another.
func written(r *Result) string {
	var b strings.Builder
	for _, s := range r.Sets {
		if s.Chain != nil {
			fmt.Fprintf(&b, "%+v\n", *s.Chain)
		}
		if s.Bars != nil {
			fmt.Fprintf(&b, "%+v\n", *s.Bars)
		}
	}
	fmt.Fprintf(&b, "%+v\n", r.Report)
	return b.String()
}

// sameReading holds that a text is read alike with and without the scan for objects of one shape: the
// same rows, the same rejects with the same reasons, the same error.
func sameReading(t rapid.TB, text string, o Options) *Result {
	t.Helper()
	fast, fastErr := Read(context.Background(), strings.NewReader(text), o)
	o.patient = true
	slow, slowErr := Read(context.Background(), strings.NewReader(text), o)
	if (fastErr == nil) != (slowErr == nil) || fastErr != nil && fastErr.Error() != slowErr.Error() {
		t.Fatalf("errors differ: %v, patiently %v", fastErr, slowErr)
	}
	if a, b := written(fast), written(slow); a != b {
		t.Fatalf("read in one scan:\n%s\npatiently:\n%s", a, b)
	}
	return fast
}

// sameAsStandard holds the accepted contracts of a Cboe file against what the standard decoder makes of
// their objects.
func sameAsStandard(t rapid.TB, text string, r *Result) {
	t.Helper()
	var file struct {
		Data struct {
			Options []map[string]json.RawMessage `json:"options"`
		} `json:"data"`
	}
	if !json.Valid([]byte(text)) || json.Unmarshal([]byte(text), &file) != nil || len(r.Sets) == 0 {
		return
	}
	// A list that stands twice is read on by one and replaced by the other.
	if strings.Count(text, `"options"`) != 1 || strings.Count(text, `"data"`) != 1 || strings.Contains(text, `\u`) {
		return
	}
	c := r.Sets[0].Chain
	if c == nil {
		return
	}
	for i := range c.Len() {
		row := file.Data.Options[c.Line[i]-1]
		var symbol string
		if err := json.Unmarshal(row["option"], &symbol); err != nil {
			t.Fatalf("row %d: the standard decoder has no symbol in %s", c.Line[i], row["option"])
		}
		if s, ok := readSymbol([]byte(symbol)); !ok || s.strike != c.Strike[i] || s.expiry != c.Expiry[i] || s.right != c.Right[i] || string(s.root) != c.Root[i] {
			t.Fatalf("row %d: %s is read as %s %s %v", c.Line[i], symbol, c.Root[i], c.Expiry[i], c.Strike[i])
		}
		for _, x := range []struct {
			name string
			got  float64
			last bool
		}{
			{"bid", c.Bid[i], false},
			{"ask", c.Ask[i], false},
			{"volume", c.Volume[i], false},
			{"open_interest", c.OpenInterest[i], false},
			{"delta", c.Delta[i], false},
			{"gamma", c.Gamma[i], false},
			{"iv", c.IV[i], true},
			{"last_trade_price", c.Last[i], true},
		} {
			raw := strings.Trim(string(row[x.name]), `"`)
			want, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
			if err != nil || x.last && want == 0 {
				want = market.Missing
			}
			if !(x.got == want || math.IsNaN(x.got) && math.IsNaN(want)) {
				t.Fatalf("row %d: %s is %v, the standard decoder reads %s", c.Line[i], x.name, x.got, raw)
			}
		}
	}
}

// FuzzCboeScan feeds mutated files to the scan, to the reader for all of JSON and to the standard decoder.
func FuzzCboeScan(f *testing.F) {
	f.Add(sampleText(f, "cboe.json"))
	f.Add(string(bigCboeJSON(4)))
	f.Add(strings.Replace(string(bigCboeJSON(4)), `"gamma": 0.0001`, `"gamma": 1e-4`, 1))
	f.Add(strings.Replace(string(bigCboeJSON(4)), `"bid": 1.35`, `"bid": -1.35`, 1))
	f.Add(strings.Replace(string(bigCboeJSON(4)), `"tick": "down"`, `"tick": "d\"own"`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		o := Options{Name: "cboe.json", MaxBytes: 1 << 20, MaxLine: 1 << 16}
		sameAsStandard(t, text, sameReading(t, text, o))
	})
}

// Values as programs write them, and as they should not.
var oddValues = []string{
	"0", "0.0", "-0.0", "1", "12.5", "007", "1.", ".5", "-1.5", "1e3", "1E-4", "123456789012345678", "0.12345678901234567890", "9007199254740993",
	"99999999999999999999.5", "null", "true", "NaN", "Infinity", `"3.5"`, `"x"`, `"\u0031"`, "[1]", "{}", "", "1 2", "- 1", "+1", "0x10", "1_0",
}

func TestOneScanReadsWhatThePatientReaderReads(t *testing.T) {
	plain := string(bigCboeJSON(6))
	fields := []string{"bid", "ask", "iv", "open_interest", "volume", "delta", "gamma", "vega", "last_trade_price", "theo"}
	rapid.Check(t, func(r *rapid.T) {
		objects := strings.SplitAfter(plain, "}")
		for range rapid.IntRange(1, 4).Draw(r, "changes") {
			i := rapid.IntRange(0, 5).Draw(r, "object")
			name := rapid.SampledFrom(fields).Draw(r, "field")
			at := strings.Index(objects[i], `"`+name+`": `)
			if at < 0 {
				continue
			}
			at += len(name) + 4
			end := at + strings.IndexAny(objects[i][at:], ",}")
			value := rapid.SampledFrom(oddValues).Draw(r, "value")
			switch rapid.IntRange(0, 3).Draw(r, "how") {
			case 0:
				objects[i] = objects[i][:at] + value + objects[i][end:]
			case 1: // a blank more
				objects[i] = objects[i][:at] + " " + objects[i][at:]
			case 2: // a name more
				objects[i] = objects[i][:at] + value + `, "bid": 7.5` + objects[i][end:]
			case 3: // another name
				objects[i] = strings.Replace(objects[i], `"`+name+`"`, `"other"`, 1)
			}
		}
		text := strings.Join(objects, "")
		sameAsStandard(r, text, sameReading(r, text, Options{Name: "cboe.json"}))
	})
}

func TestNumbersOfOneScanAreThoseOfStrconv(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,12})?`).Draw(r, "number")
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			r.Fatal(err)
		}
		v, n := plainNumber([]byte(text + ","))
		if n == 0 {
			return // left to the reader for all of JSON
		}
		if n != len(text) || v != want {
			r.Fatalf("%s is read as %v, %d bytes", text, v, n)
		}
		if passValue([]byte(text+",")) != len(text) {
			r.Fatalf("%s is not passed whole", text)
		}
	})
	for _, bad := range []string{"", "-", "01", "1.", ".5", "-x", "00.1"} {
		if _, n := plainNumber([]byte(bad + ",")); n != 0 {
			t.Errorf("%q is taken for a number of %d bytes", bad, n)
		}
	}
}

// The scan must meet windows that end anywhere within an object.
func TestOneScanMeetsTheEndsOfWindows(t *testing.T) {
	text := bigCboeJSON(400)
	want := mustRead(t, string(text), Options{Name: "cboe.json", patient: true})
	for _, step := range []int{1, 7, 97, 4095, 70_001} {
		r, err := Read(context.Background(), &dribble{text, step}, Options{Name: "cboe.json"})
		if err != nil {
			t.Fatal(err)
		}
		if written(r) != written(want) {
			t.Fatalf("%d bytes at a time, the file reads differently", step)
		}
	}
}

// dribble hands out a few bytes at a time.
type dribble struct {
	text []byte
	step int
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.text[:min(d.step, len(d.text))])
	d.text = d.text[n:]
	return n, nil
}

// The scan is what makes reading fast: it must be what reads a file of one shape.
func TestAFileOfOneShapeIsReadInOneScan(t *testing.T) {
	j := &job{ctx: context.Background(), report: Report{ByReason: map[string]int{}}}
	src, err := open(bytes.NewReader(bigCboeJSON(50)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	src.peek(64)
	src.pos = bytes.IndexByte(src.buf, '[') + 1
	var q float64
	c := &contractReader{j: j, r: &jsonReader{s: src}, b: j.newChain(), cells: []jsonCell{{"bid", &q, quotePrice}}}
	c.text = func([]byte, token) (string, bool) { return "", false }
	c.fast() // learns
	if c.shape == nil {
		t.Fatal("no shape is learnt")
	}
	for i := range 50 {
		if !c.fast() {
			t.Fatalf("object %d of 50 is left to the patient reader: %s", i, printable(src.peek(200)))
		}
		if src.peek(1)[0] == ',' {
			src.pos += 2
		}
	}
}
