package audit

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"faultline/calendar"
)

// Rule names a consistency rule.
type Rule string

// The rules. Each compares what claims say, without data.
const (
	BeyondShort    Rule = "beyond_record_short" // a position plus its flow lies beyond the cohort's record short
	BeyondLong     Rule = "beyond_record_long"  // a position lies beyond the cohort's record long
	PartOfTotal    Rule = "part_above_total"    // a part is larger than its total
	SameQuantity   Rule = "same_quantity"       // two claims give one thing different values
	Probabilities  Rule = "probabilities"       // of exclusive cases do not sum to one
	ChangeOfLevels Rule = "change_of_levels"    // a change does not fit the levels before and after
	LongerThan     Rule = "longer_than_period"  // something lasts longer than the period in which it is said to have happened
	EffectOutside  Rule = "effect_outside"      // an effect lies outside the period of its cause
	Stance         Rule = "stance"              // a cohort is called sold out while its position less its sales is long
	Action         Rule = "action_at_price"     // a cohort is said to buy at a price at which its own rule sells
	NoCause        Rule = "denied_cause"        // one claim says that something had no cause of a kind that another one gives
)

// Violation is two or more claims that cannot all be true.
type Violation struct {
	Rule   Rule
	Claims []string // ids; the mended one last
	Size   float64  // by which factor the limit is passed; NaN where the rule has no size
	Mend   *Mend    // the smallest slip in one quantity that would explain it; nil when none does
}

// Mend is a slip in scale: one quantity read as Factor times what it says.
type Mend struct {
	Claims []string // all claims that state the quantity
	Factor float64
	Value  float64 // of the first claim, after the change, in the figure's unit
}

// slips are the powers of ten that are lost between units: a billion and ten 亿 are one, a thousand is
// lost between thousands and millions or billions, four digits between 万 and 亿.
var slips = []float64{0.1, 10, 0.01, 100, 1e-3, 1e3, 1e-4, 1e4}

// soldOut is the share of its record long above which a cohort cannot be called sold out.
const soldOut = 0.1

// probabilitySlack is what rounding of printed percentages may add up to.
const probabilitySlack = 0.011

// Check holds the claims against each other. The order is that of rules and claims.
func (l *Ledger) Check() []Violation {
	found := l.violations()
	for i := range found {
		found[i].Mend = l.mend(&found[i], found)
	}
	return found
}

func (l *Ledger) violations() []Violation {
	var out []Violation
	add := func(rule Rule, size float64, claims ...string) {
		out = append(out, Violation{Rule: rule, Claims: claims, Size: size})
	}
	l.positions(add)
	l.pairs(add)
	l.sums(add)
	l.periods(add)
	l.words(add)
	return out
}

type adder func(rule Rule, size float64, claims ...string)

// of lists the claims that state a quantity with a number.
func (l *Ledger) of(what string) []*Claim {
	var out []*Claim
	for i := range l.Claims {
		if q := l.Claims[i].Quantity; q != nil && q.What == what {
			out = append(out, &l.Claims[i])
		}
	}
	return out
}

// positions compares positions and flows with the records of their cohorts. A flow is held against the
// position before it, each horizon by itself, since the horizons of tapes are nested.
func (l *Ledger) positions(add adder) {
	for _, p := range l.of("position") {
		c, ok := l.Cohorts[p.Quantity.Of]
		if !ok || p.Figure == nil {
			continue
		}
		low, high := p.Figure.ends()
		if size := low / (c.Margin * c.LongUSD); size > 1 {
			add(BeyondLong, size, p.ID)
		}
		for _, f := range l.of("flow") {
			if f.Quantity.Of != p.Quantity.Of || f.Figure == nil || f.Quantity.Sign >= 0 {
				continue
			}
			small, _ := f.Figure.ends()
			// Even the largest position less the smallest sale must not pass the record.
			if left := high - small; left/(c.Margin*c.ShortUSD) > 1 {
				add(BeyondShort, left/c.ShortUSD, p.ID, f.ID)
			}
		}
	}
}

// pairs compares claims about one quantity, and parts with their totals.
func (l *Ledger) pairs(add adder) {
	for i := range l.Claims {
		for j := i + 1; j < len(l.Claims); j++ {
			a, b := &l.Claims[i], &l.Claims[j]
			if a.Quantity == nil || b.Quantity == nil || a.Figure == nil || b.Figure == nil || a.Quantity.Of != b.Quantity.Of {
				continue
			}
			switch qa, qb := a.Quantity, b.Quantity; {
			case qa.What == qb.What && qa.Horizon == qb.Horizon && qa.What != "part" && qa.What != "probability" && qa.What != "change":
				if a.Figure.Unit == "date" || b.Figure.Unit == "date" {
					if a.Figure.Day != b.Figure.Day {
						add(SameQuantity, math.NaN(), a.ID, b.ID)
					}
					continue
				}
				if gap := apart(a.Figure, b.Figure); gap > 1 {
					add(SameQuantity, gap, a.ID, b.ID)
				}
			case qa.What == "part" && qb.What == "total":
				part(add, a, b)
			case qa.What == "total" && qb.What == "part":
				part(add, b, a)
			}
		}
	}
}

func part(add adder, p, total *Claim) {
	low, _ := p.Figure.ends()
	_, high := total.Figure.ends()
	if high > 0 && low > high*(1+1e-9) {
		add(PartOfTotal, low/high, total.ID, p.ID)
	}
}

// apart is the ratio between the nearest ends of two figures, 1 when they overlap within their tolerances.
func apart(a, b *Figure) float64 {
	al, ah := a.ends()
	bl, bh := b.ends()
	al, ah, bl, bh = al-a.Tolerance, ah+a.Tolerance, bl-b.Tolerance, bh+b.Tolerance
	switch {
	case ah < bl && ah > 0:
		return bl / ah
	case bh < al && bh > 0:
		return al / bh
	}
	return 1
}

// sums adds the probabilities of exclusive cases, and holds changes against the levels they lead between.
func (l *Ledger) sums(add adder) {
	total, who := map[string]float64{}, map[string][]string{}
	for _, c := range l.of("probability") {
		if c.Figure != nil && !c.Figure.Range() {
			total[c.Quantity.Of] += c.Figure.Value
			who[c.Quantity.Of] = append(who[c.Quantity.Of], c.ID)
		}
	}
	for _, group := range sortedKeys(total) {
		if len(who[group]) > 1 && math.Abs(total[group]-1) > probabilitySlack {
			add(Probabilities, total[group], who[group]...)
		}
	}
	for _, c := range l.of("change") {
		from, ok1 := l.Claim(c.Quantity.From)
		to, ok2 := l.Claim(c.Quantity.To)
		if !ok1 || !ok2 || c.Figure == nil || from.Figure == nil || to.Figure == nil {
			continue
		}
		fl, fh := from.Figure.ends()
		tl, th := to.Figure.ends()
		sign := 1.0
		if c.Quantity.Sign < 0 {
			sign = -1
		}
		cl, ch := c.Figure.ends()
		low, high := sign*(tl/fh-1), sign*(th/fl-1)
		if low > high {
			low, high = high, low
		}
		if high < cl-c.Figure.Tolerance || low > ch+c.Figure.Tolerance {
			add(ChangeOfLevels, math.NaN(), from.ID, to.ID, c.ID)
		}
	}
}

// periods holds lengths against the periods in which they are said to lie, and effects against the
// periods of their causes.
func (l *Ledger) periods(add adder) {
	for _, p := range l.of("period") {
		from, to, ok := span(p.Quantity.During)
		if !ok {
			continue
		}
		for _, c := range l.of("length") {
			if c.Quantity.Of == p.Quantity.Of && c.Figure != nil && c.Figure.Value > float64(to-from+1) {
				add(LongerThan, c.Figure.Value/float64(to-from+1), p.ID, c.ID)
			}
		}
		for i := range l.Claims {
			c := &l.Claims[i]
			if c.Quantity == nil || c.Quantity.Because != p.Quantity.Of {
				continue
			}
			if a, b, ok := span(c.Quantity.During); ok && (b < from || a > to) {
				add(EffectOutside, math.NaN(), p.ID, c.ID)
			}
		}
	}
}

// words compares what claims say of stance, action and cause.
func (l *Ledger) words(add adder) {
	for _, s := range l.of("stance") {
		c, ok := l.Cohorts[s.Quantity.Of]
		if !ok || s.Quantity.Sign >= 0 {
			continue
		}
		for _, p := range l.of("position") {
			for _, f := range l.of("flow") {
				if p.Quantity.Of != s.Quantity.Of || f.Quantity.Of != s.Quantity.Of || f.Quantity.Horizon != "done" || p.Figure == nil || f.Figure == nil {
					continue
				}
				low, _ := p.Figure.ends()
				_, sold := f.Figure.ends()
				if left := low - sold; left > soldOut*c.LongUSD {
					add(Stance, left/c.LongUSD, p.ID, f.ID, s.ID)
				}
			}
		}
	}
	for _, a := range l.of("action") {
		for _, t := range l.of("trigger") {
			if a.Quantity.Of != t.Quantity.Of || a.Figure == nil || t.Figure == nil || a.Quantity.Sign <= 0 {
				continue
			}
			_, high := a.Figure.ends()
			if level, _ := t.Figure.ends(); high < level {
				add(Action, level/high, t.ID, a.ID)
			}
		}
	}
	for _, n := range l.of("no_cause") {
		for _, c := range l.of("cause") {
			if c.Quantity.Of == n.Quantity.Of {
				add(NoCause, math.NaN(), c.ID, n.ID)
			}
		}
	}
}

// ofScale are the rules that a slip of scale can break. What claims say of stance, action and cause is not
// mended by a number.
var ofScale = []Rule{BeyondShort, BeyondLong, PartOfTotal, SameQuantity, ChangeOfLevels, LongerThan}

// mend looks for the smallest slip of scale in one quantity of a violation after which the violation is
// gone and no other one has come. Of equal slips the one that leaves the fewest violations is taken, then
// the one that makes a figure smaller.
func (l *Ledger) mend(v *Violation, before []Violation) *Mend {
	if !slices.Contains(ofScale, v.Rule) {
		return nil
	}
	was := map[string]bool{}
	for _, w := range before {
		was[w.String()] = true
	}
	var best *Mend
	fewest := len(before)
	for _, factor := range slips {
		if best != nil && math.Abs(math.Log10(factor)) > math.Abs(math.Log10(best.Factor))+1e-9 {
			break
		}
		for k := len(v.Claims) - 1; k >= 0; k-- {
			c, ok := l.Claim(v.Claims[k])
			if !ok || c.Figure == nil || math.IsNaN(c.Figure.Value) || c.Figure.Unit == "ratio" || c.Figure.Unit == "percentile" {
				continue
			}
			changed, ids := l.slipped(c, factor)
			left := changed.violations()
			if len(left) >= fewest || slices.ContainsFunc(left, func(w Violation) bool { return !was[w.String()] || w.String() == v.String() }) {
				continue
			}
			fewest = len(left)
			m, _ := changed.Claim(c.ID)
			best = &Mend{Claims: ids, Factor: factor, Value: m.Figure.Value}
		}
	}
	return best
}

// slipped is the ledger with one quantity scaled, in every claim that states it.
func (l *Ledger) slipped(c *Claim, factor float64) (*Ledger, []string) {
	out := &Ledger{Document: l.Document, Cohorts: l.Cohorts, Claims: slices.Clone(l.Claims)}
	var ids []string
	for i := range out.Claims {
		o := &out.Claims[i]
		same := o.ID == c.ID || o.Quantity != nil && c.Quantity != nil && o.Quantity.Of == c.Quantity.Of &&
			o.Quantity.What == c.Quantity.What && o.Quantity.Horizon == c.Quantity.Horizon
		if !same || o.Figure == nil {
			continue
		}
		f := *o.Figure
		f.Value *= factor
		f.High *= factor
		f.Tolerance *= factor
		o.Figure = &f
		ids = append(ids, o.ID)
	}
	return out, ids
}

// span reads 2025-07-01..2025-09-30, or one day.
func span(text string) (from, to calendar.Date, ok bool) {
	a, b, two := strings.Cut(text, "..")
	if !two {
		b = a
	}
	from, err1 := calendar.ParseDate(a)
	to, err2 := calendar.ParseDate(b)
	return from, to, err1 == nil && err2 == nil && from <= to
}

func sortedKeys(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// String says which rule and which claims, for tests and logs.
func (v Violation) String() string { return fmt.Sprintf("%s %v", v.Rule, v.Claims) }
