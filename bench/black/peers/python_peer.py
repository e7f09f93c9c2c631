"""Times a gamma profile on the chain that bench/black wrote: as a numpy loop over the levels, and as
the DataFrame code, one Python call a row, that open gamma-exposure tools use. The latter is timed on
one level, since it takes the better part of a second for each."""
import math
import sys
import time

import numpy as np

data = np.fromfile(sys.argv[1], dtype='<f8')
n, points = int(data[0]), int(data[1])
right, price, forward, strike, years, vol, weight = data[2:2 + 7 * n].reshape(7, n)
grid = data[2 + 7 * n:]
assert len(grid) == points


def profile():
    out = np.empty(points)
    for j, x in enumerate(grid):
        f = forward * x
        s = vol * np.sqrt(years)
        d1 = np.log(f / strike) / s + 0.5 * s
        out[j] = np.sum(weight * np.exp(-0.5 * d1 * d1) / (math.sqrt(2 * math.pi) * f * s))
    return out


def fastest(runs, f):
    best = math.inf
    for _ in range(runs):
        start = time.perf_counter()
        f()
        best = min(best, time.perf_counter() - start)
    return best


print('time numpy gamma profile', fastest(3, profile) / (n * points) * 1e9)
for g in profile():
    print('gamma', repr(float(g)))

try:
    import pandas as pd
except ImportError:
    sys.exit()

frame = pd.DataFrame({'forward': forward, 'strike': strike, 'years': years, 'vol': vol, 'weight': weight})


def gamma_exposure(level, row):
    if row.years == 0 or row.vol == 0:
        return 0
    f = row.forward * level
    s = row.vol * math.sqrt(row.years)
    d1 = math.log(f / row.strike) / s + 0.5 * s
    return row.weight * math.exp(-0.5 * d1 * d1) / (math.sqrt(2 * math.pi) * f * s)


def one_level():
    return frame.apply(lambda row: gamma_exposure(grid[0], row), axis=1).sum()


assert abs(one_level() - profile()[0]) < 1e-9
print('time DataFrame gamma profile', fastest(2, one_level) / n * 1e9)
