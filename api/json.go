package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// deepest is far beyond any body that the gateway takes.
const deepest = 16

// unreadable stands for a value that JSON allows and we don't. It has no type
// that a schema knows, so that validation finds it at its path, and its text
// becomes the message there.
type unreadable string

// strictJSON refuses what encoding/json lets pass or changes silently: a
// member given twice, a number that isn't written as an integer, bytes that
// aren't UTF-8, anything after the value.
var strictJSON = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}

// unmarshal reads strictly when huma asks for a value to validate. Its second
// call, into the operation's own struct, comes only after that one passed.
func unmarshal(data []byte, into any) error {
	untyped, ok := into.(*any)
	if !ok {
		return json.Unmarshal(data, into)
	}
	r := reader{data: data, tokens: json.NewDecoder(bytes.NewReader(data))}
	r.tokens.UseNumber()
	value, err := r.value(0)
	if err != nil {
		return err
	}
	if _, err := r.tokens.Token(); !errors.Is(err, io.EOF) {
		return errors.New("must be one JSON value with nothing after it")
	}
	*untyped = value
	return nil
}

type reader struct {
	data   []byte
	tokens *json.Decoder
}

func (r *reader) value(depth int) (any, error) {
	start := r.tokens.InputOffset()
	token, err := r.tokens.Token()
	if err != nil {
		return nil, fmt.Errorf("must be JSON: %w", eof(err))
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == deepest {
			return nil, fmt.Errorf("must not be nested deeper than %d", deepest)
		}
		if token == '[' {
			return r.array(depth + 1)
		}
		return r.object(depth + 1)
	case string:
		return r.text(token, start), nil
	case json.Number:
		return integer(token), nil
	default:
		return token, nil
	}
}

func (r *reader) array(depth int) (any, error) {
	items := []any{}
	for r.tokens.More() {
		item, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, r.end()
}

func (r *reader) object(depth int) (any, error) {
	members := map[string]any{}
	for r.tokens.More() {
		name, err := r.tokens.Token()
		if err != nil {
			return nil, fmt.Errorf("must be JSON: %w", eof(err))
		}
		value, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		member := nameable(name.(string)) // the decoder takes nothing else for a name
		if _, twice := members[member]; twice {
			value = unreadable("must be given once")
		}
		members[member] = value
	}
	return members, r.end()
}

// nameable writes a member's name so that huma can keep it in a path, which it
// takes apart at dots and brackets. No member that a schema knows is changed.
func nameable(member string) string {
	if member == "" {
		return `""`
	}
	return pathSigns.Replace(member)
}

var pathSigns = strings.NewReplacer(".", `\u002e`, "[", `\u005b`)

// end reads what closes an array or object.
func (r *reader) end() error {
	if _, err := r.tokens.Token(); err != nil {
		return fmt.Errorf("must be JSON: %w", eof(err))
	}
	return nil
}

// text refuses a string whose bytes or escapes are no Unicode text: the
// decoder has put U+FFFD in their place, which the client didn't write.
func (r *reader) text(value string, start int64) any {
	const replacement = "\uFFFD"
	if !strings.Contains(value, replacement) {
		return value
	}
	raw := string(r.data[start:r.tokens.InputOffset()])
	written := strings.Count(raw, replacement) + strings.Count(strings.ToLower(raw), `\ufffd`)
	if strings.Count(value, replacement) > written {
		return unreadable("must be UTF-8 text")
	}
	return value
}

// integer leaves what is not written as an integer (1.5, 1e3) a json.Number,
// which no schema takes. One beyond 64 bits keeps its size, for the limits.
func integer(n json.Number) any {
	whole, err := strconv.ParseInt(string(n), 10, 64)
	if err == nil {
		return whole
	}
	if errors.Is(err, strconv.ErrRange) {
		size, _ := n.Float64() // infinite beyond 64-bit floats, which is size enough
		return size
	}
	return n
}

// eof names the end of a body that breaks off; the decoder calls it io.EOF.
func eof(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it breaks off")
	}
	return err
}
