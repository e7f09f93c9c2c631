package flow

// Memoryless marks programs whose position in an asset at a slot depends on that slot and the asset's own
// price there, and on nothing else: not on the path, not on other assets. A simulation may then read
// their positions from a table instead of stepping them.
type Memoryless interface {
	Program
	// Memoryless reports whether it holds for this program.
	Memoryless() bool
}
