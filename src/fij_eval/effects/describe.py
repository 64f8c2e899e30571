"""Description: means of the share employed by arm, month and county, each with its weighting.

Three weightings are kept apart, because they answer different questions:

``municipality``  every municipality counts the same;
``person``        weights are refugees 20-66 in the reference month, frozen, as in the estimates;
``pooled``        wage earners over residents of the same month, summed over municipalities: the
                  share among the persons who live there then.

A municipality without a figure is left out and counted in the note; it is never a zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from fij_eval.effects.columns import numbers
from fij_eval.effects.did2x2 import estimate as two_by_two
from fij_eval.effects.record import Estimate
from fij_eval.effects.samples import NotEstimableError, Sample, weights_label, windows
from fij_eval.settings import Specification, WindowSettings

ANALYSIS = "description"
ARMS = ("network", "comparison", "everyone")
#: The two dates that the interim report of June 2025 compares.
INTERIM_MONTHS = ("2024-09", "2025-04")
_ESTIMAND = {
    "municipality": "municipality_average",
    "person": "person_average",
    "pooled": "person_average",
}


def describe(
    panel: pd.DataFrame,
    sample: Sample,
    *,
    specifications: tuple[Specification, ...],
    window: WindowSettings,
) -> list[Estimate]:
    """All descriptive records of a panel.

    Keys: ``mean.<all|eligible>.<arm>.<month>.<weighting>``,
    ``min|max.<all|eligible>.network.<month>``, ``county.<code>.<month>.<weighting>``,
    ``change.<arm>.<month>.<month>.<weighting>``, ``cell.<spec>.<arm>.<base|post|change>``,
    ``sample.<what>.<arm>``.

    Args:
        panel: Frame that keeps ``fij_eval.panel.contracts.PANEL``.
        sample: The analysis sample; its units are the «eligible» ones.
        specifications: Those with the estimator ``did_2x2`` give their cell means.
        window: Lengths of the windows.
    """
    cells = _cells(panel, sample)
    return [
        *_arm_means(cells, sample),
        *_extremes(cells),
        *_county_means(cells, sample),
        *_interim_changes(cells, sample),
        *_sample_counts(sample),
        *(r for s in specifications if s.estimator == "did_2x2" for r in _two(s, sample, window)),
    ]


def _cells(panel: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """What the descriptions need, numbers as floats: one row a municipality and month."""
    frozen = panel.loc[
        panel["reference_month"] == sample.reference_month, ["municipality_code", "residents"]
    ].set_index("municipality_code")["residents"]
    return pd.DataFrame(
        {
            "code": panel["municipality_code"].to_numpy(dtype=object),
            "month": panel["reference_month"].to_numpy(dtype=object),
            "county": panel["county_code"].to_numpy(dtype=object),
            "arm": panel["arm"].to_numpy(dtype=object),
            "reason": panel["share_missing"].astype(object).fillna("").to_numpy(dtype=object),
            "simulated": panel["simulated"].to_numpy(dtype=bool),
            "frozen": numbers(panel["municipality_code"].map(frozen.astype("Float64"))),
            "eligible": panel["municipality_code"].isin(sample.units.index).to_numpy(dtype=bool),
            **{name: numbers(panel[name]) for name in ("share", "residents", "employed")},
        }
    )


def _record(**given: Any) -> Estimate:  # noqa: ANN401 -- fields of the record
    """A descriptive record; what is not given does not apply to it."""
    blank: dict[str, Any] = {"spec": "", "comparison": "", "base": "", "post": ""}
    return Estimate(**(blank | given), analysis=ANALYSIS, plan_status="descriptive")


def _mean(
    cells: pd.DataFrame, sample: Sample, weighting: str, *, key: str, month: str, group: str
) -> Estimate:
    """One mean of the share over the given municipalities of one month."""
    values, persons = cells["share"].to_numpy(), cells["residents"].to_numpy()
    weight, label = np.ones(len(cells)), "none"
    if weighting == "pooled":
        employed = cells["employed"].to_numpy()
        weight = np.where(np.isfinite(employed), persons, np.nan)
        values = employed / np.where(persons > 0, persons, np.nan)
        label = "residents same month"
    elif weighting == "person":
        weight = persons = cells["frozen"].to_numpy()
        label = weights_label(sample, _ESTIMAND[weighting])
    used = np.isfinite(values) & (weight > 0)
    found = bool(used.any())
    return _record(
        key=key,
        estimator="mean",
        term=month,
        estimand=_ESTIMAND[weighting],
        scale="share",
        sample=group,
        weights=label,
        estimate=float(np.average(values[used], weights=weight[used])) if found else None,
        n_units=int(used.sum()),
        n_treated=int((used & (cells["arm"].to_numpy() == "network")).sum()),
        n_obs=int(used.sum()),
        persons=int(np.nansum(persons[used])),
        simulated=bool(cells["simulated"].any()),
        note=_left_out(cells, used) or ("" if found else "no municipality"),
    )


def _left_out(cells: pd.DataFrame, used: np.ndarray) -> str:
    """How many municipalities are left out, by reason."""
    if used.all():
        return ""
    reasons = cells.loc[~used, "reason"].replace("", "no count").value_counts().sort_index()
    listed = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
    return f"{int((~used).sum())} municipalities left out ({listed})"


def _in_arm(cells: pd.DataFrame, arm: str) -> pd.DataFrame:
    return cells if arm == "everyone" else cells[cells["arm"] == arm]


def _arm_means(cells: pd.DataFrame, sample: Sample) -> Iterator[Estimate]:
    for group, frame in (("all", cells), ("eligible", cells[cells["eligible"]])):
        for month, of_month in frame.groupby("month", sort=True):
            for arm in ARMS:
                rows = _in_arm(of_month, arm)
                for weighting in _ESTIMAND:
                    yield _mean(
                        rows,
                        sample,
                        weighting,
                        key=f"mean.{group}.{arm}.{month}.{weighting}",
                        month=str(month),
                        group=f"{group}, {arm}",
                    )


def _county_means(cells: pd.DataFrame, sample: Sample) -> Iterator[Estimate]:
    for (county, month), rows in cells.groupby(["county", "month"], sort=True):
        for weighting in ("municipality", "pooled"):
            yield _mean(
                rows,
                sample,
                weighting,
                key=f"county.{county}.{month}.{weighting}",
                month=str(month),
                group=f"county {county}",
            )


def _extremes(cells: pd.DataFrame) -> Iterator[Estimate]:
    """Lowest and highest share among the network's municipalities, by month."""
    network = cells[cells["arm"] == "network"]
    for group, frame in (("all", network), ("eligible", network[network["eligible"]])):
        for month, rows in frame.groupby("month", sort=True):
            share = rows["share"].to_numpy()
            used = np.isfinite(share)
            for name, function in (("min", np.min), ("max", np.max)):
                yield _record(
                    key=f"{name}.{group}.network.{month}",
                    estimator=name,
                    term=str(month),
                    estimand="municipality_average",
                    scale="share",
                    sample=f"{group}, network",
                    weights="none",
                    estimate=float(function(share[used])) if used.any() else None,
                    n_units=int(used.sum()),
                    n_treated=int(used.sum()),
                    n_obs=int(used.sum()),
                    persons=int(np.nansum(rows["residents"].to_numpy()[used])),
                    simulated=bool(rows["simulated"].any()),
                    note=_left_out(rows, used) or ("" if used.any() else "no municipality"),
                )


def _interim_changes(cells: pd.DataFrame, sample: Sample) -> Iterator[Estimate]:
    """Mean change between the interim report's two dates, among those with a figure at both.

    Both dates lie after the start and in different seasons, so this is no effect; it is given for
    both arms so that the one is never shown without the other.
    """
    first, last = INTERIM_MONTHS
    share = {
        month: cells[cells["month"] == month].set_index("code")["share"] for month in INTERIM_MONTHS
    }
    facts = cells.drop_duplicates("code").set_index("code")
    if any(series.empty for series in share.values()):
        return
    change = (share[last] - share[first]).reindex(facts.index)
    for arm in ARMS:
        chosen = _in_arm(facts, arm)
        values = change.loc[chosen.index].to_numpy()
        for weighting in ("municipality", "person"):
            frozen = chosen["frozen"].to_numpy()
            weight = np.ones(len(values)) if weighting == "municipality" else frozen
            used = np.isfinite(values) & (weight > 0)
            found = bool(used.any())
            out = int((~used).sum())
            yield _record(
                key=f"change.{arm}.{first}.{last}.{weighting}",
                estimator="mean_change",
                term="change",
                estimand=_ESTIMAND[weighting],
                scale="pp",
                sample=f"all, {arm}",
                base=first,
                post=last,
                weights=weights_label(sample, _ESTIMAND[weighting]),
                estimate=float(np.average(values[used], weights=weight[used])) if found else None,
                n_units=int(used.sum()),
                n_treated=int((used & (chosen["arm"] == "network").to_numpy()).sum()),
                n_obs=2 * int(used.sum()),
                persons=int(np.nansum(frozen[used])),
                simulated=bool(cells["simulated"].any()),
                note=f"{out} municipalities without a figure at both dates"
                if out or not found
                else "",
            )


def _sample_counts(sample: Sample) -> Iterator[Estimate]:
    """How many municipalities are in the analysis sample and how many fell out, by arm."""
    treated = sample.treated
    rows = [("analysed", int(treated.sum()), int((~treated).sum()), 0, sample.description())]
    rows += [
        (f"dropped_{i + 1}", d.network, d.comparison, d.excluded, d.reason)
        for i, d in enumerate(sample.dropped)
    ]
    for what, network, comparison, excluded, note in rows:
        for arm, count in (
            ("network", network),
            ("comparison", comparison),
            ("excluded", excluded),
        ):
            yield _record(
                key=f"sample.{what}.{arm}",
                estimator="count",
                term=what,
                estimand="municipality_average",
                scale="count",
                sample=arm,
                weights="none",
                estimate=float(count),
                n_units=count,
                n_treated=network if arm == "network" else 0,
                simulated=sample.simulated,
                note=note,
            )


def _two(spec: Specification, sample: Sample, window: WindowSettings) -> Iterator[Estimate]:
    """The four means and two changes behind a 2x2; none if it does not exist, as ``main`` says."""
    chosen = windows(sample, window, base=spec.base, post=spec.post)
    try:
        result = two_by_two(sample, chosen, estimand=spec.estimand)
    except NotEstimableError:
        return
    n = {"network": result.n_treated, "comparison": result.n_units - result.n_treated}
    persons = dict(zip(("network", "comparison"), result.persons, strict=True))
    means = {
        "network": (result.network_base, result.network_post),
        "comparison": (result.comparison_base, result.comparison_post),
    }
    for arm, (base, post) in means.items():
        for term, value, scale in (
            ("base", base, "share"),
            ("post", post, "share"),
            ("change", post - base, "pp"),
        ):
            yield _record(
                key=f"cell.{spec.id}.{arm}.{term}",
                spec=spec.id,
                estimator="did_2x2",
                term=term,
                estimand=spec.estimand,
                scale=scale,
                sample=f"eligible, {arm}",
                base=chosen.base_label,
                post=chosen.post_label,
                weights=weights_label(sample, spec.estimand),
                estimate=value,
                n_units=n[arm],
                n_treated=n["network"] if arm == "network" else 0,
                persons=persons[arm],
                simulated=sample.simulated,
            )
