"""B18: memory at rest, 60 s after the last deploy: control plane, database, agent; and the CPU of a quiet minute.

The peer is the Podman service that the agent keeps open, in the same run. Memory is the resident set of a process; for
the database, whose processes share pages, the proportional set.
"""

import os
import time

from bench_lib import Installation, Series, arguments, finish

NAME = "footprint"
REST_S = 60


def proportional_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def family_bytes(pid):
    return proportional_bytes(pid) + sum(proportional_bytes(child) for child in children(pid))


def main():
    options = arguments(__doc__, rounds=5)
    with Installation() as installation:
        time.sleep(REST_S)
        processes = {entry["name"]: entry["pid"] for entry in installation.status()["processes"]}
        podman = next(pid for name, pid in processes.items() if "podman" in name)
        watched = ("control-plane", "agent", "supervisor", "postgres")
        before = {name: cpu_seconds(processes[name]) for name in watched}
        began = time.monotonic()
        parts = {name: Series(name, "bytes") for name in watched}
        ours, peer = Series("control plane + database + agent", "bytes"), Series("podman service", "bytes")
        for _ in range(options.rounds):
            for name in watched:
                measure = family_bytes if name == "postgres" else resident_bytes
                parts[name].values.append(measure(processes[name]))
            ours.values.append(sum(parts[name].values[-1] for name in ("control-plane", "agent", "postgres")))
            peer.values.append(resident_bytes(podman))
            time.sleep(REST_S / options.rounds)
        elapsed = time.monotonic() - began
        idle = {name: 100 * (cpu_seconds(processes[name]) - before[name]) / elapsed for name in watched}
        megabytes = {name: round(series.report()["median"] / 1e6, 1) for name, series in parts.items()}
        finish(options, NAME, ours, peer, must=None, megabytes=megabytes, idle_cpu_percent=idle,
               must_megabytes={"control-plane": 40, "agent": 15}, goal_megabytes={"control-plane": 20, "agent": 6, "all": 100})


if __name__ == "__main__":
    main()
