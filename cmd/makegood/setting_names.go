package main

import (
	"reflect"
	"sync"
)

// settingNames are the environment variables that makegood itself reads.
var settingNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, settings := range []any{Settings{}, SimulatorSettings{}, ClientSettings{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(settings)) {
			if !field.Anonymous {
				names[field.Tag.Get("env")] = true
			}
		}
	}
	return names
})
