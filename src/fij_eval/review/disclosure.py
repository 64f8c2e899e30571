"""Whether anything that was built tells of a municipality what may not be told: decision 8.

Held against the panel, every file of a build is searched for

- the name or code of a municipality with fewer than ``sample.minimum_residents`` refugees in the
  reference month (that it signed up is public, and the map names all places);
- a count of persons below five, or of refugees below the minimum, beside a municipality;
- a share from which such a count follows, beside its municipality, or beside its number of
  refugees even where no name stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fij_eval.errors import InputError
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import disclosure
from fij_eval.review.pieces import Piece, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from fij_eval.settings import SampleSettings

#: Counts of persons in the panel.
COUNTS = ("residents", "employed", "unemployed", "settled_year", "settled_since_2022")
#: Files that list all places, with nothing about the refugees in them: the map of figure 7.
PLACES = ("fig07_map",)
#: Columns of whole numbers that count no persons.
_OTHER = ("hex_col", "hex_row", "centrality", "county_code")
#: Names of columns with codes, and with shares in work.
_CODE = re.compile(r".*code|left_out|unit|key|text|item|name|label|peers")
_SHARE = re.compile(r"share(_start|_end)?")
#: Lists that the page to explore holds beside a municipality: limits of intervals, means of others.
_DERIVED = ("low", "high", "mean")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_IN_WORDS = re.compile(r"(?<![\d.,])\d+[.,]\d+")
#: A number beside words, as no number and no code with its unit stands.
_SENTENCE = re.compile(r"[^\W\d]{2,}\W.*\d|\d.*\W[^\W\d]{2,}")
#: A count in running text: in brackets, or before what is counted.
_COUNTED = re.compile(
    r"(?<![\d.,–-])(\d{1,2})(?=\)| (?:flyktning|person|sysselsatt|ledig|bosatt|i jobb|av \d)"
    r"| (?:refugee|resident|employed|unemployed|settled|in work|of \d))"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may not be told.

    Attributes:
        place: File, and where within it.
        municipality: Name, or code where the name is what may not stand there.
        what: What is wrong.
    """

    place: str
    municipality: str
    what: str


@dataclass(frozen=True)
class Secrets:
    """What may not be told.

    Attributes:
        names: Every name, and part of a name in several languages -> codes.
        few: Codes that may not be named.
        public: Codes that may be named although they are few, since they signed up.
        shares: Code -> shares (0-1) that give away a count.
        counts: Code -> counts that are too small.
        pairs: Number of refugees and share (to five decimals), of shares that give away a count.
        sizes: Code -> its numbers of refugees, which may be told.
    """

    names: Mapping[str, frozenset[str]]
    few: frozenset[str]
    public: frozenset[str]
    shares: Mapping[str, frozenset[float]]
    counts: Mapping[str, frozenset[int]]
    pairs: frozenset[tuple[int, float]]
    sizes: Mapping[str, frozenset[int]]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the names, as whole words."""
        words = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")

    @cached_property
    def codes(self) -> frozenset[str]:
        """All codes."""
        return frozenset(code for codes in self.names.values() for code in codes)


def secrets(panel: pd.DataFrame, sample: SampleSettings) -> Secrets:
    """What the panel holds that may not be told.

    Args:
        panel: By contract ``PANEL``.
        sample: The fewest refugees, and the month that counts.
    """
    named = disclosure.named(panel, sample)
    codes = frozenset(panel["municipality_code"].astype(str))
    names: dict[str, set[str]] = defaultdict(set)
    pairs_of_names = panel[["municipality_code", "municipality_name"]].drop_duplicates()
    for code, name in pairs_of_names.itertuples(index=False):
        for part in (str(name), *str(name).split(" - ")):
            names[part].add(str(code))
    visible = disclosure.visible(panel, sample.minimum_residents)
    known = panel[panel["share"].notna()]
    hidden, open_ = known[~visible[known.index]], known[visible[known.index]]
    shares: dict[str, set[float]] = defaultdict(set)
    for code, share in zip(hidden["municipality_code"], hidden["share"], strict=True):
        shares[str(code)].add(float(share))
    for code, share in zip(open_["municipality_code"], open_["share"], strict=True):
        # what is shown of another month may happen to be the same
        shares[str(code)] = {s for s in shares[str(code)] if abs(s - float(share)) > 1e-3}
    counts: dict[str, set[int]] = defaultdict(set)
    for column in COUNTS:
        least = sample.minimum_residents if column == "residents" else SMALLEST_COUNT
        small = panel[panel[column].between(1, least - 1).fillna(value=False).astype(bool)]
        for code, value in zip(small["municipality_code"], small[column], strict=True):
            counts[str(code)].add(int(value))
    sizes = hidden[hidden["residents"].notna()]
    return Secrets(
        names={name: frozenset(found) for name, found in names.items()},
        few=codes - named,
        public=frozenset(panel.loc[panel["network_status"] != "none", "municipality_code"]),
        shares={code: frozenset(found) for code, found in shares.items()},
        counts={code: frozenset(found) for code, found in counts.items()},
        pairs=frozenset(
            (int(n), round(float(s), 5))
            for n, s in zip(sizes["residents"], sizes["share"], strict=True)
        ),
        sizes={
            str(code): frozenset(map(int, found.dropna()))
            for code, found in panel.groupby("municipality_code")["residents"]
        },
    )


def searched(files: Iterable[Path], known: Secrets) -> tuple[int, list[Finding]]:
    """Search built files.

    Args:
        files: The files.
        known: What may not be told.

    Returns:
        How many pieces were looked at, and what was found.

    Raises:
        InputError: If a file cannot be read.
    """
    looked = 0
    found: dict[Finding, None] = {}
    for path in files:
        for whole in pieces(path.as_posix(), path.read_bytes()):
            for piece in (whole, *_sentences(whole)):
                looked += 1
                found.update(dict.fromkeys(told(piece, known)))
    return looked, list(found)


def _sentences(piece: Piece) -> Iterator[Piece]:
    """Cells of a row that say something with a number in words, each by itself."""
    if len(piece.cells) > 1:
        for cell in piece.cells:
            if _SENTENCE.search(cell):
                yield Piece(piece.place, (cell,))


def told(piece: Piece, known: Secrets) -> Iterator[Finding]:
    """What a piece tells that may not be told."""
    places = _place(piece) in PLACES
    meant = [known.names[name] for name in set(known.pattern.findall(piece.text))]
    named = {code for codes in meant for code in codes}
    # a name that several have, such as Herøy, names none of them for certain
    certain = {code for codes in meant if len(codes) == 1 for code in codes}
    listed = {cell for cell in _codes(piece) if cell in known.codes}
    if not places:
        for code in sorted(((certain | listed) & known.few) - known.public):
            yield Finding(piece.place, code, "it has too few refugees to be named")
    numbers = list(_numbers(piece))
    for code in sorted(named | listed):
        yield from _beside(code, piece, numbers, known)
    for (whole, _), (part, column) in product(numbers, numbers):
        # a number with few decimals may be anything, unless its column says that it is a share
        exact = part != round(part, 3) or bool(_SHARE.fullmatch(column))
        if exact and (whole, round(part, 5)) in known.pairs:
            what = f"{part:.6g} of {whole:g} refugees gives a count below {SMALLEST_COUNT}"
            yield Finding(piece.place, "(no name)", what)
            break


def report(mode: str, looked: int, files: int, found: Iterable[Finding]) -> str:
    """The answer for the screen."""
    lines = [f"{each.place}: {each.municipality}: {each.what}" for each in found]
    verdict = (
        f"{len(lines)} places tell what may not be told"
        if lines
        else "Nothing tells of a municipality what may not be told"
    )
    return "\n".join([*lines, f"{verdict}. Mode {mode}: {files} files, {looked} pieces."]) + "\n"


def built(mode: str) -> list[Path]:
    """Every file that a build of a mode leaves for readers, and its logs.

    Raises:
        InputError: If there is none.
    """
    folders = [Path(folder, mode) for folder in ("results", "reports", "logs")]
    found = sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    found += sorted(Path("data/processed", mode).glob("c*.*"))  # codebook and checks
    if not any(path.parts[0] == "reports" for path in found):
        raise InputError(
            "There is no build to search",
            where=f"reports/{mode}",
            remedy="run `snakemake` in the project's folder first, or name another --mode",
        )
    return found


def _beside(
    code: str, piece: Piece, numbers: Sequence[tuple[float, str]], known: Secrets
) -> Iterator[Finding]:
    """Counts and shares that stand beside a municipality and are too small to tell."""
    if piece.columns and piece.columns[-1] in _DERIVED:
        return
    counts = [value for value, _ in numbers]
    shares = [value for value, column in numbers if column not in (*COUNTS, "population")]
    if len(piece.cells) == 1:
        counts += map(float, _COUNTED.findall(piece.text))
        shares += (float(text.replace(",", ".")) for text in _IN_WORDS.findall(piece.text))
    for count in counts:
        if count in known.counts.get(code, ()):
            yield Finding(piece.place, code, f"{count:g} is a count that is too small to tell")
    for share in shares:
        # a number of refugees may happen to be the share of another month in per cent
        if share >= 1 and share in known.sizes.get(code, ()):
            continue
        if any(_is(share, secret) for secret in known.shares.get(code, ())):
            yield Finding(piece.place, code, f"{share:g} is a share that gives away a count")


def _is(value: float, share: float) -> bool:
    """Whether a number is a share, as one or in per cent with a decimal."""
    return abs(value - share) < 5e-5 or (value >= 1 and abs(value - 100 * share) < 0.0501)


def _codes(piece: Piece) -> Iterator[str]:
    """Cells that may be codes: those of columns that hold some, or all where columns have no names.

    A count of persons may look like a code.
    """
    if len(piece.cells) < 2:
        return
    for position, cell in enumerate(piece.cells):
        column = piece.columns[position] if position < len(piece.columns) else "code"
        if _CODE.fullmatch(column):
            yield cell


def _numbers(piece: Piece) -> Iterator[tuple[float, str]]:
    """Cells that are numbers as a whole, and their columns; not those that count no persons."""
    if len(piece.cells) < 2:
        return
    for position, cell in enumerate(piece.cells):
        column = piece.columns[position] if position < len(piece.columns) else ""
        text = re.sub(r"[\s\u00a0\u2009\u202f%]", "", cell).replace("\u2212", "-")
        if column not in _OTHER and _NUMBER.fullmatch(text):
            yield float(text.replace(",", ".")), column


def _place(piece: Piece) -> str:
    """Stem of the innermost file that a piece stands in."""
    return PurePosixPath(piece.place.partition(",")[0]).stem
