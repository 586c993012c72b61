"""B19: from nothing to the first app live, with one command: `./dev up` in an empty home until the sample's URL answers.

Packages are on the disk and the programs are built (their times are printed by ./dev up itself on a clean machine). The
peer is the part that no design can avoid: making a PostgreSQL cluster with initdb, in the same run.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile

from bench_lib import Installation, KeepAlive, Series, alternate, arguments, eventually, finish

NAME = "first.deploy"
INITDB = "/usr/lib/postgresql/15/bin/initdb"


def first_deploy(phases):
    with Installation() as installation:
        pass_through = KeepAlive(installation.edge_port, f"hello.localhost:{installation.edge_port}")
        eventually("the sample", pass_through.get, 10, pause=0.001)
        seconds = float(re.search(r"Ready in ([0-9.]+) s", installation.up_output)[1])
        phases.append(dict(re.findall(r"^  (\S.*?) +([0-9.]+) s$", installation.up_output, re.M)))
    return seconds


def initdb():
    user = pwd.getpwnam("postgres")
    folder = tempfile.mkdtemp(prefix="wh-bench-initdb-", dir="/var/tmp")
    os.chown(folder, user.pw_uid, user.pw_gid)
    subprocess.run(
        [INITDB, "-D", f"{folder}/data", "-U", "wh", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"],
        check=True, capture_output=True, cwd="/", user=user.pw_uid, group=user.pw_gid, extra_groups=[],
        env={"PATH": "/usr/bin:/bin"},
    )
    shutil.rmtree(folder)


def main():
    options = arguments(__doc__, rounds=5)
    ours, peer = Series("./dev up, empty home, to the first app live", "s"), Series("initdb", "s")
    phases = []
    alternate(options.rounds, (ours, lambda: first_deploy(phases)), (peer, initdb))
    finish(options, NAME, ours, peer, must=None, must_seconds=90, goal_seconds=20, phases_s=phases)


if __name__ == "__main__":
    main()
