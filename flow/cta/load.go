package cta

import (
	"encoding/hex"
	"errors"
	"fmt"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow"
	"faultline/market"
)

// loaded is a market as of the State's instant.
type loaded struct {
	shot *snapshot
	past track // empty where the snapshot comes from derived state
}

// load returns a market as of the State's instant: from bars where they reach far enough back for
// every speed, else from the derived state of a pack, else from what bars there are.
func load(s *market.State, p *params, v venue) (*loaded, error) {
	out, err := fromBars(s, p, v)
	if err == nil && out.shot.complete(p) {
		return out, nil
	}
	shot, why := fromDerived(s, p, v)
	if why == nil {
		return &loaded{shot: shot}, nil
	}
	var none *evidence.Absent
	if errors.As(why, &none) && none.Code == "no_series" {
		return out, err
	}
	if err == nil && none != nil {
		out.shot.caveats = append(out.shot.caveats, none.Reason())
		return out, nil
	}
	return nil, why
}

// shared is load, kept in the memo: what it returns does not depend on the assumptions that bands draw.
func shared(m *flow.Memo, s *market.State, p *params, v venue) (*loaded, error) {
	digest := s.Digest()
	key := fmt.Sprintf("cta/%s/%s", v.id, hex.EncodeToString(digest[:]))
	key += fmt.Sprintf("/%x", p.mix)
	for _, f := range p.fingerprint() {
		key += fmt.Sprintf("/%x", *f.at)
	}
	return flow.Once(m, key, func() (*loaded, error) { return load(s, p, v) })
}

func fromBars(s *market.State, p *params, v venue) (*loaded, error) {
	h, err := daily(s, v)
	if err != nil {
		return nil, err
	}
	late, err := fresh(s, v, h.date[len(h.date)-1])
	if err != nil {
		return nil, err
	}
	shot, past, err := take(h, p)
	if err != nil {
		return nil, err
	}
	shot.caveats = append(shot.caveats, h.origin.Caveats...)
	if late != nil {
		shot.caveats = append(shot.caveats, *late)
	}
	if n := shot.speedsKnown(p); n < speeds {
		shot.caveats = append(shot.caveats, evidence.Code{Code: "fewer_speeds", Args: evidence.Args{"instrument": v.id, "speeds": n, "of": speeds}})
	}
	if h.missing > 0 {
		shot.caveats = append(shot.caveats, evidence.Code{Code: "missing_sessions", Args: evidence.Args{"instrument": v.id, "count": h.missing}})
	}
	return &loaded{shot: shot, past: past}, nil
}

// staleDays is how old the last close may be before it is no use.
const staleDays = 7

// fresh tells whether a market's last close is that of the last session. Prices that are older by more
// than a week are an absence; up to a week they are a caveat where the market keeps New York's
// calendar, and a holiday where it does not.
func fresh(s *market.State, v venue, d calendar.Date) (*evidence.Code, error) {
	in, _ := market.InstrumentOf(v.id)
	last, err := in.Calendar().LastClosed(s.At())
	if err != nil {
		return nil, err
	}
	if d >= last.Date {
		return nil, nil
	}
	args := evidence.Args{"instrument": v.id, "last": d.String(), "session": last.Date.String()}
	if last.Date-d > staleDays {
		return nil, absent("stale_prices", args)
	}
	if in.Currency != "USD" || v.class == Metal || v.class == Currency {
		return nil, nil
	}
	return &evidence.Code{Code: "stale_prices", Args: args}, nil
}
