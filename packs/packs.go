// Package packs holds the packs that ship in the binary, as files.
//
// It stands on floor 0: it may import the standard library only, and it must not know what a pack is
// or what its files say. Package pack reads what it opens.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed nov2025
var files embed.FS

// Trees of scenarios stand beside the packs, since a pack's folder holds data alone.
//
//go:embed scenarios
var scenarios embed.FS

// Scenarios is the tree of scenarios that belongs to an embedded pack, as YAML.
func Scenarios(name string) ([]byte, error) {
	text, err := scenarios.ReadFile("scenarios/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("the embedded pack %q has no scenarios: %w", name, err)
	}
	return text, nil
}

// Names lists the embedded packs in order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("packs: embedded files: " + err.Error())
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Open returns the folder of an embedded pack. An unknown name is an error that lists the known ones.
func Open(name string) (fs.FS, error) {
	for _, n := range Names() {
		if n == name {
			return fs.Sub(files, n)
		}
	}
	return nil, fmt.Errorf("no embedded pack is called %q; there are: %s", name, strings.Join(Names(), ", "))
}
