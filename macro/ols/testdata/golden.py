# Writes golden.json with Debian's python3-statsmodels: OLS with HC3 and with Newey-West errors on made-up data.
# Run: /usr/bin/python3 golden.py > golden.json
import json
import numpy as np
import statsmodels.api as sm

rng = np.random.default_rng(20251121)
cases = []
for n, k, lags in [(12, 2, 0), (60, 3, 0), (80, 4, 0), (60, 2, 1), (150, 4, 4), (90, 3, 7)]:
    x = np.column_stack([np.ones(n), rng.standard_normal((n, k - 1)) * 10.0 ** rng.integers(-3, 4, k - 1)])
    e = rng.standard_normal(n) * (1 + np.abs(x[:, 1]) / np.abs(x[:, 1]).max())
    for i in range(1, n):
        e[i] += 0.5 * e[i - 1]
    y = x @ rng.standard_normal(k) + e
    m = sm.OLS(y, x)
    if lags:
        f = m.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    else:
        f = m.fit(cov_type="HC3")
    cases.append({"lags": lags, "x": x.tolist(), "y": y.tolist(), "beta": f.params.tolist(), "error": f.bse.tolist(), "r2": f.rsquared})
print(json.dumps(cases))
