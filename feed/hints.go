package feed

import (
	"strings"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// stem is the file's name without folder and extensions.
func (j *job) stem() string {
	s := j.report.File
	for _, ext := range []string{".gz", ".zip", ".csv", ".txt", ".json", ".tsv", ".dat"} {
		if len(s) > len(ext) && strings.EqualFold(s[len(s)-len(ext):], ext) {
			s = s[:len(s)-len(ext)]
		}
	}
	return s
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// words splits a name at everything that is not a letter, a digit, ^, & or +.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && r != '^' && r != '&' && r != '+'
	})
}

// instrument says what the rows are about: what the user says, else the file's name as a whole, else
// the first word in it that is an instrument (gold_usd_daily, jf_audusd), else a name that looks
// like a ticker.
func (j *job) instrument() (market.Instrument, error) {
	if j.opt.Instrument != "" {
		in, _ := market.InstrumentOf(j.opt.Instrument)
		return in, nil
	}
	stem := j.stem()
	if in, ok := market.Lookup(stem); ok {
		return in, nil
	}
	ws := words(stem)
	for n := min(2, len(ws)); n >= 1; n-- { // BTC_USD before BTC
		for i := 0; i+n <= len(ws); i++ {
			if in, ok := market.Lookup(strings.Join(ws[i:i+n], "_")); ok {
				return in, nil
			}
		}
	}
	if looksLikeTicker(stem) {
		in, _ := market.InstrumentOf(stem)
		j.note(NoteInstrument, evidence.Args{"instrument": in.ID})
		return in, nil
	}
	return market.Instrument{}, j.fail(CodeUnknownInstrument, evidence.Args{"name": printable([]byte(stem))},
		"say which instrument the rows are about, or name the file after it")
}

// looksLikeTicker accepts one to five capitals, with a class behind a point: KO, BRK.B.
func looksLikeTicker(s string) bool {
	base, class, _ := strings.Cut(s, ".")
	if len(base) == 0 || len(base) > 5 || len(class) > 1 {
		return false
	}
	for _, c := range base + class {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// nameDate finds a date in the file's name: 2025-01-29, 2025_01_29 or 20250129.
func (j *job) nameDate() (calendar.Date, bool) {
	s := j.report.File
	for i := range s {
		if i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
			continue
		}
		rest := s[i:]
		var digits string
		switch {
		case len(rest) >= 10 && (rest[4] == '-' || rest[4] == '_') && rest[7] == rest[4]:
			digits = rest[:4] + rest[5:7] + rest[8:10]
			rest = rest[10:]
		case len(rest) >= 8:
			digits = rest[:8]
			rest = rest[8:]
		default:
			return 0, false
		}
		if len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' {
			continue
		}
		n, ok := whole([]byte(digits))
		if !ok {
			continue
		}
		if d, ok := civil(int(n/10000), int(n/100%100), int(n%100)); ok && calendar.First <= d && d <= calendar.Last {
			return d, true
		}
	}
	return 0, false
}
