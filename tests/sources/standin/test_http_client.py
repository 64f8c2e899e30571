"""The way to the services: hosts, limits, retries and waits, each fault as a service makes it."""

import json
import multiprocessing
import re
from email.utils import format_datetime

import pytest
import standin_server
from standin_server import as_type, compressed, status, trouble

from fij_eval.errors import ServiceError
from fij_eval.settings_live import LiveSettings
from fij_eval.sources.answers import HTML, JSON, StatusError, UnreachableError
from fij_eval.sources.http import Http, retry_after
from fij_eval.sources.ratelimit import RateLimiter


@pytest.fixture
def http(standin, clock, tmp_path):
    def make(**changes):
        live = LiveSettings.model_validate(standin_server.live_settings(standin, **changes))
        limiter = RateLimiter(
            tmp_path / "calls", live.calls_per_minute, wait=clock.wait, now=clock.now
        )
        return Http(live, limiter, wait=clock.wait, now=clock.now)

    standin.page("/thing", b'{"answer": 42}', "application/json; charset=utf-8")
    return make


def test_a_call_says_who_asks_and_brings_the_answer(http, standin):
    answer = http().get(f"{standin.address}/thing", kind=JSON, params={"a": "å"})
    assert json.loads(answer.content) == {"answer": 42}
    (method, path, headers, _), = standin.asked  # fmt: skip
    assert (method, path) == ("GET", "/thing?a=%C3%A5")
    agent = headers["User-Agent"]
    assert re.fullmatch(r"fij-eval/\S+ \(statistical evaluation; statistics@example.org\)", agent)


@pytest.mark.parametrize("asked", ["7", "date"])
def test_retry_after_is_waited_for_in_seconds_or_as_a_date(http, standin, clock, asked):
    from datetime import timedelta

    text = asked if asked != "date" else format_datetime(clock.start + timedelta(seconds=7))
    standin.order("/thing", status(429, retry_after=text))
    assert http().get(f"{standin.address}/thing", kind=JSON).status == 200
    assert sum(clock.waits) == pytest.approx(7, abs=0.01)  # the wait that was asked for, once
    assert len(standin.asked) == 2


def test_429_without_retry_after_waits_the_services_window(http, standin, clock):
    standin.order("/thing", status(429, b'{"title": "Too many requests"}'))
    http().get(f"{standin.address}/thing", kind=JSON)
    assert clock.waits == [60.0]


@pytest.mark.parametrize("kind", ["reset", "short", "chunk", "close", "late"])
def test_a_broken_answer_is_asked_for_again_with_growing_waits(http, standin, clock, kind):
    standin.order("/thing", trouble(kind), times=2)
    answer = http(read_seconds=0.2).get(f"{standin.address}/thing", kind=JSON)
    assert json.loads(answer.content) == {"answer": 42}
    assert clock.waits == [2.0, 4.0]


def test_503_is_tried_again_up_to_the_limit_and_then_said(http, standin, clock):
    standin.order("/thing", status(503), times=99)
    with pytest.raises(UnreachableError, match=r"status 503 \(tries: 4\)"):
        http().get(f"{standin.address}/thing", kind=JSON)
    assert clock.waits == [2.0, 4.0, 8.0]
    assert len(standin.asked) == 4


def test_a_longer_wait_than_the_settings_allow_ends_the_fetch(http, standin, clock):
    standin.order("/thing", status(503, retry_after="3600"))
    with pytest.raises(UnreachableError, match="asks to wait 3600 s"):
        http().get(f"{standin.address}/thing", kind=JSON)
    assert clock.waits == []


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 500])
def test_any_other_refusal_is_final(http, standin, clock, code):
    standin.order("/thing", status(code, b'{"title": "Non-existent value"}'))
    with pytest.raises(StatusError, match=f"status {code}: «Non-existent value»"):
        http().get(f"{standin.address}/thing", kind=JSON)
    assert len(standin.asked) == 1
    assert clock.waits == []


def test_a_refusal_nested_beyond_reading_is_a_refusal(http, standin):
    standin.order("/thing", status(400, b"[" * 100_000))
    with pytest.raises(StatusError, match="status 400"):
        http().get(f"{standin.address}/thing", kind=JSON)


def test_a_refusal_with_an_empty_body_says_so(http, standin):
    standin.order("/thing", status(500))
    with pytest.raises(StatusError, match="says nothing more"):
        http().get(f"{standin.address}/thing", kind=JSON)


@pytest.mark.parametrize(
    "change",
    [
        as_type("text/html", b"<html><body>Vedlikehold</body></html>"),
        as_type("application/json", b"<html><body>Vedlikehold</body></html>"),
        as_type("text/plain"),
        as_type("application/xml", b"<codes/>"),
        as_type("application/json", b""),
    ],
)
def test_something_else_with_status_200_is_refused(http, standin, change):
    standin.order("/thing", change)
    with pytest.raises(ServiceError, match="not with JSON"):
        http().get(f"{standin.address}/thing", kind=JSON)


def test_a_packed_answer_is_unpacked(http, standin):
    standin.order("/thing", compressed)
    answer = http().get(f"{standin.address}/thing", kind=JSON)
    assert json.loads(answer.content) == {"answer": 42}


def test_an_answer_that_unpacks_beyond_the_limit_is_refused(http, standin):
    body = b'{"a": "' + b"x" * (2 << 20) + b'"}'
    standin.page("/large", body, "application/json")
    standin.order("/large", compressed)
    for _ in range(2):  # packed, then with its length stated
        with pytest.raises(ServiceError, match="larger than 1 MB"):
            http(max_megabytes=1).get(f"{standin.address}/large", kind=JSON)


def test_a_redirect_on_an_allowed_host_is_followed(http, standin):
    standin.order("/old", status(301, location="/thing"))
    answer = http().get(f"{standin.address}/old", kind=JSON)
    assert answer.url.endswith("/old")
    assert json.loads(answer.content) == {"answer": 42}


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/thing",
        "http://www.ssb.no/",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
    ],
)
def test_a_redirect_to_another_host_is_refused(http, standin, target):
    standin.order("/thing", status(302, location=target))
    with pytest.raises(ServiceError, match="may not be asked"):
        http().get(f"{standin.address}/thing", kind=JSON)
    assert len(standin.asked) == 1


@pytest.mark.parametrize("target", ["//[", "http://[::1", "https://a[b].no/"])
def test_a_redirect_to_what_is_no_address_is_refused(http, standin, target):
    standin.order("/thing", status(302, location=target))
    with pytest.raises(ServiceError, match=r"sent on to no address|may not be asked"):
        http().get(f"{standin.address}/thing", kind=JSON)


def test_a_circle_of_redirects_ends(http, standin):
    standin.order("/thing", status(302, location="/thing"), times=99)
    with pytest.raises(ServiceError, match="circle"):
        http().get(f"{standin.address}/thing", kind=JSON)


def test_a_request_with_a_body_is_not_turned_into_another(http, standin):
    standin.order("/thing", status(302, location="/elsewhere"))
    with pytest.raises(ServiceError, match="sends the request on"):
        http().post(f"{standin.address}/thing", {}, kind=JSON)


@pytest.mark.parametrize(
    "url", ["http://data.ssb.no/x", "https://example.org/", "https://data.ssb.no.example.org/"]
)
def test_a_host_outside_the_settings_is_never_asked(http, url):
    with pytest.raises(ServiceError, match="may not be asked"):
        http().get(url, kind=HTML)


def test_a_name_that_is_not_found_is_not_waited_for_long(standin, clock, tmp_path):
    host = "nowhere.invalid"  # a name that never exists, by RFC 2606
    settings = standin_server.live_settings(standin, hosts=[host], calls_per_minute=20)
    live = LiveSettings.model_validate(settings)
    limiter = RateLimiter(tmp_path, 20, wait=clock.wait, now=clock.now)
    http = Http(live, limiter, wait=clock.wait, now=clock.now)
    with pytest.raises(UnreachableError, match=r"cannot be reached: .* \(tries: [24]\)"):
        http.get(f"https://{host}/", kind=JSON)


def test_no_more_calls_in_any_minute_than_allowed(tmp_path, clock):
    limiter = RateLimiter(tmp_path, 20, wait=clock.wait, now=clock.now)
    made = []
    for _ in range(65):
        limiter.acquire("data.ssb.no")
        made.append(clock.now())
        clock.seconds += 0.5
    for first in made:
        assert sum(first <= call < first + 60 for call in made) <= 20
    # 65 calls need three full windows, and hardly more
    assert 180 <= made[-1] - made[0] <= 200


def test_another_host_has_a_ledger_of_its_own(tmp_path, clock):
    limiter = RateLimiter(tmp_path, 1, wait=clock.wait, now=clock.now)
    limiter.acquire("data.ssb.no")
    limiter.acquire("www.nav.no")
    assert clock.waits == []


def _take(folder, queue):
    limiter = RateLimiter(folder, 10, wait=_stop)
    taken = 0
    try:
        for _ in range(10):
            limiter.acquire("data.ssb.no")
            taken += 1
    except StopIteration:
        pass
    queue.put(taken)


def _stop(_):
    raise StopIteration


def test_processes_share_the_limit(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_take, args=(tmp_path, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert sum(queue.get(timeout=30) for _ in workers) == 10
    for worker in workers:
        worker.join()


def test_a_service_that_has_no_calls_left_is_left_alone(http, standin, clock):
    standin.order("/thing", status(404, x_ratelimit_remaining="0", x_ratelimit_reset="33"))
    client = http()
    with pytest.raises(StatusError):
        client.get(f"{standin.address}/thing", kind=JSON)
    client.get(f"{standin.address}/thing", kind=JSON)
    assert sum(clock.waits) == pytest.approx(33, abs=0.01)  # what the header said


def test_an_unreadable_ledger_starts_anew(tmp_path, clock):
    (tmp_path / "data.ssb.no.json").write_text("{", encoding="utf-8")
    RateLimiter(tmp_path, 1, wait=clock.wait, now=clock.now).acquire("data.ssb.no")
    assert json.loads((tmp_path / "data.ssb.no.json").read_text(encoding="utf-8"))["calls"]


@pytest.mark.parametrize("text", ["", "soon", "-1", "١", "Thu, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing_is_none(text):
    assert retry_after(text, 0.0) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hosts": ["127.0.0.1"]}, "needs a port"),
        ({"hosts": ["user@data.ssb.no"]}, "not a host name"),
        ({"hosts": ["data.ssb.no"], "calls_per_minute": 31}, "30 or less"),
        ({"contact": "æ"}, "letters that a header cannot carry"),
        ({"nav": {"page": "http://www.nav.no/x", "link": "HL060"}}, "not encrypted"),
        ({"nav": {"page": "ftp://www.nav.no/x", "link": "HL060"}}, "starts with https"),
    ],
)
def test_impossible_settings_are_refused(standin, change, said):
    with pytest.raises(ValueError, match=said):
        LiveSettings.model_validate(standin_server.live_settings(standin, **change))
