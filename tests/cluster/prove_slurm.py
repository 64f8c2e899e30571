"""The bench, the specification curve and the bootstrap on a real SLURM, byte for byte as here.

    python tests/cluster/prove_slurm.py

Starts SLURM on this machine (`loopback.py`), makes the same results in one copy of the project by
itself and in another through `profiles/slurm`, and does to the second what clusters do: one
submission is cancelled half-way, one job's process is killed, one node is drained. Ends with one
line of what was proved, or with what failed and exit code 1. Without SLURM and without the right to
install it, it says that it was skipped.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
from loopback import NODES, Cluster, ClusterError, install, missing, stop_on_termination

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-cluster/bin/python"
#: Portions of the bench, small ones; the specification curve; the primary analysis with its wild
#: bootstrap.
PORTIONS = [f"clean/{first:05d}-{first + 1:05d}" for first in range(0, 16, 2)]
ANALYSES = ("curve", "primary")
TARGETS = (
    *(f"results/bench/quick/batches/{portion}.parquet" for portion in PORTIONS),
    *(f"results/demo/estimates/{name}.parquet" for name in ANALYSES),
)
#: Independent portions of the bench in one submission, and how many of them run side by side: one
#: is done while the other runs, which is when a submission is cancelled.
TOGETHER = 2
ABREAST = 1
#: Of one wait, in seconds: enough for a machine that does much else.
PATIENCE = 600


def main() -> int:
    """Prove it, or say what failed."""
    begin = time.monotonic()
    stop_on_termination()
    if missing():
        install()
    if missing():
        return _say(
            f"SLURM: SKIPPED, nothing was proved: {', '.join(missing())} not found, and no right "
            "to install Debian's slurm-wlm and munge with apt-get."
        )
    try:
        subprocess.run(["make", "--silent", "cluster-environment"], cwd=ROOT, check=True)  # noqa: S607 -- make on the path
        with tempfile.TemporaryDirectory(prefix="fij-slurm-") as name:
            Path(name).chmod(0o755)
            said = prove(Path(name))
    except (ClusterError, subprocess.SubprocessError) as error:
        return _say(f"SLURM: FAILED after {time.monotonic() - begin:.0f} s: {error}", code=1)
    return _say(f"SLURM: proved in {time.monotonic() - begin:.0f} s: {said}")


def prove(folder: Path) -> str:
    """Make the results both ways; what was seen, in a sentence."""
    local = folder / "here"
    remote = folder / "on SLURM, with spaces and æøå"
    copy_of_project(local)
    snakemake(local, "panel")
    shutil.copytree(local, remote)
    begin = time.monotonic()
    snakemake(local, *TARGETS)
    expected = checksums(local)
    _say(f"{len(expected)} files made here in {time.monotonic() - begin:.0f} s")

    begin = time.monotonic()
    with Cluster(folder / "slurm") as cluster:
        log = folder / "snakemake.log"
        with start(remote, cluster, log) as run:
            try:
                trouble = Trouble(cluster, run, log)
                cancelled = trouble.cancel_half_way()
                killed = trouble.kill_a_process()
                drained = trouble.drain(NODES[1])
                trouble.wait_for("the run ends", lambda: run.poll() is not None)
            finally:
                _end(run)
        text = log.read_text(encoding="utf-8")
        need(run.returncode == 0, "the run on SLURM ends well", text[-3000:])
        submitted = {int(n) for n in re.findall(r"submitted with SLURM jobid (\d+)", text)}
        ended = {each.number: each for each in cluster.ended()}
        state = cluster.node_state(NODES[1])
    seconds = time.monotonic() - begin

    need(submitted == set(ended), "SLURM's own record holds every submission", ended)
    need(ended[cancelled].state == "CANCELLED", "a cancelled submission", ended[cancelled])
    need(ended[killed].state == "FAILED", "a submission with a killed job", ended[killed])
    others = [each for number, each in ended.items() if number not in (cancelled, killed)]
    need(all(each.state == "COMPLETED" for each in others), "the others complete", others)
    need({each.node for each in ended.values()} == set(NODES), "both nodes work", ended)
    late = [each for each in ended.values() if each.start > drained]
    need(bool(late), "work was left when the node was drained", ended)
    need(all(each.node == NODES[0] for each in late), "nothing starts on a drained node", late)
    need(state == "drained", "the node is drained to the end", state)

    found = checksums(remote)
    differing = sorted(set(expected.items()) ^ set(found.items()))
    need(not differing, "the same files with the same bytes", differing[:10])
    jobs = len(TARGETS)
    first = len(submitted) - 2
    need(first < jobs, "fewer submissions than jobs", f"{first} submissions, {jobs} jobs")
    return (
        f"{jobs} jobs in {first} submissions, and 2 submissions made again (one cancelled "
        f"half-way, one whose process got kill -9); {NODES[1]} drained half-way, {len(late)} "
        f"submissions after that all on {NODES[0]}; {len(found)} files equal byte for byte to "
        f"the local run's; {seconds:.0f} s on SLURM"
    )


class Trouble:
    """What is done to a running cluster."""

    def __init__(self, cluster: Cluster, run: subprocess.Popen, log: Path) -> None:
        self.cluster = cluster
        self.run = run
        self.log = log
        self._hit: set[int] = set()

    def cancel_half_way(self) -> int:
        """Cancel a submission that has made some of its portions and is at work on others."""
        number = self._half_way()
        self.cluster.run("scancel", str(number))
        _say(f"submission {number} cancelled half-way")
        return number

    def kill_a_process(self) -> int:
        """Take the process of one job away with kill -9; SLURM is not told."""
        number = self._half_way()
        victim = self._at_work(number)[0]
        victim.send_signal(signal.SIGKILL)
        _say(f"process {victim.pid} of submission {number} got kill -9")
        return number

    def drain(self, node: str) -> datetime:
        """Drain a node that is at work while others wait; the time from which on it is drained."""

        def at_work() -> bool:
            queue = self.cluster.queue().values()
            return ("RUNNING", node) in queue and "PENDING" in {state for state, _ in queue}

        self.wait_for(f"{node} works while others wait", at_work)
        change = ("update", f"nodename={node}", "state=drain", "reason=proof")
        self.cluster.run("scontrol", *change)
        _say(f"{node} drained while at work")
        return datetime.now(UTC)

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            ended = self.run.poll() is not None and not done()
            if ended or time.monotonic() > end:
                why = "the run ended" if ended else f"{PATIENCE} s passed"
                tail = self.log.read_text(encoding="utf-8")[-3000:]
                raise ClusterError(f"{why} before «{what}». The end of its log:\n{tail}")
            time.sleep(0.1)

    def _half_way(self) -> int:
        """A submission that is at work, has something done and something to do."""
        found: list[int] = []

        def seek() -> bool:
            for number, (state, _) in self.cluster.queue().items():
                if number not in self._hit and state == "RUNNING" and self._some_done(number):
                    found.append(number)
            return bool(found)

        self.wait_for("a submission is half-way", seek)
        self._hit.add(found[0])
        return found[0]

    def _some_done(self, number: int) -> bool:
        portions = {
            path
            for process in self.cluster.processes(number)
            for path in _portions(_words(process))
        }
        done = sum((self._folder / path).exists() for path in portions)
        return 0 < done < len(portions) and bool(self._at_work(number))

    def _at_work(self, number: int) -> list[psutil.Process]:
        return [
            process
            for process in self.cluster.processes(number)
            if "bench-batch" in _words(process)[:3]
        ]

    @property
    def _folder(self) -> Path:
        return self.log.parent / "on SLURM, with spaces and æøå"


def copy_of_project(folder: Path) -> None:
    """What git would track of the project, in a folder of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 -- git on the path
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def snakemake(folder: Path, *arguments: str) -> None:
    """Run Snakemake in a copy, on this machine."""
    done = subprocess.run(
        (PYTHON, "-m", "snakemake", *arguments),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    need(done.returncode == 0, "the run here ends well", done.stderr[-3000:])


def start(folder: Path, cluster: Cluster, log: Path) -> subprocess.Popen:
    """Start the same on SLURM, with the profile as it is but for the sizes of its submissions."""
    with log.open("wb") as said:
        return subprocess.Popen(
            (
                *(PYTHON, "-m", "snakemake", *TARGETS, "--workflow-profile", "profiles/slurm"),
                *("--cores", str(ABREAST)),
                *("--group-components", f"bench={TOGETHER}", "estimates=8"),
            ),
            cwd=folder,
            env=cluster.environment | {"PYTHONPATH": str(folder / "src")},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


def checksums(folder: Path) -> dict[str, str]:
    """Path -> SHA-256 of all results: records, tables, the bench's portions, provenance."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "results").rglob("*"))
        if path.is_file()
    }


def need(holds: bool, what: str, seen: object) -> None:  # noqa: FBT001 -- a claim
    """Stop where a claim does not hold, with what was seen instead."""
    if not holds:
        raise ClusterError(f"not so: {what}. Seen: {seen}")


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _portions(words: list[str]) -> set[str]:
    """Files of the bench that a command of Snakemake is to make."""
    found = set()
    for word in words:
        for wildcards in re.findall(r"bench_batch:(\S+)", word):
            value = dict(each.split("=") for each in wildcards.split(","))
            name = f"{value['family']}/{value['first']}-{value['last']}.parquet"
            found.add(f"results/bench/quick/batches/{name}")
    return found


def _end(run: subprocess.Popen) -> None:
    if run.poll() is None:
        run.send_signal(signal.SIGTERM)
        try:
            run.wait(timeout=10)
        except subprocess.TimeoutExpired:
            run.kill()


def _say(text: str, code: int = 0) -> int:
    print(text, flush=True)  # noqa: T201 -- a script's words
    return code


if __name__ == "__main__":
    sys.exit(main())
