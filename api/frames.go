package api

import (
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

// startFrames begins a stream of server-sent events.
func startFrames(c *gin.Context) (sent bool) {
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // nginx hands each frame on
	c.Status(http.StatusOK)
	return sendFrame(c, firstFrame)
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
