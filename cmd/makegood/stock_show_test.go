package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
)

func TestTheScreenIsDrawnOver(t *testing.T) {
	out := new(bytes.Buffer)
	screen := &stockScreen{out: out}
	begin := time.Date(2031, 5, 2, 10, 15, 0, 0, time.Local)
	show := func(second int, skus ...string) string {
		t.Helper()
		at := begin.Add(time.Duration(second) * time.Second)
		for _, sku := range skus {
			screen.level(seenLevel{at, client.Level{SKU: sku, OnHand: int64(second), Available: int64(second)}})
		}
		out.Reset()
		require.NoError(t, screen.looked(at))
		return out.String()
	}
	require.Equal(t, "\x1b[?7l"+
		"SKU                                  ON HAND          HELD     AVAILABLE  CHANGED\n"+
		"MUG                                        0             0             0  \n"+
		"POT                                        0             0             0  \n"+
		"as of 2031-05-02 10:15:00\n\x1b[?7h", show(0, "POT", "MUG"))
	require.Equal(t, "\x1b[4A\r\x1b[J\x1b[?7l"+
		"SKU                                  ON HAND          HELD     AVAILABLE  CHANGED\n"+
		"MUG                                        0             0             0  \n"+
		"POT                                        7             0             7  2031-05-02 10:15:07\n"+
		"as of 2031-05-02 10:15:07\n\x1b[?7h", show(7, "POT"))

	out.Reset()
	screen.note("the gateway is gone")
	require.Equal(t, "\x1b[4A\r\x1b[Jthe gateway is gone\n", out.String())
	require.True(t, strings.HasPrefix(show(8), "\x1b[?7lSKU"), "below the note")
}

func TestTheScreenShowsWhatChangedLast(t *testing.T) {
	screen := &stockScreen{out: io.Discard}
	begin := time.Date(2031, 5, 2, 10, 15, 0, 0, time.Local)
	shown := func() (skus []string) {
		require.NoError(t, screen.looked(begin))
		for _, row := range screen.rows {
			skus = append(skus, row.SKU)
		}
		return skus
	}
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprintf("SKU-%02d", i))
		screen.level(seenLevel{begin.Add(time.Duration(i)), client.Level{SKU: all[i]}})
	}
	require.Equal(t, all[:mostOnScreen], shown(), "at first")
	screen.level(seenLevel{begin.Add(time.Second), client.Level{SKU: all[0], OnHand: 1}})
	screen.level(seenLevel{begin.Add(time.Second), client.Level{SKU: all[99], OnHand: 1}})
	want := append([]string{all[0]}, all[2:mostOnScreen]...)
	require.Equal(t, append(want, all[99]), shown(), "in place of what has been the same for the longest time")
}
