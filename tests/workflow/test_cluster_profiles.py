"""Profiles for clusters fit the workflow, and the ordinary run knows nothing of clusters."""

import re
import subprocess
import sys

import pytest
import yaml
from snakemake.cli import get_argument_parser

from whole_build import ROOT, copy_of_sources, environment

CLUSTERS = ("slurm", "kubernetes")
#: Options of the executors' own plugins, which are not installed here.
OF_PLUGINS = {
    "slurm": {
        "slurm-status-command",
        "slurm-init-seconds-before-status-checks",
        "slurm-pass-command-as-script",
    },
    "kubernetes": {"kubernetes-namespace"},
}


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text(encoding="utf-8"))


def rules():
    text = "".join(path.read_text("utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    return set(re.findall(r"(?m)^rule (\w+):", text))


def pairs(lines):
    return dict(line.split("=") for line in lines)


@pytest.mark.parametrize("name", ["default", *CLUSTERS])
def test_every_key_of_a_profile_is_an_option_of_snakemake(name):
    known = {
        option.removeprefix("--")
        for action in get_argument_parser()._actions
        for option in action.option_strings
    }
    assert set(profile(name)) - known == OF_PLUGINS.get(name, set())


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_holds_here_holds_on_a_cluster(name):
    """A cluster's profile is read instead of the default one, so it repeats what it needs of it."""
    ours, theirs = profile("default"), profile(name)
    for key in set(ours) - {"cores", "latency-wait"}:
        assert theirs[key] == ours[key], key


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_many_short_jobs_are_grouped(name):
    groups, together = pairs(profile(name)["groups"]), pairs(profile(name)["group-components"])
    assert set(groups) <= rules()
    assert set(together) <= set(groups.values())
    assert {"bench_batch", "records", "figure", "table"} <= set(groups)
    assert {groups["bench_batch"], groups["records"]} <= set(together)


def test_without_accounting_slurm_is_asked_by_squeue_every_two_seconds():
    found = profile("slurm")
    assert found["slurm-status-command"] == "squeue"
    assert found["slurm-init-seconds-before-status-checks"] == 2
    assert found["seconds-between-status-checks"] == 2


def test_the_locks_agree_on_every_package_that_both_pin():
    def pins(name):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line.rstrip(" \\") for line in lines if re.match(r"[a-z0-9]", line)}

    ordinary, cluster = pins("requirements.lock"), pins("requirements-cluster.lock")
    added = {pin.partition("==")[0] for pin in cluster - ordinary}
    assert added == {
        "snakemake-executor-plugin-slurm",
        "snakemake-executor-plugin-slurm-jobstep",
    }
    assert not {name for name in added if f"\n{name}==" in (ROOT / "requirements.lock").read_text()}


def test_the_lock_of_the_cluster_pins_with_hashes_and_names_no_index():
    text = (ROOT / "requirements-cluster.lock").read_text(encoding="utf-8")
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9._-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    assert "://" not in text
    assert "--index" not in text


def test_an_ordinary_dry_run_imports_neither_a_plugin_of_a_cluster_nor_pandas(tmp_path):
    # without a build: where there is one, Snakemake compares parameters with pandas' help
    project = copy_of_sources(tmp_path / "project")
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "snakemake", "--dry-run", "panel"],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(re.findall(r"(?m)^import time:[^|]*\|[^|]*\| +(\w+)", run.stderr))
    assert "snakemake" in imported
    plugins = {name for name in imported if name.startswith("snakemake_executor_plugin")}
    assert plugins == set()
    assert "pandas" not in imported
