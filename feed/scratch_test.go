package feed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	root := "../../shared/data/"
	filepath.WalkDir(root, func(p string, fi os.DirEntry, err error) error {
		if err != nil || fi.IsDir() {
			return nil
		}
		if f := os.Getenv("F"); f != "" && !strings.Contains(p, f) {
			return nil
		}
		t0 := time.Now()
		r, err := ReadFile(context.Background(), p, Options{})
		el := time.Since(t0)
		fmt.Printf("%s [%s] rows %d acc %d rej %d %v %v\n", strings.TrimPrefix(p, root), r.Report.Format, r.Report.Rows, r.Report.Accepted, r.Report.Rejected, r.Report.ByReason, el)
		for _, n := range r.Report.Notes {
			fmt.Println("    note", n)
		}
		for i, x := range r.Report.Rejects {
			if i < 3 {
				fmt.Println("    reject", x)
			}
		}
		if err != nil {
			fmt.Println("    ERR", err)
		}
		for i, d := range r.Sets {
			if i > 2 {
				break
			}
			o := d.Origin()
			fmt.Println("    ", d.Key(), d.Len(), o.Grade, o.KnownAt, o.Source, o.Caveats)
			if d.Chain != nil {
				fmt.Println("       ", d.Chain.At, d.Chain.Spot)
			}
			if d.Series != nil {
				s := d.Series
				fmt.Println("       ", time.Unix(s.About[s.Len()-1], 0).UTC(), time.Unix(s.Known[s.Len()-1], 0).UTC(), s.Value[s.Len()-1], s.Unit)
			}
		}
		if r.Report.Rows != r.Report.Accepted+r.Report.Rejected && err == nil {
			t.Error("unbalanced", p)
		}
		return nil
	})
}
