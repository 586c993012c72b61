"""The configuration reference cannot fall behind."""

import re

NAME = "docs/configuration.md names every configuration key of the programs, and every variable that ./dev reads"

KEY = re.compile(r'\bf\.(key|secret)\(\s*"([a-z0-9_.]+)"')
VARIABLE = re.compile(r"\$\{(WISEHOSTING_[A-Z_]+)")
REFERENCE = "docs/configuration.md"


def check(tree):
    if not tree.exists(REFERENCE):
        return [f"{REFERENCE} is missing"]
    reference = tree.text(REFERENCE)
    problems = []
    for path in tree.paths(".hpp", ".cpp", under=["control-plane/app/", "control-plane/main", "worker-agent/app/", "worker-agent/main"]):
        for kind, name in KEY.findall(tree.text(path)):
            key = name + "_file" if kind == "secret" else name
            if f"`{key}`" not in reference:
                problems.append(f"{path}: `{key}` is not in {REFERENCE}")
    for path in ["dev", *tree.paths(".sh", under=["packaging/dev/"])]:
        for variable in VARIABLE.findall(tree.text(path)) if tree.exists(path) else ():
            if f"`{variable}`" not in reference:
                problems.append(f"{path}: `{variable}` is not in {REFERENCE}")
    return problems


HEADER = 'f.key("http.port", http.port, "port"); f.secret("key", key, "key");'
GOOD = {
    "docs/configuration.md": "`http.port` `key_file` `WISEHOSTING_HOME`",
    "control-plane/app/config.hpp": HEADER,
    "packaging/dev/common.sh": "home=${WISEHOSTING_HOME:-x}",
}
BAD = [
    {"docs/configuration.md": "none", "control-plane/app/config.hpp": 'f.key("http.port", http.port, "port");'},
    {"docs/configuration.md": "`http.port` `key`", "control-plane/app/config.hpp": HEADER},
    {"docs/configuration.md": "none", "packaging/dev/common.sh": "home=${WISEHOSTING_HOME:-x}"},
]
