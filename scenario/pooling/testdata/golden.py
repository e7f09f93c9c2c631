#!/usr/bin/env python3
"""Writes golden.json: posteriors of the published implementation of entropy pooling.

Needs numpy and scipy (Debian: python3-numpy python3-scipy) and the package entropy-pooling of Fortitudo
Technologies (BSD 3-Clause; function ep) on the path. The cases have the shapes of that package's own tests: a
mean fixed, a mean bounded, both together, under equal and unequal priors, and a ranking. The paths are drawn
here from a stated seed.

ep stops when its optimiser is content, which leaves about 1e-6. "raw" is what it returns. "want" starts
there and solves ep's first-order conditions, the gradient of its dual, to rounding with scipy's fsolve on
the views that bind.

Run:  PYTHONPATH=.../entropy-pooling python3 golden.py > golden.json
"""
import json

import numpy as np
from scipy.optimize import fsolve

from entropy_pooling import ep

rng = np.random.default_rng(20251120)
S = 120
R = 0.05 + rng.standard_normal((S, 3)) @ np.array([[0.15, 0.05, 0.0], [0, 0.12, 0.04], [0, 0, 0.2]])
R = np.round(R, 6)
flat = np.ones(S) / S
skew = rng.integers(1, S, S).astype(float)
skew /= skew.sum()

EQUAL, AT_LEAST, AT_MOST = 0, 1, 2


def case(name, p, rows, rel, target):
    rows, target = np.array(rows), np.array(target, float)
    A, b = [np.ones(S)], [1.0]
    G, h = [], []
    for row, r, t in zip(rows, rel, target):
        if r == EQUAL:
            A.append(row), b.append(t)
        else:
            sign = 1 if r == AT_MOST else -1
            G.append(sign * row), h.append(sign * t)
    col = lambda x: np.array(x)[:, None]
    raw = ep(p[:, None], np.array(A), col(b), np.array(G) if G else None, col(h) if h else None)[:, 0]
    # Which bounds bind can be read off: those whose expectation stands at the target.
    lhs = list(A) + [g for g, t in zip(G, h) if abs(g @ raw - t) < 1e-4]
    rhs = list(b) + [t for g, t in zip(G, h) if abs(g @ raw - t) < 1e-4]
    lhs, rhs = np.array(lhs), np.array(rhs)
    start = np.linalg.lstsq(lhs.T, np.log(p) - 1 - np.log(raw), rcond=None)[0]
    posterior = lambda x: np.exp(np.log(p) - 1 - lhs.T @ x)
    x, info, ok, _ = fsolve(lambda x: lhs @ posterior(x) - rhs, start, xtol=1e-14, full_output=True)
    assert np.abs(info["fvec"]).max() < 1e-12, (name, info["fvec"])
    return {"name": name, "prior": p.tolist(), "values": rows.tolist(), "is": list(rel), "target": target.tolist(),
            "want": posterior(x).tolist(), "raw": raw.tolist()}


cases = []
for label, p in (("equal prior", flat), ("unequal prior", skew)):
    cases += [
        case("mean fixed, " + label, p, [R[:, 0]], [EQUAL], [0.075]),
        case("mean bounded, " + label, p, [R[:, 1]], [AT_LEAST], [0.12]),
        case("both, " + label, p, [R[:, 0], R[:, 1]], [EQUAL, AT_LEAST], [0.075, 0.09]),
        case("ranking and volatility, " + label, p, [R[:, 2] - R[:, 0], R[:, 1] ** 2, R[:, 2]],
             [AT_LEAST, EQUAL, AT_MOST], [0.03, 0.02, 0.2]),
    ]
print(json.dumps(cases, separators=(",", ":")))
