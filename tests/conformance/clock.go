package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// The consumer process can be given a wrong clock, as a machine has whose time
// nobody keeps: no library is told of it, and no code of ours. Go asks the
// kernel for the time past the C library, so that nothing can be put between;
// the process is built with the standard library's time.Now changed instead.
// Its monotonic clock is right, as it is on such a machine.

// skewVariable is by how many seconds the process's clock is wrong.
const skewVariable = "CLOCK_SKEW"

const skewFile = `package time

import "syscall"

var clockSkew = func() int64 {
	text, _ := syscall.Getenv("` + skewVariable + `")
	seconds, err := atoi(text)
	if err != nil {
		return 0
	}
	return int64(seconds)
}()
`

// processBinary is built once; the first time on a machine takes a minute or
// two, for whatever depends on the time is compiled again.
var processBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "makegood-conformance-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	overlay, err := skewedClock(dir)
	if err != nil {
		return "", fmt.Errorf("change the clock of the standard library: %w", err)
	}
	binary := filepath.Join(dir, "consumer")
	said, err := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-overlay", overlay, "-o", binary, "makegood/tests/conformance/consumer").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the consumer process: %w: %s", err, said)
	}
	return binary, nil
})

var builtIn string // empty until it is

// RemoveProcessBinary removes what was built, after the last test.
func RemoveProcessBinary() error { return os.RemoveAll(builtIn) }

// skewedClock writes the changed files, and what the compiler takes them by.
func skewedClock(dir string) (overlay string, err error) {
	source := filepath.Join(build.Default.GOROOT, "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		return "", err
	}
	const asked = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	changed := strings.Replace(string(text), asked, asked+"\tsec += clockSkew\n", 1)
	if changed == string(text) {
		return "", errors.New("time.Now has changed: look at it and mend clock.go")
	}
	replaced := map[string]string{}
	for name, text := range map[string]string{"time.go": changed, "skew.go": skewFile} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
		replaced[filepath.Join(source, name)] = path
	}
	list, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}
