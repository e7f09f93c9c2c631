package stabiliser

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/feed"
	"faultline/market"
)

// sharedBook reads files of real data, which stand beside the repository on the machines of those who
// have them.
func sharedBook(t testing.TB, names ...string) *market.Book {
	t.Helper()
	var b market.Book
	for _, name := range names {
		path := filepath.Join("..", "..", "..", "shared", "data", name)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("shared data are absent: %v", err)
		}
		r, err := feed.ReadFile(t.Context(), path, feed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b.Add(r.Sets...)
	}
	return &b
}

// Goldman Sachs' estimates of what US pension funds trade in equities at the end of a month or quarter,
// dollars, with the last close before each was published. The two shares of the register were fitted to
// them.
var published = []struct {
	asOf    string
	usd     float64
	quarter bool
}{
	{"2020-11-24", -36e9, false},
	{"2021-08-27", -13e9, false},
	{"2021-09-28", 14e9, true},
	{"2024-03-25", -32e9, true},
	{"2025-11-26", 6e9, false},
}

func TestPensionRebalancingIsThatOfADesk(t *testing.T) {
	b := sharedBook(t, "daily/GSPC.csv", "daily/jf_ief.csv")
	type point struct{ month, quarter, want float64 }
	var all []point
	for _, p := range published {
		r, err := Read(b.AsOf(closing(date(p.asOf))), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Pensions) != 2 || r.Pensions[0].Bond != "IEF" {
			t.Fatalf("%s: %+v, %v", p.asOf, r.Pensions, r.Caveats)
		}
		m, q := r.Pensions[0], r.Pensions[1]
		x := point{m.GapUSD + m.DoneUSD, 0, p.usd}
		if p.quarter {
			x.quarter = q.GapUSD + q.DoneUSD
		}
		all = append(all, x)
		got := x.month + x.quarter
		t.Logf("%s: %+.1f bn here (month %+.1f, quarter %+.1f), %+.0f published; equities %+.1f %%, bonds %+.1f %% since %s",
			p.asOf, got/1e9, x.month/1e9, x.quarter/1e9, p.usd/1e9, 100*m.EquityReturn, 100*m.BondReturn, m.From)
		if !(got*p.usd > 0) || !(math.Abs(got-p.usd) <= 12e9) {
			t.Errorf("%s: %v, published %v", p.asOf, got, p.usd)
		}
	}
	// Each end of a month left out in turn: the scale that the two others ask for, by least squares, and
	// the error that it makes on the one left out.
	for i, p := range published {
		if p.quarter {
			continue
		}
		var xy, xx float64
		for j, o := range all {
			if j != i && !published[j].quarter {
				xy += o.month * o.want
				xx += o.month * o.month
			}
		}
		got := all[i].month * xy / xx
		t.Logf("%s left out: scale %.2f of the register's, %+.1f bn, %+.0f published", p.asOf, xy/xx, got/1e9, p.usd/1e9)
		if !(math.Abs(got-p.usd) <= 10e9) {
			t.Errorf("%s left out: %v, published %v", p.asOf, got, p.usd)
		}
	}
}

func TestStabilisersInNovember2025(t *testing.T) {
	b := sharedBook(t, "daily/GSPC.csv", "daily/jf_ief.csv", "daily/TLT.csv")
	sessions, err := calendar.NYSE().Sessions(date("2025-11-14"), date("2025-11-26"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		r, err := Read(b.AsOf(s.Close), assumption.Default())
		if err != nil {
			t.Fatal(err)
		}
		m := r.Pensions[0]
		next := r.Next[0]
		t.Logf("%s: next session %s buybacks %+.2f bn, pensions %+.2f bn; month: equities %+.2f %%, bonds %+.2f %%, gap %+.1f bn, done %+.1f bn; quarter gap %+.1f bn; closed %.0f %%, turn %s",
			s.Date, next.Date, next.BuybackUSD/1e9, next.PensionUSD/1e9, 100*m.EquityReturn, 100*m.BondReturn, m.GapUSD/1e9, m.DoneUSD/1e9, r.Pensions[1].GapUSD/1e9, 100*r.Buybacks.ClosedShare, r.Buybacks.Turn)
		if s.Date >= date("2025-11-17") && r.Buybacks.ClosedShare != 0 {
			t.Errorf("%s: windows closed", s.Date)
		}
	}
}
