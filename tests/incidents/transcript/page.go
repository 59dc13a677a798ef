// Package transcript reads the commands of a Markdown page, with what the page
// says that they print, and compares that with what they do print.
//
//	```console
//	$ makegood order get ord_b3hnf6dkljjxkjk2sovmakdwwi
//	status  needs_attention: undeliverable
//	…
//	```
//
// Each line that begins with a dollar sign is a command, what stands beneath it
// is its output: standard output and standard error, as a person sees both. An
// ellipsis stands for any text of a line, and alone on a line for any lines. A
// time stands for any time, and runs of blanks are all alike. The ids of the
// example stand for those of the day; see Names.
package transcript

import (
	"fmt"
	"os"
	"strings"
)

// Exchange is one command and what it prints.
type Exchange struct {
	Command string
	Shows   []string // line by line
	Line    int      // of the page, from 1
}

// Page is a Markdown page's transcripts.
type Page struct {
	Path     string
	Sections []Section
}

// Section is what stands under a heading, up to the next one of any level.
type Section struct {
	Heading   string
	Exchanges []Exchange
}

const (
	fence = "```"
	opens = "```console"
)

// Read reads the page. A transcript that does not begin with a command, or
// never ends, is an error.
func Read(path string) (Page, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Page{}, err
	}
	page := Page{Path: path, Sections: []Section{{}}}
	block := ""    // the fence that opened the block which the line is in
	begun := false // a command of the block was read
	for i, line := range strings.Split(string(text), "\n") {
		section := &page.Sections[len(page.Sections)-1]
		switch {
		case block == "" && strings.HasPrefix(line, fence):
			block, begun = line, false
		case strings.HasPrefix(line, fence):
			block = ""
		case block == "" && strings.HasPrefix(line, "#"):
			page.Sections = append(page.Sections, Section{Heading: strings.TrimLeft(line, "# ")})
		case block != opens:
		case strings.HasPrefix(line, "$ "):
			section.Exchanges = append(section.Exchanges, Exchange{Command: line[2:], Line: i + 1})
			begun = true
		case !begun:
			return Page{}, fmt.Errorf("%s:%d: a transcript begins with a command, after a dollar sign", path, i+1)
		default:
			last := &section.Exchanges[len(section.Exchanges)-1]
			last.Shows = append(last.Shows, line)
		}
	}
	if block != "" {
		return Page{}, fmt.Errorf("%s: a block is never closed", path)
	}
	return page, nil
}

// Section is the one of the heading.
func (p Page) Section(heading string) (Section, error) {
	for _, section := range p.Sections {
		if section.Heading == heading {
			return section, nil
		}
	}
	return Section{}, fmt.Errorf("%s has no heading %q", p.Path, heading)
}
