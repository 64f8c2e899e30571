"""Words that all figures and tables share, in each language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, Context, fill
from fij_eval.report.numbers_format import day_name, listed, month_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from fij_eval.settings import Language

SHARED: Catalogue = {
    "nb": {
        "banner_employment": "Simulert sysselsetting",
        "banner_both": "Simulert sysselsetting og ledighet",
        "banner_other": "Simulerte tall",
        "network_itt": "Påmeldte kommuner",
        "network_participants": "Deltakerkommuner",
        "comparison": "Andre kommuner",
        "network_itt_inline": "påmeldte kommuner",
        "network_participants_inline": "deltakerkommuner",
        "comparison_inline": "andre kommuner",
        "source": "Kilde: {sources}.{through}",
        "sources": "Kilder: {sources}.{through}",
        "through": " Tall publisert til og med {date}.",
        "simulated_part": "{source} (simulert)",
        "simulated_partly": "{source} (delvis simulert)",
        "employment": "SSB, flyktninger fra Ukraina etter sysselsetting",
        "unemployment": "NAV, registrerte ledige",
        "population": "SSB, folketall",
        "immigration": "SSB, innvandring",
        "settlement": "IMDi, bosetting",
        "register": "KS, publiserte påmeldinger",
        "map": "© Kartverket, kommunegrenser (CC BY 4.0)",
        "calendar": "KS, nettverkets program",
        "interim": "NIBRs delrapport, juni 2025",
        "calculations": "egne beregninger",
        "small": "Under 10 000 innbyggere",
        "medium": "10 000–25 000 innbyggere",
        "large": "Over 25 000 innbyggere",
        "seasons": "Månedene ligger i ulike årstider.",
        "substitute": "Tall for {wanted} finnes ikke; {used} vises i stedet.",
        "not_shown": "Ikke vist ({n}): for få personer til å vises enkeltvis.",
        "none": "ingen",
        "unweighted": "Uvektet gjennomsnitt",
        "weighted": "Vektet med antall flyktninger",
        "share": "Andel i jobb",
        "missing": "..",
        "municipality_average": "Kommunegjennomsnitt (uvektet)",
        "person_average": "Persongjennomsnitt (vektet med flyktninger i {month})",
    },
    "en": {
        "banner_employment": "Simulated employment",
        "banner_both": "Simulated employment and unemployment",
        "banner_other": "Simulated figures",
        "network_itt": "Municipalities that signed up",
        "network_participants": "Participating municipalities",
        "comparison": "Other municipalities",
        "network_itt_inline": "municipalities that signed up",
        "network_participants_inline": "participating municipalities",
        "comparison_inline": "other municipalities",
        "source": "Source: {sources}.{through}",
        "sources": "Sources: {sources}.{through}",
        "through": " Figures published up to {date}.",
        "simulated_part": "{source} (simulated)",
        "simulated_partly": "{source} (partly simulated)",
        "employment": "Statistics Norway, refugees from Ukraine by employment",
        "unemployment": "NAV, registered unemployed",
        "population": "Statistics Norway, population",
        "immigration": "Statistics Norway, immigration",
        "settlement": "IMDi, settlement",
        "register": "KS, published sign-ups",
        "map": "© Kartverket, municipal boundaries (CC BY 4.0)",
        "calendar": "KS, the network's programme",
        "interim": "NIBR's interim report, June 2025",
        "calculations": "own calculations",
        "small": "Under 10,000 inhabitants",
        "medium": "10,000–25,000 inhabitants",
        "large": "Over 25,000 inhabitants",
        "seasons": "The months lie in different seasons.",
        "substitute": "There are no figures for {wanted}; {used} is shown instead.",
        "not_shown": "Not shown ({n}): too few persons to be shown one by one.",
        "none": "none",
        "unweighted": "Unweighted mean",
        "weighted": "Weighted by number of refugees",
        "share": "Share in work",
        "missing": "..",
        "municipality_average": "Municipality average (unweighted)",
        "person_average": "Person average (weighted by refugees in {month})",
    },
}

#: Source whose figures are real as far as they were published, and simulated from there on.
_PARTLY = "settlement"
#: Names of persons that words may begin with.
_NAMES = ("Moran", "Romano")
#: Services that name no licence on their pages.
WITHOUT_LICENCE = ("imdi",)

_ISO_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


def shared(language: Language, key: str, **values: str) -> str:
    """A shared word or sentence."""
    return fill(SHARED, language, key, **values)


def arm(name: str, context: Context, *, inline: bool = False) -> str:
    """What an arm is called, by who counts as treated.

    Args:
        name: ``network`` or ``comparison``.
        context: Language and who counts as treated.
        inline: Whether it stands within a sentence.
    """
    key = f"network_{context.network.treated}" if name == "network" else name
    return shared(context.language, key + ("_inline" if inline else ""))


def source_line(
    language: Language,
    sources: Iterable[str],
    *,
    simulated: Iterable[str] = (),
    vintages: pd.Series | None = None,
    calculations: bool = True,
) -> str:
    """The source line under a figure or table.

    Args:
        language: Its language.
        sources: Keys of the sources in ``SHARED``.
        simulated: Those of them whose figures are simulated.
        vintages: Vintages of the values shown; the latest date among them is named.
        calculations: Whether figures were worked out from the source.
    """
    not_real = set(simulated)
    parts = []
    for key in sources:
        mark = "simulated_partly" if key == _PARTLY else "simulated_part"
        name = shared(language, key)
        parts.append(shared(language, mark, source=name) if key in not_real else name)
    if calculations:
        parts.append(shared(language, "calculations"))
    key = "source" if len(parts) == 1 else "sources"
    return shared(
        language, key, sources="; ".join(parts), through=_published_through(language, vintages)
    )


def _published_through(language: Language, vintages: pd.Series | None) -> str:
    """A sentence with the latest publication date, if the vintages hold dates."""
    newest = "" if vintages is None else newest_day(vintages)
    return shared(language, "through", date=day_name(newest, language)) if newest else ""


def newest_day(*vintages: pd.Series) -> str:
    """The latest date that vintages hold, as an ISO date; empty if they hold none."""
    texts = {str(text) for column in vintages for text in column.dropna().unique()}
    return max((day for text in texts for day in _ISO_DATE.findall(text)), default="")


def lowered(text: str) -> str:
    """Words as they stand within a sentence: a small first letter, but for abbreviations, names."""
    keep = text[1:2].isupper() or text.startswith(_NAMES)
    return text if keep else text[:1].lower() + text[1:]


def raised(text: str) -> str:
    """Words as they stand at the beginning of a sentence: a capital first letter."""
    return text[:1].upper() + text[1:]


def one_of_each(words: Iterable[str], language: Language) -> str:
    """The words as a list in a sentence, or the language's word for none."""
    found = list(words)
    return listed(found, language) if found else shared(language, "none")


def estimand(name: str, context: Context) -> str:
    """What an average is taken over, with its weighting."""
    if name == "person_average":
        month = month_name(context.sample.reference_month, context.language)
        return shared(context.language, name, month=month)
    return shared(context.language, name)


def window(span: str, language: Language) -> str:
    """A window of records in words: «august 2023–april 2024»."""
    return "–".join(month_name(month, language) for month in span.split("..") if month)
