package faultline

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
)

// mostWalks bounds rungs times draws: about ten seconds of work.
const mostWalks = 200_000.0

// ladder walks every participant to every rung.
func (r *run) ladder() error {
	sessions := int(r.assume.Value("ladder.sessions"))
	line, err := flow.Sessions(r.under.Calendar(), r.state.At(), sessions)
	if err != nil {
		var outside *calendar.RangeError
		if errors.As(err, &outside) {
			return r.missing("ladder", &evidence.Absent{Code: "calendar_ends"})
		}
		return fmt.Errorf("ladder: %w", err)
	}
	e := &flow.Env{
		State: r.state, Assume: r.assume, Timeline: line, Memo: r.memo,
		Assets: []flow.Asset{{ID: r.under.ID, Price: r.price, LastClose: r.close}},
	}
	span, step := r.assume.Value("ladder.range"), r.assume.Value("ladder.step")
	n := int(math.Floor(span/step + 1e-9)) // a range of ten steps must not lose the tenth to rounding
	if work := float64(2*n+1) * (1 + r.assume.Value("band.draws")); work > mostWalks {
		return r.missing("ladder", &evidence.Absent{Code: "ladder_too_fine", Args: evidence.Args{"walks": work, "limit": mostWalks}})
	}
	out := &Ladder{Sessions: sessions, Until: line.Slots[len(line.Slots)-1].At.UTC(), Unit: evidence.USD}
	var rungs []flow.Path
	for i := -n; i <= n; i++ {
		x := 1 + float64(i)*step
		out.Price = append(out.Price, r.price*x)
		rungs = append(rungs, flow.Hold(0, x))
	}
	sum, err := flow.RunPaths(r.ctx, e, r.models(), rungs, int(r.assume.Value("band.draws")), uint64(r.assume.Value("band.seed")))
	if err != nil {
		return fmt.Errorf("ladder: %w", err)
	}
	var inputs []string
	out.Total = make([]float64, len(rungs))
	for _, p := range sum.Players {
		node := r.player(p.Name)
		inputs = append(inputs, node)
		grade, _ := r.record.Node(node)
		lane := Lane{Name: p.Name, USD: p.USD, Low: p.Low, High: p.High, Grade: grade.Grade, Node: node}
		if p.Name != "dealer" {
			// The hedge of all open interest under a sign convention is a sum of trillions that nobody
			// holds: only its changes mean something.
			position := r.record.Mint("ladder."+p.Name+".position_usd", p.StartUSD, evidence.USD, node)
			lane.Position = &position
		}
		out.Players = append(out.Players, lane)
		for j, v := range p.USD {
			out.Total[j] += v
		}
	}
	for _, m := range sum.Absent {
		out.Players = append(out.Players, Lane{Name: m.Name, Absent: m.Absent, Grade: evidence.Modelled})
	}
	out.Low, out.High, out.Halted = sum.Low, sum.High, sum.Halted
	var caveats []evidence.Code
	if sum.Halted > 0 {
		caveats = append(caveats, evidence.Code{Code: "lanes_halted", Args: evidence.Args{"count": sum.Halted}})
	}
	if len(sum.Players) == 0 {
		return r.missing("ladder", &evidence.Absent{Code: "no_participant"})
	}
	out.Node = r.record.Add(evidence.Node{
		ID: "run/ladder", Kind: evidence.Run, Method: "ladder", Grade: evidence.Modelled, AsOf: r.state.At(),
		Inputs: append(inputs, r.out.Spot.Node), Assumes: r.names("ladder.", "band."), Caveats: caveats,
	})
	grade, _ := r.record.Node(out.Node)
	out.Grade = grade.Grade
	r.out.Ladder = out
	return nil
}

// player is the node of a participant's model: the one that its reading recorded, or a new one that rests
// on daily prices, published figures and series. Only dealers read chains, and no participant reads bars
// within the day.
func (r *run) player(name string) string {
	id := "run/" + name
	if _, ok := r.record.Node(id); ok {
		return id
	}
	var inputs []string
	for _, in := range r.out.Inputs {
		kind, rest, _ := strings.Cut(in.Key, "/")
		read := strings.HasPrefix(rest, "state/"+name+"/")
		if name == "perp" { // tables of coins have columns; series of the economy are no business of anybody's here
			read = strings.Contains(rest, "/") && !strings.HasPrefix(rest, "state/")
		}
		if kind == "facts" || kind == "series" && read || kind == "bars" && strings.HasSuffix(rest, "/1d") {
			inputs = append(inputs, in.Node)
		}
	}
	return r.record.Add(evidence.Node{
		ID: id, Kind: evidence.Run, Method: name, Grade: evidence.Modelled, AsOf: r.state.At(), Inputs: inputs, Assumes: r.names(name + "."),
	})
}
