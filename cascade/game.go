package cascade

import (
	"fmt"
	"math"
	"math/bits"
)

// Coefficients of a game of n players. A game gives a value to every subset of its players; subsets are
// numbers whose bit i says whether player i is in.

// ShapleyWeights returns, by player and subset, the weights whose sum with the values of the subsets is
// the player's Shapley value: the mean over all orders of what the player adds when it joins (Shapley
// 1953, Contributions to the Theory of Games II, equation 13).
func ShapleyWeights(n int) [][]float64 {
	w := make([][]float64, n)
	for i := range w {
		w[i] = make([]float64, 1<<n)
		for s := range 1 << n {
			if s>>i&1 == 1 {
				continue
			}
			k := bits.OnesCount(uint(s))
			x := 1 / (float64(n) * choose(n-1, k))
			w[i][s|1<<i] += x
			w[i][s] -= x
		}
	}
	return w
}

// InteractionWeights are those of the interaction index of players i and j: the mean over the subsets of
// the others, weighted as Shapley's, of what the two add together beyond what each adds alone (Grabisch
// and Roubens 1999, International Journal of Game Theory 28, definition 3 for pairs).
func InteractionWeights(n, i, j int) []float64 {
	w := make([]float64, 1<<n)
	for s := range 1 << n {
		if s>>i&1 == 1 || s>>j&1 == 1 {
			continue
		}
		x := 1 / (float64(n-1) * choose(n-2, bits.OnesCount(uint(s))))
		w[s|1<<i|1<<j] += x
		w[s|1<<i] -= x
		w[s|1<<j] -= x
		w[s] += x
	}
	return w
}

// ResonanceWeights are those of the resonance of n players in amplifications A by subset:
//
//	(A_all − 1) − Σ (A_i − 1) = A_all − Σ A_i + (n − 1)
//
// With A of the empty subset, which is 1, taking the place of 1, it is the same sum for final moves.
func ResonanceWeights(n int) []float64 {
	w := make([]float64, 1<<n)
	w[1<<n-1]++
	for i := range n {
		w[1<<i]--
	}
	w[0] += float64(n - 1)
	return w
}

// choose is the binomial coefficient, exact for the small n of a game.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}

// mostPlayers bounds a game: 2^12 subsets are what an exact value is worth waiting for.
const mostPlayers = 12

// Game is the values of all subsets.
type Game struct {
	Players []string
	Value   []float64 // by subset
}

// NewGame evaluates every subset.
func NewGame(players []string, value func(subset int) float64) (*Game, error) {
	if len(players) > mostPlayers {
		return nil, fmt.Errorf("a game of %d players has 2^%d subsets: at most %d players are taken", len(players), len(players), mostPlayers)
	}
	g := &Game{Players: players, Value: make([]float64, 1<<len(players))}
	for s := range g.Value {
		g.Value[s] = value(s)
	}
	return g, nil
}

func (g *Game) sum(w []float64) float64 {
	x := 0.0
	for s, v := range g.Value {
		x += w[s] * v
	}
	return x
}

// Shapley are the Shapley values by player; they add up to Value(all) − Value(none).
func (g *Game) Shapley() []float64 {
	out := make([]float64, len(g.Players))
	for i, w := range ShapleyWeights(len(g.Players)) {
		out[i] = g.sum(w)
	}
	return out
}

// Interaction is the interaction index of two players.
func (g *Game) Interaction(i, j int) float64 {
	return g.sum(InteractionWeights(len(g.Players), i, j))
}

// Resonance is (A_all − 1) − Σ(A_i − 1) where the values are amplifications, and A_none is 1.
func (g *Game) Resonance() float64 { return g.sum(ResonanceWeights(len(g.Players))) }
