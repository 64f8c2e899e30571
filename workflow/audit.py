"""Ask the advisory service whether a package of requirements.lock has a known hole.

Run by `make audit`; needs the internet, and is therefore no part of `.ci/run`:

    python workflow/audit.py

Exit codes: 0 none is known; 1 some are, each in a line; 6 the service could not be asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
FOUND, NOT_ASKED = 1, 6


def main() -> int:
    """Ask, and say what came."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lock", type=Path, default=LOCK, help="the packages")
    parser.add_argument("--address", default="", help="another advisory service of the form of OSV")
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(arguments.lock)]
    command += ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    command += ["--vulnerability-service", "osv"]
    command += ["--osv-url", arguments.address] if arguments.address else []
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = [line for line in asked.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"exit code {asked.returncode}"
        return _say(
            f"The packages could not be audited ({reason[:300]}). Nothing is known of their holes. "
            f"Where: {arguments.lock}. What to do: see that this machine reaches the advisory "
            "service of pip-audit, or run `make audit` on one that does.",
            NOT_ASKED,
        )
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}"
        f" ({', '.join(hole['aliases'])}), mended in {', '.join(hole['fix_versions']) or 'none'}"
        for package in packages
        for hole in package.get("vulns", ())
    ]
    for line in holes:
        print(line)  # noqa: T201 -- the program's answer
    passed_over = [package["name"] for package in packages if "skip_reason" in package]
    if passed_over:
        return _say(
            f"{len(passed_over)} packages could not be asked about: {', '.join(passed_over)}. "
            f"Where: {arguments.lock}. What to do: pin each to a version that is published.",
            NOT_ASKED,
        )
    if holes:
        return _say(
            f"{len(holes)} known holes in {len(packages)} packages. What to do: raise the versions "
            "in pyproject.toml, `make lock`, and run the tests.",
            FOUND,
        )
    print(f"No hole is known in {len(packages)} packages.")  # noqa: T201 -- likewise
    return 0


def _say(paragraph: str, code: int) -> int:
    print(paragraph, file=sys.stderr)  # noqa: T201 -- an error on the screen
    return code


if __name__ == "__main__":
    sys.exit(main())
