package dealer_test

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"faultline/assumption"
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/flow/dealer"
	"faultline/market"
)

// A caseFile is a chain and the levels expected, as testdata/README.md describes.
type caseFile struct {
	chain     market.Chain
	asOf      time.Time
	bars      *market.Bars
	assume    assumption.Set
	holding   string
	inventory []dealer.Position
	expect    []line
	row       map[string]int // of a contract in the chain
}

type line struct {
	number int
	words  []string
}

// caseExpiry is what quotes of an expiry are made from.
type caseExpiry struct {
	root                   string
	date                   calendar.Date
	vol, rate, yield, half float64
}

func readCase(path string) (*caseFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := &caseFile{assume: naive(), holding: "open_interest", row: map[string]int{}}
	c.chain.Underlying, c.chain.Spot = "SPX", market.Missing
	c.chain.Origin = market.Origin{File: path, Grade: evidence.Synthetic}
	var e caseExpiry
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		text, _, _ := strings.Cut(s.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := c.line(&e, n, words); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if c.asOf.IsZero() {
		c.asOf = c.chain.At
	}
	return c, s.Err()
}

func (c *caseFile) line(e *caseExpiry, n int, w []string) (err error) {
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		return ""
	}
	switch w[0] {
	case "at":
		c.chain.At, err = clock(arg(1), arg(2))
	case "as-of":
		c.asOf, err = clock(arg(1), arg(2))
	case "underlying":
		c.chain.Underlying = arg(1)
	case "spot":
		c.chain.Spot, err = strconv.ParseFloat(arg(1), 64)
	case "holding":
		c.holding = arg(1)
	case "assume":
		c.assume, err = c.assume.WithText(arg(1)+"="+arg(2), "case")
	case "bar":
		err = c.bar(w[1:])
	case "position":
		err = c.position(w[1:])
	case "expiry":
		*e = caseExpiry{root: arg(1), half: 0.05}
		if e.date, err = calendar.ParseDate(arg(2)); err != nil {
			return err
		}
		err = fields(w[3:], map[string]*float64{"vol": &e.vol, "rate": &e.rate, "yield": &e.yield, "half-spread": &e.half})
	case "strikes", "calls", "puts":
		err = c.strikes(*e, w)
	case "call", "put", "again":
		err = c.contract(*e, w)
	case "expect":
		c.expect = append(c.expect, line{n, w[1:]})
	default:
		err = fmt.Errorf("unknown word %q", w[0])
	}
	return err
}

func clock(day, at string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04:05", day+" "+at+strings.Repeat(":00", 2-strings.Count(at, ":")), calendar.NewYork())
}

// fields reads pairs of a name and a number; "-" is a blank cell.
func fields(w []string, to map[string]*float64) error {
	for ; len(w) > 1; w = w[2:] {
		p := to[w[0]]
		if p == nil {
			return fmt.Errorf("unknown field %q", w[0])
		}
		if w[1] == "-" {
			*p = market.Missing
			continue
		}
		v, err := strconv.ParseFloat(w[1], 64)
		if err != nil {
			return err
		}
		*p = v
	}
	if len(w) > 0 {
		return fmt.Errorf("%q has no value", w[0])
	}
	return nil
}

func (c *caseFile) bar(w []string) error {
	if len(w) != 5 {
		return fmt.Errorf("a bar has a date, open, high, low and close")
	}
	d, err := calendar.ParseDate(w[0])
	if err != nil {
		return err
	}
	s, err := calendar.NYSE().Session(d)
	if err != nil {
		return err
	}
	var v [4]float64
	for i := range v {
		if v[i], err = strconv.ParseFloat(w[i+1], 64); err != nil {
			return err
		}
	}
	if c.bars == nil {
		c.bars = &market.Bars{Instrument: c.chain.Underlying, Interval: market.Day}
	}
	c.bars.Append(int64(d)*86400, s.Close.Unix(), v[0], v[1], v[2], v[3], 1, int32(c.bars.Len()+1))
	return nil
}

func (c *caseFile) position(w []string) error {
	if len(w) != 5 {
		return fmt.Errorf("a position has a root, an expiry, a right, a strike and contracts")
	}
	d, err := calendar.ParseDate(w[1])
	if err != nil {
		return err
	}
	strike, err := strconv.ParseFloat(w[3], 64)
	if err != nil {
		return err
	}
	n, err := strconv.ParseFloat(w[4], 64)
	c.inventory = append(c.inventory, dealer.Position{Root: w[0], Expiry: d, Right: right(w[2]), Strike: strike, Contracts: n})
	return err
}

func right(s string) black.Right {
	if strings.HasPrefix(s, "put") {
		return black.Put
	}
	return black.Call
}

// strikes quotes a range of strikes: "strikes 4500..5500 by 25 oi 100", or "calls", or "puts".
func (c *caseFile) strikes(e caseExpiry, w []string) error {
	var from, to, by float64
	if len(w) < 4 || w[2] != "by" {
		return fmt.Errorf("want FROM..TO by STEP")
	}
	if _, err := fmt.Sscanf(strings.Replace(w[1], "..", " ", 1)+" "+w[3], "%f %f %f", &from, &to, &by); err != nil {
		return err
	}
	for k := 0; from+float64(k)*by <= to+1e-9; k++ {
		for _, r := range []string{"call", "put"} {
			if w[0] != "strikes" && w[0] != r+"s" {
				continue
			}
			line := append([]string{r, strconv.FormatFloat(from+float64(k)*by, 'f', -1, 64)}, w[4:]...)
			if err := c.contract(e, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// contract quotes one contract at the price of the expiry's volatility, or changes what stands there.
func (c *caseFile) contract(e caseExpiry, w []string) error {
	again := w[0] == "again"
	if again {
		w = w[1:]
	}
	if len(w) < 2 {
		return fmt.Errorf("want a right and a strike")
	}
	strike, err := strconv.ParseFloat(w[1], 64)
	if err != nil {
		return err
	}
	key := fmt.Sprint(e.root, e.date, w[0], strike)
	i, known := c.row[key]
	if !known || again {
		i = c.chain.Len()
		c.row[key] = i
		c.chain.Append(c.made(e, right(w[0]), strike))
	}
	x := &c.chain
	return fields(w[2:], map[string]*float64{
		"bid": &x.Bid[i], "ask": &x.Ask[i], "oi": &x.OpenInterest[i], "volume": &x.Volume[i], "iv": &x.IV[i], "gamma": &x.Gamma[i], "strike": &x.Strike[i],
	})
}

// made is a quote about the Black price; what is worth less than half a spread has no bid.
func (c *caseFile) made(e caseExpiry, r black.Right, strike float64) market.Quote {
	q := market.Quote{
		Root: e.root, Expiry: e.date, Right: r, Strike: strike, Bid: 0, Ask: e.half, OpenInterest: 0, Volume: market.Missing,
		Last: market.Missing, IV: market.Missing, Delta: market.Missing, Gamma: market.Missing, Line: int32(c.chain.Len() + 1),
	}
	if s, err := calendar.Settle(e.root, e.date); err == nil && s.Settle.After(c.chain.At) {
		years := calendar.Years(c.chain.At, s.Settle)
		p := math.Exp(-e.rate/100*years) * black.Price(r, c.chain.Spot*math.Exp((e.rate-e.yield)/100*years), strike, years, e.vol/100)
		q.Ask = p + e.half
		if p > e.half {
			q.Bid = p - e.half
		}
	}
	return q
}

func TestCases(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		name, isCase := strings.CutSuffix(f.Name(), ".case")
		if !isCase {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			c, err := readCase("testdata/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			if len(c.expect) == 0 {
				t.Fatal("the case expects nothing")
			}
			c.run(t)
		})
	}
	if n < 30 {
		t.Errorf("%d cases, want at least 30", n)
	}
}

func TestACaseThatCannotBeReadSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"at 2025-06-04 16:00\nspot five\n":       ":2: ",
		"at 2025-06-04 25:00\n":                  ":1: ",
		"\nexpiry SPXW 2025-06-31 vol 18\n":      ":2: ",
		"expiry SPXW 2025-06-20 vol 18 skew 3\n": "unknown field",
		"expiry SPXW 2025-06-20 vol\n":           "has no value",
		"strikes 4500 to 5500\n":                 "FROM..TO",
		"spot 1\n\n\nstrike 4500\n":              ":4: unknown word",
		"assume dealer.calls_lnog 1\n":           "dealer.calls_lnog",
		"position SPXW 2025-06-20 call 5100\n":   "a position has",
		"bar 2025-06-07 1 2 1 1\n":               ":1: ", // a Saturday
	} {
		path := t.TempDir() + "/x.case"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCase(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}
