"""The audit of packages: a known hole is told, none is told, and silence is no good news."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = "jinja2==3.1.6 --hash=sha256:{0}\nnumpy==2.4.0 --hash=sha256:{0}\n".format("0" * 64)
HOLE = {
    "id": "GHSA-0000-0000-0000",
    "summary": "made up",
    "details": "made up",
    "aliases": ["CVE-2099-1"],
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


@pytest.fixture
def service():
    """An advisory service of the form of OSV; knows of holes by name."""
    holes, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(query)
            known = holes.get(query["package"]["name"])
            content = json.dumps({"vulns": [known]} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query", holes, asked
    server.shutdown()
    server.server_close()


def audit(tmp_path, address):
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK, encoding="utf-8")
    command = [sys.executable, ROOT / "workflow/audit.py", "--lock", lock, "--address", address]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_packages_without_a_known_hole_pass_and_each_was_asked_about(service, tmp_path):
    address, _, asked = service
    assert audit(tmp_path, address) == (0, "No hole is known in 2 packages.\n")
    assert {(q["package"]["name"], q["version"]) for q in asked} == {
        ("jinja2", "3.1.6"),
        ("numpy", "2.4.0"),
    }


def test_a_known_hole_is_named_with_the_version_that_mends_it(service, tmp_path):
    address, holes, _ = service
    holes["jinja2"] = HOLE
    code, said = audit(tmp_path, address)
    assert code == 1
    assert "jinja2 3.1.6: " in said
    assert "CVE-2099-1" in said
    assert "mended in 99.1" in said


def test_without_the_service_one_paragraph_says_that_nothing_is_known(tmp_path):
    code, said = audit(tmp_path, "http://127.0.0.1:9/v1/query")
    assert code == 6
    assert "could not be audited" in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


def test_the_target_audits_the_projects_own_lock():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\naudit:")[2]
    assert recipe.splitlines()[1].strip().startswith("python workflow/audit.py")
