// Package some is read by the tests of package words.
package some

type model struct{}

func (model) Name() string { return "by_name" }
