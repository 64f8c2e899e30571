"""What every document says of itself: build, day, status, sources, definitions, signs.

The workbook and the page to explore show it in their own form; the words stand here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval.errors import ReportError
from fij_eval.report.context import Catalogue, fill
from fij_eval.report.document import build_id, read_json
from fij_eval.report.numbers_format import day_name, listed
from fij_eval.report.prose import strings
from fij_eval.report.vocabulary import WITHOUT_LICENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "ssb_article": "SSB, «Hvor mange ukrainere jobber i Norge?», Tabell 1 og 2",
        "statbank": "SSB, statistikkbanken, tabell {items}",
        "nav": "NAV, helt ledige (HL060)",
        "imdi": "IMDi, bosetting av flyktninger",
        "klass": "SSB, standarder for kommuner og fylker (KLASS)",
        "kartverket": "Kartverket, administrative grenser",
        "open": "CC BY 4.0",
        "unstated": "lisens ikke oppgitt",
        "simulated": "{name} (simulerte tall i kildens form)",
        "licence": "Tabeller, figurer og tekst kan brukes fritt når kilden oppgis (CC BY 4.0). "
        "Dataene har lisensen til hver kilde. Kildene har ikke ansvar for beregningene.",
        "term_work": "I jobb",
        "work": "Registrert som lønnstaker i a-ordningen med minst én times arbeid i uka. "
        "Selvstendig næringsdrivende er ikke med.",
        "term_refugees": "Flyktninger",
        "refugees": "Innvandrere fra Ukraina 20–66 år som innvandret etter 24. februar 2022 og er "
        "bosatt i kommunen i måneden det gjelder.",
        "term_share": "Andel i jobb",
        "share": "Flyktninger i jobb, delt på alle bosatte flyktninger i samme måned. Nye "
        "bosettinger senker andelen uten at noen har mistet jobben.",
        "term_municipality_average": "Kommunegjennomsnitt",
        "municipality_average": "Hver kommune teller likt.",
        "term_person_average": "Persongjennomsnitt",
        "person_average": "Hver flyktning teller likt: kommunene vektes med antallet flyktninger i "
        "måneden som innstillingene navngir, og vektene holdes faste.",
        "term_interval": "Konfidensintervall",
        "interval": "Spennet av virkninger som passer med dataene, gitt modellen. Det sier ikke "
        "noe om feil som skyldes at kommunene selv valgte å bli med.",
        "sign_none": "tall kan ikke forekomme",
        "sign_missing": "tall mangler eller kan ikke regnes ut",
        "sign_hidden": "tall vises ikke, for å verne personer",
    },
    "en": {
        "ssb_article": "Statistics Norway, “Hvor mange ukrainere jobber i Norge?”, tables 1 and 2",
        "statbank": "Statistics Norway, Statbank, table {items}",
        "nav": "NAV, registered unemployed (HL060)",
        "imdi": "IMDi, settlement of refugees",
        "klass": "Statistics Norway, standards of municipalities and counties (KLASS)",
        "kartverket": "Kartverket, administrative boundaries",
        "open": "CC BY 4.0",
        "unstated": "licence not stated",
        "simulated": "{name} (simulated figures in the source's form)",
        "licence": "Tables, figures and text may be used freely if the source is named "
        "(CC BY 4.0). The data have the licence of each source. The sources are not responsible "
        "for the calculations.",
        "term_work": "In work",
        "work": "Registered as a wage earner with at least one hour of work a week. The "
        "self-employed are not counted.",
        "term_refugees": "Refugees",
        "refugees": "Immigrants from Ukraine aged 20–66 who immigrated after 24 February 2022 and "
        "are resident in the municipality in the month concerned.",
        "term_share": "Share in work",
        "share": "Refugees in work, divided by all resident refugees in the same month. New "
        "settlement lowers the share without anybody having lost a job.",
        "term_municipality_average": "Municipality average",
        "municipality_average": "Each municipality counts the same.",
        "term_person_average": "Person average",
        "person_average": "Each refugee counts the same: municipalities are weighted by their "
        "number of refugees in the month that the settings name, and the weights are held fixed.",
        "term_interval": "Confidence interval",
        "interval": "The range of effects that fit the data, given the model. It says nothing of "
        "errors that come from municipalities' own choice to join.",
        "sign_none": "the figure cannot occur",
        "sign_missing": "the figure is missing or cannot be worked out",
        "sign_hidden": "the figure is not shown, to protect persons",
    },
}

DEFINED = ("refugees", "work", "share", "municipality_average", "person_average", "interval")
SIGNS = ((".", "sign_none"), ("..", "sign_missing"), (":", "sign_hidden"))

_ORDER = ("ssb_article", "statbank", "nav", "imdi", "klass", "kartverket")


@dataclass(frozen=True, slots=True)
class Source:
    """A source: its name, the day of its newest vintage, its licence."""

    name: str
    newest: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colophon:
    """What a document says of itself.

    Attributes:
        title: Title of the report that it belongs to.
        build_id: First digits of the manifest's checksum.
        data_as_of: Day of the newest data, in words.
        status: Preliminary or final, in words.
        version: Version of the program.
        banner: Words for data that are simulated; empty for data that are not.
        sources: Sources in a fixed order.
        definitions: Term and what it means.
        signs: Standard sign and what it means.
        licence: Licence of what is shown.
    """

    title: str
    build_id: str
    data_as_of: str
    status: str
    version: str
    banner: str
    sources: tuple[Source, ...]
    definitions: tuple[tuple[str, str], ...]
    signs: tuple[tuple[str, str], ...]
    licence: str


def read(language: Language, *, numbers: Path, manifest: Path) -> Colophon:
    """What a document of this build says of itself.

    Args:
        language: Its language.
        numbers: JSON, key to finished string.
        manifest: Manifest of the results.

    Raises:
        ReportError: If one of them is missing or not whole.
    """
    known, content = read_json(numbers), read_json(manifest)
    words = strings(language)
    try:
        return Colophon(
            title=str(words["documents"]["full"]["title"]),
            build_id=build_id(manifest),
            data_as_of=str(known["meta.data_as_of"]),
            status=str(known["meta.status_start"]),
            version=str(known["meta.version"]),
            banner=str(words["demo_banner"]) if known["meta.simulated"] else "",
            sources=_sources(content["sources"], language),
            definitions=tuple(
                (fill(WORDS, language, f"term_{key}"), fill(WORDS, language, key))
                for key in DEFINED
            ),
            signs=tuple((sign, fill(WORDS, language, key)) for sign, key in SIGNS),
            licence=fill(WORDS, language, "licence"),
        )
    except KeyError as error:
        raise ReportError(
            f"The numbers or the manifest do not hold {error}",
            where=f"{numbers}, {manifest}",
            remedy="delete both and run `snakemake` again",
        ) from error


def _sources(entries: Sequence[Mapping[str, Any]], language: Language) -> tuple[Source, ...]:
    """One line a service, real and simulated files apart."""
    groups: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for entry in entries:
        groups.setdefault((str(entry["service"]), bool(entry["simulated"])), []).append(entry)

    def place(group: tuple[str, bool]) -> tuple[int, str, bool]:
        service, simulated = group
        return (_ORDER.index(service) if service in _ORDER else len(_ORDER), service, simulated)

    return tuple(
        Source(
            name=_name(group, groups[group], language),
            newest=day_name(max(str(e["vintage"])[:10] for e in groups[group]), language),
            licence=fill(WORDS, language, "unstated" if group[0] in WITHOUT_LICENCE else "open"),
        )
        for group in sorted(groups, key=place)
    )


def _name(group: tuple[str, bool], entries: Sequence[Mapping[str, Any]], language: Language) -> str:
    service, simulated = group
    if service == "statbank":
        items = listed(sorted({str(entry["item"]) for entry in entries}), language)
        name = fill(WORDS, language, service, items=items)
    elif service in WORDS[language]:
        name = fill(WORDS, language, service)
    else:
        name = service
    return fill(WORDS, language, "simulated", name=name) if simulated else name
