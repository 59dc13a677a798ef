package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/events"
	"makegood/order"
	"makegood/tests/harness"
)

const (
	receipt = "Your receipt"
	refund  = "Your refund"
	regret  = "We could not complete"
)

// mailOf names the event that each mail tells of.
var mailOf = map[string]order.EventType{
	receipt: order.EventCompleted, refund: order.EventRefunded, regret: order.EventRejected,
}

// check looks at everything that the order touched. Its workflow is closed, so
// every event is confirmed; mails and the list come a moment later.
func (c scenario) check(t *testing.T, s *harness.System, o placed) {
	t.Helper()
	seen, err := s.API.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, c.status, seen.Status)
	require.Equal(t, c.reason, seen.Reason)
	c.checkEvents(t, s, seen)
	c.checkMails(t, s, o)
	c.checkLists(t, s, o)
	c.checkBooks(t, s, o) // last: whatever comes twice has had its time
}

func (c scenario) checkEvents(t *testing.T, s *harness.System, seen client.Order) {
	t.Helper()
	types := strings.Fields(c.events)
	s.Heard.Until(t, seen.ID, order.EventType(types[len(types)-1]))
	heard := distinct(t, s.Heard.Of(seen.ID))
	require.Equal(t, c.events, typesOf(heard))
	var timeline []client.Happening
	for i, d := range heard {
		require.Equal(t, i+1, d.Sequence, "without gaps")
		require.Equal(t, events.ID(seen.ID, i+1), d.ID, "the same id on every attempt")
		require.Equal(t, d.ID, d.MessageID)
		require.Equal(t, string(d.Type), d.RoutingKey)
		require.True(t, d.Persistent)
		checkEnvelope(t, d, seen.ID)
		timeline = append(timeline, happening(t, d))
	}
	require.Equal(t, seen.Timeline, timeline, "GET tells what the events told")
}

// checkEnvelope looks at the CloudEvent as it stands on the wire.
func checkEnvelope(t *testing.T, d harness.Delivery, id order.ID) {
	t.Helper()
	var e map[string]any
	require.NoError(t, json.Unmarshal(d.Body, &e))
	require.Equal(t, "1.0", e["specversion"])
	require.Equal(t, "makegood", e["source"])
	require.Equal(t, string(id), e["subject"])
	require.Equal(t, string(id), e["correlationid"])
	require.Equal(t, strconv.Itoa(d.Sequence), e["sequence"], "decimal text")
	require.Equal(t, "https://makegood.dev/schemas/"+string(d.Type)+"/1", e["dataschema"])
	require.NotEmpty(t, e["time"])
	require.NotEmpty(t, e["traceparent"])
}

func happening(t *testing.T, d harness.Delivery) client.Happening {
	t.Helper()
	said, err := events.DataOf(d.Event)
	require.NoError(t, err)
	return client.Happening{
		Sequence: d.Sequence, Type: d.Type, Time: d.Time, Reason: said.Reason, Detail: said.Detail, Shortages: said.Shortages,
		Payment: said.Payment, Refund: said.Refund, Parcel: said.Parcel, Waiting: said.Waiting, Settlement: said.Settlement,
	}
}

// distinct leaves out repeats, which an outage explains, and wants them to be
// the same bytes.
func distinct(t *testing.T, all []harness.Delivery) []harness.Delivery {
	t.Helper()
	bodies := map[string]string{}
	var first []harness.Delivery
	for _, d := range all {
		if body, seen := bodies[d.ID]; seen {
			require.Equal(t, body, string(d.Body), "a repeat is the same bytes")
			continue
		}
		bodies[d.ID] = string(d.Body)
		first = append(first, d)
	}
	return first
}

func typesOf(deliveries []harness.Delivery) string {
	types := make([]string, len(deliveries))
	for i, d := range deliveries {
		types[i] = string(d.Type)
	}
	return strings.Join(types, " ")
}

func (c scenario) checkMails(t *testing.T, s *harness.System, o placed) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		books, err := s.Books(ctx)
		if got := len(books.Of(o.ID).Mails); err == nil && got < len(c.mails) {
			err = fmt.Errorf("order %s: %d of %d mails came", o.ID, got, len(c.mails))
		}
		return err
	})
}

func (c scenario) checkBooks(t *testing.T, s *harness.System, o placed) {
	t.Helper()
	all, err := s.Books(t.Context())
	require.NoError(t, err)
	books := all.Of(o.ID)
	require.Len(t, books.Intents, 1, "one intent, however it ended")
	require.Equal(t, c.taken, books.Taken())
	require.Equal(t, c.returned, books.Returned())
	require.LessOrEqual(t, len(books.Refunds), 1)
	if c.taken == 0 {
		require.Equal(t, "canceled", books.Intents[0].Status, "nobody can confirm it later")
	}
	require.Len(t, books.Parcels, c.parcels)
	require.Len(t, books.Mails, len(c.mails), "once each")
	for i, m := range slices.SortedFunc(slices.Values(books.Mails), func(a, b harness.Mail) int { return strings.Compare(b.Subject, a.Subject) }) {
		require.True(t, strings.HasPrefix(m.Subject, c.mails[i]), "%s", m.Subject)
		at := slices.Index(strings.Fields(c.events), string(mailOf[c.mails[i]]))
		require.True(t, strings.HasPrefix(m.MessageID, events.ID(o.ID, at+1)+"@"), "the event's id: %s", m.MessageID)
		require.Equal(t, []string{o.Email}, m.To)
	}
	level, err := s.API.Stock(t.Context(), o.Lines[0].SKU)
	require.NoError(t, err)
	require.Equal(t, client.Level{SKU: o.Lines[0].SKU, OnHand: onHand - c.sold, Available: onHand - c.sold}, level)
}

// checkLists finds the order as an operator would: by Temporal's own list and
// by the gateway's.
func (c scenario) checkLists(t *testing.T, s *harness.System, o placed) {
	t.Helper()
	query := fmt.Sprintf("SagaStatus='%s' AND CustomerId='%s' AND OrderTotal=2500", c.status, o.CustomerID)
	if c.reason != "" {
		query += fmt.Sprintf(" AND SagaReason='%s'", c.reason)
	}
	harness.Eventually(t, func(ctx context.Context) error {
		ids, err := s.Listed(ctx, query)
		if err == nil && !slices.Equal(ids, []order.ID{o.ID}) {
			err = fmt.Errorf("%s finds %v, not %s", query, ids, o.ID)
		}
		return err
	})
	page, err := s.API.List(t.Context(), client.Filter{Status: c.status, CustomerID: o.CustomerID}, "", 0)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, o.ID, page.Items[0].ID)
	require.Equal(t, c.status, page.Items[0].Status)
	require.Equal(t, c.reason, page.Items[0].Reason)
	require.EqualValues(t, 2500, page.Items[0].Total)
	require.Equal(t, "EUR", page.Items[0].Currency)
}
