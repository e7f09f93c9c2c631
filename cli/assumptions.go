package cli

import (
	"fmt"
	"strconv"
)

type assumptionsCmd struct {
	Changed bool `help:"Only those that differ from the register."`
}

// Run lists the assumptions.
func (c *assumptionsCmd) Run(g *Globals, o *output) error {
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	items := a.Items()
	if c.Changed {
		kept := items[:0]
		for _, it := range items {
			if it.Origin != "" {
				kept = append(kept, it)
			}
		}
		items = kept
	}
	if g.JSON {
		return writeJSON(o.w, map[string]any{"assumptions": items})
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	for _, it := range items {
		mark := ""
		if it.Origin != "" {
			mark = fmt.Sprintf("   ← %s; register: %s", it.Origin, number(it.Default))
		}
		means := it.Means
		if key := "assumption." + it.Name; o.words.Has(key) {
			means = o.words.Label(key)
		}
		if _, err := fmt.Fprintf(o.w, "%-24s %s %s   [%s … %s]%s\n    %s\n    %s\n",
			it.Name, number(it.Value), o.words.In("assumption_unit", it.Unit), number(it.Low), number(it.High), mark, means, it.Source); err != nil {
			return err
		}
	}
	return nil
}
