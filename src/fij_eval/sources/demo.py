"""The embedded default: a simulated world, written in the services' own formats.

Population, settlement to 13 November 2024, codes and sign-ups are real. Employment, unemployment,
later settlement and residents are simulated, with the effect that the settings name, and every file
that holds a simulated figure says so in its entry (``Entry.simulated``).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.artefacts import write_json
from fij_eval.errors import SettingsError
from fij_eval.months import month_number, month_of, months_between
from fij_eval.places import SERVICES
from fij_eval.simulation import truth
from fij_eval.simulation.national import read_points
from fij_eval.simulation.outcome import Simulated, simulate
from fij_eval.simulation.places import Places, read_places, read_sign_ups
from fij_eval.simulation.world import World
from fij_eval.sources import demo_files
from fij_eval.sources.demo_files import Demo
from fij_eval.sources.store import RawStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fij_eval.settings import (
        DataSettings,
        DemoSettings,
        NetworkSettings,
        SampleSettings,
        StatbankTable,
        WindowSettings,
    )

#: The world is played out month by month over this span whatever the snapshots, so that choosing
#: other snapshots leaves every figure as it was.
SPAN = ("2023-01", "2026-01")
#: No refugees aged 20-66 to speak of before the first, no reference data after the last.
EARLIEST, LATEST = "2022-07", "2026-12"


def write(
    reference: Path,
    root: Path,
    *,
    seed: int,
    data: DataSettings,
    demo: DemoSettings,
    network: NetworkSettings,
    tables: Mapping[str, StatbankTable],
    sample: SampleSettings,
    windows: WindowSettings,
) -> None:
    """Write the demo's raw files, its indexes and its truth.

    Everything is made in a folder beside ``root`` and moved there at the end; an earlier demo is
    replaced, since it is made and not collected.

    Args:
        reference: ``data/reference``.
        root: ``data/raw/demo``.
        seed: Seed of the settings.
        data: Which snapshots, and where the register is (beside the folder ``data``).
        demo: Effect, hiding, rounding, revisions.
        network: Start, end, who is treated, who is left out.
        tables: Statbank tables to answer for, by role.
        sample: Units for which the true effect is told.
        windows: Windows for which the true effect is told.

    Raises:
        SettingsError: If the demo has no world for a snapshot or no answer for a table.
        InputError: If a reference table or the register cannot be read.
    """
    _possible(data, sample)
    places = read_places(reference)
    simulated = play(
        reference, places, seed=seed, data=data, demo=demo, network=network, sample=sample
    )
    root.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{root.name}.", dir=root.parent))
    try:
        made = Demo(
            places=places,
            world=simulated,
            data=data,
            demo=demo,
            network=network,
            seed=seed,
            store=RawStore(scratch),
            retrieved=demo_files.retrieved(data, demo),
        )
        entries = {
            "statbank": demo_files.statbank(made, tables),
            "klass": demo_files.klass(made, reference),
            "nav": demo_files.nav(made),
            "ssb_article": demo_files.articles(made),
            "imdi": demo_files.imdi(made),
        }
        for service in SERVICES:
            made.store.write_index(scratch / "index" / f"{service}.json", entries[service])
        told = _truth(made, sample, windows)
        write_json(scratch / "truth.json", told)
        _move(scratch, root)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def play(
    reference: Path,
    places: Places,
    *,
    seed: int,
    data: DataSettings,
    demo: DemoSettings,
    network: NetworkSettings,
    sample: SampleSettings,
) -> Simulated:
    """The demo's world, month by month.

    Args:
        reference: ``data/reference``.
        places: Municipalities.
        seed: See ``write``.
        data: See ``write``.
        demo: See ``write``.
        network: See ``write``.
        sample: See ``write``; its reference month is part of the world.
    """
    needed = (*data.snapshots, sample.reference_month, *SPAN)
    first, last = month_number(min(needed)), month_number(max(needed))
    world = World(
        snapshots=tuple(month_of(number) for number in range(first, last + 1)),
        kick_off=network.start,
        effect=demo.effect_pp / 100,
        phase_in_months=demo.phase_in_months,
        excluded=network.excluded,
        national_with_effect=True,
    )
    register = reference.parent.parent / data.register_file
    return simulate(
        places,
        world,
        points=read_points(reference),
        sign_ups=read_sign_ups(register, places, reference),
        seed=seed,
    )


def _possible(data: DataSettings, sample: SampleSettings) -> None:
    """Refuse months for which there is no world."""
    for month in (*data.snapshots, sample.reference_month):
        if not EARLIEST <= month <= LATEST:
            raise SettingsError(
                f"The demo has no world for {month}",
                where="data.snapshots, sample.reference_month",
                remedy=f"use months from {EARLIEST} to {LATEST}",
            )


def _truth(made: Demo, sample: SampleSettings, windows: WindowSettings) -> dict[str, Any]:
    """What is true in this world, for the sample and the windows of the settings."""
    world = made.world
    weights = world.residents[:, world.column(sample.reference_month)]
    outside = np.isin(np.array(made.places.codes), made.network.excluded)
    itt = made.network.treated == "itt"
    treated = world.network.signed_up if itt else world.network.takes_part
    post = [
        month
        for month in made.data.snapshots
        if month <= made.network.end
        and months_between(made.network.start, month) >= windows.post_from_months
    ]
    effects = truth.true_effects(
        world,
        treated=treated,
        sample=(weights >= sample.minimum_residents) & ~outside,
        weights=weights,
        post=post,
    )
    shown = effects[effects["term"].isin([*made.data.snapshots, truth.POST])]
    return {
        "simulated": True,
        "seed": made.seed,
        "effect_pp": made.demo.effect_pp,
        "phase_in_months": made.demo.phase_in_months,
        "link": world.world.link,
        "treated": made.network.treated,
        "reference_month": sample.reference_month,
        "minimum_residents": sample.minimum_residents,
        "post_snapshots": post,
        "about": {
            "expected": "difference in the expected share with and without the network (0-1)",
            "realised": "the same difference in the persons drawn",
            "municipality_average": "unweighted mean over the municipalities treated",
            "person_average": "weighted by refugees aged 20-66 in the reference month",
            "post": "mean over municipalities of each one's mean over post_snapshots",
            "sample": "municipalities treated with at least minimum_residents refugees aged 20-66 "
            "in the reference month, without those that are excluded",
        },
        "effects": _records(shown.to_dict("records")),
    }


def _records(rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Rows with figures cut to what a double keeps the same on every machine."""
    return [
        {str(k): round(v, 10) if isinstance(v, float) else v for k, v in row.items()}
        for row in rows
    ]


def _move(scratch: Path, root: Path) -> None:
    """Put the finished demo where it belongs, in place of an earlier one."""
    root.mkdir(parents=True, exist_ok=True)
    for name in (*SERVICES, "index"):
        target = root / name
        if target.exists():
            shutil.rmtree(target)
        (scratch / name).rename(target)
    (scratch / "truth.json").replace(root / "truth.json")
