#!/bin/sh
# Times the way from a chain's file to its levels, and of ticks, trades and quotes into a live book.
set -eu
cd "$(dirname "$0")/../.."
go run ./bench/chain
