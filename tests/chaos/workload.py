"""Apps and deployments of a run: made over the API, from repositories of the run's own."""

import os
import shutil
import subprocess
import threading
import uuid

from api import FINAL, Api, FeedWatch, LogWatch, Visitor
from installation import ChaosError, TemporaryError, eventually
from invariants import Expected, podman, settled

LINES = 40

# The first process ends at once when it is told to, so that a run does not wait for graces.
CONTAINERFILE = f"""FROM localhost/wisehosting/busybox:1
COPY www /www
RUN i=0; while [ $i -lt {LINES} ]; do echo "line-$i-end"; i=$((i + 1)); done; cat /www/index.html
CMD ["/bin/busybox", "sh", "-c", "trap 'kill $!; exit 0' TERM; /bin/busybox httpd -f -p $PORT -h /www & wait"]
"""
GIT = ["git", "-c", "user.name=chaos", "-c", "user.email=chaos@localhost", "-c", "init.defaultBranch=main"]
GIT_ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def git(*words):
    subprocess.run([*GIT, *words], check=True, env=GIT_ENVIRONMENT, capture_output=True)


class World:
    """An installation with a bystander that nobody touches, and what is known of the deployments so far."""

    def __init__(self, installation):
        self.installation = installation
        self.api = Api.sign_in(installation)
        eventually("a worker", lambda: any(w["state"] == "online" for w in self.api.call("GET", "/workers")["items"]))
        self.texts, self.live_ids = {}, {}
        self.feed = FeedWatch(self.api)
        self.feed.start()
        self.create("steady", "steady")
        self.steady = self._container("steady")
        self.visitor = Visitor(installation.edge_port, "steady.localhost", "steady")
        self.visitor.start()

    def close(self):
        self.visitor.over.set()
        self.feed.over.set()

    # --- what is asked for

    def commit(self, name, text):
        tree = self.installation.folder / "trees" / name
        bare = self.installation.folder / "git" / f"{name}.git"
        (tree / "www").mkdir(parents=True, exist_ok=True)
        (tree / "Containerfile").write_text(CONTAINERFILE, encoding="utf-8")
        (tree / "www" / "index.html").write_text(text + "\n", encoding="utf-8")
        if not (tree / ".git").exists():
            git("init", "--quiet", str(tree))
            git("init", "--quiet", "--bare", str(bare))
            git("-C", str(tree), "remote", "add", "origin", str(bare))
        git("-C", str(tree), "add", "--all")
        git("-C", str(tree), "commit", "--quiet", "--allow-empty", "--message", text)
        git("-C", str(tree), "push", "--quiet", "--force", "origin", "HEAD:main")

    def begin(self, kind, name, text):
        """Asks for a deployment, again until it is acknowledged; returns its id."""
        key = str(uuid.uuid4())
        if kind == "restart":
            return self.api.call("POST", f"/apps/{name}/restart", {}, key)["id"]
        self.commit(name, text)
        self.texts[name] = text
        if kind == "create":
            body = {"name": name, "source": {"git_url": f"{self.installation.git_url}/{name}.git"}, "deploy": True}
            return self.api.call("POST", "/apps", body, key)["latest_deployment"]["id"]
        return self.api.call("POST", f"/apps/{name}/deployments", {}, key)["id"]

    def create(self, name, text):
        deployment = self.begin("create", name, text)
        ended = self.wait_end(deployment)
        if ended["state"] != "live":
            raise ChaosError(f"{name} did not start: {ended}")

    def remove(self, name):
        self.api.call("DELETE", f"/apps/{name}?now=true", key=str(uuid.uuid4()))
        self.texts.pop(name)
        eventually(f"{name} is gone", lambda: self.api.raw("GET", f"/apps/{name}")[0] == 404, 120)
        shutil.rmtree(self.installation.folder / "trees" / name, ignore_errors=True)
        shutil.rmtree(self.installation.folder / "git" / f"{name}.git", ignore_errors=True)

    def wait_end(self, deployment, seconds=180):
        def ask():
            view = self.api.call("GET", f"/deployments/{deployment}", seconds=1)
            return view if view["state"] in FINAL else None

        def patient():
            try:
                return ask()
            except ChaosError as error:
                raise TemporaryError(str(error)) from error

        return eventually(f"the end of deployment {deployment}", patient, seconds, pause=0.1)

    # --- what must hold

    def _container(self, name):
        rows = self.installation.sql("SELECT r.id FROM replicas r JOIN app_environments e ON e.id = r.app_environment_id "
                                     f"JOIN apps a ON a.id = e.app_id WHERE a.name = '{name}' AND r.desired = 'running'")
        entries = [c for c in podman(self.installation, "/containers/json") if c["Names"] == [f"wh-{rows[0][0]}"]]
        return (entries[0]["Id"], entries[0]["StartedAt"]) if entries else None

    def verdict(self, deployment, kind, watch, must_live=True):
        """Everything wrong after a deployment that was disturbed, and how long it took to settle."""
        ended = self.wait_end(deployment)
        wrong = []
        if ended["state"] != "live" and must_live:
            wrong.append(f"deployment ended as {ended['state']}: {ended.get('failure')}")
        remaining, took = settled(self.installation, Expected(self.api, self.texts))
        return wrong + remaining + self.verdict_history(deployment, kind, ended, watch), took

    def verdict_history(self, deployment, kind, ended, watch):
        """What is wrong with the log, the results and the feed of one deployment that ended, and with the bystander."""
        wrong = []
        if watch:
            whole, wrong = watch.verdict()
            if ended["state"] == "live":
                wrong += check_lines(whole.decode(errors="replace"))
        wrong += self._history(deployment, kind, ended)
        if (now := eventually("the bystander's container", lambda: self._container("steady"))) != self.steady:
            wrong.append(f"the bystander's container changed: {self.steady} → {now}")
            self.steady = now
        return wrong

    def _history(self, deployment, kind, ended):
        wrong = []
        accepted = self.installation.sql(f"SELECT count(*) FROM jobs WHERE deployment_id = '{deployment}' AND state = 'succeeded'")[0][0]
        if kind != "restart" and ended["state"] == "live" and accepted != "1":
            wrong.append(f"{accepted} accepted results of the build of {deployment}")
        rows = self.installation.sql(f"SELECT kind, count(*) FROM feed WHERE deployment_id = '{deployment}' AND kind IN ('deployment.built', "
                                     "'deployment.releasing', 'deployment.live') GROUP BY kind")
        if ended["state"] == "live" and sorted(rows) != [["deployment.built", "1"], ["deployment.live", "1"], ["deployment.releasing", "1"]]:
            wrong.append(f"feed rows of {deployment}: {rows}")
        twice = self.installation.sql("SELECT app_environment_id, count(*) FROM rollouts WHERE finished_at IS NULL GROUP BY 1 HAVING count(*) > 1")
        if twice:
            wrong.append(f"two active rollouts: {twice}")
        return wrong


def check_lines(log):
    """Each attempt's lines come once and in order; the last attempt's are complete."""
    numbers = [int(word[5:-4]) for word in log.split() if word.startswith("line-") and word.endswith("-end")]
    runs = []
    for number in numbers:
        if number == 0 or not runs:
            runs.append([])
        runs[-1].append(number)
    if any(run != list(range(len(run))) for run in runs):
        return [f"build log lines out of order or doubled: {numbers}"]
    if not runs or len(runs[-1]) != LINES:
        # A build that came out of the cache prints no lines of its own.
        return [] if "Built from the cache" in log else [f"build log ends with {runs[-1:] or 'no lines'}"]
    return []


class Begun(threading.Thread):
    """Asks for a deployment in the background: the control plane may stand still meanwhile."""

    def __init__(self, world, kind, name, text):
        super().__init__(daemon=True)
        self.world, self.kind, self.name_, self.text = world, kind, name, text
        self.deployment, self.watch, self.error = None, None, None

    def run(self):
        try:
            self.deployment = self.world.begin(self.kind, self.name_, self.text)
            if self.kind != "restart":
                self.watch = LogWatch(self.world.api, self.deployment)
                self.watch.start()
        except Exception as error:
            self.error = error

    def result(self, seconds=120):
        self.join(seconds)
        if self.deployment is None:
            raise ChaosError(f"the deployment was never acknowledged: {self.error!r}")
        return self.deployment, self.watch


class Removal(threading.Thread):
    """Deletes an app in the background: it is gone only when nobody stands still on the way any more."""

    def __init__(self, world, name):
        super().__init__(daemon=True)
        self.world, self.name_, self.error = world, name, None

    def run(self):
        try:
            self.world.remove(self.name_)
        except Exception as error:
            self.error = error

    def result(self, seconds=150):
        self.join(seconds)
        if self.error or self.is_alive():
            raise ChaosError(f"{self.name_} was not removed: {self.error!r}")
