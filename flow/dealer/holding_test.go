package dealer_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
	"faultline/options"
)

// positions are the open interest of a book as an inventory, by the naive signs.
func positions(b *options.Book) []dealer.Position {
	var rows []dealer.Position
	for i := range b.Len() {
		e := b.Expiries[b.Exp[i]]
		rows = append(rows, dealer.Position{e.Root, e.Date, b.Right[i], b.Strike[i], float64(b.Right[i]) * b.OpenInterest[i]})
	}
	return rows
}

// drawDistinct is drawBook without two rows of one contract.
func drawDistinct(r *rapid.T) *options.Book {
	b := drawBook(r)
	type key struct {
		exp    int32
		right  black.Right
		strike float64
	}
	seen := map[key]bool{}
	for i := range b.Len() {
		for seen[key{b.Exp[i], b.Right[i], b.Strike[i]}] {
			b.Strike[i]++
		}
		seen[key{b.Exp[i], b.Right[i], b.Strike[i]}] = true
	}
	return b
}

func TestAnInventoryOfTheNaiveSignsGivesTheNaiveNumbers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := drawDistinct(r)
		h, lost, err := dealer.FromInventory(b, positions(b))
		if err != nil || len(lost) > 0 {
			r.Fatalf("%v, lost %v", err, lost)
		}
		draws := []assumption.Set{naive().Draw(1, 0), naive().Draw(1, 1)}
		own, open := dealer.Measure(h, naive(), draws), measured(r, b, naive())
		for i := range open.Strike {
			if !(math.Abs(own.GEX.Net.Value[i]-open.GEX.Net.Value[i]) <= 1e-9*(1+math.Abs(open.GEX.Net.Value[i]))) {
				r.Fatalf("strike %v: %v by inventory, %v by open interest", open.Strike[i], own.GEX.Net.Value[i], open.GEX.Net.Value[i])
			}
		}
		if own.GEX.Total.Low != own.GEX.Total.Value || own.GEX.Total.High != own.GEX.Total.Value {
			r.Fatalf("an inventory whose signs are known has the interval %+v", own.GEX.Total)
		}
		for i, n := range h.Net(naive()) {
			if n != float64(b.Right[i])*b.OpenInterest[i] {
				r.Fatalf("row %d holds %v", i, n)
			}
		}
		if h.Convention(naive()) != "inventory" || h.Grade != evidence.Observed {
			r.Fatalf("convention %s, grade %s", h.Convention(naive()), h.Grade)
		}
	})
}

// twoRoots is a book with an AM and a PM root on one date, both with the same strike.
func twoRoots() *options.Book {
	b := book(5000, 0, 0.03, contract{black.Call, 16, 5000, 0.2, 100}, contract{black.Put, 16, 5000, 0.2, 100})
	am := b.Expiries[0]
	am.Root, am.Style = "SPX", calendar.AM
	b.Expiries = append([]options.Expiry{am}, b.Expiries...)
	b.Exp[1] = 1
	b.Right[1] = black.Call
	return b
}

func TestRowsThatMatchNoContractAreReportedWithTheirReason(t *testing.T) {
	b := twoRoots()
	day := b.Expiries[0].Date
	rows := []dealer.Position{
		{"SPX", day, black.Call, 5000, 3},
		{"SPXW", day, black.Call, 5000, -1},
		{"SPXW", day, black.Call, 5000, -1},
		{"", day, black.Call, 5000, 9},
		{"SPXW", day, black.Put, 5000, 9},
		{"SPXW", day + 1, black.Call, 5000, 9},
		{"SPXW", day, black.Call, 5000.5, 9},
		{"NDX", day, black.Call, 5000, 9},
	}
	h, lost, err := dealer.FromInventory(b, rows)
	if err != nil {
		t.Fatal(err)
	}
	if net := h.Net(naive()); net[0] != 3 || net[1] != -2 {
		t.Errorf("net %v, want 3 and -2: rows of one contract add up", net)
	}
	want := []string{"root_ambiguous", "contract_not_in_chain", "contract_not_in_chain", "contract_not_in_chain", "contract_not_in_chain"}
	if len(lost) != len(want) {
		t.Fatalf("lost %v", lost)
	}
	for i, u := range lost {
		if u.Row != i+3 || u.Reason.Code != want[i] {
			t.Errorf("lost row %d: %s, want %d: %s", u.Row, u.Reason.Code, i+3, want[i])
		}
	}
	var absent *evidence.Absent
	if _, lost, err := dealer.FromInventory(b, rows[4:]); !errors.As(err, &absent) || absent.Code != "inventory_not_in_chain" || len(lost) != 4 {
		t.Errorf("an inventory of another chain: %v, lost %d", err, len(lost))
	}
	if _, lost, err := dealer.FromTrades(b, dealer.Trades{Rows: []dealer.Signed{{"SPX", day + 7, black.Call, 5000, 1, 0}}}); !errors.As(err, &absent) || absent.Code != "trades_not_in_chain" || len(lost) != 1 {
		t.Errorf("trades of another chain: %v, lost %v", err, lost)
	}
}

func TestDealersTakeTheOtherSideOfClassifiedTrades(t *testing.T) {
	b := book(5000, 0, 0.03, contract{black.Call, 10, 5000, 0.2, 100}, contract{black.Put, 10, 4900, 0.2, 50})
	b.OpenInterest[1] = market.Missing
	e := b.Expiries[0]
	rows := []dealer.Signed{{e.Root, e.Date, black.Call, 5000, 30, 10}, {e.Root, e.Date, black.Put, 4900, 5, 45}}
	for _, c := range []struct {
		whole     bool
		right     float64
		call, put float64
	}{
		{false, 1, 100 - 20, 40},    // naive open interest less what customers bought
		{true, 1, -20, 40},          // the trades are all there is
		{false, 0.75, 100 - 40, 80}, // one in four signed wrong: half of the imbalance is cancelled
		{false, 0.9, 100 - 25, 50},  //
	} {
		h, lost, err := dealer.FromTrades(b, dealer.Trades{Rows: rows, Whole: c.whole})
		if err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
		if h.Unknown != 0 {
			t.Errorf("%d unknown, but trades tell of the contract without open interest", h.Unknown)
		}
		net := h.Net(must(naive().With("dealer.trades_right", c.right, "test")))
		near(t, "net calls", net[0], c.call, 1e-12)
		near(t, "net puts", net[1], c.put, 1e-12)
	}
}

func TestVolumeOfTodaysExpiryCountsWithTheShareThatIsKept(t *testing.T) {
	b := book(5000, 0, 0.03, contract{black.Call, 1, 5000, 0.2, 100}, contract{black.Put, 1, 4950, 0.2, 100}, contract{black.Call, 9, 5000, 0.2, 100})
	var absent *evidence.Absent
	if _, err := dealer.FromVolume(b); !errors.As(err, &absent) || absent.Code != "no_volume_today" {
		t.Errorf("without volume: %v", err)
	}
	b.Volume = []float64{1000, 2000, 5000}
	h, err := dealer.FromVolume(b)
	if err != nil {
		t.Fatal(err)
	}
	a := must(naive().With("dealer.volume_kept", 0.2, "test"))
	for i, want := range []float64{100 + 200, -(100 + 400), 100} {
		near(t, "net", h.Net(a)[i], want, 1e-12)
	}
	if len(h.Caveats) != 1 || h.Caveats[0].Code != "volume_share_assumed" {
		t.Errorf("caveats %v", h.Caveats)
	}
	wide := dealer.Measure(h, naive(), []assumption.Set{must(naive().With("dealer.volume_kept", 0, "test")), a})
	if !(wide.GEX.Total.Low < wide.GEX.Total.High) {
		t.Error("the share that is kept is drawn, and the interval does not show it")
	}
}

func TestContractsOfWhichNothingIsKnownAreCounted(t *testing.T) {
	b := book(5000, 0, 0.03, contract{black.Call, 10, 5000, 0.2, 100}, contract{black.Put, 10, 4900, 0.2, market.Missing})
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		t.Fatal(err)
	}
	if net := h.Net(naive()); h.Unknown != 1 || net[0] != 100 || !math.IsNaN(net[1]) {
		t.Errorf("unknown %d, net %v", h.Unknown, net)
	}
}

func TestATiltMovesItsOwnCellOnlyAndNeverBeyondAllThereIs(t *testing.T) {
	b := book(5000, 0, 0.03, contract{black.Call, 1, 5000, 0.2, 1}, contract{black.Put, 1, 5000, 0.2, 1},
		contract{black.Call, 5, 5000, 0.2, 1}, contract{black.Put, 5, 5000, 0.2, 1}, contract{black.Call, 20, 5000, 0.2, 1},
		contract{black.Put, 20, 5000, 0.2, 1}, contract{black.Call, 90, 5000, 0.2, 1}, contract{black.Put, 90, 5000, 0.2, 1})
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"call_0dte", "put_0dte", "call_week", "put_week", "call_month", "put_month", "call_rest", "put_rest"} {
		for tilt, want := range map[float64]float64{-0.25: 0.75, -1: 0, -2: -1, 0.5: 1} {
			net := h.Net(must(naive().With("dealer.tilt_"+name, tilt, "test")))
			for j := range net {
				s := 1.0
				if j == i {
					s = want
				}
				if net[j] != s*float64(b.Right[j]) {
					t.Errorf("tilt of %s by %v: row %d holds %v", name, tilt, j, net[j])
				}
			}
		}
	}
	if dealer.Convention(naive()) != "naive" || dealer.Convention(must(naive().With("dealer.tilt_put_week", -0.1, "test"))) != "stated_shares" {
		t.Error("the convention does not say what is in force")
	}
}
