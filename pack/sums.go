package pack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
)

// sum is one line of SHA256SUMS.
type sum struct {
	hex  string
	line int
}

// parseSums reads the lines that sha256sum writes: 64 hexadecimal digits, two spaces (or a space and
// a star), the path.
func parseSums(text []byte) (map[string]sum, error) {
	out := map[string]sum{}
	var errs []error
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		fault := func(format string, args ...any) {
			errs = append(errs, &Error{Op: "load pack", File: SumsFile, Line: i + 1, Err: fmt.Errorf(format, args...)})
		}
		if i > maxFiles+1 {
			fault("more than %d lines", maxFiles+1)
			break
		}
		if len(line) < 67 || line[64] != ' ' || line[65] != ' ' && line[65] != '*' {
			fault("is not a line of sha256sum")
			continue
		}
		digest, path := line[:64], line[66:]
		if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
			fault("does not begin with 64 hexadecimal digits")
			continue
		}
		if _, ok := out[path]; ok {
			fault("%s is listed twice", shorten(path))
			continue
		}
		out[path] = sum{strings.ToLower(digest), i + 1}
	}
	return out, errors.Join(errs...)
}

// formatSums writes what parseSums reads, in order of the paths.
func formatSums(digests map[string][sha256.Size]byte) []byte {
	paths := make([]string, 0, len(digests))
	for p := range digests {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var b bytes.Buffer
	for _, p := range paths {
		fmt.Fprintf(&b, "%x  %s\n", digests[p], p)
	}
	return b.Bytes()
}

// checkSums holds every file against its line, and the list of lines against the list of files.
func checkSums(ctx context.Context, fsys fs.FS, files []File) error {
	text, err := readSmall(fsys, SumsFile)
	if err != nil {
		return err
	}
	want, err := parseSums(text)
	if err != nil {
		return err
	}
	var errs []error
	check := func(path string) {
		s, ok := want[path]
		delete(want, path)
		if !ok {
			errs = append(errs, &Error{Op: "load pack", File: SumsFile, Err: fmt.Errorf("has no line for %s", path)})
			return
		}
		digest, err := digestFile(ctx, fsys, path)
		switch {
		case err != nil:
			errs = append(errs, err)
		case hex.EncodeToString(digest[:]) != s.hex:
			errs = append(errs, &Error{Op: "load pack", File: path, Err: fmt.Errorf(
				"its content is not the one of %s:%d; if the change is meant, write the list anew with sha256sum", SumsFile, s.line,
			)})
		}
	}
	check(MetaFile)
	for _, f := range files {
		check(f.Path)
	}
	rest := make([]string, 0, len(want))
	for p := range want {
		rest = append(rest, p)
	}
	sort.Strings(rest)
	for _, p := range rest {
		errs = append(errs, &Error{Op: "load pack", File: SumsFile, Line: want[p].line, Err: fmt.Errorf("%s is not listed in %s", shorten(p), MetaFile)})
	}
	return errors.Join(errs...)
}

// digestFile hashes one data file, within the limit of its size.
func digestFile(ctx context.Context, fsys fs.FS, path string) (out [sha256.Size]byte, err error) {
	fault := func(err error) error { return &Error{Op: "load pack", File: path, Err: err} }
	f, err := fsys.Open(path)
	if err != nil {
		return out, fault(cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return out, fault(cause(err))
	} else if !info.Mode().IsRegular() {
		return out, fault(errors.New("is not a regular file"))
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(ctxReader{ctx, f}, maxFile+1))
	switch {
	case err != nil:
		return out, fault(cause(err))
	case n > maxFile:
		return out, fault(fmt.Errorf("is larger than %d bytes", maxFile))
	}
	h.Sum(out[:0])
	return out, nil
}

// readSmall reads one of the two files that describe a pack.
func readSmall(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, &Error{Op: "load pack", File: name, Err: cause(err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMeta+1))
	switch {
	case err != nil:
		return nil, &Error{Op: "load pack", File: name, Err: cause(err)}
	case len(text) > maxMeta:
		return nil, &Error{Op: "load pack", File: name, Err: fmt.Errorf("is larger than %d bytes", maxMeta)}
	}
	return text, nil
}

// cause drops the operation and path that package fs puts before an error: Error names them.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// ctxReader stops reading when the context ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
