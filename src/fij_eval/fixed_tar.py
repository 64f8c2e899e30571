"""Tar files whose bytes depend on what they hold alone, with the checksums of it first."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from fij_eval.artefacts import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMS = "SHA256SUMS"


def tar_of(contents: Mapping[str, bytes]) -> bytes:
    """An uncompressed tar: ``SHA256SUMS``, then every file in order of its name.

    Args:
        contents: Bytes of each file by its path, with ``/``.
    """
    ordered = dict(sorted(contents.items()))
    sums = "".join(f"{sha256_of(content)}  {name}\n" for name, content in ordered.items())
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in ((SUMS, sums.encode("utf-8")), *ordered.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
