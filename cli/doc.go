// Package cli is the command line: it reads flags and files, calls Analyze once, and hands the result
// to a renderer. It computes nothing.
//
// It stands on floor 6: it may import everything below, and nothing imports it but cmd/faultline. It
// must not know how a number comes about: what it prints stands in an Analysis.
//
// Exit codes: 0 done; 1 the program failed; 2 the command line is wrong; 3 an input could not be read
// or is not what it should be; 4 what was asked for does not exist in the data; 5 interrupted.
package cli
