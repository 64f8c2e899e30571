"""All records and tables of all analyses on two made-up panels, as they were accepted.

    python tests/effects/accepted_records.py

writes `tests/effects/accepted` anew from the code as it is. Look at what changed before you commit
it: a key that is gone, a note that says another thing, a number that moved.

One panel has everything (gaps, eleven counties, four snapshots before kick-off), the other next to
nothing (two snapshots before kick-off, two kick-offs, seven municipalities in the network).
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from analysis_worlds import CONFIG, frames, panel, parts, plan

from fij_eval.effects import details, making, run
from fij_eval.effects.record import to_frame
from fij_eval.settings import load
from fij_eval.settings_analysis import InferenceSettings

FOLDER = Path(__file__).with_name("accepted")
#: Digits that are kept of a number; two processors' sums differ by less.
DIGITS = 7


def _counties(given):
    codes = sorted(given["municipality_code"].unique())
    county = {code: f"{10 + k % 11}" for k, code in enumerate(codes)}
    return given.assign(county_code=given["municipality_code"].map(county))


def _two_kick_offs(given):
    members = sorted(given.loc[given["arm"].eq("network"), "municipality_code"].unique())
    late = given["municipality_code"].isin(members[:2])
    return given.assign(kick_off_date=given["kick_off_date"].mask(late, "2024-10-01"))


#: Panel and analyses; the long curve and the many means of the description are told of one alone.
#: Seven municipalities cannot be balanced on ten columns: where Newton's method ends is rounding.
WORLDS = {
    "everything": lambda: (_counties(panel(4, units=60, treated=20, gaps=0.03)), run.ANALYSES),
    "little": lambda: (
        _two_kick_offs(panel(2, units=40, treated=7)),
        tuple(name for name in run.ANALYSES if name not in ("curve", "description", "estimators")),
    ),
}


@cache
def _given(world):
    given, names = WORLDS[world]()
    settings = parts(
        inference=InferenceSettings(level=0.95, draws=199, attrition="report"),
        specifications=load(CONFIG).specifications,
    )
    return frames(given), settings, names


def analyses():
    """World and analysis, each that is told of."""
    return [(world, name) for world in WORLDS for name in _given(world)[2]]


@cache
def made(world, name):
    """One analysis of a world, on what it reads of others."""
    known, settings, _ = _given(world)
    analysis = run.analysis(name)
    for each in analysis.INPUTS:
        kind, _, other = each.partition("_")
        if kind == "estimates":
            known = known | {each: to_frame(made(world, other).records)}
        elif kind == "details":
            known = known | {each: details.to_long(made(world, other).details)}
    return making.make(analysis, name, known, parts=settings, plan=plan())


def records(world, name):
    """One row a record, by key."""
    return rounded(to_frame(made(world, name).records).set_index("key"))


def tables(world, name):
    """One row a column of the tables beside the records: what it holds, in a few numbers."""
    rows = [
        {"table": f"{name}.{table}", "column": str(column)} | _told(frame[column])
        for table, frame in made(world, name).details.items()
        for column in frame.columns
    ]
    columns = ["table", "column", "rows", "missing", "mean", "by_place", "text"]
    return rounded(pd.DataFrame(rows, columns=columns).set_index(["table", "column"]))


def _told(column):
    there = column.dropna()
    found = {"rows": len(column), "missing": int(column.isna().sum())}
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = there.to_numpy(dtype=float)
        # weights that differ, so that an order that changed is seen
        place = 1 + np.arange(len(values)) % 7
        finite = np.isfinite(values)
        return found | {
            "mean": values[finite].mean() if finite.any() else np.nan,
            "by_place": (values * place)[finite].mean() if finite.any() else np.nan,
            "text": "" if finite.all() else f"{np.count_nonzero(~finite)} infinite",
        }
    words = there.astype(str).tolist()
    if len(words) > 12:
        whole = hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]
        words = [*words[:4], *words[-2:], f"fingerprint {whole}"]
    return found | {"text": " | ".join(words)}


def rounded(frame):
    """As text: numbers with their kept digits, missing ones empty."""
    return frame.apply(lambda column: column.map(_text)).astype("str")


def _text(value):
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.{DIGITS}g}"
    return str(value)


@cache
def _accepted(world, what):
    return pd.read_csv(FOLDER / f"{world}_{what}.csv", dtype="str", keep_default_na=False)


def read(world, name, what):
    """What was accepted of one analysis, as text."""
    frame = _accepted(world, what)
    if what == "records":
        return frame[frame["analysis"].eq(name)].set_index("key")
    own = frame["table"].str.startswith(f"{name}.")
    return frame[own].set_index(["table", "column"])


def main():
    FOLDER.mkdir(exist_ok=True)
    for world in WORLDS:
        for what, make in (("records", records), ("tables", tables)):
            told = [make(world, name) for name in _given(world)[2]]
            pd.concat(told).to_csv(FOLDER / f"{world}_{what}.csv", lineterminator="\n")


if __name__ == "__main__":
    main()
