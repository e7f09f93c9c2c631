package feed

import (
	"testing"
	"time"

	"faultline/evidence"
	"faultline/market"
)

func TestPositionsAreReadAsTheyAre(t *testing.T) {
	r := named(t, "positions_2024-03-14.csv")
	if len(r.Sets) != 1 || r.Sets[0].Positions == nil {
		t.Fatalf("%d sets", len(r.Sets))
	}
	p := r.Sets[0].Positions
	if p.Len() != 5 || p.Outcomes || p.Origin.Grade != evidence.Observed {
		t.Fatalf("%d positions, outcomes %v, grade %v", p.Len(), p.Outcomes, p.Origin.Grade)
	}
	if got := p.At.Format(time.RFC3339); got != "2024-03-15T04:00:00Z" { // the end of the day in New York
		t.Errorf("taken at %s", got)
	}
	if p.Coin[1] != "BTC" || p.Units[1] != -2 || p.Margin[1] != 14000 || !market.IsMissing(p.Leverage[1]) || p.Account[1] != "ann" {
		t.Errorf("second position %v %v %v %v %v", p.Coin[1], p.Units[1], p.Margin[1], p.Leverage[1], p.Account[1])
	}
	if p.Collateral[2] != "USDe" || p.Venue[2] != "okx" || !market.IsMissing(p.Units[3]) || p.Short[3] {
		t.Errorf("third %v at %v, fourth %v", p.Collateral[2], p.Venue[2], p.Units[3])
	}
	if p.Coin[4] != "WIF" || !market.IsMissing(p.Leverage[4]) || !market.IsMissing(p.Margin[4]) {
		t.Errorf("fifth %v with leverage %v: absent is not zero", p.Coin[4], p.Leverage[4])
	}
	wantReject(t, r, 6, "side", "sideways", ReasonDirection)
	wantReject(t, r, 8, "units", "x", ReasonNumber)
}

func TestOutcomesOfPositionsAreToldFromOpenOnes(t *testing.T) {
	p := named(t, "outcomes_2024-03-15.csv").Sets[0].Positions
	if !p.Outcomes || p.Len() != 3 || !p.Deleveraged[0] || !p.Short[0] || p.Liquidated[0] || !p.Liquidated[2] || p.Mark[1] != 68000 {
		t.Errorf("%+v", p)
	}
}

func TestPositionsWithoutAnyDateNeedOne(t *testing.T) {
	text := "coin,side,units,entry,leverage\nBTC,long,1,70000,5\n"
	if e := mustFail(t, text, Options{Name: "mine.csv"}); e.Code.Code != CodeNoInstant {
		t.Errorf("error %v", e)
	}
	at := time.Date(2024, 3, 15, 9, 30, 0, 0, time.UTC)
	if p := mustRead(t, text, Options{Name: "mine.csv", At: at}).Sets[0].Positions; !p.At.Equal(at) {
		t.Errorf("taken at %v", p.At)
	}
}

func TestTotalsOfAnEventKeepTheNamesOfCoins(t *testing.T) {
	r := named(t, "totals_2024-03-15.csv")
	s := series(t, r, "liquidation/totals_2024-03-15/kPEPE/liq_notional")
	if s.Len() != 1 || s.Value[0] != 900.5 || s.Known[0] != ny("2024-03-16 00:00") || s.Origin.Grade != evidence.Published {
		t.Errorf("%+v", s)
	}
	wantReject(t, r, 4, "liq_notional", "abc", ReasonNumber)
}

func TestTheTimelineCountsBySecondAndSaysWhatItCountsTwice(t *testing.T) {
	r := named(t, "timeline.json")
	s := series(t, r, "liquidation/timeline/liquidations")
	if s.Len() != 2 || s.Value[1] != 9 || s.About[1]-s.About[0] != 6 || s.About[0] != utc("2024-03-15 04:05")+6 {
		t.Errorf("%v at %v", s.Value, s.About)
	}
	if !hasCode(t, market.Dataset{Series: s}, CaveatCountedTwice) {
		t.Errorf("caveats %v", s.Origin.Caveats)
	}
	if r.Report.ByReason[ReasonRange] != 2 || r.Report.ByReason[ReasonShape] != 2 {
		t.Errorf("rejects %v", r.Report.ByReason)
	}
}

func TestFiguresOfASummaryAreSeriesByTheirPath(t *testing.T) {
	r := named(t, "summary_2024-03-15.json")
	if len(r.Sets) != 3 || series(t, r, "liquidation/summary_2024-03-15/by_coin/btc/events").Value[0] != 12 {
		t.Errorf("%d series", len(r.Sets))
	}
}

func TestVolumesOfAWindowAreReadByMarket(t *testing.T) {
	r := named(t, "window_2024-03-15.csv")
	if s := series(t, r, "volume/somewhere/futures/btc-usdt/somewhere_btc_usdt_1m"); s.Value[0] != 9876543.5 || s.Unit != evidence.USD {
		t.Errorf("%+v", s)
	}
	wantReject(t, r, 4, "usd_volume", "-5x", ReasonNumber)
}

func TestALongOfNegativeSizeAndANumberThatIsNotFiniteAreRejectedForWhatTheyAre(t *testing.T) {
	text := "coin,side,units,entry,leverage\nBTC,long,-1,70000,5\nBTC,long,NaN,70000,5\nBTC,short,-1,70000,5\n"
	r := mustRead(t, text, Options{Name: "mine.csv", At: time.Date(2024, 3, 15, 9, 30, 0, 0, time.UTC)})
	wantReject(t, r, 2, "units", "-1", ReasonNegative)
	wantReject(t, r, 3, "units", "NaN", ReasonNotFinite)
	if p := r.Sets[0].Positions; p.Len() != 1 || p.Units[0] != -1 {
		t.Errorf("%d positions of %v", p.Len(), p.Units)
	}
}
