"""A page that the index does not name is found by nobody."""

NAME = "docs/README.md links every page of docs/"


def check(tree):
    pages = [path for path in tree.paths(".md") if path.startswith("docs/") and path.count("/") == 1]
    index = tree.text("docs/README.md") if tree.exists("docs/README.md") else ""
    return [f"{page}: docs/README.md does not link it" for page in pages if page != "docs/README.md" and f"]({page.split('/')[1]})" not in index]


GOOD = {"docs/README.md": "[a.md](a.md)\n", "docs/a.md": "# A\n", "docs/adr/0001-x.md": "# X\n"}
BAD = [{"docs/README.md": "a.md\n", "docs/a.md": "# A\n"}, {"docs/a.md": "# A\n"}]
