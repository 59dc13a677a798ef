package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"makegood/api/client"
)

//go:embed templates
var templates embed.FS

// view is one page: its template, and what that shows.
type view struct {
	Page, Title string
	// Live is the stream whose every message has the page ask for itself anew;
	// empty for none.
	Live string
	// Every is how often it does so anyway, such as 20s; empty for never.
	Every string
	// Said is what an action came to.
	Said string
	Data any
	// Here is the page's own path and query.
	Here string
	// to is where to go instead.
	to     string
	status int
}

// goTo answers an action that was taken.
func goTo(path string) view { return view{to: path} }

var errNoPage = &client.Problem{Type: "/problems/not_found", Title: "There is no such page", Status: http.StatusNotFound}

// pages are the templates by name, each with the layout around it.
var pages = parse()

func parse() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(templates, "templates/layout.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"orders", "order", "confirm", "stock", "letters", "letter", "system", "error"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(templates, "templates/"+name+".html"))
	}
	return all
}

// assetVersion changes with the assets, and so does the URL that names it.
var assetVersion = func() string {
	sum := sha256.New()
	_ = fs.WalkDir(assets, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := assets.ReadFile(path) // it is embedded
			sum.Write(text)
		}
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:4])
}()

// answer writes the page that serve makes, or the one that says why it can't.
func answer(w http.ResponseWriter, r *http.Request, serve func(*http.Request) (view, error)) {
	v, err := serve(r)
	if err != nil {
		v = failed(err)
	}
	if v.to != "" {
		http.Redirect(w, r, v.to, http.StatusSeeOther)
		return
	}
	v.Here = r.URL.RequestURI()
	var page bytes.Buffer
	if err := pages[v.Page].Execute(&page, v); err != nil {
		http.Error(w, "The page can't be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.status != 0 {
		w.WriteHeader(v.status)
	}
	_, _ = page.WriteTo(w) // the client is gone: nobody to tell
}

// failed is the page about an error. It asks again by itself while that may
// help.
func failed(err error) view {
	p := problemOf(err)
	v := view{Page: "error", Title: p.Title, Data: p, status: p.Status}
	if p.Status >= http.StatusInternalServerError {
		v.Every = "5s"
	}
	return v
}

func problemOf(err error) *client.Problem {
	var p *client.Problem
	if errors.As(err, &p) {
		return p
	}
	return &client.Problem{Title: "The gateway did not answer", Status: http.StatusBadGateway, Detail: err.Error()}
}

// sentence is what a problem says, for a form that was refused.
func sentence(p *client.Problem) string {
	words := make([]string, 0, len(p.Errors))
	for _, e := range p.Errors {
		words = append(words, strings.TrimPrefix(e.Field, "body.")+" "+e.Message)
	}
	if len(words) > 0 {
		return fmt.Sprintf("%s: %s.", p.Title, strings.Join(words, "; "))
	}
	return strings.TrimSuffix(p.Title+": "+p.Detail, ": ") + "."
}
