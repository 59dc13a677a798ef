package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// One import of 100,000 rows, file and all, over HTTP into a real Redis that
// appends every write to a file.
func BenchmarkStockImport(b *testing.B) {
	if !servers.HasRedis() {
		b.Skip("no redis-server on PATH")
	}
	server, err := servers.Redis(b.Context(), servers.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, server.Stop()) })
	s := openShelf(b, server.Address, nil)
	const rows = 100_000
	name := file(b, rows, nil)
	for b.Loop() {
		require.NoError(b, s.run(b.Context(), "import", name).err)
	}
	require.Equal(b, int64(rows+1), s.onHand("SKU-100001"))
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
