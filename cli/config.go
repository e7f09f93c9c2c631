package cli

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// configFlag is the flag --config. Its file holds flags by their names; the command line and the
// environment win over it.
type configFlag string

// maxConfig bounds the file: flags fill a page.
const maxConfig = 1 << 20

// BeforeResolve reads the file before kong fills the flags that the command line left out. A key that
// is no flag is an error: a misspelt setting must not be ignored in silence.
func (c configFlag) BeforeResolve(k *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	given, ok := ctx.FlagValue(trace.Flag).(configFlag)
	if !ok || given == "" {
		return nil
	}
	path := string(given)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxConfig {
		return fmt.Errorf("read the configuration %s: it is no file of at most %d bytes", path, maxConfig)
	}
	conf := koanf.New(".")
	if err := conf.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("read the configuration %s: %w", path, err)
	}
	known := map[string]bool{}
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			known[f.Name] = true
		}
		for _, c := range n.Children {
			visit(c)
		}
	}
	visit(k.Model.Node)
	keys := conf.Keys()
	sort.Strings(keys)
	for _, key := range keys {
		if !known[key] || key == "config" {
			return fmt.Errorf("read the configuration %s: %q is no flag", path, key)
		}
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if !conf.Exists(flag.Name) {
			return nil, nil
		}
		v := conf.Get(flag.Name)
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i, x := range list {
				parts[i] = fmt.Sprint(x)
			}
			if flag.Name == "set" { // one value a time, since a value may hold commas
				values := make([]any, len(parts))
				for i, p := range parts {
					values[i] = p
				}
				return values, nil
			}
			return strings.Join(parts, ","), nil
		}
		if t, ok := v.(time.Time); ok { // YAML takes a bare date for an instant at midnight
			if t.Equal(t.Truncate(24 * time.Hour)) {
				return t.Format(time.DateOnly), nil
			}
			return t.Format(time.RFC3339), nil
		}
		return fmt.Sprint(v), nil
	}))
	return nil
}
