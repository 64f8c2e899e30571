"""The codebook: one entry a variable of the panel, from contract, definition and data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.panel.contracts import PANEL
from fij_eval.panel.definitions import SMALLEST_COUNT, definition_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_MOST_VALUES = 12


def codebook_rows(panel: pd.DataFrame) -> list[dict[str, Any]]:
    """One entry a variable, in the panel's order.

    Args:
        panel: By contract ``PANEL``.

    Returns:
        For each: ``name``, ``type``, ``unit``, labels and definitions in both languages,
        ``source``, ``allowed`` (by contract), ``observed``, ``n``, ``n_missing``,
        ``share_missing`` and ``reasons`` (count of each reason for which a value is missing).
    """
    rows = []
    for name, column in PANEL.columns.items():
        values = panel[name]
        # Texts that do not apply are empty: that is a value, not one that is missing.
        absent = int(values.isna().sum())
        reasons = panel[f"{name}_missing"] if f"{name}_missing" in panel.columns else None
        meaning = definition_of(name)
        rows.append(
            {
                "name": name,
                "type": str(column.dtype),
                **meaning,
                "allowed": _allowed(column.checks),
                "observed": _observed(values, persons=meaning["unit"] == "persons"),
                "n": len(values) - absent,
                "n_missing": absent,
                "share_missing": round(absent / len(values), 6) if len(values) else 0.0,
                "reasons": _counts(reasons[values.isna()]) if reasons is not None else {},
            }
        )
    return rows


def write_codebook(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the codebook as JSON, and as CSV beside it."""
    import csv
    import io

    from fij_eval.artefacts import write_json, write_text

    write_json(path, {"variables": list(rows)})
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        reasons = "; ".join(f"{reason}: {n}" for reason, n in row["reasons"].items())
        writer.writerow({**row, "reasons": reasons})
    write_text(path.with_suffix(".csv"), text.getvalue())


def _allowed(checks: Sequence[Any]) -> str:
    """The contract's limits in words."""
    words = []
    for check in checks:
        limits = check.statistics
        if "allowed_values" in limits:
            words.append(" | ".join(str(v) or "«»" for v in limits["allowed_values"]))
        elif "pattern" in limits:
            pattern = limits["pattern"]
            words.append(f"matches {getattr(pattern, 'pattern', pattern)}")
        elif "max_value" in limits:
            words.append(f"{limits['min_value']} to {limits['max_value']}")
        elif "min_value" in limits:
            words.append(f"at least {limits['min_value']}")
    return "; ".join(words)


def _observed(values: pd.Series, *, persons: bool) -> str:
    """The values there are, or their range; a smallest count of a few persons is not told."""
    there = values.dropna()
    different = sorted(there.unique())
    if not different:
        return ""
    if len(different) <= _MOST_VALUES and str(values.dtype) in ("str", "bool"):
        return " | ".join(str(value) or "«»" for value in different)
    if str(values.dtype) == "str":
        return f"{len(different)} different, {different[0] or '«»'} to {different[-1]}"
    if persons and different[0] < SMALLEST_COUNT:
        return f"under {SMALLEST_COUNT} to {_number(different[-1])}"
    return f"{_number(different[0])} to {_number(different[-1])}"


def _number(value: float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _counts(reasons: pd.Series) -> dict[str, int]:
    return {str(reason): int(n) for reason, n in sorted(reasons.value_counts().items())}
