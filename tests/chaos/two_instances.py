"""Two control planes of one database: jobs once, one leader, a fast takeover, sessions and live views on both."""

import json
import mmap
import os
import re
import signal
import subprocess
import time

from api import Api, FeedWatch, LogWatch, request
from installation import eventually, process_state
from invariants import podman


# A start of the control plane with sanitizers takes 0.6 s, without them 0.1 s.
SANITIZED = 2.0


class SecondInstance:
    """`wh-control-plane serve` beside the one of the installation, at ports of its own."""

    def __init__(self, installation):
        self.port, self.hub_port = installation.dashboard_port + 20, installation.dashboard_port + 21
        environment = {name: value for name, value in installation.environment.items() if name != "WH_CRASH_FILE"}
        environment |= {"WISEHOSTING_DASHBOARD_PORT": str(self.port), "WISEHOSTING_HUB_PORT": str(self.hub_port), "WISEHOSTING_INSTANCE": "cp-2"}
        environment.pop("WISEHOSTING_PORT_OFFSET")
        self.log = open(installation.folder / "second.log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen([str(installation.bin / "wh-control-plane"), "serve", "--home", str(installation.home)],
                                        env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.installation = installation
        installation.others.add(self.process.pid)
        eventually("the second control plane", lambda: request(self.port, "GET", "/readyz")[0] == 200, 30, pause=0.005)
        self.ready_after = time.monotonic() - began

    def close(self):
        self.process.kill()
        self.process.wait()
        self.installation.others.discard(self.process.pid)
        self.log.close()


def holder(world):
    return world.installation.sql("SELECT split_part(holder, '@', 1), epoch FROM leases WHERE name = 'scheduler' AND expires_at > now()")


def follow_both(world, second, figures):
    """A deployment through one is followed live over the other; returns what is wrong."""
    other = Api(second.port, world.api.cookie, world.api.org)
    arrivals = {}

    def stamped(api):
        watch = FeedWatch(api)
        times = arrivals.setdefault(api.port, {})
        take = watch._take

        def timed(event):
            if "id" in event:
                times.setdefault(event["id"], time.monotonic())
            take(event)

        watch._take = timed
        watch.start()
        return watch

    watches = [stamped(api) for api in (world.api, other)]
    eventually("both follow the feed", lambda: all(watch.cursor for watch in watches))
    wrong, logs = [], {}
    for api in (world.api, other):
        world.commit("app", f"over-{api.port}")
        world.texts["app"] = f"over-{api.port}"
        began = time.monotonic()
        deployment = api.call("POST", "/apps/app/deployments", {}, f"two-{api.port}-{began}")["id"]
        logs[deployment] = [LogWatch(each, deployment) for each in (world.api, other)]
        for log in logs[deployment]:
            log.start()
        world.wait_end(deployment)
        figures.setdefault("deploy_s", []).append(round(time.monotonic() - began, 2))
        problems, _ = world.verdict(deployment, "build", None)
        wrong += problems
    for deployment, pair in logs.items():
        (first, bad), (same, worse) = [log.verdict() for log in pair]
        wrong += bad + worse + ([] if first == same else [f"the logs of {deployment} differ between the instances"])
    eventually("both saw the same", lambda: watches[0].rows[-1:] == watches[1].rows[-1:] and watches[0].rows, 10)
    for watch in watches:
        watch.over.set()
    if [row for row in watches[0].rows if row in watches[1].rows] != watches[1].rows[-len(watches[0].rows):]:
        wrong.append("the feeds of the two instances differ")
    one, two = arrivals[world.api.port], arrivals[second.port]
    lags = sorted(abs(one[key] - two[key]) for key in one.keys() & two.keys())
    figures["feed_lag_ms"] = {"rows": len(lags), "median": round(lags[len(lags) // 2] * 1000, 1), "most": round(lags[-1] * 1000, 1)}
    if lags[-1] > 1.5:
        wrong.append(f"a row came {lags[-1]:.1f} s later on one instance than on the other")
    return wrong


def stand_still(world, second, figures):
    """The leader stands still in the middle of a reconciling transaction; the other follows within 10 s."""
    installation = world.installation
    first = installation.pid("control-plane")
    eventually("the first leads", lambda: holder(world)[0][0] == "cp-1", 20)
    installation.order_stop("reconcile.before_commit")
    deployment = Api(second.port, world.api.cookie, world.api.org).call("POST", "/apps/app/restart", {}, f"still-{time.monotonic()}")["id"]
    try:
        eventually("the leader stands still", lambda: (process_state(first) or " ")[0] == "T", 3, pause=0.01)
    except Exception:
        installation.withdraw()  # programs without crash points: anywhere will do
        os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    eventually("the second leads", lambda: [row[0] for row in holder(world)] == ["cp-2"], 20, pause=0.05)
    figures["takeover_s"] = round(time.monotonic() - began, 2)
    os.kill(first, signal.SIGCONT)
    wrong = [] if figures["takeover_s"] < 10 else [f"the takeover took {figures['takeover_s']} s"]
    problems, _ = world.verdict(deployment, "restart", None)
    wrong += problems
    leaders = [gauge(port) for port in (world.api.port, second.port)]
    if sum(leaders) != 1:
        wrong.append(f"leaders: {leaders}")
    return wrong


def gauge(port):
    text = request(port, "GET", "/metrics")[2].decode()
    return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("wh_leader"))


def busy():
    """How many want each processor; 1 where nobody waits."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def sanitized(program):
    with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"__asan_init") >= 0


def restart_time(world, figures):
    """kill -9 of the control plane until it serves again within 1 s, the supervisor's part included."""
    before = world.installation.pid("control-plane")
    began = time.monotonic()
    os.kill(before, signal.SIGKILL)
    eventually("the control plane serves again", lambda: world.installation.pid("control-plane") not in (None, before)
               and request(world.api.port, "GET", "/readyz")[0] == 200, 30, pause=0.005)
    figures["kill_to_serving_s"] = took = round(time.monotonic() - began, 2)
    most = (SANITIZED if sanitized(world.installation.bin / "wh-control-plane") else 1.0) * busy()
    return [] if took <= most else [f"the control plane served {took} s after it was killed, not within {most:.1f} s"]


def readopt(world, figures):
    """kill -9 of the agent until the next one has adopted every container, none of them restarted."""
    log = world.installation.home / "logs" / "agent.log"
    size = log.stat().st_size
    before = {entry["Id"]: entry["StartedAt"] for entry in podman(world.installation, "/containers/json")}
    began = time.monotonic()
    os.kill(world.installation.pid("agent"), signal.SIGKILL)

    def adopted():
        text = log.read_bytes()[size:].decode(errors="replace")
        return set(re.findall(r'"replica\.adopted".*?"container":"([0-9a-f]+)"', text)) >= set(before)

    eventually("the containers are adopted", adopted, 30, pause=0.01)
    figures["agent_kill_to_adopted_s"] = took = round(time.monotonic() - began, 2)
    after = {entry["Id"]: entry["StartedAt"] for entry in podman(world.installation, "/containers/json")}
    wrong = [] if took <= 3 * busy() else [f"adopting took {took} s"]
    return wrong + ([] if after == before else [f"containers changed while the agent was away: {before} → {after}"])


def two_instances(world):
    if "app" not in world.texts:
        world.create("app", "start")
    second = SecondInstance(world.installation)
    figures = {"start_to_serving_s": round(second.ready_after, 2)}
    try:
        wrong = follow_both(world, second, figures)
        wrong += stand_still(world, second, figures)
        wrong += restart_time(world, figures)
        wrong += readopt(world, figures)
    finally:
        second.close()
    print(f"two control planes: {json.dumps(figures)}", flush=True)
    return wrong, figures
