package feed

import (
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// release is how the figures of one family become public: so many days after the last day of the
// period they are about (daily series: business days after the day), at a time of day in New York.
// Where releases come on varying days, lag is the longest that has been usual since 2017; earlier
// ones came up to older days later. The rule is late rather than early: an analysis must not know a
// figure before the public did.
type release struct {
	family string
	lag    int
	older  int
	minute int
	// federal marks agencies that stood still in the shutdown of October and November 2025.
	federal bool
}

// The families of series, by what releases them.
var releases = []struct {
	release
	ids string
}{
	// Daily: one business day unless stated.
	{release{family: "h15", lag: 1, minute: clock(8, 30)}, "DGS1MO DGS3MO DGS6MO DGS1 DGS2 DGS3 DGS5 DGS7 DGS10 DGS20 DGS30 DFII5 DFII7 DFII10 DFII20 DFII30 T10Y2Y T10Y3M T10YIE T5YIE T5YIFR VIXCLS SP500 NASDAQ100 DJIA SOFR SOFR30DAYAVG RRPONTSYD IORB DFEDTARU DFEDTARL"},
	{release{family: "fed_funds", lag: 1, minute: clock(9, 15)}, "DFF EFFR OBFR"},
	{release{family: "ice", lag: 1, minute: clock(10, 0)}, "BAMLH0A0HYM2 BAMLC0A0CM BAMLH0A3HYC BAMLH0A1HYBB BAMLC0A4CBBB"},
	{release{family: "eia", lag: 7, minute: clock(17, 0)}, "DCOILWTICO DCOILBRENTEU DHHNGSP"},
	// Weekly: days after the date of the observation.
	{release{family: "claims", lag: 5, minute: clock(8, 30), federal: true}, "ICSA ICNSA IC4WSA"},
	{release{family: "continued_claims", lag: 12, minute: clock(8, 30), federal: true}, "CCSA CCNSA"},
	{release{family: "nfci", lag: 5, minute: clock(8, 30)}, "NFCI ANFCI"},
	{release{family: "stress", lag: 7, minute: clock(11, 0)}, "STLFSI STLFSI2 STLFSI3 STLFSI4"},
	{release{family: "wei", lag: 6, minute: clock(11, 30)}, "WEI"},
	{release{family: "h41", lag: 1, minute: clock(16, 30)}, "WALCL WRESBAL WTREGEN WSHOSHO"},
	// Monthly and quarterly: days after the last day of the period.
	{release{family: "payrolls", lag: 12, older: 5, minute: clock(8, 30), federal: true}, "PAYEMS USPRIV USGOOD USCONS MANEMP DMANEMP NDMANEMP SRVPRD USTPU USWTRADE USTRADE USFIRE USGOVT AWHMAN AWOTMAN AHETPI CES0500000003 CES0600000007 CES0600000008 CES1021000001 CES2000000008 CES3000000008"},
	{release{family: "household", lag: 12, older: 5, minute: clock(8, 30), federal: true}, "UNRATE U6RATE CIVPART EMRATIO CE16OV CLF16OV UEMPMEAN UEMPLT5 UEMP5TO14 UEMP15OV UEMP15T26 UEMP27OV LNS11300000"},
	{release{family: "cpi", lag: 18, older: 12, minute: clock(8, 30), federal: true}, "CPIAUCSL CPIAUCNS CPILFESL CPILFENS CPIAPPSL CPITRNSL CPIMEDSL CUSR0000SAC CUSR0000SAD CUSR0000SAS CUSR0000SA0L2 CUSR0000SA0L5 CPIULFSL"},
	{release{family: "ppi", lag: 20, older: 8, minute: clock(8, 30), federal: true}, "PPIACO PPIFIS PPIFES PPICMM WPSFD49207 WPSFD49502 WPSID61 WPSID62"},
	{release{family: "retail", lag: 20, older: 5, minute: clock(8, 30), federal: true}, "RSAFS RSXFS RETAILx RRSFS"},
	{release{family: "income", lag: 35, older: 5, minute: clock(10, 0), federal: true}, "PCE PCEPI PCEPILFE PSAVERT PI RPI W875RX1 DSPI DSPIC96 PCEC96 DPCERA3M086SBEA DDURRG3M086SBEA DNDGRG3M086SBEA DSERRG3M086SBEA PCETRIM12M159SFRBDAL PCETRIM12M"},
	{release{family: "production", lag: 20, older: 5, minute: clock(9, 15), federal: true}, "INDPRO TCU CUMFNS IPFPNSS IPFINAL IPCONGD IPDCONGD IPNCONGD IPBUSEQ IPMAT IPDMAT IPNMAT IPMANSICS IPB51222S IPFUELS"},
	{release{family: "construction", lag: 25, older: 5, minute: clock(8, 30), federal: true}, "HOUST HOUSTNE HOUSTMW HOUSTS HOUSTW PERMIT PERMITNE PERMITMW PERMITS PERMITW"},
	{release{family: "new_homes", lag: 30, older: 5, minute: clock(10, 0), federal: true}, "HSN1F"},
	{release{family: "jolts", lag: 45, older: 15, minute: clock(10, 0), federal: true}, "JTSJOL JTSQUR JTSHIL"},
	{release{family: "existing_homes", lag: 28, older: 5, minute: clock(10, 0)}, "EXHOSLUSM495S"},
	{release{family: "home_prices", lag: 63, older: 5, minute: clock(9, 0)}, "CSUSHPISA CSUSHPINSA SPCS20RSA"},
	{release{family: "sentiment", lag: 1, older: 1, minute: clock(10, 0)}, "UMCSENT UMCSENTx"},
	{release{family: "money", lag: 30, older: 15, minute: clock(13, 0)}, "M1SL M2SL M2REAL BOGMBASE TOTRESNS NONBORRES BUSLOANS REALLN"},
	{release{family: "fed_rates", lag: 4, older: 3, minute: clock(16, 15)}, "FEDFUNDS TB3MS TB6MS GS1 GS2 GS5 GS10 GS30 AAA BAA"},
	{release{family: "gdp", lag: 35, older: 10, minute: clock(8, 30), federal: true}, "GDP GDPC1 GDPDEF A191RL1Q225SBEA A191RO1Q156NBEA A939RX0Q048SBEA"},
}

// Defaults for series that no family has: late, and subject to the shutdown.
var (
	otherDaily     = release{family: "other", lag: 1, minute: clock(8, 30)}
	otherWeekly    = release{family: "other", lag: 8, minute: clock(17, 0), federal: true}
	otherMonthly   = release{family: "other", lag: 45, older: 15, minute: clock(17, 0), federal: true}
	otherQuarterly = release{family: "other", lag: 80, older: 20, minute: clock(17, 0), federal: true}
	otherYearly    = release{family: "other", lag: 200, older: 100, minute: clock(17, 0), federal: true}
)

var releaseByID = func() map[string]release {
	m := map[string]release{}
	for _, r := range releases {
		for _, id := range strings.Fields(r.ids) {
			m[strings.ToUpper(id)] = r.release
		}
	}
	return m
}()

// lagSince is the date from which lag alone bounds the releases.
var lagSince = calendar.DateOf(2017, 1, 1)

// moment is a release on a day of its own: date and time in New York, or never.
type moment struct {
	known int64 // Unix seconds; 0: never
}

// shutdown holds the releases of the figures whose day a lapse of federal funding moved beyond the rule
// (1 to 16 October 2013, 22 December 2018 to 25 January 2019, 1 October to 12 November 2025), by family
// and first day of the period. Where parts of a family came out on several days the last one stands. The
// dates are those of the agencies' revised calendars: BLS ("Revised news release dates following the 2025 lapse in appropriations"), BEA,
// Census and the Federal Reserve's G.17. "never" marks figures of October 2025 that were not
// collected: the household survey and the consumer price index.
var shutdown = readShutdown(`
payrolls     2013-09 2013-10-22 08:30
household    2013-09 2013-10-22 08:30
cpi          2013-09 2013-10-30 08:30
ppi          2013-09 2013-10-29 08:30
retail       2013-09 2013-10-29 08:30
income       2013-09 2013-11-08 10:00
production   2013-09 2013-10-28 09:15
construction 2013-09 2013-12-18 08:30
construction 2013-10 2013-12-18 08:30
new_homes    2013-09 2013-12-04 10:00
new_homes    2013-10 2013-12-04 10:00
retail       2018-12 2019-02-14 08:30
retail       2019-01 2019-03-11 08:30
income       2018-12 2019-03-01 08:30
income       2019-01 2019-03-29 08:30
construction 2018-12 2019-02-26 08:30
construction 2019-01 2019-03-08 08:30
new_homes    2018-11 2019-01-31 10:00
new_homes    2018-12 2019-03-05 10:00
gdp          2018-10 2019-02-28 08:30
payrolls     2025-09 2025-11-20 08:30
payrolls     2025-10 2025-12-16 08:30
payrolls     2025-11 2025-12-16 08:30
payrolls     2025-12 2026-01-09 08:30
household    2025-09 2025-11-20 08:30
household    2025-10 never
household    2025-11 2025-12-16 08:30
household    2025-12 2026-01-09 08:30
cpi          2025-09 2025-10-24 08:30
cpi          2025-10 never
cpi          2025-11 2025-12-18 08:30
cpi          2025-12 2026-01-13 08:30
ppi          2025-09 2025-11-25 08:30
ppi          2025-10 2026-01-14 08:30
ppi          2025-11 2026-01-14 08:30
ppi          2025-12 2026-01-30 08:30
retail       2025-09 2025-11-25 08:30
retail       2025-10 2025-12-16 08:30
retail       2025-11 2026-01-14 08:30
retail       2025-12 2026-02-10 08:30
income       2025-09 2025-12-05 10:00
income       2025-10 2026-01-22 10:00
income       2025-11 2026-01-22 10:00
income       2025-12 2026-02-20 08:30
production   2025-09 2025-12-03 09:15
production   2025-10 2025-12-23 09:15
production   2025-11 2025-12-23 09:15
construction 2025-09 2026-01-09 08:30
construction 2025-10 2026-01-09 08:30
construction 2025-11 2026-02-18 08:30
construction 2025-12 2026-02-18 08:30
new_homes    2025-09 2026-01-13 10:00
new_homes    2025-10 2026-01-13 10:00
new_homes    2025-11 2026-02-20 10:00
new_homes    2025-12 2026-02-20 10:00
jolts        2025-09 2025-12-09 10:00
jolts        2025-10 2025-12-09 10:00
jolts        2025-11 2026-01-07 10:00
gdp          2025-07 2025-12-23 08:30
gdp          2025-10 2026-02-20 08:30
`)

// period is a family's figure of the period that begins on a day.
type period struct {
	family string
	from   calendar.Date
}

func readShutdown(table string) map[period]moment {
	m := map[period]moment{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		f := strings.Fields(line)
		from, err := calendar.ParseDate(f[1] + "-01")
		if err != nil {
			panic("feed: table of releases: " + err.Error())
		}
		var when moment
		if f[2] != "never" {
			s, ok := readStamp([]byte(f[2]+" "+f[3]), slashUnknown)
			if !ok {
				panic("feed: table of releases: " + line)
			}
			when.known = atNewYork(s.date, int(s.sec)/60)
		}
		m[period{f[0], from}] = when
	}
	return m
}

// Claims of the weeks in which nothing was published came out together, "by close of business"
// (Department of Labor). Of a federal series that no family has nobody here knows the day: what was
// due while the government was closed or behind is taken as known when the backlog had gone.
var (
	closedFrom  = calendar.DateOf(2025, 10, 1)
	backlogEnd  = calendar.DateOf(2026, 2, 27)
	claimsFrom  = calendar.DateOf(2025, 9, 20)
	claimsTo    = calendar.DateOf(2025, 11, 8)
	claimsKnown = calendar.DateOf(2025, 11, 20)
)

// releaseRule is the rule for a series of FRED or FRED-MD.
func releaseRule(s *market.Series, f frequency) (knownRule, []evidence.Code) {
	id := strings.ToUpper(s.ID[strings.LastIndexByte(s.ID, '/')+1:])
	r, ok := releaseByID[id]
	if !ok {
		r = map[frequency]release{daily: otherDaily, weekly: otherWeekly, quarterly: otherQuarterly, yearly: otherYearly}[f]
		if r.family == "" {
			r = otherMonthly
		}
	}
	caveats := []evidence.Code{}
	if f != daily {
		caveats = append(caveats,
			evidence.Code{Code: CaveatKnownModel, Args: evidence.Args{"days": r.lag}},
			evidence.Code{Code: CaveatVintage})
	}
	delayed := false
	rule := func(about int64) (int64, string) {
		d := dayOf(about)
		if f == daily {
			return r.daily(d), ""
		}
		end := periodEnd(d, f)
		known, moved, reason := r.after(d, end, f)
		delayed = delayed || moved
		return known, reason
	}
	for _, a := range s.About {
		rule(a)
	}
	if delayed {
		caveats = append(caveats, evidence.Code{Code: CaveatDelayed, Args: evidence.Args{"from": closedFrom.String()}})
	}
	return rule, caveats
}

// daily is when a figure about a day became known: on the lag-th business day after it.
func (r release) daily(d calendar.Date) int64 {
	for range r.lag {
		d = nextBusiness(d)
	}
	return atNewYork(d, r.minute)
}

// after is when the figure of the period from..end became known, and whether the shutdown moved it.
func (r release) after(from, end calendar.Date, f frequency) (known int64, moved bool, reason string) {
	usual := monthly
	if r.family == "gdp" {
		usual = quarterly
	}
	if when, ok := shutdown[period{r.family, from}]; ok && f == usual {
		if when.known == 0 {
			return 0, true, ReasonNever
		}
		return when.known, from >= closedFrom-180, "" // the caveat speaks of the latest lapse only
	}
	lag := r.lag
	if end < lagSince {
		lag += r.older
	}
	due := end + calendar.Date(lag)
	switch {
	case !r.federal || due < closedFrom:
	case strings.HasSuffix(r.family, "claims") && end >= claimsFrom && end <= claimsTo:
		return atNewYork(max(due, claimsKnown), clock(17, 0)), true, ""
	case r.family == "other" && due < backlogEnd:
		return atNewYork(backlogEnd, r.minute), true, ""
	}
	return atNewYork(due, r.minute), false, ""
}

// periodEnd is the last day of the period that an observation is about: FRED dates months, quarters
// and years by their first day, and weeks by their last.
func periodEnd(d calendar.Date, f frequency) calendar.Date {
	y, m, _ := d.YMD()
	switch f {
	case monthly, irregular:
		return calendar.DateOf(y, m+1, 1) - 1
	case quarterly:
		return calendar.DateOf(y, m+3, 1) - 1
	case yearly:
		return calendar.DateOf(y+1, 1, 1) - 1
	}
	return d
}
