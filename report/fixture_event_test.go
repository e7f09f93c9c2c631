package report

import (
	"time"

	"faultline"
	"faultline/evidence"
)

// madeEvents is three settlements around a decision and a report, with all that the section can show.
func madeEvents() *faultline.EventVol {
	figure := func(id string, value float64, unit evidence.Unit) evidence.Figure {
		f := evidence.Figure{ID: "eventvol." + id, Value: &value, Unit: unit, Grade: evidence.Modelled, Node: "run/eventvol"}
		return f.WithBand(0.8*value, 1.2*value)
	}
	at := func(day, hour int) time.Time { return time.Date(2031, time.March, day, hour, 0, 0, 0, time.UTC) }
	mean := func(v float64) faultline.BootstrappedMean {
		return faultline.BootstrappedMean{Value: v, Low: v - 0.1, High: v + 0.1, N: 40}
	}
	best := "2031-03-21 SPXW"
	return &faultline.EventVol{
		Underlying: "SPX", Quoted: at(14, 20), RMS: 0.004,
		Short: figure("ordinary_now", 0.16, evidence.VolPerYear), Long: figure("ordinary_far", 0.18, evidence.VolPerYear),
		Terms: []faultline.EventTerm{
			{Expiry: "2031-03-17", Root: "SPXW", Settle: at(17, 20), Vol: 0.15, Low: 0.145, High: 0.155, Time: 0.005, Ordinary: 0.00013},
			{Expiry: "2031-03-21", Root: "SPX", Settle: at(21, 13), Vol: 0.17, Low: 0.165, High: 0.175, Time: 0.018, Ordinary: 0.0005, Event: 0.00006},
			{Expiry: "2031-03-21", Root: "SPXW", Settle: at(21, 20), Vol: 0.171, Low: 0.165, High: 0.176, Time: 0.02, Ordinary: 0.00055, Event: 0.0001},
		},
		Events: []faultline.PricedEvent{
			{
				Events: []faultline.EventName{{Kind: "fomc", At: at(19, 18)}, {Kind: "results of NVDA", At: at(20, 21)}}, Expiry: "2031-03-21", Root: "SPX",
				Move: figure("event.1.move", 0.0077, evidence.Ratio), Straddle: figure("event.1.straddle", 0.0062, evidence.Ratio), Best: &best,
				Straddles: []faultline.EventStraddle{
					{Expiry: "2031-03-21", Root: "SPX", Strike: 6000, Value: 98, Ask: 100, Low: 5900, High: 6100, Carry: 30, Share: 0.1, N: 0},
					{Expiry: "2031-03-21", Root: "SPXW", Strike: 6000, Value: 100, Ask: 102, Low: 5898, High: 6102, Carry: 31, Share: 0.15, Profitable: ptr(0.42), ProfitSE: ptr(0.05), Result: ptr(-0.08), ResultSE: ptr(0.09), N: 80},
				},
			},
			{
				Events: []faultline.EventName{{Kind: "payrolls", At: at(21, 12)}}, Expiry: "2031-03-21", Root: "SPXW",
				Move: figure("event.2.move", 0.006, evidence.Ratio), Straddle: figure("event.2.straddle", 0.0048, evidence.Ratio), Straddles: []faultline.EventStraddle{},
			},
		},
		Beyond:  []faultline.EventName{{Kind: "cpi", At: at(28, 12)}},
		Record:  []faultline.StraddleRecord{{Kind: "cpi", Result: mean(-0.05), Variance: mean(0.9), Won: 0.4, Sessions: []string{"2031-02-13"}}},
		Missing: []faultline.Missing{{Part: "event_history", Absent: &evidence.Absent{Code: "too_few_observations"}}},
		Caveats: []evidence.Code{{Code: "eventvol_ordinary_is_smooth"}}, Grade: evidence.Modelled, Node: "run/eventvol",
	}
}

// poisonEvents puts a hostile text wherever one from outside can stand.
func poisonEvents(x *faultline.EventVol, poison string) {
	x.Events[0].Events[1].Kind, x.Events[0].Root = poison, poison
	x.Terms[0].Root, x.Events[0].Straddles[0].Root = poison, poison
}
