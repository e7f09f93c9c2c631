package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

var fastShock = []string{"--set", "cascade.paths=64", "--set", "cascade.subset_paths=32", "--set", "cascade.ticks=4", "--set", "band.draws=2"}

func TestShockFollowsTheContract(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	out, errs, code := do(t, append([]string{"shock", chain, prices, "--size", "-3%", "--horizon", "1w", "--json"}, fastShock...)...)
	if code != 0 {
		t.Fatal(errs)
	}
	type figure struct {
		Value     *float64
		Low, High *float64
		Grade     string
	}
	type both struct {
		With    figure
		Without *figure `json:"without_dealers"`
	}
	var got struct {
		ImpactLaw     string `json:"impact_law"`
		Amplification both
		LoopGain      struct {
			Total   both
			Players []struct {
				Name   string
				Figure figure
			}
		} `json:"loop_gain"`
		Resonance    both
		Shapley      []struct{ Figure figure }
		Critical     both `json:"critical_liquidity"`
		Distribution struct {
			Paths    int
			Quantile []float64
			Mean     figure
		}
		Shock struct{ Size float64 }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.ImpactLaw != "square_root" || got.Shock.Size != -0.03 || got.Distribution.Paths != 64 || len(got.Distribution.Quantile) != 7 || len(got.Shapley) < 4 {
		t.Errorf("%+v", got)
	}
	for name, f := range map[string]figure{
		"amplification": got.Amplification.With, "loop gain": got.LoopGain.Total.With, "resonance": got.Resonance.With,
		"Shapley": got.Shapley[0].Figure, "mean": got.Distribution.Mean,
	} {
		if f.Value == nil || f.Low == nil || f.High == nil || *f.Low > *f.High || f.Grade != "modelled" {
			t.Errorf("%s: %+v has no interval or grade", name, f)
		}
	}
	if got.Amplification.Without == nil {
		t.Error("no amplification without dealers")
	}
	out, errs, code = do(t, append([]string{"shock", chain, prices, "--size=-3%", "--curve", "--json"}, fastShock...)...)
	if code != 0 || !strings.Contains(out, `"curves"`) {
		t.Fatal(errs)
	}
	out, errs, code = do(t, append([]string{"shock", chain, prices, "--reverse", "2%", "--json"}, fastShock...)...)
	if code != 0 || !strings.Contains(out, `"joint"`) {
		t.Fatal(errs)
	}
	for _, lang := range []string{"en", "zh"} {
		for _, what := range [][]string{{"--size", "-3%"}, {"--curve"}, {"--reverse", "2%"}} {
			args := append(append([]string{"shock", chain, prices, "--lang", lang}, what...), fastShock...)
			if out, errs, code := do(t, args...); code != 0 || len(out) < 400 {
				t.Errorf("%v: exit %d, %s", args, code, errs)
			}
		}
	}
}

func TestABadShockIsRefusedWithItsReasonAndExitCode(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	for _, c := range []struct{ flag, value, says string }{
		{"--participants", "bob", "not known"},
		{"--depth", "-5", "above 0"},
		{"--size", "-100%", "−100 %"},
		{"--size", "-250%", "−100 %"},
		{"--size", "0", "nothing"},
		{"--size", "much", "percentage"},
		{"--horizon", "0", "not known"},
		{"--law", "cubic", "not known"},
		{"--reverse", "120%", "a loss of 120 %"},
		{"--reverse", "0%", "nothing"},
	} {
		_, errs, code := do(t, "shock", prices, c.flag+"="+c.value)
		if code != 2 || !strings.Contains(errs, c.says) {
			t.Errorf("%s %s: exit %d, %s", c.flag, c.value, code, errs)
		}
	}
}

func TestAShockWithoutAChainRunsWithoutDealersAndSaysSo(t *testing.T) {
	prices := write(t, "GSPC.csv", history())
	out, errs, code := do(t, append([]string{"shock", prices, "--size", "-3%", "--json"}, fastShock...)...)
	if code != 0 {
		t.Fatal(errs)
	}
	var got struct {
		Amplification struct {
			Without any `json:"without_dealers"`
		}
		Shock struct {
			Players []struct {
				Name   string
				Absent *struct{ Code string }
			}
			Caveats []struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	said := false
	for _, p := range got.Shock.Players {
		said = said || p.Name == "dealer" && p.Absent != nil && p.Absent.Code != ""
	}
	told := false
	for _, c := range got.Shock.Caveats {
		told = told || c.Code == "participant_absent"
	}
	if !said || !told || got.Amplification.Without != nil {
		t.Errorf("%+v", got)
	}
}
