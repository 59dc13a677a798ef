package sse_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"makegood/api/client/internal/sse"
)

func read(r io.Reader) (frames []sse.Frame, err error) {
	for stream := sse.NewReader(r); ; {
		frame, err := stream.Next()
		if err != nil {
			return frames, err
		}
		frames = append(frames, frame)
	}
}

func TestFrames(t *testing.T) {
	tests := []struct {
		name, stream string
		want         []sse.Frame
	}{
		{"a frame ends at the empty line", "id: 1\ndata: a\n\n", []sse.Frame{{"1", "a"}}},
		{"one space after the colon is not data", "data:  a\ndata:b\n\n", []sse.Frame{{"", " a\nb"}}},
		{"lines may end as on Windows or old Macs", "id:1\r\ndata:a\r\n\r\ndata:b\r\r", []sse.Frame{{"1", "a"}, {"1", "b"}}},
		{"comments and unknown fields say nothing", ": still here\n\nretry: 10\nevent: x\ndata: a\n\n", []sse.Frame{{"", "a"}}},
		{"an id stands until the next one", "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []sse.Frame{{"1", "a"}, {"1", "b"}, {"", "c"}}},
		{"an id with a NUL is ignored", "id: 1\x00\ndata: a\n\n", []sse.Frame{{"", "a"}}},
		{"a frame without data is none, but its id counts", "id: 7\n\ndata: a\n\n", []sse.Frame{{"7", "a"}}},
		{"empty data is data", "data\n\n", []sse.Frame{{"", ""}}},
		{"a byte order mark is skipped", "\uFEFFdata: a\n\n", []sse.Frame{{"", "a"}}},
		{"a frame that breaks off is lost", "data: a\n\ndata: b\n", []sse.Frame{{"", "a"}}},
		{"a line that breaks off is lost", "data: a\n\ndata: b", []sse.Frame{{"", "a"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(strings.NewReader(test.stream))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, test.want, got)
		})
	}
}

func TestABrokenConnectionIsToldFromTheEnd(t *testing.T) {
	broken := errors.New("connection reset")
	got, err := read(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.Equal(t, []sse.Frame{{"", "a"}}, got)
}

func TestALineWithoutEndIsAnError(t *testing.T) {
	_, err := read(strings.NewReader("data: " + strings.Repeat("a", 2<<20)))
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF)
}

// However the network cuts the bytes, the frames are the same, and none holds
// a line break of another kind than the one between data lines.
func FuzzFrames(f *testing.F) {
	f.Add("id: 1\ndata: a\n\ndata: b\r\n\r\n: c\n\n")
	f.Add("data\rdata:\r\rid\x00:\n")
	f.Fuzz(func(t *testing.T, stream string) {
		whole, wholeErr := read(strings.NewReader(stream))
		cut, cutErr := read(iotest.OneByteReader(strings.NewReader(stream)))
		require.Equal(t, whole, cut)
		require.Equal(t, wholeErr, cutErr)
		for _, frame := range whole {
			require.NotContains(t, frame.Data, "\r")
			require.NotContains(t, frame.ID, "\n")
		}
	})
}
