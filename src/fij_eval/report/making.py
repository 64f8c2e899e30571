"""Reads the inputs of a figure or table, makes it, and writes it whole with its data and words."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fij_eval.artefacts import cell_text, read_parquet, write_bytes, write_json
from fij_eval.errors import InputError, ReportError
from fij_eval.report import weighting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fij_eval.report.context import Context, Drawing, Table
    from fij_eval.settings import Language

log = logging.getLogger(__name__)

_CM = 2.54
#: Significant digits of the data beside a figure or table: more than is published anywhere, fewer
#: than the last ones that differ between machines.
_DIGITS = 9


class FigureModule(Protocol):
    """A module of ``report/figures``."""

    @property
    def INPUTS(self) -> tuple[str, ...]:  # noqa: N802 -- a constant of the module
        """Keys of the inputs; those in ``OPTIONAL``, where a module has it, may be missing."""
        ...

    def make(self, inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
        """The figure from its inputs."""
        ...


class TableModule(Protocol):
    """A module of ``report/tables``."""

    @property
    def INPUTS(self) -> tuple[str, ...]:  # noqa: N802 -- a constant of the module
        """Keys of the inputs."""
        ...

    def make(self, inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
        """The table from its inputs."""
        ...


def write_figure(
    module: FigureModule,
    name: str,
    inputs: Mapping[str, Path],
    output: Path,
    context: Context,
) -> None:
    """Make a figure and write ``output`` (SVG), its data (CSV) and its words (JSON) beside it.

    Args:
        module: Module of the figure.
        name: Its name.
        inputs: Key -> file, at least those of the module's ``INPUTS``.
        output: ``…/<name>.svg``.
        context: Language, and what else it may depend on.

    Raises:
        ReportError: If an input is not given or cannot give the figure.
        InputError: If an input cannot be read.
    """
    from fij_eval.report import labels, style

    language = context.language
    optional = tuple(key for key in getattr(module, "OPTIONAL", ()) if key in inputs)
    frames = read_inputs(inputs, module.INPUTS + optional, name)
    with style.applied():
        drawing = module.make(frames, context)
        weighting.check(name, said_by_figure(drawing), drawing.data, language)
        faults = labels.collisions(drawing.figure)
        if faults:
            log.warning("%s (%s): %s", name, language, "; ".join(faults))
        picture = style.svg_bytes(
            drawing.figure, title=drawing.words.title, description=drawing.words.alt
        )
    width, height = (float(side) * _CM for side in drawing.figure.get_size_inches())
    words: dict[str, Any] = {
        "name": name,
        "language": language,
        "title": drawing.words.title,
        "subtitle": drawing.words.subtitle,
        "source": drawing.words.source,
        "alt": drawing.words.alt,
        "simulated": drawing.simulated,
        "shown": drawing.shown,
        "width_cm": round(width, 2),
        "height_cm": round(height, 2),
    }
    write_csv(output.with_suffix(".csv"), drawing.data, language)
    write_json(output.with_suffix(".json"), words)
    write_bytes(output, picture)
    log.info("%s (%s): %d rows of data", name, language, len(drawing.data))


def write_table(
    module: TableModule,
    name: str,
    inputs: Mapping[str, Path],
    output: Path,
    context: Context,
) -> None:
    """Make a table and write its numbers to ``output`` (CSV) and what readers see beside it (JSON).

    Args:
        module: Module of the table.
        name: Its name.
        inputs: Key -> file, at least those of the module's ``INPUTS``.
        output: ``…/<name>.csv``.
        context: Language, and what else it may depend on.

    Raises:
        ReportError: If an input is not given or cannot give the table.
        InputError: If an input cannot be read.
    """
    language = context.language
    table = module.make(read_inputs(inputs, module.INPUTS, name), context)
    weighting.check(name, said_by_table(table), table.data, language)
    words: dict[str, Any] = {
        "name": name,
        "language": language,
        "title": table.title,
        "subtitle": table.subtitle,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "align": list(table.align),
        "groups": {str(row): heading for row, heading in table.groups.items()},
        "notes": list(table.notes),
        "source": table.source,
        "simulated": table.simulated,
    }
    if table.references is not None:
        words["references"] = table.references
    write_json(output.with_suffix(".json"), words)
    write_csv(output, table.data, language)
    log.info("%s (%s): %d rows", name, language, len(table.rows))


def said_by_figure(drawing: Drawing) -> dict[str, str]:
    """What readers of a figure read at one go: its caption with the words in it, its alt text."""
    from fij_eval.report import labels

    inside = (text.get_text() for text in labels.shown_texts(drawing.figure))
    words = drawing.words
    return {"caption": " ".join([words.title, words.subtitle, *inside]), "alt text": words.alt}


def said_by_table(table: Table) -> dict[str, str]:
    """What readers of a table read at one go: its caption, headings, names of rows and notes."""
    names = (row[0] for row in table.rows)
    heads = (*table.header, *table.groups.values())
    return {"caption": " ".join([table.title, table.subtitle, *heads, *names, *table.notes])}


def read_inputs(
    inputs: Mapping[str, Path], wanted: tuple[str, ...], name: str
) -> dict[str, pd.DataFrame]:
    """The frames that a figure or table asks for.

    Reference tables and the codebook (CSV) are read as text throughout, so that codes stay codes.

    Raises:
        ReportError: If one is not given.
        InputError: If one cannot be read.
    """
    if missing := [key for key in wanted if key not in inputs]:
        raise ReportError(
            f"«{name}» is made from {', '.join(wanted)}, and {', '.join(missing)} is not given",
            remedy=f"add --input {missing[0]}=PATH",
        )
    return {key: _read(inputs[key]) for key in wanted}


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return read_parquet(path)
    import pandas as pd

    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(
            f"A table that this step reads cannot be read ({error})",
            where=str(path),
            remedy="restore the file that came with the project",
        ) from error


def write_csv(path: Path, frame: pd.DataFrame, language: Language) -> None:
    """Data behind a figure or table, for readers of the language.

    Bokmål: semicolons, decimal comma and a byte-order mark, as spreadsheets set up for Norwegian
    expect. English: commas and decimal point. Text that a spreadsheet would run is marked as text.
    """
    norwegian = language == "nb"
    words = frame.select_dtypes(include=["object", "string", "str", "category"]).columns
    harmless = frame.assign(**{name: frame[name].map(cell_text) for name in words})
    text = harmless.to_csv(
        index=False,
        sep=";" if norwegian else ",",
        decimal="," if norwegian else ".",
        float_format=lambda value: _short(value, comma=norwegian),
        lineterminator="\n",
    )
    write_bytes(path, text.encode("utf-8-sig" if norwegian else "utf-8"))


def _short(value: float, *, comma: bool) -> str:
    text = f"{value:.{_DIGITS}g}"
    return text.replace(".", ",") if comma else text
