// Command faultline finds who must trade, at which price, and what happens when they all do.
//
// It stands on the top floor and holds main only: it may import cli, and it must not know anything else.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"faultline/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
