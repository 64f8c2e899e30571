"""Fonts of the documents: from packages, so that every machine sets the same page.

Headings, tables and figures are set in Source Sans Pro (SIL Open Font License, the package
``font-source-sans-pro``), the body in Libertinus Serif, which typst carries. No font of the machine
is ever used.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from fij_eval.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

#: The package holds each cut as OTF and TTF. One format and one list of cuts is handed to typst, so
#: that the choice between equals never hangs on the order in which a file system lists a folder.
CUTS = ("Regular", "It", "Semibold", "SemiboldIt", "Bold", "BoldIt")


def sans_files() -> tuple[Path, ...]:
    """The font files of Source Sans Pro that the documents use.

    Raises:
        ReportError: If one is not in the installed package.
    """
    from pathlib import Path

    import font_source_sans_pro

    folder = Path(font_source_sans_pro.font_directory)
    files = tuple(folder / f"SourceSansPro-{cut}.ttf" for cut in CUTS)
    if missing := [file.name for file in files if not file.is_file()]:
        raise ReportError(
            f"The font files {', '.join(missing)} are missing",
            where=f"package font-source-sans-pro, {folder}",
            remedy="install the locked requirements again",
        )
    return files


def copy_to(folder: Path) -> None:
    """Copy the font files into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sans_files():
        shutil.copyfile(file, folder / file.name)
