"""Docker Swarm's own rolling update, the peer of rollout.zero: a daemon and a swarm of one node in a network of its own.

Debian's docker.io is needed and not installed by ./dev (its daemon, started as a service, writes firewall rules of its
own). What is in the folder WH_BENCH_DOCKER (`dpkg -x` of docker.io and containerd) counts as installed.
"""

import http.client
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from bench_lib import BenchError, UnixConnection, eventually

ADDRESS = "10.99.0.1"
PORT = 8088
# What a daemon finds when it starts: an interface with an address that the swarm can advertise.
START = f"""ip link set lo up && ip link add wh0 type veth peer name wh1 &&
ip addr add {ADDRESS}/24 dev wh0 && ip link set wh0 up && ip link set wh1 up && exec dockerd "$@" """


class Swarm:
    """A context manager; raises BenchError with the daemon's own words where it cannot run."""

    def __init__(self, origin):
        self.folder = Path(tempfile.mkdtemp(prefix="wh-swarm-"))
        self.origin = origin
        self.daemon = None
        extra = os.environ.get("WH_BENCH_DOCKER")
        path = f"{extra}/usr/bin:{extra}/usr/sbin:" if extra else ""
        self.environment = {**os.environ, "PATH": f"{path}{os.environ['PATH']}:/usr/sbin"}

    def __enter__(self):
        try:
            if not shutil.which("dockerd", path=self.environment["PATH"]):
                raise BenchError("no dockerd on this machine (Debian's docker.io)")
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        argv = ["--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "--pidfile", self.folder / "pid",
                "--host", f"unix://{self.folder}/docker.sock"]
        self.daemon = subprocess.Popen(
            ["unshare", "--net", "--mount", "bash", "-c", START, "bash", *map(str, argv)], env=self.environment,
            stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("w"), start_new_session=True)
        try:
            eventually("dockerd", lambda: self.call("GET", "/version"), 30)
        except BenchError as error:
            raise BenchError(f"dockerd does not start: {self.log()}") from error
        self.call("POST", "/swarm/init", {"ListenAddr": f"{ADDRESS}:2377", "AdvertiseAddr": ADDRESS})
        image = io.BytesIO()
        with tarfile.open(fileobj=image, mode="w") as tar:
            tar.add(self.origin, arcname="origin")
        self.call("POST", "/images/create?fromSrc=-&repo=bench&tag=1", image.getvalue(), "application/x-tar")

    def __exit__(self, *_):
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGTERM)  # ends its containers and containerd too
            try:
                self.daemon.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.daemon.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return " | ".join((self.folder / "log").read_text(encoding="utf-8").splitlines()[-3:])[-600:]

    def call(self, method, path, body=None, kind="application/json"):
        connection = UnixConnection(str(self.folder / "docker.sock"))
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        connection.request(method, f"/v1.41{path}", data, {"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise BenchError(f"docker {method} {path}: {answer.status} {text[:300]!r}")
        try:
            return json.loads(text) if text else {}
        except ValueError:
            return {}  # a stream of progress

    def serve(self, replicas):
        """The origin as a service with its own way in (the routing mesh)."""
        self.spec = {
            "Name": "zero",
            "TaskTemplate": {"ContainerSpec": {"Image": "bench:1", "Command": ["/origin"], "Env": [f"PORT={PORT}"]}, "ForceUpdate": 0},
            "Mode": {"Replicated": {"Replicas": replicas}},
            "UpdateConfig": {"Parallelism": 1, "Order": "start-first", "Monitor": 1_000_000, "FailureAction": "pause"},
            "EndpointSpec": {"Ports": [{"Protocol": "tcp", "TargetPort": PORT, "PublishedPort": PORT, "PublishMode": "ingress"}]},
        }
        self.service = self.call("POST", "/services/create", self.spec)["ID"]
        eventually("Swarm's replicas", lambda: self.running() == replicas, 120)

    def running(self):
        tasks = self.call("GET", '/tasks?filters={"desired-state":["running"]}')
        return sum(task["Status"]["State"] == "running" for task in tasks)

    def way_in(self):
        """What the routing mesh answers with, or why it does not."""
        connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=3)
        probe = ["nsenter", "--net", f"--target={(self.folder / 'pid').read_text().strip()}", "curl", "--silent", "--show-error",
                 "--max-time", "3", "--output", "/dev/null", "--write-out", "%{http_code}", f"http://{connection.host}:{PORT}/"]
        answer = subprocess.run(probe, capture_output=True, text=True, check=False)
        if answer.stdout == "200":
            return "200"
        why = [line for line in (self.folder / "log").read_text(encoding="utf-8").splitlines() if "ipvs" in line]
        return f"no answer ({answer.stderr.strip() or answer.stdout}); " + (why[-1].split("msg=")[-1] if why else self.log())

    def roll(self):
        """Seconds until a rolling update of all replicas is completed, by Swarm's own word."""
        before = self.call("GET", f"/services/{self.service}")
        self.spec["TaskTemplate"]["ForceUpdate"] += 1
        began = time.perf_counter()
        self.call("POST", f"/services/{self.service}/update?version={before['Version']['Index']}", self.spec)

        def completed():
            status = self.call("GET", f"/services/{self.service}").get("UpdateStatus") or {}
            return status.get("State") == "completed" and status.get("StartedAt") != (before.get("UpdateStatus") or {}).get("StartedAt")

        eventually("Swarm's update", completed, 120)
        return time.perf_counter() - began


def compare(origin, replicas, rounds):
    """For the document of rollout.zero: the seconds, or why there are none."""
    try:
        with Swarm(origin) as swarm:
            swarm.serve(replicas)
            return {"rolling_update_s": [swarm.roll() for _ in range(rounds)], "way_in": swarm.way_in(),
                    "waits_for_health": "no: a task that runs counts as up"}
    except (BenchError, OSError, http.client.HTTPException) as error:
        return {"not_run": str(error)}
