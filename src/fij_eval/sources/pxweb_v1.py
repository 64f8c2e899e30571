"""Statbank through the older interface, v1: the fallback when v2 fails.

``GET …/table/{id}`` gives the variables, ``POST …/table/{id}`` the figures. v1 knows no ``from(…)``
or ``range(…)``, so expressions are written out from the metadata; it does not list the values of
a code list either, so they come from elsewhere (municipalities from KLASS).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fij_eval.errors import InputError
from fij_eval.sources.answers import JSON, StatusError
from fij_eval.sources.pxweb import no_table, refused
from fij_eval.sources.selection import Line, Variable
from fij_eval.sources.text_files import json_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fij_eval.sources.answers import Answer
    from fij_eval.sources.http import Http

#: Prefix of a code list in v2 -> of its filter in v1.
FILTERS = {"agg_": "agg:", "vs_": "vs:"}


class PxWebV1:
    """A client of PxWebApi v1.

    Args:
        http: The way to the service.
        address: ``https://data.ssb.no/api/v0/no/table``.
    """

    def __init__(self, http: Http, address: str) -> None:
        self._http = http
        self._address = address.rstrip("/")

    def search(self, word: str) -> list[tuple[str, str, str]]:
        """Number, title and date of publication of tables found for a word.

        Raises:
            ServiceError: If the service cannot be used.
        """
        answer = self._http.get(f"{self._address}/", kind=JSON, params={"query": word})
        try:
            rows = json.loads(answer.content)
            return [
                (str(row["id"]), str(row["title"]), str(row.get("published", ""))) for row in rows
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "The answer is not a list of tables",
                where=answer.url,
                remedy="open the address in a browser, or set live.statbank.api to v2",
            ) from error

    def metadata(self, table: str) -> Answer:
        """Variables and values of a table; see ``variables_of``.

        Raises:
            ServiceError: If there is no such table.
        """
        try:
            return self._http.get(f"{self._address}/{table}", kind=JSON)
        except StatusError as error:
            raise no_table(error, table) from error

    def data(self, table: str, lines: Sequence[Line], variables: Sequence[Variable]) -> Answer:
        """The figures of a selection; see ``PxWeb.data``."""
        try:
            return self._http.post(f"{self._address}/{table}", body(lines), kind=JSON)
        except StatusError as error:
            raise refused(error, table, lines, variables) from error


def body(lines: Sequence[Line]) -> dict[str, Any]:
    """The body of a request, every value written out."""
    return {
        "query": [
            {
                "code": line.variable,
                "selection": {"filter": _filter(line.codelist), "values": list(line.codes)},
            }
            for line in lines
        ],
        "response": {"format": "json-stat2"},
    }


def _filter(codelist: str) -> str:
    for prefix, name in FILTERS.items():
        if codelist.startswith(prefix):
            return name + codelist.removeprefix(prefix)
    return codelist or "item"


def variables_of(content: bytes, *, where: str) -> tuple[Variable, ...]:
    """The variables in a table's metadata.

    Args:
        content: Answer of ``metadata``.
        where: The file or address, for messages.

    Raises:
        InputError: If it is not v1's description of a table.
    """
    rows = json_document(content, where=where).get("variables")
    try:
        found = tuple(_variable(row) for row in rows or [])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _odd(where) from error
    if not found:
        raise _odd(where)
    return found


def _variable(row: dict[str, Any]) -> Variable:
    values, labels = row["values"], row["valueTexts"]
    if len(set(values)) < len(values) or not all(isinstance(v, str) for v in [*values, *labels]):
        raise ValueError("values")
    return Variable(
        code=str(row["code"]),
        label=str(row["text"]),
        values=dict(zip(values, labels, strict=True)),
        elimination=row.get("elimination") is True,
    )


def _odd(where: str) -> InputError:
    return InputError(
        "The answer does not describe a table as PxWebApi v1 does",
        where=where,
        remedy="open the address in a browser, or set live.statbank.api to v2",
    )
