#!/usr/bin/env python3
"""Makes golden.json: vector autoregressions of invented series by statsmodels (Debian python3-statsmodels
0.13.5), and on top of its moving-average form the generalised variance decomposition of Pesaran and Shin,
written out with matrices. Run: /usr/bin/python3 golden.py > golden.json"""
import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.api import VAR

random = np.random.default_rng(20260101)


def series(k, n, p):
    """A stable process with correlated, fat-tailed shocks; six digits, so that Go reads the same numbers."""
    a = random.normal(size=(p, k, k)) * 0.25 / (p * np.sqrt(k))
    mix = np.eye(k) + 0.4 * random.normal(size=(k, k))
    y = np.zeros((n + 50, k))
    for t in range(p, n + 50):
        y[t] = sum(a[l] @ y[t - 1 - l] for l in range(p)) + 0.01 * mix @ random.standard_t(5, size=k) + 0.0004
    return np.round(y[50:], 6)


def decompose(model, horizon):
    phi, sigma = model.ma_rep(horizon - 1), np.asarray(model.sigma_u)
    top = sum((f @ sigma) ** 2 for f in phi) / np.diag(sigma)
    bottom = sum(np.diag(f @ sigma @ f.T) for f in phi)
    theta = top / bottom[:, None]
    return theta / theta.sum(axis=1, keepdims=True)


def white(model, y, p, cause, effect):
    """Wald statistic with White's covariance, from the design matrix itself."""
    n, k = y.shape
    x = np.column_stack([np.ones(n - p)] + [y[p - 1 - l:n - 1 - l] for l in range(p)])
    u = y[p:, effect] - x @ np.linalg.lstsq(x, y[p:, effect], rcond=None)[0]
    bread = np.linalg.inv(x.T @ x)
    cov = bread @ (x.T * u ** 2) @ x @ bread
    at = [1 + l * k + cause for l in range(p)]
    b = np.linalg.lstsq(x, y[p:, effect], rcond=None)[0][at]
    wald = b @ np.linalg.solve(cov[np.ix_(at, at)], b)
    return float(stats.chi2.sf(wald, p))


cases = []
for k, n, p, horizon in [(2, 120, 1, 5), (3, 250, 2, 10), (5, 400, 3, 12)]:
    y = series(k, n, p)
    model = VAR(y).fit(p, trend="c")
    granger = []
    for cause in range(k):
        for effect in range(k):
            if cause == effect:
                continue
            test = model.test_causality(effect, cause, kind="f")
            granger.append({"cause": cause, "effect": effect, "f": float(test.test_statistic),
                            "p": float(test.pvalue), "p_robust": white(model, y, p, cause, effect)})
    cases.append({
        "lags": p, "horizon": horizon, "y": y.T.tolist(), "coef": model.params.T.tolist(),
        "sigma": np.asarray(model.sigma_u).tolist(), "share": decompose(model, horizon).tolist(), "granger": granger,
    })
raw = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
print(json.dumps({"var": cases, "holm": {"p": raw, "adjusted": multipletests(raw, method="holm")[1].tolist()}}))
