package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABuildIDIsTheVersionAndAHashOfTheFile(t *testing.T) {
	before := version
	t.Cleanup(func() { version = before })
	for given, begins := range map[string]string{
		"v1.2.3-4-gabc123-dirty": "v1.2.3-4-gabc123-dirty",
		"feature/a:b c":          "feature-a-b-c",
	} {
		version = given
		id, err := buildID()
		require.NoError(t, err)
		require.Regexp(t, "^"+begins+"-[0-9a-f]{12}$", id)
		again, err := buildID()
		require.NoError(t, err)
		require.Equal(t, id, again)
	}
}
