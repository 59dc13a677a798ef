package events_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
)

func TestABadBodyIsRefusedByName(t *testing.T) {
	said := object{}
	require.NoError(t, json.Unmarshal(story(t)[0].Body, &said))
	for name, row := range map[string]struct{ member, value, says string }{
		"no version":                     {"specversion", "", `specversion must be 1.0, not ""`},
		"a version of the past":          {"specversion", `"0.3"`, `specversion must be 1.0, not "0.3"`},
		"no id":                          {"id", "", "id is missing"},
		"an id that is no text":          {"id", "7", "id: it must be text"},
		"no source":                      {"source", "null", `source must be a URI reference, not ""`},
		"a source that is no URI":        {"source", `"%"`, `source must be a URI reference, not "%"`},
		"no type":                        {"type", `" "`, "type is missing"},
		"no subject":                     {"subject", "", "subject must be the order's id"},
		"a time of another form":         {"time", `"today"`, `time: parsing time "today"`},
		"data that is no JSON":           {"datacontenttype", `"text/plain"`, `datacontenttype must be application/json, not "text/plain"`},
		"a sequence with a leading zero": {"sequence", `"01"`, `sequence must be decimal text from 1, not "01"`},
		"a sequence that is no text":     {"sequence", "1", "sequence: it must be text"},
		"no data":                        {"data", "", "data is missing"},
		"binary data that is no text":    {"data_base64", "[101]", "data_base64: it must be text"},
		"binary data that is no base64":  {"data_base64", `"?"`, "data_base64: illegal base64"},
	} {
		_, err := events.Decode([]byte(with(said, row.member, row.value)))
		require.ErrorContains(t, err, row.says, name)
		require.True(t, events.IsPermanent(err), name)
	}
	for _, body := range []string{"", "{", "{}{}", "[]", "null"} {
		_, err := events.Decode([]byte(body))
		require.ErrorContains(t, err, "it is not", body)
	}
}

func TestANameInAnotherCaseIsAnotherName(t *testing.T) {
	e := story(t)[0]
	for _, name := range []string{"specversion", "id", "source", "type", "subject", "sequence", "data"} {
		upper := strings.ToUpper(name[:1]) + name[1:]
		_, err := events.Decode([]byte(strings.Replace(string(e.Body), `"`+name+`":`, `"`+upper+`":`, 1)))
		require.ErrorContains(t, err, name)
		more := string(e.Body[:len(e.Body)-1]) + `,"` + upper + `":"other"}`
		got, err := events.Decode([]byte(more))
		require.NoError(t, err)
		got.Body = e.Body
		require.Equal(t, e, got)
	}
}

// TestDecodeReadsWhatTheSDKReads spoils an event member by member and byte by byte.
func TestDecodeReadsWhatTheSDKReads(t *testing.T) {
	values := []string{
		`null`, `""`, `" "`, `0`, `-1.5e3`, `true`, `[]`, `[101,51,48,61]`, `{}`, `{"a":["}",{"b":"\\\""}]}`, `"1"`, `"01"`, `"+1"`, `"1.0"`, `"0.3"`,
		`"\u0031"`, `"a\/b\\"`, `"\ud800"`, `"ü"`, `"%zz"`, `"//x y"`, `"#"`, `"2026-03-01T09:30:01+02:00"`, `"2026-03-01 09:30:01Z"`,
		`"application/json; charset=utf-8"`, `"Text/JSON"`, `"text/plain"`, `"application/x+json"`, `"e30="`, `"e30"`, `"e\u00330="`, "\"\xff\"",
	}
	e := story(t)[0]
	requireJudged(t, e.Body)
	said := object{}
	require.NoError(t, json.Unmarshal(e.Body, &said))
	names := append(slices.Sorted(maps.Keys(said)), "data_base64", "unknown", "Unknown", "un-known", "", "ID", "Sequence", `i\u0064`)
	for _, name := range names {
		for _, value := range append(values, string(e.Data)) {
			member := `"` + name + `" : ` + value
			for _, body := range []string{
				with(said, name, value),
				"{" + member + "," + string(e.Body[1:]),
				string(e.Body[:len(e.Body)-1]) + " ,\n" + member + "}\n",
			} {
				requireJudged(t, []byte(body))
			}
		}
		requireJudged(t, []byte(with(said, name, "")))
	}
	delete(said, "data")
	for _, value := range values {
		requireJudged(t, []byte(with(said, "data_base64", value)))
	}
	for i := range e.Body {
		requireJudged(t, e.Body[:i])
		for _, b := range []byte("\"\\{}[],: 1\xff") {
			body := slices.Clone(e.Body)
			body[i] = b
			requireJudged(t, body)
		}
	}
	for _, body := range []string{"", " ", "null", "[]", `"x"`, "{}", " { } ", "{},"} {
		requireJudged(t, []byte(body))
	}
}

// with is the object with another value for a member, or without it.
func with(said object, name, value string) string {
	var members []string
	for _, other := range slices.Sorted(maps.Keys(said)) {
		if other != name {
			members = append(members, `"`+other+`":`+string(said[other]))
		}
	}
	if value != "" {
		members = append(members, `"`+name+`":`+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}
