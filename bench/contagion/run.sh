#!/bin/sh
# Times rolling connectedness and Hayashi–Yoshida covariances against statsmodels and numpy on the same numbers
# in one run. Needs Debian's python3-statsmodels, which it installs where it is missing and may.
set -eu
cd "$(dirname "$0")/../.."
if ! /usr/bin/python3 -c 'import statsmodels' 2>/dev/null; then
	apt-get install -y -qq python3-statsmodels >/dev/null || { echo "python3-statsmodels is missing and could not be installed: only our side runs"; exec go run ./bench/contagion; }
fi
go run ./bench/contagion -script bench/contagion/peers/statsmodels_peer.py "$@"
