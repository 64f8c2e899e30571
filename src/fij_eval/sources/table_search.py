"""Answers for a person who looks for a Statbank table: which there are, and what one has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.sources import pxweb, pxweb_v1

if TYPE_CHECKING:
    from fij_eval.sources.fetching import Fetching
    from fij_eval.sources.selection import Variable

#: Values shown at each end of a long list.
SHOWN = 4


def found(tools: Fetching, word: str) -> str:
    """Tables with a word in their titles, a line each.

    Raises:
        ServiceError: If the service cannot be used.
    """
    service = tools.live.statbank
    if service.api == "v1":
        rows = pxweb_v1.PxWebV1(tools.http, service.address_v1).search(word)
        lines = [f"{table}  {title}  (published {day})" for table, title, day in rows]
    else:
        lines = [
            f"{info.table}  {info.label}  {info.first}-{info.last}, changed {info.updated[:10]}"
            f"{', discontinued' if info.discontinued else ''}"
            for info in pxweb.PxWeb(tools.http, service.address).search(word)
        ]
    return "".join(f"{line}\n" for line in lines) or f"No table found for «{word}»\n"


def described(tools: Fetching, table: str) -> str:
    """Variables, values and code lists of a table.

    Raises:
        ServiceError: If there is no such table.
    """
    service = tools.live.statbank
    if service.api == "v1":
        answer = pxweb_v1.PxWebV1(tools.http, service.address_v1).metadata(table)
        variables = pxweb_v1.variables_of(answer.content, where=answer.url)
        head = f"{table}\n"
    else:
        client = pxweb.PxWeb(tools.http, service.address)
        info = client.info(table)
        answer = client.metadata(table)
        variables = pxweb.variables_of(answer.content, where=answer.url)
        note = ", discontinued" if info.discontinued else ""
        head = f"{table}  {info.label}\nchanged {info.updated}{note}\n"
    return head + "".join(_variable(variable) for variable in variables)


def _variable(variable: Variable) -> str:
    pairs = [f"    {code}  {label}\n" for code, label in variable.values.items()]
    if len(pairs) > 2 * SHOWN + 1:
        left = len(pairs) - 2 * SHOWN
        pairs = [*pairs[:SHOWN], f"    … {left} more\n", *pairs[-SHOWN:]]
    need = "may be left out" if variable.elimination else "must be given"
    lists = "".join(f"    code list {name}  {text}\n" for name, text in variable.codelists.items())
    size = len(variable.values)
    return f"\n{variable.code}  {variable.label}: {size} values, {need}\n{lists}{''.join(pairs)}"
