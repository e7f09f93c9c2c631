#!/bin/sh
# Times the estimation of the dynamic factor model against statsmodels on the same numbers in one run. Needs
# Debian's python3-statsmodels, which it installs where it is missing and may.
set -eu
cd "$(dirname "$0")/../.."
if ! /usr/bin/python3 -c 'import statsmodels, pandas' 2>/dev/null; then
	apt-get install -y -qq python3-statsmodels >/dev/null || { echo "python3-statsmodels is missing and could not be installed: only our side runs"; exec go run ./bench/nowcast; }
fi
go run ./bench/nowcast -script bench/nowcast/peers/statsmodels_peer.py "$@"
