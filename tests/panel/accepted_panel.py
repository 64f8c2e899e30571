"""The panel of the invented world, its findings and its codebook, as they were accepted.

    python tests/panel/accepted_panel.py

writes `tests/panel/accepted_panel.json` anew from the code as it is. Look at what changed before
you commit it: a column with other values, a finding with other words or counts.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from panel_world import make_facts, make_tables, settings

from fij_eval.panel.build import build
from fij_eval.panel.codebook import codebook_rows
from fij_eval.panel.findings import to_json

ACCEPTED = Path(__file__).with_suffix(".json")


def told(panel, findings):
    """What is accepted: columns, what the checks found, and the codebook."""
    found = {
        "order": [*panel.columns, f"{len(panel)} rows"],
        "columns": {name: _column(panel[name]) for name in panel.columns},
        "checks": to_json(findings),
        "codebook": codebook_rows(panel),
    }
    return json.loads(json.dumps(found, ensure_ascii=False, default=str))


def _column(values):
    """Type, gaps, first values and a fingerprint of all, numbers to twelve digits."""
    there = values.dropna()
    text = [f"{v:.12g}" if isinstance(v, float) else str(v) for v in there]
    return {
        "type": str(values.dtype),
        "missing": int(values.isna().sum()),
        "first": text[:2],
        "fingerprint": hashlib.sha256("\n".join(text).encode()).hexdigest()[:16],
    }


def read():
    return json.loads(ACCEPTED.read_text(encoding="utf-8"))


def main():
    found = told(*build(make_tables(), make_facts(), **settings()))
    content = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    ACCEPTED.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
