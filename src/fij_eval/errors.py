"""Errors that a user can act on: what is wrong, where, and what to do.

Every error of ours is one paragraph on the screen and an exit code of its own kind; the traceback
goes to the log. Anything else that is raised is a fault in the program and is shown as such.
"""

from __future__ import annotations


class FijError(Exception):
    """Base of all errors that the program raises on purpose.

    Args:
        what: What is wrong, as a sentence.
        where: File, row, key or service where it was found.
        remedy: What the user can do about it, as a sentence.

    Raises:
        TypeError: If one of them is no text: «None» tells a user nothing.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        if not all(isinstance(part, str) for part in (what, where, remedy)):
            raise TypeError(f"an error is told in words: {what!r}, {where!r}, {remedy!r}")
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(self.paragraph())

    def paragraph(self) -> str:
        """The message as one paragraph: what, where, what to do."""
        parts = [self.what.rstrip(".") + "."]
        if self.where:
            parts.append(f"Where: {self.where.rstrip('.')}.")
        if self.remedy:
            parts.append(f"What to do: {self.remedy.rstrip('.')}.")
        return " ".join(parts)


class SettingsError(FijError):
    """A setting is unknown, of the wrong type, or impossible; one line for each that is."""

    exit_code = 2

    def paragraph(self) -> str:
        """The faults, a line each, then where and what to do."""
        faults, _, rest = super().paragraph().rpartition("\n")
        if not faults:
            return rest
        last, _, tail = rest.partition(". Where: ")
        return f"{faults}\n{last}\nWhere: {tail}"


class InputError(FijError):
    """A file that a user or a service provided cannot be read as what it should be."""

    exit_code = 3


class CheckError(FijError):
    """Data were read, but break a contract or a check that protects the results."""

    exit_code = 4


class ArchiveError(FijError):
    """The raw archive is incomplete, changed, or would be overwritten."""

    exit_code = 5


class ServiceError(FijError):
    """A service cannot be reached or answers with something that cannot be used."""

    exit_code = 6


class EstimationError(FijError):
    """An estimate is asked for that the data cannot give."""

    exit_code = 7


class ReportError(FijError):
    """A figure, table or document cannot be made, or fails its gate."""

    exit_code = 8


class BusyError(FijError):
    """Another build is at work in the same folder."""

    exit_code = 9
