"""A page to explore from the made-up panel, with names that try to be more than text."""

import figure_worlds as worlds

from fij_eval.report import explorer, explorer_data
from fij_eval.report.colophon import Colophon, Source

HOSTILE = {
    "4601": "<img src=x onerror=\"document.title='taken'\">",
    "4602": "</script><script>document.title='taken'</script>",
    "4611": '=HYPERLINK("http://example.org";"klikk")',
    "4612": "{{script}}{{data}} \u2028 &lt;b&gt; 'x' \"y\"",
}


def colophon(*, simulated=True):
    return Colophon(
        title="Flyktninger i jobb <b>rapport</b>",
        build_id="0123456789ab",
        data_as_of="12. mars 2026",
        status="Foreløpig rapport",
        version="0.1.0",
        banner="Demonstrasjon: sysselsetting er simulert" if simulated else "",
        sources=(Source("SSB <script>", "12. mars 2026", "CC BY 4.0"),),
        definitions=(("I jobb", "Lønnstaker & registrert"),),
        signs=((":", "tall vises ikke"),),
        licence="CC BY 4.0",
    )


def page(language="nb", *, hostile=True, simulated=True):
    panel = worlds.panel(simulated=simulated)
    if hostile:
        names = panel["municipality_code"].map(HOSTILE)
        panel["municipality_name"] = names.fillna(panel["municipality_name"]).astype("str")
        panel["county_name"] = panel["county_name"].replace("Rogaland", "<b>Rogaland</b>")
    context = worlds.context(language)
    estimates = [worlds.records(name) for name in ("main", "event_study")]
    data = explorer_data.payload(panel, worlds.records("description"), estimates, context)
    return explorer.page(data, colophon(simulated=simulated), context)
