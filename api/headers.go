package api

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// longestWait caps Prefer: wait.
const longestWait = 60 * time.Second

// wait is how long a Prefer header (RFC 7240) asks to wait; 0 means not at all.
// A preference that isn't understood is ignored, as the RFC demands.
func wait(prefer string) time.Duration {
	for preference := range strings.SplitSeq(prefer, ",") {
		preference, _, _ = strings.Cut(preference, ";") // it may have parameters
		name, value, _ := strings.Cut(preference, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(value, ` "`), 10, 31)
		if err != nil {
			return 0
		}
		return min(time.Duration(seconds)*time.Second, longestWait)
	}
	return 0
}

// preferenceApplied is the header that says that a wait was taken on.
func preferenceApplied(wait time.Duration) string {
	if wait == 0 {
		return ""
	}
	return fmt.Sprintf("wait=%d", int(wait.Seconds()))
}

// headerValues are all values of a header; huma hands over the first alone.
func headerValues(ctx huma.Context, header string) []string {
	var values []string
	ctx.EachHeader(func(name, value string) {
		if strings.EqualFold(name, header) {
			values = append(values, value)
		}
	})
	return values
}

// checkKey refuses an Idempotency-Key that is empty or given twice; its tags
// say the rest.
func checkKey(ctx huma.Context) []error {
	wrong := &huma.ErrorDetail{Location: "header.Idempotency-Key"}
	switch keys := headerValues(ctx, "Idempotency-Key"); {
	case len(keys) > 1:
		wrong.Message = "must be given once"
	case len(keys) == 1 && keys[0] == "":
		wrong.Message = "must have a length of at least 1"
	default:
		return nil
	}
	return []error{wrong}
}

var w3cTrace = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

// traceparent is the caller's trace context if it is a valid one of W3C's
// version 00, or a new one that nobody samples.
func traceparent(header string) string {
	parts := w3cTrace.FindStringSubmatch(header)
	if parts != nil && strings.Trim(parts[1], "0") != "" && strings.Trim(parts[2], "0") != "" {
		return header
	}
	var ids [24]byte
	_, _ = rand.Read(ids[:]) // never fails
	return fmt.Sprintf("00-%x-%x-00", ids[:16], ids[16:])
}
