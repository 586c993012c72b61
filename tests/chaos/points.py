"""The named crash points, read from the sources, and who may be killed at one."""

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

CONTROL_PLANE, AGENT = "control-plane", "agent"
VICTIMS = ("control-plane", "agent", "supervisor", "postgres", "haproxy", "podman", "registry")

# What a deployment has to do so that it passes the point; the others are passed by every one.
NEEDS_BUILD = ("build.", "spool.", "link.job.", "link.result.", "link.log.", "hub.log.", "hub.result.", "hub.accepted.",
               "assign.")
NEEDS_NEW_APP = ("network.guarded", "network.created", "replica.pulled", "haproxy.host_mapped")
NEEDS_GONE_APP = ("network.removed", "haproxy.host_removed")
# Passed by the way back up only: these are met by killing the agent, or a daemon, first.
NEEDS_RESTART = ("daemon.", "hub.inventory.")


class Point:
    def __init__(self, name, path):
        self.name = name
        self.owner = AGENT if path.startswith("worker-agent/") else CONTROL_PLANE

    def kind(self):
        if self.name in NEEDS_NEW_APP:
            return "create"
        if self.name in NEEDS_GONE_APP:
            return "delete"
        if self.name.startswith(NEEDS_BUILD):
            return "build"
        return "restart"


def all_points():
    """Sorted by name: every `crash_point("…")` of both sides."""
    found = subprocess.run(
        ["grep", "-rnoE", r'crash_point\("[a-z_.]+"\)', "--include=*.cpp", "control-plane", "worker-agent"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout
    points = {}
    for line in found.splitlines():
        path, _, call = line.split(":", 2)
        name = re.search(r'"([a-z_.]+)"', call).group(1)
        points[name] = Point(name, path)
    return [points[name] for name in sorted(points)]
