"""The network's programme as events: what figures and prose count alike."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Days between consecutive dates that still count as one event over several days.
ONE_EVENT_DAYS = 1


def events(calendar: pd.DataFrame) -> pd.DataFrame:
    """Events of the programme: rows of one kind and title on days in a row are one.

    Groups that meet apart on neighbouring days under one title («… (tre grupper)», «…, første dag»)
    are one event too.

    Args:
        calendar: ``data/reference/network_calendar.csv``.

    Returns:
        One row an event: ``kind``, ``start``, ``end`` (ISO dates), ``physical`` (whether one could
        be there in person), by kind in the calendar's order, then by date.
    """
    import pandas as pd

    found: list[dict[str, object]] = []
    for kind, rows in calendar.sort_values("date", kind="stable").groupby("kind", sort=False):
        previous = ""
        for day, title, form in zip(rows["date"], rows["title"], rows["form"], strict=True):
            stem = title.split(",")[0].split("(")[0].strip()
            last = found[-1] if found and found[-1]["kind"] == kind else None
            if last and stem == previous and _days(str(last["end"]), day) <= ONE_EVENT_DAYS:
                last["end"] = day
                last["physical"] = bool(last["physical"]) or "physical" in form
            else:
                physical = "physical" in form
                found.append({"kind": str(kind), "start": day, "end": day, "physical": physical})
            previous = stem
    return pd.DataFrame(found, columns=["kind", "start", "end", "physical"])


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
