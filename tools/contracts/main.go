// Command contracts keeps the contracts of events compatible. `check` compares
// them with those that were released, and ends with 1 and a line for each
// change that would break a consumer. `release` makes them the released ones.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"makegood/events/contracts"
	"makegood/events/contracts/compat"
)

const (
	current  = "events/contracts"
	released = "events/contracts/released"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 || args[0] != "check" && args[0] != "release" {
		return errors.New("usage, at the top of the repository: go run ./tools/contracts check|release")
	}
	if err := check(); err != nil {
		return err
	}
	if args[0] == "release" {
		return release()
	}
	fmt.Println("No released contract is broken")
	return nil
}

func check() error {
	breaks, err := compat.Check(os.DirFS(released), os.DirFS(current))
	if err != nil {
		return err
	}
	for _, b := range breaks {
		fmt.Fprintln(os.Stderr, b)
	}
	if len(breaks) > 0 {
		return fmt.Errorf("%d changes would break consumers: undo them, or make a new version of the contract (CONTRIBUTING.md, Changing a contract)", len(breaks))
	}
	return nil
}

func release() error {
	paths, err := fs.Glob(os.DirFS(current), "*.json")
	if err != nil {
		return err
	}
	for _, path := range paths {
		if _, _, ok := contracts.Parse(path); !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join(current, path))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(released, path), text, 0o644); err != nil {
			return err
		}
		fmt.Println("released", path)
	}
	return nil
}
