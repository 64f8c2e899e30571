"""Settings of the live services and of the archive: addresses, limits, and whom to ask."""

from __future__ import annotations

import ipaddress
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from fij_eval.settings_part import Part

#: Most calls a minute to a service on the internet; Statbank's guide says 30.
MOST_CALLS = 30


def is_loopback(netloc: str) -> bool:
    """Whether ``host`` or ``host:port`` is this machine itself."""
    name = urlsplit(f"//{netloc}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _host(value: str) -> str:
    parts = urlsplit(f"//{value}")
    if parts.netloc != value or not parts.hostname or "@" in value or value != value.lower():
        raise ValueError("is not a host name in small letters, as data.ssb.no")
    if is_loopback(value) and parts.port is None:
        raise ValueError("is this machine itself, which needs a port")
    return value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("is not an address that starts with https:// and has no question mark")
    if "@" in parts.netloc:
        raise ValueError("holds a name or password, which would stand in logs and archive")
    if parts.scheme == "http" and not is_loopback(parts.netloc):
        raise ValueError("is not encrypted: use https://")
    return value


def _address_or_none(value: str) -> str:
    return _address(value) if value else ""


Host = Annotated[str, AfterValidator(_host)]
Address = Annotated[str, AfterValidator(_address)]
#: Empty: nothing is fetched, and only files in data/manual are used.
AddressOrNone = Annotated[str, AfterValidator(_address_or_none)]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class StatbankService(Part):
    """Statbank's two interfaces."""

    api: Literal["v2", "v1"]
    address: Address
    address_v1: Address
    max_cells: Annotated[int, Field(ge=1, le=800_000)]


class Correspondence(Part):
    """A correspondence between two classifications at a date."""

    source: Annotated[int, Field(ge=1)]
    target: Annotated[int, Field(ge=1)]
    date: Date


class KlassService(Part):
    """KLASS, and the span of codes that is asked for."""

    address: Address
    from_date: Annotated[Date, Field(alias="from")]
    to_date: Annotated[Date, Field(alias="to")]
    correspondences: tuple[Correspondence, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> KlassService:
        if self.from_date >= self.to_date:
            raise ValueError("to does not lie after from")
        return self


class PageService(Part):
    """A service that is one page."""

    page: AddressOrNone


class NavService(Part):
    """NAV's page, and what the address or the text of a link to the workbook holds."""

    page: AddressOrNone
    link: Annotated[str, Field(min_length=2)]


class ImdiService(Part):
    """IMDi's pages, one a year."""

    page: Address
    years: Annotated[tuple[Annotated[int, Field(ge=2000, le=2100)], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _templated(self) -> ImdiService:
        if "{year}" not in self.page:
            raise ValueError("page does not hold {year}")
        return self


class LiveSettings(Part):
    """How the services are asked."""

    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    contact: str
    calls_per_minute: Annotated[int, Field(ge=1, le=10_000)]
    connect_seconds: Annotated[float, Field(gt=0, le=300)]
    read_seconds: Annotated[float, Field(gt=0, le=600)]
    attempts: Annotated[int, Field(ge=1, le=20)]
    longest_wait: Annotated[int, Field(ge=1, le=3600)]
    max_megabytes: Annotated[int, Field(ge=1, le=60)]
    round_hours: Annotated[int, Field(ge=1, le=72)]
    statbank: StatbankService
    klass: KlassService
    ssb_article: PageService
    nav: NavService
    imdi: ImdiService
    kartverket: PageService

    @model_validator(mode="after")
    def _careful(self) -> LiveSettings:
        local = all(is_loopback(host) for host in self.hosts)
        if self.calls_per_minute > MOST_CALLS and not local:
            raise ValueError(f"calls_per_minute should be {MOST_CALLS} or less")
        if any(ord(c) < 32 or ord(c) > 126 for c in self.contact):
            raise ValueError("contact holds letters that a header cannot carry: use a-z")
        return self


class ArchiveSettings(Part):
    """Where an archive comes from in the mode ``archive``."""

    bundle: str

    @model_validator(mode="after")
    def _within(self) -> ArchiveSettings:
        path = PurePosixPath(self.bundle)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("bundle is not a path within the project's folder")
        return self
