"""The way in without a control plane: an origin, our edge before it, and a bare HAProxy before the same origin."""

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from bench_lib import BenchError, eventually

# What HAProxy is when nobody has configured anything but where to listen and where to go; with as many threads as the edge
# has, so that what is compared is what a request costs.
BARE = """global
  maxconn 4000
  nbthread {threads}
defaults
  mode http
  timeout connect 2s
  timeout client 5m
  timeout server 5m
{options}
frontend http
  bind 127.0.0.1:{port}
  default_backend app
backend app
  server one 127.0.0.1:{origin}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def processes_of(master):
    """A process and its children."""
    found = [master]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == master:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def cpu_seconds(master):
    ticks = 0
    for pid in processes_of(master):
        fields = (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(master):
    total = 0
    for pid in processes_of(master):
        for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


class Visits:
    """Starts visitors of a site."""

    def __init__(self, binaries):
        self.binaries = Path(binaries)

    def begin_visits(self, port, seconds, rate=0, connections=32, websockets=0, streams=0, host="app-1.localhost"):
        argv = [str(self.binaries / "wh-bench-visitors"), str(port), host, str(seconds), str(rate), str(connections)]
        return subprocess.Popen([*argv, str(websockets), str(streams)], stdout=subprocess.PIPE, text=True)

    def visit(self, *args, **options):
        visits = self.begin_visits(*args, **options)
        report = json.loads(visits.communicate(timeout=300)[0])
        if report["requests"]["failed"] or not report["requests"]["done"]:
            raise BenchError(f"requests failed: {report}")
        return report


class WayIn(Visits):
    """A context manager: everything runs within it, and is gone after it."""

    def __init__(self, binaries, apps=1, origins=1):
        super().__init__(binaries)
        self.apps = apps
        self.folder = Path(tempfile.mkdtemp(prefix="wh-way-in-"))
        self.origins = [free_port() for _ in range(origins)]
        self.port = free_port()
        self.children = []
        self.bare = {}

    def __enter__(self):
        try:
            for port in self.origins:
                self.start([str(self.binaries / "wh-bench-origin")], env={"PORT": str(port)})
                eventually("the origin", lambda port=port: answers(port), 10)
            self.edge = subprocess.Popen(
                [str(self.binaries / "wh-bench-edge"), str(self.folder), str(self.port), str(self.apps), *map(str, self.origins)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(self.folder / "edge.log").open("w"), text=True,
            )
            self.haproxy = int(self.line(30).split()[1])
            for name, options in (("bare", ""), ("bare, a connection a request", "  option http-server-close")):
                self.bare[name] = self.start_bare(name, options)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if getattr(self, "edge", None):
            self.edge.stdin.close()
            self.edge.wait(20)
        for child in self.children:
            child.kill()
            child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, argv, env=None, own_session=False):
        child = subprocess.Popen(
            argv, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=own_session
        )
        self.children.append(child)
        return child

    def start_bare(self, name, options):
        port = free_port()
        config = self.folder / f"bare-{port}.cfg"
        threads = max(1, len(os.sched_getaffinity(0)) // 2)
        config.write_text(BARE.format(options=options, port=port, origin=self.origins[0], threads=threads), encoding="utf-8")
        # In a session of its own, as the edge's is: Linux schedules by session (sched_autogroup), and one that shares the
        # visitors' costs a sixth less processor time a request.
        child = self.start(["/usr/sbin/haproxy", "-db", "-f", str(config)], own_session=True)
        eventually(name, lambda: answers(port), 10)
        return port, child.pid

    def line(self, seconds):
        if not select.select([self.edge.stdout], [], [], seconds)[0]:
            raise BenchError(f"the edge said nothing in {seconds} s: {(self.folder / 'edge.log').read_text()[-2000:]}")
        text = self.edge.stdout.readline()
        if not text:
            raise BenchError(f"the edge ended: {(self.folder / 'edge.log').read_text()[-2000:]}")
        return text

    def ask(self, command, seconds=120):
        self.edge.stdin.write(command + "\n")
        self.edge.stdin.flush()
        return json.loads(self.line(seconds))

    def cost(self, port, master, **options):
        """CPU microseconds of HAProxy for one request."""
        before = cpu_seconds(master)
        began = time.monotonic()
        report = self.visit(port, options.pop("seconds", 4), **options)
        used = cpu_seconds(master) - before
        report["per_s"] = report["requests"]["done"] / (time.monotonic() - began)
        report["cpu_us"] = used * 1e6 / report["requests"]["done"]
        return report
