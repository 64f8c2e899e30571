"""What figures and tables are made with, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Literal, TypeVar

from fij_eval.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from matplotlib.figure import Figure

    from fij_eval.settings import Language, NetworkSettings, SampleSettings

Group = TypeVar("Group")

Catalogue = Mapping[str, Mapping[str, str]]
"""Words of a figure or table: language -> key -> template with named places."""

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a figure or table may depend on besides its inputs.

    Attributes:
        language: Language of its words and numbers.
        network: First and last month of the network, who counts as treated.
        sample: Smallest number of refugees for a municipality to be shown by name, and when.
    """

    language: Language
    network: NetworkSettings
    sample: SampleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is read round a figure.

    Attributes:
        title: The finding in neutral words.
        subtitle: Measure, weighting, number of units, period.
        source: Source line.
        alt: What is seen, for who cannot see it.
    """

    title: str
    subtitle: str
    source: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure: the picture, the data that it shows, and its words.

    Attributes:
        figure: The picture.
        data: What it shows.
        words: What is read round it.
        simulated: Whether any of its data is simulated.
        shown: Whether documents show it; else a sentence stands in its place.
    """

    figure: Figure
    data: pd.DataFrame
    words: Words
    simulated: bool
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as readers see it, and the numbers behind it.

    Attributes:
        data: One row a row of the table, with the raw numbers.
        header: Heading of each column.
        rows: Finished strings.
        align: Alignment of each column.
        groups: Row number -> heading that stands before that row.
        title: The finding in neutral words.
        subtitle: Measure, weighting, number of units, period.
        notes: Notes below the table.
        source: Source line.
        simulated: Whether any number in it is simulated.
        references: Column whose cells are labels of places in the report, if there is one.
    """

    data: pd.DataFrame
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]
    title: str
    subtitle: str
    source: str
    notes: tuple[str, ...] = ()
    groups: Mapping[int, str] = field(default_factory=dict)
    simulated: bool = False
    references: int | None = None

    def __post_init__(self) -> None:
        """Refuse a table whose parts do not fit together."""
        width = len(self.header)
        if len(self.align) != width or any(len(row) != width for row in self.rows):
            raise ReportError("A table has rows of another width than its header", where=self.title)


def grouped(groups: Iterable[Group], heading: Callable[[Group], str]) -> dict[int, str]:
    """Row number -> heading, at each row that begins another group than that of the row before.

    Args:
        groups: Group of each row.
        heading: Heading of a group.
    """
    listed = list(groups)
    return {k: heading(group) for k, group in enumerate(listed) if k == 0 or group != listed[k - 1]}


def fill(words: Catalogue, language: Language, key: str, **values: str) -> str:
    """A template of a catalogue with its places filled.

    Raises:
        ReportError: If the language or key is missing, or the values are not those of its places.
    """
    try:
        template = words[language][key]
    except KeyError as error:
        raise ReportError(f"The words have no «{key}» in the language «{language}»") from error
    if (wanted := places(template)) != set(values):
        odd = sorted(wanted ^ set(values))
        raise ReportError(f"The words «{key}» and the values given differ in {odd}", where=template)
    return template.format(**values)


def places(template: str) -> set[str]:
    """Names of the places in a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}
