#!/usr/bin/env python3
"""Makes golden.json: two funds over an invented series, written without looking at the Go code's
structure. Risk parity holds two markets, for which equal contributions are inverse volatilities in
closed form. Run: python3 golden.py > golden.json"""
import json
import math


def wave(phase, size, k):
    t = float(k)
    return size * (0.012 * math.sin(t * 1.7 + phase)
                   + 0.014 * math.sin(t * t * 0.013 + phase) * math.sin(t / 300 + phase) ** 2
                   + 0.08 * math.sin(t / 90))


N = 700
spx = [400 * math.exp(wave(0, 1, k)) for k in range(N)]
ief = [400 * math.exp(wave(2, 0.4, k)) for k in range(N)]


def ewma(a, b, decay):
    """Mean of the products while there are few, then weights 1 − decay; one value after each return."""
    out, v = [], 0.0
    for k in range(1, N):
        x = math.log(a[k] / a[k - 1]) * math.log(b[k] / b[k - 1])
        w = max(1 - decay, 1 / k)
        v = (1 - w) * v + w * x
        out.append(v)
    return out


def live(prices, short, long, target, budget, cap, lag, limit):
    """Wealth in cash and shares: the funds of the model keep assets and units instead."""
    n = len(prices)
    vs = [ewma(p, p, short) for p in prices]
    vl = [ewma(p, p, long) for p in prices]
    cross = ewma(prices[0], prices[1], long) if n == 2 else None
    cash, shares, orders = 1.0, [0.0] * n, [0.0] * n
    for k in range(1, N):
        for i, p in enumerate(prices):
            cash -= orders[i] * (p[k - 1] + p[k]) / 2
            shares[i] += orders[i]
        worth = cash + sum(s * p[k] for s, p in zip(shares, prices))
        sigma = [math.sqrt(252 * max(vs[i][k - 1], vl[i][k - 1])) for i in range(n)]
        if n == 1:
            y = math.sqrt(budget)
        else:
            rho = cross[k - 1] / math.sqrt(vl[0][k - 1] * vl[1][k - 1])
            y = math.sqrt(budget / (1 + min(max(rho, -0.95), 0.95)))
        want = [target * y / s for s in sigma]
        scale = min(1, cap / sum(want))
        want = [w * scale for w in want]
        orders = [(w * worth / p[k] - s) / lag for w, p, s in zip(want, prices, shares)]
        total = sum(abs(o * p[k]) for o, p in zip(orders, prices))
        if total > limit * worth:
            orders = [o * limit * worth / total for o in orders]
    last = [p[-1] for p in prices]
    return {
        "want": want,
        "held": [s * p / worth for s, p in zip(shares, last)],
        "order": [o * p / worth for o, p in zip(orders, last)],
        "vol_short": [math.sqrt(252 * v[-1]) for v in vs],
        "vol_long": [math.sqrt(252 * v[-1]) for v in vl],
    }


print(json.dumps({
    "target": live([spx], 0.94, 0.97, 0.10, 1, 1.0, 2, 0.1),
    "parity": live([spx, ief], 0.97, 0.99, 0.10, 1 / 3, 3, 10, 0.05),
}, indent=1))
