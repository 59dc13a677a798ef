package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Change is of one place in the sources of makegood.
type Change struct {
	// File is named from the module's root: workflows/order.go.
	File string
	// Before must stand there, once, and After takes its place.
	Before, After string
}

// BuildChanged builds makegood with a change into the folder, as its version
// "changed", and returns the executable's path. The sources stay as they are.
// It may be called from any goroutine.
func BuildChanged(into string, c Change) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	original, changed := filepath.Join(root, c.File), filepath.Join(into, filepath.Base(c.File))
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(text, []byte(c.Before)); n != 1 {
		return "", fmt.Errorf("%s has %q %d times, not once", c.File, c.Before, n)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		return "", err
	}
	overlayFile := filepath.Join(into, "overlay.json")
	err = errors.Join(
		os.WriteFile(changed, bytes.Replace(text, []byte(c.Before), []byte(c.After), 1), 0o600),
		os.WriteFile(overlayFile, overlay, 0o600))
	if err != nil {
		return "", err
	}
	return build(into, "-overlay", overlayFile, "-ldflags", "-X main.version=changed")
}
