package api

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"makegood/telemetry"
)

// pages are the routes for people and machines that aren't operations.
func (s *Server) pages() {
	health := gin.WrapH(telemetry.Health(s.checks, s.cfg.Registry))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		s.router.GET(path, health)
	}
	if s.cfg.Console == nil {
		s.router.GET("/", html(landingPage))
	} else {
		console := gin.WrapH(s.cfg.Console(s))
		s.router.GET("/", console)
		s.router.GET("/console", console)
		s.router.GET("/console/*page", console)
		s.router.POST("/console/*page", console)
	}
	s.router.GET("/docs", html(docsPage))
	s.router.GET("/problems/:name", s.explain)
}

//go:embed landing.html
var landingPage []byte

// docsPage renders /openapi.json in the browser. It is our own and small: the
// renderers that huma offers load megabytes of script from a CDN, which a
// machine without internet, or with a strict policy, doesn't do.
//
//go:embed docs.html
var docsPage []byte

func html(page []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		c.Data(http.StatusOK, "text/html; charset=utf-8", page)
	}
}

// explain answers what a problem's type refers to.
func (s *Server) explain(c *gin.Context) {
	for _, t := range ProblemTypes {
		if t.Name == c.Param("name") {
			c.JSON(http.StatusOK, gin.H{"type": t.URI(), "status": t.Status, "title": t.Title})
			return
		}
	}
	s.refuse(c, problem(notFound, "there is no such type of problem"))
}
