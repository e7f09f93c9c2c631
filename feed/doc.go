// Package feed reads files of market data into the tables of package market. The format of a file is
// recognised by its content; every row that cannot be taken is counted and reported with line,
// column, value and reason.
package feed
