"""The order of DESIGN 6, read from the #include lines."""

import re

NAME = "includes point down: app → modules or capabilities → platform → wireguard → common/protocol → common → common/base"

# Between modules, each may use only those to its left.
MODULES = (
    "audit feed secrets mail identity organizations projects sources fleet builds scheduling deployments hooks ingress databases "
    "functions observability usage alerts"
).split()


NEVER_DOORS = ("store", "rules", "routes", "agent", "tasks")


def doors(tree, module):
    """What other modules may include of a module: its types, and the headers that its README names as its facade, in a
    line "Facade: `service.hpp`, …"."""
    readme = f"control-plane/modules/{module}/README.md"
    named = re.search(r"^Facade: (.*)$", tree.text(readme), re.M) if tree.exists(readme) else None
    headers = re.findall(r"`([a-z_]+\.hpp)`", named[1]) if named else []
    return ["types.hpp", "facade.hpp", *(header for header in headers if part_of(header) not in NEVER_DOORS)]


# Inside a module: routes, agent, tasks → service → rules, store → types. Helpers are named <part>_<topic>.
PART_RANK = {"types": 0, "ports": 1, "api": 1, "rules": 2, "store": 2, "facade": 2, "service": 3}
PART_RANK |= {"routes": 4, "agent": 4, "tasks": 4, "module": 5}

AGENT_PLATFORM = {"link", "host", "runtime"}
PURE_MUST_NOT = ("boost/", "pqxx", "common/async/", "common/http_client/", "control-plane/platform/", "wireguard/")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
OURS = ("common/", "wireguard/", "control-plane/", "worker-agent/", "cli/", "tests/")


def place(path):
    """(program, rank, folder) of a file of ours."""
    parts = path.split("/")
    if parts[0] == "common":
        rank = {"base": 0, "protocol": 2}.get(parts[1], 1)
        return "common", rank, "/".join(parts[:2])
    if parts[0] == "wireguard":
        return "common", 3, "wireguard"
    if parts[0] == "control-plane":
        if parts[1] == "platform":
            return "control-plane", 4, "/".join(parts[:3])
        if parts[1] == "modules":
            return "control-plane", 5, "/".join(parts[:3])
        return "control-plane", 6, "control-plane/app"
    if parts[0] == "worker-agent":
        if parts[1] in AGENT_PLATFORM:
            return "worker-agent", 4, "/".join(parts[:2])
        return "worker-agent", 6 if len(parts) == 2 or parts[1] == "app" else 5, "/".join(parts[:2])
    if parts[0] == "cli":
        return "cli", 6, "cli"
    return "tests", 9, "tests"


def part_of(path):
    return re.split(r"[_.]", path.split("/")[-1])[0]


def is_module(folder):
    return folder.startswith("control-plane/modules/")


def module_problem(tree, path, folder, target, target_folder):
    if folder == target_folder:
        own, other = PART_RANK.get(part_of(path)), PART_RANK.get(part_of(target))
        if own is None or other is None or part_of(path) == part_of(target) or other < own:
            return None
        return f"inside a module {part_of(path)} must not use {part_of(target)}"
    name, other_name = folder.split("/")[2], target_folder.split("/")[2]
    if name not in MODULES or other_name not in MODULES:
        return f"{name if name not in MODULES else other_name} is not a module of DESIGN 6"
    if MODULES.index(other_name) >= MODULES.index(name):
        return f"{name} stands before {other_name}; the other direction goes by the feed"
    allowed = doors(tree, other_name)
    if target.split("/")[-1] not in allowed:
        return f"of {other_name} others may use {', '.join(allowed)}; its README.md names its facade"
    return None


def problem(tree, path, target):
    program, rank, folder = place(path)
    target_program, target_rank, target_folder = place(target)
    if program == "tests":
        return None
    if target_program == "tests":
        return "programs must not use test code"
    if target_program not in ("common", program):
        return f"{program} must not use {target_program}"
    if target_rank > rank:
        return "this points up"
    if is_module(folder) and is_module(target_folder):
        return module_problem(tree, path, folder, target, target_folder)
    return None


def is_pure(path):
    return path.startswith("control-plane/modules/") and part_of(path) in ("rules", "types")


def check(tree):
    problems = []
    arrows = {}
    for path in tree.paths(".cpp", ".hpp", under=OURS):
        for number, line in tree.lines(path):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found[1] or found[2]
            if is_pure(path) and target.startswith(PURE_MUST_NOT):
                problems.append(f"{path}:{number}: rules and types are pure; {target} is not")
            if not target.startswith(OURS):
                continue
            reason = problem(tree, path, target)
            if reason:
                problems.append(f"{path}:{number}: {target}: {reason}")
            if place(path)[0] != "tests" and place(path)[2] != place(target)[2]:
                arrows.setdefault(place(path)[2], {}).setdefault(place(target)[2], f"{path}:{number}")
    return problems + circles(arrows)


def circles(arrows):
    """Folders that need each other, directly or around a corner."""
    done, problems = set(), []

    def visit(folder, trail):
        if folder in trail:
            circle = trail[trail.index(folder) :] + [folder]
            problems.append(f"{arrows[circle[-2]][folder]}: a circle: {' → '.join(circle)}")
        elif folder not in done:
            for target in sorted(arrows.get(folder, {})):
                visit(target, trail + [folder])
            done.add(folder)

    for folder in sorted(arrows):
        visit(folder, [])
    return problems


def _include(path, target):
    return {path: f'#include "{target}"\n'}


GOOD = {
    "control-plane/modules/builds/service.cpp": '#include "control-plane/modules/builds/store.hpp"\n'
    '#include "control-plane/modules/fleet/facade.hpp"\n#include "control-plane/platform/http/route.hpp"\n',
    "control-plane/modules/builds/rules_retry.cpp": '#include "control-plane/modules/builds/types.hpp"\n',
    "control-plane/modules/ingress/service.cpp": '#include "control-plane/modules/fleet/hub.hpp"\n',
    "control-plane/modules/fleet/README.md": "# fleet\n\nFacade: `hub.hpp`, `store.hpp`\n",
    "worker-agent/edge/edge.cpp": '#include "worker-agent/link/capability.hpp"\n',
    "common/protocol/session.cpp": '#include "common/async/task.hpp"\n',
    "tests/unit/edge/edge_test.cpp": '#include "worker-agent/edge/edge.hpp"\n',
}
BAD = [
    _include("common/base/id.cpp", "common/json/json.hpp"),
    _include("common/async/task.hpp", "common/protocol/session.hpp"),
    _include("control-plane/platform/http/server.cpp", "control-plane/modules/builds/types.hpp"),
    _include("control-plane/modules/fleet/service.cpp", "control-plane/modules/builds/types.hpp"),
    _include("control-plane/modules/builds/service.cpp", "control-plane/modules/fleet/hub.hpp"),
    _include("control-plane/modules/builds/service.cpp", "control-plane/modules/fleet/store.hpp")
    | {"control-plane/modules/fleet/README.md": "Facade: `store.hpp`\n"},
    _include("control-plane/modules/builds/store.cpp", "control-plane/modules/builds/service.hpp"),
    _include("control-plane/modules/builds/rules.cpp", "control-plane/modules/builds/store.hpp"),
    {"control-plane/modules/builds/rules.cpp": "#include <boost/asio/awaitable.hpp>\n"},
    _include("worker-agent/edge/edge.cpp", "control-plane/platform/http/route.hpp"),
    _include("worker-agent/host/host.cpp", "worker-agent/edge/edge.hpp"),
    _include("cli/main.cpp", "tests/support/fake.hpp"),
    _include("common/log/log.hpp", "common/json/json.hpp") | _include("common/json/json.hpp", "common/log/log.hpp"),
]
