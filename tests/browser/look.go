package browser

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Look is how a person looks at a page.
type Look struct {
	Name string
	// Width and Height are in CSS pixels.
	Width, Height int64
	Dark, Phone   bool
}

// The looks that every page has to bear.
var (
	Light = Look{Name: "light", Width: 1280, Height: 900}
	Dark  = Look{Name: "dark", Width: 1280, Height: 900, Dark: true}
	Phone = Look{Name: "phone", Width: 390, Height: 844, Phone: true}
	Night = Look{Name: "phone, dark", Width: 390, Height: 844, Phone: true, Dark: true}
)

// As has the page looked at so from now on.
func (p *Page) As(l Look) {
	p.Helper()
	scheme := "light"
	if l.Dark {
		scheme = "dark"
	}
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if l.Phone {
		size = []chromedp.EmulateViewportOption{chromedp.EmulateScale(2), chromedp.EmulateMobile}
	}
	p.Do("look as "+l.Name, chromedp.EmulateViewport(l.Width, l.Height, size...))
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	require.NoError(p, err)
}

// Shoot writes what the page shows into a PNG: all of it, however long.
func (p *Page) Shoot(file string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(p, err)
	require.NoError(p, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(p, os.WriteFile(file, png, 0o644))
}

// Fits tells whether nothing of the page is wider than the screen.
func (p *Page) Fits() bool {
	p.Helper()
	return Eval[bool](p, `document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
}
