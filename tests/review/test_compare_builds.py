"""Two builds are the same or not, and the difference is told in numbers and in standard errors."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import pytest

from fij_eval import cli
from fij_eval.artefacts import write_json, write_parquet, write_text
from fij_eval.effects.record import Estimate, to_frame
from fij_eval.errors import InputError
from fij_eval.review import compare
from fij_eval.review.differences import Tolerance, Verdict, of_files
from fij_eval.sources import bundle
from fij_eval.sources.store import RawStore

RECORD = Estimate(
    key="did.att",
    analysis="main",
    spec="did",
    estimator="did_2x2",
    term="att",
    estimand="municipality_average",
    scale="pp",
    sample="eligible",
    comparison="all",
    base="2023-08..2024-04",
    post="2025-02..2025-12",
    weights="none",
    estimate=0.030,
    se=0.010,
    ci_low=0.010,
    ci_high=0.050,
    p_value=0.003,
    n_units=335,
    plan_status="secondary",
)
OTHER = replace(RECORD, key="twfe.att", estimate=0.025)


@pytest.fixture
def builds(tmp_path):
    """Two folders with the same results."""
    one = tmp_path / "a"
    write_parquet(one / "estimates/main.parquet", to_frame([RECORD, OTHER]))
    write_text(one / "figures/nb/fig.csv", "code;share\n0301;0,31\n1108;0,29\n")
    write_json(one / "figures/nb/fig.json", {"title": "Andel i jobb", "n": 2})
    write_text(one / "figures/nb/fig.svg", "<svg>\n<path/>\n</svg>\n")
    write_json(one / "manifest.json", {"seed": 1})
    write_json(one / "provenance/panel.json", {"rule": "panel"})
    shutil.copytree(one, tmp_path / "b")
    return one, tmp_path / "b"


def records(folder, *estimates):
    write_parquet(folder / "estimates/main.parquet", to_frame(estimates))


def test_equal_folders_are_the_same(builds):
    found = compare.compare(*builds)
    assert found.same
    assert found.differences == ()
    assert (found.compared, found.skipped) == (4, 2)


def test_a_moved_estimate_is_told_in_standard_errors(builds):
    records(builds[1], replace(RECORD, estimate=0.032), OTHER)
    (found,) = compare.compare(*builds).differences
    assert (found.item, found.field, found.verdict) == ("did.att", "estimate", Verdict.DIFFERS)
    assert found.difference == pytest.approx(0.002, abs=1e-12)  # rounding of doubles alone
    assert found.in_se == pytest.approx(0.2, abs=1e-9)


def test_within_the_tolerance_it_is_the_same_and_still_told(builds):
    records(builds[1], replace(RECORD, estimate=0.030 * (1 + 1e-9)), OTHER)
    within = compare.compare(*builds, tolerance=Tolerance(relative=1e-6))
    assert within.same
    assert [found.verdict for found in within.differences] == [Verdict.WITHIN]
    assert not compare.compare(*builds, tolerance=Tolerance(relative=1e-12)).same


def test_records_are_matched_by_key_and_not_by_place(builds):
    records(builds[1], OTHER, RECORD)
    found = compare.compare(*builds)
    assert found.same
    assert [each.verdict for each in found.differences] == [Verdict.OTHER_BYTES]


def test_a_record_that_is_gone_is_named(builds):
    records(builds[1], RECORD)
    (found,) = compare.compare(*builds).differences
    assert (found.item, found.verdict) == ("twfe.att", Verdict.ONLY_A)


def test_a_number_that_became_missing_differs_whatever_the_tolerance(builds):
    gone = replace(RECORD, estimate=None, note="no units")
    records(builds[1], gone, OTHER)
    found = compare.compare(*builds, tolerance=Tolerance(absolute=1e9))
    assert not found.same
    assert {each.field for each in found.differences} == {"estimate", "note"}


def test_the_csv_of_a_figure_is_compared_as_numbers(builds):
    text = "code;share\n0301;0,310000001\n1108;0,29\n"
    write_text(builds[1] / "figures/nb/fig.csv", text)
    assert compare.compare(*builds, tolerance=Tolerance(absolute=1e-6)).same
    (found,) = compare.compare(*builds).differences
    assert (found.item, found.field) == ("0301", "share")


def test_a_code_that_lost_its_zero_is_no_equal_number(builds):
    write_text(builds[1] / "figures/nb/fig.csv", "code;share\n301;0,31\n1108;0,29\n")
    assert not compare.compare(*builds, tolerance=Tolerance(absolute=1e9)).same


def test_words_are_compared_exactly(builds):
    write_json(builds[1] / "figures/nb/fig.json", {"title": "Andel i Jobb", "n": 2})
    (found,) = compare.compare(*builds, tolerance=Tolerance(absolute=1e9)).differences
    assert (found.item, found.old, found.new) == ("title", "Andel i jobb", "Andel i Jobb")


def test_other_files_are_compared_line_by_line(builds):
    write_text(builds[1] / "figures/nb/fig.svg", "<svg>\n<path d='1'/>\n</svg>\n")
    (found,) = compare.compare(*builds).differences
    assert (found.item, found.old, found.new) == ("line 2", "<path/>", "<path d='1'/>")


def test_provenance_counts_when_it_is_asked_for(builds):
    write_json(builds[1] / "manifest.json", {"seed": 2})
    assert compare.compare(*builds).same
    assert not compare.compare(*builds, provenance=True).same


def test_a_file_in_one_folder_alone_is_named(builds):
    (builds[0] / "figures/nb/fig.svg").unlink()
    (found,) = compare.compare(*builds).differences
    assert (found.file, found.verdict) == ("figures/nb/fig.svg", Verdict.ONLY_B)


def test_a_broken_table_is_one_paragraph(builds):
    (builds[1] / "estimates/main.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(InputError, match="not whole parquet"):
        compare.compare(*builds)


def test_a_folder_and_a_file_cannot_be_compared(builds):
    with pytest.raises(InputError, match="A is a folder, B is a file"):
        compare.compare(builds[0], builds[0] / "manifest.json")


def test_two_files_are_compared_as_well(builds):
    name = "estimates/main.parquet"
    records(builds[1], replace(RECORD, n_units=334), OTHER)
    found = of_files(name, builds[0] / name, builds[1] / name, Tolerance())
    assert [(each.field, each.old, each.new) for each in found] == [("n_units", "335", "334")]


def archive_of(folder, content):
    store = RawStore(folder)
    for service in ("statbank", "klass", "nav", "ssb_article", "imdi"):
        known = content if service == "nav" else b"{}"
        entry = store.put(
            known, service=service, item="x", vintage="2025-01-06", filename="data.json"
        )
        store.write_index(folder / f"index/{service}.json", [entry])
    return folder


def test_archives_and_their_bundles_are_compared_by_answer(tmp_path):
    one = archive_of(tmp_path / "raw1", b"1")
    two = archive_of(tmp_path / "raw2", b"2")
    (found,) = compare.compare(one, two).differences
    assert (found.file, found.verdict) == ("nav/x/2025-01-06/data.json", Verdict.DIFFERS)
    bundle.export(one, tmp_path / "1.tar")
    bundle.export(two, tmp_path / "2.tar")
    assert not compare.compare(tmp_path / "1.tar", tmp_path / "2.tar").same
    assert compare.compare(one, tmp_path / "1.tar").same


def test_the_exit_code_tells_and_the_table_holds_every_difference(builds, capsys, tmp_path):
    arguments = ["compare", str(builds[0]), str(builds[1])]
    assert cli.main(arguments) == 0
    assert "The results are the same" in capsys.readouterr().out
    records(builds[1], replace(RECORD, estimate=0.032, ci_low=0.012), OTHER)
    table = tmp_path / "differences.csv"
    assert cli.main([*arguments, "--output", str(table)]) == 1
    shown = capsys.readouterr().out
    assert "The results differ" in shown
    assert "+0.200" in shown
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["item"], row["field"]) for row in rows] == [
        ("did.att", "estimate"),
        ("did.att", "ci_low"),
    ]
    assert cli.main([*arguments, "--atol", "0.01"]) == 0


def test_a_missing_folder_and_a_wrong_tolerance_are_refused(builds, capsys):
    missing = cli.main(["compare", str(builds[0]), str(builds[0] / "none")])
    assert missing == InputError.exit_code
    with pytest.raises(SystemExit) as done:
        cli.main(["compare", str(builds[0]), str(builds[1]), "--rtol", "nan"])
    assert done.value.code == cli.EXIT_USAGE
    assert "Traceback" not in capsys.readouterr().err


def test_json_of_other_shape_is_told_by_leaf(builds):
    content = {"title": "Andel i jobb", "notes": ["a"]}
    (builds[1] / "figures/nb/fig.json").write_text(json.dumps(content), encoding="utf-8")
    found = {(each.item, each.verdict) for each in compare.compare(*builds).differences}
    assert found == {("n", Verdict.ONLY_A), ("notes[1]", Verdict.ONLY_B)}
