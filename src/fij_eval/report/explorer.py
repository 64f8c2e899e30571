"""The page to explore: one HTML file that works offline, in any browser, by keyboard.

Style, program and data lie inside the file. A content security policy in it lets the browser run
that one program and forbids it to fetch or send anything. Text of data reaches the page as JSON in
which no sign can end the block that it stands in, and is set as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import logging
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fij_eval.artefacts import read_parquet, write_bytes
from fij_eval.errors import ReportError
from fij_eval.panel.definitions import SMALLEST_COUNT
from fij_eval.report import colophon, disclosure, explorer_data
from fij_eval.report.context import Context
from fij_eval.report.numbers_format import count, month_name, percent
from fij_eval.report.prose import TAGS
from fij_eval.report.vocabulary import arm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fij_eval.report.colophon import Colophon
    from fij_eval.settings import Language, NetworkSettings, SampleSettings

#: Keys of inputs that must be given; every other input is an analysis, whose records are shown.
NEEDED = ("panel", "estimates_description")
#: A page that is sent by mail must stay small.
LARGEST_BYTES = 2_000_000

log = logging.getLogger(__name__)

#: A month or a number at the end of a term, which is shown as it is.
_ENDED = re.compile(r" -?\d[\d.-]*$")
_PLACE = re.compile(r"\{\{(\w+)\}\}")
#: What could end a script block, or what old parsers take for a line end.
_ESCAPED = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def write(
    language: Language,
    inputs: Mapping[str, Path],
    output: Path,
    *,
    numbers: Path,
    manifest: Path,
    network: NetworkSettings,
    sample: SampleSettings,
) -> None:
    """Write the page of a language.

    Args:
        language: ``nb`` or ``en``.
        inputs: ``panel``, ``estimates_description``, and ``estimates_<analysis>`` of every
            analysis whose records are shown.
        output: The page, ``.html``.
        numbers: JSON, key to finished string.
        manifest: Manifest of the results; its checksum is the build id.
        network: Network part of the settings.
        sample: Sample part of the settings.

    Raises:
        ReportError: If an input is not given, or the page grows too large.
        InputError: If an input cannot be read.
    """
    if missing := [key for key in NEEDED if key not in inputs]:
        raise ReportError(
            f"The page to explore is made from {', '.join(NEEDED)} and the analyses, and "
            f"{missing[0]} is not given",
            remedy=f"add --input {missing[0]}=PATH",
        )
    context = Context(language=language, network=network, sample=sample)
    about = colophon.read(language, numbers=numbers, manifest=manifest)
    data = explorer_data.payload(
        read_parquet(inputs["panel"]),
        read_parquet(inputs["estimates_description"]),
        [read_parquet(path) for key, path in inputs.items() if key not in NEEDED],
        context,
    )
    if unworded := sorted(without_words(data, _words(context)["script"])):
        log.warning("the page has no words for %s and shows the identifiers", ", ".join(unworded))
    content = page(data, about, context).encode("utf-8")
    if len(content) > LARGEST_BYTES:
        raise ReportError(
            f"The page to explore has {len(content)} bytes, more than {LARGEST_BYTES}",
            where=str(output),
            remedy="leave out an analysis with many records where the rule hands over its inputs",
        )
    write_bytes(output, content)
    log.info(
        "page to explore (%s): %d municipalities, %d estimates",
        language,
        len(data["municipalities"]),
        len(data["estimates"]),
    )


def page(data: Mapping[str, Any], about: Colophon, context: Context) -> str:
    """The whole page.

    Args:
        data: What ``explorer_data.payload`` gives.
        about: What the build says of itself.
        context: Language, network and sample.

    Raises:
        ReportError: If the template asks for words that there are not.
    """
    words = _words(context)
    style, script = _template("style.css"), _template("script.js")
    block = {**data, "language": context.language, "words": words["script"]}
    texts = {key: html.escape(text) for key, text in _texts(words["page"], data, about, context)}
    return _filled(
        _template("page.html"),
        texts
        | {
            "lang": TAGS[context.language],
            "policy": html.escape(policy(style=style, script=script)),
            "style": style,
            "script": script,
            "data": safe_json(block),
            "banner": _banner(about),
            "definitions": _pairs(about.definitions),
            "signs": _pairs(about.signs),
            "sources": _sources(about, words["page"]["source"]),
        },
    )


def without_words(data: Mapping[str, Any], words: Mapping[str, Any]) -> set[str]:
    """Identifiers in the records that the page has no words for.

    Args:
        data: What ``explorer_data.payload`` gives.
        words: The words that the program is given.
    """
    groups = {
        "analysis": "analyses",
        "estimator": "estimators",
        "estimand": "estimands",
        "plan": "plans",
        "sample": "samples",
    }
    found = {
        str(one[field])
        for one in data["estimates"]
        for field, group in groups.items()
        if one[field] and one[field] not in words[group]
    }
    terms = (str(one["term"]) for one in data["estimates"] if not one["is_month"])
    return found | {
        term
        for term in terms
        if term not in words["terms"] and _ENDED.sub("", term) not in words["terms"]
    }


def policy(*, style: str, script: str) -> str:
    """The content security policy: this style, this program, and no connection of any kind."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_fingerprint(script)}",
            f"style-src {_fingerprint(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def safe_json(content: Mapping[str, Any]) -> str:
    """JSON that can stand in a script block: nothing in it can end the block."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: _ESCAPED[match[0]], text)


def _fingerprint(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _words(context: Context) -> dict[str, Any]:
    """Words of the page, with those that follow who counts as treated."""
    words: dict[str, Any] = json.loads(_template(f"words.{context.language}.json"))
    script = words["script"]
    script["arms"]["network"] = arm("network", context)
    script["arms_short"]["network"] = words["short"][context.network.treated]
    return words


def _texts(
    page_words: Mapping[str, str], data: Mapping[str, Any], about: Colophon, context: Context
) -> list[tuple[str, str]]:
    """The page's own texts with their places filled."""
    language = context.language
    values = {
        "network": arm("network", context, inline=True),
        "group": count(explorer_data.SMALLEST_GROUP, language),
        "count": count(SMALLEST_COUNT, language),
        "minimum": count(context.sample.minimum_residents, language),
        "reference": month_name(context.sample.reference_month, language),
        "unnamed": count(data["unnamed"], language),
        "level": percent(disclosure.LEVEL, language, 0),
        "title": about.title,
        "status": about.status,
        "data_as_of": about.data_as_of,
        "build": about.build_id,
    }
    texts = [(key, text.format_map(values)) for key, text in page_words.items() if key != "source"]
    return [*texts, ("licence", about.licence)]


def _banner(about: Colophon) -> str:
    if not about.banner:
        return ""
    return f'<p class="banner" role="note">{html.escape(about.banner)}</p>'


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "".join(
        f"<dt>{html.escape(term)}</dt><dd>{html.escape(meaning)}</dd>" for term, meaning in pairs
    )


def _sources(about: Colophon, template: str) -> str:
    lines = (
        template.format(name=source.name, licence=source.licence, newest=source.newest)
        for source in about.sources
    )
    return "".join(f"<li>{html.escape(line)}</li>" for line in lines)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled, in one pass: what is put in is not looked at again."""
    if missing := sorted(set(_PLACE.findall(template)) - set(values)):
        raise ReportError(
            f"The page's template asks for words that there are not: {', '.join(missing)}",
            where="report/templates/explorer/page.html",
            remedy="add them to words.<language>.json beside it",
        )
    return _PLACE.sub(lambda match: values[match[1]], template)


def _template(name: str) -> str:
    return (files("fij_eval.report") / "templates" / "explorer" / name).read_text(encoding="utf-8")
