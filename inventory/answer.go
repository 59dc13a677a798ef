package inventory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"makegood/order"
)

// answer is what a script of an order returns, as its header says.
type answer struct {
	word  string
	at    time.Time // of the record that the word is about
	text  string
	lines []order.Line // what the script was asked about
}

func newAnswer(words []string, lines []order.Line) (answer, error) {
	if len(words) != 3 {
		return answer{}, fmt.Errorf("unexpected answer %q", words)
	}
	ms, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return answer{}, fmt.Errorf("unexpected answer %q", words)
	}
	return answer{word: words[0], at: time.UnixMilli(ms).UTC(), text: words[2], lines: lines}, nil
}

// err is what the words mean that are no outcome.
func (a answer) err() error {
	switch a.word {
	case "fingerprint":
		return order.ErrFingerprint
	case "changed":
		return fmt.Errorf("%w: it is %q", ErrChanged, a.text)
	case "too late":
		return ErrCommitted
	case "not held":
		if a.text == "" {
			return fmt.Errorf("%w: it was never reserved", ErrNotHeld)
		}
		return fmt.Errorf("%w: it is %s", ErrNotHeld, a.text)
	case "unbalanced":
		return a.about(ErrUnbalanced)
	case "unknown":
		return a.about(ErrUnknownSKU)
	}
	return fmt.Errorf("unexpected answer %q", a.word)
}

// about names the SKU whose place is the answer's text.
func (a answer) about(err error) error {
	if k, wrong := strconv.Atoi(a.text); wrong == nil && k >= 1 && k <= len(a.lines) {
		return fmt.Errorf("%w: %s", err, a.lines[k-1].SKU)
	}
	return err
}

// shortages reads "k available …", pairs of a line's place and what there was.
func (a answer) shortages() ([]order.Shortage, error) {
	var short []order.Shortage
	for pair := range slices.Chunk(strings.Fields(a.text), 2) {
		k, err := strconv.Atoi(pair[0])
		if err != nil || len(pair) != 2 || k < 1 || k > len(a.lines) {
			return nil, fmt.Errorf("unexpected shortages %q", a.text)
		}
		available, err := strconv.ParseInt(pair[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("unexpected shortages %q", a.text)
		}
		line := a.lines[k-1]
		short = append(short, order.Shortage{SKU: line.SKU, Asked: line.Quantity, Available: available})
	}
	return short, nil
}
