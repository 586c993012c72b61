"""The table of attacks names tests that exist."""

import re

NAME = "docs/security-cases.md names tests that exist"

TABLE = "docs/security-cases.md"
NAMED = re.compile(r"`([A-Za-z0-9]+)\.([A-Za-z0-9_]+)`")
CASE = re.compile(r"\bTEST(?:_F|_P)?\(\s*([A-Za-z0-9]+),\s*([A-Za-z0-9_]+)\s*\)")


def check(tree):
    if not tree.exists(TABLE):
        return [f"{TABLE} is missing"]
    there = set()
    for path in tree.paths(".cpp", under=["tests/"]):
        there.update(CASE.findall(tree.text(path)))
    return [
        f"{TABLE}:{number}: there is no test {suite}.{case}"
        for number, line in tree.lines(TABLE)
        for suite, case in NAMED.findall(line)
        if (suite, case) not in there
    ]


TEST = "TEST_F(Doors, shut) {}\nTEST(\n    Long, a_name_on_its_own_line) {}"
GOOD = {TABLE: "| X-01 | `Doors.shut` `Long.a_name_on_its_own_line` |", "tests/unit/doors_test.cpp": TEST}
BAD = [
    {"tests/unit/doors_test.cpp": TEST},
    {TABLE: "| X-01 | `Doors.open` |", "tests/unit/doors_test.cpp": TEST},
]
