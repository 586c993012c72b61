"""Types the commands of a document, as a reader would: python3 run.py DOCUMENT…

All blocks of one document go through one shell, whose home is a folder of its own with the clone as ~/wisehosting, where
it starts. Which installation is used, the environment says: WISEHOSTING_HOME, WISEHOSTING_PORT_OFFSET,
WISEHOSTING_PRESET. What the documents call https://git.example.com/ is the server in WH_DOCS_GIT_URL, and the ports in
them are moved by the offset. The first command that fails ends the document: its line is printed, and the exit code is 1.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from documents import blocks_of, first_missing

ROOT = Path(__file__).resolve().parents[2]
PORTS = re.compile(r"\b(7050|7070|7071|7080)\b")
SECONDS = 300  # for one document


def as_installed(text, offset, git_url):
    """The text with the ports and the git server of the installation that is used."""
    moved = PORTS.sub(lambda port: str(int(port[1]) + offset), text)
    return moved.replace("https://git.example.com/", git_url.rstrip("/") + "/")


def script_of(document, blocks, change):
    """One shell script; before each block it says where it is, on a line of its own."""
    lines = ["set -euo pipefail", "cd ~/wisehosting"]
    for number, block in enumerate(blocks):
        if block.runs:
            mark = f"@@ {number} {document}:{block.line}"
            lines += [f"printf '\\n%s\\n' {mark!r}", change(block.text)]
    return "\n".join(lines) + "\n"


def shell_in(home, script, environment):
    """Runs the script with a home of its own; what it printed, both outputs in one, and its exit code."""
    (home / ".local/share").mkdir(parents=True)
    (home / ".local/share/wisehosting").symlink_to(environment["WISEHOSTING_HOME"])
    (home / "wisehosting").symlink_to(ROOT)
    (home / ".gitconfig").write_text("[user]\n\tname = Reader\n\temail = reader@localhost\n[init]\n\tdefaultBranch = main\n")
    ended = subprocess.run(
        ["bash", "-c", script], env={**environment, "HOME": str(home), "TERM": "dumb"}, timeout=SECONDS, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    return ended.stdout, ended.returncode


def leave_as_found(home, environment):
    """A document that ended in the middle may leave an installation of its own running, and the given one stopped."""
    made = [marker.parent for marker in home.glob("*/wisehosting.home")]
    for folder in made:
        subprocess.run([ROOT / "dev", "reset", "--yes"], env={**environment, "WISEHOSTING_HOME": str(folder)}, check=True)
    if made:
        subprocess.run([ROOT / "dev", "up"], env=environment, check=True)


def printed_by_block(output):
    """Block number → what it printed."""
    printed, number = {}, None
    for line in output.splitlines():
        found = re.match(r"@@ (\d+) ", line)
        if found:
            number = int(found[1])
        elif number is not None:
            printed[number] = printed.get(number, "") + line + "\n"
    return printed


def wrong_outputs(document, blocks, printed, change):
    problems = []
    for number, block in enumerate(blocks):
        if block.is_output:
            line = first_missing(change(block.text), printed.get(number - 1, ""))
            if line is not None:
                problems.append(f"{document}:{block.line}: this was not printed: {line.strip()}")
    return problems


def run(document, environment):
    """Mistakes of one document, each a line; none when everything in it works."""
    offset = int(environment.get("WISEHOSTING_PORT_OFFSET", "0"))
    git_url = environment.get("WH_DOCS_GIT_URL", "https://git.example.com/")

    def change(text):
        return as_installed(text, offset, git_url)

    began = time.monotonic()
    blocks = blocks_of((ROOT / document).read_text(encoding="utf-8"))
    if not any(block.runs for block in blocks):
        return []
    # A reader signed in a moment ago; some commands ask for that.
    for file in (Path(environment["WISEHOSTING_HOME"]) / "cli").glob("*.json"):
        file.unlink()
    with tempfile.TemporaryDirectory(prefix="wh-docs-") as home:
        output, code = shell_in(Path(home), script_of(document, blocks, change), environment)
        leave_as_found(Path(home), environment)
    print(f"{output}== {document}: {time.monotonic() - began:.1f} s", flush=True)
    if code != 0:
        marks = re.findall(r"^@@ \d+ (.*)$", output, re.M)
        return [f"{marks[-1] if marks else document}: this block ended with {code}"]
    return wrong_outputs(document, blocks, printed_by_block(output), change)


def main(documents):
    problems = [problem for document in documents for problem in run(document, dict(os.environ))]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
