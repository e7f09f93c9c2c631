package cli_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// heldLines is a portfolio that the embedded pack can price: its chain has the option, its facts the index.
const heldLines = "kind,symbol,quantity,expiry,right,strike\nfuture,ES,1,,,\noption,SPX,2,2025-12-19,put,6400\n"

func TestAPortfolioThatCannotBePricedSaysWhichLineAndWhatToChange(t *testing.T) {
	f := func(text string, code int, en, zh string, flags ...string) {
		t.Helper()
		path := write(t, "held.csv", text)
		for lang, says := range map[string]string{"en": en, "zh": zh} {
			out, errs, got := do(t, append([]string{"--lang", lang, "portfolio", "--json", path}, flags...)...)
			if got != code || out != "" || !strings.Contains(errs, says) {
				t.Errorf("%q %v in %s: exit %d, want %d with %q: %s%s", text, flags, lang, got, code, says, out, errs)
			}
		}
	}
	head := "kind,symbol,quantity,expiry,right,strike\n"
	f("kind,symbol\nshares,NVDA\n", 3, "line 1, column quantity: the column is missing", "第 1 行、quantity 列：缺少该列")
	f(head+"bond,X,1\n", 3, "line 2, column kind: “bond” is not a kind of position", "第 2 行、kind 列：“bond”不是持仓类别")
	f(head+"shares,NVDAX,1\n", 3, "NVDAX is not a known ticker", "NVDAX 不是已知代码")
	f(head+"shares,AMD,1\n", 3, "there is no price of AMD", "没有 AMD 的价格")
	f(head+"future,ES,1\noption,BTC,1,2025-12-19,put,80000\n", 3, "held.csv: line 3, column symbol: there is no price of BTC", "held.csv：第 3 行、symbol 列：没有 BTC 的价格")
	f(head+"option,SPX,1,2025-12-25,put,6400\n", 3, "no usable expiry 2025-12-25; it has 2025-12-19", "没有可用的到期日 2025-12-25；已有 2025-12-19")
	f(heldLines, 2, "“much” is not a number of dollars", "“much”不是大于 0 的美元金额", "--bound", "much")
	f(heldLines, 2, "there is none", "没有给出上限", "--scenarios", "B")
	f(heldLines, 2, "there is none", "没有给出上限", "--hedges", "any.csv")
	f(heldLines, 3, "the hedge has no name", "该对冲没有名称", "--bound", "1000", "--hedges", write(t, "hedges.csv", "kind,symbol,quantity\nshares,GLD,1\n"))
	f(heldLines, 4, "daily prices of everything held", "全部持仓")
}

func TestAPortfolioOnPricesFollowsTheContractAndSaysWhenThereIsNoHedge(t *testing.T) {
	chain, prices := write(t, "chain.csv", table(header, nil)), write(t, "GSPC.csv", history())
	path := write(t, "held.csv", "kind,symbol,quantity,expiry,right,strike\nfuture,ES,1,,,\noption,SPX,-1,2025-03-14,put,5000\n")
	run := func(lang string, flags ...string) string {
		t.Helper()
		args := append([]string{"--lang", lang, "portfolio", path, chain, prices, "--set", "scenario.paths=500"}, flags...)
		out, errs, code := do(t, args...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", flags, code, errs)
		}
		return out
	}
	var got struct {
		RunID     string `json:"run_id"`
		Portfolio struct {
			Lines []struct {
				Line  int
				Value float64 `json:"value_usd"`
			}
			Tails []struct {
				Name string
				CVaR *struct{ Value *float64 }
			}
			Hedge *struct {
				Bound  float64  `json:"bound_usd"`
				Excess *float64 `json:"excess_usd"`
				Absent *struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal([]byte(run("en", "--json", "--bound", "1", "--scenarios", "history")), &got); err != nil {
		t.Fatal(err)
	}
	p := got.Portfolio
	if len(got.RunID) != 16 || len(p.Lines) != 2 || p.Lines[0].Line != 2 || len(p.Tails) == 0 || p.Tails[0].CVaR == nil || !(*p.Tails[0].CVaR.Value > 0) {
		t.Fatalf("%+v", got)
	}
	// Nothing brings a tail of thousands of dollars down to one.
	if p.Hedge == nil || p.Hedge.Absent == nil || p.Hedge.Excess == nil || !(*p.Hedge.Excess > 0) {
		t.Errorf("a hedge out of reach: %+v", p.Hedge)
	}
	// A list of one's own takes the place of the program's: selling the index is the only thing on it, and enough.
	hedges := write(t, "hedges.csv", "name,kind,symbol,quantity\nshort index,future,MES,-1\n")
	var own struct {
		Portfolio struct {
			Hedge struct {
				Offered   int
				Units     []struct{ Name string }
				Scenarios []struct {
					Before float64 `json:"before_usd"`
					After  float64 `json:"after_usd"`
				}
			}
		}
	}
	bound := 0.9 * *p.Tails[0].CVaR.Value
	out := run("en", "--json", "--bound", strconv.FormatFloat(bound, 'f', 0, 64), "--scenarios", "history", "--hedges", hedges)
	if err := json.Unmarshal([]byte(out), &own); err != nil {
		t.Fatal(err)
	}
	h := own.Portfolio.Hedge
	if h.Offered != 1 || len(h.Units) != 1 || h.Units[0].Name != "short index" || len(h.Scenarios) != 1 || !(h.Scenarios[0].After <= 1.001*bound) || !(h.Scenarios[0].Before > bound) {
		t.Errorf("a hedge of one's own under %v: %+v", bound, h)
	}
	for lang, says := range map[string]string{"en": "raise", "zh": "提高"} {
		if out := run(lang, "--bound", "1", "--scenarios", "history"); !strings.Contains(out, says) || strings.Contains(out, "no_hedge") {
			t.Errorf("%s does not say what to change: %s", lang, out)
		}
	}
}
