package dealer_test

import (
	"fmt"

	"faultline/assumption"
	"faultline/black"
	"faultline/flow/dealer"
)

// The levels of a book of two contracts: calls above the price that dealers are long, puts below it
// that they are short.
func ExampleFindLevels() {
	b := book(5000, 0.027, 0.04, contract{black.Call, 16, 5100, 0.18, 1000}, contract{black.Put, 16, 4900, 0.18, 1000})
	h, err := dealer.FromOpenInterest(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range dealer.FindLevels(h, assumption.Default(), nil).All() {
		if l.Absent != nil {
			fmt.Println(l.Kind, "does not exist:", l.Absent.Code)
			continue
		}
		fmt.Printf("%s %.2f\n", l.Kind, l.Price)
	}
	// Output:
	// zero_gamma 4989.54
	// call_wall 5100.00
	// put_wall 4900.00
	// absolute_gamma 5100.00
	// pin does not exist: no_expiry_today
}
