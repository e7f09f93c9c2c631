// Package household holds the owners of several assets who sell what they can when they have lost: margin
// accounts that must restore their leverage, and holders of crypto who raise money out of what has fallen
// and out of what has not. Through them a fall of one asset becomes selling of another.
//
// It stands on floor 3: it may import flow, market, evidence and assumption. It must not know any other
// participant, any file format or any front end. Every free number is an entry of the register whose name
// begins with "household."; docs/methods/household.md says where each comes from.
package household
