package feed

import "bytes"

// topKeys lists the names at the top of a JSON value of which only the beginning is at hand.
func topKeys(head []byte) (array bool, keys []string) {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("[")), nil
}
