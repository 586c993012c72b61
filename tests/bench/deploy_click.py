"""B7: a deploy of an image that is present: POST restart → the new container answers through the edge.

The peer is the least that could be done: Podman's REST API, create + start of the same image on the same network, until
it answers 200 on its published port.
"""

import json
import shutil
import socket
import subprocess
import sys
import time

from bench_lib import BenchError, Installation, KeepAlive, Podman, REPOSITORY, Series, alternate, arguments, eventually, finish

NAME = "deploy.click"
APP = "click"

# The page differs by container, so that the moment of the switch is seen from outside.
CONTAINERFILE = """FROM localhost/wisehosting/busybox:1
CMD ["/bin/busybox", "sh", "-c", "mkdir -p /tmp/w; cat /proc/sys/kernel/random/uuid > /tmp/w/index.html; exec /bin/busybox httpd -f -p $PORT -h /tmp/w"]
"""


def make_repository(folder):
    tree, bare = folder / "tree", folder / "git" / f"{APP}.git"
    tree.mkdir(parents=True)
    (tree / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "--quiet", str(tree)], check=True)
    subprocess.run([*git, "-C", str(tree), "add", "--all"], check=True)
    subprocess.run([*git, "-C", str(tree), "commit", "--quiet", "--message", "bench"], check=True)
    subprocess.run([*git, "clone", "--quiet", "--bare", str(tree), str(bare)], check=True)
    return bare.parent


def start_git_server(root):
    server = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "tests/support/git_server.py"), "--root", str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    return server, "http://" + server.stdout.readline().split()[-1]


def click(installation, edge):
    """Seconds from the POST to the first answer of the new container."""
    before = edge.get()
    began = time.perf_counter()
    deployment = installation.call("POST", f"/apps/{APP}/restart", {})
    try:
        eventually("the switch", lambda: (edge.get() or before) != before, 60, pause=0.001)
    except BenchError as error:
        raise BenchError(f"{error}: {json.dumps(installation.call('GET', '/deployments/' + deployment['id']))}") from error
    took = time.perf_counter() - began
    installation.wait_live(deployment["id"])
    settle(installation)
    return took


def settle(installation):
    """The old replica is gone: its drain must not be in the other side's time."""
    eventually("one replica", lambda: sum(r["phase"] in ("running", "stopping") for r in
                                          installation.call("GET", f"/apps/{APP}/replicas?limit=100")["items"]) == 1, 90)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raw(podman, image, networks):
    port = free_port()
    spec = {
        "image": image,
        "name": f"bench-{port}",
        "env": {"PORT": "8080"},
        "netns": {"nsmode": "bridge"},
        "networks": {name: {} for name in networks},
        "portmappings": [{"host_ip": "127.0.0.1", "host_port": port, "container_port": 8080, "protocol": "tcp"}],
        "cap_drop": ["all"],
        "no_new_privileges": True,
    }
    client = KeepAlive(port, "localhost")
    began = time.perf_counter()
    container = podman.call("POST", "/containers/create", spec)["Id"]
    podman.call("POST", f"/containers/{container}/start")
    eventually("the raw container", client.get, 30, pause=0.001)
    took = time.perf_counter() - began
    podman.call("DELETE", f"/containers/{container}?force=true&timeout=0")
    return took


def main():
    options = arguments(__doc__, rounds=15)
    with Installation() as installation:
        installation.sign_in()
        server, url = start_git_server(make_repository(installation.folder))
        try:
            app = installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
            installation.wait_live(app["latest_deployment"]["id"])
            edge = KeepAlive(installation.edge_port, f"{APP}.localhost:{installation.edge_port}")
            eventually("the app", edge.get)
            podman = Podman(installation.podman_socket)
            running = [entry for entry in podman.call("GET", "/containers/json") if APP in json.dumps(entry)]
            image = running[0]["ImageID"]
            networks = list(podman.call("GET", f"/containers/{running[0]['Id']}/json")["NetworkSettings"]["Networks"])
            ours, peer = Series("restart to switched route", "s"), Series("podman REST create, start, 200", "s")
            click(installation, edge)  # one of each unmeasured: caches
            raw(podman, image, networks)
            alternate(options.rounds, (ours, lambda: click(installation, edge)), (peer, lambda: raw(podman, image, networks)))
            # The CPU of a click holds the drain of the old container too, which the peer's deletion stands against.
            finish(options, NAME, ours, peer, must=1.5, goal=1.15)
        finally:
            server.stdin.close()
            server.wait()
            shutil.rmtree(installation.folder / "git", ignore_errors=True)


if __name__ == "__main__":
    main()
