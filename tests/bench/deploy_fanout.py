"""B8: 1, 5 and 20 replicas of an image that is present, from the order to healthy, on one worker.

Ours: POST start of a stopped app with that many desired replicas, until all of them are reported healthy.
The peer is the least that could be done: Podman's REST API, create + start of as many containers of the same image on
a network like the app's, four at a time, until each answers 200 on its published port.
"""

import json
import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from bench_lib import BenchError, Installation, KeepAlive, Podman, Series, alternate, arguments, eventually, finish
from deploy_click import APP, free_port, make_repository, start_git_server

NAME = "deploy.fanout"
COUNTS = (1, 5, 20)
WIDE = 4
NETWORK = "bench-fanout"


def replicas(installation):
    return installation.call("GET", f"/apps/{APP}/replicas?limit=100")["items"]


def fan_out(installation, count):
    """Starts the stopped app; returns when `count` replicas are healthy."""
    installation.call("POST", f"/apps/{APP}/start", {})
    try:
        eventually(f"{count} healthy replicas", lambda: sum(r["health"] == "healthy" for r in replicas(installation)) >= count,
                   120, pause=0.005)
    except BenchError as error:
        raise BenchError(f"{error}: {json.dumps(replicas(installation))[:2000]}") from error


def stop(installation, podman):
    """Nothing of the app is left: neither side pays for the other's end."""
    installation.call("POST", f"/apps/{APP}/stop", {})
    eventually("no replica", lambda: not containers(podman), 120, pause=0.1)


def containers(podman):
    return [entry for entry in podman.call("GET", "/containers/json") if APP in json.dumps(entry.get("Image", ""))]


class Raw:
    """The peer; each of its workers has a connection of its own."""

    def __init__(self, socket, image, networks):
        self.socket, self.image, self.networks = socket, image, networks

    def one(self, port):
        podman = Podman(self.socket)
        spec = {
            "image": self.image,
            "name": f"bench-{port}",
            "env": {"PORT": "8080"},
            "netns": {"nsmode": "bridge"},
            "networks": {name: {} for name in self.networks},
            "portmappings": [{"host_ip": "127.0.0.1", "host_port": port, "container_port": 8080, "protocol": "tcp"}],
            "cap_drop": ["all"],
            "no_new_privileges": True,
        }
        container = podman.call("POST", "/containers/create", spec)["Id"]
        podman.call("POST", f"/containers/{container}/start")
        eventually("a raw container", KeepAlive(port, "localhost").get, 60, pause=0.002)
        return container

    def run(self, ports):
        with ThreadPoolExecutor(WIDE) as pool:
            return list(pool.map(self.one, ports))

    def remove(self, made):
        podman = Podman(self.socket)
        for container in made:
            podman.call("DELETE", f"/containers/{container}?force=true&timeout=0")


def free_ports(count):
    ports = set()
    while len(ports) < count:
        ports.add(free_port())
    return sorted(ports)


def measure(installation, podman, raw, count, rounds):
    """(ours, peer) for `count` replicas; the app is stopped before and after."""
    installation.call("PATCH", f"/apps/{APP}", {"desired_replicas": count})
    ours, peer = Series(f"{count} replicas healthy", "s"), Series(f"{count} containers, {WIDE} at a time", "s")

    def measure_ours():
        took = timed(lambda: fan_out(installation, count))
        stop(installation, podman)
        return took  # without the stop

    def measure_peer():
        ports, made = free_ports(count), []
        took = timed(lambda: made.extend(raw.run(ports)))
        raw.remove(made)
        return took

    alternate(rounds, (ours, measure_ours), (peer, measure_peer))
    return ours, peer


def timed(operation):
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began


def main():
    options = arguments(__doc__, rounds=5)
    with Installation() as installation:
        installation.sign_in()
        server, url = start_git_server(make_repository(installation.folder))
        try:
            app = installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
            installation.wait_live(app["latest_deployment"]["id"])
            podman = Podman(installation.podman_socket)
            running = containers(podman)
            # The app's own network goes with its last replica, and is made again in our time.
            podman.call("POST", "/networks/create", {"name": NETWORK, "driver": "bridge"})
            raw = Raw(installation.podman_socket, running[0]["ImageID"], [NETWORK])
            stop(installation, podman)
            fan_out(installation, 1)  # one of each unmeasured: caches
            stop(installation, podman)
            raw.remove(raw.run(free_ports(1)))
            results = {count: measure(installation, podman, raw, count, options.rounds) for count in COUNTS}
            largest = results[COUNTS[-1]]
            more = {
                f"replicas_{count}": {"ours": ours.report(), "peer": peer.report(), "ratio": ratio(ours, peer)}
                for count, (ours, peer) in results.items()
            }
            finish(options, NAME, *largest, must=1.1, **more)
        finally:
            remove_network(installation)
            server.stdin.close()
            server.wait()
            shutil.rmtree(installation.folder / "git", ignore_errors=True)


def remove_network(installation):
    try:
        Podman(installation.podman_socket).call("DELETE", f"/networks/{NETWORK}?force=true")
    except (BenchError, OSError):
        pass  # it was not made


def ratio(ours, peer):
    return statistics.median(ours.values) / statistics.median(peer.values)


if __name__ == "__main__":
    main()
