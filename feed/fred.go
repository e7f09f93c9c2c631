package feed

import (
	"strings"

	"faultline/evidence"
	"faultline/market"
)

// fredSeries is one or several series with a date: the downloads of FRED (observation_date,DGS10;
// date,value), and tables of them whose headings end with the series' ID in parentheses.
var fredSeries = format{
	Format: Format{"fred", "FRED series: date and value, DATE and ID, or many columns headed name(ID)", KnownRelease},
	match: func(m *sample) bool {
		if m.find("date", "observation_date") != 0 || len(m.names) < 2 {
			return false
		}
		if len(m.names) == 2 && (m.lower[1] == "value" || looksLikeFredID(m.names[1])) {
			return true
		}
		for _, n := range m.names[1:] {
			if _, ok := idInParentheses(n); !ok {
				return false
			}
		}
		return true
	},
	read: (*job).readFred,
}

// fredMD is the monthly database of McCracken and Ng: months as month/day/year, and transformation
// codes on the line below the header.
var fredMD = format{
	Format: Format{"fred_md", "FRED-MD: sasdate, transformation codes on the second line, 126 monthly series", KnownRelease},
	match:  func(m *sample) bool { return m.find("sasdate") == 0 && len(m.names) > 1 },
	read:   (*job).readFredMD,
}

// looksLikeFredID accepts headings such as DGS10 or A191RL1Q225SBEA.
func looksLikeFredID(s string) bool {
	if len(s) < 2 || len(s) > 30 {
		return false
	}
	for _, c := range s {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s[0] >= 'A' && s[0] <= 'Z'
}

func idInParentheses(s string) (string, bool) {
	s = strings.TrimSuffix(strings.TrimSuffix(s, ")"), "）")
	i := strings.LastIndexAny(s, "(（")
	if i < 0 {
		return "", false
	}
	id := strings.TrimLeft(s[i:], "(（")
	return id, looksLikeFredID(id)
}

// fredNames are the names that people give to files of the series that everyone uses.
var fredNames = map[string]string{
	"consumer_sentiment": "UMCSENT", "core_cpi": "CPILFESL", "core_pce": "PCEPILFE", "cpi": "CPIAUCSL",
	"fed_funds_rate": "FEDFUNDS", "financial_stress": "STLFSI", "gdp": "GDP", "real_gdp": "GDPC1",
	"hy_spread": "BAMLH0A0HYM2", "ig_spread": "BAMLC0A0CM", "labor_participation": "CIVPART",
	"m1": "M1SL", "m2": "M2SL", "nasdaq100": "NASDAQ100", "nonfarm_payrolls": "PAYEMS", "pce": "PCE",
	"ppi": "PPIACO", "sp500": "SP500", "unemployment_rate": "UNRATE", "us_10y_yield": "DGS10",
	"us_2y_yield": "DGS2", "us_30y_yield": "DGS30", "us_5y_yield": "DGS5", "vix": "VIXCLS", "wti": "DCOILWTICO",
}

// seriesName is the ID of the one series of a file: what the user says, a name that is known, or the
// file's own name.
func (j *job) seriesName() string {
	if j.opt.Instrument != "" {
		return j.opt.Instrument
	}
	stem := j.stem()
	for rest := strings.ToLower(stem); ; {
		if id, ok := fredNames[rest]; ok {
			return id
		}
		_, tail, ok := strings.Cut(rest, "_")
		if !ok {
			break
		}
		rest = tail
	}
	if stem == "" {
		return "series"
	}
	return stem
}

func (j *job) readFred() error {
	m := j.head
	set := j.newSeries()
	columns := make([]*seriesBuilder, len(m.names))
	for i, n := range m.names {
		if i == 0 {
			continue
		}
		id, ok := idInParentheses(n)
		switch {
		case ok:
		case m.lower[i] == "value":
			id = j.seriesName()
		default:
			id = n
		}
		if columns[i] = set.get(id, n, evidence.AsStated); columns[i] == nil {
			return set.tooMany()
		}
	}
	order := m.slashes(0)
	err := j.table(false, func(line int, row [][]byte) error {
		s, ok := readStamp(row[0], order)
		if !ok || s.kind == unixTime {
			j.row()
			return j.reject(line, m.names[0], row[0], ReasonDate, nil)
		}
		for i, b := range columns {
			if b == nil {
				continue
			}
			if err := b.observe(dayUnix(s.date), row[i], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("FRED", evidence.Published, releaseRule)
}

// readFredMD reads the database. The series keep the names that FRED-MD gives them under fredmd/,
// since it adjusts some of them; the transformation code is a caveat of the series, and the values
// are not transformed.
func (j *job) readFredMD() error {
	m := j.head
	set := j.newSeries()
	columns := make([]*seriesBuilder, len(m.names))
	codes := map[string]string{}
	for i, n := range m.names {
		if i == 0 || n == "" {
			continue
		}
		if columns[i] = set.get("fredmd/"+strings.ReplaceAll(n, " ", "_"), n, evidence.AsStated); columns[i] == nil {
			return set.tooMany()
		}
	}
	err := j.table(false, func(line int, row [][]byte) error {
		if strings.HasPrefix(strings.ToLower(string(row[0][:min(len(row[0]), 16)])), "transform") {
			for i, b := range columns {
				if b != nil {
					codes[b.s.ID] = printable(row[i])
				}
			}
			return nil
		}
		s, ok := readStamp(row[0], monthFirst)
		if !ok || s.kind != dateOnly {
			j.row()
			return j.reject(line, m.names[0], row[0], ReasonDate, nil)
		}
		for i, b := range columns {
			if b == nil {
				continue
			}
			if err := b.observe(dayUnix(s.date), row[i], line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return set.finish("FRED-MD", evidence.Published, func(s *market.Series, f frequency) (knownRule, []evidence.Code) {
		rule, caveats := releaseRule(s, f)
		if code := codes[s.ID]; code != "" {
			caveats = append(caveats, evidence.Code{Code: CaveatTransform, Args: evidence.Args{"code": code}})
		}
		return rule, caveats
	})
}
