"""The panel of the invented world is the one that was accepted: see ``accepted_panel``."""

import accepted_panel
import pytest

HOW = "if the change is meant: python tests/panel/accepted_panel.py, and look at the difference"


@pytest.mark.parametrize("part", ["order", "columns", "checks", "codebook"])
def test_panel_findings_and_codebook_are_those_that_were_accepted(built, part):
    panel, findings = built
    found, accepted = accepted_panel.told(panel, findings)[part], accepted_panel.read()[part]
    if isinstance(found, dict):
        assert set(found) == set(accepted), HOW
        assert not {n: (accepted[n], v) for n, v in found.items() if accepted[n] != v}, HOW
    assert found == accepted, HOW
