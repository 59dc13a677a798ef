// Command dashboards writes Grafana's dashboards into deploy/grafana/dashboards,
// or with check says which of them is not as it would write it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

const folder = "deploy/grafana/dashboards"

func main() {
	check := len(os.Args) == 2 && os.Args[1] == "check"
	if len(os.Args) > 1 && !check {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/dashboards [check]")
		os.Exit(2)
	}
	wrong := false
	for _, board := range []board{saga, stock, events, servers} {
		text, err := json.MarshalIndent(board.grafana(), "", "  ")
		if err == nil {
			err = put(filepath.Join(folder, board.name+".json"), append(text, '\n'), check)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			wrong = true
		}
	}
	if wrong {
		os.Exit(1)
	}
}

func put(path string, text []byte, check bool) error {
	if !check {
		return os.WriteFile(path, text, 0o600)
	}
	committed, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(committed, text) {
		err = fmt.Errorf("%s is not what tools/dashboards makes: run make dashboards", path)
	}
	return err
}
