"""The rules of the house. Every file in checks/ is one rule:

    NAME       what must hold, one sentence
    check(tree) → list of "path:line: what is wrong, and what to do"
    GOOD, BAD  files (path → text) that must pass, and that must not: the rule's own test

    run.py             every rule and its own test; the last line is "N passed, N failed"
    run.py layers …    some of them
    run.py --tidy …    clang-tidy over the files named, or over those changed since the last commit (needs ./dev build dev)
"""

import importlib
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from tree import ROOT, Tree  # noqa: E402


def names():
    return sorted(path.stem for path in (Path(__file__).parent / "checks").glob("*.py"))


def own_test(module):
    """Mistakes of the rule itself: it must accept GOOD and refuse each of BAD."""
    mistakes = [f"its own test: a good example is refused: {problem}" for problem in module.check(Tree(module.GOOD))]
    for i, files in enumerate(module.BAD):
        if not module.check(Tree(files)):
            mistakes.append(f"its own test: bad example {i} is accepted: {sorted(files)}")
    return mistakes


def run(chosen):
    tree = Tree()
    passed = failed = 0
    for name in chosen:
        module = importlib.import_module(f"checks.{name}")
        for problems in (module.check(tree), own_test(module)):
            if not problems:
                passed += 1
                continue
            failed += 1
            print(f"{name}: {module.NAME}")
            for problem in problems[:25]:
                print(f"    {problem}")
            if len(problems) > 25:
                print(f"    … and {len(problems) - 25} more")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def tidy(files):
    if not files:
        changed = subprocess.run(["git", "-C", str(ROOT), "diff", "--name-only", "HEAD~1"], capture_output=True, text=True)
        files = [path for path in changed.stdout.split() if path.endswith(".cpp") and (ROOT / path).exists()]
    if not files:
        return 0
    return subprocess.run(["clang-tidy-19", "-p", str(ROOT / "build/dev"), "--quiet", *files], cwd=ROOT).returncode


def main(arguments):
    if arguments[:1] == ["--tidy"]:
        return tidy(arguments[1:])
    unknown = sorted(set(arguments) - set(names()))
    if unknown:
        print(f"There is no rule {', '.join(unknown)}. Rules: {', '.join(names())}")
        return 2
    return run(arguments or names())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
