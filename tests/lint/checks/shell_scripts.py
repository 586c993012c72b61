"""Shell scripts are strict and clean."""

import subprocess

from tree import ROOT

NAME = "bash scripts are strict (set -euo pipefail) and shellcheck finds nothing"

SOURCED = "packaging/dev/"  # read by ./dev, checked with it


def scripts(tree):
    return [path for path in tree.paths() if path in ("dev", ".ci/run") or path.endswith(".sh") or is_bash(tree, path)]


def is_bash(tree, path):
    return "." not in path.split("/")[-1] and tree.text(path).startswith(("#!/usr/bin/env bash", "#!/bin/bash", "#!/bin/sh"))


def check(tree):
    problems = []
    for path in scripts(tree):
        if path.startswith(SOURCED):
            continue
        if "set -euo pipefail" not in tree.text(path):
            problems.append(f"{path}: 'set -euo pipefail' is missing")
        if tree.is_real():
            result = subprocess.run(["shellcheck", "-x", "-a", "-f", "gcc", path], cwd=ROOT, capture_output=True, text=True)
        else:
            result = subprocess.run(["shellcheck", "-f", "gcc", "-"], input=tree.text(path), capture_output=True, text=True)
        problems += result.stdout.splitlines()
    return problems


GOOD = {"dev": '#!/usr/bin/env bash\nset -euo pipefail\necho "$1"\n'}
BAD = [
    {"dev": '#!/usr/bin/env bash\necho "$1"\n'},
    {"packaging/a.sh": "#!/usr/bin/env bash\nset -euo pipefail\nrm -rf $1/x\n"},
]
