"""The demo's files, service by service, each as the service delivers it and kept as if fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.months import add_months, month_number
from fij_eval.randomness import stream
from fij_eval.simulation import measurement, unemployment
from fij_eval.simulation.places import Places, read_rows
from fij_eval.sources import demo_article, demo_imdi, demo_klass, demo_nav, demo_statbank
from fij_eval.sources.licences import IMDI, SSB
from fij_eval.sources.store import Entry, RawStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from fij_eval.settings import DataSettings, DemoSettings, NetworkSettings, StatbankTable
    from fij_eval.simulation.outcome import Simulated

#: Rows of Tabell 1: the reference month and up to so many months before it.
MONTHS_BACK = 12
NAV_DAY = "06"
REAL_SETTLEMENT = ((2022, "2023-01-10", ""), (2023, "2024-01-10", ""))
SETTLEMENT_2024 = (2024, "2024-11-13", "Tall per 13. november 2024")
SETTLEMENT_LATER = "01-12"
SIMULATED = "Simulated for demonstration; not figures of {owner}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
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
        """Keep a file in the demo's store, as fetched at its simulated time."""
        return self.store.put(
            content,
            service=service,
            item=item,
            vintage=vintage,
            retrieved=self.retrieved,
            **more,
        )


def retrieved(data: DataSettings, demo: DemoSettings) -> str:
    """The simulated time of fetching: the morning after everything had been published."""
    days = [updated[:10] for updated in demo_statbank.UPDATED.values()]
    for month in data.snapshots:
        revision = int(month in demo.revised_months)
        days.append(measurement.publication_date(month, revision=revision).isoformat())
    return f"{max(days)}T18:00:00Z"


def statbank(made: Demo, tables: Mapping[str, StatbankTable]) -> list[Entry]:
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


def klass(made: Demo, reference: Path) -> list[Entry]:
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


def nav(made: Demo) -> list[Entry]:
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


def articles(made: Demo) -> list[Entry]:
    """One publication a snapshot, two where it was revised."""
    entries = []
    for month in made.data.snapshots:
        for revision in range(1 + (month in made.demo.revised_months)):
            entries += _publication(made, month, revision)
    return entries


def _publication(made: Demo, month: str, revision: int) -> list[Entry]:
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
    made: Demo, month: str, residents: NDArray[np.int64], employed: NDArray[np.int64]
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


def imdi(made: Demo) -> list[Entry]:
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


def _settlement(made: Demo, content: bytes, year: int, day: str, *, simulated: bool) -> Entry:
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
