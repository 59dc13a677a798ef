package main

import (
	"reflect"
	"sync"
)

// settingNames are the environment variables that makegood itself reads.
var settingNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, settings := range []any{Settings{}, SimulatorSettings{}, ClientSettings{}} {
		t := reflect.TypeOf(settings)
		for i := range t.NumField() {
			names[t.Field(i).Tag.Get("env")] = true
		}
	}
	return names
})
