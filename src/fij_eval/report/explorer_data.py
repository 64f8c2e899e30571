"""What the page to explore holds: municipalities that may be named, their series, all estimates.

Everything that may not be shown is left out here, before anything is written: what is not in the
data cannot be found in the page's source either.

- A municipality is named if it has at least ``sample.minimum_residents`` refugees in the reference
  month, as in the analysis.
- A figure is shown if the municipality has as many in its month, and if neither those in work nor
  those not in work are fewer than five.
- A mean of others is shown if at least five municipalities are in it.

Municipalities are compared with those of the same size group and part of the country; where there
are fewer than five of them, with all of the same size group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.months import is_month, month_number
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import disclosure, results
from fij_eval.report.numbers_format import MINUS, day_name, month_name, month_short, number
from fij_eval.report.snapshots import outcome_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from fij_eval.report.context import Context

#: Fewest municipalities in a mean, and fewest of the same kind before the kind is widened.
SMALLEST_GROUP = 5

_FACTORS = {"pp": 100, "share": 100}
_DECIMALS = {"pp": 2, "share": 1, "logit": 3, "ratio": 3, "statistic": 3}


def payload(
    panel: pd.DataFrame,
    description: pd.DataFrame,
    estimates: Iterable[pd.DataFrame],
    context: Context,
) -> dict[str, Any]:
    """All data of the page, as JSON can hold them; numbers are rounded as they are shown.

    Args:
        panel: The panel.
        description: Records of the analysis ``description``.
        estimates: Records of all other analyses.
        context: Language, network and sample.

    Returns:
        ``months``, ``municipalities``, ``means`` of the arms, ``estimates``, and what they refer
        to.
    """
    months = outcome_months(panel)
    named = disclosure.named(panel, context.sample)
    rows = panel[panel["municipality_code"].isin(named) & panel["reference_month"].isin(months)]
    shown = rows.assign(visible=disclosure.visible(rows, context.sample.minimum_residents))
    municipalities = [
        _municipality(part, months, context)
        for _, part in shown.groupby("municipality_code", sort=True)
    ]
    exact = (
        shown[shown["visible"]]
        .pivot_table(index="municipality_code", columns="reference_month", values="share")
        .reindex(index=sorted(named), columns=months)
    )
    language = context.language
    return {
        "months": [
            {
                "id": month,
                "at": month_number(month),
                "name": month_name(month, language),
                "short": month_short(month, language),
            }
            for month in months
        ],
        "reference": context.sample.reference_month,
        "start": month_number(context.network.start),
        "municipalities": _with_peers(municipalities, exact),
        "unnamed": int(panel["municipality_code"].nunique()) - len(named),
        "means": _means(description, months),
        "estimates": [_estimate(row) for frame in estimates for row in frame.to_dict("records")],
        "simulated": results.simulated(panel),
    }


def rounded(value: float, decimals: int) -> float:
    """The number as readers see it: rounded where all numbers of the report are."""
    text = number(value, "en", decimals).replace(",", "").replace(MINUS, "-")
    return float(text) if decimals else int(text)


def _municipality(part: pd.DataFrame, months: Sequence[str], context: Context) -> dict[str, Any]:
    """One municipality: what it is, and its series where they may be shown."""
    rows = {row["reference_month"]: row for row in part.to_dict("records")}
    last = part.sort_values("reference_month").to_dict("records")[-1]
    seen = [rows.get(month) for month in months]
    share = [_percent(row["share"]) if row and row["visible"] else None for row in seen]
    ends = [
        disclosure.wilson(float(row["share"]), float(row["residents"]))
        if row and row["visible"]
        else None
        for row in seen
    ]
    kick_off = str(last["kick_off_date"])
    return {
        "code": last["municipality_code"],
        "name": last["municipality_name"],
        "county": last["county_name"],
        "region": last["region"],
        "size": last["size_group"],
        "arm": last["arm"],
        "kick_off": day_name(kick_off, context.language) if kick_off else "",
        "population": _whole(last["population"]),
        "unemployment": _unemployment(last),
        "share": share,
        "low": [None if pair is None else _percent(pair[0]) for pair in ends],
        "high": [None if pair is None else _percent(pair[1]) for pair in ends],
        "residents": [_residents(row, context) for row in seen],
        "why": [_why(row) for row in seen],
    }


def _percent(share: float) -> float:
    return rounded(100 * share, 1)


def _whole(value: Any) -> int | None:  # noqa: ANN401 -- a number or pandas' NA
    import pandas as pd

    return None if pd.isna(value) else int(value)


def _unemployment(row: Mapping[Any, Any]) -> float | None:
    """Registered unemployed in per cent, where they are not too few."""
    count = _whole(row["unemployed"])
    if count is None or count < SMALLEST_COUNT or row["unemployment_rate_missing"]:
        return None
    return _percent(float(row["unemployment_rate"]))


def _residents(row: Mapping[Any, Any] | None, context: Context) -> int | None:
    """Number of refugees, where it reaches the smallest that is shown by name."""
    count = _whole(row["residents"]) if row else None
    return count if count is not None and count >= context.sample.minimum_residents else None


def _why(row: Mapping[Any, Any] | None) -> str:
    """Why a share is not shown: ``hidden``, ``missing``, or nothing if it is."""
    if row is None:
        return "missing"
    return "" if row["visible"] else disclosure.why_not(str(row["share_missing"]))


def _with_peers(municipalities: list[dict[str, Any]], shares: pd.DataFrame) -> list[dict[str, Any]]:
    """Each municipality with those it is compared with, and their unweighted mean.

    Args:
        municipalities: Municipalities that are named.
        shares: Share by municipality and month, missing where it is not shown.
    """
    values = shares.to_numpy(dtype=float)
    place = {code: row for row, code in enumerate(shares.index)}
    pool = [one for one in municipalities if one["arm"] != "excluded"]
    found = []
    for one in municipalities:
        size = [o for o in pool if o["size"] == one["size"] and o["code"] != one["code"]]
        near = [o for o in size if o["region"] == one["region"]]
        peers, kind = (near, "region") if len(near) >= SMALLEST_GROUP else (size, "size")
        codes = [o["code"] for o in peers]
        theirs = values[[place[code] for code in codes]]
        mean = [_mean(column[~np.isnan(column)]) for column in theirs.T]
        found.append(one | {"peers": codes, "kind": kind, "mean": mean})
    return found


def _mean(shares: NDArray[np.float64]) -> float | None:
    """Mean share in per cent, of enough municipalities."""
    return _percent(float(shares.mean())) if len(shares) >= SMALLEST_GROUP else None


def _means(description: pd.DataFrame, months: Sequence[str]) -> dict[str, list[float | None]]:
    """Unweighted mean share of each arm's eligible municipalities, from the records."""
    known = description.set_index("key")["estimate"].dropna()
    return {
        arm: [
            _percent(float(known[key]))
            if (key := f"mean.eligible.{arm}.{month}.municipality") in known.index
            else None
            for month in months
        ]
        for arm in ("network", "comparison")
    }


def _estimate(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A record as the page shows it."""
    import pandas as pd

    scale = str(row["scale"])
    factor, decimals = _FACTORS.get(scale, 1), _DECIMALS.get(scale, 0)

    def shown(name: str, more: int = 0) -> float | None:
        if pd.isna(row[name]):
            return None
        value = factor * float(row[name])
        # a limit beside zero is not rounded to zero, as in ``numbers_format.interval``
        kept = (rounded(value, digits) for digits in range(decimals, decimals + more + 1))
        return next((number for number in kept if number), rounded(value, decimals))

    return {
        "key": row["key"],
        "analysis": row["analysis"],
        "estimator": row["estimator"],
        "term": row["term"],
        "is_month": is_month(str(row["term"])),
        "is_base": str(row["term"]) == str(row["base"]),
        # «eligible, size_group small»: only what narrows the sample is told
        "sample": str(row["sample"]).partition(", ")[2],
        "estimand": row["estimand"],
        "scale": scale,
        "decimals": decimals,
        "adjusted": bool(row["covariates"]),
        "plan": row["plan_status"],
        "estimate": shown("estimate"),
        "low": shown("ci_low", more=2),
        "high": shown("ci_high", more=2),
        "p": None if pd.isna(row["p_value"]) else rounded(float(row["p_value"]), 3),
        "units": _whole(row["n_units"]),
        "treated": _whole(row["n_treated"]),
    }
