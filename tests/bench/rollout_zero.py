"""B10: rolling updates of n replicas, one after the other, under an open loop of requests on kept-open connections, with
WebSockets and streams beside it. Not one may fail: at least 200,000 requests in the short form, 1,000,000 with --long.

The peer is the floor: Podman's REST API making and starting as many containers of the same image. Beside it Docker Swarm's
own rolling update (start-first, one after the other), where it can run; else the document says why not.
"""

# targets: wh-control-plane wh-agent wh-jail wh wh-bench-origin wh-bench-visitors

import json
import shutil
import subprocess
import sys
import time

from bench_lib import BenchError, Installation, KeepAlive, Podman, Series, arguments, eventually, finish
from deploy_click import raw, start_git_server
from swarm import compare
from way_in import Visits

NAME = "rollout.zero"
APP = "zero"
# A port rests for ten minutes; the long form starts more replicas in that time than the usual range has.
PORTS = "10000-19999"
CONTAINERFILE = """FROM localhost/wisehosting/busybox:1
COPY origin /origin
CMD ["/origin"]
"""


def options_of():
    def more(parser):
        parser.add_argument("--long", action="store_true", help="1,000,000 requests instead of 200,000")
        parser.add_argument("--rate", type=int, default=2000, help="requests a second")
        parser.add_argument("--replicas", type=int, default=5)

    return arguments(__doc__, rounds=5, more=more)


def make_repository(folder, binaries):
    tree, bare = folder / "tree", folder / "git" / f"{APP}.git"
    tree.mkdir(parents=True)
    (tree / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
    shutil.copy(f"{binaries}/wh-bench-origin", tree / "origin")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "--quiet", str(tree)], check=True)
    subprocess.run([*git, "-C", str(tree), "add", "--all"], check=True)
    subprocess.run([*git, "-C", str(tree), "commit", "--quiet", "--message", "bench"], check=True)
    subprocess.run([*git, "clone", "--quiet", "--bare", str(tree), str(bare)], check=True)
    return bare.parent


def serving(installation, replicas):
    items = installation.call("GET", f"/apps/{APP}/replicas?limit=100")["items"]
    return sum(r["phase"] == "running" and r["health"] == "healthy" and r["routing"] == "ready" for r in items) == replicas


def roll(installation):
    """Seconds from the order to live, by the control plane's own times."""
    deployment = installation.wait_live(installation.call("POST", f"/apps/{APP}/restart", {})["id"])
    live, began = (time.strptime(deployment[name][:19], "%Y-%m-%dT%H:%M:%S") for name in ("live_at", "created_at"))
    part = float(deployment["live_at"][19:-1]) - float(deployment["created_at"][19:-1])
    return deployment["id"], time.mktime(live) - time.mktime(began) + part


def measure(installation, options, ours):
    wanted = 1_000_000 if options.long else 200_000
    seconds = wanted / options.rate + 2
    visitors = Visits(options.binaries)
    steady = visitors.visit(installation.edge_port, 5, rate=options.rate, connections=128, host=f"{APP}.localhost")
    visits = visitors.begin_visits(installation.edge_port, seconds, rate=options.rate, connections=256, websockets=20,
                                   streams=20, host=f"{APP}.localhost")
    deployments = []
    until = time.monotonic() + seconds - 3
    while time.monotonic() < until:
        deployment, took = roll(installation)
        deployments.append(deployment)
        ours.values.append(took)
        print(f"rollout {len(deployments)}: {took:.2f} s", file=sys.stderr)
    report = json.loads(visits.communicate(timeout=seconds + 120)[0])
    return steady, report, deployments


def receipts_of(installation, deployments):
    eventually("the last receipt", lambda: receipt(installation, deployments[-1])["state"] == "final", 120, pause=1)
    return [receipt(installation, deployment) for deployment in deployments]


def receipt(installation, deployment):
    return installation.call("GET", f"/deployments/{deployment}").get("receipt") or {"state": "none", "complete": False}


def main():
    options = options_of()
    ours, floor = Series("rolling update", "s"), Series("podman REST, as many containers", "s")
    with Installation(WISEHOSTING_PUBLISH_PORTS=PORTS) as installation:
        installation.sign_in()
        server, url = start_git_server(make_repository(installation.folder, options.binaries))
        try:
            app = installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
            installation.wait_live(app["latest_deployment"]["id"])
            installation.call("PATCH", f"/apps/{APP}", {"desired_replicas": options.replicas})
            eventually("all replicas", lambda: serving(installation, options.replicas), 60)
            eventually("the app", KeepAlive(installation.edge_port, f"{APP}.localhost").get)
            steady, report, deployments = measure(installation, options, ours)
            receipts = receipts_of(installation, deployments)
            podman = Podman(installation.podman_socket)
            running = [entry for entry in podman.call("GET", "/containers/json") if APP in json.dumps(entry)]
            networks = list(podman.call("GET", f"/containers/{running[0]['Id']}/json")["NetworkSettings"]["Networks"])
            for _ in range(options.rounds):
                floor.values.append(sum(raw(podman, running[0]["ImageID"], networks) for _ in range(options.replicas)))
        finally:
            server.stdin.close()
            server.wait()
    failed = sum(report[kind]["failed"] for kind in ("requests", "websockets", "streams"))
    finish(
        options, NAME, ours, floor, must=None, goal_s=0.7, must_s=2, failed=failed, failed_must=0, visits=report,
        p99_during_over_steady=report["p99_us"] / max(steady["p99_us"], 1), steady_p99_us=steady["p99_us"],
        receipts={"complete": sum(r["complete"] for r in receipts), "of": len(receipts),
                  "failed": sum(r.get("failed", 0) for r in receipts),
                  "requests": sum(r.get("requests_old", 0) + r.get("requests_new", 0) for r in receipts)},
        docker_swarm=compare(f"{options.binaries}/wh-bench-origin", options.replicas, 3),
    )
    if failed or report["unsent"]:
        raise BenchError(f"{failed} failed, {report['unsent']} never sent")


if __name__ == "__main__":
    main()
