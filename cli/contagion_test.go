package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faultline"
)

func TestContagionWithoutCryptoSaysWhatItNeeds(t *testing.T) {
	_, errs, code := do(t, "contagion")
	if code == 0 || !strings.Contains(errs, "BTC") || !strings.Contains(errs, "faultline contagion") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestContagionOfRealPricesFollowsTheContract(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared data are not beside the repository")
	}
	args := []string{"contagion", "--as-of", "2025-12-31", "--set", "contagion.draws=40", "--set", "contagion.step=120"}
	for _, f := range []string{
		"intraday/BTC_5min.csv", "intraday/BTC_1h.csv", "intraday/ETH_1h.csv", "intraday/QQQ_1min.csv", "intraday/SPX_5min_tv.csv",
		"intraday/TSLA_5min.csv", "daily/BTC_USD.csv", "daily/NDX_ohlcv.csv", "daily/GSPC.csv", "daily/TSLA.csv", "daily/jf_ief.csv",
	} {
		args = append(args, filepath.Join(dir, f))
	}
	for _, lang := range []string{"en", "zh"} {
		out, errs, code := do(t, append([]string{"--lang", lang}, args...)...)
		if code != 0 {
			t.Fatal(errs)
		}
		if !strings.Contains(out, "Granger") && !strings.Contains(out, "17.5") {
			t.Errorf("%s:\n%s", lang, out)
		}
	}
	out, errs, code := do(t, append([]string{"--json"}, args...)...)
	if code != 0 {
		t.Fatal(errs)
	}
	var got struct {
		Schema    int                  `json:"schema"`
		RunID     string               `json:"run_id"`
		Contagion *faultline.Contagion `json:"contagion"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	c := got.Contagion
	if got.Schema != 1 || len(got.RunID) != 16 || c == nil || c.Tariff == nil || len(c.LeadLag) != 3 || c.Rolling == nil || len(c.Systems) != 2 {
		t.Fatalf("%+v", got)
	}
	// Ether has no daily prices here, so that it stands in the system of the hourly clock only.
	for _, y := range c.Systems {
		if y.System == "wide" {
			t.Error("a system with ether at midnight UTC without its prices")
		}
	}
}
