"""HOSTS: a lock file works with any registry."""

import json

NAME = "package-lock.json holds no download addresses"


def check(tree):
    problems = []
    for path in tree.paths("package-lock.json"):
        packages = json.loads(tree.text(path)).get("packages", {})
        problems += [f"{path}: {name}: 'resolved'; set omit-lockfile-registry-resolved=true in .npmrc" for name, entry
                     in packages.items() if str(entry.get("resolved", "")).startswith(("http", "git"))]
    for path in tree.paths("package.json"):
        if "node_modules" in path:
            continue
        folder = path.rpartition("/")[0]
        for name in ("package-lock.json", ".npmrc"):
            if not tree.exists(f"{folder}/{name}" if folder else name):
                problems.append(f"{path}: {name} beside it is missing")
    return problems


GOOD = {"spa/package.json": "{}", "spa/.npmrc": "omit-lockfile-registry-resolved=true\n",
        "spa/package-lock.json": '{"packages": {"a": {"version": "1.0.0", "integrity": "sha512-x"}}}'}
BAD = [
    {"spa/package-lock.json": '{"packages": {"a": {"resolved": "https://example.com/a.tgz"}}}'},
    {"spa/package.json": "{}"},
]
