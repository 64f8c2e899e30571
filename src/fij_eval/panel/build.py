"""The panel: one row a municipality of 2024 and reference month, from all sources."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.errors import CheckError
from fij_eval.panel import checks as checking
from fij_eval.panel import panel_checks
from fij_eval.panel.arms import with_arms, with_size_group, with_timing
from fij_eval.panel.contracts import PANEL, enforce
from fij_eval.panel.covariates import (
    UNEMPLOYMENT_BREAK,
    population,
    population_counts,
    settlement,
    unemployment,
)
from fij_eval.panel.findings import Finding, to_json
from fij_eval.panel.municipalities import (
    TARGET_DATE,
    Structure,
    read_csv,
    read_reference,
    structure_at,
)
from fij_eval.panel.outcome import latest_vintages, outcome
from fij_eval.panel.register import read_register
from fij_eval.panel.register_counts import check_register_counts, check_size_groups
from fij_eval.panel.source_contracts import SOURCE_CONTRACTS, checked_source, with_reasons
from fij_eval.sources.missing import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from fij_eval.settings import DataSettings, NetworkSettings, SampleSettings, WindowSettings

_LOG = logging.getLogger(__name__)

#: Parsed tables that the panel is built from.
SOURCES = tuple(SOURCE_CONTRACTS)

_KEY = ["municipality_code", "reference_month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Reference tables that the panel is built on.

    Attributes:
        municipalities: By contract ``MUNICIPALITIES``.
        register: By contract ``REGISTER``.
        interim: Figures of the interim report.
        population_totals: Population of Norway by year.
    """

    municipalities: pd.DataFrame
    register: pd.DataFrame
    interim: pd.DataFrame
    population_totals: pd.DataFrame


def write_panel(  # noqa: PLR0917 -- three inputs and three outputs, as the rule names them
    sources: Path,
    reference: Path,
    register: Path,
    output: Path,
    codebook: Path,
    checks: Path,
    *,
    data: DataSettings,
    network: NetworkSettings,
    sample: SampleSettings,
    windows: WindowSettings,
) -> None:
    """Build the panel, its codebook and the findings of the checks, and write them whole.

    Args:
        sources: Folder with the parsed tables.
        reference: ``data/reference``.
        register: The register of participants.
        output: ``panel.parquet``.
        codebook: ``codebook.json``; the same as CSV is written beside it.
        checks: ``checks.json``.
        data: Which months are used.
        network: The network and who counts as treated.
        sample: Units of the analysis.
        windows: Base and post windows.

    Raises:
        InputError: If a file cannot be read as what it should be.
        CheckError: If the data break a check that protects the results.
    """
    from fij_eval.artefacts import read_parquet, write_json, write_parquet
    from fij_eval.panel.codebook import codebook_rows, write_codebook

    municipalities = read_reference(reference)
    facts = Facts(
        municipalities=municipalities,
        register=read_register(
            register, municipalities, read_csv(reference / "oslo_districts.csv")
        ),
        interim=read_csv(reference / "interim_report.csv"),
        population_totals=read_csv(reference / "population_totals.csv"),
    )
    tables = {name: read_parquet(sources / f"{name}.parquet") for name in SOURCES}
    panel, findings = build(
        tables,
        facts,
        data=data,
        network=network,
        sample=sample,
        windows=windows,
    )
    write_parquet(output, panel)
    write_codebook(codebook, codebook_rows(panel))
    write_json(checks, to_json(findings))
    _LOG.info(
        "Panel: %d municipalities, %d months, %d shares, %d warnings",
        panel["municipality_code"].nunique(),
        panel["reference_month"].nunique(),
        panel["share"].notna().sum(),
        sum(f.severity == "warning" for f in findings),
    )


def build(
    tables: Mapping[str, pd.DataFrame],
    facts: Facts,
    *,
    data: DataSettings,
    network: NetworkSettings,
    sample: SampleSettings,
    windows: WindowSettings,
) -> tuple[pd.DataFrame, list[Finding]]:
    """The panel and what the checks found; see ``write_panel``.

    Args:
        tables: Parsed tables by the names of ``SOURCES``.
        facts: Reference tables.
        data: Which months are used.
        network: The network and who counts as treated.
        sample: Units of the analysis.
        windows: Base and post windows.

    Raises:
        CheckError: If the data break a check that protects the results.
    """
    for name in SOURCES:
        checked_source(tables[name], name)
    months = data.snapshots
    changes = tables["klass_changes"]
    structure = _structures(tables)
    reference = with_size_group(facts.municipalities)
    nav = tables["nav_hl060"]
    articles = latest_vintages(tables["ssb_article_municipal"], months)
    findings = [
        *checking.check_structure(reference, structure(TARGET_DATE), structure(f"{months[-1]}-01")),
        *checking.check_population_totals(
            _as_published(tables["statbank_population_yearly"]), facts.population_totals
        ),
        *checking.check_districts(facts.register, network),
        *check_register_counts(facts.register, facts.interim),
        *check_size_groups(facts.register, reference),
        *checking.check_months(
            sorted(set(tables["ssb_article_municipal"]["reference_month"])), months
        ),
        *panel_checks.check_one_vintage(articles),
        *checking.check_seasons(sorted(set(articles["reference_month"])), network, windows),
        *_check_labels(nav, structure),
    ]
    result = outcome(articles, changes, structure)
    findings += panel_checks.check_outcome(result)
    roles = {r: tables[f"statbank_population_{r}"] for r in ("yearly", "quarterly")}
    counts = population_counts(roles, changes, reference["municipality_code"].tolist())
    panel = assemble(
        with_arms(reference, facts.register, network),
        months,
        outcome=result,
        population=population(counts, months),
        unemployment=unemployment(nav, changes, structure, months),
        settlement=settlement(tables["imdi_settlement"], changes, structure),
    )
    panel = enforce(with_timing(panel, network)[list(PANEL.columns)], PANEL, name="panel")
    with_reasons(panel, name="panel")
    findings += [
        *panel_checks.check_rows(panel),
        *panel_checks.check_treatment(panel),
        *panel_checks.check_denominator(panel, sample),
        *panel_checks.check_sample(panel, sample),
    ]
    return panel, findings


def assemble(
    municipalities: pd.DataFrame,
    months: Sequence[str],
    *,
    outcome: pd.DataFrame,
    population: pd.DataFrame,
    unemployment: pd.DataFrame,
    settlement: pd.DataFrame,
) -> pd.DataFrame:
    """Every municipality in every month, with what each source has of it, or why it has nothing.

    Args:
        municipalities: One row a municipality, with what does not change over months.
        months: Reference months.
        outcome: By municipality and month.
        population: By municipality and month.
        unemployment: By municipality and month.
        settlement: By municipality and calendar year.
    """
    import pandas as pd

    grid = municipalities.merge(pd.DataFrame({"reference_month": list(months)}), how="cross")
    by_month = settlement.merge(
        pd.DataFrame(
            {"reference_month": list(months), "year": [int(month[:4]) for month in months]}
        ),
        on="year",
    ).drop(columns="year")
    panel = grid.assign(unemployment_break=grid["reference_month"].ge(UNEMPLOYMENT_BREAK))
    simulated = pd.Series(data=False, index=panel.index)
    for source, values in (
        (outcome, ("residents", "employed", "share")),
        (population, ("population",)),
        (unemployment, ("unemployed", "unemployment_rate")),
        (by_month, ("settled_year", "settled_since_2022")),
    ):
        _refuse_strangers(source, municipalities)
        panel = panel.merge(source, on=_KEY, how="left", validate="one_to_one")
        panel = _with_reasons(panel, values, set(source["reference_month"]))
        simulated |= panel.pop("simulated").eq(other=True).fillna(value=False).astype("bool")
    # A month without figures in a simulated panel is simulated too: nothing in it is real outcome.
    panel = panel.assign(simulated=simulated | bool(outcome["simulated"].any()))
    return panel.sort_values(_KEY, ignore_index=True)


def _refuse_strangers(source: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    """Refuse figures of municipalities that the panel has no row for: they would be lost."""
    strange = source[~source["municipality_code"].isin(municipalities["municipality_code"])]
    if len(strange):
        column = next(name for name in source.columns if name.endswith("_source"))
        raise CheckError(
            f"{len(strange)} rows are of municipalities that did not exist in 2024, first "
            f"{strange['municipality_code'].iloc[0]} in {strange['reference_month'].iloc[0]}",
            where=str(strange[column].iloc[0]),
            remedy="fetch the changes of codes (KLASS) again; the codes were not carried to 2024",
        )


def _with_reasons(panel: pd.DataFrame, values: Sequence[str], published: set[str]) -> pd.DataFrame:
    """The panel with a reason for each value that the merge left empty, and no empty text."""
    reason = (
        panel["reference_month"]
        .isin(list(published))
        .map({True: Missing.NO_ROW.value, False: Missing.NOT_PUBLISHED.value})
    )
    filled = panel.assign(
        **{f"{name}_missing": panel[f"{name}_missing"].fillna(reason).astype("str")
           for name in values}
    )  # fmt: skip
    texts = [n for n in filled.columns if n.endswith(("_vintage", "_source", "_period"))]
    return filled.assign(**{name: filled[name].fillna("").astype("str") for name in texts})


def _structures(tables: Mapping[str, pd.DataFrame]) -> Callable[[str], Structure]:
    """The structure at a date, each made once."""
    made: dict[str, Structure] = {}

    def at(date: str) -> Structure:
        if date not in made:
            made[date] = structure_at(
                date,
                tables["klass_municipalities"],
                tables["klass_counties"],
                tables["klass_changes"],
            )
        return made[date]

    return at


def _as_published(yearly: pd.DataFrame) -> pd.DataFrame:
    """The yearly table's municipalities as they came, latest vintage."""
    latest = yearly[yearly["vintage"].eq(yearly["vintage"].max())]
    places = latest[latest["Region"].str.fullmatch(r"(K-)?\d{4}")]
    return places.rename(columns={"Tid": "period"})[["period", "value"]]


def _check_labels(nav: pd.DataFrame, structure: Callable[[str], Structure]) -> list[Finding]:
    """Names against codes in the last month of HL060."""
    if nav.empty:
        return []
    month = nav["reference_month"].max()
    return checking.check_labels(
        nav[nav["reference_month"].eq(month)], structure(f"{month}-01").names
    )
