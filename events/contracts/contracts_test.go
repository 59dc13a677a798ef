package contracts_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"makegood/events/contracts"
	"makegood/events/contracts/strict"
)

type object = map[string]any

func TestEachContractIsASchemaThatSaysWhatItIs(t *testing.T) {
	for _, c := range contracts.All() {
		schema := decode(t, c.Schema)
		require.Equal(t, "https://json-schema.org/draft/2020-12/schema", schema["$schema"], c.Name())
		require.Equal(t, c.URI(), schema["$id"])
		require.Equal(t, c.Type, schema["title"])
		_, err := compile(c, schema) // the compiler checks it against its $schema
		require.NoError(t, err)
		described(t, c.Name(), schema)
	}
}

// described wants every member to say what it is, and no object to forbid
// members that are yet to come.
func described(t *testing.T, path string, schema object) {
	require.NotEmpty(t, schema["description"], path)
	require.NotContains(t, schema, "additionalProperties", path)
	members, _ := schema["properties"].(object)
	for name, member := range members {
		described(t, path+"."+name, member.(object))
	}
	if items, ok := schema["items"].(object); ok {
		described(t, path+"[]", items)
	}
}

// A contract is a file of its own, so that a consumer needs no other; what they
// all have is the same in all.
func TestTheOrdersFactsAreTheSameInEveryContract(t *testing.T) {
	placed, err := contracts.Published("order.placed")
	require.NoError(t, err)
	facts := decode(t, placed.Schema)
	for _, eventType := range contracts.Types() {
		c, err := contracts.Published(eventType)
		require.NoError(t, err)
		schema := decode(t, c.Schema)
		require.Subset(t, schema["required"], facts["required"], eventType)
		require.Subset(t, schema["properties"], facts["properties"], eventType)
	}
}

func TestAContractIsNamedByItsFile(t *testing.T) {
	for file, want := range map[string]struct {
		eventType string
		version   int
	}{
		"order.placed.1.json": {"order.placed", 1}, "order.placed.12.json": {"order.placed", 12}, "event.1.json": {"event", 1},
		"asyncapi.json": {}, "order.placed.json": {}, "order.placed.0.json": {}, "order.placed.1.yaml": {}, ".1.json": {},
	} {
		eventType, version, ok := contracts.Parse(file)
		require.Equal(t, want.eventType != "", ok, file)
		if ok {
			require.Equal(t, want.eventType, eventType)
			require.Equal(t, want.version, version)
		}
	}
}

func TestTheContractsPromiseWhatConsumersRead(t *testing.T) {
	files, err := filepath.Glob("consumers/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		consumer := filepath.Base(filepath.Dir(file))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		event := decode(t, text)
		require.Equal(t, strings.TrimSuffix(filepath.Base(file), ".json"), event["type"], "%s: the file is named after the type", file)

		envelope, err := contracts.Published(contracts.Envelope)
		require.NoError(t, err)
		c, err := contracts.Published(event["type"].(string))
		require.NoError(t, err, file)
		data := event["data"]
		promised(t, consumer+" reads data of "+c.Type+": ", decode(t, c.Schema), data)
		takes(t, file, c, data)

		event["data"] = object{}
		promised(t, consumer+" reads the envelope of "+c.Type+": ", decode(t, envelope.Schema), event)
		takes(t, file, envelope, event)
	}
}

// promised wants the schema to require each member that the example has.
func promised(t *testing.T, path string, schema object, example any) {
	switch example := example.(type) {
	case object:
		for name, value := range example {
			require.Contains(t, schema["required"], name, "%s%s is not promised", path, name)
			promised(t, path+name+".", schema["properties"].(object)[name].(object), value)
		}
	case []any:
		for _, value := range example {
			promised(t, path, schema["items"].(object), value)
		}
	}
}

// takes wants the example's values to be such as the contract describes. What
// the consumer doesn't read is not missed.
func takes(t *testing.T, file string, c contracts.Contract, example any) {
	t.Helper()
	schema := decode(t, c.Schema)
	strict.Close(schema)
	relax(schema)
	compiled, err := compile(c, schema)
	require.NoError(t, err)
	require.NoError(t, compiled.Validate(example), file)
}

func relax(schema object) {
	delete(schema, "required")
	members, _ := schema["properties"].(object)
	for _, member := range members {
		relax(member.(object))
	}
	if items, ok := schema["items"].(object); ok {
		relax(items)
	}
}

func compile(c contracts.Contract, schema object) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(c.URI(), schema); err != nil {
		return nil, err
	}
	return compiler.Compile(c.URI())
}

func decode(t *testing.T, text []byte) object {
	t.Helper()
	require.True(t, json.Valid(text))
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return value.(object)
}
