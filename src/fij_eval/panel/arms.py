"""Which arm each municipality is in, and when its treatment starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.months import months_between

if TYPE_CHECKING:
    import pandas as pd

    from fij_eval.settings import NetworkSettings

#: Bounds of the network's size groups: under, from-to, over, inhabitants on 1 January 2024.
SMALL_BELOW = 10_000
LARGE_ABOVE = 25_000


def with_size_group(municipalities: pd.DataFrame) -> pd.DataFrame:
    """The municipalities with ``size_group`` by population on 1 January 2024.

    The network's own groups, applied to all: under 10,000 (small), 10,000 to 25,000 (medium), over
    25,000 (large).
    """
    people = municipalities["population_2024"]
    group = people.map(
        lambda n: "small" if n < SMALL_BELOW else "large" if n > LARGE_ABOVE else "medium"
    )
    return municipalities.assign(size_group=group.astype("str"))


def with_arms(
    municipalities: pd.DataFrame, register: pd.DataFrame, network: NetworkSettings
) -> pd.DataFrame:
    """The municipalities with arm, status, form and dates.

    ``itt``: every municipality in the register is in the network's arm. ``participants``: those
    that withdrew are in neither arm, since they were neither left alone nor took part. Excluded
    municipalities are in neither arm whatever the register says; a district's row gives its
    municipality no status.

    Args:
        municipalities: One row a municipality.
        register: By contract ``REGISTER``.
        network: Who counts as treated, and who is excluded.
    """
    whole = register[register["district_code"].eq("")]
    signed = whole.rename(columns={"status": "network_status", "mode": "network_form"})[
        ["municipality_code", "network_status", "network_form", "kick_off_date", "withdrew_on"]
    ]
    blank = {"network_status": "none", "network_form": "none", "kick_off_date": "",
             "withdrew_on": ""}  # fmt: skip
    frame = municipalities.merge(
        signed, on="municipality_code", how="left", validate="one_to_one"
    ).fillna(blank)
    outside = frame["municipality_code"].isin(list(network.excluded))
    if network.treated == "participants":
        outside |= frame["network_status"].eq("withdrew")
    arm = frame["network_status"].ne("none").map({True: "network", False: "comparison"})
    return frame.assign(arm=arm.mask(outside, "excluded").astype("str"))


def with_timing(panel: pd.DataFrame, network: NetworkSettings) -> pd.DataFrame:
    """The panel with ``treated``, ``post`` and ``event_months``.

    Months count, not days: the outcome is that of a reference month. ``post`` is after the kick-off
    month; ``pre`` is before it; the kick-off month itself is neither. Outside the network the
    network's first month stands in for the kick-off in ``post``, and ``event_months`` is missing.
    """
    import pandas as pd

    treated = panel["arm"].eq("network")
    kick_off = panel["kick_off_date"].str.slice(0, 7).where(treated, network.start)
    since = [
        months_between(start, month)
        for start, month in zip(kick_off, panel["reference_month"], strict=True)
    ]
    months = pd.Series(since, index=panel.index, dtype="Int64")
    return panel.assign(treated=treated, post=months.gt(0).astype("bool"),
                        event_months=months.where(treated))  # fmt: skip
