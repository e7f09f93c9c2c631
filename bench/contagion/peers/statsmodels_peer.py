"""The same windows by statsmodels' VAR with the generalised decomposition in numpy, and the same covariances
by cumulative sums in numpy."""
import json
import sys
import time

import numpy as np
import statsmodels
from statsmodels.tsa.api import VAR

task = json.load(open(sys.argv[1]))
y = np.array(task["y"]).T


def total(part):
    model = VAR(part).fit(task["lags"], trend="c")
    phi, sigma = model.ma_rep(task["horizon"] - 1), np.asarray(model.sigma_u)
    theta = sum((f @ sigma) ** 2 for f in phi) / np.diag(sigma)
    theta /= sum(np.diag(f @ sigma @ f.T) for f in phi)[:, None]
    theta /= theta.sum(axis=1, keepdims=True)
    return 1 - np.trace(theta) / len(theta)


def rolling():
    return [total(y[end - task["window"]:end]) for end in range(task["window"], len(y) + 1, task["step"])]


def covariances():
    ax, x, ay, ly = (np.array(task[k]) for k in ("at_x", "x", "at_y", "log_y"))
    out = []
    for lag in task["shifts"]:
        # For each interval (a, b] of y: the increments of x whose interval ends after a and begins before b.
        first = np.searchsorted(ax[1:] + lag, ay[:-1], side="right")
        last = np.searchsorted(ax[:-1] + lag, ay[1:], side="left")
        last = np.maximum(first, last)
        out.append(float(np.sum((x[last] - x[first]) * np.diff(ly))))
    return out


def best(do):
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        result = do()
        seconds.append(time.perf_counter() - begin)
    return result, min(seconds)


totals, rolling_seconds = best(rolling)
values, ticks_seconds = best(covariances)
print(json.dumps({"total": totals, "covariance": values, "rolling_seconds": rolling_seconds, "ticks_seconds": ticks_seconds,
                  "version": statsmodels.__version__}))
