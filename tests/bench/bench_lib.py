"""What every benchmark shares: an installation of its own, alternating rounds, one JSON document.

Machines are noisy, so each round runs ours and the peer one after the other, and the *ratio* of the medians is the
result. CPU seconds are those of the whole machine while the operation ran.
"""

import argparse
import http.client
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parents[2]


def arguments(description, rounds, more=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binaries", required=True, help="folder of the programs, given by ./dev bench")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"at least 5, default {rounds}")
    parser.add_argument("--output", help="write the JSON here too")
    if more:
        more(parser)
    options = parser.parse_args()
    if options.rounds < 5:
        parser.error("fewer than 5 rounds say nothing")
    return options


def busy_cpu_seconds():
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")


class Series:
    """Measured seconds (or bytes) of one side."""

    def __init__(self, name, unit):
        self.name, self.unit, self.values, self.cpu = name, unit, [], []

    def measure(self, operation):
        """Runs `operation`; it returns its own value, or None: then its duration counts."""
        cpu, began = busy_cpu_seconds(), time.perf_counter()
        value = operation()
        took = time.perf_counter() - began
        self.cpu.append(busy_cpu_seconds() - cpu)
        self.values.append(took if value is None else value)

    def report(self):
        result = {
            "unit": self.unit,
            "min": min(self.values),
            "median": statistics.median(self.values),
            "max": max(self.values),
            "values": self.values,
        }
        if self.cpu:
            result["cpu_s_median"] = statistics.median(self.cpu)
        return result


def alternate(rounds, ours, peer):
    """ours and peer: (Series, operation). A B, then B A, and so on, so that neither always goes second."""
    for number in range(rounds):
        pair = [ours, peer] if number % 2 == 0 else [peer, ours]
        for series, operation in pair:
            series.measure(operation)
        print(f"round {number + 1}: {ours[0].name} {ours[0].values[-1]:.4g}, {peer[0].name} {peer[0].values[-1]:.4g}", file=sys.stderr)


def finish(options, name, ours, peer, must, **more):
    """Prints the document. `must`: the bar for the ratio ours/peer, or None."""
    ratio = statistics.median(ours.values) / statistics.median(peer.values)
    document = {
        "name": name,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rounds": len(ours.values),
        "ours": {"name": ours.name, **ours.report()},
        "peer": {"name": peer.name, **peer.report()},
        "ratio": ratio,
        "ratio_must": must,
        "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()},
        **more,
    }
    text = json.dumps(document, indent=2)
    print(text)
    if options.output:
        Path(options.output).write_text(text + "\n", encoding="utf-8")


def eventually(what, ask, seconds=60.0, pause=0.05):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            value = ask()
            if value:
                return value
        except (OSError, http.client.HTTPException, BenchError):
            pass
        time.sleep(pause)
    raise BenchError(f"waited {seconds} s for {what}")


class BenchError(Exception):
    pass


class Installation:
    """Started by `./dev up` in a home and at ports of its own; deleted at the end. A context manager."""

    def __init__(self, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="wh-bench-"))
        self.home = self.folder / "home"
        self.offset = free_offset()
        self.environment = {**os.environ, "WISEHOSTING_HOME": str(self.home), "WISEHOSTING_PORT_OFFSET": str(self.offset), **settings}
        self.cookie = ""
        self.up_output = ""
        self.org = ""

    def __enter__(self):
        try:
            self.up_output = self.dev("up")
        except BenchError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.dev("reset", "--yes")
        shutil.rmtree(self.folder, ignore_errors=True)

    def dev(self, *words):
        result = subprocess.run([str(REPOSITORY / "dev"), *words], env=self.environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise BenchError(f"./dev {' '.join(words)} failed:\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def status(self):
        return json.loads(self.dev("status", "--json"))

    @property
    def dashboard_port(self):
        return 7070 + self.offset

    @property
    def edge_port(self):
        return 7080 + self.offset

    @property
    def podman_socket(self):
        import hashlib

        return f"/run/wisehosting/{hashlib.sha256(str(self.home).encode()).hexdigest()[:8]}/podman.sock"

    def sign_in(self):
        token = urlsplit(self.status()["setup_link"]).fragment
        connection = http.client.HTTPConnection("127.0.0.1", self.dashboard_port, timeout=30)
        connection.request("POST", "/api/v1/setup", json.dumps({"token": token}), {"Content-Type": "application/json", "X-WH-CSRF": "1"})
        answer = connection.getresponse()
        session = json.loads(answer.read())
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.org = session["organization"]["slug"]

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.dashboard_port, timeout=30)
        headers = {"Cookie": self.cookie, "X-WH-CSRF": "1", "Content-Type": "application/json"}
        connection.request(method, f"/api/v1/orgs/{self.org}{path}", json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{method} {path} answered {answer.status}: {text[:500]!r}")
        return json.loads(text) if text else None

    def wait_live(self, deployment_id):
        def ask():
            deployment = self.call("GET", f"/deployments/{deployment_id}")
            if deployment["state"] in ("failed", "cancelled"):
                raise SystemExit(f"deployment failed: {json.dumps(deployment.get('failure'))}")
            return deployment["state"] == "live" and deployment

        return eventually("the deployment", ask, 120)


def free_offset():
    for offset in range(300, 1300, 100):
        try:
            for port in (7070, 7071, 7080, 7050, 20000 + 9 * offset):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
            return offset
        except OSError:
            continue
    raise BenchError("no free ports")


class KeepAlive:
    """GET / of one host over one connection, made anew when it breaks."""

    def __init__(self, port, host):
        self.port, self.host, self.connection = port, host, None

    def get(self):
        """The body of a 200, else None."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            self.connection.request("GET", "/", headers={"Host": self.host})
            answer = self.connection.getresponse()
            text = answer.read()
            return text if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return None


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("d", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Podman:
    """Podman's REST API over its socket, one kept-open connection."""

    def __init__(self, path):
        self.connection = UnixConnection(path)

    def call(self, method, path, body=None):
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, f"/v4.0.0/libpod{path}", text, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise BenchError(f"podman {method} {path}: {answer.status} {content[:400]!r}")
        return json.loads(content) if content else None
