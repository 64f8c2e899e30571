"""Answers of the Statbank in the demo: json-stat2, as the service writes it.

Population on 1 January (07459) is real. The other tables are made from real population and
settlement and from the simulated world. Each answer holds what the configured selection asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fij_eval.errors import SettingsError
from fij_eval.randomness import stream
from fij_eval.simulation.arrivals import RESIDENTS_PER_SETTLED
from fij_eval.simulation.measurement import perturb_small, round_to_three
from fij_eval.sources.demo_statbank_cube import Cube, Dimension, json_stat, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.settings import StatbankTable
    from fij_eval.simulation.places import Places

URL = "https://data.ssb.no/api/pxwebapi/v2/tables/{table}/data?lang=no&outputFormat=json-stat2"
#: The demo's code for Ukraine in the tables by country. Made up: the real code is to be read from
#: a table's metadata by its label.
UKRAINE = ("D01", "Ukraina")
#: When each table was last changed, as the service would say.
UPDATED = {
    "07459": "2026-02-24T07:00:00Z",
    "01222": "2026-02-24T07:00:00Z",
    "09817": "2026-03-05T07:00:00Z",
    "07822": "2026-05-06T06:00:00Z",
    "13563": "2025-11-25T07:00:00Z",
}
#: Residents with background from Ukraine before 2022 and yearly immigration then: simulated.
BEFORE_THE_WAR = 4_600
IMMIGRATION_BEFORE = (300, 700)
#: Immigrants for each settled person, all ages: simulated (some settle without an agreement).
IMMIGRANTS_PER_SETTLED = 1.15
#: Residents 20-66 as a share of the population, immigrants among them by centrality (1 to 6), and
#: employed and registered unemployed as shares of each group: simulated.
WORKING_AGE = 0.59
IMMIGRANTS_BY_CENTRALITY = (0.30, 0.22, 0.17, 0.14, 0.13, 0.13)
EMPLOYED = {"A-G": 0.78, "B": 0.67}
UNEMPLOYED = {"A-G": 0.018, "B": 0.045}
LABOUR_YEARS = (2021, 2022, 2023, 2024)
FIRST_YEAR_OF_CODES = 2024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service would send, and the body that asked for it."""

    content: bytes
    request: dict[str, Any]
    updated: str


def answer(
    role: str, table: StatbankTable, *, places: Places, adults: NDArray[np.int64], seed: int
) -> Answer:
    """The answer to the configured request for one table.

    Args:
        role: Key of the table in the settings.
        table: Its settings.
        places: Municipalities.
        adults: Refugees 20-66 on 1 January by municipality and year of ``places.years``.
        seed: Seed of the settings.

    Raises:
        SettingsError: If the demo has no such table, variable or value.
    """
    makers = {
        "07459": lambda: _population_yearly(places),
        "01222": lambda: _population_quarterly(places),
        "09817": lambda: _immigrants(places, adults, seed),
        "07822": lambda: _immigration(places, seed),
        "13563": lambda: _labour_status(places, seed),
    }
    if table.table not in makers:
        raise SettingsError(
            f"The demo has no answer for the Statbank table {table.table}",
            where=f"tables.{role}.table",
            remedy=f"use one of {', '.join(sorted(makers))}, or mode live",
        )
    cube, request = select(makers[table.table](), table, role)
    updated = UPDATED[table.table]
    return Answer(content=json_stat(cube, table.table, updated), request=request, updated=updated)


def _full(title: str, dimensions: Sequence[Dimension], values: NDArray[Any], **more: Any) -> Cube:  # noqa: ANN401 -- the remaining fields of Cube
    """A cube without missing values, of persons without decimals."""
    contents = next(d for d in dimensions if d.code == "ContentsCode")
    return Cube(
        title=title,
        dimensions=tuple(dimensions),
        values=values.astype(np.float64),
        status=more.get("status", np.full(values.shape, "", dtype="<U2")),
        decimals=more.get("decimals", {code: 0 for code, _ in contents.categories}),
        unit=more.get("unit", {code: "personer" for code, _ in contents.categories}),
    )


def _time(label: str, periods: Sequence[str]) -> Dimension:
    return Dimension(code="Tid", label=label, categories=tuple((p, p) for p in periods))


def _contents(*categories: tuple[str, str]) -> Dimension:
    return Dimension(code="ContentsCode", label="statistikkvariabel", categories=categories)


def _summed_regions(places: Places) -> Dimension:
    """Municipalities of today as the code list ``agg_KommSummer`` names them."""
    pairs = zip(places.codes, places.names, strict=True)
    return Dimension(
        code="Region", label="region", categories=tuple((f"K-{code}", name) for code, name in pairs)
    )


def _carried_back(values: NDArray[np.int64], places: Places) -> NDArray[np.int64]:
    """Columns before the split as ``agg_KommSummer`` books them: all on one part."""
    carried = values.copy()
    for group in places.split:
        first, *others = group
        carried[first] = values[list(group)].sum(axis=0)
        carried[others] = 0
    return carried


def _population_yearly(places: Places) -> Cube:
    values = np.maximum(places.population, 0)
    return _full(
        "07459: Befolkning, etter region, statistikkvariabel og år",
        [
            _summed_regions(places),
            _contents(("Personer1", "Personer")),
            _time("år", [str(year) for year in places.years]),
        ],
        values[:, None, :],
    )


def _population_quarterly(places: Places) -> Cube:
    """End of each quarter: on a straight line between the real counts of 1 January."""
    january = np.maximum(places.population, 0)
    periods, columns = [], []
    for index, year in enumerate(places.years[:-1]):
        start, end = january[:, index], january[:, index + 1]
        if year + 1 == FIRST_YEAR_OF_CODES:
            end = _carried_back(end[:, None], places)[:, 0]
        for quarter in range(1, 5):
            periods.append(f"{year}K{quarter}")
            columns.append(np.rint(start + (end - start) * quarter / 4))
    return _full(
        "01222: Befolkning og kvartalsvise endringar, etter region, statistikkvariabel og kvartal",
        [
            _summed_regions(places),
            _contents(("Folketallet11", "Folketallet ved utgangen av kvartalet")),
            _time("kvartal", periods),
        ],
        np.stack(columns, axis=1)[:, None, :],
    )


def _immigrants(places: Places, adults: NDArray[np.int64], seed: int) -> Cube:
    """Immigrants from Ukraine on 1 January: those before the war, and the simulated refugees."""
    rng = stream(seed, "demo", "09817")
    population = places.population_of(2024)
    before = rng.poisson(BEFORE_THE_WAR * population / population.sum())
    persons = before[:, None] + np.rint(adults / RESIDENTS_PER_SETTLED * IMMIGRANTS_PER_SETTLED)
    persons = perturb_small(persons.astype(np.int64), rng)
    early = np.array(places.years) < FIRST_YEAR_OF_CODES
    persons = np.where(early, _carried_back(persons, places), persons)
    inhabitants = np.maximum(places.population, 0)
    exists = inhabitants > 0
    share = np.round(100 * persons / np.where(exists, inhabitants, 1), 1)
    values = np.stack([persons.astype(float), np.where(exists, share, np.nan)], axis=1)
    status = np.full(values.shape, "", dtype="<U2")
    status[:, 1][~exists] = "."
    codes = ("Personer1", "AndelBefolkning")
    return _full(
        "09817: Innvandrere og norskfødte med innvandrerforeldre, etter region, "
        "innvandringskategori, landbakgrunn, statistikkvariabel og år",
        [
            _summed_regions(places),
            Dimension(
                code="InnvandrKat",
                label="innvandringskategori",
                categories=(("B", "Innvandrere"),),
            ),
            Dimension(code="Landbakgrunn", label="landbakgrunn", categories=(UKRAINE,)),
            _contents((codes[0], "Personer"), (codes[1], "Andel av befolkningen (prosent)")),
            _time("år", [str(year) for year in places.years]),
        ],
        values[:, None, None, :, :],
        status=status[:, None, None, :, :],
        decimals={codes[0]: 0, codes[1]: 1},
        unit={codes[0]: "personer", codes[1]: "prosent"},
    )


def _immigration(places: Places, seed: int) -> Cube:
    """Immigration from Ukraine by year: simulated, in step with settlement since 2022."""
    rng = stream(seed, "demo", "07822")
    years = np.arange(2008, places.years[-1])
    known = np.maximum(places.settled, 0).sum(axis=0) * IMMIGRANTS_PER_SETTLED
    counts = rng.integers(*IMMIGRATION_BEFORE, size=len(years)).astype(float)
    for year, count in zip((2022, 2023, 2024), known, strict=True):
        counts[years == year] = count
    counts[years > 2024] = known[2] * rng.uniform(0.55, 0.7)
    return _full(
        "07822: Innvandring, utvandring og nettoinnvandring, etter land, statistikkvariabel og år",
        [
            Dimension(code="Land", label="land", categories=(UKRAINE,)),
            _contents(("Innvandring", "Innvandring")),
            _time("år", [str(year) for year in years]),
        ],
        np.rint(counts)[None, None, :],
    )


def _labour_status(places: Places, seed: int) -> Cube:
    """Residents 20-66 by labour status in November: simulated, small cells 0 or 3.

    Regions are those of all years, so a code that a year does not know has ``.``.
    """
    rng = stream(seed, "demo", "13563")
    years = np.array(LABOUR_YEARS)
    persons = np.rint(places.population_of(2024)[:, None] * (1 + 0.01 * (years - 2024)))
    foreign = np.array(IMMIGRANTS_BY_CENTRALITY)[places.centrality - 1][:, None]
    groups = {"A-G": persons * WORKING_AGE, "B": persons * WORKING_AGE * foreign}
    local = rng.normal(1.0, 0.03, size=(len(places), 1))
    cells = np.empty((len(places), 2, 1, 2, 1, len(years)), dtype=np.int64)
    for column, (group, size) in enumerate(groups.items()):
        working = np.minimum(EMPLOYED[group] * local, 0.95)
        cells[:, 0, 0, column, 0] = rng.binomial(size.astype(np.int64), working)
        looking = np.minimum(UNEMPLOYED[group] / local**4, 0.04)
        cells[:, 1, 0, column, 0] = rng.binomial(size.astype(np.int64), looking)
    names, rows, valid = _all_regions(places, cells)
    values = round_to_three(np.stack(rows), rng).astype(float)
    now = np.array([[year >= FIRST_YEAR_OF_CODES for year in LABOUR_YEARS]])
    always = np.array([[True]])
    shown = {"now": now, "before": ~now, "both": always | now}
    mask = np.stack([shown[kind][0] for kind in valid])[:, None, None, None, None, :]
    mask = np.broadcast_to(mask, values.shape)
    return _full(
        "13563: Bosatte, etter region, prioritert arbeidsstyrkestatus, alder, "
        "innvandringskategori, statistikkvariabel og år",
        [
            Dimension(code="Region", label="region", categories=tuple(names)),
            Dimension(
                code="HovArbStyrkStatus",
                label="prioritert arbeidsstyrkestatus",
                categories=(("A.01", "Sysselsatte"), ("A.09", "Registrert arbeidsledige")),
            ),
            Dimension(code="Alder", label="alder", categories=(("20-66", "20-66 år"),)),
            Dimension(
                code="InnvandrKat",
                label="innvandringskategori",
                categories=(("A-G", "Befolkningen i alt"), ("B", "Innvandrere")),
            ),
            _contents(("Bosatte", "Bosatte")),
            _time("år", [str(year) for year in LABOUR_YEARS]),
        ],
        np.where(mask, values, np.nan),
        status=np.where(mask, "", "."),
    )


def _all_regions(
    places: Places, cells: NDArray[np.int64]
) -> tuple[list[tuple[str, str]], list[NDArray[np.int64]], list[str]]:
    """Country, and municipalities of both structures with the years in which their codes hold."""
    names = [("0", "Hele landet")]
    rows: list[NDArray[np.int64]] = [cells.sum(axis=0)]
    valid = ["both"]
    for row, code in enumerate(places.codes):
        names.append((code, places.names[row]))
        rows.append(cells[row])
        valid.append("both" if places.codes_2023[row] == code else "now")
    old = np.array(places.codes_2023)
    for code in sorted(set(places.codes_2023) - set(places.codes)):
        parts = np.flatnonzero(old == code)
        names.append((code, f"{places.names_2023[parts[0]]} (-2023)"))
        rows.append(cells[parts].sum(axis=0))
        valid.append("before")
    return names, rows, valid
