"""The commands that the documents and the dashboard name exist: python3 commands.py WH WH_CONTROL_PLANE WH_AGENT

Every `wh …`, `./dev …`, `wh-control-plane …` and `wh-agent …` in a span of code or a block of commands, and in a text of the
dashboard, is looked up in what the programs say about themselves with --help: the command, its subcommand, and each --flag.
"""

import functools
import re
import subprocess
import sys
from pathlib import Path

from documents import SHELLS, blocks_of

ROOT = Path(__file__).resolve().parents[2]
SPAN = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1", re.M | re.S)
COMMAND = re.compile(r"(?:^|[\s;&|($])(\./dev wh|\./dev|wh-control-plane|wh-agent|wh) +([^;&|<>#\n]+)")


def documents():
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands_in(text):
    """(program, words) of each command, in blocks of commands and in spans of code that begin with one."""
    found = []
    for block in blocks_of(text):
        if block.language in SHELLS:
            found += COMMAND.findall(block.text.replace("\\\n", " "))
    for span in SPAN.findall(FENCED.sub("", text)):
        first = COMMAND.match(span)
        if first:
            found.append(first.groups())
    return [("wh" if program == "./dev wh" else program, words_of(words)) for program, words in found]


def commands_of_dashboard(text):
    """The same, of the texts in its sources that begin with one; what is filled in is a word that could be anything."""
    whole = re.sub(r"\$\{[^{}]*\}", "X", text)
    found = [COMMAND.match(span) for span in re.findall(r"[\"'`]((?:\./dev|wh|wh-control-plane|wh-agent) [^\"'`\n]+)", whole)]
    return [("wh" if each[1] == "./dev wh" else each[1], words_of(each[2])) for each in found if each]


def named():
    """(file, its commands) of all documents and sources of the dashboard."""
    for document in documents():
        yield document, commands_in(document.read_text(encoding="utf-8"))
    for source in sorted((ROOT / "spa/src").rglob("*.ts*")):
        if ".test." not in source.name and "gen" not in source.name.split("."):
            yield source, commands_of_dashboard(source.read_text(encoding="utf-8"))


def words_of(text):
    """What stands in quotes is one word, and nothing that could be looked up."""
    return re.sub(r"[\"')]", "", re.sub(r"'[^']*'|\"[^\"]*\"", "0", text)).split()


@functools.lru_cache(maxsize=None)
def help_of(*words):
    ended = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


def is_name(word):
    return re.fullmatch(r"[a-z][a-z-]*", word) is not None


def without_leading_flags(words):
    """The words from the command on: what stands before it holds for every command."""
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in ("--server", "--context") else 1 :]
    return words


def wrong_in_wh(program, words):
    """What `wh` does not know of these words; empty when it knows them."""
    path, text = [], help_of(program)
    for word in without_leading_flags(words):
        if not is_name(word):
            break
        deeper = help_of(program, *path, word)
        if not re.search(rf"^Usage: wh {re.escape(' '.join([*path, word]))}(\s|$)", deeper, re.M):
            if "\nSubcommands:" in text:
                return f"`wh {' '.join(path)}` has no `{word}`"
            break
        path, text = [*path, word], deeper
    known = text + help_of(program)
    for flag in (word.split("=")[0].rstrip(",.") for word in words if re.match(r"--?[a-z]", word)):
        if not re.search(rf"(^|[\s,]){re.escape(flag)}\b", known):
            return f"`wh {' '.join(path)}` has no {flag}"
    return ""


def wrong_in_usage(program, name, words):
    """The same for a program whose --help lists its commands, one a line; where that line ends in …, others read the rest."""
    text = help_of(program)
    if words and is_name(words[0]):
        lines = re.findall(rf"^\s*{re.escape(name)} \[?{re.escape(words[0])}\b.*$", text, re.M)
        if not lines and words[0] != "help":
            return f"`{name}` has no command `{words[0]}`"
        if any(re.search(r"…\]?  ", line) for line in lines):
            return ""
    for flag in (word.split("=")[0] for word in words if word.startswith("--")):
        if not re.search(rf"{re.escape(flag)}\b", text):
            return f"`{name}` has no {flag}"
    return ""


def main(wh, control_plane, agent):
    programs = {"./dev": str(ROOT / "dev"), "wh-control-plane": control_plane, "wh-agent": agent}
    seen = failed = 0
    for document, commands in named():
        for program, words in commands:
            seen += 1
            if program == "./dev" and words[:1] == ["admin"]:
                program, words = "wh-control-plane", words[1:]
            wrong = wrong_in_wh(wh, words) if program == "wh" else wrong_in_usage(programs[program], program, words)
            if wrong:
                failed += 1
                print(f"{document.relative_to(ROOT)}: {wrong}, in: {program} {' '.join(words)}")
    print(f"{seen} commands looked up, {failed} unknown")
    return 1 if failed or not seen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
