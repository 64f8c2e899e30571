"""Files that appear whole or not at all, with the same bytes for the same content."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fij_eval.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

#: What text begins with that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")


def sha256_of(content: bytes) -> str:
    """The sha256 of the content, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The sha256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write the file under a temporary name beside it, then rename it.

    A killed process leaves either the old file or the new one, never a half-written one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def cell_text(value: object) -> object:
    """A cell of a CSV file that no spreadsheet takes for a formula: an apostrophe goes before one.

    Numbers are as they are; only text can come from data that mean harm.
    """
    if not isinstance(value, str) or not value.startswith(FORMULA) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def json_text(content: Any) -> str:  # noqa: ANN401 -- anything that json can write
    """JSON with sorted keys and real letters, ending in a line break."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401 -- anything that json can write
    """Write JSON with sorted keys, whole or not at all."""
    write_text(path, json_text(content))


def read_json(path: Path, *, what: str, remedy: str) -> Any:  # noqa: ANN401 -- anything that JSON holds
    """What a JSON file of ours holds.

    Args:
        path: The file.
        what: What it is, as the message begins: «The numbers of the prose».
        remedy: What to do if it cannot be read.

    Raises:
        InputError: If the file cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{what} cannot be read ({error})", where=str(path), remedy=remedy
        ) from error


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, as ``object_pairs_hook`` of ``json.loads``, if each of its keys stands once.

    Raises:
        ValueError: If a key stands twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"the key «{twice[:40]}» stands twice")
    return found


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as parquet, without its index, whole or not at all."""
    import io

    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    write_bytes(path, buffer.getvalue())


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a parquet file that an earlier rule wrote.

    Raises:
        InputError: If the file is not there or is not parquet.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        return pd.read_parquet(path)
    except FileNotFoundError as error:
        raise InputError(
            "A file that this step reads does not exist",
            where=str(path),
            remedy="run the rule that makes it first, or `snakemake` for everything",
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"A file that this step reads is not whole parquet ({error})",
            where=str(path),
            remedy="delete it and run `snakemake` again",
        ) from error
