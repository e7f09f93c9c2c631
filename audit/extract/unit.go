package extract

// unit is what can follow a number.
type unit struct {
	word  string
	name  string
	kind  Kind
	scale float64 // of the value: 成 counts tenths as ten percent
	latin bool    // a word, which must end where a letter ends; a plain suffix otherwise
}

// units are tried in this order, so that a longer word stands before its beginning.
var units = []unit{
	{"%分位", "percentile", Rank, 1, false},
	{"%", "percent", Ratio, 1, false},
	{"percentage points", "percentage_points", Ratio, 1, true},
	{"percentage point", "percentage_points", Ratio, 1, true},
	{"percent", "percent", Ratio, 1, true},
	{"per cent", "percent", Ratio, 1, true},
	{"pct", "percent", Ratio, 1, true},
	{"ppts", "percentage_points", Ratio, 1, true},
	{"ppt", "percentage_points", Ratio, 1, true},
	{"pp", "percentage_points", Ratio, 1, true},
	{"basis points", "basis_points", Ratio, 1, true},
	{"basis point", "basis_points", Ratio, 1, true},
	{"bps", "basis_points", Ratio, 1, true},
	{"bp", "basis_points", Ratio, 1, true},
	{"个百分点", "percentage_points", Ratio, 1, false},
	{"百分点", "percentage_points", Ratio, 1, false},
	{"个基点", "basis_points", Ratio, 1, false},
	{"基点", "basis_points", Ratio, 1, false},
	{"百分位", "percentile", Rank, 1, false},
	{"分位", "percentile", Rank, 1, false},
	{"成", "percent", Ratio, 10, false},
	{"倍标准差", "sigma", Ratio, 1, false},
	{"倍", "times", Ratio, 1, false},
	{"-fold", "times", Ratio, 1, true},
	{"times", "times", Ratio, 1, true},
	{"x", "times", Ratio, 1, true},
	{"个标准差", "sigma", Ratio, 1, false},
	{"标准差", "sigma", Ratio, 1, false},
	{"σ", "sigma", Ratio, 1, false},
	{"sigma", "sigma", Ratio, 1, true},
	{"standard deviations", "sigma", Ratio, 1, true},
	{"standard deviation", "sigma", Ratio, 1, true},
	{"standard-deviation", "sigma", Ratio, 1, true},

	{"万美元", "usd", Amount, 1e4, false},
	{"美元", "usd", Amount, 1, false},
	{"美金", "usd", Amount, 1, false},
	{"港元", "hkd", Amount, 1, false},
	{"欧元", "eur", Amount, 1, false},
	{"日元", "jpy", Amount, 1, false},
	{"英镑", "gbp", Amount, 1, false},
	{"人民币", "cny", Amount, 1, false},
	{"元", "cny", Amount, 1, false},
	{"u.s. dollars", "usd", Amount, 1, true},
	{"us dollars", "usd", Amount, 1, true},
	{"dollars", "usd", Amount, 1, true},
	{"usdt", "usdt", Amount, 1, true},
	{"usd", "usd", Amount, 1, true},
	{"euros", "eur", Amount, 1, true},
	{"eur", "eur", Amount, 1, true},
	{"yuan", "cny", Amount, 1, true},
	{"yen", "jpy", Amount, 1, true},
	{"btc", "btc", Amount, 1, true},
	{"eth", "eth", Amount, 1, true},
	{"枚比特币", "btc", Amount, 1, false},
	{"枚", "coins", Count, 1, false},

	{"点", "points", Level, 1, false},
	{"points", "points", Level, 1, true},
	{"pts", "points", Level, 1, true},

	{"trading days", "sessions", Duration, 1, true},
	{"个交易日", "sessions", Duration, 1, false},
	{"交易日", "sessions", Duration, 1, false},
	{"sessions", "sessions", Duration, 1, true},
	{"个月", "months", Duration, 1, false},
	{"个季度", "quarters", Duration, 1, false},
	{"个小时", "hours", Duration, 1, false},
	{"小时", "hours", Duration, 1, false},
	{"分钟", "minutes", Duration, 1, false},
	{"秒", "seconds", Duration, 1, false},
	{"天", "days", Duration, 1, false},
	{"日", "days", Duration, 1, false}, // the window of a moving average; else it is a date
	{"周", "weeks", Duration, 1, false},
	{"个星期", "weeks", Duration, 1, false},
	{"年期", "years", Duration, 1, false},
	{"年", "years", Duration, 1, false},
	{"days", "days", Duration, 1, true},
	{"day", "days", Duration, 1, true},
	{"weeks", "weeks", Duration, 1, true},
	{"week", "weeks", Duration, 1, true},
	{"months", "months", Duration, 1, true},
	{"month", "months", Duration, 1, true},
	{"quarters", "quarters", Duration, 1, true},
	{"years", "years", Duration, 1, true},
	{"yrs", "years", Duration, 1, true},
	{"yr", "years", Duration, 1, true},
	{"y", "years", Duration, 1, true},
	{"year", "years", Duration, 1, true},
	{"hours", "hours", Duration, 1, true},
	{"hrs", "hours", Duration, 1, true},
	{"h", "hours", Duration, 1, true},
	{"hour", "hours", Duration, 1, true},
	{"minutes", "minutes", Duration, 1, true},
	{"mins", "minutes", Duration, 1, true},
	{"min", "minutes", Duration, 1, true},
	{"minute", "minutes", Duration, 1, true},
	{"seconds", "seconds", Duration, 1, true},

	{"名", "persons", Count, 1, false},
	{"个就业", "persons", Count, 1, false},
	{"人", "persons", Count, 1, false},
	{"jobs", "persons", Count, 1, true},
	{"people", "persons", Count, 1, true},
	{"workers", "persons", Count, 1, true},
	{"employees", "persons", Count, 1, true},
	{"investors", "persons", Count, 1, true},
	{"accounts", "accounts", Count, 1, true},
	{"households", "households", Count, 1, true},
	{"户", "households", Count, 1, false},
	{"笔", "count", Count, 1, false},
	{"张合约", "contracts", Count, 1, false},
	{"份合约", "contracts", Count, 1, false},
	{"张", "contracts", Count, 1, false},
	{"contracts", "contracts", Count, 1, true},
	{"股", "shares", Count, 1, false},
	{"shares", "shares", Count, 1, true},
	{"桶", "barrels", Count, 1, false},
	{"barrels", "barrels", Count, 1, true},
	{"个", "count", Count, 1, false},
	{"家", "count", Count, 1, false},
	{"种", "count", Count, 1, false},
	{"次", "count", Count, 1, false},
	{"项", "count", Count, 1, false},
	{"只", "count", Count, 1, false},
	{"类", "count", Count, 1, false},
	{"大", "count", Count, 1, false},
	{"stocks", "count", Count, 1, true},
	{"companies", "count", Count, 1, true},
	{"scenarios", "count", Count, 1, true},
	{"markets", "count", Count, 1, true},
	{"funds", "count", Count, 1, true},
	{"cuts", "count", Count, 1, true},
	{"hikes", "count", Count, 1, true},
	{"banks", "count", Count, 1, true},
	{"firms", "count", Count, 1, true},
}

// unitFirst are the first characters of the units, which rule most of them out at once.
var unitFirst = func() []rune {
	out := make([]rune, len(units))
	for i, u := range units {
		out[i] = []rune(u.word)[0]
	}
	return out
}()

// unitAt reads the unit that stands at i, with a space or a hyphen before it or none.
func (l *line) unitAt(i int) (u *unit, end int) {
	j := l.spaces(i)
	hyphen := l.at(i) == '-' && latin(l.at(i+1))
	for k := range units {
		u := &units[k]
		if c := l.at(j); !hyphen && c != unitFirst[k] && (c|0x20) != unitFirst[k] {
			continue
		}
		if u.latin {
			switch {
			case l.word(j, u.word):
				return u, j + len([]rune(u.word))
			case hyphen && l.word(i+1, u.word): // a 43-day shutdown
				return u, i + 1 + len([]rune(u.word))
			}
			continue
		}
		if l.has(j, u.word) && (j == i || u.kind != Count) {
			return u, j + len([]rune(u.word))
		}
	}
	return nil, i
}

// currencies are the signs that stand before a number, the longest first.
var currencies = []struct{ sign, name string }{
	{"us$", "usd"}, {"hk$", "hkd"}, {"usd ", "usd"}, {"usd", "usd"}, {"$", "usd"}, {"€", "eur"}, {"£", "gbp"}, {"¥", "cny"}, {"￥", "cny"}, {"eur ", "eur"},
}

// currency reads a currency sign at i.
func (l *line) currency(i int) (name string, end int) {
	for _, c := range currencies {
		if !l.has(i, c.sign) {
			continue
		}
		end := l.spaces(i + len([]rune(c.sign)))
		if digit(l.at(end)) && (!latin(l.at(i)) || !latin(l.at(i-1))) {
			return c.name, end
		}
	}
	return "", i
}
