"""The article's Tabell 1 and 2 in the demo: a web page, or the CSV that a browser makes of it.

The figures are simulated and the page says so. The form has the source's habits: names without
codes and with note digits glued on, decimal comma, no-break space in numbers, ``:`` for what is
hidden, footnotes as trailing rows, the municipal structure of the reference month.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from fij_eval.simulation.measurement import publish
from fij_eval.sources.labels import MONTH_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fij_eval.simulation.measurement import Published
    from fij_eval.simulation.places import Places

URL = (
    "https://www.ssb.no/arbeid-og-lonn/sysselsetting/statistikk/"
    "antall-arbeidsforhold-og-lonn/artikler/hvor-mange-ukrainere-jobber-i-norge"
)
TITLE = "Hvor mange ukrainere jobber i Norge?"
NOTICE = "Simulerte tall: laget for demonstrasjon, ikke tall fra Statistisk sentralbyrå."
MEASURES = ("Bosatte 20–66 år", "Sysselsatte (lønnstakere)", "Andel sysselsatte. Prosent")
CAPTION_1 = (
    "Tabell 1. Bosatte flyktninger fra Ukraina 20–66 år og sysselsatte blant dem, etter måned. "
    "Hele landet. {status}"
)
CAPTION_2 = (
    "Tabell 2. Bosatte flyktninger fra Ukraina 20–66 år og sysselsatte blant dem, etter kommune. "
    "{month}. {status}"
)
HIDDEN, NOTHING, IMPOSSIBLE = ":", "-", "."
#: Names that the Statbank tells apart where KLASS does not need to.
TOLD_APART = {"Sande": "Sande (Møre og Romsdal)"}
#: The capital's name has two parts in what is published from 2026 on.
CAPITAL, CAPITAL_SINCE_2026, NEW_NAME_FROM = "Oslo", "Oslo - Oslove", "2026"
#: A municipality whose name carries a note digit in pages from 2024 on.
NOTED = "Herøy (Nordland)"
NAME_NOTE = "1 Det er flere kommuner med dette navnet."
SPACE = "\u00a0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one publication shows.

    Attributes:
        month: Reference month of Tabell 2.
        published: Day of publication, ISO.
        status: «Foreløpige tall» or «Reviderte tall».
        correction: Correction notice under the tables, or empty.
        national: (month, residents, employed) for each row of Tabell 1.
        names: Municipalities of Tabell 2.
        residents: Residents aged 20-66, in the order of ``names``.
        employed: Wage earners among them.
        hide_below: Cells with fewer persons are hidden.
        decimals: Decimals of the share.
    """

    month: str
    published: str
    status: str
    correction: str
    national: tuple[tuple[str, int, int], ...]
    names: tuple[str, ...]
    residents: NDArray[np.int64]
    employed: NDArray[np.int64]
    hide_below: int
    decimals: int


def structure(places: Places, month: str, *, plain: bool) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the municipalities in a month, and which of them each municipality of 2024 was.

    Args:
        places: Municipalities.
        month: Reference month.
        plain: Whether names stand without Sámi and Kven parts.
    """
    if month >= "2024":
        names = places.names_norwegian if plain else places.names
        return [TOLD_APART.get(n, n) for n in names], np.arange(len(places))
    _, first, group = np.unique(places.codes_2023, return_index=True, return_inverse=True)
    before = []
    for row in first.tolist():
        # A name in brackets or of a divided municipality is not today's.
        own = "(" in places.names_2023[row] or any(row in g for g in places.split)
        name = places.names_2023[row] if own else places.names_norwegian[row]
        before.append(TOLD_APART.get(name, name))
    return before, group


def month_name(month: str) -> str:
    """«September 2024»."""
    year, number = month.split("-")
    return f"{MONTH_NAMES[int(number) - 1].capitalize()} {year}"


def page(article: Article) -> bytes:
    """The article as a web page."""
    first = _table(
        CAPTION_1.format(status=article.status),
        ("Måned", *MEASURES),
        _national_rows(article),
        _footnotes(article, named=False),
    )
    second = _table(
        CAPTION_2.format(month=month_name(article.month), status=article.status),
        ("Kommune", *MEASURES),
        _municipal_rows(article),
        _footnotes(article, named=True),
    )
    text = f"""<!DOCTYPE html>
<html lang="nb">
<head>
<meta charset="utf-8">
<title>{escape(TITLE)} – SSB</title>
</head>
<body>
<main>
<article>
<h1>{escape(TITLE)}</h1>
<p>Publisert: {day_name(article.published)}</p>
<p><strong>{escape(NOTICE)}</strong></p>
<h2>Utvikling</h2>
{first}
<h2>Kommuner</h2>
{second}
</article>
</main>
</body>
</html>
"""
    return text.encode("utf-8")


def downloads(article: Article) -> dict[str, bytes]:
    """Tabell 1 and 2 as the browser's CSV, by number."""
    return {
        "1": _csv(("Måned", *MEASURES), _national_rows(article), _footnotes(article, named=False)),
        "2": _csv(
            ("Kommune", *MEASURES), _municipal_rows(article), _footnotes(article, named=True)
        ),
    }


def _footnotes(article: Article, *, named: bool) -> list[str]:
    """Trailing rows; the note on names only where municipalities are named."""
    noted = [NAME_NOTE] if named and article.month >= "2024" else []
    corrected = [article.correction] if article.correction else []
    return [*noted, *corrected, f"{HIDDEN} Vises ikke av hensyn til personvern.", NOTICE]


def day_name(iso: str) -> str:
    """«12. desember 2024»."""
    year, month, day = iso.split("-")
    return f"{int(day)}. {MONTH_NAMES[int(month) - 1]} {year}"


def _count(value: int) -> str:
    return f"{value:,}".replace(",", SPACE)


def _percent(employed: int, residents: int, decimals: int) -> str:
    """A share in per cent; halves are rounded away from zero, in whole numbers throughout."""
    scale = 10**decimals
    whole = (2 * 100 * scale * employed + residents) // (2 * residents)
    return f"{whole / scale:.{decimals}f}".replace(".", ",")


def _national_rows(article: Article) -> list[tuple[str, ...]]:
    return [
        (
            month_name(month),
            _count(residents),
            _count(employed),
            _percent(employed, residents, article.decimals),
        )
        for month, residents, employed in article.national
    ]


def _municipal_rows(article: Article) -> list[tuple[str, ...]]:
    shown = publish(article.residents, article.employed, hide_below=article.hide_below)
    return [
        (_noted(article, name), *_cells(shown, row, article.decimals))
        for row, name in enumerate(article.names)
    ]


def _noted(article: Article, name: str) -> str:
    if name == CAPITAL and article.published >= NEW_NAME_FROM:
        return CAPITAL_SINCE_2026
    return f"{name}1" if name == NOTED and article.month >= "2024" else name


def _cells(shown: Published, row: int, decimals: int) -> tuple[str, str, str]:
    """Residents, wage earners and share as displayed."""
    residents, employed = int(shown.residents[row]), int(shown.employed[row])
    if residents == 0:
        return NOTHING, NOTHING, IMPOSSIBLE
    first = HIDDEN if shown.hidden_residents[row] else _count(residents)
    if shown.hidden_employed[row]:
        return first, HIDDEN, HIDDEN
    if employed == 0:
        return first, NOTHING, NOTHING
    return first, _count(employed), _percent(employed, residents, decimals)


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
    """Semicolons, cells as displayed, UTF-8 without a mark; notes are rows of one cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows((head, *rows))
    writer.writerows((note, *[""] * (len(head) - 1)) for note in notes)
    return text.getvalue().encode("utf-8")


def _table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> str:
    """A table of the page; the notes are its last rows."""
    columns = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "\n".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f"<td>{escape(cell).replace(SPACE, '&nbsp;')}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in rows
    )
    foot = "\n".join(f'<tr><td colspan="{len(head)}">{escape(note)}</td></tr>' for note in notes)
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead>\n<tr>{columns}</tr>\n</thead>\n"
        f"<tbody>\n{body}\n</tbody>\n<tfoot>\n{foot}\n</tfoot>\n</table>"
    )
