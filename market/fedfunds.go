package market

import (
	"slices"
	"time"

	"faultline/calendar"
)

// Target is a target of the Federal Reserve for the federal funds rate.
type Target struct {
	Announced calendar.Date
	Rate      float64 // a year, decimal; the middle where the target is a range
}

// FedFunds lists the targets by day of announcement, from the end of 1989 on: Board of Governors of the Federal
// Reserve System, "Open Market Operations" (changes since 1990) and FOMC statements. A target is a range from
// 16 December 2008 on. The one convention is the day of the announcement, New York time. From its end on the
// target is known, and from the day after on it is in force: so say the implementation notes since 2015.
// The list ends with the last change before this version was built.
func FedFunds() []Target { return slices.Clone(fedFunds) }

// FedFundsInForce is the target in force on a date; false before the first. The last one holds on.
func FedFundsInForce(d calendar.Date) (float64, bool) {
	i, _ := slices.BinarySearchFunc(fedFunds, d, func(t Target, d calendar.Date) int { return int(t.Announced) - int(d) })
	if i == 0 {
		return 0, false
	}
	return fedFunds[i-1].Rate, true
}

func target(year int, month time.Month, day int, rate float64) Target {
	return Target{calendar.DateOf(year, month, day), rate}
}

var fedFunds = []Target{
	target(1989, 12, 20, .0825), target(1990, 7, 13, .08), target(1990, 10, 29, .0775), target(1990, 11, 13, .075),
	target(1990, 12, 7, .0725), target(1990, 12, 18, .07), target(1991, 1, 8, .0675), target(1991, 2, 1, .0625),
	target(1991, 3, 8, .06), target(1991, 4, 30, .0575), target(1991, 8, 6, .055), target(1991, 9, 13, .0525),
	target(1991, 10, 31, .05), target(1991, 11, 6, .0475), target(1991, 12, 6, .045), target(1991, 12, 20, .04),
	target(1992, 4, 9, .0375), target(1992, 7, 2, .0325), target(1992, 9, 4, .03),
	target(1994, 2, 4, .0325), target(1994, 3, 22, .035), target(1994, 4, 18, .0375), target(1994, 5, 17, .0425),
	target(1994, 8, 16, .0475), target(1994, 11, 15, .055), target(1995, 2, 1, .06), target(1995, 7, 6, .0575),
	target(1995, 12, 19, .055), target(1996, 1, 31, .0525), target(1997, 3, 25, .055),
	target(1998, 9, 29, .0525), target(1998, 10, 15, .05), target(1998, 11, 17, .0475),
	target(1999, 6, 30, .05), target(1999, 8, 24, .0525), target(1999, 11, 16, .055),
	target(2000, 2, 2, .0575), target(2000, 3, 21, .06), target(2000, 5, 16, .065),
	target(2001, 1, 3, .06), target(2001, 1, 31, .055), target(2001, 3, 20, .05), target(2001, 4, 18, .045),
	target(2001, 5, 15, .04), target(2001, 6, 27, .0375), target(2001, 8, 21, .035), target(2001, 9, 17, .03),
	target(2001, 10, 2, .025), target(2001, 11, 6, .02), target(2001, 12, 11, .0175),
	target(2002, 11, 6, .0125), target(2003, 6, 25, .01), target(2004, 6, 30, .0125), target(2004, 8, 10, .015),
	target(2004, 9, 21, .0175), target(2004, 11, 10, .02), target(2004, 12, 14, .0225),
	target(2005, 2, 2, .025), target(2005, 3, 22, .0275), target(2005, 5, 3, .03), target(2005, 6, 30, .0325),
	target(2005, 8, 9, .035), target(2005, 9, 20, .0375), target(2005, 11, 1, .04), target(2005, 12, 13, .0425),
	target(2006, 1, 31, .045), target(2006, 3, 28, .0475), target(2006, 5, 10, .05), target(2006, 6, 29, .0525),
	target(2007, 9, 18, .0475), target(2007, 10, 31, .045), target(2007, 12, 11, .0425),
	target(2008, 1, 22, .035), target(2008, 1, 30, .03), target(2008, 3, 18, .0225), target(2008, 4, 30, .02),
	target(2008, 10, 8, .015), target(2008, 10, 29, .01), target(2008, 12, 16, .00125),
	target(2015, 12, 16, .00375), target(2016, 12, 14, .00625),
	target(2017, 3, 15, .00875), target(2017, 6, 14, .01125), target(2017, 12, 13, .01375),
	target(2018, 3, 21, .01625), target(2018, 6, 13, .01875), target(2018, 9, 26, .02125),
	target(2018, 12, 19, .02375), target(2019, 7, 31, .02125), target(2019, 9, 18, .01875),
	target(2019, 10, 30, .01625), target(2020, 3, 3, .01125), target(2020, 3, 15, .00125),
	target(2022, 3, 16, .00375), target(2022, 5, 4, .00875), target(2022, 6, 15, .01625),
	target(2022, 7, 27, .02375), target(2022, 9, 21, .03125), target(2022, 11, 2, .03875),
	target(2022, 12, 14, .04375), target(2023, 2, 1, .04625), target(2023, 3, 22, .04875),
	target(2023, 5, 3, .05125), target(2023, 7, 26, .05375), target(2024, 9, 18, .04875),
	target(2024, 11, 7, .04625), target(2024, 12, 18, .04375), target(2025, 9, 17, .04125),
	target(2025, 10, 29, .03875), target(2025, 12, 10, .03625),
}
