package faults_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"makegood/api/client"
	"makegood/events"
	"makegood/inventory"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// patient is an order of a SKU and a customer of its own.
type patient struct {
	*harness.System
	id            order.ID
	sku, customer string
}

func admit(t *testing.T, s *harness.System, row stuck) patient {
	t.Helper()
	name := strings.ReplaceAll(row.name, " ", "-")
	p := patient{System: s, sku: "SKU-" + name, customer: "cus_" + name}
	_, err := s.API.SetStock(t.Context(), p.sku, 10, "", "")
	require.NoError(t, err)
	request := harness.Sample()
	request.Lines[0].SKU, request.CustomerID = p.sku, p.customer
	row.change(&request)
	placed, err := s.API.Place(t.Context(), request, name, 0)
	require.NoError(t, err)
	p.id = placed.ID
	return p
}

func (p patient) until(t *testing.T, status order.Status) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := p.API.Get(ctx, p.id)
		if err == nil && o.Status != status {
			err = fmt.Errorf("order %s is %s, not yet %s", p.id, o.Status, status)
		}
		return err
	})
}

// isSeen looks where an operator would: the list, Temporal's Web UI, events.
func (p patient) isSeen(t *testing.T, waits order.Step) {
	t.Helper()
	page, err := p.API.List(t.Context(), client.Filter{Status: order.NeedsAttention, CustomerID: p.customer}, "", 0)
	require.NoError(t, err)
	if len(page.Items) == 0 { // it may lag
		harness.Eventually(t, func(ctx context.Context) error {
			page, err = p.API.List(ctx, client.Filter{Status: order.NeedsAttention, CustomerID: p.customer}, "", 0)
			if err == nil && len(page.Items) != 1 {
				err = fmt.Errorf("the list shows %+v", page.Items)
			}
			return err
		})
	}
	require.Equal(t, p.id, page.Items[0].ID)
	found, err := p.Listed(t.Context(), "SagaStatus='needs_attention' AND CustomerId='"+p.customer+"'")
	require.NoError(t, err)
	require.Equal(t, []order.ID{p.id}, found)

	answer, err := p.Temporal.QueryWorkflow(t.Context(), string(p.id), "", "__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(t, answer.Get(&metadata))
	require.Contains(t, metadata.GetCurrentDetails(), "**needs_attention**")
	require.Contains(t, metadata.GetCurrentDetails(), "next is **"+string(waits)+"**")

	o, err := p.API.Get(t.Context(), p.id)
	require.NoError(t, err)
	require.NotNil(t, o.Attention)
	require.Equal(t, waits, o.Attention.Step)
	if waits == order.Fence || waits == order.Commit {
		return // no event says so while those of a vanished lane may be out
	}
	p.Heard.Until(t, p.id, order.EventNeedsAttention)
	heard := p.Heard.Of(p.id)
	said, err := events.DataOf(heard[len(heard)-1].Event)
	require.NoError(t, err)
	require.Equal(t, waits, said.Waiting)
}

// say speaks the operator's word.
func (p patient) say(word workflows.Word) error {
	return harness.Insist(context.Background(), func() error {
		_, err := p.API.Settle(context.Background(), p.id, client.Word{
			Action: string(word.Action), Step: word.Step, By: word.By, Note: word.Note, Reference: word.Reference,
		})
		return err
	})
}

// told looks at what the order's last events said.
func (p patient) told(t *testing.T, row stuck) {
	t.Helper()
	want := strings.Fields(row.tells)
	p.Heard.Until(t, p.id, order.EventType(want[len(want)-1]))
	require.True(t, strings.HasSuffix(p.Heard.Story(p.id), row.tells), p.Heard.Story(p.id))
	if row.word.Action != workflows.Settled {
		return
	}
	o, err := p.API.Get(t.Context(), p.id)
	require.NoError(t, err)
	at := slices.IndexFunc(o.Timeline, func(h client.Happening) bool { return h.Type == order.EventSettled })
	require.Equal(t, &events.Settlement{Step: row.waits, By: "Grace", Note: "seen to by hand", Reference: "4711"}, o.Timeline[at].Settlement)
}

// unhold loses the order's hold on the stock, as a restore of old data does.
func (p patient) unhold() error { return p.setHeld(0) }
func (p patient) hold() error   { return p.setHeld(2) }
func (p patient) takeOut() error {
	_, err := p.API.AdjustStock(context.Background(), p.sku, -2, "", "")
	return err
}

func (p patient) setHeld(n int) error {
	options, err := redis.ParseURL(p.RedisURL())
	if err != nil {
		return err
	}
	c := redis.NewClient(options)
	defer func() { _ = c.Close() }()
	pool := inventory.KeyPrefix(p.Namespace)
	onHand, err := c.Get(context.Background(), pool+"on_hand:"+p.sku).Int()
	if err != nil {
		return err
	}
	return c.Set(context.Background(), pool+"available:"+p.sku, onHand-n, 0).Err()
}
