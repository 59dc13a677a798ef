package simulators_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// BenchmarkIntent creates and confirms one: two requests, two recorded effects.
func BenchmarkIntent(b *testing.B) {
	w := newWorld(b)
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			order := fmt.Sprintf("ord_%d", n.Add(1))
			a, err := w.tryStripe(http.MethodPost, "/payment_intents", order+"/charge", intentFor(order, "pm_card_visa"))
			if err == nil {
				a, err = w.tryStripe(http.MethodPost, "/payment_intents/"+a.at("id").(string)+"/confirm", order+"/confirm", nil)
			}
			if err != nil || a.at("status") != "succeeded" {
				b.Errorf("%v %v", a.body, err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "intents/s")
}
