"""STYLE rule 6."""

import re

from tree import code_without_comments

NAME = "SQL stands in store files, platform/postgres and migrations only"

SQL = re.compile(r"\b(SELECT\s[^;\"]{1,200}?\sFROM\s|INSERT\s+INTO\s|DELETE\s+FROM\s|UPDATE\s+\w+\s+SET\s|CREATE\s+TABLE\s)")


def may_hold_sql(path):
    name = path.split("/")[-1]
    return path.startswith("control-plane/platform/postgres/") or re.fullmatch(r"(\w+_)?store(_\w+)?\.cpp", name)


def check(tree):
    problems = []
    for path in tree.paths(".cpp", ".hpp", outside=["tests/"]):
        if may_hold_sql(path):
            continue
        text = code_without_comments(tree.text(path))
        for found in SQL.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            problems.append(f"{path}:{number}: {found[0][:40]!r}: move the statement to the module's store.cpp")
    return problems


GOOD = {
    "control-plane/modules/builds/store.cpp": 'x{"builds.find", "SELECT id FROM builds WHERE id = $1"};',
    "control-plane/modules/builds/store_jobs.cpp": 'x{"builds.add", "INSERT INTO builds (id) VALUES ($1)"};',
    "control-plane/modules/builds/service.cpp": "// SELECT id FROM builds\nselect(from);\n",
}
BAD = [
    {"control-plane/modules/builds/service.cpp": 'exec("SELECT id FROM builds");'},
    {"control-plane/modules/builds/routes.cpp": 'exec("UPDATE builds SET state = 1");'},
    {"control-plane/modules/builds/store.hpp": 'constexpr auto k = "DELETE FROM builds WHERE id = $1";'},
    {"control-plane/app/main.cpp": 'exec(R"(INSERT INTO builds VALUES (1))");'},
]
