package mailbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"time"
)

// Mail is one accepted mail. From and To are the envelope's, as SMTP gave them.
type Mail struct {
	ID         string              `json:"id"`
	MessageID  string              `json:"message_id"` // without angle brackets
	From       string              `json:"from"`
	To         []string            `json:"to"`
	Subject    string              `json:"subject"`
	Text       string              `json:"text"`
	HTML       string              `json:"html"`
	Headers    map[string][]string `json:"headers"`
	ReceivedAt time.Time           `json:"received_at"`
}

// Parse reads a mail with MIME parts and encodings. What can't be read as that
// is kept as text as it came: a mailbox loses nothing.
func Parse(text []byte) Mail {
	message, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Mail{Text: string(text)}
	}
	mail := Mail{
		MessageID: strings.Trim(message.Header.Get("Message-Id"), "<> "),
		Subject:   decodeWords(message.Header.Get("Subject")),
		Headers:   message.Header,
	}
	mail.read(message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body, 0)
	return mail
}

// deepest bounds parts within parts; real mail has three.
const deepest = 10

// read keeps the first text and the first HTML part.
func (m *Mail) read(contentType, encoding string, body io.Reader, depth int) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && depth < deepest {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth+1)
		}
	}
	text, _ := io.ReadAll(decode(encoding, body)) // as far as it can be read
	switch {
	case media == "text/html" && m.HTML == "":
		m.HTML = string(text)
	case media == "text/plain" && m.Text == "":
		m.Text = string(text)
	}
}

func decode(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	default:
		return body
	}
}

func decodeWords(text string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(text)
	if err != nil {
		return text
	}
	return decoded
}
