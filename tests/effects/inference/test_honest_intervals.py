"""Robust intervals against published values, a linear-programming solver and another package."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from fij_eval.effects.inference import cluster_robust, honest, linear, smoothness
from fij_eval.errors import CheckError, EstimationError

YEARS = (2008, 2009, 2010, 2011, 2012, 2014, 2015)


@pytest.fixture(scope="module")
def medicaid():
    """Event study of Medicaid expansion and insurance, the example of R's HonestDiD."""
    data = pytest.importorskip("moderndid").load_ehec().to_pandas()
    data = data[(data["year"] < 2016) & (data["yexp2"].isna() | (data["yexp2"] != 2015))]
    names = [f"e{year}" for year in YEARS]
    for year, name in zip(YEARS, names, strict=True):
        data[name] = ((data["year"] == year) & (data["yexp2"] == 2014)).astype(float)
    fitted = linear.fit(
        linear.absorb(
            linear.design(data, outcome="dins", treatment=names, unit="stfips", period="year")
        )
    )
    return fitted.coefficient, cluster_robust.cv1(fitted, counted="nested")


def first_post(medicaid):
    return honest.event_study(*medicaid, pre=5, target=[1.0, 0.0])


def test_first_post_coefficient_is_the_published_one(medicaid):
    study = first_post(medicaid)
    assert study.estimate == pytest.approx(0.046447, abs=5e-7)  # all published digits
    assert study.se == pytest.approx(0.009152, abs=5e-7)


@pytest.mark.parametrize(
    ("bound", "low", "high"), [(0.5, 0.0241, 0.0673), (1, 0.0171, 0.0720), (2, -0.00107, 0.0883)]
)
def test_relative_magnitudes_reproduce_the_published_intervals(medicaid, bound, low, high):
    found = honest.relative_magnitudes(
        first_post(medicaid), rng=np.random.default_rng(1), bounds=[bound]
    )[0]
    # R reports points of a grid 4e-4 apart and draws its first-stage critical value
    assert found.ci_low == pytest.approx(low, abs=5e-4)
    assert found.ci_high == pytest.approx(high, abs=5e-4)


def test_breakdown_reproduces_the_published_value(medicaid):
    found = honest.breakdown(first_post(medicaid), rng=np.random.default_rng(1))
    assert found == pytest.approx(2, abs=0.1)  # published as «about 2», on a grid of M-bar


@pytest.mark.parametrize(
    ("bound", "low", "high"),
    [
        (0, 0.0259, 0.0607),
        (0.01, 0.0132, 0.0787),
        (0.02, 0.00286, 0.0907),
        (0.03, -0.00714, 0.101),
    ],
)
def test_smoothness_reproduces_the_published_intervals(medicaid, bound, low, high):
    found = smoothness.smoothness(first_post(medicaid), bounds=[bound])[0]
    assert found.ci_low == pytest.approx(low, abs=5e-4)  # optimiser, three published digits
    assert found.ci_high == pytest.approx(high, abs=5e-4)


def random_study(seed, pre=3, post=3, spacing=None):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(pre + post, pre + post)) * 0.3 + np.eye(pre + post)
    return honest.event_study(
        rng.normal(size=pre + post),
        root @ root.T / 4,
        pre=pre,
        target=rng.uniform(0.1, 1, size=post),
        spacing=spacing,
    )


def programme(study, row, sign, bound):
    """Moments and nuisance matrix of one component, from their definition."""
    k, pre = len(study.coefficients), study.pre
    levels = np.insert(np.eye(k), pre, 0.0, axis=0)  # coefficients with the base period between
    change = np.diff(levels, axis=0)
    v = sign * change[row] / study.spacing[row]
    post = change[pre:]
    allowed = (bound * study.spacing[pre:])[:, None] * v
    moments = np.vstack([post - allowed, -post - allowed])
    gamma = np.vstack([study.target, np.eye(k - pre)[1:]])
    effects = moments[:, pre:] @ np.linalg.inv(gamma)
    return moments, effects[:, 0], effects[:, 1:]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("post", [1, 2, 4])
def test_vertices_solve_the_linear_programme(seed, post):
    study = random_study(seed, post=post, spacing=np.linspace(1, 2, 3 + post))
    normal = np.random.default_rng(0).standard_normal((200, 3 + post))
    components = list(honest._components(study, 0.7, normal, 0.05))
    for number, (row, sign) in enumerate((r, s) for r in range(3) for s in (1.0, -1.0)):
        moments, on_theta, nuisance = programme(study, row, sign, 0.7)
        sd = np.sqrt(np.diag(moments @ study.covariance @ moments.T))
        for theta in (-1.0, 0.2, 2.0):
            y = moments @ study.coefficients - on_theta * theta
            solved = linprog(
                [1.0] + [0.0] * nuisance.shape[1],
                A_ub=-np.column_stack([sd, nuisance]),
                b_ub=-y,
                bounds=[(None, None)] * (1 + nuisance.shape[1]),
            )
            mine = components[number].at_zero - components[number].slope * theta
            # two exact solutions of one programme: the solver's tolerance
            assert mine.max() == pytest.approx(solved.fun, abs=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_decisions_equal_those_of_moderndid(seed):
    nuisance_module = pytest.importorskip("moderndid.didhonest.arp_nuisance")
    study = random_study(seed)
    normal = np.random.default_rng(0).standard_normal((2_000, 6))
    for number, component in enumerate(honest._components(study, 0.7, normal, 0.05)):
        row, sign = number // 2, (1.0, -1.0)[number % 2]
        moments, on_theta, nuisance = programme(study, row, sign, 0.7)
        grid = study.estimate + study.se * np.linspace(-5, 5, 15)
        theirs = [
            nuisance_module.lp_conditional_test(
                y_t=moments @ study.coefficients - on_theta * theta,
                x_t=nuisance,
                sigma=moments @ study.covariance @ moments.T,
                alpha=0.05,
                hybrid_flag="LF",
                hybrid_list={"hybrid_kappa": 0.005, "lf_cv": component.least_favourable},
            )["reject"]
            for theta in grid
        ]
        assert component.rejects(grid).tolist() == theirs


def test_the_earliest_change_counts_too(medicaid):
    study = first_post(medicaid)
    moved = study.coefficients.copy()
    moved[0] += 0.1
    wider = honest.event_study(moved, study.covariance, pre=5, target=[1.0, 0.0])
    before, after = (
        honest.relative_magnitudes(s, rng=np.random.default_rng(1), bounds=[1.0])[0]
        for s in (study, wider)
    )
    assert after.ci_high - after.ci_low > 2 * (before.ci_high - before.ci_low)


def test_intervals_widen_with_the_bound_and_follow_the_scale(medicaid):
    study = honest.event_study(*medicaid, pre=5)
    found = honest.relative_magnitudes(study, rng=np.random.default_rng(2))
    assert all(b.ci_low <= a.ci_low + 1e-4 for a, b in itertools.pairwise(found))
    assert all(b.ci_high >= a.ci_high - 1e-4 for a, b in itertools.pairwise(found))
    ten = honest.event_study(10 * study.coefficients, 100 * study.covariance, pre=5)
    scaled = honest.relative_magnitudes(ten, rng=np.random.default_rng(2))
    for a, b in zip(found, scaled, strict=True):
        assert b.ci_low == pytest.approx(10 * a.ci_low, abs=1e-4)  # bisection
        assert b.ci_high == pytest.approx(10 * a.ci_high, abs=1e-4)


def test_with_no_differing_trends_the_interval_is_near_the_usual_one(medicaid):
    study = honest.event_study(*medicaid, pre=5)
    found = honest.relative_magnitudes(study, rng=np.random.default_rng(3), bounds=[0.0])[0]
    usual = 1.96 * study.se
    # the hybrid test spends a tenth of its size on the first stage
    assert found.ci_high - study.estimate == pytest.approx(usual, rel=0.06)
    assert study.estimate - found.ci_low == pytest.approx(usual, rel=0.06)


def test_equal_spacing_of_any_length_changes_nothing(medicaid):
    one = honest.event_study(*medicaid, pre=5)
    three = honest.event_study(*medicaid, pre=5, spacing=np.full(7, 3.0))
    first, second = (
        honest.relative_magnitudes(s, rng=np.random.default_rng(4), bounds=[1.0])[0]
        for s in (one, three)
    )
    assert first.ci_low == pytest.approx(second.ci_low, abs=1e-6)


def test_breakdown_is_zero_without_an_effect_and_infinite_bound_is_capped(medicaid):
    beta, sigma = medicaid
    none = honest.event_study(np.r_[beta[:5], 0.001, -0.001], sigma, pre=5)
    assert honest.breakdown(none, rng=np.random.default_rng(5)) == 0.0
    huge = honest.event_study(np.r_[beta[:5], 9.0, 9.0], sigma, pre=5)
    assert honest.breakdown(huge, rng=np.random.default_rng(5), highest=3.0) == 3.0


def test_diagonal_covariance_is_refused(medicaid):
    beta, sigma = medicaid
    with pytest.raises(CheckError, match="diagonal"):
        honest.event_study(beta, np.diag(np.diag(sigma)), pre=5)


def test_too_few_periods_and_malformed_input_are_refused(medicaid):
    beta, sigma = medicaid
    with pytest.raises(EstimationError, match="at least two"):
        honest.event_study(beta[4:], sigma[4:, 4:], pre=1)
    with pytest.raises(EstimationError, match="at least two"):
        honest.event_study(beta[:5], sigma[:5, :5], pre=5)
    with pytest.raises(CheckError, match="shape"):
        honest.event_study(beta, sigma[:4, :4], pre=5)
    with pytest.raises(CheckError, match="missing"):
        honest.event_study(np.r_[np.nan, beta[1:]], sigma, pre=5)
    with pytest.raises(EstimationError, match="negative"):
        honest.relative_magnitudes(
            honest.event_study(beta, sigma, pre=5), rng=np.random.default_rng(0), bounds=[-1]
        )
    with pytest.raises(EstimationError, match="negative"):
        smoothness.smoothness(honest.event_study(beta, sigma, pre=5), bounds=[-0.1])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")  # of the other optimiser
def test_smoothness_is_no_longer_than_moderndid_and_nearly_the_same(seed):
    flci = pytest.importorskip("moderndid.didhonest.fixed_length_ci")
    study = random_study(seed, pre=4)
    for bound in (0.0, 0.05, 0.5):
        theirs = flci.compute_flci(
            study.coefficients, study.covariance, bound, 4, 3, post_period_weights=study.target
        )
        mine = smoothness.smoothness(study, bounds=[bound])[0]
        length = mine.ci_high - mine.ci_low
        # their search over the standard deviation stops at a hundredth of its range
        assert length <= 2 * theirs.optimal_half_length * (1 + 1e-6)
        assert length == pytest.approx(2 * theirs.optimal_half_length, rel=5e-3)


def test_with_no_bends_the_smoothness_interval_is_that_of_a_line_through_all_coefficients(
    medicaid,
):
    study = honest.event_study(*medicaid, pre=5)
    found = smoothness.smoothness(study, bounds=[0.0])[0]
    # generalised least squares with a free slope and free effects after the base
    times = np.array([-5.0, -4, -3, -2, -1, 1, 2])
    x = np.column_stack([times, np.vstack([np.zeros((5, 2)), np.eye(2)])])
    weight = np.linalg.inv(study.covariance)
    covariance = np.linalg.inv(x.T @ weight @ x)
    fitted = covariance @ x.T @ weight @ study.coefficients
    centre, se = fitted[1:].mean(), np.sqrt(covariance[1:, 1:].mean())
    assert found.ci_low == pytest.approx(centre - 1.959964 * se, abs=1e-7)  # two exact solutions
    assert found.ci_high == pytest.approx(centre + 1.959964 * se, abs=1e-7)


def test_smoothness_breakdown_is_where_the_interval_meets_zero(medicaid):
    study = first_post(medicaid)
    found = smoothness.breakdown_smoothness(study)
    below, above = smoothness.smoothness(study, bounds=[0.998 * found, 1.01 * found])
    assert below.excludes_zero
    assert not above.excludes_zero
