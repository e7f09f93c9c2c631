package faultline_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"faultline"
)

// room is one package: the floor that it stands on, what it may import, and which modules from outside.
// Its tests may also import whatever stands on its own floor or below, and the modules of forTests.
type room struct {
	floor   int
	below   []string // packages on lower floors
	beside  []string // packages on the same floor: each one is an exception that somebody argued for
	outside []string // modules
	duckdb  bool     // it, or its tests, may link DuckDB and with it cgo
}

// house is the plan of docs/architecture.md. The key is the path below the module, "" is the module root.
var house = map[string]room{
	"calendar":           {floor: 0},
	"black":              {floor: 0, outside: []string{"golang.org/x/sys"}},
	"black/internal/gen": {floor: 0, outside: []string{"github.com/mmcloughlin/avo"}},
	"internal/vector":    {floor: 0, outside: []string{"github.com/mmcloughlin/avo"}},
	"evidence":           {floor: 0},
	"assumption":         {floor: 0, beside: []string{"evidence"}, outside: []string{"go.yaml.in/yaml/v3"}},
	"words":              {floor: 0, beside: []string{"evidence"}, outside: []string{"golang.org/x/text"}},
	"packs":              {floor: 0},
	"audit/extract":      {floor: 0},

	"market": {floor: 1, below: []string{"calendar", "black", "evidence"}},
	// Conditions are read from what was known: their vocabulary is a view of the State.
	"expr": {floor: 1, below: []string{"calendar", "evidence"}, beside: []string{"market"}, outside: []string{"cel.dev/cel-go"}},

	"options": {
		floor:   2,
		below:   []string{"market", "calendar", "black", "evidence"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"impact":              {floor: 2, below: []string{"evidence", "assumption"}, outside: []string{"golang.org/x/sys"}},
	"impact/internal/gen": {floor: 0, beside: []string{"internal/vector"}, outside: []string{"github.com/mmcloughlin/avo"}},
	"feed":                {floor: 2, below: []string{"market", "calendar", "black", "evidence"}},
	"store": {
		floor:   2,
		below:   []string{"market", "calendar", "black", "evidence"},
		outside: []string{"github.com/duckdb/duckdb-go/v2"},
		duckdb:  true,
	},

	"flow": {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}},
	"flow/flowtest": {
		floor:   3,
		below:   []string{"market", "evidence", "assumption"},
		beside:  []string{"flow"},
		outside: []string{"pgregory.net/rapid"},
	},
	"flow/cta": {
		floor:   3,
		below:   []string{"market", "calendar", "evidence", "assumption"},
		beside:  []string{"flow"},
		outside: []string{"golang.org/x/sys"},
	},
	"flow/cta/internal/gen": {floor: 0, outside: []string{"github.com/mmcloughlin/avo"}},
	"flow/dealer": {
		floor:  3,
		below:  []string{"options", "market", "calendar", "black", "evidence", "assumption"},
		beside: []string{"flow"},
	},
	"flow/volcontrol": {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}, beside: []string{"flow"}},
	"flow/letf":       {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}, beside: []string{"flow"}},
	"flow/household":  {floor: 3, below: []string{"market", "evidence", "assumption"}, beside: []string{"flow"}},
	"flow/stabiliser": {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}, beside: []string{"flow"}},
	"flow/perp":       {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}, beside: []string{"flow"}},
	"flow/all":        {floor: 3, beside: []string{"flow", "flow/cta", "flow/dealer", "flow/household", "flow/letf", "flow/perp", "flow/stabiliser", "flow/volcontrol"}},

	"macro/ols": {floor: 3, below: []string{"evidence"}, outside: []string{"gonum.org/v1/gonum"}},
	"macro/analog": {
		floor:   3,
		below:   []string{"market", "calendar", "evidence"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"macro/liquidity": {
		floor:  3,
		below:  []string{"market", "calendar", "evidence"},
		beside: []string{"macro/ols"},
	},
	"macro/termpremium": {
		floor:   3,
		below:   []string{"market", "calendar", "evidence"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"macro/fedwatch": {
		floor:  3,
		below:  []string{"market", "calendar", "evidence"},
		beside: []string{"macro/ols"},
	},
	"macro/nowcast": {
		floor: 3, below: []string{"market", "calendar", "evidence"}, beside: []string{"macro/release"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"macro/fog":     {floor: 3, below: []string{"market", "calendar", "evidence"}, beside: []string{"macro/nowcast", "macro/release"}},
	"macro/release": {floor: 3, below: []string{"market", "calendar"}},

	"capex": {
		floor:   3,
		below:   []string{"market", "calendar", "evidence", "assumption"},
		beside:  []string{"macro/ols"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"cascade": {
		floor:   4,
		below:   []string{"flow", "macro/ols", "impact", "market", "calendar", "evidence", "assumption"},
		outside: []string{"golang.org/x/sys"},
	},
	"cascade/internal/gen": {floor: 0, beside: []string{"internal/vector"}, outside: []string{"github.com/mmcloughlin/avo"}},
	"contagion":            {floor: 3, below: []string{"market", "calendar", "evidence", "assumption"}, outside: []string{"gonum.org/v1/gonum"}},

	"scenario": {
		floor:   4,
		below:   []string{"expr", "market", "calendar", "evidence"},
		beside:  []string{"scenario/pooling"},
		outside: []string{"go.yaml.in/yaml/v3"},
	},
	"eventvol": {
		floor:  3,
		below:  []string{"options", "market", "calendar", "black", "evidence"},
		beside: []string{"macro/fedwatch", "macro/release"},
	},
	"portfolio": {
		floor:   4,
		below:   []string{"options", "impact", "macro/ols", "market", "calendar", "black", "evidence"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"scenario/pooling": {floor: 4, outside: []string{"gonum.org/v1/gonum"}},
	"pack": {
		floor:   4,
		below:   []string{"flow/cta", "flow/volcontrol", "feed", "market", "calendar", "black", "evidence", "assumption"},
		outside: []string{"go.yaml.in/yaml/v3"},
	},

	"regime": {
		floor:   3,
		below:   []string{"market", "calendar", "evidence"},
		outside: []string{"gonum.org/v1/gonum"},
	},
	"replay": {
		floor:  4,
		below:  []string{"flow", "impact", "market", "calendar", "evidence", "assumption", "expr"},
		beside: []string{"cascade"},
	},
	"audit": {
		floor:   4,
		below:   []string{"expr", "calendar", "evidence"},
		outside: []string{"go.yaml.in/yaml/v3"},
	},

	"": {
		floor: 5,
		below: []string{
			"audit", "expr", "regime", "replay",
			"flow", "flow/all", "flow/cta", "flow/dealer", "flow/letf", "flow/perp", "contagion",
			"macro/analog", "macro/fedwatch", "macro/liquidity", "macro/fog", "macro/nowcast", "macro/release", "macro/termpremium",
			"cascade", "impact", "macro/ols", "portfolio", "eventvol",
			"options", "market", "calendar", "black", "evidence", "assumption",
			"capex", "packs", "scenario", "scenario/pooling",
		},
	},

	"report": {floor: 6, below: []string{"", "audit", "calendar", "evidence", "words"}},
	"cli": {
		floor:  6,
		below:  []string{"", "audit", "audit/extract", "expr", "pack", "packs", "feed", "store", "market", "calendar", "black", "evidence", "assumption", "words"},
		beside: []string{"report"},
		outside: []string{
			"github.com/alecthomas/kong", "github.com/chromedp/chromedp", "github.com/knadh/koanf/v2", "github.com/knadh/koanf/parsers/yaml",
			"github.com/knadh/koanf/providers/file", "github.com/schollz/progressbar/v3", "go.yaml.in/yaml/v3",
		},
		duckdb: true,
	},

	"cmd/faultline": {floor: 7, below: []string{"cli"}, duckdb: true},

	"bench/black":     {floor: 7, below: []string{"black"}},
	"bench/cta":       {floor: 7, below: []string{"flow/cta", "calendar"}},
	"bench/nowcast":   {floor: 7, below: []string{"macro/nowcast"}},
	"bench/chain":     {floor: 7, below: []string{"feed", "flow/dealer", "options", "market", "calendar", "black", "evidence", "assumption"}},
	"bench/contagion": {floor: 7, below: []string{"contagion"}},
	"bench/cascade":   {floor: 7, below: []string{"cascade", "flow", "impact", "market", "calendar", "assumption"}},
}

// forTests are the modules that every test may import.
var forTests = []string{"pgregory.net/rapid", "github.com/google/go-cmp"}

// cgoModule is the part of a module's path by which everything of DuckDB is known.
const cgoModule = "github.com/duckdb/"

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath, Name, Dir, ForTest     string
	Standard                           bool
	GoFiles, TestGoFiles, XTestGoFiles []string
	CgoFiles                           []string
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Module                             *struct{ Path string }
}

const module = "faultline"

// listed is what go list says of this module and of everything that it and its tests reach, once asked.
var listed map[string]goPackage

// packages gives every package that go list names, and those of this module by their path below it.
func packages(t *testing.T) (all, own map[string]goPackage) {
	t.Helper()
	if listed == nil {
		var err error
		if listed, err = goList(); err != nil {
			t.Fatal(err)
		}
	}
	all = listed
	own = map[string]goPackage{}
	for _, p := range all {
		if p.Module == nil || p.Module.Path != module || p.ForTest != "" || strings.HasSuffix(p.ImportPath, ".test") {
			continue
		}
		own[below(p.ImportPath)] = p
		// go test keeps a result while the files that the test itself opened are unchanged. It cannot
		// see what go list reads, so the test looks at the folders and source files too.
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			if _, err := os.ReadFile(filepath.Join(p.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(own) == 0 {
		t.Fatal("go list found no package of this module")
	}
	return all, own
}

func goList() (map[string]goPackage, error) {
	const fields = "ImportPath,Name,Dir,ForTest,Standard,GoFiles,TestGoFiles,XTestGoFiles,CgoFiles,Imports,TestImports,XTestImports,Deps,Module"
	var complaints bytes.Buffer
	cmd := exec.Command("go", "list", "-deps", "-test", "-json="+fields, "./...")
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, complaints.Bytes())
	}
	all := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list wrote: %w", err)
		}
		all[p.ImportPath] = p
	}
}

// below is the path of a package below the module, and "" for the module root.
func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func isOwn(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// name is how the messages call a package.
func name(key string) string {
	if key == "" {
		return "the module root"
	}
	return key
}

func TestEveryPackageHasARoomOfItsOwn(t *testing.T) {
	_, own := packages(t)
	for key := range own {
		if _, ok := house[key]; !ok {
			t.Errorf("%s is not in the house: give it a line in the table of house_test.go with its floor and what it may import, and one in docs/architecture.md", name(key))
		}
	}
	for key := range house {
		if _, ok := own[key]; !ok {
			t.Errorf("%s has a line in the table of house_test.go and no code: take the line out", name(key))
		}
	}
}

func TestThePlanOfTheHouseOnlyGoesDown(t *testing.T) {
	for key, r := range house {
		for _, to := range r.below {
			if target, ok := house[to]; !ok || target.floor >= r.floor {
				t.Errorf("the table lets %s (floor %d) look down on %s, which is not below it", name(key), r.floor, name(to))
			}
		}
		for _, to := range r.beside {
			if target, ok := house[to]; !ok || target.floor != r.floor {
				t.Errorf("the table lets %s (floor %d) look across at %s, which is not on its floor", name(key), r.floor, name(to))
			}
		}
	}
}

func TestPackagesImportOnlyWhatThePlanAllows(t *testing.T) {
	all, own := packages(t)
	for key, p := range own {
		r, ok := house[key]
		if !ok {
			continue // TestEveryPackageHasARoomOfItsOwn says so
		}
		for _, to := range p.Imports {
			switch {
			case isOwn(to):
				if !slices.Contains(r.below, below(to)) && !slices.Contains(r.beside, below(to)) {
					t.Errorf("%s (floor %d) imports %s (floor %d): imports only go down, and only where the table of house_test.go says so; move the code, or argue for a new line there",
						name(key), r.floor, name(below(to)), house[below(to)].floor)
				}
			case !all[to].Standard:
				if m := moduleOf(t, all[to]); !slices.Contains(r.outside, m) {
					t.Errorf("%s imports %s of module %s, which the table of house_test.go does not let it have", name(key), to, m)
				}
			}
		}
		for _, to := range append(slices.Clone(p.TestImports), p.XTestImports...) {
			switch {
			case isOwn(to):
				if target, ok := house[below(to)]; ok && target.floor > r.floor {
					t.Errorf("the tests of %s (floor %d) import %s (floor %d), which is above it: move the test up",
						name(key), r.floor, name(below(to)), target.floor)
				}
			case !all[to].Standard:
				if m := moduleOf(t, all[to]); !slices.Contains(r.outside, m) && !slices.Contains(forTests, m) {
					t.Errorf("the tests of %s import %s of module %s, which the table of house_test.go does not let them have", name(key), to, m)
				}
			}
		}
	}
}

func moduleOf(t *testing.T, p goPackage) string {
	t.Helper()
	if p.Module == nil {
		t.Fatalf("go list does not say which module %s is of", p.ImportPath)
	}
	return p.Module.Path
}

func TestTheModuleRootLinksNoCgo(t *testing.T) {
	all, own := packages(t)
	root, ok := own[""]
	if !ok {
		t.Fatal("go list does not know the module root")
	}
	if len(root.Deps) < 10 {
		t.Fatalf("go list gives the module root only %d dependencies", len(root.Deps))
	}
	for _, dep := range root.Deps {
		p := all[dep]
		if dep == "C" || dep == "runtime/cgo" || len(p.CgoFiles) > 0 || strings.Contains(dep, cgoModule) {
			t.Errorf("the module root links %s, which needs cgo: a user of the library must build without a C compiler", dep)
		}
	}
}

// DuckDB takes seconds to link, so that only the packages whose work it is may do so, tests included.
func TestDuckDBIsLinkedOnlyWhereThePlanSays(t *testing.T) {
	all, _ := packages(t)
	found := false
	for _, p := range all {
		main := strings.TrimSuffix(p.ImportPath, ".test")
		if !isOwn(main) || p.ForTest != "" || !slices.ContainsFunc(p.Deps, func(dep string) bool { return strings.HasPrefix(dep, cgoModule) }) {
			continue
		}
		found = true
		if !house[below(main)].duckdb {
			t.Errorf("%s links DuckDB: keep the store out of what it imports, or say in the table of house_test.go why it must", p.ImportPath)
		}
	}
	if !found {
		t.Error("nothing links DuckDB: this test has lost what it looks for")
	}
}

func TestPackageCommentsSayWhatAPackageHoldsImportsAndMustNotKnow(t *testing.T) {
	_, own := packages(t)
	for key, p := range own {
		comment := ""
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				comment += f.Doc.Text()
			}
		}
		begin := "Package " + p.Name + " "
		if p.Name == "main" {
			begin = "Command " + path.Base(p.ImportPath) + " "
		}
		switch {
		case comment == "":
			t.Errorf("%s has no package comment: say what it holds, what it may import, and what it must not know", name(key))
		case !strings.HasPrefix(comment, begin):
			t.Errorf("the package comment of %s does not begin with %q, or there are two", name(key), begin)
		case !regexp.MustCompile(`\bimports?\b`).MatchString(comment):
			t.Errorf("the package comment of %s does not say what it may import", name(key))
		case !regexp.MustCompile(`\bknows?\b`).MatchString(comment):
			t.Errorf("the package comment of %s does not say what it must not know", name(key))
		}
	}
}

func TestNoPackageIsNamedForNothing(t *testing.T) {
	_, own := packages(t)
	for key := range own {
		for _, part := range strings.Split(key, "/") {
			if slices.Contains([]string{"base", "common", "core", "helper", "helpers", "lib", "misc", "pkg", "shared", "util", "utils"}, part) {
				t.Errorf("%s: name a package for what it holds", key)
			}
		}
	}
}

func TestTheVersionIsWrittenOnce(t *testing.T) {
	b, err := os.ReadFile("VERSION")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); got != faultline.Version+"\n" {
		t.Errorf("the file VERSION says %q, the variable Version %q", got, faultline.Version)
	}
}

// dependencyLine is a line of the table in docs/dependencies.md: its first column is a module's path.
var dependencyLine = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\S")

func TestEveryDependencyIsArguedFor(t *testing.T) {
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	argued := map[string]bool{}
	for _, m := range dependencyLine.FindAllSubmatch(doc, -1) {
		argued[string(m[1])] = true
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}

	// What go.mod calls direct and what the code imports are one list after go mod tidy; both are asked
	// for, so that a module which was added by hand is not missed.
	required, direct := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s+([^\s/]+/\S+|\S+\.\S+) v\S+(.*)$`).FindAllStringSubmatch(string(mod), -1) {
		required[m[1]] = true
		if !strings.Contains(m[2], "// indirect") {
			direct[m[1]] = true
		}
	}
	if len(required) == 0 {
		t.Fatal("no requirement found in go.mod")
	}
	all, own := packages(t)
	for _, p := range own {
		for _, to := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if m := all[to].Module; m != nil && m.Path != module {
				direct[m.Path] = true
			}
		}
	}
	for m := range direct {
		if !argued[m] {
			t.Errorf("docs/dependencies.md does not say why %s is needed", m)
		}
	}
	for m := range argued {
		if !required[m] {
			t.Errorf("docs/dependencies.md argues for %s, which go.mod does not require", m)
		}
	}
}

// tracked reads every file that git tracks, by its path.
func tracked(t *testing.T) map[string][]byte {
	t.Helper()
	// The index changes with what is tracked; looking at it keeps go test from reusing an old result.
	if _, err := os.Stat(".git/index"); err != nil {
		t.Skip("the root of the module is not a git repository")
	}
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	files := map[string][]byte{}
	for _, file := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		files[file] = b
	}
	if len(files["go.mod"]) == 0 {
		t.Fatal("git does not track go.mod: this test has lost what it reads")
	}
	return files
}

func TestNoTrackedFileNamesAFolderOfOneMachine(t *testing.T) {
	// A path that goes on from something (a relative one, an address) is not meant.
	machine := regexp.MustCompile(`(?m)(?:^|[^\w.~$})-])(/(?:work|root|home|Users)/[\w.]*)`)
	for file, b := range tracked(t) {
		if m := machine.FindSubmatch(b); m != nil {
			t.Errorf("%s names %s, which exists on one machine only", file, m[1])
		}
	}
}

// sharedData holds real files whose licences do not allow redistribution.
const sharedData = "../shared/data"

func TestNoTrackedFileIsACopyOfSharedData(t *testing.T) {
	files := tracked(t)
	bySize := map[int64][]string{}
	for file, b := range files {
		if len(b) > 0 {
			bySize[int64(len(b))] = append(bySize[int64(len(b))], file)
		}
	}
	walkShared(t, func(file string, info fs.FileInfo) {
		if len(bySize[info.Size()]) == 0 {
			return
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, mine := range bySize[info.Size()] {
			if sha256.Sum256(files[mine]) == sha256.Sum256(b) {
				t.Errorf("%s is a copy of %s, whose licence forbids that", mine, file)
			}
		}
	})
}

const (
	// rowKey is how much of a row is looked up, and the least length of a row that is looked for:
	// shorter ones can be alike by accident.
	rowKey = 40
	// rowLength is how much of a row must stand in a file for the row to count as copied.
	rowLength = 100
	// rowDigits is how many digits, and how many different characters, tell a row of data from a header
	// and from a run of zeros.
	rowDigits = 8
)

func TestNoTrackedFileHoldsARowOfSharedData(t *testing.T) {
	if testing.Short() {
		t.Skip("short: reads 200 MB")
	}
	files := tracked(t)
	seed := maphash.MakeSeed()
	// keys has every stretch of rowKey bytes that begins a word in a tracked file.
	keys := map[uint64]bool{}
	for _, b := range files {
		for i := 0; i+rowKey <= len(b); i++ {
			if i == 0 || !isWord(b[i-1]) {
				keys[maphash.Bytes(seed, b[i:i+rowKey])] = true
			}
		}
	}
	rows := 0
	walkShared(t, func(file string, _ fs.FileInfo) {
		// Single published figures may be quoted one by one, and documents are not data.
		if strings.Contains(filepath.ToSlash(file), "/facts/") || strings.HasSuffix(file, ".md") {
			return
		}
		copied := map[string][]string{}
		// Braces part the rows of JSON.
		for row := range bytes.FieldsFuncSeq(unpacked(t, file), func(r rune) bool {
			return r == '\n' || r == '\r' || r == '{' || r == '}'
		}) {
			row = bytes.TrimLeft(row, " \t\"',;")
			row = row[:min(len(row), rowLength)]
			if len(row) < rowKey || !isRow(row) {
				continue
			}
			rows++
			if !keys[maphash.Bytes(seed, row[:rowKey])] {
				continue
			}
			for mine, b := range files {
				if bytes.Contains(b, row) {
					copied[mine] = append(copied[mine], string(row))
				}
			}
		}
		for mine, rows := range copied {
			t.Errorf("%s holds %d rows of %s, whose licence forbids that, such as %q", mine, len(rows), file, rows[0])
		}
	})
	if rows < 1_000_000 {
		t.Errorf("only %d rows were found in %s: this test has lost what it looks for", rows, sharedData)
	}
}

func isWord(c byte) bool {
	return c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isRow(b []byte) bool {
	digits, kinds, seen := 0, 0, [256]bool{}
	for _, c := range b {
		if '0' <= c && c <= '9' {
			digits++
		}
		if !seen[c] {
			seen[c] = true
			kinds++
		}
	}
	return digits >= rowDigits && kinds >= rowDigits
}

func walkShared(t *testing.T, f func(file string, info fs.FileInfo)) {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Skip("the shared data are not beside the repository")
	}
	err := filepath.Walk(sharedData, func(file string, info fs.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			f(file, info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func unpacked(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(file, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	b, err = io.ReadAll(z)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return b
}
