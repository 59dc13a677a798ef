package e2e_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// An operator finds what waits, reads why, and has it tried again or settles
// it by hand, all from the command line.
func TestAnOperatorAtTheCommandLine(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ATTENTION_AFTER", "2s"))
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)
	run := func(command string) string {
		t.Helper()
		out, stderr, code := makegood(t, "API_URL="+s.URL, command)
		require.Zero(t, code, stderr)
		return out
	}
	refused := func(command string) string {
		t.Helper()
		out, stderr, code := makegood(t, "API_URL="+s.URL, command)
		require.Equal(t, 1, code, out)
		return stderr
	}
	until := func(command, says string) string {
		t.Helper()
		var out string
		harness.Eventually(t, func(context.Context) error {
			if out = run(command); !strings.Contains(out, says) {
				return errors.New(out)
			}
			return nil
		})
		return out
	}

	declined := run("order place --sku MUG-BLUE:1@1250 --payment-method pm_card_chargeDeclined")
	require.Contains(t, declined, "  rejected: payment_declined\n")
	require.Contains(t, refused("order retry "+strings.Fields(declined)[0]), "the order is rejected and waits for nobody (nothing_to_settle, HTTP 409)")

	stuck := func() string {
		t.Helper()
		out := run("order place --sku MUG-BLUE:1@1250 --payment-method pm_sim_refuse_undo --postal-code 00000 --wait 0s")
		id := strings.Fields(out)[0]
		until("order list --status needs_attention", id)
		require.Regexp(t, `! order.needs_attention +refund waits for a person`, run("order get "+id))
		return id
	}
	byHand := stuck()
	word := "order settle " + byHand + " --by ada --note transferred --reference TX-1 --step "
	require.Contains(t, refused(word+"ship"), "what waits is refund, not ship")
	require.Contains(t, refused(word+"tea"), "step must be one of")
	require.True(t, strings.HasPrefix(run(word+"refund"), byHand+"  "))
	require.Contains(t, until("order get "+byHand, "rejected: undeliverable"), "refund by hand of ada: transferred (TX-1)")
	require.Contains(t, run(word+"refund --json"), `"status":"rejected"`, "again")

	again := stuck()
	require.True(t, strings.HasPrefix(run("order retry "+again), again+"  "))
	require.NoError(t, s.EndFault(t.Context(), order.ID(again)))
	require.Contains(t, until("order get "+again, "rejected: undeliverable"), "returned 12.50 EUR")
}
