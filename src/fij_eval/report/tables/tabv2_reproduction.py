"""Table V2: figures of the interim report beside the same figures from these data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fij_eval.report import records
from fij_eval.report.context import Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import count, listed, month_name, number
from fij_eval.report.vocabulary import shared, source_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from fij_eval.settings import Language

INPUTS = (
    "estimates_description",
    "panel",
    "reference_interim_report",
    "reference_network_register",
    "reference_regions",
)

WORDS: Catalogue = {
    "nb": {
        "title": "{within} av {n} tall ligger innenfor toleransen",
        "subtitle": "Tall i NIBRs delrapport fra juni 2025 og de samme tallene regnet her. Andeler "
        "i prosent, differanser i prosentpoeng; antall kommuner ellers",
        "what": "Størrelse",
        "theirs": "Delrapporten",
        "ours": "Her",
        "difference": "Differanse",
        "tolerance": "Toleranse",
        "why": "Grunn til differanse",
        "group_network": "Deltakere",
        "group_shares": "Andel i jobb",
        "total": "Med i nettverket, bydel medregnet",
        "small": "Under 10 000 innbyggere",
        "medium": "10 000–25 000 innbyggere",
        "large": "Over 25 000 innbyggere",
        "oslo_districts": "Bydeler i Oslo",
        "withdrawn": "Trakk seg",
        "county": "I {county}",
        "mean": "Nettverket, uvektet gjennomsnitt, {month}",
        "min": "Nettverket, laveste kommune, {month}",
        "max": "Nettverket, høyeste kommune, {month}",
        "county_mean": "{county}, uvektet gjennomsnitt, {month}",
        "lowest": "Fylket med lavest gjennomsnitt, {month}",
        "lowest_theirs": "rundt Oslofjorden",
        "over": "over {n}",
        "signups": "påmeldte, ikke deltakere",
        "not_registered": "registeret sier ikke hvem som trakk seg",
        "simulated": "simulert sysselsetting",
        "vintage": "tallene er revidert siden",
        "no_month": "ingen måling denne måneden",
        "none": "",
        "note_tolerance": "Toleranse: null for antall; ett prosentpoeng for andeler, som er gitt "
        "avrundet i delrapporten. For «over» er det nok å nå grensen.",
        "note_missing": ".. = kan ikke regnes med disse dataene.",
    },
    "en": {
        "title": "{within} of {n} figures lie within the tolerance",
        "subtitle": "Figures of NIBR's interim report of June 2025 and the same figures worked out "
        "here. Shares in per cent, differences in percentage points; numbers of municipalities "
        "otherwise",
        "what": "Quantity",
        "theirs": "Interim report",
        "ours": "Here",
        "difference": "Difference",
        "tolerance": "Tolerance",
        "why": "Reason for difference",
        "group_network": "Participants",
        "group_shares": "Share in work",
        "total": "In the network, district included",
        "small": "Under 10,000 inhabitants",
        "medium": "10,000–25,000 inhabitants",
        "large": "Over 25,000 inhabitants",
        "oslo_districts": "Districts of Oslo",
        "withdrawn": "Withdrew",
        "county": "In {county}",
        "mean": "Network, unweighted mean, {month}",
        "min": "Network, lowest municipality, {month}",
        "max": "Network, highest municipality, {month}",
        "county_mean": "{county}, unweighted mean, {month}",
        "lowest": "County with the lowest mean, {month}",
        "lowest_theirs": "round the Oslofjord",
        "over": "over {n}",
        "signups": "sign-ups, not participants",
        "not_registered": "the register does not say who withdrew",
        "simulated": "simulated employment",
        "vintage": "the figures are revised since",
        "no_month": "no measurement that month",
        "none": "",
        "note_tolerance": "Tolerance: none for numbers; one percentage point for shares, which the "
        "interim report gives rounded. For «over» it is enough to reach the limit.",
        "note_missing": ".. = cannot be worked out with these data.",
    },
}

#: Shares are rounded in the interim report, some of them with «about».
_SHARE_TOLERANCE = 0.01
_NUMBER = re.compile(r"(?P<over>over )?(?P<number>\d+(\.\d+)?)\Z")
_SHARE = re.compile(r"share_(?P<what>[a-z]+)_(?P<year>\d{4})_(?P<month>\d{2})\Z")
#: Region of the counties that the interim report calls «round the Oslofjord».
_OSLOFJORD = "oslofjord"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One figure of the interim report and ours; shares 0-1."""

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
        return _SHARE_TOLERANCE if self.share else 0.0

    @property
    def difference(self) -> float | None:
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


def lines(inputs: Mapping[str, pd.DataFrame]) -> list[_Line]:
    """Every figure of the interim report that these data can be asked for."""
    table = inputs["reference_interim_report"]
    facts = {str(k): str(v) for k, v in zip(table["key"], table["value"], strict=True)}
    return [*_participants(facts, inputs), *_shares(facts, inputs)]


def _participants(facts: Mapping[str, str], inputs: Mapping[str, pd.DataFrame]) -> Iterator[_Line]:
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
        yield _Line(
            key=key,
            group="group_network",
            words=words,
            theirs=theirs,
            ours=None if ours is None else float(ours),
            share=False,
            why="none" if equal else why,
        )


def _shares(facts: Mapping[str, str], inputs: Mapping[str, pd.DataFrame]) -> Iterator[_Line]:
    found = records.by_key(inputs["estimates_description"])
    counties = inputs["reference_regions"]
    codes = {
        _plain(name): (code, name)
        for code, name in zip(counties["county_code"], counties["county"], strict=True)
    }
    simulated = bool(inputs["estimates_description"]["simulated"].any())
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
        ours = float(record["estimate"]) if record and records.known(record) else None
        line = _Line(
            key=key,
            group="group_shares",
            words=words,
            theirs=float(given["number"]) / 100,
            ours=ours,
            share=True,
            over=bool(given["over"]),
        )
        yield _with_reason(line, simulated=simulated)


def _with_reason(line: _Line, *, simulated: bool) -> _Line:
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
) -> _Line:
    """Which county has the lowest mean, and whether it lies where the interim report says."""
    means = {}
    for code in counties["county_code"]:
        record = found.get(f"county.{code}.{month}.municipality")
        if record is not None and records.known(record):
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
    return _Line(
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


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a figure.

    Returns:
        ``key``, ``interim_report``, ``here``, ``difference``, ``tolerance`` (shares 0-1 or
        numbers), ``within``, ``text_here``, ``reason``.
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "key": line.key,
                "interim_report": line.theirs,
                "here": line.ours,
                "difference": line.difference,
                "tolerance": line.tolerance,
                "within": {True: "yes", False: "no", None: ""}[line.within],
                "text_here": line.text_ours,
                "reason": line.why,
            }
            for line in lines(inputs)
        ]
    ).astype({"interim_report": "float64", "here": "float64", "difference": "float64"})


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table V2."""
    language = context.language
    found = lines(inputs)
    compared = [line for line in found if line.within is not None]
    groups = {
        k: fill(WORDS, language, line.group)
        for k, line in enumerate(found)
        if k == 0 or line.group != found[k - 1].group
    }
    simulated = bool(inputs["estimates_description"]["simulated"].any())
    keys = ("what", "theirs", "ours", "difference", "tolerance", "why")
    notes = [fill(WORDS, language, "note_tolerance")]
    if any(line.within is None for line in found):
        notes.append(fill(WORDS, language, "note_missing"))
    return Table(
        data=data(inputs),
        header=tuple(fill(WORDS, language, key) for key in keys),
        rows=tuple(_row(line, language) for line in found),
        align=("left", "right", "right", "right", "right", "left"),
        groups=groups,
        title=fill(
            WORDS,
            language,
            "title",
            within=count(sum(bool(line.within) for line in compared), language),
            n=count(len(compared), language),
        ),
        subtitle=fill(WORDS, language, "subtitle"),
        notes=tuple(notes),
        source=source_line(
            language,
            ["interim", "employment", "register"],
            simulated=["employment"] if simulated else [],
            vintages=inputs["panel"]["outcome_vintage"],
        ),
        simulated=simulated,
    )


def _row(line: _Line, language: Language) -> tuple[str, ...]:
    gap = shared(language, "missing")
    key, values = line.words
    said = {k: month_name(v, language) if k == "month" else v for k, v in values.items()}
    factor, decimals = (100, 1) if line.share else (1, 0)

    def written(value: float | None, places: int = decimals, *, sign: bool = False) -> str:
        return gap if value is None else number(factor * value, language, places, sign=sign)

    theirs = written(line.theirs, 0)
    if line.over:
        theirs = fill(WORDS, language, "over", n=theirs)
    if line.text_theirs:
        theirs = fill(WORDS, language, line.text_theirs)
    ours = written(line.ours)
    if line.text_ours:
        ours = listed([line.text_ours], language)
    return (
        fill(WORDS, language, key, **said),
        theirs,
        ours,
        "" if line.text_theirs else written(line.difference, sign=True),
        "" if line.text_theirs else written(line.tolerance, 0),
        fill(WORDS, language, line.why),
    )
