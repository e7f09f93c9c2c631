package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// layoutVersion is the version of everything below the store's folder. A program refuses a store
// with a larger one.
const layoutVersion = 1

// manifest names what belongs to the store. It is never changed once read.
type manifest struct {
	Generation int            `json:"generation"` // grows with every compaction
	Segment    int            `json:"segment"`
	Files      []*parquetFile `json:"files"`
}

// parquetFile is one compacted partition.
type parquetFile struct {
	Set   string  `json:"set"`
	Date  string  `json:"date"` // first day of the partition
	Path  string  `json:"path"` // below the store's folder, with slashes
	Bytes int64   `json:"bytes"`
	CRC   uint32  `json:"crc32c"`
	Rows  int     `json:"rows"`
	Parts []*part `json:"parts"` // in the order of the rows
}

// manifestHeader is the first line of the file, which every version can read.
type manifestHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Bytes   int    `json:"bytes"`
	CRC     uint32 `json:"crc32c"`
}

const manifestFormat = "faultline store"

func manifestPath(dir string) string { return filepath.Join(dir, "MANIFEST") }

func (m *manifest) encode() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	body = append(body, '\n')
	line, err := json.Marshal(manifestHeader{Format: manifestFormat, Version: layoutVersion, Bytes: len(body), CRC: crc32.Checksum(body, castagnoli)})
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return append(append(line, '\n'), body...), nil
}

// decodeManifest reads what encode wrote. It refuses a newer version before it looks at the rest.
func decodeManifest(raw []byte) (*manifest, error) {
	line, body, _ := bytes.Cut(raw, []byte("\n"))
	var h manifestHeader
	if err := json.Unmarshal(line, &h); err != nil || h.Format != manifestFormat {
		return nil, fmt.Errorf("%w: the first line is not that of a store", ErrCorrupt)
	}
	if h.Version > layoutVersion {
		return nil, fmt.Errorf("%w: layout version %d, this program reads up to %d", ErrNewer, h.Version, layoutVersion)
	}
	if h.Version < 1 || len(body) != h.Bytes || crc32.Checksum(body, castagnoli) != h.CRC {
		return nil, fmt.Errorf("%w: the checksum does not fit", ErrCorrupt)
	}
	m := new(manifest)
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, fmt.Errorf("%w: it names the file %q", ErrCorrupt, f.Path)
		}
		for _, p := range f.Parts {
			p.file = f
		}
	}
	return m, nil
}

// write replaces the manifest of a store.
func (m *manifest) write(dir string) error {
	raw, err := m.encode()
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "tmp", "MANIFEST"), manifestPath(dir), raw)
}

// readManifest returns the bytes of the manifest, or why there is none.
func readManifest(dir string) ([]byte, error) {
	raw, err := os.ReadFile(manifestPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Op: "open store", Path: dir, Err: ErrNoStore, Hint: "an import creates one"}
	}
	return raw, err
}

// manifestError explains a manifest that cannot be used.
func manifestError(dir string, err error) error {
	e := &Error{Op: "read manifest", Path: manifestPath(dir), Err: err}
	switch {
	case errors.Is(err, ErrNewer):
		e.Hint = "install the newer program, or point to another folder"
	case errors.Is(err, ErrCorrupt):
		e.Hint = "restore the file from a backup, or import the data into a new store"
	}
	return e
}
