package dealer

import (
	"faultline/assumption"
	"faultline/black"
)

// What dealers hold is unknown in sign, but not in the same way everywhere: customers sell calls of
// one month to overwrite and buy those of today to gamble. A cell is the calls or the puts of one
// bucket, and the least that a draw of the convention can turn round on its own.
const cells = 2 * len(Buckets)

// A layer is a way in which a holding is known.
const (
	openLayer   = iota // open interest; the sign is the convention's
	volumeLayer        // volume of the day; the sign is the convention's, the share kept open is assumed
	signedLayer        // contracts whose sign is given: an inventory, classified trades
	layers
)

// parts is how many sums a number is divided into, so that draws of the convention reweight and never
// reprice. The parts of a layer stand together; within it calls and puts alternate by bucket.
const parts = layers * cells

func partOf(layer, bucket int, r black.Right) int {
	p := layer*cells + 2*bucket
	if r == black.Put {
		p++
	}
	return p
}

func bucketOf(part int) int { return part % cells / 2 }
func isPut(part int) bool   { return part%2 == 1 }

// weights are the contracts that dealers are long for each contract of a part, in which open interest
// and volume count as positive.
type weights [parts]float64

// tilts names the register's entries by cell.
var tilts = func() (names [cells]string) {
	for i, bucket := range Buckets {
		names[2*i] = "dealer.tilt_call_" + bucket
		names[2*i+1] = "dealer.tilt_put_" + bucket
	}
	return names
}()

// sign is the net share of the open interest of a cell that dealers are long: the convention's share of
// its side, tilted by what is particular to the bucket, and never more than all there is.
func sign(a assumption.Set, cell int) float64 {
	tilt := a.Value(tilts[cell])
	if isPut(cell) {
		return -clamp(a.Value("dealer.puts_short") + tilt)
	}
	return clamp(a.Value("dealer.calls_long") + tilt)
}

func clamp(x float64) float64 { return max(-1, min(1, x)) }

// Convention is the code of the sign convention that the register's values amount to.
func Convention(a assumption.Set) string {
	for cell := range cells {
		want := 1.0
		if isPut(cell) {
			want = -1
		}
		if sign(a, cell) != want {
			return "stated_shares"
		}
	}
	return "naive"
}
