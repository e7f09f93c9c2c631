package fog

import (
	"faultline/macro/nowcast"
	"faultline/macro/release"
)

// The targets: the signals of these two series are the trends.
const (
	Prices       = "CPILFESL" // core consumer prices; the trend is in percent a year
	Unemployment = "UNRATE"   // percent
)

// Targets are the series whose signals are measured, in this order.
var Targets = []string{Prices, Unemployment}

// growth is the growth of a logarithm by month, in percent a year.
const growth = 1200

// Sources are the series of the model. What a state lacks is left out; the targets must be there.
var Sources = []nowcast.Source{
	{ID: Prices, Kind: nowcast.Trend, Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: Unemployment, Kind: nowcast.Trend, Frequency: release.Monthly, Code: 1, Factor: 1},
	{ID: "PAYEMS", Frequency: release.Monthly, Code: 2, Factor: 1},
	{ID: "CPIAUCSL", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "PCEPILFE", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "PPIACO", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "RSAFS", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "INDPRO", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "PERMIT", Frequency: release.Monthly, Code: 4, Factor: 100},
	{ID: "ICSA", Frequency: release.Weekly, Code: 4, Factor: 100},
	{ID: "ADPMNUSNERSA", Frequency: release.Monthly, Code: 2, Factor: 1},
	{ID: "UMCSENT", Frequency: release.Monthly, Code: 1, Factor: 1},
	{ID: "CARDSPEND", Frequency: release.Monthly, Code: 5, Factor: growth},
	{ID: "T5YIE", Frequency: release.Daily, Code: 1, Factor: 1},
	{ID: "GDPC1", Kind: nowcast.Quarterly, Frequency: release.Quarterly, Code: 5, Factor: 400},
}

// Lapse is a stretch of days whose fog is measured: a lapse of federal funding and the months around it.
type Lapse struct {
	ID       string
	From, To string // the days shown
	Begin    string // first day without funding
	End      string // last one
}

// Lapses are the lapses since 2013 that stopped releases.
var Lapses = []Lapse{
	{ID: "2013", From: "2013-09-01", To: "2013-12-31", Begin: "2013-10-01", End: "2013-10-16"},
	{ID: "2018", From: "2018-12-01", To: "2019-03-31", Begin: "2018-12-22", End: "2019-01-25"},
	{ID: "2025", From: "2025-09-01", To: "2025-12-31", Begin: "2025-10-01", End: "2025-11-12"},
}

// substitutes are the reports that come out whatever the government does, or that statistics of others can
// stand in for.
var substitutes = []string{"claims", "adp", "sentiment", "cards", "breakevens"}
