package faultline

import (
	"time"

	"faultline/contagion"
	"faultline/evidence"
)

// Contagion is what the data say of a channel between crypto and equities. It measures; no participant
// depends on it.
type Contagion struct {
	Findings []evidence.Code    `json:"findings"` // direction, size and significance in sentences
	LeadLag  []LeadLag          `json:"lead_lag"`
	Systems  []Connectedness    `json:"systems"`
	Rolling  *ConnectednessPath `json:"rolling,omitempty"`
	Events   []EventStudy       `json:"events"`
	Tariff   *TariffShock       `json:"tariff,omitempty"`
	Missing  []Missing          `json:"missing"` // parts that could not be measured
	Caveats  []evidence.Code    `json:"caveats"`
	Grade    evidence.Grade     `json:"grade"`
	Node     string             `json:"node"`
}

// Tested is an estimate with its standard error and the chance of one at least as large where there is no
// effect.
type Tested struct {
	Value float64 `json:"value"`
	Error float64 `json:"error"`
	P     float64 `json:"p"`
}

// LeadLag is who moves first within the day. Lags are those of y behind x.
type LeadLag struct {
	X           string    `json:"x"`
	Y           string    `json:"y"`
	Instrument  string    `json:"instrument"` // whose prices stand for y
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	Days        int       `json:"days"`
	Increments  int       `json:"increments"` // of y
	Zero        Tested    `json:"zero"`       // correlation at lag 0
	Ahead       Tested    `json:"ahead"`      // sum of the correlations at positive lags
	AheadPHolm  float64   `json:"ahead_p_holm"`
	Behind      Tested    `json:"behind"` // sum of those at negative lags
	Best        float64   `json:"best_lag_seconds"`
	BestLow     float64   `json:"best_lag_low"`
	BestHigh    float64   `json:"best_lag_high"`
	Ratio       float64   `json:"ratio"` // squared correlations at positive lags over those at negative ones
	RatioP      float64   `json:"ratio_p"`
	Lag         []float64 `json:"lag_seconds"`
	Correlation []float64 `json:"correlation"`
}

// Bounded is a number with its 5–95 % interval.
type Bounded struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Channel is the mean share of the variance of one side that comes from the other.
type Channel struct {
	evidence.Figure
	Null float64 `json:"null"` // 95 % quantile where the sides have nothing to do with each other
	P    float64 `json:"p"`    // chance of as much then
}

// Connectedness is who takes how much of whose variance.
type Connectedness struct {
	System  string         `json:"system"` // code: long, wide, close
	Clock   string         `json:"clock"`  // code: utc_day, session_close
	From    string         `json:"from"`
	To      string         `json:"to"`
	N       int            `json:"sessions"`
	Assets  []string       `json:"assets"`
	Lacks   []string       `json:"lacks"` // assets without prices over the whole time
	Basket  []BasketMember `json:"basket"`
	Total   Bounded        `json:"total"`
	Shares  []VarianceFrom `json:"shares"`
	Net     []Bounded      `json:"net"` // what each asset gives less what it takes
	Forward Channel        `json:"coins_to_stocks"`
	Back    Channel        `json:"stocks_to_coins"`
	Granger []ForecastTest `json:"granger"`
}

// BasketMember is a stock of the high-beta basket and the first session on which it counts.
type BasketMember struct {
	Instrument string `json:"instrument"`
	From       string `json:"from"`
}

// VarianceFrom is the share of one asset's variance that comes from another.
type VarianceFrom struct {
	Taker string `json:"taker"`
	Giver string `json:"giver"`
	Bounded
}

// ForecastTest is whether the past of one asset helps to foretell another.
type ForecastTest struct {
	Cause   string  `json:"cause"`
	Effect  string  `json:"effect"`
	F       float64 `json:"f"`
	P       float64 `json:"p"`
	PRobust float64 `json:"p_robust"`
	PHolm   float64 `json:"p_holm"`
	Sum     float64 `json:"sum"` // of the coefficients
}

// ConnectednessPath is connectedness over time, as columns.
type ConnectednessPath struct {
	Window    int       `json:"window"` // sessions
	Date      []string  `json:"date"`   // last session of each window
	Total     []float64 `json:"total"`
	TotalLow  []float64 `json:"total_low"`
	TotalHigh []float64 `json:"total_high"`
	Forward   []float64 `json:"coins_to_stocks"`
	Low       []float64 `json:"coins_to_stocks_low"`
	High      []float64 `json:"coins_to_stocks_high"`
	Null      []float64 `json:"coins_to_stocks_null"`
	Back      []float64 `json:"stocks_to_coins"`
	BackLow   []float64 `json:"stocks_to_coins_low"`
	BackHigh  []float64 `json:"stocks_to_coins_high"`
	BackNull  []float64 `json:"stocks_to_coins_null"`
}

// EventStudy is what happened around the sessions of the largest falls of one asset.
type EventStudy struct {
	Of      string        `json:"of"`
	Clock   string        `json:"clock"`
	From    string        `json:"from"`
	To      string        `json:"to"`
	Dates   []string      `json:"dates"`
	Falls   []float64     `json:"falls"` // logarithmic returns
	Effects []EventEffect `json:"effects"`
}

// EventEffect is the mean abnormal return of one asset.
type EventEffect struct {
	Asset  string `json:"asset"`
	Before Tested `json:"before"` // the session before
	Day    Tested `json:"day"`
	Next   Tested `json:"next"`
	After  Tested `json:"after"` // the five sessions after, added up
}

// TariffShock is the size of the tariff statements of 2025.
type TariffShock struct {
	Shocks []StatementShock `json:"shocks"`
	Mean   []ShockSize      `json:"mean"`
	Absent []string         `json:"absent"` // statements without prices
}

// StatementShock is what one statement did.
type StatementShock struct {
	ID      string      `json:"id"`
	At      time.Time   `json:"at"`
	Until   string      `json:"until"` // last session of the window
	Wait    float64     `json:"wait_hours"`
	Opposed bool        `json:"opposed"` // it took tariffs back, and is left out of the mean
	Source  string      `json:"source"`
	Moves   []ShockMove `json:"moves"`
}

// ShockMove is the return of one asset in a statement's window.
type ShockMove struct {
	Asset   string   `json:"asset"`
	Return  Tested   `json:"return"`
	Windows int      `json:"windows"` // earlier ones, of which the error is
	Half    *float64 `json:"half_hours,omitempty"`
	Members int      `json:"members"`
}

// ShockSize is the mean of the statements in one asset: the size of the shock `tariff`.
type ShockSize struct {
	Asset  string          `json:"asset"`
	Return evidence.Figure `json:"return"` // logarithmic, with 1.645 errors on each side
	Error  float64         `json:"error"`
	P      float64         `json:"p"`
	Spread float64         `json:"spread"` // between statements, beyond their own errors
	Count  int             `json:"count"`
	// InForce is the size that the register gives the shock: that of the statements of 2025 when it was last
	// measured, or what the user has set.
	InForce  float64 `json:"in_force"`
	LagHours float64 `json:"lag_hours"` // after the statement, in force
}

// contagion measures the channel between crypto and equities.
func (r *run) contagion() error {
	x, err := contagion.Read(r.ctx, r.state, r.assume)
	if err != nil && !contagion.Concerned(r.state) {
		return nil // nobody who asks of an index alone needs to be told that crypto is missing
	}
	if err != nil {
		return r.missing("contagion", err)
	}
	inputs := []string{}
	for _, in := range r.out.Inputs {
		for _, k := range x.Used {
			if in.Key == "bars/"+k {
				inputs = append(inputs, in.Node)
			}
		}
	}
	node := r.record.Add(evidence.Node{
		ID: "run/contagion", Kind: evidence.Run, Method: "contagion", Grade: x.Grade, AsOf: r.state.At(),
		Inputs: inputs, Assumes: r.names("contagion.", "shock.tariff"), Caveats: x.Caveats,
	})
	n, _ := r.record.Node(node)
	out := &Contagion{
		Findings: append([]evidence.Code{}, x.Findings...), LeadLag: []LeadLag{}, Systems: []Connectedness{}, Events: []EventStudy{},
		Missing: []Missing{}, Caveats: append([]evidence.Code{}, x.Caveats...), Grade: n.Grade, Node: node,
	}
	for _, m := range x.Missing {
		out.Missing = append(out.Missing, Missing{Part: m.Name, Absent: m.Absent})
	}
	for _, p := range x.LeadLag {
		out.LeadLag = append(out.LeadLag, LeadLag{
			X: p.X, Y: p.Y, Instrument: p.Instrument, From: p.From, To: p.To, Days: p.Days, Increments: p.Ticks,
			Zero: Tested(p.Zero), Ahead: Tested(p.Ahead), AheadPHolm: p.AheadP, Behind: Tested(p.Behind),
			Best: p.Best, BestLow: p.BestLow, BestHigh: p.BestHigh, Ratio: p.Ratio, RatioP: p.RatioP, Lag: p.Lag, Correlation: p.Correlation,
		})
	}
	for _, y := range x.Systems {
		out.Systems = append(out.Systems, r.connectedness(y, node))
	}
	if x.Rolling != nil {
		out.Rolling = path(x.Rolling)
	}
	for _, e := range x.Events {
		s := EventStudy{Of: e.Of, Clock: e.Clock, From: e.From.String(), To: e.To.String(), Falls: e.Falls}
		for _, d := range e.Dates {
			s.Dates = append(s.Dates, d.String())
		}
		for _, f := range e.Effects {
			s.Effects = append(s.Effects, EventEffect{Asset: f.Asset, Before: Tested(f.Before), Day: Tested(f.Day), Next: Tested(f.Next), After: Tested(f.After)})
		}
		out.Events = append(out.Events, s)
	}
	if x.Tariff != nil {
		out.Tariff = r.tariff(x.Tariff, node)
	}
	r.out.Contagion = out
	return nil
}

func (r *run) connectedness(y *contagion.System, node string) Connectedness {
	p := y.Panel
	id := "contagion." + y.Name
	c := Connectedness{
		System: y.Name, Clock: p.Clock, From: y.From.String(), To: y.To.String(), N: y.N, Assets: p.IDs,
		Lacks: append([]string{}, y.Lacks...), Basket: []BasketMember{}, Total: Bounded(y.Total),
		Forward: r.channel(id+".coins_to_stocks", y.Forward, node), Back: r.channel(id+".stocks_to_coins", y.Backward, node),
	}
	for _, m := range p.Basket {
		c.Basket = append(c.Basket, BasketMember{m.ID, m.From.String()})
	}
	for i, taker := range p.IDs {
		c.Net = append(c.Net, Bounded(y.Net[i]))
		for j, giver := range p.IDs {
			c.Shares = append(c.Shares, VarianceFrom{taker, giver, Bounded(y.Share[i*len(p.IDs)+j])})
		}
	}
	for _, g := range y.Granger {
		c.Granger = append(c.Granger, ForecastTest{g.Cause, g.Effect, g.F, g.P, g.PRobust, g.PHolm, g.Sum})
	}
	return c
}

func (r *run) channel(id string, c contagion.Channel, node string) Channel {
	return Channel{Figure: r.record.Mint(id, c.Value, evidence.Ratio, node).WithBand(c.Low, c.High), Null: c.Null, P: c.P}
}

func path(x *contagion.Rolling) *ConnectednessPath {
	p := &ConnectednessPath{Window: x.Window}
	for i, d := range x.Dates {
		p.Date = append(p.Date, d.String())
		t, f, b := x.Total[i], x.Forward[i], x.Backward[i]
		p.Total, p.TotalLow, p.TotalHigh = append(p.Total, t.Value), append(p.TotalLow, t.Low), append(p.TotalHigh, t.High)
		p.Forward, p.Low, p.High, p.Null = append(p.Forward, f.Value), append(p.Low, f.Low), append(p.High, f.High), append(p.Null, f.Null)
		p.Back, p.BackLow, p.BackHigh, p.BackNull = append(p.Back, b.Value), append(p.BackLow, b.Low), append(p.BackHigh, b.High), append(p.BackNull, b.Null)
	}
	return p
}

// tariffBand is how many standard errors on each side hold 90 % of a normal error.
const tariffBand = 1.645

func (r *run) tariff(x *contagion.Tariff, node string) *TariffShock {
	out := &TariffShock{Absent: append([]string{}, x.Absent...)}
	for _, s := range x.Shocks {
		y := StatementShock{ID: s.ID, At: s.At.UTC(), Until: s.Until.String(), Wait: s.Wait, Opposed: s.Opposed, Source: s.Source}
		for _, m := range s.Moves {
			y.Moves = append(y.Moves, ShockMove{Asset: m.Asset, Return: Tested(m.Return), Windows: m.Ordinary, Half: finite(m.Half), Members: m.Members})
		}
		out.Shocks = append(out.Shocks, y)
	}
	for _, m := range x.Mean {
		band := tariffBand * m.Return.Error
		move, lag, _ := contagion.InForce(r.assume, m.Asset)
		out.Mean = append(out.Mean, ShockSize{
			Asset: m.Asset, Error: m.Return.Error, P: m.Return.P, Spread: m.Spread, Count: m.Count, InForce: move, LagHours: lag,
			Return: r.record.Mint("contagion.tariff."+m.Asset, m.Return.Value, evidence.Ratio, node).
				WithBand(m.Return.Value-band, m.Return.Value+band),
		})
	}
	return out
}
