package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"
)

// members are an object's names and values, in its order and as parts of its
// text. The text must be valid JSON. Names keep their case: encoding/json takes
// "ID" for "id" when it fills a struct, and CloudEvents does not.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest := object[bytes.IndexByte(object, '{')+1:]
		for {
			rest = bytes.TrimLeft(rest, ", \t\r\n")
			if rest[0] == '}' {
				return
			}
			end := endOfString(rest)
			name := rest[1 : end-1]
			if bytes.IndexByte(name, '\\') >= 0 {
				var plain string
				_ = json.Unmarshal(rest[:end], &plain) // valid
				name = []byte(plain)
			}
			rest = rest[end+bytes.IndexByte(rest[end:], ':')+1:]
			end = endOfValue(rest)
			if !yield(name, slices.Clip(bytes.TrimSpace(rest[:end]))) {
				return
			}
			rest = rest[end:]
		}
	}
}

// endOfString is where the string that the text begins with has ended.
func endOfString(text []byte) int {
	for at := 1; ; at++ {
		switch text[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
}

// endOfValue is the comma or brace that follows a member's value.
func endOfValue(text []byte) int {
	depth := 0
	for at := 0; ; at++ {
		switch text[at] {
		case '"':
			at += endOfString(text[at:]) - 1
		case '{', '[':
			depth++
		case ',':
			if depth == 0 {
				return at
			}
		case '}', ']':
			if depth == 0 {
				return at
			}
			depth--
		}
	}
}

// text reads a string, and null as the empty one.
func text[T ~string](value []byte, into *T) error {
	if value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		*into = T(value[1 : len(value)-1])
		return nil
	}
	*into = ""
	if json.Unmarshal(value, into) != nil {
		return errors.New("it must be text")
	}
	return nil
}

// moment reads a time, and null or the empty string as none.
func moment(value []byte) (time.Time, error) {
	var said string
	if err := text(value, &said); err != nil || said == "" {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, said)
}

// binary reads bytes in base64.
func binary(value []byte) ([]byte, error) {
	var said string
	if err := text(value, &said); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(said)
}
