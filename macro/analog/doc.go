// Package analog asks which stretch of the past the present resembles, how special that resemblance is,
// and what came after: inflation, unemployment and the policy rate of the last years against 1955–1990.
//
// It stands on floor 3: it may import market, calendar and evidence, and gonum. It must not know any
// file format, any other macro instrument or any front end. docs/methods/analog.md has the distances,
// the null distribution and what was found.
package analog
