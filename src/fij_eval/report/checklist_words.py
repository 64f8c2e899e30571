"""Points of the checklists in a few words of our own, and the answers that a run gives.

Sources of the points: STROBE (von Elm et al. 2007, PLoS Medicine 4(10) e296), TREND (Des Jarlais et
al. 2004, American Journal of Public Health 94(3)), TOP (Nosek et al. 2015, Science 348(6242)). The
last list is what a referee of such a study would ask.
"""

from __future__ import annotations

from fij_eval.report.context import Catalogue

POINTS: Catalogue = {
    "nb": {
        "strobe": "STROBE, observasjonsstudier",
        "trend": "TREND, studier uten tilfeldig tildeling",
        "top": "TOP, åpenhet",
        "referee": "En fagfelles spørsmål",
        "title": "Tittel og sammendrag",
        "background": "Bakgrunn",
        "objectives": "Mål",
        "design": "Design",
        "setting": "Sted og tid",
        "units": "Hvem som er med",
        "variables": "Variabler",
        "sources": "Datakilder og måling",
        "bias": "Skjevheter",
        "size": "Utvalgets størrelse",
        "quantitative": "Tallvariabler",
        "methods": "Statistiske metoder",
        "flow": "Veien fra alle til analyserte",
        "descriptive": "Beskrivende tall og manglende verdier",
        "outcomes": "Utfallet",
        "results": "Hovedresultat",
        "other": "Andre analyser",
        "key": "Hovedfunn",
        "limits": "Begrensninger",
        "interpretation": "Tolkning",
        "general": "Overførbarhet",
        "funding": "Finansiering",
        "recruited": "Deltakere og rekruttering",
        "intervention": "Tiltaket",
        "assignment": "Hvordan gruppene ble til",
        "blinding": "Blinding",
        "unit": "Analyseenhet",
        "recruitment": "Tidspunkt for oppstart",
        "baseline": "Utgangspunktet",
        "equivalence": "Likhet ved utgangspunktet",
        "analysed": "Antall analysert",
        "harms": "Utilsiktede virkninger",
        "evidence": "Samlet kunnskap",
        "cite": "Kildehenvisning for data",
        "data": "Åpne data",
        "code": "Åpen kode",
        "materials": "Åpent materiale",
        "reporting": "Rapportering av design og analyse",
        "registered": "Forhåndsregistrert studie",
        "plan": "Forhåndsbestemt analyseplan",
        "replication": "Etterprøving",
        "r_rise": "Leses oppgangen i nettverket som nettverkets bidrag?",
        "r_base": "Står svaret på én måling før oppstart?",
        "r_scale": "Flytter skalaen svaret?",
        "r_composition": "Flytter botiden svaret?",
        "r_power": "Kan små forskjeller bli oversett?",
        "r_trends": "Hvor ulik utvikling tåler svaret?",
        "r_size": "Slår testen ut for ofte?",
        "r_clusters": "Er det for få klynger?",
        "r_spill": "Smitter nettverket over på naboer?",
        "r_hidden": "Betyr skjulte tall noe?",
        "r_one": "Henger svaret på én kommune?",
        "r_many": "Er det tatt høyde for flere hypoteser?",
        "r_register": "Er det avklart hvem som deltok?",
        "r_truth": "Er metodene prøvd der svaret er kjent?",
        "r_named": "Er personer vernet?",
    },
    "en": {
        "strobe": "STROBE, observational studies",
        "trend": "TREND, non-randomised studies",
        "top": "TOP, openness",
        "referee": "A referee's questions",
        "title": "Title and summary",
        "background": "Background",
        "objectives": "Objectives",
        "design": "Design",
        "setting": "Setting and dates",
        "units": "Who is included",
        "variables": "Variables",
        "sources": "Data sources and measurement",
        "bias": "Bias",
        "size": "Size of the sample",
        "quantitative": "Quantitative variables",
        "methods": "Statistical methods",
        "flow": "From all to those analysed",
        "descriptive": "Descriptive figures and missing values",
        "outcomes": "The outcome",
        "results": "Main result",
        "other": "Other analyses",
        "key": "Key result",
        "limits": "Limitations",
        "interpretation": "Interpretation",
        "general": "Generalisability",
        "funding": "Funding",
        "recruited": "Participants and recruitment",
        "intervention": "The intervention",
        "assignment": "How the groups came about",
        "blinding": "Blinding",
        "unit": "Unit of analysis",
        "recruitment": "Dates of the start",
        "baseline": "Baseline data",
        "equivalence": "Baseline equivalence",
        "analysed": "Numbers analysed",
        "harms": "Unintended consequences",
        "evidence": "Overall evidence",
        "cite": "Citation of data",
        "data": "Open data",
        "code": "Open code",
        "materials": "Open materials",
        "reporting": "Reporting of design and analysis",
        "registered": "Preregistered study",
        "plan": "Analysis plan made beforehand",
        "replication": "Replication",
        "r_rise": "Is the network's rise read as its contribution?",
        "r_base": "Does the answer stand on one measurement before the start?",
        "r_scale": "Does the scale move the answer?",
        "r_composition": "Does residence time move the answer?",
        "r_power": "May small differences go unseen?",
        "r_trends": "How differing trends does the answer stand?",
        "r_size": "Does the test stand out too often?",
        "r_clusters": "Are there too few clusters?",
        "r_spill": "Does the network spill over to neighbours?",
        "r_hidden": "Do hidden cells matter?",
        "r_one": "Does the answer hang on one municipality?",
        "r_many": "Are several hypotheses allowed for?",
        "r_register": "Is it settled who took part?",
        "r_truth": "Are the methods tried where the answer is known?",
        "r_named": "Are persons protected?",
    },
}

ANSWERS: Catalogue = {
    "nb": {
        "title": "Tittelen sier spørsmålet og metoden; sammendraget begynner med spørsmålet og "
        "gir svaret.",
        "background": "Hva som er kjent fra før, er lagt fram før dataene.",
        "objectives": "Spørsmålene står før metoden og besvares ett for ett.",
        "design": "Forskjell-i-forskjeller med {n} kommuner, {treated} av dem i nettverket.",
        "setting": "{months} målinger fra {first} til {last}. Nettverket varte fra {start} til "
        "{end}.",
        "units": "Kommuner med minst {minimum} flyktninger i {reference}: {n_sample} av {all}.",
        "variables": "{variables} variabler med enhet, kilde og definisjon.",
        "sources": "Hver verdi er sporet til en utgave av en kilde.",
        "bias": "Seleksjon, sammensetning, smitte, skjulte tall og ulik utvikling er prøvd. At "
        "kommunene valgte selv, kan ikke prøves.",
        "size": "Minste forskjell som kan påvises, er {mde} prosentpoeng. Det er sagt før "
        "resultatene.",
        "quantitative": "Andelen brukes som den er, på to skalaer. Kjennetegn er fra {reference} "
        "eller før.",
        "methods": "Planen (sjekksum {hash}) sier hva som er hovedanalysen. Usikkerheten er "
        "regnet på flere måter ved siden av hverandre.",
        "flow": "{all} kommuner, {n_sample} analysert; grunnene til at andre er utenfor, er talt.",
        "descriptive": "{missing} av {cells} ruter har ingen andel. Grunnene er talt, og ingen "
        "verdi er fylt inn.",
        "outcomes": "Andelen i jobb er vist for begge grupper ved hver måling.",
        "results": "{estimate} prosentpoeng ({ci}) når hver kommune teller likt.",
        "other": "{specifications} kombinasjoner av valg, andre metoder, grupper og prøver. Alle "
        "er vist.",
        "key": "Trinn {rung} av fire på stigen av svar.",
        "limits": "Det som ikke kan prøves, har et eget avsnitt.",
        "interpretation": "Svaret følger av regler som ble satt på forhånd.",
        "general": "Gjelder kommuner som meldte seg på selv, og flyktninger fra Ukraina i dette "
        "tidsrommet.",
        "open_funding": "Åpent: Kjøringen vet ikke hvem som betaler. Oppdragsgiver og utfører må "
        "føye det til.",
        "recruited": "{signups} påmeldinger på KS’ liste. {confirmed} av dem er bekreftet som "
        "deltakere.",
        "intervention": "{events} hendelser i programmet, etter slag og dato.",
        "assignment": "Kommunene meldte seg på selv. Kjente forhold skiller gruppene i {auc} av "
        "100 par.",
        "blinding": "Ingen var blindet. Reglene for svaret står i planen, og avvik er listet.",
        "unit": "Kommunen. Standardfeil er klynget på kommune, og på fylke som prøve.",
        "recruitment": "Oppstart {kick_offs}.",
        "baseline": "{characteristics} kjennetegn er vist for begge grupper, i nivå og endring.",
        "equivalence": "{unbalanced} av {characteristics} kjennetegn skiller gruppene med mer enn "
        "{large} standardavvik.",
        "analysed": "{n} kommuner i hovedanalysen, {treated} i nettverket.",
        "harms": "Ikke målt for personer. Smitte til nabokommuner er prøvd.",
        "evidence": "Svaret er holdt opp mot det som var kjent, og mot hva bedre data ville gi.",
        "cite": "Hver kilde er navngitt med tabell, utgave og lisens.",
        "data": "Data bak hver figur og tabell ligger inne i PDF-en. Rådata hentes fra kildene.",
        "code": "Programmet er åpent under MIT-lisensen.",
        "materials": "Planen, innstillingene og listen over påmeldte er filer i prosjektet.",
        "reporting": "Sjekklistene her er fylt ut av kjøringen.",
        "open_registered": "Åpent: Kjøringen kjenner ingen registrering i et offentlig register.",
        "plan": "Planen har sjekksum {hash}. Antall avvik: {departures}.",
        "replication": "Samme rådata gir de samme filene. Opphavsfilen har sjekksum for hvert "
        "ledd.",
        "r_rise": "Nei. Begge målingene er etter oppstart, og den samme oppgangen er vist for "
        "andre kommuner.",
        "r_base": "Nei. Grunnperioden er {base}.",
        "r_base_one": "Ja. Grunnperioden er {base}, for det finnes ikke flere målinger.",
        "r_scale": "Fra {scale_low} til {scale_high} prosentpoeng etter skala og justering. "
        "Planen krever at to skalaer er enige.",
        "r_composition": "Fra {composition_none} til {composition_offset} prosentpoeng når det "
        "justeres for botid.",
        "r_power": "Ja. Forskjeller under {mde} prosentpoeng vil ofte ikke bli funnet.",
        "r_trends": "Grenseverdien er {breakdown} ganger det største avviket før oppstart. Null "
        "betyr at intervallet rommer null også uten avvik.",
        "r_size": "Tilfeldige nettverk gir p under {alpha} prosent i {size} prosent av tilfellene.",
        "r_clusters": "{n} kommuner bærer anslaget som {effective} jevnt store ville gjort.",
        "r_spill": "Mot kommuner langt unna er anslaget {far} prosentpoeng.",
        "r_hidden": "Skjulte tall på det laveste og høyeste gir fra {hidden_low} til "
        "{hidden_high} prosentpoeng.",
        "r_one": "Uten én kommune om gangen ligger anslaget fra {leave_low} til {leave_high} "
        "prosentpoeng.",
        "r_many": "De fire hypotesene samlet gir p {joint}.",
        "r_register": "Nei. {confirmed} av {signups} påmeldinger er bekreftet som deltakere.",
        "r_register_settled": "Ja. Alle {signups} påmeldinger er bekreftet som deltakere eller som "
        "trukket.",
        "r_truth": "Ja, i simuleringer med kjent fasit.",
        "r_named": "{not_named} kommuner er ikke navngitt: De har færre enn {minimum} flyktninger, "
        "eller antallet er skjult. Antall under {smallest} er ikke vist.",
    },
    "en": {
        "title": "The title says the question and the method; the summary begins with the "
        "question and gives the answer.",
        "background": "What was known before is told before the data.",
        "objectives": "The questions stand before the method and are answered one by one.",
        "design": "Difference-in-differences with {n} municipalities, {treated} of them in the "
        "network.",
        "setting": "{months} measurements from {first} to {last}. The network lasted from {start} "
        "to {end}.",
        "units": "Municipalities with at least {minimum} refugees in {reference}: {n_sample} of "
        "{all}.",
        "variables": "{variables} variables with unit, source and definition.",
        "sources": "Each value is traced to a vintage of a source.",
        "bias": "Selection, composition, spillover, hidden cells and differing trends are tested. "
        "That municipalities chose to join cannot be tested.",
        "size": "The smallest detectable difference is {mde} percentage points. It is told before "
        "the results.",
        "quantitative": "The share is used as it is, on two scales. Characteristics are of "
        "{reference} or earlier.",
        "methods": "The plan (checksum {hash}) says what the primary analysis is. Uncertainty is "
        "found in several ways side by side.",
        "flow": "{all} municipalities, {n_sample} analysed; the reasons why others are not are "
        "counted.",
        "descriptive": "{missing} of {cells} cells have no share. The reasons are counted, and no "
        "value is filled in.",
        "outcomes": "The share in work is shown for both groups at each measurement.",
        "results": "{estimate} percentage points ({ci}) with each municipality counted the same.",
        "other": "{specifications} combinations of choices, other methods, groups and tests. All "
        "are shown.",
        "key": "Rung {rung} of four on the ladder of answers.",
        "limits": "What cannot be tested has a section of its own.",
        "interpretation": "The answer follows from rules made beforehand.",
        "general": "Holds for municipalities that joined of their own choice, and for refugees "
        "from Ukraine in this period.",
        "open_funding": "Open: The run does not know who pays. It is for those who commission and "
        "carry out the evaluation to add.",
        "recruited": "{signups} sign-ups on KS' list. {confirmed} of them are confirmed as "
        "participants.",
        "intervention": "{events} events in the programme, by kind and date.",
        "assignment": "Municipalities joined of their own choice. Known characteristics tell the "
        "groups apart in {auc} of 100 pairs.",
        "blinding": "Nobody was blinded. The rules for the answer stand in the plan, and "
        "departures are listed.",
        "unit": "The municipality. Standard errors are clustered by municipality, and by county "
        "as a test.",
        "recruitment": "Start {kick_offs}.",
        "baseline": "{characteristics} characteristics are shown for both groups, in level and "
        "change.",
        "equivalence": "{unbalanced} of {characteristics} characteristics set the groups apart by "
        "more than {large} standard deviations.",
        "analysed": "{n} municipalities in the primary analysis, {treated} in the network.",
        "harms": "Not measured for persons. Spillover to neighbouring municipalities is tested.",
        "evidence": "The answer is held against what was known, and against what better data "
        "would give.",
        "cite": "Each source is named with table, vintage and licence.",
        "data": "Data behind each figure and table are inside the PDF. Raw data come from the "
        "sources.",
        "code": "The program is open under the MIT licence.",
        "materials": "The plan, the settings and the list of sign-ups are files of the project.",
        "reporting": "The checklists here are filled in by the run.",
        "open_registered": "Open: The run knows of no registration in a public registry.",
        "plan": "The plan has checksum {hash}. Number of departures: {departures}.",
        "replication": "The same raw data give the same files. The manifest has a checksum for "
        "each step.",
        "r_rise": "No. Both measurements are after the start, and the same rise is shown for "
        "other municipalities.",
        "r_base": "No. The base period is {base}.",
        "r_base_one": "Yes. The base period is {base}, since there are no more measurements.",
        "r_scale": "From {scale_low} to {scale_high} percentage points by scale and adjustment. "
        "The plan asks two scales to agree.",
        "r_composition": "From {composition_none} to {composition_offset} percentage points when "
        "residence time is allowed for.",
        "r_power": "Yes. Differences below {mde} percentage points will often not be found.",
        "r_trends": "The breakdown value is {breakdown} times the largest deviation before the "
        "start. Zero means that the interval includes zero without any deviation.",
        "r_size": "Random networks give p below {alpha} per cent in {size} per cent of the cases.",
        "r_clusters": "{n} municipalities carry the estimate as {effective} of equal weight would.",
        "r_spill": "Against municipalities far away the estimate is {far} percentage points.",
        "r_hidden": "Hidden cells at their lowest and highest give from {hidden_low} to "
        "{hidden_high} percentage points.",
        "r_one": "Without one municipality at a time the estimate lies from {leave_low} to "
        "{leave_high} percentage points.",
        "r_many": "The four hypotheses jointly give p {joint}.",
        "r_register": "No. {confirmed} of {signups} sign-ups are confirmed as participants.",
        "r_register_settled": "Yes. All {signups} sign-ups are confirmed as participants or as "
        "withdrawn.",
        "r_truth": "Yes, in simulations with a known truth.",
        "r_named": "{not_named} municipalities are not named: They have fewer than {minimum} "
        "refugees, or their number is hidden. Counts below {smallest} are not shown.",
    },
}
