// Package assumption holds the one register of everything that Faultline takes as given: each
// number has a name, a value, a unit, a range and a source, and no model keeps one of its own.
//
// It stands on floor 0: it may import evidence and a YAML reader, and it must not know what a model
// does with a number. A Set is immutable; overriding a value gives a new Set.
package assumption

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Entry is one assumption.
type Entry struct {
	Name   string    `yaml:"name" json:"name"`
	Value  float64   `yaml:"value" json:"value"`
	Unit   string    `yaml:"unit" json:"unit"`
	Low    float64   `yaml:"low" json:"low"`                  // smallest value that still makes sense
	High   float64   `yaml:"high" json:"high"`                // largest
	Spread bool      `yaml:"spread" json:"spread"`            // uncertain: bands draw it, between Low and High unless Draw is narrower
	Draw   []float64 `yaml:"draw,flow" json:"draw,omitempty"` // bounds of the draws where they are narrower than what makes sense
	Whole  bool      `yaml:"whole" json:"whole,omitempty"`    // a count: only whole numbers make sense
	Source string    `yaml:"source" json:"source"`            // where the value comes from
	Means  string    `yaml:"means" json:"means"`              // what it is, in one sentence
}

//go:embed register/*.yaml
var files embed.FS

// register is the content of the embedded files; its test checks every entry.
var register = func() []Entry {
	var all []Entry
	names, err := files.ReadDir("register")
	if err != nil {
		panic("assumption: embedded register: " + err.Error())
	}
	for _, f := range names {
		text, err := files.ReadFile("register/" + f.Name())
		if err != nil {
			panic("assumption: embedded register: " + err.Error())
		}
		entries, err := parse(bytes.NewReader(text))
		if err != nil {
			panic("assumption: embedded register: " + f.Name() + ": " + err.Error())
		}
		all = append(all, entries...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	for i := range all[:len(all)-1] {
		if all[i].Name == all[i+1].Name {
			panic("assumption: embedded register: " + all[i].Name + " stands in two files")
		}
	}
	return all
}()

var index = func() map[string]int {
	m := make(map[string]int, len(register))
	for i, e := range register {
		m[e.Name] = i
	}
	return m
}()

func parse(r io.Reader) ([]Entry, error) {
	var entries []Entry
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&entries); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, e := range entries {
		switch {
		case e.Name == "" || e.Source == "" || e.Means == "":
			return nil, fmt.Errorf("entry %q lacks a name, a source or a meaning", e.Name)
		case seen[e.Name]:
			return nil, fmt.Errorf("entry %q stands twice", e.Name)
		case e.Draw != nil && !(len(e.Draw) == 2 && e.Low <= e.Draw[0] && e.Draw[0] <= e.Value && e.Value <= e.Draw[1] && e.Draw[1] <= e.High):
			return nil, fmt.Errorf("entry %q: draws %v do not hold the value %v within %v to %v", e.Name, e.Draw, e.Value, e.Low, e.High)
		case !(e.Low <= e.Value && e.Value <= e.High):
			return nil, fmt.Errorf("entry %q: value %v lies outside %v to %v", e.Name, e.Value, e.Low, e.High)
		}
		seen[e.Name] = true
	}
	return entries, nil
}

// Set is a complete choice of assumptions: the register's values with some overridden.
type Set struct {
	values []float64 // by position in the register
	origin []string  // "" for the register's own value, else who changed it
}

// Default returns the register's own values.
func Default() Set {
	s := Set{values: make([]float64, len(register)), origin: make([]string, len(register))}
	for i, e := range register {
		s.values[i] = e.Value
	}
	return s
}

// Value returns the value of an assumption. It panics on an unknown name: a model that asks for a
// number which the register lacks is a mistake of the program, not of the user.
func (s Set) Value(name string) float64 {
	i, ok := index[name]
	if !ok {
		panic("assumption: the register has no " + name)
	}
	return s.values[i]
}

// UnknownError says that a name is not in the register, with the nearest names that are.
type UnknownError struct {
	Name string
	Near []string
}

func (e *UnknownError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("no assumption is called %q; list them with: faultline assumptions", e.Name)
	}
	return fmt.Sprintf("no assumption is called %q; did you mean %s?", e.Name, strings.Join(e.Near, ", "))
}

// RangeError says that a value lies outside the range in which its assumption makes sense.
type RangeError struct {
	Entry Entry
	Value float64
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s = %v lies outside %v to %v (%s)", e.Entry.Name, e.Value, e.Entry.Low, e.Entry.High, e.Entry.Unit)
}

// With returns a Set in which one value is replaced. Origin says who replaced it, such as a file's
// name or "--set".
func (s Set) With(name string, value float64, origin string) (Set, error) {
	i, ok := index[name]
	if !ok {
		return s, &UnknownError{Name: name, Near: near(name)}
	}
	if !(register[i].Low <= value && value <= register[i].High) {
		return s, &RangeError{Entry: register[i], Value: value}
	}
	if register[i].Whole && value != math.Trunc(value) {
		return s, fmt.Errorf("%s = %v must be a whole number (%s)", name, value, register[i].Unit)
	}
	out := Set{values: append([]float64(nil), s.values...), origin: append([]string(nil), s.origin...)}
	out.values[i], out.origin[i] = value, origin
	return out, nil
}

// WithText is With for "name=value", as the command line gives it.
func (s Set) WithText(text, origin string) (Set, error) {
	name, raw, ok := strings.Cut(text, "=")
	if !ok {
		return s, fmt.Errorf("assumption %q is not of the form name=value", text)
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return s, fmt.Errorf("assumption %q: %q is not a number", strings.TrimSpace(name), raw)
	}
	return s.With(strings.TrimSpace(name), v, origin)
}

// Override reads a YAML file of name: value pairs and returns the Set with them. Every mistake in
// the file is reported, not only the first.
func (s Set) Override(r io.Reader, origin string) (Set, error) {
	var pairs map[string]float64
	if err := yaml.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&pairs); err != nil {
		if errors.Is(err, io.EOF) {
			return s, fmt.Errorf("read assumptions from %s: the file is empty", origin)
		}
		return s, fmt.Errorf("read assumptions from %s: %w", origin, err)
	}
	names := make([]string, 0, len(pairs))
	for n := range pairs {
		names = append(names, n)
	}
	sort.Strings(names)
	var errs []error
	for _, n := range names {
		next, err := s.With(n, pairs[n], origin)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s = next
	}
	if len(errs) > 0 {
		return s, fmt.Errorf("read assumptions from %s: %w", origin, errors.Join(errs...))
	}
	return s, nil
}

// Item is an entry with the value in force.
type Item struct {
	Entry
	Default float64 `json:"default"`          // the register's own value
	Origin  string  `json:"origin,omitempty"` // who changed it; empty when nobody did
}

// Items lists all assumptions in order of their names.
func (s Set) Items() []Item {
	out := make([]Item, len(register))
	for i, e := range register {
		out[i] = Item{Entry: e, Default: e.Value, Origin: s.origin[i]}
		out[i].Value = s.values[i]
	}
	return out
}

// Bytes is the canonical text of the values in force, for hashing. It does not depend on who
// changed them.
func (s Set) Bytes() []byte {
	var b bytes.Buffer
	for i, e := range register {
		b.WriteString(e.Name)
		b.WriteByte('=')
		b.WriteString(strconv.FormatFloat(s.values[i], 'x', -1, 64))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Draw returns the k-th draw of the uncertain assumptions: each entry with Spread is replaced by a
// value from the triangular distribution over its range with its mode at the value in force.
// The draw depends on (seed, k, name) only, so that adding an assumption leaves the others' draws as
// they were. A value that a user has set stays: he knows it.
func (s Set) Draw(seed uint64, k int) Set {
	out := Set{values: append([]float64(nil), s.values...), origin: s.origin}
	for i, e := range register {
		low, high := e.Low, e.High
		if e.Draw != nil {
			low, high = e.Draw[0], e.Draw[1]
		}
		if e.Spread && s.origin[i] == "" && low < high {
			u := unit(seed, uint64(k), e.Name)
			out.values[i] = triangular(u, low, s.values[i], high)
		}
	}
	return out
}

// triangular is the quantile function of the triangular distribution (Kotz and van Dorp 2004,
// Beyond Beta, chapter 1).
func triangular(u, low, mode, high float64) float64 {
	cut := (mode - low) / (high - low)
	if u < cut {
		return low + math.Sqrt(u*(high-low)*(mode-low))
	}
	return high - math.Sqrt((1-u)*(high-low)*(high-mode))
}

// unit is a counter-based uniform in (0, 1): the SplitMix64 finaliser (Steele, Lea and Flood 2014)
// over the seed, the counter and an FNV-1a hash of the name.
func unit(seed, counter uint64, name string) float64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	x := mix(mix(mix(seed)^h) ^ (counter+1)*0x9e3779b97f4a7c15)
	return (float64(x>>11) + 0.5) / (1 << 53)
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// near lists the register's names that look like the one asked for: the same last part, or a small
// edit distance.
func near(name string) []string {
	type hit struct {
		name string
		d    int
	}
	var hits []hit
	for _, e := range register {
		d := distance(name, e.Name)
		if d <= 3 || strings.HasSuffix(e.Name, "."+name) || name != "" && strings.Contains(e.Name, name) {
			hits = append(hits, hit{e.Name, d})
		}
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].d != hits[j].d {
			return hits[i].d < hits[j].d
		}
		return hits[i].name < hits[j].name
	})
	var out []string
	for _, h := range hits[:min(3, len(hits))] {
		out = append(out, h.name)
	}
	return out
}

// distance is the Levenshtein distance of two short names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
