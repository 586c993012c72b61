"""The fenced blocks of a Markdown document, and what their tags say.

    ```sh run                    typed by the test, in order, in one shell a document
    ```sh not run: WHY           not typed, for the reason that stands there
    ```text output               what the block before must have printed: these lines, in this order; … is anything
    ```LANGUAGE …                anything else: shown, not run
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(.*?)\s*$")
SHELLS = ("sh", "bash", "shell", "console")


@dataclass
class Block:
    line: int  # of the first line within the fence
    tag: str
    text: str

    @property
    def language(self):
        return self.tag.split(" ")[0]

    @property
    def runs(self):
        return self.tag == "sh run"

    @property
    def is_output(self):
        return self.tag == "text output"

    @property
    def reason(self):
        """Why a block of commands is not run; empty when it does not say."""
        return self.tag.removeprefix("sh not run:").strip() if self.tag.startswith("sh not run:") else ""


def blocks_of(text):
    """Every fenced block, in order. A fence that is never closed ends with the document."""
    blocks, fence, current = [], "", None
    for number, line in enumerate(text.splitlines(), start=1):
        found = FENCE.match(line)
        if current is None:
            if found:
                fence, current = found[2], Block(number + 1, found[3], "")
        elif found and found[2].startswith(fence) and not found[3]:
            blocks.append(current)
            current = None
        else:
            current.text += line + "\n"
    return blocks + ([current] if current else [])


def mistakes_in(text):
    """(line, what is wrong) of the tags of one document."""
    mistakes, before = [], None
    for block in blocks_of(text):
        if not block.tag:
            mistakes.append((block.line, "the block does not say its language (commands: sh run)"))
        elif block.language in SHELLS and not block.runs and not block.reason:
            mistakes.append((block.line, f"`{block.tag}`: commands are `sh run`, or `sh not run: WHY`"))
        elif block.tag.startswith("text output") and not (block.is_output and before and before.runs):
            mistakes.append((block.line, "`text output` follows a block that is run"))
        before = block
    return mistakes


def first_missing(wanted, printed):
    """The first line of `wanted` that `printed` does not hold after the ones before it; None when all are there.
    Runs of spaces are one space; … stands for anything."""
    lines = iter(" ".join(line.split()) for line in printed.splitlines())
    for line in wanted.splitlines():
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
        if line.strip() and not any(re.search(pattern.replace(r"\ ", r"\ ?"), other) for other in lines):
            return line
    return None
