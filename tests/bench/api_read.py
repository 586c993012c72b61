"""B21: reads of the API with a session: the list of 50 apps, and one app.

Of each: answers a second as fast as 16 connections ask, their cost in the control plane's CPU time, and the latency at
5,000 a second in an open loop, quiet and while an app changes ten times a second (which makes every kept answer void).
Beside them in the same run: the same bytes from Beast with nothing behind it, a bare prepared SELECT over four connections,
and /healthz, which nobody signs in for: what the one app costs more is its authorisation, the session and what it answers.
"""

# targets: wh-control-plane wh-agent wh-jail wh wh-bench-visitors wh-bench-api-read

import http.client
import json
import statistics
import subprocess
import threading
import time
from pathlib import Path

from bench_lib import Installation, Series, arguments, eventually, finish
from footprint import cpu_seconds

NAME = "api.read"
APPS = 50
CONNECTIONS = 16
RATE = 5000
SECONDS = 4
SELECT = "SELECT id, app_id, host, git_url, branch, port, desired_replicas FROM app_environments WHERE host = 'hello.localhost'"
UNLIMITED = "[rates]\naddress = 0\ndoor = 0\nperson = 0\ntoken = 0\norganization = 0\n"


class Reads:
    """The control plane under test, and what asks it."""

    def __init__(self, installation, binaries):
        self.installation, self.binaries = installation, Path(binaries)
        self.pid = next(entry["pid"] for entry in installation.status()["processes"] if entry["name"] == "control-plane")

    def visit(self, path, rate=0, port=None, headers=(), seconds=SECONDS, pid=None):
        pid = pid or self.pid
        before = cpu_seconds(pid)
        output = subprocess.run(
            [str(self.binaries / "wh-bench-visitors"), str(port or self.installation.dashboard_port), "localhost", str(seconds),
             str(rate), str(CONNECTIONS), "0", "0", path, *headers],
            capture_output=True, text=True, check=True).stdout
        report = json.loads(output)
        if report["requests"]["failed"]:
            raise SystemExit(f"{path}: {report['requests']}")
        return {"per_second": report["requests"]["done"] / report["seconds"],
                "cpu_us": 1e6 * (cpu_seconds(pid) - before) / report["requests"]["done"],
                "p50_ms": report["p50_us"] / 1000, "p99_ms": report["p99_us"] / 1000, "max_ms": report["max_us"] / 1000}

    def signed_in(self, path, rate=0, **more):
        return self.visit(path, rate, headers=(f"Cookie: {self.installation.cookie}",), **more)

    def select(self):
        dsn = f"host={Path(self.installation.podman_socket).parent}/pg port=5432 user=wh dbname=wisehosting"
        output = subprocess.run([str(self.binaries / "wh-bench-api-read"), "select", dsn, str(SECONDS), "4", SELECT],
                                capture_output=True, text=True, check=True).stdout
        return json.loads(output)["per_second"]


class Beast:
    """Answers every request with these bytes."""

    def __init__(self, binaries, port, body):
        self.port = port
        self.process = subprocess.Popen([str(Path(binaries) / "wh-bench-api-read"), "answer", str(port)], stdin=subprocess.PIPE)
        self.process.stdin.write(body)
        self.process.stdin.close()
        eventually("the bare answer", lambda: self.ask())

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        connection.request("GET", "/")
        return connection.getresponse().read()

    def end(self):
        self.process.kill()
        self.process.wait()


class Changes:
    """An app changes ten times a second while this is open."""

    def __init__(self, installation):
        self.installation, self.over = installation, threading.Event()
        self.thread = threading.Thread(target=self.go_on)

    def go_on(self):
        for number in range(1_000_000):
            if self.over.wait(0.1):
                return
            self.installation.call("PATCH", "/apps/read-0", {"port": 8000 + number % 100})

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def fill(installation):
    (installation.home / "config").mkdir(parents=True)
    (installation.home / "config" / "control-plane.toml").write_text(UNLIMITED, encoding="ascii")


def make_apps(installation):
    source = {"git_url": "https://git.example.com/read.git"}
    while len(installation.call("GET", "/apps?limit=100")["items"]) < APPS:
        count = len(installation.call("GET", "/apps?limit=100")["items"])
        installation.call("POST", "/apps", {"name": f"read-{count - 1}", "source": source})


def main():
    options = arguments(__doc__, rounds=5)
    installation = Installation()
    fill(installation)
    with installation:
        installation.sign_in()
        make_apps(installation)
        reads = Reads(installation, options.binaries)
        paths = {"list": f"/api/v1/orgs/{installation.org}/apps?limit=100", "detail": f"/api/v1/orgs/{installation.org}/apps/hello"}
        bodies = {name: json.dumps(installation.call("GET", path.removeprefix(f"/api/v1/orgs/{installation.org}"))).encode()
                  for name, path in paths.items()}
        bare = {name: Beast(options.binaries, installation.dashboard_port + 50 + number, body)
                for number, (name, body) in enumerate(bodies.items())}
        rounds = {key: [] for key in ("list", "detail", "bare list", "bare detail", "healthz", "list at 5,000/s", "detail at 5,000/s",
                                      "list at 5,000/s, changing", "detail at 5,000/s, changing")}
        selects = []
        try:
            for _ in range(options.rounds):
                for name, path in paths.items():
                    rounds[name].append(reads.signed_in(path))
                    rounds[f"bare {name}"].append(reads.visit("/", port=bare[name].port, pid=bare[name].process.pid))
                    rounds[f"{name} at 5,000/s"].append(reads.signed_in(path, RATE))
                    with Changes(installation):
                        rounds[f"{name} at 5,000/s, changing"].append(reads.signed_in(path, RATE))
                rounds["healthz"].append(reads.visit("/healthz"))
                selects.append(reads.select())
        finally:
            for server in bare.values():
                server.end()
        report(options, rounds, selects, {name: len(body) for name, body in bodies.items()})


def report(options, rounds, selects, sizes):
    middle = lambda name, key: statistics.median(entry[key] for entry in rounds[name])  # noqa: E731
    ours, peer = Series("detail", "reads/s"), Series("bare Beast, the same bytes", "answers/s")
    ours.values = [entry["per_second"] for entry in rounds["detail"]]
    peer.values = [entry["per_second"] for entry in rounds["bare detail"]]
    p99 = {name: middle(name, "p99_ms") for name in rounds if "5,000" in name}
    finish(options, NAME, ours, peer, must=None, bytes=sizes, apps=APPS,
           medians={name: {key: middle(name, key) for key in entries[0]} for name, entries in rounds.items()},
           select_per_second=statistics.median(selects),
           authorisation_us=middle("detail", "cpu_us") - middle("healthz", "cpu_us"),
           p99_ms_at_5000=p99, must_p99_ms=5, goal={"per_second": 40_000, "p99_ms": 2},
           held=all(value <= 5 for value in p99.values()))


if __name__ == "__main__":
    main()
