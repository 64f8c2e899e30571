"""The eighteen checks that stop the build, by number: each fault is injected and seen to stop.

The fault goes in where it would arise: in a parsed table, in the settings, in the plan, in a file
of records, in prose, or, for faults of the program itself, in the one function that would be wrong.
Then the verb that the workflow calls is run. It must leave with the exit code of its kind of error,
say one paragraph (what, where, what to do), and write nothing. Snakemake ends a build whose verb
leaves so, which ``test_whole_build`` holds.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from fij_eval import cli
from fij_eval.artefacts import write_parquet
from fij_eval.effects import seasons
from fij_eval.errors import CheckError, ReportError
from fij_eval.settings import as_json

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "tests" / room) for room in ("panel", "effects", "report")]

import analysis_worlds  # noqa: E402 -- found by the line above
import panel_world  # noqa: E402 -- likewise
import test_report_document  # noqa: E402 -- likewise

CHECK, DOCUMENT = CheckError.exit_code, ReportError.exit_code


@dataclass
class World:
    """What a verb is given, to be spoilt before it runs.

    Attributes:
        folder: Where its files lie.
        patch: Puts a fault into the program.
        tables: Parsed tables by name (panel).
        settings: Parts of the settings by name.
        panel: The panel (estimates).
        plan: The plan (estimates).
        records: Frames of records by analysis (estimates).
        prose: File and text to append (document).
    """

    folder: Path
    patch: pytest.MonkeyPatch
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    panel: pd.DataFrame | None = None
    plan: dict[str, Any] = field(default_factory=dict)
    records: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def reference(self) -> Path:
        return self.folder / "reference"

    def cells(self, place, /, **cells):
        """Change a municipality's cells in every month's table of the outcome."""
        table = self.tables["ssb_article_municipal"]
        for column, value in cells.items():
            table.loc[table["name"].eq(place), column] = value


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        number: Number of the check.
        what: The fault in words.
        verb: ``panel``, ``document`` or the name of an analysis.
        inject: Puts it in.
        says: Words of the paragraph.
        code: Exit code.
    """

    number: int
    what: str
    verb: str
    inject: Callable[[World], None]
    says: str
    code: int = CHECK


# --- the verbs -----------------------------------------------------------------------------------


def run_panel(world, capsys):
    sources = world.folder / "sources"
    for name, table in world.tables.items():
        write_parquet(sources / f"{name}.parquet", table)
    written = [world.folder / name for name in ("panel.parquet", "codebook.json", "checks.json")]
    return (
        *run(
            capsys,
            "panel",
            *("--sources", sources, "--reference", world.reference),
            *("--register", world.reference / "network_register.csv"),
            *("--output", written[0], "--codebook", written[1], "--checks", written[2]),
            *("--settings", as_json(world.settings)),
        ),
        written,
    )


def run_estimates(name, world, capsys):
    panel, plan = world.folder / "panel.parquet", world.folder / "plan.yaml"
    write_parquet(panel, world.panel)
    plan.write_text(yaml.safe_dump(world.plan, allow_unicode=True), encoding="utf-8")
    given = ["--input", f"panel={panel}"]
    for key, frame in world.records.items():
        write_parquet(world.folder / f"{key}.parquet", frame)
        given += ["--input", f"estimates_{key}={world.folder / key}.parquet"]
    output = world.folder / "records.parquet"
    written = [output.with_suffix(s) for s in (".parquet", ".csv", ".details.parquet")]
    return (
        *run(
            capsys,
            *("estimates", name, *given, "--plan", plan, "--output", output),
            *("--settings", as_json(world.settings)),
        ),
        written,
    )


def run_document(world, capsys):
    given = _document(world.folder)
    options = [part for name, path in given.items() for part in (f"--{name}", path)]
    return *run(capsys, "document", "rapport", *options), [given["output"]]


def run(capsys, *command):
    capsys.readouterr()
    code = cli.main([str(part) for part in command])
    return code, capsys.readouterr().err


# --- worlds without a fault ----------------------------------------------------------------------


@cache
def _tables():
    return panel_world.make_tables()


@cache
def _records():
    """Records that the claim reads, of a panel with one snapshot before kick-off."""
    names = ("main", "primary", "composition", "trends", "robustness")
    given = analysis_worlds.panel(1, units=60, treated=18)
    found = analysis_worlds.run_all(given, names=names)
    return given, {name: analysis_worlds.to_frame(found[name].records) for name in names}


def _document(folder):
    made = folder / "ingredients"
    if not made.exists():
        made.mkdir()
        return test_report_document.ingredients(made)
    return test_report_document.ingredients(made)


def sound(verb, folder, patch):
    """The world of a verb, as it should be."""
    world = World(folder, patch)
    if verb == "panel":
        shutil.copytree(panel_world.REFERENCE, world.reference)
        world.tables = {name: frame.copy() for name, frame in _tables().items()}
        world.settings = {
            name: part if isinstance(part, str) else part.model_dump(mode="json", by_alias=True)
            for name, part in panel_world.settings().items()
        }
    elif verb != "document":
        world.plan = yaml.safe_load(analysis_worlds.PLAN.read_text(encoding="utf-8"))
        world.settings = analysis_worlds.parts().model_dump(
            mode="json", by_alias=True, exclude_none=True
        )
        world.panel = analysis_worlds.panel(units=60, treated=18).copy()
        if verb == "claim":
            given, known = _records()
            world.panel = given.copy()
            world.records = {name: frame.copy() for name, frame in known.items()}
    return world


def ran(verb, world, capsys):
    if verb == "panel":
        return run_panel(world, capsys)
    return run_document(world, capsys) if verb == "document" else run_estimates(verb, world, capsys)


# --- the faults ----------------------------------------------------------------------------------


def twice_in_panel(world):
    from fij_eval.panel import build

    real = build.with_timing

    def wrong(*given):
        panel = real(*given)
        return pd.concat([panel, panel.iloc[[5]]], ignore_index=True)

    world.patch.setattr(build, "with_timing", wrong)


def without_oslo(world):
    yearly = world.tables["statbank_population_yearly"]
    world.tables["statbank_population_yearly"] = yearly[yearly["Region"].ne("K-0301")]


def scaled_shares(world):
    article = world.tables["ssb_article_municipal"]
    article["share"] /= 10


def per_cent_as_share(world):
    article = world.tables["ssb_article_municipal"]
    article["employed"] = pd.array([pd.NA] * len(article), dtype="Int64")
    article["employed_missing"] = "not_published"
    article["share"] = (article["share"] * 3).clip(upper=1)


def weights_everywhere(world):
    from fij_eval.effects.analyses import common

    world.patch.setattr(common, "weights_label", lambda *_: "residents 2024-04")


def published_too_early(world):
    article = world.tables["ssb_article_municipal"]
    article.loc[article["reference_month"].eq("2025-04"), "published"] = "2025-04-20"


def treated_before_kick_off(world):
    from fij_eval.panel import build

    real = build.with_timing

    def wrong(*given):
        panel = real(*given)
        early = panel["arm"].eq("network") & panel["reference_month"].eq("2024-04")
        return panel.assign(post=panel["post"] | early)

    world.patch.setattr(build, "with_timing", wrong)


def windows_with_a_late_kick_off(world):
    from fij_eval.effects.analyses import primary

    codes = sorted(world.panel.loc[world.panel["arm"].eq("network"), "municipality_code"].unique())
    late = world.panel["municipality_code"].isin(codes[:4])
    world.panel.loc[late, "kick_off_date"] = "2025-03-01"
    real = primary.windows
    world.patch.setattr(
        primary, "windows", lambda *given: replace(real(*given), post=("2024-11", "2025-07"))
    )


def imputation_off(world):
    from fij_eval.effects import checks

    real = checks.imputation.estimate

    def wrong(*given, **more):
        found = real(*given, **more)
        return replace(found, att=found.att + 1e-6)

    world.patch.setattr(checks.imputation, "estimate", wrong)


def flag_lost(world):
    primary = world.records["primary"]
    flagged = primary["note"].str.contains(seasons.SEASONS)
    assert flagged.any()
    primary["note"] = primary["note"].str.replace(seasons.SEASONS, "")


def covariate_of_the_month(world):
    world.plan["primary"]["covariates"].append("unemployment_rate_now")


def weights_of_september(world):
    world.settings["sample"]["reference_month"] = "2024-09"


def tenfold_residents(world):
    article = world.tables["ssb_article_municipal"]
    rows = article["name"].eq("Bodø") & article["reference_month"].eq("2025-04")
    article.loc[rows, ["residents", "employed"]] *= 10


def gaps_that_decide(world):
    panel = world.panel
    codes = sorted(panel.loc[panel["arm"].eq("network"), "municipality_code"].unique())
    some = panel["municipality_code"].isin(codes[:6])
    panel.loc[some & panel["post"], "share"] += 0.3
    hidden = some & panel["reference_month"].eq("2025-07")
    panel.loc[hidden, ["share", "employed"]] = [np.nan, pd.NA]
    panel.loc[hidden, ["share_missing", "employed_missing"]] = "confidential"


def mixed_files(world):
    article = world.tables["ssb_article_municipal"]
    article.loc[article["reference_month"].eq("2025-04") & article["row"].gt(200), "file"] = "b"


def mixed_vintages(world):
    from fij_eval.panel import build

    world.patch.setattr(build, "latest_vintages", lambda articles, _: articles)


def permuted_across_strata(world):
    from fij_eval.effects.inference import assignments

    class Whole:
        """Permutes everyone instead of each stratum."""

        def __init__(self, rng):
            self.rng = rng

        def permuted(self, values, axis):
            return 1 - self.rng.permuted(values, axis=axis)

    real = assignments.draw
    world.patch.setattr(
        assignments, "draw", lambda *given, rng, draws: real(*given, rng=Whole(rng), draws=draws)
    )


def diagonal_covariance(world):
    from fij_eval.effects.analyses import trends

    real = trends.event_windows.estimate

    def wrong(*given, **more):
        found = real(*given, **more)
        return replace(found, covariance=np.diag(np.diag(found.covariance)))

    world.patch.setattr(trends.event_windows, "estimate", wrong)


def zeros_dropped(world):
    from fij_eval.effects.analyses import primary

    codes = world.panel["municipality_code"].unique()
    zero = world.panel["municipality_code"].eq(codes[-1]) & ~world.panel["post"]
    world.panel.loc[zero, ["share", "employed"]] = [0.0, 0]
    real = primary.log_odds

    def wrong(case, common):
        inside = (case.data.base > 0) & (case.data.base < 1)
        return real(replace(case, data=case.data.only(inside)), common)

    world.patch.setattr(primary, "log_odds", wrong)


def prose_with(sentence):
    def inject(world):
        from fij_eval.report import document

        real = document.prose

        def wrong(chosen):
            texts = dict(real(chosen))
            texts["18_discussion.typ"] += f"\n\n{sentence}\n"
            return texts

        world.patch.setattr(document, "prose", wrong)

    return inject


def municipality_of_2023(world):
    path = world.reference / "municipalities.csv"
    text = path.read_text(encoding="utf-8")
    assert "\n5601," in text
    path.write_text(text.replace("\n5601,", "\n5403,"), encoding="utf-8")
    register = world.reference / "network_register.csv"
    lines = register.read_text(encoding="utf-8")
    register.write_text(lines.replace("5601", "5403"), encoding="utf-8")


def two_in_a_cell(world):
    path = world.reference / "municipalities.csv"
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    frame.loc[1, ["hex_col", "hex_row"]] = frame.loc[0, ["hex_col", "hex_row"]].to_list()
    frame.to_csv(path, index=False)


def excluding_nobody(world):
    world.settings["network"]["excluded"] = []


def cells(place, /, **values):
    return lambda world: world.cells(place, **values)


FAULTS = (
    Fault(1, "a name of no municipality", "panel", cells("Bodø", name="Bodin"), "«Bodin»"),
    Fault(1, "a municipality twice", "panel", twice_in_panel, "breaks its contract"),
    Fault(1, "Oslo not counted", "panel", without_oslo, "sums to"),
    Fault(
        2,
        "a hidden cell read as 0",
        "panel",
        cells("Bodø", employed=pd.NA, employed_missing="confidential", share=0.0),
        "share of zero without zero employed",
    ),
    Fault(3, "a tenth of the share", "panel", scaled_shares, "not employed divided by residents"),
    Fault(3, "shares three times too high", "panel", per_cent_as_share, "median share employed"),
    Fault(4, "weights on the unweighted", "primary", weights_everywhere, "is weighted by"),
    Fault(5, "published in its month", "panel", published_too_early, "before the month had passed"),
    Fault(5, "treated before kick-off", "panel", treated_before_kick_off, "misdated treatment"),
    Fault(
        6,
        "starting municipalities against such as started",
        "primary",
        windows_with_a_late_kick_off,
        "4 starting by 2025-07 with 14 that started earlier",
    ),
    Fault(7, "an estimator apart", "primary", imputation_off, "they are one estimator"),
    Fault(8, "Oslo beside its district", "panel", excluding_nobody, "A district of 0301"),
    Fault(9, "the flag of seasons lost", "claim", flag_lost, "without saying so"),
    Fault(10, "a later covariate", "primary", covariate_of_the_month, "is dated after kick-off"),
    Fault(10, "later weights", "primary", weights_of_september, "at or after the first kick-off"),
    Fault(11, "a misplaced digit", "panel", tenfold_residents, "10 times as many or as few"),
    Fault(12, "gaps that decide", "primary", gaps_that_decide, "gaps decide the answer"),
    Fault(13, "two files in a table", "panel", mixed_files, "mixes files"),
    Fault(13, "two vintages in a table", "panel", mixed_vintages, "mixes vintages"),
    Fault(14, "assignments across strata", "primary", permuted_across_strata, "where the real one"),
    Fault(14, "a diagonal covariance", "trends", diagonal_covariance, "diagonal"),
    Fault(15, "zeros dropped on the logit scale", "primary", zeros_dropped, "on the logit scale"),
    Fault(
        16,
        "a word of cause",
        "document",
        prose_with("Nettverket førte til flere i jobb."),
        "«førte til» claims more than rung",
        code=DOCUMENT,
    ),
    Fault(
        16,
        "not significant told as no effect",
        "document",
        prose_with("Nettverket hadde ingen effekt."),
        "«ingen effekt» claims more than rung",
        code=DOCUMENT,
    ),
    Fault(17, "a name of two", "panel", cells("Herøy (Nordland)", name="Herøy"), "«Herøy»"),
    Fault(18, "a municipality of 2023", "panel", municipality_of_2023, "not those of 2024-01-01"),
    Fault(18, "two in one cell of the map", "panel", two_in_a_cell, "share a cell"),
)


def test_every_check_is_listed():
    assert {fault.number for fault in FAULTS} == set(range(1, 19))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}: {fault.what}")
def test_the_fault_stops_with_one_paragraph_and_nothing_written(
    fault, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    world = sound(fault.verb, tmp_path, monkeypatch)
    fault.inject(world)
    code, said, written = ran(fault.verb, world, capsys)
    told = " ".join(said.split())
    assert code == fault.code, told
    assert fault.says in told
    assert told.count("Where: ") == told.count("What to do: ") == 1
    assert "Traceback" not in said
    assert not any(path.exists() for path in written)


@pytest.mark.parametrize("verb", ["panel", "primary", "trends", "claim", "document"])
def test_without_a_fault_the_same_verb_writes(verb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    world = sound(verb, tmp_path, monkeypatch)
    code, said, written = ran(verb, world, capsys)
    assert code == 0, said
    assert all(path.exists() for path in written)


def test_what_is_listed_and_no_fault_is_in_the_findings(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    world = sound("panel", tmp_path, monkeypatch)
    code, said, written = run_panel(world, capsys)
    assert code == 0, said
    found = {f["id"]: f for f in json.loads(written[2].read_text("utf-8"))["findings"]}
    # 11: residents and employed apart; 9: months that one window has and the other lacks
    assert found["denominator_jump"]["severity"] == "warning"
    first = found["denominator_jump"]["examples"][0]
    assert "residents" in first
    assert "employed" in first
    assert found["seasons"]["severity"] == "warning"


def test_an_acknowledged_alarm_stands_in_the_record(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    world = sound("primary", tmp_path, monkeypatch)
    gaps_that_decide(world)
    world.settings["inference"]["attrition"] = "report"
    code, said, written = run_estimates("primary", world, capsys)
    assert code == 0, said
    assert "alarm: " in written[1].read_text("utf-8")
