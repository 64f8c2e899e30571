import json
from datetime import UTC, datetime, timedelta

import pytest
import standin_server
import standin_statbank

from fij_eval.settings import StatbankTable
from fij_eval.settings_live import LiveSettings
from fij_eval.sources import fetch


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self):
        self.start = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
        self.seconds = self.start.timestamp()
        self.waits = []

    def now(self):
        return self.seconds

    def wait(self, seconds):
        self.waits.append(seconds)
        self.seconds += seconds

    def moment(self):
        return datetime.fromtimestamp(self.seconds, UTC)

    def pass_by(self, **delta):
        self.seconds += timedelta(**delta).total_seconds()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standin():
    with standin_server.running() as running:
        yield running


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


@pytest.fixture
def table(standin):
    """The small table, served."""
    standin.tables["07459"] = standin_statbank.Table(population())
    return standin.tables["07459"]


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


@pytest.fixture
def tools(standin, clock, tmp_path):
    """Makes what the fetchers work with, on the stand-in."""

    def make(tables=None, *, root="live", **changes):
        live = LiveSettings.model_validate(standin_server.live_settings(standin, **changes))
        return fetch.fetching(
            tmp_path / root,
            live=live,
            tables={"population_yearly": selection()} if tables is None else tables,
            manual=tmp_path / "manual",
            now=clock.moment,
            clock={"wait": clock.wait, "now": clock.now},
        )

    return make


def entries_in(index):
    return json.loads(index.read_text(encoding="utf-8"))["entries"]
