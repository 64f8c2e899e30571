"""What comes back from a service: what it must be, whether it is whole, what a refusal says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnreachableError(ServiceError):
    """A service does not answer, or its answers break off, however often it is asked."""


class StatusError(ServiceError):
    """A service refuses a request.

    Attributes:
        status: The HTTP status.
        content: Body of the refusal.
    """

    status: int = 0
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an answer must be: content types, and how a whole body begins and ends."""

    name: str
    types: tuple[str, ...]
    begins: tuple[bytes, ...]
    ends: tuple[bytes, ...]


JSON = Kind(
    "JSON",
    ("application/json", "application/geo+json", "application/vnd.geo+json"),
    (b"{", b"["),
    (b"}", b"]"),
)
HTML = Kind("a web page", ("text/html", "application/xhtml+xml"), (b"<",), (b"</html>",))
XLSX = Kind(
    "an XLSX workbook",
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/octet-stream",
        "binary/octet-stream",
        "application/zip",
    ),
    (b"PK\x03\x04",),
    (b"PK\x05\x06",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer.

    Attributes:
        url: Address that was asked, with its query, before any redirect.
        status: HTTP status.
        content: The body, unpacked.
        content_type: Type without parameters.
        headers: The headers worth keeping, names in small letters.
    """

    url: str
    status: int
    content: bytes
    content_type: str
    headers: Mapping[str, str]


def checked(answer: Answer, kind: Kind) -> Answer:
    """The answer, if its status and type are right.

    Raises:
        StatusError: If the service refuses the request.
        ServiceError: If it answers with something else than was asked for.
    """
    if answer.status != 200:
        error = StatusError(
            f"The service refuses the request with status {answer.status}{_said(answer.content)}",
            where=answer.url,
            remedy="look at the request in the log; correct the address or the selection in "
            "config.yaml",
        )
        error.status, error.content = answer.status, answer.content
        raise error
    begins = answer.content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(kind.begins)
    if answer.content_type not in kind.types or not begins:
        shown = answer.content_type or "no type"
        raise ServiceError(
            f"The service answers with {shown}, not with {kind.name}"
            f"{_said(answer.content) if answer.content_type in JSON.types else ''}",
            where=answer.url,
            remedy="open the address in a browser: the service may be down for maintenance, "
            "or may have changed its address",
        )
    return answer


def cut_off(answer: Answer, kind: Kind) -> bool:
    """Whether a body of the right type begins as it should and has no end."""
    body = answer.content.removeprefix(b"\xef\xbb\xbf").strip()
    if answer.content_type not in kind.types or not body.startswith(kind.begins):
        return False
    if kind is JSON:
        return not body.endswith(kind.ends)
    return not any(end in body[-70_000:].lower() or end in body[-70_000:] for end in kind.ends)


def _said(content: bytes) -> str:
    """What a refusal says of itself, from problem+json or the first words of a text."""
    try:
        problem = json.loads(content)
    except (ValueError, RecursionError):
        return " and says nothing more" if not content.strip() else ""
    if not isinstance(problem, dict):
        return ""
    words = [problem.get(key) for key in ("title", "detail", "message", "error")]
    said = ": ".join(" ".join(word.split())[:200] for word in words if isinstance(word, str))
    return f": «{said}»" if said else ""
