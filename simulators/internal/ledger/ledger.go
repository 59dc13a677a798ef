// Package ledger keeps what a simulator has promised, in one file that outlives
// a kill -9 of its process. It does not outlive a power cut: nothing is synced.
package ledger

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Ledger is an open file of records, as JSON, in named buckets. It is safe for
// concurrent use; an update is alone with the ledger.
type Ledger struct{ db *bbolt.DB }

// Open opens the file or makes it, with these buckets. It fails when another
// process has the file open.
func Open(path string, buckets ...string) (*Ledger, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: time.Second,
		// What is written is the kernel's and survives this process.
		NoSync: true, NoGrowSync: true, NoFreelistSync: true,
		FreelistType: bbolt.FreelistMapType,
		// Growing the map waits for readers; 256 MiB of address space cost nothing.
		InitialMmapSize: 256 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up ledger %s: %w", path, err), db.Close())
	}
	return &Ledger{db: db}, nil
}

// Close waits for what is under way and closes the file.
func (l *Ledger) Close() error { return l.db.Close() }

// View reads one consistent state.
func (l *Ledger) View(fn func(*Tx) error) error {
	return l.db.View(func(tx *bbolt.Tx) error { return fn(&Tx{tx}) })
}

// Update changes the ledger: all of it, or nothing when fn returns an error.
func (l *Ledger) Update(fn func(*Tx) error) error {
	return l.db.Update(func(tx *bbolt.Tx) error { return fn(&Tx{tx}) })
}

// Tx is one reading or one change of the ledger. Its methods panic on a bucket
// that Open was not told of.
type Tx struct{ tx *bbolt.Tx }

// Put writes the record under the key.
func (t *Tx) Put(bucket, key string, record any) error {
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", bucket, key, err)
	}
	if err := t.tx.Bucket([]byte(bucket)).Put([]byte(key), text); err != nil {
		return fmt.Errorf("write %s %s: %w", bucket, key, err)
	}
	return nil
}

// NewID makes an id for the next record of the bucket. Ids sort by age, which
// is what Page pages by, and don't repeat in another ledger.
func (t *Tx) NewID(bucket, prefix string) (string, error) {
	sequence, err := t.tx.Bucket([]byte(bucket)).NextSequence()
	if err != nil {
		return "", fmt.Errorf("number a record of %s: %w", bucket, err)
	}
	return fmt.Sprintf("%s%010x%s", prefix, sequence, rand.Text()[:10]), nil
}

// Get reads the record under the key, or says that there is none.
func Get[T any](t *Tx, bucket, key string) (record T, found bool, err error) {
	text := t.tx.Bucket([]byte(bucket)).Get([]byte(key))
	if text == nil {
		return record, false, nil
	}
	if err := json.Unmarshal(text, &record); err != nil {
		return record, false, fmt.Errorf("decode %s %s: %w", bucket, key, err)
	}
	return record, true, nil
}
