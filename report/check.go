package report

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strings"

	"faultline"
	"faultline/evidence"
)

// check returns what makes an Analysis unfit to be shown, with the place of each fault.
func check(a *faultline.Analysis) error {
	if a == nil {
		return errors.New("render analysis: there is none")
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	walk(reflect.ValueOf(a).Elem(), "", func(path string, v reflect.Value) {
		switch v := v.Interface().(type) {
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				fault("%s is %v", path, v)
			}
		case evidence.Figure:
			if (v.Value == nil) == (v.Absent == nil) {
				fault("%s has both a value and a reason why there is none, or neither", path)
			}
		case faultline.Level:
			if (v.Price == nil) == (v.Absent == nil) {
				fault("%s has both a price and a reason why there is none, or neither", path)
			}
		}
	})
	same := func(path string, want int, columns ...[]float64) {
		for _, c := range columns {
			if len(c) != want {
				fault("%s has columns of different length", path)
				return
			}
		}
	}
	if e := a.Exposure; e != nil {
		for name, g := range map[string]faultline.Greek{"gex": e.GEX, "vex": e.VEX, "cex": e.CEX} {
			k := g.ByStrike
			same("exposure."+name+".by_strike", len(k.Strike), k.Call, k.Put)
			if k.Low != nil || k.High != nil {
				same("exposure."+name+".by_strike", len(k.Strike), k.Low, k.High)
			}
			if g.Profile != nil {
				same("exposure."+name+".profile", len(g.Profile.Price), g.Profile.GEX)
			}
		}
	}
	if e := a.Exposure; e != nil && e.Hedge != nil {
		h := e.Hedge
		same("exposure.hedge", len(h.Move), h.Price, h.Now, h.Close)
		if h.NowLow != nil {
			same("exposure.hedge", len(h.Move), h.NowLow, h.NowHigh, h.CloseLow, h.CloseHigh)
		}
		if h.NowShare != nil {
			same("exposure.hedge", len(h.Move), h.NowShare, h.CloseShare)
		}
	}
	if e := a.Exposure; e != nil && e.Map != nil {
		m := e.Map
		for _, rows := range [][][]float64{m.GEX, m.CEX, m.Trade} {
			if len(rows) != len(m.At) {
				fault("exposure.map has columns of different length")
				continue
			}
			for _, row := range rows {
				same("exposure.map", len(m.Price), row)
			}
		}
	}
	if e := a.Exposure; e != nil && e.Surface != nil {
		for i, x := range e.Surface.Expiries {
			same(fmt.Sprintf("exposure.surface.expiries[%d]", i), len(x.Strike), x.Vol)
			if x.Quoted != nil {
				same(fmt.Sprintf("exposure.surface.expiries[%d].quoted", i), len(x.Quoted.Strike), x.Quoted.Bid, x.Quoted.Ask)
			}
		}
	}
	if e := a.Exposure; e != nil && e.Squeeze != nil {
		q := e.Squeeze.Rise
		same("exposure.squeeze.rise", len(q.Move), q.USD)
		if q.Low != nil || q.High != nil {
			same("exposure.squeeze.rise", len(q.Move), q.Low, q.High)
		}
		if c := e.Squeeze.Curve; c != nil {
			same("exposure.squeeze.curve", len(c.Price), c.Gain)
		}
	}
	if l := a.Ladder; l != nil {
		same("ladder", len(l.Price), l.Total)
		if l.Low != nil || l.High != nil {
			same("ladder band", len(l.Price), l.Low, l.High)
		}
		for _, p := range l.Players {
			path := "ladder.players." + p.Name
			if p.Absent != nil {
				same(path, 0, p.USD, p.Low, p.High)
				continue
			}
			same(path, len(l.Price), p.USD)
			if p.Low != nil || p.High != nil {
				same(path, len(l.Price), p.Low, p.High)
			}
		}
	}
	if c := a.Contagion; c != nil {
		checkContagion(c, same, fault)
	}
	checkScenario(a, fault)
	if h := a.History; h != nil {
		same("history", len(h.Date), h.Close)
	}
	if a.Crypto != nil {
		for _, c := range a.Crypto.Coins {
			path := "crypto." + c.Instrument
			if (c.Map == nil) == (c.Absent == nil) || c.Map != nil && (c.Long == nil || c.Short == nil) {
				fault("%s has both a map and a reason why there is none, or neither", path)
				continue
			}
			if m := c.Map; m != nil {
				same(path, len(m.Price), m.Long, m.Short)
				if m.LongLow != nil {
					same(path, len(m.Price), m.LongLow, m.LongHigh, m.ShortLow, m.ShortHigh)
				}
			}
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("render analysis: %w", errors.Join(faults...))
	}
	return nil
}

// walk visits every value below v, with its path in the JSON form.
func walk(v reflect.Value, path string, visit func(string, reflect.Value)) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), path, visit)
		}
		return
	case reflect.Struct:
		visit(path, v)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if f.Anonymous {
				walk(v.Field(i), path, visit)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = strings.ToLower(f.Name)
			}
			walk(v.Field(i), join(name), visit)
		}
		return
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
		return
	case reflect.Map:
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		for _, k := range keys {
			walk(v.MapIndex(k), join(k.String()), visit)
		}
		return
	}
	visit(path, v)
}
