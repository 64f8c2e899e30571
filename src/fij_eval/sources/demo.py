"""The embedded default: a simulated world, written in the services' own formats.

Population, settlement to 13 November 2024, codes and sign-ups are real. Employment, unemployment,
later settlement and residents are simulated, with the effect that the settings name, and every file
that holds a simulated figure says so in its entry (``Entry.simulated``).
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.artefacts import write_json
from fij_eval.errors import SettingsError
from fij_eval.months import add_months, month_number, month_of, months_between
from fij_eval.randomness import stream
from fij_eval.simulation import measurement, truth, unemployment
from fij_eval.simulation.national import read_points
from fij_eval.simulation.outcome import Simulated, simulate
from fij_eval.simulation.places import Places, read_places, read_rows, read_sign_ups
from fij_eval.simulation.world import World
from fij_eval.sources import demo_article, demo_imdi, demo_klass, demo_nav, demo_statbank
from fij_eval.sources.store import Entry, RawStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fij_eval.settings import (
        DataSettings,
        DemoSettings,
        NetworkSettings,
        SampleSettings,
        StatbankTable,
        WindowSettings,
    )

SERVICES = ("statbank", "klass", "nav", "ssb_article", "imdi")
#: The world is played out month by month over this span whatever the snapshots, so that choosing
#: other snapshots leaves every figure as it was.
SPAN = ("2023-01", "2026-01")
#: No refugees aged 20-66 to speak of before the first, no reference data after the last.
EARLIEST, LATEST = "2022-07", "2026-12"
#: Rows of Tabell 1: the reference month and up to so many months before it.
MONTHS_BACK = 12
NAV_DAY = "06"
REAL_SETTLEMENT = ((2022, "2023-01-10", ""), (2023, "2024-01-10", ""))
SETTLEMENT_2024 = (2024, "2024-11-13", "Tall per 13. november 2024")
SETTLEMENT_LATER = "01-12"
SSB = "CC BY 4.0. Kilde: Statistisk sentralbyrå (ssb.no)"
IMDI = "Kilde: IMDi"
SIMULATED = "Simulated for demonstration; not figures of {owner}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    """What the writers share."""

    places: Places
    world: Simulated
    data: DataSettings
    demo: DemoSettings
    network: NetworkSettings
    seed: int
    store: RawStore
    retrieved: str

    def put(self, content: bytes, service: str, item: str, vintage: str, **more: Any) -> Entry:  # noqa: ANN401 -- the remaining fields of Entry
        return self.store.put(
            content,
            service=service,
            item=item,
            vintage=vintage,
            retrieved=self.retrieved,
            **more,
        )


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
        made = _Demo(
            places=places,
            world=simulated,
            data=data,
            demo=demo,
            network=network,
            seed=seed,
            store=RawStore(scratch),
            retrieved=_retrieved(data, demo),
        )
        entries = {
            "statbank": _statbank(made, tables),
            "klass": _klass(made, reference),
            "nav": _nav(made),
            "ssb_article": _articles(made),
            "imdi": _imdi(made),
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


def _retrieved(data: DataSettings, demo: DemoSettings) -> str:
    """The simulated time of fetching: the morning after everything had been published."""
    days = [updated[:10] for updated in demo_statbank.UPDATED.values()]
    for month in data.snapshots:
        revision = int(month in demo.revised_months)
        days.append(measurement.publication_date(month, revision=revision).isoformat())
    return f"{max(days)}T18:00:00Z"


def _statbank(made: _Demo, tables: Mapping[str, StatbankTable]) -> list[Entry]:
    """One answer a table."""
    residents, world = made.world.residents, made.world.world
    january = [f"{year}-01" for year in made.places.years]
    nobody = np.zeros(len(made.places), dtype=np.int64)
    adults = np.stack(
        [residents[:, made.world.column(m)] if m in world.snapshots else nobody for m in january],
        axis=1,
    )
    entries = []
    for role, table in tables.items():
        if role == "outcome":
            continue  # the demo has the article
        answer = demo_statbank.answer(
            role, table, places=made.places, adults=adults, seed=made.seed
        )
        simulated = table.table != "07459"
        owner = SIMULATED.format(owner="Statistisk sentralbyrå")
        entries.append(
            made.put(
                answer.content,
                "statbank",
                table.table,
                answer.updated.replace(":", "-"),
                filename="data.json",
                url=demo_statbank.URL.format(table=table.table),
                method="POST",
                request=answer.request,
                updated=answer.updated,
                content_type="application/json",
                licence=owner if simulated else f"{SSB}, tabell {table.table}",
                simulated=simulated,
                about={"role": role},
            )
        )
    return entries


def _klass(made: _Demo, reference: Path) -> list[Entry]:
    """Codes and changes, all real."""
    rows = read_rows(reference / "oslo_districts.csv", ("district_code", "name"))
    districts = [(row["district_code"], row["name"]) for row in rows]
    return [
        made.put(
            content,
            "klass",
            item,
            made.retrieved[:10],
            filename="data.json",
            url=url,
            content_type="application/json",
            licence=SSB,
        )
        for item, (url, content) in demo_klass.answers(made.places, districts).items()
    ]


def _nav(made: _Demo) -> list[Entry]:
    """One workbook a calendar year, up to the last snapshot."""
    first, last = made.data.snapshots[0], made.data.snapshots[-1]
    months = list(range(month_number(f"{first[:4]}-01"), month_number(last) + 1))
    figures = unemployment.monthly(
        made.places,
        made.world.base_unemployment,
        months,
        stream(made.seed, "demo", "unemployment"),
    )
    entries = []
    for year in sorted({month // 12 for month in months}):
        end = min(f"{year}-12", last)
        content = demo_nav.workbook(
            made.places,
            figures,
            year=year,
            months=months,
            rng=stream(made.seed, "demo", "nav", year),
        )
        entries.append(
            made.put(
                content,
                "nav",
                f"hl060-{year}",
                f"{add_months(end, 1)}-{NAV_DAY}",
                filename=f"hl060_{year}.xlsx",
                content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                licence=SIMULATED.format(owner="NAV"),
                simulated=True,
                about={"year": str(year)},
            )
        )
    return entries


def _articles(made: _Demo) -> list[Entry]:
    """One publication a snapshot, two where it was revised."""
    entries = []
    for month in made.data.snapshots:
        for revision in range(1 + (month in made.demo.revised_months)):
            entries += _publication(made, month, revision)
    return entries


def _publication(made: _Demo, month: str, revision: int) -> list[Entry]:
    """The files of one publication: CSV before kick-off, the page after it."""
    published = measurement.publication_date(month, revision=revision).isoformat()
    as_csv = month < made.network.start
    column = made.world.column(month)
    residents, employed = made.world.residents[:, column], made.world.employed[:, column]
    revised = month in made.demo.revised_months
    if revised and revision == 0:
        rng = stream(made.seed, "demo", "first_vintage", month)
        residents, employed = measurement.first_vintage(residents, employed, rng)
    names, group = demo_article.structure(made.places, month, plain=as_csv)
    article = demo_article.Article(
        month=month,
        published=published,
        status="Reviderte tall" if revision else "Foreløpige tall",
        correction=_correction(month, published) if revision else "",
        national=_national(made, month, residents, employed),
        names=tuple(names),
        residents=np.bincount(group, weights=residents).astype(np.int64),
        employed=np.bincount(group, weights=employed).astype(np.int64),
        hide_below=made.demo.hide_below,
        decimals=made.demo.share_decimals,
    )
    about = {"reference_month": month, "published": published}
    licence = SIMULATED.format(owner="Statistisk sentralbyrå")
    if not as_csv:
        return [
            made.put(
                demo_article.page(article),
                "ssb_article",
                month,
                published,
                filename="page.html",
                url=demo_article.URL,
                content_type="text/html; charset=utf-8",
                licence=licence,
                simulated=True,
                about=about,
            )
        ]
    return [
        made.put(
            content,
            "ssb_article",
            month,
            published,
            filename=f"tabell{number}.csv",
            method="file",
            content_type="text/csv; charset=utf-8",
            licence=licence,
            simulated=True,
            about={**about, "table": number},
        )
        for number, content in demo_article.downloads(article).items()
    ]


def _correction(month: str, published: str) -> str:
    """The notice under a revised table."""
    return (
        f"Rettet {demo_article.day_name(published)}: "
        f"tall for {demo_article.month_name(month).lower()} er oppdatert."
    )


def _national(
    made: _Demo, month: str, residents: NDArray[np.int64], employed: NDArray[np.int64]
) -> tuple[tuple[str, int, int], ...]:
    """Rows of Tabell 1 up to a month, which has the publication's own figures."""
    last = made.world.column(month)
    rows = [
        (
            made.world.world.snapshots[column],
            int(made.world.residents[:, column].sum()),
            int(made.world.employed[:, column].sum()),
        )
        for column in range(max(0, last - MONTHS_BACK), last)
    ]
    return (*rows, (month, int(residents.sum()), int(employed.sum())))


def _imdi(made: _Demo) -> list[Entry]:
    """One page a year: real to 13 November 2024, simulated after 2024."""
    entries = []
    for column, (year, day, counted) in enumerate((*REAL_SETTLEMENT, SETTLEMENT_2024)):
        content = demo_imdi.real_page(made.places, year=year, column=column, counted=counted)
        entries.append(_settlement(made, content, year, day, simulated=False))
    for year in range(2025, int(made.data.snapshots[-1][:4]) + 1):
        first = (year - 2022) * 4
        content = demo_imdi.simulated_page(
            made.places,
            year=year,
            settled=made.world.settled[:, first : first + 4].sum(axis=1),
            rng=stream(made.seed, "demo", "imdi", year),
        )
        day = f"{year + 1}-{SETTLEMENT_LATER}"
        entries.append(_settlement(made, content, year, day, simulated=True))
    return entries


def _settlement(made: _Demo, content: bytes, year: int, day: str, *, simulated: bool) -> Entry:
    return made.put(
        content,
        "imdi",
        f"bosetting-{year}",
        day,
        filename="page.html",
        url=demo_imdi.URL.format(year=year),
        content_type="text/html; charset=utf-8",
        licence=SIMULATED.format(owner="IMDi") if simulated else IMDI,
        simulated=simulated,
        about={"year": str(year)},
    )


def _truth(made: _Demo, sample: SampleSettings, windows: WindowSettings) -> dict[str, Any]:
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
