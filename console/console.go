// Package console is the operators' pages: orders live, one order with all that
// was done for it, stock, dead letters, and how the system is. It shows and does
// nothing that the public API doesn't: it asks the gateway that it stands
// beside, through api/client. It never speaks to a server itself.
package console

import (
	"embed"
	"io/fs"
	"net/http"

	"makegood/api/client"
)

// assets are ours, and htmx 2.0.11 (0BSD), dist/htmx.min.js of the npm package
// htmx.org.
//
//go:embed assets
var assets embed.FS

// policy allows nothing but our own files and answers: no inline script or
// style, no other host, no frame around a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mostForm bounds what a form may send.
const mostForm = 64 << 10

type console struct{ api *client.Client }

// New serves /, /console and what is below. Its actions are POSTs, which the
// gateway takes from no other site's page.
func New(gateway http.Handler) http.Handler {
	c := &console{api: client.New("http://gateway", &http.Client{Transport: inside{gateway}})}
	mux := http.NewServeMux()
	page := func(pattern string, serve func(*http.Request) (view, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, serve) })
	}
	page("GET /{$}", c.orders)
	for _, front := range []string{"GET /console", "GET /console/{$}"} {
		page(front, func(*http.Request) (view, error) { return goTo("/"), nil })
	}
	page("GET /console/orders/{id}", c.order)
	page("GET /console/orders/{id}/{deed}", c.confirmDeed)
	page("POST /console/orders/{id}/{deed}", c.deed)
	page("GET /console/stock", c.stock)
	page("GET /console/dead-letters", c.letters)
	page("GET /console/dead-letters/{id}", c.letter)
	page("GET /console/dead-letters/{id}/{deed}", c.confirmLetterDeed)
	page("POST /console/dead-letters/{id}/{deed}", c.letterDeed)
	page("GET /console/system", c.system)
	page("/", func(*http.Request) (view, error) { return view{}, errNoPage })
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // it is embedded
	}
	mux.Handle("GET /console/assets/", http.StripPrefix("/console/assets/", cached(http.FileServerFS(files))))
	return guarded(mux)
}

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		next.ServeHTTP(w, r)
	})
}

// cached lets a browser keep what a page names with its version.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		next.ServeHTTP(w, r)
	})
}
