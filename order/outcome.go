package order

import "time"

// Step names what an outcome is of: a forward step, its undo, or a word that
// the saga recorded for itself.
type Step string

// The steps forward, their undos, and the saga's own words.
const (
	Charge  Step = "charge"
	Reserve Step = "reserve"
	Ship    Step = "ship"
	Commit  Step = "commit"

	Refund  Step = "refund"
	Release Step = "release"
	// Fence undoes Ship: the carrier has the parcel, or never will.
	Fence Step = "fence"

	// Turn records that the saga turned back for something other than a
	// step's own refusal; Reason says what.
	Turn Step = "turn"
	// Attention records that Waiting has been retried past ATTENTION_AFTER.
	Attention Step = "attention"
	// Settle records that a person made Waiting good by hand.
	Settle Step = "settle"
)

// Outcome is a fact of one order's saga: the first definite outcome of a
// step, as its provider, the stock record or the carrier keeps it, or a word
// that the saga recorded. It is what a Temporal history holds, and every later
// attempt of the step answers with the same one.
type Outcome struct {
	Step Step `json:"step"`
	// At is when it took effect, as recorded where the effect is.
	At time.Time `json:"at"`
	// Reason is why the step refused or the saga turned back; empty otherwise.
	Reason Reason `json:"reason,omitempty"`
	// Null says of an undo that there was nothing to undo.
	Null bool `json:"null,omitempty"`
	// Reference is the effect's own id: an intent, a refund, a parcel.
	Reference string `json:"reference,omitempty"`
	// Amount is what was taken or returned, in minor units.
	Amount int64 `json:"amount,omitempty"`
	// Tracking is the carrier's tracking number.
	Tracking string `json:"tracking,omitempty"`
	// Shortages says of a refused Reserve which SKUs were short.
	Shortages []Shortage `json:"shortages,omitempty"`
	// Detail is the provider's own words about a refusal.
	Detail string `json:"detail,omitempty"`
	// Waiting says of Attention and Settle which step waits.
	Waiting Step `json:"waiting,omitempty"`
	// By and Note are the operator's, of a Settle.
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
}

// Fact is an outcome with the run of the workflow in whose history it stands.
// A run that hears a fact of its own beside those of another run knows that it
// was reset in between.
type Fact struct {
	Outcome
	// Run is empty in histories from before resets were noticed.
	Run string `json:"run,omitempty"`
}

// Shortage is one SKU of which there is less than the order asks for.
type Shortage struct {
	SKU       string `json:"sku"`
	Asked     int64  `json:"asked"`
	Available int64  `json:"available"`
}
