package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// writeBenchReport prints what a benchmark found, for scripts or for people.
func writeBenchReport(k *kong.Kong, asJSON bool, report interface{ WriteTable(io.Writer) error }) error {
	if asJSON {
		return printJSON(k.Stdout, report)
	}
	fmt.Fprintln(k.Stderr)
	return report.WriteTable(k.Stdout)
}

// benchPage is the page with plots. The one of an earlier run stays until there
// is another.
type benchPage struct {
	path       string
	unfinished *os.File // nil if there is to be none
}

func newPage(path string) (*benchPage, error) {
	if path == "" {
		return &benchPage{}, nil
	}
	file, err := os.Create(path + ".unfinished")
	return &benchPage{path: path, unfinished: file}, err
}

func (p *benchPage) write(report bench.OrdersReport) error {
	if p.unfinished == nil {
		return nil
	}
	if err := report.WritePage(p.unfinished); err != nil {
		return err
	}
	if err := p.unfinished.Close(); err != nil {
		return err
	}
	return os.Rename(p.unfinished.Name(), p.path)
}

// drop removes what no run has finished.
func (p *benchPage) drop() {
	if p.unfinished != nil {
		_ = p.unfinished.Close()
		_ = os.Remove(p.unfinished.Name())
	}
}
