package api

// Breaker is what keeps this process from asking who doesn't answer.
type Breaker struct {
	Name  string `json:"name" example:"stripe"`
	State string `json:"state" enum:"closed,trying,open" doc:"closed is well; open asks nothing"`
}

// breakers reads those of this process where its metrics do.
func (s *Server) breakers() []Breaker {
	states := []string{"closed", "trying", "open"} // by the metrics' values
	breakers := []Breaker{}
	families, _ := s.cfg.Registry.Gather() // what a collector could not tell is left out
	for _, family := range families {
		name := map[string]string{
			"makegood_admission_breaker_state": "stock, as admission sees it",
			"makegood_outbound_breaker_state":  "provider",
			"makegood_events_breaker_state":    "broker",
		}[family.GetName()]
		if name == "" {
			continue
		}
		for _, metric := range family.GetMetric() {
			b := Breaker{Name: name}
			for _, label := range metric.GetLabel() {
				b.Name = label.GetValue()
			}
			if state := int(metric.GetGauge().GetValue()); state >= 0 && state < len(states) {
				b.State = states[state]
				breakers = append(breakers, b)
			}
		}
	}
	return breakers
}
