"""The REST API as a patient client uses it, and two watchers that remember what was acknowledged."""

import http.client
import json
import threading
import time

from installation import ChaosError, TemporaryError, eventually

FINAL = {"live", "failed", "cancelled", "superseded"}


class Api:
    """Signed in once. A call may be tried again: what creates carries an idempotency key."""

    def __init__(self, port, cookie, org):
        self.port, self.cookie, self.org = port, cookie, org

    @staticmethod
    def sign_in(installation):
        eventually("the control plane", lambda: request(installation.dashboard_port, "GET", "/readyz")[0] == 200)
        token = eventually("a setup link", installation.setup_token)
        status, headers, body = request(installation.dashboard_port, "POST", "/api/v1/setup", {"token": token}, {"X-WH-CSRF": "1"})
        if status != 200:
            raise ChaosError(f"setup answered {status}: {body[:300]!r}")
        return Api(installation.dashboard_port, headers["set-cookie"].split(";")[0], json.loads(body)["organization"]["slug"])

    def raw(self, method, path, body=None, **headers):
        return request(self.port, method, f"/api/v1/orgs/{self.org}{path}", body,
                       {"Cookie": self.cookie, "X-WH-CSRF": "1", **headers})

    def call(self, method, path, body=None, key=None, seconds=90):
        """JSON of a good answer; asks again while the control plane is away (5xx, no connection)."""
        headers = {"Idempotency-Key": key} if key else {}

        def ask():
            status, _, text = self.raw(method, path, body, **headers)
            if status >= 500 or status == 429:
                raise TemporaryError(f"{status}: {text[:200]!r}")
            return status, text

        status, text = eventually(f"{method} {path}", ask, seconds)
        if status >= 300:
            raise ChaosError(f"{method} {path} answered {status}: {text[:500]!r}")
        return json.loads(text) if text else {}

    def log(self, deployment, offset):
        """(bytes from the offset on, whether the log is whole)."""
        status, headers, body = self.raw("GET", f"/deployments/{deployment}/log?offset={offset}")
        if status != 200:
            raise TemporaryError(f"log {status}")
        return body, headers.get("x-wh-complete") == "true"

    def whole_log(self, deployment, seconds=60):
        def ask():
            text = b""
            while True:
                more, complete = self.log(deployment, len(text))
                text += more
                if complete:
                    return (text,)
                if not more:
                    return None

        return eventually(f"the whole log of {deployment}", ask, seconds)[0]


def request(port, method, path, body=None, headers=None, host="127.0.0.1", timeout=20):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        payload = json.dumps(body) if body is not None else None
        connection.request(method, path, payload, {"Host": f"{host}:{port}", **({"Content-Type": "application/json"} if payload else {}), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except http.client.HTTPException as error:
        raise TemporaryError(repr(error)) from error
    finally:
        connection.close()


class LogWatch(threading.Thread):
    """Reads a build log while it grows: what was read was acknowledged, and must be there for ever."""

    def __init__(self, api, deployment):
        super().__init__(daemon=True)
        self.api, self.deployment, self.seen = api, deployment, b""
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            try:
                self.seen += self.api.log(self.deployment, len(self.seen))[0]
            except (OSError, TemporaryError):
                pass

    def verdict(self):
        """The whole log, and what is wrong with it."""
        self.over.set()
        self.join()
        whole = self.api.whole_log(self.deployment)
        return whole, [] if whole.startswith(self.seen) else [f"build log of {self.deployment}: {len(self.seen)} acknowledged bytes are not its beginning"]


class FeedWatch(threading.Thread):
    """Follows the feed, over every absence of the control plane, by Last-Event-ID."""

    def __init__(self, api, cursor=""):
        super().__init__(daemon=True)
        self.api, self.cursor, self.first = api, cursor, cursor
        self.rows, self.resets = [], 0  # rows: (cursor, data)
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                self._follow()
            except (OSError, http.client.HTTPException, TemporaryError):
                self.over.wait(0.1)

    def _follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.api.port, timeout=20)
        headers = {"Cookie": self.api.cookie, "Accept": "text/event-stream"}
        if self.cursor:
            headers["Last-Event-ID"] = self.cursor
        connection.request("GET", "/api/v1/feed", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise TemporaryError(str(answer.status))
        event = {}
        try:
            while not self.over.is_set():
                line = answer.readline()
                if not line:
                    return
                line = line.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.strip()
                    continue
                self._take(event)
                event = {}
        finally:
            connection.close()

    def _take(self, event):
        if event.get("event") == "reset":
            self.resets += 1
        if "id" not in event:
            return
        self.cursor = event["id"]
        self.first = self.first or self.cursor
        if event.get("event") == "change":
            self.rows.append((event["id"], event["data"]))

    def verdict(self):
        """What is wrong with the rows that were seen, against a fresh reading from the same beginning."""
        self.over.set()
        again = FeedWatch(self.api, self.first)
        again.start()
        last = self.rows[-1][0] if self.rows else None
        eventually("the feed once more", lambda: last is None or any(row[0] == last for row in list(again.rows)), 60)
        again.over.set()
        fresh = again.rows[:len(self.rows)]
        wrong = [f"the feed was reset {self.resets} times"] if self.resets else []
        if fresh != self.rows:
            at = next((i for i, pair in enumerate(zip(self.rows, fresh)) if pair[0] != pair[1]), min(len(self.rows), len(fresh)))
            wrong.append(f"feed rows differ from what was acknowledged at row {at} of {len(self.rows)}, from {self.first}: "
                         f"{self.rows[at:at + 1]} then, {fresh[at:at + 1]} now")
        return wrong


class Visitor(threading.Thread):
    """Visits one app twenty times a second over the edge; knows when it was not answered."""

    def __init__(self, port, host, text):
        super().__init__(daemon=True)
        self.port, self.host, self.text = port, host, text
        self.failed, self.visits = [], 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            self.visits += 1
            try:
                status, _, body = request(self.port, "GET", "/", host=self.host, timeout=5)
                if status != 200 or self.text not in body.decode():
                    self.failed.append((time.monotonic(), str(status)))
            except (OSError, TemporaryError) as error:
                self.failed.append((time.monotonic(), repr(error)))

    def failures_since(self, moment):
        return [what for at, what in list(self.failed) if at >= moment]
