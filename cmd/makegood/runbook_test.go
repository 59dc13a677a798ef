package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// A page names a command in passing, `makegood order retry`, or in a block of
// sh. Those of a console are run by tests/incidents.
var (
	inlineCommand = regexp.MustCompile("`makegood ([^`\n]+)`")
	shellBlock    = regexp.MustCompile("(?s)```sh\n.*?```")
	shellCommand  = regexp.MustCompile(`(?m)^ *makegood (.+)$`)
)

func TestTheRunbookNamesCommandsThatThereAre(t *testing.T) {
	var cli CLI
	parser, err := kong.New(&cli, kong.Name("makegood"), kong.Vars{"version": version})
	require.NoError(t, err)
	named := 0
	require.NoError(t, filepath.WalkDir("../../docs/runbook", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		commands := inlineCommand.FindAllStringSubmatch(string(page), -1)
		for _, block := range shellBlock.FindAllString(string(page), -1) {
			commands = append(commands, shellCommand.FindAllStringSubmatch(block, -1)...)
		}
		for _, command := range commands {
			named++
			requireCommand(t, parser.Model.Node, path, command[1])
		}
		return nil
	}))
	require.NotZero(t, named)
}

// requireCommand follows the words as far as they are commands, and looks for
// each flag on the way.
func requireCommand(t *testing.T, at *kong.Node, path, command string) {
	t.Helper()
	flags := map[string]bool{}
	for _, word := range append([]string{""}, strings.Fields(command)...) {
		if name, isFlag := strings.CutPrefix(word, "--"); isFlag {
			require.True(t, flags[name], "%s: makegood %s: there is no %s", path, command, word)
			continue
		}
		for _, child := range at.Children {
			if child.Name == word {
				at = child
			}
		}
		for _, flag := range at.Flags {
			flags[flag.Name] = true
		}
	}
	require.True(t, at.Leaf(), "%s: there is no makegood %s", path, command)
}
