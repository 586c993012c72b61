"""What must be true after every crash, once things have settled."""

import http.client
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

from api import request
from installation import TemporaryError, process_state

SETTLE_SECONDS = float(os.environ.get("WH_CHAOS_SETTLE_S", "120"))


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("d", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def podman(installation, path):
    connection = UnixConnection(installation.runtime / "podman.sock")
    try:
        connection.request("GET", f"/v4.0.0/libpod{path}")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise TemporaryError(f"podman {path}: {answer.status}")
    return json.loads(body)


def haproxy(installation, command):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(5)
        talk.connect(str(installation.runtime / "haproxy.sock"))
        talk.sendall(command.encode() + b"\n")
        text = b""
        while piece := talk.recv(65536):
            text += piece
    return text.decode()


def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


class Expected:
    """What the API says should be there: apps with the text that each serves, and how many replicas."""

    def __init__(self, api, texts):
        self.api, self.texts = api, texts

    def problems(self, installation):
        found = []
        replicas = {}
        for name, text in self.texts.items():
            found += self._app(installation, name, text, replicas)
        found += leftovers(installation, replicas, len(self.texts))
        return found

    def _app(self, installation, name, text, replicas):
        found = []
        app = self.api.call("GET", f"/apps/{name}", seconds=5)
        listed = self.api.call("GET", f"/apps/{name}/deployments?limit=100", seconds=5)["items"]
        live = [d["number"] for d in listed if d["state"] == "live"]
        unfinished = [d["number"] for d in listed if d["state"] not in ("live", "failed", "cancelled", "superseded")]
        if len(live) != 1 or unfinished:
            found.append(f"{name}: live deployments {live}, unfinished {unfinished}")
        if app["state"] != "live":
            found.append(f"{name}: the app is {app['state']}")
        here = [r for r in self.api.call("GET", f"/apps/{name}/replicas?limit=100", seconds=5)["items"] if r["phase"] != "stopped"]
        good = [r for r in here if (r["phase"], r["health"]) == ("running", "healthy") and r["release_number"] == (app["current_release"] or {}).get("number")]
        if len(good) != app["desired_replicas"] or len(here) != len(good):
            found.append(f"{name}: replicas {[(r['release_number'], r['phase'], r['health']) for r in here]}")
        for replica in here:
            replicas[replica["id"]] = (name, replica)
        try:
            status, _, body = request(installation.edge_port, "GET", "/", host=f"{name}.localhost", timeout=5)
            if status != 200 or text not in body.decode():
                found.append(f"{name}: answers {status} {body[:60]!r}, not {text!r}")
        except (OSError, TemporaryError) as error:
            found.append(f"{name}: does not answer: {error!r}")
        return found


def settled(installation, expected, seconds=SETTLE_SECONDS):
    """Asks until nothing is wrong; what is still wrong at the end, and how long it took."""
    began = time.monotonic()
    while True:
        try:
            wrong = expected.problems(installation)
        except Exception as error:  # whatever is away counts as not yet
            wrong = [repr(error)]
        took = time.monotonic() - began
        if not wrong or took > seconds:
            return wrong, took
        time.sleep(0.2)


def leftovers(installation, replicas, apps):
    """Everything of this installation that no wanted replica accounts for. `replicas`: id → (app, view)."""
    containers = podman(installation, "/containers/json?all=true")
    ids = {entry["Id"] for entry in containers}
    names = sorted(entry["Names"][0] for entry in containers)
    found = []
    if names != sorted(f"wh-{replica}" for replica in replicas):
        found.append(f"containers {names} for the replicas {sorted(replicas)}")
    found += networks_left(installation, ids, apps)
    if volumes := podman(installation, "/volumes/json"):
        found.append(f"volumes {[volume['Name'] for volume in volumes]}")
    found += routes_left(installation, replicas)
    found += files_left(installation, len(replicas))
    found += processes_left(installation, ids)
    return found


def networks_left(installation, containers, apps):
    found = []
    networks = podman(installation, "/networks/json")
    ours = [network for network in networks if network["name"].startswith("wh-")]
    bridges = {network["network_interface"] for network in ours}
    if len(ours) != apps:
        found.append(f"networks {sorted(network['name'] for network in ours)} for {apps} apps")
    prefix = f"whn{installation.identity[:4]}"
    links = {link["ifname"] for link in json.loads(output("ip", "-json", "link") or "[]")}
    stray = {name for name in links if name.startswith(prefix)} - bridges
    if stray:
        found.append(f"bridges without a network: {sorted(stray)}")
    first = 20000 + 10 * installation.offset
    for rule in output("iptables", "-t", "nat", "-S").splitlines():
        port = re.search(r"--dports? (\d+)", rule)
        if not port or not first <= int(port.group(1)) < first + 1000:
            continue
        owner = re.search(r"id: ([0-9a-f]{64})", rule)
        if owner and owner.group(1) not in containers:
            found.append(f"a forwarding rule of a container that is gone: {rule}")
    dnat = [rule for rule in output("iptables", "-t", "nat", "-S").splitlines()
            if rule.startswith("-A NETAVARK-DN-") and "-j DNAT" in rule and (to := re.search(r"--dport (\d+)", rule)) and first <= int(to.group(1)) < first + 1000]
    if len(dnat) > len(containers):
        found.append(f"{len(dnat)} forwarded ports for {len(containers)} containers")
    return found


def routes_left(installation, replicas):
    """Servers in HAProxy against the replicas, by address and port."""
    servers = set()
    for line in haproxy(installation, "show servers state").splitlines():
        fields = line.split()
        if len(fields) > 18 and fields[0] != "#" and fields[18].isdigit() and fields[1].startswith("app"):
            servers.add((fields[4], int(fields[18])))
    wanted = {(view["address"], view["port"]) for _, view in replicas.values()}
    return [] if servers == wanted else [f"HAProxy sends to {sorted(servers)}, the replicas are at {sorted(wanted)}"]


def files_left(installation, replicas):
    found = []
    agent = installation.home / "agent"
    for folder, what in (("builds/work", "build folders"), ("link/jobs", "jobs that were not settled"), ("builds/spool", "spooled logs")):
        left = [path.name for path in (agent / folder).glob("*") if not path.name.endswith(".unreadable")]
        if left:
            found.append(f"{what}: {left}")
    if torn := [str(path) for path in agent.rglob("*.unreadable")]:
        found.append(f"state that was set aside as unreadable: {torn}")
    if parts := [str(path) for path in (agent / "link").rglob("*.new-*")]:
        found.append(f"half-written files: {parts}")
    overlays = [point for point in installation.mounts() if point.endswith("/merged")]
    if len(overlays) > replicas:
        found.append(f"{len(overlays)} mounted images for {replicas} replicas: {overlays}")
    if builds := [point for point in installation.mounts() if "/builds/" in point]:
        found.append(f"mounts of builds: {builds}")
    return found


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def processes_left(installation, containers):
    """Processes that speak of this installation and are neither its daemons nor a living container's conmon."""
    known = {pid for pid, _ in installation.marks().values()} | installation.others
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        command = _command(pid)
        if pid in known or not any(str(place) in command for place in (installation.home, installation.runtime)):
            continue
        state = process_state(pid)
        if not state or "git_server.py" in command or command.startswith("psql "):
            continue
        if "conmon" in command:
            if not any(container in command for container in containers):
                found.append(f"conmon {pid} of no container")
            continue
        parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) if path.exists() else 0
        if parent in known or "postgres" in command:
            continue
        found.append(f"process {pid}: {command[:160]}")
    return found
