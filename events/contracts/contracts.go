// Package contracts holds what each event says, as JSON Schema 2020-12, one
// file a type and version, and the AsyncAPI document that is made of them. It
// is what a consumer in any language builds on; it imports nothing of the
// project.
package contracts

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed *.json
var files embed.FS

// base makes the schemas' ids absolute, as CloudEvents asks of dataschema. It
// names them and is no place to ask: the gateway serves the same paths.
const base = "https://makegood.dev/schemas/"

// Envelope is the contract of what stands around every event's data. It is no
// type of event.
const Envelope = "event"

// asyncAPI is the one file that is no contract.
const asyncAPI = "asyncapi.json"

// Contract is one version of what events of a type say.
type Contract struct {
	// Type is the type of the events, or Envelope.
	Type string
	// Version counts from 1. Members are added within one; what would break a
	// consumer is the next.
	Version int
	// Published says that events of the type are made to this version: the
	// lowest of the type that isn't marked deprecated.
	Published bool
	// Schema is JSON Schema 2020-12.
	Schema []byte
}

// Name is the path of the contract below /schemas/, as <type>/<version>.
func (c Contract) Name() string { return c.Type + "/" + strconv.Itoa(c.Version) }

// URI is the dataschema of events that keep to the contract, and its $id.
func (c Contract) URI() string { return base + c.Name() }

// catalogue is read once: the files are part of the binary.
var catalogue = read()

// All lists every contract, the envelope's among them, by type and version.
func All() []Contract { return slices.Clone(catalogue) }

// Types lists the types of events that have a contract, sorted.
func Types() []string {
	var types []string
	for _, c := range catalogue {
		if c.Published && c.Type != Envelope {
			types = append(types, c.Type)
		}
	}
	return types
}

// Published is the contract that events of the type are made to.
func Published(eventType string) (Contract, error) {
	for _, c := range catalogue {
		if c.Type == eventType && c.Published {
			return c, nil
		}
	}
	return Contract{}, fmt.Errorf("no contract for events of type %q", eventType)
}

// AsyncAPI is the AsyncAPI 3.0 document of all that is published, as JSON.
func AsyncAPI() []byte { return must(files.ReadFile(asyncAPI)) }

func read() []Contract {
	var all []Contract
	for _, path := range must(fs.Glob(files, "*.json")) {
		eventType, version, ok := Parse(path)
		if !ok {
			continue
		}
		all = append(all, Contract{Type: eventType, Version: version, Schema: must(files.ReadFile(path))})
	}
	slices.SortFunc(all, func(a, b Contract) int {
		if a.Type != b.Type {
			return strings.Compare(a.Type, b.Type)
		}
		return a.Version - b.Version
	})
	published := map[string]bool{}
	for i, c := range all {
		var marks struct {
			Deprecated bool `json:"deprecated"`
		}
		_ = json.Unmarshal(c.Schema, &marks) // a test finds what is no JSON
		all[i].Published = !marks.Deprecated && !published[c.Type]
		published[c.Type] = published[c.Type] || all[i].Published
	}
	return all
}

// Parse tells which contract a file is named after: order.placed.1.json is
// version 1 of order.placed.
func Parse(path string) (eventType string, version int, ok bool) {
	stem, isJSON := strings.CutSuffix(path, ".json")
	dot := strings.LastIndexByte(stem, '.')
	if !isJSON || dot < 1 {
		return "", 0, false
	}
	version, err := strconv.Atoi(stem[dot+1:])
	return stem[:dot], version, err == nil && version > 0
}

// must is for embedded files: they are always there.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
