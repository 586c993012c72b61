"""LEDGER PKG-14."""

import posixpath
import re

NAME = "links in the documents lead somewhere"

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.M)


def anchor(heading):
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.replace("`", ""))
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def without_code(text):
    text = re.sub(r"```.*?```", lambda found: "\n" * found[0].count("\n"), text, flags=re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def check(tree):
    problems = []
    for path in tree.paths(".md"):
        text = without_code(tree.text(path))
        for found in LINK.finditer(text):
            target = found[1] or found[2]
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            number = text.count("\n", 0, found.start()) + 1
            file, _, fragment = target.partition("#")
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            if not tree.exists(whole):
                problems.append(f"{path}:{number}: {target} does not exist")
            elif fragment and whole.endswith(".md"):
                if fragment not in {anchor(heading) for heading in HEADING.findall(tree.text(whole))}:
                    problems.append(f"{path}:{number}: {whole} has no heading #{fragment}")
    return problems


GOOD = {
    "README.md": "See [docs](docs/a.md#two-words), [here](#top) and `[x](y)`.\n# Top\n",
    "docs/a.md": "# Two words\n[back](../README.md) [web](https://example.com)\n",
}
BAD = [
    {"README.md": "[docs](docs/missing.md)\n"},
    {"README.md": "[docs](docs/a.md#three)\n", "docs/a.md": "# Two\n"},
    {"README.md": "![picture](docs/missing.svg)\n"},
]
