"""Checklists filled by the run: each point with its answer, and where in the report it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fij_eval.report.checklist_values import ESTIMATE, MAIN
from fij_eval.report.checklist_words import ANSWERS
from fij_eval.report.context import Context, fill, places
from fij_eval.report.numbers_format import count

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a checklist.

    Attributes:
        group: Its checklist: ``strobe``, ``trend``, ``top`` or ``referee``.
        number: Its number there.
        point: Key of its words.
        answer: Key of the answer; one that begins with ``open`` is none.
        where: Labels of chapters, figures and tables that hold it.
        record: Key of the record behind it.
    """

    group: str
    number: int
    point: str
    answer: str
    where: tuple[str, ...]
    record: str = ""

    @property
    def answered(self) -> bool:
        """Whether the run can answer it."""
        return not self.answer.startswith("open")


def _list(group: str, *points: tuple[str, str, str, str]) -> tuple[Item, ...]:
    return tuple(
        Item(group, k, point, answer or point, tuple(where.split()), record)
        for k, (point, answer, where, record) in enumerate(points, start=1)
    )


ITEMS: tuple[Item, ...] = (
    *_list(
        "strobe",
        ("title", "", "sec-brief sec-summary", ""),
        ("background", "", "sec-background", ""),
        ("objectives", "", "sec-questions", ""),
        ("design", "", "sec-method", ""),
        ("setting", "", "sec-data fig06_timeline", ""),
        ("units", "", "sec-sample fig13_flow", ""),
        ("variables", "", "sec-data tabv3_codebook", ""),
        ("sources", "", "sec-data tabv10_sources", ""),
        ("bias", "", "robustness", ""),
        ("size", "", "sec-power fig16_power tab09_power", f"primary.pp.{MAIN}.mde"),
        ("quantitative", "", "sec-scale tab13b_scale", ""),
        ("methods", "", "sec-method tabv1_plan tab08_inference", ""),
        ("flow", "", "fig13_flow", ""),
        ("descriptive", "", "tab02_means tabv4_missing", ""),
        ("outcomes", "", "fig09_series", ""),
        ("results", "", "tab05_main", ESTIMATE),
        ("other", "", "fig18_specification_curve tab13_estimators tab11_groups", "curve.median"),
        ("key", "", "sec-conclusion", "claim.rung"),
        ("limits", "", "sec-limits", ""),
        ("interpretation", "", "sec-discussion", ""),
        ("general", "", "sec-discussion", ""),
        ("funding", "open_funding", "", ""),
    ),
    *_list(
        "trend",
        ("title", "", "sec-brief sec-summary", ""),
        ("background", "", "sec-background", ""),
        ("recruited", "", "sec-network tab01_participants", ""),
        ("intervention", "", "sec-network fig06_timeline", ""),
        ("objectives", "", "sec-questions", ""),
        ("outcomes", "", "sec-data fig09_series", ""),
        ("size", "", "sec-power tab09_power", f"primary.pp.{MAIN}.mde"),
        ("assignment", "", "tab04_joining", "selection.auc"),
        ("blinding", "", "app-V1", ""),
        ("unit", "", "tab08_inference tab10_placebos", f"robustness.county_clusters.{MAIN}.att"),
        ("methods", "", "sec-method tabv1_plan", ""),
        ("flow", "", "fig13_flow", ""),
        ("recruitment", "", "sec-network fig06_timeline", ""),
        ("baseline", "", "tab03_balance", ""),
        ("equivalence", "", "tab03_balance fig10_love", ""),
        ("analysed", "", "tab05_main", ESTIMATE),
        ("results", "", "tab05_main fig14_event_study", ESTIMATE),
        ("other", "", "fig18_specification_curve tabv5_estimates", "curve.median"),
        ("harms", "", "tab10_placebos", f"robustness.spillover.{MAIN}.ring_1"),
        ("interpretation", "", "sec-discussion", ""),
        ("general", "", "sec-discussion", ""),
        ("evidence", "", "sec-background sec-discussion", ""),
    ),
    *_list(
        "top",
        ("cite", "", "tabv10_sources", ""),
        ("data", "", "app-V10", ""),
        ("code", "", "app-V10", ""),
        ("materials", "", "app-V1 tab01_participants", ""),
        ("reporting", "", "app-V8", ""),
        ("registered", "open_registered", "", ""),
        ("plan", "", "app-V1 tabv1_plan", ""),
        ("replication", "", "app-V10", ""),
    ),
    *_list(
        "referee",
        ("r_rise", "", "fig05_change_network fig05b_change_others", ""),
        ("r_base", "", "sec-method tab14_event_study", ""),
        ("r_scale", "", "fig09_series tab13b_scale", f"scale.identity.adjusted.{MAIN}.att"),
        ("r_composition", "", "fig11_composition tab06_composition",
         f"composition.offset.{MAIN}.att"),
        ("r_power", "", "sec-power fig16_power", f"primary.pp.{MAIN}.mde"),
        ("r_trends", "", "fig17_honest", f"trends.honest.{MAIN}.breakdown"),
        ("r_size", "", "fig15_pseudo_networks tab09_power",
         f"robustness.aa.{MAIN}.adjusted.size"),
        ("r_clusters", "", "tab08_inference", ESTIMATE),
        ("r_spill", "", "tab10_placebos", f"robustness.spillover.{MAIN}.far_controls"),
        ("r_hidden", "", "tab10_placebos", f"robustness.hidden.{MAIN}.low"),
        ("r_one", "", "fig19_leave_one_out",
         f"robustness.leave_out.{MAIN}.municipality.lowest"),
        ("r_many", "", "tab08_inference", f"primary.pp.{MAIN}.max_t"),
        ("r_register", "", "sec-network tab01_participants", ""),
        ("r_truth", "", "fig21_bench tab12_bench", ""),
        ("r_named", "", "app-V9 tabv9_municipalities", ""),
    ),
)  # fmt: skip


def answer(item: Item, values: Mapping[str, str], context: Context) -> str:
    """The answer in words, its places filled with what the run found."""
    key = item.answer
    if key == "r_base" and "–" not in values["base"]:
        key = "r_base_one"
    if key == "r_register" and values["unsettled"] == count(0, context.language):
        key = "r_register_settled"
    wanted = places(ANSWERS[context.language][key])
    return fill(ANSWERS, context.language, key, **{name: values[name] for name in wanted})
