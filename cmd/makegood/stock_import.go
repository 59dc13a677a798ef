package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"

	"github.com/alecthomas/kong"

	"makegood/api/client"
)

// StockImportCmd is `makegood stock import`.
type StockImportCmd struct {
	File   string    `arg:"" placeholder:"FILE.csv" help:"CSV with a header: sku,on_hand or sku,on_hand,reason. Standard input if it is -."`
	DryRun bool      `help:"Check every row, and change nothing."`
	Key    importKey `placeholder:"KEY" help:"Go on with the import of this key: a row that was done under it is not done again. Without one, the import is a new one, with a key of its own that it prints."`
}

// Help is the long help.
func (*StockImportCmd) Help() string {
	return `Examples:

  makegood stock import stocktaking.csv --dry-run
  makegood stock import stocktaking.csv
  makegood stock import stocktaking.csv --key 4PNH3ZTLR6VYDQ5KXW2MJBGCAS
  makegood stock import - --json <stocktaking.csv | jq -r '.refused[] | [.sku, .why] | @tsv'

Each row declares how many units of a SKU are on hand, held ones included, as 'stock set' does. Every row is checked first: if one is wrong, each is named with its line and why, and nothing is changed. Then all are set, 16 at a time. Rows that the gateway refuses, such as fewer units than are held for orders, are named in the end and stop none of the others. Ends with 0 only if every row was set.

An import that broke off, by Ctrl-C, a crash or a gateway that was gone for a minute, is gone on with by its --key, with the same file or a mended one. What was sold since from a row that was done is not undone then, as it would be without the key. For the same reason a key must never be used for the next stocktaking: for some 37 days, what a row was answered under it, a refusal too, is answered again, and nothing is changed.`
}

// importKey is the part of the rows' idempotency keys that is one import's.
type importKey string

// A row adds 40 characters, and the gateway takes 255.
var importKeyPattern = regexp.MustCompile(`^[!-~]{1,200}$`)

func (k *importKey) UnmarshalText(text []byte) error {
	if !importKeyPattern.Match(text) {
		return errors.New("must be 1 to 200 printable ASCII characters without spaces, such as stocktaking-2031-05-02")
	}
	*k = importKey(text)
	return nil
}

// Run checks the file, sets what it says, and reports.
func (c *StockImportCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	report := importReport{out: k.Stdout, log: k.Stderr, json: stock.JSON, name: c.File}
	sheet, err := c.read(ctx, os.Stdin)
	if err != nil {
		return fmt.Errorf("%s: %w", report.file(), err)
	}
	if len(sheet.wrong) > 0 || c.DryRun {
		return report.checked(sheet)
	}
	key := string(c.Key)
	if key == "" {
		key = rand.Text()
	}
	connections := http.DefaultTransport.(*http.Transport).Clone()
	connections.MaxIdleConnsPerHost = importAtOnce // 2 unless told: the others would be dialled anew for each row
	defer connections.CloseIdleConnections()
	gateway := client.New(string(stock.APIURL), &http.Client{Transport: connections})
	fmt.Fprintf(k.Stderr, "importing %d rows of %s; if it breaks off, go on with --key %s\n", len(sheet.rows), report.file(), key)
	run := newStockImport(gateway, key, sheet.rows)
	stop := run.report(k.Stderr)
	err = run.do(ctx)
	stop()
	return report.done(run, err)
}

// read gives up with ctx: standard input may never end.
func (c *StockImportCmd) read(ctx context.Context, from io.Reader) (*stockSheet, error) {
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			var detailed *os.PathError // repeats the name
			if errors.As(err, &detailed) {
				err = detailed.Err
			}
			return nil, err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	type read struct {
		sheet *stockSheet
		err   error
	}
	ended := make(chan read, 1)
	go func() {
		sheet, err := readStockSheet(from)
		if err == nil && len(sheet.rows)+len(sheet.wrong) == 0 {
			err = errors.New("it has no rows")
		}
		ended <- read{sheet, err}
	}()
	select {
	case r := <-ended:
		return r.sheet, r.err
	case <-ctx.Done():
		return nil, errors.New("stopped before it was read; nothing was changed")
	}
}
