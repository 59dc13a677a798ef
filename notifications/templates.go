package notifications

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"makegood/events"
	"makegood/order"
)

//go:embed templates
var ownTemplates embed.FS

// loadLetters reads our templates, and over them those of the shop's folder,
// MAIL_TEMPLATES; an empty name means no folder. It tries every letter on
// sample orders: what can't be written stops the start, not a customer's mail.
// Its errors are one line, and name the setting and the file.
func loadLetters(dir string, l locale) (map[order.EventType]letter, error) {
	theirs, err := shopTemplates(dir)
	if err != nil {
		return nil, fmt.Errorf("MAIL_TEMPLATES: %w", err)
	}
	loaded := map[order.EventType]letter{}
	for event, name := range letterNames {
		made, err := parseLetter(name, func(file string) ([]string, error) {
			ours, err := ownTemplates.ReadFile("templates/" + file)
			if source, ok := theirs[file]; ok {
				return []string{string(ours), source}, err
			}
			return []string{string(ours)}, err
		})
		if err == nil {
			err = try(made, event, l)
		}
		if err != nil {
			return nil, fmt.Errorf("MAIL_TEMPLATES: %w", err)
		}
		loaded[event] = made
	}
	return loaded, nil
}

// shopTemplates reads the folder. Names that begin with a dot are not for us:
// a mounted ConfigMap has some.
func shopTemplates(dir string) (map[string]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%q is no folder that can be read; write one that holds such as receipt.html: %w", dir, cause(err))
	}
	known := templateFiles()
	found := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s is no template; the folder may hold %s", name, strings.Join(known, ", "))
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s can't be read: %w", name, cause(err))
		case !utf8.Valid(text):
			return nil, fmt.Errorf("%s is not UTF-8", name)
		}
		found[name] = string(text)
	}
	return found, nil
}

// cause is the error without the path, which the message has already.
func cause(err error) error {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		return of.Err
	}
	return err
}

// templateFiles are the names that a template may have, sorted.
func templateFiles() []string {
	entries, err := ownTemplates.ReadDir("templates")
	if err != nil {
		panic(err) // an embedded directory is always there
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// try writes the letter for samples that between them have every member that
// such an event can have, and lack every one that it can lack.
func try(l letter, event order.EventType, loc locale) error {
	sample := events.Data{
		OrderID: "ord_sample", CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", Total: 3499,
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}, {SKU: "TEE", Quantity: 1, UnitPrice: 999}},
	}
	reasons := []order.Reason{""}
	switch event {
	case order.EventRefunded:
		sample.Refund = &events.Refund{ID: "re_1", Amount: 3499}
	case order.EventRejected:
		reasons = []order.Reason{order.PaymentDeclined, order.OutOfStock, order.Undeliverable, order.StepDeadline, order.Terminated}
	}
	for _, reason := range reasons {
		for _, shop := range []string{"", "Mugs & More"} {
			sample.Reason = reason
			if _, err := l.write(contentOf(sample, shop, loc)); err != nil {
				return err
			}
		}
	}
	return nil
}
