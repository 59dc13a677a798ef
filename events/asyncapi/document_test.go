package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/asyncapi"
	"makegood/events/contracts"
	"makegood/events/contracts/strict"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/order"
)

const committed = "../contracts/asyncapi.json"

var write = flag.Bool("write", false, "write "+committed)

func TestTheCommittedDocumentIsTheGeneratedOne(t *testing.T) {
	document, err := asyncapi.Document(examples(t))
	require.NoError(t, err)
	if *write {
		require.NoError(t, os.WriteFile(committed, document, 0o644))
	}
	text, err := os.ReadFile(committed)
	require.NoError(t, err)
	require.True(t, bytes.Equal(document, text), "%s is not what the contracts and the transports say: run make asyncapi", committed)
}

// Every reference leads somewhere, and to what it must.
func TestTheDocumentHoldsTogether(t *testing.T) {
	document := decode(t, contracts.AsyncAPI())
	require.Equal(t, "3.0.0", document["asyncapi"])
	walk(document, func(node map[string]any) {
		if target, ok := node["$ref"].(string); ok {
			require.NotNil(t, follow(document, target), target)
		}
	})
	channels := document["channels"].(map[string]any)
	require.Len(t, channels, len(order.EventTypes)+1)
	operations := document["operations"].(map[string]any)
	require.Len(t, operations, len(order.EventTypes)+1)
	for _, eventType := range order.EventTypes {
		channel := channels[string(eventType)].(map[string]any)
		require.Equal(t, string(eventType), channel["address"], "the routing key is the type")
		exchange := follow(document, "#/channels/"+string(eventType)+"/bindings/amqp/exchange").(map[string]any)
		require.Equal(t, rabbitmq.Exchange, exchange["name"])
		require.NotNil(t, follow(document, "#/channels/stream/messages/"+string(eventType)))
		operation := operations["publish."+string(eventType)].(map[string]any)
		require.Equal(t, "#/channels/"+string(eventType), operation["channel"].(map[string]any)["$ref"])
	}
}

// The payload of a message, references and all, is a schema that takes its
// example, and no event of another type.
func TestAMessagesPayloadTakesItsEventsAndNoOthers(t *testing.T) {
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(contracts.AsyncAPI()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("https://makegood.dev/asyncapi.json", text))
	document := decode(t, contracts.AsyncAPI())
	for _, eventType := range order.EventTypes {
		path := "#/components/messages/" + string(eventType)
		payload, err := compiler.Compile("https://makegood.dev/asyncapi.json" + path + "/payload")
		require.NoError(t, err)
		for _, other := range order.EventTypes {
			example := follow(document, "#/components/messages/"+string(other)).(map[string]any)["examples"].([]any)[0].(map[string]any)["payload"]
			body, err := json.Marshal(example)
			require.NoError(t, err)
			require.NoError(t, strict.Check(body))
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			require.NoError(t, err)
			require.Equal(t, other == eventType, payload.Validate(value) == nil, "%s against %s", other, eventType)
		}
	}
}

func TestOnRedisAnEventStandsAsTheDocumentSays(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	p, err := redisstream.NewPublisher(client, redisstream.Config{Namespace: "default"})
	require.NoError(t, err)
	event := examples(t)[0]
	require.NoError(t, p.Publish(t.Context(), []events.Event{event}))
	channel := decode(t, contracts.AsyncAPI())["channels"].(map[string]any)["stream"].(map[string]any)
	key := channel["parameters"].(map[string]any)["key"].(map[string]any)["default"].(string)
	entries, err := client.XRange(t.Context(), key, "-", "+").Result()
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, map[string]any{"type": string(event.Type), "event": string(event.Body)}, entries[0].Values)
	require.Contains(t, channel["description"], "fields `type`, the event's type, and `event`, the payload")
}

// AsyncAPI's own schema is not part of this repository: no module that the Go
// proxy serves holds it. Who has it (schemas/3.0.0.json of
// github.com/asyncapi/spec-json-schemas) names its file.
func TestTheDocumentKeepsToAsyncAPIsSchema(t *testing.T) {
	path := os.Getenv("ASYNCAPI_SCHEMA")
	if path == "" {
		t.Skip("set ASYNCAPI_SCHEMA to the file 3.0.0.json of AsyncAPI's JSON Schemas")
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("http://asyncapi.com/definitions/3.0.0/asyncapi.json", resource))
	schema, err := compiler.Compile("http://asyncapi.com/definitions/3.0.0/asyncapi.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(contracts.AsyncAPI()))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(document))
}

func decode(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal(text, &document))
	return document
}

func walk(node any, see func(map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		see(node)
		for _, inner := range node {
			walk(inner, see)
		}
	case []any:
		for _, inner := range node {
			walk(inner, see)
		}
	}
}

// follow is what a reference leads to, through references on its way, or nil.
func follow(document map[string]any, target string) any {
	at := any(document)
	for part := range strings.SplitSeq(strings.TrimPrefix(target, "#/"), "/") {
		node, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = node[part]
		if inner, ok := at.(map[string]any); ok && inner["$ref"] != nil {
			at = follow(document, inner["$ref"].(string))
		}
	}
	return at
}

// examples are the events of orders that between them see every type.
func examples(t *testing.T) []events.Event {
	t.Helper()
	placed := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	after := func(seconds int) time.Time { return placed.Add(time.Duration(seconds) * time.Second) }
	o := order.Order{
		ID: "ord_b3hnf6dkljjxkjk2sovmakdwwi", PlacedAt: placed,
		Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		Request: order.Request{
			CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
			Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		},
	}
	charged, reserved := order.Outcome{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500}, order.Outcome{Step: order.Reserve, At: after(2)}
	var all []events.Event
	for _, outcomes := range [][]order.Outcome{
		{
			charged, reserved,
			{Step: order.Ship, At: after(3), Reference: "shp_1", Tracking: "MG1"}, {Step: order.Commit, At: after(4)},
		},
		{{Step: order.Charge, At: after(1), Reason: order.PaymentDeclined, Detail: "Your card was declined."}},
		{
			charged,
			{Step: order.Reserve, At: after(2), Reason: order.OutOfStock, Shortages: []order.Shortage{{SKU: "MUG-BLUE", Asked: 2, Available: 1}}},
			{Step: order.Refund, At: after(3), Reference: "re_1", Amount: 2500},
		},
		{
			charged, reserved,
			{Step: order.Ship, At: after(3), Reason: order.Undeliverable, Detail: "No route to postal code 00000."},
			{Step: order.Release, At: after(4)}, {Step: order.Refund, At: after(5), Reference: "re_1", Amount: 2500},
		},
		{
			charged,
			{Step: order.Turn, At: after(2), Reason: order.CancelledByShop}, {Step: order.Fence, At: after(3), Null: true},
			{Step: order.Release, At: after(4), Null: true},
			{Step: order.Attention, At: after(900), Waiting: order.Refund, Detail: "The refund was refused."},
			{Step: order.Settle, At: after(1000), Waiting: order.Refund, By: "grace", Note: "paid back by bank", Reference: "SEPA-7"},
		},
	} {
		made, err := events.Of(o, order.Tell(o, outcomes).Timeline)
		require.NoError(t, err)
		all = append(all, made...)
	}
	return all
}
