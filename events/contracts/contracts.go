// Package contracts holds what each event says, as JSON Schema 2020-12, one
// file a type. It is what a consumer in any language builds on; it imports
// nothing of the project.
package contracts

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.json
var files embed.FS

// base makes the schemas' ids absolute, as CloudEvents asks of dataschema. The
// gateway serves their paths, /schemas/<type>/1, itself.
const base = "https://makegood.dev/schemas/"

// URI is the dataschema of events of the type, and its schema's $id. Its last
// element is the version of the contract.
func URI(eventType string) string { return base + eventType + "/1" }

// Schema returns the schema of the data of events of the type.
func Schema(eventType string) ([]byte, error) {
	text, err := files.ReadFile(eventType + ".json")
	if err != nil {
		return nil, fmt.Errorf("no contract for events of type %q", eventType)
	}
	return text, nil
}

// Types lists the types that have a contract, sorted.
func Types() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // an embedded directory is always there
	}
	var types []string
	for _, e := range entries {
		types = append(types, strings.TrimSuffix(e.Name(), ".json"))
	}
	return types
}
