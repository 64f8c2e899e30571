"""Records of estimates as figures and tables look them up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from fij_eval.effects.record import power_in
from fij_eval.errors import ReportError

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]


def by_key(frame: pd.DataFrame) -> dict[str, Record]:
    """Records under their keys."""
    rows = frame.to_dict("records")
    return {str(row["key"]): {str(name): value for name, value in row.items()} for row in rows}


def known(record: Mapping[Any, Any] | None, field: str = "estimate") -> TypeGuard[Record]:
    """Whether there is a record, and it has this number: its estimate, ``ci_low``, ``p_value``."""
    import pandas as pd

    return record is not None and not pd.isna(record[field])


def target_power(found: Iterable[Record]) -> float | None:
    """Probability with which minimum detectable effects would be found; None if none is known."""
    sized = (r for r in found if str(r["term"]).endswith("mde") and known(r))
    return next((power_in(str(record["null"])) for record in sized), None)


def wanted(records: Mapping[str, Record], key: str, analysis: str) -> Record:
    """The record with this key, number or not.

    Args:
        records: Records by key.
        key: The key.
        analysis: Analysis that gives the record.

    Raises:
        ReportError: If there is none.
    """
    try:
        return records[key]
    except KeyError as error:
        raise ReportError(
            f"There is no record «{key}»",
            where=f"estimates/{analysis}.parquet",
            remedy="run `snakemake` again, so that records and settings belong together",
        ) from error
