"""Every command that README.md and docs/ show is typed by a test (tests/docs/run.py), or says why it is not."""

import sys

from tree import ROOT

sys.path.insert(0, str(ROOT / "tests/docs"))

from documents import mistakes_in  # noqa: E402

NAME = "blocks of commands in the documents are tagged `sh run`, or `sh not run: WHY`; other blocks name their language"


def check(tree):
    return [
        f"{path}:{line}: {what}"
        for path in tree.paths(".md")
        if path.startswith("docs/") or "/" not in path
        for line, what in mistakes_in(tree.text(path))
    ]


GOOD = {
    "README.md": "```sh run\n./dev up\n```\n\n```text output\nReady in …\n```\n",
    "docs/a.md": "```sh not run: it takes an hour\n./dev test\n```\n\n```cpp\nint a;\n```\n\n```text\nplain\n```\n",
    "spa/README.md": "```\nelsewhere\n```\n",
}
BAD = [
    {"README.md": "```\n./dev up\n```\n"},
    {"README.md": "```sh\n./dev up\n```\n"},
    {"docs/a.md": "```sh not run:\n./dev up\n```\n"},
    {"docs/a.md": "```console\n$ ./dev up\n```\n"},
    {"docs/a.md": "```text output\nReady\n```\n"},
]
