package harness

// BuildIncompatible builds makegood into the folder, and returns its path, with a
// saga that takes its steps in another order: what a change of workflow code
// without workflow.GetVersion comes to. It takes some 20 s the first time.
func BuildIncompatible(into string) (string, error) {
	return BuildChanged(into, Change{
		File:   "order/teller.go",
		Before: "range []Step{Charge, Reserve, Ship}",
		After:  "range []Step{Reserve, Charge, Ship}",
	})
}
