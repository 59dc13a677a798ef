package notifications_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/notifications"
	"makegood/order"
)

func TestAShopsFilesReplaceOurs(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		event   order.EventType
		subject string
		text    string
		html    []string
	}{
		"text": {map[string]string{"receipt.txt": "Danke, {{.Customer}}!"}, order.EventCompleted,
			"Your receipt for order ord_1", "Danke, cus_42!", []string{"your order is on its way", "Order ord_1"}},
		"the subject alone": {map[string]string{"receipt.txt": "{{define `subject`}}Rechnung\n {{.Order}} {{end}}\n"}, order.EventCompleted,
			"Rechnung ord_1", "Thank you, your order", nil},
		"the body within our layout": {map[string]string{"refund.html": `{{define "body"}}<p>{{.Refund}} zurück</p>{{end}}`}, order.EventRefunded,
			"Your refund for order ord_1", "We returned €34.99", []string{"<p>€34.99 zurück</p>", "We have returned your money</h1>"}},
		"a whole page": {map[string]string{"refund.html": `<html lang="de">{{.Refund}} zurück</html>`}, order.EventRefunded,
			"Your refund for order ord_1", "We returned €34.99", []string{`<html lang="de">€34.99 zurück</html>`}},
		"the layout of all mails": {map[string]string{"layout.html": `<main lang="de">{{template "body" .}}</main>`}, order.EventRejected,
			"We could not complete order ord_1", "sold out before we could", []string{`<main lang="de">`, "This order will not ship"}},
		"the reason in words of its own": {map[string]string{"regret.txt": `{{if eq .Code "out_of_stock"}}Ausverkauft{{else}}Leider nein{{end}}`}, order.EventRejected,
			"We could not complete order ord_1", "Ausverkauft", nil},
		"none": {map[string]string{".git": "", "..data": ""}, order.EventRefunded,
			"Your refund for order ord_1", "We returned €34.99", nil},
	} {
		t.Run(name, func(t *testing.T) {
			box := startMailbox(t)
			sub, err := notifications.NewEmail(notifications.EmailConfig{
				SMTPURL: "smtp://" + box.address, From: "orders@shop.example", Templates: folder(t, c.files),
			})
			require.NoError(t, err)
			require.NoError(t, sub.Handler(t.Context(), eventOf(t, soldOutOr(c.event), c.event)))
			got := box.mails()[0]
			require.Equal(t, c.subject, got.header("Subject"))
			require.Contains(t, got.text, c.text)
			for _, text := range c.html {
				require.Contains(t, got.html, text)
			}
		})
	}
}

func TestATemplateThatCannotBeWrittenStopsTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		says  []string
	}{
		"a file of an unknown name":        {map[string]string{"reciept.txt": "hi"}, []string{"reciept.txt", "layout.html, receipt.html, receipt.txt, refund.html"}},
		"a text that does not parse":       {map[string]string{"receipt.txt": "{{.Order"}, []string{"receipt.txt:1", "unclosed action"}},
		"a page that does not parse":       {map[string]string{"layout.html": "hi\n{{end}}"}, []string{"layout.html:2"}},
		"a member that there is not":       {map[string]string{"regret.html": `{{define "body"}}{{.Why}}{{end}}`}, []string{"regret.html:1", "Why"}},
		"a member of a line":               {map[string]string{"receipt.txt": "{{range .Lines}}{{.Name}}{{end}}"}, []string{"receipt.txt:1", "Name"}},
		"a branch that is rarely taken":    {map[string]string{"regret.txt": `{{if eq .Code "step_deadline"}}{{.Oh}}{{end}}hi`}, []string{"regret.txt:1", "Oh"}},
		"a template that there is not":     {map[string]string{"refund.html": `{{define "body"}}{{template "footer" .}}{{end}}`}, []string{"refund.html:1", "footer"}},
		"a place where nothing is safe":    {map[string]string{"refund.html": `<script>let a = {{if .Shop}}"{{end}};</script>`}, []string{"refund.html"}},
		"an empty subject":                 {map[string]string{"refund.txt": `{{define "subject"}}{{with .Reason}}{{end}} {{end}}`}, []string{"refund.txt", "subject is empty"}},
		"a text that says nothing":         {map[string]string{"refund.txt": `{{with .Code}}hi{{end}}`}, []string{"refund.txt", "says nothing"}},
		"a text in an encoding of its own": {map[string]string{"receipt.txt": "Gr\xfc\xdfe"}, []string{"receipt.txt", "UTF-8"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := notifications.NewEmail(notifications.EmailConfig{
				SMTPURL: "smtp://mail.example:25", From: "orders@shop.example", Templates: folder(t, c.files),
			})
			require.ErrorContains(t, err, "MAIL_TEMPLATES: ")
			require.NotContains(t, err.Error(), "\n")
			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}
		})
	}
	t.Run("a folder that there is not", func(t *testing.T) {
		_, err := notifications.NewEmail(notifications.EmailConfig{
			SMTPURL: "smtp://mail.example:25", From: "orders@shop.example", Templates: filepath.Join(t.TempDir(), "none"),
		})
		require.ErrorContains(t, err, "MAIL_TEMPLATES: ")
		require.Equal(t, 1, strings.Count(err.Error(), "none"), err)
	})
}

func soldOutOr(event order.EventType) []order.Outcome {
	if event == order.EventCompleted {
		return shipped
	}
	return soldOut
}

// folder holds the files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}
