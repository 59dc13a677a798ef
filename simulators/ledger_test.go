package simulators_test

import (
	"fmt"
	"net/http"
	"net/smtp"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/simulators"
)

func (w world) ship(t *testing.T, reference, line1 string) (status int) {
	t.Helper()
	body := fmt.Sprintf(`{"fingerprint":"f","recipient":{"line1":%q,"postal_code":"10115","country":"DE"},"items":[]}`, line1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+"/carrier/shipments/"+reference, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode
}

func (w world) send(t *testing.T, to, subject string) {
	t.Helper()
	mail := "Message-ID: <" + subject + "@test>\r\nSubject: " + subject + "\r\n\r\nHello\r\n"
	require.NoError(t, smtp.SendMail(w.smtp, nil, "shop@example.com", []string{to}, []byte(mail)))
}

func TestLedgersOutliveAKill(t *testing.T) {
	dir := t.TempDir()
	w, kill := spawn(t, dir)
	created := w.stripe(t, http.MethodPost, "/payment_intents", "k/charge", intentFor("ord_1", "pm_sim_fail_2"))
	require.Equal(t, http.StatusOK, created.status)
	id := created.at("id").(string)
	confirm := func() answer {
		return w.stripe(t, http.MethodPost, "/payment_intents/"+id+"/confirm", "k/confirm", nil)
	}
	require.Equal(t, http.StatusServiceUnavailable, confirm().status)
	require.Equal(t, http.StatusOK, w.ship(t, "ord_1", "1 Main St"))
	w.send(t, "ada@example.com", "one")
	kill()

	w, kill = spawn(t, dir)
	require.Equal(t, http.StatusServiceUnavailable, confirm().status) // the second of two
	first := confirm()
	require.Equal(t, "succeeded", first.at("status"))
	kill()

	w, _ = spawn(t, dir)
	again := confirm()
	require.True(t, again.replayed)
	require.Equal(t, first.body, again.body)
	require.True(t, w.stripe(t, http.MethodPost, "/payment_intents", "k/charge", intentFor("ord_1", "pm_sim_fail_2")).replayed)
	require.Len(t, w.stripe(t, http.MethodGet, "/payment_intents", "", nil).at("data"), 1)
	var parcels struct{ Data []struct{ Reference string } }
	w.getJSON(t, "/carrier/shipments", &parcels)
	require.Len(t, parcels.Data, 1)
	var mails struct{ Data []struct{ Subject string } }
	w.getJSON(t, "/mail/messages", &mails)
	require.Len(t, mails.Data, 1)
}

// What was answered before the kill must be there after it, and nothing twice.
func TestNothingAnsweredIsLostWhenKilledUnderLoad(t *testing.T) {
	dir := t.TempDir()
	w, kill := spawn(t, dir)
	var mu sync.Mutex
	answered := map[string]string{} // order → intent
	var clients sync.WaitGroup
	enough := make(chan struct{})
	for client := range 8 {
		clients.Go(func() {
			for n := 0; ; n++ {
				order := fmt.Sprintf("ord_%d_%d", client, n)
				form := intentFor(order, "pm_card_visa")
				form.Set("confirm", "true")
				a, err := w.tryStripe(http.MethodPost, "/payment_intents", order, form)
				if err != nil {
					return // killed
				}
				mu.Lock()
				answered[order], _ = a.at("id").(string)
				if len(answered) == 300 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	kill()
	clients.Wait()

	w, _ = spawn(t, dir)
	for order, id := range answered {
		form := intentFor(order, "pm_card_visa")
		form.Set("confirm", "true")
		again := w.stripe(t, http.MethodPost, "/payment_intents", order, form)
		require.True(t, again.replayed)
		require.Equal(t, id, again.at("id"))
		found := w.stripe(t, http.MethodGet, "/payment_intents/search", "", url.Values{"query": {"metadata['order_id']:'" + order + "'"}})
		require.Len(t, found.at("data"), 1)
	}
}

func TestStartNamesWhatIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	_, _ = spawn(t, dir)
	s, err := simulators.New(simulators.Config{Addr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: dir})
	require.NoError(t, err)
	require.ErrorContains(t, s.Start(t.Context()), "stripe.db: timeout") // another process has it

	_, err = simulators.New(simulators.Config{Addr: "12111", SMTPAddr: ":0", Dir: dir})
	require.ErrorContains(t, err, "SIMULATORS_ADDR must be host:port")
	_, err = simulators.New(simulators.Config{Addr: ":0", SMTPAddr: ":0"})
	require.ErrorContains(t, err, "SIMULATORS_DIR must name a folder")
}
