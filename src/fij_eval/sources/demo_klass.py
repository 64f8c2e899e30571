"""Answers of KLASS in the demo: codes and changes, real, as the API writes them in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fij_eval.simulation.places import Places

API = "https://data.ssb.no/api/klass/v1/classifications"
FROM, TO, REFORM = "2020-01-01", "2027-01-01", "2024-01-01"
#: Counties of 2020-2023 that the reform of 2024 divided.
OLD_COUNTIES = (
    ("30", "Viken"),
    ("38", "Vestfold og Telemark"),
    ("54", "Troms og Finnmark - Romsa ja Finnmárku - Tromssa ja Finmarkku"),
)
UNKNOWN_MUNICIPALITY = ("9999", "Uoppgitt")
UNKNOWN_COUNTY = ("99", "Uoppgitt")


def answers(places: Places, districts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, bytes]]:
    """Address and bytes of each answer, by item.

    Args:
        places: Municipalities with their codes of 2023 and 2024.
        districts: Code and name of Oslo's districts; those of other cities are not in the demo.
    """
    span = f"codes.json?from={FROM}&to={TO}"
    return {
        "131-codes": (f"{API}/131/{span}", _json({"codes": _municipalities(places)})),
        "131-changes": (
            f"{API}/131/changes.json?from={FROM}&to={TO}",
            _json({"codeChanges": _changes(places)}),
        ),
        "104-codes": (f"{API}/104/{span}", _json({"codes": _counties(places)})),
        "103-codes": (
            f"{API}/103/{span}",
            _json({"codes": [_code(code, name, parent=code[:4]) for code, name in districts]}),
        ),
    }


def _json(content: Any) -> bytes:  # noqa: ANN401 -- anything that json can write
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _code(
    code: str,
    name: str,
    *,
    start: str = FROM,
    end: str | None = None,
    parent: str | None = None,
) -> dict[str, Any]:
    """One code as the API writes it; ``end`` is the first day on which it no longer holds."""
    return {
        "code": code,
        "parentCode": parent,
        "level": "1",
        "name": name,
        "shortName": "",
        "presentationName": "",
        "validFromInRequestedRange": start,
        "validToInRequestedRange": end or TO,
    }


def _municipalities(places: Places) -> list[dict[str, Any]]:
    before = dict(zip(places.codes_2023, places.names_2023, strict=True))
    now = dict(zip(places.codes, places.names, strict=True))
    rows = [_code(code, name, end=REFORM) for code, name in before.items() if now.get(code) != name]
    for code, name in now.items():
        rows.append(_code(code, name, start=FROM if before.get(code) == name else REFORM))
    rows.append(_code(*UNKNOWN_MUNICIPALITY))
    return sorted(rows, key=lambda row: (row["code"], row["validFromInRequestedRange"]))


def _changes(places: Places) -> list[dict[str, Any]]:
    everything = zip(places.codes_2023, places.names_2023, places.codes, places.names, strict=True)
    return [
        {
            "oldCode": old,
            "oldName": old_name,
            "oldShortName": None,
            "newCode": new,
            "newName": new_name,
            "newShortName": None,
            "changeOccurred": REFORM,
        }
        for old, old_name, new, new_name in sorted(everything)
        if old != new
    ]


def _counties(places: Places) -> list[dict[str, Any]]:
    now = dict(zip(places.county_codes, places.counties, strict=True))
    before = {code[:2] for code in places.codes_2023}
    rows = [_code(code, name, end=REFORM) for code, name in OLD_COUNTIES]
    rows += [
        _code(code, name, start=FROM if code in before else REFORM) for code, name in now.items()
    ]
    rows.append(_code(*UNKNOWN_COUNTY))
    return sorted(rows, key=lambda row: row["code"])
