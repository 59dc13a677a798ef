// Package browser drives a real Chromium for tests of pages: it clicks and
// types as a person does, and holds against a page what the browser says in its
// console and what axe-core finds inaccessible.
package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long a page may take to show what is waited for.
const patience = 45 * time.Second

// Page is one tab of a Chromium that ends with the test.
type Page struct {
	testing.TB
	ctx context.Context

	mu       sync.Mutex
	wrong    []string
	forgiven bool
}

// Open starts a Chromium with one empty page. When the test ends, whatever the
// console has warned of by then fails it.
func Open(t testing.TB) *Page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // it opens our own pages alone, often as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closePage := chromedp.NewContext(allocator)
	p := &Page{TB: t, ctx: ctx}
	var heard sync.WaitGroup
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := chromedp.Cancel(closing); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("close the browser: %v", err)
		}
		closePage()
		stop()
		heard.Wait()
		require.Empty(t, p.Wrong(), "what the browser's console said")
	})
	require.NoError(t, chromedp.Do(ctx), "start Chromium: make test installs it, or do so yourself (Debian: apt-get install chromium)")
	said := chromedp.Console(ctx)
	heard.Go(func() {
		for message, err := range said {
			if err != nil {
				return
			}
			p.hear(message)
		}
	})
	return p
}

func (p *Page) hear(m chromedp.ConsoleMessage) {
	if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.IsException() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.forgiven {
			p.wrong = append(p.wrong, fmt.Sprintf("%s (%s)", m, m.URL))
		}
	}
}

// Forgive holds nothing against the pages that the console warns of from now
// on: they are not ours.
func (p *Page) Forgive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgiven = true
}

// Wrong is what the console has warned of since it was last asked.
func (p *Page) Wrong() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	wrong := p.wrong
	p.wrong = nil
	return wrong
}

// Do runs the actions, and fails the test if they take longer than patience.
func (p *Page) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.Fatalf("%s: %v\nThe page:\n%s", what, err, p.Text())
	}
}

// Go opens the address.
func (p *Page) Go(url string) {
	p.Helper()
	p.Do("open "+url, chromedp.Navigate(url))
}

// Click clicks what the CSS selector finds, once it is there.
func (p *Page) Click(selector string) {
	p.Helper()
	p.Do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Type writes into a field.
func (p *Page) Type(selector, text string) {
	p.Helper()
	p.Do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// Press presses one key after another, of chromedp's kb.
func (p *Page) Press(keys ...string) {
	p.Helper()
	for _, key := range keys {
		p.Do("press a key", chromedp.KeyEvent(key))
	}
}

// See waits until something that the selector finds shows the text, over
// however many pages.
func (p *Page) See(selector, text string) {
	p.Helper()
	p.Await(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.innerText.includes(%q))`, selector, text))
}

// Await waits until the JavaScript expression is true, over however many pages.
func (p *Page) Await(expression string) {
	p.Helper()
	for began := time.Now(); ; time.Sleep(25 * time.Millisecond) {
		is, err := eval[bool](p, expression)
		if is {
			return
		}
		if time.Since(began) > patience {
			p.Fatalf("not true (%v): %s. The page:\n%s", err, expression, p.Text())
		}
	}
}

// Eval is what a JavaScript expression is.
func Eval[T any](p *Page, expression string) T {
	p.Helper()
	value, err := eval[T](p, expression)
	require.NoError(p, err, expression)
	return value
}

func eval[T any](p *Page, expression string, options ...chromedp.EvaluateOption) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
}

// Text is what the page shows.
func (p *Page) Text() string {
	text, err := eval[string](p, `document.body.innerText`)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text)
}
