package pack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// Spec is what the user says about a pack that Build makes.
type Spec struct {
	Name       string
	Title      Words     // empty: the name
	AsOf       time.Time // zero: the instant of the latest chain, without one the instant from which all of the data is known
	Underlying string    // empty: that of the data's only chain, else SPX
	Licence    string    // empty: a reminder that the files have owners
	Grades     map[string]evidence.Grade
	Sources    map[string]string // who published a file, by base name
}

// ownLicence is what Build writes where the user says nothing.
const ownLicence = "Private. The files belong to whoever published them; ask them before you pass the pack on."

// Build makes a pack in the folder dir, which must not exist, from the user's own files. It copies
// them, reads each one to learn its format, known-at rule and grade (Spec.Grades, by base name, may
// weaken it), writes pack.yaml and SHA256SUMS, and loads the result.
//
// All of this happens in a folder beside dir whose name begins with a dot. Files and folder are
// synced before it is renamed to dir: whenever the process is killed, dir is a whole pack or does not
// exist. A folder left behind by a killed process can be deleted.
func Build(ctx context.Context, dir string, files []string, spec Spec) (_ *Pack, err error) {
	fault := func(file string, err error) error { return &Error{Op: "build pack", File: file, Err: err} }
	if len(files) == 0 {
		return nil, fault("", errors.New("there is no file to put into it"))
	}
	if _, err := os.Lstat(dir); err == nil {
		return nil, fault(dir, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fault(dir, cause(err))
	}
	parent := filepath.Dir(filepath.Clean(dir))
	tmp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".partial-*")
	if err != nil {
		return nil, fault(parent, cause(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	digests := map[string][sha256.Size]byte{}
	for _, path := range files {
		base := filepath.Base(path)
		if _, twice := digests[base]; twice || base == MetaFile || base == SumsFile {
			return nil, fault(path, fmt.Errorf("another file of the pack is called %s", base))
		}
		if digests[base], err = copyFile(ctx, path, filepath.Join(tmp, base)); err != nil {
			return nil, fault(path, err)
		}
	}
	raw, err := describe(ctx, os.DirFS(tmp), files, spec)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(raw); err != nil {
		return nil, fault(MetaFile, err)
	}
	digests[MetaFile] = sha256.Sum256(text.Bytes())
	for name, content := range map[string][]byte{MetaFile: text.Bytes(), SumsFile: formatSums(digests)} {
		if err := writeSynced(filepath.Join(tmp, name), content); err != nil {
			return nil, fault(name, cause(err))
		}
	}
	p, err := Load(ctx, os.DirFS(tmp))
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // MkdirTemp makes it for the owner only
		return nil, fault(tmp, cause(err))
	}
	if err := syncDir(tmp); err != nil {
		return nil, fault(tmp, cause(err))
	}
	if err := os.Rename(tmp, dir); err != nil {
		return nil, fault(dir, err)
	}
	if err := syncDir(parent); err != nil {
		return nil, fault(parent, cause(err))
	}
	return p, nil
}

// describe reads the copied files and writes down what pack.yaml will say.
func describe(ctx context.Context, fsys fs.FS, files []string, spec Spec) (*rawMeta, error) {
	raw := &rawMeta{Schema: Schema, Name: spec.Name, Title: spec.Title, Underlying: spec.Underlying, Licence: spec.Licence}
	for base := range spec.Grades {
		if !slices.ContainsFunc(files, func(f string) bool { return filepath.Base(f) == base }) {
			return nil, &Error{Op: "build pack", File: base, Err: errors.New("has a grade but is not among the files")}
		}
	}
	if raw.Title.EN == "" {
		raw.Title.EN = spec.Name
	}
	if raw.Title.ZH == "" {
		raw.Title.ZH = raw.Title.EN
	}
	if raw.Licence == "" {
		raw.Licence = ownLicence
	}
	var reach span
	var chains []string
	var chainAt time.Time // of the latest chain
	for _, path := range files {
		base := filepath.Base(path)
		sets, report, err := readAny(ctx, fsys, base)
		if err != nil {
			return nil, &Error{Op: "build pack", File: path, Line: lineOf(err), Err: err}
		}
		f := rawFile{Path: base, Format: report.Format, KnownAt: sets[0].Origin().KnownAt, Source: spec.Sources[base]}
		grade := evidence.Observed
		for _, d := range sets {
			grade = evidence.Weakest(grade, d.Origin().Grade)
			reach.add(d)
			if d.Chain != nil && d.Chain.At.After(chainAt) {
				chainAt = d.Chain.At
			}
			if d.Chain != nil && !slices.Contains(chains, d.Chain.Underlying) {
				chains = append(chains, d.Chain.Underlying)
			}
		}
		f.Grade = evidence.Weakest(grade, spec.Grades[base]).String()
		raw.Files = append(raw.Files, f)
	}
	if raw.Underlying == "" {
		raw.Underlying = "SPX"
		if len(chains) == 1 {
			raw.Underlying = chains[0]
		}
	}
	switch {
	case !spec.AsOf.IsZero():
	case !chainAt.IsZero(): // a chain serves at its own instant, however far the prices reach
		spec.AsOf = chainAt
	default:
		spec.AsOf = time.Unix(reach.known, 0)
	}
	asOf := calendar.DateIn(spec.AsOf, calendar.NewYork())
	raw.AsOf = spec.AsOf.In(calendar.NewYork()).Format(time.RFC3339)
	raw.Period.From = max(min(reach.from, asOf), calendar.First).String()
	raw.Period.To = min(max(reach.to, asOf), calendar.Last).String()
	return raw, nil
}

// span is the time that the data is about.
type span struct {
	any      bool
	from, to calendar.Date
	known    int64
}

func (s *span) add(d market.Dataset) {
	row := func(about, known int64) {
		day := calendar.DateIn(time.Unix(about, 0), calendar.NewYork())
		if !s.any {
			s.any, s.from, s.to, s.known = true, day, day, known
		}
		s.from, s.to, s.known = min(s.from, day), max(s.to, day), max(s.known, known)
	}
	switch {
	case d.Bars != nil:
		for i, t := range d.Bars.Begin {
			row(t, d.Bars.Known[i])
		}
	case d.Chain != nil:
		row(d.Chain.At.Unix(), d.Chain.At.Unix())
	case d.Series != nil:
		for i, t := range d.Series.About {
			row(t, d.Series.Known[i])
		}
	case d.Facts != nil:
		for _, f := range d.Facts.Rows {
			row(f.About, f.Known)
		}
	case d.Positions != nil:
		row(d.Positions.At.Unix(), d.Positions.At.Unix())
	}
}

// copyFile copies one file, synced, and returns its hash.
func copyFile(ctx context.Context, from, to string) (digest [sha256.Size]byte, err error) {
	in, err := os.Open(from)
	if err != nil {
		return digest, cause(err)
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil {
		return digest, cause(err)
	} else if !info.Mode().IsRegular() {
		return digest, errors.New("is not a regular file")
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return digest, cause(err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(ctxReader{ctx, in}, maxFile+1))
	switch {
	case err != nil:
		return digest, cause(err)
	case n > maxFile:
		return digest, fmt.Errorf("is larger than %d bytes", maxFile)
	}
	h.Sum(digest[:0])
	return digest, out.Sync()
}

func writeSynced(path string, content []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
