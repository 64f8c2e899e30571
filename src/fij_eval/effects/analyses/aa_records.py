"""Records of an A/A test, alike for every estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fij_eval.effects.record import Estimate, found_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fij_eval.effects.robustness.pseudo_networks import AATest

#: What each term says, with its scale.
TERMS = {
    "mean": ("pp", "mean estimate where nothing is"),
    "spread": ("pp", "standard deviation of the estimates"),
    "mean_se": ("pp", "mean standard error"),
    "size": ("statistic", "part that is rejected"),
    "mde": ("pp", "minimum detectable effect"),
}


def aa_records(
    found: AATest,
    common: Mapping[str, Any],
    *,
    key: str,
    units: int,
    seed: int,
    terms: Iterable[str] = TERMS,
) -> list[Estimate]:
    """A record ``<key>.<term>`` for each term.

    Args:
        found: The test of one estimator.
        common: Fields that its records share.
        key: Beginning of their keys.
        units: Municipalities among which networks were drawn.
        seed: Seed of the settings.
        terms: Of ``TERMS``, in order.
    """
    errors = {"mean": found.mean_error, "size": found.size_error}
    failed = f"; {found.failed} networks failed" if found.failed else ""
    return [
        Estimate(
            key=f"{key}.{term}",
            term=f"aa {term}",
            scale=TERMS[term][0],
            estimate=getattr(found, term),
            se=errors.get(term),
            level=found.level,
            null=found_with(found.power) if term == "mde" else "0",
            inference="pseudo-networks among non-participants",
            seed=seed,
            draws=found.draws,
            n_units=units,
            note=TERMS[term][1] + failed,
            **common,
        )
        for term in terms
    ]
