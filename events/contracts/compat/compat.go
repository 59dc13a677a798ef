// Package compat tells which changes of a contract would break a consumer that
// was written against the released one. A consumer reads what we publish: what
// was always there must stay, and whatever is published must be something that
// the released contract had led it to expect.
package compat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"makegood/events/contracts"
)

// Break is one change that would break consumers.
type Break struct {
	// Contract is <type>/<version>.
	Contract string
	// Member is the path of a member of the data, such as lines[].sku; empty
	// for the contract as a whole.
	Member string
	// Why says what changed, and what a consumer makes of it.
	Why string
}

func (b Break) String() string {
	if b.Member == "" {
		return b.Contract + ": " + b.Why
	}
	return b.Contract + ": " + b.Member + ": " + b.Why
}

// Check compares the contracts in two folders, files named as contracts.Parse
// reads them. Its error is a file that can't be read, or
// that nothing was released: a check that compares nothing passes for nothing.
func Check(released, current fs.FS) ([]Break, error) {
	before, err := load(released)
	if err != nil {
		return nil, fmt.Errorf("released contracts: %w", err)
	}
	if len(before) == 0 {
		return nil, errors.New("there are no released contracts to compare with")
	}
	now, err := load(current)
	if err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	var breaks []Break
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, there := now[name]; !there {
			breaks = append(breaks, Break{Contract: name, Why: "was released and is gone: consumers still get its events, from queues and the audit stream at least; mark it deprecated instead"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		c := comparison{contract: name}
		if id := now[name].schema["$id"]; id != now[name].uri {
			c.refuse("", "$id must be %s, after the file's name, and is %v", now[name].uri, id)
		}
		if released, there := before[name]; there {
			c.compare("", released.schema, now[name].schema)
		} else {
			c.known("", now[name].schema) // what can't be compared once it is released is not released
		}
		breaks = append(breaks, c.breaks...)
	}
	return breaks, nil
}

type contract struct {
	uri    string
	schema map[string]any
}

func load(folder fs.FS) (map[string]contract, error) {
	paths, err := fs.Glob(folder, "*.json")
	if err != nil {
		return nil, err
	}
	all := map[string]contract{}
	for _, path := range paths {
		eventType, version, ok := contracts.Parse(path)
		if !ok {
			continue
		}
		text, err := fs.ReadFile(folder, path)
		if err != nil {
			return nil, err
		}
		c := contracts.Contract{Type: eventType, Version: version}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber() // a large bound must not be rounded
		var schema map[string]any
		if err := decoder.Decode(&schema); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all[c.Name()] = contract{uri: c.URI(), schema: schema}
	}
	return all, nil
}
