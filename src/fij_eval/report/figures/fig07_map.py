"""Figure 7: where the network's municipalities lie, each a hexagon of the same size.

Where Kartverket's boundaries are in the raw archive, they are drawn in place of the hexagons.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.patches import Patch

from fij_eval.report import area_names, style
from fij_eval.report.boundaries import Shapes
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count
from fij_eval.report.vocabulary import one_of_each, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

INPUTS = ("reference_municipalities", "reference_network_register")
#: Read where it is there.
OPTIONAL = ("source_kartverket_boundaries",)

WORDS: Catalogue = {
    "nb": {
        "title": "Nettverket har kommuner i {with_any} av {counties} fylker",
        "subtitle": "{n} kommuner i {year} etter påmelding; hver sekskant er én kommune og viser "
        "om lag hvor den ligger, ikke hvor stor den er",
        "subtitle_boundaries": "{n} kommuner i {year} etter påmelding; grensene er forenklet",
        "signed_up": "Påmeldt ({n})",
        "participant": "Deltok ({n})",
        "withdrew": "Trakk seg ({n})",
        "district": "Bare en bydel med ({n})",
        "none": "Ikke med ({n})",
        "drawn": "Kart der hver av {n} kommuner er en like stor sekskant.",
        "drawn_boundaries": "Kart over {n} kommuner med forenklede grenser.",
        "alt": "{drawn} {in_network} kommuner er med i nettverket, og i {districts} bare en bydel. "
        "Flest er det i {most}. Fylker uten: {without}.",
    },
    "en": {
        "title": "The network has municipalities in {with_any} of {counties} counties",
        "subtitle": "{n} municipalities of {year} by sign-up; each hexagon is one municipality and "
        "shows roughly where it lies, not how large it is",
        "subtitle_boundaries": "{n} municipalities of {year} by sign-up; boundaries are simplified",
        "signed_up": "Signed up ({n})",
        "participant": "Took part ({n})",
        "withdrew": "Withdrew ({n})",
        "district": "One district only ({n})",
        "none": "Not in the network ({n})",
        "drawn": "Map with each of {n} municipalities as a hexagon of the same size.",
        "drawn_boundaries": "Map of {n} municipalities with simplified boundaries.",
        "alt": "{drawn} {in_network} municipalities are in the network, and in {districts} one "
        "district only. Most are in {most}. Counties without any: {without}.",
    },
}

#: Year of the municipal structure that the hexagons are laid out for.
STRUCTURE = "2024"

_CLASSES = ("signed_up", "participant", "withdrew", "district", "none")
_FILL = {
    "signed_up": style.NETWORK,
    "participant": style.NETWORK,
    "withdrew": "white",
    "district": "white",
    "none": "#E2E2E2",
}
_HATCH = {"withdrew": "....", "district": "//////"}
_ROW_HEIGHT = float(np.sqrt(3) / 2)
#: Corners of a hexagon with a point up, one unit wide, counter-clockwise from the lower right.
_CORNERS = np.array(
    [
        (np.cos(angle) / np.sqrt(3), np.sin(angle) / np.sqrt(3))
        for angle in np.deg2rad([-30, 30, 90, 150, 210, 270])
    ]
)


def data(inputs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a municipality: code, name, county, hexagon and ``status``.

    ``status`` is ``signed_up``, ``participant`` or ``withdrew`` as in the register, ``district``
    where the register has only a part of the municipality, and ``none``.
    """
    places = inputs["reference_municipalities"]
    register = inputs["reference_network_register"]
    whole = register[register["district_code"] == ""].set_index("municipality_code")["status"]
    parts = set(register.loc[register["district_code"] != "", "municipality_code"])
    status = places["municipality_code"].map(whole).fillna("none")
    status = status.mask(places["municipality_code"].isin(parts), "district")
    kept = places[["municipality_code", "name_norwegian", "county_code", "county"]]
    return kept.rename(columns={"name_norwegian": "municipality_name"}).assign(
        hex_col=places["hex_col"].astype("float64"),
        hex_row=places["hex_row"].astype("int64"),
        status=status,
    )


def centres(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Centres of the hexagons, n x 2, a hexagon one unit wide."""
    return np.column_stack([frame["hex_col"], frame["hex_row"] * _ROW_HEIGHT])


def outlines(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Edges between hexagons of different counties, k x 2 x 2, each once."""
    corners = centres(frame)[:, None, :] + _CORNERS[None, :, :]
    owners: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for k in range(len(frame)):
        for j in range(6):
            pair = (corners[k, j], corners[k, (j + 1) % 6])
            # an edge is known by its ends, on a grid finer than any two corners lie apart
            ends = sorted((round(float(x) * 100), round(float(y) * 100)) for x, y in pair)
            owners.setdefault(tuple(ends), []).append(k)
    county = frame["county_code"].to_list()
    kept = [
        ends
        for ends, cells in owners.items()
        if len(cells) == 1 or county[cells[0]] != county[cells[-1]]
    ]
    return np.array(sorted(kept), dtype=float) / 100


def shapes_of(frame: pd.DataFrame, boundaries: pd.DataFrame | None) -> Shapes | None:
    """Shapes to draw in place of hexagons: none if there are none, or not of these municipalities.

    Args:
        frame: See ``data``.
        boundaries: ``source_kartverket_boundaries``, if it is there.
    """
    if boundaries is None:
        return None
    wanted, there = set(frame["municipality_code"]), set(boundaries["code"])
    if wanted != there:
        log.warning(
            "The map is drawn with hexagons: the boundaries lack %s and have %s besides",
            ", ".join(sorted(wanted - there)[:5]) or "none",
            ", ".join(sorted(there - wanted)[:5]) or "none",
        )
        return None
    return Shapes(boundaries, height=float(np.ptp(centres(frame)[:, 1])))


def draw(frame: pd.DataFrame, context: Context, shapes: Shapes | None = None) -> Figure:
    """Municipalities by status, county names, legend with counts; outlines around hexagons."""
    figure = style.canvas(17.5)
    axes = style.axes_in(figure, left=0.1, bottom=0.1, top=0.1, right=0.1)
    for status in _CLASSES:
        chosen = frame[frame["status"] == status]
        if chosen.empty:
            continue
        cells: PolyCollection | PathCollection
        if shapes is None:
            cells = PolyCollection([*(centres(chosen)[:, None, :] + _CORNERS[None])])
        else:
            cells = PathCollection([shapes.outlines[c] for c in chosen["municipality_code"]])
        cells.set(
            facecolor=_FILL[status],
            edgecolor="white" if status not in _HATCH else style.NETWORK,
            hatch=_HATCH.get(status),
            linewidth=0.6 if shapes is None else 0.3,
            zorder=1 if status not in _HATCH else 2,
        )
        axes.add_collection(cells)
    if shapes is None:
        at, owner, edges = centres(frame), np.arange(len(frame)), outlines(frame)
        drawn = LineCollection([*edges], colors=style.MUTED, linewidths=0.9, zorder=3)
        axes.add_collection(drawn)
    else:
        at, owner = shapes.points(frame["municipality_code"].to_list())
        edges = np.empty((0, 2, 2))
    axes.set_aspect("equal")
    axes.set_xlim(at[:, 0].min() - 0.8, at[:, 0].max() + 0.8)
    axes.set_ylim(at[:, 1].min() - 0.8, at[:, 1].max() + 0.8)
    axes.set_axis_off()
    _legend(axes, frame, context)
    names, marked = frame["county"].iloc[owner], (frame["status"] != "none").to_numpy()[owner]
    area_names.place(axes, names, at, marked=marked, borders=edges.mean(axis=1))
    return figure


def _legend(axes: Axes, frame: pd.DataFrame, context: Context) -> None:
    numbers = frame["status"].value_counts()
    handles = [
        Patch(
            facecolor=_FILL[status],
            edgecolor=style.NETWORK if status in _HATCH else "white",
            hatch=_HATCH.get(status),
            label=fill(WORDS, context.language, status, n=count(numbers[status], context.language)),
        )
        for status in _CLASSES
        if numbers.get(status, 0)
    ]
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.02, 0.97),
        frameon=False,
        handlelength=1.6,
        handleheight=1.2,
        labelspacing=0.6,
        fontsize=style.FONT_SIZE,
    )


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 7."""
    language = context.language
    frame = data(inputs)
    shapes = shapes_of(frame, inputs.get(OPTIONAL[0]))
    form, sources = ("", ["register"]) if shapes is None else ("_boundaries", ["register", "map"])
    n = count(len(frame), language)
    counted = {"signed_up", "participant"}
    if context.network.treated == "itt":
        counted |= {"withdrew"}
    inside = frame[frame["status"].isin(counted)]
    districts = frame[frame["status"] == "district"]
    counties = frame.drop_duplicates("county_code")["county"].to_list()
    by_county = inside["county"].value_counts().sort_index()
    has_any = {*inside["county"], *districts["county"]}
    most = [str(name) for name, n in by_county.items() if n == by_county.max()]
    return Drawing(
        figure=draw(frame, context, shapes),
        data=frame,
        words=Words(
            title=fill(
                WORDS,
                language,
                "title",
                with_any=count(len(has_any), language),
                counties=count(len(counties), language),
            ),
            subtitle=fill(WORDS, language, f"subtitle{form}", n=n, year=STRUCTURE),
            source=source_line(language, sources, calculations=False),
            alt=fill(
                WORDS,
                language,
                "alt",
                drawn=fill(WORDS, language, f"drawn{form}", n=n),
                in_network=count(len(inside), language),
                districts=one_of_each(districts["municipality_name"], language),
                most=one_of_each(most, language),
                without=one_of_each((name for name in counties if name not in has_any), language),
            ),
        ),
        simulated=False,
    )
