"""Every estimator on networks that did not exist, and group-time effects in parts."""

import numpy as np
import pytest
from analysis_worlds import panel, parts, records, run_all
from panels import NETWORK, SAMPLE, WINDOWS
from scipy import stats

from fij_eval.effects import group_time, samples
from fij_eval.effects.analyses import pseudo_networks
from fij_eval.effects.robustness.cross_section import permuted_differences
from fij_eval.errors import CheckError
from fij_eval.report.estimator_names import ESTIMATORS
from fij_eval.settings_analysis import InferenceSettings, RobustnessSettings

ESTIMANDS = ("municipality_average", "person_average")
SMALL = {"units": 90, "treated": 24}

#: In so small a panel some networks give weighting no number.
DRAWS = 90
MORE = RobustnessSettings(aa_draws=250, aa_estimator_draws=DRAWS, synthetic_draws=20)


@pytest.fixture(scope="module")
def found():
    return run_all(panel(**SMALL), parts(robustness=MORE), names=("estimators", "pseudo_networks"))


@pytest.fixture(scope="module")
def by_key(found):
    return records(found)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_every_other_estimator_of_the_report_meets_networks_that_did_not_exist(by_key, estimand):
    for name, _ in ESTIMATORS:
        if name == "ancova_did" or (name == "synthetic_did" and estimand == "person_average"):
            continue  # no estimator of its own; its placebos have no weights
        record = by_key[f"pseudo_networks.{name}.{estimand}.spread"]
        assert record.estimate > 0, record.note
        assert record.draws >= pseudo_networks.LEAST or name == "synthetic_did"
        assert abs(by_key[f"pseudo_networks.{name}.{estimand}.mean"].estimate) < record.estimate


def test_the_two_by_two_gives_what_permuted_differences_give(found, by_key):
    sample = samples.build(panel(**SMALL), sample=SAMPLE, network=NETWORK)
    chosen = samples.windows(sample, WINDOWS)
    others = sample.only(~sample.treated)
    members = pseudo_networks._members(sample, "size_group", seed=1, draws=DRAWS)
    before, after = (
        others.outcome[:, others.at(w)].mean(axis=1) for w in (chosen.base, chosen.post)
    )
    estimates, errors = permuted_differences(after - before, members)
    ours = found["pseudo_networks"].details["estimates.municipality_average"]["did_2x2"]
    np.testing.assert_allclose(ours, estimates, atol=1e-12)  # rounding alone
    key = "pseudo_networks.did_2x2.municipality_average"
    assert by_key[f"{key}.spread"].estimate == pytest.approx(estimates.std(ddof=1), rel=1e-9)
    rejected = np.abs(estimates / errors) > stats.t.ppf(0.975, len(others.units) - 1)
    assert by_key[f"{key}.size"].estimate == pytest.approx(rejected.mean(), abs=1e-12)


def test_networks_are_drawn_by_stratum_and_nothing_of_the_participants_enters(found):
    sample = samples.build(panel(**SMALL), sample=SAMPLE, network=NETWORK)
    members = pseudo_networks._members(sample, "size_group", seed=1, draws=DRAWS)
    size = sample.units["size_group"].to_numpy()
    for group in np.unique(size):
        wanted = (sample.treated & (size == group)).sum()
        assert (members[:, size[~sample.treated] == group].sum(axis=1) == wanted).all()
    moved = panel(**SMALL).copy()
    taking_part = moved["arm"].eq("network") & (moved["reference_month"] > "2024-06")
    moved.loc[taking_part, "share"] += 0.1
    other = run_all(moved, parts(robustness=MORE), names=("pseudo_networks",))
    other = other["pseudo_networks"].details
    for name, estimates in other.items():
        before = found["pseudo_networks"].details[name]
        # regression and weighting fit the others alone; so does everything here
        np.testing.assert_array_equal(estimates.to_numpy(), before.to_numpy())


def test_networks_are_drawn_within_the_strata_of_the_settings(monkeypatch):
    seen = []

    def drawn(_, strata, **__):
        seen.append(set(strata))
        raise CheckError("that is enough")

    monkeypatch.setattr(pseudo_networks, "pseudo_networks", drawn)
    by_region = InferenceSettings(level=0.95, draws=199, strata="region")
    run_all(panel(**SMALL), parts(inference=by_region), names=("pseudo_networks",))
    assert seen == [set(panel(**SMALL)["region"])]


def test_an_estimator_that_few_networks_give_a_number_for_is_not_judged(monkeypatch):
    monkeypatch.setattr(pseudo_networks, "LEAST", 61)
    made = records(run_all(panel(**SMALL), names=("pseudo_networks",)))
    record = made["pseudo_networks.did_2x2.municipality_average.spread"]
    assert record.estimate is None
    assert "Only 60 pseudo-networks gave a number" in record.note


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_group_time_effects_are_told_by_kick_off_and_by_months_since(by_key, estimand):
    sample = samples.build(panel(**SMALL), sample=SAMPLE, network=NETWORK)
    chosen = samples.windows(sample, WINDOWS)
    record = by_key[f"estimators.group_time_dr.{estimand}.att"]
    result = group_time.estimate(
        sample,
        estimand=estimand,
        method="dr",
        covariates=record.covariates[:-1]
        if record.covariates[-1] == "expected_share"
        else record.covariates,
    )
    for kind, months in (("group", chosen.post), ("dynamic", ())):
        total = group_time.aggregate(result, kind, months=months)
        for label, value, influence in zip(
            total.labels, total.parts, total.part_influence.T, strict=True
        ):
            part = by_key[f"estimators.group_time_dr.{estimand}.{kind}.{label}"]
            assert part.estimate == pytest.approx(value, abs=1e-12)
            assert part.se == pytest.approx(np.sqrt(influence @ influence) / len(influence))
    # one month of kick-off: its effect is the whole
    only = by_key[f"estimators.group_time_dr.{estimand}.group.2024-06"]
    assert only.estimate == pytest.approx(record.estimate, abs=1e-12)
    assert only.se == pytest.approx(record.se, rel=1e-9)
