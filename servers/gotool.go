package servers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// goTool is a program that is built from a pinned module of this checkout, and
// kept in the user's cache folder, where every checkout finds it.
type goTool struct {
	name    string // in the cache folder
	title   string // for people
	module  string // its folder in tools
	program string // its package
	takes   string // how long it builds
}

// built returns the program's path. It may have to build it first: then a line
// on out every few seconds says that it is alive. Out may be nil.
func (g goTool) built(ctx context.Context, out io.Writer) (string, error) {
	module, err := g.find()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	path, err := g.cachedAs(filepath.Join(cache, "makegood"), module)
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
	return path, g.build(ctx, module, path, out)
}

// find looks for the module in the checkout that holds the working directory
// or this program.
func (g goTool) find() (string, error) {
	var from []string
	if dir, err := os.Getwd(); err == nil {
		from = append(from, dir)
	}
	if program, err := os.Executable(); err == nil {
		from = append(from, filepath.Dir(program))
	}
	for _, dir := range from {
		for ; ; dir = filepath.Dir(dir) {
			module := filepath.Join(dir, "tools", g.module)
			if text, err := os.ReadFile(filepath.Join(module, "go.mod")); err == nil && bytes.HasPrefix(text, []byte("module makegood/")) {
				return module, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("%s is built in a checkout of makegood: run from one", g.title)
}

// cachedAs names the program after all that it depends on.
func (g goTool) cachedAs(folder, module string) (string, error) {
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
	return filepath.Join(folder, fmt.Sprintf("%s-%x", g.name, sum.Sum(nil)[:8])), nil
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
