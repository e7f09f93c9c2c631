package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"faultline/evidence"
)

// A caveat's arguments may be numbers, strings and instants. They are kept as JSON that gives back
// the same value: a float always has a point or an exponent, a whole number never; an instant is an
// object. Whatever else stands among the arguments is kept as the text that it prints, so that the
// rendered caveat, and with it the digest of the State, is the same for every type.

type instantArg struct {
	Time time.Time `json:"time"`
}

// encodeCaveats writes caveats as one line of JSON with keys in order.
func encodeCaveats(caveats []evidence.Code) (string, error) {
	if len(caveats) == 0 {
		return "[]", nil
	}
	plain := make([]evidence.Code, len(caveats))
	for i, c := range caveats {
		plain[i].Code = c.Code
		for name, v := range c.Args {
			if plain[i].Args == nil {
				plain[i].Args = evidence.Args{}
			}
			plain[i].Args[name] = plainArg(v)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(plain); err != nil {
		return "", fmt.Errorf("encode caveats: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func plainArg(v any) any {
	switch v := v.(type) {
	case string, bool, int, int8, int16, int32, int64, uint8, uint16, uint32:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			break
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return json.RawMessage(s)
	case time.Time:
		// Only an instant that prints the same after its return stays one: others carry a zone's
		// name or a monotonic reading.
		if u := v.UTC().Round(0); u.String() == v.String() && u.Year() >= 0 && u.Year() <= 9999 {
			return instantArg{u}
		}
	}
	return fmt.Sprint(v)
}

// decodeCaveats reads what encodeCaveats wrote.
func decodeCaveats(s string) ([]evidence.Code, error) {
	if s == "[]" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var out []evidence.Code
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode caveats: %w", err)
	}
	for _, c := range out {
		for name, v := range c.Args {
			a, err := typedArg(v)
			if err != nil {
				return nil, fmt.Errorf("decode caveat %s: argument %s: %w", c.Code, name, err)
			}
			c.Args[name] = a
		}
	}
	return out, nil
}

func typedArg(v any) (any, error) {
	switch v := v.(type) {
	case string, bool:
		return v, nil
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return v.Float64()
		}
		n, err := v.Int64()
		return int(n), err
	case map[string]any:
		if s, ok := v["time"].(string); ok && len(v) == 1 {
			return time.Parse(time.RFC3339Nano, s)
		}
	}
	return nil, fmt.Errorf("%v is no number, string or instant", v)
}
