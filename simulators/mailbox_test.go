package simulators_test

import (
	"io"
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type mail struct {
	ID        string
	MessageID string `json:"message_id"`
	From      string
	To        []string
	Subject   string
	Text      string
	HTML      string
	Headers   map[string][]string
}

type mails struct {
	Data    []mail
	HasMore bool `json:"has_more"`
}

func TestAMailIsKeptAsItCame(t *testing.T) {
	w := newWorld(t)
	text := strings.ReplaceAll(`From: Shop <shop@example.com>
To: Ada <ada@example.com>
Subject: =?utf-8?q?Your_order_=E2=80=93_25=2C00_=E2=82=AC?=
Message-ID: <event-1@makegood>
X-Order: ord_1
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=cut

--cut
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

It cost 25,00 =E2=82=AC.
--cut
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+SXQgY29zdCAyNSwwMCDigqwuPC9wPjxzY3JpcHQ+YWxlcnQoMSk8L3NjcmlwdD4=
--cut--
`, "\n", "\r\n")
	require.NoError(t, smtp.SendMail(w.smtp, nil, "shop@example.com", []string{"ada@example.com", "eve@example.com"}, []byte(text)))

	var found mails
	w.getJSON(t, "/mail/messages?to=ada@example.com", &found)
	require.Len(t, found.Data, 1)
	got := found.Data[0]
	require.Equal(t, "event-1@makegood", got.MessageID)
	require.Equal(t, "shop@example.com", got.From)
	require.Equal(t, []string{"ada@example.com", "eve@example.com"}, got.To)
	require.Equal(t, "Your order – 25,00 €", got.Subject)
	require.Equal(t, "It cost 25,00 €.", strings.TrimSpace(got.Text))
	require.Equal(t, "<p>It cost 25,00 €.</p><script>alert(1)</script>", got.HTML)
	require.Equal(t, []string{"ord_1"}, got.Headers["X-Order"])

	var one mail
	w.getJSON(t, "/mail/messages/"+got.ID, &one)
	require.Equal(t, got, one)

	for path, want := range map[string]string{
		"/mail":                              "Your order – 25,00 €",
		"/mail/":                             "Your order – 25,00 €",
		"/mail/" + got.ID:                    "Message-ID",
		"/mail/messages/" + got.ID + "/html": "<p>It cost",
		"/":                                  "Faults on demand",
		"/healthz":                           "ok",
		"/readyz":                            "ok",
		"/metrics":                           `makegood_simulator_requests_total{code="200",method="get",simulator="mail"}`,
	} {
		res, err := http.Get(w.url + path)
		require.NoError(t, err)
		page, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Contains(t, string(page), want, path)
		if strings.HasSuffix(path, "/html") {
			require.Contains(t, res.Header.Get("Content-Security-Policy"), "sandbox")
		} else {
			require.NotContains(t, string(page), "<script>", path)
		}
	}
}

func TestMailsArePagedAndDuplicatesKept(t *testing.T) {
	w := newWorld(t)
	for _, subject := range []string{"one", "two", "two", "three"} {
		w.send(t, "ada@example.com", subject)
	}
	w.send(t, "ada@example.com.evil", "other")
	for _, filter := range []string{"to=ada@example.com&", ""} {
		var subjects []string
		after := ""
		for {
			var page mails
			w.getJSON(t, "/mail/messages?"+filter+"limit=2&starting_after="+after, &page)
			for _, m := range page.Data {
				subjects = append(subjects, m.Subject)
				after = m.ID
			}
			if !page.HasMore {
				break
			}
		}
		want := []string{"three", "two", "two", "one"}
		if filter == "" {
			want = append([]string{"other"}, want...)
		}
		require.Equal(t, want, subjects)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/mail", nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
}

func TestParcelsArePaged(t *testing.T) {
	w := newWorld(t)
	for _, reference := range []string{"a", "b", "c"} {
		require.Equal(t, http.StatusOK, w.ship(t, reference, "1 Main St"))
	}
	type page struct {
		Data    []struct{ ID, Reference string }
		HasMore bool `json:"has_more"`
	}
	var first, rest page
	w.getJSON(t, "/carrier/shipments?limit=2", &first)
	require.Len(t, first.Data, 2)
	require.True(t, first.HasMore)
	w.getJSON(t, "/carrier/shipments?starting_after="+first.Data[1].ID, &rest)
	require.Len(t, rest.Data, 1)
	require.Equal(t, "a", rest.Data[0].Reference)
	require.False(t, rest.HasMore)
}

func TestAMailboxThatIsNotThereRefusesUntilSomebodyOpensIt(t *testing.T) {
	w := newWorld(t)
	to := func(recipient string) error {
		return smtp.SendMail(w.smtp, nil, "shop@example.com", []string{recipient}, []byte("Subject: hello\r\n\r\nHello\r\n"))
	}
	require.ErrorContains(t, to("refuse+1@example.com"), "No such mailbox")
	require.NoError(t, to("refused@example.com"))
	request, err := http.NewRequest(http.MethodDelete, w.url+"/mail/refusals/refuse+1@example.com", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, to("refuse+1@example.com"))
	require.ErrorContains(t, to("refuse+2@example.com"), "No such mailbox")
}
