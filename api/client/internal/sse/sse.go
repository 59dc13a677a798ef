// Package sse reads server-sent events as the HTML standard defines them:
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream.
package sse

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// longestLine bounds a line; the largest event, an order of 100 lines, has
// some 20 kB.
const longestLine = 1 << 20

// Frame is one event of a stream.
type Frame struct {
	// ID is what to send as Last-Event-ID to go on after this frame.
	ID   string
	Data string
}

// Reader takes frames out of a stream.
type Reader struct {
	lines *bufio.Scanner
	id    string // outlives a frame, as the standard says
	begun bool
}

// NewReader reads frames from r.
func NewReader(r io.Reader) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	lines.Split(splitLine)
	return &Reader{lines: lines}
}

// Next returns the next frame that holds data. Its error is io.EOF where the
// stream ends between two frames or in the middle of one, which is then lost.
func (r *Reader) Next() (Frame, error) {
	var data []string
	for r.lines.Scan() {
		line := r.lines.Text()
		if !r.begun {
			line = strings.TrimPrefix(line, "\uFEFF")
			r.begun = true
		}
		if line == "" {
			if data != nil {
				return Frame{ID: r.id, Data: strings.Join(data, "\n")}, nil
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":") // a comment has an empty name
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				r.id = value
			}
		}
	}
	if err := r.lines.Err(); err != nil {
		return Frame{}, err
	}
	return Frame{}, io.EOF
}

// splitLine ends a line at \n, \r\n or \r. After a \r it looks at one byte
// more; servers that end frames with a lone \r are not known to exist.
func splitLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	at := bytes.IndexAny(data, "\r\n")
	switch {
	case at < 0 && atEOF:
		return len(data), nil, nil // a line that isn't ended doesn't count
	case at < 0:
		return 0, nil, nil
	case data[at] == '\n':
		return at + 1, data[:at], nil
	case at+1 < len(data):
		if data[at+1] == '\n' {
			return at + 2, data[:at], nil
		}
		return at + 1, data[:at], nil
	case atEOF:
		return at + 1, data[:at], nil
	default:
		return 0, nil, nil
	}
}
