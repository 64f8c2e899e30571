"""Asking a service: one session, allowed hosts only, limits, retries, and errors in words.

TLS is always verified. 429, 503, gateways' 502 and 504, broken connections, time-outs and bodies
that were cut off are tried again with growing waits; any other status is final.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests

import fij_eval
from fij_eval.errors import ServiceError
from fij_eval.settings_live import is_loopback
from fij_eval.sources.answers import Answer, Kind, UnreachableError, checked, cut_off

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fij_eval.settings_live import LiveSettings
    from fij_eval.sources.ratelimit import RateLimiter

_LOG = logging.getLogger(__name__)

RETRIED = (429, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
#: Waits after a broken connection: this many seconds, then twice as long each time.
FIRST_WAIT = 2.0
#: A host's name that is not found is looked up so often.
TRIES_WITHOUT_NAME = 2
#: Wait after 429 without Retry-After: the window that Statbank counts over.
WAIT_429 = 60.0
#: An answer may take so many times the wait for its next bytes.
PATIENCE = 10
CHUNK = 1 << 16
#: Response headers kept in the archive.
KEPT_HEADERS = (
    "content-type",
    "date",
    "etag",
    "last-modified",
    "x-ratelimit-limit",
    "x-ratelimit-policy",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)


class _BrokenError(Exception):
    """A try that may be repeated."""


class _NoNameError(_BrokenError):
    """A host's name leads nowhere: this machine has hardly any network, and waiting is in vain."""


class Http:
    """The one way to the services.

    Args:
        live: Hosts, limits and pauses.
        limiter: Counts calls over processes.
        wait: Waits so many seconds; replaced in tests.
        now: The time in seconds; replaced in tests.
    """

    def __init__(
        self,
        live: LiveSettings,
        limiter: RateLimiter,
        *,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._live = live
        self._limiter = limiter
        self._wait = wait
        self._now = now
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent(live.contact)

    def get(self, url: str, *, kind: Kind, params: Mapping[str, str] | None = None) -> Answer:
        """GET an address.

        Raises:
            ServiceError: If the host is not allowed, or the answer is refused, wrong or too large.
        """
        return self._ask("GET", url, kind=kind, params=params)

    def post(
        self,
        url: str,
        body: Mapping[str, Any],
        *,
        kind: Kind,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST a JSON body to an address; see ``get``."""
        return self._ask("POST", url, kind=kind, params=params, body=body)

    def _ask(
        self,
        method: str,
        url: str,
        *,
        kind: Kind,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        asked = requests.Request(method, url, params=params).prepare().url or url
        problem = ""
        tries = self._live.attempts
        for attempt in range(1, tries + 1):
            try:
                answer = self._once(method, asked, kind, body)
            except _BrokenError as error:
                problem, wait = str(error), FIRST_WAIT * 2 ** (attempt - 1)
                if isinstance(error, _NoNameError) and attempt >= TRIES_WITHOUT_NAME:
                    tries = attempt
                    break
            else:
                if answer.status not in RETRIED:
                    return checked(answer, kind)
                problem = f"it answered with status {answer.status}"
                wait = self._asked_wait(answer, attempt)
            wait = min(wait, float(self._live.longest_wait))
            if attempt < tries:
                _LOG.warning("%s: %s; trying again in %.0f s", asked, problem, wait)
                self._wait(wait)
        raise UnreachableError(
            f"The service cannot be reached: {problem} (tries: {tries})",
            where=asked,
            remedy="see that this machine has a connection to the internet, and start again later",
        )

    def _asked_wait(self, answer: Answer, attempt: int) -> float:
        """How long to wait after a refusal that will pass, and others with us if it says so."""
        asked = retry_after(answer.headers.get("retry-after", ""), self._now())
        if asked is None:
            return WAIT_429 if answer.status == 429 else FIRST_WAIT * 2 ** (attempt - 1)
        if asked > self._live.longest_wait:
            raise UnreachableError(
                f"The service asks to wait {asked:.0f} s, longer than the settings allow",
                where=answer.url,
                remedy="start again later, or raise live.longest_wait in config.yaml",
            )
        self._limiter.hold(urlsplit(answer.url).netloc, asked)
        return asked

    def _once(self, method: str, url: str, kind: Kind, body: Mapping[str, Any] | None) -> Answer:
        """One try, redirects followed."""
        place = url
        for _ in range(MOST_REDIRECTS + 1):
            answer, target = self._exchange(method, place, kind, body)
            if target is None:
                return Answer(
                    url=url,
                    status=answer.status,
                    content=answer.content,
                    content_type=answer.content_type,
                    headers=answer.headers,
                )
            if method == "POST" and answer.status not in (307, 308):
                raise ServiceError(
                    f"The service sends the request on to {target}",
                    where=place,
                    remedy="if the service has moved, correct its address under live in "
                    "config.yaml",
                )
            place = target
        raise ServiceError(
            "The service sends the request round in a circle",
            where=url,
            remedy="correct the address under live in config.yaml",
        )

    def _exchange(
        self, method: str, url: str, kind: Kind, body: Mapping[str, Any] | None
    ) -> tuple[Answer, str | None]:
        """One call: the answer, and where it sends us on to."""
        host = self._allowed(url)
        self._limiter.acquire(host)
        _LOG.info("%s %s", method, url)
        # No proxy stands between this machine and itself.
        self._session.trust_env = not is_loopback(host)
        begun = self._now()
        try:
            with self._session.request(
                method,
                url,
                json=None if body is None else dict(body),
                headers={"Accept": ", ".join((*kind.types, "*/*;q=0.1"))},
                timeout=(self._live.connect_seconds, self._live.read_seconds),
                allow_redirects=False,
                stream=True,
                verify=True,
                auth=_no_login,
            ) as response:
                content = self._body(response, url, begun)
        except requests.exceptions.SSLError as error:
            raise ServiceError(
                f"The service's certificate is not accepted ({_short(error)})",
                where=url,
                remedy="see that the clock of this machine is right and that no filter stands "
                "between; the check is never switched off",
            ) from error
        except requests.exceptions.Timeout as error:
            raise _BrokenError("it did not answer in time") from error
        except (
            requests.exceptions.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            if "NameResolutionError" in str(error):
                raise _NoNameError(f"the name {host} is not found") from error
            raise _BrokenError(f"the connection broke ({_short(error)})") from error
        except (requests.exceptions.RequestException, ValueError) as error:
            # ValueError: requests looks at a redirect's target, and «//[» is no address
            raise ServiceError(
                f"The request cannot be sent, or is sent on to no address ({_short(error)})",
                where=url,
                remedy="correct the address under live in config.yaml",
            ) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._heed(host, headers)
        answer = Answer(
            url=url,
            status=response.status_code,
            content=content,
            content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            headers={
                name: headers[name] for name in (*KEPT_HEADERS, "retry-after") if name in headers
            },
        )
        if answer.status in REDIRECTS and "location" in headers:
            return answer, urljoin(url, headers["location"])
        if answer.status == 200 and cut_off(answer, kind):
            raise _BrokenError("the answer is cut off")
        return answer, None

    def _body(self, response: requests.Response, url: str, begun: float) -> bytes:
        """The body, refused when it grows too large, given up when it takes too long."""
        most = self._live.max_megabytes * 2**20
        stated = response.headers.get("Content-Length", "")
        if stated.isdigit() and int(stated) > most:
            raise _too_large(url, most)
        parts, size = [], 0
        for part in response.iter_content(CHUNK):
            size += len(part)
            if size > most:
                raise _too_large(url, most)
            if self._now() - begun > PATIENCE * self._live.read_seconds:
                raise _BrokenError("the answer did not come to an end")
            parts.append(part)
        return b"".join(parts)

    def _heed(self, host: str, headers: Mapping[str, str]) -> None:
        """Let everybody wait when the service says that no calls are left."""
        if headers.get("x-ratelimit-remaining", "").strip() == "0":
            reset = headers.get("x-ratelimit-reset", "").strip()
            seconds = float(reset) if reset.isdigit() else WAIT_429
            self._limiter.hold(host, min(seconds, self._live.longest_wait))

    def _allowed(self, url: str) -> str:
        """The host of an address, if it may be asked."""
        parts = urlsplit(url)
        host = parts.netloc.lower()
        secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        if not secure or host not in self._live.hosts:
            raise ServiceError(
                f"The address {parts.scheme}://{host} may not be asked",
                where=url,
                remedy="if it is right, add its host to live.hosts in config.yaml (https only)",
            )
        return host


def user_agent(contact: str) -> str:
    """Who asks: this program, its version, and how to reach who runs it."""
    reach = f"; {contact.strip()}" if contact.strip() else ""
    return f"fij-eval/{fij_eval.__version__} (statistical evaluation{reach})"


def retry_after(text: str, now: float) -> float | None:
    """Seconds that a ``Retry-After`` asks for, given as seconds or as a date; None if neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no name and password, whatever a .netrc holds."""
    return request


def _short(error: Exception) -> str:
    """What broke, without the machinery's own words around it."""
    cause: object = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    return " ".join(f"{type(reason).__name__}: {reason}".split())[:160]


def _too_large(url: str, most: int) -> ServiceError:
    return ServiceError(
        f"The answer is larger than {most // 2**20} MB",
        where=url,
        remedy="check that it is the address that was meant; the limit is live.max_megabytes",
    )
