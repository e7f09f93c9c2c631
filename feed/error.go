package feed

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"faultline/evidence"
)

// Codes of the errors that end a reading.
const (
	CodeUnreadable        = "unreadable"         // the operating system refused
	CodeCancelled         = "cancelled"          // the context ended
	CodeEmpty             = "empty_file"         //
	CodeTruncated         = "truncated"          // a compressed or JSON file that ends too early
	CodeCorrupt           = "corrupt"            // a compressed file whose bytes are wrong
	CodeArchive           = "archive"            // a zip archive that does not hold exactly one file
	CodeTooLarge          = "file_too_large"     // above Options.MaxBytes
	CodeLineTooLong       = "line_too_long"      // above Options.MaxLine
	CodeUnknownFormat     = "unknown_format"     //
	CodeNothing           = "nothing_accepted"   // every row was rejected, or there was none
	CodeUnknownInstrument = "instrument_unknown" // neither the file nor its name nor the user tells
	CodeWrongUnderlying   = "wrong_underlying"   // the file is about something else; also a reason
	CodeNoInstant         = "no_instant"         // nothing tells when the quotes were taken
	CodeBadHeader         = "bad_header"         // a header cell that the format needs is wrong
	CodeInFuture          = "in_future"          // dated after Options.Now; also a reason
	CodeInterval          = "interval_unknown"   // bars that are neither daily nor of equal length within the day
	CodeBadJSON           = "bad_json"           // the text breaks the grammar of JSON
)

// Reasons of rejected rows.
const (
	ReasonColumns     = "columns"             // more or fewer cells than the header
	ReasonQuote       = "unclosed_quote"      //
	ReasonBlank       = "blank"               // a cell that the row cannot do without
	ReasonNumber      = "not_a_number"        //
	ReasonComma       = "comma_decimal"       // 3,5 is not read as 3.5, nor as 35
	ReasonNotFinite   = "not_finite"          // NaN and Inf as text
	ReasonRange       = "out_of_range"        // a number that no float64 holds, or a share above 1
	ReasonNegative    = "negative"            // a price or a count below 0
	ReasonNotPositive = "not_positive"        // a price of 0 or below
	ReasonDate        = "bad_date"            //
	ReasonNoDate      = "no_date"             //
	ReasonClosedDay   = "closed_day"          // a daily bar on a day without a session
	ReasonSymbol      = "bad_symbol"          // an option symbol that is not root, date, side and strike
	ReasonMismatch    = "symbol_mismatch"     // symbol and columns contradict each other
	ReasonSide        = "bad_side"            // neither call nor put
	ReasonDuplicate   = "duplicate"           // the same row again
	ReasonDirection   = "bad_direction"       // neither long nor short
	ReasonContradicts = "contradicts"         // the same key as an earlier row, with other numbers
	ReasonHighLow     = "high_below_low"      //
	ReasonClose       = "close_outside_range" // close above high or below low by more than rounding
	ReasonUnfinished  = "unfinished_bar"      // a bar whose session had not closed when the file was made
	ReasonNever       = "never_published"     // a figure of October 2025 that does not exist
	ReasonShape       = "bad_shape"           // a JSON element that is not what the list holds
)

// Notes and caveats.
const (
	NoteBlankCells     = "blank_cells"         // cells without an observation, counted
	NoteColumns        = "columns_skipped"     // columns that hold no figure of this format
	NoteInstrument     = "instrument_assumed"  // the file's name was taken for a ticker
	NoteOpenOutside    = "open_outside_range"  // opens above high or below low, kept and counted
	CaveatTimeFromName = "time_from_name"      // the instant is the close of the day in the file's name
	CaveatTimeFromDate = "time_from_date"      // the file has a date only: the instant is that day's close
	CaveatTimeGiven    = "time_given"          // the instant is the one that the user gave
	CaveatTimeTrades   = "time_from_trades"    // the instant is that of the last trade in the file
	CaveatZone         = "zone_assumed"        // a time without a zone
	CaveatClosedDay    = "closed_day"          // a chain dated on a day without a session
	CaveatOutside      = "outside_session"     // quotes taken before the open or after the close
	CaveatNoBids       = "no_bids"             // not one contract has a bid
	CaveatPartial      = "partial_chain"       // far fewer expiries than are listed
	CaveatNoRoot       = "no_root"             // contracts without a root: SPX and SPXW cannot be told apart
	CaveatStaleTrades  = "stale_trades"        // contracts whose last trade was on an earlier day
	CaveatAdjusted     = "adjusted_prices"     // closes adjusted for later dividends
	CaveatVintage      = "latest_vintage"      // revised since, and dated as if it had not been
	CaveatKnownModel   = "known_at_by_rule"    // release days by rule, not from a calendar of releases
	CaveatDelayed      = "release_delayed"     // releases delayed by a shutdown, dated by their real release
	CaveatInferred     = "date_inferred"       // days inferred from the context of undated pages
	CaveatTransform    = "transform"           // transformation code of FRED-MD
	CaveatYearToDate   = "year_to_date_mixed"  // quarterly and year-to-date values mixed
	CaveatStamp        = "stamp_start_assumed" // rows stamped with the start of their interval
)

// Error is why a file could not be read.
type Error struct {
	Op     string        // open or read
	File   string        // as the caller named it
	Line   int           // 0 when the error is not about one line
	Column string        //
	Code   evidence.Code //
	Hint   string        // what to do about it
	Err    error         // underlying error, if any
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.File != "" {
		b.WriteString(" " + e.File)
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, ": line %d", e.Line)
	}
	if e.Column != "" {
		b.WriteString(": column " + e.Column)
	}
	b.WriteString(": " + e.Code.String())
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// printable makes a cell fit for a terminal: cut to maxValue bytes at a rune's edge, with control
// characters and broken UTF-8 replaced.
func printable(b []byte) string {
	cut := len(b) > maxValue
	if cut {
		b = b[:maxValue]
		for i := 0; i < utf8.UTFMax-1 && len(b) > 0; i++ { // do not leave half a rune behind
			if r, _ := utf8.DecodeLastRune(b); r != utf8.RuneError {
				break
			}
			b = b[:len(b)-1]
		}
	}
	s := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, string(b))
	if cut {
		s += "…"
	}
	return s
}
