"""STYLE 4: the format is the tool's, and ./dev fmt applies it."""

import subprocess

from tree import ROOT

NAME = "C++ sources are formatted (./dev fmt)"


def check(tree):
    paths = tree.paths(".cpp", ".hpp")
    if not tree.is_real():
        return [f"{path}: not formatted" for path in paths if formatted(tree.text(path)) != tree.text(path)]
    if not paths:
        return []
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *paths], cwd=ROOT, capture_output=True, text=True)
    wrong = {line.split(":")[0] for line in result.stderr.splitlines() if "-Wclang-format-violations" in line}
    problems = [f"{path}: not formatted; run ./dev fmt" for path in sorted(wrong)]
    if result.returncode != 0 and not problems:
        problems.append(f"clang-format-19: {result.stderr.strip()[:300]}")
    return problems


def formatted(text):
    command = ["clang-format-19", f"--style=file:{ROOT}/.clang-format", "--assume-filename=a.cpp"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


GOOD = {"common/a.cpp": "int main() {\n  return 0;\n}\n"}
BAD = [{"common/a.cpp": "int main(){return   0;}\n"}]
