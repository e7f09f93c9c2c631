package calendar

import (
	"sync"
	"time"
	_ "time/tzdata" // Sessions must be right on a machine without zone files.
)

var (
	newYork = sync.OnceValue(func() *time.Location { return mustLoad("America/New_York") })
	chicago = sync.OnceValue(func() *time.Location { return mustLoad("America/Chicago") })
)

// mustLoad panics on failure: the zone data is linked into the binary, so that only a broken build can
// lack it. Zone files of the machine come first where there are any, which is how the standard library
// looks them up; a test holds every opening from 1990 to 2035 against the US rules, whichever is used.
func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic("calendar: " + err.Error())
	}
	return loc
}

// NewYork is the time zone of NYSE and the one in which this package gives the session times of every
// US exchange.
func NewYork() *time.Location { return newYork() }

// Chicago is the time zone in which Cboe and CME publish their hours: New York less one hour, all year.
func Chicago() *time.Location { return chicago() }
