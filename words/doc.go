// Package words holds what Faultline says, in every language that it speaks: the sentences behind the
// codes that models return, the labels of the front ends, and the way in which each language writes
// amounts, prices, percentages and dates.
//
// One JSON catalogue per language (en.json, zh.json) serves the Go front ends and the web page. Its
// sections are: "codes" for evidence.Code and evidence.Absent, one section for each other kind of
// code (levels, players, units, reasons of rejection and so on), "ui" for the front ends' own texts,
// and "numbers" and "dates" for notation. A key is written section.name. An entry is a sentence with
// named arguments in the notation of ICU messages:
//
//	{file}                                     the argument as it is
//	{x, plain}                                 a number without separators, such as a seed
//	{x, number}  {x, percent}  {x, price}      a number; a decimal share; a price in points
//	{x, amount}  {x, date}  {x, time}          dollars to three digits; a day; an instant in New York
//	{x, in, section}                           the words of another section for the argument's code
//	{n, plural, one {# row} other {# rows}}    by the plural rules of the language, # is the number
//	[ on {day, date}]                          left out where the argument is not given
//
// The sentences are compiled into a catalogue of golang.org/x/text, which picks the plural forms.
//
// The package stands on floor 0: it may import the standard library, golang.org/x/text and evidence.
// It must not know what an Analysis is or where its words are shown. Every string that comes from
// outside passes Clean, so that no name of a file can turn the text around it.
package words
