"""A headless Chromium driven over the WebDriver protocol, for the tests of the page to explore."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import requests

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=nb-NO",
)
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Down": "\ue015", "Up": "\ue013", "Escape": "\ue00c"}
SHIFT = "\ue008"

#: The browser is on this machine: no proxy of the environment stands between.
_HTTP = requests.Session()
_HTTP.trust_env = False


def missing():
    """What the tests need and the machine has not; empty if all is there."""
    wanted = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "chromedriver": ()}
    absent = [n for n, other in wanted.items() if not any(map(shutil.which, (n, *other)))]
    return f"not on this machine: {', '.join(absent)}" if absent else ""


class Browser:
    """One session; every method is one command of the protocol, or a few."""

    def __init__(self, address, session):
        self._root = f"{address}/session/{session}"

    def _post(self, path, **body):
        answer = _HTTP.post(f"{self._root}/{path}", json=body, timeout=60).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{answer['error']}: {answer['message']}")
        return answer

    def cdp(self, command, **parameters):
        return self._post("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, url):
        self._post("url", url=url)

    def run(self, script, *arguments):
        return self._post("execute/sync", script=script, args=list(arguments))

    def run_async(self, script, *arguments):
        return self._post("execute/async", script=script, args=list(arguments))

    def press(self, *keys, shift=False):
        """Keys, by name or as text, typed into what has the focus."""
        strokes = []
        for key in keys:
            for stroke in [KEYS[key]] if key in KEYS else key:
                strokes += [
                    {"type": "keyDown", "value": stroke},
                    {"type": "keyUp", "value": stroke},
                ]
        if shift:
            held = {"value": SHIFT}
            strokes = [{"type": "keyDown"} | held, *strokes, {"type": "keyUp"} | held]
        self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def width(self, width, height=900):
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def log(self, kind):
        """Entries since the last call: ``browser`` (console) or ``performance`` (network)."""
        return self._post("se/log", type=kind)

    def requested(self):
        """Address asked for since the last call -> why it was blocked, empty if it was not.

        Pages of the browser's own (its new tab) are within the browser and no request.
        """
        addresses, reasons = {}, {}
        for entry in self.log("performance"):
            event = json.loads(entry["message"])["message"]
            about = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                addresses[about["requestId"]] = about["request"]["url"]
            elif event["method"] == "Network.loadingFailed":
                reasons[about["requestId"]] = about.get("blockedReason", "")
        return {
            url: reasons.get(number, "")
            for number, url in addresses.items()
            if not url.startswith(
                ("chrome:", "chrome-untrusted:", "chrome-extension:", "chrome-search:")
            )
        }

    def picture(self, path, *, whole=True):
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser():
    """A browser with a profile of its own; gone, with all its processes, afterwards."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with tempfile.TemporaryDirectory(prefix="fij-browser-") as folder:
        driver = subprocess.Popen(
            [shutil.which("chromedriver"), "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        session = None
        try:
            port = next(
                m[1]
                for line in driver.stdout
                if (m := re.search(r"successfully on port (\d+)", line))
            )
            address = f"http://127.0.0.1:{port}"
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": {
                    "binary": program,
                    "args": [*FLAGS, f"--user-data-dir={folder}/profile"],
                },
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }
            body = {"capabilities": {"alwaysMatch": wanted}}
            answer = _HTTP.post(f"{address}/session", json=body, timeout=60).json()["value"]
            if "sessionId" not in answer:
                raise AssertionError(answer)
            session = Browser(address, answer["sessionId"])
            yield session
        finally:
            if session is not None:
                _HTTP.delete(session._root, timeout=60)
            driver.terminate()
            driver.wait(timeout=30)
            driver.stdout.close()
