"""All methods of inference for one estimate, against the estimator's own record."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).parents[1]))  # the room's own panels

from panels import NETWORK, SAMPLE, WINDOWS, make_panel

from fij_eval.effects import twfe
from fij_eval.effects.design import stack
from fij_eval.effects.inference import linear, randomization
from fij_eval.effects.inference.records import inferences
from fij_eval.effects.record import Estimate, to_frame
from fij_eval.effects.samples import build, windows

RECORD = Estimate(
    key="twfe.pp.municipality_average",
    analysis="main",
    spec="s",
    estimator="twfe",
    term="att",
    estimand="municipality_average",
    scale="pp",
    sample="all",
    comparison="never treated",
    base="b",
    post="p",
    weights="none",
    note="template",
)


def prepared(covariates=(), **options):
    sample = build(make_panel(**options), sample=SAMPLE, network=NETWORK)
    chosen = windows(sample, WINDOWS)
    post = np.isin(sample.months, chosen.post)
    stacked = stack(
        sample,
        (*chosen.base, *chosen.post),
        {"att": np.outer(sample.treated.astype(float), post.astype(float))},
        weights=np.ones(len(sample.units)),
        covariates=covariates,
    )
    further = stacked.covariates.written_out(stacked.unit, stacked.time)
    names = [f"x{j}" for j in range(further.shape[1])]
    frame = pd.DataFrame(further, columns=names).assign(
        municipality_code=sample.units.index[stacked.unit],
        reference_month=np.array(sample.months)[stacked.time],
        y=stacked.y,
        att=stacked.terms.cells[:, 0],
    )
    model = linear.design(frame, outcome="y", treatment=["att"], covariates=names)
    absorbed = linear.absorb(model)
    pattern = randomization.timing(model, [chosen.post[0]])
    strata = sample.units["size_group"].reindex(model.unit_names).astype(str).to_list()
    fit = twfe.estimate(sample, chosen, estimand="municipality_average", covariates=covariates)
    return absorbed, pattern, strata, fit


@pytest.mark.parametrize("covariates", [(), ("log_population", "region")])
def test_estimate_and_cv1_are_those_of_the_estimator(covariates):
    absorbed, pattern, strata, fit = prepared(covariates)
    found, _ = inferences(RECORD, absorbed, pattern=pattern, strata=strata, seed=1, draws=199)
    by_key = {r.key.rsplit(".", 1)[1]: r for r in found}
    assert list(by_key) == ["cv1", "cv3", "wild", "ri", "ri_t"]
    for record in found:
        assert record.estimate == pytest.approx(fit.estimates[0], abs=1e-10)  # one least squares
    assert by_key["cv1"].se == pytest.approx(np.sqrt(fit.covariance[0, 0]), rel=1e-8)
    assert by_key["cv3"].se > by_key["cv1"].se
    for method in ("cv1", "cv3", "wild", "ri"):
        assert by_key[method].ci_low < by_key[method].estimate < by_key[method].ci_high
    assert by_key["ri_t"].p_value <= 0.05  # an effect of 5 points with errors of about 1
    assert len(to_frame(found)) == 5


def test_the_same_seed_gives_the_same_records_whatever_was_drawn_before():
    absorbed, pattern, strata, _ = prepared()
    first, _ = inferences(RECORD, absorbed, pattern=pattern, strata=strata, seed=1, draws=99)
    np.random.default_rng(1).normal(size=10)
    again, _ = inferences(RECORD, absorbed, pattern=pattern, strata=strata, seed=1, draws=99)
    other, _ = inferences(RECORD, absorbed, pattern=pattern, strata=strata, seed=2, draws=99)
    assert first == again
    assert first != other


def test_few_treated_units_keep_the_estimate_without_an_error():
    absorbed, pattern, _, _ = prepared(treated=4)
    strata = ["one"] * len(absorbed.design.unit_names)
    found, diagnostics = inferences(
        RECORD, absorbed, pattern=pattern, strata=strata, seed=1, draws=199
    )
    assert diagnostics.treated == 4
    for record in found[:3]:
        assert record.estimate is not None
        assert record.se is None
        assert "too few" in record.note
    assert found[4].p_value is not None


def test_one_treated_unit_alone_in_its_stratum_says_that_nothing_can_be_permuted():
    absorbed, pattern, strata, _ = prepared(treated=1)
    own = [f"s{i}" for i in range(len(strata))]
    found, _ = inferences(RECORD, absorbed, pattern=pattern, strata=own, seed=1, draws=99)
    assert all(r.p_value is None and r.note for r in found)
    assert "permuted" in found[-1].note
