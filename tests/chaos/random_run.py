"""Many deployments at once with kills at random moments; the seed gives the same choices again."""

import threading
import time

from installation import ChaosError
from invariants import Expected, settled
from points import VICTIMS
from workload import Begun

APPS = 10
KILLED_WITHIN = 8.0  # seconds from the beginning of a round
WEIGHTS = {"control-plane": 5, "agent": 5, "postgres": 3, "supervisor": 2, "haproxy": 2, "podman": 3, "registry": 2}


def plan(dice, world, number):
    """One round: what is deployed, and who is killed when (seconds after the beginning)."""
    kinds = [(name, "restart" if dice.random() < 0.6 else "build") for name in world.texts if name != "steady"]
    victims = dice.choices(list(WEIGHTS), WEIGHTS.values(), k=dice.choice((1, 2, 2, 3, 3, 4)))
    kills = sorted((dice.uniform(0, KILLED_WITHIN), victim) for victim in victims)
    return kinds, kills, f"round-{number}"


def may_fail(kind, victims, ended):
    """Whether a deployment may have ended without being live: a build has two attempts, and no more than the registry's life."""
    if kind == "restart":
        return False
    twice = victims.count("agent") >= 2 and (ended.get("failure") or {}).get("code") == "agent_restarted"
    return twice or "registry" in victims or "supervisor" in victims


def one_round(world, kinds, kills, text):
    began = time.monotonic()
    begun = [Begun(world, kind, name, f"{text}-{name}") for name, kind in kinds]
    for one in begun:
        one.start()
    for at, victim in kills:
        threading.Event().wait(max(0.0, began + at - time.monotonic()))
        world.installation.kill(victim)
    wrong, lost, counted = [], 0, {}
    for one in begun:
        deployment, watch = one.result()
        ended = world.wait_end(deployment)
        counted[ended["state"]] = counted.get(ended["state"], 0) + 1
        if ended["state"] != "live" and not may_fail(one.kind, [victim for _, victim in kills], ended):
            lost += 1
            wrong.append(f"{one.name_}: {one.kind} ended as {ended['state']}: {ended.get('failure')}")
        elif ended["state"] != "live":
            # The old release serves on; the next round's text is another.
            world.texts[one.name_] = world.live_ids.get(one.name_, world.texts[one.name_])
        if ended["state"] == "live":
            world.live_ids[one.name_] = world.texts[one.name_]
        wrong += world.verdict_history(deployment, one.kind, ended, watch)
    return wrong, lost, counted


def random_run(world, dice, options):
    """Until `options.random` deployments are done or the time is over. What was wrong, and the counts."""
    names = [f"app{number}" for number in range(APPS)]
    made = [Begun(world, "create", name, "start") for name in names]
    for one in made:
        one.start()
    for one in made:
        world.wait_end(one.result()[0])
    world.live_ids = dict.fromkeys(names, "start")
    until = time.monotonic() + options.minutes * 60
    failed, counts = [], {"deployments": 0, "kills": dict.fromkeys(VICTIMS, 0), "lost": 0, "doubled": 0, "orphans": 0, "ended": {}}
    slowest = 0.0
    number = 0
    while counts["deployments"] < options.random and time.monotonic() < until:
        number += 1
        kinds, kills, text = plan(dice, world, number)
        try:
            wrong, lost, ended = one_round(world, kinds, kills, text)
            remaining, took = settled(world.installation, Expected(world.api, world.texts))
        except ChaosError as error:
            wrong, lost, ended, remaining, took = [str(error)], 1, {}, [], 0.0
        slowest = max(slowest, took)
        counts["deployments"] += len(kinds)
        counts["lost"] += lost
        counts["doubled"] += sum("accepted results" in line or "feed rows" in line for line in wrong)
        counts["orphans"] += len(remaining)
        for state, many in ended.items():
            counts["ended"][state] = counts["ended"].get(state, 0) + many
        for _, victim in kills:
            counts["kills"][victim] += 1
        said = ", ".join(f"{victim} at {at:.1f} s" for at, victim in kills)
        print(f"[{counts['deployments']}] {said}: settled after {took:.1f} s", flush=True)
        for line in wrong + remaining:
            print(f"      {line}", flush=True)
        failed += [f"round {number} ({said}): {line}" for line in wrong + remaining]
        if failed and options.stop:
            break
    counts["settled_slowest_s"] = round(slowest, 1)
    print(f"{counts['deployments']} deployments, {sum(counts['kills'].values())} kills {counts['kills']}: ended {counts['ended']}, "
          f"lost {counts['lost']}, doubled {counts['doubled']}, left over {counts['orphans']}")
    return failed, counts
