package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCryptoReadsPositionsOfTheUser(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.csv")
	if err := os.WriteFile(path, []byte("coin,side,units,entry,leverage,mark\nBTC,long,2,64000,5,65000\nBTC,short,1,66000,,65000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaints strings.Builder
	if code := Run(t.Context(), []string{"crypto", "--json", "--positions", path, "--as-of", "2025-03-14T20:00:00Z"}, &out, &complaints); code != 0 {
		t.Fatalf("exit %d: %s", code, complaints.String())
	}
	var doc struct {
		AsOf   string `json:"as_of"`
		Crypto struct {
			Coins []struct {
				Instrument, From string
				Long             struct{ Value float64 }
				Below            struct{ Price struct{ Value float64 } }
			}
			Refused []struct {
				Reason struct{ Code string }
				Count  int
			}
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &doc); err != nil {
		t.Fatal(err)
	}
	c := doc.Crypto.Coins
	if len(c) != 1 || c[0].Instrument != "BTC" || c[0].From != "positions" || c[0].Long.Value != 130000 || doc.AsOf != "2025-03-14T20:00:00Z" {
		t.Errorf("as of %s: %+v", doc.AsOf, c)
	}
	if r := doc.Crypto.Refused; len(r) != 1 || r[0].Reason.Code != "no_leverage" || r[0].Count != 1 {
		t.Errorf("refused %+v", r)
	}
}

func TestPositionsInACoinWithoutAPriceAreCountedAmongTheRefused(t *testing.T) {
	f := func(want int, rows string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "mine.csv")
		if err := os.WriteFile(path, []byte("account,coin,side,units,entry,margin,mark\n"+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, complaints strings.Builder
		if code := Run(t.Context(), []string{"crypto", "--json", "--positions", path, "--as-of", "2025-03-14T20:00:00Z"}, &out, &complaints); code != 0 {
			t.Fatalf("exit %d: %s", code, complaints.String())
		}
		var doc struct {
			Crypto struct {
				Refused []struct {
					Reason struct{ Code string }
					Count  int
				}
			}
		}
		if err := json.Unmarshal([]byte(out.String()), &doc); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, r := range doc.Crypto.Refused {
			if r.Reason.Code != "unknown_coin" {
				t.Errorf("refused for %s", r.Reason.Code)
			}
			got += r.Count
		}
		if got != want {
			t.Errorf("%d positions refused, want %d", got, want)
		}
	}
	const known = ",BTC,long,2,64000,30000,65000\n"
	f(0, known)
	f(2, known+",NOCOIN,long,2,3,1,\n,NOCOIN,short,1,3,1,\n")
	f(2, known+"ann,NOCOIN,long,2,3,1,\nann,BTC,long,1,64000,30000,65000\n") // the account is refused whole
}

func TestCryptoOfThePackSaysWhyThereIsNoMap(t *testing.T) {
	var out, complaints strings.Builder
	if code := Run(t.Context(), []string{"crypto", "--pack", "nov2025", "--json"}, &out, &complaints); code != 0 {
		t.Fatalf("exit %d: %s", code, complaints.String())
	}
	for _, want := range []string{"open_interest_stale", "no_open_interest", "crypto.published.BTC_OI_after", `"published"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the answer lacks %s", want)
		}
	}
}

func TestCryptoRefusesAFileWithoutPositions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BTC.csv")
	if err := os.WriteFile(path, []byte("date,close\n2025-03-13,64000\n2025-03-14,65000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaints strings.Builder
	if code := Run(t.Context(), []string{"crypto", "--positions", path}, &out, &complaints); code != exitInput || !strings.Contains(complaints.String(), "BTC.csv") {
		t.Errorf("exit %d: %s", code, complaints.String())
	}
	out.Reset()
	complaints.Reset()
	if code := Run(t.Context(), []string{"validate", "crypto"}, &out, &complaints); code != exitUsage {
		t.Errorf("exit %d: %s", code, complaints.String())
	}
}
