"""B22: how long until things are as before: a killed container serves again (the agent alone), a killed agent has adopted
its containers without restarting them, a killed control plane serves, a killed database is used again.

The peer is Podman's own restart policy (`restart=always`) over the same image, network and kill.
"""

import json
import os
import re
import shutil
import signal
import statistics
import time
import urllib.request
from pathlib import Path

from bench_lib import Installation, KeepAlive, Podman, Series, alternate, arguments, eventually, finish
from deploy_click import APP, free_port, make_repository, start_git_server

NAME = "recover"
ROUNDS_OF_PARTS = 5


def main_pid(podman, container):
    return podman.call("GET", f"/containers/{container}/json")["State"]["Pid"]


def until_other_page(client, before):
    """Seconds until another process answers: each writes a page of its own when it starts."""
    began = time.perf_counter()
    eventually("another process", lambda: (client.get() or before) != before, 60, pause=0.002)
    return time.perf_counter() - began


def running(podman):
    return [entry for entry in podman.call("GET", "/containers/json") if entry["Names"][0].startswith("wh-") and APP in json.dumps(entry)]


def kill_ours(installation, podman, edge):
    """A fresh replica for each kill: one that crashes again within ten minutes waits longer each time."""
    installation.wait_live(installation.call("POST", f"/apps/{APP}/restart", {})["id"])
    container = eventually("the old replica to leave", lambda: len(found := running(podman)) == 1 and found[0]["Id"], 60)
    before = eventually("the app", edge.get)
    os.kill(main_pid(podman, container), signal.SIGKILL)
    return until_other_page(edge, before)


def kill_peer(podman, container, client):
    before = eventually("the peer", client.get, 30)
    os.kill(main_pid(podman, container), signal.SIGKILL)
    return until_other_page(client, before)


def start_peer(podman, image, networks):
    port = free_port()
    spec = {"image": image, "name": f"recover-{port}", "env": {"PORT": "8080"}, "netns": {"nsmode": "bridge"},
            "networks": {name: {} for name in networks}, "restart_policy": "always",
            "portmappings": [{"host_ip": "127.0.0.1", "host_port": port, "container_port": 8080, "protocol": "tcp"}]}
    container = podman.call("POST", "/containers/create", spec)["Id"]
    podman.call("POST", f"/containers/{container}/start")
    return container, KeepAlive(port, "localhost")


def mark(installation, name):
    marks = json.loads((installation.home / "run.json").read_text())["processes"]
    return next((entry["pid"] for entry in marks if entry["name"] == name), None)


def kill_part(installation, name, back):
    """Seconds from the SIGKILL until `back(old pid)`."""
    before = mark(installation, name)
    began = time.perf_counter()
    os.kill(before, signal.SIGKILL)
    eventually(f"{name} is back", lambda: back(before), 60, pause=0.002)
    took = time.perf_counter() - began
    time.sleep(6)  # it lived well: the supervisor starts it at once again
    return took


def serves(installation):
    with urllib.request.urlopen(f"http://127.0.0.1:{installation.dashboard_port}/readyz", timeout=2) as answer:
        return answer.status == 200


def adopted(log, size, containers):
    """Every container was taken over by the agent that came after."""
    text = log.read_bytes()[size:].decode(errors="replace")
    return set(re.findall(r'"replica\.adopted".*?"container":"([0-9a-f]+)"', text)) >= containers


def parts(installation, podman):
    """Medians for the processes that the supervisor starts again."""
    log = Path(installation.home / "logs" / "agent.log")
    times = {"agent_adopts": [], "control_plane_serves": [], "database_serves": []}
    started = {entry["Id"]: entry["StartedAt"] for entry in podman.call("GET", "/containers/json")}
    for _ in range(ROUNDS_OF_PARTS):
        size = log.stat().st_size
        containers = {entry["Id"] for entry in podman.call("GET", "/containers/json") if entry["Names"][0].startswith("wh-")}
        times["agent_adopts"].append(kill_part(installation, "agent", lambda _old, size=size, all_=containers: adopted(log, size, all_)))
        times["control_plane_serves"].append(kill_part(installation, "control-plane",
                                                       lambda old: mark(installation, "control-plane") not in (None, old) and serves(installation)))
        times["database_serves"].append(kill_part(installation, "postgres",
                                                  lambda old: mark(installation, "postgres") not in (None, old) and serves(installation)))
    kept = {entry["Id"]: entry["StartedAt"] for entry in podman.call("GET", "/containers/json")} == started
    return {name: {"unit": "s", "min": min(v), "median": statistics.median(v), "max": max(v)} for name, v in times.items()} | {"containers_untouched": kept}


def main():
    options = arguments(__doc__, rounds=5)
    with Installation() as installation:
        installation.sign_in()
        server, url = start_git_server(make_repository(installation.folder))
        try:
            app = installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
            installation.wait_live(app["latest_deployment"]["id"])
            edge = KeepAlive(installation.edge_port, f"{APP}.localhost:{installation.edge_port}")
            eventually("the app", edge.get)
            podman = Podman(installation.podman_socket)
            ours = running(podman)[0]
            networks = list(podman.call("GET", f"/containers/{ours['Id']}/json")["NetworkSettings"]["Networks"])
            container, client = start_peer(podman, ours["ImageID"], networks)
            killed, restarted = Series("killed container to answering replica", "s"), Series("podman restart=always", "s")
            alternate(options.rounds, (killed, lambda: kill_ours(installation, podman, edge)), (restarted, lambda: kill_peer(podman, container, client)))
            podman.call("DELETE", f"/containers/{container}?force=true&timeout=0")
            finish(options, NAME, killed, restarted, must=None, must_s={"container": 3, "agent_adopts": 3, "control_plane_serves": 1},
                   parts=parts(installation, podman))
        finally:
            server.stdin.close()
            server.wait()
            shutil.rmtree(installation.folder / "git", ignore_errors=True)


if __name__ == "__main__":
    main()
