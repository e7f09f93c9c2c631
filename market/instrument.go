package market

import (
	"sort"
	"strings"

	"faultline/calendar"
)

// Kind says what sort of thing an instrument is. It decides how a file's prices are to be read:
// vendors adjust the closes of stocks and funds for dividends, but not those of indices.
type Kind string

// The kinds of instrument.
const (
	Index      Kind = "index"
	Fund       Kind = "fund"
	Stock      Kind = "stock"
	Coin       Kind = "coin"
	Currency   Kind = "currency"
	Yield      Kind = "yield"
	Volatility Kind = "volatility"
	Metal      Kind = "metal"
)

// Instrument is something that has a price.
type Instrument struct {
	ID         string  // stable name, such as "SPX"
	Name       string  // as people say it
	Kind       Kind    //
	Multiplier float64 // units of the underlying that one option contract stands for
	Currency   string  // ISO 4217
	Exchange   string  // name of the calendar that it follows
	American   bool    // its options may be exercised early
	aliases    []string
}

// Calendar returns the exchange whose sessions the instrument follows.
func (i Instrument) Calendar() *calendar.Exchange {
	x, err := calendar.ByName(i.Exchange)
	if err != nil {
		panic("market: instrument " + i.ID + ": " + err.Error()) // a wrong table, found by the test of the table
	}
	return x
}

// Adjusted reports whether vendors' daily closes of the instrument are adjusted for dividends, so
// that a close of the past depends on dividends paid after it.
func (i Instrument) Adjusted() bool { return i.Kind == Fund || i.Kind == Stock }

var instruments = []Instrument{
	{ID: "SPX", Name: "S&P 500", Kind: Index, aliases: []string{"GSPC", "^GSPC", "^SPX", "_SPX", "SPXW", "S&P 500 INDEX", "STANDARD & POORS 500 INDEX", "SP500"}},
	{ID: "NDX", Name: "Nasdaq 100", Kind: Index, aliases: []string{"^NDX", "_NDX", "NDXP", "NASDAQ 100", "NASDAQ 100 INDEX", "NASDAQ100"}},
	{ID: "RUT", Name: "Russell 2000", Kind: Index, aliases: []string{"^RUT", "_RUT", "RUTW", "RUSSELL 2000 INDEX"}},
	{ID: "XSP", Name: "Mini S&P 500", Kind: Index, aliases: []string{"_XSP"}},
	{ID: "IXIC", Name: "Nasdaq Composite", Kind: Index, aliases: []string{"^IXIC"}},
	{ID: "N225", Name: "Nikkei 225", Kind: Index, Currency: "JPY", aliases: []string{"^N225"}},
	{ID: "DAX", Name: "DAX", Kind: Index, Currency: "EUR", aliases: []string{"^GDAXI"}},
	{ID: "HSI", Name: "Hang Seng", Kind: Index, Currency: "HKD", aliases: []string{"^HSI"}},
	{ID: "VIX", Name: "VIX", Kind: Volatility, Exchange: "cboe", aliases: []string{"^VIX", "_VIX", "VIXW"}},
	{ID: "VIX1D", Name: "VIX1D", Kind: Volatility, Exchange: "cboe", aliases: []string{"^VIX1D"}},
	{ID: "VIX9D", Name: "VIX9D", Kind: Volatility, Exchange: "cboe", aliases: []string{"^VIX9D"}},
	{ID: "VVIX", Name: "VVIX", Kind: Volatility, Exchange: "cboe", aliases: []string{"^VVIX"}},
	{ID: "SKEW", Name: "SKEW", Kind: Volatility, Exchange: "cboe", aliases: []string{"^SKEW"}},
	{ID: "SPY", Name: "SPDR S&P 500 ETF", Kind: Fund, aliases: []string{"SPDR S&P 500 ETF TRUST"}},
	{ID: "QQQ", Name: "Invesco QQQ", Kind: Fund},
	{ID: "IWM", Name: "iShares Russell 2000", Kind: Fund},
	{ID: "DIA", Name: "SPDR Dow Jones", Kind: Fund},
	{ID: "RSP", Name: "S&P 500 equal weight", Kind: Fund},
	{ID: "TLT", Name: "Treasuries 20+ years", Kind: Fund},
	{ID: "IEF", Name: "Treasuries 7–10 years", Kind: Fund},
	{ID: "SHY", Name: "Treasuries 1–3 years", Kind: Fund},
	{ID: "TIP", Name: "Inflation-linked Treasuries", Kind: Fund},
	{ID: "LQD", Name: "Investment-grade credit", Kind: Fund},
	{ID: "HYG", Name: "High-yield credit", Kind: Fund},
	{ID: "GLD", Name: "Gold fund", Kind: Fund},
	{ID: "USO", Name: "Oil fund", Kind: Fund},
	{ID: "UNG", Name: "Natural gas fund", Kind: Fund},
	{ID: "DBC", Name: "Commodity fund", Kind: Fund},
	{ID: "UUP", Name: "Dollar fund", Kind: Fund},
	{ID: "FXE", Name: "Euro fund", Kind: Fund},
	{ID: "FXB", Name: "Pound fund", Kind: Fund},
	{ID: "FXY", Name: "Yen fund", Kind: Fund},
	{ID: "EEM", Name: "Emerging markets", Kind: Fund},
	{ID: "EFA", Name: "Developed markets ex US", Kind: Fund},
	{ID: "FXI", Name: "China large caps", Kind: Fund},
	{ID: "SMH", Name: "Semiconductors", Kind: Fund},
	{ID: "XLE", Name: "Energy", Kind: Fund},
	{ID: "XLF", Name: "Financials", Kind: Fund},
	{ID: "XLI", Name: "Industrials", Kind: Fund},
	{ID: "XLK", Name: "Technology", Kind: Fund},
	{ID: "XLP", Name: "Consumer staples", Kind: Fund},
	{ID: "XLU", Name: "Utilities", Kind: Fund},
	{ID: "XLV", Name: "Health care", Kind: Fund},
	{ID: "XLY", Name: "Consumer discretionary", Kind: Fund},
	{ID: "SSO", Name: "ProShares Ultra S&P 500 (2×)", Kind: Fund},
	{ID: "UPRO", Name: "ProShares UltraPro S&P 500 (3×)", Kind: Fund},
	{ID: "TQQQ", Name: "ProShares UltraPro QQQ (3×)", Kind: Fund},
	{ID: "DBMF", Name: "iMGP DBi Managed Futures", Kind: Fund},
	{ID: "KMLM", Name: "KraneShares Mount Lucas Managed Futures", Kind: Fund},
	{ID: "BTAL", Name: "AGF US Market Neutral Anti-Beta", Kind: Fund},
	{ID: "AAPL", Name: "Apple", Kind: Stock},
	{ID: "AMD", Name: "AMD", Kind: Stock},
	{ID: "AMZN", Name: "Amazon", Kind: Stock},
	{ID: "AVGO", Name: "Broadcom", Kind: Stock},
	{ID: "COIN", Name: "Coinbase", Kind: Stock},
	{ID: "GOOGL", Name: "Alphabet", Kind: Stock},
	{ID: "HOOD", Name: "Robinhood", Kind: Stock},
	{ID: "META", Name: "Meta", Kind: Stock},
	{ID: "MSFT", Name: "Microsoft", Kind: Stock},
	{ID: "MSTR", Name: "Strategy", Kind: Stock},
	{ID: "NVDA", Name: "Nvidia", Kind: Stock, aliases: []string{"NVIDIA CORPORATION"}},
	{ID: "ORCL", Name: "Oracle", Kind: Stock},
	{ID: "PLTR", Name: "Palantir", Kind: Stock},
	{ID: "TSLA", Name: "Tesla", Kind: Stock},
	{ID: "BTC", Name: "Bitcoin", Kind: Coin, aliases: []string{"BTC_USD", "BTC-USD", "BTCUSD"}},
	{ID: "ETH", Name: "Ether", Kind: Coin, aliases: []string{"ETH_USD", "ETH-USD", "ETHUSD"}},
	{ID: "SOL", Name: "Solana", Kind: Coin, aliases: []string{"SOL_USD", "SOL-USD", "SOLUSD"}},
	{ID: "AUDUSD", Name: "Australian dollar", Kind: Currency},
	{ID: "USDJPY", Name: "Dollar in yen", Kind: Currency, Currency: "JPY"},
	{ID: "DXY", Name: "Dollar index", Kind: Currency},
	{ID: "GOLD", Name: "Gold", Kind: Metal},
	{ID: "TNX", Name: "Ten-year Treasury yield", Kind: Yield, aliases: []string{"^TNX"}},
}

var byAlias = func() map[string]int {
	m := map[string]int{}
	for i := range instruments {
		in := &instruments[i]
		if in.Multiplier == 0 {
			in.Multiplier = 100
		}
		if in.Currency == "" {
			in.Currency = "USD"
		}
		if in.Exchange == "" {
			switch in.Kind {
			case Coin:
				in.Exchange = "crypto"
			default:
				in.Exchange = "nyse"
			}
		}
		in.American = in.Kind == Fund || in.Kind == Stock
		m[in.ID] = i
		for _, a := range in.aliases {
			m[a] = i
		}
	}
	return m
}()

// Lookup finds an instrument by its ID or by a name that data vendors give it, whatever the case.
func Lookup(name string) (Instrument, bool) {
	i, ok := byAlias[strings.ToUpper(strings.TrimSpace(name))]
	if !ok {
		return Instrument{}, false
	}
	return instruments[i], true
}

// InstrumentOf is Lookup, and for an unknown name a stock of that ticker on the NYSE calendar: a
// user's own ticker must not need a new release. The second result says whether it was known.
func InstrumentOf(name string) (Instrument, bool) {
	if in, ok := Lookup(name); ok {
		return in, true
	}
	id := strings.ToUpper(strings.TrimSpace(name))
	return Instrument{ID: id, Name: id, Kind: Stock, Multiplier: 100, Currency: "USD", Exchange: "nyse", American: true}, false
}

// highBeta is the basket of high-beta stocks that crypto holders also own.
var highBeta = []string{"COIN", "HOOD", "MSTR", "PLTR", "TSLA"}

// HighBeta lists the stocks of the high-beta basket, in order; each has the same weight. A universe calls
// the basket HIBETA.
func HighBeta() []string { return append([]string(nil), highBeta...) }

// Instruments lists the known instruments in order of their IDs.
func Instruments() []Instrument {
	out := append([]Instrument(nil), instruments...)
	sort.Slice(out, func(a, b int) bool { return out[a].ID < out[b].ID })
	return out
}
