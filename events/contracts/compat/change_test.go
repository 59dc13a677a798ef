package compat_test

import (
	"encoding/json"
	"maps"
	"slices"
)

type object = map[string]any

// place is a member of a contract: the object schema that has it, and its path.
type place struct {
	path, name string
	owner      object
}

func (p place) schema() object { return p.owner["properties"].(object)[p.name].(object) }

func (p place) required() bool {
	required, _ := p.owner["required"].([]any)
	return slices.Contains(required, any(p.name))
}

func (p place) optional() {
	p.owner["required"] = slices.DeleteFunc(p.owner["required"].([]any), func(name any) bool { return name == p.name })
}

// breaking are changes of one member that no consumer can live with. Each
// returns false where the member has nothing of the kind to change.
var breaking = map[string]struct {
	change func(p place) bool
	why    string
}{
	"a member is removed": {func(p place) bool {
		delete(p.owner["properties"].(object), p.name)
		if p.required() {
			p.optional()
		}
		return true
	}, "is gone"},
	"a member is renamed": {func(p place) bool {
		members := p.owner["properties"].(object)
		members[p.name+"_new"] = members[p.name]
		delete(members, p.name)
		if p.required() {
			p.optional()
			p.owner["required"] = append(p.owner["required"].([]any), p.name+"_new")
		}
		return true
	}, "is gone"},
	"a required member becomes optional": {func(p place) bool {
		if !p.required() {
			return false
		}
		p.optional()
		return true
	}, "was required and is optional"},
	"a member changes its type": {func(p place) bool {
		p.schema()["type"] = "boolean"
		return true
	}, "type was"},
	"a member may be null": {func(p place) bool {
		p.schema()["type"] = []any{p.schema()["type"], "null"}
		return true
	}, "may be null"},
	"an integer becomes a number": {func(p place) bool { return swap(p, "type", "integer", "number") }, "may be number"},
	"a type is no longer said":    {func(p place) bool { return drop(p, "type") }, "may be anything"},
	"a description is reworded": {func(p place) bool {
		p.schema()["description"] = "In cents."
		return true
	}, "meaning and unit"},
	"a description is dropped":         {func(p place) bool { return drop(p, "description") }, "meaning and unit"},
	"a pattern is dropped":             {func(p place) bool { return drop(p, "pattern") }, "pattern was"},
	"a pattern is another":             {func(p place) bool { return replace(p, "pattern", "^.*$") }, "pattern was"},
	"a format is dropped":              {func(p place) bool { return drop(p, "format") }, "format was"},
	"a format is another":              {func(p place) bool { return replace(p, "format", "date") }, "format was"},
	"a set of values is open":          {func(p place) bool { return drop(p, "const") }, "may be anything"},
	"a set of values has another one":  {func(p place) bool { return widen(p) }, "consumers switch on it"},
	"a value is another one":           {func(p place) bool { return replace(p, "const", "2.0") }, "consumers switch on it"},
	"a lower bound is dropped":         {func(p place) bool { return drop(p, "minimum") }, "minimum was"},
	"a lower bound is lower":           {func(p place) bool { return replace(p, "minimum", -1) }, "minimum was"},
	"a text may be empty":              {func(p place) bool { return replace(p, "minLength", 0) }, "minLength was"},
	"a list may be empty":              {func(p place) bool { return drop(p, "minItems") }, "minItems was"},
	"a list may hold anything":         {func(p place) bool { return drop(p, "items") }, "what an item looks like"},
	"a keyword comes that is no known": {func(p place) bool { p.schema()["anyOf"] = []any{}; return true }, "keyword anyOf is none that the check understands"},
	"a member may be anything": {func(p place) bool {
		p.owner["properties"].(object)[p.name] = true
		return true
	}, "schema true is none that the check understands"},
}

// harmless are changes that a consumer of the released contract never sees.
var harmless = map[string]func(p place) bool{
	"an optional member is added": func(p place) bool {
		p.owner["properties"].(object)["added"] = object{"type": "string"}
		return true
	},
	"a required member is added": func(p place) bool {
		p.owner["properties"].(object)["added"] = object{"type": "string", "minLength": json.Number("1")}
		p.owner["required"] = append(p.owner["required"].([]any), "added")
		return true
	},
	"an optional member becomes required": func(p place) bool {
		if p.required() {
			return false
		}
		p.owner["required"] = append(p.owner["required"].([]any), p.name)
		return true
	},
	"a description is added to": func(p place) bool {
		p.schema()["description"] = p.schema()["description"].(string) + " And so on."
		return true
	},
	"an example is added": func(p place) bool { p.schema()["examples"] = []any{"another"}; return true },
	"an upper bound comes": func(p place) bool {
		return p.schema()["type"] == "integer" && set(p, "maximum", 99999999)
	},
	"a lower bound is higher": func(p place) bool { return replace(p, "minimum", 7) },
	"a text is bound":         func(p place) bool { return p.schema()["type"] == "string" && set(p, "maxLength", 100) },
	"a text has a form": func(p place) bool {
		_, has := p.schema()["pattern"]
		return !has && p.schema()["type"] == "string" && set(p, "pattern", "^x")
	},
	"a set of values is closed": func(p place) bool {
		_, has := p.schema()["const"]
		return !has && p.schema()["type"] == "string" && set(p, "enum", []any{"a", "b"})
	},
	"a member is deprecated": func(p place) bool { return set(p, "deprecated", true) },
}

func placesOf(schema object, prefix string) []place {
	members, _ := schema["properties"].(object)
	var all []place
	for _, name := range slices.Sorted(maps.Keys(members)) {
		p := place{path: prefix + name, name: name, owner: schema}
		all = append(all, p)
		all = append(all, placesOf(p.schema(), p.path+".")...)
		if items, ok := p.schema()["items"].(object); ok {
			all = append(all, placesOf(items, p.path+"[].")...)
		}
	}
	return all
}

func set(p place, keyword string, value any) bool {
	p.schema()[keyword] = value
	return true
}

func replace(p place, keyword string, value any) bool {
	_, has := p.schema()[keyword]
	return has && set(p, keyword, value)
}

func swap(p place, keyword string, old, value any) bool {
	return p.schema()[keyword] == old && set(p, keyword, value)
}

func drop(p place, keyword string) bool {
	_, has := p.schema()[keyword]
	delete(p.schema(), keyword)
	return has
}

// widen lets the one value of a const have another beside it.
func widen(p place) bool {
	value, has := p.schema()["const"]
	if has {
		delete(p.schema(), "const")
		p.schema()["enum"] = []any{value, "another"}
	}
	return has
}
