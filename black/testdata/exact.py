"""Writes exact.csv: Black-76 in 400-digit arithmetic (mpmath), on inputs that are float64 exactly.

Three kinds of rows, told apart by their first column:
  greeks,right,forward,strike,years,vol,price,delta,gamma,vega,theta,vanna,charm,vomma,speed,colour
  implied,right,price,forward,strike,years,vol,condition
  normal,x,cdf,pdf
condition is price/(vega*vol) of the out-of-the-money side, the growth of a relative error.
"""
import math
import random

from mpmath import mp, mpf, erfc, exp, log, sqrt, pi, findroot

mp.dps = 400  # deviations down to 1e-150 cancel as many digits
random.seed(76)


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def otm(low, high, s):
    """Price of the out-of-the-money side for |ln(F/K)| = ln(high/low)."""
    d1 = -log(high / low) / s + s / 2
    return low * cdf(d1) - high * cdf(d1 - s)


def text(x):
    return mp.nstr(x, 25, min_fixed=0, max_fixed=0)


def greeks(r, forward, strike, years, vol):
    f, k, t, v = mpf(forward), mpf(strike), mpf(years), mpf(vol)
    s = v * sqrt(t)
    d1 = log(f / k) / s + s / 2
    d2 = d1 - s
    n = pdf(d1)
    gamma = n / (f * s)
    vega = f * sqrt(t) * n
    price = otm(min(f, k), max(f, k), s)
    if (r > 0) == (f > k):
        price += abs(f - k)
    out = [price, r * cdf(r * d1), gamma, vega, -f * n * v / (2 * sqrt(t)), -n * d2 / v, n * d2 / (2 * t),
           vega * d1 * d2 / v, -gamma / f * (1 + d1 / s), gamma * (1 - d1 * d2) / (2 * t)]
    print(','.join(['greeks', str(r), repr(forward), repr(strike), repr(years), repr(vol)] + [text(x) for x in out]))


def implied(r, forward, strike, years, vol):
    """One row for the float64 price nearest to that of vol; the exact root for that price is sought."""
    f, k, t = mpf(forward), mpf(strike), mpf(years)
    low, high = min(f, k), max(f, k)
    s = mpf(vol) * sqrt(t)
    inside = (r > 0) == (f > k)
    price = float(otm(low, high, s) + (high - low if inside else 0))
    value = mpf(price) - (high - low if inside else 0)
    if value <= 0 or value >= low or price < 1e-300:
        return
    # Newton on the logarithm of the price or of its complement.
    for _ in range(200):
        p = otm(low, high, s)
        vega = low * pdf(log(high / low) / s - s / 2)
        if value > low / 2:
            step = -log((low - value) / (low - p)) * (low - p) / vega
        else:
            step = log(value / p) * p / vega
        step = max(min(step, s), -s / 2)
        s += step
        if abs(step) < s * mpf(10) ** -60:
            break
    else:
        raise ValueError('no convergence')
    condition = value / (vega * s)
    print(','.join(['implied', str(r), repr(price), repr(forward), repr(strike), repr(years), text(s / sqrt(t)), text(condition)]))


print('# mpmath, 400 digits; see exact.py')
for i in range(160):
    forward = math.exp(1 + 8 * random.random())
    years = math.exp(-10 + 12 * random.random())
    vol = math.exp(-3.5 + 4 * random.random())
    width = [1, 4, 12, 36][i % 4]
    strike = forward * math.exp(vol * math.sqrt(years) * width * (2 * random.random() - 1))
    if i % 10 == 0:
        strike = forward * (1 + [0, 1e-15, 1e-8, -1e-12][i // 10 % 4])
    greeks(random.choice([1, -1]), forward, strike, years, vol)

for i in range(420):
    kind = i % 7
    r = random.choice([1, -1])
    forward = math.exp(1 + 8 * random.random())
    years = math.exp(-10 + 12 * random.random())
    s = math.exp(-7 + 7.7 * random.random())
    a = s * 4 * (2 * random.random() - 1)
    if kind == 1:  # far wings
        a = s * random.uniform(5, 37) * random.choice([1, -1])
    elif kind == 2:  # at and next to the money
        a = random.choice([0, 1e-16, 1e-13, 1e-9, 1e-5]) * random.choice([1, -1])
    elif kind == 3:  # deviations up to the limit of the price
        s = random.uniform(1, 9)
        a = random.uniform(-3, 3)
    elif kind == 4:  # strikes far from the forward
        a = random.uniform(2, 60) * random.choice([1, -1])
        s = math.sqrt(2 * abs(a)) * random.uniform(0.4, 1.5)
    elif kind == 5:  # tiny deviations
        s = 10 ** random.uniform(-150, -3)
        a = s * 5 * (2 * random.random() - 1)
    elif kind == 6:  # extreme scales
        forward = 10 ** random.uniform(-280, 280)
    strike = forward * math.exp(a)
    if a < 0:
        r = r if kind == 0 else -1
    elif kind != 0:
        r = 1
    implied(r, forward, strike, years, s / math.sqrt(years))

for x in [0, 1e-300, -1e-300, 0.5, -0.5, 1, -1, 2, -2, 3.5, -3.5, 6, -6, 8.25, -8.25, 12, -12, 20, -20, 30, -30, 37.5, -37.5] + \
        [random.uniform(-37, 8) for _ in range(60)]:
    x = float(x)
    print(','.join(['normal', repr(x), text(cdf(mpf(x))), text(pdf(mpf(x)))]))
