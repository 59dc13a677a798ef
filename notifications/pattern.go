package notifications

import (
	"strings"

	"golang.org/x/text/language"
)

// mostly is where most locales that are not listed have the symbol.
const mostly = "¤#"

// patterns tell where a locale has the currency's symbol (¤) and where the
// number (#), with the space between and the marks of direction. They are the
// standard currency patterns of CLDR 48. golang.org/x/text knows a locale's
// digits, grouping and symbols, but writes every symbol before the number; the
// few locales that group money otherwise than numbers (de-AT) it does not know.
var patterns = map[string]string{
	"¤\u00a0#": `as brx de-AT de-CH de-LI dv en-AT en-CH en-NL es-AR es-CO es-PE es-PY es-UY fa-AF frr fy
		ha ia it-CH jv la mn ms-BN ne nl pa-Arab pap ps pt sa sd sw ta-MY ta-SG to wo`,
	"#\u00a0¤": `ab an ast az ba be bg br bs ca ce cs cv da de dsb el en-150 es es-PH et eu ff fi fo fr gl gsw
		hr hsb ht hu hy is it ka kea kk ku ky lb ln lt lv mk my nb nds nn no pl prg pt-PT ro ru
		sah sc se sk sl smn sq sr sv szl tg tk tt tzm uk uz vi`,
	"¤#":                   `bn-IN es-419 es-GQ`,
	"#¤":                   `bn km`,
	"#\u202f¤":             `eo vec`,
	"\u200f#\u00a0¤":       `ar`,
	"\u200f#\u00a0\u200f¤": `he`,
	"\u200e¤#":             `fa`,
}

var patternByTag = func() map[string]string {
	byTag := map[string]string{}
	for pattern, tags := range patterns {
		for tag := range strings.FieldsSeq(tags) {
			byTag[tag] = pattern
		}
	}
	return byTag
}()

// patternOf looks for the locale, its parents and then its language.
func patternOf(tag language.Tag) string {
	base, script, region := tag.Raw() // without -u-nu-… and its like
	plain, _ := language.Compose(base, script, region)
	for t := plain; t != language.Und; t = t.Parent() {
		if pattern, ok := patternByTag[t.String()]; ok {
			return pattern
		}
	}
	// A script of its own has no parent: sr-Latn.
	if pattern, ok := patternByTag[base.String()]; ok {
		return pattern
	}
	return mostly
}
