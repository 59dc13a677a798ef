package incidents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/incidents/transcript"
)

// A page that shows anything may come after a command doesn't get away with one
// that fails, or that isn't there.
func TestACommandThatFailsIsShownByItsPage(t *testing.T) {
	tests := []struct {
		name, command string
		shows         []string
		fine          bool
	}{
		{"one that succeeds", "echo done", []string{"done"}, true},
		{"one that prints something else", "echo gone", []string{"done"}, false},
		{"one that is not there", "makegood order git", []string{"…"}, false},
		{"one that fails", "echo done; exit 1", []string{"done"}, false},
		{"one that fails, as the page says", "echo 'makegood: no' >&2; exit 1", []string{"makegood: no"}, true},
		{"one that fails otherwise", "echo 'makegood: never' >&2; exit 1", []string{"makegood: no"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := &onCall{t: t, names: transcript.Names{}, dir: t.TempDir(), env: []string{"PATH=/nowhere"}}
			err := o.run(transcript.Exchange{Command: test.command, Shows: test.shows})
			require.Equal(t, test.fine, err == nil, err)
		})
	}
}
