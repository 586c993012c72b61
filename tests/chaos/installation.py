"""One installation of its own (home, ports, binaries), its processes, and how to kill each of them."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from points import REPOSITORY

PROGRAMS = ("wh", "wh-*")  # and what they load from beside themselves


class ChaosError(Exception):
    """Something that should have held did not."""


def eventually(what, ask, seconds=60.0, pause=0.05):
    """The first true value of `ask`; errors of a peer that is away count as not yet."""
    until = time.monotonic() + seconds
    last = ""
    while True:
        try:
            value = ask()
            if value:
                return value
        except (OSError, ValueError, KeyError, TemporaryError) as error:
            last = f" (last: {error!r})"
        if time.monotonic() > until:
            raise ChaosError(f"waited {seconds:.0f} s for {what}{last}")
        time.sleep(pause)


class TemporaryError(Exception):
    """The control plane is away or busy: ask again."""


def process_state(pid):
    """(state letter, start time) of a process, or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2:].split(" ")
    return None if fields[0] in "ZX" else (fields[0], fields[19])


def free_offset():
    for offset in range(300, 1300, 100):  # replicas take 1,000 ports from 20,000 + 10 × the offset
        try:
            for port in (7070, 7071, 7080, 7050, 20000 + 9 * offset):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
            return offset
        except OSError:
            continue
    raise ChaosError("no free ports")


class Installation:
    """Started directly, without ./dev: `wh-control-plane --all-in-one`. A context manager that leaves nothing behind."""

    def __init__(self, binaries):
        self.folder = Path(tempfile.mkdtemp(prefix="wh-chaos-"))
        self.home = self.folder / "home"
        self.offset = free_offset()
        self.order = self.folder / "crash-at"
        self.bin = self.folder / "bin"
        self._keep_programs(Path(binaries))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/root"), "WISEHOSTING_HOME": str(self.home),
            "WISEHOSTING_PORT_OFFSET": str(self.offset), "WH_CRASH_FILE": str(self.order),
        }
        self.supervisor = None
        self.git = None
        self.others = set()  # pids that a test started beside it

    def _keep_programs(self, source):
        """A build that runs meanwhile does not change what is tested."""
        self.bin.mkdir()
        for program in (found for pattern in PROGRAMS for found in source.glob(pattern)):
            try:
                os.link(program, self.bin / program.name)
            except OSError:
                shutil.copy2(program, self.bin / program.name)

    def __enter__(self):
        self.home.mkdir()
        (self.folder / "git").mkdir()
        self.git = subprocess.Popen(
            ["python3", str(REPOSITORY / "tests/support/git_server.py"), "--root", str(self.folder / "git")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.git_url = "http://" + self.git.stdout.readline().split()[-1]
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # cleaning up is not cut short
        self.order.unlink(missing_ok=True)
        for pid in self._stopped():
            os.kill(pid, signal.SIGCONT)
        if self.supervisor and self.supervisor.poll() is None:
            self.supervisor.terminate()
            try:
                self.supervisor.wait(20)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
        stopped = subprocess.run([str(self.bin / "wh-agent"), "stop-host", "--state-dir", str(self.home / "agent")], check=False,
                                 env={**self.environment, "WISEHOSTING_STATE_DIR": str(self.home / "agent"),
                                      "WISEHOSTING_RUNTIME_DIR": str(self.runtime)}, capture_output=True, text=True)
        if stopped.returncode != 0:
            print(f"stop-host failed: {stopped.stdout}{stopped.stderr}", flush=True)
        if self.git:
            self.git.stdin.close()
            self.git.wait()
        for target in reversed(self.mounts()):
            subprocess.run(["umount", "--lazy", target], check=False, capture_output=True)
        shutil.rmtree(self.runtime, ignore_errors=True)
        if not os.environ.get("WH_CHAOS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def runtime(self):
        return Path("/run/wisehosting") / hashlib.sha256(str(self.home).encode()).hexdigest()[:8]

    @property
    def identity(self):
        """The agent's own name in nft tables, bridges and control groups."""
        return hashlib.sha256(str(self.home / "agent").encode()).hexdigest()[:8]

    @property
    def dashboard_port(self):
        return 7070 + self.offset

    @property
    def edge_port(self):
        return 7080 + self.offset

    def start(self):
        with open(self.folder / "supervisor.log", "ab") as log:
            self.supervisor = subprocess.Popen(
                [str(self.bin / "wh-control-plane"), "--all-in-one", "--home", str(self.home)],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )

    def setup_token(self):
        made = subprocess.run([str(self.bin / "wh-control-plane"), "setup-link", "--home", str(self.home)],
                              env={**self.environment, "WISEHOSTING_DASHBOARD_PORT": str(self.dashboard_port)},
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise TemporaryError(made.stderr)
        return made.stdout.strip().split("#")[-1]

    def sql(self, text):
        """Rows of a query as lists of text; waits for a database that is just being started again."""
        return eventually("the database", lambda: (self._sql(text),))[0]

    def _sql(self, text):
        done = subprocess.run(["psql", "-h", str(self.runtime / "pg"), "-U", "wh", "-d", "wisehosting", "-AtqF", "\x1f",
                               "-c", text], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise TemporaryError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    # --- processes

    def marks(self):
        """Living processes of this installation: name → (pid, start time)."""
        found = {}
        try:
            for mark in json.loads((self.home / "run.json").read_text())["processes"]:
                found[mark["name"]] = (mark["pid"], str(mark["start_time"]))
        except (OSError, ValueError):
            pass
        records = {"haproxy": "agent/edge/haproxy.pid", "podman": "agent/daemons/podman.pid",
                   "registry": "agent/registry/process.json"}
        for name, path in records.items():
            try:
                pid, start, _ = (self.home / path).read_text().split()
                found[name] = (int(pid), start)
            except (OSError, ValueError):
                pass
        living = {}
        for name, (pid, start) in found.items():
            state = process_state(pid)
            if state and state[1] == start:
                living[name] = (pid, start)
        return living

    def pid(self, name):
        return self.marks().get(name, (None, None))[0]

    def _stopped(self):
        return [pid for pid, start in self.marks().values() if (process_state(pid) or " ")[0] == "T"]

    def kill(self, victim):
        """SIGKILL. A supervisor takes its children with it and is started again here, as its service manager would."""
        if victim == "supervisor":
            children = {name: mark for name, mark in self.marks().items() if name in ("control-plane", "agent", "postgres")}
            self.supervisor.kill()
            self.supervisor.wait()
            for pid in self._stopped():
                os.kill(pid, signal.SIGCONT)
            eventually("the supervisor's children ended", lambda: all(
                (process_state(pid) or ("", ""))[1] != start for pid, start in children.values()), 15)
            self.start()
            return True
        pid = self.pid(victim)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    # --- orders to stop at a point

    def order_stop(self, point, passing=1):
        fresh = self.order.with_suffix(".new")
        fresh.write_text(f"{point}#{passing}\n")
        fresh.rename(self.order)

    def withdraw(self):
        self.order.unlink(missing_ok=True)

    def stopped_at_point(self, owner):
        """The pid of the process that stands at the point it was ordered to, or None."""
        if self.order.exists():
            return None
        pid = self.pid(owner)
        return pid if pid and (process_state(pid) or " ")[0] == "T" else None

    def mounts(self):
        with open("/proc/self/mountinfo", encoding="utf-8") as lines:
            points = [line.split(" ")[4] for line in lines]
        return [point for point in points if point.startswith((str(self.home) + "/", str(self.runtime)))]
