package fedwatch

import (
	"time"

	"faultline/calendar"
)

// announcements are the days on which the FOMC announced a decision at a scheduled meeting since 2019,
// and those announced for the future, by year: month and day. Board of Governors, "Meeting calendars,
// statements, and minutes". The meeting of March 2020 was replaced by two that were not scheduled; all
// that the market learned then came on days that had no schedule, and they are left out.
var announcements = map[int][][2]int{
	2019: {{1, 30}, {3, 20}, {5, 1}, {6, 19}, {7, 31}, {9, 18}, {10, 30}, {12, 11}},
	2020: {{1, 29}, {4, 29}, {6, 10}, {7, 29}, {9, 16}, {11, 5}, {12, 16}},
	2021: {{1, 27}, {3, 17}, {4, 28}, {6, 16}, {7, 28}, {9, 22}, {11, 3}, {12, 15}},
	2022: {{1, 26}, {3, 16}, {5, 4}, {6, 15}, {7, 27}, {9, 21}, {11, 2}, {12, 14}},
	2023: {{2, 1}, {3, 22}, {5, 3}, {6, 14}, {7, 26}, {9, 20}, {11, 1}, {12, 13}},
	2024: {{1, 31}, {3, 20}, {5, 1}, {6, 12}, {7, 31}, {9, 18}, {11, 7}, {12, 18}},
	2025: {{1, 29}, {3, 19}, {5, 7}, {6, 18}, {7, 30}, {9, 17}, {10, 29}, {12, 10}},
	2026: {{1, 28}, {3, 18}, {4, 29}, {6, 17}, {7, 29}, {9, 16}, {10, 28}, {12, 9}},
	2027: {{1, 27}, {3, 17}, {4, 28}, {6, 9}, {7, 28}, {9, 15}, {10, 27}, {12, 8}},
}

// Announcements are the scheduled announcement days from one day to another, both included.
func Announcements(from, to calendar.Date) []calendar.Date {
	var out []calendar.Date
	for year := 2019; announcements[year] != nil; year++ {
		for _, md := range announcements[year] {
			if d := calendar.DateOf(year, time.Month(md[0]), md[1]); d >= from && d <= to {
				out = append(out, d)
			}
		}
	}
	return out
}
