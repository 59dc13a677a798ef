package events_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/order"
)

func BenchmarkOf(b *testing.B) {
	timeline := order.Tell(sample(), stories["shipped"]).Timeline
	b.ReportAllocs()
	for b.Loop() {
		if _, err := events.Of(sample(), timeline[:1]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	made, err := events.Of(sample(), order.Tell(sample(), stories["shipped"]).Timeline)
	require.NoError(b, err)
	body := made[0].Body
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := events.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
