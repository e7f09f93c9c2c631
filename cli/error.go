package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"faultline/assumption"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/feed"
	"faultline/words"
)

// The exit codes, as the package comment documents them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInput       = 3
	exitAbsent      = 4
	exitInterrupted = 5
)

// Error is what the user is told: what was tried, on what, what happened and what to do.
type Error struct {
	Op   string // what was tried, as a verb: "read", "choose the instant"
	Path string // on which file, flag or name; may be empty
	Err  error
	Hint string // what to do; may be empty
	Next string // the same as a key of the catalogue's section hint, in the reader's language
	Exit int
}

func (e *Error) Error() string {
	s := e.Op
	if e.Path != "" {
		s += " " + e.Path
	}
	return s + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

func usage(op, path, hint string, format string, args ...any) *Error {
	return &Error{Op: op, Path: path, Err: fmt.Errorf(format, args...), Hint: hint, Exit: exitUsage}
}

// exitCode finds the exit code of an error that may have come from any floor.
func exitCode(err error) int {
	var own *Error
	var file *feed.Error
	var absent *evidence.Absent
	var unknown *assumption.UnknownError
	var outside *assumption.RangeError
	var closed *calendar.ClosedError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &own) && own.Exit != 0:
		return own.Exit
	case errors.As(err, &file):
		return exitInput
	case errors.As(err, &absent):
		return exitAbsent
	case errors.As(err, &unknown), errors.As(err, &outside), errors.As(err, &closed):
		return exitUsage
	}
	return exitFailed
}

// system says what to do about an error of the operating system.
func system(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "this user may not read or write there: change its permissions or choose another place"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: make room or choose another place; nothing that was there has been changed"
	case errors.Is(err, syscall.EROFS):
		return "the file system is read-only: choose another place"
	}
	return ""
}

// verb is what was tried, in the reader's language where the catalogue has it.
func verb(t *words.Words, op string) string {
	if t.Has("op." + op) {
		return t.In("op", op)
	}
	return op
}

// fileMessage says what is wrong with a file, in which line and column.
func fileMessage(t *words.Words, e *feed.Error) string {
	parts := []string{verb(t, e.Op)}
	if e.File != "" {
		parts[0] += " " + e.File
	}
	if e.Line > 0 {
		parts = append(parts, t.Text("cli.line", evidence.Args{"line": e.Line}))
	}
	if e.Column != "" {
		parts = append(parts, t.Text("cli.column", evidence.Args{"column": e.Column}))
	}
	parts = append(parts, t.Say(e.Code))
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// mistake is an error at a place in a file that the user wrote; its words are in the catalogue.
type mistake interface {
	error
	// Where is the place: a line from 1, and a column by its number or by its name. Blank and 0 are not known.
	Where() (file string, line, column int, name string)
	Reason() evidence.Code
}

// mistakes lists what an error joins.
func mistakes(err error) []mistake {
	var joined interface {
		error
		Unwrap() []error
	}
	if errors.As(err, &joined) {
		var out []mistake
		for _, e := range joined.Unwrap() {
			out = append(out, mistakes(e)...)
		}
		return out
	}
	var m mistake
	if errors.As(err, &m) {
		return []mistake{m}
	}
	return nil
}

// mistakeMessage is one line for a mistake, in the reader's language.
func mistakeMessage(t *words.Words, m mistake, path string) string {
	file, line, column, name := m.Where()
	if file == "" {
		file = path
	}
	var parts []string
	if file != "" {
		parts = append(parts, file)
	}
	switch {
	case column > 0:
		parts = append(parts, t.Text("cli.line_and_column", evidence.Args{"line": line, "column": column}))
	case line > 0 && name != "":
		parts = append(parts, t.Text("cli.line", evidence.Args{"line": line})+t.Label("ui.comma")+t.Text("cli.column", evidence.Args{"column": name}))
	case line > 0:
		parts = append(parts, t.Text("cli.line", evidence.Args{"line": line}))
	}
	return strings.Join(append(parts, t.Say(m.Reason())), t.Label("ui.colon"))
}

// coded is a wrong use of the command line as a code.
type coded evidence.Code

func (c coded) Error() string { return evidence.Code(c).String() }

// Where is nowhere: the command line is no file.
func (c coded) Where() (file string, line, column int, name string) { return "", 0, 0, "" }

// Reason is the mistake as a code.
func (c coded) Reason() evidence.Code { return evidence.Code(c) }

// misused is a wrong use of a flag or of a verb, with the key of what to do.
func misused(op, path, next string, c evidence.Code) *Error {
	return &Error{Op: op, Path: path, Next: next, Err: coded(c), Exit: exitUsage}
}

// complain writes an error for a person: one line of what happened, one of what to do.
func complain(w io.Writer, t *words.Words, err error) {
	message, hint := err.Error(), ""
	var own *Error
	var file *feed.Error
	var absent *evidence.Absent
	switch {
	case errors.As(err, &file):
		message, hint = file.Error(), file.Hint
		if t != nil {
			message = fileMessage(t, file)
		}
	case errors.As(err, &own):
		message, hint = own.Error(), own.Hint
		if t != nil {
			message = strings.Replace(message, own.Op, verb(t, own.Op), 1)
		}
	}
	if hint == "" {
		hint = system(err)
	}
	if errors.As(err, &absent) && t != nil {
		message = t.Say(absent.Reason())
		if own != nil {
			message = verb(t, own.Op) + t.Label("ui.colon") + message
		}
	}
	if list := mistakes(err); len(list) > 0 && t != nil {
		lines, path := []string{}, ""
		if own != nil {
			path = own.Path
			lines = append(lines, verb(t, own.Op)+t.Label("ui.colon"))
		}
		for _, m := range list {
			lines = append(lines, mistakeMessage(t, m, path))
		}
		if own != nil && len(list) == 1 {
			lines = []string{lines[0] + lines[1]}
		}
		message = strings.Join(lines, "\n")
	}
	if own != nil && own.Next != "" && t != nil {
		hint = t.In("hint", own.Next)
	}
	for i, line := range strings.Split(message, "\n") {
		if i == 0 {
			line = "faultline: " + line
		}
		fmt.Fprintln(w, words.Clean(line))
	}
	if hint != "" && !strings.Contains(message, hint) {
		fmt.Fprintln(w, "  "+words.Clean(hint))
	}
}
