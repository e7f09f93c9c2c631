// Package feed reads files of market data into the tables of package market. The format of a file is
// recognised by its content, never by its name; gzip and a zip archive of one file are looked through.
// Every row that cannot be taken is counted and reported with line, column, value and reason, and a
// file of which no row could be taken is an error. Absent is never zero: a blank cell is Missing where
// the row can do without it, and a reject where it cannot.
//
// It stands on floor 2: it imports the standard library, market, calendar, black (for the side of an
// option) and evidence. It must not know the store, any model or how anything is shown, and it
// computes nothing from what it reads.
//
// # What a file may not do
//
// Files are read as streams: no more than one line, or one token of JSON, is held. Limits are the
// constants at the top of feed.go. Numbers have a decimal point; 3,5 is rejected and read neither as
// 3.5 nor as 35, and commas between groups of three digits are read only in columns of counts of the
// formats that have them. NaN and Inf as text are rejects. Of two rows with the same key the first
// stands; the second is a duplicate, or contradicts it. Rows dated after Options.Now are rejects, and
// so are bars that had not ended then.
//
// # When a row was known
//
// Origin.KnownAt names the rule by which the rows of a table were dated. Where the day of a release
// is not certain the rule is late rather than early.
//
//   - session_close: a daily bar is known at the official close of its session (half days at 13:00)
//     on the calendar of its instrument; outside 1990–2035, and on days on which New York rests and
//     the instrument does not, at 16:00 New York; crypto at 24:00 UTC. Bars of US indices, funds and
//     stocks on a day without a session are rejects.
//   - bar_end: a bar within the day is known when it ends. Its length is the median distance of
//     neighbours. A time without a zone is that of the instrument's exchange.
//   - quote_time: a chain is known at the instant of its quotes. That is the time in a Cboe quote
//     table's header; of delayed Cboe JSON, the later of the underlying's last print (New York) and
//     the time at which the file was served (UTC) less the delay of 15 minutes; of the vendor's JSON
//     its timestamp, read as UTC; of a Yahoo chain the latest trade in it (time_from_trades). A file
//     that does not tell takes Options.At, or the official close of the day in its name
//     (time_from_name); when both are there and of different days, the name stands.
//   - next_business_day: daily figures of tables that nobody describes are known at 08:30 New York on
//     the next session of NYSE.
//   - release_rule: series of FRED. Daily ones as above, at the hour of their release (effective fed
//     funds rate 09:15, ICE spreads 10:00, EIA prices seven business days later). Weekly, monthly,
//     quarterly and yearly ones so many days after the end of their period as the table in
//     release.go says: the longest lag usual since 2017, longer before; 45, 80 and 200 days where
//     the table has no line. What the lapses of federal funding of 2013, 2018–19 and 2025 delayed is known at its
//     real release (payrolls and unemployment of September 2025 on 20 November 2025 at 08:30, the
//     consumer price index of September on 24 October); the household survey and the consumer price
//     index of October 2025 were never published, and rows that claim them are rejects. Files hold
//     the latest vintage, not the first: latest_vintage says so.
//   - cot_release: positions of a Tuesday are known on Friday at 15:30 New York, on the next business
//     day when a holiday lies between; the reports of 30 September 2025 to 13 January 2026 on the
//     days of the schedule that the CFTC announced on 18 November 2025, which is an upper bound as
//     it caught up sooner; those of 2013, 2018–19 and 2023 that were held up when it had caught up.
//   - day_end: what is dated by a day (FedWatch, settlement prices) is known when the day has ended in
//     New York.
//   - publication_or_next_close: a desk's readout is known at the end of the day on which a page
//     carried it, or at the close of the session after the day that it speaks of when no page is
//     dated. Readouts without any day are rejects.
//   - quote_time also dates positions and what a liquidation event came to: such tables carry no time, and
//     take Options.At, or the end of the day in the file's name, and are refused without either.
//   - stated_time: a published figure is known at the time that its page states, else at the end of
//     its day in New York.
//   - row_time: snapshots such as a funding rate, open interest or an order book are known at their
//     stamp.
//   - interval_end: other rows with a time may be stamped with the beginning of what they sum up, and
//     are known one median distance later.
//   - filing_lag: companies' quarterly figures are known 100 days after the calendar quarter.
//
// # Grades
//
// What markets traded, quoted or counted is observed: bars, chains, funding rates in the exchange's
// own files, the CFTC's positions. What someone states is published: FRED, FedWatch, readouts, facts,
// tables of unknown origin.
//
// Vendors' daily closes of funds and stocks are adjusted for dividends. An adjusted close is not a
// price at which anyone traded: the vendor computes it from the close and from dividends paid later,
// so that the level of a past close leaks the future, while its returns do not. It is therefore
// graded published: stated by the vendor, neither seen in the market nor computed by a model of ours
// whose error is documented; and it carries the caveat adjusted_prices. A file that has the adjusted
// close in a column of its own keeps the traded one, which is observed.
package feed
