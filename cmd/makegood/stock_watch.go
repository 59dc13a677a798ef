package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"

	"makegood/api/client"
)

// StockWatchCmd is `makegood stock watch`.
type StockWatchCmd struct {
	SKUs     []stockSKU    `arg:"" optional:"" name:"sku" help:"What to watch; every SKU unless given."`
	Interval time.Duration `default:"1s" help:"How long to wait between two looks, from 100ms."`
}

// Help is the long help.
func (*StockWatchCmd) Help() string {
	return `Examples:

  makegood stock watch MUG-BLUE POT
  makegood stock watch --interval 5s --json | jq -r 'select(.available == 0) | .sku'

It begins with the levels as they are, then shows those that change, until Ctrl-C, and waits for a gateway that goes away. On a terminal it redraws one table; elsewhere it prints a line for each level that is another than at the look before. What changes and changes back between two looks is not seen.`
}

// Run looks again and again, and ends with ctx.
func (c *StockWatchCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	if c.Interval < 100*time.Millisecond {
		return errors.New("--interval must be at least 100ms")
	}
	w := &stockWatch{gateway: stock.client(), skus: c.SKUs, seen: map[string]client.Level{}}
	if !stock.JSON && isTerminal(k.Stdout) {
		w.show = &stockScreen{out: k.Stdout}
	} else {
		w.show = &stockLines{out: bufio.NewWriter(k.Stdout), log: k.Stderr, json: stock.JSON}
	}
	ticker := time.NewTicker(c.Interval)
	defer ticker.Stop()
	for {
		if err := w.again(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// isTerminal tells whether what is written there can be drawn over.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && isatty.IsTerminal(file.Fd()) && os.Getenv("TERM") != "dumb"
}

// stockWatch is what was seen of the levels so far.
type stockWatch struct {
	gateway *client.Client
	skus    []stockSKU // none means all
	show    stockShow

	seen   map[string]client.Level
	looked time.Time // when all of them last were; zero if never
	lost   bool      // the gateway, at the last look
}

// stockShow is where levels are shown.
type stockShow interface {
	// level is one of the first look's, or one that changed.
	level(seenLevel)
	// note is a line about the watch itself.
	note(string)
	// looked ends a look; at is when one last succeeded. It returns what went
	// wrong with showing.
	looked(at time.Time) error
}

// seenLevel is a level, and when it was seen to be so.
type seenLevel struct {
	Time time.Time `json:"time"`
	client.Level
}

// again looks once, and outlives a gateway that was there before.
func (w *stockWatch) again(ctx context.Context) error {
	err := w.look(ctx)
	if err != nil && (w.looked.IsZero() || !client.Passing(err)) {
		return err
	}
	if err == nil {
		w.looked = time.Now()
	} else if !w.lost && ctx.Err() == nil {
		w.show.note(err.Error() + "; watching goes on when it is back")
	}
	w.lost = err != nil
	return w.show.looked(w.looked)
}

func (w *stockWatch) look(ctx context.Context) error {
	const within = 30 * time.Second // the gateway's own limit for an answer
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, sku := range w.skus {
		level, err := w.gateway.Stock(ctx, string(sku))
		if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusNotFound && p.Name() != "" {
			if w.looked.IsZero() {
				w.show.note(string(sku) + " was never in stock; waiting for it")
			}
			continue
		}
		if err != nil {
			return err
		}
		w.saw(level)
	}
	for cursor := ""; len(w.skus) == 0; {
		page, err := w.gateway.ListStock(ctx, cursor, client.LongestStockPage)
		if err != nil {
			return err
		}
		for _, level := range page.Items {
			w.saw(level)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	return nil
}

func (w *stockWatch) saw(level client.Level) {
	if before, known := w.seen[level.SKU]; known && before == level {
		return
	}
	w.seen[level.SKU] = level
	w.show.level(seenLevel{time.Now(), level})
}
