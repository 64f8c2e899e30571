"""The figure that is made where the data do not carry the planned one: it says so.

Documents leave it out and say in a sentence in its place why (``fig`` in ``templates/lib.typ``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report import results, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

WORDS: Catalogue = {
    "nb": {
        "title": "Kan ikke vises med disse målingene",
        "subtitle": "{what} krever flere målinger eller kommuner enn dataene har",
        "inside": "Dataene rekker ikke til denne prøven. Det er ikke et funn.",
        "alt": "En ramme uten tall. Dataene rekker ikke til denne prøven, og det er ikke et funn.",
    },
    "en": {
        "title": "Cannot be shown with these measurements",
        "subtitle": "{what} needs more measurements or municipalities than the data have",
        "inside": "The data do not carry this test. That is not a finding.",
        "alt": "A frame without numbers. The data do not carry this test, which is not a finding.",
    },
}


def drawing(
    words: Catalogue,
    data: pd.DataFrame,
    context: Context,
    inputs: Mapping[str, pd.DataFrame],
    *,
    simulated: bool,
    **values: str,
) -> Drawing:
    """A figure without numbers.

    Args:
        words: Words of the figure: ``what`` cannot be shown, at the beginning of a sentence.
        data: The data of the figure, as few as there are.
        context: Language.
        inputs: Of the figure; the panel is for the source line.
        simulated: Whether its data would have been simulated.
        values: What fills the places of ``what``.
    """
    language = context.language
    what = fill(words, language, "what", **values)
    figure = style.canvas(2.4, banner=results.banner(language, simulated=simulated))
    figure.text(0.5, 0.4, fill(WORDS, language, "inside"), ha="center", color=style.MUTED)
    return Drawing(
        figure=figure,
        data=data,
        words=Words(
            title=fill(WORDS, language, "title"),
            subtitle=fill(WORDS, language, "subtitle", what=what),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(WORDS, language, "alt"),
        ),
        simulated=simulated,
        shown=False,
    )
