package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/events"
	"makegood/events/deadletters"
	"makegood/order"
)

// mailroom is a gateway with dead letters of n orders, ord_0 the oldest.
func mailroom(t *testing.T, n int, log slog.Handler) (*api.Server, *miniredis.Miniredis) {
	t.Helper()
	store := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: store.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	letters := deadletters.New(client, deadletters.Config{Log: slog.New(log)})
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range n {
		made, err := events.Of(order.Order{ID: order.ID(fmt.Sprintf("ord_%d", i)), Request: order.Request{Email: "ada@example.com"}},
			[]order.Entry{{Sequence: 1, Type: order.EventPlaced, At: at}})
		require.NoError(t, err)
		require.NoError(t, letters.Add(context.Background(), events.DeadLetter{Consumer: "email", Body: made[0].Body, Failures: events.Failures{
			Attempts: 1, First: "550 refused", Last: "550 refused", FirstAt: at, LastAt: at, DeadReason: events.DeadPermanent,
		}}))
	}
	server, err := api.New(nil, nil, letters, api.Config{Log: slog.New(log)})
	require.NoError(t, err)
	return server, store
}

func letterID(i int) string { return "email." + events.ID(order.ID(fmt.Sprintf("ord_%d", i)), 1) }

func TestDeadLettersAreListedPageByPage(t *testing.T) {
	const letters = 60
	server, _ := mailroom(t, letters, slog.DiscardHandler)
	page := func(query string) api.LetterPage {
		t.Helper()
		answer := send(server, http.MethodGet, "/v1/dead-letters"+query, "")
		require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
		var p api.LetterPage
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
		return p
	}
	require.Len(t, page("").Items, 50, "unless told")
	require.Empty(t, page("?consumer=webhook").Items)
	require.JSONEq(t, `{"items":[],"next_cursor":""}`, send(server, http.MethodGet, "/v1/dead-letters?state=discarded", "").Body.String())
	var all []deadletters.Letter
	for cursor := ""; ; {
		p := page("?limit=25&consumer=email&type=order.placed&reason=permanent&state=dead&cursor=" + cursor)
		all = append(all, p.Items...)
		if cursor = p.NextCursor; cursor == "" {
			break
		}
	}
	require.Len(t, all, letters)
	for i, l := range all {
		require.Equal(t, letterID(letters-1-i), l.ID)
	}
	require.Equal(t, letterID(7), page("?order_id=ord_7").Items[0].ID)

	answer := send(server, http.MethodGet, "/v1/dead-letters?order_id=ord_7", "")
	died := page("?order_id=ord_7").Items[0].DiedAt.Format(time.RFC3339Nano)
	require.JSONEq(t, `{"items":[{"id":"`+letterID(7)+`","consumer":"email","state":"dead","order_id":"ord_7","type":"order.placed",
		"event_id":"`+events.ID("ord_7", 1)+`","reason":"permanent","attempts":1,"first_error":"550 refused","last_error":"550 refused",
		"first_at":"2026-03-01T09:00:00Z","last_at":"2026-03-01T09:00:00Z","died_at":"`+died+`"}],"next_cursor":""}`, answer.Body.String())
}

func TestADeadLetterIsShownWithItsEvent(t *testing.T) {
	server, _ := mailroom(t, 1, slog.DiscardHandler)
	answer := send(server, http.MethodGet, "/v1/dead-letters/"+letterID(0), "")
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	var l struct {
		ID    string
		Event struct {
			ID   string
			Data struct{ Email string }
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &l))
	require.Equal(t, letterID(0), l.ID)
	require.Equal(t, events.ID("ord_0", 1), l.Event.ID)
	require.Equal(t, "ada@example.com", l.Event.Data.Email)
}

func TestWhatIsAskedOfDeadLettersIsRefusedByName(t *testing.T) {
	server, _ := mailroom(t, 1, slog.DiscardHandler)
	const list, one = "GET /v1/dead-letters", "/v1/dead-letters/email.nothing"
	redriveAll, discard := "POST /v1/dead-letters/redrive", "POST /v1/dead-letters/"+letterID(0)+"/discard"
	for _, test := range []struct {
		name, call, body string
		code             int
		want             string
	}{
		{"a parameter that isn't known", list + "?order=ord_1", "", 422, "order is not known"},
		{"a parameter given twice", list + "?limit=1&limit=2", "", 422, "limit must be given once"},
		{"a page of nothing", list + "?limit=0", "", 422, "limit must be at least 1"},
		{"a page too long", list + "?limit=101", "", 422, "limit must be at most 100"},
		{"a cursor that no page gave", list + "?cursor=x", "", 422, "cursor must be the next_cursor of a page"},
		{"a reason that isn't one", list + "?reason=bored", "", 422, "reason must be one of"},
		{"a state that isn't one", list + "?state=alive", "", 422, "state must be one of"},
		{"a type that isn't one", list + "?type=order.lost", "", 422, "type must be one of"},
		{"a letter that isn't there", "GET " + one, "", 404, "there is no such dead letter"},
		{"a redrive of one that isn't there", "POST " + one + "/redrive", "", 404, "there is no such dead letter"},
		{"a discard of one that isn't there", "POST " + one + "/discard", `{"by":"ada","reason":"why"}`, 404, "there is no such dead letter"},
		{"a redrive of whatever there is", redriveAll, `{}`, 422, "all must be true to redrive every dead letter; else give consumer, type, order_id or reason"},
		{"a redrive by an empty filter", redriveAll, `{"consumer":""}`, 422, "all must be true"},
		{"a redrive of all and some", redriveAll, `{"all":true,"consumer":"email"}`, 422, "all is taken without"},
		{"a redrive by an unknown member", redriveAll, `{"state":"dead"}`, 422, "state is not known"},
		{"a redrive of an unknown reason", redriveAll, `{"reason":"bored"}`, 422, "reason must be one of"},
		{"a redrive from nowhere", redriveAll, `{"all":true,"cursor":"x"}`, 422, "cursor must be the next_cursor of a page"},
		{"a discard by nobody", discard, `{"reason":"why"}`, 422, "by is required"},
		{"a discard by a blank", discard, `{"by":" ","reason":"why"}`, 422, "by must not be blank"},
		{"a discard without why", discard, `{"by":"ada"}`, 422, "reason is required"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var method, path string
			_, err := fmt.Sscan(test.call, &method, &path)
			require.NoError(t, err)
			answer := send(server, method, path, test.body)
			require.Equal(t, test.code, answer.Code, answer.Body.String())
			require.Contains(t, problemOf(t, answer).Detail, test.want)
		})
	}
}

func TestARedriveIsRecordedAndADiscardIsKept(t *testing.T) {
	var log bytes.Buffer
	server, _ := mailroom(t, 5, slog.NewJSONHandler(&log, nil))
	state := func(code int, path, body string) deadletters.State {
		t.Helper()
		answer := send(server, http.MethodPost, "/v1/dead-letters/"+path, body)
		require.Equal(t, code, answer.Code, answer.Body.String())
		var l deadletters.Letter
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &l))
		return l.State
	}
	conflict := func(problem, path, body string) string {
		t.Helper()
		answer := send(server, http.MethodPost, "/v1/dead-letters/"+path, body)
		require.Equal(t, http.StatusConflict, answer.Code, answer.Body.String())
		p := problemOf(t, answer)
		require.Equal(t, "/problems/"+problem, p.Type)
		return p.Detail
	}
	const word = `{"by":"ada","reason":"told by phone"}`
	for range 2 {
		require.Equal(t, deadletters.Redriving, state(202, letterID(0)+"/redrive", ""))
		require.Equal(t, deadletters.Discarded, state(200, letterID(1)+"/discard", word))
	}
	require.Contains(t, log.String(), `"order_id":"ord_1"`)
	require.Contains(t, log.String(), `"by":"ada","why":"told by phone"`)
	require.NotContains(t, log.String(), "ada@example.com")
	require.Contains(t, conflict("already_discarded", letterID(1)+"/redrive", ""), "discarded")
	require.Contains(t, conflict("already_discarded", letterID(1)+"/discard", `{"by":"eve","reason":"x"}`), "by ada: told by phone")
	answer := send(server, http.MethodGet, "/v1/dead-letters?state=discarded", "")
	require.Contains(t, answer.Body.String(), `"discarded_by":"ada","discarded_why":"told by phone"`)

	answer = send(server, http.MethodPost, "/v1/dead-letters/redrive", `{"order_id":"ord_2"}`)
	require.JSONEq(t, `{"count":1,"next_cursor":""}`, answer.Body.String())
	answer = send(server, http.MethodPost, "/v1/dead-letters/redrive", `{"all":true}`)
	require.Equal(t, http.StatusAccepted, answer.Code)
	require.JSONEq(t, `{"count":2,"next_cursor":""}`, answer.Body.String(), "neither the redriving nor the discarded ones")
}

func TestWithoutRedisDeadLettersAreUnavailable(t *testing.T) {
	server, store := mailroom(t, 0, slog.DiscardHandler)
	store.Close()
	for _, call := range [][3]string{
		{"GET", "/v1/dead-letters", ""}, {"GET", "/v1/dead-letters/email.1", ""}, {"POST", "/v1/dead-letters/email.1/redrive", ""},
		{"POST", "/v1/dead-letters/redrive", `{"all":true}`}, {"POST", "/v1/dead-letters/email.1/discard", `{"by":"ada","reason":"why"}`},
	} {
		answer := send(server, call[0], call[1], call[2])
		require.Equal(t, http.StatusServiceUnavailable, answer.Code, call)
		require.Equal(t, "/problems/unavailable", problemOf(t, answer).Type)
	}
}

// The words of types, reasons and states stand in tags, where no constant can.
func TestDeadLettersKnowEveryTypeReasonAndState(t *testing.T) {
	answer := send(gateway(t, slog.DiscardHandler), http.MethodGet, "/openapi.json", "")
	type schema struct {
		Enum       []string
		Properties map[string]struct{ Enum []string }
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema schema
			}
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &document))
	var types []string
	for _, of := range order.EventTypes {
		types = append(types, string(of))
	}
	known := map[string][]string{"type": types, "reason": events.DeadReasons, "state": {"dead", "redriving", "redriven", "discarded"}}
	seen := 0
	for _, p := range document.Paths["/v1/dead-letters"]["get"].Parameters {
		if want, ok := known[p.Name]; ok {
			require.ElementsMatch(t, want, p.Schema.Enum, p.Name)
			seen++
		}
	}
	ref := document.Paths["/v1/dead-letters/redrive"]["post"].RequestBody.Content["application/json"].Schema.Ref
	body := document.Components.Schemas[ref[len("#/components/schemas/"):]]
	letter := document.Components.Schemas["Letter"]
	for _, found := range [][2][]string{
		{types, body.Properties["type"].Enum}, {events.DeadReasons, body.Properties["reason"].Enum},
		{events.DeadReasons, letter.Properties["reason"].Enum}, {known["state"], letter.Properties["state"].Enum},
	} {
		require.ElementsMatch(t, found[0], found[1])
		seen++
	}
	require.Equal(t, 7, seen)
}
