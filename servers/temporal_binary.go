package servers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// TemporalBinary is the Temporal CLI that holds the dev server: temporal from
// PATH, else one that is built once from the pinned tools/temporal/go.mod and
// kept in the user's cache folder, where every checkout finds it. While it
// builds, a line on out every few seconds says that it is alive. Out may be nil.
func TemporalBinary(ctx context.Context, out io.Writer) (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil {
		return path, nil
	}
	module, err := temporalModule()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	path, err := cachedAs(filepath.Join(cache, "makegood"), module)
	if err != nil {
		return "", err
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if out == nil {
		out = io.Discard
	}
	return path, build(ctx, module, path, out)
}

// temporalModule finds tools/temporal of the checkout that holds the working
// directory or this program.
func temporalModule() (string, error) {
	var from []string
	if dir, err := os.Getwd(); err == nil {
		from = append(from, dir)
	}
	if program, err := os.Executable(); err == nil {
		from = append(from, filepath.Dir(program))
	}
	for _, dir := range from {
		for ; ; dir = filepath.Dir(dir) {
			module := filepath.Join(dir, "tools", "temporal")
			if text, err := os.ReadFile(filepath.Join(module, "go.mod")); err == nil && bytes.HasPrefix(text, []byte("module makegood/")) {
				return module, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", errors.New("no temporal on PATH: install the Temporal CLI (https://docs.temporal.io/cli), or run from a checkout of makegood, which builds it")
}

// cachedAs names the binary after all that it depends on.
func cachedAs(folder, module string) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			return "", fmt.Errorf("read the pinned versions: %w", err)
		}
		sum.Write(text)
	}
	return filepath.Join(folder, fmt.Sprintf("temporal-%x", sum.Sum(nil)[:8])), nil
}

// lock lets one process at a time build. The kernel ends it with its holder.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the cache folder: %w", err)
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for another build: %w", ctx.Err()), file.Close())
		case <-tick.C:
		}
	}
}

// build compiles without cgo, so that it needs no C compiler.
func build(ctx context.Context, module, path string, out io.Writer) error {
	if !onPath("go") {
		return errors.New("no temporal on PATH, and no go to build it with: install the Temporal CLI (https://docs.temporal.io/cli) or Go")
	}
	fmt.Fprintf(out, "Building the Temporal dev server, once (pinned in tools/temporal/go.mod; some 3 to 5 minutes on 2 cores) into %s\n", path)
	began := time.Now()
	unfinished := path + ".unfinished"
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, "github.com/temporalio/cli/cmd/temporal")
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
		return fmt.Errorf("build the Temporal dev server in %s: %w\n%s", module, err, progress.last.Bytes())
	}
	if err := os.Rename(unfinished, path); err != nil {
		return fmt.Errorf("keep the Temporal dev server: %w", err)
	}
	fmt.Fprintf(out, "Built the Temporal dev server in %s\n", time.Since(began).Round(time.Second))
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
