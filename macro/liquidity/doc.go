// Package liquidity measures dollar liquidity: what the Federal Reserve's balance sheet leaves to markets
// after the Treasury's account and reverse repos, and what secured funding costs above the interest on
// reserves. It also races liquidity against tariff news as the explanation of returns.
//
// It stands on floor 3: it may import market, calendar, evidence and macro/ols. It must not know any file
// format, any other macro instrument or any front end. docs/methods/liquidity.md has the definitions and
// what was found.
package liquidity
