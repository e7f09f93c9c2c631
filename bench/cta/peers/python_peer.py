"""The peers of cta.Backtest: what one writes in pandas and numpy.

Reads the table that bench/cta wrote and prints a line a peer: name, kind, seconds, sums. Each computes the
same programs: exponential averages with normalised weights, volatility, squashed signals, positions
that close a share of the gap a day, profits; and every fifth day what all programs would trade, in the end, at
each shock of the next close.
"""

import sys
import time

import numpy as np
import pandas as pd

raw = np.fromfile(sys.argv[1], dtype="<f8")
markets, days, programs, shocks = (int(x) for x in raw[:4])
squash, vol_span, floor, adjust = raw[4:8]
at = 8
span = raw[at : at + programs]
at += programs
shock = raw[at : at + shocks]
at += shocks
growth = raw[at : at + days * markets].reshape(days, markets)
at += days * markets
move = raw[at : at + days * markets].reshape(days, markets)

q = (span - 1) / (span + 1)
scale = 1 / (np.sqrt(q * q / (1 - q * q)) * squash)
needs = np.ceil(2 * span).astype(int)
per_year = 1 / (programs * np.sqrt(252))
daily_floor = floor / np.sqrt(252)


def program(x, unit, log2, sessions, k):
    """Positions of one program in units of the price, held after each close; frames or series."""
    mean = x.ewm(span=span[k]).mean()
    vol = np.sqrt(log2.ewm(span=vol_span).mean()).clip(lower=daily_floor)
    target = np.tanh((1 - mean / x) / vol * scale[k]) / vol * per_year
    target[sessions < needs[k] - 1] = 0.0
    # The first row, before the first session, has no volatility and holds nothing.
    target.iloc[0] = 0.0
    return (target / unit).ewm(alpha=adjust, adjust=False).mean().shift(1).fillna(0.0)


def pandas_by_instrument():
    profit = np.zeros(days)
    held = np.zeros((programs, markets))
    sessions = np.arange(days + 1)
    for m in range(markets):
        g = growth[:, m]
        x = pd.Series(np.concatenate([[1.0], np.cumprod(g)]))
        unit = pd.Series(np.concatenate([[1.0], np.cumprod(move[:, m])]))
        log2 = pd.Series(np.concatenate([[np.nan], np.log(g) ** 2]))
        for k in range(programs):
            units = program(x, unit, log2, sessions, k)
            usd = (units * unit).to_numpy()
            profit += usd[:-1] * (g - 1)
            held[k, m] = usd[-1]
    return profit, held


def pandas_whole_frame():
    profit = np.zeros(days)
    held = np.zeros((programs, markets))
    sessions = np.arange(days + 1)
    one = np.ones((1, markets))
    x = pd.DataFrame(np.concatenate([one, np.cumprod(growth, axis=0)]))
    unit = pd.DataFrame(np.concatenate([one, np.cumprod(move, axis=0)]))
    log2 = pd.DataFrame(np.concatenate([one * np.nan, np.log(growth) ** 2]))
    for k in range(programs):
        usd = (program(x, unit, log2, sessions, k) * unit).to_numpy()
        profit += (usd[:-1] * (growth - 1)).sum(axis=1)
        held[k] = usd[-1]
    return profit, held


def weekly_state():
    """What the scenarios start from, after every fifth day: computed beforehand, not timed."""
    one = np.ones((1, markets))
    x = pd.DataFrame(np.concatenate([one, np.cumprod(growth, axis=0)]))
    unit = pd.DataFrame(np.concatenate([one, np.cumprod(move, axis=0)]))
    log2 = pd.DataFrame(np.concatenate([one * np.nan, np.log(growth) ** 2]))
    sessions = np.arange(days + 1)
    rows = np.arange(5, days + 1, 5)
    variance = log2.ewm(span=vol_span).mean().to_numpy()[rows]
    ratio = np.empty((len(rows), programs, markets))
    held = np.empty_like(ratio)
    for k in range(programs):
        ratio[:, k] = (x.ewm(span=span[k]).mean() / x).to_numpy()[rows]
        held[:, k] = (program(x, unit, log2, sessions, k) * unit).to_numpy()[rows]
    # The weight of the next close in each average: 1 over the sum of the weights.
    decay = 1 - 2 / (span + 1)
    weight = 1 / ((1 - decay ** (rows[:, None] + 2)) / (1 - decay))
    vol_decay = 1 - 2 / (vol_span + 1)
    vol_weight = 1 / ((1 - vol_decay ** (rows + 1)) / (1 - vol_decay))
    live = rows[:, None] + 1 >= needs
    return rows, variance, ratio, held, weight, vol_weight, live


def numpy_scenarios(state):
    """All shocks, programs and markets of one week at once: the arrays of a week fit the cache."""
    rows, variance, ratio, held, weight, vol_weight, live = state
    out = np.empty((len(rows), shocks))
    grow, shrink = np.exp(shock), np.exp(-shock)
    for w in range(len(rows)):
        v = 1 / np.maximum(np.sqrt(variance[w] + (shock[:, None] ** 2 - variance[w]) * vol_weight[w]), daily_floor)
        k = np.flatnonzero(live[w])
        a = weight[w, k][:, None]
        u = (1 - a) * ratio[w, k] * shrink[:, None, None] + a
        target = np.tanh((1 - u) * v[:, None, :] * scale[k][:, None]) * v[:, None, :] * per_year
        out[w] = target.sum(axis=(1, 2)) - held[w, k].sum() * grow
    return out


def report(name, kind, work, sums, rounds=3):
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        out = work()
        best = min(best, time.process_time() - start)
    print(name, kind, best, *sums(out))


def size(v):
    return repr(float(np.abs(v).sum()))


def both(out):
    return f"profit={size(out[0])}", f"held={size(out[1])}"


report("pandas,_one_instrument_at_a_time", "pass", pandas_by_instrument, both, rounds=1)
report("pandas,_whole_frame", "pass", pandas_whole_frame, both)
state = weekly_state()
report("numpy,_weekly_scenarios", "scenarios", lambda: numpy_scenarios(state), lambda out: (f"scenario={size(out)}",), rounds=40)
