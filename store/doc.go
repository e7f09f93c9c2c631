// Package store keeps market data on disk: what was imported, from which file, and when each row
// became known. It gives back the State as of an instant, lists what it holds, exports it, and
// answers SQL over all rows.
//
// It stands on floor 2: it may import market, calendar, black, evidence and DuckDB. It must not
// know file formats, models or front ends, and the module root must not import it, so that a user
// of the library builds without cgo.
//
// # Layout
//
//	MANIFEST                                               what belongs to the store; replaced by rename
//	LOCK                                                   held by the one writer, with its process id
//	segments/00000003.seg                                  rows not yet compacted; only ever appended to
//	parquet/dataset=chains/date=2025-01-29/00000002.parquet  compacted rows; never changed
//	tmp/                                                   files in the making; emptied when a writer opens
//
// A partition holds one Parquet file. Its date is the first day that it may cover: one day of
// chains, a month of intraday bars, a decade of daily bars, series and facts, whose rows are few.
//
// # Promises
//
// An import is whole or absent. Its records and a closing commit record are appended to the
// segment and synced before Import returns; a reader takes nothing behind the last commit.
// Compaction writes new files beside the old ones (temporary file, sync, rename, sync of the
// folder), then replaces the manifest, then removes what the old manifest named. A process killed
// at any point therefore leaves the old state or the new one. Readers take no lock: when a file
// that they were about to open is gone, they start again from the new manifest.
//
// A row is known by its content: instrument, times and values, but neither its line nor the file it
// came in. A row that several files give is kept once, under the least origin: the strongest grade,
// then the smallest file name, as in market.Book. That choice depends on what was imported and not
// on the order of the imports. A chain is known as a whole.
//
// # DuckDB
//
// Rows in the segment are read without DuckDB, since recovery needs that reader anyway and it costs
// a fraction of what opening DuckDB does. DuckDB is opened, in memory and on one thread, when rows
// must be read from Parquet or written to it, for an export and for a query.
package store
