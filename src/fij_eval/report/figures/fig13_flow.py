"""Figure 13: from all municipalities to those analysed, with the reason for each that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.errors import ReportError
from fij_eval.report import records, results, style
from fij_eval.report.context import Catalogue, Context, Drawing, Words, fill
from fij_eval.report.numbers_format import count, month_name
from fij_eval.report.vocabulary import shared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fij_eval.settings import Language

INPUTS = ("panel", "estimates_description")

WORDS: Catalogue = {
    "nb": {
        "title": "{analysed} av {all} kommuner er med i analysen",
        "subtitle": "Veien fra alle kommuner i 2024-inndelingen til dem som er analysert, og "
        "hvorfor de andre er utenfor. {withdrawals}",
        "withdrawals_known": "Ifølge registeret har {withdrew} trukket seg.",
        "withdrawals_unknown": "Registeret oppgir ikke hvem som trakk seg.",
        "all": "Alle kommuner",
        "outside": "Utenfor begge grupper (bydel i nettverket)",
        "signed_up": "Meldte seg på",
        "not_signed_up": "Meldte seg ikke på",
        "withdrew_itt": "Trakk seg (regnes fortsatt med)",
        "withdrew_participants": "Trakk seg",
        "too_few": "Færre enn {minimum} flyktninger i {month}",
        "no_figures": "Uten tall for flyktninger eller andel i jobb",
        "analysed": "Analysert",
        "alt": "Flytskjema: {all} kommuner deles i {signed_up} som meldte seg på, {not_signed_up} "
        "som ikke gjorde det, og {outside} utenfor begge grupper. {withdrawals} "
        "Til slutt er {network} kommuner i nettverket og {comparison} andre med i analysen.",
    },
    "en": {
        "title": "{analysed} of {all} municipalities are analysed",
        "subtitle": "The way from all municipalities in the structure of 2024 to those that are "
        "analysed, and why the others are left out. {withdrawals}",
        "withdrawals_known": "According to the register {withdrew} withdrew.",
        "withdrawals_unknown": "The register does not say who withdrew.",
        "all": "All municipalities",
        "outside": "Outside both groups (a district takes part)",
        "signed_up": "Signed up",
        "not_signed_up": "Did not sign up",
        "withdrew_itt": "Withdrew (still counted)",
        "withdrew_participants": "Withdrew",
        "too_few": "Fewer than {minimum} refugees in {month}",
        "no_figures": "Without figures on refugees or the share in work",
        "analysed": "Analysed",
        "alt": "Flow chart: {all} municipalities are divided into {signed_up} that signed up, "
        "{not_signed_up} that did not, and {outside} outside both groups. {withdrawals} "
        "In the end {network} municipalities in the network and {comparison} "
        "others are analysed.",
    },
}


def data(inputs: Mapping[str, pd.DataFrame], context: Context) -> pd.DataFrame:
    """One row a box: ``arm``, ``step``, ``municipalities``.

    Raises:
        ReportError: If the boxes do not add up.
    """
    import pandas as pd

    panel = inputs["panel"]
    places = panel.drop_duplicates("municipality_code").set_index("municipality_code")
    found = records.by_key(inputs["estimates_description"])
    then = panel[panel["reference_month"] == context.sample.reference_month]
    residents = then.set_index("municipality_code")["residents"].reindex(places.index)
    few = residents.lt(context.sample.minimum_residents).fillna(value=False).astype(bool)
    signed = places["network_status"] != "none"
    left = places["network_status"] == "withdrew"
    set_aside = places["arm"] == "excluded"
    rows: list[tuple[str, str, int | None]] = [("all", "all", len(places))]
    rows.append(("all", "outside", _count(set_aside & ~(signed & left))))
    for arm, mine in (("network", signed), ("comparison", ~signed)):
        here = mine & ~(set_aside & ~left)
        total = _count(here)
        rows.append((arm, "signed_up" if arm == "network" else "not_signed_up", total))
        out = 0
        if arm == "network":
            out = _count(here & left & set_aside)
            # a register without withdrawals does not know of any: that is not none
            rows.append((arm, "withdrew", _count(here & left) or None))
        analysed = round(records.wanted(found, f"sample.analysed.{arm}", "description")["estimate"])
        small = _count(here & few & ~set_aside)
        rows.append((arm, "too_few", small))
        rows.append((arm, "no_figures", total - out - small - analysed))
        rows.append((arm, "analysed", analysed))
    frame = pd.DataFrame(rows, columns=["arm", "step", "municipalities"])
    frame = frame.astype({"municipalities": "Int64"})
    if frame["municipalities"].lt(0).fillna(value=False).any():
        raise ReportError(
            "More municipalities are analysed than there are",
            where="figure 13",
            remedy="run `snakemake` again, so that panel and estimates belong together",
        )
    return frame


def _count(flags: pd.Series) -> int:
    return int(flags.to_numpy(dtype=bool).sum())


def _box(
    axes: Axes, x: float, y: float, words: str, number: str, *, colour: str, filled: bool
) -> None:
    """A box with a number above its words."""
    from matplotlib.patches import FancyBboxPatch

    wide, high = 4.6, 1.15
    axes.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - high / 2),
            wide,
            high,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=colour if filled else "white",
            edgecolor=colour,
            linewidth=1.0,
        )
    )
    ink = "white" if filled else style.TEXT
    axes.text(x, y + 0.22, number, ha="center", va="center", color=ink, fontweight="bold")
    axes.text(x, y - 0.28, words, ha="center", va="center", color=ink, fontsize=style.SMALL)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": style.MUTED, "linewidth": 0.9, "shrinkA": 0},
    )


def draw(frame: pd.DataFrame, context: Context, *, banner: str) -> Figure:
    """Two columns of boxes, those left out written beside the arrows."""
    language = context.language
    number = _written(frame, language)

    def said(step: str) -> str:
        if step == "withdrew":
            return fill(WORDS, language, f"withdrew_{context.network.treated}")
        if step == "too_few":
            month = month_name(context.sample.reference_month, language)
            minimum = count(context.sample.minimum_residents, language)
            return fill(WORDS, language, step, minimum=minimum, month=month)
        return fill(WORDS, language, step)

    figure = style.canvas(9.2, banner=banner)
    axes = style.axes_in(figure, left=0.1, bottom=0.1, right=0.1, top=0.1)
    axes.set_axis_off()
    axes.set_xlim(0, 15.8)
    axes.set_ylim(0, 9)
    columns = {"network": (2.5, style.NETWORK), "comparison": (9.2, style.OTHERS_TEXT)}
    top, second, last = 8.3, 5.9, 0.75
    middle = sum(x for x, _ in columns.values()) / 2
    _box(axes, middle, top, said("all"), number["all", "all"],
         colour=style.MUTED, filled=False)  # fmt: skip
    if number["all", "outside"] != "0":
        _aside(axes, middle + 2.55, top, [(number["all", "outside"], said("outside"))])
    for arm, (x, colour) in columns.items():
        first = "signed_up" if arm == "network" else "not_signed_up"
        _box(axes, x, second, said(first), number[arm, first],
             colour=colour, filled=False)  # fmt: skip
        _box(axes, x, last, said("analysed"), number[arm, "analysed"],
             colour=colour, filled=True)  # fmt: skip
        _arrow(axes, (middle + (x - middle) * 0.2, top - 0.58), (x, second + 0.6))
        _arrow(axes, (x, second - 0.58), (x, last + 0.6))
        steps = ("withdrew", "too_few", "no_figures") if arm == "network" else (
            "too_few", "no_figures")  # fmt: skip
        _aside(
            axes,
            x + 0.25,
            (second + last) / 2,
            [(number[arm, step], said(step)) for step in steps],
        )
    return figure


def _written(frame: pd.DataFrame, language: Language) -> dict[tuple[str, str], str]:
    """The number of each box, the standard sign where it is not known."""
    import pandas as pd

    return {
        (str(row["arm"]), str(row["step"])): shared(language, "missing")
        if pd.isna(row["municipalities"])
        else count(int(row["municipalities"]), language)
        for row in frame.to_dict("records")
    }


def _aside(axes: Axes, x: float, y: float, left_out: list[tuple[str, str]]) -> None:
    """Numbers and reasons, one a line, beside an arrow."""
    gap = 0.62
    for k, (number, words) in enumerate(left_out):
        height = y + gap * ((len(left_out) - 1) / 2 - k)
        axes.text(x, height, f"{number}  {words}", va="center", fontsize=style.SMALL)


def make(inputs: Mapping[str, pd.DataFrame], context: Context) -> Drawing:
    """Figure 13.

    Raises:
        ReportError: If the boxes do not add up.
    """
    language = context.language
    frame = data(inputs, context)
    number = _written(frame, language)
    network, comparison = (number[arm, "analysed"] for arm in ("network", "comparison"))
    both = frame.loc[frame["step"] == "analysed", "municipalities"].sum()
    known = frame.loc[frame["step"] == "withdrew", "municipalities"].notna().all()
    withdrawals = (
        fill(WORDS, language, "withdrawals_known", withdrew=number["network", "withdrew"])
        if known
        else fill(WORDS, language, "withdrawals_unknown")
    )
    simulated = results.simulated(inputs["panel"])
    banner = results.banner(language, simulated=simulated, what="other")
    return Drawing(
        figure=draw(frame, context, banner=banner),
        data=frame,
        words=Words(
            title=fill(
                WORDS,
                language,
                "title",
                analysed=count(both, language),
                all=number["all", "all"],
            ),
            subtitle=fill(
                WORDS,
                language,
                "subtitle",
                withdrawals=withdrawals,
            ),
            source=results.source(language, inputs["panel"], simulated=simulated),
            alt=fill(
                WORDS,
                language,
                "alt",
                all=number["all", "all"],
                outside=number["all", "outside"],
                signed_up=number["network", "signed_up"],
                not_signed_up=number["comparison", "not_signed_up"],
                withdrawals=withdrawals,
                network=network,
                comparison=comparison,
            ),
        ),
        simulated=simulated,
    )
