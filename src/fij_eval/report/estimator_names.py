"""What the other estimators and scales are called in figures and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fij_eval.report.context import Catalogue, fill

if TYPE_CHECKING:
    from fij_eval.settings import Language

WORDS: Catalogue = {
    "nb": {
        "plan": "Planens analyse",
        "plan_pp": "Planens analyse, prosentpoeng",
        "plan_logit": "Planens analyse, logit",
        "group_time_reg": "Gruppe og tid, regresjon",
        "group_time_ipw": "Gruppe og tid, vekter",
        "group_time_dr": "Gruppe og tid, dobbelt robust",
        "imputation": "Imputering",
        "imputation_adjusted": "Imputering, justert",
        "ancova": "ANCOVA (andelen før som forklaring)",
        "ancova_did": "Samme modell uten andelen før",
        "entropy_balancing": "Entropibalansering",
        "matching": "Matching på kjennetegn",
        "synthetic_did": "Syntetisk forskjell-i-forskjeller",
        "identity": "Prosentpoeng",
        "fractional_logit": "Logit",
        "log": "Forholdstall",
        "binomial": "Logit, vektet med månedens flyktninger",
        "poisson_offset": "Poisson med flyktninger som offset",
        "raw": "{what}, uten justering",
        "adjusted": "{what}, justert",
    },
    "en": {
        "plan": "The planned analysis",
        "plan_pp": "The planned analysis, percentage points",
        "plan_logit": "The planned analysis, logit",
        "group_time_reg": "Group-time, regression",
        "group_time_ipw": "Group-time, weighting",
        "group_time_dr": "Group-time, doubly robust",
        "imputation": "Imputation",
        "imputation_adjusted": "Imputation, adjusted",
        "ancova": "ANCOVA (earlier share as covariate)",
        "ancova_did": "The same model without the earlier share",
        "entropy_balancing": "Entropy balancing",
        "matching": "Matching on characteristics",
        "synthetic_did": "Synthetic difference-in-differences",
        "identity": "Percentage points",
        "fractional_logit": "Logit",
        "log": "Ratio",
        "binomial": "Logit, weighted by the month's refugees",
        "poisson_offset": "Poisson with refugees as offset",
        "raw": "{what}, without adjustment",
        "adjusted": "{what}, adjusted",
    },
}

#: Estimators in the order that readers meet them: name, and what follows the estimand in the key.
ESTIMATORS = (
    ("group_time_reg", "group_time_reg.{e}.att"),
    ("group_time_ipw", "group_time_ipw.{e}.att"),
    ("group_time_dr", "group_time_dr.{e}.att"),
    ("imputation", "imputation.{e}.att"),
    ("imputation_adjusted", "imputation_adjusted.{e}.att"),
    ("ancova", "ancova.{e}.att"),
    ("ancova_did", "ancova.{e}.did"),
    ("entropy_balancing", "entropy_balancing.{e}.att"),
    ("matching", "matching.{e}.att"),
    ("synthetic_did", "synthetic_did.{e}.att"),
)
#: Scales, likewise; the last two are for the person average alone.
SCALES = ("identity", "fractional_logit", "log", "binomial", "poisson_offset")


def estimator(name: str, language: Language) -> str:
    """The name of an estimator or scale."""
    return fill(WORDS, language, name)


def key_of(pattern: str, estimand: str) -> str:
    """Key of an estimator's record for an estimand."""
    return "estimators." + pattern.format(e=estimand)


def scale(name: str, kind: str, language: Language) -> str:
    """The name of a scale with or without adjustment (``raw`` or ``adjusted``)."""
    return fill(WORDS, language, kind, what=fill(WORDS, language, name))
