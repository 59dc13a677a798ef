package compat

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// What a decoded schema says. A keyword that isn't there, or is of another
// kind, says nothing.

func properties(schema map[string]any) map[string]any {
	p, _ := schema["properties"].(map[string]any)
	return p
}

func names(schema map[string]any) []string { return slices.Sorted(maps.Keys(properties(schema))) }

func member(schema map[string]any, name string) map[string]any {
	m, _ := properties(schema)[name].(map[string]any)
	return m
}

func requires(schema map[string]any, name string) bool {
	required, _ := schema["required"].([]any)
	return slices.Contains(required, any(name))
}

func kinds(schema map[string]any) []string {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, kind := range t {
			all = append(all, fmt.Sprint(kind))
		}
		return all
	default:
		return nil
	}
}

// set is the values that enum or const allow.
func set(schema map[string]any) (values []any, closed bool) {
	if value, ok := schema["const"]; ok {
		return []any{value}, true
	}
	values, closed = schema["enum"].([]any)
	return values, closed
}

func number(value any) (*big.Rat, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// orNothing is how a message names a keyword that isn't there.
func orNothing(value any) any {
	if value == nil {
		return "not said"
	}
	return value
}
