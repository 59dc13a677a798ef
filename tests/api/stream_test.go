package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

// watch reads an order's stream to its end and returns the frames' ids and types.
func (s *shop) watch(id order.ID, after string, each func(id, eventType string)) (ended bool) {
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+"/v1/orders/"+string(id)+"/events", nil)
	require.NoError(s, err)
	if after != "" {
		request.Header.Set("Last-Event-ID", after)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(s, http.StatusOK, response.StatusCode)
	require.Equal(s, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	sequence := ""
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			sequence = value
		case "data":
			var event struct{ ID, Type, Subject, Sequence string }
			require.NoError(s, json.Unmarshal([]byte(value), &event))
			require.Equal(s, string(id), event.Subject)
			require.Equal(s, sequence, event.Sequence)
			each(sequence, event.Type)
		}
	}
	return lines.Err() == nil
}

var happy = []string{"order.placed", "payment.charged", "stock.reserved", "shipment.scheduled", "order.completed"}

func TestAFinishedOrderReplaysThenTheStreamEnds(t *testing.T) {
	s := open(t)
	s.work(&providers{})
	id := s.place("k1", "Prefer", "wait=20").ID
	for after := range happy {
		var types []string
		last := ""
		if after > 0 {
			last = strconv.Itoa(after)
		}
		require.True(t, s.watch(id, last, func(_, eventType string) { types = append(types, eventType) }))
		require.Equal(t, happy[after:], types)
	}
	nothing := s.call(http.MethodGet, "/v1/orders/"+string(id)+"/events", "", "Last-Event-ID", "5")
	require.Equal(t, http.StatusNoContent, nothing.code, "an EventSource must not come back")
	bad := s.call(http.MethodGet, "/v1/orders/"+string(id)+"/events", "", "Last-Event-ID", "x")
	require.Equal(t, http.StatusUnprocessableEntity, bad.code)
	require.Equal(t, "Last-Event-ID", bad.problem.Errors[0].Field)
}

func TestAStreamIsLive(t *testing.T) {
	s := open(t)
	id := s.place("k1").ID
	frames := make(chan string, 10)
	go func() {
		defer close(frames)
		s.watch(id, "", func(_, eventType string) { frames <- eventType })
	}()
	require.Equal(t, "order.placed", <-frames, "before any worker is there")
	s.work(&providers{})
	var rest []string
	for frame := range frames {
		rest = append(rest, frame)
	}
	require.Equal(t, happy[1:], rest)
}

func TestStopEndsStreams(t *testing.T) {
	s := open(t)
	id := s.place("k1").ID
	started, ended := make(chan struct{}), make(chan bool, 1)
	go func() { ended <- s.watch(id, "", func(string, string) { close(started) }) }()
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.gateway.Stop(ctx))
	require.True(t, <-ended, "the stream was not cut, but ended")
}
