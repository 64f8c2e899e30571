"""Everything that a build leaves is searched for what may not be told of a municipality."""

from __future__ import annotations

import pytest

from whole_build import copy_of_build, fij_eval, snakemake

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]


def test_nothing_that_was_built_tells_what_may_not_be_told(project):
    code, said = fij_eval(project, "disclosure", "--mode", "demo")
    assert code == 0, said
    assert "Nothing tells of a municipality what may not be told" in said


def test_snakemakes_own_report_tells_nothing_either(project, tmp_path):
    report = tmp_path / "report.html"
    snakemake(project, "--report", str(report))
    code, said = fij_eval(project, "disclosure", "--mode", "demo", str(report))
    assert code == 0, said


def test_one_row_put_back_is_found(project, tmp_path):
    """The search of the whole build would find what it looks for."""
    import pandas as pd

    twin = copy_of_build(project, tmp_path / "twin")
    panel = pd.read_parquet(twin / "data/processed/demo/panel.parquet")
    few = panel[(panel["reference_month"] == "2024-04") & (panel["residents"] < 20)].iloc[0]
    path = twin / "results/demo/figures/nb/fig04_population.csv"
    row = f"{few['municipality_code']};{few['municipality_name']};comparison;0,5;900;30;2025-04\n"
    path.write_text(path.read_text("utf-8") + row, encoding="utf-8")
    code, said = fij_eval(twin, "disclosure", "--mode", "demo")
    assert code == 1
    assert "fig04_population.csv" in said
    assert "it has too few refugees to be named" in said
