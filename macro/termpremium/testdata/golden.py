# Writes golden.json: the three steps of Adrian, Crump and Moench (2013), written again with numpy from the
# paper, on yields that a formula and a linear congruential generator give. Run: /usr/bin/python3 golden.py > golden.json
import json
import numpy as np

T, N, K = 180, 60, 3
state = 20251121


def u():
    global state
    state = (6364136223846793005 * state + 1442695040888963407) % 2**64
    return (state >> 11) / 2**53 - 0.5


f = np.zeros(3)
y = np.zeros((T, N))
n = np.arange(1, N + 1)
for i in range(T):
    for k, (rho, size) in enumerate([(0.98, 0.004), (0.95, 0.004), (0.9, 0.004)]):
        f[k] = rho * f[k] + size * u()
    slope, curve = 1 - np.exp(-n / 20), n / 25 * np.exp(1 - n / 25)
    y[i] = 0.03 + 0.01 * slope + f[0] + f[1] * slope + f[2] * curve + np.array([0.0002 * u() for _ in n])

at = np.arange(3, N + 1, 3)
d = y[:, at - 1] - y[:, at - 1].mean(axis=0)
w, vec = np.linalg.eigh(d.T @ d)
vec = vec[:, ::-1][:, :K]
X = d @ vec
X /= np.sqrt((X**2).sum(axis=0) / (T - 1))

logp = np.hstack([np.zeros((T, 1)), -n / 12 * y])
r = y[:, 0] / 12
ret = np.arange(6, N + 1, 6)
rx = np.column_stack([logp[1:, m - 1] - logp[:-1, m] - r[:-1] for m in ret])

Z = np.column_stack([np.ones(T - 1), X[:-1]])
coef = np.linalg.lstsq(Z, X[1:], rcond=None)[0]
mu, Phi = coef[0], coef[1:].T
v = X[1:] - Z @ coef
Sigma = v.T @ v / (T - 1)
Z2 = np.column_stack([np.ones(T - 1), v, X[:-1]])
abc = np.linalg.lstsq(Z2, rx, rcond=None)[0]
e = rx - Z2 @ abc
s2 = (e**2).sum() / e.size
a, beta, c = abc[0], abc[1 : 1 + K], abc[1 + K :]
Bstar = np.array([np.outer(beta[:, j], beta[:, j]).ravel() for j in range(len(ret))])
inv = np.linalg.inv(beta @ beta.T) @ beta
lam0 = inv @ (a + 0.5 * (Bstar @ Sigma.ravel() + s2))
lam1 = inv @ c.T
dl = np.linalg.lstsq(np.column_stack([np.ones(T), X]), r, rcond=None)[0]


def yields(l0, l1):
    A, B, out = 0.0, np.zeros(K), np.zeros((T, N))
    for m in range(1, N + 1):
        A = A + B @ (mu - l0) + 0.5 * (B @ Sigma @ B + (s2 if m > 1 else 0)) - dl[0]
        B = (Phi - l1).T @ B - dl[1:]
        out[:, m - 1] = -12 / m * (A + X @ B)
    return out


fit, rn = yields(lam0, lam1), yields(np.zeros(K), np.zeros((K, K)))
print(json.dumps({
    "maturities": [12, 24, 60],
    "yield": fit[-1, [11, 23, 59]].tolist(),
    "premium": (fit - rn)[-1, [11, 23, 59]].tolist(),
    "first": (fit - rn)[0, [11, 23, 59]].tolist(),
    "largest": float(np.abs(np.linalg.eigvals(Phi)).max()),
    "s2": float(s2),
}))
