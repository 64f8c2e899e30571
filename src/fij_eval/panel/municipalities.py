"""Which municipality a name means, by the structure that was valid when the name was written.

Sources publish names without codes. A name is looked up among the municipalities of KLASS that were
valid at the reference date; a name that matches none, or more than one, stops the build.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.errors import CheckError, InputError
from fij_eval.panel import names
from fij_eval.panel.contracts import MUNICIPALITIES, enforce

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

#: The structure that every figure is carried to.
TARGET_DATE = "2024-01-01"

#: KLASS' own code for «not stated».
_NOT_STATED = "9999"

#: A structure with fewer municipalities is not whole (Norway has had 356 or 357 since 2020).
_FEWEST = 300

_REFERENCE_NAMES = {
    "name": "municipality_name",
    "county": "county_name",
    "lon": "longitude",
    "lat": "latitude",
}


@dataclass(frozen=True, slots=True)
class Structure:
    """The municipalities valid at a date, and what each may be called.

    Attributes:
        date: ISO date.
        names: Code to name at the date.
        lookups: Name to codes, from the safest kind of name to the least safe: whole names, names
            in one language, and then the same for names that the municipality bore at other dates.
    """

    date: str
    names: Mapping[str, str]
    lookups: tuple[Mapping[str, frozenset[str]], ...]

    def find(self, label: str, county: str = "") -> frozenset[str]:
        """Codes that a label can mean: one if all is well.

        Args:
            label: Name as the source writes it.
            county: County that the source places it in, if it says so.
        """
        parsed = names.parse(label)
        qualifiers = [parsed.qualifier]
        if county and not parsed.qualifier:
            qualifiers = [names.tight(names.folded(county)), *names.parse(county).parts, ""]
        for qualifier in qualifiers:
            for words in ((parsed.base,), parsed.parts):
                for lookup in self.lookups:
                    keys = (_key(word, qualifier) for word in words)
                    found = frozenset().union(*(lookup.get(key, frozenset()) for key in keys))
                    if found:
                        return found
        return frozenset()


def read_reference(folder: Path) -> pd.DataFrame:
    """The 357 municipalities of 2024 with their fixed facts, by contract ``MUNICIPALITIES``.

    Args:
        folder: ``data/reference``.

    Raises:
        InputError: If a file is missing or cannot be read.
        CheckError: If the facts break their contract.
    """
    municipalities = read_csv(folder / "municipalities.csv")
    regions = read_csv(folder / "regions.csv")[["county_code", "region"]]
    frame = municipalities.merge(regions, on="county_code", how="left", validate="many_to_one")
    frame = frame.rename(columns=_REFERENCE_NAMES)[list(MUNICIPALITIES.columns)]
    numbers = {
        name: str(column.dtype)
        for name, column in MUNICIPALITIES.columns.items()
        if str(column.dtype) in ("Int64", "float64")
    }
    try:
        frame = frame.astype(dict.fromkeys(numbers, "float64")).astype(numbers)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"A fact about the municipalities is not a number ({error})",
            where=str(folder / "municipalities.csv"),
            remedy="restore the file that came with the project",
        ) from error
    frame = frame.sort_values("municipality_code", ignore_index=True)
    return enforce(frame, MUNICIPALITIES, name=str(folder / "municipalities.csv"))


def read_csv(path: Path) -> pd.DataFrame:
    """A reference table with every cell as text (empty text where it is blank).

    Raises:
        InputError: If the file is missing, empty or not UTF-8.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"A reference table cannot be read ({error})",
            where=str(path),
            remedy="restore the file that came with the project",
        ) from error


def structure_at(
    date: str, klass: pd.DataFrame, counties: pd.DataFrame, changes: pd.DataFrame
) -> Structure:
    """The municipalities valid at a date.

    Args:
        date: ISO date.
        klass: Codes and names of municipalities with their validity (from inclusive, to exclusive).
        counties: The same of counties.
        changes: Changes of codes.

    Raises:
        CheckError: If KLASS as archived does not cover the date.
    """
    valid = _valid(klass, date)
    valid = valid[valid["code"].ne(_NOT_STATED)]
    current = dict(zip(valid["code"], valid["name"], strict=True))
    if len(current) < _FEWEST or len(current) < len(valid):
        raise CheckError(
            f"KLASS as archived has {len(current)} municipalities in {len(valid)} rows on {date}",
            where="klass_municipalities",
            remedy="fetch KLASS again with codes from 2020-01-01 on",
        )
    at_date = _valid(counties, date)
    county_names = dict(zip(at_date["code"], at_date["name"], strict=True))
    aliases = _aliases(current, klass, changes)
    wholes, parts = _lookups(((c, n) for c, n in current.items()), county_names)
    alias_wholes, alias_parts = _lookups(aliases, county_names)
    return Structure(date, current, (wholes, parts, alias_wholes, alias_parts))


def match_names(
    labels: Sequence[str],
    structures: Iterable[Structure],
    *,
    file: str,
    rows: Sequence[int],
    counties: Sequence[str] = (),
) -> tuple[list[str], Structure]:
    """The code of each name in one table.

    A table is written under one structure: that of its reference month or, where it was revised
    after a reform, that of its publication. The first structure in which every name has exactly one
    code is the table's.

    Args:
        labels: Names, one a row.
        structures: Structures to try, the likeliest first; made when they are needed.
        file: File, for the message.
        rows: Row of each name in the file, for the message.
        counties: County that the source places each name in, if it says so.

    Returns:
        Codes in the order of the names, and the structure they belong to.

    Raises:
        CheckError: If no structure gives every name one code of its own.
    """
    places = list(counties) if counties else [""] * len(labels)
    fewest: list[str] = []
    for structure in structures:
        found = [structure.find(n, c) for n, c in zip(labels, places, strict=True)]
        faults = _faults(labels, rows, found, structure)
        if not faults:
            return [next(iter(codes)) for codes in found], structure
        if not fewest or len(faults) < len(fewest):
            fewest = faults
    more = f"; and {len(fewest) - 3} more" if len(fewest) > 3 else ""
    shown = "; ".join(fewest[:3]) + more
    raise CheckError(
        f"Names of municipalities cannot be matched to codes: {shown}",
        where=file,
        remedy="correct the name if the file was written by hand; if the name is new, fetch the "
        "codes (KLASS) again",
    )


def _faults(
    labels: Sequence[str],
    rows: Sequence[int],
    found: Sequence[frozenset[str]],
    structure: Structure,
) -> list[str]:
    """What is wrong with a table's names under a structure, in words."""
    faults: list[str] = []
    earlier: dict[str, tuple[str, int]] = {}
    for label, row, codes in zip(labels, rows, found, strict=True):
        if not codes:
            faults.append(f"«{label}» (row {row}) is no municipality on {structure.date}")
        elif len(codes) > 1:
            which = ", ".join(f"{code} {structure.names[code]}" for code in sorted(codes))
            faults.append(f"«{label}» (row {row}) can be {which}")
        else:
            code = next(iter(codes))
            if code in earlier:
                other, place = earlier[code]
                faults.append(
                    f"«{other}» (row {place}) and «{label}» (row {row}) are both {code} "
                    f"{structure.names[code]}"
                )
            earlier[code] = (label, row)
    return faults


def _valid(frame: pd.DataFrame, date: str) -> pd.DataFrame:
    """Rows that are valid at the date."""
    return frame[
        frame["valid_from"].le(date) & (frame["valid_to"].eq("") | frame["valid_to"].gt(date))
    ]


def _aliases(
    current: Mapping[str, str], klass: pd.DataFrame, changes: pd.DataFrame
) -> list[tuple[str, str]]:
    """Names that the municipalities bore at other dates, through renumbering too."""
    pairs = set(zip(klass["code"], klass["name"], strict=True))
    olds, news = changes["old_code"], changes["new_code"]
    # Only one-to-one changes keep the municipality: Haram's name is not Ålesund's.
    single = ~olds.duplicated(keep=False) & ~news.duplicated(keep=False)
    for row in changes[single].itertuples(index=False):
        pairs |= {(row.old_code, row.old_name), (row.new_code, row.old_name)}
        pairs |= {(row.old_code, row.new_name), (row.new_code, row.new_name)}
    return sorted((code, name) for code, name in pairs if code in current)


def _lookups(
    pairs: Iterable[tuple[str, str]], counties: Mapping[str, str]
) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Whole names and names in one language, each with and without county, to codes."""
    wholes: defaultdict[str, set[str]] = defaultdict(set)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for code, name in pairs:
        parsed = names.parse(name)
        county = names.parse(counties.get(code[:2], ""))
        for qualifier in {"", parsed.qualifier, county.base, *county.parts}:
            wholes[_key(parsed.base, qualifier)].add(code)
            for part in parsed.parts:
                parts[_key(part, qualifier)].add(code)
    return _frozen(wholes), _frozen(parts)


def _frozen(lookup: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(codes) for key, codes in lookup.items()}


def _key(word: str, qualifier: str) -> str:
    return f"{word} ({qualifier})" if qualifier else word
