"""Figures of the interim report beside the same figures from these data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fij_eval.report import records, results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

#: Shares are rounded in the interim report, some of them with «about».
_SHARE_TOLERANCE = 0.01
_NUMBER = re.compile(r"(?P<over>over )?(?P<number>\d+(\.\d+)?)\Z")
_SHARE = re.compile(r"share_(?P<what>[a-z]+)_(?P<year>\d{4})_(?P<month>\d{2})\Z")
#: Region of the counties that the interim report calls «round the Oslofjord».
_OSLOFJORD = "oslofjord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of the interim report and ours; shares 0-1.

    Attributes:
        key: Its key among the interim report's facts.
        group: ``group_network`` or ``group_shares``.
        words: Key of its words and what fills them.
        theirs: The interim report's figure.
        ours: The figure from these data; None where there is none.
        share: Whether it is a share, else a number of municipalities.
        over: Whether the interim report says that it is more than this.
        why: Key of the reason for a difference.
        text_theirs: Key of words in place of a figure.
        text_ours: A name in place of a figure.
        text_within: Whether the name agrees with the words.
    """

    key: str
    group: str
    words: tuple[str, Mapping[str, str]]
    theirs: float | None
    ours: float | None
    share: bool
    over: bool = False
    why: str = "none"
    text_theirs: str = ""
    text_ours: str = ""
    text_within: bool = False

    @property
    def tolerance(self) -> float:
        """Difference that rounding alone may give."""
        return _SHARE_TOLERANCE if self.share else 0.0

    @property
    def difference(self) -> float | None:
        """Ours less theirs; None if there is nothing to compare."""
        if self.theirs is None or self.ours is None:
            return None
        return self.ours - self.theirs

    @property
    def within(self) -> bool | None:
        """Whether ours lies within the tolerance; None if there is nothing to compare."""
        if self.text_theirs:
            return self.text_within if self.text_ours else None
        if self.difference is None:
            return None
        if self.over:
            return self.difference >= -self.tolerance
        return abs(self.difference) <= self.tolerance + 1e-12


def lines(inputs: Mapping[str, pd.DataFrame]) -> list[Line]:
    """Every figure of the interim report that these data can be asked for."""
    table = inputs["reference_interim_report"]
    facts = {str(k): str(v) for k, v in zip(table["key"], table["value"], strict=True)}
    return [*_participants(facts, inputs), *_shares(facts, inputs)]


def _participants(facts: Mapping[str, str], inputs: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
    register = inputs["reference_network_register"]
    inside = register[register["status"] != "withdrew"]
    whole = inside[inside["district_code"] == ""]
    county_of = inputs["panel"].drop_duplicates("municipality_code").set_index("municipality_code")
    counties = whole["municipality_code"].map(county_of["county_name"]).value_counts()
    confirmed = bool((register["status"] == "participant").any())
    signups = "none" if confirmed else "signups"
    withdrew = int((register["status"] == "withdrew").sum())
    counted: dict[str, tuple[int | None, str]] = {
        "participants_total": (len(inside), signups),
        "participants_oslo_districts": (len(inside) - len(whole), signups),
        # none marked as withdrawn means that the register does not say, not that none did
        "withdrawn": (withdrew or None, "not_registered"),
        **{
            f"participants_{group}": (int((inside["size_group"] == group).sum()), signups)
            for group in ("small", "medium", "large")
        },
    }
    by_plain = {_plain(str(name)): str(name) for name in county_of["county_name"].unique()}
    for key, value in facts.items():
        match = _NUMBER.match(value)
        if match is None or not (key.startswith("participants_") or key == "withdrawn"):
            continue
        name = by_plain.get(key.removeprefix("participants_"))
        if name is not None:
            ours: int | None = int(counties.get(name, 0))
            words, why = ("county", {"county": name}), signups
        elif key in counted:
            ours, why = counted[key]
            words = (key.removeprefix("participants_"), {})
        else:
            continue
        theirs = float(match["number"])
        equal = ours is not None and ours == theirs
        yield Line(
            key=key,
            group="group_network",
            words=words,
            theirs=theirs,
            ours=None if ours is None else float(ours),
            share=False,
            why="none" if equal else why,
        )


def _shares(facts: Mapping[str, str], inputs: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
    found = records.by_key(inputs["estimates_description"])
    counties = inputs["reference_regions"]
    codes = {
        _plain(name): (code, name)
        for code, name in zip(counties["county_code"], counties["county"], strict=True)
    }
    simulated = results.simulated(inputs["estimates_description"])
    for key, value in facts.items():
        match = _SHARE.match(key)
        if match is None:
            continue
        month, what = f"{match['year']}-{match['month']}", match["what"]
        if what == "lowest":
            yield _lowest(key, month, found, counties, simulated=simulated)
            continue
        given = _NUMBER.match(value)
        if given is None:
            continue
        if what in codes:
            code, name = codes[what]
            record = found.get(f"county.{code}.{month}.municipality")
            words: tuple[str, dict[str, str]] = ("county_mean", {"county": name, "month": month})
        elif what in {"mean", "min", "max"}:
            tail = ".municipality" if what == "mean" else ""
            record = found.get(f"{what}.all.network.{month}{tail}")
            words = (what, {"month": month})
        else:
            continue
        ours = float(record["estimate"]) if records.known(record) else None
        line = Line(
            key=key,
            group="group_shares",
            words=words,
            theirs=float(given["number"]) / 100,
            ours=ours,
            share=True,
            over=bool(given["over"]),
        )
        yield _with_reason(line, simulated=simulated)


def _with_reason(line: Line, *, simulated: bool) -> Line:
    if line.ours is None:
        return replace(line, why="no_month")
    if simulated:
        return replace(line, why="simulated")
    return line if line.within else replace(line, why="vintage")


def _lowest(
    key: str,
    month: str,
    found: Mapping[str, records.Record],
    counties: pd.DataFrame,
    *,
    simulated: bool,
) -> Line:
    """Which county has the lowest mean, and whether it lies where the interim report says."""
    means = {}
    for code in counties["county_code"]:
        record = found.get(f"county.{code}.{month}.municipality")
        if records.known(record):
            means[str(code)] = float(record["estimate"])
    lowest = min(means, key=lambda code: (means[code], code)) if means else ""
    row = counties[counties["county_code"] == lowest]
    why = "none"
    within = bool(lowest) and str(row["region"].iloc[0]) == _OSLOFJORD
    if not lowest:
        why = "no_month"
    elif simulated:
        why = "simulated"
    elif not within:
        why = "vintage"
    return Line(
        key=key,
        group="group_shares",
        words=("lowest", {"month": month}),
        theirs=None,
        ours=means.get(lowest),
        share=True,
        why=why,
        text_theirs="lowest_theirs",
        text_ours=str(row["county"].iloc[0]) if lowest else "",
        text_within=within,
    )


def _plain(name: str) -> str:
    """A name as keys of the interim report's facts write it: «Østfold» is ostfold."""
    letters = str.maketrans({"ø": "o", "å": "a", "æ": "ae", " ": "_"})
    return name.lower().translate(letters)
