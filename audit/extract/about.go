package extract

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// names tell what a figure may be about; the code is what a ledger keys by.
var names = []struct{ word, code string }{
	{"标普500", "SPX"},
	{"标普", "SPX"},
	{"s&p 500", "SPX"},
	{"s&p500", "SPX"},
	{"s&p", "SPX"},
	{"spx", "SPX"},
	{"纳斯达克100", "NDX"},
	{"纳指100", "NDX"},
	{"nasdaq 100", "NDX"},
	{"nasdaq-100", "NDX"},
	{"ndx", "NDX"},
	{"纳斯达克", "IXIC"},
	{"纳指", "IXIC"},
	{"nasdaq", "IXIC"},
	{"道琼斯", "DJI"},
	{"道指", "DJI"},
	{"dow jones", "DJI"},
	{"罗素2000", "RUT"},
	{"russell 2000", "RUT"},
	{"russell", "RUT"},
	{"恐慌指数", "VIX"},
	{"vix1d", "VIX1D"},
	{"vix", "VIX"},
	{"比特币", "BTC"},
	{"bitcoin", "BTC"},
	{"btc", "BTC"},
	{"以太坊", "ETH"},
	{"ethereum", "ETH"},
	{"ether", "ETH"},
	{"eth", "ETH"},
	{"英伟达", "NVDA"},
	{"nvidia", "NVDA"},
	{"nvda", "NVDA"},
	{"微软", "MSFT"},
	{"microsoft", "MSFT"},
	{"谷歌", "GOOGL"},
	{"alphabet", "GOOGL"},
	{"google", "GOOGL"},
	{"亚马逊", "AMZN"},
	{"amazon", "AMZN"},
	{"meta", "META"},
	{"特斯拉", "TSLA"},
	{"tesla", "TSLA"},
	{"palantir", "PLTR"},
	{"甲骨文", "ORCL"},
	{"oracle", "ORCL"},
	{"cta", "cta"},
	{"趋势跟踪", "cta"},
	{"趋势跟随", "cta"},
	{"trend follower", "cta"},
	{"波动率目标", "volcontrol"},
	{"vol control", "volcontrol"},
	{"volatility control", "volcontrol"},
	{"risk parity", "volcontrol"},
	{"做市商", "dealer"},
	{"gamma", "dealer"},
	{"dealer", "dealer"},
	{"gex", "dealer"},
	{"0dte", "dealer"},
	{"杠杆etf", "letf"},
	{"leveraged etf", "letf"},
	{"回购", "buyback"},
	{"buyback", "buyback"},
	{"清算", "liquidation"},
	{"爆仓", "liquidation"},
	{"liquidation", "liquidation"},
	{"未平仓", "open_interest"},
	{"open interest", "open_interest"},
	{"资金费率", "funding"},
	{"funding rate", "funding"},
	{"失业率", "unemployment"},
	{"unemployment", "unemployment"},
	{"非农", "payrolls"},
	{"新增就业", "payrolls"},
	{"就业", "payrolls"},
	{"payroll", "payrolls"},
	{"jobs", "payrolls"},
	{"核心通胀", "inflation"},
	{"cpi", "cpi"},
	{"通胀", "inflation"},
	{"inflation", "inflation"},
	{"降息", "fed_cut"},
	{"rate cut", "fed_cut"},
	{"fedwatch", "fed_cut"},
	{"加息", "fed_hike"},
	{"rate hike", "fed_hike"},
	{"美债收益率", "UST10"},
	{"十年期", "UST10"},
	{"10-year", "UST10"},
	{"ten-year", "UST10"},
	{"treasury", "UST10"},
	{"资本开支", "capex"},
	{"capex", "capex"},
	{"capital expenditure", "capex"},
	{"毛利率", "gross_margin"},
	{"gross margin", "gross_margin"},
	{"关税", "tariff"},
	{"tariff", "tariff"},
	{"关门", "shutdown"},
	{"停摆", "shutdown"},
	{"shutdown", "shutdown"},
	{"阈值", "level"},
	{"关口", "level"},
	{"均线", "level"},
	{"支撑位", "level"},
	{"阻力位", "level"},
	{"翻转点", "level"},
	{"threshold", "level"},
	{"pivot", "level"},
	{"moving average", "level"},
	{"-day average", "level"},
	{"resistance", "level"},
	{"put wall", "level"},
	{"call wall", "level"},
	{"gamma flip", "level"},
	{"flip", "level"},
	{"概率", "probability"},
	{"probability", "probability"},
	{"odds", "probability"},
	{"chance", "probability"},
}

// byFirst finds the names that begin with a character.
var byFirst = byFirstOf(len(names), func(i int) string { return names[i].word })

// mention is a name in a line.
type mention struct {
	from, to int
	code     string
}

// name reads a name at i: the longest of the list.
func (l *line) name(i int) (mention, bool) {
	best := mention{}
	for _, k := range byFirst[l.at(i)] {
		n := &names[k]
		if !l.has(i, n.word) {
			continue
		}
		end := i + utf8.RuneCountInString(n.word)
		if end <= best.to {
			continue
		}
		if latin(rune(n.word[0])) && (latin(l.at(i-1)) || latin(l.at(end)) && !l.word(end, "s")) {
			continue
		}
		best = mention{i, end, n.code}
	}
	return best, best.to > 0
}

// about is the nearest name in the figure's sentence. A name before the figure counts as nearer than one
// after it, since both languages put the subject first.
func (l *line) about(from, to int, all []mention) string {
	low, high := from, to
	for low > 0 && !l.ends(low-1) && from-low < reach {
		low--
	}
	for high < len(l.r) && !l.ends(high) && high-to < reach {
		high++
	}
	best, code := 1e9, ""
	first := sort.Search(len(all), func(k int) bool { return all[k].from >= low })
	for _, m := range all[first:] {
		if m.to > high {
			break
		}
		d, gap := float64(from-m.to), l.r[min(m.to, from):from]
		if m.from >= to {
			d, gap = 2*float64(m.from-to), l.r[to:m.from]
		}
		if slices.ContainsFunc(gap, func(c rune) bool { return c == ',' || c == '、' }) {
			d += anotherClause
		}
		if d < best {
			best, code = d, m.code
		}
	}
	return code
}

// anotherClause is what a comma between a figure and a name counts for, in characters.
const anotherClause = 16

// reach is how far from a figure its name may stand, in characters.
const reach = 80

// ends reports whether a sentence ends at i.
func (l *line) ends(i int) bool {
	switch l.at(i) {
	case '。', ';', '!', '?', '|', '；':
		return true
	case '.':
		return !digit(l.at(i+1)) && !latin(l.at(i+1))
	}
	return false
}

var downward = []string{
	"下跌", "跌", "下降", "下滑", "减少", "抛售", "卖出", "抛", "缩水", "流出", "清算", "回撤", "暴跌", "削减",
	"fell", "fall", "down", "declin", "drop", "lost", "lose", "sell", "sold", "outflow", "liquidat", "cut", "slump", "plung", "tumbl",
}

var upward = []string{
	"上涨", "涨", "上升", "攀升", "飙升", "增加", "新增", "买入", "流入", "反弹", "加仓",
	"rose", "rise", "up ", "gain", "climb", "jump", "bought", "buy", "inflow", "surg", "added", "rall",
}

// move is a word for a rise or a fall.
type move struct {
	word   string
	length int
	sign   int
}

// moves finds the words by the character with which they begin.
var moves = func() map[rune][]move {
	out := map[rune][]move{}
	for s, list := range [...][]string{downward, upward} {
		for _, w := range list {
			r := []rune(w)
			m := move{w, len(r), 2*s - 1}
			out[r[0]] = append(out[r[0]], m)
			if latin(r[0]) {
				out[r[0]-'a'+'A'] = append(out[r[0]-'a'+'A'], m)
			}
		}
	}
	return out
}()

// toward reads the direction from the words right before the figure, else right after it.
func (l *line) toward(from, to int) int {
	look := func(lo, hi int) int {
		best, sign := -1, 0
		for i := max(lo, 0); i < hi; i++ {
			for _, m := range moves[l.at(i)] {
				if l.has(i, m.word) && i+m.length <= hi && (!latin(l.at(i)) || !latin(l.at(i-1))) && i > best {
					best, sign = i, m.sign
				}
			}
		}
		return sign
	}
	low := from
	for low > 0 && from-low < 16 && !l.ends(low-1) && l.at(low-1) != ',' && l.at(low-1) != '、' {
		low--
	}
	if s := look(low, from); s != 0 {
		return s
	}
	high := to
	for high < len(l.r) && high-to < 8 && !l.ends(high) && l.at(high) != ',' && l.at(high) != '、' {
		high++
	}
	return look(to, high)
}

var before = []struct {
	word  string
	bound Bound
}{
	{">=", AtLeast},
	{"≥", AtLeast},
	{"<=", AtMost},
	{"≤", AtMost},
	{">", Above},
	{"<", Below},
	{"~", About},
	{"≈", About},
	{"∼", About},
	{"不低于", AtLeast},
	{"不少于", AtLeast},
	{"至少", AtLeast},
	{"不超过", AtMost},
	{"至多", AtMost},
	{"最多", AtMost},
	{"不到", Below},
	{"不足", Below},
	{"低于", Below},
	{"小于", Below},
	{"少于", Below},
	{"跌破", Below},
	{"超过", Above},
	{"高于", Above},
	{"大于", Above},
	{"突破", Above},
	{"逾", Above},
	{"超", Above},
	{"多于", Above},
	{"大约", About},
	{"约为", About},
	{"约", About},
	{"接近", About},
	{"将近", About},
	{"近", About},
	{"at least", AtLeast},
	{"no less than", AtLeast},
	{"at most", AtMost},
	{"up to", AtMost},
	{"no more than", AtMost},
	{"more than", Above},
	{"greater than", Above},
	{"over", Above},
	{"above", Above},
	{"exceeding", Above},
	{"topped", Above},
	{"less than", Below},
	{"fewer than", Below},
	{"under", Below},
	{"below", Below},
	{"short of", Below},
	{"approximately", About},
	{"around", About},
	{"roughly", About},
	{"nearly", About},
	{"almost", About},
	{"about", About},
	{"some", About},
	{"circa", About},
}

var after = []struct {
	word  string
	bound Bound
}{
	{"+", AtLeast}, {"以上", AtLeast}, {"以下", AtMost}, {"以内", AtMost}, {"左右", About}, {"上下", About}, {"附近", About}, {"or more", AtLeast}, {"or less", AtMost}, {"or so", About},
}

// limit is a word of bound with its length in characters.
type limit struct {
	word   string
	length int
	bound  Bound
}

// beforeAt finds the words before a figure by the character with which they end, in the order of their list.
var beforeAt = func() map[rune][]limit {
	m := map[rune][]limit{}
	for _, w := range before {
		r := []rune(w.word)
		last := r[len(r)-1]
		m[last] = append(m[last], limit{w.word, len(r), w.bound})
		if latin(last) {
			m[last-'a'+'A'] = append(m[last-'a'+'A'], limit{w.word, len(r), w.bound})
		}
	}
	return m
}()

var afterAt = byFirstOf(len(after), func(i int) string { return after[i].word })

// bound reads the words around a figure that begins at from and ends at to, and returns how much of them
// stands before and after it.
func (l *line) bound(from, to int) (b Bound, start, end int) {
	k := from
	for l.at(k-1) == ' ' {
		k--
	}
	start, end = from, to
	for _, w := range beforeAt[l.at(k-1)] {
		n := w.length
		if l.has(k-n, w.word) && (!latin(l.at(k-n)) || !latin(l.at(k-n-1))) {
			b, start = w.bound, k-n
			break
		}
	}
	k = l.spaces(to)
	for _, i := range afterAt[l.at(k)] {
		if w := after[i]; l.has(k, w.word) {
			if b == Exact {
				b = w.bound
			}
			return b, start, k + utf8.RuneCountInString(w.word)
		}
	}
	return b, start, end
}
