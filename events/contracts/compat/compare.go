package compat

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// keywords are those that our contracts use. One that isn't here could change
// what is valid without our seeing it, so it is refused: teach it here first.
var keywords = []string{
	"$id", "$schema", "title", "description", "examples", "deprecated",
	"type", "properties", "required", "items",
	"enum", "const", "pattern", "format",
	"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
}

// comparison collects what breaks in one contract.
type comparison struct {
	contract string
	breaks   []Break
}

func (c *comparison) refuse(member, format string, args ...any) {
	c.breaks = append(c.breaks, Break{Contract: c.contract, Member: member, Why: fmt.Sprintf(format, args...)})
}

// known refuses keywords that compare doesn't know, in the schema and below.
func (c *comparison) known(path string, schema map[string]any) {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		if !slices.Contains(keywords, keyword) {
			c.refuse(path, "keyword %s is none that the check understands", keyword)
		}
	}
	for _, name := range names(schema) {
		c.knownBelow(join(path, name), properties(schema)[name])
	}
	if items, ok := schema["items"]; ok {
		c.knownBelow(path+"[]", items)
	}
}

func (c *comparison) knownBelow(path string, schema any) {
	if object, ok := schema.(map[string]any); ok {
		c.known(path, object)
	} else {
		c.refuse(path, "schema %v is none that the check understands: write an object", schema)
	}
}

// compare walks through what was released. Each rule asks whether something
// may now come that was not to be expected, or stay away that was.
func (c *comparison) compare(path string, before, now map[string]any) {
	if path == "" {
		c.known(path, before)
		c.known(path, now)
	}
	c.meaning(path, before, now)
	c.values(path, before, now)
	c.bounds(path, before, now)
	for _, name := range names(before) {
		c.member(join(path, name), name, before, now)
	}
	if items, had := before["items"].(map[string]any); had {
		if itemsNow, has := now["items"].(map[string]any); has {
			c.compare(path+"[]", items, itemsNow)
		} else {
			c.refuse(path+"[]", "what an item looks like is no longer said: consumers may get anything")
		}
	}
}

func (c *comparison) member(path, name string, before, now map[string]any) {
	if _, there := properties(now)[name]; !there {
		c.refuse(path, "is gone: consumers read it (renamed counts as gone; a new name may be added beside it)")
		return
	}
	if requires(before, name) && !requires(now, name) {
		c.refuse(path, "was required and is optional: consumers read it without asking whether it is there")
	}
	c.compare(path, member(before, name), member(now, name))
}

// meaning is what no keyword says: units, and what a value stands for. So a
// released description may be added to, and not be reworded.
func (c *comparison) meaning(path string, before, now map[string]any) {
	said, _ := before["description"].(string)
	says, _ := now["description"].(string)
	if !strings.HasPrefix(says, said) {
		c.refuse(path, "its description said %q and says %q: meaning and unit stand there, so it may be added to and not be changed", said, says)
	}
	for _, keyword := range []string{"$schema", "pattern", "format"} {
		if was, had := before[keyword]; had && !reflect.DeepEqual(was, now[keyword]) {
			c.refuse(path, "%s was %v and is %v: consumers parse it as it was", keyword, was, orNothing(now[keyword]))
		}
	}
}

// values compares the kinds and the sets of values.
func (c *comparison) values(path string, before, now map[string]any) {
	if had := kinds(before); len(had) > 0 {
		for _, kind := range kinds(now) {
			if !slices.Contains(had, kind) && (kind != "integer" || !slices.Contains(had, "number")) {
				c.refuse(path, "type was %s and may be %s: consumers can't read that", strings.Join(had, " or "), kind)
			}
		}
		if len(kinds(now)) == 0 {
			c.refuse(path, "type was %s and may be anything", strings.Join(had, " or "))
		}
	}
	had, closed := set(before)
	if !closed {
		return
	}
	has, stillClosed := set(now)
	if !stillClosed {
		c.refuse(path, "was one of %v and may be anything: consumers switch on it", had)
	}
	for _, value := range has {
		if !slices.ContainsFunc(had, func(old any) bool { return reflect.DeepEqual(old, value) }) {
			c.refuse(path, "was one of %v and may be %v: consumers switch on it", had, value)
		}
	}
}

func (c *comparison) bounds(path string, before, now map[string]any) {
	for _, keyword := range []string{"minimum", "minLength", "minItems", "maximum", "maxLength", "maxItems"} {
		was, had := number(before[keyword])
		if !had {
			continue
		}
		wider := 1
		if strings.HasPrefix(keyword, "min") {
			wider = -1
		}
		is, has := number(now[keyword])
		if !has || is.Cmp(was) == wider {
			c.refuse(path, "%s was %v and is %v: consumers made room for what was", keyword, before[keyword], orNothing(now[keyword]))
		}
	}
}
