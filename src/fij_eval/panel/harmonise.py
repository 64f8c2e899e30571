"""Figures of earlier municipal structures, carried to the structure of 2024.

Renumbered municipalities keep their figures. Merged ones are summed where every part is there. A
municipality that was split has no figure for its parts: 1507 Ålesund (2020-2023) says nothing of
1508 Ålesund or 1580 Haram, neither as a count nor as a share.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.errors import CheckError
from fij_eval.panel.municipalities import TARGET_DATE
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True)
class Bridge:
    """How codes of one structure become codes of 2024.

    Attributes:
        renamed: Old code to new, one to one.
        split: Old code to its parts; their figures cannot be told.
        merged: New code to the old ones that became it.
    """

    renamed: Mapping[str, str]
    split: Mapping[str, tuple[str, ...]]
    merged: Mapping[str, tuple[str, ...]]


def bridge(date: str, changes: pd.DataFrame) -> Bridge:
    """The bridge from the structure of a date to that of 2024, through chains of changes.

    Args:
        date: ISO date of the structure.
        changes: ``old_code``, ``new_code``, ``occurred``.

    Raises:
        CheckError: If the structure is later than 2024 and more than renumbering lies between.
    """
    if date >= TARGET_DATE:
        return _backwards(date, changes)
    between = changes[changes["occurred"].gt(date) & changes["occurred"].le(TARGET_DATE)]
    becomes: dict[str, set[str]] = {}
    for _, step in sorted(_steps(between).items()):
        # A code can be given to another municipality later: steps are taken one date at a time.
        moved = {
            old: set().union(*(step.get(code, {code}) for code in codes))
            for old, codes in becomes.items()
        }
        reached = set().union(*becomes.values()) if becomes else set()
        fresh = {old: new for old, new in step.items() if old not in reached and old not in moved}
        becomes = moved | fresh
    return _bridge(becomes)


def split_parts(changes: pd.DataFrame) -> dict[str, str]:
    """Codes that came out of a split, and the date: no figure before it is theirs.

    Statbank's code lists that carry series back over reforms book the whole of a split municipality
    on one of its parts and leave the others at zero.
    """
    parts: dict[str, str] = {}
    for occurred, step in sorted(_steps(changes).items()):
        if occurred <= TARGET_DATE:
            parts |= {new: occurred for news in step.values() if len(news) > 1 for new in news}
    return parts


def carry(
    frame: pd.DataFrame, over: Bridge, *, counts: Sequence[str], shares: Sequence[str] = ()
) -> pd.DataFrame:
    """The frame with codes of 2024.

    Args:
        frame: One row a ``code``; each value has its ``_missing`` column. Other columns follow the
            row, for a merged municipality the first part's.
        over: Bridge from the frame's structure.
        counts: Columns that can be added.
        shares: Columns that cannot.

    Returns:
        One row a code of 2024, sorted by code.

    Raises:
        CheckError: If two municipalities fall on one code without being merged.
    """
    import pandas as pd

    values = [*counts, *shares]
    parts_of_merged = {old for olds in over.merged.values() for old in olds}
    plain = frame[~frame["code"].isin([*over.split, *parts_of_merged])]
    pieces = [plain.assign(code=plain["code"].replace(dict(over.renamed)))]
    parts = {new: old for old, news in sorted(over.split.items(), reverse=True) for new in news}
    for new, old in sorted(parts.items()):
        row = frame[frame["code"].eq(old)]
        pieces.append(_emptied(row, values, Missing.SPLIT).assign(code=new))
    for new, olds in sorted(over.merged.items()):
        rows = frame[frame["code"].isin(olds)].sort_values("code")
        if len(rows):
            pieces.append(_merged(rows, len(olds), counts, shares).assign(code=new))
    carried = pd.concat(pieces).sort_values("code", ignore_index=True)
    if not carried["code"].is_unique:
        twice = sorted(set(carried.loc[carried["code"].duplicated(), "code"]))
        raise CheckError(
            f"Figures of several municipalities fall on one code of 2024: {', '.join(twice[:3])}",
            where="klass_changes",
            remedy="fetch the changes of codes (KLASS) again; a merger lacks one of its parts",
        )
    return carried


def _merged(
    rows: pd.DataFrame, parts: int, counts: Sequence[str], shares: Sequence[str]
) -> pd.DataFrame:
    """One row for the parts of a merged municipality."""
    row = _emptied(rows.iloc[[0]], shares, Missing.NOT_APPLICABLE)
    for name in counts:
        reasons = [reason for reason in rows[f"{name}_missing"] if reason]
        if len(rows) < parts:
            reasons.append(Missing.NO_ROW.value)
        if reasons:
            row = _emptied(row, [name], Missing(reasons[0]))
        else:
            row[name] = rows[name].sum()
    return row


def _emptied(row: pd.DataFrame, values: Sequence[str], reason: Missing) -> pd.DataFrame:
    """A copy of the row without the values, for a reason."""
    import pandas as pd

    empty = row.copy()
    for name in values:
        empty[name] = pd.array([pd.NA] * len(row), dtype="Int64").astype(row[name].dtype)
        empty[f"{name}_missing"] = reason.value
    return empty


def _steps(changes: pd.DataFrame) -> dict[str, dict[str, set[str]]]:
    """For each date, what each code became; changes of name alone are left out."""
    steps: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    # A code that ends or begins without another one is no change of codes.
    paired = changes[changes["old_code"].ne("") & changes["new_code"].ne("")]
    for row in paired.itertuples(index=False):
        steps[str(row.occurred)][str(row.old_code)].add(str(row.new_code))
    return {date: _moves(step) for date, step in steps.items()}


def _moves(step: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Changes without those of a name alone; a code that takes up another one is kept."""
    shared = [new for news in step.values() for new in news]
    return {old: news for old, news in step.items() if news != {old} or shared.count(old) > 1}


def _bridge(becomes: Mapping[str, set[str]]) -> Bridge:
    """Renumbered, split and merged codes told apart."""
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for old, news in becomes.items():
        for new in news:
            sources[new].add(old)
    split = {old: tuple(sorted(news)) for old, news in becomes.items() if len(news) > 1}
    touched = {new for news in split.values() for new in news}
    # What joins a part of a split municipality is as unknown as the part.
    split |= {
        old: tuple(news) for old, news in becomes.items() if old not in split and news & touched
    }
    whole = {new: tuple(sorted(olds)) for new, olds in sources.items() if new not in touched}
    return Bridge(
        renamed={olds[0]: new for new, olds in whole.items() if len(olds) == 1},
        split=split,
        merged={new: olds for new, olds in whole.items() if len(olds) > 1},
    )


def _backwards(date: str, changes: pd.DataFrame) -> Bridge:
    """The bridge from a structure later than 2024: renumbering alone can be undone."""
    later = changes[changes["occurred"].gt(TARGET_DATE) & changes["occurred"].le(date)]
    back: dict[str, str] = {}
    for occurred, step in sorted(_steps(later).items()):
        news = [new for codes in step.values() for new in codes]
        if len(set(news)) < len(news) or len(news) > len(step):
            raise CheckError(
                f"Municipalities were merged or split on {occurred}; figures of {date} cannot be "
                "carried back to the structure of 2024",
                where="klass_changes",
                remedy="leave out the months after the change from data.snapshots",
            )
        moved = {next(iter(codes)): back.get(old, old) for old, codes in step.items()}
        back = {new: old for new, old in back.items() if new not in step} | moved
    return Bridge(renamed=back, split={}, merged={})
