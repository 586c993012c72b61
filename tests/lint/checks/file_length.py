"""STYLE 1."""

NAME = "a file over 500 lines says at its top why it is long"

EXCUSE = "This file is long because"


def check(tree):
    problems = []
    for path in tree.paths(".cpp", ".hpp", ".ts", ".tsx", ".py", ".sh", "dev"):
        if "/gen/" in path or ".gen." in path:
            continue
        lines = tree.lines(path)
        if len(lines) > 500 and not any(EXCUSE in line for _, line in lines[:10]):
            problems.append(f"{path}: {len(lines)} lines. Split it, or write '{EXCUSE} …' into its first ten lines")
    return problems


GOOD = {"common/a.cpp": "x;\n" * 500, "common/b.cpp": f"// {EXCUSE} it is one table.\n" + "x;\n" * 600}
BAD = [{"common/a.cpp": "x;\n" * 501}]
