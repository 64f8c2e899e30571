import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from fij_eval.effects import distributions as own

X = np.linspace(-12, 12, 49)
DF = [1, 2, 7, 40, 356, 10_000]


@pytest.mark.parametrize("df", DF)
def test_t_is_that_of_scipy_stats(df):
    # the same functions below: equal to the last digits
    np.testing.assert_allclose(own.t_tail(X, df), stats.t.sf(X, df), rtol=1e-13)
    for level in (0.5, 0.9, 0.95, 0.975, 0.995):
        assert own.t_quantile(level, df) == pytest.approx(stats.t.ppf(level, df), rel=1e-13)


@pytest.mark.parametrize("df", DF)
def test_f_and_chi_squared_are_those_of_scipy_stats(df):
    for x in (0.0, 0.3, 1.0, 4.0, 30.0):
        assert own.f_tail(x, 3, df) == pytest.approx(stats.f.sf(x, 3, df), rel=1e-12)
        assert own.chi2_tail(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-12)


def test_the_normal_is_that_of_scipy_stats():
    np.testing.assert_allclose(own.normal_tail(X), stats.norm.sf(X), rtol=1e-13)
    p = np.linspace(0.001, 0.999, 31)
    np.testing.assert_allclose(own.normal_above(p), stats.norm.isf(p), rtol=1e-13)
    assert own.normal_quantile(0.975) == pytest.approx(stats.norm.ppf(0.975), rel=1e-14)


@pytest.mark.parametrize(
    "analysis", ["description", "event_study", "composition", "heterogeneity", "persons", "claim"]
)
def test_an_analysis_starts_without_the_slow_libraries(analysis):
    code = (
        f"import sys, fij_eval.effects.analyses.{analysis}; "
        "print([m for m in ('scipy.stats', 'linearmodels', 'statsmodels') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
