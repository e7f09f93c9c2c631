package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"faultline"
	"faultline/evidence"
	"faultline/market"
	"faultline/words"
)

type explainCmd struct {
	ID string `arg:"" help:"ID of a figure, as it stands in the report or the JSON."`
	Files
	Held
	Rows int `default:"5" help:"Rows to print of each dataset."`
}

// Run prints how a figure came about: itself, the models it went through, and the files and rows at
// the end of the chain. The analysis is run again; the same run id means the same figure.
func (c *explainCmd) Run(ctx context.Context, g *Globals, o *output) error {
	a, s, err := g.analyzeHeld(ctx, o, &c.Files, &c.Held, faultline.WithMacro())
	if err != nil {
		return err
	}
	found, all, err := find(a, c.ID)
	if err != nil {
		return err
	}
	if found == nil {
		hint := "list them with: faultline report --json"
		var like []string
		for _, id := range all {
			if strings.Contains(id, c.ID) {
				like = append(like, id)
			}
		}
		if len(like) > 0 {
			hint = "did you mean: " + strings.Join(like[:min(5, len(like))], ", ")
		}
		return &Error{Op: "explain", Path: c.ID, Err: fmt.Errorf("run %s has no figure of that ID", a.RunID), Hint: hint, Exit: exitAbsent}
	}
	nodes := map[string]evidence.Node{}
	for _, n := range a.Nodes {
		nodes[n.ID] = n
	}
	var chain []evidence.Node
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		if n, ok := nodes[id]; ok && !seen[id] {
			seen[id] = true
			chain = append(chain, n)
			for _, in := range n.Inputs {
				walk(in)
			}
		}
	}
	node, _ := found["node"].(string)
	walk(node)
	if g.JSON {
		return writeJSON(o.w, map[string]any{"run_id": a.RunID, "figure": found, "nodes": chain})
	}
	fmt.Fprintf(o.w, "%s %s   %s\n\n%s\n", o.words.Label("ui.run_id"), a.RunID, o.words.At(a.AsOf), c.ID)
	keys := make([]string, 0, len(found))
	for k := range found {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if k != "id" && k != "node" {
			name, text, err := o.explained(k, found[k])
			if err != nil {
				return err
			}
			fmt.Fprintf(o.w, "  %s: %s\n", name, text)
		}
	}
	values := map[string]faultlineItem{}
	for _, it := range a.Assumptions {
		values[it.Name] = faultlineItem{it.Value, it.Unit}
	}
	for _, n := range chain {
		fmt.Fprintf(o.w, "\n%s\n  %s: %s\n  %s: %s\n", n.ID, o.words.Label("explain.method"), methodName(o, n), o.words.Label("explain.grade"), o.words.In("grade", n.Grade.String()))
		if n.Source != "" {
			fmt.Fprintf(o.w, "  %s: %s\n", o.words.Label("explain.source"), words.Clean(n.Source))
		}
		for _, c := range n.Caveats {
			fmt.Fprintf(o.w, "  ! %s\n", o.words.Say(c))
		}
		for _, name := range n.Assumes {
			fmt.Fprintf(o.w, "  %s = %s %s\n", name, strconv.FormatFloat(values[name].value, 'f', -1, 64), values[name].unit)
		}
		if n.Kind == evidence.Dataset {
			key := strings.TrimPrefix(n.ID, "in/")
			first, last := lines(s, key)
			if last > 0 {
				fmt.Fprintf(o.w, "  %s: %d–%d\n", o.words.Label("explain.lines"), first, last)
			}
			price, atStrike := found["price"].(float64)
			switch {
			case key == "facts", key == "inventory", key == "trades":
			case atStrike && strings.HasPrefix(key, "chain/") && showStrike(o, s, strings.TrimPrefix(key, "chain/"), price, c.Rows):
			default:
				if err := show(o, s, key, c.Rows); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// explained names one key of a figure and what it says: codes in the reader's language, numbers with all
// their digits.
func (o *output) explained(key string, v any) (name, text string, err error) {
	name = key
	if o.words.Has("explain." + key) {
		name = o.words.In("explain", key)
	}
	if s, ok := v.(string); ok {
		switch key {
		case "grade":
			return name, o.words.In("grade", s), nil
		case "unit":
			if o.words.Has("unit." + s) {
				return name, o.words.Unit(evidence.Unit(s)), nil
			}
		case "kind":
			return name, o.words.In("level", s), nil
		case "reason":
			return name, o.words.Say(evidence.Code{Code: s}), nil
		}
	}
	raw, err := json.Marshal(v)
	return name, string(raw), err
}

// methodName names how a node came about: a dataset by its file format, a run by its method.
func methodName(o *output, n evidence.Node) string {
	if n.Kind == evidence.Dataset {
		return n.Method
	}
	return o.words.In("method", n.Method)
}

type faultlineItem struct {
	value float64
	unit  string
}

// showStrike prints the contracts of one strike with the most open interest, and whether there are any.
func showStrike(o *output, s *market.State, underlying string, strike float64, limit int) bool {
	c, err := s.Chain(underlying)
	if err != nil {
		return false
	}
	var rows []int
	for i := range c.Len() {
		if c.Strike[i] == strike && c.OpenInterest[i] > 0 {
			rows = append(rows, i)
		}
	}
	sort.SliceStable(rows, func(a, b int) bool { return c.OpenInterest[rows[a]] > c.OpenInterest[rows[b]] })
	for _, i := range rows[:min(limit, len(rows))] {
		q := c.Row(i)
		right := "C"
		if q.Right < 0 {
			right = "P"
		}
		fmt.Fprintf(o.w, "  %s:%d  %s %s %s %v  bid %v ask %v  open interest %v\n", words.Clean(c.Origin.File), q.Line, words.Clean(q.Root), q.Expiry, right, q.Strike, q.Bid, q.Ask, q.OpenInterest)
	}
	return len(rows) > 0
}

// find looks a figure up by its ID in the JSON form of the analysis, which is what the reader saw. It
// also returns the IDs of all figures.
func find(a *faultline.Analysis, id string) (map[string]any, []string, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, nil, err
	}
	var found map[string]any
	var all []string
	var visit func(any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["id"].(string); ok && v["node"] != nil {
				all = append(all, s)
				if s == id && found == nil {
					found = v
				}
			}
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			for _, k := range keys {
				visit(v[k])
			}
		case []any:
			for _, x := range v {
				visit(x)
			}
		}
	}
	visit(tree)
	return found, all, nil
}

// lines is the first and the last line of the files that a dataset's rows stand on.
func lines(s *market.State, key string) (first, last int32) {
	var all []int32
	kind, name, _ := strings.Cut(key, "/")
	switch kind {
	case "bars":
		id, interval, _ := strings.Cut(name, "/")
		if b, err := s.Bars(id, market.ParseInterval(interval)); err == nil {
			all = b.Line
		}
	case "chain":
		if c, err := s.Chain(name); err == nil {
			all = c.Line
		}
	case "series":
		if v, err := s.Series(name); err == nil {
			all = v.Line
		}
	case "facts":
		for _, id := range s.FactIDs() {
			for _, f := range s.Facts(id) {
				all = append(all, f.Line)
			}
		}
	}
	for i, l := range all {
		if i == 0 || l < first {
			first = l
		}
		last = max(last, l)
	}
	return first, last
}
