"""The tables of docs/configuration.md, from what the programs say about themselves.

    configuration.py WH_CONTROL_PLANE WH_AGENT           the tables stand in the document as they are printed by --help
    configuration.py WH_CONTROL_PLANE WH_AGENT --write   writes them there
"""

import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/configuration.md"
ENTRY = re.compile(r"^--(\S+)  \((\w+)\)\n    (.*) \[(.*)\]$", re.M)
BETWEEN = r"(<!-- made by tests/docs/configuration\.py: {} -->\n).*?(<!-- end -->)"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def row(key, description, form):
    """One line of the table; `form` is what stands in brackets: "whole number, 1 to 64; default: 4"."""
    kind, _, standard = form.rpartition("; ")
    bounds = kind.partition(", ")[2]
    value = standard.removeprefix("default: ").removeprefix("default:").strip()
    shown = "required" if standard == "required" else f"`{cell(value)}`" if value and value != "(not set)" else "–"
    return f"| `{key}` | {shown} | {cell(description)}{f' ({bounds})' if bounds else ''} |"


def table_of(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    rows = [row(key, description, form) for key, _, description, form in ENTRY.findall(text)]
    assert len(rows) > 10, f"{program} --help lists no settings"
    return "\n".join(["| key | default | meaning |", "| --- | --- | --- |", *rows]) + "\n"


def with_tables(text, programs):
    for name, program in programs.items():
        text, count = re.subn(BETWEEN.format(name), lambda found: found[1] + "\n" + table_of(program) + "\n" + found[2], text, flags=re.S)
        assert count == 1, f"docs/configuration.md has no place for the table of {name}"
    return text


def main(control_plane, agent, *flags):
    text = DOCUMENT.read_text(encoding="utf-8")
    fresh = with_tables(text, {"wh-control-plane": control_plane, "wh-agent": agent})
    if "--write" in flags:
        DOCUMENT.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        different = sorted(set(fresh.splitlines()) ^ set(text.splitlines()))
        print("docs/configuration.md is not what the programs say. Write it anew with:")
        print("python3 tests/docs/configuration.py build/dev/bin/wh-control-plane build/dev/bin/wh-agent --write")
        print("\n".join(different))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
