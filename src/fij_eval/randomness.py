"""Random streams that depend on the seed and a name, never on the order of calls."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator for one named purpose.

    Two purposes never share draws, and adding a purpose leaves the others as they were.

    Args:
        seed: The seed in the settings.
        *names: What the draws are for, for example ``"wild_bootstrap", "twfe"`` or a replication.
    """
    words = [n if isinstance(n, int) else zlib.crc32(n.encode()) for n in names]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))
