package inventory_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestWhatWasAddedIsOnHandOrCommitted(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 5, "CUP": 3})
		s.done(s.Reserve, buy("o", line("MUG", 2)))
		s.done(s.Commit, buy("o", line("MUG", 2)))
		s.done(s.Reserve, buy("p", line("MUG", 1), line("CUP", 1)))
		s.done(s.Release, buy("p", line("MUG", 1), line("CUP", 1)))
		s.done(s.Reserve, buy("q", line("CUP", 1)))
		_, err := s.Set(t.Context(), "MUG", 10, "stocktaking", "")
		require.NoError(t, err)
		_, err = s.Adjust(t.Context(), "MUG", -4, "broken", "")
		require.NoError(t, err)
		_, err = s.Adjust(t.Context(), "MUG", -4, "broken", "")
		require.NoError(t, err, "a retry")
		_, err = s.Adjust(t.Context(), "MUG", -7, "too many", "")
		require.Error(t, err)

		added, err := s.Added(t.Context(), []string{"MUG", "HAT", "CUP"})
		require.NoError(t, err)
		s.level("MUG", 6, 0)
		s.level("CUP", 3, 1)
		require.Equal(t, map[string]int64{"MUG": 8, "CUP": 3}, added, "2 mugs were committed")
	})
}
