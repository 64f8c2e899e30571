"""Licence and attribution of what each service publishes, as an entry of the archive states it."""

SSB = "CC BY 4.0. Kilde: Statistisk sentralbyrå (ssb.no)"
NAV = "CC BY 4.0. Kilde: NAV"
IMDI = "Kilde: IMDi"
KARTVERKET = "CC BY 4.0. © Kartverket"
