package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Verdict is what a filter says of one record.
type Verdict int

const (
	// Take keeps the record.
	Take Verdict = iota
	// Skip passes over it.
	Skip
	// Stop says that neither this record nor an older one is wanted.
	Stop
)

// Page reads up to limit records from the newest to the oldest, those that keep
// takes (nil takes all), beginning after the key of an earlier page's last one.
// more says that an older one would have been taken.
func Page[T any](t *Tx, bucket, after string, limit int, keep func(T) Verdict) (records []T, more bool, err error) {
	cursor := t.tx.Bucket([]byte(bucket)).Cursor()
	key, text := cursor.Last()
	if after != "" {
		if found, _ := cursor.Seek([]byte(after)); found != nil {
			key, text = cursor.Prev()
		}
	}
	for ; key != nil; key, text = cursor.Prev() {
		var record T
		if err := json.Unmarshal(text, &record); err != nil {
			return nil, false, fmt.Errorf("decode %s %s: %w", bucket, key, err)
		}
		verdict := Take
		if keep != nil {
			verdict = keep(record)
		}
		switch {
		case verdict == Stop:
			return records, false, nil
		case verdict == Skip:
		case len(records) == limit:
			return records, true, nil
		default:
			records = append(records, record)
		}
	}
	return records, false, nil
}

// WithPrefix reads the records whose key begins with the prefix, by key. It is
// meant for indexes: a few records a prefix.
func WithPrefix[T any](t *Tx, bucket, prefix string) ([]T, error) {
	var records []T
	cursor := t.tx.Bucket([]byte(bucket)).Cursor()
	for key, text := cursor.Seek([]byte(prefix)); bytes.HasPrefix(key, []byte(prefix)); key, text = cursor.Next() {
		var record T
		if err := json.Unmarshal(text, &record); err != nil {
			return nil, fmt.Errorf("decode %s %s: %w", bucket, key, err)
		}
		records = append(records, record)
	}
	return records, nil
}
