"""Figures and tables by name, for the command line.

Only the command line imports this module: whatever imports it depends on every figure. A rule
depends on its figure's module and on ``making`` instead, so that an edit in one figure remakes
that figure alone. Imports are plain statements, within the function so that one is loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import making

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fij_eval.report.context import Context

FIGURES = (
    "fig01_immigration",
    "fig02_county_shares",
    "fig03_unemployment",
    "fig04_population",
    "fig05_change_network",
    "fig05b_change_others",
    "fig06_timeline",
    "fig07_map",
    "fig08_counties",
    "fig09_series",
    "fig09b_series_shares",
    "fig10_love",
    "fig11_composition",
    "fig12_funnel",
    "fig13_flow",
    "fig14_event_study",
    "fig15_pseudo_networks",
    "fig16_power",
    "fig17_honest",
    "fig18_specification_curve",
    "fig19_leave_one_out",
    "fig20_groups",
    "fig21_bench",
    "fig22_break_even",
    "fig23_synthetic",
    "fig24_estimators",
    "fig25_overlap",
)
TABLES = (
    "tab01_participants",
    "tab01b_representatives",
    "tab02_means",
    "tab03_balance",
    "tab04_joining",
    "tab05_main",
    "tab06_composition",
    "tab07_kitagawa",
    "tab08_inference",
    "tab09_power",
    "tab10_placebos",
    "tab11_groups",
    "tab12_bench",
    "tab13_estimators",
    "tab13b_scale",
    "tab13c_group_time",
    "tab14_event_study",
    "tab15_persons",
    "tabv1_plan",
    "tabv2_reproduction",
    "tabv3_codebook",
    "tabv4_missing",
    "tabv5_estimates",
    "tabv7_other_measures",
    "tabv8_checklists",
    "tabv9_municipalities",
    "tabv10_sources",
)


def write_figure(name: str, inputs: Mapping[str, Path], output: Path, context: Context) -> None:
    """Make the figure with this name; see ``making.write_figure``.

    Raises:
        ReportError: If there is none, or it cannot be made.
        InputError: If an input cannot be read.
    """
    making.write_figure(figure(name), name, inputs, output, context)


def write_table(name: str, inputs: Mapping[str, Path], output: Path, context: Context) -> None:
    """Make the table with this name; see ``making.write_table``.

    Raises:
        ReportError: If there is none, or it cannot be made.
        InputError: If an input cannot be read.
    """
    making.write_table(table(name), name, inputs, output, context)


def figure(name: str) -> making.FigureModule:  # noqa: C901, PLR0911, PLR0912, PLR0915 -- one case a figure
    """The module of a figure.

    Raises:
        ReportError: If there is none with this name.
    """
    match name:
        case "fig01_immigration":
            from fij_eval.report.figures import fig01_immigration

            return fig01_immigration
        case "fig02_county_shares":
            from fij_eval.report.figures import fig02_county_shares

            return fig02_county_shares
        case "fig03_unemployment":
            from fij_eval.report.figures import fig03_unemployment

            return fig03_unemployment
        case "fig04_population":
            from fij_eval.report.figures import fig04_population

            return fig04_population
        case "fig05_change_network":
            from fij_eval.report.figures import fig05_change_network

            return fig05_change_network
        case "fig05b_change_others":
            from fij_eval.report.figures import fig05b_change_others

            return fig05b_change_others
        case "fig06_timeline":
            from fij_eval.report.figures import fig06_timeline

            return fig06_timeline
        case "fig07_map":
            from fij_eval.report.figures import fig07_map

            return fig07_map
        case "fig08_counties":
            from fij_eval.report.figures import fig08_counties

            return fig08_counties
        case "fig09_series":
            from fij_eval.report.figures import fig09_series

            return fig09_series
        case "fig09b_series_shares":
            from fij_eval.report.figures import fig09b_series_shares

            return fig09b_series_shares
        case "fig10_love":
            from fij_eval.report.figures import fig10_love

            return fig10_love
        case "fig11_composition":
            from fij_eval.report.figures import fig11_composition

            return fig11_composition
        case "fig12_funnel":
            from fij_eval.report.figures import fig12_funnel

            return fig12_funnel
        case "fig13_flow":
            from fij_eval.report.figures import fig13_flow

            return fig13_flow
        case "fig14_event_study":
            from fij_eval.report.figures import fig14_event_study

            return fig14_event_study
        case "fig15_pseudo_networks":
            from fij_eval.report.figures import fig15_pseudo_networks

            return fig15_pseudo_networks
        case "fig16_power":
            from fij_eval.report.figures import fig16_power

            return fig16_power
        case "fig17_honest":
            from fij_eval.report.figures import fig17_honest

            return fig17_honest
        case "fig18_specification_curve":
            from fij_eval.report.figures import fig18_specification_curve

            return fig18_specification_curve
        case "fig19_leave_one_out":
            from fij_eval.report.figures import fig19_leave_one_out

            return fig19_leave_one_out
        case "fig20_groups":
            from fij_eval.report.figures import fig20_groups

            return fig20_groups
        case "fig21_bench":
            from fij_eval.report.figures import fig21_bench

            return fig21_bench
        case "fig22_break_even":
            from fij_eval.report.figures import fig22_break_even

            return fig22_break_even
        case "fig23_synthetic":
            from fij_eval.report.figures import fig23_synthetic

            return fig23_synthetic
        case "fig24_estimators":
            from fij_eval.report.figures import fig24_estimators

            return fig24_estimators
        case "fig25_overlap":
            from fij_eval.report.figures import fig25_overlap

            return fig25_overlap
        case _:
            raise _unknown("figure", name, FIGURES)


def table(name: str) -> making.TableModule:  # noqa: C901, PLR0911, PLR0912, PLR0915 -- one case a table
    """The module of a table.

    Raises:
        ReportError: If there is none with this name.
    """
    match name:
        case "tab01_participants":
            from fij_eval.report.tables import tab01_participants

            return tab01_participants
        case "tab01b_representatives":
            from fij_eval.report.tables import tab01b_representatives

            return tab01b_representatives
        case "tab02_means":
            from fij_eval.report.tables import tab02_means

            return tab02_means
        case "tab03_balance":
            from fij_eval.report.tables import tab03_balance

            return tab03_balance
        case "tab04_joining":
            from fij_eval.report.tables import tab04_joining

            return tab04_joining
        case "tab05_main":
            from fij_eval.report.tables import tab05_main

            return tab05_main
        case "tab06_composition":
            from fij_eval.report.tables import tab06_composition

            return tab06_composition
        case "tab07_kitagawa":
            from fij_eval.report.tables import tab07_kitagawa

            return tab07_kitagawa
        case "tab08_inference":
            from fij_eval.report.tables import tab08_inference

            return tab08_inference
        case "tab09_power":
            from fij_eval.report.tables import tab09_power

            return tab09_power
        case "tab10_placebos":
            from fij_eval.report.tables import tab10_placebos

            return tab10_placebos
        case "tab11_groups":
            from fij_eval.report.tables import tab11_groups

            return tab11_groups
        case "tab12_bench":
            from fij_eval.report.tables import tab12_bench

            return tab12_bench
        case "tab13_estimators":
            from fij_eval.report.tables import tab13_estimators

            return tab13_estimators
        case "tab13b_scale":
            from fij_eval.report.tables import tab13b_scale

            return tab13b_scale
        case "tab13c_group_time":
            from fij_eval.report.tables import tab13c_group_time

            return tab13c_group_time
        case "tab14_event_study":
            from fij_eval.report.tables import tab14_event_study

            return tab14_event_study
        case "tab15_persons":
            from fij_eval.report.tables import tab15_persons

            return tab15_persons
        case "tabv1_plan":
            from fij_eval.report.tables import tabv1_plan

            return tabv1_plan
        case "tabv2_reproduction":
            from fij_eval.report.tables import tabv2_reproduction

            return tabv2_reproduction
        case "tabv3_codebook":
            from fij_eval.report.tables import tabv3_codebook

            return tabv3_codebook
        case "tabv4_missing":
            from fij_eval.report.tables import tabv4_missing

            return tabv4_missing
        case "tabv5_estimates":
            from fij_eval.report.tables import tabv5_estimates

            return tabv5_estimates
        case "tabv7_other_measures":
            from fij_eval.report.tables import tabv7_other_measures

            return tabv7_other_measures
        case "tabv8_checklists":
            from fij_eval.report.tables import tabv8_checklists

            return tabv8_checklists
        case "tabv9_municipalities":
            from fij_eval.report.tables import tabv9_municipalities

            return tabv9_municipalities
        case "tabv10_sources":
            from fij_eval.report.tables import tabv10_sources

            return tabv10_sources
        case _:
            raise _unknown("table", name, TABLES)


def _unknown(kind: str, name: str, names: tuple[str, ...]) -> ReportError:
    return ReportError(f"There is no {kind} «{name}»", remedy=f"name one of {', '.join(names)}")
