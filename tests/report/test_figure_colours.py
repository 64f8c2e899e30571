"""Colours of figures: told apart with any colour vision, text that stands out, no stray ones."""

import re
from itertools import combinations

import colour_vision
import figure_worlds as worlds
import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from fij_eval.report import registry, style

SVG = "{http://www.w3.org/2000/svg}"
#: What a hue means; grey and white carry no meaning of their own.
MEANINGS = {
    style.NETWORK: "network",
    style.OTHERS: "others",
    style.OTHERS_TEXT: "others",
}
VISIONS = tuple(colour_vision.MATRICES)
#: CIEDE2000 from which two areas are told apart at a glance, some ten times what can just be seen.
APART = 20.0


@pytest.fixture(scope="module")
def pictures():
    """Every figure in both languages, as the SVG that is written."""
    made = {}
    for name in registry.FIGURES:
        for language in ("nb", "en"):
            module = registry.figure(name)
            with style.applied():
                drawing = module.make(worlds.inputs(module.INPUTS), worlds.context(language))
                made[name, language] = fromstring(style.svg_bytes(drawing.figure))
    return made


def colours(node):
    """Colours of an element's own style."""
    found = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", node.get("style", ""), re.IGNORECASE)
    return {colour.upper() for colour in found}


def marks(picture):
    """Colours of all lines and areas; a path of one point draws nothing."""
    shapes = (node for node in picture.iter() if node.tag in (f"{SVG}path", f"{SVG}use"))
    drawn = (n for n in shapes if n.tag.endswith("use") or re.search("[LCQZ]", n.get("d", "")))
    return set().union(*map(colours, drawn))


def is_grey(colour):
    return np.ptp([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) <= 8


def test_hues_in_figures_are_those_that_have_a_meaning(pictures):
    known = {colour.upper() for colour in MEANINGS}
    strays = {
        key: found
        for key, picture in pictures.items()
        if (found := {c for c in marks(picture) if not is_grey(c)} - known)
    }
    assert strays == {}


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_used_together_are_told_apart_with_any_colour_vision(pictures, vision):
    compared = set()
    for picture in pictures.values():
        hues = sorted(c for c in marks(picture) if not is_grey(c))
        fills = [*hues, style.GREY] if style.GREY in marks(picture) else hues
        compared |= {
            (a, b)
            for a, b in combinations(fills, 2)
            if MEANINGS.get(a, "grey") != MEANINGS.get(b, "grey")
        }
    assert len(compared) >= 2
    apart = {
        pair: colour_vision.distance(*(colour_vision.seen(c, vision) for c in pair))
        for pair in compared
    }
    assert {pair: round(d, 1) for pair, d in apart.items() if d < APART} == {}


def test_red_and_green_of_equal_lightness_would_be_refused():
    red, green = "#C44E52", "#55A868"
    seen = {v: [colour_vision.seen(c, v) for c in (red, green)] for v in VISIONS}
    assert colour_vision.distance(*seen["normal"]) > APART
    assert colour_vision.distance(*seen["deuteranopia"]) < APART


def test_all_text_in_figures_stands_out_and_stays_text_in_the_reports_font(pictures):
    for key, picture in pictures.items():
        texts = list(picture.iter(f"{SVG}text"))
        assert texts, key
        for node in texts:
            words = "".join(node.itertext())
            said = node.get("style", "")
            assert "font-family: 'Source Sans Pro'" in said, (key, words)
            size = float(re.search(r"font-size: ([\d.]+)px", said)[1])
            assert size >= style.SMALL, (key, words)
            for colour in colours(node) - {"#FFFFFF"}:  # white stands on areas, judged on the page
                assert colour_vision.contrast(colour, "#FFFFFF") >= 4.5, (key, words)
        # a letter drawn as a path has an id of its font and number
        ids = " ".join(node.get("id", "") for node in picture.iter(f"{SVG}path"))
        assert not re.search(r"SourceSans|DejaVu", ids), key


#: Pairs of Sharma, Wu and Dalal (2005), table 1: the two colours and CIEDE2000.
PUBLISHED = (
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)


@pytest.mark.parametrize(("first", "second", "published"), PUBLISHED)
def test_distances_of_colours_are_the_published_ones(first, second, published):
    # published with four decimals
    assert colour_vision.distance(first, second) == pytest.approx(published, abs=5e-5)
    assert colour_vision.distance(second, first) == pytest.approx(published, abs=5e-5)


def test_white_and_grey_look_the_same_to_all():
    for vision in VISIONS:
        assert colour_vision.seen("#FFFFFF", vision) == pytest.approx([100, 0, 0], abs=0.05)
        assert colour_vision.seen("#808080", vision)[1:] == pytest.approx([0, 0], abs=0.05)
