package extract

import (
	"strings"
	"testing"
)

// written is invented text in the styles in which desks, newspapers, crypto analysts and brokers write, in
// both languages, with what a person counts in it: value and unit, or the date, whose year is left out where
// the sentence leaves it out. The first eight were counted before the grammar was run on them (it then found
// 150 of 169), the last six after it had been mended on those and again before it was run (132 of 145).
var written = []struct {
	style string
	text  string
	want  []string
}{
	{
		"bank note",
		`Systematic Flows — Weekly Note, Nov. 20, 2025
CTAs are long US$150bn of global equities (81st percentile since 2015), down from $158bn in February.
We estimate -$39bn of selling over the next 5 days in a flat tape and $39–65 billion in a down tape.
Our short-term threshold sits at 6,725, roughly 1.2% below spot; the medium-term one is at 6,442.
Vol control funds could cut EUR 3mm per vega, i.e. ~$15.5bn, if realized vol exceeds 20%.
Top-of-book depth fell to $9.4mm, about two-thirds below its 10-year average.
Dealers are short $2.1bn of gamma per 1% move.`,
		[]string{
			"2025-11-20", "1.5e+11 usd", "81 percentile", "2015", "1.58e+11 usd", "2025-02", "-3.9e+10 usd", "5 days", "3.9e+10..6.5e+10 usd", "6725 points", "1.2 percent", "6442 points", "3000000 eur", "1.55e+10 usd", "20 percent", "9400000 usd", "66.66666667 percent", "10 years", "2100000000 usd", "1 percent",
		},
	},
	{
		"newspaper",
		`Stocks tumbled on Thursday, with the S&P 500 falling 1.6 percent to 6,538.76 and the Nasdaq losing 486 points.
Bitcoin slid below $87,000, its lowest since April 21, and has lost a third of its value in six weeks.
The economy added 119,000 jobs in September, more than double the 50,000 that economists had expected, while the jobless rate rose to 4.4 percent.
Nvidia, worth more than $4.4 trillion, reported revenue of $57.0 billion for the quarter ended Oct. 26, up 62% from a year earlier.
The yield on the 10-year Treasury slipped 3 basis points to 4.10%.
Traders put the odds of a quarter-point cut on Dec. 10 at 39%, up from 30% a day earlier.
Some 1.2 million people lost coverage between 2019 and 2023.`,
		[]string{
			"1.6 percent", "6538.76 points", "486 points", "87000 usd", "--04-21", "33.33333333 percent", "6 weeks", "119000 persons", "--09", "50000 persons", "4.4 percent", "4.4e+12 usd", "5.7e+10 usd", "--10-26", "62 percent", "10 years", "3 basis_points", "4.1 percent", "0.25 percentage_points", "--12-10", "39 percent", "30 percent", "1 days", "1200000 persons", "2019..2023",
		},
	},
	{
		"crypto research",
		`On 10 October 2025, $19.13B of leveraged positions were liquidated in 24 hours, 87% of them longs.
1.6M accounts were hit; BTC open interest dropped from 112k BTC to 75k BTC.
ETH perps traded at -22bps to spot; funding printed -0.015% per 8h.
ETF outflows reached $869.9M on 13 Nov 2025, the 2nd largest on record.
MSTR holds 649,870 BTC at an average cost of $74,433.
Stablecoin supply grew 2.3x to USD 305 billion.`,
		[]string{
			"2025-10-10", "1.913e+10 usd", "24 hours", "87 percent", "1600000 accounts", "112000 btc", "75000 btc", "-22 basis_points", "-0.015 percent", "8 hours", "869900000 usd", "2025-11-13", "649870 btc", "74433 usd", "2.3 times", "3.05e+11 usd",
		},
	},
	{
		"markdown table",
		`| Company | FY2025 capex ($bn) | 2026E ($bn) | YoY |
|---|---:|---:|---:|
| Alpha | 88.2 | >105 | +19% |
| Beta | 72 | 97.5 | 35% |

| Measure | Q3 2025 | Q4 2025 |
|---|---|---|
| Revenue | $57.0bn | $65bn |
| Gross margin | 73.6% | 75.0% |
| Net debt/EBITDA | 1.4x | 1.1x |`,
		[]string{
			"2025", "2026", "8.82e+10 usd", "1.05e+11 usd", "19 percent", "7.2e+10 usd", "9.75e+10 usd", "35 percent", "2025-Q3", "2025-Q4", "5.7e+10 usd", "6.5e+10 usd", "73.6 percent", "75 percent", "1.4 times", "1.1 times",
		},
	},
	{
		"zh bank",
		`截至11月20日,趋势跟踪基金多头约1,650亿美元,处于94%分位;若跌破6725点,一周内料卖出390亿美元,一个月内最多650亿美元。
波动率目标基金仓位降至67%-70%,杠杆较第三季度下降两倍标准差。
10年期美债收益率下行3个基点至4.10%,市场预计12月降息25个基点的概率为39.1%。
融资融券余额2.5万亿元,占流通市值的2.5%。`,
		[]string{
			"--11-20", "1.65e+11 usd", "94 percentile", "6725 points", "1 weeks", "3.9e+10 usd", "1 months", "6.5e+10 usd", "67..70 percent", "--Q3", "2 sigma", "10 years", "3 basis_points", "4.1 percent", "--12", "25 basis_points", "39.1 percent", "2.5e+12 cny", "2.5 percent",
		},
	},
	{
		"zh news",
		`2025年11月21日,标普500指数收报6602.99点,上涨0.98%;道指涨逾490点。
新增非农就业11.9万人,远超市场预期的5万人,失业率升至4.4%。
比特币一度跌破8.1万美元,较10月高点回落三成以上,近三分之一的市值蒸发。
当日爆仓金额达9.13亿美元,涉及二十四万名投资者。
英伟达第三财季营收570.1亿美元,同比增长62%,毛利率73.4%,预计四季度营收650亿美元,上下浮动2%。
政府停摆持续43天,创历史最长纪录,经济损失或达110亿美元,约1/3的联邦雇员无薪休假。`,
		[]string{
			"2025-11-21", "6602.99 points", "0.98 percent", "490 points", "119000 persons", "50000 persons", "4.4 percent", "81000 usd", "2025-10", "30 percent", "33.33333333 percent", "913000000 usd", "240000 persons", "2025-Q3", "5.701e+10 usd", "62 percent", "73.4 percent", "2025-Q4", "6.5e+10 usd", "2 percent", "43 days", "1.1e+10 usd", "33.33333333 percent",
		},
	},
	{
		"zh mixed",
		`高盛(Goldman Sachs)指出,CTA在"down big"情景下1周内将抛售$65bn,即650亿美元;flat情景为-$39bn。
VIX升至26.4,为4月以来最高;VIX1D一度到31.2。
Q3 2025财报季,标普成分股EPS同比+13.1%,超预期幅度为5.8个百分点。
AI资本开支从2024年的2,300亿美元升至2025年的约4,000亿美元,增幅七成多;2026年或再增加1.2万亿美元的四分之一。
美元兑日元报157.2,欧元报1.1529;黄金每盎司4,065美元。`,
		[]string{
			"1 weeks", "6.5e+10 usd", "6.5e+10 usd", "-3.9e+10 usd", "26.4 points", "--04", "31.2 points", "2025-Q3", "13.1 percent", "5.8 percentage_points", "2024", "2.3e+11 usd", "2025", "4e+11 usd", "70 percent", "2026", "1.2e+12 usd", "25 percent", "157.2", "1.1529", "4065 usd",
		},
	},
	{
		"english style",
		`The fund's assets grew from $1.2tn at the end of 2023 to $1.85tn by mid-2025; fees fell 1.5pp to 0.35%.
Roughly one in five households (20%) owns crypto; half of them bought after January 2021.
A 2.5-sigma move would force $80–90bn of sales, versus $12bn-$15bn in a 1-sigma move.
Spreads widened by 25 to 30 bps, and the 2s10s curve steepened 8bp.
Of 503 stocks, 388 fell; volume was 18.9 billion shares, the most since 10 April.
Margin debt stands at $1.13 trillion, a 45.2% jump over the past twelve months.
The 50-day moving average (6,711) and the 200-day average (6,170) are next.
Short interest is 3.1 percent of float, up from 2.4 per cent.`,
		[]string{
			"1.2e+12 usd", "2023", "1.85e+12 usd", "2025", "1.5 percentage_points", "0.35 percent", "20 percent", "20 percent", "50 percent", "2021-01", "2.5 sigma", "8e+10..9e+10 usd", "1.2e+10..1.5e+10 usd", "1 sigma", "25..30 basis_points", "8 basis_points", "503 count", "388", "1.89e+10 shares", "--04-10", "1.13e+12 usd", "45.2 percent", "12 months", "50 days", "6711 points", "200 days", "6170 points", "3.1 percent", "2.4 percent",
		},
	},
	{
		"sell-side",
		`Equity strategy — 3 December 2025
Our year-end 2026 target is 7,500 for the S&P 500, implying 9.4% upside and a P/E of 22.5x.
EPS should rise from $272 in 2025 to $309 in 2026E (+13.6% y/y); consensus is $305.
Buybacks totalled $1.02tn in the last 12 months, and $249bn in 3Q25 alone.
We cut our 10-year yield forecast by 15bp to 4.05% and see 2-3 cuts by mid-2026.
Positioning is in the 73rd percentile. A two-standard-deviation shock would cost $4mm per $100mm notional.`,
		[]string{
			"2025-12-03", "2026", "7500 points", "9.4 percent", "22.5 times", "272 usd", "2025", "309 usd", "2026", "13.6 percent", "305 usd", "1.02e+12 usd", "12 months", "2.49e+11 usd", "2025-Q3", "10 years", "15 basis_points", "4.05 percent", "2..3 count", "2026", "73 percentile", "2 sigma", "4000000 usd", "100000000 usd",
		},
	},
	{
		"wire",
		`LONDON, Jan 14 - Hedge funds dumped $8.2 billion of tech stocks in a single day, the most in more than five years, prime brokerage data showed.
Gross leverage fell 6.5 percentage points to 285.4%, the 97th percentile over three years.
Oil settled up $1.37, or 2.1%, at $66.24 a barrel. Gold hit 4,630 dollars an ounce.
The pound bought $1.3440; the yen weakened past 158.
About 40% of 2,300 funds closed below their October 2021 peak, a fifth of them for good.
Unemployment claims came in at 214,000 versus 220,000 expected.
The company will lay off 14,000 workers and spend £2.5bn over four years.`,
		[]string{
			"--01-14", "8200000000 usd", "1 days", "5 years", "6.5 percentage_points", "285.4 percent", "97 percentile", "3 years", "1.37 usd", "2.1 percent", "66.24 usd", "4630 usd", "1.344 usd", "158", "40 percent", "2300 count", "2021-10", "20 percent", "214000 persons", "220000 persons", "14000 persons", "2500000000 gbp", "4 years",
		},
	},
	{
		"onchain",
		`Liquidations (past 24h): $1.62B, of which longs $1.48B (91.4%).
Largest single order: $36.8M BTC-USDT. Funding 0.0043%/8h; basis 5.2% annualized.
Open interest: 621.4K BTC ($58.3bn), -11.7% w/w.
Hashrate 1.08 ZH/s. Fear & Greed 14/100.
LTHs sold 815,000 BTC over the past 30 days, the most since Jan 2024; realized losses peaked at $1.5b/day.
BTC dominance 58.6%, +120bps MoM; ETH/BTC 0.0318.`,
		[]string{
			"24 hours", "1620000000 usd", "1480000000 usd", "91.4 percent", "36800000 usd", "0.0043 percent", "8 hours", "5.2 percent", "621400 btc", "5.83e+10 usd", "-11.7 percent", "1.08", "815000 btc", "30 days", "2024-01", "1500000000 usd", "58.6 percent", "120 basis_points", "0.0318",
		},
	},
	{
		"zh券商",
		`2026年1月5日策略周报:上周北向资金净流入87.3亿元,两市日均成交额1.97万亿元,环比增加一成二。
沪指收于3,968.84点,周涨0.13%;创业板指跌1.25%。
我们预计2026年全A非金融盈利增速为5%-8%,沪深300目标点位4800点。
央行开展1.1万亿元买断式逆回购,期限3个月,利率下调10bp至1.4%。
两融余额突破2.5万亿元,占比2.6%,处于近五年95%分位。
新成立偏股基金26只,募资百亿元以上的有两只,三分之二投向科技。
截至去年12月末,美联储总资产6.5万亿美元,较峰值缩减约27%。`,
		[]string{
			"2026-01-05", "8730000000 cny", "1.97e+12 cny", "12 percent", "3968.84 points", "0.13 percent", "1.25 percent", "2026", "5..8 percent", "4800 points", "1.1e+12 cny", "3 months", "10 basis_points", "1.4 percent", "2.5e+12 cny", "2.6 percent", "5 years", "95 percentile", "26 count", "1e+10 cny", "2 count", "66.66666667 percent", "2025-12", "6.5e+12 usd", "27 percent",
		},
	},
	{
		"zh报纸",
		`美股周四高开低走,纳指由涨2.6%转为跌2.2%,收报22,078.05点,振幅近5个百分点。
英伟达盘中市值一度重返4.7万亿美元,收盘跌3.15%;甲骨文跌逾6%,自9月高点已腰斩三成多。
恐慌指数升破26,创4月24日以来新高。
逾三千七百只个股下跌,跌幅超过一成的有二百一十只。
比特币跌至8.6万美元,24小时内全网爆仓逾8.3亿美元,22万人被强平。
沃尔玛上调全年指引,预计净销售额增长4.8%至5.1%,每股盈利2.58至2.63美元。
分析师称若失守6500点,下一支撑在六千三百点附近,即200日均线。`,
		[]string{
			"2.6 percent", "2.2 percent", "22078.05 points", "5 percentage_points", "4.7e+12 usd", "3.15 percent", "6 percent", "--09", "30 percent", "26 points", "--04-24", "3700 count", "10 percent", "210 count", "86000 usd", "24 hours", "830000000 usd", "220000 persons", "4.8..5.1 percent", "2.58..2.63 usd", "6500 points", "6300 points", "200 days",
		},
	},
	{
		"mixed md",
		`## Key numbers
- **CTA**: 多头 $104bn → $63bn(-$41bn), 46th percentile
- **Vol control**: 杠杆 82% → 61%
- **Gamma**: -$3.8bn/1%; flip 6,770; put wall 6,500
- 关税税率由145%降至30%,为期90天(至8月12日)
- 10Y 4.13% (-4bp), 2Y 3.55%, DXY 100.2
- *Q4 guidance*: $65bn ±2%; FY26 opex growth high-30%
| 资产 | 1周 | 1月 |
|---|---|---|
| SPX | -1.9% | -3.5% |
| BTC | -12.1% | -24% |`,
		[]string{
			"1.04e+11 usd", "6.3e+10 usd", "-4.1e+10 usd", "46 percentile", "82 percent", "61 percent", "-3800000000 usd", "1 percent", "6770 points", "6500 points", "145 percent", "30 percent", "90 days", "--08-12", "10 years", "4.13 percent", "-4 basis_points", "2 years", "3.55 percent", "100.2", "--Q4", "6.5e+10 usd", "2 percent", "2026", "30 percent", "1 weeks", "1 months", "-1.9 percent", "-3.5 percent", "-12.1 percent", "-24 percent",
		},
	},
}

// At least 98 % of what a person counts is found with its unit, and at most 2 % of what is found is something
// else: a ratchet for the grammar, above what any report must reach (80 % and 10 %).
func TestTextsOfEveryStyleAreReadAsAPersonCounts(t *testing.T) {
	counted, right, extra := 0, 0, 0
	for _, x := range written {
		got := map[string]int{}
		for _, f := range scan(t, x.text) {
			f.Bound = Exact
			got[short(f)]++
		}
		for _, want := range x.want {
			counted++
			hit := want
			if got[want] == 0 && strings.HasPrefix(want, "--") {
				for k := range got {
					if got[k] > 0 && strings.HasSuffix(k, want[1:]) {
						hit = k
					}
				}
			}
			if got[hit] == 0 {
				t.Logf("%s: missed %s", x.style, want)
				continue
			}
			got[hit]--
			right++
		}
		for k, n := range got {
			if n > 0 {
				extra += n
				t.Logf("%s: found, not counted: %s", x.style, k)
			}
		}
	}
	if !(float64(right) >= 0.98*float64(counted)) {
		t.Errorf("found %d of %d", right, counted)
	}
	if !(float64(extra) <= 0.02*float64(counted)) {
		t.Errorf("%d found beyond the %d that were counted", extra, counted)
	}
	t.Logf("%d of %d found, %d beyond", right, counted, extra)
}
