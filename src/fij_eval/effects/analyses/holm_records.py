"""Effects with p-values by Holm's correction, as records beside those that they correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from fij_eval.effects.inference.multiple import holm
from fij_eval.effects.record import Estimate, no_inference


def holm_records(
    records: Iterable[Estimate], *, analysis: str, key: Callable[[Estimate], str], over: str
) -> list[Estimate]:
    """Holm's p-values of the effects (``att``) among the records; none for fewer than two.

    Args:
        records: Records of one family; those without a p-value are no part of it.
        analysis: Which the corrected records belong to.
        key: Key of the corrected record.
        over: What the family is made of, in words.
    """
    family = [(r, r.p_value) for r in records if r.term == "att" and r.p_value is not None]
    if len(family) < 2:
        return []
    adjusted = holm([p for _, p in family])
    return [
        replace(
            record,
            **no_inference(p_value=float(p)),
            key=key(record),
            analysis=analysis,
            term="att_holm",
            inference=f"{record.inference}, Holm over {len(family)} {over}",
        )
        for (record, _), p in zip(family, adjusted, strict=True)
    ]
