package deadletters

import (
	"context"
	"fmt"
)

// Discard takes the letter off the open ones for good, and returns it without
// its body. Who and why are in the log, and kept with the letter. The same
// words again are taken again. It returns ErrUnknown; ErrDiscarded if somebody
// else did, or for another reason; or ErrRedriven once a redrive has begun: its
// event may be anywhere by then.
func (x *Index) Discard(ctx context.Context, id, by, why string) (Letter, error) {
	fail := func(err error) (Letter, error) {
		return Letter{}, fmt.Errorf("discard dead letter %s: %w", id, err)
	}
	words, err := discardScript.Run(ctx, x.redis, []string{
		x.keys.letter(id), x.keys.list(Dead), x.keys.list(Discarded),
		x.keys.marked(consumerOf(id)), x.keys.ends(), x.keys.place(),
	}, id, by, why, x.cfg.KeepFor.Milliseconds()).StringSlice()
	if err != nil {
		return fail(err)
	}
	switch {
	case words[0] == "unknown":
		return fail(ErrUnknown)
	case words[0] == "redriven":
		return fail(ErrRedriven)
	case words[0] == "before" && (words[1] != by || words[2] != why):
		return fail(fmt.Errorf("%w by %s: %s", ErrDiscarded, words[1], words[2]))
	}
	letters, err := x.load(ctx, []string{id}, false)
	if err == nil && len(letters) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return fail(err)
	}
	if words[0] == "done" {
		x.metrics.discarded.WithLabelValues(letters[0].Consumer).Inc()
		x.cfg.Log.WarnContext(ctx, "a dead letter was discarded", append(letters[0].attrs(), "by", by, "why", why)...)
	}
	return letters[0], nil
}
