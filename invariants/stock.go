package invariants

import (
	"fmt"
	"strconv"

	"makegood/order"
)

// span is a number that is known to lie between two.
type span struct{ least, most int64 }

// stock compares each SKU with what its orders say of it.
func (c *checker) stock() {
	shipped, held := map[string]span{}, map[string]span{}
	for _, o := range c.Orders {
		a := c.accounts[o.ID]
		for sku, n := range a.Units {
			s, h := a.units(n)
			shipped[sku] = span{shipped[sku].least + s.least, shipped[sku].most + s.most}
			held[sku] = span{0, held[sku].most + h.most}
		}
	}
	stocked := make(map[string]bool, len(c.Stock))
	for _, s := range c.Stock {
		stocked[s.SKU] = true
		if left := s.Added - s.OnHand; left < shipped[s.SKU].least || left > shipped[s.SKU].most {
			c.reportSKU(StockConserved, s.SKU, "%d was put in and %d is on hand, so %d have left; the orders say %s", s.Added, s.OnHand, left, shipped[s.SKU])
		}
		if s.Held < 0 || s.Held > held[s.SKU].most {
			c.reportSKU(NothingHeld, s.SKU, "%d is held; the orders say %s", s.Held, held[s.SKU])
		}
	}
	for _, o := range c.Orders {
		for sku := range o.Units {
			if shipped[sku].least > 0 && !stocked[sku] {
				stocked[sku] = true
				c.reportSKU(StockConserved, sku, "%s were shipped of a SKU that was never in stock", shipped[sku])
			}
		}
	}
}

// units says of n units of one SKU how many of them have left the stock, and
// how many may be held.
func (a *account) units(n int64) (shipped, held span) {
	switch byHand := a.byHand(order.Reserve, order.Commit); {
	case !a.Status.Final():
		return span{0, n}, span{0, n}
	case a.Status == order.Completed && byHand:
		return span{0, n}, span{0, n}
	case a.Status == order.Completed:
		return span{n, n}, span{}
	case a.byHand(order.Release):
		return span{}, span{0, n}
	default:
		return span{}, span{}
	}
}

func (c *checker) reportSKU(i Invariant, sku, seen string, args ...any) {
	c.violations = append(c.violations, Violation{Invariant: i, SKU: sku, Seen: fmt.Sprintf(seen, args...)})
}

func (s span) String() string {
	if s.least == s.most {
		return strconv.FormatInt(s.least, 10)
	}
	return fmt.Sprintf("%d to %d", s.least, s.most)
}
