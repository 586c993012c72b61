"""Makes bare repositories that no ordinary git would make: hostile_repositories.py FOLDER BASE_URL

BASE_URL is where submodules point to. Trees are written as raw objects, so that names may be anything.
"""

import os
import subprocess
import sys

ROOT, BASE_URL = sys.argv[1], sys.argv[2]
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com",
}
FILE, PROGRAM, LINK, FOLDER, SUBMODULE = b"100644", b"100755", b"120000", b"40000", b"160000"
CONTAINERFILE = b"FROM localhost/wisehosting/busybox:1\nCOPY . /ctx\nRUN find /ctx -name canary; echo built\n"
HOOK = b"#!/bin/sh\necho ran > /job/src/canary\necho hook-canary-91\n"


class Repository:
    def __init__(self, name):
        self.folder = os.path.join(ROOT, name + ".git")
        subprocess.run(["git", "init", "-q", "--bare", self.folder], env=ENVIRONMENT, check=True)

    def git(self, *arguments, data=b""):
        done = subprocess.run(["git", "-C", self.folder, *arguments], input=data, env=ENVIRONMENT, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def blob(self, content):
        return self.git("hash-object", "-w", "--stdin", data=content)

    def tree(self, entries):
        raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        return self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=raw)

    def publish(self, entries):
        entries = sorted([(FILE, b"Containerfile", self.blob(CONTAINERFILE)), *entries], key=lambda e: e[1])
        commit = self.git("commit-tree", self.tree(entries), "-m", "hostile")
        self.git("update-ref", "refs/heads/main", commit)
        return commit


def git_folder_in_tree():
    r = Repository("dotgit")
    hooks = r.tree([(PROGRAM, name, r.blob(HOOK)) for name in (b"post-checkout", b"post-index-change")])
    config = r.blob(b"[core]\n\tfsmonitor = /job/src/.git/hooks/post-checkout\n")
    r.publish([(FOLDER, b".git", r.tree([(FILE, b"config", config), (FOLDER, b"hooks", hooks)]))])


def names_that_climb():
    r = Repository("climbing")
    inner = r.tree([(FILE, b"canary", r.blob(b"climbed"))])
    r.publish([(FOLDER, b"..", r.tree([(FOLDER, b"out", inner)])), (FILE, b"../out/canary", r.blob(b"climbed"))])


def link_and_folder_of_one_name():
    r = Repository("twice")
    folder = r.tree([(FILE, b"canary", r.blob(b"written-through-a-link"))])
    r.publish([(LINK, b"a", r.blob(b"../out")), (FOLDER, b"a", folder)])


def submodules():
    r = Repository("submodule")
    other = r.publish([])
    modules = (
        '[submodule "A/modules/x"]\n\tpath = "A/modules/x\\r"\n\turl = %s/submodule.git\n\tupdate = !touch /job/src/canary\n'
        '[submodule "b"]\n\tpath = b\n\turl = -u./payload\n' % BASE_URL
    ).encode()
    hooks = r.tree([(PROGRAM, b"post-checkout", r.blob(HOOK))])
    x = r.tree([(SUBMODULE, b"x\r", other), (SUBMODULE, b"x", other)])
    r.publish(
        [
            (FILE, b".gitmodules", r.blob(modules)),
            (FOLDER, b"A", r.tree([(FOLDER, b"modules", x)])),
            (LINK, b"a", r.blob(b".git")),
            (SUBMODULE, b"b", other),
            (FOLDER, b"y", r.tree([(FOLDER, b"hooks", hooks)])),
            (FILE, b".gitattributes", r.blob(b"* filter=canary diff=canary merge=canary\n")),
        ]
    )


def much_from_little():
    r = Repository("bytes-bomb")
    zeros = r.blob(bytes(64 << 20))
    r.publish([(FILE, b"z%04d" % i, zeros) for i in range(100)])  # 6.4 GB from 64 kB
    r = Repository("names-bomb")
    level = r.tree([(FILE, b"f%d" % i, r.blob(b"x")) for i in range(10)])
    for _ in range(9):  # ten to the tenth files
        level = r.tree([(FOLDER, b"d%d" % i, level) for i in range(10)])
    r.publish([(FOLDER, b"deep", level)])


def one_folder_too_deep():
    r = Repository("deep")
    level = r.tree([(FILE, b"leaf", r.blob(b"x"))])
    for _ in range(200):
        level = r.tree([(FOLDER, b"a", level)])
    r.publish([(FOLDER, b"a", level)])


git_folder_in_tree()
names_that_climb()
link_and_folder_of_one_name()
submodules()
much_from_little()
one_folder_too_deep()
