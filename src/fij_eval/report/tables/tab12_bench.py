"""Table 12: what each estimator does on simulated worlds whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report.bench_words import ESTIMATORS, chosen, runs, within, word
from fij_eval.report.context import Align, Catalogue, Context, Table, fill
from fij_eval.report.numbers_format import percent_number, pp_number
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

INPUTS = ("reference_bench",)

#: Scenarios whose bias has a column.
BIASED = ("S0", "S3", "S4", "S5", "S6")

WORDS: Catalogue = {
    "nb": {
        "title": "Metodene prøvd på simulerte data med kjent fasit",
        "subtitle": "Skjevhet i prosentpoeng når virkningen er null, og treffsikkerhet i prosent. "
        "Kommunegjennomsnitt. {runs} simuleringer per tall. Intervaller med "
        "klyngejackkniv.",
        "estimator": "Metode",
        "bias_S0": "Rent",
        "bias_S3": "Nivå",
        "bias_S4": "Trend",
        "bias_S5": "Dupp",
        "bias_S6": "Flytting",
        "size": "Feil",
        "coverage": "Dekning",
        "power": "Styrke",
        "mde": "Minste",
        "note_bias": "De fem første kolonnene er skjevheter. {scenarios}.",
        "note_size": "Feil: hvor ofte 95-prosentintervallet utelukker null når "
        "virkningen er null og ingenting forstyrrer. Skal være nær fem.",
        "note_coverage": "Dekning: hvor ofte 95-prosentintervallet dekker den sanne virkningen på "
        "tre prosentpoeng. Skal være nær 95. Styrke: hvor ofte den blir funnet.",
        "note_mde": "Minste: virkning i prosentpoeng som blir funnet i åtte av ti.",
        "note_error": "Største simuleringsfeil for skjevhetene er {bias} prosentpoeng.",
    },
    "en": {
        "title": "The methods tried on simulated data with a known truth",
        "subtitle": "Bias in percentage points where the effect is zero, and accuracy in per cent. "
        "Municipality average. {runs} simulations per number. Intervals by cluster "
        "jackknife.",
        "estimator": "Method",
        "bias_S0": "Clean",
        "bias_S3": "Level",
        "bias_S4": "Trend",
        "bias_S5": "Dip",
        "bias_S6": "Inflow",
        "size": "False",
        "coverage": "Coverage",
        "power": "Power",
        "mde": "MDE",
        "note_bias": "The first five columns are biases. {scenarios}.",
        "note_size": "False: how often the 95 per cent interval excludes zero where the "
        "effect is zero and nothing disturbs. Should be near five.",
        "note_coverage": "Coverage: how often the 95 per cent interval covers the true "
        "three percentage points. Should be near 95. Power: how often it is found.",
        "note_mde": "MDE, minimum detectable: effect in percentage points found in eight of ten.",
        "note_error": "The largest simulation error of the biases is {bias} percentage points.",
    },
}


def data(bench: pd.DataFrame) -> pd.DataFrame:
    """One row an estimator: biases, size, coverage, power and minimum detectable effect.

    Raises:
        ReportError: If the summary lacks a scenario.
    """
    import pandas as pd

    shown = chosen(bench, ("bias", "rejection", "coverage", "mde"))
    at = {(row["scenario"], row["estimator"]): row for row in shown.to_dict("records")}
    needed = (*BIASED, "S1_3pp")
    missing = [f"{s}, {e}" for s in needed for e in ESTIMATORS if (s, e) not in at]
    if missing:
        raise ReportError(
            f"The summary of the bench has no row for {missing[0]}",
            where="data/reference/bench.csv",
            remedy="run the full profile of the bench",
        )
    rows = []
    for estimator in ESTIMATORS:
        clean, effect = at["S0", estimator], at["S1_3pp", estimator]
        rows.append(
            {
                "estimator": estimator,
                **{f"bias_{s}": at[s, estimator]["bias"] for s in BIASED},
                **{f"bias_{s}_mcse": at[s, estimator]["bias_mcse"] for s in BIASED},
                "size": clean["rejection"],
                "coverage": effect["coverage"],
                "power": effect["rejection"],
                "mde": clean["mde"],
                "fewest": min(int(at[s, estimator]["replications"]) for s in needed),
                "most": max(int(at[s, estimator]["replications"]) for s in needed),
            }
        )
    return pd.DataFrame(rows)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Table:
    """Table 12.

    Raises:
        ReportError: If the summary lacks a scenario.
    """
    language = context.language
    frame = data(inputs["reference_bench"])

    def said(key: str, **values: str) -> str:
        return fill(WORDS, language, key, **values)

    rows = tuple(
        (
            word(language, str(row["estimator"])),
            *(pp_number(row[f"bias_{s}"], language) for s in BIASED),
            percent_number(row["size"], language),
            percent_number(row["coverage"], language),
            percent_number(row["power"], language, 0),
            pp_number(row["mde"], language),
        )
        for row in frame.to_dict("records")
    )
    errors = frame[[f"bias_{s}_mcse" for s in BIASED]].to_numpy().max()
    right: Align = "right"
    header = (
        said("estimator"),
        *(said(f"bias_{s}") for s in BIASED),
        said("size"),
        said("coverage"),
        said("power"),
        said("mde"),
    )
    return Table(
        data=frame,
        header=header,
        rows=rows,
        align=("left", *(right for _ in header[1:])),
        title=said("title"),
        subtitle=said(
            "subtitle",
            runs=runs(frame["fewest"].min(), frame["most"].max(), language),
        ),
        notes=(
            said(
                "note_bias",
                scenarios="; ".join(f"{said(f'bias_{s}')}: {within(language, s)}" for s in BIASED),
            ),
            said("note_size"),
            said("note_coverage"),
            said("note_mde"),
            said("note_error", bias=pp_number(errors, language, 2)),
        ),
        source=shared(language, "source", sources=word(language, "bench"), through=""),
        simulated=True,
    )
