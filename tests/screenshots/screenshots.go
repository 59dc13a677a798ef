// Package screenshots takes the pictures of the documentation, in a real
// Chromium, from real orders. It knows how to take one, and which there are.
package screenshots

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// Shot is one picture of a page.
type Shot struct {
	// File is where the picture goes, as PNG.
	File string
	// URL is the page's.
	URL string
	// Stores is put into the page's local storage beforehand: settings that a
	// person would have made in it.
	Stores map[string]string
	// Shows are texts, all of which the page shows, frames included, when the
	// picture is taken.
	Shows []string
	// Height of the window, which is Width wide.
	Height int64
}

// Width of every picture, in pixels.
const Width = 1400

// shownWithin is how long a page may take to show what it should.
const shownWithin = 30 * time.Second

// Take takes the pictures one after the other. It needs Chromium or Chrome on
// PATH.
func Take(ctx context.Context, shots ...Shot) error {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // which root may not have
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(ctx)
	defer closeTab()
	for _, shot := range shots {
		if err := shot.take(ctx); err != nil {
			return fmt.Errorf("take %s of %s: %w", shot.File, shot.URL, err)
		}
	}
	return chromedp.Cancel(ctx)
}

func (s Shot) take(ctx context.Context) error {
	steps := []chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(Width, s.Height), chromedp.Navigate(s.URL)}
	for name, value := range s.Stores {
		steps = append(steps, script(fmt.Sprintf("localStorage.setItem(%s, %s)", strconv.Quote(name), strconv.Quote(value))))
	}
	if len(s.Stores) > 0 {
		steps = append(steps, chromedp.Reload())
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		return err
	}
	for _, text := range s.Shows {
		shown := fmt.Sprintf("(%s).includes(%s)", allText, strconv.Quote(text))
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](shown, chromedp.WithPollingTimeout(shownWithin))); err != nil {
			said, _ := chromedp.Run(ctx, chromedp.Evaluate[string](allText))
			return fmt.Errorf("wait for %q: %w; the page shows:\n%s", text, err, strings.TrimSpace(said))
		}
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(s.File, picture, 0o644)
}

// allText is what the page shows, in one line.
const allText = `[document, ...[...document.querySelectorAll("iframe")].map(f => f.contentDocument)].
	map(d => d?.body?.innerText ?? "").join(" ").replace(/\s+/g, " ")`

func script(text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[any](text)(ctx, t)
		return chromedp.Void{}, err
	}
}
