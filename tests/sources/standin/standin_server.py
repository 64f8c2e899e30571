"""All services on one loopback port, as documented, with faults to order."""

import gzip
import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import standin_statbank as statbank

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
#: Letters of an address, beyond which Statbank says that there is no such page.
LONGEST_ADDRESS = 2_100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Reply:
    """An answer: what is sent, and what goes wrong on the way."""

    body: bytes = b""
    content_type: str = JSON
    status: int = 200
    headers: dict = field(default_factory=dict)
    #: late | reset | short | chunk | close: hold it back, break the connection, end too early
    trouble: str = ""


@dataclass
class Fault:
    """So many times, a request whose path holds `path` gets another reply.

    `change` makes the reply from the right one.
    """

    path: str
    change: object
    times: int = 1


def status(code, body=b"", content_type="application/problem+json", **headers):
    """A refusal in place of the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(body, content_type, code, named)


def trouble(kind):
    """The right answer, with trouble on the way."""
    return lambda reply: Reply(reply.body, reply.content_type, reply.status, reply.headers, kind)


def as_type(content_type, body=None):
    """Another type, and perhaps another body, with status 200."""
    return lambda reply: Reply(
        reply.body if body is None else body, content_type, 200, reply.headers
    )


def compressed(reply):
    """The right answer, packed."""
    headers = reply.headers | {"Content-Encoding": "gzip"}
    return Reply(gzip.compress(reply.body), reply.content_type, 200, headers)


def latin1(reply):
    """The right page in ISO-8859-1."""
    text = reply.body.decode("utf-8").encode("iso-8859-1", errors="xmlcharrefreplace")
    return Reply(text, "text/html; charset=iso-8859-1", 200, reply.headers)


class StandIn:
    """What the services hold, what was asked of them, and which faults are ordered."""

    def __init__(self):
        self.tables = {}
        self.pages = {}
        self.faults = []
        self.asked = []
        self.met = 0
        self.limit = 800_000
        self.address = ""
        self.host = ""
        self._lock = threading.Lock()

    def order(self, path, change, times=1):
        """Order a fault."""
        self.faults.append(Fault(path, change, times))

    def page(self, path, body, content_type=HTML, **headers):
        """Put a page where it is served."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Reply(body, content_type, 200, named)

    def paths(self):
        """Paths asked for, in order, without queries."""
        return [f"{method} {urlsplit(path).path}" for method, path, _, _ in self.asked]

    def reply(self, method, path, headers, body):
        """The reply to a request."""
        with self._lock:
            self.asked.append((method, path, headers, body))
            right = self._right(method, path, headers, body)
            for fault in self.faults:
                if fault.times and fault.path in f"{method} {path}":
                    fault.times -= 1
                    self.met += 1
                    return fault.change(right)
            return right

    def _right(self, method, path, headers, body):
        if len(path) > LONGEST_ADDRESS:
            return Reply(b"", "text/html", 404)
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        try:
            if parts.path.startswith("/pxwebapi/v2/"):
                return self._v2(method, parts.path.split("/")[3:], query, body)
            if parts.path.startswith("/v0/no/table"):
                return self._v1(method, parts.path.split("/")[4:], query, body)
        except statbank.Refusal as refusal:
            problem = json.dumps({"title": refusal.title, "status": refusal.status}).encode()
            empty = refusal.status == 500
            return Reply(b"" if empty else problem, "application/problem+json", refusal.status)
        if parts.path.startswith("/klass/") and "application/json" not in headers["Accept"]:
            return Reply(b"<?xml version='1.0'?><codeList/>", "application/xml")
        return self.pages.get(path) or self.pages.get(parts.path) or Reply(b"", "text/html", 404)

    def _v2(self, method, words, query, body):
        match (method, words):
            case ("GET", ["tables"]):
                word = query["query"].casefold()
                rows = [t.info(n) for n, t in self.tables.items() if word in t.label.casefold()]
                return _json({"language": "no", "tables": rows, "page": {"totalPages": 1}})
            case ("GET", ["tables", number]):
                return _json(self._table(number).info(number))
            case ("GET", ["tables", number, "metadata"]):
                return _json(self._table(number).metadata())
            case ("GET", ["codelists", name]):
                for table in self.tables.values():
                    if table.is_aggregated and table.aggregated == name:
                        return _json(table.codelist())
            case ("POST", ["tables", number, "data"]):
                if query.get("outputFormat") != "json-stat2":
                    raise statbank.Refusal(400, "Unsupported output format")
                table = self._table(number)
                return _json(statbank.select_v2(table, json.loads(body), limit=self.limit))
            case ("GET", ["tables", number, "data"]):
                body = statbank.selection_of(query)
                return _json(statbank.select_v2(self._table(number), body, limit=self.limit))
        raise statbank.Refusal(404, "Not found")

    def _v1(self, method, words, query, body):
        match (method, words):
            case ("GET", [""]):
                word = query["query"].casefold()
                return _json(
                    [
                        {"id": n, "path": "/", "title": t.label, "published": t.updated}
                        for n, t in self.tables.items()
                        if word in t.label.casefold()
                    ]
                )
            case ("GET", [number]):
                return _json(statbank.metadata_v1(self._table(number)))
            case ("POST", [number]):
                table = self._table(number)
                return _json(statbank.select_v1(table, json.loads(body), limit=self.limit))
        raise statbank.Refusal(404, "Not found")

    def _table(self, number):
        if number not in self.tables:
            raise statbank.Refusal(404, "Non-existent table")
        return self.tables[number]


def _json(content):
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(body, JSON, 200, {"X-RateLimit-Policy": "40;w=60s", "X-RateLimit-Remaining": "39"})


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A connection that was broken on order is no fault to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin = None
    closing = None

    def do_GET(self):
        self._answer("GET", b"")

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        self._answer("POST", self.rfile.read(size))

    def log_message(self, *_):
        pass

    def _answer(self, method, body):
        reply = self.standin.reply(method, self.path, dict(self.headers), body)
        if reply.trouble == "late":
            self.closing.wait(5)
            self.close_connection = True
            return
        if reply.trouble == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        half = reply.body[: len(reply.body) // 2]
        match reply.trouble:
            case "short":
                self.send_header("Content-Length", str(len(reply.body)))
                self._end(half)
            case "chunk":
                self.send_header("Transfer-Encoding", "chunked")
                self._end(f"{len(reply.body):x}\r\n".encode() + half)
            case "close":
                self.send_header("Connection", "close")
                self._end(half)
            case _:
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

    def _end(self, body):
        """Send the headers and this much, and hang up."""
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


@contextmanager
def running(standin=None):
    """A stand-in that listens on a free port of the loopback."""
    standin = standin or StandIn()
    closing = threading.Event()
    handler = type("Handler", (_Handler,), {"standin": standin, "closing": closing})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    standin.host = f"127.0.0.1:{server.server_port}"
    standin.address = f"http://{standin.host}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield standin
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def live_settings(standin, **changes):
    """The part `live` of the settings with every address on the stand-in."""
    at = standin.address
    return {
        "hosts": [standin.host],
        "contact": "statistics@example.org",
        "calls_per_minute": 10_000,
        "connect_seconds": 2,
        "read_seconds": 0.5,
        "attempts": 4,
        "longest_wait": 120,
        "max_megabytes": 60,
        "round_hours": 12,
        "statbank": {
            "api": "v2",
            "address": f"{at}/pxwebapi/v2",
            "address_v1": f"{at}/v0/no/table",
            "max_cells": 800_000,
        },
        "klass": {"address": f"{at}/klass/v1", "from": "2020-01-01", "to": "2027-01-01"},
        "ssb_article": {"page": f"{at}/article"},
        "nav": {"page": f"{at}/helt-ledige", "link": "HL060"},
        "imdi": {"page": f"{at}/imdi/{{year}}/", "years": [2024]},
        "kartverket": {"page": f"{at}/kart"},
    } | changes
