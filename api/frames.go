package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

const (
	// heartbeat keeps proxies from closing a stream that has nothing to say;
	// the shortest common idle limit is 30 s.
	heartbeat = 15 * time.Second
	// frameTimeout is how long a slow reader may take for one frame.
	frameTimeout = 10 * time.Second

	firstFrame = ": watching\n\n"
	beatFrame  = ": still here\n\n"
)

// eventStream is how OpenAPI tells of server-sent events.
var eventStream = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}

// sendFrames answers with a stream of server-sent events: those of each that
// comes, with heartbeats between. It returns when frame is not ok, the client is
// gone or takes them too slowly, or ctx ends; with true when none comes any more.
func sendFrames[T any](ctx context.Context, c *gin.Context, from <-chan T, frame func(T) (text string, ok bool)) (ended bool) {
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // nginx hands each frame on
	c.Status(http.StatusOK)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for sent := sendFrame(c, firstFrame); sent; {
		select {
		case <-ctx.Done():
			return false
		case <-beat.C:
			sent = sendFrame(c, beatFrame)
		case next, open := <-from:
			if !open {
				return true
			}
			text, ok := frame(next)
			sent = ok && sendFrame(c, text)
		}
	}
	return false
}

// sendFrame returns false when the client is gone, or takes it too slowly.
func sendFrame(c *gin.Context, frame string) (sent bool) {
	allow(c.Writer, frameTimeout)
	if _, err := c.Writer.WriteString(frame); err != nil {
		return false
	}
	c.Writer.Flush()
	return true
}
