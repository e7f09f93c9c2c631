"""Writes golden.json: an independent computation of what package regime measures, on invented returns.
Run with Debian's python3-numpy and python3-statsmodels: python3 golden.py > golden.json"""
import json
import numpy as np
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

rng = np.random.default_rng(20251120)
n, k = 1400, 8
state = np.zeros(n, int)
for i in range(1, n):
    state[i] = state[i - 1] if rng.random() < (0.985 if state[i - 1] == 0 else 0.96) else 1 - state[i - 1]
common = rng.standard_normal(n) * np.where(state == 0, 0.006, 0.018)
ret = np.round(common[:, None] * rng.uniform(0.6, 1.3, k) + rng.standard_normal((n, k)) * 0.006, 6)
x = np.round(common + rng.standard_normal(n) * 0.002, 6)

model = MarkovRegression(x, k_regimes=2, trend='n', switching_variance=True)
fit = model.fit(search_reps=20, em_iter=200, maxiter=500, disp=False)
wild = int(np.argmax(fit.params[-2:]))
filtered = fit.filtered_marginal_probabilities[:, wild]

w = 0.5 ** ((499 - np.arange(500)) / 250)
win = ret[-500:]
mu = (w[:, None] * win).sum(0) / w.sum()
cov = ((win - mu) * w[:, None]).T @ (win - mu) / w.sum()
eig = np.sort(np.linalg.eigvalsh(cov))[::-1]
absorption = eig[:round(k / 5)].sum() / eig.sum()

corr = np.corrcoef(ret[-63:].T)
mean_corr = corr[np.triu_indices(k, 1)].mean()
dispersion = (ret.std(axis=1, ddof=1) * np.sqrt(252))[-21:].mean()
start = 500 + ((n - 1 - 500) // 21) * 21
hist = ret[max(0, start - 2500):start]
d = ret[-1] - hist.mean(0)
turbulence = d @ np.linalg.solve(np.cov(hist.T), d) / k
vol = np.sqrt((x[-21:] ** 2).sum() * 252 / 21)

print(json.dumps({
    'returns': ret.tolist(), 'index': x.tolist(), 'volatility': vol, 'correlation': mean_corr, 'dispersion': dispersion,
    'absorption': absorption, 'turbulence': turbulence, 'log': fit.llf, 'variances': sorted(fit.params[-2:].tolist()),
    'filtered_last': filtered[-50:].tolist(),
}))
