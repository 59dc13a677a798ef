package main

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"

	"makegood/api"
	"makegood/inventory"
)

// The commands speak to the real gateway over HTTP; each line goes on from
// what the one before it left.
func TestStockCommands(t *testing.T) {
	pool := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer func() { _ = pool.Close() }()
	nowhere, err := temporal.NewLazyClient(temporal.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	defer nowhere.Close()
	gateway, err := api.New(nowhere, inventory.New(pool, inventory.Config{Namespace: "test"}), api.Config{})
	require.NoError(t, err)
	server := httptest.NewServer(gateway)
	defer server.Close()

	const header = "SKU       ON HAND  HELD  AVAILABLE\n"
	tests := []struct {
		name string
		args []string
		want string // what is printed; of an error, what it says
	}{
		{"a SKU that was never in stock", []string{"get", "MUG-BLUE"}, "get stock of MUG-BLUE: this SKU was never in stock (not_found, HTTP 404)"},
		{"set makes it known", []string{"set", "MUG-BLUE", "10"}, header + "MUG-BLUE  10       0     10\n"},
		{"a sign takes away", []string{"adjust", "MUG-BLUE", "-3"}, header + "MUG-BLUE  7        0     7\n"},
		{"flags may stand before the units", []string{"adjust", "--reason", "broken", "MUG-BLUE", "-1"}, header + "MUG-BLUE  6        0     6\n"},
		{"flags may follow the units", []string{"adjust", "MUG-BLUE", "-1", "--reason", "broken", "--key", "k1"}, header + "MUG-BLUE  5        0     5\n"},
		{"a key is good for one change", []string{"adjust", "MUG-BLUE", "-1", "--reason", "broken", "--key", "k1"}, header + "MUG-BLUE  5        0     5\n"},
		{"a plus is a number too", []string{"adjust", "MUG-BLUE", "+2"}, header + "MUG-BLUE  7        0     7\n"},
		{"JSON for scripts", []string{"get", "MUG-BLUE", "--json"}, `{"sku":"MUG-BLUE","on_hand":7,"held":0,"available":7}` + "\n"},
		{"more than there is can't be taken", []string{"adjust", "MUG-BLUE", "-8"}, "on hand can't be less than 0 (below_zero, HTTP 409)"},
		{"a SKU with a slash", []string{"get", "a/b"}, "get stock of a/b: sku must be letters, digits, dot, dash or underscore (validation, HTTP 422)"},
		{"units that are no number", []string{"set", "MUG-BLUE", "ten"}, `"ten" is no number of units`},
		{"units below nothing", []string{"set", "MUG-BLUE", "-1"}, "on_hand must be at least 0 (validation, HTTP 422)"},
		{"a flag that doesn't exist is still one", []string{"get", "MUG-BLUE", "-x"}, "unknown flag -x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := new(bytes.Buffer)
			_, command, err := parse(t, out, append([]string{"stock", "--api-url", server.URL}, test.args...)...)
			if err == nil {
				err = command.Run()
			}
			if err != nil {
				require.ErrorContains(t, err, test.want)
				require.Empty(t, out.String())
				return
			}
			require.Equal(t, test.want, out.String())
		})
	}
}
