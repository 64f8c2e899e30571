"""The command that Snakemake prints for a job runs alone: every rule's, to the same bytes."""

from __future__ import annotations

import subprocess

import printed
import pytest

from whole_build import checksums, copy_of_build

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("build")]

#: Rules whose jobs are many and unlike: which of them is run.
CHOSEN = {"records": "estimates main", "document": "document kort"}


def test_the_printed_command_of_every_rule_runs_alone(project, undisturbed, tmp_path):
    twin = copy_of_build(project, tmp_path / "tvilling, æøå")
    first = {}
    for rule, command in printed.commands(twin):
        if CHOSEN.get(rule, "") in command:
            first.setdefault(rule, command)
    parsers = {f"parsed_{name}" for name in ("statbank", "klass", "nav", "ssb_article", "imdi")}
    results = {"records", "figure", "table", "numbers", "manifest", "crate"}
    documents = {"document", "workbook", "explorer"}
    assert set(first) == {"raw_demo", "panel_table"} | parsers | results | documents
    for command in first.values():
        run = subprocess.run(
            ["bash", "-c", command],  # noqa: S607 -- as a reviewer pastes it into a shell
            cwd=twin,
            env=printed.environment(twin),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, (command, run.stderr)
    assert checksums(twin) == undisturbed
