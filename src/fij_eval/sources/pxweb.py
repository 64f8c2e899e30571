"""Statbank through PxWebApi v2: find a table, see what it has, ask for figures.

``GET /tables``, ``GET /tables/{id}``, ``GET /tables/{id}/metadata``, ``GET /codelists/{id}`` and
``POST /tables/{id}/data`` (a GET with a long address gives 404).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.errors import InputError, ServiceError
from fij_eval.sources.answers import JSON, StatusError
from fij_eval.sources.jsonstat_dimensions import read_dimensions
from fij_eval.sources.selection import Line, Variable, nearest
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fij_eval.sources.answers import Answer
    from fij_eval.sources.http import Http

LANGUAGE = {"lang": "no"}
FORM = {"lang": "no", "outputFormat": "json-stat2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """What the service says of a table.

    Attributes:
        table: Its number.
        label: Its title.
        updated: When it was last changed, as written.
        first: First period.
        last: Last period.
        discontinued: Whether no more periods will come.
    """

    table: str
    label: str
    updated: str
    first: str
    last: str
    discontinued: bool


class PxWeb:
    """A client of PxWebApi v2.

    Args:
        http: The way to the service.
        address: Base address, ``https://data.ssb.no/api/pxwebapi/v2``.
    """

    def __init__(self, http: Http, address: str) -> None:
        self._http = http
        self._address = address.rstrip("/")

    def search(self, word: str) -> list[TableInfo]:
        """Tables that the service finds for a word, the first hundred.

        Raises:
            ServiceError: If the service cannot be used.
        """
        url = f"{self._address}/tables"
        answer = self._http.get(
            url, kind=JSON, params={"query": word, "pageSize": "100", **LANGUAGE}
        )
        tables = _document(answer).get("tables")
        if not isinstance(tables, list):
            raise _odd("The answer has no list «tables»", answer)
        return [_info(row, answer) for row in tables]

    def info(self, table: str) -> TableInfo:
        """What the service says of a table.

        Raises:
            ServiceError: If there is no such table.
        """
        url = f"{self._address}/tables/{table}"
        try:
            answer = self._http.get(url, kind=JSON, params=LANGUAGE)
        except StatusError as error:
            raise no_table(error, table) from error
        return _info(_document(answer), answer)

    def metadata(self, table: str) -> Answer:
        """Variables and values of a table, json-stat2 without figures; see ``variables_of``.

        Raises:
            ServiceError: If there is no such table.
        """
        url = f"{self._address}/tables/{table}/metadata"
        try:
            return self._http.get(url, kind=JSON, params=FORM)
        except StatusError as error:
            raise no_table(error, table) from error

    def codelist(self, name: str) -> Answer:
        """A code list; see ``codes_of``.

        Raises:
            ServiceError: If there is no such list.
        """
        return self._http.get(f"{self._address}/codelists/{name}", kind=JSON, params=LANGUAGE)

    def data(self, table: str, lines: Sequence[Line], variables: Sequence[Variable]) -> Answer:
        """The figures of a selection.

        Args:
            table: Number of the table.
            lines: What is asked of each variable.
            variables: What the table has, to say what was wrong.

        Raises:
            ServiceError: If the service refuses, naming table, variable and value where it can be
                seen which.
        """
        url = f"{self._address}/tables/{table}/data"
        try:
            return self._http.post(url, body(lines), kind=JSON, params=FORM)
        except StatusError as error:
            raise refused(error, table, lines, variables) from error


def body(lines: Sequence[Line]) -> dict[str, Any]:
    """The body of a request."""
    return {
        "selection": [
            {
                "variableCode": line.variable,
                **({"codelist": line.codelist} if line.codelist else {}),
                # A value that stands twice gives 500 and an empty body.
                "valueCodes": list(dict.fromkeys(line.values)),
            }
            for line in lines
        ]
    }


def variables_of(content: bytes, *, where: str) -> tuple[Variable, ...]:
    """The variables in a table's metadata.

    Args:
        content: Answer of ``metadata``.
        where: The file or address, for messages.

    Raises:
        InputError: If it is not json-stat2.
    """
    document = json_document(content, where=where)
    found = []
    for dimension in read_dimensions(document, where=where):
        extension = document["dimension"][dimension.code].get("extension")
        extension = extension if isinstance(extension, dict) else {}
        lists = extension.get("codelists") or extension.get("codeLists") or []
        found.append(
            Variable(
                code=dimension.code,
                label=dimension.label,
                values=dict(zip(dimension.codes, dimension.labels, strict=True)),
                elimination=extension.get("elimination") is True,
                codelists={
                    str(each["id"]): str(each.get("label", ""))
                    for each in lists
                    if isinstance(each, dict) and "id" in each
                },
            )
        )
    return tuple(found)


def codes_of(content: bytes, *, where: str) -> dict[str, str]:
    """Label by code of a code list.

    Args:
        content: Answer of ``codelist``.
        where: The file or address, for messages.

    Raises:
        InputError: If it is not a code list.
    """
    values = json_document(content, where=where).get("values")
    rows = values if isinstance(values, list) else []
    if not rows or any(not isinstance(r, dict) or not isinstance(r.get("code"), str) for r in rows):
        raise InputError(
            "The answer has no list «values» with codes",
            where=where,
            remedy="fetch it again; if it comes back the same, the service has changed its form",
        )
    return {row["code"]: str(row.get("label", row["code"])) for row in rows}


def no_table(error: StatusError, table: str) -> ServiceError:
    """The error for a table that does not exist (any more), or for another refusal."""
    if error.status not in (400, 404):
        return error
    return ServiceError(
        f"Statbank has no table {table}, or has it no longer",
        where=error.where,
        remedy="find the table that took its place with `fij-eval tables search WORD`, and put its "
        "number under tables in config.yaml; what is in the archive stays there",
    )


def refused(
    error: StatusError, table: str, lines: Sequence[Line], variables: Sequence[Variable]
) -> ServiceError:
    """The error for a refused selection, with what is wrong in it."""
    known = {variable.code: variable for variable in variables}
    wrong = []
    for line in lines:
        if line.variable not in known:
            wrong.append(f"there is no variable «{line.variable}»{nearest(line.variable, known)}")
            continue
        values = known[line.variable].values
        if not line.codelist:
            wrong += [
                f"variable «{line.variable}» has no value «{code}»{nearest(code, values)}"
                for code in line.codes
                if code not in values
            ]
    given = {line.variable for line in lines}
    wrong += [
        f"variable «{code}» is not given"
        for code, variable in known.items()
        if code not in given and not variable.elimination
    ]
    said = error.what
    if error.status == 500 and not error.content.strip():
        said += " (Statbank does so when a value stands twice)"
    if error.status == 403 or b"cells" in error.content:
        said += "; the request may be too large: lower live.statbank.max_cells"
    seen = "; ".join(wrong[:3])
    asked = ", ".join(f"{line.variable}: {' '.join(line.values)[:60]}" for line in lines)
    return ServiceError(
        f"Table {table}: {seen + '. ' if seen else ''}{said}. Asked for {asked}",
        where=error.where,
        remedy=f"correct the selection under tables in config.yaml; see `fij-eval tables show "
        f"{table}`",
    )


def _info(row: Any, answer: Answer) -> TableInfo:  # noqa: ANN401 -- anything that JSON can hold
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise _odd("The answer does not describe a table", answer)

    def text(key: str) -> str:
        value = row.get(key)
        return value if isinstance(value, str) else ""

    return TableInfo(
        table=row["id"],
        label=text("label"),
        updated=text("updated"),
        first=text("firstPeriod"),
        last=text("lastPeriod"),
        discontinued=row.get("discontinued") is True,
    )


def _document(answer: Answer) -> Mapping[str, Any]:
    return json_document(answer.content, where=answer.url)


def _odd(what: str, answer: Answer) -> ServiceError:
    return ServiceError(
        what,
        where=answer.url,
        remedy="open the address in a browser; if the service has changed its form, set "
        "live.statbank.api to v1 until the program follows",
    )
