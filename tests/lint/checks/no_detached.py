"""STYLE rule 4."""

import re

from tree import code_without_comments

NAME = "nothing is detached: every task belongs to a TaskGroup, every thread is joined"

DETACHED = re.compile(r"\basio::detached\b|\.detach\(\)|(?<![\w:])detached\)")


def check(tree):
    problems = []
    for path in tree.paths(".cpp", ".hpp", outside=["tests/", "common/async/"]):
        text = code_without_comments(tree.text(path))
        for found in DETACHED.finditer(text):
            problems.append(f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}")
    return problems


GOOD = {"control-plane/a.cpp": "// asio::detached is forbidden\ntasks_.spawn(\"a\", poll());\n"}
BAD = [
    {"control-plane/a.cpp": "co_spawn(ex, poll(), boost::asio::detached);\n"},
    {"worker-agent/a.cpp": "std::thread(run).detach();\n"},
]
