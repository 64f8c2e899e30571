"""The register of participants: who signed up, took part or withdrew, as the user states it.

Membership is an input with a status, never a constant in the program. The reader is strict: what it
cannot place is refused with the row and the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.panel.contracts import REGISTER, enforce
from fij_eval.panel.register_rows import COLUMNS, participants

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def read_register(
    path: Path, municipalities: pd.DataFrame, districts: pd.DataFrame
) -> pd.DataFrame:
    """Read the register, by contract ``REGISTER``.

    Tolerated: a byte order mark, semicolons for commas, line ends of Windows, blank rows, columns
    in another order. Refused, all faults of the file at once: a column or value that is not known,
    an impossible date, a withdrawal before the kick-off, a code that is none, a code whose name is
    another's, a code that lost its leading zero, a participant that stands twice.

    Args:
        path: CSV, UTF-8.
        municipalities: By contract ``MUNICIPALITIES``.
        districts: ``district_code``, ``name`` of Oslo's districts.

    Returns:
        One row a participant, sorted by code.

    Raises:
        InputError: If anything is wrong.
    """
    import pandas as pd

    known = dict(
        zip(municipalities["municipality_code"], municipalities["municipality_name"], strict=True)
    )
    areas = dict(zip(districts["district_code"], districts["name"], strict=True))
    rows = participants(path, known, areas)
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    frame = frame.sort_values(["municipality_code", "district_code"], ignore_index=True)
    return enforce(frame, REGISTER, name=str(path))
