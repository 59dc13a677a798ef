package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// build compiles without cgo, so that it needs no C compiler.
func (g goTool) build(ctx context.Context, module, path string, out io.Writer) error {
	if !onPath("go") {
		return errors.New("no go to build it with: install Go")
	}
	fmt.Fprintf(out, "Building %s, once (pinned in tools/%s/go.mod; %s) into %s\n", g.title, g.module, g.takes, path)
	began := time.Now()
	unfinished := path + ".unfinished"
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, g.program)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly")
	var progress heartbeat
	cmd.Stderr = &progress
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		progress.tell(out, began, done)
	}()
	err := cmd.Run()
	close(done)
	<-stopped
	if err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s", g.title, module, err, progress.last.Bytes())
	}
	if err := os.Rename(unfinished, path); err != nil {
		return fmt.Errorf("keep %s: %w", g.title, err)
	}
	fmt.Fprintf(out, "Built %s in %s\n", g.title, time.Since(began).Round(time.Second))
	return nil
}

// heartbeat counts what `go build -v` says it has compiled.
type heartbeat struct {
	packages atomic.Int64
	last     bytes.Buffer // what the go command said last, for an error
}

func (h *heartbeat) Write(text []byte) (int, error) {
	h.packages.Add(int64(bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte("go: downloading"))))
	if h.last.Len() > 16<<10 {
		h.last.Reset()
	}
	return h.last.Write(text)
}

func (h *heartbeat) tell(out io.Writer, began time.Time, done <-chan struct{}) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			fmt.Fprintf(out, "  still building: %s, %d packages compiled\n", time.Since(began).Round(time.Second), h.packages.Load())
		}
	}
}
