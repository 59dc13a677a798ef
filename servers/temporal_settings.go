package servers

// setting is one of Temporal's dynamic configuration.
type setting struct {
	name  string
	value any
}

// dynamicConfig is what Temporal needs besides its defaults.
var dynamicConfig = []setting{
	// One poller finds every task at once; with four partitions a task may
	// wait in one that nobody polls.
	{"matching.numTaskqueueReadPartitions", 1},
	{"matching.numTaskqueueWritePartitions", 1},
	{"system.enableEagerWorkflowStart", true},
	{"frontend.enableExecuteMultiOperation", true},
	{"frontend.enableUpdateWorkflowExecution", true},
	{"frontend.enableUpdateWorkflowExecutionAsyncAccepted", true},
	// Setting the retention of many namespaces passes the default of 20 a second.
	{"frontend.rps.namespaceReplicationInducingAPIs", 10_000},
}

// freshAttributes has a search attribute be known as soon as it is registered.
// Temporal says that it is not for production: it is read for each request.
var freshAttributes = setting{"system.forceSearchAttributesCacheRefreshOnRead", true}
