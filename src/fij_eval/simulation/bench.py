"""The bench as files: batches of replications, each written whole, and their summary.

A batch that exists is never computed again, so that a bench that was killed goes on where it was
and loses at most the batch in hand. The numbers of a replication depend on the seed and its number
alone, so that they are the same whatever the batches, jobs or cores.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fij_eval.artefacts import read_parquet, write_parquet, write_text
from fij_eval.errors import CheckError, SettingsError
from fij_eval.simulation import claiming, evaluate, judgement_tables, room
from fij_eval.simulation.batches import SIZE, Batch, Profile, batches
from fij_eval.simulation.national import read_points
from fij_eval.simulation.performance import performance
from fij_eval.simulation.places import read_places, read_sign_ups
from fij_eval.simulation.scenarios import FAMILIES
from fij_eval.simulation.stack import Ground

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

#: Replications that are stacked in memory at a time.
STACKED = 25
#: The estimator whose rows carry the claims.
PRIMARY = "twfe_expected"
_CLAIMS = tuple(name for name in claiming.COLUMNS if name not in evaluate.COLUMNS)
_NUMBERS = tuple(name for name in _CLAIMS if name not in ("rung", *"ABCDE"))


def ground(reference: Path, register: Path, *, seed: int) -> Ground:
    """Real places, published points and the register.

    Raises:
        InputError: If a reference table cannot be read.
    """
    places = read_places(reference)
    return Ground(
        places=places,
        points=read_points(reference),
        sign_ups=read_sign_ups(register, places, reference),
        seed=seed,
    )


def records(stand: Ground, batch: Batch) -> pd.DataFrame:
    """Records of a batch: one row an estimate, claims beside the primary one's.

    Raises:
        SettingsError: If the family does not exist, or the batch is empty.
    """
    _check(batch)
    family = FAMILIES[batch.family]
    parts = []
    last = batch.first + batch.count
    if family.room:
        estimates = room.run(stand, family, range(batch.first, last))
        parts.append(estimates.reindex(columns=[*evaluate.COLUMNS, *_CLAIMS]))
    for first in range(batch.first, batch.first if family.room else last, STACKED):
        estimates, claims = evaluate.run(stand, family, range(first, min(first + STACKED, last)))
        key = ["scenario", "replication", "estimand", "estimator"]
        parts.append(estimates.merge(claims.assign(estimator=PRIMARY), on=key, how="left"))
    frame = pd.concat(parts, ignore_index=True)
    names = ("scenario", "estimator", "estimand")
    frame = frame.astype({**dict.fromkeys(names, "str"), **dict.fromkeys("ABCDE", "boolean")})
    frame = frame.astype({"rung": "Int64", **dict.fromkeys(_NUMBERS, "float64")})
    return frame.sort_values(["replication", *names], ignore_index=True)


def _check(batch: Batch) -> None:
    """Refuse a batch of a family that does not exist, or of no replication."""
    if batch.family not in FAMILIES:
        raise SettingsError(
            f"The bench has no family «{batch.family}»",
            where="family",
            remedy=f"choose one of {', '.join(FAMILIES)}",
        )
    if batch.first < 0 or batch.count < 1:
        raise SettingsError(
            f"A batch of {batch.count} replications from number {batch.first} is none",
            where="first number and size of a batch",
            remedy="give a first number of at least 0 and a size of at least 1",
        )


def write_batch(reference: Path, register: Path, output: Path, *, batch: Batch, seed: int) -> None:
    """Compute a batch and write it, whole or not at all.

    Raises:
        SettingsError: If the batch is impossible.
        InputError: If a reference table cannot be read.
    """
    write_parquet(output, records(ground(reference, register, seed=seed), batch))


def run(
    reference: Path,
    register: Path,
    folder: Path,
    *,
    profile: Profile,
    seed: int,
    families: Sequence[str] = (),
    size: int = SIZE,
) -> list[Path]:
    """Compute the batches of a profile that are not there yet.

    Args:
        reference: Folder with the reference tables.
        register: Register of participants.
        folder: Where batches are kept.
        profile: How many replications.
        seed: Seed of the settings.
        families: Families that are wanted; empty for all.
        size: Replications in a batch.

    Returns:
        The files of all batches.

    Raises:
        SettingsError: If a family does not exist or a batch is empty.
        InputError: If a reference table cannot be read.
    """
    for name in families or FAMILIES:
        _check(Batch(name, 0, size))
    stand = ground(reference, register, seed=seed)
    wanted = [b for b in batches(profile, size) if not families or b.family in families]
    started = time.monotonic()
    for place, batch in enumerate(wanted, start=1):
        if batch.path(folder).is_file():
            continue
        write_parquet(batch.path(folder), records(stand, batch))
        logger.info(
            "bench: batch %d of %d done after %.0f s",
            place,
            len(wanted),
            time.monotonic() - started,
        )
    return [batch.path(folder) for batch in wanted]


def gather(paths: Sequence[Path]) -> pd.DataFrame:
    """Records of several batches, each replication once.

    Raises:
        InputError: If a file cannot be read.
        CheckError: If a replication stands twice or scenarios have different numbers of them.
    """
    frame = pd.concat([read_parquet(path) for path in paths], ignore_index=True)
    key = ["scenario", "replication", "estimator", "estimand"]
    if frame.duplicated(key).any():
        raise CheckError(
            "A replication of the bench stands in two batches",
            where=str(Path(paths[0]).parent.parent),
            remedy="delete the batches that overlap, or the folder, and run the bench again",
        )
    return frame


def write_summary(paths: Sequence[Path], output: Path) -> None:
    """Performance of every estimator and inference method, as CSV.

    Numbers have six significant digits: more than any Monte Carlo error supports.

    Raises:
        InputError: If a file cannot be read.
        CheckError: If batches overlap.
    """
    table = performance(gather(paths))
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    write_text(output, text)


def write_documentation(summary: Path, documentation: Path) -> None:
    """Make the tables of the documentation anew from a summary.

    Raises:
        InputError: If a file cannot be read.
        CheckError: If the documentation has no place for a table.
    """
    text = documentation.read_text(encoding="utf-8")
    write_text(documentation, judgement_tables.filled(text, read_summary(summary)))


def read_summary(path: Path) -> pd.DataFrame:
    """The summary as ``write_summary`` wrote it."""
    return pd.read_csv(path)
