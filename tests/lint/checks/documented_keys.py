"""The configuration reference cannot fall behind."""

import re

NAME = "docs/configuration.md names every configuration key of the programs"

KEY = re.compile(r'\bf\.(?:key|secret|list)\(\s*"([a-z0-9_.]+)"')
REFERENCE = "docs/configuration.md"


def check(tree):
    if not tree.exists(REFERENCE):
        return [f"{REFERENCE} is missing"]
    reference = tree.text(REFERENCE)
    problems = []
    for path in tree.paths(".hpp", ".cpp", under=["control-plane/app/", "control-plane/main", "worker-agent/app/", "worker-agent/main"]):
        for key in KEY.findall(tree.text(path)):
            if f"`{key}`" not in reference:
                problems.append(f"{path}: `{key}` is not in {REFERENCE}")
    return problems


GOOD = {"docs/configuration.md": "`http.port`", "control-plane/app/config.hpp": 'f.key("http.port", http.port, "port");'}
BAD = [{"docs/configuration.md": "none", "control-plane/app/config.hpp": 'f.key("http.port", http.port, "port");'}]
