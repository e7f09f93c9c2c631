package store

import (
	"errors"
	"strings"
)

// The conditions that a caller may want to tell apart with errors.Is.
var (
	ErrBusy      = errors.New("another process is writing to the store")
	ErrNewer     = errors.New("the store was written by a newer version of Faultline")
	ErrCorrupt   = errors.New("the file is damaged")
	ErrNoStore   = errors.New("there is no store here")
	ErrNoDataset = errors.New("the store has no such dataset")
	ErrReadOnly  = errors.New("the store was opened for reading only")
	ErrClosed    = errors.New("the store is closed")
	ErrQuery     = errors.New("the query is not accepted")
)

// Error says what the store was doing, to which file, what went wrong, and what can be done.
type Error struct {
	Op   string // such as "open store"
	Path string // file or folder; "" when there is none
	Hint string // what the reader may do; "" when the error says it all
	Err  error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Path != "" {
		b.WriteByte(' ')
		b.WriteString(e.Path)
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
