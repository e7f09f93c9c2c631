package black

// DollarDelta is the dollar value of the underlying that a delta stands for:
// delta · spot · multiplier · contracts, in dollars.
func DollarDelta(delta, spot, multiplier, contracts float64) float64 {
	return delta * spot * multiplier * contracts
}

// DollarGammaPerPercent is the change of DollarDelta's position, in dollars of the underlying, when
// spot moves by 1 %: gamma · spot² · 0.01 · multiplier · contracts.
func DollarGammaPerPercent(gamma, spot, multiplier, contracts float64) float64 {
	return gamma * spot * spot * 0.01 * multiplier * contracts
}

// DollarGammaPerPoint is the change of the position, in dollars of the underlying, when spot moves
// by one index point: gamma · spot · multiplier · contracts.
func DollarGammaPerPoint(gamma, spot, multiplier, contracts float64) float64 {
	return gamma * spot * multiplier * contracts
}

// DollarVegaPerVolPoint is the change of value, in dollars, when volatility rises by 0.01:
// vega · 0.01 · multiplier · contracts.
func DollarVegaPerVolPoint(vega, multiplier, contracts float64) float64 {
	return vega * 0.01 * multiplier * contracts
}

// DollarVannaPerVolPoint is the change of the position, in dollars of the underlying, when
// volatility rises by 0.01: vanna · 0.01 · spot · multiplier · contracts.
func DollarVannaPerVolPoint(vanna, spot, multiplier, contracts float64) float64 {
	return vanna * 0.01 * spot * multiplier * contracts
}

// DollarCharmPerHour is the change of the position, in dollars of the underlying, as one hour of a
// year of 365 days passes: charm / 8760 · spot · multiplier · contracts.
func DollarCharmPerHour(charm, spot, multiplier, contracts float64) float64 {
	return charm / (365 * 24) * spot * multiplier * contracts
}

// DollarThetaPerDay is the change of value, in dollars, as one calendar day of a year of 365 days
// passes: theta / 365 · multiplier · contracts.
func DollarThetaPerDay(theta, multiplier, contracts float64) float64 {
	return theta / 365 * multiplier * contracts
}
