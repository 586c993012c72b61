"""What an app feels of builds on its host that take whatever they can get (CTR-11: forks, memory, disk, files, an archive,
output, processor): p99 of an open loop of requests at the app, through the edge, while the build is in its step.

The peer is the same app a moment before, while a build sleeps. The ratio is that of the medians over all bombs and rounds;
each bomb's own is the median of its rounds. A build is cancelled when its time is over. Says something on a quiet machine
only: p99 of 1,600 requests is the seventeenth worst.
"""

# targets: wh-control-plane wh-agent wh-jail wh wh-bench-origin wh-bench-visitors

import gzip
import http.client
import shutil
import statistics
import subprocess
import sys

from bench_lib import BenchError, Installation, KeepAlive, Series, arguments, eventually, finish
from deploy_click import start_git_server
from way_in import Visits

NAME = "neighbour.bombs"
APP = "neighbour"
FROM = "FROM localhost/wisehosting/busybox:1\n"
ORIGIN = 'COPY origin /origin\nCMD ["/origin"]\n'
STEPS = {
    "quiet": "RUN sleep 600\n",
    "forks": "RUN b() { b | b & }; while true; do b; sleep 1; done\n",
    "memory": "RUN while true; do dd if=/dev/zero of=/dev/null bs=1500M count=1; dd if=/dev/zero of=/dev/shm/x bs=1M count=4000; done\n",
    "disk": "RUN while true; do dd if=/dev/zero of=/big bs=1M count=2000 conv=fsync; done\n",
    "files": "RUN mkdir /f; cd /f; i=0; while true; do i=$((i+1)); : > f$i; done\n",
    "archive": "ADD zeros.tar.gz /x/\n",
    "output": "RUN yes 'a line of output without end'\n",
    "processor": "RUN for i in 1 2 3 4 5 6 7 8; do (while true; do :; done) & done; wait\n",
}
GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main"]


def options_of():
    def more(parser):
        parser.add_argument("--rate", type=int, default=200, help="requests a second")
        parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
        parser.add_argument("--only", default=",".join(STEPS), help="bombs, by comma")

    return arguments(__doc__, rounds=5, more=more)


def zeros(path, gigabytes=8):
    """A tar of one file that is all zeros, a thousandth of its size."""
    size = gigabytes << 30
    header = bytearray(512)
    header[0:5] = b"zeros"
    header[100:136] = b"0000644\0000000000\0000000000\000" + b"%011o\0" % size
    header[136:148] = b"%011o\0" % 0
    header[156] = ord("0")
    header[257:265] = b"ustar\00000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    # One compressed stretch, again and again: gzip reads what follows as more of the same file.
    stretch = gzip.compress(bytes(64 << 20), 9)
    with path.open("wb") as file:
        file.write(gzip.compress(bytes(header)))
        for _ in range(size // (64 << 20)):
            file.write(stretch)
        file.write(gzip.compress(bytes(1024)))


def make_repositories(folder, binaries):
    root = folder / "git"
    for name, step in {APP: ORIGIN, **STEPS}.items():
        tree = folder / "trees" / name
        tree.mkdir(parents=True)
        (tree / "Containerfile").write_text(FROM + step, encoding="utf-8")
        if name == APP:
            shutil.copy(f"{binaries}/wh-bench-origin", tree / "origin")
        if name == "archive":
            zeros(tree / "zeros.tar.gz")
        subprocess.run([*GIT, "init", "--quiet", str(tree)], check=True)
        subprocess.run([*GIT, "-C", str(tree), "add", "--all"], check=True)
        subprocess.run([*GIT, "-C", str(tree), "commit", "--quiet", "--message", "bench"], check=True)
        subprocess.run([*GIT, "clone", "--quiet", "--bare", str(tree), str(root / f"{name}.git")], check=True)
    return root


class Builder:
    """Starts builds that come to no end, and cancels them."""

    def __init__(self, installation, url):
        self.installation = installation
        for name in STEPS:
            installation.call("POST", "/apps", {"name": name, "source": {"git_url": f"{url}/{name}.git"}, "deploy": False})

    def log(self, deployment):
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.dashboard_port, timeout=30)
        path = f"/api/v1/orgs/{self.installation.org}/deployments/{deployment}/log?offset=0"
        connection.request("GET", path, headers={"Cookie": self.installation.cookie})
        return connection.getresponse().read(4096)

    def begin(self, name):
        deployment = self.installation.call("POST", f"/apps/{name}/deployments", {})["id"]
        eventually(f"the step of {name}", lambda: b"STEP 2/2" in self.log(deployment), 60)
        return deployment

    def end(self, deployment):
        """How it ended; a bomb may have met a limit before."""
        try:
            self.installation.call("POST", f"/deployments/{deployment}/cancel")
        except BenchError:
            pass

        def ended():
            found = self.installation.call("GET", f"/deployments/{deployment}")
            return found["state"] in ("failed", "cancelled") and found

        found = eventually("the end of the build", ended, 120)
        return (found.get("failure") or {}).get("code") or found["state"]


def felt(installation, options, builder, name, ends):
    """Seconds within which 99 of 100 requests were answered while that build ran."""
    deployment = builder.begin(name)
    report = Visits(options.binaries).visit(installation.edge_port, options.seconds, rate=options.rate, connections=16,
                                            host=f"{APP}.localhost")
    end = builder.end(deployment)
    ends.setdefault(name, set()).add(end)
    print(f"{name}: p99 {report['p99_us'] / 1e3:.2f} ms, worst {report['max_us'] / 1e3:.2f} ms; the build: {end}", file=sys.stderr)
    return report["p99_us"] / 1e6


def main():
    options = options_of()
    bombs = [name for name in options.only.split(",") if name in STEPS and name != "quiet"]
    during, quiet = Series("p99 while a build is a bomb", "s"), Series("p99 while a build sleeps", "s")
    pairs, ends = {name: [] for name in bombs}, {}
    with Installation() as installation:
        installation.sign_in()
        server, url = start_git_server(make_repositories(installation.folder, options.binaries))
        try:
            app = installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
            installation.wait_live(app["latest_deployment"]["id"])
            eventually("the app", KeepAlive(installation.edge_port, f"{APP}.localhost").get)
            builder = Builder(installation, url)
            felt(installation, options, builder, "quiet", ends)  # unmeasured: the builder's store is made
            for number in range(options.rounds):
                for name in bombs:
                    order = ["quiet", name] if number % 2 == 0 else [name, "quiet"]
                    found = {which: felt(installation, options, builder, which, ends) for which in order}
                    quiet.values.append(found["quiet"])
                    during.values.append(found[name])
                    pairs[name].append((found[name], found["quiet"]))
        finally:
            server.stdin.close()
            server.wait()
    finish(
        options, NAME, during, quiet, must=1.2,
        bombs={name: {"ratio": statistics.median(one / other for one, other in found),
                      "p99_ms": statistics.median(one for one, _ in found) * 1e3,
                      "quiet_p99_ms": statistics.median(other for _, other in found) * 1e3,
                      "ends": sorted(ends[name])} for name, found in pairs.items()},
    )


if __name__ == "__main__":
    main()
