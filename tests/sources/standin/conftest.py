from datetime import UTC, datetime, timedelta

import pytest
import standin_server
import standin_statbank
from standin_small import population, selection

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


@pytest.fixture
def table(standin):
    """The small table, served."""
    standin.tables["07459"] = standin_statbank.Table(population())
    return standin.tables["07459"]


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
