package incidents_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A newcomer comes from the first look to the incident's page: what the page
// begins with is one of the first commands, and the index leads to it.
func TestTheFirstLookLeadsToEachIncident(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(runbook, "README.md"))
	require.NoError(t, err)
	first, err := read(t, "README.md").Section(firstLook)
	require.NoError(t, err)
	commands := map[string]bool{}
	for _, e := range first.Exchanges {
		commands[e.Command] = true
	}
	pages, err := filepath.Glob(filepath.Join(runbook, "incidents", "*.md"))
	require.NoError(t, err)
	require.Len(t, pages, 5)
	for _, path := range pages {
		name := "incidents/" + filepath.Base(path)
		require.Contains(t, string(index), "]("+name+")")
		page := read(t, name)
		var headings []string
		for _, section := range page.Sections {
			headings = append(headings, section.Heading)
		}
		require.Subset(t, headings, []string{"What you see", "What it means", "Look", "Do", "Afterwards"}, name)
		seen, err := page.Section("What you see")
		require.NoError(t, err)
		require.NotEmpty(t, seen.Exchanges, name)
		require.True(t, commands[seen.Exchanges[0].Command], "%s begins with %q, which the first look has not", name, seen.Exchanges[0].Command)
	}
}

var (
	links    = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unlinked = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are what the headings of a page can be linked by.
func anchors(page string) map[string]bool {
	all := map[string]bool{"": true}
	for _, heading := range headings.FindAllStringSubmatch(page, -1) {
		bare := unlinked.ReplaceAllString(strings.ToLower(heading[1]), "")
		all["#"+strings.ReplaceAll(bare, " ", "-")] = true
	}
	return all
}

func TestEveryLinkOfTheRunbookLeadsSomewhere(t *testing.T) {
	checked := 0
	require.NoError(t, filepath.WalkDir(runbook, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			checked++
			target := path
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(path), link[1])
			}
			info, err := os.Stat(target)
			require.NoError(t, err, "%s links to %s", path, link[1])
			if info.IsDir() || link[2] == "" {
				continue
			}
			page, err := os.ReadFile(target)
			require.NoError(t, err)
			require.True(t, anchors(string(page))[link[2]], "%s links to %s, and there is no heading %s", path, link[1], link[2])
		}
		return nil
	}))
	require.NotZero(t, checked)
}
