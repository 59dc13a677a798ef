package mailbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/simulators/internal/mailbox"
)

func TestParseLosesNothing(t *testing.T) {
	for name, c := range map[string]struct{ mail, text, html string }{
		"a mail without a content type is text":      {"Subject: s\r\n\r\nHello", "Hello", ""},
		"what is no mail at all is text":             {"no header\r\nat all", "no header\r\nat all", ""},
		"an unknown encoding is left as it is":       {"Content-Transfer-Encoding: rot13\r\n\r\nUryyb", "Uryyb", ""},
		"parts within parts are found":               {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n--a--\r\n", "", "<p>"},
		"the first text counts, not an attachment's": {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--a--\r\n", "one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := mailbox.Parse([]byte(c.mail))
			require.Equal(t, c.text, got.Text)
			require.Equal(t, c.html, got.HTML)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?=E2=82=AC?=\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--a--\r\n"))
	f.Add([]byte("Content-Type: " + strings.Repeat("multipart/mixed; boundary=a\r\n\r\n--a\r\n", 20)))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		mail := mailbox.Parse(text)
		if len(mail.Text)+len(mail.HTML) > len(text) {
			t.Errorf("%d bytes were made of %d", len(mail.Text)+len(mail.HTML), len(text))
		}
		if _, err := json.Marshal(mail); err != nil {
			t.Errorf("the ledger can't keep it: %v", err)
		}
	})
}
