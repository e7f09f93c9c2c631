package expr

import "time"

// Status is the state of an alert.
type Status string

// The states. The machine is that of Prometheus: a condition that becomes true makes an alert pending,
// one that has held for its time makes it fire.
const (
	Inactive Status = "inactive"
	Pending  Status = "pending"
	Firing   Status = "firing"
)

// Rule says when an alert fires and how long it goes on.
type Rule struct {
	Name          string
	When          *Program
	For           time.Duration // the condition must hold so long before the alert fires; 0 at once
	KeepFiringFor time.Duration // after the condition has ended the alert goes on for so long
}

// Alert is a rule with its state. The zero value of the state is Inactive; an Alert is a plain value, so
// that it can be stored and taken up again.
type Alert struct {
	Status Status    `json:"status"`
	Since  time.Time `json:"since,omitzero"`  // when the condition became true
	Fired  time.Time `json:"fired,omitzero"`  // when the alert began to fire
	Ending time.Time `json:"ending,omitzero"` // when the condition of a firing alert became false
	Stale  bool      `json:"stale"`           // firing, and the condition is not known any more
}

// Step moves the alert by one evaluation at an instant, which must not lie before the last one, and
// reports whether the status changed.
//
// A condition that is not known is neither true nor false: a pending alert falls back, since nobody can
// say that the condition held throughout; a firing one goes on, marked stale, since nobody can say that it
// ended.
func (r *Rule) Step(a *Alert, at time.Time, v Verdict) (changed bool) {
	if a.Status == "" {
		a.Status = Inactive
	}
	before := a.Status
	a.Stale = false
	switch {
	case !v.Known():
		if a.Status == Pending {
			*a = Alert{Status: Inactive}
		}
		a.Stale = a.Status == Firing
	case v.True:
		if a.Status == Inactive {
			a.Status, a.Since = Pending, at
		}
		if a.Status == Pending && at.Sub(a.Since) >= r.For {
			a.Status, a.Fired = Firing, at
		}
		a.Ending = time.Time{}
	case a.Status == Firing:
		if a.Ending.IsZero() {
			a.Ending = at
		}
		if at.Sub(a.Ending) >= r.KeepFiringFor {
			*a = Alert{Status: Inactive}
		}
	default:
		*a = Alert{Status: Inactive}
	}
	return a.Status != before
}
