package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"makegood/api/client"
)

const (
	// importAtOnce is how many rows are on their way at a time.
	importAtOnce = 16
	// importPatience is how long nothing at all may be answered: a gateway
	// that restarts is back within seconds.
	importPatience = time.Minute
	// A row gets the time that the gateway takes for an answer at most, and
	// after Ctrl-C less: its outcome is known then nearly always.
	importAnswer = 30 * time.Second
	importGrace  = 5 * time.Second
)

// stockImport sets rows over the gateway.
type stockImport struct {
	gateway *client.Client
	key     string
	rows    []sheetRow
	began   time.Time

	mu       sync.Mutex
	set      int
	refused  []refusedRow
	answered time.Time // when a row last was, or the beginning
	trouble  error     // why the last one was not; nil if it was
}

// refusedRow is one that the gateway knows better.
type refusedRow struct {
	sheetRow
	// Problem is the name that docs/problems.md has, such as below_held.
	Problem string `json:"problem"`
	Why     string `json:"why"`
}

func newStockImport(gateway *client.Client, key string, rows []sheetRow) *stockImport {
	now := time.Now()
	return &stockImport{gateway: gateway, key: key, rows: rows, began: now, answered: now}
}

// do sets every row, in no order, and returns nil once each was set or refused.
// It returns early with the end of ctx, when what was on its way has been
// answered, or with a gateway that is gone. It is safe to repeat under its key.
func (i *stockImport) do(ctx context.Context) error {
	rows, going := errgroup.WithContext(ctx)
	rows.SetLimit(importAtOnce)
	asking, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(going, func() { time.AfterFunc(importGrace, cut) })()
	for _, row := range i.rows {
		if going.Err() != nil {
			break
		}
		rows.Go(func() error { return i.put(going, asking, row) })
	}
	if err := rows.Wait(); err != nil {
		return err
	}
	if i.left() > 0 {
		return ctx.Err()
	}
	return nil
}

// put sets one row, and tries again while that may help.
func (i *stockImport) put(ctx, asking context.Context, row sheetRow) error {
	const firstPause, longestPause = 100 * time.Millisecond, 2 * time.Second
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, longestPause) {
		answer, cancel := context.WithTimeout(asking, importAnswer)
		_, err := i.gateway.SetStock(answer, row.SKU, row.OnHand, row.Reason, row.key(i.key))
		cancel()
		problem := (*client.Problem)(nil)
		switch {
		case err == nil:
			i.count(nil)
			return nil
		case !client.Passing(err) && errors.As(err, &problem) && problem.Name() != "":
			i.count(&refusedRow{sheetRow: row, Problem: problem.Name(), Why: problem.Error()})
			return nil
		case !client.Passing(err):
			return err // no gateway of ours: it would say the same to every row
		}
		if silence := i.fails(err); silence > importPatience {
			return fmt.Errorf("no row was taken for %s: %w", importPatience, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return ctx.Err()
}

func (i *stockImport) count(refused *refusedRow) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answered, i.trouble = time.Now(), nil
	if refused == nil {
		i.set++
		return
	}
	i.refused = append(i.refused, *refused)
}

// fails returns how long no row has been answered.
func (i *stockImport) fails(err error) time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.trouble = err
	return time.Since(i.answered)
}

// left is how many rows were not answered.
func (i *stockImport) left() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.rows) - i.set - len(i.refused)
}
