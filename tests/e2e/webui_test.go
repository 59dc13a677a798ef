package e2e_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// looked is an order that somebody looks at in the Web UI.
type looked struct {
	order.Request
	until order.Status
	id    order.ID
}

func lookedAt(customer, sku string, until order.Status, change func(*order.Request)) *looked {
	l := &looked{Request: harness.Sample(), until: until}
	l.CustomerID, l.Lines[0].SKU = customer, sku
	change(&l.Request)
	return l
}

func undeliverable(method string) func(*order.Request) {
	return func(r *order.Request) { r.PaymentMethod, r.ShippingAddress.PostalCode = method, "00000" }
}

func paidBy(method string) func(*order.Request) {
	return func(r *order.Request) { r.PaymentMethod = method }
}

// What the Web UI shows is read here as it reads it: from the description of a
// workflow, the answer to its metadata query and the metadata of its events.
func TestTheWebUITellsOfAnOrder(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"), harness.Setting("AUDIT_EVERY", "2s"))
	var (
		shipped      = lookedAt("cus_42", "MUG-BLUE", order.Completed, func(*order.Request) {})
		dear         = lookedAt("cus_dear", "DESK", order.Completed, func(r *order.Request) { r.Lines[0].UnitPrice = 50_000 })
		soldOut      = lookedAt("cus_sold_out", "LAMP", order.Rejected, func(*order.Request) {})
		retried      = lookedAt("cus_retried", "CHAIR", order.Placed, paidBy("pm_sim_fail_always"))
		terminated   = lookedAt("cus_terminated", "CHAIR", order.Placed, paidBy("pm_sim_fail_always"))
		compensating = lookedAt("cus_compensating", "CHAIR", order.Compensating, undeliverable("pm_sim_fail_undo_always"))
		attention    = lookedAt("cus_attention", "CHAIR", order.NeedsAttention, undeliverable("pm_sim_refuse_undo"))
		announcing   = lookedAt("cus_announcing", "CHAIR", order.Completed, func(*order.Request) {})
	)
	for _, sku := range []string{"MUG-BLUE", "DESK", "CHAIR"} {
		_, err := s.API.SetStock(t.Context(), sku, 100, "", "")
		require.NoError(t, err)
	}
	placeAll(t, s, shipped, dear, soldOut)
	placeAll(t, s, attention)
	placeAll(t, s, compensating) // and then those whose failures may open the provider's breaker
	placeAll(t, s, retried, terminated)
	for _, l := range []*looked{shipped, dear, soldOut} {
		s.Closed(t, l.id)
	}

	t.Run("in its own words", func(t *testing.T) {
		for l, words := range map[*looked][]string{
			shipped:      {"**completed**: the parcel is out", "**payment.charged** 25.00 EUR `pi_", "tracking `MG"},
			compensating: {"**compensating** (undeliverable): next is **refund**, pay back 25.00 EUR. ", "*Pending Activities*", "one that takes 15m0s asks for a person", "`No route to postal code 00000.`"},
			attention:    {"**needs_attention** (undeliverable): next is **refund**", "- Since: ", "- Error: `refund intent: stripe answered 400", "`makegood order retry " + string(attention.id) + "`"},
			retried:      {"**placed**: next is **charge**, charge 25.00 EUR. ", "The step is tried for 10m0s", "`makegood order cancel " + string(retried.id) + "`"},
		} {
			summary, details := static(t, s, l.id)
			require.Equal(t, fmt.Sprintf("25.00 EUR for %s: 2 × %s", l.CustomerID, l.Lines[0].SKU), summary)
			require.Contains(t, details, "**25.00 EUR**")
			require.Contains(t, details, "- 2 × "+l.Lines[0].SKU+" at 12.50 EUR")
			current := currentDetails(t, s, l.id)
			for _, w := range words {
				require.Contains(t, current, w)
			}
			read, err := s.API.Get(t.Context(), l.id)
			require.NoError(t, err)
			for _, entry := range read.Timeline {
				require.Contains(t, current, "**"+string(entry.Type)+"**")
			}
		}
	})

	s.ToRabbitMQ.Cut()
	placeAll(t, s, announcing)
	harness.Eventually(t, func(ctx context.Context) error {
		if current := currentDetails(t, s, announcing.id); !strings.Contains(current, "The broker has not confirmed the last 5 of these events.") {
			return fmt.Errorf("%s", current)
		}
		return nil
	})
	require.NoError(t, s.Temporal.TerminateWorkflow(t.Context(), string(terminated.id), "", "a test"))

	t.Run("and its saved views find what they are for", func(t *testing.T) {
		orders := func(of ...*looked) (ids []order.ID) {
			for _, l := range of {
				ids = append(ids, l.id)
			}
			return ids
		}
		unwinding := order.ID("unwind/" + string(terminated.id))
		finds := map[string][]order.ID{
			"Needs attention":      orders(attention),
			"Compensating":         orders(compensating),
			"A step is retried":    orders(retried),
			"Waits for the broker": append(orders(announcing), unwinding),
			"One customer":         orders(shipped),
			"One SKU":              orders(shipped),
			"Why it didn't ship":   orders(soldOut),
			"Expensive":            orders(dear),
			"Ended from outside":   orders(terminated),
			"Unwound":              {unwinding},
		}
		views := savedViews(t)
		require.Len(t, views, len(finds), "every one in docs/web-ui.md")
		for name, want := range finds {
			require.Contains(t, views, name)
			harness.Eventually(t, func(ctx context.Context) error {
				got, err := s.Listed(ctx, views[name])
				slices.Sort(got)
				slices.Sort(want)
				if err == nil && !slices.Equal(got, want) {
					err = fmt.Errorf("%s, %s, finds %v, not %v", name, views[name], got, want)
				}
				return err
			})
		}
	})

	s.ToRabbitMQ.Mend(t.Context())
	for _, l := range []*looked{retried, compensating} {
		require.NoError(t, s.EndFault(t.Context(), l.id))
	}
	settle := regexp.MustCompile("`makegood (order settle [^`]+)`").FindStringSubmatch(currentDetails(t, s, attention.id))
	require.NotNil(t, settle)
	_, stderr, code := makegood(t, "API_URL="+s.URL, strings.NewReplacer("WHO", "ada", "WHY", "transferred", "WHERE", "TX-1").Replace(settle[1]))
	require.Zero(t, code, stderr)

	t.Run("in a line for each step, timer, compensation and announcement", func(t *testing.T) {
		lane := func(units string) []string {
			return []string{"charge 25.00 EUR", "hold " + units, "hand over to the carrier: " + units}
		}
		undone := append(lane("2 × CHAIR"),
			"release needs attention after 15m0s", "give back 2 × CHAIR (undeliverable), until it succeeds",
			"refund needs attention after 15m0s", "pay back 25.00 EUR (undeliverable), until it succeeds")
		for l, want := range map[*looked][]string{
			shipped: append(lane("2 × MUG-BLUE"), "take out of the stock: 2 × MUG-BLUE"),
			retried: {
				"charge 25.00 EUR", "charge 25.00 EUR, for at most 10m0s",
				"hold 2 × CHAIR, for at most 10m0s", "hand over to the carrier: 2 × CHAIR, for at most 10m0s",
				"commit needs attention after 15m0s", "take out of the stock: 2 × CHAIR, until it succeeds",
			},
			compensating: undone,
			attention: append(slices.Clone(undone),
				"refund needs attention: refund intent: stripe answered 400 invalid_request_error charge_not_refundable: The request was asked to be refused by pm_sim_refuse_undo. (req_…): a person has…",
				"pay back 25.00 EUR (undeliverable), until it succeeds or a person settles it",
				"refund settled by hand by ada: transferred TX-1"),
		} {
			lines := eventLines(t, s.Closed(t, l.id))
			announced := lines[:0:0]
			lines = slices.DeleteFunc(lines, func(line string) bool {
				if strings.HasPrefix(line, "announce ") {
					announced = append(announced, line)
					return true
				}
				return false
			})
			require.Equal(t, want, lines, l.CustomerID)
			read, err := s.API.Get(t.Context(), l.id)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(announced[0], "announce order.placed"), announced)
			require.True(t, strings.HasSuffix(announced[len(announced)-1], string(read.Timeline[len(read.Timeline)-1].Type)), announced)
		}
	})
	s.RequireSound(t)
}

// placeAll places the orders and waits until each is where somebody looks at it.
func placeAll(t *testing.T, s *harness.System, orders ...*looked) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	for _, l := range orders {
		group.Go(func() error {
			placed, err := s.API.Place(ctx, l.Request, l.CustomerID, 0)
			if err != nil {
				return err
			}
			l.id = placed.ID
			return nil
		})
	}
	require.NoError(t, group.Wait())
	for _, l := range orders {
		harness.Eventually(t, func(ctx context.Context) error {
			read, err := s.API.Get(ctx, l.id)
			if err == nil && read.Status != l.until {
				err = fmt.Errorf("the order of %s is %s, not yet %s", l.CustomerID, read.Status, l.until)
			}
			return err
		})
	}
}

func static(t *testing.T, s *harness.System, id order.ID) (summary, details string) {
	t.Helper()
	described, err := s.Temporal.DescribeWorkflow(t.Context(), string(id), "")
	require.NoError(t, err)
	summary, err = described.GetStaticSummary()
	require.NoError(t, err)
	details, err = described.GetStaticDetails()
	require.NoError(t, err)
	return summary, details
}

func currentDetails(t *testing.T, s *harness.System, id order.ID) string {
	t.Helper()
	answer, err := s.Temporal.QueryWorkflow(t.Context(), string(id), "", "__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// eventLines are the summaries of all that the workflow did: activities, local
// activities, timers and notes. One that has none fails the test.
func eventLines(t *testing.T, history *historypb.History) (lines []string) {
	t.Helper()
	for _, event := range history.GetEvents() {
		if event.GetActivityTaskScheduledEventAttributes() == nil && event.GetTimerStartedEventAttributes() == nil && event.GetMarkerRecordedEventAttributes() == nil {
			continue
		}
		var line string
		require.NotNil(t, event.GetUserMetadata().GetSummary(), "event %d has no summary: %v", event.GetEventId(), event)
		require.NoError(t, converter.GetDefaultDataConverter().FromPayload(event.GetUserMetadata().GetSummary(), &line))
		require.NotEmpty(t, line)
		lines = append(lines, requestID.ReplaceAllString(line, "req_…"))
	}
	return lines
}

var requestID = regexp.MustCompile(`req_\w+`)

// savedViews are the filters in the documentation, by name.
func savedViews(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/web-ui.md")
	require.NoError(t, err)
	views := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| ([^|]+) \\| `([^`]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		views[row[1]] = row[2]
	}
	return views
}
