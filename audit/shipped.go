package audit

import (
	"bytes"
	"embed"
	"fmt"
)

//go:embed ledgers/*.yaml
var ledgers embed.FS

// Shipped loads the ledger that comes with the embedded pack of a name; ok is false where there is none.
func Shipped(pack string) (l *Ledger, ok bool, err error) {
	text, err := ledgers.ReadFile("ledgers/" + pack + ".yaml")
	if err != nil {
		return nil, false, nil //nolint:nilerr // a pack without a ledger is none of the user's faults
	}
	if l, err = Load(bytes.NewReader(text)); err != nil {
		return nil, false, fmt.Errorf("ledger of the pack %s: %w", pack, err)
	}
	return l, true, nil
}
