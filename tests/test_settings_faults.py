"""Settings: what is wrong is said by key, value and suggestion, and what is right comes through."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from fij_eval import settings
from fij_eval.errors import SettingsError

CONFIG = Path(__file__).parent.parent / "config.yaml"


@pytest.fixture(scope="module")
def shipped():
    return yaml.safe_load(CONFIG.read_text(encoding="utf-8"))


def changed(content, path, value):
    content = copy.deepcopy(content)
    *folders, last = path
    at = content
    for key in folders:
        at = at[key]
    at[last] = value
    return content


def test_the_shipped_settings_are_right(shipped):
    found = settings.load(CONFIG)
    assert found.mode == shipped["mode"]
    assert [s.id for s in found.specifications] == [s["id"] for s in shipped["specifications"]]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("mod",), "demo", "mod: unknown key (did you mean «mode»?)"),
        (
            ("mode",),
            "dmo",
            "mode: «dmo» is not one of demo, live or archive (did you mean «demo»?)",
        ),
        (("sample", "minimum_resident"), 3, "sample.minimum_resident: unknown key (did you mean"),
        (("windows", "base_months"), "x", "windows.base_months: «x» is not a whole number"),
        (("windows", "base_months"), 0, "windows.base_months: «0» should be greater than or equal"),
        (("network", "start"), "2024-13", "network.start: «2024-13» is not a month"),
        (("network", "end"), "2024-05", "network: end does not lie after start"),
        (("network", "excluded"), [301], "network.excluded[1]: «301» is not a municipality code"),
        (("data", "snapshots"), ["2024-04", "2023-08"], "snapshots: months do not stand in order"),
        (("data", "snapshots"), ["2024-04", "2024-04"], "snapshots: a month stands twice"),
        (("sample", "reference_month"), "2024-09", "reference_month does not lie before"),
        (("demo", "revised_months"), ["2022-01"], "demo.revised_months: 2022-01 is not in"),
        (
            ("tables", "imigration"),
            {},
            "tables.imigration: unknown key (did you mean «immigration»",
        ),
        (
            ("tables", "immigration", "table"),
            "1",
            "tables.immigration.table: «1» is not of the form",
        ),
        (
            ("specifications", 2, "estimator"),
            "twf",
            "specifications[twfe_municipality].estimator: ",
        ),
        (("specifications", 1, "id"), "did_municipality", "the id «did_municipality» stands twice"),
        (("specifications", 0, "covariates"), ["region"], "did_2x2 takes no covariates"),
        (("specifications", 6, "base"), "window", "event_study needs a month as base"),
        (
            ("specifications", 6, "base"),
            "2024-05",
            "base 2024-05 of «event_municipality» is not in",
        ),
        (("specifications",), [], "specifications: "),
        (("languages",), ["nn"], "languages[1]: «nn» is not one of nb or en"),
        (("report",), None, "report: «None» is not a mapping"),
    ],
)
def test_a_fault_is_named_by_key_with_what_is_wrong(shipped, path, value, said):
    with pytest.raises(SettingsError) as error:
        settings.check(changed(shipped, path, value), where="config.yaml")
    lines = error.value.paragraph().splitlines()
    assert said in lines[0]
    assert "config.yaml" in lines[-1]


def test_a_missing_table_is_named(shipped):
    content = copy.deepcopy(shipped)
    del content["tables"]["immigration"]
    with pytest.raises(SettingsError, match="the table «immigration» is missing"):
        settings.check(content, where="config.yaml")


def test_several_faults_are_all_told_at_once(shipped):
    content = changed(changed(shipped, ("seed",), -1), ("mode",), "demos")
    with pytest.raises(SettingsError, match=r"mode: .*\nseed: "):
        settings.check(content, where="config.yaml")


@pytest.mark.parametrize("content", [None, [], "demo", 3])
def test_settings_that_are_no_mapping_are_refused(content):
    with pytest.raises(SettingsError, match="not a mapping"):
        settings.check(content, where="config.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode: demo\nmode: live\n", "the key «mode» stands twice"),
        ("mode: [demo\n", "not YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "not YAML"),
        ("\tmode: demo\n", "not YAML"),
    ],
)
def test_yaml_that_cannot_be_meant_is_refused(tmp_path, text, said):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        settings.load(path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"mode: \xff\xfe")
    with pytest.raises(SettingsError, match="not YAML"):
        settings.load(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(tmp_path / "none.yaml")


def test_parts_come_through_json_as_they_were():
    whole = settings.load(CONFIG)
    names = ("data", "network", "specifications", "seed")
    found = settings.parts(settings.part_of(whole, names))
    for name in names:
        assert found.of(name) == getattr(whole, name)


def test_a_part_that_was_not_given_is_named():
    with pytest.raises(SettingsError, match="«windows»"):
        settings.parts("{}").of("windows")


@pytest.mark.parametrize("text", ['{"seed": 1', '{"seeds": 1}', '{"seed": "x"}'])
def test_wrong_json_is_one_paragraph(text):
    with pytest.raises(SettingsError, match="--settings"):
        settings.parts(text)


def test_json_of_the_same_settings_is_the_same_text(shipped):
    """Snakemake compares parameters as text: another order of keys must not rerun anything."""
    turned = json.loads(json.dumps(dict(reversed(list(shipped.items())))))
    names = tuple(shipped)
    one = settings.part_of(settings.check(shipped, where=""), names)
    two = settings.part_of(settings.check(turned, where=""), names)
    assert one == two


def test_every_key_of_the_model_stands_in_the_shipped_settings(shipped):
    """The comments in config.yaml are the settings' manual, so none may be left out."""
    assert set(settings.effective(settings.load(CONFIG))) == set(shipped)


def test_each_fault_stands_on_a_line_of_its_own(shipped):
    faulty = changed(changed(shipped, ("mode",), "dmo"), ("data", "snapshots"), ["2023-13", 1])
    with pytest.raises(SettingsError) as caught:
        settings.check(faulty, where="config.yaml")
    *faults, last = caught.value.paragraph().splitlines()
    assert [line.split(":")[0] for line in faults] == [
        "mode",
        "data.snapshots[1]",
        "data.snapshots[2]",
    ]
    assert last.startswith("Where: config.yaml. What to do: ")
