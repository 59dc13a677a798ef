package transcript

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// Names says which id of the day each id of a page stands for. One that stands
// for nothing yet takes on the first that is printed in its place, and keeps it.
type Names map[string]string

var (
	id = regexp.MustCompile(`ord_[a-z2-7]{26}|email\.(?:body-)?[0-9a-f]{32}`)
	// special is what of a page's line does not stand for itself.
	special = regexp.MustCompile(id.String() + `|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|…|[ \t]+`)
)

const anything = "…"

// Fill is the command with the ids of the day. An id that nothing has shown yet
// is an error: nobody could know it.
func (n Names) Fill(command string) (string, error) {
	var unknown error
	filled := id.ReplaceAllStringFunc(command, func(name string) string {
		actual, known := n[name]
		if !known {
			unknown = fmt.Errorf("no command has shown %s yet", name)
		}
		return actual
	})
	return filled, unknown
}

// Match returns nil if the output is as the page shows it, and then knows the
// ids that were new.
func (n Names) Match(shows []string, output string) error {
	got := strings.Split(strings.TrimRight(output, "\n"), "\n")
	if len(got) == 1 && got[0] == "" {
		got = nil
	}
	m := matcher{left: len(shows)}
	names, ok := m.lines(shows, got, n)
	if ok {
		maps.Copy(n, names)
		return nil
	}
	if m.left == 0 {
		return errors.New("more is printed than the page shows")
	}
	return fmt.Errorf("the page goes on with %q, which is not printed", shows[len(shows)-m.left])
}

// matcher remembers how few of the page's lines were left in its best attempt.
type matcher struct{ left int }

func (m *matcher) lines(shows, got []string, names Names) (Names, bool) {
	m.left = min(m.left, len(shows))
	if len(shows) == 0 {
		return names, len(got) == 0
	}
	if shows[0] == anything {
		for skipped := range len(got) + 1 {
			if names, ok := m.lines(shows[1:], got[skipped:], names); ok {
				return names, true
			}
		}
		return nil, false
	}
	if len(got) == 0 {
		return nil, false
	}
	names, ok := names.line(shows[0], got[0])
	if !ok {
		return nil, false
	}
	return m.lines(shows[1:], got[1:], names)
}

// line returns the names with those that the line adds.
func (n Names) line(shown, got string) (Names, bool) {
	var pattern strings.Builder
	var fresh []string // the names that the pattern's groups are for
	rest := strings.TrimRight(shown, " ")
	for at := special.FindStringIndex(rest); at != nil; at = special.FindStringIndex(rest) {
		pattern.WriteString(regexp.QuoteMeta(rest[:at[0]]))
		token := rest[at[0]:at[1]]
		rest = rest[at[1]:]
		switch actual, known := n[token]; {
		case known:
			pattern.WriteString(regexp.QuoteMeta(actual))
		case token == anything:
			pattern.WriteString(`.*`)
		case strings.TrimSpace(token) == "":
			pattern.WriteString(`[ \t]+`)
		case token[0] >= '0' && token[0] <= '9':
			pattern.WriteString(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d`)
		default:
			pattern.WriteString("(" + id.String() + ")")
			fresh = append(fresh, token)
		}
	}
	pattern.WriteString(regexp.QuoteMeta(rest))
	groups := regexp.MustCompile("^" + pattern.String() + `\s*$`).FindStringSubmatch(got)
	if groups == nil {
		return nil, false
	}
	return n.with(fresh, groups[1:])
}

// with adds names. Two names never stand for the same, nor one for two.
func (n Names) with(fresh, actual []string) (Names, bool) {
	all := maps.Clone(n)
	meant := map[string]string{}
	for name, is := range n {
		meant[is] = name
	}
	for i, name := range fresh {
		if before, known := all[name]; known && before != actual[i] {
			return nil, false
		}
		if before, known := meant[actual[i]]; known && before != name {
			return nil, false
		}
		all[name], meant[actual[i]] = actual[i], name
	}
	return all, true
}
