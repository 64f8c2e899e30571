"""Statbank: what the settings ask for of each table, by the interface that they name.

v2 is asked first when the table was last changed; metadata, code lists and figures that the archive
holds of that vintage, asked for in the same words, are not asked for again.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import json_text, sha256_of
from fij_eval.errors import InputError, ServiceError
from fij_eval.sources import jsonstat, klass, pxweb, pxweb_v1, statbank
from fij_eval.sources.fetching import Fetching, Task
from fij_eval.sources.licences import SSB
from fij_eval.sources.selection import Line, cells, check_codelist, resolve, split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fij_eval.settings import StatbankTable
    from fij_eval.sources.answers import Answer
    from fij_eval.sources.store import Entry

_LOG = logging.getLogger(__name__)

SERVICE = "statbank"
OUTCOME = "outcome"
MUNICIPALITIES = "agg_KommSummer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One table for one role."""

    fetching: Fetching
    role: str
    table: StatbankTable
    service: str = SERVICE

    @property
    def number(self) -> str:
        return self.table.table


def tasks(fetching: Fetching) -> list[Task]:
    """One task a table of the settings."""
    return [
        _task(_Job(fetching=fetching, role=role, table=table))
        for role, table in fetching.tables.items()
        if role != OUTCOME
    ]


def outcome_tasks(fetching: Fetching, service: str) -> list[Task]:
    """The table that the outcome comes from, if the settings name one.

    Args:
        fetching: See ``Fetching``.
        service: Service that it is kept under: that of the article, whose place it takes.
    """
    table = fetching.tables.get(OUTCOME)
    if table is None:
        return []
    return [_task(_Job(fetching=fetching, role=OUTCOME, table=table, service=service))]


def _task(job: _Job) -> Task:
    fetch = _by_v2 if job.fetching.live.statbank.api == "v2" else _by_v1
    return Task(name=f"Statbank {job.number} ({job.role})", run=lambda: fetch(job))


def _by_v2(job: _Job) -> list[Entry]:
    fetching, table = job.fetching, job.table
    client = pxweb.PxWeb(fetching.http, fetching.live.statbank.address)
    info = client.info(table.table)
    if info.discontinued:
        _LOG.warning(
            "Table %s is discontinued, its last period is %s: look for the one that follows it "
            "with `fij-eval tables search`",
            table.table,
            info.last,
        )
    vintage = _vintage(info.updated) or fetching.moment().replace(":", "-")
    content = _described(job, vintage, "metadata", lambda: client.metadata(table.table))
    where = f"metadata of table {table.table}"
    variables = pxweb.variables_of(content, where=where)
    known = {variable.code: variable for variable in variables}
    codelists = {}
    for name, asked in table.selection.items():
        if asked.codelist and name in known:
            place = f"tables.{job.role}.selection.{name}"
            check_codelist(table.table, known[name], asked.codelist, where=place)
            content = _described(
                job,
                vintage,
                f"codelist-{asked.codelist}",
                partial(client.codelist, asked.codelist),
            )
            codelists[asked.codelist] = pxweb.codes_of(content, where=asked.codelist)
    lines = resolve(job.role, table, variables, codelists)

    def ask(part: Sequence[Line]) -> Answer:
        return client.data(table.table, part, variables)

    return _parts(job, lines, vintage, pxweb.body, ask)


def _by_v1(job: _Job) -> list[Entry]:
    fetching, table = job.fetching, job.table
    client = pxweb_v1.PxWebV1(fetching.http, fetching.live.statbank.address_v1)
    answer = client.metadata(table.table)
    variables = pxweb_v1.variables_of(answer.content, where=answer.url)
    codelists = {
        asked.codelist: _codelist_from_klass(job, asked.codelist)
        for asked in table.selection.values()
        if asked.codelist
    }
    lines = resolve(job.role, table, variables, codelists)

    def ask(part: Sequence[Line]) -> Answer:
        return client.data(table.table, part, variables)

    return _parts(job, lines, "", pxweb_v1.body, ask)


def _parts(
    job: _Job,
    lines: Sequence[Line],
    vintage: str,
    body: Callable[[Sequence[Line]], dict[str, Any]],
    ask: Callable[[Sequence[Line]], Answer],
) -> list[Entry]:
    """The figures, in as many requests as the limit of cells asks for."""
    table = job.table
    parts = split(table.table, lines, job.fetching.live.statbank.max_cells)
    if len(parts) > 1:
        _LOG.info("Table %s: %d cells in %d requests", table.table, cells(lines), len(parts))
    entries: list[Entry] = []
    for number, part in enumerate(parts, start=1):
        request = body(part)
        label = f"{number}/{len(parts)}" if len(parts) > 1 else ""
        entry = _archived(job, vintage, request)
        if entry is None:
            answer = ask(part)
            _check_codes(job, answer, part)
            entry = _keep(job, answer, request, label)
        entries.append(entry)
    vintages = sorted({entry.vintage for entry in entries})
    if len(vintages) > 1:
        raise ServiceError(
            f"Table {table.table} was changed while its parts were fetched "
            f"({' and '.join(vintages)})",
            where=f"tables.{job.role}",
            remedy="fetch again; Statbank publishes at 08:00 Oslo time",
        )
    if vintage and vintages != [vintage]:
        _LOG.warning("Table %s: the figures are of %s, the description of %s", table.table,
                     vintages[0], vintage)  # fmt: skip
    return entries


def _keep(job: _Job, answer: Answer, request: Mapping[str, Any], part: str) -> Entry:
    """Keep an answer under the vintage that it states."""
    fetching, table, role = job.fetching, job.table, job.role
    cube = jsonstat.parse(answer.content, where=answer.url)
    vintage = _vintage(cube.updated) or fetching.moment().replace(":", "-")
    filename = _filename(job, vintage, request, part)
    about = {"role": role, **({"part": part} if part else {})}
    if fetching.store.has(job.service, table.table, vintage, filename):
        # Other figures under the same word of when they changed: both are kept.
        vintage = f"{vintage}-{fetching.moment().replace(':', '-')}"
    entry = fetching.store.put(
        answer.content,
        service=job.service,
        item=table.table,
        vintage=vintage,
        filename=filename,
        url=answer.url,
        method="POST",
        request=dict(request),
        retrieved=fetching.moment(),
        updated=cube.updated,
        content_type=answer.content_type,
        headers=dict(answer.headers),
        licence=f"{SSB}, tabell {table.table}",
        about=about,
    )
    _LOG.info("%s: kept (%d bytes)", entry.path, entry.size)
    return entry


def _check_codes(job: _Job, answer: Answer, lines: Sequence[Line]) -> None:
    """Refuse an answer that is of another table, or has other values than were asked for."""
    where, table = answer.url, job.number
    statbank.parse(answer.content, where=where, table=job.table, vintage="", simulated=False)
    cube = jsonstat.parse(answer.content, where=where)
    found = {dimension.code: set(dimension.codes) for dimension in cube.dimensions}
    for line in lines:
        given = found.get(line.variable, set())
        if odd := set(line.codes) ^ given:
            kind = "does not hold" if min(odd) in line.codes else "holds, unasked,"
            raise InputError(
                f"The answer of table {table} {kind} the value «{min(odd)}» of «{line.variable}» "
                f"({len(odd)} values differ from what was asked for)",
                where=where,
                remedy="fetch again; if it comes back the same, compare with "
                f"`fij-eval tables show {table}`",
            )


def _archived(job: _Job, vintage: str, request: Mapping[str, Any]) -> Entry | None:
    """What the archive holds of this vintage, asked for in the same words for the same role."""
    if not vintage:
        return None
    store = job.fetching.store
    for entry in store.of_item(job.service, job.number):
        known = json_text(dict(entry.request)) == json_text(dict(request))
        if entry.vintage == vintage and known and entry.about.get("role") == job.role:
            store.read(entry)
            _LOG.info("%s: nothing new", entry.path)
            return entry
    return None


def _filename(job: _Job, vintage: str, request: Mapping[str, Any], part: str) -> str:
    """``data.json``, or with a mark of the request where that is taken or there are parts."""
    mark = sha256_of(json.dumps([job.role, request], sort_keys=True).encode())[:8]
    if part:
        return f"data-{part.replace('/', 'of')}-{mark}.json"
    taken = job.fetching.store.has(job.service, job.number, vintage, "data.json")
    return f"data-{mark}.json" if taken else "data.json"


def _described(job: _Job, vintage: str, name: str, ask: Callable[[], Answer]) -> bytes:
    """Metadata or a code list of a vintage: from the archive, or asked for and kept."""
    store, table, filename = job.fetching.store, job.number, f"{name}.json"
    for entry in store.of_item(job.service, table):
        if entry.vintage == vintage and entry.path.endswith(f"/{filename}"):
            return store.read(entry)
    answer = ask()
    if name == "metadata":
        pxweb.variables_of(answer.content, where=answer.url)
    else:
        pxweb.codes_of(answer.content, where=answer.url)
    store.put(
        answer.content,
        service=job.service,
        item=table,
        vintage=vintage,
        filename=filename,
        url=answer.url,
        retrieved=job.fetching.moment(),
        content_type=answer.content_type,
        headers=dict(answer.headers),
        licence=f"{SSB}, tabell {table}",
        about={"kind": name.partition("-")[0]},
    )
    return answer.content


def _codelist_from_klass(job: _Job, name: str) -> dict[str, str]:
    """Values of a code list of municipalities, which v1 does not list, from KLASS."""
    fetching = job.fetching
    known = fetching.store.of_item("klass", "131-codes")
    if name != MUNICIPALITIES or not known:
        reason = "KLASS has not been fetched" if name == MUNICIPALITIES else "v1 does not list it"
        raise ServiceError(
            f"The values of the code list «{name}» are not known: {reason}",
            where=f"tables.{job.role}",
            remedy="run `fij-eval fetch klass` first, or set live.statbank.api to v2",
        )
    entry = known[-1]
    frame = klass.parse_codes(
        fetching.store.read(entry),
        where=entry.path,
        digits=4,
        range_end=fetching.live.klass.to_date,
    )
    now = frame[frame["valid_to"].eq("")]
    return {f"K-{code}": name for code, name in zip(now["code"], now["name"], strict=True)}


def _vintage(updated: str) -> str:
    """SSB's word on when a table changed, as part of a path; empty if it says nothing usable."""
    vintage = updated.replace(":", "-")
    usable = all(c.isascii() and (c.isalnum() or c in "-.+") for c in vintage)
    return vintage if usable and ".." not in vintage else ""
