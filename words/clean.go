package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanLimit is the length in characters at which Clean cuts a string. Nothing that has to be read
// is longer.
const CleanLimit = 400

// Clean makes a string from outside harmless to show in a line of text: control characters, line
// breaks, characters that turn the direction of the text, invisible characters and bytes that are
// no UTF-8 are written out as their code point between ‹ and ›, and a long string is cut with an
// ellipsis. Markup is not its business: each format escapes its own.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); n++ {
		if n == CleanLimit {
			b.WriteString("…")
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "‹0x%02X›", s[i])
		case Hides(r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// plain reports whether Clean has nothing to do.
func plain(s string) bool {
	if len(s) > CleanLimit {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Hides reports whether a character is invisible or changes how its neighbours are shown.
func Hides(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r),
		unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return true
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	case r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0' || r == '\u034F':
		return true // fillers and joiners that are drawn as nothing
	case r == '\u2800':
		return true // the empty Braille pattern
	}
	return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r)
}
