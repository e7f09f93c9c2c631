#!/bin/sh
# Times the loop of package cascade on one asset against C++ and against a plain Go loop, path by path, in
# one run. Needs Debian's g++.
set -eu
cd "$(dirname "$0")/../.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
g++ -O3 -march=native -std=c++17 bench/cascade/peers/loop.cpp -o "$build/loop"
go build -o "$build/cascade" ./bench/cascade
"$build/cascade" -peer "$build/loop"
