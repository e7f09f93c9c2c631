package perp

import (
	"fmt"
	"math"
)

// Way is who took over a liquidated contract.
type Way uint8

// The ways.
const (
	ToBook    Way = iota // bought or sold in the order book
	ToVault              // taken over by the venue's vault, which trades it later
	ToRanked             // auto-deleveraging against a ranked position
	ToOutside            // auto-deleveraging after the ranking was exhausted: against holders outside the book
	ways
)

// Passed is what was passed on, by way and by side of the liquidated position, 0 for longs.
type Passed struct {
	Units [ways][2]float64 // coins
	USD   [ways][2]float64 // dollars at the prices of the transfers
}

// Tally is what has been liquidated of one coin.
type Tally struct {
	Passed
	Vault Passed     // what vaults that were worth less than nothing passed on of what they had taken over
	Count [2]float64 // owners of whom a position was liquidated, by side
}

// LiquidatedUSD is the notional of all liquidated positions of a side, 0 for longs.
func (t *Tally) LiquidatedUSD(side int) float64 {
	sum := 0.0
	for w := range ways {
		sum += t.USD[w][side]
	}
	return sum
}

// DeleveragedUSD is what auto-deleveraging closed, of accounts and of vaults.
func (t *Tally) DeleveragedUSD(side int) float64 {
	return t.USD[ToRanked][side] + t.USD[ToOutside][side]
}

// ledger keeps who holds what, by coin, in signed coins. The three add up to zero at every step: a
// perpetual contract always has two sides.
type ledger struct {
	users, vault, outside []float64
	gross                 []float64 // unsigned units at the start, the scale of rounding
}

// UnbalancedError says that contracts appeared or vanished.
type UnbalancedError struct {
	Coin                  string
	Users, Vault, Outside float64 // coins
}

func (e *UnbalancedError) Error() string {
	return fmt.Sprintf("positions of %s do not add up to zero: accounts %g, vault %g, outside %g", e.Coin, e.Users, e.Vault, e.Outside)
}

// UnpaidError says that a fund owes what it does not have.
type UnpaidError struct {
	Venue   string
	Balance float64 // dollars
}

func (e *UnpaidError) Error() string {
	return fmt.Sprintf("the fund of %s has %g dollars", e.Venue, e.Balance)
}

// check holds that contracts are conserved. Rounding of n additions grows with n at the very most; a part
// in 10^9 of all contracts is far above it and far below any position.
func (l *ledger) check(coins []string) error {
	for c := range l.users {
		gap := l.users[c] + l.vault[c] + l.outside[c]
		if !(math.Abs(gap) <= 1e-9*l.gross[c]) {
			return &UnbalancedError{coins[c], l.users[c], l.vault[c], l.outside[c]}
		}
	}
	return nil
}
