"""Parts of README and docs that are made from the workflow and the code themselves."""

from __future__ import annotations

from pathlib import Path

from fij_eval import import_graph, places
from fij_eval.artefacts import write_text
from fij_eval.errors import InputError

BEGIN = "<!-- catalogue: made by `make readme`, do not edit between these marks -->"
END = "<!-- end of catalogue -->"

_SUFFIX = {"figures": "svg", "tables": "csv"}
_RULE = {"figures": "figure", "tables": "table"}
_SHORT = ("kort", "short")


def block(root: str = "src") -> str:
    """The list as Markdown: what it shows, rule, file, what it reads."""
    lines = ["| what | rule | file | made from |", "|---|---|---|---|"]
    for kind, suffix in _SUFFIX.items():
        for name in places.names(kind, root):
            file = f"`results/<mode>/{kind}/<language>/{name}.{suffix}`"
            reads = ", ".join(f"`{key}`" for key in places.inputs(kind, name, root))
            shows = places.what(kind, name, root).replace("|", "\\|")
            lines.append(f"| {shows} | `{_RULE[kind]}` | {file} | {reads} |")
    for name, language in places.DOCUMENTS.items():
        what = f"The {'short ' if name in _SHORT else ''}report ({language})"
        lines.append(f"| {what} | `document` | `reports/<mode>/{name}.pdf` | all of the above |")
    for name, language in places.WORKBOOKS.items():
        what = f"All tables in one workbook ({language})"
        lines.append(f"| {what} | `workbook` | `reports/<mode>/{name}.xlsx` | all tables |")
    for name, language in places.PAGES.items():
        what = f"Page to explore, one offline file ({language})"
        lines.append(
            f"| {what} | `explorer` | `reports/<mode>/{name}.html` | `panel`, all analyses |"
        )
    return "\n".join(lines)


def update(readme: Path) -> None:
    """Replace the list between its marks.

    Raises:
        InputError: If the file has no marks.
    """
    put_between(readme, BEGIN, block(), END)


def update_architecture(page: Path) -> None:
    """Replace the picture of the rooms between its marks.

    Raises:
        InputError: If the file has no marks.
    """
    put_between(page, import_graph.BEGIN, import_graph.block(), import_graph.END)


def put_between(path: Path, begin: str, made: str, end: str) -> None:
    """Replace what stands between two lines of a file.

    Raises:
        InputError: If the file does not hold the two lines, in this order.
    """
    text = path.read_text(encoding="utf-8")
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise InputError(
            "The file has no place for what is made from the workflow",
            where=str(path),
            remedy=f"put the line «{begin}» and, below it, «{end}» where it belongs",
        )
    write_text(path, f"{before}{begin}\n{made}\n{end}{after}")
