#!/bin/sh
# Remakes the golden vectors of this folder with Debian's libquantlib0-dev and python3-mpmath.
set -eu
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
g++ -O2 -std=c++17 quantlib.cpp -o "$build/golden" -lQuantLib
"$build/golden" > quantlib.csv
/usr/bin/python3 exact.py > exact.csv
