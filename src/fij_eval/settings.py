"""Typed settings: what ``config.yaml`` may hold, checked before anything runs.

An unknown key, a wrong type or an impossible value is one line each, with the key's path and, where
there is a near one, a suggestion. A rule hands a command only the parts that it depends on, as JSON
(``part_of``), and the command reads them back checked (``parts``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fij_eval.artefacts import unique_keys
from fij_eval.errors import SettingsError
from fij_eval.months import is_month, month_number
from fij_eval.settings_analysis import InferenceSettings, PersonsSettings, RobustnessSettings
from fij_eval.settings_bench import BenchSettings
from fij_eval.settings_faults import checked
from fij_eval.settings_live import ArchiveSettings, LiveSettings
from fij_eval.settings_part import Part
from fij_eval.settings_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fij_eval.settings_faults import Model

Mode = Literal["demo", "live", "archive"]
Language = Literal["nb", "en"]
Estimand = Literal["municipality_average", "person_average"]
PlanStatus = Literal["primary", "secondary", "exploratory"]


def _month(value: object) -> str:
    text = str(value)
    if not is_month(text):
        raise ValueError("is not a month written YYYY-MM")
    return text


def _municipality(value: object) -> str:
    text = str(value)
    if not (isinstance(value, str) and len(text) == 4 and text.isdigit()):
        raise ValueError('is not a municipality code written as four digits in quotes, as "0301"')
    return text


Month = Annotated[str, BeforeValidator(_month)]
MunicipalityCode = Annotated[str, BeforeValidator(_municipality)]


def _window(value: str) -> str:
    if value not in ("window", "all_pre", "all_post") and not is_month(value):
        raise ValueError("is neither a named window nor a month written YYYY-MM")
    return value


Window = Annotated[str, BeforeValidator(str), AfterValidator(_window)]

_BaseCovariate = Literal[
    "log_population",
    "size_group",
    "region",
    "unemployment_rate",
    "refugees_per_capita",
    "centrality",
]
#: The last one is dated after kick-off by intent: see `fij_eval.effects.settlement`.
_CurrentCovariate = Literal["unemployment_rate_now", "log_population_now", "expected_share"]
Covariate = Literal[_BaseCovariate, _CurrentCovariate]
BASE_COVARIATES: tuple[str, ...] = get_args(_BaseCovariate)
CURRENT_COVARIATES: tuple[str, ...] = get_args(_CurrentCovariate)


class DataSettings(Part):
    """Which data are used."""

    snapshots: Annotated[tuple[Month, ...], Field(min_length=2)]
    register_file: Annotated[str, Field(alias="register", min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> DataSettings:
        if len(set(self.snapshots)) < len(self.snapshots):
            raise ValueError("snapshots: a month stands twice")
        if list(self.snapshots) != sorted(self.snapshots):
            raise ValueError("snapshots: months do not stand in order")
        return self


class StatbankSelection(Part):
    """Values asked for of one variable: codes or expressions, and a code list if one is used."""

    values: Annotated[tuple[str, ...], Field(min_length=1)]
    codelist: str = ""


class StatbankTable(Part):
    """A Statbank table that feeds one variable: which table, what of it, what it becomes."""

    table: Annotated[str, Field(pattern=r"^\d{5}$")]
    selection: dict[str, StatbankSelection]
    unit: Annotated[str, Field(min_length=1)]
    becomes: Annotated[str, Field(min_length=1)]


TableRole = Literal[
    "population_yearly",
    "population_quarterly",
    "immigrants",
    "immigration",
    "labour_status",
    "outcome",
]
#: Roles that need no table: the outcome comes from the SSB article as long as Statbank has none.
OPTIONAL_ROLES = ("outcome",)


class DemoSettings(Part):
    """The embedded default's simulated world."""

    effect_pp: Annotated[float, Field(ge=-20, le=20)]
    phase_in_months: Annotated[int, Field(ge=0, le=36)]
    hide_below: Annotated[int, Field(ge=0, le=10)]
    share_decimals: Annotated[int, Field(ge=0, le=3)]
    revised_months: tuple[Month, ...] = ()


class NetworkSettings(Part):
    """The network and who counts as treated."""

    start: Month
    end: Month
    treated: Literal["itt", "participants"]
    excluded: tuple[MunicipalityCode, ...]

    @model_validator(mode="after")
    def _ordered(self) -> NetworkSettings:
        if month_number(self.end) <= month_number(self.start):
            raise ValueError("end does not lie after start")
        return self


class SampleSettings(Part):
    """Units of the analysis."""

    minimum_residents: Annotated[int, Field(ge=0)]
    reference_month: Month


class WindowSettings(Part):
    """Base and post windows in months."""

    base_months: Annotated[int, Field(ge=1, le=48)]
    post_from_months: Annotated[int, Field(ge=0, le=48)]


class Specification(Part):
    """One specification of an estimate."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    estimator: Literal["did_2x2", "twfe", "event_study"]
    estimand: Estimand
    covariates: tuple[Covariate, ...] = ()
    base: Window = "window"
    post: Window = "window"
    plan: PlanStatus = "exploratory"

    @model_validator(mode="after")
    def _possible(self) -> Specification:
        if self.estimator == "did_2x2" and self.covariates:
            raise ValueError("did_2x2 takes no covariates: use twfe")
        if self.estimator == "event_study" and not is_month(self.base):
            raise ValueError("event_study needs a month as base")
        if self.base == "all_post" or self.post == "all_pre":
            raise ValueError("base lies before kick-off and post after it")
        if len(set(self.covariates)) < len(self.covariates):
            raise ValueError("a covariate stands twice")
        return self


class ReportSettings(Part):
    """What the documents say of themselves."""

    status: Literal["preliminary", "final"]


class Settings(Part):
    """All settings of a run."""

    mode: Mode
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    data: DataSettings
    tables: dict[TableRole, StatbankTable]
    live: LiveSettings
    archive: ArchiveSettings
    demo: DemoSettings
    network: NetworkSettings
    sample: SampleSettings
    windows: WindowSettings
    inference: InferenceSettings
    robustness: RobustnessSettings
    persons: PersonsSettings
    specifications: Annotated[tuple[Specification, ...], Field(min_length=1)]
    bench: BenchSettings = BenchSettings()
    report: ReportSettings

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if absent := [
            role for role in get_args(TableRole) if role not in (*self.tables, *OPTIONAL_ROLES)
        ]:
            raise ValueError(f"tables: the table «{absent[0]}» is missing")
        ids = [s.id for s in self.specifications]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"specifications: the id «{twice[0]}» stands twice")
        if month_number(self.sample.reference_month) >= month_number(self.network.start):
            raise ValueError("sample.reference_month does not lie before network.start")
        if unknown := set(self.demo.revised_months) - set(self.data.snapshots):
            raise ValueError(f"demo.revised_months: {min(unknown)} is not in data.snapshots")
        for spec in self.specifications:
            for name in ("base", "post"):
                month = getattr(spec, name)
                if is_month(month) and month not in self.data.snapshots:
                    raise ValueError(
                        f"specifications: {name} {month} of «{spec.id}» is not in data.snapshots"
                    )
        return self


class Parts(Part):
    """Some parts of the settings, as a rule hands them to a command."""

    mode: Mode | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    languages: tuple[Language, ...] | None = None
    data: DataSettings | None = None
    tables: dict[TableRole, StatbankTable] | None = None
    live: LiveSettings | None = None
    archive: ArchiveSettings | None = None
    demo: DemoSettings | None = None
    network: NetworkSettings | None = None
    sample: SampleSettings | None = None
    windows: WindowSettings | None = None
    inference: InferenceSettings | None = None
    robustness: RobustnessSettings | None = None
    persons: PersonsSettings | None = None
    specifications: tuple[Specification, ...] | None = None
    bench: BenchSettings | None = None
    report: ReportSettings | None = None

    def of(self, name: str) -> Any:  # noqa: ANN401 -- the type of the part that is named
        """The part with this name.

        Raises:
            SettingsError: If the command was not given it.
        """
        value = getattr(self, name)
        if value is None:
            raise SettingsError(
                f"The command needs the part «{name}» of the settings",
                where="--settings",
                remedy=f'add "{name}": … to the JSON after --settings, or name a config.yaml there',
            )
        return value


def load(path: Path) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: If the file cannot be read, or anything in it is wrong.
    """
    return check(read_yaml(path), where=str(path))


def check(content: object, *, where: str) -> Settings:
    """Settings from what was read, every fault named in one line.

    Raises:
        SettingsError: If anything is wrong.
    """
    return _checked(Settings, content, where=where)


def effective(settings: Settings) -> dict[str, Any]:
    """The settings as plain values, under the keys that ``config.yaml`` uses."""
    return settings.model_dump(mode="json", by_alias=True)


def part_of(settings: Settings, names: Iterable[str]) -> str:
    """The named parts as one line of JSON, for ``--settings`` of a command."""
    content = effective(settings)
    return as_json({name: content[name] for name in names})


def as_json(content: object) -> str:
    """One line of JSON that is the same for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parts(text: str) -> Parts:
    """Parts of the settings from a command's ``--settings``.

    Args:
        text: JSON with some parts, or the path of a whole settings file.

    Raises:
        SettingsError: If it is neither, or anything in it is wrong.
    """
    return _checked(Parts, given(text), where="--settings")


def given(text: str) -> dict[str, Any]:
    """The plain values behind a command's ``--settings``, for the record of what it was given.

    Raises:
        SettingsError: If it is neither JSON with parts nor the path of a settings file.
    """
    if not text.lstrip().startswith("{"):
        return effective(load(Path(text)))
    try:
        content: dict[str, Any] = json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"The settings are not JSON ({error})",
            where="--settings",
            remedy="copy the command as Snakemake prints it, or name a config.yaml",
        ) from error
    return content


def _checked(model: type[Model], content: object, *, where: str) -> Model:
    return checked(model, content, where=where, whole=Settings, file="config.yaml")
