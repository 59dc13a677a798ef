package console_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"
	"go.uber.org/goleak"

	"makegood/api"
	"makegood/console"
	"makegood/events/deadletters"
	"makegood/inventory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway is the real one over a Redis of its own. No Temporal answers it: the
// pages of orders are for tests/console.
func gateway(t *testing.T) http.Handler { return gatewayOver(t, miniredis.RunT(t)) }

func gatewayOver(t *testing.T, shelf *miniredis.Miniredis) http.Handler {
	pool := redis.NewClient(&redis.Options{Addr: shelf.Addr()})
	nowhere, err := temporal.NewLazyClient(temporal.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	stock := inventory.New(pool, inventory.Config{Namespace: "test"})
	quiet := slog.New(slog.DiscardHandler)
	server, err := api.New(nowhere, stock, deadletters.New(pool, deadletters.Config{Log: quiet}), api.Config{Console: console.New, Log: quiet, Namespace: "test"})
	require.NoError(t, err)
	t.Cleanup(func() {
		nowhere.Close()
		_ = pool.Close()
	})
	_, err = stock.Set(t.Context(), "MUG-BLUE", 3, "first", "test")
	require.NoError(t, err)
	return server
}

func ask(server http.Handler, method, path string, headers ...string) *http.Response {
	request := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	return answer.Result()
}

func text(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

func TestAPageShowsWhatTheGatewayAnswers(t *testing.T) {
	server := gateway(t)
	page := ask(server, http.MethodGet, "/console/stock")
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, text(t, page), `data-row="MUG-BLUE" data-state="3/0"`)
	require.Contains(t, text(t, ask(server, http.MethodGet, "/console/dead-letters")), "No dead letters.")
}

func TestAPageThatCannotBeMadeSaysWhy(t *testing.T) {
	server := gateway(t)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/":                                 {http.StatusServiceUnavailable, "A server that the gateway needs doesn&#39;t answer"},
		"/?status=lost":                     {http.StatusUnprocessableEntity, "A member of the request is not as it must be"},
		"/console/stock?cursor=bad":         {http.StatusUnprocessableEntity, "must be the next_cursor of a page"},
		"/console/nothing":                  {http.StatusNotFound, "There is no such page"},
		"/console/orders/ord_1":             {http.StatusNotFound, "there is no such order"},
		"/console/orders/ord_1/explode":     {http.StatusNotFound, "There is no such page"},
		"/console/dead-letters/email.1":     {http.StatusNotFound, "there is no such dead letter"},
		"/console/dead-letters/x/explode":   {http.StatusNotFound, "There is no such page"},
		"/console/assets/no-such-script.js": {http.StatusNotFound, "not found"},
	} {
		page := ask(server, http.MethodGet, path)
		require.Equal(t, want.status, page.StatusCode, path)
		require.Contains(t, text(t, page), want.text, path)
	}
}

func TestTheConsoleIsFoundUnderItsName(t *testing.T) {
	server := gateway(t)
	for _, path := range []string{"/console", "/console/"} {
		page := ask(server, http.MethodGet, path)
		require.Equal(t, http.StatusSeeOther, page.StatusCode, path)
		require.Equal(t, "/", page.Header.Get("Location"), path)
	}
}

func TestMoreHeldThanThereIsIsOversold(t *testing.T) {
	shelf := miniredis.RunT(t)
	server := gatewayOver(t, shelf)
	for available, badge := range map[string]string{"0": "sold out", "-2": "oversold"} {
		require.NoError(t, shelf.Set(inventory.KeyPrefix("test")+"available:MUG-BLUE", available))
		require.Contains(t, text(t, ask(server, http.MethodGet, "/console/stock")), ` <span class="badge alarm">`+badge+`</span>`)
	}
}

func TestWhatTheSystemDoesNotTellIsNamed(t *testing.T) {
	page := ask(gateway(t), http.MethodGet, "/console/system")
	require.Equal(t, http.StatusOK, page.StatusCode)
	said := text(t, page)
	require.Contains(t, said, "No answer about: orders, stock audit.")
	require.Contains(t, said, "unavailable")
}

func TestWhatCustomersWriteIsNoMarkup(t *testing.T) {
	page := ask(gateway(t), http.MethodGet, "/console/stock?sku=%3Cscript%3Ealert(1)%3C/script%3E")
	require.NotContains(t, text(t, page), "<script>alert")
}

func TestActionsAreTakenFromTheConsolesOwnPagesAlone(t *testing.T) {
	server := gateway(t)
	const redrive = "/console/dead-letters/email.1/redrive"
	for _, path := range []string{redrive, "/v1/dead-letters/email.1/redrive", "/v1/orders/ord_1/cancel"} {
		require.Equal(t, http.StatusForbidden, ask(server, http.MethodPost, path, "Sec-Fetch-Site", "cross-site").StatusCode, path)
		require.Equal(t, http.StatusForbidden, ask(server, http.MethodPost, path, "Origin", "https://elsewhere.example").StatusCode, path)
		require.NotEqual(t, http.StatusForbidden, ask(server, http.MethodPost, path).StatusCode, "%s: a program's", path)
	}
	own := ask(server, http.MethodPost, redrive, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusNotFound, own.StatusCode)
	require.Contains(t, text(t, own), "It was refused.")
}

// The policy forbids inline scripts and styles, so no page may have any.
func TestPagesAreGuarded(t *testing.T) {
	server := gateway(t)
	for _, path := range []string{"/", "/console/stock", "/console/system", "/console/dead-letters", "/console/orders/ord_1/cancel"} {
		page := ask(server, http.MethodGet, path)
		require.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'", path)
		require.Contains(t, page.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "nosniff", page.Header.Get("X-Content-Type-Options"), path)
		said := text(t, page)
		require.NotContains(t, said, "style=", path)
		require.NotContains(t, said, "onclick=", path)
		require.Equal(t, strings.Count(said, "<script"), strings.Count(said, "<script src="), path)
	}
	script := ask(server, http.MethodGet, "/console/assets/live.js")
	require.Equal(t, http.StatusOK, script.StatusCode)
	require.Contains(t, script.Header.Get("Content-Type"), "javascript")
}
