"""The small table of the stand-in's tests, and settings that ask for it."""

import json

from fij_eval.settings import StatbankTable

#: Its figures for 2023 and 2024, region by region.
FROM_2023 = [2023.0, 2024.0, 2123.0, 2124.0, 2223.0, 2224.0]


def population(regions=("0301", "1103", "4601"), years=("2022", "2023", "2024")):
    """A small table of the form of 07459, made up."""
    names = {"0301": "Oslo", "1103": "Stavanger", "4601": "Bergen"}
    values = [100 * place + int(year) for place in range(len(regions)) for year in years]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "07459: Befolkning",
        "source": "Statistisk sentralbyrå",
        "updated": "2026-02-24T07:00:00Z",
        "id": ["Region", "ContentsCode", "Tid"],
        "size": [len(regions), 1, len(years)],
        "dimension": {
            "Region": {
                "label": "region",
                "category": {
                    "index": {f"K-{code}": place for place, code in enumerate(regions)},
                    "label": {f"K-{code}": names.get(code, f"Sted {code}") for code in regions},
                },
                "extension": {"elimination": True},
            },
            "ContentsCode": {
                "label": "statistikkvariabel",
                "category": {"index": {"Personer1": 0}, "label": {"Personer1": "Personer"}},
                "extension": {"elimination": False},
            },
            "Tid": {
                "label": "år",
                "category": {
                    "index": {year: place for place, year in enumerate(years)},
                    "label": {year: year for year in years},
                },
                "extension": {"elimination": False},
            },
        },
        "value": values,
        "extension": {"px": {"tableid": "07459"}},
    }


def selection(**changes):
    """Settings of the small table."""
    asked = {
        "Region": {"values": ["*"], "codelist": "agg_KommSummer"},
        "ContentsCode": {"values": ["Personer1"]},
        "Tid": {"values": ["from(2023)"]},
    } | changes
    return StatbankTable.model_validate(
        {
            "table": "07459",
            "selection": {name: line for name, line in asked.items() if line},
            "unit": "persons",
            "becomes": "population",
        }
    )


def entries_in(index):
    return json.loads(index.read_text(encoding="utf-8"))["entries"]
