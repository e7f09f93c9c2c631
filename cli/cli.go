package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/schollz/progressbar/v3"

	"faultline"
	"faultline/words"
)

// Globals are the flags that mean the same in every verb.
type Globals struct {
	Pack        string     `placeholder:"NAME|DIR" help:"Pack to read: a folder or one that the binary carries. Default: nov2025 when no data are given."`
	Data        string     `placeholder:"DIR" help:"Store to read and write." env:"FAULTLINE_DATA"`
	AsOf        *string    `placeholder:"TIME" help:"Instant of the analysis: a date (its official close) or an RFC 3339 instant."`
	JSON        bool       `help:"Write JSON, as docs/json.md describes it."`
	Lang        string     `default:"en" help:"Language of the output: en or zh." env:"FAULTLINE_LANG"`
	Config      configFlag `placeholder:"FILE" help:"YAML file of flags, by their names." env:"FAULTLINE_CONFIG"`
	Assumptions string     `placeholder:"FILE" help:"YAML file of assumptions to override, name: value."`
	Set         []string   `placeholder:"NAME=VALUE" sep:"none" help:"Override one assumption; may be repeated."`
	Quiet       bool       `help:"No progress and no notes on standard error."`
}

type grammar struct {
	Globals

	Report      reportCmd      `cmd:"" help:"Write the report: a summary here, HTML, PDF, Markdown or JSON on disk."`
	Levels      levelsCmd      `cmd:"" help:"Print the prices at which someone must act."`
	Gamma       gammaCmd       `cmd:"" help:"Print what option dealers hold and must trade, by expiry, by strike and by move of the price."`
	Ladder      ladderCmd      `cmd:"" help:"Print the forced flow of every participant at each price."`
	Shock       shockCmd       `cmd:"" help:"Print what a shock becomes when the forced flow feeds back on the price."`
	CTA         ctaCmd         `cmd:"" name:"cta" help:"Print positions, pivots and tapes of the trend followers."`
	Macro       macroCmd       `cmd:"" help:"Print what is still known of the economy: releases and their holes."`
	Crypto      cryptoCmd      `cmd:"" help:"Print what is liquidated at which price in perpetual contracts on coins, and what a sudden move becomes."`
	Scenario    scenarioCmd    `cmd:"" help:"Print the probabilities of scenarios, what moved them, and what markets should do in each."`
	Capex       capexCmd       `cmd:"" help:"Print the AI capex trade: what buyers spend, what substitution and cuts cost, a portfolio's exposure."`
	Watch       watchCmd       `cmd:"" help:"Print once where the rules of the action list stand."`
	Contagion   contagionCmd   `cmd:"" help:"Print what the data say of a channel between crypto and equities."`
	IV          ivCmd          `cmd:"" name:"iv" help:"Solve for implied volatility: a CSV in, volatilities with 17 digits out."`
	Fedwatch    fedwatchCmd    `cmd:"" help:"Print the probability of each target range after each meeting of the FOMC, from fed funds futures."`
	Data        dataCmd        `cmd:"" help:"Import, list, show, export and query market data."`
	Pack        packCmd        `cmd:"" help:"Build, check and derive packs."`
	Replay      replayCmd      `cmd:"" help:"Reconstruct a session: the price, the forced flow on it, the levels crossed, other markets, and what explains the move."`
	Regime      regimeCmd      `cmd:"" help:"Print the state of the market against its own history, and what the claim of a new regime is worth."`
	Eventvol    eventvolCmd    `cmd:"" help:"Print what the coming events are priced at, straddles over them, and what buying them has paid."`
	Portfolio   portfolioCmd   `cmd:"" help:"Print what a portfolio gains and loses by scenario and by shock, who makes its risk, what leaving costs, and the cheapest hedge."`
	Audit       auditCmd       `cmd:"" help:"Hold the claims of a published report against data, or find the figures in one."`
	Validate    validateCmd    `cmd:"" help:"Hold the models against what was published and observed."`
	Explain     explainCmd     `cmd:"" help:"Print the chain from a figure to files and rows."`
	Assumptions assumptionsCmd `cmd:"" help:"List the assumptions and what differs."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for bash, zsh or fish."`
}

// output is where a command writes.
type output struct {
	w, err io.Writer
	words  *words.Words
	quiet  bool
	tty    bool // standard output is a terminal
	errTTY bool // standard error is one
	width  int
	now    func() time.Time
}

// Run executes a command line and returns the exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var g grammar
	english, err := words.For("en")
	if err != nil {
		fmt.Fprintln(stderr, "faultline: "+err.Error())
		return exitFailed
	}
	exit := -1
	parser, err := kong.New(&g,
		kong.Name("faultline"),
		kong.Description("Faultline finds who must trade, at which price, and what happens when they all do."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.WithHyphenPrefixedParameters(true),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"pack": defaultPack},
	)
	if err != nil {
		fmt.Fprintln(stderr, "faultline: "+err.Error())
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // help or completion has been written
		return exit
	}
	if err != nil {
		hint := "see: faultline --help"
		var parse *kong.ParseError
		if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
			hint = "see: faultline " + strings.Fields(parse.Context.Command())[0] + " --help"
		}
		complain(stderr, english, &Error{Op: "read the command line", Err: err, Hint: hint})
		return exitUsage
	}
	t, err := words.For(g.Lang)
	if err != nil {
		complain(stderr, english, usage("read", "--lang", "choose one of: "+strings.Join(words.Languages(), ", "), "%q is not a language of this program", g.Lang))
		return exitUsage
	}
	out := newOutput(stdout, stderr, t, g.Quiet)
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(&g.Globals, out, kctx.Model); err != nil {
		complain(stderr, t, err)
		return exitCode(err)
	}
	return exitDone
}

func newOutput(stdout, stderr io.Writer, t *words.Words, quiet bool) *output {
	o := &output{w: stdout, err: stderr, words: t, quiet: quiet, width: 100, now: time.Now}
	o.tty, o.errTTY = isTerminal(stdout), isTerminal(stderr)
	return o
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress returns a function that reports n more units done. The bar appears on a terminal only, and
// only when the work takes more than a second.
func (o *output) progress(what string, total int) func(n int) {
	if o.quiet || !o.errTTY || total < 2 {
		return func(int) {}
	}
	start := o.now()
	var bar *progressbar.ProgressBar
	done := 0
	return func(n int) {
		done += n
		if bar == nil {
			if o.now().Sub(start) < time.Second {
				return
			}
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(o.err),
				progressbar.OptionSetDescription(what), progressbar.OptionClearOnFinish())
			n = done
		}
		// A progress bar that cannot be drawn must not stop the work.
		_ = bar.Add(n)
	}
}

// note writes a line for the person to standard error.
func (o *output) note(format string, args ...any) {
	if !o.quiet {
		fmt.Fprintln(o.err, words.Clean(fmt.Sprintf(format, args...)))
	}
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(o *output, g *Globals) error {
	if g.JSON {
		return writeJSON(o.w, map[string]any{"version": faultline.Version, "schema": faultline.Schema})
	}
	_, err := fmt.Fprintln(o.w, "faultline "+faultline.Version)
	return err
}
