// Package other is read by the tests of package words.
package other

const Code = "by_other_package"
