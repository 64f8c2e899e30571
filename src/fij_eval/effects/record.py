"""The one record of an estimate that tables, figures and prose read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from fij_eval.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

ESTIMANDS = ("municipality_average", "person_average")
SCALES = ("pp", "logit", "ratio", "persons", "nok", "share", "count", "statistic")
PLAN_STATUSES = ("primary", "secondary", "exploratory", "descriptive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number with everything that is needed to read it.

    A record without a number (``estimate is None``) says in ``note`` why there is none. Effects on
    the pp scale are stored as differences in shares (0.03 is three percentage points); percent and
    percentage points exist in presentation only.

    Attributes:
        key: Unique among all records of a run, for example ``twfe.pp.municipality_average.adj``.
        analysis: The file of records it belongs to, for example ``main`` or ``event_study``.
        spec: Identifier of the specification in the settings.
        estimator: ``did_2x2``, ``twfe``, ``event_study``, ...
        term: What the number is: ``att``, ``2024-11`` (an event-study month), ``pre_trend``, ...
        estimand: ``municipality_average`` (unweighted) or ``person_average`` (frozen weights).
        scale: ``pp`` (difference in shares), ``logit``, ``ratio``, ``persons``, ``nok``, ``share``
            (a level, 0-1), ``count`` (municipalities) or ``statistic`` (of a test).
        sample: Which units enter, in a word.
        comparison: Which units are compared with.
        base: Base window, ``2023-08..2024-04`` or a month.
        post: Post window, written likewise.
        weights: ``none`` or the variable and its date.
        covariates: Covariates in the model.
        inference: How error, interval and p-value were found, for example ``CV1 t(G-1)``.
        estimate: The estimate.
        se: Standard error.
        ci_low: Lower limit of the interval at ``level``.
        ci_high: Upper limit.
        p_value: p-value of the hypothesis in ``null``.
        level: Confidence level.
        null: Hypothesis that ``p_value`` tests.
        df: Degrees of freedom of the reference distribution.
        n_units: Municipalities that enter this number.
        n_treated: Of these, in the network arm.
        n_obs: Municipality-months that enter.
        persons: Refugees 20-66 in the units that enter, at the weights' date.
        seed: Seed of the draws, where there are any.
        draws: Number of draws, where there are any.
        plan_status: ``primary``, ``secondary``, ``exploratory`` or ``descriptive``.
        simulated: Whether the outcome is simulated.
        note: Why there is no number, or what a reader must know.
    """

    key: str
    analysis: str
    spec: str
    estimator: str
    term: str
    estimand: str
    scale: str
    sample: str
    comparison: str
    base: str
    post: str
    weights: str
    covariates: tuple[str, ...] = ()
    inference: str = ""
    estimate: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    level: float = 0.95
    null: str = "0"
    df: float | None = None
    n_units: int = 0
    n_treated: int = 0
    n_obs: int = 0
    persons: int | None = None
    seed: int | None = None
    draws: int | None = None
    plan_status: str = "exploratory"
    simulated: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse values that no reader could place."""
        for name, allowed in (
            ("estimand", ESTIMANDS),
            ("scale", SCALES),
            ("plan_status", PLAN_STATUSES),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} «{getattr(self, name)}» is not one of {allowed}")
        if self.estimate is None and not self.note:
            raise ValueError(f"record «{self.key}» has no number and no reason")


#: Columns of records as a frame.
COLUMNS = tuple(field.name for field in fields(Estimate))


#: What stands in ``null`` of the smallest effect that would be found, before the probability.
_FOUND = "found with probability "


def found_with(power: float) -> str:
    """``null`` of a minimum detectable effect."""
    return f"{_FOUND}{power:g}"


def power_in(null: str) -> float:
    """The probability that ``found_with`` wrote."""
    return float(null.removeprefix(_FOUND))


def no_inference(**but: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields of the record
    """Fields of a record without error, interval and test, but for those that are given."""
    return dict.fromkeys(("se", "ci_low", "ci_high", "p_value", "df")) | but


def check_weighting(records: Iterable[Estimate]) -> None:
    """Every mean and every effect says how municipalities are weighted, as its estimand does.

    Raises:
        CheckError: If an unweighted estimand carries weights, a weighted one none.
    """
    for record in records:
        if record.estimate is None or record.scale not in ("pp", "share", "logit", "ratio"):
            continue
        weighted = record.weights not in ("", "none")
        if weighted != (record.estimand == "person_average"):
            raise CheckError(
                f"The record says {record.estimand} and is weighted by «{record.weights or '?'}»",
                where=record.key,
                remedy="give the estimand that the weights belong to",
            )


def to_frame(records: Iterable[Estimate]) -> pd.DataFrame:
    """Records as a tidy frame, one a row, covariates joined by ``+``.

    Raises:
        ValueError: If two records share a key.
    """
    import pandas as pd

    rows = [{**asdict(record), "covariates": "+".join(record.covariates)} for record in records]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    if not frame["key"].is_unique:
        twice = sorted(frame.loc[frame["key"].duplicated(), "key"].unique())
        raise ValueError(f"records share the keys {twice}")
    types = {
        "float64": ("estimate", "se", "ci_low", "ci_high", "p_value", "level", "df"),
        "Int64": ("n_units", "n_treated", "n_obs", "persons", "seed", "draws"),
    }
    return frame.astype({name: kind for kind, names in types.items() for name in names})


def from_frame(frame: pd.DataFrame) -> list[Estimate]:
    """Records from the frame that ``to_frame`` made."""
    import pandas as pd

    records = []
    for row in frame.to_dict("records"):
        values: dict[str, Any] = {
            str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else value
            for name, value in row.items()
        }
        values["covariates"] = tuple(filter(None, str(values["covariates"] or "").split("+")))
        records.append(Estimate(**values))
    return records
