"""Office files whose bytes depend on what they show alone: every time in them is a fixed one."""

from __future__ import annotations

import io
import re
import zipfile

#: Time written into a file and its archive in place of the clock's: the first that a zip can hold.
STAMP = (1980, 1, 1, 0, 0, 0)
TIME = "1980-01-01T00:00:00Z"
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def timeless(content: bytes) -> bytes:
    """An office file (zip) with fixed times inside and on each part, parts in order of name."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _TIMES.sub(rb"\g<1>" + TIME.encode() + rb"\g<3>", part)
            info = zipfile.ZipInfo(name, date_time=STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, part)
    return buffer.getvalue()
