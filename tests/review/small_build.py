"""A build in small: invented panel, its records, the report's numbers, and their provenance."""

from __future__ import annotations

import sys
from pathlib import Path

import pypdfium2

from fij_eval import places, provenance, settings
from fij_eval.artefacts import write_bytes, write_json, write_parquet, write_text
from fij_eval.report import numbers
from fij_eval.sources.store import RawStore

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests/report"))  # the report's own invented world

import report_world  # noqa: E402 -- found by the line above

CODE = "src/fij_eval/step.py"
TABLE = "results/demo/tables/nb/tab.csv"
NUMBERS = "results/demo/numbers/nb.json"


def make(folder, monkeypatch):
    """Make the build in a folder and go there; its manifest is as the workflow writes it."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(places, "code", lambda *_: [CODE])
    monkeypatch.setattr(places, "packages", lambda *_: {})
    write_text(Path(CODE), "# a step\n")
    write_text(Path("config.yaml"), (ROOT / "config.yaml").read_text(encoding="utf-8"))
    write_text(Path(TABLE), "a;b\n1;2\n")
    store = RawStore(Path("data/raw/demo"))
    entry = store.put(
        b"{}", service="nav", item="x", vintage="2025-01-06", filename="d.json", simulated=True
    )
    store.write_index(Path("data/raw/demo/index/nav.json"), [entry])
    inputs = _inputs()
    parts = settings.effective(settings.load(Path("config.yaml")))
    _numbers(inputs, parts)
    records = _jobs(inputs, parts)
    manifest = Path("results/demo/manifest.json")
    kept = {name: value for name, value in parts.items() if name not in ("live", "archive")}
    provenance.write_manifest(records, manifest, settings=kept)
    return manifest


def document(path, *attached):
    """A PDF with files inside."""
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(100, 100)
    for source in attached:
        pdf.new_attachment(source.name).set_data(source.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    pdf.save(path)
    return path


def _inputs():
    """The inputs of the numbers, written where a build has them."""
    found = {}
    frames = report_world.demo_frames()
    for key in numbers.INPUTS:
        frame = frames[key]
        group, _, name = key.partition("_")
        if key == "register" or group == "reference":
            path = Path(f"data/reference/{name or key}.csv")
            write_text(path, frame.to_csv(index=False))
        else:
            kept = {
                "estimates": f"results/demo/estimates/{name}.parquet",
                "details": f"results/demo/estimates/{name}.details.parquet",
            }
            path = Path(kept.get(group, f"data/processed/demo/{name or key}.parquet"))
            write_parquet(path, frame)
        found[key] = path
    found["truth"] = Path("data/raw/demo/truth.json")
    write_json(found["truth"], report_world.TRUTH)
    return found


def _numbers(inputs, parts):
    chosen = settings.parts(settings.as_json(_of_numbers(parts)))
    numbers.write("nb", inputs, Path(NUMBERS), settings=chosen)


def _of_numbers(parts):
    names = ("data", "tables", "network", "sample", "windows", "inference", "specifications")
    return {name: parts[name] for name in (*names, "report", "demo")}


def _jobs(inputs, parts):
    """Records of the jobs that would have made the files."""
    estimates = [path for path in inputs.values() if path.parent.name == "estimates"]
    given = [f"--input={key}={path}" for key, path in inputs.items()]
    panel = inputs["panel"]
    index = Path("data/raw/demo/index/nav.json")
    return [
        _job("raw_demo", ["demo"], [inputs["register"]], [index, inputs["truth"]]),
        _job("panel", ["panel"], [index], [panel, inputs["source_statbank_immigration"]]),
        *(
            _job(
                f"estimates/{path.stem}",
                ["estimates", path.stem, "--output", str(path)],
                [panel],
                [path],
                {"windows": parts["windows"]},
            )
            for path in estimates
        ),
        _job(
            "numbers/nb",
            ["numbers", *given, "--output", NUMBERS],
            inputs.values(),
            [Path(NUMBERS)],
            _of_numbers(parts),
        ),
        _job("tables/nb/tab", ["table", "tab"], [panel], [Path(TABLE)]),
    ]


def _job(name, command, inputs, outputs, parts=None):
    path = Path("results/demo/provenance") / f"{name}.json"
    content = {
        "rule": name.partition("/")[0],
        "command": [places.without_mode(word) for word in command],
        "inputs": provenance.checksums(inputs),
        "outputs": provenance.checksums(outputs),
        "code": provenance.checksums([Path(CODE)]),
        "packages": {"numpy": _version("numpy")},
        "settings": parts or {},
    }
    write_json(path, content)
    return path


def _version(name):
    from importlib import metadata

    return metadata.version(name)


def tampered(path, content=b"other"):
    """The file, with other bytes."""
    write_bytes(Path(path), content)
