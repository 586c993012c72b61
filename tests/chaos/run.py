"""Kills parts of a real installation and checks that nothing is lost, doubled or left over.

    run.py --binaries FOLDER                       every crash point × the process itself, and a row of other victims
    run.py --binaries FOLDER --matrix              every crash point × every victim
    run.py --binaries FOLDER --short               what CI runs: a part, about a minute
    run.py --binaries FOLDER --random N --seed S   N deployments with kills at random moments

Prints one line a cell, `point × victim: result`, and at the end a summary; the exit code is 1 when something was wrong. The
same seed gives the same choices.
"""

import argparse
import faulthandler
import json
import os
import random
import signal
import sys
import time

from installation import ChaosError, Installation
from invariants import podman
from points import NEEDS_RESTART, VICTIMS, all_points
from random_run import random_run
from two_instances import two_instances
from workload import Begun, Removal, World

# Points at which the death of *another* process is the interesting thing, for the default form.
CROSS = {
    "build.built": ("registry", "postgres", "control-plane"),
    "build.pushed": ("postgres", "control-plane", "supervisor", "registry"),
    "link.job.kept": ("control-plane", "postgres"),
    "link.result.sent": ("postgres", "control-plane"),
    "hub.commands.committed": ("agent", "postgres"),
    "hub.result.before_commit": ("postgres", "agent"),
    "hub.log.committed": ("agent", "supervisor"),
    "replica.networked": ("podman", "supervisor"),
    "replica.created": ("podman", "control-plane"),
    "replica.started": ("podman", "haproxy", "supervisor"),
    "replica.healthy": ("haproxy", "postgres"),
    "edge.rendered": ("haproxy", "podman"),
    "edge.layout_written": ("haproxy",),
    "rollout.begun": ("agent", "postgres"),
    "rollout.promoted": ("postgres", "haproxy"),
    "replica.terminated": ("podman", "haproxy"),
}
SHORT = (("hub.result.before_commit", "postgres"), ("replica.created", "podman"), ("edge.rendered", "haproxy"))


class Cell:
    def __init__(self, point, victim):
        self.point, self.victim, self.result, self.wrong, self.took = point, victim, "", [], 0.0

    def line(self):
        return f"{self.point.name:28} × {self.victim:13} {self.result:12} {self.took:5.1f} s"


def wait_for_stop(world, point, begun, seconds):
    """The pid that stands at the point; None when the deployment ended without passing it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if pid := world.installation.stopped_at_point(point.owner):
            return pid
        if begun.deployment and not begun.is_alive():
            row = world.installation.sql(f"SELECT state FROM deployments WHERE id = '{begun.deployment}'")
            if row and row[0][0] == "live" and world.installation.order.exists():
                # What comes after Live (drain, removal, acks) has a moment more.
                until = min(until, time.monotonic() + 25)
        time.sleep(0.01)
    return None


def strike(world, pid, point, victim):
    """Kills the victim while the other stands at the point."""
    if victim == point.owner:
        os.kill(pid, signal.SIGKILL)
        return
    world.installation.kill(victim)
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass  # it went with its supervisor


def run_cell(world, cell, number, name="app"):
    """One deployment, disturbed at the point. Leaves the world settled."""
    point, victim = cell.point, cell.victim
    kind = point.kind()
    text = f"{point.name}-{victim}-{number}"
    began = time.monotonic()
    target = f"n{number}" if kind in ("create", "delete") else name
    if kind == "delete":
        world.create(target, text)
    world.installation.order_stop(point.name)
    if point.name.startswith(NEEDS_RESTART):
        # Only what comes back passes these: the podman service for daemons, the agent for what it says first.
        world.installation.kill("podman" if point.name.startswith("daemon.") else "agent")
    begun = Begun(world, "build" if kind == "delete" else kind, name if kind == "delete" else target, text + "-d" if kind == "delete" else text)
    begun.start()
    removal = None
    if kind == "delete":
        begun.result()
        removal = Removal(world, target)
        removal.start()
    pid = wait_for_stop(world, point, begun, 60)
    cell.result = "passed over"
    if pid:
        strike(world, pid, point, victim)
        cell.result = "ok"
    world.installation.withdraw()
    if removal:
        removal.result()
    deployment, watch = begun.result()
    cell.wrong, settle = world.verdict(deployment, "restart" if kind == "restart" else "build", watch)
    if victim != "haproxy" and (failed := world.visitor.failures_since(began)):
        cell.wrong.append(f"{len(failed)} visits of the bystander failed: {failed[:3]}")
    if kind == "create":
        world.remove(target)
    cell.took = time.monotonic() - began
    if cell.wrong:
        cell.result = "WRONG"


def chosen_cells(options, dice):
    points = {point.name: point for point in all_points()}
    if options.short:
        cells = [Cell(points[name], victim) for name, victim in SHORT]
        return cells
    if options.matrix:
        cells = [Cell(point, victim) for point in points.values() for victim in VICTIMS]
    else:
        cells = [Cell(point, point.owner) for point in points.values()]
        cells += [Cell(points[name], victim) for name, victims in CROSS.items() for victim in victims]
    if options.only:
        cells = [cell for cell in cells if options.only in f"{cell.point.name}×{cell.victim}"]
    dice.shuffle(cells)
    return cells[options.skip:options.skip + options.most]


def run_matrix(world, options, dice):
    cells = chosen_cells(options, dice)
    until = time.monotonic() + options.minutes * 60
    done = []
    for number, cell in enumerate(cells, 1):
        if time.monotonic() > until:
            break
        try:
            run_cell(world, cell, number)
        except Exception as error:
            cell.result, cell.wrong = "WRONG", [repr(error)]
            world.installation.withdraw()
            for owner in {other.point.owner for other in cells}:
                if pid := world.installation.stopped_at_point(owner):
                    os.kill(pid, signal.SIGKILL)  # or it would stand there in all cells to come
        done.append(cell)
        print(f"[{number}/{len(cells)}] {cell.line()}", flush=True)
        for line in cell.wrong:
            print(f"      {line}", flush=True)
        if cell.wrong and options.stop:
            break
    return done, len(cells)


def finish_history(world):
    wrong = world.feed.verdict()
    images = podman(world.installation, "/images/json")
    print(f"images kept on the host: {len(images)}, for {len(world.texts)} apps")
    print(f"feed: {len(world.feed.rows)} rows seen as they happened; visits of the bystander: {world.visitor.visits}, failed {len(world.visitor.failed)}")
    return wrong


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--seed", type=int, default=None, help="of the choices and their order; printed")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--matrix", action="store_true")
    parser.add_argument("--two", action="store_true", help="two control planes of one database only")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--only", help="cells whose `point×victim` holds this")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=600, help="begin no cell after so long")
    parser.add_argument("--stop", action="store_true", help="at the first cell that is wrong")
    parser.add_argument("--json", help="write the result here too")
    return parser.parse_args()


def main():
    faulthandler.register(signal.SIGUSR1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    failed, document = [], {"seed": seed}
    with Installation(options.binaries) as installation:
        world = World(installation)
        try:
            if options.random:
                failed, document["random"] = random_run(world, dice, options)
            elif not options.two:
                world.create("app", "start")
                cells, of = run_matrix(world, options, dice)
                failed = [f"{cell.point.name} × {cell.victim}: {line}" for cell in cells for line in cell.wrong]
                counts = {result: sum(cell.result == result for cell in cells) for result in ("ok", "WRONG", "passed over")}
                document["matrix"] = {"cells": len(cells), "of": of, **counts, "list": [(c.point.name, c.victim, c.result, round(c.took, 1)) for c in cells]}
                print(f"{len(cells)} of {of} cells: {counts['ok']} ok, {counts['WRONG']} wrong, {counts['passed over']} not on the way")
            if options.short or options.two:
                wrong, document["two_instances"] = two_instances(world)
                failed += wrong
            failed += finish_history(world)
        finally:
            world.close()
            if failed and os.environ.get("WH_CHAOS_KEEP"):
                print(f"kept: {installation.folder}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({**document, "wrong": failed}, file, indent=2)
    for line in failed:
        print(f"wrong: {line}")
    print(f"seed {seed}: {'WRONG' if failed else 'ok'}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ChaosError as error:
        sys.exit(f"error: {error}")
