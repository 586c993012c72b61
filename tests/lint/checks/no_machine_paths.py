"""A clone works anywhere: nothing in it names the machine it was written on."""

import re

from tree import ROOT

NAME = "no paths of one machine, no package registry hosts"

HOSTS = re.compile(r"(registry\.npmjs\.org|registry\.yarnpkg\.com|(deb|security|ftp)\.debian\.org|files\.pythonhosted\.org|pypi\.org)")
HOME = re.compile(r"/home/[a-z][a-z0-9_-]*/")


def check(tree):
    parent = str(ROOT.parent)
    here = re.escape(parent) + "/" if len(parent) > 3 else None
    problems = []
    for path in tree.paths():
        if path.endswith((".png", ".woff2", ".ico", ".gz", ".br")):
            continue
        for number, line in tree.lines(path):
            if HOSTS.search(line) or HOME.search(line) or (here and re.search(r"(?<![\w.])" + here, line)):
                problems.append(f"{path}:{number}: {line.strip()[:90]}")
    return problems


GOOD = {"README.md": "Data lives in $HOME/.local/share. See https://www.debian.org.\n"}
BAD = [
    {"spa/package-lock.json": '"resolved": "https://' + "registry.npmjs" + '.org/vite"\n'},
    {"dev": "echo 'deb http://" + "deb.debian" + ".org/debian'\n"},
    {"docs/a.md": "cd /home/" + "alice/wisehosting\n"},
    {"docs/a.md": "cd " + str(ROOT.parent) + "/clone\n"} if len(str(ROOT.parent)) > 3 else {"dev": "/home/" + "bob/x\n"},
]
