package pack

import (
	"time"

	"faultline/calendar"
	"faultline/evidence"
)

// Names of the two files that describe a pack.
const (
	MetaFile = "pack.yaml"
	SumsFile = "SHA256SUMS"
)

// Limits, stated once. A pack is one case, not an archive.
const (
	Schema       = 1         // of pack.yaml
	maxMeta      = 256 << 10 // bytes of pack.yaml and of SHA256SUMS
	maxFiles     = 1000      // data files
	maxFile      = 256 << 20 // bytes of one data file, as it is stored
	maxUnpacked  = 1 << 30   // bytes of one data file after decompression
	maxSynthetic = 64        // synthetic chains and paths together
	maxPoints    = 100       // pinned points of one path
	maxText      = 2000      // bytes of one text in pack.yaml
)

// Words is a text in the languages that Faultline speaks.
type Words struct {
	EN string `yaml:"en"`
	ZH string `yaml:"zh"`
}

// Period is the time that a pack is about, both dates included, in New York.
type Period struct {
	From, To calendar.Date
}

// File is one data file of a pack, with what pack.yaml claims about it. Load holds the claims against
// the file.
type File struct {
	Path    string         // slash-separated, relative to the pack's folder
	Format  string         // code of the format that feed must recognise
	Grade   evidence.Grade // of the rows; not stronger than what the format allows
	Source  string         // who published it; "" leaves what the file itself says
	KnownAt string         // code of the known-at rule that the reader must have used
	Line    int            // of pack.yaml
}

// Anchor is a published figure on which something synthetic rests: the fact of that name, date and
// value must stand in the pack.
type Anchor struct {
	Fact  string
	Date  calendar.Date
	Value float64
	Line  int
}

// Chain asks for a synthetic chain of SPX options as of the official close of a session.
type Chain struct {
	Date          calendar.Date
	Seed          uint64
	Spot          Anchor  // points
	Vol30         Anchor  // VIX, volatility points
	Vol1D         *Anchor // VIX1D, volatility points; nil where none is published
	Centre        *Anchor // price around which positions were built up, points; nil: the spot
	LongVol       float64 // a year, decimal
	Rate          float64 // a year, decimal, continuous
	DividendYield float64 // a year, decimal, continuous
	OpenInterest  float64 // contracts in all
	Line          int
}

// Point is one price of a synthetic path: that of a fact, or a percentage of change over another.
type Point struct {
	At     time.Duration // after midnight in New York
	Anchor Anchor
	Over   *Anchor // the fact is a change in percent over this one
	Line   int
}

// Path asks for synthetic bars of one session through published points.
type Path struct {
	Instrument string
	Date       calendar.Date
	Interval   time.Duration
	Seed       uint64
	Vol        Anchor // VIX, volatility points
	Points     []Point
	Line       int
}

// Meta is what pack.yaml says.
type Meta struct {
	Name       string
	Title      Words
	AsOf       time.Time // instant of the pack when the user gives none
	Underlying string    // instrument of the price axis
	Period     Period
	Background []string // names of figures that the period does not bind
	Public     bool     // may be passed on: Check then allows no vendor's rows
	Licence    string   // who may do what with the data
	Note       Words    // shown beside what is synthetic; empty without anything synthetic
	Files      []File
	Chains     []Chain
	Paths      []Path
}
