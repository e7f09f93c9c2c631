package dealer

import (
	"faultline/black"
	"faultline/calendar"
	"faultline/evidence"
	"faultline/options"
)

// Position is one row of an inventory: contracts of one option that its owner is long, negative where
// short. A file of them has the columns root, expiry, right, strike, contracts, as in
// SPXW,2025-11-21,put,6600,-250. A root may be left empty where the date has only one.
type Position struct {
	Root      string
	Expiry    calendar.Date
	Right     black.Right
	Strike    float64 // points
	Contracts float64
}

// Signed is what customers did today in one contract, by classified trades: those that lifted the
// offer were bought, those that hit the bid were sold (Lee and Ready 1991), or as an exchange's
// open–close data say.
type Signed struct {
	Root         string
	Expiry       calendar.Date
	Right        black.Right
	Strike       float64 // points
	Bought, Sold float64 // contracts, at least 0
}

// Trades are classified trades.
type Trades struct {
	Rows []Signed
	// Whole says that the rows cover the life of their contracts and not only today. They are then all
	// that dealers hold of these contracts, and the convention is not used for them.
	Whole bool
}

// Unmatched is a row of a user's table that found no contract in the book: it counts for nothing, and
// whoever shows a total has to say so.
type Unmatched struct {
	Row    int // from 0
	Reason evidence.Code
}

// FromInventory takes the owner's positions in place of a convention: exposures, levels and hedges are
// then the owner's. Rows of one contract add up. Of contracts that the inventory does not name nothing
// is held. It is absent where no row matches.
func FromInventory(b *options.Book, rows []Position) (*Holding, []Unmatched, error) {
	m, err := begin(b, "inventory", evidence.Observed)
	if err != nil {
		return nil, nil, err
	}
	x := indexOf(b)
	var lost []Unmatched
	for i, p := range rows {
		k, why := x.find(p.Root, p.Expiry, p.Right, p.Strike)
		if why != nil {
			lost = append(lost, Unmatched{i, *why})
			continue
		}
		m.add(signedLayer, k, p.Contracts)
	}
	if len(lost) == len(rows) {
		return nil, lost, &evidence.Absent{Code: "inventory_not_in_chain", Args: evidence.Args{"underlying": b.Underlying, "rows": len(rows)}}
	}
	return m.done(), lost, nil
}

// FromTrades adds to last night's open interest what dealers took over from customers today: they are
// short what customers bought. Classification errs; the register's dealer.trades_right is the share of
// volume that is signed right, and the imbalance is scaled up for the part that errors cancel.
//
// It is absent where no row matches.
func FromTrades(b *options.Book, t Trades) (*Holding, []Unmatched, error) {
	m, err := begin(b, "trades", evidence.Modelled)
	if err != nil {
		return nil, nil, err
	}
	x := indexOf(b)
	var lost []Unmatched
	known := map[int]bool{}
	for i, s := range t.Rows {
		k, why := x.find(s.Root, s.Expiry, s.Right, s.Strike)
		if why != nil {
			lost = append(lost, Unmatched{i, *why})
			continue
		}
		m.add(signedLayer, k, s.Sold-s.Bought)
		known[k] = t.Whole
	}
	if len(lost) == len(t.Rows) {
		return nil, lost, &evidence.Absent{Code: "trades_not_in_chain", Args: evidence.Args{"underlying": b.Underlying, "rows": len(t.Rows)}}
	}
	m.openInterest(known)
	return m.done(), lost, nil
}

// contractKey names a contract but for its root.
type contractKey struct {
	expiry calendar.Date
	right  black.Right
	strike float64
}

// index finds rows of a book.
type index struct {
	b    *options.Book
	rows map[contractKey][]int32
}

func indexOf(b *options.Book) index {
	x := index{b, make(map[contractKey][]int32, b.Len())}
	for i := range b.Len() {
		k := contractKey{b.Expiries[b.Exp[i]].Date, b.Right[i], b.Strike[i]}
		x.rows[k] = append(x.rows[k], int32(i))
	}
	return x
}

// find returns the row of a contract, or why there is none.
func (x index) find(root string, expiry calendar.Date, r black.Right, strike float64) (int, *evidence.Code) {
	rows := x.rows[contractKey{expiry, r, strike}]
	args := evidence.Args{"root": root, "expiry": expiry.String(), "strike": strike}
	if root == "" && len(rows) > 1 {
		return 0, &evidence.Code{Code: "root_ambiguous", Args: args}
	}
	for _, i := range rows {
		if root == "" || x.b.Expiries[x.b.Exp[i]].Root == root {
			return int(i), nil
		}
	}
	return 0, &evidence.Code{Code: "contract_not_in_chain", Args: args}
}
