package notifications_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/notifications"
	"makegood/order"
)

// read is where it is written down which members of events the mails are made
// of. That the contracts promise them is tested there.
const read = "../events/contracts/consumers/email"

func TestEachMailIsMadeOfWhatIsWrittenDown(t *testing.T) {
	files, err := filepath.Glob(read + "/*.json")
	require.NoError(t, err)
	var types []order.EventType
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		types = append(types, order.EventType(strings.TrimSuffix(filepath.Base(file), ".json")))
		whole, err := mailOf(t, text)
		require.NoError(t, err, file)
		require.NotEmpty(t, whole)

		// With every other member of such an event the mail is the same one:
		// nothing is read that isn't written down.
		more, err := mailOf(t, amid(t, text))
		require.NoError(t, err)
		require.Equal(t, whole, more, "%s: the mail is made of more than this", file)

		// Without any one member the mail is another one, or none: no more is
		// written down than is read.
		for _, less := range without(t, text) {
			mail, err := mailOf(t, less.event)
			require.True(t, err != nil || mail != whole, "%s: no mail misses %s", file, less.member)
		}
	}
	require.ElementsMatch(t, notifications.Consumers(notifications.Config{})[0].Types, types)
}

func mailOf(t *testing.T, text []byte) (string, error) {
	t.Helper()
	e, err := events.Decode(text)
	if err != nil {
		return "", err
	}
	box := startMailbox(t)
	if err := email(t, box).Handler(t.Context(), e); err != nil {
		return "", err
	}
	if len(box.mails()) == 0 {
		return "", nil
	}
	return box.mails()[0].raw, nil
}

// amid is the event with all the members that events of its type have.
func amid(t *testing.T, text []byte) []byte {
	t.Helper()
	e, err := events.Decode(text)
	require.NoError(t, err)
	var some, full any
	require.NoError(t, json.Unmarshal(text, &some))
	outcomes := soldOut
	if e.Type == order.EventCompleted {
		outcomes = shipped
	}
	require.NoError(t, json.Unmarshal(eventOf(t, outcomes, e.Type).Body, &full))
	body, err := json.Marshal(merge(full, some))
	require.NoError(t, err)
	return body
}

// merge puts what some says over what full says. Each item of a list goes over
// the first of full's.
func merge(full, some any) any {
	switch some := some.(type) {
	case map[string]any:
		merged := maps.Clone(full.(map[string]any))
		for name, value := range some {
			merged[name] = merge(merged[name], value)
		}
		return merged
	case []any:
		var merged []any
		for _, item := range some {
			merged = append(merged, merge(full.([]any)[0], item))
		}
		return merged
	default:
		return some
	}
}

type lesser struct {
	member string
	event  []byte
}

// without is the event without each of its members, once each.
func without(t *testing.T, text []byte) []lesser {
	t.Helper()
	var event any
	require.NoError(t, json.Unmarshal(text, &event))
	var all []lesser
	var visit func(node any, path string)
	visit = func(node any, path string) {
		switch node := node.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(node)) {
				value := node[name]
				delete(node, name)
				less, err := json.Marshal(event)
				require.NoError(t, err)
				all = append(all, lesser{path + name, less})
				node[name] = value
				visit(value, path+name+".")
			}
		case []any:
			for _, inner := range node {
				visit(inner, path)
			}
		}
	}
	visit(event, "")
	return all
}
