package transcript_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/incidents/transcript"
)

const (
	one, other   = "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", "ord_bbbbbbbbbbbbbbbbbbbbbbbbbb"
	today, later = "ord_cccccccccccccccccccccccccc", "ord_dddddddddddddddddddddddddd"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name          string
		shows, prints string
		wrong         string // empty if they match
	}{
		{"the same", "a\nb", "a\nb\n", ""},
		{"nothing", "", "", ""},
		{"another word", "a good", "a bad\n", `the page goes on with "a good"`},
		{"a line that is not printed", "a\nb", "a\n", `the page goes on with "b"`},
		{"a line that the page has not", "a", "a\nb\n", "more is printed"},
		{"an ellipsis in a line", "a … c", "a b b c\n", ""},
		{"an ellipsis is not another line", "a …", "a\nb\n", "the page goes on"},
		{"an ellipsis alone is any lines", "a\n…\nd", "a\nb\nc\nd\n", ""},
		{"an ellipsis alone is no line, too", "a\n…\nd", "a\nd\n", ""},
		{"an ellipsis alone passes over nothing that is wrong", "a\n…\nd", "a\nb\n", `the page goes on with "d"`},
		{"blanks are all alike", "a  b", "a\tb \n", ""},
		{"but they are there", "a b", "ab\n", "the page goes on"},
		{"any time", "since 2026-03-01 09:30:00", "since 2031-12-24 23:59:59\n", ""},
		{"no other word for a time", "since 2026-03-01 09:30:00", "since yesterday\n", "the page goes on"},
		{"signs are not a pattern", "(a|b)*", "a\n", "the page goes on"},
		{"an id stands for that of the day", one, today + "\n", ""},
		{"the same id twice", one + " " + one, today + " " + today + "\n", ""},
		{"the same id for two", one + " " + one, today + " " + later + "\n", "the page goes on"},
		{"two ids for the same", one + " " + other, today + " " + today + "\n", "the page goes on"},
		{"the same id in another line for two", one + "\n" + one, today + "\n" + later + "\n", "the page goes on"},
		{"an id among lines that are left out", "…\n" + one + " x\n…\n" + one, later + " y\n" + today + " x\nz\n" + today + "\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var shows []string
			if test.shows != "" {
				shows = strings.Split(test.shows, "\n")
			}
			err := transcript.Names{}.Match(shows, test.prints)
			if test.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.wrong)
		})
	}
}

func TestNamesAreKept(t *testing.T) {
	names := transcript.Names{}
	_, err := names.Fill("get " + one)
	require.ErrorContains(t, err, "no command has shown "+one+" yet")

	require.Error(t, names.Match([]string{one, "b"}, today+"\nc\n"))
	require.Empty(t, names, "what did not match names nothing")
	require.NoError(t, names.Match([]string{one}, today+"\n"))
	command, err := names.Fill("get " + one)
	require.NoError(t, err)
	require.Equal(t, "get "+today, command)
	require.Error(t, names.Match([]string{one}, later+"\n"))
	require.Error(t, names.Match([]string{other}, today+"\n"))
	require.NoError(t, names.Match([]string{one, other}, today+"\n"+later+"\n"))
}

func TestRead(t *testing.T) {
	read := func(text string) (transcript.Page, error) {
		path := filepath.Join(t.TempDir(), "page.md")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return transcript.Read(path)
	}
	page, err := read("# A page\n\n## Look\n\n```console\n$ one\na\n\nb\n$ two\n```\n\n### Or\n\n```sh\n# no heading\n$ no command\n```\n\n```console\n$ three\n```\n")
	require.NoError(t, err)
	look, err := page.Section("Look")
	require.NoError(t, err)
	require.Equal(t, []transcript.Exchange{
		{Command: "one", Shows: []string{"a", "", "b"}, Line: 6},
		{Command: "two", Line: 10},
	}, look.Exchanges)
	or, err := page.Section("Or")
	require.NoError(t, err)
	require.Equal(t, []transcript.Exchange{{Command: "three", Line: 21}}, or.Exchanges)
	_, err = page.Section("Do")
	require.ErrorContains(t, err, `has no heading "Do"`)

	_, err = read("```console\nwhat it prints\n```\n")
	require.ErrorContains(t, err, "page.md:2: a transcript begins with a command")
	_, err = read("```console\n$ one\n```\n```console\nmore\n```\n")
	require.ErrorContains(t, err, "page.md:5: a transcript begins with a command")
	_, err = read("```console\n$ one\n")
	require.ErrorContains(t, err, "never closed")
}
