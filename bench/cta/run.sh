#!/bin/sh
# Compares cta.Backtest with pandas and numpy, on the same numbers in one run and one thread each.
set -eu
cd "$(dirname "$0")/../.."
.ci/peers
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 GOMAXPROCS=1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
go build -o "$build/cta" ./bench/cta
"$build/cta" -python /usr/bin/python3 -script bench/cta/peers/python_peer.py
