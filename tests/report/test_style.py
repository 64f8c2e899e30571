"""Style and placement: deterministic bytes, the report's font, text that never collides."""

import re

import numpy as np
import pytest
from matplotlib import font_manager

from fij_eval.report import labels, placement, style


def _luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a, b):
    high, low = sorted([_luminance(a), _luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [style.TEXT, style.MUTED, *style.TEXT_COLOURS.values()])
def test_text_has_the_contrast_that_accessible_documents_need(colour):
    assert _contrast(colour, "#FFFFFF") >= 4.5  # WCAG 2.1 AA for text under 18 pt


def test_the_arms_differ_in_lightness_and_marker_not_in_hue_alone():
    # 3:1 is WCAG's bar for graphics; it holds for any kind of colour vision, as lightness is kept
    assert _contrast(style.NETWORK, style.OTHERS) >= 3
    assert len(set(style.MARKERS.values())) == 2


def test_the_reports_font_is_used_and_text_stays_text():
    with style.applied():
        figure = style.canvas(4, banner="Simulert æøå −")
        style.axes_in(figure, left=1, bottom=1).set_xlabel("Påmeldte")
        svg = style.svg_bytes(figure).decode()
        found = font_manager.findfont(style.FAMILY, fallback_to_default=False)
    assert "SourceSansPro" in found
    assert "Simulert æøå −" in svg
    assert "Påmeldte" in svg
    assert re.search(r"Source Sans Pro", svg)


def test_equal_figures_give_equal_bytes_without_date():
    def made():
        with style.applied():
            figure = style.canvas(4)
            axes = style.axes_in(figure, left=1, bottom=1)
            axes.plot([0, 1], [0, 1], marker="o")
            axes.fill_between([0, 1], [0, 1], hatch="//")
            return style.svg_bytes(figure, title="T", description="D")

    first, second = made(), made()
    assert first == second
    assert b"<dc:date>" not in first


def test_a_figure_has_the_size_it_is_printed_at():
    with style.applied():
        width, height = style.canvas(5, banner="x").get_size_inches() * 2.54
    assert width == pytest.approx(16.0, abs=1e-9)  # exact but for inches and back
    assert height == pytest.approx(5.55, abs=1e-9)


def test_percent_ticks_are_round_and_told_apart():
    with style.applied():
        figure = style.canvas(5)
        axes = style.axes_in(figure, left=1, bottom=1)
        axes.plot([0.171, 0.352], [0, 1])
        style.percent_ticks(axes.xaxis, "nb")
        figure.draw_without_rendering()
        ticks = [t.get_text() for t in axes.get_xticklabels()]
        locs = axes.get_xticks()
    assert len(set(ticks)) == len(ticks)
    shown = [float(t.removesuffix("\u00a0%").replace(",", ".")) for t in ticks]
    # what is written is where the tick stands: 17.5 is never written 18
    assert np.allclose(shown, locs * 100, atol=1e-9)


def test_colliding_and_lost_text_is_found():
    with style.applied():
        figure = style.canvas(4)
        figure.text(0.5, 0.5, "first")
        figure.text(0.5, 0.51, "second")
        figure.text(0.999, 0.2, "gone far outside")
        faults = labels.collisions(figure)
    assert any("first" in f and "second" in f for f in faults)
    assert any("gone far outside" in f and "leaves" in f for f in faults)


def test_text_with_room_is_no_collision():
    with style.applied():
        figure = style.canvas(4)
        figure.text(0.2, 0.2, "first")
        figure.text(0.6, 0.6, "second")
        assert labels.collisions(figure) == []


def _named(axes):
    """Boxes of the names set on the axes, in data coordinates."""
    renderer = labels.drawn_with(labels.figure_of(axes))
    back = axes.transData.inverted()
    return {
        text.get_text(): back.transform_bbox(labels.words_box(text, renderer))
        for text in axes.texts
    }


def test_names_of_points_cover_neither_points_nor_each_other():
    random = np.random.default_rng(3)
    x, y = random.uniform(0, 1, 60), random.uniform(0, 1, 60)
    names = [f"Kommune {k}" for k in range(12)]
    with style.applied():
        figure = style.canvas(9)
        axes = style.axes_in(figure, left=1, bottom=1)
        axes.plot(x, y, "o", linestyle="none", markersize=4)
        axes.set_xlim(-0.1, 1.1)
        axes.set_ylim(-0.1, 1.1)
        done = placement.place(axes, x[:12], y[:12], names, avoid=(x, y))
        faults = labels.collisions(figure)
        boxes = _named(axes)
    assert len(done) >= 3
    assert faults == []
    assert set(boxes) == set(done)
    for box in boxes.values():
        inside = (x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)
        assert not inside.any()


def test_names_that_fit_nowhere_are_left_out():
    with style.applied():
        figure = style.canvas(2.5)
        axes = style.axes_in(figure, left=7, bottom=1, right=7)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        assert placement.place(axes, [0.5], [0.5], ["A name far too long for this"]) == []
        assert labels.collisions(figure) == []


def test_spreading_keeps_order_and_gap_and_moves_no_more_than_needed():
    assert labels.spread([0.0, 10.0], 1.0) == [0.0, 10.0]
    assert labels.spread([5.0, 5.0], 2.0) == pytest.approx([4.0, 6.0])  # symmetric: exact
    moved = labels.spread([3.0, 1.0, 1.1, 9.0], 1.0)
    assert moved[0] > moved[2] > moved[1]
    assert min(np.diff(sorted(moved))) >= 1.0 - 1e-9  # rounding of sums


def test_a_line_is_named_on_its_own_side_and_covers_no_line():
    x = np.arange(8.0)
    lower, upper = 0.2 + 0.05 * x, 0.25 + 0.05 * x
    with style.applied():
        figure = style.canvas(8)
        axes = style.axes_in(figure, left=1, bottom=1)
        axes.plot(x, lower)
        axes.plot(x, upper)
        axes.set_xlim(-0.5, 7.5)
        axes.set_ylim(0, 0.8)
        done = placement.name_lines(
            axes, [(x, lower), (x, upper)], ["lower", "upper"], colours=["#000000"] * 2
        )
        boxes = _named(axes)
    assert done == ["lower", "upper"]
    fine = np.linspace(0, 7, 500)
    for name, own, other in (("lower", lower, upper), ("upper", upper, lower)):
        box = boxes[name]
        middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
        # heights are a tenth of widths here, so that both count alike on the page
        near = [
            np.hypot((fine - middle[0]) / 10, np.interp(fine, x, line) - middle[1]).min()
            for line in (own, other)
        ]
        assert near[0] < near[1]
        for line in (lower, upper):
            y = np.interp(fine, x, line)
            inside = (fine > box.x0) & (fine < box.x1) & (y > box.y0) & (y < box.y1)
            assert not inside.any()
