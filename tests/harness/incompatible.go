package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BuildIncompatible builds makegood into the folder, and returns its path, with a
// saga that takes its steps in another order: what a change of workflow code
// without workflow.GetVersion comes to. It takes some 20 s the first time.
func BuildIncompatible(dir string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	original, changed := filepath.Join(root, "order", "teller.go"), filepath.Join(dir, "teller.go")
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	const before, after = "range []Step{Charge, Reserve, Ship}", "range []Step{Reserve, Charge, Ship}"
	if !bytes.Contains(text, []byte(before)) {
		return "", fmt.Errorf("%s has no %q any more", original, before)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		return "", err
	}
	err = errors.Join(
		os.WriteFile(changed, bytes.Replace(text, []byte(before), []byte(after), 1), 0o600),
		os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "makegood-incompatible")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-overlay", filepath.Join(dir, "overlay.json"), "-o", path, "./cmd/makegood")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}
