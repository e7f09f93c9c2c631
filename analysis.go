// Package faultline finds who must trade, at which price, and what happens when they all do.
//
// Analyze takes everything known at one instant and a set of assumptions, runs the flow models once,
// mints the figures and returns one typed value. Every front end renders that value and computes
// nothing, so that no number is ever computed twice in two ways.
//
// The package stands on floor 5: it may import everything below (market, options, flow and its
// participants, evidence, assumption, calendar). It must not know files, the store or how a result is
// shown.
package faultline

import (
	"time"

	"faultline/assumption"
	"faultline/evidence"
	"faultline/flow/dealer"
)

// Schema is the version of the JSON form of an Analysis. It rises when a key changes its meaning or
// goes away; new keys do not raise it.
const Schema = 1

// Analysis is everything that one run found. It is the contract between the models and all front
// ends; docs/json.md describes its JSON form.
type Analysis struct {
	Schema      int               `json:"schema"`
	Version     string            `json:"version"` // of the program
	RunID       string            `json:"run_id"`
	AsOf        time.Time         `json:"as_of"`
	Underlying  string            `json:"underlying"` // instrument ID of the ladder's price axis
	Spot        evidence.Figure   `json:"spot"`
	Inputs      []Input           `json:"inputs"`
	Levels      []Level           `json:"levels"`
	Exposure    *Exposure         `json:"exposure,omitempty"`
	Terms       []Terms           `json:"terms,omitempty"`    // levels in the terms of other instruments
	Forward     []Forward         `json:"forward,omitempty"`  // by settlement
	Rejected    []RejectedQuote   `json:"rejected,omitempty"` // quotes that were not believed
	Ladder      *Ladder           `json:"ladder,omitempty"`
	Shock       *Shock            `json:"shock,omitempty"` // only where one was asked for
	Trend       *Trend            `json:"trend,omitempty"`
	Crypto      *Crypto           `json:"crypto,omitempty"`
	Contagion   *Contagion        `json:"contagion,omitempty"`
	Scenario    *Scenarios        `json:"scenario,omitempty"`
	Actions     []Action          `json:"actions,omitempty"`
	Capex       *Capex            `json:"capex,omitempty"`
	Macro       *Macro            `json:"macro,omitempty"`
	History     *History          `json:"history,omitempty"`
	Published   []Published       `json:"published,omitempty"`
	Validation  []ModelErrors     `json:"validation,omitempty"` // errors of the models behind the figures
	Replay      *Replay           `json:"replay,omitempty"`     // of a session, where one was asked for
	Ghosts      *Ghosts           `json:"ghosts,omitempty"`     // who sold how much over some sessions, where that was asked for
	Regime      *Regime           `json:"regime,omitempty"`
	EventVol    *EventVol         `json:"eventvol,omitempty"`
	Portfolio   *PortfolioRisk    `json:"portfolio,omitempty"`
	Audit       *Audit            `json:"audit,omitempty"` // of a published report, where a ledger of its claims was given
	Findings    []Finding         `json:"findings"`        // the summary
	Headlines   []Headline        `json:"headlines"`
	Missing     []Missing         `json:"missing"` // parts of the analysis that could not run, with the reason
	Caveats     []evidence.Code   `json:"caveats"` // of everything the analysis rests on
	Assumptions []assumption.Item `json:"assumptions"`
	Nodes       []evidence.Node   `json:"nodes"`
}

// Input is one dataset as it was known.
type Input struct {
	Key     string          `json:"key"`  // such as "bars/SPX/1d"
	File    string          `json:"file"` // base names
	Format  string          `json:"format"`
	Source  string          `json:"source,omitempty"`
	KnownAt string          `json:"known_at"` // code of the rule
	Grade   evidence.Grade  `json:"grade"`
	Rows    int             `json:"rows"`  // known at the instant
	First   time.Time       `json:"first"` // first time that the rows speak of
	Last    time.Time       `json:"last"`  // last time that the rows speak of
	Caveats []evidence.Code `json:"caveats,omitempty"`
	Node    string          `json:"node"`
}

// LevelKind names what happens at a price.
type LevelKind string

// The kinds of level.
const (
	ZeroGamma     LevelKind = "zero_gamma"     // dealers' net gamma, repriced there, is zero
	CallWall      LevelKind = "call_wall"      // strike above spot with the most call gamma
	PutWall       LevelKind = "put_wall"       // strike below spot with the most put gamma
	AbsoluteGamma LevelKind = "absolute_gamma" // strike with the most gamma of calls and puts together, unsigned
	Pin           LevelKind = "pin"            // strike of today's expiry near the price that holds the most gamma
	CTAShort      LevelKind = "cta_short"      // next close at which the fast trend signal changes sign
	CTAMedium     LevelKind = "cta_medium"     // likewise, medium speed
	CTALong       LevelKind = "cta_long"       // likewise, slow
)

// Level is a price at which someone must act. Price or Absent is set, never both.
type Level struct {
	Kind       LevelKind        `json:"kind"`
	Instrument string           `json:"instrument"`
	Price      *float64         `json:"price,omitempty"` // points of the underlying
	Absent     *evidence.Absent `json:"absent,omitempty"`
	Reason     string           `json:"reason,omitempty"` // code of the absence
	Low        *float64         `json:"low,omitempty"`
	High       *float64         `json:"high,omitempty"`
	Share      *float64         `json:"share,omitempty"`   // of the draws of the convention in which there is such a level
	Agree      *float64         `json:"agree,omitempty"`   // share of the draws in which it is this very strike
	NoBand     *evidence.Absent `json:"no_band,omitempty"` // why low and high are not there although draws were made
	Slope      *float64         `json:"slope,omitempty"`   // zero gamma: change of gamma exposure by one point of price, dollars per 1 % per point
	Grade      evidence.Grade   `json:"grade"`
	ID         string           `json:"id"`
	Node       string           `json:"node"`
}

// Exposure is what dealers hold under a stated convention.
type Exposure struct {
	Convention string          `json:"convention"`                // code: naive, or stated_shares
	Dynamics   string          `json:"dynamics"`                  // code of what volatility does when the price moves
	GEX        Greek           `json:"gex"`                       // gamma: dollars to trade when the price moves by 1 %
	VEX        Greek           `json:"vex"`                       // vanna: dollars by which the hedge changes when volatility moves by 0.01
	CEX        Greek           `json:"cex"`                       // charm: dollars by which the hedge changes as one hour passes
	ToClose    evidence.Figure `json:"to_close"`                  // dollars by which the hedge changes until the close, price and volatility unchanged
	Hedge      *HedgeColumns   `json:"hedge,omitempty"`           // dollars to trade by move of the price
	Rolls      []RollOff       `json:"rolls,omitempty"`           // what leaves at the next settlements
	Volume     *Volume         `json:"volume,omitempty"`          // that is expected until the close
	Map        *DayMap         `json:"map,omitempty"`             // the rest of the session by price
	Event      *AfterEvent     `json:"event,omitempty"`           // implied volatility falls, the price does not move
	Today      []TodayShare    `json:"today,omitempty"`           // 0DTE share, by time of day
	Adjusted   *VolumeAdjusted `json:"volume_adjusted,omitempty"` // with today's volume in 0DTE contracts
	Squeeze    *Squeeze        `json:"squeeze,omitempty"`         // of a single stock
	Surface    *Surface        `json:"surface,omitempty"`         // volatility by settlement, with the error of the fit
	Unplaced   []Unplaced      `json:"unplaced,omitempty"`        // rows of the user's own table that count for nothing
	Notes      []evidence.Code `json:"notes,omitempty"`           // how its numbers are to be read
	Contracts  int             `json:"contracts"`                 // that count
	Grade      evidence.Grade  `json:"grade"`
	Node       string          `json:"node"`

	rates dealer.Rates
}

// HedgeColumns are the dollars that dealers must trade to stay hedged, by move of the price. Buying is
// positive.
type HedgeColumns struct {
	Move       []float64     `json:"move"`  // ratio
	Price      []float64     `json:"price"` // points
	Now        []float64     `json:"now"`   // when the price jumps there at once
	NowLow     []float64     `json:"now_low,omitempty"`
	NowHigh    []float64     `json:"now_high,omitempty"`
	Close      []float64     `json:"close"` // from now to the close, when the price stands there at the close
	CloseLow   []float64     `json:"close_low,omitempty"`
	CloseHigh  []float64     `json:"close_high,omitempty"`
	At         time.Time     `json:"at"`                    // that close
	NowShare   []float64     `json:"now_share,omitempty"`   // of the volume expected until the close
	CloseShare []float64     `json:"close_share,omitempty"` // likewise
	Unit       evidence.Unit `json:"unit"`
}

// RollOff is what leaves when an expiry settles, and what is left then.
type RollOff struct {
	Settle  time.Time `json:"settle"`
	Roots   []string  `json:"roots"`
	GEX     float64   `json:"gex"`      // dollars per 1 % that leave, signed
	VEX     float64   `json:"vex"`      // dollars per volatility point that leave
	Share   float64   `json:"share"`    // of all gamma, calls and puts unsigned
	LeftGEX float64   `json:"left_gex"` // dollars per 1 % of what settles later
}

// Greek is one exposure in total and by part. All parts are in Unit.
type Greek struct {
	Unit     evidence.Unit    `json:"unit"`
	Total    evidence.Figure  `json:"total"` // at spot
	ByExpiry []ExpiryExposure `json:"by_expiry"`
	ByBucket []BucketExposure `json:"by_bucket"`
	ByStrike StrikeColumns    `json:"by_strike"`
	Profile  *ProfileColumns  `json:"profile,omitempty"` // the whole chain repriced at each price; of gamma only
}

// RejectedQuote is one quote that was not believed.
type RejectedQuote struct {
	Root   string  `json:"root"`
	Expiry string  `json:"expiry"`
	Strike float64 `json:"strike"`
	Right  string  `json:"right"` // call or put
	Reason string  `json:"reason"`
	Used   bool    `json:"used"` // the contract counts all the same, with a volatility from elsewhere
}

// ExpiryExposure is the exposure of one settlement.
type ExpiryExposure struct {
	Expiry    string    `json:"expiry"` // ISO date
	Root      string    `json:"root"`
	Settle    time.Time `json:"settle"`
	Value     float64   `json:"value"`
	Low       *float64  `json:"low,omitempty"`
	High      *float64  `json:"high,omitempty"`
	Contracts int       `json:"contracts"`
}

// BucketExposure is the exposure of a class of expiries.
type BucketExposure struct {
	Bucket string   `json:"bucket"` // code: 0dte, week, month, rest
	Value  float64  `json:"value"`  // 0 where nothing of the class is held
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
}

// StrikeColumns are an exposure by strike, all at today's spot.
type StrikeColumns struct {
	Strike []float64 `json:"strike"`
	Call   []float64 `json:"call"`
	Put    []float64 `json:"put"`
	Low    []float64 `json:"low,omitempty"`  // 5 % quantile of call and put together
	High   []float64 `json:"high,omitempty"` // 95 %
}

// ProfileColumns are the gamma exposure of the whole chain repriced at each price.
type ProfileColumns struct {
	Price []float64 `json:"price"`
	GEX   []float64 `json:"gex"`
}

// Forward is what the chain says about the carry to one settlement.
type Forward struct {
	Expiry   string           `json:"expiry"`
	Root     string           `json:"root"`
	Settle   time.Time        `json:"settle"`
	Forward  *float64         `json:"forward,omitempty"`
	Low      *float64         `json:"low,omitempty"`
	High     *float64         `json:"high,omitempty"`
	Discount *float64         `json:"discount,omitempty"`
	Method   string           `json:"method"`
	Absent   *evidence.Absent `json:"absent,omitempty"`
}

// Ladder is the forced flow of every participant at each price, from the state of now.
type Ladder struct {
	Sessions int            `json:"sessions"` // orders are added up until the close of this many sessions
	Until    time.Time      `json:"until"`
	Price    []float64      `json:"price"` // points
	Players  []Lane         `json:"players"`
	Total    []float64      `json:"total"`          // dollars
	Low      []float64      `json:"low,omitempty"`  // 5 % quantile of the total over draws of the uncertain assumptions
	High     []float64      `json:"high,omitempty"` // 95 %
	Grade    evidence.Grade `json:"grade"`
	Node     string         `json:"node"`
	Unit     evidence.Unit  `json:"unit"`
	Halted   int            `json:"halted"`
}

// Lane is one participant's column of the ladder.
type Lane struct {
	Name     string           `json:"name"`
	USD      []float64        `json:"usd,omitempty"`
	Low      []float64        `json:"low,omitempty"`  // 5 % quantile over draws of the uncertain assumptions
	High     []float64        `json:"high,omitempty"` // 95 %
	Position *evidence.Figure `json:"position,omitempty"`
	Absent   *evidence.Absent `json:"absent,omitempty"`
	Grade    evidence.Grade   `json:"grade"`
	Node     string           `json:"node,omitempty"`
}

// Trend is the reading of the trend followers.
type Trend struct {
	Instrument string           `json:"instrument"`
	From       string           `json:"from"`    // code: bars or derived_state
	Regions    int              `json:"regions"` // of equities whose prices are known, of four
	Pivots     Pivots           `json:"pivots"`
	Position   evidence.Figure  `json:"position_usd"`
	PositionUS evidence.Figure  `json:"position_us_usd"`
	Percentile evidence.Figure  `json:"percentile"`
	LastWeek   evidence.Figure  `json:"flow_last_week_usd"`
	Tapes      map[string]Tapes `json:"tapes"`  // by horizon: 1w, 1m
	Speeds     []Speed          `json:"speeds"` // short, medium, long
	Markets    []Market         `json:"markets,omitempty"`
	Peak       *Zone            `json:"peak,omitempty"`
	Change     *TrendChange     `json:"change,omitempty"`
	Path       *TrendPath       `json:"path,omitempty"`
	SellsAll   bool             `json:"seller_in_every_scenario"`
	BuysAll    bool             `json:"buyer_in_every_scenario"`
	Caveats    []evidence.Code  `json:"caveats,omitempty"`
	Grade      evidence.Grade   `json:"grade"`
	Node       string           `json:"node"`
}

// TrendChange is how the reading differs from that of five sessions before. The parts of each change add
// up to it.
type TrendChange struct {
	From       string           `json:"from"` // ISO date of the session after whose close the other reading stood
	Close      float64          `json:"close"`
	Position   float64          `json:"position_usd"` // then
	Percentile *float64         `json:"percentile,omitempty"`
	VolThen    float64          `json:"vol_then"` // a year, by which positions in the S&P 500 are scaled
	VolNow     float64          `json:"vol_now"`
	Total      ChangeParts      `json:"position_change"`    // of the position
	TotalUS    ChangeParts      `json:"position_us_change"` // of the US part
	Traded     ChangeParts      `json:"traded"`             // of it bought or sold
	TradedUS   ChangeParts      `json:"traded_us"`
	Revalued   ChangeParts      `json:"revalued"` // the rest: what the price did to the value of what was held
	RevaluedUS ChangeParts      `json:"revalued_us"`
	Pivots     map[string]Moved `json:"pivots"` // by speed: short, medium, long; those that exist
}

// ChangeParts divide dollars into what the price, its volatility and the passing of time did.
type ChangeParts struct {
	Price float64 `json:"price"`
	Vol   float64 `json:"volatility"`
	Time  float64 `json:"time"`
	All   float64 `json:"all"` // their sum
}

// Moved is how a pivot moved, in points.
type Moved struct {
	Before float64 `json:"before"`
	Price  float64 `json:"price"` // what the moves of the price did
	Time   float64 `json:"time"`  // what would have happened had it stood still
}

// TrendPath is the model after each close of the last half year. Entry i of each column belongs together.
type TrendPath struct {
	Date     []string  `json:"date"`
	Close    []float64 `json:"close"`
	Position []float64 `json:"position_usd"`
	Short    []float64 `json:"short"` // pivots for the close of the session after
	Medium   []float64 `json:"medium"`
	Long     []float64 `json:"long"`
}

// Pivots are the closes at which the signals change sign.
type Pivots struct {
	Short  Level `json:"short"`
	Medium Level `json:"medium"`
	Long   Level `json:"long"`
}

// Tapes are the flows over one horizon by scenario: flat, up, down, down_big.
type Tapes map[string]Tape

// Tape is the flow of one scenario.
type Tape struct {
	Return float64 `json:"return"` // of the index from the last close to the horizon
	Global Flow    `json:"global"`
	US     Flow    `json:"us"`
}

// Flow is a flow with its quantiles over paths of the same end and draws of the parameters.
type Flow struct {
	evidence.Figure
	P05 *float64 `json:"p05,omitempty"` // dollars
	P50 *float64 `json:"p50,omitempty"`
	P95 *float64 `json:"p95,omitempty"`
	// Error is the root mean square error of P50 on published flows left out of the fit, dollars.
	Error *float64 `json:"error,omitempty"`
}

// Speed is what the programs of one speed hold in all equity markets.
type Speed struct {
	Name   string           `json:"speed"`            // code: short, medium, long
	USD    *float64         `json:"usd,omitempty"`    // dollars; nil with Absent
	Signal *float64         `json:"signal,omitempty"` // conviction in the instrument of the pivots, −1 to 1
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// Market is what trend followers hold in one market.
type Market struct {
	Instrument string             `json:"instrument"`
	Class      string             `json:"class"` // code: equity, rates, currency, metal, energy, crypto
	USD        float64            `json:"usd"`
	BySpeed    map[string]float64 `json:"by_speed_usd"`         // short, medium, long
	Percentile *float64           `json:"percentile,omitempty"` // among its own days since 1990
	LastWeek   *float64           `json:"flow_last_week_usd,omitempty"`
}

// Zone is where the trend followers' position changes fastest with the price.
type Zone struct {
	Price float64 `json:"price"` // points
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	USD   float64 `json:"usd"` // traded between Low and High, in time
}

// History is the recent past of the underlying for the chart of price and pivots.
type History struct {
	Date  []string       `json:"date"`
	Close []float64      `json:"close"`
	Grade evidence.Grade `json:"grade"`
	Node  string         `json:"node"`
}

// Published is a published figure that the report sets beside its own.
type Published struct {
	Series string          `json:"series"` // what it is about, such as "SPX_50dma"
	Figure evidence.Figure `json:"figure"`
	About  string          `json:"about"` // ISO date
	What   string          `json:"what"`
	Source string          `json:"source"`
}

// Headline is one of the few numbers that a reader takes away, with and without what is synthetic.
type Headline struct {
	ID      string           `json:"id"`
	With    evidence.Figure  `json:"with"`
	Without *evidence.Figure `json:"without,omitempty"` // set when With rests on something synthetic
}

// Missing is a part of the analysis that could not run.
type Missing struct {
	Part   string           `json:"part"`
	Absent *evidence.Absent `json:"absent"`
}
