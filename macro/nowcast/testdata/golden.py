# Writes golden.json: what statsmodels' DynamicFactorMQ says of invented data, as an oracle for this package.
# Made with Debian's python3-statsmodels 0.13.5:  /usr/bin/python3 golden.py > golden.json
import json, sys, warnings
import numpy as np, pandas as pd
from statsmodels.tsa.statespace.dynamic_factor_mq import DynamicFactorMQ
warnings.simplefilter("ignore")

def simulate(seed, T, n, r, quarterly, rho):
    g = np.random.default_rng(seed)
    A = np.diag(np.linspace(0.8, 0.5, r)) + 0.05 * g.standard_normal((r, r))
    f = np.zeros((T + 10, r)); e = np.zeros((T + 10, n + quarterly))
    rhos = rho * g.uniform(-0.3, 1, n + quarterly)
    for t in range(1, T + 10):
        f[t] = A @ f[t - 1] + g.standard_normal(r)
        e[t] = rhos * e[t - 1] + g.uniform(0.5, 1.2, n + quarterly) * g.standard_normal(n + quarterly)
    L = g.standard_normal((n + quarterly, r))
    m = f @ L.T + e
    y = m[10:, :n].copy()
    q = np.full((T, quarterly), np.nan)
    for j in range(quarterly):
        for t in range(2, T, 3):
            w = m[t + 10 - 4:t + 11, n + j][::-1]
            q[t, j] = np.dot([1, 2, 3, 2, 1], w)
    return np.round(y * g.uniform(0.5, 3, n) + g.uniform(-2, 2, n), 6), np.round(q, 6), g

def frames(y, q):
    i = pd.period_range("2000-01", periods=len(y), freq="M")
    M = pd.DataFrame(y, index=i, columns=["m%d" % k for k in range(y.shape[1])])
    Q = None
    if q.shape[1]:
        Q = pd.DataFrame(q[2::3], index=pd.period_range("2000Q1", periods=len(q[2::3]), freq="Q"), columns=["q%d" % k for k in range(q.shape[1])])
    return M, Q

def lists(a): return [[None if np.isnan(x) else float(x) for x in row] for row in np.asarray(a, dtype=float)]

def full(y, q): return np.concatenate([y, q], axis=1).T

def case(name, seed, T, n, r, p, quarterly, ar1, holes):
    y, q, g = simulate(seed, T, n, r, quarterly, 0.8 if ar1 else 0.0)
    for kind in holes:
        if kind == "scattered":
            y[g.uniform(size=y.shape) < 0.05] = np.nan
        if kind == "start":
            y[: T // 3, 0] = np.nan
        if kind == "long":
            y[T // 2: T // 2 + 14, 1] = np.nan
        if kind == "month":
            y[T - 7, :] = np.nan
        if kind == "ragged":
            for k in range(n): y[T - 1 - k % 4:, k] = np.nan
    M, Q = frames(y, q)
    mod = DynamicFactorMQ(M, endog_quarterly=Q, factors=["f"] and 1, factor_multiplicities=r, factor_orders=p, idiosyncratic_ar1=ar1)
    par = mod.start_params.copy()
    # A few steps away from the start, so that the parameters are no special ones.
    fit = mod.fit_em(start_params=par, maxiter=8, tolerance=0)
    par = fit.params
    if ar1:
        par[mod._p["idiosyncratic_ar1"]] = np.clip(par[mod._p["idiosyncratic_ar1"]], -0.95, 0.95)
    res = mod.smooth(np.asarray(par))
    k = n + quarterly
    Lm = np.asarray(par[mod._p["loadings"]]).reshape(k, r)
    A = np.asarray(par[mod._p["factor_ar"]]).reshape(r, r * p)
    C = np.zeros((r, r)); C[np.tril_indices(r)] = par[mod._p["factor_cov"]]
    rho = np.asarray(par[mod._p["idiosyncratic_ar1"]]) if ar1 else np.zeros(k)
    out = dict(name=name, factors=r, lags=p, quarterly=quarterly, white=not ar1, months=T,
        y=lists(full(y, q)), mean=list(map(float, mod._endog_mean)), scale=list(map(float, mod._endog_std)),
        load=Lm.ravel().tolist(), a=A.ravel().tolist(), q=(C @ C.T).ravel().tolist(), rho=rho.tolist(),
        var=np.asarray(par[mod._p["idiosyncratic_var"]]).tolist(), loglik=float(res.llf),
        smoothed=np.asarray(res.factors.smoothed)[:, :r].ravel().tolist())
    fc = res.get_forecast(4)
    out["forecast"] = lists(np.asarray(fc.predicted_mean).T)
    out["forecast_var"] = lists(np.array([np.diag(v) for v in np.asarray(fc.var_pred_mean)]).T) if hasattr(fc, "var_pred_mean") and np.ndim(fc.var_pred_mean) == 3 else None
    # News: the last rows arrive where there were holes or an end.
    y2, q2 = y.copy(), q.copy()
    full_y, _, _ = simulate(seed, T, n, r, quarterly, 0.8 if ar1 else 0.0)
    new = []
    for j in range(n):
        if np.isnan(y2[T - 1, j]) and j % 2 == 0:
            y2[T - 1, j] = full_y[T - 1, j]; new.append((T - 1, j))
        if T >= 2 and np.isnan(y2[T - 2, j]):
            y2[T - 2, j] = full_y[T - 2, j]; new.append((T - 2, j))
    if new:
        M2, Q2 = frames(y2, q2)
        old = res
        upd = old.apply(M2, endog_quarterly=Q2, retain_standardization=True)
        name_t = "m1" if not quarterly else "q0"
        when = M.index[T - 1]
        news = upd.news(old, impact_date=when, impacted_variable=name_t, comparison_type="previous")
        d = news.details_by_impact.reset_index()
        out["news"] = dict(target=1 if not quarterly else n, month=T - 1,
            y=lists(full(y2, q2)),
            before=float(pd.DataFrame(news.prev_impacted_forecasts)[name_t].loc[when]),
            after=float(pd.DataFrame(news.post_impacted_forecasts)[name_t].loc[when]),
            items=[dict(month=int((pd.Period(str(x["update date"]), "M") - M.index[0]).n), series=int(x["updated variable"][1:]), forecast=float(x["forecast (prev)"]), observed=float(x["observed"]), impact=float(x["impact"])) for _, x in d.iterrows()])
    return out

def path():
    # The EM path where both estimate in the same way: no holes, no autoregression of the series' own.
    y, q, g = simulate(5, 90, 7, 2, 0, 0.0)
    M, _ = frames(y, q)
    mod = DynamicFactorMQ(M, factors=1, factor_multiplicities=2, factor_orders=1, idiosyncratic_ar1=False)
    s = mod.start_params
    res = mod.fit_em(start_params=s, maxiter=25, tolerance=0)
    par = np.asarray(s)
    C = np.zeros((2, 2)); C[np.tril_indices(2)] = par[mod._p["factor_cov"]]
    return dict(factors=2, lags=1, y=lists(full(y, q)), mean=list(map(float, mod._endog_mean)), scale=list(map(float, mod._endog_std)),
        load=par[mod._p["loadings"]].tolist(), a=par[mod._p["factor_ar"]].tolist(), q=(C @ C.T).ravel().tolist(),
        var=par[mod._p["idiosyncratic_var"]].tolist(), loglik=np.asarray(res.mle_retvals.llf).tolist(),
        final=np.asarray(res.params[mod._p["loadings"]]).tolist())

cases = [
    case("ar1 monthly", 1, 96, 6, 2, 1, 0, True, ["ragged"]),
    case("ar1 holes", 2, 96, 6, 2, 2, 0, True, ["scattered", "start", "long", "month", "ragged"]),
    case("ar1 quarterly", 3, 96, 5, 1, 1, 1, True, ["month", "ragged"]),
    case("white quarterly", 4, 96, 5, 2, 1, 1, False, ["scattered", "ragged"]),
    case("more series than months", 6, 14, 20, 1, 1, 0, True, ["ragged"]),
]
json.dump(dict(cases=cases, path=path()), sys.stdout)
