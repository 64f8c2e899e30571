"""The map of the network by Kartverket's boundaries, where the raw archive has them."""

import logging

import figure_worlds as worlds
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from fij_eval.report import boundaries, labels, registry, style
from fij_eval.report.figures import fig07_map

KEY = "source_kartverket_boundaries"
#: Corners of a square with a side of one.
SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], dtype=float)


def squares(codes=None):
    """A square for each municipality, laid out as the hexagons are, within Norway."""
    places = worlds.reference("municipalities")
    rows = []
    for place in places.to_dict("records"):
        column, row = float(place["hex_col"]), float(place["hex_row"])
        for x, y in SQUARE * 0.9:
            at = (4.5 + 0.6 * (column + x), 58 + 0.35 * (row + y))
            rows.append((place["municipality_code"], place["name_norwegian"], 0, 0, *at))
    columns = ["code", "name", "polygon", "ring", "longitude", "latitude"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame if codes is None else frame[frame["code"].isin(codes)]


def made(language="nb", shapes=None):
    inputs = worlds.inputs(fig07_map.INPUTS) | ({} if shapes is None else {KEY: shapes})
    with style.applied():
        drawing = fig07_map.make(inputs, worlds.context(language))
        return drawing, labels.collisions(drawing.figure)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_boundaries_take_the_place_of_the_hexagons_and_are_credited(language):
    drawing, faults = made(language, squares())
    assert faults == []
    assert "© Kartverket" in drawing.words.source
    assert not any(word in drawing.words.alt for word in ("sekskant", "hexagon"))
    assert not any(word in drawing.words.subtitle for word in ("sekskant", "hexagon"))
    paths = [p for c in drawing.figure.axes[0].collections for p in c.get_paths()]
    assert len(paths) == 357


def test_the_two_maps_say_the_same_of_the_network():
    by_hexagon, by_boundary = (made(shapes=shapes)[0] for shapes in (None, squares()))
    assert by_hexagon.words.title == by_boundary.words.title
    pd.testing.assert_frame_equal(by_hexagon.data, by_boundary.data)
    legends = [
        [t.get_text() for t in d.figure.axes[0].get_legend().get_texts()]
        for d in (by_hexagon, by_boundary)
    ]
    assert legends[0] == legends[1]
    assert "Kartverket" not in by_hexagon.words.source


@pytest.mark.parametrize("codes", [["0301"], []])
def test_boundaries_of_other_municipalities_are_not_used_and_that_is_told(codes, caplog):
    wanted = [c for c in worlds.reference("municipalities")["municipality_code"] if c not in codes]
    shapes = squares(wanted)
    if not codes:
        shapes = pd.concat([shapes, shapes.tail(5).assign(code="9998")])
    with caplog.at_level(logging.WARNING):
        drawing, _ = made(shapes=shapes)
    assert "Kartverket" not in drawing.words.source
    assert ("lack 0301" if codes else "have 9998 besides") in caplog.text


def test_the_projection_gives_published_coordinates():
    """Snyder (1987), p. 296: 75 degrees west, 35 north on parallels 33 and 45, meridian 96 west."""
    # of a sphere of radius 1 with its origin at 23 degrees north, which a difference leaves out
    before = (boundaries._PARALLELS, boundaries._MERIDIAN)
    try:
        boundaries._PARALLELS, boundaries._MERIDIAN = (33.0, 45.0), -96.0
        at = boundaries.projected(np.array([-75.0, -96.0]), np.array([35.0, 23.0]))
    finally:
        boundaries._PARALLELS, boundaries._MERIDIAN = before
    assert at[0] - at[1] == pytest.approx([0.2966785, 0.2462112], abs=1e-7)  # printed digits


@pytest.mark.parametrize("way", [1, -1])
def test_a_hole_is_cut_out_of_its_polygon_whichever_way_its_ring_goes(way):
    rings = pd.DataFrame(
        {
            "code": ["0301"] * 10,
            "polygon": [0] * 10,
            "ring": [0] * 5 + [1] * 5,
            "longitude": np.concatenate([10 + SQUARE[:, 0], 10.4 + 0.2 * SQUARE[::way, 0]]),
            "latitude": np.concatenate([60 + SQUARE[:, 1], 60.4 + 0.2 * SQUARE[::way, 1]]),
        }
    )
    outline = boundaries.Shapes(rings, height=10.0).outlines["0301"]
    figure = Figure(figsize=(1, 1), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.set(xlim=(0, 5.5), ylim=(0, 10))
    axes.add_collection(PathCollection([outline], facecolor="black", linewidth=0))
    canvas.draw()
    light = np.asarray(canvas.buffer_rgba())[:, :, 0]
    assert (light[50, 50], light[50, 20]) == (255, 0)  # the hole is open, the land is filled
    assert outline.vertices[:, 1].max() == pytest.approx(10.0)


def test_boundaries_are_optional_inputs_of_the_map_alone():
    have = [n for n in registry.FIGURES if hasattr(registry.figure(n), "OPTIONAL")]
    assert have == ["fig07_map"]
