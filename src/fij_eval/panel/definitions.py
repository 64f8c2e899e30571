"""What each variable of the panel means, in both languages."""

from __future__ import annotations

from dataclasses import asdict, dataclass

#: Counts of persons in a municipality below this are never published (LICENSES/data.md).
SMALLEST_COUNT = 5


@dataclass(frozen=True, slots=True)
class Definition:
    """Meaning of a variable.

    Attributes:
        unit: Unit, in English; empty for codes, names and dates.
        source: Where it comes from.
        label_nb: Short name in bokmål.
        label_en: Short name in English.
        definition_nb: What it is, in bokmål.
        definition_en: What it is, in English.
    """

    unit: str
    source: str
    label_nb: str
    label_en: str
    definition_nb: str
    definition_en: str


_KLASS = "Statistics Norway, KLASS"
_ARTICLE = "Statistics Norway, article «Hvor mange ukrainere jobber i Norge?», table 2"
_STATBANK = "Statistics Norway, Statbank 01222 and 07459"
_NAV = "NAV, HL060"
_IMDI = "IMDi, settlement figures"
_REGISTER = "register of participants"
_DERIVED = "derived"

_DEFINITIONS: dict[str, Definition] = {
    "municipality_code": Definition(
        "", f"{_KLASS} 131", "Kommunenummer", "Municipality code",
        "Fire siffer, strukturen fra 1. januar 2024",
        "Four digits, structure of 1 January 2024",
    ),
    "reference_month": Definition(
        "", _ARTICLE, "Referansemåned", "Reference month",
        "Måneden tallene gjelder, ikke måneden de ble publisert",
        "Month that the figures are for, not the month of publication",
    ),
    "municipality_name": Definition(
        "", f"{_KLASS} 131", "Kommune", "Municipality",
        "Kommunens navn, med samiske og kvenske navn",
        "Name of the municipality, with Sámi and Kven names",
    ),
    "county_code": Definition(
        "", f"{_KLASS} 104", "Fylkesnummer", "County code",
        "To siffer, strukturen fra 1. januar 2024",
        "Two digits, structure of 1 January 2024",
    ),
    "county_name": Definition(
        "", f"{_KLASS} 104", "Fylke", "County",
        "Fylkets navn på norsk", "Norwegian name of the county",
    ),
    "region": Definition(
        "", _DERIVED, "Landsdel", "Region",
        "Seks grupper av fylker", "Six groups of counties",
    ),
    "centrality": Definition(
        "class", f"{_KLASS} 128", "Sentralitet", "Centrality",
        "SSBs sentralitetsklasse, 1 (mest sentral) til 6",
        "Statistics Norway's centrality class, 1 (most central) to 6",
    ),
    "size_group": Definition(
        "", f"{_DERIVED} from Statistics Norway, Statbank 07459", "Størrelsesgruppe", "Size group",
        "Innbyggere 1. januar 2024: under 10 000, 10 000–25 000, over 25 000",
        "Inhabitants on 1 January 2024: under 10,000, 10,000–25,000, over 25,000",
    ),
    "residents": Definition(
        "persons", _ARTICLE, "Bosatte flyktninger", "Resident refugees",
        "Innvandrere fra Ukraina 20–66 år som innvandret etter 24. februar 2022 og er bosatt i "
        "referansemåneden",
        "Immigrants from Ukraine aged 20–66 who immigrated after 24 February 2022 and are resident "
        "in the reference month",
    ),
    "employed": Definition(
        "persons", _ARTICLE, "Sysselsatte (lønnstakere)", "Employed (wage earners)",
        "De av dem som er lønnstakere i a-ordningen, minst én time i uka; selvstendige telles ikke",
        "Wage earners among them, at least one hour a week; the self-employed are not counted",
    ),
    "share": Definition(
        "share 0-1", _ARTICLE, "Andel i jobb", "Share employed",
        "Sysselsatte delt på bosatte der begge er publisert, ellers den publiserte andelen",
        "Employed divided by residents where both are published, else the published share",
    ),
    "population": Definition(
        "persons", _STATBANK, "Innbyggere", "Population",
        "Alle bosatte ved siste telling i eller før referansemåneden",
        "All residents at the latest count in or before the reference month",
    ),
    "population_period": Definition(
        "", _STATBANK, "Tellingens tidspunkt", "Period of the count",
        "År: 1. januar. Kvartal: kvartalets siste dag",
        "Year: 1 January. Quarter: its last day",
    ),
    "unemployed": Definition(
        "persons", _NAV, "Helt ledige", "Registered unemployed",
        "Registrerte helt ledige i referansemåneden",
        "Registered wholly unemployed in the reference month",
    ),
    "unemployment_rate": Definition(
        "share 0-1", _NAV, "Helt ledige, andel av arbeidsstyrken", "Unemployment rate",
        "Helt ledige som andel av arbeidsstyrken i referansemåneden",
        "Registered wholly unemployed as a share of the labour force in the reference month",
    ),
    "unemployment_break": Definition(
        "", _DERIVED, "Etter brudd i ledighetstallene", "After the break in unemployment",
        "Referansemåneden er april 2025 eller senere, da NAV la om statistikken",
        "The reference month is April 2025 or later, when NAV changed its statistics",
    ),
    "settled_year": Definition(
        "persons", _IMDI, "Bosatt i året", "Settled in the year",
        "Flyktninger med kollektiv beskyttelse, alle aldre, bosatt for første gang i hele "
        "kalenderåret som referansemåneden ligger i",
        "Refugees with collective protection, all ages, settled for the first time in the whole "
        "calendar year of the reference month",
    ),
    "settled_since_2022": Definition(
        "persons", _IMDI, "Bosatt siden 2022", "Settled since 2022",
        "Det samme, summert fra 2022 til og med året; mangler der et år mangler",
        "The same, summed from 2022 through the year; missing where a year is",
    ),
    "arm": Definition(
        "", _DERIVED, "Gruppe i analysen", "Arm",
        "Nettverket, sammenlikning, eller utenfor begge",
        "The network, comparison, or outside both",
    ),
    "network_status": Definition(
        "", _REGISTER, "Status i nettverket", "Status in the network",
        "Meldt på, deltaker, trukket seg, eller ikke i registeret; en bydel gir ikke kommunen "
        "status",
        "Signed up, participant, withdrew, or not in the register; a district gives its "
        "municipality no status",
    ),
    "network_form": Definition(
        "", _REGISTER, "Deltakerform", "Form of participation",
        "Fysisk, digital eller ukjent", "Physical, digital or unknown",
    ),
    "kick_off_date": Definition(
        "", _REGISTER, "Oppstart", "Kick-off",
        "Dato for oppstartsmøtet; tom utenfor registeret",
        "Date of the kick-off meeting; empty outside the register",
    ),
    "withdrew_on": Definition(
        "", _REGISTER, "Trukket seg", "Withdrew on",
        "Dato kommunen trakk seg; tom hvis ikke, eller ikke kjent",
        "Date on which the municipality withdrew; empty if it did not or it is not known",
    ),
    "treated": Definition(
        "", _DERIVED, "I nettverkets gruppe", "In the network's arm",
        "Gruppen er nettverket, i alle måneder", "The arm is the network, in all months",
    ),
    "post": Definition(
        "", _DERIVED, "Etter oppstart", "After kick-off",
        "Referansemåneden ligger etter oppstartsmåneden (utenfor nettverket: nettverkets første "
        "måned)",
        "The reference month lies after the month of the kick-off (outside the network: the "
        "network's first month)",
    ),
    "event_months": Definition(
        "months", _DERIVED, "Måneder siden oppstart", "Months since kick-off",
        "Måneder fra oppstartsmåneden til referansemåneden; 0 er oppstartsmåneden, som verken er "
        "før eller etter; mangler utenfor nettverket",
        "Months from the month of the kick-off to the reference month; 0 is the month of the "
        "kick-off, neither before nor after; missing outside the network",
    ),
    "simulated": Definition(
        "", _DERIVED, "Simulert", "Simulated",
        "Sysselsetting eller ledighet i raden er simulert",
        "Employment or unemployment in the row is simulated",
    ),
}  # fmt: skip

_ABOUT = {
    "outcome": ("andel i jobb", "the share employed", _ARTICLE),
    "population": ("innbyggere", "population", _STATBANK),
    "unemployment": ("ledighet", "unemployment", _NAV),
    "settled": ("bosetting", "settlement", _IMDI),
}


def definition_of(name: str) -> dict[str, str]:
    """The definition of a variable; those of reasons, vintages and sources follow a pattern.

    Raises:
        KeyError: If the variable has no definition.
    """
    if name in _DEFINITIONS:
        return asdict(_DEFINITIONS[name])
    stem, _, kind = name.rpartition("_")
    if kind == "missing":
        of = _DEFINITIONS[stem]
        return asdict(
            Definition(
                "", of.source, f"{of.label_nb}: hvorfor verdien mangler",
                f"{of.label_en}: why the value is missing",
                "Grunnen til at verdien mangler; tom der den finnes",
                "Reason for which the value is missing; empty where it is not",
            )
        )  # fmt: skip
    about_nb, about_en, source = _ABOUT[stem]
    words = {
        "vintage": (
            "Årgang", "Vintage",
            f"Når kilden sist endret tallet for {about_nb}",
            f"When the source last changed the figure of {about_en}",
        ),
        "source": (
            "Kilde", "Source",
            f"Hvor i råarkivet tallet for {about_nb} ligger: tjeneste og post",
            f"Where in the raw archive the figure of {about_en} is: service and item",
        ),
    }[kind]  # fmt: skip
    return asdict(
        Definition("", source, f"{words[0]}: {about_nb}", f"{words[1]}: {about_en}", *words[2:])
    )
