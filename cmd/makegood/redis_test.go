package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/inventory"
)

func TestACommandNamesTheSettingOfARedisThatDoesNotAnswer(t *testing.T) {
	_, _, err := openStock(t.Context(), "redis://:password@127.0.0.1:1/0", inventory.Config{})
	require.ErrorContains(t, err, "--redis-url: ")
	require.NotContains(t, err.Error(), "password")
}
