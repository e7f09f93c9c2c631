package cli

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"faultline/audit/extract"
)

// The draft that extract writes is read by any YAML reader as what was found, whatever the report holds.
func TestAProposedLedgerReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{
			"$39bn", "6,725", "三成", "-0.015%", "11月20日", "1e400", "\"", "'", ": ", "# ", "\\", "{", "}", "[", "- ", "\u202e", "\x1b[31m", "<b>", "94% - 100%", "\n", "约", "CTA", "\t", "\u2028", "é", "…", "😀", "99999999999999999999亿美元",
		}), 0, 60).Draw(r, "report")
		found := []proposal{}
		if err := extract.Scan(strings.NewReader(strings.Join(text, "")), func(f extract.Figure) error {
			found = append(found, propose(f))
			return nil
		}); err != nil {
			r.Fatal(err)
		}
		var out bytes.Buffer
		if err := writeProposals(&out, false, "report.txt", found); err != nil {
			r.Fatal(err)
		}
		var got struct {
			Proposed []map[string]any `yaml:"proposed"`
		}
		if err := yaml.Unmarshal(out.Bytes(), &got); err != nil {
			r.Fatalf("%v\n%s", err, out.String())
		}
		if len(got.Proposed) != len(found) {
			r.Fatalf("%d of %d proposals read back", len(got.Proposed), len(found))
		}
		for i := range found {
			var want map[string]any
			raw, err := json.Marshal(found[i])
			if err != nil {
				r.Fatal(err)
			}
			if err := json.Unmarshal(raw, &want); err != nil {
				r.Fatal(err)
			}
			if !reflect.DeepEqual(floats(got.Proposed[i]), floats(want)) {
				r.Fatalf("read back as %v, want %v", got.Proposed[i], want)
			}
		}
	})
}

// floats turns every number of a tree into a float64, since YAML tells whole numbers apart and JSON does not.
func floats(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = floats(e)
		}
		return out
	case int:
		return float64(x)
	case uint64:
		return float64(x)
	}
	return v
}

// Whatever a report holds, nothing that steers a terminal or a page comes out, in either form of the draft.
func TestAHostileReportComesOutHarmlessInEveryForm(t *testing.T) {
	hostile := "<script>alert(1)</script> sold $39bn\u202e \x1b[31m共\u20665\u20690亿美元 \x00 " + strings.Repeat("9", 1_000_000) + "亿 </td>3,900亿\r\n| a ($bn) |\n| =cmd()|12 |"
	found := []proposal{}
	if err := extract.Scan(strings.NewReader(hostile), func(f extract.Figure) error {
		found = append(found, propose(f))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(found) < 3 {
		t.Fatalf("%d figures", len(found))
	}
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		if err := writeProposals(&out, asJSON, "a\u202eb<b>.txt", found); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.ContainsAny(s, "\x00\x1b\r\u202e\u2066\u2069") {
			t.Errorf("json %v: control or direction marks come out: %.200q", asJSON, s)
		}
		if out.Len() > 1<<20 {
			t.Errorf("json %v: %d bytes for %d figures", asJSON, out.Len(), len(found))
		}
	}
	for _, p := range found {
		if v := p.Figure.Value; v != nil && (math.IsInf(*v, 0) || math.IsNaN(*v)) {
			t.Errorf("%+v", p)
		}
	}
}
