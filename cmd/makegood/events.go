package main

// EventsCmd is `makegood events …`.
type EventsCmd struct {
	Tail EventsTailCmd `cmd:"" help:"Print what happens, as it happens."`
}
