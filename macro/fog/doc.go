// Package fog measures what is still known of the economy when releases stop: how uncertain the trends of
// inflation and unemployment are, given what came out, against what they would be had everything come out
// on time. The trends are latent, so that they never become certain; the measure depends on the pattern of
// releases alone, not on what they said.
//
// It stands on floor 3: it may import macro/nowcast, macro/release, calendar and evidence. It must not know
// any assumption's name, any file format or any front end. docs/methods/fog.md documents the method and
// its error.
package fog
