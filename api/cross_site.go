package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

var crossOrigin = http.NewCrossOriginProtection()

// refuseCrossSite refuses what a page of another site has a browser send. An
// operator's browser may cancel and redrive, and any site's form makes a POST
// that needs no body. Programs say nothing of sites or origins, and pass.
func (s *Server) refuseCrossSite(c *gin.Context) {
	if err := crossOrigin.Check(c.Request); err != nil {
		s.refuse(c, problem(crossSite, "it changes something, and comes from a page of another site"))
	}
}
