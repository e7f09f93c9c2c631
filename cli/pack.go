package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/market"
	"faultline/pack"
	"faultline/packs"
)

// nyse is the exchange whose close a bare date means.
func nyse() *calendar.Exchange { return calendar.NYSE() }

type packCmd struct {
	Build  packBuildCmd  `cmd:"" help:"Make a pack from your own files."`
	Check  packCheckCmd  `cmd:"" help:"Say what is wrong with a pack."`
	Derive packDeriveCmd `cmd:"" help:"Compute the state of the models, from which they can be stepped on without the prices."`
	LS     packListCmd   `cmd:"" name:"ls" help:"List the packs that the binary carries."`
}

type packBuildCmd struct {
	Out        string   `required:"" placeholder:"DIR" help:"Folder to make."`
	Name       string   `help:"Name of the pack; the folder's without it."`
	Underlying string   `help:"Instrument of the price axis."`
	Files      []string `arg:"" name:"file" help:"Files of market data."`
}

// Run builds a pack.
func (c *packBuildCmd) Run(ctx context.Context, g *Globals, o *output) error {
	at, err := g.instant(nyse())
	if err != nil {
		return err
	}
	name := c.Name
	if name == "" {
		parts := strings.FieldsFunc(c.Out, func(r rune) bool { return r == '/' || r == os.PathSeparator })
		if len(parts) > 0 {
			name = parts[len(parts)-1]
		}
	}
	p, err := pack.Build(ctx, c.Out, c.Files, pack.Spec{Name: name, AsOf: at, Underlying: c.Underlying})
	if err != nil {
		return &Error{Op: "build the pack", Path: c.Out, Err: err, Exit: exitInput}
	}
	rows := 0
	for _, d := range p.Book.Sets() {
		rows += d.Len()
	}
	if g.JSON {
		return writeJSON(o.w, map[string]any{"pack": c.Out, "datasets": len(p.Book.Sets()), "rows": rows, "as_of": p.Meta.AsOf})
	}
	_, err = fmt.Fprintln(o.w, o.words.Text("cli.pack_built", evidence.Args{
		"pack": c.Out, "datasets": len(p.Book.Sets()), "rows": rows, "as_of": p.Meta.AsOf.Format("2006-01-02 15:04 MST"),
	}))
	return err
}

type packCheckCmd struct {
	Name string `arg:"" optional:"" help:"Folder, or a pack that the binary carries."`
}

// Run checks a pack.
func (c *packCheckCmd) Run(ctx context.Context, g *Globals, o *output) error {
	name := c.Name
	if name == "" {
		name = defaultPack
	}
	var from fs.FS
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		from = os.DirFS(name)
	} else if from, err = packs.Open(name); err != nil {
		return &Error{Op: "open the pack", Path: name, Err: err, Exit: exitInput, Hint: "name a folder, or one of: " + strings.Join(packs.Names(), ", ")}
	}
	found, err := pack.Check(ctx, from)
	if err != nil {
		return &Error{Op: "check the pack", Path: name, Err: err, Exit: exitInput}
	}
	faults := pack.Faults(found)
	if g.JSON {
		if err := writeJSON(o.w, map[string]any{"pack": name, "faults": faults, "findings": append([]pack.Finding{}, found...)}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			where := f.File
			if f.Line > 0 {
				where = fmt.Sprintf("%s:%d", f.File, f.Line)
			}
			fmt.Fprintf(o.w, "%s: %s %s: %s\n", o.words.In("severity", fmt.Sprint(f.Severity)), where, f.ID, o.words.Say(f.Finding))
		}
		fmt.Fprintln(o.w, o.words.Text("cli.pack_checked", evidence.Args{"pack": name, "faults": faults, "notes": len(found) - faults}))
	}
	if faults > 0 {
		return &Error{Op: "check the pack", Path: name, Err: fmt.Errorf("%d faults", faults), Exit: exitInput}
	}
	return nil
}

type packDeriveCmd struct {
	Prices []string `required:"" placeholder:"FILE" sep:"," help:"Price history that reaches back as far as the models look."`
	Rates  []string `placeholder:"FILE" sep:"," help:"Interest rates."`
	From   string   `required:"" placeholder:"DATE" help:"First session."`
	To     string   `required:"" placeholder:"DATE" help:"Last session."`
	Out    string   `placeholder:"PATH" help:"File to write; standard output without it."`
}

// Run derives model state.
func (c *packDeriveCmd) Run(ctx context.Context, g *Globals, o *output) error {
	var days [2]calendar.Date
	for i, text := range []string{c.From, c.To} {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return usage("read", []string{"--from", "--to"}[i], "write it as 2025-11-20", "%v", err)
		}
		days[i] = d
	}
	var b market.Book
	for _, p := range append(append([]string{}, c.Prices...), c.Rates...) {
		r, err := feed.ReadFile(ctx, p, feed.Options{Now: o.now()})
		if err != nil {
			return err
		}
		b.Add(r.Sets...)
	}
	a, err := g.assumptions()
	if err != nil {
		return err
	}
	sets, err := pack.Derive(ctx, &b, days[0], days[1], a)
	if err != nil {
		return &Error{Op: "derive state", Err: err, Exit: exitInput, Hint: "give a longer history with --prices"}
	}
	write := func(w io.Writer) error { return pack.WriteDerived(w, sets) }
	if c.Out == "" {
		return write(o.w)
	}
	if err := writeFile(c.Out, write); err != nil {
		return &Error{Op: "write", Path: c.Out, Err: err}
	}
	return nil
}

type packListCmd struct{}

// Run lists the embedded packs.
func (packListCmd) Run(g *Globals, o *output) error {
	if g.JSON {
		return writeJSON(o.w, map[string]any{"packs": packs.Names()})
	}
	_, err := fmt.Fprintln(o.w, strings.Join(packs.Names(), "\n"))
	return err
}
