"""The picture of the rooms in `docs/architecture.md`, drawn from the import statements."""

from __future__ import annotations

from pathlib import Path

from fij_eval.code_walk import PACKAGE, imported_modules

BEGIN = "<!-- rooms: made by `make readme`, do not edit between these marks -->"
END = "<!-- end of rooms -->"

#: In the order in which data pass through them.
ROOMS = ("sources", "panel", "effects", "simulation", "report", "review")


def edges(root: str = "src") -> tuple[tuple[str, str], ...]:
    """Which room imports from which: pairs (from, to), in the order of the rooms.

    Modules outside the rooms (settings, errors, records of provenance, the command line) are left
    out: the command line may import all, and the others are imported by all.
    """
    found = {
        (_room(name), room)
        for room in ROOMS
        for path in Path(root, PACKAGE, room).rglob("*.py")
        for name in imported_modules(path, root)
    }
    return tuple(sorted((pair for pair in found if pair[0] and pair[0] != pair[1]), key=_order))


def block(root: str = "src") -> str:
    """The picture as a Mermaid flowchart: an arrow from a room to each that imports from it."""
    arrows = (f"  {giver} --> {taker}" for giver, taker in edges(root))
    return "\n".join(
        ["```mermaid", "flowchart LR", *(f"  {room}" for room in ROOMS), *arrows, "```"]
    )


def _room(module: str) -> str:
    """The room of a module's full name, empty for those outside the rooms."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def _order(pair: tuple[str, str]) -> tuple[int, int]:
    return ROOMS.index(pair[0]), ROOMS.index(pair[1])
