"""A real SLURM on this machine alone: controller and two virtual nodes from Debian's packages.

No systemd, no accounting, no control groups. Every daemon listens on 127.0.0.1, has its files in
one temporary folder and is a child of this process, which takes them down again.
"""

import contextlib
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psutil

NODES = ("node1", "node2")
#: CPUs and memory that each virtual node claims to have; SLURM is told to believe it.
CPUS = 1
MEMORY_MB = 16_000
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PACKAGES = ("slurm-wlm", "munge")

CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/ended
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
NodeName=DEFAULT CPUs={cpus} RealMemory={memory}
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]}
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]}
PartitionName=short Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
"""


class ClusterError(Exception):
    """SLURM could not be started, or did not do what it was to do in time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A submission that SLURM is done with, from its own record of completed jobs."""

    number: int
    state: str
    node: str
    start: datetime


def missing() -> list[str]:
    """Programs of SLURM and MUNGE that are not there."""
    return [name for name in PROGRAMS if not _program(name)]


def install() -> None:
    """Install Debian's packages where that is allowed; `missing` says what came of it."""
    if os.geteuid() or not shutil.which("apt-get"):
        return
    apt = ("apt-get", "-qq", "-o", "Acquire::Retries=3")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "-y", "--no-install-recommends", *PACKAGES)):
        subprocess.run((*apt, *words), env=quiet, stdout=subprocess.DEVNULL, check=False)


class Cluster:
    """The running cluster; use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": os.pathsep.join((str(folder / "bin"), os.environ["PATH"])),
        }
        self._daemons: list[subprocess.Popen] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(mode=0o755)
        for name in ("bin", "state", *(f"spool/{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        (self.folder / "ended").touch()
        # within a job the executor takes SLURM's variables away, and srun would look in /etc/slurm
        srun = self.folder / "bin/srun"
        configuration = shlex.quote(self.environment["SLURM_CONF"])
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {_program("srun")} "$@"\n')
        srun.chmod(0o755)
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                ports=_free_ports(1 + len(NODES)),
                user=psutil.Process().username(),
                folder=self.folder,
                cpus=CPUS,
                memory=MEMORY_MB,
            ),
            encoding="utf-8",
        )
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if len(self._daemons) > 1:
            with contextlib.suppress(ClusterError, subprocess.TimeoutExpired):
                self.run("scancel", "--partition=short", "--signal=KILL", "--full")
                self.run("scancel", "--partition=short")
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in reversed(self._daemons):
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        left = self._left()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=10)

    def run(self, *command: str) -> str:
        """What a command of SLURM prints."""
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise ClusterError(f"«{' '.join(command)}» failed: {done.stderr.strip()}")
        return done.stdout

    def queue(self) -> dict[int, tuple[str, str]]:
        """Submission -> (state, node) of all that wait or run."""
        lines = self.run("squeue", "--noheader", "--format=%i|%T|%N").split()
        rows = [line.split("|") for line in lines]
        return {int(number): (state, node) for number, state, node in rows}

    def node_state(self, node: str) -> str:
        """State of a node, as SLURM prints it."""
        return self.run("sinfo", "--noheader", f"--nodes={node}", "--format=%T").strip()

    def ended(self) -> list[Ended]:
        """Submissions that SLURM is done with, in the order in which they ended."""
        found = []
        for line in (self.folder / "ended").read_text(encoding="utf-8").splitlines():
            fields = dict(re.findall(r"(\w+)=(\S*)", line))
            start = datetime.fromisoformat(fields["StartTime"]).astimezone(UTC)
            found.append(Ended(int(fields["JobId"]), fields["JobState"], fields["NodeList"], start))
        return found

    def processes(self, number: int) -> list[psutil.Process]:
        """Processes that run within a submission, from SLURM's own mark on them."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                marks = process.environ()
                if marks.get("SLURM_CONF") == self.environment["SLURM_CONF"] and marks.get(
                    "SLURM_JOB_ID"
                ) == str(number):
                    found.append(process)
        return found

    def _start(self) -> None:
        place = self.folder
        self._daemon(
            "munged",
            "--foreground",
            f"--socket={place}/munge.socket",
            f"--key-file={place}/munge.key",
            f"--pid-file={place}/munged.pid",
            f"--seed-file={place}/munged.seed",
            f"--log-file={place}/munged.log",
        )
        self._until("munged", (place / "munge.socket").exists)
        configuration = str(place / "slurm.conf")
        self._daemon("slurmctld", "-D", "-f", configuration)
        for node in NODES:
            self._daemon("slurmd", "-D", "-f", configuration, "-N", node)
        self._until("SLURM", lambda: all(self._idle(node) for node in NODES))

    def _idle(self, node: str) -> bool:
        try:
            return self.node_state(node) == "idle"
        except ClusterError:
            return False

    def _daemon(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.said").open("ab") as said:
            self._daemons.append(
                subprocess.Popen(
                    (_program(name), *arguments),
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                )
            )

    def _until(self, what: str, ready, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end or any(each.poll() is not None for each in self._daemons):
                logs = sorted((*self.folder.glob("*.log"), *self.folder.glob("*.said")))
                tails = [f"{path.name}: {path.read_text()[-1500:]}" for path in logs]
                raise ClusterError("\n".join((f"{what} did not start", *tails)))
            time.sleep(0.2)

    def _left(self) -> list[psutil.Process]:
        """What is still alive of this cluster: it carries the cluster's configuration.

        Read from /proc as it is: SLURM's step daemons write their title over the beginning of what
        they were started with, and psutil stops reading there.
        """
        mark = f"SLURM_CONF={self.environment['SLURM_CONF']}\0".encode()
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                own = mark in Path(f"/proc/{process.pid}/environ").read_bytes()
                if own and process.pid != os.getpid():
                    found.append(process)
        return found


def stop_on_termination() -> None:
    """Let SIGTERM end this process as an exception, so that what is in a `with` is cleaned up."""

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin")))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
