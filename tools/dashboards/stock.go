package main

var stock = board{
	name: "stock", title: "makegood: stock",
	about: "Whether the stock is right, and how fast it is asked.",
	rows: []row{
		{"Now", []panel{
			{title: "Stock that is not as it has to be", stat: true, unit: count, alert: 1,
				about:   "makegood stock audit names it, and --repair mends it." + page("MakegoodStockDrift"),
				queries: []query{{"makegood:stock_drift:latest", "orders and SKUs"}}},
			{title: "Since the last audit", stat: true, unit: seconds, alert: 900,
				about:   "AUDIT_EVERY, unless audits fail." + page("MakegoodStockUnaudited"),
				queries: []query{{"time() - max(makegood_stock_audited_timestamp_seconds > 0)", "ago"}}},
			{title: "Admission", stat: true, unit: state, alert: 2,
				about:   "0 while Redis answers in time, 2 while orders pass without a look at the stock." + page("MakegoodAdmissionBlind"),
				queries: []query{{"max(makegood_admission_breaker_state)", "breaker"}}},
			{title: "Memory that Redis uses", stat: true, unit: memory,
				about:   "It evicts nothing." + page("MakegoodRedisFull"),
				queries: []query{{"max(redis_memory_used_bytes)", "used"}}},
		}},
		{"Admission", []panel{
			{title: "What becomes of orders that come in", unit: perSec,
				about:   "refused ones were a 409: docs/admission.md has the words.",
				queries: []query{rate("makegood_admission_orders_total", "verdict", "{{verdict}}")}},
			{title: "SKUs known from a moment before", unit: ratio,
				about:   "The more often a SKU is asked for, the more. The rest costs a round trip to Redis.",
				queries: []query{{"makegood:admission_cache_hits:ratio_rate5m", "hits"}}},
			{title: "Orders that were sold out after all", unit: perSec,
				about:   "They were charged and refunded: two orders wanted the last one, or admission was off.",
				queries: []query{rate(`makegood_saga_outcomes_total{reason="out_of_stock"}`, "status", "{{status}}")}},
		}},
		{"Steps", []panel{
			{title: "Attempts", unit: perSec, about: "Reserve and its undo, and commit, which takes the units out.",
				queries: []query{rate(`makegood_step_duration_seconds_count{step=~"reserve|commit|release"}`, "step, result", "{{step}} {{result}}")}},
			{title: "How long they take, p99", unit: seconds, about: "A round trip to Redis, which several orders share.",
				queries: quantiles(`makegood_step_duration_seconds_bucket{step=~"reserve|commit|release"}`, "step", "0.99")},
			{title: "Commands that Redis runs", unit: perSec, about: "Of all clients.",
				queries: []query{rate("redis_commands_processed_total", "instance", "{{instance}}")}},
		}},
	},
}
