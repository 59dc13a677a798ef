package mailbox

import (
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"makegood/simulators/internal/ledger"
)

//go:embed *.html
var pages embed.FS

var templates = template.Must(template.ParseFS(pages, "*.html"))

var errUnknown = errors.New("no such mail")

type page struct {
	Data    []Mail `json:"data"`
	HasMore bool   `json:"has_more"`
	To      string `json:"-"`
}

// page reads mails, newest first; to is one recipient, or empty for all.
func (m *Mailbox) page(r *http.Request, usual int) (page, error) {
	query := r.URL.Query()
	found := page{Data: []Mail{}, To: query.Get("to")}
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 || limit > 1000 {
		limit = usual
	}
	after := query.Get("starting_after")
	err = m.ledger.View(func(tx *ledger.Tx) error {
		if found.To == "" {
			mails, more, err := ledger.Page[Mail](tx, mails, after, limit, nil)
			found.Data, found.HasMore = append(found.Data, mails...), more
			return err
		}
		ids, err := ledger.WithPrefix[string](tx, mailsTo, found.To+"\x00")
		if err != nil {
			return err
		}
		slices.Reverse(ids)
		if at := slices.Index(ids, after); at >= 0 {
			ids = ids[at+1:]
		}
		found.HasMore = len(ids) > limit
		for _, id := range ids[:min(limit, len(ids))] {
			mail, _, err := ledger.Get[Mail](tx, mails, id)
			if err != nil {
				return err
			}
			found.Data = append(found.Data, mail)
		}
		return nil
	})
	return found, err
}

func (m *Mailbox) mail(r *http.Request) (mail Mail, err error) {
	err = m.ledger.View(func(tx *ledger.Tx) (err error) {
		var found bool
		mail, found, err = ledger.Get[Mail](tx, mails, r.PathValue("id"))
		if err == nil && !found {
			err = errUnknown
		}
		return err
	})
	return mail, err
}

func (m *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	found, err := m.page(r, 100)
	m.answer(w, found, err)
}

func (m *Mailbox) get(w http.ResponseWriter, r *http.Request) {
	mail, err := m.mail(r)
	m.answer(w, mail, err)
}

func (m *Mailbox) listPage(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		m.list(w, r)
		return
	}
	found, err := m.page(r, 50)
	m.show(w, "list.html", found, err)
}

func (m *Mailbox) getPage(w http.ResponseWriter, r *http.Request) {
	mail, err := m.mail(r)
	m.show(w, "mail.html", mail, err)
}

// getHTML shows the mail's own HTML, which may do nothing: the page that frames
// it and this answer both say so.
func (m *Mailbox) getHTML(w http.ResponseWriter, r *http.Request) {
	mail, err := m.mail(r)
	if err != nil {
		m.answer(w, nil, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	_, _ = w.Write([]byte(mail.HTML))
}

func (m *Mailbox) answer(w http.ResponseWriter, body any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(m.status(err))
		body = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (m *Mailbox) show(w http.ResponseWriter, name string, body any, err error) {
	if err != nil {
		http.Error(w, err.Error(), m.status(err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := templates.ExecuteTemplate(w, name, body); err != nil {
		m.log.Error("mailbox page", "error", err)
	}
}

func (m *Mailbox) status(err error) int {
	if errors.Is(err, errUnknown) {
		return http.StatusNotFound
	}
	m.log.Error("mailbox", "error", err)
	return http.StatusInternalServerError
}
