package faultline

import (
	"time"

	"faultline/evidence"
)

// Shock is what a shock becomes when the participants and the price feed back on each other.
type Shock struct {
	Size      float64         `json:"size"` // relative move of the S&P 500 before anybody is forced to trade
	Horizon   string          `json:"horizon"`
	Until     time.Time       `json:"until"`
	Shocks    []NamedShock    `json:"shocks"`
	Universe  []ShockAsset    `json:"universe"`
	Players   []ShockPlayer   `json:"players"`
	ImpactLaw string          `json:"impact_law"` // the law whose numbers stand first
	Laws      []ShockLaw      `json:"laws"`
	Reverse   *Reverse        `json:"reverse,omitempty"`
	Tornado   []Sensitivity   `json:"tornado,omitempty"` // of the amplification under the first law, the largest first
	Transmit  *Transmission   `json:"transmission,omitempty"`
	Caveats   []evidence.Code `json:"caveats"`
	Grade     evidence.Grade  `json:"grade"`
	Node      string          `json:"node"`
}

// NamedShock is one shock as a vector over the universe.
type NamedShock struct {
	Name string    `json:"name"`
	Move []float64 `json:"move"` // relative, in the order of the universe
}

// ShockAsset is what the loop knows of an asset.
type ShockAsset struct {
	ID     string  `json:"id"`
	Price  float64 `json:"price"` // points; 100 where none is known
	Vol    float64 `json:"vol"`   // a year
	Volume float64 `json:"volume_usd"`
	Beta   float64 `json:"beta"` // to the S&P 500, along which responses are read
}

// ShockPlayer is one participant of the loop.
type ShockPlayer struct {
	Name   string           `json:"name"`
	Group  string           `json:"group"` // the player of the attribution that it belongs to
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// PlayerFigure is a figure of one player.
type PlayerFigure struct {
	Name   string          `json:"name"`
	Figure evidence.Figure `json:"figure"`
}

// PairFigure is a figure of two players.
type PairFigure struct {
	First  string          `json:"first"`
	Second string          `json:"second"`
	Figure evidence.Figure `json:"figure"`
}

// WithWithout is a headline with all participants and without option dealers.
type WithWithout struct {
	With    evidence.Figure  `json:"with"`
	Without *evidence.Figure `json:"without_dealers,omitempty"` // where there are dealers
}

// ShockLaw is everything under one law of impact.
type ShockLaw struct {
	Law           string             `json:"law"`
	Amplification WithWithout        `json:"amplification"`
	FinalMove     WithWithout        `json:"final_move"`
	Away          bool               `json:"runs_away"` // there is no price at which the loop rests
	LoopGain      LoopGain           `json:"loop_gain"`
	Critical      WithWithout        `json:"critical_liquidity"`
	CriticalDepth evidence.Figure    `json:"critical_depth_usd"` // dollars for 1 % at the critical liquidity
	Depth         evidence.Figure    `json:"depth_usd"`          // dollars for 1 % as it is
	Resonance     WithWithout        `json:"resonance"`
	Shapley       []PlayerFigure     `json:"shapley,omitempty"`
	Interaction   []PairFigure       `json:"interaction,omitempty"`
	FixedPoints   []FixedPoint       `json:"fixed_points"`
	Together      []AssetRest        `json:"together,omitempty"` // by asset, solved in all assets at once
	AirPockets    []float64          `json:"air_pockets"`        // points at which loop gain passes 1, the nearest on each side
	Curves        []ShockCurve       `json:"curves"`
	Distribution  *ShockDistribution `json:"distribution,omitempty"`
	WithoutDist   *ShockDistribution `json:"distribution_without_dealers,omitempty"`
}

// LoopGain is the loop gain now, by participant, and along the price.
type LoopGain struct {
	Total   WithWithout    `json:"total"`
	Players []PlayerFigure `json:"players"`
	Profile GainProfile    `json:"profile"`
}

// GainProfile is the loop gain at each price.
type GainProfile struct {
	Price []float64 `json:"price"`
	Gain  []float64 `json:"gain"`
}

// FixedPoint is a price that the orders of the shock confirm.
type FixedPoint struct {
	Move   float64 `json:"move"` // relative
	Price  float64 `json:"price"`
	Slope  float64 `json:"slope"` // of the price map
	Stable bool    `json:"stable"`
}

// ShockCurve is the final move against the initial shock at one horizon.
type ShockCurve struct {
	Horizon string      `json:"horizon"`
	Shock   []float64   `json:"shock"`
	Move    []float64   `json:"move"`
	Without []float64   `json:"without_dealers,omitempty"`
	Away    []bool      `json:"runs_away"`
	Jumps   []CurveJump `json:"jumps"`
}

// CurveJump is a shock at which the final move jumps.
type CurveJump struct {
	Shock float64 `json:"shock"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
}

// ShockDistribution is what random paths came to. Where the price ran away on more of them than the lowest
// quantile leaves below it, there is no distribution: the mean says why, and the lists are empty.
type ShockDistribution struct {
	Paths    int                 `json:"paths"`
	Halted   int                 `json:"halted"` // paths in which a price ran away
	Mean     evidence.Figure     `json:"mean"`   // final move of the S&P 500
	Level    []float64           `json:"quantile_level"`
	Quantile []float64           `json:"quantile"` // final move
	Session  []float64           `json:"fan_session"`
	Fan      map[string]FanTrack `json:"fan"` // by quantile level
	Touch    TouchColumns        `json:"touch"`
	// Sessions after which a path has covered half of its final move, and of what comes after the shock; at
	// quantile_level.
	HalfTime  []float64          `json:"half_time_sessions"`
	AfterTime []float64          `json:"after_half_time_sessions"`
	Flow      []DistributionFlow `json:"flow"`
}

// FanTrack is one quantile along time.
type FanTrack []float64

// TouchColumns are the shares of paths that touched a level.
type TouchColumns struct {
	Move  []float64 `json:"move"`
	Price []float64 `json:"price"`
	Share []float64 `json:"share"`
}

// DistributionFlow is what one participant traded over the paths, dollars.
type DistributionFlow struct {
	Name   string          `json:"name"`
	Mean   evidence.Figure `json:"mean"`
	Low    float64         `json:"low"`
	Median float64         `json:"median"`
	High   float64         `json:"high"`
}

// Reverse is what has to be true for a loss: the smallest joint change, and each alone.
type Reverse struct {
	Loss   float64          `json:"loss"` // relative, positive
	Law    string           `json:"law"`
	Joint  *ReversePoint    `json:"joint,omitempty"`
	Alone  []ReversePoint   `json:"alone"` // shock alone, shock and liquidity, shock and positions
	Absent *evidence.Absent `json:"absent,omitempty"`
}

// ReversePoint is one change for which the loss passes its bound.
type ReversePoint struct {
	Free      string  `json:"free"` // code: what may change
	Shock     float64 `json:"shock"`
	Liquidity float64 `json:"liquidity"`
	Size      float64 `json:"positions"`
	Distance  float64 `json:"distance"` // standard deviations
	Move      float64 `json:"move"`
}

// Sensitivity is what the amplification is when one assumption takes the ends of its range.
type Sensitivity struct {
	Name string   `json:"name"`
	Low  *float64 `json:"low,omitempty"` // amplification at the lower end; nil where the loop runs away
	High *float64 `json:"high,omitempty"`
	From float64  `json:"from"` // lower end of the assumption
	To   float64  `json:"to"`
}

// Transmission is what each participant has traded by the close of each session when the shock stays:
// how option hedging, liquidation, trend following and rebalancing pass a shock on.
type Transmission struct {
	Session []int               `json:"session"` // 0 is at once
	USD     map[string]FanTrack `json:"usd"`     // by participant, in all less what it trades without the shock
	// The same where the shock is taken back after some sessions: who is not one-way trades back.
	BackAfter int                 `json:"back_after_sessions"`
	Back      map[string]FanTrack `json:"usd_back"`
	Kind      map[string]string   `json:"kind"` // code, by participant
}
