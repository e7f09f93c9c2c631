#!/bin/sh
# Compares cta.Backtest with pandas and numpy, on the same numbers in one run and one thread each. Needs
# Debian's python3-numpy and python3-pandas, which it installs where they are missing.
set -eu
cd "$(dirname "$0")/../.."
if ! /usr/bin/python3 -c 'import numpy, pandas' 2>/dev/null; then
	sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get install -y --no-install-recommends python3-numpy python3-pandas >/dev/null
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 GOMAXPROCS=1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
go build -o "$build/cta" ./bench/cta
"$build/cta" -python /usr/bin/python3 -script bench/cta/peers/python_peer.py
