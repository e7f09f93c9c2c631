package cta

import (
	"sort"
	"time"

	"faultline/calendar"
	"faultline/evidence"
	"faultline/market"
)

// rate is a number that holds from a date on, until the next one.
type rate struct {
	from  calendar.Date
	value float64 // a year, decimal
}

// at returns the value in force at the end of a date; before the first entry it is the first one.
func at(table []rate, d calendar.Date) float64 {
	i := sort.Search(len(table), func(i int) bool { return table[i].from > d })
	return table[max(i-1, 0)].value
}

func since(year int, month time.Month, day int, value float64) rate {
	return rate{calendar.DateOf(year, month, day), value}
}

// policy is what financing an index position costs, approximately: the federal funds rate that was
// announced, from the day of its announcement on, when it was known (market.FedFunds). Before that table
// stands the average effective rate of the calendar year before (Board of Governors, H.15), so that no
// entry uses what its time could not know.
var policy = append([]rate{
	since(1985, 1, 1, .1023), since(1986, 1, 1, .0810), since(1987, 1, 1, .0680),
	since(1988, 1, 1, .0666), since(1989, 1, 1, .0757),
}, announced(market.FedFunds())...)

func announced(targets []market.Target) []rate {
	out := make([]rate, len(targets))
	for i, t := range targets {
		out[i] = rate{t.Announced, t.Rate}
	}
	return out
}

// dividends are the dividends of the S&P 500 over twelve months divided by its price at the end of a
// year, which counts from the first day of the next. Source: R. Shiller, stock market data used in
// "Irrational Exuberance", and S&P Dow Jones Indices for 2023 on.
var dividends = []rate{
	since(1985, 1, 1, .0458), since(1986, 1, 1, .0381), since(1987, 1, 1, .0333), since(1988, 1, 1, .0366),
	since(1989, 1, 1, .0353), since(1990, 1, 1, .0317), since(1991, 1, 1, .0368), since(1992, 1, 1, .0314),
	since(1993, 1, 1, .0284), since(1994, 1, 1, .0270), since(1995, 1, 1, .0289), since(1996, 1, 1, .0224),
	since(1997, 1, 1, .0200), since(1998, 1, 1, .0161), since(1999, 1, 1, .0136), since(2000, 1, 1, .0117),
	since(2001, 1, 1, .0122), since(2002, 1, 1, .0137), since(2003, 1, 1, .0179), since(2004, 1, 1, .0161),
	since(2005, 1, 1, .0162), since(2006, 1, 1, .0176), since(2007, 1, 1, .0176), since(2008, 1, 1, .0187),
	since(2009, 1, 1, .0324), since(2010, 1, 1, .0202), since(2011, 1, 1, .0183), since(2012, 1, 1, .0213),
	since(2013, 1, 1, .0220), since(2014, 1, 1, .0194), since(2015, 1, 1, .0192), since(2016, 1, 1, .0211),
	since(2017, 1, 1, .0203), since(2018, 1, 1, .0184), since(2019, 1, 1, .0209), since(2020, 1, 1, .0183),
	since(2021, 1, 1, .0158), since(2022, 1, 1, .0129), since(2023, 1, 1, .0171), since(2024, 1, 1, .0147),
	since(2025, 1, 1, .0125), since(2026, 1, 1, .0115),
}

// euro is what financing costs in euros: the main refinancing rate of the European Central Bank to
// April 2009, its deposit facility after that (ECB, "Key ECB interest rates"). Before 1999 stands the
// average three-month rate of Germany in the calendar year before (Deutsche Bundesbank).
var euro = []rate{
	since(1985, 1, 1, .060), since(1986, 1, 1, .054), since(1987, 1, 1, .046), since(1988, 1, 1, .040),
	since(1989, 1, 1, .043), since(1990, 1, 1, .071), since(1991, 1, 1, .085), since(1992, 1, 1, .092),
	since(1993, 1, 1, .095), since(1994, 1, 1, .073), since(1995, 1, 1, .054), since(1996, 1, 1, .045),
	since(1997, 1, 1, .033), since(1998, 1, 1, .033),
	since(1999, 1, 1, .03), since(1999, 4, 9, .025), since(1999, 11, 5, .03),
	since(2000, 2, 4, .0325), since(2000, 3, 17, .035), since(2000, 4, 28, .0375), since(2000, 6, 9, .0425),
	since(2000, 9, 1, .045), since(2000, 10, 6, .0475),
	since(2001, 5, 11, .045), since(2001, 8, 31, .0425), since(2001, 9, 18, .0375), since(2001, 11, 9, .0325),
	since(2002, 12, 6, .0275), since(2003, 3, 7, .025), since(2003, 6, 6, .02),
	since(2005, 12, 6, .0225), since(2006, 3, 8, .025), since(2006, 6, 15, .0275), since(2006, 8, 9, .03),
	since(2006, 10, 11, .0325), since(2006, 12, 13, .035), since(2007, 3, 14, .0375), since(2007, 6, 13, .04),
	since(2008, 7, 9, .0425), since(2008, 10, 15, .0375), since(2008, 11, 12, .0325), since(2008, 12, 10, .025),
	since(2009, 1, 21, .02), since(2009, 3, 11, .015), since(2009, 4, 8, .0025),
	since(2011, 4, 13, .005), since(2011, 7, 13, .0075), since(2011, 11, 9, .005), since(2011, 12, 14, .0025),
	since(2012, 7, 11, 0), since(2014, 6, 11, -.001), since(2014, 9, 10, -.002), since(2015, 12, 9, -.003),
	since(2016, 3, 16, -.004), since(2019, 9, 18, -.005),
	since(2022, 7, 27, 0), since(2022, 9, 14, .0075), since(2022, 11, 2, .015), since(2022, 12, 21, .02),
	since(2023, 2, 8, .025), since(2023, 3, 22, .03), since(2023, 5, 10, .0325), since(2023, 6, 21, .035),
	since(2023, 8, 2, .0375), since(2023, 9, 20, .04),
	since(2024, 6, 12, .0375), since(2024, 9, 18, .035), since(2024, 10, 23, .0325), since(2024, 12, 18, .03),
	since(2025, 2, 5, .0275), since(2025, 3, 12, .025), since(2025, 4, 23, .0225), since(2025, 6, 11, .02),
}

// yen is what financing costs in yen: the target of the Bank of Japan for the overnight rate (Bank of
// Japan, "Statements on Monetary Policy"); before February 1999 the average overnight rate of the
// calendar year before.
var yen = []rate{
	since(1985, 1, 1, .061), since(1986, 1, 1, .065), since(1987, 1, 1, .048), since(1988, 1, 1, .035),
	since(1989, 1, 1, .036), since(1990, 1, 1, .049), since(1991, 1, 1, .072), since(1992, 1, 1, .075),
	since(1993, 1, 1, .046), since(1994, 1, 1, .031), since(1995, 1, 1, .022), since(1996, 1, 1, .012),
	since(1997, 1, 1, .005), since(1999, 2, 12, 0), since(2000, 8, 11, .0025), since(2001, 3, 19, 0),
	since(2006, 7, 14, .0025), since(2007, 2, 21, .005), since(2008, 10, 31, .003), since(2008, 12, 19, .001),
	since(2016, 1, 29, -.001), since(2024, 3, 19, .0005), since(2024, 7, 31, .0025), since(2025, 1, 24, .005),
	since(2025, 12, 19, .0075),
}

// stale is how many days an observation of a rate stands in for later ones.
const stale = 14

// financing gives what it costs to hold a venue's position, as known at the close of each day. For US
// rates it is the federal funds rate or the three-month bill of the State where it has one that is
// recent enough, and the table otherwise.
type financing struct {
	table  []rate
	series []*market.Series
	next   []int // first observation that was not yet known
}

func newFinancing(s *market.State, v *venue) *financing {
	f := &financing{table: v.rates}
	if len(v.rates) == 0 {
		f.table = zero
		return f
	}
	if v.rates[0] != policy[0] {
		return f
	}
	for _, id := range []string{"DFF", "DGS3MO"} {
		if x, err := s.Series(id); err == nil {
			f.series = append(f.series, x)
		}
	}
	f.next = make([]int, len(f.series))
	return f
}

// at returns the rate known at an instant of a date. Calls must come in order of time.
func (f *financing) at(d calendar.Date, known int64) float64 {
	for i, s := range f.series {
		j := f.next[i]
		for j < s.Len() && s.Known[j] <= known {
			j++
		}
		f.next[i] = j
		if j == 0 {
			continue
		}
		about := calendar.Date(s.About[j-1] / 86400)
		if d-about > stale {
			continue
		}
		if s.Unit == evidence.PerYear {
			return s.Value[j-1]
		}
		return s.Value[j-1] / 100
	}
	return at(f.table, d)
}
