"""An app that prints what it is told to, and readers of its log: ours over server-sent events, and `podman logs -f`."""

import http.client
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

from bench_lib import BenchError, KeepAlive, Podman, eventually
from deploy_click import start_git_server

APP = "printer"

# Prints `count` lines of 200 bytes, each beginning with the time of its writing in nanoseconds; `pause` microseconds
# between two of them; without a pause 40 in one write.
PRINTER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
static void line(char* at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  memset(at, '.', 199);
  at[199] = '\n';
  at[sprintf(at, "%lld%09ld", (long long)now.tv_sec, now.tv_nsec)] = ' ';
}
int main(int count, char** words) {
  (void)count;
  long lines = atol(words[1]);
  long pause = atol(words[2]);
  char block[8000];
  while (lines > 0) {
    long now = pause > 0 || lines < 40 ? 1 : 40;
    for (long i = 0; i < now; ++i) line(block + 200 * i);
    for (long done = 0; done < 200 * now;) {
      ssize_t put = write(2, block + done, 200 * now - done);
      if (put <= 0) return 1;
      done += put;
    }
    lines -= now;
    if (pause > 0) usleep(pause);
  }
  return 0;
}
"""

CONTAINERFILE = """FROM localhost/wisehosting/busybox:1
COPY printer /printer
COPY print.cgi /www/cgi-bin/print
CMD ["/bin/busybox", "sh", "-c", "echo ok > /www/index.html; exec /bin/busybox httpd -f -p $PORT -h /www"]
"""

CGI = """#!/bin/busybox sh
/printer ${QUERY_STRING%,*} ${QUERY_STRING#*,}
printf 'Content-Type: text/plain\\r\\n\\r\\ndone\\n'
"""


class Printer:
    """Deploys the app; a context manager."""

    def __init__(self, installation):
        self.installation = installation

    def __enter__(self):
        folder = self.installation.folder
        tree, bare = folder / "tree", folder / "git" / f"{APP}.git"
        tree.mkdir(parents=True)
        (folder / "printer.c").write_text(PRINTER, encoding="utf-8")
        subprocess.run(["clang-19", "-O2", "-static", "-o", str(tree / "printer"), str(folder / "printer.c")], check=True)
        (tree / "print.cgi").write_text(CGI, encoding="utf-8")
        (tree / "print.cgi").chmod(0o755)
        (tree / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
        git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "init.defaultBranch=main"]
        subprocess.run([*git, "init", "--quiet", str(tree)], check=True)
        subprocess.run([*git, "-C", str(tree), "add", "--all"], check=True)
        subprocess.run([*git, "-C", str(tree), "commit", "--quiet", "--message", "bench"], check=True)
        subprocess.run([*git, "clone", "--quiet", "--bare", str(tree), str(bare)], check=True)
        self.server, url = start_git_server(bare.parent)
        app = self.installation.call("POST", "/apps", {"name": APP, "source": {"git_url": f"{url}/{APP}.git"}, "deploy": True})
        self.installation.wait_live(app["latest_deployment"]["id"])
        self.host = f"{APP}.localhost:{self.installation.edge_port}"
        eventually("the app", KeepAlive(self.installation.edge_port, self.host).get)
        podman = Podman(self.installation.podman_socket)
        entries = podman.call("GET", "/containers/json")
        # The sample app runs too.
        self.container = next(entry["Id"] for entry in entries if APP in entry["Image"])
        return self

    def __exit__(self, *_):
        self.server.stdin.close()
        self.server.wait()
        shutil.rmtree(self.installation.folder / "git", ignore_errors=True)

    def print_lines(self, lines, pause_us):
        """Returns when all were written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.edge_port, timeout=300)
        connection.request("GET", f"/cgi-bin/print?{lines},{pause_us}", headers={"Host": self.host})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status


class OurReader:
    """GET …/logs/stream, as a browser does it."""

    def __init__(self, installation, tail=0):
        self.connection = http.client.HTTPConnection("127.0.0.1", installation.dashboard_port, timeout=60)
        path = f"/api/v1/orgs/{installation.org}/apps/{APP}/logs/stream?tail={tail}"
        self.connection.request("GET", path, headers={"Cookie": installation.cookie, "Accept": "text/event-stream"})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        # The first event tells where the log stands: from here on every line comes.
        assert self.answer.read1(65536)

    def read(self):
        return self.answer.read1(1 << 20)

    def close(self):
        self.connection.close()


class PodmanReader:
    """`podman logs -f`, with the configuration of the installation's own Podman."""

    def __init__(self, installation, printer):
        folder = next(Path(installation.home).rglob("containers.conf")).parent
        environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}
        self.process = subprocess.Popen(["podman", "logs", "-f", "--tail", "0", printer.container], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # It does not tell when it has begun: lines are printed until one comes, and all of them are read.
        until = time.monotonic() + 60
        while not self.comes(1):
            if time.monotonic() > until:
                raise BenchError("podman logs -f shows nothing")
            printer.print_lines(1, 0)
        while self.comes(1):
            if not os.read(self.process.stdout.fileno(), 1 << 20):
                raise BenchError("podman logs -f ended")

    def comes(self, seconds):
        return bool(select.select([self.process.stdout], [], [], seconds)[0])

    def read(self):
        """Nothing when nothing came for 30 s."""
        return os.read(self.process.stdout.fileno(), 1 << 20) if self.comes(30) else b""

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
