# The peer of bench/nowcast: statsmodels' DynamicFactorMQ on a panel as CSV, with so many iterations of EM.
import json, sys, time, warnings
import pandas as pd, statsmodels
from statsmodels.tsa.statespace.dynamic_factor_mq import DynamicFactorMQ
warnings.simplefilter("ignore")
path, factors, lags, iterations = sys.argv[1], *map(int, sys.argv[2:5])
y = pd.read_csv(path)
y.index = pd.period_range("1959-01", periods=len(y), freq="M")
model = DynamicFactorMQ(y, factors=1, factor_multiplicities=factors, factor_orders=lags, idiosyncratic_ar1=True)
start = model.start_params  # not timed
begin = time.perf_counter()
params, inits, llf = start, None, []
fit = model.fit_em(start_params=start, maxiter=iterations, tolerance=0, llf_decrease_action="ignore")
seconds = time.perf_counter() - begin
json.dump(dict(seconds=seconds, loglik=[float(x) for x in fit.mle_retvals.llf], version=statsmodels.__version__), sys.stdout)
