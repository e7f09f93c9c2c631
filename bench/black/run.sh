#!/bin/sh
# Compares package black with QuantLib, numpy and DataFrame code, on the same numbers in one run.
set -eu
cd "$(dirname "$0")/../.."
.ci/peers
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
g++ -O3 -march=native -std=c++17 bench/black/peers/quantlib.cpp -o "$build/quantlib" -lQuantLib
go build -o "$build/black" ./bench/black
"$build/black" -quantlib "$build/quantlib" -python /usr/bin/python3 -script bench/black/peers/python_peer.py
